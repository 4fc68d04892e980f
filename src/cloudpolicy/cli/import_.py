"""`cloudpolicy import`: results of Checkov, cfn-lint or a SARIF tool, reported under our policies and clauses."""

from __future__ import annotations

import os

from cloudpolicy.cli import Parser, complain, reporting
from cloudpolicy.config import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace


def add(parser: Parser) -> None:
    say = parser.say
    parser.add_argument(
        "results",
        nargs="+",
        metavar=say("RESULTS", "結果ファイル"),
        help=say(
            "what checkov -o json, cfn-lint --format json or a SARIF 2.1.0 tool wrote",
            "checkov -o json、cfn-lint --format json、SARIF 2.1.0 対応ツールの出力ファイル",
        ),
    )
    parser.add_argument(
        "--root",
        default=".",
        metavar=say("DIR", "フォルダ"),
        help=say(
            "the folder that the tool was run in; the sources are looked for there (default: .)",
            "ツールを実行したフォルダ。ソースコードをここから探す(既定: .)",
        ),
    )
    reporting.add_choice(parser)
    reporting.add_output(parser)


def main(given: Namespace, parser: Parser) -> int:
    import time

    from cloudpolicy import sources
    from cloudpolicy.foreign import document, mapping
    from cloudpolicy.foreign.assemble import Assembly
    from cloudpolicy.foreign.locate import Locator
    from cloudpolicy.policy import pack as packs
    from cloudpolicy.sources.files import Unreadable

    started = time.perf_counter()
    files = reporting.outputs(given, parser)
    root = os.path.abspath(given.root)
    if not os.path.isdir(root):
        parser.error(parser.say(f"{given.root} is no folder", f"{given.root} はフォルダではありません"))
    for name in given.results:
        if not os.path.exists(name):
            parser.error(parser.say(f"{name} does not exist", f"{name} がありません"))
    try:
        config = reporting.choose(given, parser, root)
        locator = Locator(root, sources.Options(root, missing_modules="warning"))
        assembly = Assembly(packs.load(), mapping.Maps(mapping.load()), config, locator, given.show_passed)
    except ConfigError as error:
        return complain(error.diagnostic, parser.language)
    for name in given.results:
        path = os.path.abspath(name)
        try:
            assembly.add(document.read(path, os.path.dirname(path)))
        except Unreadable as error:
            assembly.refuse(error.diagnostic)
    return reporting.deliver(assembly.report(), config, given, parser, files, started)
