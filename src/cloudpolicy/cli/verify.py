"""`cloudpolicy verify`: the receiver proves a handover pack."""

from __future__ import annotations

import os

from cloudpolicy.cli import Parser, options
from cloudpolicy.cli.options import Option
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from cloudpolicy.handover.verify import Verification

SCHEMA = "cloudpolicy/verification/v1"

OPTIONS = (
    Option("folder", "DIR", "the handover pack", "引き渡しパックのフォルダ"),
    Option(
        "--source",
        "PATH",
        "the delivered folder that was scanned: compare its files and repeat the scan",
        "納品された検査対象フォルダ(ファイルを照合し、検査を再実行する)",
    ),
    Option("--digest", "SHA256", "the pack's digest as you were told it by another way", "別の経路で伝えられたパックのダイジェスト"),
    options.OWN_POLICIES.but("your own policies that the pack was made with", "パック作成時に使った独自ポリシーのフォルダ"),
    options.format_of("text", "json"),
    options.LANG,
)
STATUS = Text("the pack, or what it tells of, differs", "パックまたは検査対象に相違がある")


def main(given: Namespace, parser: Parser) -> int:
    from cloudpolicy.handover import manifest
    from cloudpolicy.handover.verify import verify

    parser.must_exist(*filter(None, (given.source, given.policies)))
    try:
        found = verify(given.folder, given.source, given.policies, given.digest, os.cpu_count() or 1)
    except OSError as error:
        place = os.path.join(given.folder, manifest.NAME)
        parser.fail(
            f"{given.folder} is no handover pack: {place} cannot be read ({error.strerror})",
            f"{given.folder} は引き渡しパックではありません: {place} を読み取れません({error.strerror})",
        )
    if given.format == "json":
        _json(found, parser)
    else:
        _text(found, given.source is not None, parser)
    return 1 if found.problems else 0


def _text(found: Verification, with_source: bool, parser: Parser) -> None:
    from cloudpolicy.reports.columns import clean

    say, n = parser.say, found.checked
    if found.manifest is not None:
        print(clean(f"{found.manifest.system}  {found.manifest.day.isoformat()}  cloudpolicy {found.manifest.tool.version}"))
        print(clean(say(f"digest: {found.manifest.digest}", f"ダイジェスト: {found.manifest.digest}")))
        print(say(f"{n['files']} files of the pack compared", f"パックのファイル {n['files']} 件を照合しました"))
    if found.manifest is None:
        print(say("nothing could be compared: the manifest cannot be used", "マニフェストが使えないため、何も照合していません"))
    elif with_source:
        print(
            say(
                f"{n['sources']} files of the sources compared; {n['findings']} findings and {n['clauses']} clauses judged again",
                f"検査対象のファイル {n['sources']} 件を照合し、{n['findings']} 件の判定と {n['clauses']} 条項を再検査しました",
            )
        )
    else:
        print(
            say(
                "the sources were not compared: name them with --source",
                "検査対象は照合していません(--source で指定してください)",
            )
        )
    for remark in found.notes:
        print(say("note: ", "注: ") + clean(remark.text.pick(parser.language)))
    for remark in found.problems:
        print(say("DIFFERS: ", "相違: ") + clean(remark.text.pick(parser.language)))
    problems = len(found.problems)
    if problems:
        print(say(f"The pack does not verify: {problems} differences.", f"検証に失敗しました: 相違 {problems} 件。"))
    else:
        print(say("The pack verifies.", "検証に成功しました。"))


def _json(found: Verification, parser: Parser) -> None:
    import json
    import sys

    content = {
        "schema": SCHEMA,
        "verified": not found.problems,
        "digest": found.manifest.digest if found.manifest else None,
        "checked": found.checked,
        **{
            name: [{"kind": r.kind, "file": r.file, "message": r.text.pick(parser.language)} for r in remarks]
            for name, remarks in (("problems", found.problems), ("notes", found.notes))
        },
    }
    sys.stdout.write(json.dumps(content, indent=1) + "\n")
