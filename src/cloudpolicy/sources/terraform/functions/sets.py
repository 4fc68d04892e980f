"""Set algebra and the functions that make, sort or sum whole lists."""

from __future__ import annotations

from cloudpolicy.model import Unknown
from cloudpolicy.sources.terraform.functions.common import (
    FunctionError,
    Set,
    cap_elements,
    joined,
    mapping,
    number,
    open_list,
    sequence,
    text,
    unknowns,
)
from cloudpolicy.sources.terraform.types import freeze, make_set, same, to_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _matchkeys(values: Any, keys: Any, wanted: Any) -> Any:
    if isinstance(values, Unknown) or unknowns([keys, wanted]):
        return joined(unknowns([values, keys, wanted]))
    if len(sequence(values)) != len(sequence(keys)):
        raise FunctionError("length of keys and values should be equal")
    found = {freeze(item) for item in sequence(wanted)}
    return [value for value, key in zip(values, keys, strict=True) if freeze(key) in found]


def _range(*args: Any) -> list[int | float]:
    numbers = [number(arg) for arg in args]
    start, end = (0, numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[1])
    step: int | float = numbers[2] if len(numbers) == 3 else (1 if end >= start else -1)
    if step == 0 or (end > start and step < 0) or (end < start and step > 0):
        if start == end and step:
            return []
        raise FunctionError("the step must not be zero and must lead from start to limit")
    cap_elements(int((end - start) / step))
    result: list[int | float] = []
    value = start
    while (value < end) if step > 0 else (value > end):
        result.append(to_number(value))
        value = start + step * len(result)
    return result


def _setunion(*args: Any) -> Any:
    items: list[Any] = []
    for arg in args:
        if isinstance(arg, Unknown):
            items.extend(arg.partial if isinstance(arg.partial, list) else [arg])
        else:
            items.extend(sequence(arg))
    cap_elements(len(items))
    if any(isinstance(arg, Unknown) for arg in args):
        return joined(unknowns(list(args)), partial=items)
    return make_set(items)


def _setintersection(*args: Any) -> Any:
    sets = [make_set(sequence(arg)) for arg in args]
    common = {freeze(item) for item in sets[0]}  # type: ignore[union-attr]
    for other in sets[1:]:
        common &= {freeze(item) for item in other}  # type: ignore[union-attr]
    return Set(item for item in sets[0] if freeze(item) in common)  # type: ignore[union-attr]


def _setsubtract(left: Any, right: Any) -> Any:
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return joined(unknowns([left, right]))
    first = make_set(sequence(left))
    if isinstance(first, Unknown):
        return joined(unknowns([left, right]))
    cap_elements(len(first) * max(1, len(unknowns(sequence(right)))))
    if not unknowns([left, right]):
        gone = {freeze(item) for item in right}
        return Set(item for item in first if freeze(item) not in gone)
    kept = []
    for item in first:
        answers = [same(item, other) for other in right]
        if True in answers:
            continue
        if None in answers:
            return joined(unknowns([left, right]))
        kept.append(item)
    return Set(kept)


def _setproduct(*args: Any) -> Any:
    if any(isinstance(arg, Unknown) for arg in args):
        return joined(unknowns(list(args)))
    count = 1
    for arg in args:
        count *= len(sequence(arg))
    cap_elements(count)
    rows: list[Any] = [[]]
    for arg in args:
        rows = [[*row, item] for row in rows for item in arg]
    return Set(rows) if all(isinstance(arg, Set) for arg in args) else rows


def _sort(items: Any) -> Any:
    if isinstance(items, Unknown):
        return joined([items])
    if any(isinstance(item, Unknown) for item in sequence(items)):
        return open_list(items)
    return sorted((text(item) for item in items), key=lambda item: item.encode("utf-8", "surrogatepass"))


def _sum(items: Any) -> int | float:
    if not sequence(items):
        raise FunctionError("cannot sum an empty list")
    return to_number(sum(number(item) for item in items))


def _transpose(value: Any) -> dict[str, list[str]]:
    result: dict[str, set[str]] = {}
    for key, items in mapping(value).items():
        for item in sequence(items):
            result.setdefault(text(item), set()).add(key)
    return {key: sorted(result[key]) for key in sorted(result)}


TABLE = {
    "matchkeys": (_matchkeys, 3, 3, True),
    "range": (_range, 1, 3, False),
    "setintersection": (_setintersection, 1, None, False),
    "setproduct": (_setproduct, 2, None, True),
    "setsubtract": (_setsubtract, 2, 2, True),
    "setunion": (_setunion, 1, None, True),
    "sort": (_sort, 1, 1, True),
    "sum": (_sum, 1, 1, False),
    "transpose": (_transpose, 1, 1, False),
}
