"""Minimal pairs: for one check and one resource type, values that meet its condition and values that break it.

They come from the policy's own examples (an example of one type serves every type that the check lists) and, where those do not reach a check,
from the condition itself: values are guessed, on top of an example's or of nothing, and tried out. Nothing is believed that the engine did not answer.
"""

from __future__ import annotations

import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from cloudpolicy.evaluate.conditions import Compiler
from cloudpolicy.evaluate.paths import gather, split_path
from cloudpolicy.evaluate.predicates import Context
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown
from cloudpolicy.policy import documents, testing
from cloudpolicy.policy.pack import format_of
from policy import seeds

SETTINGS = {"scope": "stack", "data_class": "sensitive", "availability": "standard"}
TRIES = 400  # guesses per wanted answer and starting point
STARTS = 6  # example resources, and estates, that guesses start from
CALLS = 16  # calls of one predicate that are remembered
Case = tuple[Estate, Resource, dict[str, Any]]  # the parameters that differ from the defaults
Tests = tuple[dict[str, Any], Any, Any]


class Check:
    """One check of a document."""

    def __init__(self, document: documents.Document, number: int) -> None:
        policy = document.policy
        self.source = policy.checks[number]
        self.types = documents.listed(self.source.resource)
        self.defaults = {name: parameter.default for name, parameter in policy.parameters.items()}
        self.constants = sorted(set(_constants([self.source.when, self.source.require])))
        self._compiled: dict[str, Tests] = {}

    def _tests(self, parameters: dict[str, Any]) -> Tests:
        key = repr(parameters)
        if key not in self._compiled:
            given = {**self.defaults, **parameters}
            compiler = Compiler(given)
            require = compiler.condition(self.source.require, compiler.absence(self.source.absent))
            self._compiled[key] = given, compiler.condition(self.source.when, False), require
        return self._compiled[key]

    def applies(self, case: Case) -> Any:
        """Whether the check judges the case: True, False or an Unknown."""
        estate, resource, parameters = case
        given, when, _ = self._tests(parameters)
        return when(resource.values, (), Context(estate, resource, SETTINGS, given)).truth

    def answers(self, case: Case, wanted: bool) -> bool:
        """Whether the check passes the case (wanted), or judges it for certain and does not pass it."""
        if self.applies(case) is not True:
            return False
        estate, resource, parameters = case
        given, _, require = self._tests(parameters)
        return (require(resource.values, (), Context(estate, resource, SETTINGS, given)).truth is True) is wanted

    def settings(self) -> list[dict[str, Any]]:
        """Parameters that a customer may have set: those that the check names first, turned one by one and all together."""
        names = sorted(self.defaults, key=lambda name: f"${name}" not in self.constants)
        turned = [{name: value} for name in names for value in seeds.turned(name, self.defaults[name], self.constants)]
        together: dict[str, Any] = {}
        for one in reversed(turned):
            together |= one
        return [{}, *turned, *([together] if len(names) > 1 else [])]

    def subject(self) -> str:
        """The first attribute or predicate of `require`."""
        return next(_subjects(self.source.require), "")

    def covers(self, type: str) -> bool:
        return any(type == own or (own.endswith("*") and type.startswith(own[:-1])) for own in self.types)


def _constants(source: Any) -> Iterator[str]:
    if isinstance(source, dict):
        source = list(source.values())
    if isinstance(source, list):
        for item in source:
            yield from _constants(item)
    elif isinstance(source, str) and source not in ("present", "absent", "pass", "fail", "unknown"):
        yield source


def examples(document: documents.Document) -> Iterator[Case]:
    """Every resource of every example of a policy."""
    for form, kinds in document.policy.examples.items():
        for given in (kinds.passing, kinds.fail, kinds.unknown):
            for example in given if isinstance(given, list) else ():
                written = testing.as_example(example, form)
                with tempfile.TemporaryDirectory() as folder:
                    estate = testing.read(written, form, os.path.realpath(folder))
                    for resource in estate.resources:
                        yield estate, resource, written.parameters


def _subjects(source: Any) -> Iterator[str]:
    for key, value in source.items():
        if key in ("not", "all", "any", "each", "some", "require", "root"):
            for part in value if isinstance(value, list) else [value]:
                yield from _subjects(part)
        elif key == "predicate":
            yield value
        elif key not in ("of", "where", "with", "absent"):
            yield value.get("is", value.get("is_not", key)) if isinstance(value, dict) else key


class Library:
    """What a policy's examples give to its predicates: the arguments of one call each, with the estate that they stand in."""

    def __init__(self, document: documents.Document) -> None:
        self.cases = list(examples(document))
        self.checks = [Check(document, number) for number in range(len(document.policy.checks))]
        self._calls: dict[str, list[tuple[dict[str, Any], Estate]]] = {}
        for check in self.checks:
            uses = list(_uses([check.source.when, check.source.require], ()))
            for estate, resource, _ in self.cases:
                if check.covers(resource.type):
                    for name, routes in uses:
                        self._add(name, {argument: gather(resource.values, route) for argument, route in routes.items()}, estate)

    def _add(self, name: str, arguments: dict[str, Any], estate: Estate) -> None:
        calls = self._calls.setdefault(name, [])
        if len(calls) < CALLS and arguments not in [known for known, _ in calls]:
            calls.append((arguments, estate))

    def calls(self, name: str, estate: Estate) -> list[dict[str, Any]]:
        """The arguments of calls, those of `estate` first."""
        return [arguments for arguments, _ in sorted(self._calls.get(name, []), key=lambda call: call[1] is not estate)]

    def estates(self, check: Check) -> list[Estate]:
        """The estates of the calls of the predicates that a check names."""
        found = [estate for name in check.constants for _, estate in self._calls.get(name, [])]
        return list({id(estate): estate for estate in found}.values())


def _uses(source: Any, at: tuple[str, ...]) -> Iterator[tuple[str, dict[str, tuple[str, ...]]]]:
    """(predicate, argument -> route) for every predicate of a condition; the argument of `is` is called ""."""
    if isinstance(source, list):
        for item in source:
            yield from _uses(item, at)
        return
    if not isinstance(source, dict):
        return
    if "predicate" in source:
        given = {
            argument: documents.listed(paths)[0] for argument, paths in source.get("with", {}).items() if isinstance(paths, str | list)
        }
        routes = {argument: (*at, *split_path(path.split("|")[0])) for argument, path in given.items() if not path.startswith("$")}
        yield source["predicate"], routes
    for key, value in source.items():
        if isinstance(value, dict) and ("is" in value or "is_not" in value):
            yield value.get("is", value.get("is_not")), {"": (*at, *split_path(key.split("|")[0]))}
        elif key in ("each", "some"):
            yield from _uses(value, (*at, *split_path(value["of"])))
        elif key not in ("linked", "estate", "root"):
            yield from _uses(value, at)


def retyped(case: Case, type: str) -> Case:
    """The same estate with the resource of another type."""
    return _changed(case, type, case[1].values, None, [], case[2])


def _changed(case: Case, type: str, values: dict[str, Any], region: str | None, more: list[Resource], parameters: dict[str, Any]) -> Case:
    estate, resource, _ = case
    twin = Resource(type, resource.address, values, resource.span, None, region or resource.region, resource.conditional)
    rows = [*(twin if row is resource else row for row in estate.resources), *more]
    return Estate(estate.root, estate.format, estate.source, rows, versions=estate.versions, region=estate.region), twin, parameters


def synthesized(check: Check, type: str, wanted: bool, library: Library) -> bool:
    """Whether a case can be found that the check answers as `wanted`."""
    made = _made(check, type, library, lambda maker: maker.both(check.source.when, check.source.require, wanted))
    return any(check.answers(case, wanted) for case in made)


def avoided(check: Check, type: str, library: Library) -> bool:
    """Whether a case can be found that the check does not judge."""
    made = _made(check, type, library, lambda maker: maker.meet(check.source.when, maker.values, False))
    return any(check.applies(case) is False for case in made)


def _made(check: Check, type: str, library: Library, write: Callable[[_Maker], None]) -> Iterator[Case]:
    settings = check.settings()
    for start in _starts(check, type, library):
        for guess in _guesses():
            parameters = start[2] | guess.pick(settings)
            maker = _Maker(start, guess, check.defaults | parameters, check.constants, library)
            region = guess.pick([None, "us-east-1"])
            try:
                write(maker)
            except LookupError:
                continue
            yield _changed(start, type, maker.values, region, maker.companions, parameters)


def _starts(check: Check, type: str, library: Library) -> list[Case]:
    """What guesses start from: nothing, resources of examples, and a new resource in an example's estate."""
    form = format_of(type)
    address = "Judged" if "::" in type else f"{type}.judged"
    nothing = Resource(type, address, {}, Span("/x"), region="ap-northeast-1")
    worlds = [estate for estate in library.estates(check) if estate.format == form]
    of_examples = [case for case in library.cases if check.covers(case[1].type)]
    empty = Estate("/x", form, "hcl", [])  # type: ignore[arg-type]
    return [
        (_with(empty, nothing), nothing, {}),
        *of_examples[:STARTS],
        *((_with(world, nothing), nothing, {}) for world in worlds[:STARTS]),
    ]


def _with(estate: Estate, resource: Resource) -> Estate:
    rows = [*estate.resources, resource]
    return Estate(estate.root, estate.format, estate.source, rows, versions=estate.versions, region=estate.region)


class _Guess:
    """One run's choices: those of the script, then always the first option."""

    def __init__(self, script: tuple[int, ...]) -> None:
        self.script = script
        self.taken: list[int] = []

    def pick(self, options: list[Any]) -> Any:
        number = len(self.taken)
        self.taken.append(len(options))
        index = self.script[number] if number < len(self.script) else 0
        return options[index] if index < len(options) else options[0]


def _guesses() -> Iterator[_Guess]:
    """Choices in the order of how many of them differ from the first option."""
    queue: deque[tuple[int, ...]] = deque([()])
    for _ in range(TRIES):
        if not queue:
            return
        guess = _Guess(queue.popleft())
        yield guess
        known = len(guess.script)
        for position in range(known, len(guess.taken)):
            padding = (0,) * (position - known)
            queue.extend((*guess.script, *padding, option) for option in range(1, guess.taken[position]))


class _Maker:
    """Writes values (and companions) that should make a condition true or false."""

    def __init__(self, start: Case, guess: _Guess, parameters: dict[str, Any], constants: list[str], library: Library) -> None:
        self.address = start[1].address
        self.values: dict[str, Any] = _copied(start[1].values)
        self._calls = lambda name: library.calls(name, start[0])
        self.companions: list[Resource] = []
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
                reference = Unknown("known-after-apply", self.address, (self.address,))
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
    name = next(name for name in source if name not in ("absent", "with"))
    return name, source[name]


OPPOSITE = {"not_equals": "equals", "not_in": "in", "not_matches": "matches", "not_contains": "contains", "is_not": "is"}


def _candidates(matcher: str, expected: Any, wanted: bool) -> list[Any]:
    """Values for which the matcher should answer `wanted`, the best guess first."""
    if matcher in OPPOSITE:
        return _candidates(OPPOSITE[matcher], expected, not wanted)
    if matcher == "is":
        return [*seeds.VALUES.get(expected, ([], []))[0 if wanted else 1], ABSENT, *seeds.POOL]
    if not wanted:
        far = [not expected] if isinstance(expected, bool) else []
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
