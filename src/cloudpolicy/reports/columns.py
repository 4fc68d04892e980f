"""Columns on a terminal: how wide text is, wrapping it, and making it safe to print.

A Japanese character takes two columns, a combining mark none. Every character is looked up once; a run that prints only ASCII looks up none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# Japanese typography: no line begins with a closing mark, none ends with an opening one.
_CLOSING = frozenset("、。，．・：；？！」』）】〕》〉］｝ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ),.:;!?]}%")
_OPENING = frozenset("「『（【〔《〈［｛([{")

# Control characters could move the cursor or recolour the terminal; bidirectional marks could make a line read as another.
_UNSAFE = "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"


class _Widths(dict[str, int]):
    """character -> columns, filled as characters are met."""

    def __missing__(self, character: str) -> int:
        import unicodedata

        if unicodedata.category(character) in ("Mn", "Me", "Cf"):
            columns = 0
        else:
            columns = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        self[character] = columns
        return columns


_widths = _Widths()


def width(text: str) -> int:
    """Columns that `text` takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(map(_widths.__getitem__, text))


def clean(text: str) -> str:
    """`text` without characters that a terminal would obey: line ends and tabs become a space, the rest a "?"."""
    if text.isprintable():  # quick, and true of nearly every message
        return text
    return re.sub(_UNSAFE, lambda match: " " if match.group() in "\t\n\r\u2028\u2029" else "?", text)


def wrap(text: str, columns: int) -> list[str]:
    """`text` in lines of at most `columns`; a word that is longer than a line keeps a line of its own."""
    if len(text) * 2 <= columns or width(text) <= columns:
        return [text]
    # at[i] is the column at which character i begins
    at: Sequence[int] = range(len(text) + 1) if text.isascii() else list(accumulate(map(_widths.__getitem__, text), initial=0))
    lines: list[str] = []
    start, size = 0, len(text)
    while start < size:
        last = bisect_right(at, at[start] + columns) - 1
        if last >= size:
            lines.append(text[start:].rstrip(" "))
            break
        cut = last
        while cut > start and not _may_break(text, cut):
            cut -= 1
        if cut == start:  # one long word
            cut = max(last, start + 1)
            while cut < size and not _may_break(text, cut):
                cut += 1
        lines.append(text[start:cut].rstrip(" "))
        start = cut
        while start < size and text[start] == " ":
            start += 1
    return [line for line in lines if line]


def _may_break(text: str, index: int) -> bool:
    """True when a line may end before text[index]: at a space, and on either side of a wide character."""
    before, after = text[index - 1], text[index]
    if before == " " or after == " ":
        return True
    if before in _OPENING or after in _CLOSING:
        return False
    return _widths[after] == 2 or (_widths[before] == 2 and _widths[after] > 0)
