"""Collection functions; an Unknown among the elements spoils only what depends on it."""

from __future__ import annotations

from cloudpolicy.model import Unknown
from cloudpolicy.sources.terraform.functions.common import (
    HOLE,
    FunctionError,
    Set,
    cap_elements,
    graphemes,
    is_scalar,
    joined,
    mapping,
    open_list,
    sequence,
    text,
    unknowns,
    whole,
)
from cloudpolicy.sources.terraform.types import freeze, make_set, name_of, same, to_bool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _alltrue(items: Any) -> Any:
    return _logic(items, False)


def _anytrue(items: Any) -> Any:
    return _logic(items, True)


def _logic(items: Any, decisive: bool) -> Any:
    if isinstance(items, Unknown):
        return joined([items])
    lost = []
    for item in sequence(items):
        if isinstance(item, Unknown):
            lost.append(item)
        elif (False if item is None else to_bool(item)) == decisive:
            return decisive
    return joined(lost) if lost else not decisive


def _chunklist(items: Any, size: Any) -> Any:
    if isinstance(items, Unknown) or isinstance(size, Unknown):
        return joined(unknowns([items, size]))
    items, step = sequence(items), whole(size)
    if step < 0:
        raise FunctionError("the size must not be negative")
    if step == 0:
        return [list(items)] if items else []
    return [items[start : start + step] for start in range(0, len(items), step)]


def _coalesce(*args: Any) -> Any:
    for position, arg in enumerate(args):
        if isinstance(arg, Unknown):
            return arg if _surely_filled(arg) else _first_of(args[position:])
        if arg is not None and arg != "":
            return arg
    raise FunctionError("no non-null, non-empty-string arguments")


def _coalescelist(*args: Any) -> Any:
    for position, arg in enumerate(args):
        if isinstance(arg, Unknown):
            return _first_of(args[position:])
        if arg is None:
            continue
        if isinstance(arg, (list, dict)) and len(arg):
            return arg
    raise FunctionError("no non-null, non-empty arguments")


def _surely_filled(value: Unknown) -> bool:
    """True when it is neither null nor empty, whatever its unknown parts: some of its text is known, or entries of its object or document."""
    return (
        value.partial.replace(HOLE, "") != "" if isinstance(value.partial, str) else isinstance(value.partial, dict) and bool(value.partial)
    )


def _first_of(args: tuple[Any, ...]) -> Unknown:
    """An unknown first argument decides: the choices are it and those after it, up to the first that is surely filled."""
    choices: list[Any] = []
    for arg in args:
        if arg is None or arg == "" or arg == [] or arg == {}:
            continue
        choices.append(arg)
        if not isinstance(arg, Unknown) or _surely_filled(arg):
            break
    return joined(unknowns(choices), choices=tuple(choices) if len(choices) > 1 else None)


def _compact(items: Any) -> Any:
    if isinstance(items, Unknown):
        return joined([items])
    kept: list[Any] = []
    undecided = False
    for item in sequence(items):
        if isinstance(item, Unknown):
            undecided = undecided or not _surely_filled(item)
            kept.append(item)
        elif item is not None and (value := text(item)) != "":
            kept.append(value)
    return open_list(kept) if undecided else kept


def _concat(*args: Any) -> Any:
    items: list[Any] = []
    undecided = False
    for arg in args:
        if isinstance(arg, Unknown):
            undecided = True
            items.extend(arg.partial if isinstance(arg.partial, list) else [arg])
        else:
            items.extend(sequence(arg))
    cap_elements(len(items))
    if undecided:
        return joined(unknowns(list(args)), partial=items)
    return items


def _contains(items: Any, value: Any) -> Any:
    known = items.partial if isinstance(items, Unknown) and isinstance(items.partial, list) else items
    if isinstance(known, Unknown):
        return joined(unknowns([items, value]))
    open_answer = known is not items
    for item in sequence(known):
        answer = same(item, value)
        if answer:
            return True
        open_answer = open_answer or answer is None
    return joined(unknowns([items, value])) if open_answer else False


def _distinct(items: Any) -> Any:
    if isinstance(items, Unknown):
        return joined([items], partial=items.partial if isinstance(items.partial, list) else None)
    lost = unknowns(sequence(items))
    if not lost:
        seen = set()
        return [item for item in items if not ((key := freeze(item)) in seen or seen.add(key))]  # type: ignore[func-returns-value]
    decided = make_set(items)
    return decided if isinstance(decided, Unknown) else list(decided)


def _element(items: Any, index: Any) -> Any:
    if isinstance(items, Unknown):
        return joined(unknowns([items, index]))
    items = sequence(items)
    if not items:
        raise FunctionError("cannot use element function with an empty list")
    if isinstance(index, Unknown):
        choices = tuple(items) if len(items) <= 16 else None
        if choices is not None and len({freeze(item) for item in items}) == 1 and not unknowns(items):
            return items[0]
        return joined(unknowns([index, items]), choices=choices if choices is not None and len(choices) > 1 else None)
    position = whole(index)
    if position < 0 and position % len(items):
        raise FunctionError("cannot use element function with a negative index")
    return items[position % len(items)]


def _flatten(items: Any) -> Any:
    if isinstance(items, Unknown):
        return joined([items], partial=items.partial if isinstance(items.partial, list) else None)
    flat: list[Any] = []
    undecided = False
    stack = [iter(sequence(items))]
    while stack:
        for item in stack[-1]:
            if isinstance(item, list):
                stack.append(iter(item))
                break
            if isinstance(item, Unknown):
                undecided = undecided or not is_scalar(item)
                if isinstance(item.partial, list):
                    stack.append(iter([*item.partial, Unknown(item.reason, item.expression, item.references)]))
                    break
            flat.append(item)
            cap_elements(len(flat))
        else:
            stack.pop()
    return open_list(flat) if undecided else flat


def _index(items: Any, value: Any) -> Any:
    if isinstance(items, Unknown):
        return joined(unknowns([items, value]))
    for position, item in enumerate(sequence(items)):
        answer = same(item, value)
        if answer is None:
            return joined(unknowns([items, value]))
        if answer:
            return position
    raise FunctionError("item not found")


def _keys(value: Any) -> Any:
    return joined([value]) if isinstance(value, Unknown) else sorted(mapping(value))


def _values(value: Any) -> Any:
    if isinstance(value, Unknown):
        return joined([value])
    value = mapping(value)
    return [value[key] for key in sorted(value)]


def _length(value: Any) -> Any:
    if isinstance(value, Unknown):
        return joined([value])
    if isinstance(value, str):
        return len(graphemes(value))
    if isinstance(value, (list, dict)):
        return len(value)
    raise FunctionError(f"argument must be a string, a collection type, or a structural type, not {name_of(value)}")


def _lookup(value: Any, key: Any, *default: Any) -> Any:
    if isinstance(key, Unknown):
        if isinstance(value, dict) and len(value) <= 16:
            choices = (*value.values(), *default)
            return joined([key, *unknowns(value)], choices=choices if len(choices) > 1 else None)
        return joined(unknowns([value, key, *default]))
    key = text(key)
    if isinstance(value, Unknown):
        return value.partial[key] if isinstance(value.partial, dict) and key in value.partial else joined(unknowns([value, *default]))
    value = mapping(value)
    if key in value:
        return value[key]
    if default:
        return default[0]
    raise FunctionError(f'lookup failed to find key "{key}"')


def _merge(*args: Any) -> Any:
    maps = [arg for arg in args if arg is not None]
    if not any(isinstance(one, Unknown) for one in maps):
        filled = [one for one in maps if mapping(one)]
        if len(filled) == 1:
            return filled[0]
        result: dict[str, Any] = {}
        for one in filled:
            result.update(one)
        cap_elements(len(result))
        return result
    known: dict[str, Any] = {}  # keys whose value is certain whatever the unknown maps hold
    for one in maps:
        if isinstance(one, Unknown):
            known = {key: _maybe(one, value) for key, value in known.items()}
            if isinstance(one.partial, dict):
                known.update(one.partial)
        else:
            known.update(mapping(one))
    return joined(unknowns(maps), partial=known or None)


def _maybe(over: Unknown, value: Any) -> Unknown:
    """A value that a later unknown map may replace by another."""
    return Unknown(over.reason, over.expression, over.references, partial=value if isinstance(value, (dict, list)) else None)


def _one(items: Any) -> Any:
    if isinstance(items, Unknown):
        return joined([items])
    if items is None or not isinstance(items, list):
        raise FunctionError("must be a list, set, or tuple value with either zero or one elements")
    if len(items) > 1:
        raise FunctionError("must be a list, set, or tuple value with either zero or one elements")
    return items[0] if items else None


def _reverse(items: Any) -> Any:
    if isinstance(items, Unknown):
        return joined([items])
    return list(reversed(sequence(items)))


def _slice(items: Any, start: Any, end: Any) -> Any:
    if isinstance(start, Unknown) or isinstance(end, Unknown):
        return joined(unknowns([items, start, end]))
    if isinstance(items, Set):
        raise FunctionError("cannot slice a set, because its elements do not have indices")
    first, last = whole(start), whole(end)
    if isinstance(items, Unknown) and 0 <= first <= last:  # whatever the list: of another length it would be an error
        cap_elements(last - first)
        return [joined([items]) for _ in range(last - first)]
    if isinstance(items, Unknown):
        raise FunctionError("start and end index must be within the list, start not after end")
    if not 0 <= first <= last <= len(sequence(items)):
        raise FunctionError("start and end index must be within the list, start not after end")
    return items[first:last]


def _zipmap(keys: Any, values: Any) -> Any:
    if isinstance(keys, Unknown) or isinstance(values, Unknown) or any(isinstance(key, Unknown) for key in sequence(keys)):
        return joined(unknowns([keys, values]))
    if len(keys) != len(sequence(values)):
        raise FunctionError("the number of keys must match the number of values")
    return dict(zip((text(key) for key in keys), values, strict=True))


TABLE = {
    "alltrue": (_alltrue, 1, 1, True),
    "anytrue": (_anytrue, 1, 1, True),
    "chunklist": (_chunklist, 2, 2, True),
    "coalesce": (_coalesce, 1, None, True),
    "coalescelist": (_coalescelist, 1, None, True),
    "compact": (_compact, 1, 1, True),
    "concat": (_concat, 1, None, True),
    "contains": (_contains, 2, 2, True),
    "distinct": (_distinct, 1, 1, True),
    "element": (_element, 2, 2, True),
    "flatten": (_flatten, 1, 1, True),
    "index": (_index, 2, 2, True),
    "keys": (_keys, 1, 1, True),
    "length": (_length, 1, 1, True),
    "lookup": (_lookup, 2, 3, True),
    "merge": (_merge, 0, None, True),
    "one": (_one, 1, 1, True),
    "reverse": (_reverse, 1, 1, True),
    "slice": (_slice, 3, 3, True),
    "values": (_values, 1, 1, True),
    "zipmap": (_zipmap, 2, 2, True),
}
