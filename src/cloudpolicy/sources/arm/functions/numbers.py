"""Functions on numbers. The template language knows whole numbers only; a division cuts toward zero."""

from __future__ import annotations

from cloudpolicy.sources.arm.nodes import Bad
from cloudpolicy.sources.arm.values import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def _number(value: Any) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    raise Bad("a number is needed", "数値が必要です")


def add(a: Any, b: Any) -> Any:
    return _number(a) + _number(b)


def sub(a: Any, b: Any) -> Any:
    return _number(a) - _number(b)


def mul(a: Any, b: Any) -> Any:
    return _number(a) * _number(b)


def div(a: Any, b: Any) -> int:
    if not _number(b):
        raise Bad("a division by zero", "ゼロで除算しています")
    quotient = abs(_number(a)) // abs(b)
    return int(quotient if (a < 0) == (b < 0) else -quotient)


def mod(a: Any, b: Any) -> Any:
    if not _number(b):
        raise Bad("a division by zero", "ゼロで除算しています")
    return a - b * div(a, b)


def minus(a: Any) -> Any:
    return -_number(a)


def int_(value: Any) -> int:
    if isinstance(value, bool):
        raise Bad("a number is needed", "数値が必要です")
    text = text_of(value)
    try:
        return int(float(text)) if text is not None and len(text) < 300 and "." in text else int(text or "")
    except ValueError:
        raise Bad("a number is needed", "数値が必要です") from None


def float_(value: Any) -> float:
    try:
        return float(text_of(value) or "")
    except ValueError:
        raise Bad("a number is needed", "数値が必要です") from None


def _all(values: tuple[Any, ...]) -> list[Any]:
    found = values[0] if len(values) == 1 and isinstance(values[0], list) else list(values)
    return [_number(value) for value in found]


def min_(*values: Any) -> Any:
    return min(_all(values))


def max_(*values: Any) -> Any:
    return max(_all(values))


PURE: dict[str, Callable[..., Any]] = {
    "add": add,
    "sub": sub,
    "mul": mul,
    "div": div,
    "mod": mod,
    "minus": minus,
    "int": int_,
    "float": float_,
    "min": min_,
    "max": max_,
}
STRICT = {"min", "max"}
