"""The source lines around a finding, with the deciding attribute marked; secrets hidden.

Lines are read from disk when they are asked for. A file that has changed, shrunk or gone since the scan simply gives no snippet.
"""

from __future__ import annotations

import os
import stat

from cloudpolicy.model import Verdict
from cloudpolicy.reports import secrets
from cloudpolicy.reports.columns import clean, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudpolicy.findings import Finding

SECRET_POLICY = "CP_KEY_005"  # its findings stand on plaintext secrets
_LARGEST = 10 * 1024 * 1024  # a larger file (a plan) is not read again for a few lines
_TAB = 4
_MOST_LINES = 6
_LEAD = 12  # characters left of the mark that stay when a long line is cut


class Line:
    """One line to print: its number (0 for none), the mark before it, the text, and the underline's place in it."""

    __slots__ = ("length", "mark", "number", "pad", "text")

    def __init__(self, number: int, text: str, mark: bool = False, pad: int = 0, length: int = 0) -> None:
        self.number = number
        self.text = text
        self.mark = mark
        self.pad = pad
        self.length = length


class Snippets:
    """Source lines of findings that come ordered by file: one file is kept at a time."""

    __slots__ = ("_ellipsis", "_file", "_lines", "_secret")

    def __init__(self, findings: Iterable[Finding], ellipsis: str) -> None:
        self._file = ""
        self._lines: list[str] = []
        self._ellipsis = ellipsis
        # Lines on which a secret was found are hidden in every other finding's snippet, too.
        self._secret: set[tuple[str, int]] = set()
        for finding in findings:
            if finding.policy == SECRET_POLICY and finding.verdict != Verdict.PASS:
                span = finding.span
                self._secret.update((span.file, line) for line in range(span.line, min(span.end_line, span.line + 500) + 1))

    def of(self, finding: Finding, room: int) -> list[Line]:
        """The lines to show for `finding`, at most `room` columns each; none when the file cannot be read any more."""
        span = finding.span
        if span.file != self._file:
            self._file = span.file
            self._lines = _read(span.file)
        lines = self._lines
        number = span.line
        if not 0 < number <= len(lines):
            return []
        shown: list[Line] = []
        if number > 1 and lines[number - 2].strip(" \t\r{}[](),"):
            shown.append(self._line(finding, number - 1, 0, 0, room))
        # Nothing is written there (seen is None) or the resource as a whole is meant: its first line names it.
        block = finding.seen is None or not finding.attribute
        if span.end_line > number and not block:
            last = min(span.end_line, len(lines))
            cut = last - number + 1 > _MOST_LINES
            for at in range(number, number + _MOST_LINES - 1 if cut else last + 1):
                line = self._line(finding, at, 0, 0, room)
                line.mark = True
                shown.append(line)
            if cut:
                shown.append(Line(0, self._ellipsis, True))
            return shown
        end = span.end_column if span.end_line == number and span.end_column >= span.column else len(lines[number - 1].rstrip())
        shown.append(self._line(finding, number, span.column - 1, end, room))
        return shown

    def _line(self, finding: Finding, number: int, start: int, end: int, room: int) -> Line:
        """Line `number` with the characters start..end (from 0, end exclusive) underlined; nothing when start >= end."""
        text = self._lines[number - 1]
        hide = finding.policy == SECRET_POLICY or (self._file, number) in self._secret
        if len(text) > 2000:  # a minified document: only the part around the mark is worth working on
            if hide:  # where a value begins can only be told from the whole line
                return Line(number, secrets.MASK)
            skip = max(0, start - 400)
            text, start, end = text[skip : skip + 2000], start - skip, end - skip
        end = min(end, len(text.rstrip()))
        text, moved = secrets.mask(text) if hide else secrets.mask_named(text)
        if end > start:
            start, end = moved(start, False), moved(end - 1, True) + 1
        if "\t" in text:
            start, end = len(text[:start].expandtabs(_TAB)), len(text[:end].expandtabs(_TAB))
            text = text.expandtabs(_TAB)
        text = clean(text.rstrip())
        plain = text.isascii()
        if (len(text) if plain else width(text)) > room:
            text, start, end = self._cut(text, start, end, room)
            plain = text.isascii()
        if start >= end:
            return Line(number, text)
        if plain:
            return Line(number, text, False, start, end - start)
        return Line(number, text, False, width(text[:start]), max(1, width(text[start:end])))

    def _cut(self, text: str, start: int, end: int, room: int) -> tuple[str, int, int]:
        ellipsis = self._ellipsis
        room -= len(ellipsis)
        left = 0
        if width(text[:end]) > room:
            left = max(0, start - _LEAD)
            if left:
                room -= len(ellipsis)
        piece = text[left : left + room]
        while (over := width(piece) - room) > 0:
            piece = piece[: len(piece) - (over + 1) // 2]
        lead = ellipsis if left else ""
        tail = ellipsis if left + len(piece) < len(text) else ""
        shift = len(lead) - left
        return lead + piece + tail, max(start + shift, 0), min(end + shift, len(lead) + len(piece))


def _read(file: str) -> list[str]:
    try:
        # Unbuffered and without waiting: what was a file may be a pipe by now.
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
                return []
            data = os.read(descriptor, status.st_size)
        finally:
            os.close(descriptor)
    except (OSError, ValueError):
        return []
    return data.decode("utf-8", "replace").removeprefix("\ufeff").split("\n")
