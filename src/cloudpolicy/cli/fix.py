"""`cloudpolicy fix`: mend what has one remedy; shows the edits, and writes them only when asked to."""

from __future__ import annotations

import os
import sys

from cloudpolicy.cli import Parser, complain, options
from cloudpolicy.cli.options import OneOf, flag
from cloudpolicy.cli.scan import request_of
from cloudpolicy.config import ConfigError
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

OPTIONS = (
    options.PATHS.but(
        "folders or files; nothing outside them is edited (default: .)", "フォルダまたはファイル。この外は修正しない(既定: .)"
    ),
    OneOf(
        flag("--diff", "show the edits only, nothing else (a patch)", "差分だけを出力する(パッチとして使える)"),
        flag("--write", "write the edits to the files", "修正をファイルに書き込む"),
    ),
    flag("--force", "edit files with uncommitted changes, too", "未コミットの変更があるファイルも修正する"),
    *options.SELECTION,
    options.OWN_POLICIES,
    options.FAIL_ON,
    *options.READING,
    options.format_of("text", "json"),
    options.NO_COLOR,
    options.VERBOSE.but("list what takes a decision, too", "判断が必要な項目もすべて表示する"),
    options.LANG,
)
STATUS = Text(
    "something that fails is left, or would be fixed with --write", "修正していない不合格がある。--write なしでは修正できるものも含む"
)


def main(given: Namespace, parser: Parser) -> int:
    from cloudpolicy.fix import hcl_blocks, run, show

    if given.diff and given.format == "json":
        parser.error(parser.say("--diff prints a patch, not JSON: leave one of them out", "--diff と --format json は併用できません"))
    try:
        request = request_of(given, parser)
        outcome = run.run(request, given.force, shown=not given.write)
    except ConfigError as error:
        return complain(error.diagnostic, parser.language)
    except hcl_blocks.MissingLibrary as error:
        print(f"cloudpolicy: {error.text.pick(parser.language)}", file=sys.stderr)
        return 2
    unwritten = outcome.write() if given.write else []
    for path, reason in unwritten:
        print(
            parser.say(f"cloudpolicy: {path} cannot be written: {reason.en}", f"cloudpolicy: {path} に書き込めません: {reason.ja}"),
            file=sys.stderr,
        )
    color = sys.stdout.isatty() and not given.no_color and "NO_COLOR" not in os.environ
    base = os.getcwd()
    status = 2 if unwritten else outcome.exit_status(request.config.values["fail_on"], bool(given.write))
    if given.format == "json":
        from cloudpolicy.fix import document

        sys.stdout.write(document.render(outcome, parser.language, base, bool(given.write), unwritten))
        return status
    if not given.write:
        shown = show.difference(outcome, base, color, hide=not given.diff)
        sys.stdout.write(shown)
        if given.diff and (secret := show.secret_lines(shown)):
            print(
                parser.say(
                    f"cloudpolicy: lines of the patch with what looks like a secret: {secret}; keep it out of logs and mail",
                    f"cloudpolicy: 差分に秘密情報らしき値が {secret} 行含まれます。ログやメールに残さないでください",
                ),
                file=sys.stderr,
            )
    text = show.summary(outcome, parser.language, base, bool(given.write), bool(given.verbose))
    (sys.stderr if given.diff else sys.stdout).write(text)
    return status
