"""`cloudpolicy import`: results of Checkov, cfn-lint or a SARIF tool, reported under our policies and clauses."""

from __future__ import annotations

import os

from cloudpolicy.cli import Parser, complain, options, reporting
from cloudpolicy.cli.options import Option
from cloudpolicy.config import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

OPTIONS = (
    Option(
        "results",
        "RESULTS",
        "what checkov -o json, cfn-lint --format json or a SARIF 2.1.0 tool wrote",
        "checkov -o json、cfn-lint --format json、SARIF 2.1.0 対応ツールの出力ファイル",
        nargs="+",
    ),
    Option(
        "--root",
        "DIR",
        "the folder that the tool was run in; the sources are looked for there (default: .)",
        "ツールを実行したフォルダ。ソースコードをここから探す(既定: .)",
        default=".",
    ),
    *options.SELECTION,
    *options.THRESHOLD,
    *options.REPORT,
)
STATUS = options.FINDINGS


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
    parser.must_be_folder(given.root)
    parser.must_exist(*given.results)
    root = os.path.abspath(given.root)
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
