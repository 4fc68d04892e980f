"""Comments in templates that point at a waiver: `# cloudpolicy:waive CP_OBJ_001 ref=W-012`, or a key of that name in metadata.

A pointer has no power of its own: it tells who reads the template where the approval stands, and is wrong when none stands there.
"""

from __future__ import annotations

import re

from cloudpolicy.model import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = b"cloudpolicy:waive"
_COMMENT = re.compile(rb"(?:#|//|/\*)[\s*]*$|^\s*\*\s*$")  # what stands before the mark in a comment
_KEY = re.compile(rb"""^\s*["']?\s*:""")  # what stands after it where it is a key
_TARGET = re.compile(rb"(?P<policy>CP_[A-Z0-9_]+)(?:[ \t]+ref=(?P<ref>[A-Za-z0-9][A-Za-z0-9._-]*))?")
_BEYOND = 20  # lines of a list under a metadata key that are looked at


class Pointer:
    """One reference: the policy and the waiver's id as written ("" for none), and where."""

    __slots__ = ("policy", "ref", "span")

    def __init__(self, policy: str, ref: str, span: Span) -> None:
        self.policy = policy
        self.ref = ref
        self.span = span


def find(file: str, data: bytes) -> Iterator[Pointer]:
    """Every pointer in a template's text; a mark that stands in neither a comment nor a key is none."""
    at = data.find(MARK)
    while at >= 0:
        start = data.rfind(b"\n", 0, at) + 1
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        before, rest = data[start:at], data[at + len(MARK) : end]
        line = data.count(b"\n", 0, at) + 1
        column = len(before.decode("utf-8", "replace")) + 1
        if _COMMENT.search(before):
            target = _TARGET.match(rest.lstrip(b" \t:"))
            yield _pointer(target, Span(file, line, column))
        elif _KEY.match(rest):
            yield from _under_key(file, data, at + len(MARK), line, column)
        at = data.find(MARK, end)


def _under_key(file: str, data: bytes, after: int, line: int, column: int) -> Iterator[Pointer]:
    """The value of a metadata key: one text, or a list of them over some lines."""
    lines = data[after : after + 4000].split(b"\n")[:_BEYOND]
    value = lines[0].partition(b":")[2].strip(b" \t\r")
    found = False
    if value and value != b"[":
        lines = lines[:1]
    for number, text in enumerate(lines):
        text = text.strip()
        if number and text[:1] not in (b"-", b'"', b"'"):
            break
        for target in _TARGET.finditer(text):
            found = True
            yield _pointer(target, Span(file, line + number, column if not number else 1))
        if text.endswith(b"]"):
            break
    if not found:
        yield Pointer("", "", Span(file, line, column))


def _pointer(target: re.Match[bytes] | None, span: Span) -> Pointer:
    if target is None:
        return Pointer("", "", span)
    return Pointer(target["policy"].decode(), (target["ref"] or b"").decode(), span)
