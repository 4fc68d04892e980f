"""Terraform's type system on plain Python values: conversion to a type constraint, sets, equality that may be undecided."""

from __future__ import annotations

import re

from cloudpolicy.model import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

HOLE = "${…}"  # stands for an unknown part in the text of Unknown.partial

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,6})?"
_PAIRWISE_LIMIT = 300  # elements of a set that holds unknown ones: comparing each with each is quadratic


class ConversionError(Exception):
    """The value does not fit the type constraint; the message says what was wanted."""


class Set(list):  # type: ignore[type-arg]
    """A Terraform set: without duplicates, in Terraform's order of iteration (strings sorted, numbers ascending)."""

    __slots__ = ()


def convert(value: Any, constraint: tuple[Any, ...]) -> Any:
    """`value` as the type `constraint`; raises ConversionError.

    constraint: ("string",), ("number",), ("bool",), ("any",), ("list", c), ("set", c), ("map", c), ("tuple", [c, …]),
    ("object", {name: (c, optional, default)}). An Unknown at any depth stays as it is.
    """
    try:
        return _convert(value, constraint)
    except RecursionError:
        raise ConversionError("the value is nested too deeply") from None


def _convert(value: Any, constraint: tuple[Any, ...]) -> Any:
    kind = constraint[0]
    if value is None or kind == "any" or isinstance(value, Unknown):
        return value
    if kind == "string":
        return to_string(value)
    if kind == "number":
        return to_number(value)
    if kind == "bool":
        return to_bool(value)
    if kind == "list" or kind == "set":
        if not isinstance(value, list):
            raise ConversionError(f"a {kind} is required, not {name_of(value)}")
        items = _elements(value, constraint[1])
        return items if kind == "list" else make_set(items)
    if kind == "map":
        if not isinstance(value, dict):
            raise ConversionError(f"a map is required, not {name_of(value)}")
        return dict(zip(value, _elements(list(value.values()), constraint[1]), strict=True))
    if kind == "tuple":
        wanted = constraint[1]
        if not isinstance(value, list) or isinstance(value, Set):
            raise ConversionError(f"a tuple is required, not {name_of(value)}")
        if len(value) != len(wanted):
            raise ConversionError(f"a tuple of {len(wanted)} elements is required, not of {len(value)}")
        return [_convert(item, part) for item, part in zip(value, wanted, strict=True)]
    if kind == "object":
        return _object(value, constraint[1])
    raise ConversionError(f"unknown type constraint {kind!r}")


def _object(value: Any, attributes: dict[str, tuple[Any, bool, Any]]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConversionError(f"an object is required, not {name_of(value)}")
    result = {}
    for name, (part, optional, default) in attributes.items():
        if name not in value and not optional:
            raise ConversionError(f'the attribute "{name}" is required')
        item = value.get(name)
        if item is None and optional:
            item = default  # Terraform fills the default for a written null too
        try:
            result[name] = _convert(item, part)
        except ConversionError as error:
            raise ConversionError(f'attribute "{name}": {error}') from None
    return result


def _elements(items: list[Any], part: tuple[Any, ...]) -> list[Any]:
    return unify(items) if part[0] == "any" else [_convert(item, part) for item in items]


def unify(items: list[Any]) -> list[Any]:
    """Elements of one collection brought to one type, as far as plain values show it: mixed with a string, all become strings."""
    kinds = {_primitive(item) for item in items if item is not None and not isinstance(item, Unknown)}
    if len(kinds) < 2 or None in kinds:
        return list(items)
    return [item if item is None or isinstance(item, Unknown) else to_string(item) for item in items]


def _primitive(value: Any) -> str | None:
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, (int, float)) else None


def name_of(value: Any) -> str:
    """The Terraform word for the value's type, for messages."""
    if value is None:
        return "null"
    if isinstance(value, Set):
        return "set"
    if isinstance(value, list):
        return "list"
    if isinstance(value, dict):
        return "object"
    return _primitive(value) or "value"


def to_string(value: Any) -> str:
    """A known primitive as Terraform writes it in a template; raises ConversionError."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        try:
            return str(value)
        except ValueError:
            raise ConversionError("the number is too large") from None
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise ConversionError("not a finite number")
        if value.is_integer():
            return str(int(value))
        text = repr(value)
        if "e" in text:
            from decimal import Decimal

            text = format(Decimal(text), "f")
        return text
    raise ConversionError(f"a string is required, not {name_of(value)}")


def to_number(value: Any) -> int | float:
    if isinstance(value, bool):
        raise ConversionError("a number is required, not bool")
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise ConversionError("not a finite number")
        return int(value) if value.is_integer() else value
    if isinstance(value, str):
        if len(value) <= 1000 and value.isascii() and re.fullmatch(_NUMBER, value):
            digits = value.lstrip("+-")
            return int(value) if digits.isdigit() else to_number(float(value))
        raise ConversionError("a number is required; the string is not one")
    raise ConversionError(f"a number is required, not {name_of(value)}")


def to_bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in ("true", "1"):
        return True
    if isinstance(value, str) and value in ("false", "0"):
        return False
    raise ConversionError(f"a bool is required, not {name_of(value)}")


def make_set(items: Iterable[Any]) -> Set | Unknown:
    """The set of `items`; Unknown (partial: the items as a list) when unknown parts leave open which of them are equal."""
    items = list(items)
    if isinstance(items, Set):
        return items
    lost = unknowns(items)
    if not lost:
        return Set(ordered(distinct(items)))
    if len(items) == 1:
        return Set(items)
    if len(items) <= _PAIRWISE_LIMIT and not any(isinstance(item, Unknown) for item in items):
        kept: list[Any] = []
        for item in items:
            answers = [same(item, other) for other in kept]
            if None in answers and True not in answers:
                break
            if True not in answers:
                kept.append(item)
        else:
            return Set(kept)
    return joined(lost, partial=items)


def distinct(items: list[Any]) -> list[Any]:
    """Known items without duplicates, in their order."""
    seen = set()
    kept = []
    for item in items:
        key = freeze(item)
        if key not in seen:
            seen.add(key)
            kept.append(item)
    return kept


def ordered(items: list[Any]) -> list[Any]:
    """In Terraform's order of iteration of a set: only strings, numbers and bools have one that we can tell."""
    kinds = {_primitive(item) for item in items}
    if len(kinds) == 1 and None not in kinds:
        return sorted(items, key=lambda text: text.encode("utf-8", "surrogatepass")) if "string" in kinds else sorted(items)
    return items


def freeze(value: Any) -> Any:
    """A hashable key, equal for values that Terraform calls equal: true differs from 1, and 1.0 does not."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, Set):
        return ("set", frozenset(freeze(item) for item in value))
    if isinstance(value, list):
        return ("list", tuple(freeze(item) for item in value))
    if isinstance(value, dict):
        return ("map", frozenset((key, freeze(item)) for key, item in value.items()))
    return value


def same(left: Any, right: Any) -> bool | None:
    """Whether Terraform's == holds; None when an Unknown leaves it open."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return None
    if isinstance(left, dict) and isinstance(right, dict):
        if left.keys() != right.keys():
            return False
        return _all(same(item, right[key]) for key, item in left.items())
    if isinstance(left, list) and isinstance(right, list):
        if isinstance(left, Set) or isinstance(right, Set):
            if unknowns([left, right]):
                return None
            return bool(freeze(Set(left)) == freeze(Set(right)))
        return len(left) == len(right) and _all(same(a, b) for a, b in zip(left, right, strict=True))
    return bool(freeze(left) == freeze(right))


def _all(answers: Iterable[bool | None]) -> bool | None:
    result: bool | None = True
    for answer in answers:
        if answer is False:
            return False
        if answer is None:
            result = None
    return result


def unknowns(value: Any) -> list[Unknown]:
    """Every Unknown in `value`, at any depth, in order; those inside another one's partial are not counted."""
    if isinstance(value, Unknown):
        return [value]
    found: list[Unknown] = []
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Unknown):
            found.append(item)
        elif isinstance(item, list):
            stack.extend(reversed(item))
        elif isinstance(item, dict):
            stack.extend(reversed(list(item.values())))
    return found


def joined(lost: list[Unknown], partial: Any = None, choices: tuple[Any, ...] | None = None) -> Unknown:
    """One Unknown for a value made of `lost`: the first one's reason and expression, everybody's references."""
    references = tuple(dict.fromkeys(name for one in lost for name in one.references))
    return Unknown(lost[0].reason, lost[0].expression, references, partial, choices)
