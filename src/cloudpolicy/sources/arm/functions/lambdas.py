"""Functions that take a lambda, and what JSON's lambdas refer to their arguments by."""

from __future__ import annotations

from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.sources.arm.nodes import Bad, Call, Lambda, resolve, truth
from cloudpolicy.sources.arm.values import Fields, Unresolved, choose, identity, references, text_of, unknowns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cloudpolicy.sources.arm.scope import Scope


def lambda_(node: Call, scope: Scope) -> Lambda:
    """ARM's lambda('x', 'y', body)."""
    *names, body = node.arguments
    return Lambda([str(resolve(name, scope)) for name in names], body).at(node.source, node.start, node.end)  # type: ignore[no-any-return]


def lambda_variables(node: Call, scope: Scope) -> Any:
    (argument,) = node.arguments
    name = resolve(argument, scope)
    if isinstance(name, str) and name in scope.locals:
        return scope.locals[name]
    raise Bad("no lambda around it has this name", "その名前のラムダ変数はありません")


def _arguments(node: Call, scope: Scope, count: int) -> tuple[list[Any], list[Any]]:
    """(plain arguments, lambdas) in order."""
    values = [resolve(argument, scope) for argument in node.arguments]
    functions = [value for value in values if isinstance(value, Lambda)]
    if len(functions) != count:
        raise Bad("a lambda is needed", "ラムダ式が必要です")
    return [value for value in values if not isinstance(value, Lambda)], functions


def _elements(value: Any, node: Call, scope: Scope, wanted: type[list[Any]] | type[dict[str, Any]] = list) -> Any:
    if isinstance(value, Unknown):
        return Unresolved(value.reason, node.text, value.references)
    if not isinstance(value, wanted):
        raise Bad(
            "a list is needed" if wanted is list else "an object is needed",
            "配列が必要です" if wanted is list else "オブジェクトが必要です",
        )
    if not scope.module.session.turns(len(value)):
        scope.module.limit(node, len(value))
        return Unresolved("expansion-limit", node.text)
    return value


def map_(node: Call, scope: Scope) -> Any:
    (value,), (function,) = _arguments(node, scope, 1)
    items = _elements(value, node, scope)
    return items if isinstance(items, Unknown) else [function.call(scope, item, index) for index, item in enumerate(items)]


def filter_(node: Call, scope: Scope) -> Any:
    (value,), (function,) = _arguments(node, scope, 1)
    items = _elements(value, node, scope)
    if isinstance(items, Unknown):
        return items
    kept: list[Any] = []
    for index, item in enumerate(items):
        answer = truth(function.call(scope, item, index))
        if answer is None:
            kept.append(choose("condition-undetermined", node.text, [item, ABSENT]))
        elif answer:
            kept.append(item)
    return kept


def reduce(node: Call, scope: Scope) -> Any:
    (value, result), (function,) = _arguments(node, scope, 1)
    items = _elements(value, node, scope)
    if isinstance(items, Unknown):
        return items
    for index, item in enumerate(items):
        result = function.call(scope, result, item, index)
    return result


def sort(node: Call, scope: Scope) -> Any:
    (value,), (function,) = _arguments(node, scope, 1)
    items = _elements(value, node, scope)
    if isinstance(items, Unknown):
        return items
    from functools import cmp_to_key

    def order(a: Any, b: Any) -> int:
        answer = truth(function.call(scope, a, b))
        if answer is None:
            raise Bad("the order cannot be decided", "順序を判定できません")
        return -1 if answer else 1

    if unknowns(items):
        return Unresolved(unknowns(items)[0].reason, node.text, references(items))
    return sorted(items, key=cmp_to_key(order))


def to_object(node: Call, scope: Scope) -> Any:
    (value,), functions = _arguments(node, scope, len(node.arguments) - 1)
    items = _elements(value, node, scope)
    if isinstance(items, Unknown):
        return items
    result = Fields()
    for item in items:
        key = functions[0].call(scope, item)
        if isinstance(key, Unknown):
            return Unresolved(key.reason, node.text, references([key]))
        result[text_of(key) or ""] = functions[1].call(scope, item) if len(functions) > 1 else item
    return result


def group_by(node: Call, scope: Scope) -> Any:
    (value,), (function,) = _arguments(node, scope, 1)
    items = _elements(value, node, scope)
    if isinstance(items, Unknown):
        return items
    result = Fields()
    for item in items:
        key = function.call(scope, item)
        if isinstance(key, Unknown):
            return Unresolved(key.reason, node.text, references([key]))
        result.setdefault(identity(key), []).append(item)
    return result


def map_values(node: Call, scope: Scope) -> Any:
    (value,), (function,) = _arguments(node, scope, 1)
    items = _elements(value, node, scope, dict)
    return items if isinstance(items, Unknown) else Fields((key, function.call(scope, item)) for key, item in items.items())


SPECIAL: dict[str, Callable[..., Any]] = {
    "lambda": lambda_,
    "lambdavariables": lambda_variables,
    "map": map_,
    "filter": filter_,
    "reduce": reduce,
    "sort": sort,
    "toobject": to_object,
    "groupby": group_by,
    "mapvalues": map_values,
}
