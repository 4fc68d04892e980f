"""YAML as yamlencode writes it and yamldecode reads it (YAML 1.2 with the booleans of 1.1)."""

from __future__ import annotations

import re

from cloudpolicy.sources.terraform.functions.common import FunctionError, Limit
from cloudpolicy.sources.terraform.types import to_number, to_string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NODES = 100_000  # nodes after aliases are followed: more is a bomb
_TAG = "tag:yaml.org,2002:"
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE = frozenset(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"))
_FALSE = frozenset(("n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"))
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_RADIX = re.compile(r"0(?:x[0-9a-fA-F]+|o[0-7]+)", re.ASCII)
_BLOCKED = re.compile(r" \n| \Z")  # a block would lose these spaces
_STAMP = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(\.\d+)?[ \t]*(Z|[+-]\d\d:\d\d)?)?", re.ASCII)
_loader: Any = None


def encode(value: Any) -> str:
    return "\n".join(_lines(value, "")) + "\n"


def _lines(value: Any, indent: str) -> list[str]:
    """The lines of a value; the first without indentation, because a key or a dash stands before it."""
    if isinstance(value, list) and value:
        result = []
        for item in value:
            lines = _lines(item, indent + "  ")
            result += [f"{indent}- {lines[0].lstrip() if isinstance(item, (list, dict)) else lines[0]}", *lines[1:]]
        return result
    if isinstance(value, dict) and value:
        result = []
        for key in sorted(value):
            inner = value[key]
            name = f"{indent}{_quoted(str(key))}:"
            if isinstance(inner, dict) and inner:
                result += [name, *_lines(inner, indent + "  ")]
            elif isinstance(inner, list) and inner:
                result += [name, *_lines(inner, indent)]
            else:
                lines = _lines(inner, indent + "  ")
                result += [f"{name} {lines[0]}", *lines[1:]]
        return result
    if (
        isinstance(value, str)
        and "\n" in value
        and not _BLOCKED.search(value)
        and all(char == "\n" or char.isprintable() for char in value)
    ):
        return _literal(value, indent or "  ")
    if isinstance(value, str):
        return [_quoted(value)]
    if isinstance(value, (list, dict)):
        return ["[]" if isinstance(value, list) else "{}"]
    return ["null" if value is None else to_string(value)]


def _literal(value: str, indent: str) -> list[str]:
    hint = "2" if value[0] in " \n" else ""
    chomping = "-" if not value.endswith("\n") else "+" if value == "\n" or value.endswith("\n\n") else ""
    lines = value.removesuffix("\n").split("\n")
    return [f"|{hint}{chomping}", *(indent + line if line else "" for line in lines)]


def _quoted(value: str) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def decode(source: str) -> Any:
    """The value of one YAML document; raises FunctionError."""
    import yaml

    global _loader
    if _loader is None:

        class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
            """Leaves untagged plain scalars to us: Terraform resolves them by other rules than PyYAML."""

            def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
                if kind is yaml.ScalarNode:
                    return "plain" if implicit[0] else _TAG + "str"
                return _TAG + ("seq" if kind is yaml.SequenceNode else "map")

        _loader = Loader
    try:
        root = yaml.compose(source, Loader=_loader)
    except (yaml.YAMLError, ValueError) as error:
        raise FunctionError(f"the text is not YAML: {str(error)[:200]}") from None
    if root is None:
        raise FunctionError("the text holds no YAML document")
    return _value(root, [0])


def _value(node: Any, count: list[int]) -> Any:
    count[0] += 1
    if count[0] > _NODES:
        raise Limit
    if node.id == "sequence":
        return [_value(item, count) for item in node.value]
    if node.id == "mapping":
        result: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, item in node.value:
            if key.id == "scalar" and key.tag == "plain" and key.value == "<<":
                inner = _value(item, count)
                for one in inner if isinstance(inner, list) else [inner]:
                    if not isinstance(one, dict):
                        raise FunctionError("only a mapping can be merged with <<")
                    merged = {**one, **merged}
                continue
            name = _value(key, count)
            if isinstance(name, (list, dict)) or name is None:
                raise FunctionError("a mapping key must be a primitive")
            result[to_string(name)] = _value(item, count)
        return {**merged, **result}
    if node.tag == "plain":
        return _plain(node.value)
    if node.tag == _TAG + "str":
        return node.value
    if node.tag in (_TAG + "int", _TAG + "float", _TAG + "bool", _TAG + "null", _TAG + "timestamp"):
        return node.value if node.style else _plain(node.value)
    raise FunctionError(f"unsupported tag {node.tag[:40]!r}")


def _plain(text: str) -> Any:
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if _RADIX.fullmatch(text):
        return int(text, 0)
    if _DECIMAL.fullmatch(text) and len(text) < 1000:
        return to_number(text.replace("E", "e"))
    match = _STAMP.fullmatch(text)
    if match:
        year, month, day, hour, minute, second, fraction, zone = match.groups()
        clock = f"{int(hour or 0):02d}:{minute or '00'}:{second or '00'}{(fraction or '').rstrip('0').rstrip('.')}"
        return f"{year}-{int(month):02d}-{int(day):02d}T{clock}{zone or 'Z'}"
    return text
