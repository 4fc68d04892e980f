"""Bicep as Editor sees it: the body of one resource declaration."""

from __future__ import annotations

import re

from cloudpolicy.fix.braces import Editor, Node
from cloudpolicy.fix.operations import Bare, NotEditable, expression
from cloudpolicy.sources.arm.bicep.declarations import Parser
from cloudpolicy.sources.arm.bicep.parser import Block, Items
from cloudpolicy.sources.arm.bicep.tokens import tokenize
from cloudpolicy.sources.arm.nodes import Node as Expression
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cloudpolicy.model import Path
    from cloudpolicy.sources.arm.bicep.declarations import Statement

_KEY = re.compile(r"(?:'(?:[^'\\]|\\.)*'|[A-Za-z_]\w*)\s*:\s*")
_NAME = re.compile(r"[A-Za-z_]\w*")
_DEFAULT = re.compile(r"(?:param|var)\s+\w+(?:\s+\w+)?\s*=\s*(-?\d+|true|false|'[^'$\\]*')")


class Bicep:
    """How values are written in Bicep."""

    comma = False
    blank = " "

    def key(self, name: str) -> str:
        return name if _NAME.fullmatch(name) else _quoted(name)

    def write(self, value: Any, old: str, indent: str, unit: str, end: str) -> str:
        if old.startswith("'") and isinstance(value, (bool, int)):
            value = str(value).lower()
        if isinstance(value, Bare):
            return str(value.text)
        if value is None or isinstance(value, bool):
            return {None: "null", True: "true", False: "false"}[value]
        if isinstance(value, str):
            return _quoted(value)
        if isinstance(value, (dict, list)):
            return self._several(value, indent, unit, end)
        return str(value)

    def _several(self, value: Any, indent: str, unit: str, end: str) -> str:
        opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
        inner = indent + unit
        if isinstance(value, dict):
            parts = [f"{self.key(name)}: {self.write(item, '', inner, unit, end)}" for name, item in value.items()]
        else:
            parts = [self.write(item, "", inner, unit, end) for item in value]
        if not parts:
            return opening + closing
        if not end:
            return f"{opening} {', '.join(parts)} {closing}"
        return f"{opening}{end}{end.join(inner + part for part in parts)}{end}{indent}{closing}"


def editor(text: str, symbol: str) -> Editor:
    """The editor of the declaration with a symbolic name ("vnet::subnet"). Raises NotEditable."""
    parser = Parser(text, tokenize(text))
    statements: Sequence[Statement] = parser.statements()
    if parser.mistakes:
        raise NotEditable(Text("the file has a syntax error", "ファイルに構文エラーがあります"))
    found: Statement | None = None
    for name in symbol.split("::"):
        found = next((one for one in statements if one.keyword == "resource" and one.name == name), None)
        if found is None:
            found = next((one for one in statements if one.keyword == "module" and one.name == name), None)
        if found is None or not isinstance(found.value, Block):
            raise NotEditable(Text("its declaration is not in this file", "このファイルに該当の宣言がありません"))
        statements = found.value.children
    assert found is not None
    return Editor(text, _node(text, found.value, found.value.span), Bicep())


def names(text: str, name: str) -> bool:
    """Whether the text gives a parameter or variable of this name a value."""
    return _declared(text, name) is not None


def is_variable(text: str, name: str) -> bool:
    found = _declared(text, name)
    return found is not None and found.keyword == "var"


def with_value(text: str, name: str, steps: Path, value: Any) -> str:
    """The text with another plain value for a variable or (the default of) a parameter, or at `steps` within it. Raises NotEditable."""
    found = _declared(text, name)
    if found is None or set(found.decorators) - {"description", "metadata", "minValue"}:
        raise NotEditable(Text(f"the parameter {name} has conditions of its own", f"パラメータ {name} には制約があります"))
    if steps and isinstance(found.value, Block):
        return Editor(text, _node(text, found.value, found.value.span), Bicep()).set(steps, value)
    written = None if steps else _DEFAULT.fullmatch(text, found.start, found.end)
    if written is not None:
        start, end = written.span(1)
        return text[:start] + Bicep().write(value, written[1], "", "", "") + text[end:]
    if found.keyword == "var":
        raise expression(text[found.start : found.end].partition("=")[2].strip(), whole=True, rest=steps)
    raise NotEditable(Text(f"{name} has no plain default", f"{name} に固定の既定値がありません"))


def _declared(text: str, name: str) -> Statement | None:
    parser = Parser(text, tokenize(text))
    found = next((one for one in parser.statements() if one.keyword in ("param", "var") and one.name == name), None)
    return None if parser.mistakes else found


def _node(text: str, value: Any, span: tuple[int, int]) -> Node:
    if isinstance(value, Block):
        node = Node("map", *value.span)
        for key, (start, end) in value.spans.items():
            named = _KEY.match(text, start)
            if named is not None and named.end() <= end:  # what the reader made up (apiVersion) stands nowhere
                node.members[key] = (start, _node(text, value[key], (named.end(), end)))
        return node
    if isinstance(value, Items):
        node = Node("list", *span)
        node.items = [_node(text, item, place) for item, place in zip(value, value.spans, strict=True)]
        return node
    return Node("expression" if isinstance(value, Expression) else "value", *span)


def _quoted(text: str) -> str:
    text = (
        text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t").replace("${", "\\${")
    )
    return f"'{text}'"
