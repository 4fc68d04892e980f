"""One attribute against one matcher: walking to it through lists and unknowns, and what absence means."""

from __future__ import annotations

from cloudpolicy.evaluate import matchers
from cloudpolicy.evaluate.answers import Answer, Leaf, agree, every_place
from cloudpolicy.evaluate.paths import absence_truth, is_absent
from cloudpolicy.model import ABSENT, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cloudpolicy.evaluate.conditions import Absent
    from cloudpolicy.evaluate.predicates import Context
    from cloudpolicy.model import Path


def follow(
    value: Any,
    route: tuple[str, ...],
    index: int,
    at: Path,
    context: Context,
    judge: Callable[[Any, Path, Context], Answer],
    if_absent: Callable[[Path, Context], Answer],
    whole: bool,
) -> Answer:
    """Go down `route` from `value`; every element of a list on the way must answer true."""
    while index < len(route):
        if isinstance(value, dict):
            name = route[index]
            at = (*at, name)
            index += 1
            value = value.get(name)
            if value is None:
                return if_absent((*at, *route[index:]), context)
        elif isinstance(value, list):
            if not value:
                return if_absent((*at, *route[index:]), context)
            return every_place(
                follow(item, route, index, (*at, position), context, judge, if_absent, whole) for position, item in enumerate(value)
            )
        elif isinstance(value, Unknown):
            break
        else:
            return if_absent((*at, *route[index:]), context)
    if is_absent(value):
        return if_absent(at, context)
    if isinstance(value, Unknown):
        if value.choices:
            answers = [
                if_absent(at, context) if choice is ABSENT else follow(choice, route, index, at, context, judge, if_absent, whole)
                for choice in value.choices
            ]
            return agree(answers, value, at)
        if isinstance(value.partial, list):
            inner = follow(value.partial, route, index, at, context, judge, if_absent, whole)
            return agree([inner, if_absent(at, context)], value, at)
        if index < len(route):
            leaf = judge(Unknown(value.reason, value.expression), at, context).leaf
            return Answer(value, leaf, at, value)
    elif isinstance(value, list) and not whole:
        return every_place(
            follow(item, route, index, (*at, position), context, judge, if_absent, whole) for position, item in enumerate(value)
        )
    return judge(value, at, context)


def compare(leaf: Leaf, test: matchers.Test) -> Callable[[Any, Path, Context], Answer]:
    textual = leaf.kind in ("matches", "not_matches")

    def judge(value: Any, at: Path, context: Context) -> Answer:
        if isinstance(value, Unknown) and not textual:
            return Answer(value, leaf, at, value)
        return Answer(test(value), leaf, at, value)

    return judge


def presence(leaf: Leaf, wanted: bool) -> Callable[[Any, Path, Context], Answer]:
    def judge(value: Any, at: Path, context: Context) -> Answer:
        if isinstance(value, Unknown) and not _surely_set(value):
            return Answer(value, leaf, at, value)
        return Answer(wanted, leaf, at, value)

    return judge


def _surely_set(value: Unknown) -> bool:
    """An unresolved variable may turn out null; what is made from a resource, or has known text in it, will not."""
    return (
        bool(value.references)
        or value.partial is not None
        or value.reason in ("known-after-apply", "known-after-deploy", "dynamic-reference")
    )


def when_absent(leaf: Leaf, name: str, absent: Absent) -> Callable[[Path, Context], Answer]:
    if name == "absent":
        absent = True
    elif name == "present" and absent is True:
        absent = False  # `present` asks for the attribute: leaving it out cannot satisfy it
    return lambda at, context: Answer(absence_truth(absent, context), leaf, at)
