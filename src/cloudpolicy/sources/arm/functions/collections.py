"""Functions on arrays and objects."""

from __future__ import annotations

from cloudpolicy.model import Unknown
from cloudpolicy.sources.arm.nodes import ITEM_LIMIT, Bad, Call, resolve
from cloudpolicy.sources.arm.values import Fields, Unresolved, references, text_of, unknowns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cloudpolicy.sources.arm.scope import Scope

_NOT_COLLECTION = Bad("a list, an object or text is needed", "配列、オブジェクトまたは文字列が必要です")
_NOT_LIST = Bad("a list is needed", "配列が必要です")
_NOT_OBJECT = Bad("an object is needed", "オブジェクトが必要です")


def array(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def create_array(node: Call, scope: Scope) -> list[Any]:
    return [resolve(argument, scope) for argument in node.arguments]


def create_object(node: Call, scope: Scope) -> Any:
    values = [resolve(argument, scope) for argument in node.arguments]
    result = Fields()
    for key, value in zip(values[::2], values[1::2], strict=True):
        if isinstance(key, Unknown):
            return Unresolved(key.reason, node.text, references(values))
        result[text_of(key) or ""] = value
    return result


def contains(node: Call, scope: Scope) -> Any:
    from cloudpolicy.sources.arm.functions import apply
    from cloudpolicy.sources.arm.functions.logic import equal

    container, item = (resolve(argument, scope) for argument in node.arguments)
    blame: Unknown | None = None
    if isinstance(container, list):
        answers = [equal(element, item) for element in container]
        if True in answers:
            return True
        if None not in answers:
            return False
        blame = unknowns([container, item])[0]
    elif isinstance(container, Unknown) or isinstance(item, Unknown):
        result = apply(_contains, "contains", [container, item], node)
        if not isinstance(result, Unresolved) or result.choices:
            return result
        blame = result
    else:
        return _contains(container, item)
    return Unresolved(blame.reason, node.text, references([container, item]), None, (True, False))


def _contains(container: Any, item: Any) -> bool:
    if isinstance(container, dict):
        return (text_of(item) or "") in container
    if isinstance(container, list):
        return any(type(element) is type(item) and element == item for element in container)
    if isinstance(container, str):
        return (text_of(item) or "") in container
    if container is None:
        return False
    raise _NOT_COLLECTION


def empty(node: Call, scope: Scope) -> Any:
    from cloudpolicy.sources.arm.functions import apply

    (argument,) = node.arguments
    value = resolve(argument, scope)
    if isinstance(value, Unknown) and not value.choices:
        if isinstance(value.partial, str) and value.partial.replace("${…}", ""):
            return False
        if isinstance(value.partial, (dict, list)) and value.partial:
            return False
        return Unresolved(value.reason, node.text, value.references, None, (True, False))
    return apply(_empty, "empty", [value], node)


def _empty(value: Any) -> bool:
    if value is None or isinstance(value, (str, list, dict)):
        return not value
    raise _NOT_COLLECTION


def first(value: Any) -> Any:
    if not isinstance(value, (str, list)):
        raise _NOT_LIST
    return value[0] if value else "" if isinstance(value, str) else None


def last(value: Any) -> Any:
    if not isinstance(value, (str, list)):
        raise _NOT_LIST
    return value[-1] if value else "" if isinstance(value, str) else None


def length(value: Any) -> int:
    if not isinstance(value, (str, list, dict)):
        raise _NOT_COLLECTION
    return len(value)


def skip(value: Any, count: int) -> Any:
    if not isinstance(value, (str, list)):
        raise _NOT_LIST
    return value[max(0, _whole(count)) :]


def take(value: Any, count: int) -> Any:
    if not isinstance(value, (str, list)):
        raise _NOT_LIST
    return value[: max(0, _whole(count))]


def _whole(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise Bad("a whole number is needed", "整数が必要です")


def union(node: Call, scope: Scope) -> Any:
    from cloudpolicy.sources.arm.functions import apply

    values = [resolve(argument, scope) for argument in node.arguments]
    result = apply(_union, "union", values, node)
    if isinstance(result, Unresolved) and result.choices is None:
        known = [value.partial if isinstance(value, Unknown) else value for value in values]
        if all(isinstance(value, dict) or value is None for value in known):
            # what stands before an unknown object may be replaced by it; what stands after it stays
            after = 1 + max(index for index, value in enumerate(values) if isinstance(value, Unknown))
            kept = Fields()
            for value in known[:after]:
                for key in value or ():
                    kept[key] = Unresolved(result.reason, result.expression, result.references)
            for value in known[after:]:
                kept.update(value or {})
            result.partial = kept or None
        elif any(isinstance(value, list) for value in known):
            result.partial = [item for value in known if isinstance(value, list) for item in value] or None
    return result


def _union(*values: Any) -> Any:
    if all(isinstance(value, dict) for value in values):
        merged = Fields()
        for value in values:
            _merge(merged, value)
        return merged
    if all(isinstance(value, list) for value in values):
        result: list[Any] = []
        seen: set[tuple[type, Any]] = set()
        for item in [item for value in values for item in value]:
            if isinstance(item, (str, int, float)):
                if (type(item), item) not in seen:
                    seen.add((type(item), item))
                    result.append(item)
            elif not any(type(item) is type(known) and item == known for known in result):
                result.append(item)
        return result
    raise Bad("union needs objects only or lists only", "union にはオブジェクトだけ、または配列だけが必要です")


def _merge(into: Fields, value: dict[str, Any]) -> None:
    """union merges objects inside objects; anything else is replaced."""
    for key, item in value.items():
        written = into.written(key) or key
        there = into.get(written)
        if isinstance(there, dict) and isinstance(item, dict):
            inner = Fields(there)
            _merge(inner, item)
            item = inner
        into[written] = item


def intersection(*values: Any) -> Any:
    head, *rest = values
    if isinstance(head, dict):
        return Fields((key, item) for key, item in head.items() if all(key in other and other[key] == item for other in rest))
    if isinstance(head, list):
        return [item for item in head if all(item in other for other in rest)]
    raise _NOT_COLLECTION


def range_(start: int, count: int) -> list[int]:
    if not 0 <= _whole(count) <= ITEM_LIMIT:
        raise Bad(f"range makes 0 to {ITEM_LIMIT:,} numbers", f"range で作れる数は 0 から {ITEM_LIMIT:,} 個です")
    return list(range(_whole(start), start + count))


def index_of(value: Any, item: Any) -> int:
    if isinstance(value, str):
        return value.lower().find((text_of(item) or "").lower())
    if isinstance(value, list):
        return next((index for index, element in enumerate(value) if type(element) is type(item) and element == item), -1)
    raise _NOT_LIST


def last_index_of(value: Any, item: Any) -> int:
    if isinstance(value, str):
        return value.lower().rfind((text_of(item) or "").lower())
    if isinstance(value, list):
        return next((index for index in range(len(value) - 1, -1, -1) if type(value[index]) is type(item) and value[index] == item), -1)
    raise _NOT_LIST


def object_keys(value: Any) -> list[str]:
    if not isinstance(value, dict):
        raise _NOT_OBJECT
    return list(value)


def items(value: Any) -> list[Any]:
    """The entries, in the order of their keys: this is how the service gives them."""
    if not isinstance(value, dict):
        raise _NOT_OBJECT
    return [Fields({"key": key, "value": value[key]}) for key in sorted(value)]


def shallow_merge(values: Any) -> Any:
    merged = Fields()
    for value in values:
        if isinstance(value, Unknown):
            raise Bad("cannot be merged", "結合できません")
        for key, item in value.items():
            merged[merged.written(key) or key] = item
    return merged


def flatten(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _NOT_LIST
    result: list[Any] = []
    for item in value:
        if isinstance(item, list):
            result += item
        elif isinstance(item, Unknown):
            result.append(item)
        else:
            raise _NOT_LIST
    return result


def try_get(value: Any, *keys: Any) -> Any:
    for key in keys:
        if isinstance(value, Unknown):
            return Unresolved(value.reason, f"{value.expression}.{key}", value.references)
        if isinstance(value, dict) and isinstance(key, str):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
            value = value[key]
        else:
            return None
    return value


def index_from_end(value: Any, index: int) -> Any:
    return value[-_whole(index)]


def try_index_from_end(value: Any, index: int) -> Any:
    return value[-index] if isinstance(value, list) and 0 < _whole(index) <= len(value) else None


SPECIAL: dict[str, Callable[..., Any]] = {
    "createarray": create_array,
    "createobject": create_object,
    "contains": contains,
    "empty": empty,
    "union": union,
}
PURE: dict[str, Callable[..., Any]] = {
    "array": array,
    "first": first,
    "last": last,
    "length": length,
    "skip": skip,
    "take": take,
    "intersection": intersection,
    "range": range_,
    "indexof": index_of,
    "lastindexof": last_index_of,
    "objectkeys": object_keys,
    "items": items,
    "shallowmerge": shallow_merge,
    "flatten": flatten,
    "tryget": try_get,
    "indexfromend": index_from_end,
    "tryindexfromend": try_index_from_end,
}
STRICT = {"intersection", "indexof", "lastindexof"}
