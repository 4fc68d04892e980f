"""Links between resources of one estate: by reference, by literal name, through modules and for_each.

An answer is always two lists: what is linked for certain, and what may be (its target cannot be told). Nobody may take "may be" for "is not".
"""

from __future__ import annotations

from cloudpolicy.model import ABSENT, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from cloudpolicy.model import Estate, Resource

    Linked = tuple[list[Resource], list[Resource]]  # certain, possible


LITERAL = "="  # marks a literal name among the keys: "Data" written out is not a reference to the resource Data


def pointing_at(estate: Estate, resource: Resource, types: Sequence[str], by: str, to: Sequence[str] = ("name",)) -> Linked:
    """Resources of `types` whose attribute `by` (dotted path) points at `resource`: at its address, or at its literal `to`."""
    certain: list[Resource] = []
    possible: list[Resource] = []
    for type in types:
        index = _index(estate, type, by)
        if index is None:
            continue
        keys, maybe, anything = index
        _extend(certain, keys.get(resource.address))
        for name in identities(resource, to):
            _extend(certain, keys.get(name))
            _extend(possible, maybe.get(name))
        _extend(possible, maybe.get(resource.address))
        _extend(possible, maybe.get(_unindexed(resource.address)))
        for holder, expression in anything:
            # an unresolved expression that names another resource's own unresolved name belongs to that one
            if not _named(estate, (resource.type,), to, expression):
                _extend(possible, [holder])
    return certain, [candidate for candidate in possible if candidate not in certain]


def pointed_at(estate: Estate, value: Any, types: Sequence[str], to: Sequence[str] = ("name",), near: str = "") -> tuple[Linked, bool]:
    """Resources of `types` that `value` (an attribute's value, or a list of them) names; and whether every part of it was resolved.

    `near` is the address of the resource that holds the value: an unresolved expression means the same thing only inside one module.
    """
    certain: list[Resource] = []
    possible: list[Resource] = []
    complete = True
    for sure, key in _targets(value, _module(near)):
        if key is None:
            complete = False
            continue
        found = _named(estate, types, to, key)
        if not found:
            complete = False
        for candidate in found:
            exact = candidate.address == key or not isinstance(key, str) or _unindexed(candidate.address) != key
            _extend(certain if sure and exact else possible, [candidate])
    return (certain, [candidate for candidate in possible if candidate not in certain]), complete


def identities(resource: Resource, to: Sequence[str]) -> Iterator[Any]:
    """The keys by which others may name `resource` besides its address: its literal names, or the expression that gives its name."""
    for attribute in to:
        value = resource.values.get(attribute)
        if isinstance(value, str) and value:
            yield (LITERAL, value)
        elif isinstance(value, Unknown):
            text = value.partial if isinstance(value.partial, str) else value.expression
            if text:
                yield (_module(resource.address), text)


def may_be_elsewhere(estate: Estate, resource: Resource) -> bool:
    """True when the resource was handed to something that could not be read, where a companion may stand."""
    return resource.address in estate.opaque or _unindexed(resource.address) in estate.opaque


def read_path(values: Any, path: Sequence[str]) -> Iterator[Any]:
    """Every value at a path of names, going through lists; nothing where it is absent; an Unknown on the way stands for what is below."""
    if isinstance(values, list):
        for item in values:
            yield from read_path(item, path)
    elif isinstance(values, Unknown) or not path:
        if values is not ABSENT:
            yield values
    elif isinstance(values, dict) and path[0] in values:
        yield from read_path(values[path[0]], path[1:])


def _extend(into: list[Resource], found: list[Resource] | None) -> None:
    for resource in found or ():
        if resource not in into:
            into.append(resource)


def _unindexed(address: str) -> str:
    """'a.b["x"]' -> 'a.b'; an address without a trailing index stays."""
    return address[: address.rindex("[")] if address.endswith("]") else address


def _module(address: str) -> str:
    """'module.a.module.b.aws_x.y' -> 'module.a.module.b'; "" in the root module and in templates."""
    if not address.startswith("module."):
        return ""
    parts = address.split(".")
    end = 0
    while end + 1 < len(parts) and parts[end] == "module":
        end += 2
    return ".".join(parts[:end])


def _targets(value: Any, module: str) -> Iterator[tuple[bool, Any]]:
    """What a link value names: (certain?, address, literal or (module, expression)); (…, None) when it may be anything."""
    if isinstance(value, Unknown):
        if value.choices is not None:
            for choice in value.choices:
                for _, key in _targets(choice, module):
                    yield False, key
        elif value.references:
            for reference in value.references:
                yield True, reference
        elif isinstance(value.partial, list):
            for item in value.partial:
                yield from _targets(item, module)
        else:
            text = value.partial if isinstance(value.partial, str) else value.expression
            if text:
                yield True, (module, text)
            yield True, None
    elif isinstance(value, list):
        for item in value:
            yield from _targets(item, module)
    elif isinstance(value, str) and value:
        yield True, (LITERAL, value)


def _index(
    estate: Estate, type: str, by: str
) -> tuple[dict[Any, list[Resource]], dict[Any, list[Resource]], list[tuple[Resource, Any]]] | None:
    """(key -> certain, address -> possible, [(possible for anything, its expression)]) of one type by one attribute; built once per estate."""
    slot = (type, by)
    if slot not in estate.links:
        holders = estate.of_type(type)
        if not holders:
            estate.links[slot] = None
            return None
        keys: dict[Any, list[Resource]] = {}
        maybe: dict[Any, list[Resource]] = {}
        anything: list[tuple[Resource, Any]] = []
        path = by.split(".")
        for holder in holders:
            module = _module(holder.address)
            for value in read_path(holder.values, path):
                expression = None
                for sure, key in _targets(value, module):
                    if key is None:
                        anything.append((holder, expression))
                    elif sure and not _ambiguous(estate, key):
                        keys.setdefault(key, []).append(holder)
                    else:
                        maybe.setdefault(key, []).append(holder)
                    expression = key if isinstance(key, tuple) and key[0] is not LITERAL else None
        estate.links[slot] = keys, maybe, anything
    return estate.links[slot]  # type: ignore[no-any-return]


def _ambiguous(estate: Estate, key: Any) -> bool:
    """True for the address of a block that has several instances: which one is meant cannot be told."""
    return isinstance(key, str) and "." in key and estate.at(key) is None and key in _blocks(estate)


def _blocks(estate: Estate) -> set[str]:
    if "blocks" not in estate.links:
        estate.links["blocks"] = {_unindexed(r.address) for r in estate.resources if r.address.endswith("]")}
    return estate.links["blocks"]  # type: ignore[no-any-return]


def _named(estate: Estate, types: Sequence[str], to: Sequence[str], key: Any) -> list[Resource]:
    """Resources of `types` that `key` names."""
    found: list[Resource] = []
    for type in types:
        slot = (type, "named", *to)
        if slot not in estate.links:
            index: dict[Any, list[Resource]] = {}
            for resource in estate.of_type(type):
                index.setdefault(resource.address, []).append(resource)
                if resource.address.endswith("]"):
                    index.setdefault(_unindexed(resource.address), []).append(resource)
                for name in identities(resource, to):
                    index.setdefault(name, []).append(resource)
            estate.links[slot] = index
        _extend(found, estate.links[slot].get(key))
    return found
