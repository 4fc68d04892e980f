"""How long sessions and tokens last."""

from __future__ import annotations

import re

from cloudpolicy.evaluate.logic import choose
from cloudpolicy.evaluate.matchers import number
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context

_ISO = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?\Z", re.IGNORECASE)
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


@predicate
def within(context: Context, value: Any, longest: Any) -> Truth:
    """True when an ISO 8601 duration ("PT1H") is no longer than `longest` seconds; what is no duration is not."""
    return _within(value, longest)


def _within(value: Any, longest: Any) -> Truth:
    if isinstance(value, Unknown):
        if value.choices is not None:
            return choose((_within(choice, longest) for choice in value.choices if choice is not ABSENT), value)
        return value
    found = _ISO.match(value) if isinstance(value, str) else None
    limit = number(longest)
    if found is None or limit is None or not any(found.groups()):
        return False
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return days * 86400 + hours * 3600 + minutes * 60 + seconds <= limit


@predicate
def token_within(context: Context, longest: Any, validity: Any = ABSENT, unit: Any = ABSENT, default: Any = ABSENT) -> Truth:
    """True when a Cognito token is valid for no longer than `longest` seconds.

    validity  a number; 0 or nothing is Cognito's default     unit  "seconds" … "days"
    default   [validity, unit] where nothing is written: [1, hours] or [30, days]
    """
    preset, preset_unit = default
    for value in (validity, unit):
        if isinstance(value, Unknown):
            return value
    amount = number(validity) if validity is not ABSENT else None
    if validity is not ABSENT and amount is None:
        return False
    seconds = _SECONDS.get(str(unit if unit is not ABSENT else preset_unit).casefold())
    if not amount:
        amount, seconds = preset, _SECONDS[preset_unit]
    limit = number(longest)
    return seconds is not None and amount is not None and limit is not None and amount * seconds <= limit


WORDS = {
    "within": Text("is no longer than permitted", "上限以下の時間です"),
    "token_within": Text("the token is valid no longer than permitted", "トークンの有効期間が上限以下です"),
}
WORDS_FALSE = {
    "within": Text("is longer than permitted", "上限を超える時間です"),
    "token_within": Text("the token is valid longer than permitted", "トークンの有効期間が上限を超えています"),
}
