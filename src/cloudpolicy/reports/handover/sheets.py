"""One way to write a sheet: heading, rows, filter, frozen panes and print set-up. Every cell is text or a number, never a formula or link."""

from __future__ import annotations

from cloudpolicy.reports.columns import width as columns_of
from cloudpolicy.reports.columns import wrap
from cloudpolicy.reports.handover import labels
from cloudpolicy.reports.handover.plain import CELL, cut, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from cloudpolicy.texts import Language

# On every Japanese Windows; lower than Yu Gothic, and clear when small. Elsewhere a Japanese font of the system stands in.
FONT = "Meiryo UI"
A3, A4 = 8, 9
_WIDEST = 170  # characters that A4 shows in a size that can be read; wider sheets want A3
LINES = 20  # in one row of the checklist
_HIGHEST = 409.0  # points: no spreadsheet's row is higher
_LINE_POINTS, _PADDING = 12.5, 4
_MOST_LINES = int((_HIGHEST - _PADDING) / _LINE_POINTS)
_LINE = "#B8C0CC"
HEADING = "#1F3A5F"

# tone -> (background, text): always beside the word, never instead of it
TONES = {
    "fail": ("#F9D6D5", "#7A1210"),
    "unknown": ("#FFE9C2", "#6B4200"),
    "missing": ("#FFF6D6", "#5C4A00"),
    "waived": ("#E4DBF5", "#43217F"),
    "pass": ("#D8EEDC", "#174D24"),
    "stated": ("#D6E8F7", "#123F66"),
    "none": ("#ECEEF1", "#3C4450"),
}


def lines_of(text: str, width: int) -> int:
    """Lines that `text` takes in a column of `width`; rather one too many than one too few. A Japanese character takes two places."""
    room = max(2, int(width * 1.15) - 1)
    return sum(sum(-(-columns_of(line) // room) for line in wrap(part, room)) or 1 for part in text.split("\n"))


def height(lines: int) -> float:
    """Points for that many lines: spreadsheets do not work it out alike, and LibreOffice not at all when it prints."""
    return min(_HIGHEST, _LINE_POINTS * max(1, lines) + _PADDING)


class Book:
    """A workbook with its formats, each made once."""

    def __init__(self, workbook: Workbook, language: Language, system: str, day: str) -> None:
        self.workbook = workbook
        self.language: Language = language
        # a page header obeys "&" and takes 255 characters
        self._header = f"&L {plain(system).replace(chr(10), ' ')[:60].replace('&', '&&')}", f"&R{day}"
        self._formats: dict[tuple[tuple[str, object], ...], Format] = {}

    def format(self, **properties: object) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            base = {"font_name": FONT, "font_size": 9, "valign": "top"}
            self._formats[key] = self.workbook.add_format({**base, **properties})
        return self._formats[key]

    def cell(self, **properties: object) -> Format:
        """Text that stays text, also when somebody edits the cell: a leading "=" is never a formula."""
        return self.format(text_wrap=True, border=1, border_color=_LINE, quote_prefix=True, **properties)

    def tone(self, name: str) -> Format:
        background, ink = TONES[name]
        return self.cell(bg_color=background, font_color=ink, bold=True)

    def heading(self) -> Format:
        return self.format(
            text_wrap=True,
            border=1,
            border_color=_LINE,
            bold=True,
            bg_color=HEADING,
            font_color="#FFFFFF",
            valign="vcenter",
            align="center",
        )

    def text(self, sheet: Worksheet, row: int, column: int, value: str, format: Format) -> None:
        """Write `value` as a string whatever it begins with; an empty one as a blank cell."""
        if value:
            sheet.write_string(row, column, cut(value, CELL, self.language), format)
        else:
            sheet.write_blank(row, column, None, format)

    def sheet(self, name: str, paper: int = A4, pages: int = 0) -> Worksheet:
        sheet = self.workbook.add_worksheet(labels.SHEETS[name].pick(self.language))
        sheet.set_landscape()
        sheet.set_paper(paper)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.fit_to_pages(1, pages)  # wide, high; 0: as many as it takes
        sheet.center_horizontally()
        sheet.set_header("".join(self._header))
        sheet.set_footer(f"&L&A&R{labels.PAGE.pick(self.language)}")
        return sheet

    def table(self, name: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[str | int]], unprinted: str = "") -> None:
        """A sheet of its own: `columns` are (heading, width), `rows` their values; `unprinted` heads a page without the rows."""
        sheet = self.sheet(name, A3 if sum(width for _, width in columns) > _WIDEST else A4)
        for column, (heading, width) in enumerate(columns):
            sheet.set_column(column, column, width)
            self.text(sheet, 0, column, heading, self.heading())
        sheet.set_row(0, 24)
        plain, number = self.cell(), self.cell(num_format="#,##0", align="right")
        last = 0
        for last, row in enumerate(rows, 1):
            lines = 1
            for column, value in enumerate(row):
                if isinstance(value, int):
                    sheet.write_number(last, column, value, number)
                else:
                    needed = lines_of(value[:4_000], columns[column][1])
                    if needed > _MOST_LINES:  # the cell holds all of it, a printed row does not
                        value = f"{labels.LONG_CELL.pick(self.language)}\n{value}"
                    self.text(sheet, last, column, value, plain)
                    lines = max(lines, needed)
            sheet.set_row(last, height(lines))
        if last:
            sheet.autofilter(0, 0, last, len(columns) - 1)
        else:
            self.text(sheet, 1, 0, labels.NONE.pick(self.language), self.format())
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        if last and unprinted:
            sheet.set_header(f"&C{unprinted}".join(self._header))
            sheet.print_area(0, 0, 0, len(columns) - 1)
