"""`cloudpolicy init`: shows the files that a repository needs to begin, and writes those that are not there yet."""

from __future__ import annotations

import os
import sys

from cloudpolicy.cli import Parser, options
from cloudpolicy.cli.options import Option, flag
from cloudpolicy.reports.columns import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from cloudpolicy.scaffold.proposals import Proposal
    from cloudpolicy.scaffold.survey import Survey

OPTIONS = (
    Option("path", "PATH", "the repository (default: .)", "リポジトリ(既定: .)", nargs="?", default="."),
    flag("--yes", "write without asking", "確認せずに書き込む"),
    flag("--dry-run", "show only, write nothing", "表示するだけで書き込まない"),
    Option(
        "--source",
        "URL",
        "git repository that hook and workflow take cloudpolicy from (default: the one that this was installed from)",
        "フックとワークフローが cloudpolicy を取得する git リポジトリ(既定: このコマンドの取得元)",
    ),
    options.LANG,
)


def main(given: Namespace, parser: Parser) -> int:
    from cloudpolicy.scaffold import origin, proposals, survey

    say = parser.say
    path = os.path.abspath(given.path)
    parser.must_be_folder(given.path)
    source = origin.find()
    if given.source is not None:
        url = origin.web_address(given.source)
        if url is None:
            parser.fail(f"--source wants https://HOST/OWNER/NAME, not {given.source!r}", "--source は https://HOST/OWNER/NAME の形式です")
        source = origin.Origin(url)
    environment = {key: value for key, value in os.environ.items() if key.startswith("TF_VAR_")}
    seen = survey.look(path, environment)
    proposed = proposals.propose(seen, source, parser.language)
    print(_found(seen, parser))
    for proposal in proposed:
        _show(proposal, parser)
    if source.url is None and not all(proposal.done for proposal in proposed[1:]):
        print(_unknown_source(source.requirement, parser))
    new = [proposal for proposal in proposed if not proposal.there]
    if not new:
        print(say("Every file is there already; nothing is written.", "ファイルはすべて揃っています。書き込むものはありません。"))
        return 0
    if given.dry_run:
        print(say("Nothing is written (--dry-run).", "何も書き込んでいません(--dry-run)。"))
        return 0
    if not given.yes and not _agreed(len(new), parser):
        return 0
    for proposal in new:
        try:
            _write(os.path.join(seen.top, *proposal.path.split("/")), proposal.text)
        except OSError as error:
            parser.cannot_write(proposal.path, error)
        print(say(f"wrote {proposal.path}", f"{proposal.path} を作成しました"))
    print(
        say(
            "Next: cloudpolicy scan; where it finds more than can be mended now, cloudpolicy baseline create; then pre-commit install",
            "次は cloudpolicy scan を実行してください。すぐに修正しきれない場合は cloudpolicy baseline create で記録し、pre-commit install で有効にします",
        )
    )
    return 0


def _unknown_source(requirement: str, parser: Parser) -> str:
    return parser.say(
        "Where this cloudpolicy came from is not recorded, so the hook runs the installed command, and a pipeline installs"
        f" {requirement} from the package index. Taken from a git repository? Name it with --source.\n",
        "この cloudpolicy の取得元が記録されていないため、フックはインストール済みのコマンドを使い、パイプラインはパッケージインデックスから"
        f" {requirement} をインストールします。git リポジトリから取得する場合は --source で指定してください。\n",
    )


_KINDS = {
    "hcl": ("Terraform root module", "Terraform ルートモジュール"),
    "plan": ("Terraform plan", "Terraform プラン"),
    "template": ("CloudFormation template", "CloudFormation テンプレート"),
    "arm": ("ARM template", "ARM テンプレート"),
    "bicep": ("Bicep file", "Bicep ファイル"),
}


def _found(seen: Survey, parser: Parser) -> str:
    counts = [
        parser.say(f"{len(roots):,} {_KINDS[kind][0]}{'' if len(roots) == 1 else 's'}", f"{_KINDS[kind][1]} {len(roots):,}")
        for kind, roots in seen.roots.items()
    ]
    what = parser.say(", ", "、").join(counts) or parser.say("nothing that can be scanned", "検査できるファイルなし")
    return f"{clean(seen.top)}: {what}"


def _show(proposal: Proposal, parser: Parser) -> None:
    say = parser.say
    if proposal.done:
        print("\n" + say(f"== {proposal.path}: there already", f"== {proposal.path}: 設定済み"))
        return
    if proposal.there:
        state = say("there already, so it stays as it is; add this yourself:", "既存のため変更しません。次の内容を追加してください:")
    else:
        state = say("new:", "新規:")
    print(f"\n== {proposal.path}: {state}\n\n{proposal.text}")


def _agreed(count: int, parser: Parser) -> bool:
    if not sys.stdin.isatty():
        parser.fail(
            "there is no terminal to ask on; repeat with --yes to write, or with --dry-run to look only",
            "確認のための端末がありません。書き込むには --yes、表示だけなら --dry-run を付けてください",
        )
    files = parser.say(f"{count} file" + ("" if count == 1 else "s"), f"{count} 個のファイルを")
    answer = input(parser.say(f"Write {files}? [y/N] ", f"{files}作成しますか? [y/N] "))
    return answer.strip().lower() in ("y", "yes", "はい")


def _write(path: str, text: str) -> None:
    """A new file; what has come into being meanwhile, a link too, is never overwritten. Raises OSError."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "x", encoding="utf-8", newline="\n") as file:
        try:
            file.write(text)
        except BaseException:
            file.close()
            os.unlink(path)
            raise
