"""Guesses: values and companions that should make a condition of a policy true or false, one choice after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from cloudpolicy.evaluate.matchers import OPTIONS
from cloudpolicy.evaluate.paths import split_path
from cloudpolicy.model import ABSENT, Resource, Span, Unknown
from cloudpolicy.policy import documents
from policy import seeds

TRIES = 400  # guesses per wanted answer and starting point
Calls = Callable[[str], list[dict[str, Any]]]  # a predicate's name -> arguments of calls that examples hold


class Guess:
    """One run's choices: those of the script, then always the first option."""

    def __init__(self, script: tuple[int, ...]) -> None:
        self.script = script
        self.taken: list[int] = []

    def pick(self, options: list[Any]) -> Any:
        number = len(self.taken)
        self.taken.append(len(options))
        index = self.script[number] if number < len(self.script) else 0
        return options[index] if index < len(options) else options[0]


def guesses() -> Iterator[Guess]:
    """Choices in the order of how many of them differ from the first option."""
    queue: deque[tuple[int, ...]] = deque([()])
    for _ in range(TRIES):
        if not queue:
            return
        guess = Guess(queue.popleft())
        yield guess
        known = len(guess.script)
        for position in range(known, len(guess.taken)):
            padding = (0,) * (position - known)
            queue.extend((*guess.script, *padding, option) for option in range(1, guess.taken[position]))


class Maker:
    """Writes values (and companions) that should make a condition true or false."""

    def __init__(self, start: Resource, guess: Guess, parameters: dict[str, Any], constants: list[str], calls: Calls) -> None:
        self.values: dict[str, Any] = _copied(start.values)
        self.companions: list[Resource] = []
        self._address = start.address
        self._calls = calls
        self._guess = guess
        self._parameters = parameters
        self._constants = constants
        self._root = self.values

    def both(self, when: dict[str, Any], require: dict[str, Any], wanted: bool) -> None:
        self.meet(when, self.values, True)
        self.meet(require, self.values, wanted)

    def meet(self, condition: dict[str, Any], into: dict[str, Any], wanted: bool) -> None:
        entries = [(key, value, condition.get("with", {})) for key, value in condition.items() if key != "with"]
        if not entries:
            if not wanted:
                raise LookupError("an empty condition always holds")
            return
        for key, value, arguments in entries if wanted else [self._guess.pick(entries)]:
            self._entry(key, value, arguments, into, wanted)

    def _entry(self, key: str, value: Any, arguments: dict[str, Any], into: dict[str, Any], wanted: bool) -> None:
        if key == "not":
            self.meet(value, into, not wanted)
        elif key in ("all", "any"):
            for part in value if (key == "all") is wanted else [self._guess.pick(value)]:
                self.meet(part, into, wanted)
        elif key in ("each", "some"):
            self._elements(key, value, into, wanted)
        elif key == "linked":
            self._linked(value, into, wanted)
        elif key == "estate":
            if wanted or self._guess.pick([False, True]):
                self._companion(value, {}, wanted)
        elif key == "root":
            self.meet(value, self._root, wanted)
        elif key == "predicate":
            self._predicate(value, arguments, into, wanted)
        else:
            self._attribute(key, value, into, wanted)

    def _elements(self, key: str, value: dict[str, Any], into: dict[str, Any], wanted: bool) -> None:
        route = list(split_path(value["of"]))
        good, bad, other = "met", "broken", "left out"
        what = self._guess.pick([good, other, "none"] if wanted and key == "each" else [good] if wanted else [bad, other, "none"])
        if what == "none":
            _put(into, route, ABSENT)
            return
        element: dict[str, Any] = {}
        if what == other:
            self.meet(value.get("where", {}), element, False)
        else:
            self.meet(value.get("where", {}), element, True)
            self.meet(value["require"], element, what == good)
        _put(into, route, [element] if element or not wanted else [seeds.TEXT])

    def _linked(self, value: dict[str, Any], into: dict[str, Any], wanted: bool) -> None:
        there = wanted or self._guess.pick([False, True])
        if "by" in value:
            if there:
                reference = Unknown("known-after-apply", self._address, (self._address,))
                self._companion(value, {value["by"]: self._guess.pick([reference, [reference]])}, wanted)
        elif there:
            companion = self._companion(value, {}, wanted)
            _put(into, list(split_path(value["through"])), Unknown("known-after-apply", companion.address, (companion.address,)))
        else:
            _put(into, list(split_path(value["through"])), self._guess.pick([ABSENT, "elsewhere"]))

    def _companion(self, value: dict[str, Any], own: dict[str, Any], wanted: bool) -> Resource:
        type = self._guess.pick(documents.listed(value["resource"]))
        values: dict[str, Any] = {}
        outer, self._root = self._root, values
        self.meet(value.get("where", {}), values, wanted)
        self._root = outer
        for path, what in own.items():
            _put(values, list(split_path(path)), what)
        name = f"c{len(self.companions)}"
        companion = Resource(type, name if "::" in type else f"{type}.{name}", values, Span("/x"), region="ap-northeast-1")
        self.companions.append(companion)
        return companion

    def _predicate(self, name: str, arguments: dict[str, Any], into: dict[str, Any], wanted: bool) -> None:
        given: dict[str, Any] = self._guess.pick([*seeds.ARGUMENTS.get(name, ({}, {}))[0 if wanted else 1], *self._calls(name), {}])
        for argument, paths in arguments.items():
            for path in documents.listed(paths)[:1] if isinstance(paths, str | list) else ():
                if path.startswith("$"):
                    continue
                value = given[argument] if argument in given else self._guess.pick([None, *seeds.POOL])
                if value is not None:
                    _put(into, list(split_path(path.split("|")[0])), value)

    def _attribute(self, key: str, source: Any, into: dict[str, Any], wanted: bool) -> None:
        route = list(split_path(key.split("|")[0]))
        matcher, expected = _matcher(source)
        if matcher in ("present", "absent"):
            _put(into, route, self._guess.pick([seeds.TEXT, True, 1, [{}]]) if (matcher == "present") is wanted else ABSENT)
            return
        candidates = _candidates(matcher, self._value(expected), wanted)
        if matcher in ("is", "is_not"):
            candidates += [call[""] for call in self._calls(expected) if "" in call]
        _put(into, route, self._guess.pick([*candidates, *self._constants]))

    def _value(self, expected: Any) -> Any:
        if isinstance(expected, str) and expected.startswith("$"):
            return self._parameters[expected[1:]]
        return [self._value(item) for item in expected] if isinstance(expected, list) else expected


def _matcher(source: Any) -> tuple[str, Any]:
    if source in ("present", "absent"):
        return source, None
    if not isinstance(source, dict):
        return "equals", source
    name = next(name for name in source if name not in OPTIONS)
    return name, source[name]


OPPOSITE = {"not_equals": "equals", "not_in": "in", "not_matches": "matches", "not_contains": "contains", "is_not": "is"}


def _candidates(matcher: str, expected: Any, wanted: bool) -> list[Any]:
    """Values for which the matcher should answer `wanted`, the best guess first."""
    if matcher in OPPOSITE:
        return _candidates(OPPOSITE[matcher], expected, not wanted)
    if matcher == "is":
        return [*seeds.VALUES.get(expected, ([], []))[0 if wanted else 1], ABSENT, *seeds.POOL]
    if not wanted:
        far: list[Any] = [not expected] if isinstance(expected, bool) else []
        if matcher in ("at_least", "at_most"):
            far = [float(expected) + (-1 if matcher == "at_least" else 1)]
        return [*far, seeds.OTHER, ABSENT, [seeds.OTHER]]
    if matcher == "equals":
        return [expected, ABSENT]
    if matcher == "in":
        return [*expected, ABSENT]
    if matcher in ("at_least", "at_most"):
        return [float(expected), ABSENT]
    if matcher == "matches":
        return [seeds.text_for(expected), ABSENT]
    if matcher in ("contains", "contains_any"):
        return [[expected if matcher == "contains" else expected[0]], ABSENT]
    return [list(expected), ABSENT]  # contains_all


def _put(into: Any, route: list[Any], value: Any) -> None:
    if isinstance(into, list):
        for item in into:
            _put(item, route, value)
        return
    if not isinstance(into, dict):
        raise LookupError(route[0])
    first, *rest = route
    if rest:
        if first not in into and value is ABSENT:
            return
        if not isinstance(into.get(first), dict | list):
            into[first] = {}
        _put(into[first], rest, value)
    elif value is ABSENT:
        into.pop(first, None)
    elif not (isinstance(into.get(first), dict) and value == seeds.TEXT):
        into[first] = value


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value
