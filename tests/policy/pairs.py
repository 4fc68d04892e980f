"""Minimal pairs: for one check and one resource type, values that meet its condition and values that break it.

They come from the policy's own examples (an example of one type serves every type that the check lists) and, where those do not reach a check,
from the condition itself: values are guessed, on top of an example's or of nothing, and tried out. Nothing is believed that the engine did not answer.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from cloudpolicy.evaluate.conditions import Compiler
from cloudpolicy.evaluate.matchers import OPTIONS
from cloudpolicy.evaluate.paths import gather, split_path
from cloudpolicy.evaluate.predicates import Context
from cloudpolicy.model import ABSENT, Estate, Resource, Span
from cloudpolicy.policy import documents, testing
from cloudpolicy.policy.pack import format_of
from policy import seeds
from policy.guesses import Maker, guesses

DOUBTS = {"setting.attested", "setting.is_elsewhere", "backup.may_be_elsewhere"}  # predicates that say at best that it cannot be told
SETTINGS = {"scope": "stack", "data_class": "sensitive", "availability": "standard"}
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

    def truth(self, case: Case) -> Any:
        """True, False or an Unknown; None where the check does not judge, ABSENT where it cannot be told whether it does."""
        estate, resource, parameters = case
        given, when, require = self._tests(parameters)
        context = Context(estate, resource, SETTINGS, given)
        applies = when(resource.values, (), context).truth
        if applies is not True:
            return None if applies is False else ABSENT
        return require(resource.values, (), context).truth

    def may_doubt(self) -> bool:
        """Whether the policy says itself that breaking the check may leave a doubt only."""
        return "unknown" in str([self.source.require, self.source.absent]) or not DOUBTS.isdisjoint(self.constants)

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
        elif key not in ("of", "where", *OPTIONS):
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

    def calls(self, estate: Estate, name: str) -> list[dict[str, Any]]:
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
            yield str(value.get("is", value.get("is_not"))), {"": (*at, *split_path(key.split("|")[0]))}
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


def meeting(check: Check, type: str, library: Library, wanted: bool) -> Iterator[Case]:
    """Guesses of cases that meet a check's condition, or break it."""
    return _made(check, type, library, lambda maker: maker.both(check.source.when, check.source.require, wanted))


def avoiding(check: Check, type: str, library: Library) -> Iterator[Case]:
    """Guesses of cases that a check does not judge."""
    return _made(check, type, library, lambda maker: maker.meet(check.source.when, maker.values, False))


def _made(check: Check, type: str, library: Library, write: Callable[[Maker], None]) -> Iterator[Case]:
    settings = check.settings()
    for start in _starts(check, type, library):
        for guess in guesses():
            parameters = start[2] | guess.pick(settings)
            maker = Maker(start[1], guess, check.defaults | parameters, check.constants, partial(library.calls, start[0]))
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
