"""dateTimeFromEpoch, dateTimeToEpoch, dateTimeAdd."""

from __future__ import annotations

import datetime
import re

_SPAN = re.compile(r"(-?)P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,6})D)?(?:T(?:(\d{1,8})H)?(?:(\d{1,8})M)?(?:(\d{1,8})S)?)?\Z")


def from_epoch(seconds: int) -> str:
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_epoch(text: str) -> int:
    moment = _moment(text)
    return int((moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)).total_seconds())


def add(text: str, span: str, shape: str | None = None) -> str:
    """Only the formats that a template writes often are known; another one is a mistake of ours to admit, not to guess."""
    match = _SPAN.match(span)
    if match is None or shape not in (None, "yyyy-MM-dd", "yyyy-MM-ddTHH:mm:ssZ"):
        raise ValueError(span)
    sign = -1 if match[1] else 1
    years, months, days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    moment = _moment(text)
    index = moment.year * 12 + moment.month - 1 + sign * (years * 12 + months)
    first = moment.replace(year=index // 12, month=index % 12 + 1, day=1)
    after = (first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1) - first).days
    moment = first.replace(day=min(moment.day, after)) + sign * datetime.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    return moment.strftime("%Y-%m-%d" if shape == "yyyy-MM-dd" else "%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str) -> datetime.datetime:
    moment = datetime.datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=datetime.UTC)


PURE = {"datetimeadd": add, "datetimefromepoch": from_epoch, "datetimetoepoch": to_epoch}
