"""Kleene's strong three-valued logic over True, False and Unknown (which carries why)."""

from __future__ import annotations

from cloudpolicy.model import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Truth = bool | Unknown


def negate(truth: Truth) -> Truth:
    """`not unknown` is unknown."""
    return truth if isinstance(truth, Unknown) else not truth


def all_of(truths: Iterable[Truth]) -> Truth:
    """False as soon as one is false, else the first unknown, else true (also of nothing). Lazy."""
    unknown: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is not True and unknown is True:
            unknown = truth
    return unknown


def any_of(truths: Iterable[Truth]) -> Truth:
    """True as soon as one is true, else the first unknown, else false (also of nothing). Lazy."""
    unknown: Truth = False
    for truth in truths:
        if truth is True:
            return True
        if truth is not False and unknown is False:
            unknown = truth
    return unknown


def choose(truths: Iterable[Truth], unknown: Unknown) -> Truth:
    """The truth over the possible values of one unknown: definite only when every choice agrees."""
    seen: set[bool] = set()
    for truth in truths:
        if isinstance(truth, Unknown):
            return unknown
        seen.add(truth)
        if len(seen) > 1:
            return unknown
    return seen.pop() if seen else unknown
