"""`cloudpolicy fix`: mend what has one remedy; shows the edits, and writes them only when asked to."""

from __future__ import annotations

import os
import sys

from cloudpolicy.cli import Parser, complain, reporting
from cloudpolicy.cli.scan import add_reading, request_of
from cloudpolicy.config import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace


def add(parser: Parser) -> None:
    say = parser.say
    parser.add_argument(
        "paths",
        nargs="*",
        default=["."],
        metavar=say("PATH", "パス"),
        help=say("folders or files; nothing outside them is edited (default: .)", "フォルダまたはファイル。この外は修正しません(既定: .)"),
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--diff", action="store_true", help=say("show the edits only, nothing else (a patch)", "差分だけを出力する(パッチとして使えます)")
    )
    how.add_argument("--write", action="store_true", help=say("write the edits to the files", "修正をファイルに書き込む"))
    parser.add_argument(
        "--force", action="store_true", help=say("edit files with uncommitted changes, too", "未コミットの変更があるファイルも修正する")
    )
    reporting.add_choice(parser)
    add_reading(parser)
    parser.add_argument("--verbose", action="store_true", help=say("list what takes a decision, too", "判断が必要な項目もすべて表示する"))
    parser.add_argument("--no-color", action="store_true", help=say("no colours", "色を付けない"))
    parser.add_argument("--lang", choices=("ja", "en"), help=say("language (default: the locale's)", "表示言語(既定: ロケールに従う)"))


def main(given: Namespace, parser: Parser) -> int:
    from cloudpolicy.fix import hcl_blocks, run, show

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
    return 2 if unwritten else outcome.exit_status(request.config.values["fail_on"], bool(given.write))
