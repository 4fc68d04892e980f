"""Keeping secrets out of the snippets: a report is mailed, pasted and kept as a build artefact.

Too much hidden is a nuisance, too little is a leak: when in doubt the value is hidden.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    # The line to show, and where a column (from 0) of the real line stands in it. A column inside a hidden value moves to the
    # value's beginning, or to its last column when it is the end of something (True).
    Mask = tuple[str, Callable[[int, bool], int]]

MASK = "****"

# Patterns are plain strings here: `re` compiles one when a line first needs it, and most reports need none.

# A line that only opens a block, names a key or closes one has no value to hide. ("abc=" is no such line: base64 ends so.)
_STRUCTURE = r"""\s*(?:[\w-]+(?:\s+"[^"\\]*")*\s*\{|(?:-\s+)?["']?(?:Fn::)?[\w./-]+["']?\s*(?::\s*[\[{(]?|=\s*[\[{(])|[\[\]{}(),\s]*)\s*$"""
_KEY = r"""\s*(?:-\s+)?(?:"[^"\\]*"|'[^']*'|[\w./-]+)\s*([=:])\s*"""
_QUOTED = r""""(?:[^"\\]|\\.)*(?:"|$)|'[^']*(?:'|$)"""
_HARMLESS = r"(?i)\s*(?:-?\d[\d.]*|(?P<q>[\"']?)(?:true|false|null)(?P=q))?\s*,?\s*$"  # no comment: it may hold one, too
_REFERENCE = {  # in YAML a word with a dot in it is a literal
    "=": (r"""(?:var|local|data|module|each|count|path|self|[a-z]\w*_\w*)\.[\w.\[\]*-]+\s*,?\s*$"""),
    ":": (r"""!(?:Ref|GetAtt|ImportValue)\s+[\w.:]+\s*$"""),
}
# Something named like a secret, and its value: nobody wants to read that in a build log, whatever policy the line is shown for.
_NAMED = r"""(?ix)
    (?:passw(?:or)?d|passphrase|secret|(?<!http_)(?<!http)token|api_?key|private_?key|access_?key|credential)[\w.-]{0,60}
    (?:["']\s*[:=]|\s*=|:(?=\s))\s*
    (?P<value>"(?:[^"\\]|\\.)*(?:"|$)|'[^']*(?:'|$)|(?<=:\s)[^\s,}\]"'!{\[|>&*][^,}\]]*)"""

# One of these stands in whatever _NAMED fits.
_NAMES = (
    "passw",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "privatekey",
    "private_key",
    "accesskey",
    "access_key",
    "credential",
)


def _unmoved(column: int, end: bool) -> int:
    return column


def mask_named(line: str) -> Mask:
    """The line with the values hidden that are named like secrets; everything else stays."""
    if line.isascii():  # in other scripts there are letters that `re` takes for these
        folded = line.lower()
        if not any(name in folded for name in _NAMES):
            return line, _unmoved
    hidden = []
    for match in re.finditer(_NAMED, line):
        start, end = match.span("value")
        value = match.group("value")
        end -= len(value) - len(value.rstrip())
        if not re.match(_HARMLESS, value):
            hidden.append((start, end, f'"{MASK}"' if value[0] in "\"'" else MASK))
    return _replace(line, hidden) if hidden else (line, _unmoved)


def mask(line: str) -> Mask:
    """The line with every literal value hidden: keys, references, numbers and structure stay."""
    if re.match(_STRUCTURE, line):
        return line, _unmoved
    key = re.match(_KEY, line)
    if key and key.group(1) == "=" and not line[key.end() :].strip("= \t\r"):  # base64, not a key
        key = None
    start = key.end() if key else 0
    value = line[start:]
    if re.match(_HARMLESS, value) or (key and re.match(_REFERENCE[key.group(1)], value)):
        return line, _unmoved
    hidden: list[tuple[int, int, str]] = []
    if value[:1] in ("[", "{") or key is None:
        hidden = [(start + m.start(), start + m.end(), f'"{MASK}"') for m in re.finditer(_QUOTED, value)]
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

    def moved(column: int, end: bool) -> int:
        shift = 0
        for first, past, shown in hidden:
            if column < first:
                break
            if column < past:
                return first + shift + (len(shown) - 1 if end else 0)
            shift += len(shown) - (past - first)
        return column + shift

    return "".join(pieces), moved
