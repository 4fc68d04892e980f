"""Numeric functions."""

from __future__ import annotations

from cloudpolicy.sources.terraform.functions.common import FunctionError, Limit, number, text, whole
from cloudpolicy.sources.terraform.types import to_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _abs(value: Any) -> int | float:
    return abs(number(value))


def _ceil(value: Any) -> int:
    value = number(value)
    return value if isinstance(value, int) else int(value // 1) + (1 if value % 1 else 0)


def _floor(value: Any) -> int:
    value = number(value)
    return value if isinstance(value, int) else int(value // 1)


def _log(value: Any, base: Any) -> int | float:
    from math import log

    return to_number(log(number(value)) / log(number(base)))


def _max(*args: Any) -> int | float:
    return max(number(arg) for arg in args)


def _min(*args: Any) -> int | float:
    return min(number(arg) for arg in args)


def _parseint(value: Any, base: Any) -> int:
    if not isinstance(value, str):
        raise FunctionError("the first argument must be a string")
    radix = whole(base)
    digits = text(value).lstrip("+-") if value[:1] in ("+", "-") else value
    if not 2 <= radix <= 62:
        raise FunctionError("base must be a whole number between 2 and 62 inclusive")
    if len(digits) > 1000:
        raise Limit
    result = 0
    for char in digits:
        result = result * radix + _digit(char, radix)
    if not digits or not digits.isalnum():
        raise FunctionError("cannot be parsed as a whole number")
    return -result if value.startswith("-") else result


def _digit(char: str, radix: int) -> int:
    if "0" <= char <= "9":
        value = ord(char) - 48
    elif "a" <= char <= "z":
        value = ord(char) - 87
    elif "A" <= char <= "Z":  # up to base 36 the case does not matter, beyond it capitals are the higher digits
        value = ord(char) - (55 if radix <= 36 else 29)
    else:
        value = radix
    if value >= radix:
        raise FunctionError("cannot be parsed as a whole number")
    return value


def _pow(value: Any, power: Any) -> int | float:
    base, exponent = number(value), number(power)
    if abs(exponent) > 10_000 or abs(base) > 10**300:
        raise Limit
    result = float(base) ** exponent if isinstance(exponent, float) or exponent < 0 else base**exponent
    return to_number(result)


def _signum(value: Any) -> int:
    shown = number(value)
    return int(shown > 0) - int(shown < 0)


TABLE = {
    "abs": (_abs, 1, 1, False),
    "ceil": (_ceil, 1, 1, False),
    "floor": (_floor, 1, 1, False),
    "log": (_log, 2, 2, False),
    "max": (_max, 1, None, False),
    "min": (_min, 1, None, False),
    "parseint": (_parseint, 2, 2, False),
    "pow": (_pow, 2, 2, False),
    "signum": (_signum, 1, 1, False),
}
