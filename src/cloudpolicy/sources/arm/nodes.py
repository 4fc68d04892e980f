"""Expressions as trees: what both spellings, ARM's "[…]" strings and Bicep, are parsed into. Each node answers `eval(scope)`.

Values while evaluating: plain Python values, `Fields` for objects, None for null, `Unknown` for what the text does not decide.
"""

from __future__ import annotations

from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.sources.arm.values import (
    Fields,
    Unresolved,
    choose,
    combine,
    references,
    shorten,
    text_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.model import Path
    from cloudpolicy.sources.arm.scope import Scope

ITEM_LIMIT = 10_000  # elements that one loop or lambda may go through


class Bad(Exception):
    """A wrong expression: what is wrong with it, for people."""

    def __init__(self, en: str, ja: str) -> None:
        super().__init__(en)
        self.en = en
        self.ja = ja


class Node:
    """`source[start:end]` is the node's own text."""

    __slots__ = ("end", "source", "start")

    source: str
    start: int
    end: int

    def at(self, source: str, start: int, end: int) -> Any:
        self.source, self.start, self.end = source, start, end
        return self

    @property
    def text(self) -> str:
        return shorten(self.source[self.start : self.end])

    def eval(self, scope: Scope) -> Any:
        raise NotImplementedError


class Expression(Node):
    """A whole expression in its place in a JSON document; a mistake in it is reported there."""

    __slots__ = ("inner", "place")

    def __init__(self, inner: Node, place: Path) -> None:
        self.inner = inner
        self.place = place
        self.at(inner.source, inner.start, inner.end)

    def eval(self, scope: Scope) -> Any:
        module = scope.module
        outer, module.place = module.place, self.place
        try:
            return self.inner.eval(scope)
        finally:
            module.place = outer


class Literal(Node):
    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def eval(self, scope: Scope) -> Any:
        return self.value


class Broken(Node):
    """An expression that could not be parsed; it has been reported."""

    __slots__ = ()

    def eval(self, scope: Scope) -> Any:
        return Unresolved("invalid-expression", self.text)


class Text(Node):
    """Bicep's '…${x}…': parts are str or nodes."""

    __slots__ = ("parts",)

    def __init__(self, parts: list[Any]) -> None:
        self.parts = parts

    def eval(self, scope: Scope) -> Any:
        from cloudpolicy.sources.arm import ids

        text = combine([resolve(part, scope) for part in self.parts], self.text)
        return ids.linked(scope.module, text) if scope.module.session.bears(text) else Unresolved("expansion-limit", self.text)


class Name(Node):
    """A Bicep identifier: a local, parameter, variable, resource or module."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def eval(self, scope: Scope) -> Any:
        return scope.look_up(self.name, self)


class Call(Node):
    """A function with its arguments, evaluated by the function itself where the order matters."""

    __slots__ = ("arguments", "name")

    def __init__(self, name: str, arguments: list[Any]) -> None:
        self.name = name
        self.arguments = arguments

    def eval(self, scope: Scope) -> Any:
        from cloudpolicy.sources.arm.functions import call

        return call(self, scope)


class If(Node):
    __slots__ = ("condition", "no", "yes")

    def __init__(self, condition: Any, yes: Any, no: Any) -> None:
        self.condition = condition
        self.yes = yes
        self.no = no

    def eval(self, scope: Scope) -> Any:
        condition = resolve(self.condition, scope)
        holds = truth(condition)
        if holds is not None:
            return resolve(self.yes if holds else self.no, scope)
        if not isinstance(condition, Unknown):
            return scope.module.invalid(self, Bad("the condition is neither true nor false", "条件が true でも false でもありません"))
        with scope.module.quiet():  # one of the two is never evaluated at deployment, so its mistakes may not be mistakes
            options = [resolve(self.yes, scope), resolve(self.no, scope)]
        return choose("condition-undetermined", self.text, options)


class Lambda(Node):
    __slots__ = ("body", "names")

    def __init__(self, names: list[str], body: Any) -> None:
        self.names = names
        self.body = body

    def eval(self, scope: Scope) -> Any:
        return self

    def call(self, scope: Scope, *values: Any) -> Any:
        return scope.module.bearable(resolve(self.body, scope.inner(dict(zip(self.names, values, strict=False)))), self.text)


class Member(Node):
    """base.name, base[name]; `safe` for .? and [?…]"""

    __slots__ = ("base", "key", "safe")

    def __init__(self, base: Any, key: Any, safe: bool = False) -> None:
        self.base = base
        self.key = key
        self.safe = safe

    def eval(self, scope: Scope) -> Any:
        from cloudpolicy.sources.arm.members import member

        base = resolve(self.base, scope)
        key = resolve(self.key, scope)
        try:
            return member(base, key, self, scope)
        except Bad as bad:
            return scope.module.invalid(self, bad)


class Spread(Node):
    """`...expression` inside a Bicep object or array."""

    __slots__ = ("inner",)

    def __init__(self, inner: Any) -> None:
        self.inner = inner


class Object(Node):
    """A Bicep object with computed keys or spreads: entries are (key data, value data) or a Spread."""

    __slots__ = ("entries",)

    def __init__(self, entries: list[Any]) -> None:
        self.entries = entries

    def eval(self, scope: Scope) -> Any:
        result = Fields()
        unknown: Unknown | None = None
        for entry in self.entries:
            if isinstance(entry, Spread):
                value = resolve(entry.inner, scope)
                if isinstance(value, dict):
                    for key, item in value.items():
                        result[result.written(key) or key] = item
                elif isinstance(value, Unknown):
                    unknown = value
                continue
            key = resolve(entry[0], scope)
            if isinstance(key, Unknown):
                unknown = key
            else:
                result[text_of(key) or ""] = resolve(entry[1], scope)
        if unknown is None:
            return result
        return Unresolved(unknown.reason, self.text, references([unknown, result]), result or None)


class Array(Node):
    """A Bicep array with spreads."""

    __slots__ = ("items",)

    def __init__(self, items: list[Any]) -> None:
        self.items = items

    def eval(self, scope: Scope) -> Any:
        result: list[Any] = []
        for item in self.items:
            value = resolve(item.inner if isinstance(item, Spread) else item, scope)
            if not isinstance(item, Spread):
                result.append(value)
            elif isinstance(value, list):
                result += value
            elif isinstance(value, Unknown):
                return Unresolved(value.reason, self.text, references([value, *result]), result or None)
        return result


class For(Node):
    """A loop: Bicep's [for …] and ARM's copy.

    items   data of the elements, or of the count when `counted`
    names   of the element and its index, "" where there is none; ARM's copyIndex looks under "copy:<name>"
    keep    data of the filter (Bicep: `[for x in xs: if (…) {…}]`), or None
    steps   where `body` stands, relative to the mapping that holds the loop; () when it stands at the loop's own place
    """

    __slots__ = ("body", "counted", "items", "keep", "names", "steps")

    def __init__(self, items: Any, names: tuple[str, ...], body: Any, counted: bool = False, keep: Any = None, steps: Path = ()) -> None:
        self.items = items
        self.names = names
        self.body = body
        self.counted = counted
        self.keep = keep
        self.steps = steps

    def eval(self, scope: Scope) -> Any:
        rounds = self.rounds(scope)
        if isinstance(rounds, Unknown):
            known = resolve(
                self.body, scope.inner(self.bind(Unresolved(rounds.reason, f"each of {rounds.expression}", rounds.references), None))
            )
            return Unresolved(rounds.reason, self.text, references([rounds, known]), [known])
        result = []
        for index, item in enumerate(rounds):
            inner = scope.inner(self.bind(item, index))
            keep = True if self.keep is None else truth(resolve(self.keep, inner))
            if keep is not False:
                value = resolve(self.body, inner)
                result.append(value if keep else choose("condition-undetermined", self.text, [value, ABSENT]))
        return scope.module.bearable(result, self.text)

    def rounds(self, scope: Scope) -> list[Any] | Unknown:
        """The elements that the loop goes through; Unknown when the text does not decide them, or when there are too many."""
        items = resolve(self.items, scope)
        if self.counted and isinstance(items, str) and items.strip().isdigit():
            items = int(items)
        if isinstance(items, Unknown):
            if isinstance(items.partial, list) and not self.counted:
                return Unresolved(items.reason, items.expression, items.references)
            return items
        if isinstance(items, list if not self.counted else int) and not isinstance(items, bool):
            count: int = items if isinstance(items, int) else len(items)
            if count <= ITEM_LIMIT and scope.module.session.turns(count):
                return list(range(count)) if isinstance(items, int) else items
            scope.module.limit(self, count)
            return Unresolved("expansion-limit", self.text)
        bad = Bad(
            "the loop needs a number" if self.counted else "the loop needs a list",
            "ループには数値が必要です" if self.counted else "ループには配列が必要です",
        )
        return scope.module.invalid(self, bad)

    def bind(self, item: Any, index: int | None) -> dict[str, Any]:
        number: Any = Unresolved("condition-undetermined", "index") if index is None else index
        if self.counted:
            return dict.fromkeys(self.names, number)
        return dict(zip(self.names, (item, number), strict=False))


def resolve(data: Any, scope: Scope) -> Any:
    """The value of `data`: a tree of plain values and nodes."""
    kind = type(data)
    if kind is str or kind is bool or kind is int or data is None:
        return data
    if kind is dict or kind is Fields:
        result = Fields()
        put = dict.__setitem__
        for key, value in data.items():
            kind = type(value)
            put(result, key, value if kind is str or kind is bool or kind is int else resolve(value, scope))
        return result
    if kind is list:
        return [resolve(item, scope) for item in data]
    if isinstance(data, Node):
        return data.eval(scope)
    if isinstance(data, dict):
        return Fields((key, resolve(value, scope)) for key, value in data.items())
    if isinstance(data, list):
        return [resolve(item, scope) for item in data]
    return data


def truth(value: Any) -> bool | None:
    """A condition's value; None when it is not decided."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if isinstance(value, Unknown) and value.choices:
        answers = {truth(choice) for choice in value.choices}
        if len(answers) == 1:
            return answers.pop()
    return None
