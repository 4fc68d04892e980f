"""Keeping secrets out of the snippets: a report is mailed, pasted and kept as a build artefact.

Too much hidden is a nuisance, too little is a leak: when in doubt the value is hidden.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Mask = tuple[str, Callable[[int], int]]  # the line to show, and where a column (from 0) of the real line stands in it

MASK = "****"

# A line that only opens a block, names a key or closes one has no value to hide.
_STRUCTURE = re.compile(r"""\s*(?:[\w-]+(?:\s+"[^"\\]*")*\s*\{|(?:-\s+)?["']?[\w.:/-]+["']?\s*[=:]\s*[\[{(]?|[\[\]{}(),\s]*)\s*$""")
_KEY = re.compile(r"""\s*(?:-\s+)?(?:"[^"\\]*"|'[^']*'|[\w./-]+)\s*[=:]\s*""")
_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*(?:"|$)|'[^']*(?:'|$)""")
_REFERENCE = re.compile(r"""![A-Za-z:]+\s+[\w.:]+\s*$|(?:var|local|data|module|each|count|path|self|[a-z]\w*_\w*)\.[\w.\[\]*-]+\s*,?\s*$""")
_HARMLESS = re.compile(r"(?i)\s*(?:-?[0-9.]+|true|false|null)?\s*,?\s*(?:#.*)?$")
# Keys whose value nobody wants to read in a build log, whatever policy the line is shown for.
_SENSITIVE = re.compile(
    r"""(?i)\s*(?:-\s+)?["']?[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|api_?key|private_?key|access_?key|credential)[\w.-]*["']?\s*[=:]"""
)


def sensitive(line: str) -> bool:
    """True when the line sets something that is named like a secret."""
    return _SENSITIVE.match(line) is not None


def mask(line: str) -> Mask:
    """The line with every literal value hidden: keys, references, numbers and structure stay."""
    if _STRUCTURE.match(line):
        return line, lambda column: column
    key = _KEY.match(line)
    start = key.end() if key else 0
    value = line[start:]
    if _HARMLESS.match(value) or (key and _REFERENCE.match(value)):
        return line, lambda column: column
    hidden: list[tuple[int, int, str]] = []
    if value[:1] in ("[", "{") or key is None:
        hidden = [(start + m.start(), start + m.end(), f'"{MASK}"') for m in _QUOTED.finditer(value)]
        if not hidden:  # the inside of a heredoc or of a block scalar
            first = start + len(value) - len(value.lstrip())
            hidden = [(first, len(line.rstrip()), MASK)]
    else:
        end = len(line.rstrip())
        comma = "," if line[:end].endswith(",") else ""
        quote = '"' if value[:1] in ('"', "'") else ""
        hidden = [(start, end, f"{quote}{MASK}{quote}{comma}")]
    return _replace(line, hidden)


def _replace(line: str, hidden: list[tuple[int, int, str]]) -> Mask:
    pieces: list[str] = []
    done = 0
    for start, end, shown in hidden:
        pieces += (line[done:start], shown)
        done = end
    pieces.append(line[done:])

    def moved(column: int) -> int:
        shift = 0
        for start, end, shown in hidden:
            if column <= start:
                break
            if column < end:  # inside: the last column of a span stays its last, any other goes to the beginning
                return start + shift + (len(shown) - 1 if column == end - 1 else 0)
            shift += len(shown) - (end - start)
        return column + shift

    return "".join(pieces), moved
