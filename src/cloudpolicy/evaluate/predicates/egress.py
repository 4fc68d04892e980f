"""Outbound rules: what lets everything out to everywhere."""

from __future__ import annotations

from cloudpolicy.evaluate.logic import all_of, any_of
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.evaluate.predicates.addresses import any_internet, each_value, items, port_number
from cloudpolicy.evaluate.predicates.network import opens_every_port
from cloudpolicy.model import ABSENT
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context, Located


@predicate
def is_unrestricted(
    context: Context,
    cidrs: Any = ABSENT,
    ipv6_cidrs: Any = ABSENT,
    protocol: Any = ABSENT,
    from_port: Any = ABSENT,
    to_port: Any = ABSENT,
) -> Truth | Located:
    """True when a security group's rule lets everything out to the internet, on every port or with every protocol."""
    return opens_every_port(context, protocol=protocol, from_port=from_port, to_port=to_port, cidrs=cidrs, ipv6_cidrs=ipv6_cidrs)


@predicate
def azure_is_unrestricted(
    context: Context, destination: Any = ABSENT, destination_list: Any = ABSENT, ports: Any = ABSENT, port_list: Any = ABSENT
) -> Truth:
    """True when a rule of an Azure network security group lets everything out to the internet on every port."""
    every = any_of(each_value(item, _is_every_port) for item in items([ports, port_list]))
    return False if every is False else all_of((any_internet(context, destination, destination_list), every))


def _is_every_port(value: Any) -> bool:
    first, _, last = str(value).partition("-")
    low, high = port_number(first), port_number(last)
    return str(value).strip() == "*" or (low is not None and high is not None and low <= 1 and high >= 65535)


# What is the case when the predicate is true, for messages.
WORDS = {
    "is_unrestricted": Text("everything is let out to the internet", "インターネットへの全ての通信を許可しています"),
    "azure_is_unrestricted": Text("everything is let out to the internet", "インターネットへの全ての通信を許可しています"),
}
