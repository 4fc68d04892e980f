"""checklist.xlsx: every clause once, grouped by setting type, with verdict, evidence and two places to sign that stay empty."""

from __future__ import annotations

import io

from cloudpolicy.model import Verdict
from cloudpolicy.reports import words
from cloudpolicy.reports.handover import labels
from cloudpolicy.reports.handover.rows import TONE, WAIVER_COLUMNS, Rows
from cloudpolicy.reports.handover.sheets import A3, LINES, Book, height, lines_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from cloudpolicy.findings import Finding
    from cloudpolicy.guidelines.status import ClauseStatus
    from cloudpolicy.handover.dossier import Dossier

_SIGNED = 12  # first column of the places to sign

# heading and width of the columns before the places to sign
_COLUMNS = (
    (labels.NUMBER, 5),
    (labels.TYPE, 5),
    (labels.CLAUSE, 15),
    (labels.DEMAND, 26),
    (labels.RESPONSIBILITY, 10),
    (labels.STATUS, 11),
    (labels.REASON, 22),
    (labels.EVIDENCE, 50),
    (labels.RESIDUAL, 22),
    (labels.REMEDY, 38),
    (labels.REFERENCES, 18),
    (labels.NOTES, 16),
)


def render(dossier: Dossier) -> bytes:
    """The workbook's bytes, the same for the same dossier. ImportError where XlsxWriter is not installed."""
    from xlsxwriter import Workbook

    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = Workbook(target, options)
    rows = Rows(dossier)
    # Office shows a title of its own accord: no text of ours goes there that a template could set
    workbook.set_properties({"title": rows.say(labels.TITLE), "created": dossier.created.replace(tzinfo=None)})
    book = Book(workbook, dossier.language)
    _cover(book, rows)
    _checklist(book, rows)
    _findings(book, rows)
    _waivers(book, rows)
    _attestations(book, rows)
    _defaults(book, rows)
    _inputs(book, rows)
    workbook.close()
    return target.getvalue()


def _cover(book: Book, rows: Rows) -> None:
    dossier, sheet = rows.dossier, book.sheet("cover")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 2)
    sheet.set_column(1, 1, 40)
    sheet.set_column(2, 12, 11)
    book.text(sheet, 1, 1, rows.say(labels.TITLE), book.format(font_size=18, bold=True))
    sheet.set_row(1, 30)
    row = 3
    label, value = book.cell(bold=True, bg_color="#E8EDF4"), book.cell()
    for name, text in rows.facts():
        book.text(sheet, row, 1, name, label)
        _wide(book, sheet, row, text, value)
        row += 1
    if rows.errors():
        book.text(sheet, row, 1, rows.say(labels.INCOMPLETE, rows.errors()), book.tone("fail"))
        row += 1
    row += 1
    for note in (labels.CAUTION, labels.SIGNING):
        sheet.merge_range(row, 1, row, 11, "", book.format(text_wrap=True))
        book.text(sheet, row, 1, rows.say(note), book.format(text_wrap=True))
        sheet.set_row(row, 32)
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


def _counts(book: Book, sheet: Worksheet, row: int, rows: Rows, title: str, groups: Sequence[tuple[str, Mapping[str, object]]]) -> int:
    """A table of clauses by group and status; returns the row below it."""
    dossier = rows.dossier
    book.text(sheet, row, 1, title, book.heading())
    for column, word in enumerate(dossier.status_words.values(), 2):
        book.text(sheet, row, column, rows.say(word), book.heading())
    total = 2 + len(dossier.status_words)
    book.text(sheet, row, total, rows.say(labels.TOTAL), book.heading())
    sheet.set_row(row, 42)
    number = book.cell(num_format="#,##0;-#,##0;-", align="right")
    for name, where in [*groups, (rows.say(labels.TOTAL), {})]:
        row += 1
        counts = dossier.count(**where)
        book.text(sheet, row, 1, name, book.cell(bold=not where))
        for column, count in enumerate([*counts.values(), sum(counts.values())], 2):
            sheet.write_number(row, column, count, number)
    return row + 1


def _checklist(book: Book, rows: Rows) -> None:
    sheet = book.sheet("checklist", A3)
    slots = [rows.say(text) for text in (labels.NAME, labels.DATE, labels.RESULT)]
    titles = [(rows.say(heading), width) for heading, width in _COLUMNS]
    titles += [(f"{rows.say(who)}\n{slot}", 9) for who in (labels.SETTER, labels.MANAGER) for slot in slots]
    for column, (title, width) in enumerate(titles):
        sheet.set_column(column, column, width)
        book.text(sheet, 0, column, title, book.heading())
    sheet.set_row(0, 32)
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
    clause, cell = status.clause, book.cell()
    sheet.write_number(row, 0, number, cell)
    sheet.write_number(row, 1, clause.setting_type, cell)
    verified = f"{rows.say(labels.RESPONSIBLE[clause.responsibility])}\n{rows.say(labels.VERIFIED[clause.verification])}"
    if clause.control:
        verified += f"\n{rows.say(labels.CONTROLS[clause.control])}"
    texts = (
        clause.id,
        rows.say(clause.title),
        verified,
        rows.status(status),
        rows.say(status.reason),
        _evidence(rows, status),
        rows.say(status.residual) if status.residual else "",
        _fit(rows, rows.remedies(status), 9),
        _fit(rows, rows.dossier.references(clause), 10),
        "\n".join(rows.notes(status)),
    )
    for column, text in enumerate(texts, 2):
        book.text(sheet, row, column, text, book.tone(TONE[status.status]) if column == 5 else cell)
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
    """Statements first, then what stands against the clause, then what is as required."""
    stated = [rows.say(statement.summary()) + (f" [{statement.evidence}]" if statement.evidence else "") for statement in status.evidence]
    found = rows.open_findings(status)
    sheet = labels.SHEETS["findings" if any(f.verdict == Verdict.FAIL for f in found) else "unknowns"]
    mark = rows.say(labels.MORE, rows.say(sheet)) if found else ""
    return _fit(rows, [*stated, *(rows.evidence(finding) for finding in found), *rows.passed(status)], 7, mark)


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
        (labels.VERDICT, 9), (labels.SEVERITY, 8), (labels.POLICY, 13), (labels.RESOURCE, 32), (labels.KIND, 24), (labels.PLACE, 26),
        (labels.OBSERVED, 32), (labels.EXPECTED, 34), (labels.MESSAGE, 50), (labels.REMEDY, 50), (labels.CLAUSES, 26), (labels.FINGERPRINT, 18),
    ]  # fmt: skip
    headings = [(rows.say(heading), width) for heading, width in columns]
    book.table("findings", headings, (_finding(rows, finding) for findings in by_verdict.values() for finding in findings))
    book.table("unknowns", headings, (_finding(rows, finding) for finding in unknown))
    short = [headings[column] for column in (0, 2, 7, 3, 4, 5)]
    book.table(
        "passed",
        short,
        (
            (rows.verdict(f), f.policy, rows.title(f.policy), words.name_of(f), f.type, rows.place(f))
            for f in passed
        ),
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
        "\n".join(words.clauses(rows.report, finding.policy)),
        finding.fingerprint,
    )


def _waivers(book: Book, rows: Rows) -> None:
    book.table("waivers", [(rows.say(heading), width) for heading, width in WAIVER_COLUMNS], rows.waivers())


def _attestations(book: Book, rows: Rows) -> None:
    columns = [
        (labels.KIND, 14), (labels.CLAUSES, 26), (labels.STATEMENT, 50), (labels.ATTESTER, 18), (labels.ROLE, 18), (labels.DATE, 12),
        (labels.EXPIRES, 12), (labels.IN_FORCE, 8), (labels.DOCUMENT_REFERENCE, 40), (labels.PROVIDER, 18), (labels.PERIOD, 20), (labels.PLACE, 26),
    ]  # fmt: skip
    book.table(
        "attestations",
        [(rows.say(heading), width) for heading, width in columns],
        (
            (
                rows.say(labels.STATEMENT_KIND[a.kind]), "\n".join(a.clauses), a.statement, a.attester, a.role, a.day.isoformat(),
                a.expires.isoformat(), rows.say(labels.YES_NO[a.counts(rows.dossier.day)]), a.evidence, a.provider, a.period,
                f"{rows.places.of(a.span.file)}:{a.span.line}",
            )
            for a in rows.dossier.attestations
        ),
    )  # fmt: skip


def _defaults(book: Book, rows: Rows) -> None:
    columns = [(labels.DEFAULT_KIND, 30), (labels.SETTING, 50), (labels.DEFAULT, 50), (labels.IN_USE, 50), (labels.PLACE, 26)]
    book.table(
        "defaults",
        [(rows.say(heading), width) for heading, width in columns],
        ((rows.say(labels.DEFAULT_KINDS[kind]), *rest) for kind, *rest in rows.defaults()),
    )


def _inputs(book: Book, rows: Rows) -> None:
    columns = [(labels.FILE, 60), (labels.KIND, 16), (labels.BYTES, 12), (labels.SHA256, 68), (labels.STATE, 40)]
    read = [(e["path"], rows.say(labels.ROLES[e["role"]]), e["bytes"], e["sha256"], state) for e, state in rows.inputs()]
    left_out = [(path, "", "", "", reason) for path, reason in rows.left_out()]
    book.table("inputs", [(rows.say(heading), width) for heading, width in columns], [*read, *left_out])
