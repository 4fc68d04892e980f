"""Conditions of a policy made into functions: values in, an Answer out, with the place that decided it.

A condition is compiled once per policy and configuration and then only called; nothing here parses text.
"""

from __future__ import annotations

from cloudpolicy.evaluate import links, matchers
from cloudpolicy.evaluate.answers import TRUE, Answer, Leaf, every, every_element, every_place, some, some_place, telling
from cloudpolicy.evaluate.attributes import compare, follow, presence, when_absent
from cloudpolicy.evaluate.logic import any_of
from cloudpolicy.evaluate.paths import VERDICTS, absence_truth, first_written, gather, gather_at, split_path, written
from cloudpolicy.evaluate.predicates import Context, Located, find
from cloudpolicy.model import ABSENT, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.model import Path, Resource

    Test = Callable[[Any, Path, Context], Answer]  # (values of the scope, path of the scope, context)
    Absent = Truth | dict[str, str]

WORDS = frozenset({"all", "any", "not", "each", "some", "linked", "estate", "predicate", "with", "root"})


class Compiler:
    """Compiles the conditions of one policy under one configuration.

    parameters  the policy's parameters with the customer's values: what `$name` stands for
    evidence    whether the place is wanted of what is as required, too; what is found, and where, stays the same
    """

    def __init__(self, parameters: dict[str, Any], evidence: bool = False) -> None:
        self.parameters = parameters
        self.evidence = evidence

    def condition(self, source: Any, absent: Absent, settled: bool | None = None) -> Test:
        """Raises ValueError (LookupError for a predicate) with a sentence on what is wrong; `absent` is the default for its matchers.

        `settled`: the truth that no finding follows from, so that its place need not be looked up; None where that cannot be said.
        """
        if not isinstance(source, dict):
            raise ValueError(f"a condition is a mapping, not {source!r}")
        if not source:
            return lambda values, at, context: TRUE
        tests = [self._entry(key, value, source, absent, settled) for key, value in source.items() if key != "with"]
        if len(tests) == 1:
            return tests[0]
        combine = self._every(settled)
        return lambda values, at, context: combine(test(values, at, context) for test in tests)

    def _every(self, settled: bool | None) -> Callable[[Iterable[Answer]], Answer]:
        if not settled:
            return every
        return telling(every_place) if self.evidence else every_place

    def _entry(self, key: str, value: Any, source: dict[str, Any], absent: Absent, settled: bool | None) -> Test:
        if key not in WORDS:
            return self._attribute(key, value, absent)
        if key in ("all", "any"):
            if not isinstance(value, list) or not value:
                raise ValueError(f"`{key}` wants a list of conditions")
            tests = [self.condition(item, absent, settled) for item in value]
            if key == "all":
                combine = self._every(settled)
            else:
                combine = some_place if settled is False else some
            return lambda values, at, context: combine(test(values, at, context) for test in tests)
        if key == "not":
            inner = self.condition(value, False, None if settled is None else not settled)
            return lambda values, at, context: inner(values, at, context).negated()
        if key == "predicate":
            return self._predicate(value, source.get("with", {}), settled)
        if key == "root":
            inner = self.condition(value, absent)
            return lambda values, at, context: inner(context.resource.values, (), context)
        if key in ("each", "some"):
            return self._elements(key, value, absent, settled)
        if key == "linked":
            return self._linked(value, absent)
        return self._estate(value)

    # -- attributes -----------------------------------------------------------------------------------------------------------------

    def _attribute(self, key: str, source: Any, absent: Absent) -> Test:
        name, expected, absent, extra = self._matcher(source, absent)
        whole = name in matchers.WHOLE
        leaf = Leaf(name, key, expected)
        leaf.speaks = leaf.speaks and not (isinstance(source, dict) and source.get("speaks") is False)
        if name in ("is", "is_not"):
            judge = self._is(leaf, expected, name == "is", extra)
        elif name in ("present", "absent"):
            judge = presence(leaf, name == "present")
        else:
            judge = compare(leaf, matchers.make(name, expected))
        if_absent = when_absent(leaf, name, absent)
        routes = [split_path(route) for route in key.split("|")]
        if len(routes) == 1:
            route = routes[0]
            return lambda values, at, context: follow(values, route, 0, at, context, judge, if_absent, whole)

        def alternatives(values: Any, at: Path, context: Context) -> Answer:
            for route in routes:
                if written(values, route):
                    return follow(values, route, 0, at, context, judge, if_absent, whole)
            return follow(values, routes[0], 0, at, context, judge, if_absent, whole)

        return alternatives

    def _matcher(self, source: Any, absent: Absent) -> tuple[str, Any, Absent, dict[str, Any]]:
        """(matcher, expected value, what absence means, arguments of `with`)."""
        if source == "present" or source == "absent":
            return source, None, absent, {}
        if not isinstance(source, dict):
            return "equals", self.value(source), absent, {}
        names = [name for name in source if name not in matchers.OPTIONS]
        if len(names) != 1 or names[0] not in matchers.NAMES:
            raise ValueError(f"a matcher names one of {', '.join(sorted(matchers.NAMES))}; found {', '.join(map(str, names)) or 'nothing'}")
        if "absent" in source:
            absent = self.absence(source["absent"])
        return names[0], self.value(source[names[0]]), absent, source.get("with", {})

    def absence(self, source: Any) -> Absent:
        """`pass`, `fail`, `unknown`, or a mapping from provider versions to them."""
        if isinstance(source, dict):
            for verdict in source.values():
                if verdict not in VERDICTS:
                    raise ValueError(f"`absent` wants pass, fail or unknown, not {verdict!r}")
            return source
        if source not in VERDICTS:
            raise ValueError(f"`absent` wants pass, fail or unknown, not {source!r}")
        return VERDICTS[source]

    def value(self, source: Any) -> Any:
        """A literal, or a parameter's value for `$name`."""
        if isinstance(source, str) and source.startswith("$"):
            if source[1:] not in self.parameters:
                raise ValueError(f"the policy has no parameter {source!r}")
            return self.parameters[source[1:]]
        if isinstance(source, list):
            return [self.value(item) for item in source]
        return source

    # -- predicates -----------------------------------------------------------------------------------------------------------------

    def _is(self, leaf: Leaf, name: str, positive: bool, extra: dict[str, Any]) -> Callable[[Any, Path, Context], Answer]:
        function = find(name)
        arguments = self._arguments(extra)
        leaf.kind, leaf.expected = name, positive

        def judge(value: Any, at: Path, context: Context) -> Answer:
            given = {key: read(context.resource.values, context) for key, read in arguments.items()}
            answer = _located(function(context, value, **given), leaf, at, value)
            return answer if positive else answer.negated()

        return judge

    def _predicate(self, name: Any, source: dict[str, Any], settled: bool | None) -> Test:
        function = find(str(name))
        arguments = self._arguments(source)
        routes = {key: [split_path(route) for path in _paths(paths) for route in path.split("|")] for key, paths in source.items()}
        every_route = [route for found in routes.values() for route in found]
        leaf = Leaf(str(name), next((path for paths in source.values() for path in _paths(paths)), ""))

        silent = Answer(bool(settled), leaf)
        brief = None if self.evidence else settled

        def test(values: Any, at: Path, context: Context) -> Answer:
            result = (
                function(context, **{key: read(values, context) for key, read in arguments.items()}) if arguments else function(context)
            )
            if result is brief or (isinstance(result, Located) and result.truth is brief):
                return silent
            wanted = routes[result.argument] if isinstance(result, Located) and result.argument else every_route
            seen, path = next((place for route in wanted if (place := first_written(values, route, at)) is not None), (ABSENT, at))
            answer = _located(result, leaf, path, seen)
            if self.evidence and result is settled:  # no argument decided alone: all that are written do
                written = [place for route in every_route if (place := first_written(values, route, at)) is not None]
                answer.also = tuple(Answer(result, leaf, path, seen) for seen, path in written[1:])
            return answer

        return test

    def _arguments(self, source: dict[str, Any]) -> dict[str, Callable[[Any, Context], Any]]:
        return {name: self._argument(value) for name, value in source.items()}

    def _argument(self, source: Any) -> Callable[[Any, Context], Any]:
        """A path, `$parameter`, `{value: literal}` or a list of paths (their values in one list, absent ones left out)."""
        if isinstance(source, dict):
            literal = self.value(source["value"])
            return lambda values, context: literal
        if isinstance(source, list):
            readers = [self._argument(item) for item in source]
            return lambda values, context: [value for read in readers if (value := read(values, context)) is not ABSENT]
        if not isinstance(source, str):
            raise ValueError(f"an argument is a path, a $parameter or {{value: …}}, not {source!r}")
        if source.startswith("$"):
            parameter = self.value(source)
            return lambda values, context: parameter
        routes = [split_path(route) for route in source.split("|")]
        return lambda values, context: next((found for route in routes if (found := gather(values, route)) is not ABSENT), ABSENT)

    # -- elements and links ---------------------------------------------------------------------------------------------------------

    def _elements(self, key: str, source: Any, absent: Absent, settled: bool | None) -> Test:
        _known(source, {"of", "where", "require", "absent"}, key)
        route = split_path(source["of"])
        where = self.condition(source.get("where", {}), False)
        evidence = self.evidence and settled is True and key == "each"
        inner = self if evidence else Compiler(self.parameters)
        require = inner.condition(source["require"], absent if key == "each" else False, True if key == "each" else None)
        leaf = Leaf(key, source["of"], {path: one for path, one in source.get("where", {}).items() if isinstance(one, (str, int))} or None)
        when_none: Truth | dict[str, str] = self.absence(source["absent"]) if "absent" in source else key == "each"

        def judge(value: Any, at: Path, context: Context) -> Answer:
            wanted = where(value, at, context)
            if wanted.truth is False:
                return TRUE if key == "each" else Answer(False, leaf, at[:-1] if isinstance(at[-1], int) else at)
            answer = require(value, at, context)
            if wanted.truth is True:
                return answer
            if key == "each":
                return answer if answer.truth is True else wanted
            return answer if answer.truth is False else wanted

        def elements(value: Any, at: Path, context: Context) -> Iterable[Answer]:
            if isinstance(value, list):
                for index, item in enumerate(value):
                    yield from elements(item, (*at, index), context)
            elif isinstance(value, Unknown):
                possible = value.choices if value.choices is not None else [value.partial] if value.partial is not None else []
                answers = [
                    TRUE if choice is ABSENT else combine(elements(choice, at, context))
                    for choice in possible
                    if not isinstance(choice, Unknown)
                ]
                if answers and len(answers) == len(possible) and all(answer.truth is (key == "each") for answer in answers):
                    yield answers[0]
                else:
                    bad = next((answer for answer in answers if answer.truth is not True), None)
                    yield Answer(value, bad.leaf if bad else leaf, at, value)
            else:
                yield judge(value, at, context)

        combine: Callable[[Iterable[Answer]], Answer] = every_element if key == "each" else some_place if settled is False else some
        if evidence:
            combine = telling(combine)

        def test(values: Any, at: Path, context: Context) -> Answer:
            found = list(gather_at(values, route, at))
            if not found:
                truth = absence_truth(when_none, context)
                return TRUE if truth is True and not evidence else Answer(truth, leaf, (*at, *route))
            return combine(answer for value, place in found for answer in elements(value, place, context))

        return test

    def _linked(self, source: Any, absent: Absent) -> Test:
        _known(source, {"resource", "by", "through", "to", "where", "quantifier", "missing"}, "linked")
        types = _listed(source["resource"])
        to = tuple(_listed(source.get("to", "name")))
        where = self.condition(source.get("where", {}), False)
        combine = every_place if source.get("quantifier", "any") == "every" else some
        missing: Truth = VERDICTS[source.get("missing", "fail")]
        if isinstance(missing, Unknown):
            missing = Unknown("not-in-estate", ", ".join(types))
        leaf = Leaf("linked", source.get("through", ""), types)

        def companion(resource: Resource, context: Context) -> Answer:
            there = Context(context.estate, resource, context.settings, context.parameters)
            answer = where(resource.values, (), there).about(resource)
            if combine is every_place and answer.resource is resource:
                answer.each = True
            return answer

        def decide(certain: list[Resource], possible: list[Resource], complete: bool, at: Path, seen: Any, context: Context) -> Answer:
            if not context.resource.conditional:  # a companion that may not exist proves nothing for a resource that does
                possible = [*possible, *(resource for resource in certain if resource.conditional)]
                certain = [resource for resource in certain if not resource.conditional]
            answer = combine(companion(resource, context) for resource in certain) if certain else None
            if answer is not None and answer.truth is True and (combine is some or complete):
                return answer
            if answer is not None and answer.truth is False and combine is every_place:
                return answer
            settled = combine is every_place  # what a doubtful companion would have to answer to change nothing
            doubtful = next((r for r in possible if companion(r, context).truth is not settled), None)
            if doubtful is not None:
                reason = "condition-undetermined" if doubtful.conditional else "link-undetermined"
                return Answer(Unknown(reason, doubtful.address), leaf, at, seen, None)
            if answer is not None:
                return answer if complete or answer.truth is not True else Answer(_not_in_estate(types), leaf, at, seen)
            return Answer(missing, leaf, at, seen)

        if "by" in source:
            by = source["by"]

            def inward(values: Any, at: Path, context: Context) -> Answer:
                certain, possible = links.pointing_at(context.estate, context.resource, types, by, to)
                answer = decide(certain, possible, True, (), ABSENT, context)
                if answer.truth is False and links.may_be_elsewhere(context.estate, context.resource):
                    return Answer(Unknown(context.estate.beyond, context.resource.address), leaf)
                return answer

            return inward
        route = split_path(source["through"])

        def outward(values: Any, at: Path, context: Context) -> Answer:
            value = gather(values, route)
            path = (*at, *route)
            if value is ABSENT:
                return Answer(absence_truth(absent, context), Leaf("present", source["through"]), path)
            (certain, possible), complete = links.pointed_at(context.estate, value, types, to, context.resource.address)
            return decide(certain, possible, complete, path, value, context)

        return outward

    def _estate(self, source: Any) -> Test:
        _known(source, {"resource", "where", "same_region"}, "estate")
        types = _listed(source["resource"])
        where = self.condition(source.get("where", {}), False)
        regional = bool(source.get("same_region"))
        leaf = Leaf("estate", "", types)

        def holds(setting: Resource, context: Context) -> Truth:
            truth = where(setting.values, (), Context(context.estate, setting, context.settings, context.parameters)).truth
            if truth is True and setting.conditional and not context.resource.conditional:
                return Unknown("condition-undetermined", setting.address)
            if truth is True and regional and setting.region != context.resource.region:
                unclear = isinstance(setting.region, Unknown) or isinstance(context.resource.region, Unknown)
                return Unknown("region-not-given", setting.address) if unclear else False
            return truth

        def test(values: Any, at: Path, context: Context) -> Answer:
            found = (holds(setting, context) for type in types for setting in context.estate.of_type(type))
            return Answer(any_of(found), leaf)

        return test


def names(condition: dict[str, Any]) -> Iterator[str]:
    """The attributes, companions' types and words that a condition names, at any depth."""
    for key, value in condition.items():
        yield key
        if key in ("each", "some"):
            yield value["of"]
        if key in ("linked", "estate"):
            yield from value["resource"] if isinstance(value["resource"], list) else [value["resource"]]
        if key in ("all", "any"):
            for item in value:
                yield from names(item)
        elif key in ("not", "root"):
            yield from names(value)
        elif key in ("each", "some", "linked", "estate"):
            for part in ("where", "require"):
                yield from names(value.get(part, {}))
        elif key not in WORDS and isinstance(value, dict) and set(value) & {"is", "is_not"}:
            yield "predicate"


def _located(result: Truth | Located, leaf: Leaf, at: Path, seen: Any) -> Answer:
    if isinstance(result, Located):
        answer = Answer(result.truth, leaf, result.path or at, seen if result.argument else result.seen)
        answer.also = tuple(Answer(result.truth, leaf, path, value) for path, value in result.also)
        return answer
    return Answer(result, leaf, at, seen)


def _not_in_estate(types: Sequence[str]) -> Unknown:
    return Unknown("not-in-estate", ", ".join(types))


def _paths(source: Any) -> list[str]:
    if isinstance(source, list):
        return [path for item in source for path in _paths(item)]
    return [source] if isinstance(source, str) and not source.startswith("$") else []


def _listed(source: Any) -> list[str]:
    return source if isinstance(source, list) else [source]


def _known(source: Any, keys: set[str], word: str) -> None:
    if not isinstance(source, dict):
        raise ValueError(f"`{word}` wants a mapping")
    strange = set(source) - keys
    if strange:
        raise ValueError(f"`{word}` has no key {', '.join(sorted(map(str, strange)))}; it has {', '.join(sorted(keys))}")
    required = {"each": ["of", "require"], "some": ["of", "require"], "linked": ["resource"], "estate": ["resource"]}[word]
    for key in required:
        if key not in source:
            raise ValueError(f"`{word}` needs `{key}`")
    if word == "linked" and ("by" in source) == ("through" in source):
        raise ValueError("`linked` needs either `by` or `through`")
