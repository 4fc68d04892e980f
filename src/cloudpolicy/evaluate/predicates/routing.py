"""Subnets and the way to the internet: subnet → route table association → route table → route → internet gateway.

A subnet without an association of its own uses its VPC's main route table. Terraform and CloudFormation are told apart by the types that the
estate holds. Each subnet and each table is worked out once per estate.
"""

from __future__ import annotations

from cloudpolicy.evaluate.links import may_be_elsewhere, pointed_at, pointing_at
from cloudpolicy.evaluate.logic import all_of, any_of
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.evaluate.predicates.addresses import any_internet, each_value, items
from cloudpolicy.evaluate.predicates.marks import is_named_public, says_public
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context
    from cloudpolicy.model import Resource

_SUBNETS = ("aws_subnet", "aws_default_subnet", "AWS::EC2::Subnet")
_VPCS = ("aws_vpc", "aws_default_vpc", "AWS::EC2::VPC")
_TABLES = ("aws_route_table", "aws_default_route_table", "AWS::EC2::RouteTable")
_GATEWAYS = ("aws_internet_gateway", "AWS::EC2::InternetGateway", "data.aws_internet_gateway")
_OTHER_TARGETS = ("aws_vpn_gateway", "AWS::EC2::VPNGateway", "data.aws_vpn_gateway", "aws_ec2_carrier_gateway")
_SUBNET_GROUPS = {
    "aws_db_subnet_group": "subnet_ids",
    "aws_docdb_subnet_group": "subnet_ids",
    "aws_redshift_subnet_group": "subnet_ids",
    "AWS::RDS::DBSubnetGroup": "SubnetIds",
}
_ID = ("id", "arn")
# Associations and routes: (type, attribute of the subnet or table, attribute of the table), by format.
_ASSOCIATIONS = (
    ("aws_route_table_association", "subnet_id", "route_table_id"),
    ("AWS::EC2::SubnetRouteTableAssociation", "SubnetId", "RouteTableId"),
)
_DESTINATIONS = (
    *("cidr_block", "ipv6_cidr_block", "destination_cidr_block", "destination_ipv6_cidr_block"),
    *("DestinationCidrBlock", "DestinationIpv6CidrBlock"),
)
_ROUTES = (("aws_route", "route_table_id"), ("AWS::EC2::Route", "RouteTableId"))


@predicate
def leads_to_internet(context: Context) -> Truth:
    """True when the subnet's route table has a default route to an internet gateway."""
    return _subnet_is_public(context, context.resource)


@predicate
def is_judged(context: Context) -> Truth:
    """True when the subnet's way to the internet is known, either way."""
    return not isinstance(_subnet_is_public(context, context.resource), Unknown)


@predicate
def in_public_subnet(context: Context, subnets: Any = ABSENT) -> Truth:
    """True when one of the subnets that are declared here has a default route to an internet gateway.

    Subnets that another estate declares are judged there: they say nothing here.
    """
    (certain, _), _ = pointed_at(context.estate, subnets, _SUBNETS, _ID, context.resource.address)
    return any_of(_subnet_is_public(context, subnet) for subnet in certain)


@predicate
def subnets_judged(context: Context, subnets: Any = ABSENT) -> Truth:
    """True when one of the subnets is declared in this estate and its way to the internet is known.

    What cannot be told of a subnet is said once, of the subnet, and not again of everything that stands in it.
    """
    (certain, _), _ = pointed_at(context.estate, subnets, _SUBNETS, _ID, context.resource.address)
    return any(not isinstance(_subnet_is_public(context, subnet), Unknown) for subnet in certain)


@predicate
def subnets_declared(context: Context, subnets: Any = ABSENT) -> Truth:
    """True when one of the subnets is declared in this estate."""
    (certain, possible), _ = pointed_at(context.estate, subnets, _SUBNETS, _ID, context.resource.address)
    return bool(certain or possible)


@predicate
def marked_public(context: Context) -> Truth:
    """True when the subnet's name, tags or label say that it is meant to be public (parameter public_subnet_marks)."""
    return is_named_public(context, context.resource)


@predicate
def main_table_exposes(context: Context) -> Truth:
    """True when the table is its VPC's main route table, has a default route to an internet gateway, and no subnet here says more."""
    table = context.resource
    if table.type != "aws_default_route_table":
        mains, possible = pointing_at(context.estate, table, ["aws_main_route_table_association"], "route_table_id", _ID)
        if not mains and not possible:
            return False
    public = _table_is_public(context, table)
    if public is False or is_named_public(context, table):
        return False
    attribute = "default_route_table_id" if table.type == "aws_default_route_table" else "vpc_id"
    (vpcs, _), _ = pointed_at(context.estate, table.values.get(attribute, ABSENT), _VPCS, _ID, table.address)
    if any(subnet for vpc in vpcs for subnet in pointing_at(context.estate, vpc, ["aws_subnet"], "vpc_id", _ID)[0]):
        return False  # the subnets that use it are judged themselves
    return all_of((public, Unknown("not-in-estate", "aws_subnet")))


@predicate
def association_exposes(context: Context, table: Any = ABSENT) -> Truth:
    """True when a subnet that is declared elsewhere is given a route table with a default route to an internet gateway."""
    association = context.resource
    by = next(by for type, by, _ in _ASSOCIATIONS if type == association.type)
    subnet = association.values.get(by, ABSENT)
    if subnet is ABSENT:
        return False  # a gateway's edge association
    (certain, possible), _ = pointed_at(context.estate, subnet, _SUBNETS, _ID, association.address)
    if certain or possible or is_named_public(context, association) or says_public(context, subnet):
        return False
    return _target_table_is_public(context, association, table)


@predicate
def route_exposes(context: Context, gateway: Any = ABSENT) -> Truth:
    """True when the route leads a table that is declared elsewhere to an internet gateway."""
    if gateway is ABSENT:
        return False
    route = context.resource
    by = next(by for type, by in _ROUTES if type == route.type)
    reaches = _route_is_public(context, route, route.values)
    table = route.values.get(by, ABSENT)
    (certain, possible), _ = pointed_at(context.estate, table, (*_TABLES, *_VPCS), _ID, route.address)
    if reaches is False or certain or possible or is_named_public(context, route) or says_public(context, table):
        return False
    return all_of((reaches, Unknown("not-in-estate", "aws_route_table" if by == "route_table_id" else "AWS::EC2::RouteTable")))


@predicate
def names_no_subnet(context: Context, subnets: Any = ABSENT) -> Truth:
    """True when no subnet is written, so that the default VPC's are used."""
    return subnets is ABSENT or subnets == [] or subnets == ""


@predicate
def gives_public_address(context: Context, subnets: Any = ABSENT) -> Truth:
    """True when a subnet gives every new interface a public IP address; unknown when one is not declared here."""
    (certain, possible), complete = pointed_at(context.estate, subnets, _SUBNETS, _ID, context.resource.address)
    truths = [_maps_public_address(subnet) for subnet in certain]
    if possible or not complete:
        truths.append(Unknown("not-in-estate", "aws_subnet" if context.estate.format == "terraform" else "AWS::EC2::Subnet"))
    return any_of(truths)


@predicate
def subnet_group_is_public(context: Context, group: Any = ABSENT) -> Truth:
    """True when a database's subnet group that is declared here holds a subnet with a default route to an internet gateway.

    Judged only by what is certain, as the database's own public address is judged beside it.
    """
    near = context.resource.address
    (groups, _), _ = pointed_at(context.estate, group, list(_SUBNET_GROUPS), ("name", "id", "DBSubnetGroupName"), near)
    for found in groups:
        (subnets, _), _ = pointed_at(context.estate, found.values.get(_SUBNET_GROUPS[found.type], ABSENT), _SUBNETS, _ID, found.address)
        if any(_subnet_is_public(context, subnet) is True for subnet in subnets):
            return True
    return False


@predicate
def is_forced_tunnel(context: Context) -> Truth:
    """True when the parameter forced_tunnel asks for a route table on every subnet."""
    return bool(context.parameters.get("forced_tunnel", False))


def _maps_public_address(subnet: Resource) -> Truth:
    default = subnet.type == "aws_default_subnet"
    value = subnet.values.get("MapPublicIpOnLaunch" if subnet.type.startswith("AWS::") else "map_public_ip_on_launch", default)
    return each_value(value, lambda known: default if known is ABSENT else str(known).lower() == "true")


def _subnet_is_public(context: Context, subnet: Resource) -> Truth:
    slot = ("routing.subnet", subnet.address)
    known = context.estate.links
    if slot not in known:
        known[slot] = Unknown("cycle", subnet.address)
        known[slot] = _work_out_subnet(context, subnet)
    return known[slot]  # type: ignore[no-any-return]


def _work_out_subnet(context: Context, subnet: Resource) -> Truth:
    estate = context.estate
    own: list[Truth] = []
    maybe: list[Truth] = []
    for type, by, to in _ASSOCIATIONS:
        certain, possible = pointing_at(estate, subnet, [type], by, _ID)
        own += [
            _if_it_exists(association, _target_table_is_public(context, association, association.values.get(to, ABSENT)))
            for association in certain
        ]
        maybe += [_target_table_is_public(context, association, association.values.get(to, ABSENT)) for association in possible]
    if own:
        return any_of(own)
    main = _main_table_is_public(context, subnet)
    if main is False and all(truth is False for truth in maybe):
        return False
    if maybe:
        return Unknown("known-after-apply", subnet.address)
    return main


def _main_table_is_public(context: Context, subnet: Resource) -> Truth:
    """Of a subnet without an association: what the main route table of its VPC says."""
    estate = context.estate
    if subnet.type == "aws_default_subnet":
        return True  # the default VPC's main table leads to its internet gateway
    attribute = "VpcId" if subnet.type.startswith("AWS::") else "vpc_id"
    (vpcs, _), _ = pointed_at(estate, subnet.values.get(attribute, ABSENT), _VPCS, _ID, subnet.address)
    if not vpcs:
        return Unknown("not-in-estate", "aws_route_table_association" if attribute == "vpc_id" else "AWS::EC2::SubnetRouteTableAssociation")
    truths: list[Truth] = []
    for vpc in vpcs:
        if vpc.type == "aws_default_vpc":
            return True
        if may_be_elsewhere(estate, subnet) or may_be_elsewhere(estate, vpc):
            truths.append(Unknown("missing-module", vpc.address))
        certain, possible = pointing_at(estate, vpc, ["aws_default_route_table"], "default_route_table_id", ("default_route_table_id",))
        truths += [_table_is_public(context, table) for table in certain]
        for association in pointing_at(estate, vpc, ["aws_main_route_table_association"], "vpc_id", _ID)[0]:
            truths.append(
                _if_it_exists(association, _target_table_is_public(context, association, association.values.get("route_table_id", ABSENT)))
            )
        for route in pointing_at(estate, vpc, ["aws_route"], "route_table_id", ("main_route_table_id", "default_route_table_id"))[0]:
            truths.append(_if_it_exists(route, _route_is_public(context, route, route.values)))
        if possible:
            truths.append(Unknown("known-after-apply", vpc.address))
    return any_of(truths)


def _target_table_is_public(context: Context, association: Resource, value: Any) -> Truth:
    """Whether the table that an association names by `value` leads to the internet."""
    (certain, possible), complete = pointed_at(context.estate, value, (*_TABLES, *_VPCS), _ID, association.address)
    # An association with aws_vpc.x.main_route_table_id: the main table's own routes speak.
    truths = [False if table.type in _VPCS else _table_is_public(context, table) for table in certain]
    if not certain and possible:
        answers = {_table_is_public(context, table) is True for table in possible}
        truths.append(answers.pop() if len(answers) == 1 else Unknown("known-after-apply", association.address))
    elif not complete:
        truths.append(Unknown("not-in-estate", "AWS::EC2::RouteTable" if association.type.startswith("AWS::") else "aws_route_table"))
    return any_of(truths)


def _table_is_public(context: Context, table: Resource) -> Truth:
    slot = ("routing.table", table.address)
    known = context.estate.links
    if slot not in known:
        truths = [_route_is_public(context, table, route) for route in items(table.values.get("route", ABSENT))]
        for type, by in _ROUTES:
            certain, possible = pointing_at(context.estate, table, [type], by, _ID)
            truths += [_if_it_exists(route, _route_is_public(context, route, route.values)) for route in certain]
            for route in possible:
                if _route_is_public(context, route, route.values) is not False:
                    truths.append(Unknown("known-after-apply", route.address))
        truth = any_of(truths)
        if truth is False and may_be_elsewhere(context.estate, table):
            truth = Unknown("missing-module", table.address)
        known[slot] = _if_it_exists(table, truth)
    return known[slot]  # type: ignore[no-any-return]


def _route_is_public(context: Context, holder: Resource, route: Any) -> Truth:
    """True for a default route (IPv4 or IPv6) whose target is an internet gateway; an egress-only gateway lets nobody in."""
    if not isinstance(route, dict):
        return route if isinstance(route, Unknown) else False
    gateway = route.get("gateway_id", route.get("GatewayId", ABSENT))
    if gateway is ABSENT or gateway == "":
        return False
    destination = any_internet(context, *(route.get(name, ABSENT) for name in _DESTINATIONS))
    if destination is False:
        return False
    return all_of((_is_internet_gateway(context, holder, gateway), destination))


def _is_internet_gateway(context: Context, holder: Resource, gateway: Any) -> Truth:
    if isinstance(gateway, str):
        return gateway.startswith("igw-") or bool(pointed_at(context.estate, gateway, _GATEWAYS, _ID)[0][0])
    (certain, possible), _ = pointed_at(context.estate, gateway, _GATEWAYS, _ID, holder.address)
    if certain:
        return _if_it_exists(certain[0], True)
    if possible:
        return True if isinstance(gateway, Unknown) and gateway.choices is None else Unknown("known-after-apply", holder.address)
    (others, maybe), _ = pointed_at(context.estate, gateway, _OTHER_TARGETS, _ID, holder.address)
    if others or maybe:
        return False
    if isinstance(gateway, Unknown):
        return True if "internet_gateway" in gateway.expression else Unknown(gateway.reason, gateway.expression)
    return False


def _if_it_exists(resource: Resource, truth: Truth) -> Truth:
    """What a resource says that may not exist is not certain."""
    return Unknown("condition-undetermined", resource.address) if resource.conditional and truth is True else truth


# What is the case when the predicate is true, for messages.
WORDS = {
    "leads_to_internet": Text(
        "its route table leads to an internet gateway", "ルートテーブルにインターネットゲートウェイへの既定の経路があります"
    ),
    "in_public_subnet": Text(
        "it stands in a subnet that leads to an internet gateway", "インターネットゲートウェイへの経路を持つサブネットに配置されています"
    ),
    "main_table_exposes": Text(
        "the VPC's main route table leads to an internet gateway", "VPCのメインルートテーブルにインターネットゲートウェイへの経路があります"
    ),
    "association_exposes": Text(
        "it gives the subnet a route table that leads to an internet gateway",
        "インターネットゲートウェイへの経路を持つルートテーブルをサブネットに関連付けています",
    ),
    "route_exposes": Text(
        "it leads the table to an internet gateway", "ルートテーブルにインターネットゲートウェイへの経路を追加しています"
    ),
    "subnet_group_is_public": Text(
        "its subnet group holds a subnet that leads to an internet gateway",
        "サブネットグループにインターネットゲートウェイへの経路を持つサブネットが含まれています",
    ),
    "gives_public_address": Text("its subnet assigns a public IP address", "配置先のサブネットが公開IPアドレスを自動で付与します"),
}
