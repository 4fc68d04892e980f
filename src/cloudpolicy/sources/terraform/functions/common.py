"""What the families of functions share: errors, limits, argument checks, and text with unknown parts."""

from __future__ import annotations

from cloudpolicy.model import Unknown
from cloudpolicy.sources.terraform.types import HOLE, Set, joined, name_of, to_number, to_string, unknowns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ELEMENT_LIMIT = 100_000
TEXT_LIMIT = 10_000_000


class FunctionError(Exception):
    """Terraform would refuse the call; the message says why."""


class Limit(Exception):
    """The result would be larger than what we are ready to hold."""


def text(value: Any) -> str:
    if value is None:
        raise FunctionError("argument must not be null")
    return to_string(value)


def number(value: Any) -> int | float:
    if value is None:
        raise FunctionError("argument must not be null")
    return to_number(value)


def whole(value: Any) -> int:
    result = number(value)
    if isinstance(result, float):
        raise FunctionError("a whole number is required")
    return result


def sequence(value: Any) -> list[Any]:
    """A list, tuple or set."""
    if not isinstance(value, list):
        raise FunctionError(f"a list is required, not {name_of(value)}")
    return value


def mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FunctionError(f"a map is required, not {name_of(value)}")
    return value


def cap_elements(count: int) -> None:
    if count > ELEMENT_LIMIT:
        raise Limit


def cap_text(length: int) -> None:
    if length > TEXT_LIMIT:
        raise Limit


def text_of(value: Any) -> str:
    """The text of a known primitive, or what is known of an unknown one, HOLE standing for each unknown part."""
    if isinstance(value, Unknown):
        return value.partial if isinstance(value.partial, str) else HOLE
    return text(value)


def finish(result: str, lost: list[Unknown]) -> str | Unknown:
    """`result` itself when nothing of it is unknown, else an Unknown that keeps the known parts."""
    cap_text(len(result))
    if not lost:
        return result
    while HOLE + HOLE in result:
        result = result.replace(HOLE + HOLE, HOLE)
    return joined(lost, partial=None if result == HOLE else result)


def is_scalar(value: Unknown) -> bool:
    """True when the unknown value can only be a primitive: part of its text is known, or all its choices are primitives."""
    if isinstance(value.partial, str):
        return True
    return bool(value.choices) and not any(isinstance(choice, (list, dict, Unknown)) for choice in value.choices or ())


def open_list(items: list[Any]) -> Unknown:
    """A list of which the number of elements is unknown; `items` is what is known, with an Unknown where others may stand."""
    return joined(unknowns(items), partial=list(items))


def graphemes(value: str) -> list[str]:
    """User-perceived characters, as substr, strrev and length count them: marks and joined emoji belong to what stands before."""
    if value.isascii():
        return list(value.replace("\r\n", "\n")) if "\r\n" not in value else _with_line_ends(value)
    from unicodedata import category

    clusters: list[str] = []
    for char in value:
        joins = bool(clusters) and (
            category(char) in ("Mn", "Me", "Mc")
            or char == "\u200d"
            or clusters[-1][-1] == "\u200d"
            or 0x1F3FB <= ord(char) <= 0x1F3FF
            or (char == "\n" and clusters[-1] == "\r")
            or _second_flag(clusters[-1], char)
        )
        if joins:
            clusters[-1] += char
        else:
            clusters.append(char)
    return clusters


def _with_line_ends(value: str) -> list[str]:
    parts = value.split("\r\n")
    clusters = list(parts[0])
    for part in parts[1:]:
        clusters.append("\r\n")
        clusters.extend(part)
    return clusters


def _second_flag(before: str, char: str) -> bool:
    return len(before) == 1 and 0x1F1E6 <= ord(before) <= 0x1F1FF and 0x1F1E6 <= ord(char) <= 0x1F1FF


__all__ = [
    "HOLE",
    "FunctionError",
    "Limit",
    "Set",
    "cap_elements",
    "cap_text",
    "finish",
    "graphemes",
    "is_scalar",
    "joined",
    "mapping",
    "number",
    "open_list",
    "sequence",
    "text",
    "text_of",
    "unknowns",
    "whole",
]
