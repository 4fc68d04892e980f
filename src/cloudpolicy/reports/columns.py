"""Columns on a terminal: how wide text is, wrapping it, and making it safe to print.

A Japanese character takes two columns. `unicodedata` would tell it character by character; one regular expression over the wide ranges
does it a line at a time, which matters with thousands of findings.
"""

from __future__ import annotations

import re

_WIDE = (
    "\u1100-\u115f\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd\u26be"
    "\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2755\u2757\u2795-\u2797"
    "\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55\u2e80-\u3029\u302e-\u303e\u3041-\u3096\u309b-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff"
    "\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\U0001f004\U0001f0cf\U0001f18e\U0001f191-\U0001f19a\U0001f200-\U0001f320"
    "\U0001f32d-\U0001f335\U0001f337-\U0001f37c\U0001f37e-\U0001f393\U0001f3a0-\U0001f3ca\U0001f3cf-\U0001f3d3\U0001f3e0-\U0001f3f0"
    "\U0001f3f4\U0001f3f8-\U0001f43e\U0001f440\U0001f442-\U0001f4fc\U0001f4ff-\U0001f53d\U0001f54b-\U0001f54e\U0001f550-\U0001f567"
    "\U0001f57a\U0001f595\U0001f596\U0001f5a4\U0001f5fb-\U0001f64f\U0001f680-\U0001f6c5\U0001f6cc\U0001f6d0-\U0001f6d2\U0001f6d5-\U0001f6df"
    "\U0001f6eb\U0001f6ec\U0001f6f4-\U0001f6fc\U0001f7e0-\U0001f7f0\U0001f90c-\U0001f93a\U0001f93c-\U0001f945\U0001f947-\U0001f9ff"
    "\U0001fa70-\U0001faff\U00020000-\U0003fffd"
)
# Marks that take no column of their own.
_NARROW = "\u0300-\u036f\u0483-\u0489\u200b-\u200d\u20d0-\u20ff\u302a-\u302d\u3099\u309a\ufe00-\ufe0f\ufe20-\ufe2f\ufeff"
_wide_runs = re.compile(f"[{_WIDE}]+").findall
_narrow_runs = re.compile(f"[{_NARROW}]+").findall

# Where a line may break: at a space, and on either side of a wide character unless Japanese typography forbids it
# (no line begins with a closing mark, none ends with an opening one). The last alternative keeps every character in some piece.
_CLOSING = re.escape("、。，．・：；？！」』）】〕》〉］｝ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ),.:;!?]}%")
_OPENING = "「『（【〔《〈［｛"
_pieces = re.compile(rf"(?s) +|[{_OPENING}]*(?:[{_WIDE}]|[^\s{_WIDE}]+)[{_CLOSING}]*|.").findall

# Control characters could move the cursor or recolour the terminal; bidirectional marks could make a line read as another.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def width(text: str) -> int:
    """Columns that `text` takes on a terminal."""
    if text.isascii():
        return len(text)
    return len(text) + sum(map(len, _wide_runs(text))) - sum(map(len, _narrow_runs(text)))


def clean(text: str) -> str:
    """`text` without characters that a terminal would obey: line ends and tabs become a space, the rest a "?"."""
    if text.isprintable():  # quick, and true of nearly every message
        return text
    return _UNSAFE.sub(lambda match: " " if match.group() in "\t\n\r\u2028\u2029" else "?", text)


def wrap(text: str, columns: int) -> list[str]:
    """`text` in lines of at most `columns`; a word that is longer than a line keeps a line of its own."""
    if len(text) * 2 <= columns or width(text) <= columns:
        return [text]
    lines: list[str] = []
    line, used = "", 0
    for piece in _pieces(text):
        takes = width(piece)
        if used + takes > columns and line.strip():
            lines.append(line.rstrip())
            line, used = "", 0
        if line or not piece.isspace():
            line += piece
            used += takes
    if line.strip():
        lines.append(line.rstrip())
    return lines
