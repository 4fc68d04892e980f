"""Fn::ForEach of AWS::LanguageExtensions: one entry of a mapping becomes several.

A collection that is unknown gives one copy in which the identifier is unknown: nothing is dropped without a word.
"""

from __future__ import annotations

import re

from cloudpolicy.model import Unknown
from cloudpolicy.sources.cloudformation import problems
from cloudpolicy.sources.cloudformation.resolve import resolve
from cloudpolicy.sources.cloudformation.text import SIZE_LIMIT, Tagged
from cloudpolicy.sources.cloudformation.values import describe, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cloudpolicy.sources.cloudformation.scope import Scope

LIMIT = 1_000  # copies per loop, nested ones multiplied; a stack has at most 500 resources
VALUES_LIMIT = SIZE_LIMIT  # values in all copies of one loop together


class Entry:
    """One entry that a loop made: `path` leads to its text from the loop's own key, `certain` is False for an unknown collection."""

    __slots__ = ("certain", "name", "path", "value")

    def __init__(self, name: str, value: Any, path: tuple[str | int, ...], certain: bool) -> None:
        self.name = name
        self.value = value
        self.path = path
        self.certain = certain


def entries(key: str, loop: Any, scope: Scope, data: Any) -> Iterator[tuple[str, Any]]:
    for entry in expand(key, loop, scope, data):
        yield entry.name, entry.value


def expand(key: str, loop: Any, scope: Scope, data: Any) -> list[Entry]:
    """The entries of `"Fn::ForEach::Name": [identifier, collection, {"Key${identifier}": …}]`; `data` is the mapping around it."""
    result: list[Entry] = []
    budget = [LIMIT, VALUES_LIMIT]
    _expand(key, loop, scope, data, (), True, result, budget)
    if min(budget) < 0:
        scope.report(
            problems.problem(
                "error",
                "expansion-limit",
                scope.span_of(loop),
                f"{key} makes more than {LIMIT:,} copies or {VALUES_LIMIT:,} values; the rest was not judged, split it",
                f"{key} の展開が {LIMIT:,} 個(値 {VALUES_LIMIT:,} 個)を超えます。超過分は判定されていません。分割してください",
            )
        )
    return result


def _expand(
    key: str, loop: Any, scope: Scope, data: Any, path: tuple[str | int, ...], certain: bool, result: list[Entry], budget: list[int]
) -> None:
    if not (isinstance(loop, list) and len(loop) == 3 and isinstance(loop[0], str) and isinstance(loop[2], dict)):
        scope.report(
            problems.invalid_expression(
                scope.span_of(loop if isinstance(loop, list) else data),
                key,
                "an identifier, a collection and a mapping are needed; correct it",
                "識別子、コレクション、マッピングが必要です。修正してください",
            )
        )
        return
    identifier, collection, body = loop
    items = resolve(collection, scope)
    if isinstance(items, Unknown) or not isinstance(items, list):
        if not isinstance(items, Unknown):
            scope.report(
                problems.invalid_expression(
                    scope.span_of(loop),
                    key,
                    "the collection must be a list; correct it",
                    "コレクションはリストでなければなりません。修正してください",
                )
            )
        items = [items if isinstance(items, Unknown) else Unknown("invalid-expression", describe(collection))]
        certain = False
    for item in items:
        if isinstance(item, Unknown):
            scope.loops[identifier] = Unknown(item.reason, f"!Ref {identifier}", item.references, None, None)
            text = None
            certain = False
        else:
            text = text_of(item)
            if text is None:
                continue
        for name, value in body.items():
            budget[1] -= _size(value)
            if min(budget) < 0:
                return
            if name.startswith("Fn::ForEach"):
                inner = substitute(value, identifier, text) if text is not None else value
                _expand(name, inner, scope, data, (*path, 2, name), certain, result, budget)
                continue
            budget[0] -= 1
            if budget[0] < 0:
                return
            if text is not None:
                result.append(Entry(_replace(name, identifier, text), substitute(value, identifier, text), (*path, 2, name), certain))
            else:
                result.append(Entry(name, value, (*path, 2, name), certain))
        if min(budget) < 0:
            return


def _size(data: Any) -> int:
    """Values in `data`, itself included; counting stops early for very large ones."""
    count = 0
    stack = [data]
    while stack and count <= VALUES_LIMIT:
        item = stack.pop()
        count += 1
        if isinstance(item, Tagged):
            item = item.value
        if isinstance(item, (list, dict)):
            stack.extend(item.values() if isinstance(item, dict) else item)
    return count


def substitute(data: Any, identifier: str, text: str) -> Any:
    """A copy of `data` in which the identifier is replaced by its value."""
    if isinstance(data, str):
        return _replace(data, identifier, text)
    if isinstance(data, list):
        return [substitute(item, identifier, text) for item in data]
    if isinstance(data, Tagged):
        return Tagged(data.tag, substitute(data.value, identifier, text))
    if isinstance(data, dict):
        if len(data) == 1 and data.get("Ref") == identifier:
            return text
        return {_replace(key, identifier, text): substitute(value, identifier, text) for key, value in data.items()}
    return data


def _replace(text: str, identifier: str, value: str) -> str:
    if "{" not in text:
        return text
    text = text.replace("${" + identifier + "}", value)
    # `&{Name}` is the value without the characters that a logical id may not have.
    return text.replace("&{" + identifier + "}", re.sub(r"[^A-Za-z0-9]", "", value))
