"""`cloudpolicy baseline create|update|show PATH`: what stands there today is known; from then on only what is new fails."""

from __future__ import annotations

import os
import sys

from cloudpolicy.cli import Parser, complain, options, reporting, scan
from cloudpolicy.cli.options import Option, flag
from cloudpolicy.config import ConfigError
from cloudpolicy.scan import Scanner, run_with
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from cloudpolicy.baseline import Baseline, Entry
    from cloudpolicy.findings import Report

ACTIONS = {
    "create": Text("write down what a scan of PATH finds", "PATH の検査結果を書き出す"),
    "update": Text("drop what no longer occurs, and add what is new", "解消した項目を除き、新しい指摘を加える"),
    "show": Text("list the entries, and what a scan says of them", "項目と現在の状態を一覧表示する"),
}

OPTIONS = (
    Option(
        "action",
        "ACTION",
        "; ".join(f"{name}: {words.en}" for name, words in ACTIONS.items()),
        "。".join(f"{name}: {words.ja}" for name, words in ACTIONS.items()),
        choices=ACTIONS,
    ),
    Option("path", "PATH", "folder or file (default: .)", "フォルダまたはファイル(既定: .)", nargs="?", default="."),
    Option(
        "--baseline",
        "FILE",
        "the baseline (default: cloudpolicy-baseline.json in PATH)",
        "ベースラインのファイル(既定: PATH の cloudpolicy-baseline.json)",
    ),
    flag(
        "--prune",
        "with update: only drop what no longer occurs",
        "update で、解消した項目の削除だけを行う(新しい指摘は加えない)",
    ),
    *options.SELECTION,
    options.OWN_POLICIES,
    *options.READING,
    *options.RUNNING,
    options.LANG,
)


def main(given: Namespace, parser: Parser) -> int:
    from cloudpolicy import baseline
    from cloudpolicy.baseline import matching, reading, writing

    if given.prune and given.action != "update":
        parser.fail("--prune belongs to update", "--prune は update でのみ使えます")
    parser.must_exist(given.path)
    start = os.path.abspath(given.path)
    path = os.path.abspath(given.baseline) if given.baseline else os.path.join(_folder(start), baseline.NAME)
    name = matching.relative(path, os.getcwd())
    there = os.path.lexists(path)
    if given.action == "create" and there:
        parser.fail(
            f"{name} exists; run cloudpolicy baseline update", f"{name} は既にあります。cloudpolicy baseline update を実行してください"
        )
    if given.action != "create" and not there:
        parser.fail(
            f"{name} does not exist; run cloudpolicy baseline create",
            f"{name} がありません。cloudpolicy baseline create で作成してください",
        )
    given.show_passed = False
    try:
        request = scan.set_running(scan.request_of(given, parser, [start]), given)
        request.baseline = ""
        scanner = Scanner(request)
        report = run_with(scanner, reporting.progress(parser))
        before = reading.read(path, matching.tree_of(path, report)) if there else baseline.Baseline(path, [])
    except (ConfigError, reading.Refused) as error:
        return complain(error.diagnostic, parser.language)
    matching.compare(report, [before], request.paths, scanner.known)
    unread = [diagnostic for diagnostic in report.diagnostics if diagnostic.severity == "error"]
    for diagnostic in unread:
        complain(diagnostic, parser.language)
    if given.action == "show":
        _show(before, report, name, parser)
        return 2 if unread else 0
    after = writing.updated(before, report, given.prune)
    try:
        writing.write(path, after)
    except OSError as error:
        parser.cannot_write(name, error)
    _tell(before, after, name, parser)
    if unread:
        print(
            parser.say(
                "cloudpolicy: what could not be read is not in it; mend that and run cloudpolicy baseline update",
                "cloudpolicy: 読み取れなかった箇所の指摘は含まれていません。修正後に cloudpolicy baseline update を実行してください",
            ),
            file=sys.stderr,
        )
    return 2 if unread else 0


def _folder(path: str) -> str:
    return path if os.path.isdir(path) else os.path.dirname(path)


def _tell(before: Baseline, after: list[Entry], name: str, parser: Parser) -> None:
    old, new = {entry.key() for entry in before.entries}, {entry.key() for entry in after}
    dropped = sorted((entry for entry in before.entries if entry.key() not in new), key=_order)
    added = sorted((entry for entry in after if entry.key() not in old), key=_order)
    if old:
        for sign, entries in (("-", dropped), ("+", added)):
            for entry in entries:
                print(f"{sign} {_line(entry, parser)}")
    print(
        parser.say(
            f"{name}: {len(new):,} entr{'y' if len(new) == 1 else 'ies'} ({len(added):,} added, {len(dropped):,} dropped)."
            " What they say is known; only what is new fails. Commit the file.",
            f"{name}: {len(new):,} 件(追加 {len(added):,} 件、削除 {len(dropped):,} 件)。"
            "記載された指摘は既知として扱い、新たな指摘だけを不合格にします。このファイルをコミットしてください。",
        )
    )


def _show(baseline: Baseline, report: Report, name: str, parser: Parser) -> None:
    from cloudpolicy.baseline import GONE, NOT_CHECKED
    from cloudpolicy.model import Verdict

    states = {
        GONE: parser.say("  (no longer occurs)", "  (現在の指摘になし)"),
        NOT_CHECKED: parser.say("  (not checked)", "  (未確認)"),
    }
    print(
        parser.say(
            f"{name}: {len(baseline.entries):,} entr{'y' if len(baseline.entries) == 1 else 'ies'}", f"{name}: {len(baseline.entries):,} 件"
        )
    )
    for entry in sorted(baseline.entries, key=_order):
        print(f"  {_line(entry, parser)}{states.get(entry.state, '')}")
    gone, unchecked = (sum(entry.state == state for entry in baseline.entries) for state in states)
    new = sum(finding.verdict in (Verdict.FAIL, Verdict.UNKNOWN) and not finding.known for finding in report.findings)
    occurring = len(baseline.entries) - gone - unchecked
    print(
        parser.say(
            f"still there: {occurring:,}; no longer there: {gone:,}; not checked: {unchecked:,}; findings that it does not hold: {new:,}",
            f"継続 {occurring:,} 件、解消 {gone:,} 件、未確認 {unchecked:,} 件。このほかに未登録の指摘が {new:,} 件あります。",
        )
    )


def _order(entry: Entry) -> tuple[str, ...]:
    return entry.estate, entry.policy, entry.resource, entry.attribute, entry.fingerprint, entry.verdict


def _line(entry: Entry, parser: Parser) -> str:
    from cloudpolicy.reports import columns, words

    verdict = words.VERDICT[entry.verdict].pick(parser.language)
    return columns.clean("  ".join(filter(None, (entry.estate, verdict, entry.policy, entry.resource, entry.attribute))))
