"""Markdown for the job summary of a CI run: totals, what fails, which clauses that concerns, what is unknown, waived or known, what was not read.

GitHub refuses a summary over 1 MiB, so each table has a share of it, and says how many rows it left out.
"""

from __future__ import annotations

import re

from cloudpolicy.findings import WAIVED
from cloudpolicy.model import Verdict
from cloudpolicy.reports import words
from cloudpolicy.reports.places import Places
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudpolicy.findings import Finding, Report
    from cloudpolicy.reports import Style
    from cloudpolicy.texts import Language

LIMIT = 1024 * 1024
# bytes; what is settled has two tables
_FAILURES_SHARE, _UNKNOWN_SHARE, _UNREAD_SHARE, _SETTLED_SHARE, _CLAUSES_SHARE = 470_000, 200_000, 100_000, 100_000, 50_000

# Entities, not backslashes: an entity is never read as structure, neither by the table nor inside a word.
_ENTITIES = {character: f"&#{ord(character)};" for character in "|*`[]~\\#@$"}
_ESCAPES = str.maketrans({**_ENTITIES, "&": "&amp;", "<": "&lt;", ">": "&gt;"})
# Line ends would end the row; control and bidirectional characters could make it read as something else.
_UNSAFE = re.compile("[\x00-\x20\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_EDGE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_LINK_COLON = re.compile(r":(?=\S)")  # a bare address becomes a link, :word: an emoji
_PLAIN_CODE = re.compile(r"""[\w./\-:\[\]"' ,=%()*#+]+""")

_HEADINGS = {
    "severity": words.GRADE,
    "policy": words.POLICY,
    "clause": words.CLAUSE,
    "clauses": words.CLAUSES,
    "fail": words.VERDICT[Verdict.FAIL],
    "unknown": words.VERDICT[Verdict.UNKNOWN],
    "policies": words.POLICIES,
    "resource": words.RESOURCE,
    "place": words.PLACE,
    "message": words.MESSAGE,
    "why": Text("why it could not be decided", "判定できない理由"),
    "waiver": words.WAIVER,
    "code": Text("code", "種別"),
}
_FAILURES = Text("Failures", "不適合")
_CLAUSES = Text("Clauses concerned", "該当する条項")


def cell(value: str) -> str:
    """`value` as the text of one table cell: one line, nothing in it is Markdown or HTML."""
    value = _UNSAFE.sub(" ", value).strip().translate(_ESCAPES)
    return _EDGE_UNDERSCORE.sub("&#95;", _LINK_COLON.sub("&#58;", value))


def code(value: str) -> str:
    """`value` as code in a cell, where it can be written as such."""
    return f"`{value}`" if _PLAIN_CODE.fullmatch(value) and value.strip() == value else cell(value)


def render(report: Report, style: Style) -> str:
    """The whole summary, under GitHub's limit."""
    lang = style.lang
    places = Places(report.project, also=report.beside)
    parts = ["## cloudpolicy\n", _status(report, lang), _totals(report, lang)]
    if report.diagnostics:
        parts.append(_unread(report, places, lang))
    failures = words.failures(report)
    if failures:
        heading = f"### {_FAILURES.pick(lang)} ({len(failures):,})\n"
        columns = ("severity", "policy", "clauses", "resource", "place", "message")
        parts += [heading, _table(columns, (_failure(f, report, places, lang) for f in failures), len(failures), _FAILURES_SHARE, lang)]
    clauses = _clauses(report)
    if clauses:
        table = _table(("clause", "fail", "unknown", "policies"), clauses, len(clauses), _CLAUSES_SHARE, lang)
        parts.append(f"### {_CLAUSES.pick(lang)} ({len(clauses):,})\n\n{table}")
    unknown = words.unknowns(report)
    if unknown:
        rows = (_unknown(finding, report, places, lang) for finding in unknown)
        table = _table(("policy", "resource", "place", "why"), rows, len(unknown), _UNKNOWN_SHARE, lang)
        parts.append(_folded(words.UNDECIDED, len(unknown), table, lang))
    settled = words.settled(report)
    waived = [finding for finding in settled if finding.verdict == WAIVED]
    if waived:
        rows = (_waived(finding, report, places, lang) for finding in waived)
        table = _table(("policy", "resource", "place", "message", "waiver"), rows, len(waived), _SETTLED_SHARE, lang)
        parts.append(_folded(words.VERDICT[WAIVED], len(waived), table, lang))
    known = [finding for finding in settled if finding.known]
    if known:
        rows = (_unknown(finding, report, places, lang) for finding in known)
        table = _table(("policy", "resource", "place", "message"), rows, len(known), _SETTLED_SHARE, lang)
        parts.append(_folded(words.KNOWN_BEFORE, len(known), table, lang))
    return "\n".join(parts)


def _folded(heading: Text, count: int, table: str, lang: Language) -> str:
    return f"<details>\n<summary>{words.heading(heading).pick(lang)} ({count:,})</summary>\n\n{table}\n</details>\n"


def _status(report: Report, lang: Language) -> str:
    sentences = []
    if any(diagnostic.severity == "error" for diagnostic in report.diagnostics):
        sentences.append(f"**{words.INCOMPLETE.pick(lang)}**")
    if report.estates and not words.failures(report):
        sentences.append((words.NOTHING_NEW if words.known(report) else words.NOTHING_FAILS).pick(lang))
    return " ".join(sentences) + "\n" if sentences else ""


def _totals(report: Report, lang: Language) -> str:
    counts = [(text.pick(lang), report.count(verdict)) for verdict, text in words.VERDICT.items()]
    counts = [(label, number) for label, number in counts if number or label != words.VERDICT[WAIVED].pick(lang)]
    if words.known(report):
        counts.append((words.KNOWN.pick(lang), words.known(report)))
    severities = words.severities(report)
    detail = ", ".join(f"{words.SEVERITY[name].pick(lang)} {number:,}" for name, number in severities.items() if number)
    lines = [
        f"| {' | '.join(label for label, _ in counts)} |",
        f"|{' ---: |' * len(counts)}",
        f"| {' | '.join(f'{number:,}' for _, number in counts)} |",
        "",
    ]
    files, resources, estates = words.files(report), words.resources(report), len(report.estates)
    scanned = Text(
        ", ".join((words.plural(estates, "estate"), words.plural(files, "file"), words.plural(resources, "resource"))),
        f"検査単位 {estates:,}、ファイル {files:,}、リソース {resources:,}",
    ).pick(lang)
    left_out = words.left_out(report)
    if left_out:
        scanned += Text(f", {words.plural(left_out, 'file')} {words.NOT_SCANNED.en}", f"、{words.NOT_SCANNED.ja} {left_out:,}").pick(lang)
    asked = words.ORIGIN.get(report.run.get("origin", ""))
    if asked is not None:
        scanned += f" ({asked.pick(lang)})"
    if detail:
        lines.append(f"{_FAILURES.pick(lang)}: {detail}  ")
    lines.append(scanned + "\n")
    return "\n".join(lines)


def _failure(finding: Finding, report: Report, places: Places, lang: Language) -> tuple[str, ...]:
    return (
        words.SEVERITY[finding.severity].pick(lang),
        _policy(finding, report, lang),
        ", ".join(map(code, words.clauses(report, finding.policy))),
        code(words.name_of(finding)),
        code(f"{places.of(finding.span.file)}:{finding.span.line}"),
        cell(finding.message.pick(lang)),
    )


def _unknown(finding: Finding, report: Report, places: Places, lang: Language) -> tuple[str, ...]:
    return (
        _policy(finding, report, lang),
        code(words.name_of(finding)),
        code(f"{places.of(finding.span.file)}:{finding.span.line}"),
        cell(finding.message.pick(lang)),
    )


def _clauses(report: Report) -> list[tuple[str, ...]]:
    """A row for each clause that a failure or an unknown concerns: how many of either, and the policies that say so."""
    found: dict[str, tuple[list[str], dict[str, None]]] = {}
    for finding in report.findings:
        if finding.verdict in (Verdict.FAIL, Verdict.UNKNOWN):
            for clause in words.clauses(report, finding.policy):
                verdicts, policies = found.setdefault(clause, ([], {}))
                verdicts.append(finding.verdict)
                policies[finding.policy] = None
    return [
        (code(clause), f"{verdicts.count(Verdict.FAIL):,}", f"{verdicts.count(Verdict.UNKNOWN):,}", ", ".join(map(code, sorted(policies))))
        for clause, (verdicts, policies) in sorted(found.items(), key=lambda item: _natural(item[0]))
    ]


def _natural(clause: str) -> list[tuple[int, str]]:
    """ "osaka-2024:table.6.3" before "osaka-2024:table.6.10"."""
    return [(int(part), "") if part.isdecimal() and part.isascii() else (-1, part) for part in re.split(r"([0-9]{1,9})", clause)]


def _waived(finding: Finding, report: Report, places: Places, lang: Language) -> tuple[str, ...]:
    exception = words.exception(finding)
    return (*_unknown(finding, report, places, lang), cell(exception.pick(lang)) if exception is not None else "")


def _policy(finding: Finding, report: Report, lang: Language) -> str:
    title = words.title(report, finding.policy, lang)
    return code(finding.policy) + ("" if title == finding.policy else f" {cell(title)}")


def _unread(report: Report, places: Places, lang: Language) -> str:
    def row(number: int) -> tuple[str, ...]:
        diagnostic = report.diagnostics[number]
        span = diagnostic.span
        place = "" if span is None else code(f"{places.of(span.file)}:{span.line}")
        return (
            words.DIAGNOSTIC[diagnostic.severity].pick(lang),
            code(diagnostic.code),
            place,
            cell(diagnostic.text.pick(lang)),
        )

    count = len(report.diagnostics)
    table = _table(("severity", "code", "place", "message"), map(row, range(count)), count, _UNREAD_SHARE, lang)
    return f"### {words.heading(words.NOT_READ).pick(lang)} ({count:,})\n\n{table}"


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]], count: int, share: int, lang: Language) -> str:
    """A table of at most `share` bytes, with a sentence on the rows that did not fit."""
    lines = [f"| {' | '.join(_HEADINGS[column].pick(lang) for column in columns)} |", f"|{' --- |' * len(columns)}"]
    used = shown = 0
    for row in rows:
        line = f"| {' | '.join(row)} |"
        used += len(line.encode("utf-8", "replace")) + 1
        if used > share:
            break
        lines.append(line)
        shown += 1
    if shown < count:
        left = count - shown
        more = Text(
            f"{left:,} more are not shown here; the text and JSON reports hold them all.",
            f"ほか {left:,} 件はここに表示していません。全件はテキストまたは JSON の出力にあります。",
        )
        lines += ["", more.pick(lang)]
    return "\n".join(lines) + "\n"
