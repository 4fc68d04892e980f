"""checklist.xlsx: every clause once, grouped by setting type, with verdict, evidence and two places to sign that stay empty."""

from __future__ import annotations

import io

from cloudpolicy.guidelines import words as said
from cloudpolicy.model import Verdict
from cloudpolicy.reports import words
from cloudpolicy.reports.handover import labels
from cloudpolicy.reports.handover.rows import DEFAULT_COLUMNS, TONE, WAIVER_COLUMNS, Rows
from cloudpolicy.reports.handover.sheets import A3, LINES, Book, height, lines_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from cloudpolicy.findings import Finding
    from cloudpolicy.guidelines.status import ClauseStatus
    from cloudpolicy.handover.dossier import Dossier

# heading and width of the columns before the places to sign
_COLUMNS = (
    (labels.NUMBER, 4), (labels.TYPE, 7), (labels.CLAUSE, 23), (labels.DEMAND, 27), (labels.RESPONSIBILITY, 12), (labels.STATUS, 10),
    (labels.EVIDENCE, 50), (labels.RESIDUAL, 20), (labels.REMEDY, 37), (labels.REFERENCES, 23),
)  # fmt: skip
_STATUS, _EVIDENCE, _REMEDY, _REFERENCES = 5, 6, 8, 9
_SIGNED = len(_COLUMNS)  # first column of the places to sign
_SLOTS = ((labels.NAME, 9), (labels.DATE, 9), (labels.RESULT, 8))


def render(dossier: Dossier) -> bytes:
    """The workbook's bytes, the same for the same dossier. ImportError where XlsxWriter is not installed."""
    from xlsxwriter import Workbook

    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = Workbook(target, options)
    rows = Rows(dossier)
    # Office shows a title of its own accord: no text of ours goes there that a template could set
    workbook.set_properties({"title": rows.say(labels.TITLE), "created": dossier.created.replace(tzinfo=None)})
    book = Book(workbook, dossier.language, dossier.system, dossier.day.isoformat())
    _cover(book, rows)
    _checklist(book, rows)
    _findings(book, rows)
    _waivers(book, rows)
    _attestations(book, rows)
    _defaults(book, rows)
    _inputs(book, rows)
    _problems(book, rows)
    workbook.close()
    return target.getvalue()


_NAMES = 52  # width of the cover's column of names


def _cover(book: Book, rows: Rows) -> None:
    dossier, sheet = rows.dossier, book.sheet("cover", pages=1)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 2)
    sheet.set_column(1, 1, _NAMES)
    sheet.set_column(2, 12, 11)
    book.text(sheet, 1, 1, rows.say(labels.TITLE), book.format(font_size=18, bold=True))
    sheet.set_row(1, 30)
    row = 3
    label, value = book.cell(bold=True, bg_color="#E8EDF4"), book.cell()
    for name, text in rows.facts():
        book.text(sheet, row, 1, name, label)
        _wide(book, sheet, row, text, value)
        row += 1
    for tone, alert in rows.alerts():
        sheet.merge_range(row, 1, row, 11, "", book.tone(tone))
        book.text(sheet, row, 1, alert, book.tone(tone))
        sheet.set_row(row, height(2))
        row += 1
    row += 1
    for note in (labels.CAUTION, labels.SIGNING):
        sheet.merge_range(row, 1, row, 11, "", book.format(text_wrap=True))
        book.text(sheet, row, 1, rows.say(note), book.format(text_wrap=True))
        sheet.set_row(row, height(lines_of(rows.say(note), 160)))
        row += 1
    row += 1
    row = _counts(
        book, sheet, row, rows, rows.say(labels.BY_TYPE), [(rows.setting_type(n), {"setting_type": n}) for n in dossier.setting_types]
    )
    documents = [(f"{rows.say(document.title)} ({id})", {"document": id}) for id, document in dossier.catalogue.documents.items()]
    _counts(book, sheet, row + 1, rows, rows.say(labels.BY_DOCUMENT), documents)


def _wide(book: Book, sheet: Worksheet, row: int, text: str, format: Format) -> None:
    sheet.merge_range(row, 2, row, 11, "", format)
    book.text(sheet, row, 2, text, format)
    sheet.set_row(row, height(lines_of(text[:2_000], 108)) + 3)


def _counts(book: Book, sheet: Worksheet, row: int, rows: Rows, title: str, groups: Sequence[tuple[str, Mapping[str, object]]]) -> int:
    """A table of clauses by group and status; returns the row below it."""
    dossier = rows.dossier
    book.text(sheet, row, 1, title, book.heading())
    for column, word in enumerate(dossier.status_words.values(), 2):
        book.text(sheet, row, column, rows.say(word), book.heading())
    total = 2 + len(dossier.status_words)
    book.text(sheet, row, total, rows.say(labels.TOTAL), book.heading())
    sheet.set_row(row, height(max(lines_of(rows.say(word), 9) for word in dossier.status_words.values())))
    number = book.cell(num_format="#,##0;-#,##0;-", align="right")
    for name, where in [*groups, (rows.say(labels.TOTAL), {})]:
        row += 1
        counts = dossier.count(**where)
        book.text(sheet, row, 1, name, book.cell(bold=not where))
        sheet.set_row(row, height(lines_of(name, _NAMES)))
        for column, count in enumerate([*counts.values(), sum(counts.values())], 2):
            sheet.write_number(row, column, count, number)
    return row + 1


def _checklist(book: Book, rows: Rows) -> None:
    sheet = book.sheet("checklist", A3)
    titles = [(rows.say(heading), width) for heading, width in _COLUMNS]
    titles += [(f"{rows.say(who)}\n{rows.say(slot)}", width) for who in (labels.SETTER, labels.MANAGER) for slot, width in _SLOTS]
    for column, (title, width) in enumerate(titles):
        sheet.set_column(column, column, width)
        book.text(sheet, 0, column, title, book.heading())
    sheet.set_row(0, height(3))
    row, number, group = 0, 0, None
    for status in rows.dossier.clauses:
        if status.clause.setting_type != group:
            group = status.clause.setting_type
            row += 1
            _group(book, sheet, row, rows, group, len(titles))
        row, number = row + 1, number + 1
        _clause(book, sheet, row, number, rows, status)
    _signing(sheet, row, rows)
    sheet.autofilter(0, 0, row, len(titles) - 1)
    sheet.freeze_panes(1, 4)
    sheet.repeat_rows(0)


def _group(book: Book, sheet: Worksheet, row: int, rows: Rows, number: int, columns: int) -> None:
    """A line that names the setting type; its own column lets a filter on the type keep it."""
    format = book.format(bold=True, font_size=11, bg_color="#DCE5F0")
    for column in range(columns):
        sheet.write_blank(row, column, None, format)
    sheet.write_number(row, 1, number, book.format(bold=True, font_size=11, bg_color="#DCE5F0", num_format=";;;"))  # for the filter
    book.text(sheet, row, 2, rows.setting_type(number), format)
    sheet.set_row(row, 20)


def _clause(book: Book, sheet: Worksheet, row: int, number: int, rows: Rows, status: ClauseStatus) -> None:
    clause, cell, middle = status.clause, book.cell(), book.cell(align="center", num_format="0;;–")
    sheet.write_number(row, 0, number, middle)
    sheet.write_number(row, 1, clause.setting_type, middle)
    verified = f"{rows.say(said.RESPONSIBLE[clause.responsibility])}\n{rows.say(said.VERIFIED[clause.verification])}"
    if clause.control:
        verified += f"\n{rows.say(said.CONTROLS[clause.control])}"
    texts = (
        clause.id,
        "\n".join([rows.say(clause.title), *(rows.say(labels.REMARK, note) for note in rows.notes(status))]),
        verified,
        rows.status(status),
        _evidence(rows, status),
        rows.say(status.residual) if status.residual else "",
        _fit(rows, rows.remedies(status), _REMEDY),
        _fit(rows, rows.dossier.references(clause), _REFERENCES),
    )
    for column, text in enumerate(texts, 2):
        book.text(sheet, row, column, text, book.tone(TONE[status.status]) if column == _STATUS else cell)
    sheet.set_row(row, height(max(lines_of(text, _COLUMNS[column][1]) for column, text in enumerate(texts, 2))))
    empty = book.format(border=1, border_color="#8894A6", bg_color="#FFFFF0", locked=False)
    dated = book.format(border=1, border_color="#8894A6", bg_color="#FFFFF0", locked=False, num_format="yyyy-mm-dd")
    for column in range(_SIGNED, _SIGNED + 6):
        sheet.write_blank(row, column, None, dated if (column - _SIGNED) % 3 == 1 else empty)


def _fit(rows: Rows, items: list[str], column: int, mark: str = "") -> str:
    """As many items as the row has lines for, and how many are left; all of them stand on the other sheets and in the page."""
    room, shown = LINES - 1, 0
    while shown < len(items) and (room := room - lines_of(items[shown], _COLUMNS[column][1])) >= 0:
        shown += 1
    if shown == len(items):
        return "\n".join(items)
    return "\n".join([*items[:shown], mark or rows.say(labels.AND_MORE, f"{len(items) - shown:,}")])


def _evidence(rows: Rows, status: ClauseStatus) -> str:
    """Why the status, then statements, what stands against the clause, and what is as required."""
    lines = [rows.say(status.reason)]
    summaries = [(statement, rows.say(statement.summary())) for statement in status.evidence]
    lines += [said + (f" [{statement.evidence}]" if statement.evidence else "") for statement, said in summaries if said != lines[0]]
    found = rows.open_findings(status)
    sheet = labels.SHEETS["findings" if any(f.verdict == Verdict.FAIL for f in found) else "unknowns"]
    mark = rows.say(labels.MORE, rows.say(sheet)) if found else ""
    return _fit(rows, [*lines, *(rows.evidence(finding) for finding in found), *rows.passed(status)], _EVIDENCE, mark)


def _signing(sheet: Worksheet, last: int, rows: Rows) -> None:
    """Choices for the result and dates for the date: a person picks, nothing is filled in."""
    choices = [rows.say(text) for text in labels.RESULTS]
    for first in (_SIGNED, _SIGNED + 3):
        sheet.data_validation(2, first + 2, last, first + 2, {"validate": "list", "source": choices})


def _findings(book: Book, rows: Rows) -> None:
    by_verdict: dict[str, list[Finding]] = {}
    for finding in rows.report.findings:
        by_verdict.setdefault(finding.verdict, []).append(finding)
    passed = by_verdict.pop(Verdict.PASS, [])
    unknown = by_verdict.pop(Verdict.UNKNOWN, [])
    columns = [
        (labels.VERDICT, 8), (labels.SEVERITY, 7), (labels.POLICY, 12), (labels.RESOURCE, 24), (labels.KIND, 18), (labels.PLACE, 20),
        (labels.OBSERVED, 24), (labels.EXPECTED, 22), (labels.MESSAGE, 34), (labels.REMEDY, 58), (labels.CLAUSES, 24), (labels.FINGERPRINT, 14),
    ]  # fmt: skip
    headings = [(rows.say(heading), width) for heading, width in columns]
    book.table("findings", headings, (_finding(rows, finding) for findings in by_verdict.values() for finding in findings))
    book.table("unknowns", headings, (_finding(rows, finding) for finding in unknown))
    short = [headings[column] for column in (0, 2, 7, 3, 4, 5)]
    short.append((rows.say(labels.OBSERVED), 48))
    book.table(
        "passed",
        short,
        (
            (rows.verdict(f), f.policy, rows.title(f.policy), words.name_of(f), f.type, rows.place(f), rows.observed(f))
            for f in passed
        ),
        rows.say(labels.UNPRINTED, f"{len(passed):,}"),
    )  # fmt: skip


def _finding(rows: Rows, finding: Finding) -> tuple[str, ...]:
    return (
        rows.verdict(finding),
        rows.severity(finding),
        finding.policy,
        words.name_of(finding),
        finding.type,
        rows.place(finding),
        rows.observed(finding),
        rows.title(finding.policy),
        rows.say(finding.message),
        rows.remedy(finding.policy),
        ", ".join(words.clauses(rows.report, finding.policy)),
        finding.fingerprint,
    )


def _waivers(book: Book, rows: Rows) -> None:
    book.table("waivers", [(rows.say(heading), width) for heading, width in WAIVER_COLUMNS], rows.waivers())


def _attestations(book: Book, rows: Rows) -> None:
    columns = [
        (labels.KIND, 12), (labels.CLAUSES, 40), (labels.STATEMENT, 40), (labels.ATTESTER, 14), (labels.ROLE, 16), (labels.DATE, 11),
        (labels.EXPIRES, 11), (labels.IN_FORCE, 7), (labels.DOCUMENT_REFERENCE, 30), (labels.PROVIDER, 12), (labels.PERIOD, 14), (labels.PLACE, 22),
    ]  # fmt: skip
    book.table(
        "attestations",
        [(rows.say(heading), width) for heading, width in columns],
        (
            (
                rows.say(said.ATTESTED[a.kind]), rows.clauses(a.clauses), a.statement, a.attester, a.role, a.day.isoformat(),
                a.expires.isoformat(), rows.say(labels.YES_NO[a.counts(rows.dossier.day)]), a.evidence, a.provider, a.period,
                f"{rows.places.of(a.span.file)}:{a.span.line}",
            )
            for a in rows.dossier.attestations
        ),
    )  # fmt: skip


def _defaults(book: Book, rows: Rows) -> None:
    book.table("defaults", [(rows.say(heading), width) for heading, width in DEFAULT_COLUMNS], rows.defaults())


def _inputs(book: Book, rows: Rows) -> None:
    columns = [(labels.FILE, 48), (labels.KIND, 14), (labels.BYTES, 10), (labels.SHA256, 62), (labels.STATE, 30)]
    read = [(e["path"], rows.say(labels.ROLES[e["role"]]), e["bytes"], e["sha256"], state) for e, state in rows.inputs()]
    left_out = [(path, "", "", "", reason) for path, reason in rows.left_out()]
    book.table("inputs", [(rows.say(heading), width) for heading, width in columns], [*read, *left_out])


def _problems(book: Book, rows: Rows) -> None:
    columns = [(labels.SEVERITY, 10), (labels.MESSAGE, 110), (labels.PLACE, 40)]
    book.table("problems", [(rows.say(heading), width) for heading, width in columns], rows.problems())
