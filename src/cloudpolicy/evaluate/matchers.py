"""Matchers: whether one known value is what a policy asks for. Unknown and absent values are the business of conditions."""

from __future__ import annotations

import re

from cloudpolicy.model import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth

    Test = Callable[[Any], Truth]

# Matchers that look at a list as a whole; all others are held against every element.
WHOLE = frozenset({"contains", "not_contains", "contains_all", "contains_any", "present", "absent"})
OPTIONS = frozenset({"absent", "with", "speaks"})  # what a matcher's mapping may hold beside the matcher
NAMES = frozenset({"equals", "not_equals", "in", "not_in", "matches", "not_matches", "at_least", "at_most", "is", "is_not"} | WHOLE)
NEGATED = {"not_equals": "equals", "not_in": "in", "not_matches": "matches", "not_contains": "contains"}


def same(value: Any, expected: Any) -> bool:
    """Equality as the providers take it: text without case, "true" equals true, "5" equals 5."""
    if value is expected:
        return True
    if isinstance(expected, bool) or isinstance(value, bool):
        return _boolean(value) is not None and _boolean(value) == _boolean(expected)
    if isinstance(expected, (int, float)) or isinstance(value, (int, float)):
        left, right = number(value), number(expected)
        return left is not None and left == right
    if isinstance(value, str) and isinstance(expected, str):
        return value.casefold() == expected.casefold()
    return bool(value == expected)


def _boolean(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.casefold())
    return None


def number(value: Any) -> float | None:
    """The number a value stands for ("365" is one), or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return None


def make(name: str, expected: Any) -> Test:
    """The test of matcher `name` (not `is`, `present`, `absent`) on one value; raises ValueError when `expected` does not fit it."""
    positive = NEGATED.get(name)
    if positive is not None:
        test = make(positive, expected)
        return lambda value: _not(test(value))
    if name == "equals":
        return lambda value: same(value, expected)
    if name == "in":
        options = _list(expected)
        exact = {option.casefold() for option in options if isinstance(option, str)}
        return lambda value: (isinstance(value, str) and value.casefold() in exact) or any(same(value, option) for option in options)
    if name == "matches":
        return _matches(expected)
    if name in ("at_least", "at_most"):
        bound = number(expected)
        if bound is None:
            raise ValueError(f"{name} wants a number, not {expected!r}")
        return lambda value: _compare(number(value), bound, name == "at_least")
    if name == "contains":
        return lambda value: _contains(value, [expected], any)
    if name == "contains_all":
        options = _list(expected)
        return lambda value: _contains(value, options, all)
    if name == "contains_any":
        options = _list(expected)
        return lambda value: _contains(value, options, any)
    raise ValueError(f"unknown matcher {name!r}")


def _list(expected: Any) -> list[Any]:
    if not isinstance(expected, list):
        raise ValueError(f"wants a list, not {expected!r}")
    return expected


def _not(truth: Truth) -> Truth:
    return truth if isinstance(truth, Unknown) else not truth


def _compare(value: float | None, bound: float, least: bool) -> bool:
    if value is None:
        return False
    return value >= bound if least else value <= bound


def _contains(value: Any, options: list[Any], quantifier: Callable[..., bool]) -> Truth:
    items = value if isinstance(value, list) else [value]
    unknown = next((item for item in items if isinstance(item, Unknown)), None)
    if quantifier(any(same(item, option) for item in items if not isinstance(item, Unknown)) for option in options):
        return True
    return unknown if unknown is not None else False


def _matches(expected: Any) -> Test:
    pattern = re.compile(expected)  # re.error is a ValueError's cousin: the loader reports it with file and line

    def test(value: Any) -> Truth:
        if isinstance(value, Unknown):
            return match_partial(pattern, value)
        text = value if isinstance(value, str) else ("true" if value is True else "false" if value is False else str(value))
        return pattern.search(text) is not None

    return test


def match_partial(pattern: re.Pattern[str], value: Unknown) -> Truth:
    """True when the known part of a text matches whatever stands in its unknown parts; else unknown."""
    if isinstance(value.partial, str):
        text = re.sub(r"\$\{[^}]*\}", "\0", value.partial)
        found = pattern.search(text)
        if found is not None and "\0" not in found.group(0) and "\0" not in text:
            return True
        # With an unknown part elsewhere the match holds unless an anchor could fall on it.
        if found is not None and "\0" not in found.group(0) and "(?!" not in pattern.pattern and "(?<!" not in pattern.pattern:
            touches = (found.start() and text[found.start() - 1] == "\0") or (found.end() < len(text) and text[found.end()] == "\0")
            if not touches:
                return True
    return value
