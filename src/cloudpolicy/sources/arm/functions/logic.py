"""Logic and comparison: if, and, or, not, equals, coalesce, less …; three-valued where an argument is unknown."""

from __future__ import annotations

from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.sources.arm.nodes import Bad, Call, If, resolve, truth
from cloudpolicy.sources.arm.values import Unresolved, choose, identity, references, unknowns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cloudpolicy.sources.arm.scope import Scope

_NOT_BOOL = Bad("true or false is needed", "true か false が必要です")


def if_(node: Call, scope: Scope) -> Any:
    if len(node.arguments) != 3:
        raise Bad("if needs a condition and two values", "if には条件と 2 つの値が必要です")
    return If(*node.arguments).at(node.source, node.start, node.end).eval(scope)


def and_(node: Call, scope: Scope) -> Any:
    return _junction(node, scope, False)


def or_(node: Call, scope: Scope) -> Any:
    return _junction(node, scope, True)


def _junction(node: Call, scope: Scope, decisive: bool) -> Any:
    open_: list[Unknown] = []
    for argument in node.arguments:
        value = resolve(argument, scope)
        answer = truth(value)
        if answer is decisive:
            return decisive
        if answer is None:
            if not isinstance(value, Unknown):
                raise _NOT_BOOL
            open_.append(value)
    if not open_:
        return not decisive
    return Unresolved(open_[0].reason, node.text, references(open_), None, (True, False))


def not_(node: Call, scope: Scope) -> Any:
    (argument,) = node.arguments
    value = resolve(argument, scope)
    answer = truth(value)
    if answer is not None:
        return not answer
    if not isinstance(value, Unknown):
        raise _NOT_BOOL
    return Unresolved(value.reason, node.text, value.references, None, (True, False))


def equals(node: Call, scope: Scope) -> Any:
    a, b = (resolve(argument, scope) for argument in node.arguments)
    answer = equal(a, b)
    if answer is None:
        blame = next(iter(unknowns([a, b])))
        return Unresolved(blame.reason, node.text, references([a, b]), None, (True, False))
    return answer


def equal(a: Any, b: Any) -> bool | None:
    """Three-valued equality. Two unknowns of one identity are equal, whatever they will be."""
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        if isinstance(a, Unresolved) and isinstance(b, Unresolved) and a.identity == b.identity:
            return True
        answers = {_same(x, y) for x in _possible(a) for y in _possible(b)}
        return answers.pop() if len(answers) == 1 else None
    return _same(a, b)


def _possible(value: Any) -> tuple[Any, ...]:
    return value.choices if isinstance(value, Unknown) and value.choices else (value,)


def _same(a: Any, b: Any) -> bool | None:
    a, b = (None if value is ABSENT else value for value in (a, b))
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return None
    if isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            return False
        return _all([equal(x, y) for x, y in zip(a, b, strict=True)])
    if isinstance(a, dict) and isinstance(b, dict):
        if {key.lower() for key in a} != {key.lower() for key in b}:
            return False
        return _all([equal(a[key], b.get(key)) for key in a])
    if isinstance(a, bool) != isinstance(b, bool):
        return False
    return bool(a == b)


def _all(answers: list[bool | None]) -> bool | None:
    return False if False in answers else None if None in answers else True


def coalesce(node: Call, scope: Scope) -> Any:
    open_: list[Any] = []
    for argument in node.arguments:
        value = resolve(argument, scope)
        if value is None:
            continue
        open_.append(value)
        if not isinstance(value, Unknown) or (value.choices is not None and not any(choice in (None, ABSENT) for choice in value.choices)):
            break
        if value.reason == "parameter-without-value" and value.choices is None:
            break  # a parameter that must be given is not null
    if not open_:
        return None
    if len(open_) == 1:
        return open_[0]
    kept = [choice for value in open_[:-1] for choice in (value.choices or (value,)) if choice is not None and choice is not ABSENT]
    return choose(open_[0].reason, node.text, [*kept, open_[-1]])


def compare(node: Call, scope: Scope) -> Any:
    from cloudpolicy.sources.arm.functions import apply

    name = node.name.lower()
    values = [resolve(argument, scope) for argument in node.arguments]
    if len(values) == 2 and all(isinstance(value, Unresolved) for value in values) and identity(values[0]) == identity(values[1]):
        return name.endswith("equals")
    result = apply(_ORDER[name], name, values, node)
    if isinstance(result, Unresolved) and result.choices is None:
        result.choices = (True, False)
    return result


def _ordered(a: Any, b: Any) -> int:
    if (
        isinstance(a, bool)
        or isinstance(b, bool)
        or not ((isinstance(a, str) and isinstance(b, str)) or (isinstance(a, (int, float)) and isinstance(b, (int, float))))
    ):
        raise Bad("two numbers or two texts are needed", "数値どうしか文字列どうしの比較が必要です")
    return bool(a > b) - bool(a < b)  # type: ignore[operator]


_ORDER = {
    "less": lambda a, b: _ordered(a, b) < 0,
    "lessorequals": lambda a, b: _ordered(a, b) <= 0,
    "greater": lambda a, b: _ordered(a, b) > 0,
    "greaterorequals": lambda a, b: _ordered(a, b) >= 0,
}


def bool_(value: Any) -> bool:
    answer = truth(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        answer = value != 0
    if answer is None:
        raise _NOT_BOOL
    return answer


SPECIAL: dict[str, Callable[..., Any]] = {
    "if": if_,
    "and": and_,
    "or": or_,
    "not": not_,
    "equals": equals,
    "coalesce": coalesce,
    **dict.fromkeys(_ORDER, compare),
}
PURE: dict[str, Callable[..., Any]] = {"bool": bool_, "true": lambda: True, "false": lambda: False, "null": lambda: None}
