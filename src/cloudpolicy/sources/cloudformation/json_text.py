"""JSON text -> Document. `json` reads the values; a small scanner finds positions when the first one is asked for."""

from __future__ import annotations

import json
import re

from cloudpolicy.sources.cloudformation import problems
from cloudpolicy.sources.cloudformation.text import DEPTH_LIMIT, Document, Unparsable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.model import Diagnostic, Path
    from cloudpolicy.sources.cloudformation.text import Place

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.S)
_SCALAR = re.compile(r"[^\s,\]}]+")
_NESTING = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\Z)|[\[\]{}]', re.S)  # text that does not end is not searched again from each of its quotes


def parse(file: str, data: bytes) -> Document:
    """Raises Unparsable for a syntax error and for nesting that is too deep."""
    text = data.decode("utf-8")
    duplicates = False

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal duplicates
        result = dict(items)
        if len(result) != len(items):
            duplicates = True
            result = dict(reversed(items))  # the first of each key stays
            return {key: result[key] for key, _ in items}
        return result

    deep = _deep_line(text)
    if deep:
        raise Unparsable(problems.too_deep(file, deep, DEPTH_LIMIT))
    try:
        value = json.loads(text, object_pairs_hook=pairs, parse_constant=_refuse, strict=False)
    except json.JSONDecodeError as error:
        raise Unparsable(problems.syntax_error(file, error.lineno, error.colno, error.msg)) from None
    except ValueError as error:
        raise Unparsable(problems.syntax_error(file, 1, 1, str(error)[:100])) from None
    scanner = Scanner(text)
    found: list[Diagnostic] = []
    if duplicates:
        for key, line, column in scanner.duplicates():
            found.append(problems.duplicate_key(file, key, line, column))
    return Document(file, value, scanner, found)


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no JSON value")


def _deep_line(text: str) -> int:
    """The line on which nesting passes the limit; 0 when it never does."""
    if text.count("[") + text.count("{") <= DEPTH_LIMIT:
        return 0
    depth = 0
    for match in _NESTING.finditer(text):
        mark = match[0]
        if mark in ("[", "{"):
            depth += 1
            if depth > DEPTH_LIMIT:
                return text.count("\n", 0, match.start()) + 1
        elif mark in ("]", "}"):
            depth -= 1
    return 0


class Scanner:
    """Positions in a JSON text that `json` has accepted (so this reads without checking).

    A node is (start, end, children); children of an object are {key: (start of the key, node)}, of an array a list of nodes.
    """

    __slots__ = ("_duplicates", "_lines", "_root", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._root: Any = None
        self._lines: list[int] = []
        self._duplicates: list[tuple[str, int]] = []

    def place(self, path: Path) -> Place | None:
        self._scan()
        start, node = self._root[0], self._root
        for step in path:
            children = node[2]
            if isinstance(children, dict):
                if step not in children:
                    return None
                start, node = children[step]
            elif isinstance(children, list):
                if not isinstance(step, int) or not 0 <= step < len(children):
                    return None
                node = children[step]
                start = node[0]
            else:
                return None
        line, column = self._at(start)
        end_line, end_column = self._at(node[1] - 1)
        return (line, column, end_line, end_column)

    def block(self, path: Path) -> tuple[int, int] | None:
        return None

    def root(self) -> Any:
        """The node of the whole text."""
        self._scan()
        return self._root

    def duplicates(self) -> list[tuple[str, int, int]]:
        self._scan()
        return [(key, *self._at(start)) for key, start in self._duplicates]

    def _scan(self) -> None:
        if self._root is None:
            self._lines = [0, *(match.end() for match in re.finditer("\n", self._text))]
            self._root = self._node(self._skip(0))

    def _at(self, offset: int) -> tuple[int, int]:
        from bisect import bisect_right

        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def _skip(self, offset: int) -> int:
        match = _SPACE.match(self._text, offset)
        return match.end() if match else offset

    def _node(self, start: int) -> tuple[int, int, Any]:
        text = self._text
        first = text[start]
        if first == "{":
            return self._object(start)
        if first == "[":
            items: list[Any] = []
            at = self._skip(start + 1)
            while text[at] != "]":
                node = self._node(at)
                items.append(node)
                at = self._skip(node[1])
                if text[at] == ",":
                    at = self._skip(at + 1)
            return (start, at + 1, items)
        match = (_STRING if first == '"' else _SCALAR).match(text, start)
        return (start, match.end() if match else start + 1, None)

    def _object(self, start: int) -> tuple[int, int, Any]:
        text = self._text
        entries: dict[str, tuple[int, Any]] = {}
        at = self._skip(start + 1)
        while text[at] != "}":
            end = self._node(at)[1]
            key = json.loads(text[at:end], strict=False)
            node = self._node(self._skip(self._skip(end) + 1))
            if key in entries:
                self._duplicates.append((key, at))
            else:
                entries[key] = (at, node)
            at = self._skip(node[1])
            if text[at] == ",":
                at = self._skip(at + 1)
        return (start, at + 1, entries)
