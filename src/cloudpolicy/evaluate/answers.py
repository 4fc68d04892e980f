"""Answers: the truth of a condition, together with what decided it and where."""

from __future__ import annotations

from cloudpolicy.model import ABSENT, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.model import Path, Resource


class Leaf:
    """What a deciding entry asked, for the message: kind ("equals", "linked", "iam.grants_admin" …), attribute path and expected value.

    speaks  whether a value that is not as wanted makes it the alternative of an `any` that a failure speaks of
    """

    __slots__ = ("expected", "kind", "name", "speaks")

    def __init__(self, kind: str, name: str = "", expected: Any = None) -> None:
        self.kind = kind
        self.name = name
        self.expected = expected
        self.speaks = expected is not None  # what a predicate looks at is no setting that somebody wrote wrongly


class Answer:
    """The truth of a condition and what decided it.

    truth     True, False or Unknown
    leaf      the entry that decided
    held      the leaf's own truth, before any `not` around it
    path      from the root of `resource` to the deciding attribute
    seen      the value there, ABSENT when nothing is written
    resource  where `path` starts: None for the judged resource, else the companion
    others    further answers of the same truth: of several faulty elements each is worth a finding of its own
    each      whether `resource` is one of several that all have to hold: which one it is belongs to what is wrong
    also      further answers of the same truth that no finding is told for: they are part of what this one is (see Finding.also)
    """

    __slots__ = ("also", "each", "held", "leaf", "others", "path", "resource", "seen", "truth")

    def __init__(self, truth: Truth, leaf: Leaf, path: Path = (), seen: Any = ABSENT, resource: Resource | None = None) -> None:
        self.truth = truth
        self.leaf = leaf
        self.held = truth
        self.path = path
        self.seen = seen
        self.resource = resource
        self.others: tuple[Answer, ...] = ()
        self.also: tuple[Answer, ...] = ()
        self.each = False

    def negated(self) -> Answer:
        answer = Answer(self.truth, self.leaf, self.path, self.seen, self.resource)
        answer.held, answer.also, answer.each = self.held, self.also, self.each
        if not isinstance(self.truth, Unknown):
            answer.truth = not self.truth
        return answer

    def about(self, resource: Resource) -> Answer:
        """The same answer, saying that its path belongs to a companion. A copy: TRUE, FALSE and a predicate's silent answer are shared."""
        if self.resource is not None:
            return self
        answer = Answer(self.truth, self.leaf, self.path, self.seen, resource)
        answer.held, answer.others, answer.also = self.held, self.others, self.also
        return answer

    def with_also(self, more: Iterable[Answer]) -> Answer:
        """A copy that knows of `more` places with the same truth, and of those that they know of."""
        answer = Answer(self.truth, self.leaf, self.path, self.seen, self.resource)
        answer.held, answer.others, answer.each = self.held, self.others, self.each
        answer.also = (*self.also, *(place for one in more for place in (one, *one.others, *one.also)))
        return answer

    def place(self) -> Path:
        """What two checks of a policy tell only once; the judged resource's companions are one place together."""
        return self.path if self.resource is None else ()

    def without(self, told: Container[Path]) -> Answer | None:
        """The answer about those of its places that are not `told` yet; None when all of them are."""
        left = [one for one in (self, *self.also) if one.place() not in told]
        if len(left) == 1 + len(self.also):
            return self
        if not left:
            return None
        answer = left[0].with_also(())
        answer.also = tuple(left[1:])
        return answer


_NOTHING = Leaf("nothing")
TRUE = Answer(True, _NOTHING)
FALSE = Answer(False, _NOTHING)


def every(answers: Iterable[Answer]) -> Answer:
    """Three-valued and: the answer that decides; lazy."""
    unknown = last = None
    for answer in answers:
        if answer.truth is False:
            return answer
        if answer.truth is not True and unknown is None:
            unknown = answer
        last = answer
    return unknown or last or TRUE


def every_place(answers: Iterable[Answer]) -> Answer:
    """`every`, for what a finding follows from: the first faulty answer speaks and knows of all others, as does the first unknown one."""
    faulty: list[Answer] = []
    unknown: list[Answer] = []
    last = None
    for answer in answers:
        if answer.truth is False:
            faulty.append(answer)
        elif answer.truth is not True:
            unknown.append(answer)
        last = answer
    deciding = faulty or unknown
    if not deciding:
        return last or TRUE
    return deciding[0] if len(deciding) == 1 else deciding[0].with_also(deciding[1:])


def every_element(answers: Iterable[Answer]) -> Answer:
    """`every`, not lazy: the first faulty answer knows of the others."""
    found = list(answers)
    faulty = [answer for answer in found if answer.truth is False]
    if len(faulty) < 2:
        return every_place(found)
    first = faulty[0].with_also(faulty[0].others)  # a copy: TRUE and FALSE are shared
    first.others = tuple(faulty[1:])
    return first


def telling(combine: Callable[[Iterable[Answer]], Answer]) -> Callable[[Iterable[Answer]], Answer]:
    """An "and" that lets the best evidence speak where all answers are true; otherwise as `combine`."""

    def combined(answers: Iterable[Answer]) -> Answer:
        found = list(answers)
        answer = combine(found)
        return max(found, key=_evidence) if found and answer.truth is True else answer

    return combined


def _evidence(answer: Answer) -> int:
    """How much a true answer proves: a value that is written most, least what has no place."""
    if answer.resource is None and not answer.path:
        return 0
    return 1 if answer.seen is ABSENT else 2


def some(answers: Iterable[Answer]) -> Answer:
    """Three-valued or: the answer that decides; lazy. Of several false ones the most telling speaks."""
    unknown = first = None
    for answer in answers:
        if answer.truth is True:
            return answer
        if answer.truth is not False and unknown is None:
            unknown = answer
        if first is None or _telling(answer) > _telling(first):
            first = answer
    return unknown or first or FALSE


def some_place(answers: Iterable[Answer]) -> Answer:
    """`some`, for what a finding follows from when it is true: the first true answer knows of the others."""
    found = list(answers)
    held = [answer for answer in found if answer.truth is True]
    return some(found) if len(held) < 2 else held[0].with_also(held[1:])


def _telling(answer: Answer) -> bool:
    """Whether a false alternative speaks before the others: somebody wrote a value there that is not as wanted. Else the first one does."""
    return answer.seen is not ABSENT and (answer.leaf.speaks or answer.resource is not None)


def agree(answers: Sequence[Answer], unknown: Unknown, path: Path) -> Answer:
    """The answer over the possible values of one unknown: definite only when all of them agree."""
    first = answers[0]
    if not isinstance(first.truth, Unknown) and all(answer.truth is first.truth for answer in answers):
        return first
    differing = next((answer for answer in answers if answer.truth is False), first)
    return Answer(unknown, differing.leaf, path, unknown)
