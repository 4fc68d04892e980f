"""Terraform's JSON syntax (*.tf.json, *.tfvars.json): the same blocks, attributes and expressions as in HCL, with their places."""

from __future__ import annotations

import json
import re

from cloudpolicy.sources.terraform import syntax
from cloudpolicy.sources.terraform.expressions import Broken, Expr, Literal, Object, Tuple
from cloudpolicy.sources.terraform.source_file import Embedded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources.terraform.syntax import Body, Parsed

DEPTH_LIMIT = 150

_SPACE = re.compile(rb"[ \t\r\n]*")
_TOKEN = re.compile(rb'"(?:[^"\\\x00-\x1f]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[\[\]{},:]')
_TWO_LABELS = ("resource", "data", "ephemeral")
_ONE_LABEL = ("variable", "output", "module", "provider", "check")
_NO_LABEL = ("locals", "terraform", "moved", "import", "removed")
# In JSON a nested block and a map look alike. Inside a resource an object is a block, except under these names, which are maps wherever
# a provider has them.
_MAPS = frozenset(
    (
        "tags",
        "tags_all",
        "labels",
        "annotations",
        "metadata",
        "parameters",
        "triggers",
        "keepers",
        "variables",
        "headers",
        "options",
        "app_settings",
        "request_parameters",
        "response_parameters",
        "request_templates",
        "response_templates",
        "arguments",
        "default_arguments",
        "properties",
        "attributes",
        "data",
        "match_labels",
        "environment_variables",
        "volume_tags",
    )
)
_RAW = frozenset(("count", "for_each", "provider", "depends_on"))


class _Fault(Exception):
    def __init__(self, at: int, code: str = "syntax-error") -> None:
        super().__init__(code)
        self.at = at
        self.code = code


class _Node:
    """A JSON value with its byte offsets; `value` is a scalar, a list of nodes, or a list of (key, key start, node)."""

    __slots__ = ("end", "start", "value")

    def __init__(self, start: int, end: int, value: Any) -> None:
        self.start = start
        self.end = end
        self.value = value


class _Pairs(list):  # type: ignore[type-arg]
    """The members of an object: (key, start, node)."""


def read_json(parsed: Parsed) -> None:
    """Fill `parsed.body` from the JSON text of its file."""
    data = parsed.file.data
    if not data.strip():
        return
    try:
        node, end = _value(data, 0, 0)
        rest = _SPACE.match(data, end)
        if rest is not None and rest.end() < len(data):
            raise _Fault(rest.end())
    except _Fault as fault:
        if fault.code == "too-deep":
            parsed.problem(
                "too-deep",
                fault.at,
                fault.at + 1,
                f"is nested more than {DEPTH_LIMIT} levels deep and was not read; split it",
                f"{DEPTH_LIMIT} 段を超えて入れ子になっているため読み取りません。分割してください",
            )
        else:
            at = min(fault.at, max(len(data) - 1, 0))
            parsed.problem("syntax-error", at, at + 1, "is no valid JSON here; correct it", "JSON の構文に誤りがあります。修正してください")
        return
    variables_file = parsed.file.path.endswith(".tfvars.json")
    for object in node.value if isinstance(node.value, list) and not isinstance(node.value, _Pairs) else [node]:
        if not isinstance(object.value, _Pairs):
            parsed.problem("syntax-error", object.start, object.end, "an object is wanted here", "ここにはオブジェクトが必要です")
            continue
        for key, start, member in object.value:
            if key == "//":
                continue
            if variables_file or (key not in _TWO_LABELS and key not in _ONE_LABEL and key not in _NO_LABEL):
                parsed.body.attributes[key] = syntax.Attribute(parsed, key, start, member.end, _expression(parsed, member))
            else:
                depth = 2 if key in _TWO_LABELS else 1 if key in _ONE_LABEL else 0
                _blocks(parsed, key, start, member, (), depth)


def _value(data: bytes, at: int, depth: int) -> tuple[_Node, int]:
    if depth > DEPTH_LIMIT:
        raise _Fault(at, "too-deep")
    token, start, end = _next(data, at)
    if token == b"{":
        pairs = _Pairs()
        token, key_start, after = _next(data, end)
        while token != b"}":
            if not token.startswith(b'"'):
                raise _Fault(key_start)
            key = _string(token, key_start)
            colon, colon_start, after = _next(data, after)
            if colon != b":":
                raise _Fault(colon_start)
            member, after = _value(data, after, depth + 1)
            pairs.append((key, key_start, member))
            token, key_start, after = _next(data, after)
            if token == b",":
                token, key_start, after = _next(data, after)
                if token == b"}":
                    raise _Fault(key_start)
            elif token != b"}":
                raise _Fault(key_start)
        return _Node(start, after, pairs), after
    if token == b"[":
        items: list[_Node] = []
        token, item_start, after = _next(data, end)
        while token != b"]":
            item, after = _value(data, item_start, depth + 1)
            items.append(item)
            token, item_start, after = _next(data, after)
            if token == b",":
                token, item_start, _ = _next(data, after)
                if token == b"]":
                    raise _Fault(item_start)
            elif token != b"]":
                raise _Fault(item_start)
        return _Node(start, after, items), after
    if token in (b"]", b"}", b",", b":"):
        raise _Fault(start)
    if token.startswith(b'"'):
        return _Node(start, end, _string(token, start)), end
    try:
        scalar = json.loads(token)
    except ValueError:
        raise _Fault(start) from None
    if isinstance(scalar, float) and scalar.is_integer():
        scalar = int(scalar)
    return _Node(start, end, scalar), end


def _next(data: bytes, at: int) -> tuple[bytes, int, int]:
    space = _SPACE.match(data, at)
    at = space.end() if space is not None else at
    match = _TOKEN.match(data, at)
    if match is None:
        raise _Fault(at)
    return match.group(), at, match.end()


def _string(token: bytes, at: int) -> str:
    try:
        text: str = json.loads(token)
    except ValueError:
        raise _Fault(at) from None
    return text


def _objects(node: _Node) -> list[_Node]:
    """An object, or a list of them, as a list."""
    items = node.value if isinstance(node.value, list) and not isinstance(node.value, _Pairs) else [node]
    return [item for item in items if isinstance(item.value, _Pairs)]


def _blocks(parsed: Parsed, type: str, start: int, node: _Node, labels: tuple[str, ...], depth: int) -> None:
    for object in _objects(node):
        if depth:
            for key, key_start, member in object.value:
                if key != "//":
                    _blocks(parsed, type, key_start, member, (*labels, key), depth - 1)
        else:
            body = _body(parsed, type, object)
            parsed.body.blocks.append(syntax.Block(parsed, type, labels, start if _is_pairs(node) else object.start, object.end, body))


def _is_pairs(node: _Node) -> bool:
    return isinstance(node.value, _Pairs)


def _body(parsed: Parsed, type: str, node: _Node) -> Body:
    body = syntax.Body()
    for key, start, member in node.value:
        if key == "//":
            continue
        nested = isinstance(member.value, list) and bool(_objects(member))
        if key == "dynamic" and nested:
            for object in _objects(member):
                for name, name_start, content in object.value:
                    for one in _objects(content):
                        body.blocks.append(syntax.Block(parsed, "dynamic", (name,), name_start, one.end, _body(parsed, "dynamic", one)))
        elif nested and (
            key in ("lifecycle", "required_providers", "backend", "cloud", "provisioner", "connection", "timeouts")
            or (key == "content" and type == "dynamic")
            or (key == "data" and type == "check")
        ):
            for one in _objects(member):
                body.blocks.append(syntax.Block(parsed, key, (), start, one.end, _body(parsed, type if key == "content" else key, one)))
        else:
            if type == "variable" and key == "type" and isinstance(member.value, str):
                expr = _type(parsed, member)
            elif type in (*_TWO_LABELS, "dynamic") and key not in _RAW:
                expr = _as_block(parsed, key, member)
            else:
                expr = _expression(parsed, member)
            body.attributes[key] = syntax.Attribute(parsed, key, start, member.end, expr)
    return body


def _as_block(parsed: Parsed, key: str, node: _Node) -> Expr:
    """A member of a resource: an object that is no map is a list of one block."""
    file = parsed.file
    if isinstance(node.value, _Pairs) and key not in _MAPS:
        return Tuple(file, node.start, node.end, [_members(parsed, node)])
    if isinstance(node.value, list) and not _is_pairs(node) and node.value and all(_is_pairs(item) for item in node.value):
        return Tuple(file, node.start, node.end, [_members(parsed, item) for item in node.value])
    return _expression(parsed, node)


def _members(parsed: Parsed, node: _Node) -> Expr:
    items: list[tuple[str | Expr, Expr, int]] = [
        (key, _as_block(parsed, key, member), start) for key, start, member in node.value if key != "//" and member.value is not None
    ]
    return Object(parsed.file, node.start, node.end, items)


def _type(parsed: Parsed, node: _Node) -> Expr:
    """A type is written as an expression in a string."""
    inner = syntax.parse_file(Embedded(f"type = {node.value}\n".encode("utf-8", "replace"), parsed.file.span(node.start, node.end)))
    written = inner.body.attributes.get("type")
    if written is None or inner.problems:
        return Broken(parsed.file, node.start, node.end)
    expr = written.expr
    _place(expr, parsed, node)
    return expr


def _expression(parsed: Parsed, node: _Node) -> Expr:
    value, file = node.value, parsed.file
    if isinstance(value, _Pairs):
        items: list[tuple[str | Expr, Expr, int]] = []
        for key, start, member in value:
            name: str | Expr = key
            if "${" in key or "%{" in key:
                name = _template(parsed, key, start, start + len(key) + 2)
            items.append((name, _expression(parsed, member), start))
        return Object(file, node.start, node.end, items)
    if isinstance(value, list):
        return Tuple(file, node.start, node.end, [_expression(parsed, item) for item in value])
    if isinstance(value, str) and ("${" in value or "%{" in value):
        return _template(parsed, value, node.start, node.end)
    return Literal(file, node.start, node.end, value)


def _template(parsed: Parsed, text: str, start: int, end: int) -> Expr:
    inner = syntax.parse_template(text, parsed.file.span(start, end))
    written = inner.body.attributes.get("text")
    if written is None or inner.problems:
        parsed.problem(
            "syntax-error",
            start,
            end,
            "the template in this string could not be read; correct it",
            "文字列の中のテンプレートを読み取れません。修正してください",
        )
        return Broken(parsed.file, start, end)
    expr = written.expr
    _place(expr, parsed, _Node(start, end, None))
    return expr


def _place(expr: Expr, parsed: Parsed, node: _Node) -> None:
    """An expression parsed from a string stands, for people, where the string stands."""
    expr.file = parsed.file
    expr.start = node.start
    expr.end = node.end
