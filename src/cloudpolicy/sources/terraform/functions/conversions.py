"""tostring, tolist and the other conversions, and the markers that change no value."""

from __future__ import annotations

from cloudpolicy.model import Unknown
from cloudpolicy.sources.terraform.types import convert

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _same(value: Any) -> Any:
    return value


def _issensitive(value: Any) -> Any:
    return Unknown("unsupported-expression", "issensitive()")  # marks are not followed


def _to(*constraint: Any) -> Any:
    return lambda value: convert(value, constraint)


_ANY = ("any",)

TABLE = {
    "ephemeralasnull": (_same, 1, 1, True),
    "issensitive": (_issensitive, 1, 1, True),
    "nonsensitive": (_same, 1, 1, True),
    "sensitive": (_same, 1, 1, True),
    "tobool": (_to("bool"), 1, 1, True),
    "tolist": (_to("list", _ANY), 1, 1, True),
    "tomap": (_to("map", _ANY), 1, 1, True),
    "tonumber": (_to("number"), 1, 1, True),
    "toset": (_to("set", _ANY), 1, 1, True),
    "tostring": (_to("string"), 1, 1, True),
}
