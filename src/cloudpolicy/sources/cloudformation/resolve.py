"""The walk over a template's values: plain data stays, intrinsics are answered, what cannot be answered is an Unknown."""

from __future__ import annotations

from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.sources.cloudformation import problems
from cloudpolicy.sources.cloudformation.text import Tagged
from cloudpolicy.sources.cloudformation.values import describe, dynamic, references

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources.cloudformation.scope import Scope


def resolve(data: Any, scope: Scope) -> Any:
    """The value of `data`: plain, Unknown, plain with Unknown leaves, or ABSENT for AWS::NoValue.

    Keys whose value is absent or null are left out of mappings; absent elements are left out of lists.
    """
    kind = type(data)
    if kind is str:
        return dynamic(data) if "{{" in data else data
    if kind is dict:
        if len(data) == 1:
            for key in data:
                function = scope.functions.get(key)
                if function is not None:
                    return function(data[key], scope, data)
        return _mapping(data, scope)
    if kind is list:
        items = []
        for item in data:
            kind = type(item)
            if kind is dict or kind is list or kind is str or kind is Tagged:
                item = resolve(item, scope)
                if item is ABSENT:
                    continue
            items.append(item)
        return items
    if kind is Tagged:
        return _unsupported(f"{data.tag} {describe(data.value)}", data, scope)
    return data


def _mapping(data: dict[str, Any], scope: Scope) -> Any:
    result: dict[str, Any] = {}
    special: list[str] = []
    for key, value in data.items():
        if key[:4] == "Fn::":
            special.append(key)
            continue
        kind = type(value)
        if kind is dict or kind is list or kind is Tagged:
            value = resolve(value, scope)
        elif kind is str and "{{" in value:
            value = dynamic(value)
        if value is not ABSENT and value is not None:
            result[key] = value
    if special:
        return _special(data, result, special, scope)
    return result


def _special(data: dict[str, Any], result: dict[str, Any], special: list[str], scope: Scope) -> Any:
    """Functions that stand beside other keys: Fn::Transform and Fn::ForEach:: may, every other one is a mistake or new to us."""
    from cloudpolicy.sources.cloudformation import foreach

    open_ended: Unknown | None = None
    for key in special:
        if key.startswith("Fn::ForEach"):
            for name, value in foreach.entries(key, data[key], scope, data):
                resolved = resolve(value, scope)
                if resolved is not ABSENT and resolved is not None:
                    result[name] = resolved
        elif key == "Fn::Transform":
            open_ended = Unknown("transform", describe({key: data[key]}))
        elif key in scope.functions:
            from cloudpolicy.sources.cloudformation.references import invalid

            open_ended = invalid(
                {key: data[key]},
                scope,
                "a function must be the only key of its mapping",
                "関数はマッピングの唯一のキーでなければなりません",
                data,
            )
        else:
            open_ended = _unsupported(describe({key: data[key]}), data, scope)
    if open_ended is None:
        return result
    return Unknown(open_ended.reason, open_ended.expression, references([result]), result or None)


def _unsupported(expression: str, data: Any, scope: Scope) -> Unknown:
    scope.report(
        problems.problem(
            "warning",
            "unsupported-expression",
            scope.span_of(data),
            f"{expression} is no function that cloudpolicy knows; the value counts as unknown, write it literally if it can be",
            f"{expression} は cloudpolicy の知らない関数です。値は不明として扱います。可能なら直接記述してください",
        )
    )
    return Unknown("unsupported-expression", expression)
