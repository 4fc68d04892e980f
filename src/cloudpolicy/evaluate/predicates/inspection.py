"""Firewalls in the way of traffic: a default route that leads round the one that the estate has."""

from __future__ import annotations

from cloudpolicy.evaluate.links import pointed_at, pointing_at
from cloudpolicy.evaluate.logic import all_of, any_of
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.evaluate.predicates.addresses import any_internet, items
from cloudpolicy.evaluate.predicates.closed import is_internet_gateway
from cloudpolicy.evaluate.predicates.routing import in_public_subnet
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context
    from cloudpolicy.model import Resource

_FIREWALL = "aws_networkfirewall_firewall"
_ID = ("id",)
_DESTINATIONS = ("cidr_block", "ipv6_cidr_block", "destination_cidr_block", "destination_ipv6_cidr_block")


@predicate
def goes_round(context: Context) -> Truth:
    """True when the route table leads a workload's subnet to the internet and no firewall stands on the way.

    The table of a firewall's own subnet, and that of a NAT gateway's, have to lead to the internet. A table without a subnet here says nothing.
    """
    table = context.resource
    subnets = list(_subnets(context, table))
    if not subnets or any(_is_on_the_way(context, subnet) for subnet in subnets):
        return False
    routes = [route for route in items(table.values.get("route", ABSENT)) if isinstance(route, dict)]
    routes += [route.values for route in pointing_at(context.estate, table, ["aws_route"], "route_table_id", _ID)[0]]
    return any_of(_leaves(context, route) for route in routes)


def _subnets(context: Context, table: Resource) -> Iterator[Resource]:
    for association in pointing_at(context.estate, table, ["aws_route_table_association"], "route_table_id", _ID)[0]:
        value = association.values.get("subnet_id", ABSENT)
        yield from pointed_at(context.estate, value, ["aws_subnet"], _ID, association.address)[0][0]


def _is_on_the_way(context: Context, subnet: Resource) -> bool:
    """Whether a firewall or a NAT gateway stands, or may stand, in the subnet."""
    firewalls = pointing_at(context.estate, subnet, [_FIREWALL], "subnet_mapping.subnet_id", _ID)
    gateways = pointing_at(context.estate, subnet, ["aws_nat_gateway"], "subnet_id", _ID)
    return any(found for pair in (firewalls, gateways) for found in pair)


def _leaves(context: Context, route: dict[str, Any]) -> Truth:
    """Whether a route is a default route to an internet gateway, or to a NAT gateway that no firewall stands behind."""

    def target() -> Truth:
        (gateways, possible), complete = pointed_at(
            context.estate, route.get("nat_gateway_id", ABSENT), ["aws_nat_gateway"], _ID, context.resource.address
        )
        behind: list[Truth] = [in_public_subnet(context, gateway.values.get("subnet_id", ABSENT)) is True for gateway in gateways]
        if possible or (not complete and isinstance(route.get("nat_gateway_id"), Unknown)):
            behind.append(Unknown("not-in-estate", "aws_nat_gateway"))
        return any_of([is_internet_gateway(context, route.get("gateway_id", ABSENT)), *behind])

    default = any_internet(context, *(route.get(name, ABSENT) for name in _DESTINATIONS))
    return False if default is False else all_of((default, target()))


# What is the case when the predicate is true, for messages.
WORDS = {"goes_round": Text("its default route leads round the firewall", "既定の経路がファイアウォールを迂回しています")}
