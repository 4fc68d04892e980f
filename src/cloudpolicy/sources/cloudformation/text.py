"""A template's bytes -> plain values with positions: the choice between JSON and YAML, and the questions both answer.

Values are dicts, lists, str, int, float, bool and None; intrinsics stand in their long spelling ({"Fn::Sub": …}) whatever the
text spells; a tag that nobody knows is a `Tagged`. Positions are computed when somebody asks for one.
"""

from __future__ import annotations

from cloudpolicy.model import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from cloudpolicy.model import Diagnostic, Path

    Place = tuple[int, int, int, int]  # line, column, end line, end column: from 1, end inclusive

    class Positions(Protocol):
        def place(self, path: Path) -> Place | None:
            """From the key (or the list element) at `path` through its value; None when nothing stands there."""

        def block(self, path: Path) -> tuple[int, int] | None:
            """For a text whose lines are lines of the file: the lines and columns before it; None for any other."""


DEPTH_LIMIT = 200
SIZE_LIMIT = 200_000  # values after expansion of aliases; a template of the largest size that the service takes has some 60,000


class Unparsable(Exception):
    """The text is no template at all; `diagnostic` says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.text.en)
        self.diagnostic = diagnostic


class Tagged:
    """A value under a YAML tag that CloudFormation does not know (`!Foo x`)."""

    __slots__ = ("tag", "value")

    def __init__(self, tag: str, value: Any) -> None:
        self.tag = tag
        self.value = value


class _LazySpan(Span):
    """A span whose numbers are computed at the first look: most resources never fail, so most are never looked at."""

    __slots__ = ("_document", "_path")

    def __init__(self, document: Document, path: Path) -> None:
        self.file = document.file
        self._document = document
        self._path = path

    def __getattr__(self, name: str) -> int:  # reached only while the slot is empty
        if name not in ("line", "column", "end_line", "end_column"):
            raise AttributeError(name)
        span = self._document.nearest(self._path)
        self.line, self.column, self.end_line, self.end_column = span.line, span.column, span.end_line, span.end_column
        return getattr(self, name)  # type: ignore[no-any-return]

    def __reduce__(self) -> tuple[type[Span], tuple[str, int, int, int, int]]:
        return (Span, self._key())


class Document:
    """One parsed text: `data` is its root value, `problems` what could be read past.

    A text inside a string of another text (an inline template) has a `frame`, the place of that string, and, where the string's lines
    are lines of the file, an `offset` of lines and columns. Without an offset everything in it stands at the frame.
    """

    __slots__ = ("_frame", "_index", "_offset", "_positions", "data", "file", "problems")

    def __init__(self, file: str, data: Any, positions: Positions, problems: list[Diagnostic]) -> None:
        self.file = file
        self.data = data
        self.problems = problems
        self._positions = positions
        self._frame: Span | None = None
        self._offset: tuple[int, int] | None = None
        self._index: dict[int, Path] | None = None

    def span(self, path: Path) -> Span | None:
        """The span of exactly `path`, or None."""
        if self._frame is not None and self._offset is None:
            return self._frame
        place = self._positions.place(path)
        if place is None or self._offset is None:
            return Span(self.file, *place) if place is not None else None
        lines, columns = self._offset
        return Span(self.file, place[0] + lines, place[1] + columns, place[2] + lines, place[3] + columns)

    @property
    def embedded(self) -> bool:
        """Whether the text is a string of another one."""
        return self._frame is not None

    def embed(self, outer: Document, path: Path) -> None:
        """Say that this text is the string at `path` of `outer`."""
        self._frame = outer.nearest(path)
        self._offset = outer._positions.block(path)

    def nearest(self, path: Path) -> Span:
        """The span of `path` or of its nearest ancestor that is written."""
        while path:
            span = self.span(path)
            if span is not None:
                return span
            path = path[:-1]
        return self._frame or Span(self.file)

    def lazy(self, path: Path) -> Span:
        return _LazySpan(self, path)

    def path_of(self, value: Any) -> Path | None:
        """Where this very object (a dict or list of `data`) stands; None for one that was made from others."""
        if self._index is None:
            self._index = {}
            stack: list[tuple[Any, Path]] = [(self.data, ())]
            while stack:
                item, path = stack.pop()
                if isinstance(item, Tagged):
                    self._index.setdefault(id(item), path)
                    item = item.value
                if not isinstance(item, (dict, list)) or id(item) in self._index:
                    continue
                self._index[id(item)] = path
                entries: Any = item.items() if isinstance(item, dict) else enumerate(item)
                stack.extend((child, (*path, key)) for key, child in entries)
        return self._index.get(id(value))


def parse(file: str, data: bytes) -> Document:
    """The document in `data` (UTF-8 without a byte order mark); raises Unparsable.

    A text that starts with a brace is JSON, whatever its name; YAML is tried when JSON fails, because YAML's flow style starts so too.
    """
    if data.lstrip()[:1] == b"{":
        from cloudpolicy.sources.cloudformation import json_text

        try:
            return json_text.parse(file, data)
        except Unparsable as error:
            if file.lower().endswith(".json") or error.diagnostic.code != "syntax-error":
                raise
            failure = error.diagnostic
        from cloudpolicy.sources.cloudformation import yaml_text

        try:
            return yaml_text.parse(file, data)
        except Unparsable:
            if file.lower().endswith((".yaml", ".yml")):
                raise
            raise Unparsable(failure) from None
    from cloudpolicy.sources.cloudformation import yaml_text

    return yaml_text.parse(file, data)
