"""Edits of texts made of braces and brackets (JSON, Bicep): one value, list item or member at a time; all else stays as it is."""

from __future__ import annotations

import re

from cloudpolicy.fix.operations import REST, NotEditable, expression
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from cloudpolicy.model import Path

    class Language(Protocol):
        comma: bool  # whether members and items are told apart by commas; else each stands on a line of its own
        blank: str  # behind a colon or comma on one line

        def write(self, value: Any, old: str, indent: str, unit: str, end: str) -> str:
            """A value; `old` is the text in its place, "" where there is none. On one line when `end` is empty."""

        def key(self, name: str) -> str: ...


class Node:
    """A value in the text: kind is "map", "list", "value" or "expression".

    members  key -> (start of the key, node) of a map
    items    nodes of a list
    """

    __slots__ = ("end", "items", "kind", "members", "start")

    def __init__(self, kind: str, start: int, end: int) -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.members: dict[str, tuple[int, Node]] = {}
        self.items: list[Node] = []

    def member(self, name: str) -> Node | None:
        """The member of a name; one that differs in case only where none fits exactly."""
        if name in self.members:
            return self.members[name][1]
        folded = name.casefold()
        return next((node for key, (_, node) in self.members.items() if key.casefold() == folded), None)


_COMMENT = re.compile(r"[ \t]*(?://[^\r\n]*|/\*(?:[^*\n]|\*(?!/))*\*/[ \t]*|#[^\r\n]*)?(?=\r?\n|\Z)")
_COMMA = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*+,", re.S)  # possessive: comments match in one way only


class Editor:
    """Edits `text`, whose value is `root`."""

    def __init__(self, text: str, root: Node, language: Language) -> None:
        self.text = text
        self.root = root
        self.language = language
        self.end = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"

    def set(self, path: Path, value: Any, items: bool = False) -> str:
        """The text with `value` at `path`, or added to the list there; raises NotEditable."""
        node = self.root
        for number, step in enumerate(path):
            rest = path[number + 1 :]
            if node.kind == "map" and isinstance(step, str):
                found = node.member(step)
                if found is None:
                    return self._add_member(node, step, nest(rest, value))
            elif node.kind == "list" and isinstance(step, int):
                if step == REST:
                    return self._add_items(node, [nest(rest, value)])
                if step >= len(node.items):
                    raise NotEditable(Text("what would be changed is not written here", "修正すべき箇所が書かれていません"))
                found = node.items[step]
            elif node.kind == "list" and len(node.items) == 1:  # the path goes through lists by itself
                found = node.items[0].member(str(step)) if node.items[0].kind == "map" else None
                if found is None:
                    return self._add_member(node.items[0], str(step), nest(rest, value))
            else:
                raise expression(self.text[node.start : node.end], rest=path[number:] if node.kind == "expression" else ())
            node = found
        if items:
            if node.kind != "list":
                raise self._expression(node)
            return self._add_items(node, value)
        if not self._literal(node):
            raise expression(self.text[node.start : node.end], whole=True)
        if node.kind == "map":
            raise NotEditable(Text("what is written there would be replaced", "記述済みの内容の置き換えになります"))
        old = self.text[node.start : node.end]
        return self._spliced(node.start, node.end, self.language.write(value, old, self._indent(node.start), self._unit(), self.end))

    def _literal(self, node: Node) -> bool:
        if node.kind == "list":
            return all(self._literal(item) and item.kind == "value" for item in node.items)
        return node.kind != "expression"

    def _expression(self, node: Node) -> NotEditable:
        return expression(self.text[node.start : node.end])

    # -- new members and items ----------------------------------------------------------------------------------------------------

    def _add_member(self, node: Node, name: str, value: Any) -> str:
        if node.kind != "map":
            raise self._expression(node)
        starts = [start for start, _ in node.members.values()]
        ends = [child.end for _, child in node.members.values()]
        return self._add(node, starts, ends, lambda indent, end: self._member(name, value, indent, end))

    def _add_items(self, node: Node, values: list[Any]) -> str:
        starts, ends = [item.start for item in node.items], [item.end for item in node.items]

        def write(indent: str, end: str) -> str:
            between = f"{',' if self.language.comma else ''}{end}{indent}" if end else f",{self.language.blank}"
            return between.join(self._written(value, indent, end) for value in values)

        return self._add(node, starts, ends, write)

    def _member(self, name: str, value: Any, indent: str, end: str) -> str:
        return f"{self.language.key(name)}:{' ' if end else self.language.blank}{self._written(value, indent, end)}"

    def _written(self, value: Any, indent: str, end: str) -> str:
        return self.language.write(value, "", indent, self._unit(), end)

    def _add(self, node: Node, starts: list[int], ends: list[int], write: Any) -> str:
        outer = self._indent(node.start)
        if not starts:
            inside = self.text[node.start + 1 : node.end - 1]
            if inside.strip():  # only a comment
                at = node.start + 1 + len(inside.rstrip())
                inner = outer + self._unit()
                return self._spliced(at, node.end - 1, f"{self.end}{inner}{write(inner, self.end)}{self.end}{outer}")
            if "\n" not in self.text:
                return self._spliced(node.start + 1, node.end - 1, write("", ""))
            inner = outer + self._unit()
            return self._spliced(node.start + 1, node.end - 1, f"{self.end}{inner}{write(inner, self.end)}{self.end}{outer}")
        last = max(ends)
        indent = self._indent(starts[-1])
        own_line = self.text[: starts[-1]].endswith("\n" + indent) or self.text[: starts[-1]] == indent
        comma = "," if self.language.comma else ""
        if not own_line:  # everything on one line
            return self._spliced(last, last, f",{self.language.blank}{write('', '')}")
        held = _COMMA.match(self.text, last) if self.language.comma else None
        if held is not None:  # a comma too many, which ARM lets pass
            comma, last = "", held.end()
        rest = _COMMENT.match(self.text, last)
        line_end = rest.end() if rest is not None else last
        new = f"{self.end}{indent}{write(indent, self.end)}"
        return self.text[:last] + comma + self.text[last:line_end] + new + self.text[line_end:]

    # -- text ---------------------------------------------------------------------------------------------------------------------

    def _spliced(self, start: int, end: int, new: str) -> str:
        return self.text[:start] + new + self.text[end:]

    def _indent(self, offset: int) -> str:
        start = self.text.rfind("\n", 0, offset) + 1
        match = re.compile(r"[ \t]*").match(self.text, start, offset)
        return match[0] if match else ""

    def _unit(self) -> str:
        """What one level is indented by: the least indentation of the text."""
        found = re.findall(r"^(\t+| +)(?=\S)", self.text, re.MULTILINE)
        return min(found, key=len, default="  ")


def nest(path: Path, value: Any) -> Any:
    """The value within the maps and lists that the rest of a path names."""
    for step in reversed(path):
        value = {step: value} if isinstance(step, str) else [value]
    return value
