"""Which attribute of which resource type every check of a policy speaks of: the ground for proving that the names exist.

Never on the scan path. A policy here is the plain mapping of its YAML file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from cloudpolicy.evaluate.conditions import WORDS
from cloudpolicy.evaluate.matchers import OPTIONS
from cloudpolicy.evaluate.paths import split_path


class Use(NamedTuple):
    """One mention of an attribute.

    types         the resource types it is read from
    alternatives  the ways to write it, each a route of names; `a|b` gives two
    expected      literal values that `equals`, `in` and their like hold against it; empty for other matchers
    matcher       the matcher's name, "" for a link or an argument
    entry         the words of the policy, for messages
    """

    types: tuple[str, ...]
    alternatives: tuple[tuple[str, ...], ...]
    expected: tuple[Any, ...] = ()
    matcher: str = ""
    entry: str = ""


_COMPARING = ("equals", "not_equals", "in", "not_in", "contains", "not_contains", "contains_all", "contains_any")


def of_policy(policy: dict[str, Any]) -> Iterator[Use]:
    """Every mention in the checks, fixes and expectations of `policy`; a type without attributes is mentioned with no alternatives."""
    for item in [*policy.get("checks", ()), *policy.get("expects", ())]:
        types = _listed(item["resource"])
        yield Use(types, ())
        for name in ("when", "require", "where"):
            if name in item:
                yield from _condition(item[name], types, (), types)
        if "fix" in item:
            yield from _fix(item["fix"], item["require"], types)


def _fix(fix: dict[str, Any], require: dict[str, Any], types: tuple[str, ...]) -> Iterator[Use]:
    """What a check's `fix` writes: where `require` names the path it is meant there, else from the resource's root."""
    asked = list(_condition(require, types, (), types))
    for path, value in [*fix.get("set", {}).items(), *fix.get("also", {}).items()]:
        for use in [use for use in asked if use.entry == path] or [Use(types, (split_path(path),), (), "", path)]:
            for route, leaves in _leaves(value, ()):
                yield Use(use.types, tuple(way + route for way in use.alternatives), leaves, "equals", f"fix: {path}")
    for path in fix.get("needs", ()):
        yield Use(types, (split_path(path),), (), "", f"fix: {path}")
    for added in fix.get("add", ()):
        yield Use((added["resource"],), ())
        for route, leaves in _leaves(added["values"], ()):
            yield Use((added["resource"],), (route,), leaves, "equals", f"fix: {'.'.join(route)}")


def _leaves(value: Any, base: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], tuple[Any, ...]]]:
    """(route, literal values) of everything that a value to write holds; a reference and a document are not looked into."""
    if isinstance(value, dict) and not {"ref", "json"} & set(value) and not any(name in ("Version", "Statement") for name in value):
        for name, item in value.items():
            yield from _leaves(item, (*base, name))
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for item in value:
            yield from _leaves(item, base)
    else:
        items = value if isinstance(value, list) else [value]
        yield base, tuple(item for item in items if not isinstance(item, dict) and not (isinstance(item, str) and item.startswith("$")))


def types_of(policy: dict[str, Any]) -> set[str]:
    """All resource types that `policy` names, wildcards left out."""
    return {type for use in of_policy(policy) for type in use.types if not type.endswith("*")}


def _listed(value: Any) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def _condition(source: Any, types: tuple[str, ...], base: tuple[str, ...], roots: tuple[str, ...]) -> Iterator[Use]:
    for key, value in source.items():
        if key in ("all", "any"):
            for item in value:
                yield from _condition(item, types, base, roots)
        elif key == "not":
            yield from _condition(value, types, base, roots)
        elif key == "root":
            yield from _condition(value, roots, (), roots)
        elif key in ("each", "some"):
            yield Use(types, (base + split_path(value["of"]),), (), key, value["of"])
            for name in ("where", "require"):
                if name in value:
                    yield from _condition(value[name], types, base + split_path(value["of"]), roots)
        elif key == "linked":
            yield from _linked(value, types, base, roots)
        elif key == "estate":
            others = _listed(value["resource"])
            yield Use(others, ())
            yield from _condition(value.get("where", {}), others, (), others)
        elif key == "with":
            for argument in value.values():
                yield from _argument(argument, types, base)
        elif key not in WORDS:
            yield _attribute(key, value, types, base)
            if isinstance(value, dict):
                for argument in value.get("with", {}).values():
                    yield from _argument(argument, roots, ())


def _linked(value: dict[str, Any], types: tuple[str, ...], base: tuple[str, ...], roots: tuple[str, ...]) -> Iterator[Use]:
    others = _listed(value["resource"])
    yield Use(others, ())
    yield from _condition(value.get("where", {}), others, (), others)
    to = tuple(split_path(name) for name in _listed(value.get("to", ())))
    if "by" in value:
        yield Use(others, (split_path(value["by"]),), (), "", f"by: {value['by']}")
        if to:
            yield Use(roots, to, (), "", f"to: {value['to']}")
    else:
        yield Use(types, (base + split_path(value["through"]),), (), "", f"through: {value['through']}")
        if to:
            yield Use(others, to, (), "", f"to: {value['to']}")


def _argument(source: Any, types: tuple[str, ...], base: tuple[str, ...]) -> Iterator[Use]:
    if isinstance(source, list):
        for item in source:
            yield from _argument(item, types, base)
    elif isinstance(source, str) and not source.startswith("$"):
        yield Use(types, _routes(source, base), (), "", f"with: {source}")


def _attribute(key: str, value: Any, types: tuple[str, ...], base: tuple[str, ...]) -> Use:
    matcher, expected = "equals", value
    if value in ("present", "absent"):
        matcher, expected = value, None
    elif isinstance(value, dict):
        matcher = next((name for name in value if name not in OPTIONS), "")
        expected = value.get(matcher)
    literal: tuple[Any, ...] = ()
    if matcher in _COMPARING:
        items = expected if isinstance(expected, list) else [expected]
        literal = tuple(item for item in items if not (isinstance(item, str) and item.startswith("$")))
    return Use(types, _routes(key, base), literal, matcher, key)


def _routes(path: str, base: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(base + split_path(part) for part in path.split("|"))
