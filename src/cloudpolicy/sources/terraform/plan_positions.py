"""Where things stand in the text of a plan: found only when a finding asks, because the text may have 50 MB on one line."""

from __future__ import annotations

import re

from cloudpolicy.model import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from cloudpolicy.model import Path

_ADDRESS = re.compile(rb'"address"\s*:\s*("(?:[^"\\]|\\.)*")')
_CHANGES = re.compile(rb'(?<!\\)"resource_changes"\s*:\s*\[')
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


class PlanSpan(Span):
    """A span that is counted out when its line or column is first read."""

    __slots__ = ("_counted", "_find")

    def __init__(self, file: str, find: Callable[[], tuple[int, int, int, int]]) -> None:
        self.file = file
        self._find = find
        self._counted: tuple[int, int, int, int] | None = None

    def _at(self, part: int) -> int:
        if self._counted is None:
            self._counted = self._find()
        return self._counted[part]

    def __reduce__(self) -> tuple[Any, ...]:  # findings travel between processes, the plan's text does not
        return Span, (self.file, self.line, self.column, self.end_line, self.end_column)

    @property
    def line(self) -> int:  # type: ignore[override]
        return self._at(0)

    @property
    def column(self) -> int:  # type: ignore[override]
        return self._at(1)

    @property
    def end_line(self) -> int:  # type: ignore[override]
        return self._at(2)

    @property
    def end_column(self) -> int:  # type: ignore[override]
        return self._at(3)


class Positions:
    """Finds resources and their attributes in the plan's bytes."""

    __slots__ = ("_data", "_file", "_offsets")

    def __init__(self, file: str, data: bytes) -> None:
        self._file = file
        self._data = data
        self._offsets: dict[str, int] | None = None

    def resource(self, address: str) -> Span:
        """The span of the resource's object in the plan."""
        return PlanSpan(self._file, lambda: self._block(address))

    def attribute(self, address: str, path: Path) -> Span | None:
        """The span of `"name": value` for the attribute at `path`; None when the plan does not hold it."""
        start = self._start(address)
        if start is None:
            return None
        for lead in (("change", "after"), ("change", "after_unknown"), ("values",)):
            place = self._walk(start, (*lead, *path))
            if place is not None:
                return Span(self._file, *self._lines(*place))
        return None

    def _block(self, address: str) -> tuple[int, int, int, int]:
        start = self._start(address)
        if start is None:
            return (1, 1, 1, 0)
        return self._lines(start, self._skip(start))

    def _start(self, address: str) -> int | None:
        """The offset of the `{` of the resource's object: in resource_changes if it stands there, else wherever it does."""
        if self._offsets is None:
            self._offsets = self._index()
        return self._offsets.get(address)

    def _index(self) -> dict[str, int]:
        import json

        data = self._data
        found = _CHANGES.search(data)
        middle = found.end() if found else 0
        offsets: dict[str, int] = {}
        for begin, end in ((middle, len(data)), (0, middle)):
            for match in _ADDRESS.finditer(data, begin, end):
                try:
                    address = json.loads(match[1])
                except ValueError:
                    continue
                if address not in offsets:
                    offsets[address] = self._open(match.start())
        return offsets

    def _open(self, offset: int) -> int:
        """The `{` of the object that holds the key at `offset`; Terraform writes the address first, other tools sort the keys."""
        data = self._data
        before = data[max(0, offset - 200) : offset].rstrip()
        if before.endswith(b"{"):
            return max(0, offset - 200) + len(before) - 1
        depth = 0
        quoted = False
        for position in range(offset - 1, max(-1, offset - 2000), -1):
            char = data[position]
            if char == 0x22 and data[position - 1 : position] != b"\\":
                quoted = not quoted
            elif quoted:
                continue
            elif char in b"}]":
                depth += 1
            elif char in b"{[":
                if not depth:
                    return position
                depth -= 1
        return offset

    def _skip(self, start: int) -> int:
        """The offset behind the value that begins at `start`."""
        depth = 0
        for match in _TOKEN.finditer(self._data, start):
            token = match.group()
            if token in (b"{", b"["):
                depth += 1
            elif token in (b"}", b"]"):
                depth -= 1
            if depth <= 0:
                return match.end()
        return len(self._data)

    def _walk(self, start: int, path: tuple[str | int, ...]) -> tuple[int, int] | None:
        begin = value = start
        for step in path:
            place = self._member(value, step)
            if place is None:
                return None
            begin, value = place
        return begin, self._skip(value)

    def _member(self, start: int, step: str | int) -> tuple[int, int] | None:
        """Where the member `step` of the container at `start` begins, and where its value does."""
        import json

        tokens = _TOKEN.finditer(self._data, start)
        opening = next(tokens, None)
        if opening is None or opening.group() != (b"{" if isinstance(step, str) else b"["):
            return None
        wanted: Any = step
        for index, (key, value) in enumerate(self._members(tokens)):
            if isinstance(wanted, int):
                if index == wanted:
                    return key.start(), key.start()
            elif key.group()[:1] == b'"' and json.loads(key.group()) == wanted:
                return key.start(), value.start()
        return None

    @staticmethod
    def _members(tokens: Iterator[re.Match[bytes]]) -> Iterator[tuple[re.Match[bytes], re.Match[bytes]]]:
        """The first token of each member, and the first token of its value."""
        depth = 0
        first: re.Match[bytes] | None = None
        value: re.Match[bytes] | None = None
        colon = False
        for match in tokens:
            token = match.group()
            if depth == 0 and token in (b",", b"}", b"]"):
                if first is not None:
                    yield first, value or first
                if token != b",":
                    return
                first = value = None
                colon = False
                continue
            if first is None:
                first = match
            elif depth == 0 and token == b":":
                colon = True
                continue
            elif colon and value is None:
                value = match
            if token in (b"{", b"["):
                depth += 1
            elif token in (b"}", b"]"):
                depth -= 1

    def _lines(self, start: int, end: int) -> tuple[int, int, int, int]:
        """1-based line and column of the first and of the last character; columns count characters."""
        data = self._data
        last = max(start, end - 1)
        return (*self._place(data, start), *self._place(data, last))

    @staticmethod
    def _place(data: bytes, offset: int) -> tuple[int, int]:
        begin = data.rfind(b"\n", 0, offset) + 1
        return data.count(b"\n", 0, offset) + 1, len(data[begin:offset].decode("utf-8", "replace")) + 1
