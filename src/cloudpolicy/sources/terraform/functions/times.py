"""formatdate, timeadd and timecmp on RFC 3339 timestamps."""

from __future__ import annotations

import re

from cloudpolicy.sources.terraform.functions.common import FunctionError, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

_STAMP = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _stamp(value: Any) -> datetime:
    from datetime import datetime, timedelta, timezone

    match = _STAMP.fullmatch(text(value))
    if match is None:
        raise FunctionError("not a valid RFC3339 timestamp")
    zone = match[8].upper()
    offset = timedelta(0)
    if zone != "Z":
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6])) * (-1 if zone[0] == "-" else 1)
    try:
        return datetime(*(int(match[part]) for part in range(1, 7)), tzinfo=timezone(offset))  # type: ignore[misc,arg-type]
    except ValueError:
        raise FunctionError("not a valid RFC3339 timestamp") from None


def _shown(stamp: datetime) -> str:
    return stamp.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") + (_zone(stamp, ":") if stamp.utcoffset() else "Z")


def _zone(stamp: datetime, between: str) -> str:
    offset = stamp.utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset is not None else 0
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}{between}{abs(minutes) % 60:02d}"


def _timeadd(stamp: Any, duration: Any) -> str:
    from datetime import timedelta

    start, written = _stamp(stamp), text(duration)
    body = written.lstrip("+-") if written[:1] in ("+", "-") else written
    parts = _DURATION.findall(body)
    if body != "0" and (not parts or "".join(amount + unit for amount, unit in parts) != body):
        raise FunctionError(f'invalid duration "{written[:40]}"')
    seconds = sum(float(amount) * _UNITS[unit] for amount, unit in parts)
    try:
        return _shown(start + timedelta(seconds=-seconds if written.startswith("-") else seconds))
    except OverflowError:
        raise FunctionError("the result is out of range") from None


def _timecmp(left: Any, right: Any) -> int:
    first, second = _stamp(left), _stamp(right)
    return (first > second) - (first < second)


def _formatdate(spec: Any, value: Any) -> str:
    layout, stamp = text(spec), _stamp(value)
    result = []
    for match in re.finditer(r"'((?:[^']|'')*)'|([A-Za-z])\2*|'|[^A-Za-z']+", layout):
        token = match.group()
        if match[1] is not None:
            result.append(match[1].replace("''", "'"))
        elif token == "'":
            raise FunctionError("unterminated literal '")
        elif match[2]:
            result.append(_field(token, stamp))
        else:
            result.append(token)
    return "".join(result)


def _field(token: str, stamp: datetime) -> str:
    hour = stamp.hour % 12 or 12
    utc = not stamp.utcoffset()
    fields = {
        "YYYY": f"{stamp.year:04d}",
        "YY": f"{stamp.year % 100:02d}",
        "MMMM": _MONTHS[stamp.month - 1],
        "MMM": _MONTHS[stamp.month - 1][:3],
        "MM": f"{stamp.month:02d}",
        "M": str(stamp.month),
        "DD": f"{stamp.day:02d}",
        "D": str(stamp.day),
        "EEEE": _DAYS[stamp.weekday()],
        "EEE": _DAYS[stamp.weekday()][:3],
        "hh": f"{stamp.hour:02d}",
        "h": str(stamp.hour),
        "HH": f"{hour:02d}",
        "H": str(hour),
        "AA": "AM" if stamp.hour < 12 else "PM",
        "aa": "am" if stamp.hour < 12 else "pm",
        "mm": f"{stamp.minute:02d}",
        "m": str(stamp.minute),
        "ss": f"{stamp.second:02d}",
        "s": str(stamp.second),
        "ZZZZZ": _zone(stamp, ":"),
        "ZZZZ": _zone(stamp, ""),
        "ZZZ": "UTC" if utc else _zone(stamp, ""),
        "Z": "Z" if utc else _zone(stamp, ":"),
    }
    if token not in fields:
        raise FunctionError(f'invalid format verb "{token[:20]}"')
    return fields[token]


TABLE = {"formatdate": (_formatdate, 2, 2, False), "timeadd": (_timeadd, 2, 2, False), "timecmp": (_timecmp, 2, 2, False)}
