"""`cloudpolicy import`: results of Checkov, cfn-lint or a SARIF tool, reported under our policies and clauses."""

from __future__ import annotations

import os

from cloudpolicy.cli import Parser, complain, options, reporting
from cloudpolicy.cli.options import Option
from cloudpolicy.config import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from cloudpolicy.findings import Report

OPTIONS = (
    Option(
        "results",
        "RESULTS",
        "what checkov -o json, cfn-lint --format json or a SARIF 2.1.0 tool wrote",
        "ツールの出力ファイル(checkov -o json、cfn-lint --format json、SARIF 2.1.0)",
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
    options.KNOWN.but("what is known, as written by --write-baseline", "既知の指摘のファイル(--write-baseline で作成したもの)"),
    Option(
        "--write-baseline",
        "FILE",
        "write what these results say as known, into a new file",
        "この結果の指摘を既知として新しいファイルに書き出す",
        options.KNOWN.under,
    ),
    *options.REPORT,
)
STATUS = options.FINDINGS


def main(given: Namespace, parser: Parser) -> int:
    import time

    from cloudpolicy import decisions, scan, sources
    from cloudpolicy.foreign import document, mapping
    from cloudpolicy.foreign.assemble import Assembly
    from cloudpolicy.foreign.locate import Locator
    from cloudpolicy.policy import pack as packs
    from cloudpolicy.sources.files import Unreadable

    started = time.perf_counter()
    files = reporting.outputs(given, parser)
    parser.must_be_folder(given.root)
    parser.must_exist(*given.results, *filter(None, [given.baseline]))
    root = os.path.abspath(given.root)
    try:
        config = reporting.choose(given, parser, root)
        locator = Locator(root, sources.Options(root, missing_modules="warning"))
        pack = packs.load()
        assembly = Assembly(pack, mapping.Maps(mapping.load()), config, locator, given.show_passed)
    except ConfigError as error:
        return complain(error.diagnostic, parser.language)
    for name in given.results:
        path = os.path.abspath(name)
        try:
            assembly.add(document.read(path, os.path.dirname(path)))
        except Unreadable as error:
            assembly.refuse(error.diagnostic)
    report = assembly.report()
    # Another tool looks at what it likes: what it does not speak of may be there all the same, so that nothing is called unused or gone.
    request = scan.Request([root], config, changed=[], baseline=os.path.abspath(given.baseline) if given.baseline else "")
    decisions.apply(report, request, pack.known)
    if given.write_baseline:
        _write_baseline(report, given.write_baseline, parser)
    return reporting.deliver(report, config, given, parser, files, started)


def _write_baseline(report: Report, name: str, parser: Parser) -> None:
    from cloudpolicy.baseline import writing

    path = os.path.abspath(name)
    if os.path.lexists(path):
        parser.fail(f"{name} exists; remove it first", f"{name} は既にあります。先に削除してください")
    try:
        writing.write(path, writing.entries_of(report, os.path.dirname(path)))
    except OSError as error:
        parser.cannot_write(name, error)
