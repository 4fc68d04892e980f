"""Closed networks: what has no place in them at all, and where a route leads."""

from __future__ import annotations

import re

from cloudpolicy.evaluate.links import pointed_at
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.evaluate.predicates.addresses import each_value
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context

_INTERNET = (
    *("aws_internet_gateway", "data.aws_internet_gateway", "AWS::EC2::InternetGateway"),
    *("aws_egress_only_internet_gateway", "AWS::EC2::EgressOnlyInternetGateway"),
)
_OTHERS = ("aws_vpn_gateway", "data.aws_vpn_gateway", "AWS::EC2::VPNGateway", "aws_vpc_endpoint", "aws_ec2_carrier_gateway")
_ID = ("id",)
_IGW = re.compile(r"(?:^|[._])igw_ids?\b")  # as modules call what they hand out: module.vpc.igw_id


@predicate
def is_declared(context: Context) -> bool:
    """True: the resource is declared, and that is the fault."""
    return True


@predicate
def internet_gateway(context: Context, gateway: Any = ABSENT) -> Truth:
    """True when `gateway`, a route's target, is an internet gateway; a VPN gateway, an endpoint and "local" are none."""
    return is_internet_gateway(context, gateway)


def is_internet_gateway(context: Context, gateway: Any) -> Truth:
    """The same, for other predicates."""

    def known(value: Any) -> bool:
        if not isinstance(value, str):
            return False
        return value.startswith("igw-") or bool(pointed_at(context.estate, value, _INTERNET, _ID)[0][0])

    if not isinstance(gateway, Unknown) or gateway.choices is not None:
        return each_value(gateway, known)
    (found, maybe), _ = pointed_at(context.estate, gateway, _INTERNET, _ID, context.resource.address)
    if found or maybe or "internet_gateway" in gateway.expression or _IGW.search(gateway.expression):
        return True
    (found, maybe), _ = pointed_at(context.estate, gateway, _OTHERS, _ID, context.resource.address)
    return False if found or maybe else Unknown(gateway.reason, gateway.expression)


# What is the case when the predicate is true, for messages.
WORDS = {
    "is_declared": Text("a closed network has no place for it", "閉域網には設置できません"),
    "internet_gateway": Text("the route leads to an internet gateway", "インターネットゲートウェイへの経路です"),
}
