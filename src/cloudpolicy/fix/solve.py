"""From a check that fails to the operations that would make it hold: what is already true is left alone, what has one remedy gets it.

A remedy is mechanical where the condition itself names the one value (a switch on or off, the customer's own number, what a list lacks), or
where the policy's `fix` names it. Everything else (who may enter, which network, which key) is for people, and yields nothing.
"""

from __future__ import annotations

from cloudpolicy.evaluate import links
from cloudpolicy.evaluate.conditions import WORDS, Compiler, names
from cloudpolicy.evaluate.matchers import OPTIONS
from cloudpolicy.evaluate.paths import gather_at, is_absent, split_path, written
from cloudpolicy.evaluate.predicates import Context
from cloudpolicy.fix.operations import REST, Companion, Encoded, Operation, Reference
from cloudpolicy.model import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cloudpolicy.evaluate.conditions import Absent
    from cloudpolicy.model import Path

    Change = Operation | Companion
    Ways = list[list[Change]]  # alternatives, the best first; [] when there is no way, [[]] when nothing is to be done

MOST_WAYS = 6
SWITCHES = frozenset(
    {"enabled", "enable", "disabled", "disable", "on", "off", "true", "false", "required"}
)  # texts that say no more than true or false


class Solver:
    """Solves the conditions of one policy under one configuration.

    fix  what the check's `fix` says (see policy.schema.Fix), or {}
    """

    def __init__(self, parameters: dict[str, Any], fix: dict[str, Any]) -> None:
        self.compiler = Compiler(parameters)
        self.values: dict[str, Any] = fix.get("set", {})
        self.beside: dict[str, Any] = fix.get("also", {})
        self.leave = frozenset(fix.get("leave", ()))
        self.companions: list[dict[str, Any]] = fix.get("add", [])

    def solve(self, require: dict[str, Any], absent: Any, context: Context) -> Ways:
        """The ways to make `require` hold for the context's resource."""
        ways = self._all(require, context.resource.values, (), context, self.compiler.absence(absent))
        asked = set(names(require))
        values = context.resource.values
        extra: list[Change] = []
        for name in self.values:
            if name not in asked:
                extra += self._put(context, values, (), split_path(name), self._value(self.values[name]))
        if "predicate" in asked:
            extra += [self._companion(context, given) for given in self.companions if given["resource"] not in asked]
        found = [[*way, *extra] for way in ways if way or extra]
        beside: list[Change] = []
        for name, value in self.beside.items():
            if not written(values, split_path(name)):
                beside += self._put(context, values, (), split_path(name), self._value(value))
        return [[*way, *beside] for way in found]

    def _value(self, source: Any) -> Any:
        return self.compiler.value(source)

    def _companion(self, context: Context, given: dict[str, Any]) -> Companion:
        return Companion(context.resource, given["resource"], {key: self._referring(value) for key, value in given["values"].items()})

    def _referring(self, value: Any) -> Any:
        """A companion's value, with {"ref": …} and {"json": …} made what they stand for."""
        if isinstance(value, dict):
            if "ref" in value:
                return Reference(value["ref"], value.get("suffix", ""))
            if set(value) == {"json"}:
                return Encoded(self._referring(value["json"]))
            return {key: self._referring(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._referring(item) for item in value]
        return self._value(value)

    # -- conditions ---------------------------------------------------------------------------------------------------------------

    def _holds(self, source: Any, values: Any, at: Path, context: Context, absent: Absent) -> bool:
        return self.compiler.condition(source, absent)(values, at, context).truth is True

    def _all(self, source: dict[str, Any], values: Any, at: Path, context: Context, absent: Absent) -> Ways:
        ways: Ways = [[]]
        for key, value in source.items():
            if key == "with":
                continue
            entry = {key: value, "with": source["with"]} if key == "predicate" and "with" in source else {key: value}
            if self._holds(entry, values, at, context, absent):
                continue
            ways = _both(ways, self._entry(key, value, values, at, context, absent))
            if not ways:
                break
        return ways

    def _entry(self, key: str, value: Any, values: Any, at: Path, context: Context, absent: Absent) -> Ways:
        if key not in WORDS:
            return self._attribute(key, value, values, at, context)
        if key == "all":
            ways: Ways = [[]]
            for item in value:
                ways = _both(ways, self._all(item, values, at, context, absent))
            return ways
        if key == "any":
            return [way for item in value for way in self._all(item, values, at, context, absent)][:MOST_WAYS]
        if key == "not":
            return self._refute(value, values, at, context)
        if key == "root":
            return self._all(value, context.resource.values, (), context, absent)
        if key == "each":
            return self._each(value, values, at, context, absent)
        if key == "some":
            return self._some(value, values, at, context)
        if key == "linked":
            return self._linked(value, values, context)
        if key == "estate":
            return self._estate(value, context)
        # what a predicate asks for only the policy's `fix` can name; whether it is right is seen when the check is run again
        return [[]] if self.values or self.companions else []

    def _refute(self, source: dict[str, Any], values: Any, at: Path, context: Context) -> Ways:
        """The ways to make a condition not hold: one of its entries is enough."""
        ways: Ways = []
        for key, value in source.items():
            if key in ("any", "all"):
                parts = [self._refute(item, values, at, context) for item in value]
                if key == "all":
                    ways += [way for part in parts for way in part]
                else:
                    together: Ways = [[]]
                    for part in parts:
                        together = _both(together, part)
                    ways += together
            elif key not in WORDS:
                expected = value.get("equals") if isinstance(value, dict) else value
                if isinstance(expected, bool) and not (isinstance(value, dict) and set(value) - {"equals", *OPTIONS}):
                    ways += self._attribute(key, not expected, values, at, context)
        return ways[:MOST_WAYS]

    # -- attributes ---------------------------------------------------------------------------------------------------------------

    def _attribute(self, key: str, matcher: Any, values: Any, at: Path, context: Context) -> Ways:
        routes = [split_path(route) for route in key.split("|")]
        route = next((route for route in routes if written(values, route)), routes[0])
        if key in self.leave:
            return []
        if key in self.values:
            return [self._put(context, values, at, route, self._value(self.values[key]), matcher)]
        name, expected = self._named(matcher)
        if name in ("contains", "contains_all"):
            wanted = [expected] if name == "contains" else expected
            return self._items(context, values, at, route, wanted)
        found = _only(name, expected, _bound(matcher, name))
        if found is None:
            return []
        return [self._put(context, values, at, route, found[0], matcher)]

    def _named(self, matcher: Any) -> tuple[str, Any]:
        if not isinstance(matcher, dict):
            return ("present" if matcher in ("present", "absent") else "equals"), self._value(matcher)
        name = next(name for name in matcher if name not in OPTIONS)
        return name, self._value(matcher[name])

    def _put(self, context: Context, values: Any, at: Path, route: tuple[str, ...], value: Any, matcher: Any = None) -> list[Change]:
        """Set `value` at the end of `route`, in every element of the lists on the way, where the matcher does not hold yet."""
        return [Operation(context.resource, path, value) for path in self._places(values, at, route, matcher, context)]

    def _places(self, values: Any, at: Path, route: tuple[str, ...], matcher: Any, context: Context) -> Iterator[Path]:
        if isinstance(values, list) and values and route:
            for index, item in enumerate(values):
                yield from self._places(item, (*at, index), route, matcher, context)
        elif isinstance(values, dict) and route and not is_absent(values.get(route[0])) and len(route) > 1:
            yield from self._places(values[route[0]], (*at, route[0]), route[1:], matcher, context)
        elif (
            matcher is None
            or len(route) != 1
            or not isinstance(values, dict)
            or not self._holds({route[0]: matcher}, values, at, context, False)
        ):
            yield (*at, *route)

    def _items(self, context: Context, values: Any, at: Path, route: tuple[str, ...], wanted: list[Any]) -> Ways:
        """Add what is missing of `wanted` to the list at `route`."""
        found = gather_at(values, route, at)
        if len(found) > 1:
            return []
        if not found:
            return [[Operation(context.resource, path, list(wanted)) for path in self._places(values, at, route, None, context)]]
        there, path = found[0]
        if not isinstance(there, list) or any(isinstance(item, Unknown) for item in there):
            return []
        have = {str(item).casefold() for item in there}
        return [[Operation(context.resource, path, [item for item in wanted if str(item).casefold() not in have], items=True)]]

    # -- elements -----------------------------------------------------------------------------------------------------------------

    def _each(self, source: dict[str, Any], values: Any, at: Path, context: Context, absent: Absent) -> Ways:
        route = split_path(source["of"])
        found = list(_elements(gather_at(values, route, at)))
        if not found:
            return self._all(source["require"], {}, (*at, *route, REST), context, absent)
        ways: Ways = [[]]
        for element, path in found:
            if self.compiler.condition(source.get("where", {}), False)(element, path, context).truth is True:
                ways = _both(ways, self._all(source["require"], element, path, context, absent))
        return ways

    def _some(self, source: dict[str, Any], values: Any, at: Path, context: Context) -> Ways:
        """Mend an element that is meant; where there is none, the policy's `fix` has to say what to add."""
        route = split_path(source["of"])
        where = self.compiler.condition(source.get("where", {}), False)
        for element, path in _elements(gather_at(values, route, at)):
            if source.get("where") and where(element, path, context).truth is True:
                return self._all(source["require"], element, path, context, False)
        key = source["of"]
        if key in self.values:
            value = self._value(self.values[key])
            if written(values, route) and isinstance(value, list):
                return [[Operation(context.resource, (*at, *route), value, items=True)]]
            return [self._put(context, values, at, route, value)]
        return []

    # -- other resources ----------------------------------------------------------------------------------------------------------

    def _linked(self, source: dict[str, Any], values: Any, context: Context) -> Ways:
        types = source["resource"] if isinstance(source["resource"], list) else [source["resource"]]
        to = source.get("to", "name")
        to = tuple(to if isinstance(to, list) else [to])
        if "by" in source:
            certain, _ = links.pointing_at(context.estate, context.resource, types, source["by"], to)
        else:
            certain = []
            for value, _ in gather_at(values, split_path(source["through"]), ()):
                (found, _), _ = links.pointed_at(context.estate, value, types, to, context.resource.address)
                certain += found
        ways: Ways = []
        every: Ways = [[]]
        for companion in certain:
            there = Context(context.estate, companion, context.settings, context.parameters)
            one = self._all(source.get("where", {}), companion.values, (), there, False)
            ways += one
            every = _both(every, one)
        if not certain:
            return [[self._companion(context, given)] for given in self.companions if given["resource"] in types]
        return every if source.get("quantifier") == "every" else ways[:MOST_WAYS]

    def _estate(self, source: dict[str, Any], context: Context) -> Ways:
        types = source["resource"] if isinstance(source["resource"], list) else [source["resource"]]
        ways: Ways = []
        for type in types:
            for setting in context.estate.of_type(type):
                there = Context(context.estate, setting, context.settings, context.parameters)
                ways += self._all(source.get("where", {}), setting.values, (), there, False)
        return ways[:MOST_WAYS] or [[self._companion(context, given)] for given in self.companions if given["resource"] in types]


def _bound(matcher: Any, name: str) -> bool:
    """Whether the expected value is a parameter of the policy: a number that the customer has decided."""
    source = matcher.get(name) if isinstance(matcher, dict) else matcher
    return isinstance(source, str) and source.startswith("$")


def _only(name: str, expected: Any, decided: bool) -> tuple[Any] | None:
    """The one value that a matcher leaves and that needs no thought, in a tuple: a switch, or the customer's number; None for any other."""
    if name == "in" and isinstance(expected, list) and len(expected) == 1:
        name, expected = "equals", expected[0]
    if isinstance(expected, bool):
        return {"equals": (expected,), "not_equals": (not expected,)}.get(name)
    if isinstance(expected, str):
        return (expected,) if name == "equals" and expected.casefold() in SWITCHES else None
    return (expected,) if decided and name in ("equals", "at_least", "at_most") else None


def _both(first: Ways, second: Ways) -> Ways:
    return [[*a, *b] for a in first for b in second][:MOST_WAYS]


def _elements(found: list[tuple[Any, Path]]) -> Iterator[tuple[Any, Path]]:
    for value, path in found:
        if isinstance(value, list):
            yield from _elements([(item, (*path, index)) for index, item in enumerate(value)])
        else:
            yield value, path
