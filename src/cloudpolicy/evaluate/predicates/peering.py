"""Connections between networks: how much of the address space a route hands to the other side."""

from __future__ import annotations

from cloudpolicy.evaluate.logic import any_of
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.evaluate.predicates.addresses import each_value, items, whole_number
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context


@predicate
def is_wide(context: Context, cidr: Any = ABSENT, ipv6_cidr: Any = ABSENT) -> Truth:
    """True when a range has a shorter prefix than parameter widest_route (IPv4) or widest_route_v6, as the default route has."""
    return any_of(
        each_value(item, _shorter_than(whole_number(context, name, default)))
        if not (isinstance(item, Unknown) and item.references)  # the range of a VPC or subnet: /16 at the widest
        else False
        for value, name, default in ((cidr, "widest_route", 8), (ipv6_cidr, "widest_route_v6", 32))
        for item in items(value)
    )


def _shorter_than(limit: int) -> Any:
    def test(value: Any) -> bool:
        length = str(value).rpartition("/")[2]
        return "/" in str(value) and length.isdecimal() and int(length) < limit

    return test


# What is the case when the predicate is true, for messages.
WORDS = {"is_wide": Text("the route covers far more than one network", "一つのネットワークをはるかに超える範囲への経路です")}
