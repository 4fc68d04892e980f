"""What the customer has settled: checks that hold only where a parameter of the policy asks for them."""

from __future__ import annotations

from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.model import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.predicates import Context


@predicate
def is_on(context: Context, setting: Any) -> bool:
    """True when the parameter is true."""
    return setting is True


@predicate
def is_given(context: Context, setting: Any) -> bool:
    """True when the parameter holds something: a list that is not empty, a number other than 0."""
    return bool(setting)


@predicate
def is_elsewhere(context: Context, value: Any) -> Unknown:
    """Unknown: what stands in the file that `value` names is not read here."""
    return Unknown("not-in-estate", str(value) if isinstance(value, str) else "")


@predicate
def is_at_least(context: Context, setting: Any, limit: Any) -> bool:
    """True when the parameter, a number, is `limit` or more."""
    return float(setting) >= float(limit)


@predicate
def is_value(context: Context, setting: Any, value: Any) -> bool:
    """True when the parameter has this value."""
    return bool(setting == value)


@predicate
def attested(context: Context) -> Unknown:
    """Unknown: another estate may hold it, and somebody has to say so."""
    return Unknown("attestation")
