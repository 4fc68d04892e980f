"""Intrinsics that compute: Sub, Join, Select, Split, Base64, Cidr, ToJsonString, Length."""

from __future__ import annotations

import re

from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.sources.cloudformation.references import attribute_of, invalid, look_up
from cloudpolicy.sources.cloudformation.resolve import resolve
from cloudpolicy.sources.cloudformation.values import HOLE, choose, combine, describe, references, text_of, unknowns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources.cloudformation.scope import Scope

_HOLES = re.compile(r"\$\{([^{}]*)\}")
CIDR_LIMIT = 256  # the service's own


def sub(argument: Any, scope: Scope, data: Any) -> Any:
    names: dict[str, Any] = {}
    if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], dict):
        argument, names = argument
    if isinstance(argument, dict):
        argument = resolve(argument, scope)
        if isinstance(argument, Unknown):
            return Unknown(
                argument.reason, describe(data), argument.references, argument.partial if isinstance(argument.partial, str) else None
            )
    if not isinstance(argument, str):
        return invalid(data, scope, "Sub needs a text", "Sub には文字列が必要です")
    if "${" not in argument:
        return _text([argument], data, scope)
    known: dict[str, Any] = {}  # each name once: Subs nested in the mapping would otherwise double at every level
    parts: list[Any] = []
    end = 0
    for match in _HOLES.finditer(argument):
        parts.append(argument[end : match.start()])
        end = match.end()
        name = match[1].strip()
        if name.startswith("!"):
            parts.append("${" + name[1:] + "}")
        elif name in names:
            if name not in known:
                known[name] = resolve(names[name], scope)
            parts.append("" if known[name] is ABSENT else known[name])
        elif "." in name and name not in scope.loops:
            logical, _, attribute = name.partition(".")
            parts.append(attribute_of(logical, attribute, scope, data, "${" + name + "}"))
        else:
            value = look_up(name, scope, data, "${" + name + "}")
            items = value if isinstance(value, list) else ["" if value is ABSENT else value]
            for number, item in enumerate(items):
                parts.extend((",", item) if number else (item,))
    parts.append(argument[end:])
    return _text(parts, data, scope)


def _text(parts: list[Any], data: Any, scope: Scope) -> Any:
    value = combine(parts, describe(data))
    text = value.partial if isinstance(value, Unknown) else value
    if isinstance(text, str) and not scope.spend(len(text)):
        return Unknown("expansion-limit", describe(data), references([value]))
    return value


def join(argument: Any, scope: Scope, data: Any) -> Any:
    if not isinstance(argument, list) or len(argument) != 2 or not isinstance(argument[0], str):
        return invalid(data, scope, "Join needs a delimiter and a list", "Join には区切り文字とリストが必要です")
    items = resolve(argument[1], scope)
    if isinstance(items, Unknown):
        return Unknown(items.reason, describe(data), items.references, items.partial if isinstance(items.partial, str) else None)
    if not isinstance(items, list):
        return invalid(data, scope, "Join needs a list", "Join にはリストが必要です")
    parts: list[Any] = []
    for item in items:
        parts.extend((argument[0], item) if parts else (item,))
    return _text(parts, data, scope)


def select(argument: Any, scope: Scope, data: Any) -> Any:
    if not isinstance(argument, list) or len(argument) != 2:
        return invalid(data, scope, "Select needs an index and a list", "Select にはインデックスとリストが必要です")
    index, items = resolve(argument[0], scope), resolve(argument[1], scope)
    if isinstance(items, Unknown):
        known = items.partial
        if isinstance(known, list):
            items = known
        else:
            return Unknown(items.reason, describe(data), items.references, known if isinstance(known, str) and HOLE in known else None)
    if not isinstance(items, list):
        return invalid(data, scope, "Select needs a list", "Select にはリストが必要です")
    if isinstance(index, Unknown):
        return choose(index.reason, describe(data), items) if items else Unknown(index.reason, describe(data))
    text = text_of(index) or ""
    if not text.isascii() or not text.isdigit() or len(text) > 6 or int(text) >= len(items):
        return invalid(data, scope, f"the list has no element {text or '…'}", f"リストに要素 {text or '…'} がありません")
    return items[int(text)]


def split(argument: Any, scope: Scope, data: Any) -> Any:
    if not isinstance(argument, list) or len(argument) != 2 or not isinstance(argument[0], str) or not argument[0]:
        return invalid(data, scope, "Split needs a delimiter and a text", "Split には区切り文字と文字列が必要です")
    source = resolve(argument[1], scope)
    if isinstance(source, Unknown):
        # How many pieces an unknown part makes is unknown, so no index can be trusted: nothing of it is kept.
        return Unknown(source.reason, describe(data), source.references)
    text = text_of(source)
    if text is None:
        return invalid(data, scope, "Split needs a text", "Split には文字列が必要です")
    return text.split(argument[0])


def base64(argument: Any, scope: Scope, data: Any) -> Any:
    """The text itself: policies read user data for secrets, nobody reads base64. (A deviation from the deployed value.)"""
    value = resolve(argument, scope)
    return value if value is ABSENT else combine([value], value.expression if isinstance(value, Unknown) else describe(data))


def cidr(argument: Any, scope: Scope, data: Any) -> Any:
    if not isinstance(argument, list) or len(argument) not in (2, 3):
        return invalid(data, scope, "Cidr needs a block, a count and the bits", "Cidr にはブロック、個数、ビット数が必要です")
    values = [resolve(part, scope) for part in argument]
    unknown = unknowns(values)
    if unknown:
        return Unknown(unknown[0].reason, describe(data), references(values))
    import ipaddress

    try:
        block = ipaddress.ip_network(str(values[0]), strict=False)
        count = int(values[1])
        length = block.max_prefixlen - int(values[2] if len(values) == 3 else 8)
        if not 1 <= count <= CIDR_LIMIT or length < block.prefixlen or length > block.max_prefixlen:
            raise ValueError
        if count > 1 << (length - block.prefixlen):
            raise ValueError
        step = 1 << (block.max_prefixlen - length)
        first = int(block.network_address)
        kind = type(block.network_address)
        return [f"{kind(first + number * step)}/{length}" for number in range(count)]
    except (ValueError, TypeError):
        return invalid(data, scope, "the block cannot be cut like this", "このようには分割できません")


def to_json_string(argument: Any, scope: Scope, data: Any) -> Any:
    value = resolve(argument, scope)
    unknown = unknowns([value])
    if unknown:
        return Unknown(unknown[0].reason, describe(data), references([value]), None if isinstance(value, Unknown) else value)
    import json

    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def length(argument: Any, scope: Scope, data: Any) -> Any:
    value = resolve(argument, scope)
    if isinstance(value, list):
        return len(value)
    if isinstance(value, Unknown):
        return Unknown(value.reason, describe(data), value.references)
    return invalid(data, scope, "Length needs a list", "Length にはリストが必要です")


FUNCTIONS = {
    "Fn::Sub": sub,
    "Fn::Join": join,
    "Fn::Select": select,
    "Fn::Split": split,
    "Fn::Base64": base64,
    "Fn::Cidr": cidr,
    "Fn::ToJsonString": to_json_string,
    "Fn::Length": length,
}
