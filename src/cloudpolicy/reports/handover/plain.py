"""Text that a template, a tag or a statement may hold, made safe to show: nothing in it is obeyed, nothing of it is lost.

Control characters, marks that turn the direction of writing, half surrogates and what XML forbids are spelled out (\\x1b, \\u202e).
"""

from __future__ import annotations

import re

from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.texts import Language

CELL = 32_767  # UTF-16 units that a workbook's cell takes

_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
_ENDS = re.compile("\r\n?|[\u2028\u2029]")
_CUT = Text(" […{0} more characters]", " […以下 {0} 文字を省略]")


def plain(text: str) -> str:
    """`text` with line ends as "\\n" and everything spelled out that a reader or a program would obey."""
    if text.isprintable() and "\ufffe" not in text:
        return text
    return _UNSAFE.sub(_spelled, _ENDS.sub("\n", text).replace("\t", " "))


def _spelled(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def cut(text: str, limit: int, language: Language) -> str:
    """`plain(text)` in at most `limit` UTF-16 units, with a mark that says how much is missing."""
    text = plain(text)
    if len(text) * 2 <= limit or _units(text) <= limit:
        return text
    room = limit - 60  # the mark's own
    kept = text[:room]
    while _units(kept) > room:
        kept = kept[: -max(1, (_units(kept) - room) // 2)]
    return kept + _CUT.pick(language).format(f"{len(text) - len(kept):,}")


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)
