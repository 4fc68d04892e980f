"""Functions on text, and between text and other values."""

from __future__ import annotations

import re

from cloudpolicy.model import Unknown
from cloudpolicy.sources.arm import ids
from cloudpolicy.sources.arm.nodes import Bad, Call, resolve
from cloudpolicy.sources.arm.values import HOLE, TEXT_LIMIT, Fields, Unresolved, combine, references, text_of, unknowns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cloudpolicy.sources.arm.scope import Scope

_PLACE = re.compile(r"\{\{|\}\}|\{(\d{1,3})(?:,(-?\d{1,3}))?(?::([^{}]*))?\}")
_NOT_TEXT = Bad("text is needed", "文字列が必要です")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    text = text_of(value)
    if text is None:
        raise _NOT_TEXT
    return text


def concat(node: Call, scope: Scope) -> Any:
    values = [resolve(argument, scope) for argument in node.arguments]
    if any(isinstance(value, list) for value in values):
        result: list[Any] = []
        for value in values:
            if isinstance(value, Unknown):
                return Unresolved(
                    value.reason, node.text, references(values), [item for part in values if isinstance(part, list) for item in part]
                )
            if not isinstance(value, list):
                raise Bad("lists cannot be put together with text", "配列と文字列は連結できません")
            result += value
        return result
    return ids.linked(scope.module, combine(values, node.text))


def format_(node: Call, scope: Scope) -> Any:
    pattern, *values = (resolve(argument, scope) for argument in node.arguments)
    if not isinstance(pattern, str):
        if isinstance(pattern, Unknown):
            return Unresolved(pattern.reason, node.text, references([pattern, *values]))
        raise _NOT_TEXT
    parts: list[Any] = []
    at = 0
    for match in _PLACE.finditer(pattern):
        parts.append(pattern[at : match.start()])
        at = match.end()
        if match[0] in ("{{", "}}"):
            parts.append(match[0][0])
            continue
        index = int(match[1])
        if index >= len(values):
            raise Bad(f"there is no argument {index}", f"引数 {index} がありません")
        parts.append(_shaped(values[index], match[2], match[3]))
    parts.append(pattern[at:])
    return ids.linked(scope.module, combine(parts, node.text))


def _shaped(value: Any, width: str | None, shape: str | None) -> Any:
    """.NET's {0:D2}, {0:00}, {0,-8}."""
    if not isinstance(value, Unknown) and shape and isinstance(value, int):
        digits = re.fullmatch(r"[Dd](\d+)|(0+)", shape)
        if digits:
            value = str(value).zfill(int(digits[1]) if digits[1] else len(digits[2]))
        elif shape.lower() in ("x", "x2", "x4", "x8"):
            value = format(value, f"0{shape[1:]}x" if shape[1:] else "x")
        else:
            return Unresolved("unsupported-expression", f"{{0:{shape}}}")
    if width and not isinstance(value, Unknown):
        value = _text(value).rjust(int(width)) if int(width) > 0 else _text(value).ljust(-int(width))
    return value


def join(node: Call, scope: Scope) -> Any:
    values, separator = (resolve(argument, scope) for argument in node.arguments)
    if isinstance(values, Unknown) or isinstance(separator, Unknown):
        return Unresolved(unknowns([values, separator])[0].reason, node.text, references([values, separator]))
    if not isinstance(values, list):
        raise Bad("a list is needed", "配列が必要です")
    parts: list[Any] = []
    for value in values:
        parts += [separator, value]
    return combine(parts[1:], node.text)


def string(node: Call, scope: Scope) -> Any:
    (argument,) = node.arguments
    value = resolve(argument, scope)
    if isinstance(value, (dict, list)):
        text = to_json(value)
        return Unresolved(unknowns([value])[0].reason, node.text, references([value]), None) if text is None else text
    return combine([value], node.text)


def to_json(value: Any) -> str | None:
    """The value as compact JSON; None when a leaf is unknown."""
    import json

    if unknowns([value]):
        return None
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def json_(text: str) -> Any:
    from cloudpolicy.sources.cloudformation.text import DEPTH_LIMIT

    if text.count("[") + text.count("{") > DEPTH_LIMIT:
        raise Bad("the text is nested too deeply", "入れ子が深すぎます")
    import json

    try:
        return json.loads(text, object_pairs_hook=Fields)
    except ValueError:
        raise Bad("the text is no JSON", "JSON ではありません") from None


def replace(value: Any, old: str, new: str) -> str:
    result = _text(value).replace(old, new)
    if len(result) > TEXT_LIMIT:
        raise Bad("the text becomes too long", "文字列が長すぎます")
    return result


def split(value: Any, separators: Any) -> list[str]:
    marks = separators if isinstance(separators, list) else [separators]
    marks = [mark for mark in marks if mark]
    return re.split("|".join(re.escape(mark) for mark in marks), _text(value)) if marks else [_text(value)]


def substring(value: Any, start: int, size: int | None = None) -> str:
    text = _text(value)
    if not 0 <= start <= len(text) or (size is not None and not 0 <= size <= len(text) - start):
        raise Bad("the range lies outside the text", "範囲が文字列の外です")
    return text[start:] if size is None else text[start : start + size]


def pad_left(value: Any, width: int, fill: str = " ") -> str:
    if not 0 <= width <= 10_000:
        raise Bad("the width is out of bounds", "幅が範囲外です")
    return _text(value).rjust(width, fill)


def base64(value: Any) -> str:
    import base64

    return base64.b64encode(_text(value).encode("utf-8", "replace")).decode()


def base64_to_string(value: str) -> str:
    import base64

    return base64.b64decode(value).decode("utf-8", "replace")


def uri(base: Any, relative: Any) -> str:
    outer, inner = _text(base), _text(relative)
    if "://" in inner:
        return inner
    if outer.endswith("/"):
        return outer + inner.lstrip("/")
    host = outer.partition("://")[2]
    return (outer.rpartition("/")[0] if "/" in host else outer) + "/" + inner.lstrip("/")


def uri_component(value: Any) -> str:
    return "".join(
        chr(byte) if chr(byte).isascii() and (chr(byte).isalnum() or chr(byte) in "-_.~") else f"%{byte:02X}"
        for byte in _text(value).encode("utf-8", "replace")
    )


def uri_component_to_string(value: Any) -> str:
    raw = re.sub(rb"%([0-9a-fA-F]{2})", lambda match: bytes([int(match[1], 16)]), _text(value).encode("utf-8", "replace"))
    return raw.decode("utf-8", "replace")


def data_uri(value: Any) -> str:
    return "data:text/plain;charset=utf8;base64," + base64(value)


def data_uri_to_string(value: str) -> str:
    head, _, body = value.partition(",")
    return base64_to_string(body) if head.endswith(";base64") else uri_component_to_string(body)


def known_part(name: str, arguments: list[Any]) -> Any:
    """What is known of a function's text when its argument is known in part."""
    if not arguments or not isinstance(arguments[0], Unknown) or not isinstance(arguments[0].partial, str):
        if name == "uri" and len(arguments) == 2 and isinstance(arguments[1], str):
            return f"{HOLE}/{arguments[1].lstrip('/')}"
        return None
    partial = arguments[0].partial
    if name == "tolower":
        return partial.lower()
    if name == "toupper":
        return partial.upper()
    if name == "string":
        return partial
    if name == "uri" and isinstance(arguments[1], str):
        return f"{partial.rpartition('/')[0] or HOLE}/{arguments[1].lstrip('/')}"
    if name in ("take", "substring") and all(isinstance(argument, int) for argument in arguments[1:]):
        head = partial.partition(HOLE)[0]
        if name == "substring" and arguments[1] != 0:
            return None
        size = arguments[-1] if len(arguments) > 1 else 0
        return head[:size] + (HOLE if size > len(head) else "")
    if name == "replace" and all(isinstance(argument, str) for argument in arguments[1:]) and len(arguments[1]) == 1:
        return HOLE.join(part.replace(arguments[1], arguments[2]) for part in partial.split(HOLE))
    return None


SPECIAL: dict[str, Callable[..., Any]] = {"concat": concat, "format": format_, "join": join, "string": string}
PURE: dict[str, Callable[..., Any]] = {
    "json": json_,
    "replace": replace,
    "split": split,
    "substring": substring,
    "padleft": pad_left,
    "base64": base64,
    "base64tostring": base64_to_string,
    "base64tojson": lambda value: json_(base64_to_string(value)),
    "uri": uri,
    "uricomponent": uri_component,
    "uricomponenttostring": uri_component_to_string,
    "datauri": data_uri,
    "datauritostring": data_uri_to_string,
    "tolower": lambda value: _text(value).lower(),
    "toupper": lambda value: _text(value).upper(),
    "trim": lambda value: _text(value).strip(),
    "startswith": lambda value, start: _text(value).lower().startswith(_text(start).lower()),
    "endswith": lambda value, end: _text(value).lower().endswith(_text(end).lower()),
    "any": lambda value: value,
}
STRICT: set[str] = set()
