"""Whether something stands in more than one place: several zones, several subnets, several members."""

from __future__ import annotations

from cloudpolicy.evaluate.links import may_be_elsewhere, pointed_at, pointing_at
from cloudpolicy.evaluate.logic import choose
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.evaluate.predicates.addresses import items
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
# Members of a cluster: (type, attribute that names the cluster), by the cluster's type.
_MEMBERS = {
    "aws_rds_cluster": (("aws_rds_cluster_instance", "cluster_identifier"),),
    "aws_docdb_cluster": (("aws_docdb_cluster_instance", "cluster_identifier"),),
    "aws_neptune_cluster": (("aws_neptune_cluster_instance", "cluster_identifier"),),
    "AWS::RDS::DBCluster": (("AWS::RDS::DBInstance", "DBClusterIdentifier"),),
    "AWS::DocDB::DBCluster": (("AWS::DocDB::DBInstance", "DBClusterIdentifier"),),
    "AWS::Neptune::DBCluster": (("AWS::Neptune::DBInstance", "DBClusterIdentifier"),),
}


@predicate
def is_several(context: Context, value: Any) -> Truth:
    """True when a list holds two different entries or more; also for every zone of the region (Fn::GetAZs)."""
    return _several(value)


def _several(value: Any) -> Truth:
    if isinstance(value, Unknown):
        if value.choices is not None:
            return choose((_several(choice) for choice in value.choices), value)
        if value.expression.startswith(("!GetAZs", "Fn::GetAZs")):
            return True
        return True if isinstance(value.partial, list) and _count(value.partial) > 1 else value
    entries = list(items(value))
    if _count(entries) > 1:
        return True
    alone = entries[0] if entries else None
    return alone if isinstance(alone, Unknown) and _may_be_list(alone) else False


def _count(entries: list[Any]) -> int:
    """How many different entries there are for certain."""
    written = {part.strip() for item in entries if not isinstance(item, Unknown) for part in str(item).split(",")}
    return len(written) + len({(item.expression, item.references) for item in entries if isinstance(item, Unknown)})


@predicate
def in_several_zones(context: Context, subnets: Any = ABSENT) -> Truth:
    """True when the subnets stand in two zones or more, as far as their zones are told; two subnets are taken for two zones."""
    several = _several(subnets)
    if several is False:
        return False
    (certain, possible), complete = pointed_at(context.estate, subnets, _SUBNETS, ("id",), context.resource.address)
    if isinstance(several, Unknown):
        alone = isinstance(subnets, Unknown) and complete and len(certain) == 1 and not possible and not _may_be_list(subnets)
        return False if alone else several
    if not complete or possible or len(certain) < 2:
        return True
    zones = {_zone(subnet) for subnet in certain}
    return None in zones or len(zones) > 1


@predicate
def network_spans_zones(context: Context, vpc: Any = ABSENT) -> Truth:
    """True when the subnets of this subnet's VPC stand in two zones or more."""
    (networks, _), complete = pointed_at(context.estate, vpc, _VPCS, ("id",), context.resource.address)
    if not networks or not complete:
        return Unknown("not-in-estate", vpc.expression if isinstance(vpc, Unknown) else str(vpc))
    slot = ("zones", networks[0].address)
    if slot not in context.estate.links:
        context.estate.links[slot] = _network_spans(context, networks[0])
    return context.estate.links[slot]  # type: ignore[no-any-return]


def _network_spans(context: Context, network: Resource) -> Truth:
    zones: set[Any] = set()
    for type in _SUBNETS:
        certain, possible = pointing_at(context.estate, network, [type], "VpcId" if "::" in type else "vpc_id", ("id",))
        for subnet in (*certain, *possible):
            if subnet in possible or subnet.conditional:
                return Unknown("condition-undetermined", subnet.address)
            zones.add(_zone(subnet))
    if len(zones) > 1 and None not in zones:
        return True
    if None in zones or may_be_elsewhere(context.estate, network):
        return Unknown("known-after-apply", "availability_zone")
    return False


@predicate
def has_two_members(context: Context) -> Truth:
    """True when a database cluster has two instances or more, so that another takes over when one fails."""
    estate, cluster = context.estate, context.resource
    names = ("id", "cluster_identifier", "DBClusterIdentifier")
    for type, by in _MEMBERS.get(cluster.type, ()):
        certain, possible = pointing_at(estate, cluster, [type], by, names)
        if sum(not member.conditional for member in certain) > 1:
            return True
        if len(certain) > 1 or possible or any(member.conditional for member in certain):
            return Unknown("condition-undetermined", (certain or possible)[0].address)
        if not certain:  # the instances stand somewhere else
            return Unknown("not-in-estate", type)
    return Unknown("not-in-estate", cluster.type) if may_be_elsewhere(estate, cluster) else False


@predicate
def gateway_per_zone(context: Context) -> Truth:
    """True when a NAT gateway of one zone serves the subnets of one zone only, as far as their zones are told."""
    estate, zones = context.estate, set()
    routes, _ = pointing_at(estate, context.resource, ["AWS::EC2::Route"], "NatGatewayId", ())
    for route in routes:
        (tables, _), _ = pointed_at(estate, route.values.get("RouteTableId", ABSENT), ["AWS::EC2::RouteTable"], (), route.address)
        for table in tables:
            ties, _ = pointing_at(estate, table, ["AWS::EC2::SubnetRouteTableAssociation"], "RouteTableId", ())
            for tie in ties:
                (subnets, _), _ = pointed_at(estate, tie.values.get("SubnetId", ABSENT), ["AWS::EC2::Subnet"], (), tie.address)
                zones |= {_zone(subnet) for subnet in subnets}
    return len(zones - {None}) < 2


def _may_be_list(value: Unknown) -> bool:
    """An expression that names one thing ("aws_subnet.a.id") is one entry; a variable or a splat may be many."""
    return not value.references or "[*]" in value.expression or ".*" in value.expression


def _zone(subnet: Resource) -> Any:
    """What tells the zone of a subnet from another's: its name, or the expression that gives it; None when nothing is written."""
    for name in ("availability_zone", "availability_zone_id", "AvailabilityZone", "AvailabilityZoneId"):
        value = subnet.values.get(name)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, Unknown):
            looped = "count." in value.expression or "each." in value.expression
            return (value.expression, subnet.address) if looped else value.expression
    return None


WORDS = {
    "is_several": Text("names two or more", "二つ以上が指定されています"),
    "in_several_zones": Text("spans two zones or more", "二つ以上の可用性ゾーンにまたがっています"),
    "network_spans_zones": Text("the network's subnets span two zones or more", "サブネットが二つ以上の可用性ゾーンにまたがっています"),
    "has_two_members": Text("has two instances or more", "二つ以上のインスタンスがあります"),
    "gateway_per_zone": Text("serves one zone only", "一つの可用性ゾーンのみが利用しています"),
}
WORDS_FALSE = {
    "is_several": Text("names fewer than two", "二つ以上が指定されていません"),
    "in_several_zones": Text("stands in one zone only", "一つの可用性ゾーンにしか配置されません"),
    "network_spans_zones": Text(
        "every subnet of the network stands in one zone", "ネットワークのすべてのサブネットが一つの可用性ゾーンにあります"
    ),
    "has_two_members": Text("has one instance only", "インスタンスが一つしかありません"),
    "gateway_per_zone": Text("several zones depend on this one gateway", "複数の可用性ゾーンがこの一つのゲートウェイに依存しています"),
}
