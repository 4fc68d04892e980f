"""One source text: its bytes, and the lines and columns of its byte offsets."""

from __future__ import annotations

from bisect import bisect_right

from cloudpolicy.model import Span


class SourceFile:
    """`path` is absolute; `data` is UTF-8 without a byte order mark."""

    __slots__ = ("_starts", "data", "path", "plain")

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.data = data
        self.plain = data.isascii()
        self._starts: list[int] | None = None

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column from 1; columns count characters."""
        starts = self._starts
        if starts is None:
            starts = self._starts = [0]
            find = self.data.find
            at = find(b"\n")
            while at >= 0:
                starts.append(at + 1)
                at = find(b"\n", at + 1)
        line = bisect_right(starts, offset)
        start = starts[line - 1]
        if self.plain:
            return line, offset - start + 1
        return line, len(self.data[start:offset].decode("utf-8", "replace")) + 1

    def span(self, start: int, end: int) -> Span:
        line, column = self.position(start)
        end_line, end_column = self.position(max(start, end - 1))
        return Span(self.path, line, column, end_line, end_column)

    def text(self, start: int, end: int) -> str:
        return self.data[start:end].decode("utf-8", "replace")


class Embedded(SourceFile):
    """A text that stands inside another one (a template in JSON, a template file's content): everything in it is shown at `place`."""

    __slots__ = ("place",)

    def __init__(self, data: bytes, place: Span) -> None:
        super().__init__(place.file, data)
        self.place = place

    def span(self, start: int, end: int) -> Span:
        return self.place
