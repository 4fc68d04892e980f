"""YAML as yamlencode writes it and yamldecode reads it."""

from __future__ import annotations

from cloudpolicy.sources.terraform.functions.common import FunctionError, Limit
from cloudpolicy.sources.terraform.functions.encoding import json_text
from cloudpolicy.sources.terraform.types import to_number, to_string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NODES = 100_000  # nodes after aliases are followed: more is a bomb


def encode(value: Any) -> str:
    return "\n".join(_lines(value)) + "\n"


def _lines(value: Any) -> list[str]:
    if isinstance(value, list) and value:
        return [line for item in value for line in _hang("- ", _lines(item))]
    if isinstance(value, dict) and value:
        result = []
        for key in sorted(value):
            lines = _lines(value[key])
            nested = isinstance(value[key], (list, dict)) and bool(value[key])
            indent = "  " if isinstance(value[key], dict) or not nested else ""
            name = f"{json_text(str(key))}:"
            if nested:
                result.append(name)
                result.extend(indent + line for line in lines)
            else:
                result.append(f"{name} {lines[0]}")
                result.extend("  " + line for line in lines[1:])
        return result
    if isinstance(value, str) and value.endswith("\n") and value.strip("\n") and "\r" not in value and not value.startswith((" ", "\n")):
        return ["|", *(("  " + line if line else "") for line in value[:-1].split("\n"))] if not value.endswith("\n\n") else [json_text(value)]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return [to_string(value)]
    return [json_text(value)]


def _hang(lead: str, lines: list[str]) -> list[str]:
    return [lead + lines[0], *("  " + line for line in lines[1:])]


def decode(source: str) -> Any:
    import yaml

    try:
        root = yaml.compose(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError) as error:
        raise FunctionError(f"the text is not YAML: {str(error)[:200]}") from None
    return None if root is None else _value(root, [0])


def _value(node: Any, count: list[int]) -> Any:
    count[0] += 1
    if count[0] > _NODES:
        raise Limit
    kind = node.id
    if kind == "sequence":
        return [_value(item, count) for item in node.value]
    if kind == "mapping":
        result: dict[str, Any] = {}
        for key, item in node.value:
            name = _value(key, count)
            if key.tag == "tag:yaml.org,2002:merge":
                merged = _value(item, count)
                for one in merged if isinstance(merged, list) else [merged]:
                    if not isinstance(one, dict):
                        raise FunctionError("only a mapping can be merged with <<")
                    result = {**one, **result}
                continue
            if isinstance(name, (list, dict)):
                raise FunctionError("a mapping key must be a primitive")
            result["null" if name is None else to_string(name)] = _value(item, count)
        return result
    return _scalar(node)


def _scalar(node: Any) -> Any:
    text: str = node.value
    if node.style or node.tag == "!!str":  # quoted or a block: a string whatever it says
        return text
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    plain = text.replace("_", "") if text[:1].isdigit() or text[:1] in "+-." else text
    try:
        for lead, radix in (("0x", 16), ("0b", 2), ("0o", 8)):
            if plain.lstrip("+-").startswith(lead):
                return int(plain, radix)
        if plain[:1].isdigit() or plain[:1] in ("+", "-", "."):
            return to_number(plain)
    except Exception:
        return text
    return text
