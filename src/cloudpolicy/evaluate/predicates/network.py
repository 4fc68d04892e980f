"""Inbound rules of security groups: who may come in, on which ports.

A rule's arguments are the same for every resource type that writes one: `protocol`, `from_port`, `to_port`, `cidrs` and `ipv6_cidrs` (one range
or a list), `prefix_lists` (one id or a list). A rule whose only source is a security group, or `self`, lets nobody in from the internet.
"""

from __future__ import annotations

from cloudpolicy.evaluate.links import pointed_at, pointing_at, read_path
from cloudpolicy.evaluate.logic import all_of, any_of, negate
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.evaluate.predicates.addresses import (
    any_internet,
    each_value,
    holds_every_port,
    holds_other_port,
    holds_port,
    ipv4,
    is_internet,
    items,
    number_list,
    whole_number,
)
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context
    from cloudpolicy.model import Resource

# The defaults of the parameters of CP_NET_001, for policies that do not state them.
ADMIN_PORTS = [22, 23, 135, 139, 445, 2375, 2376, 3389, 5900, 5985, 5986]
DB_PORTS = [1433, 1434, 1521, 3306, 5432, 5439, 6379, 9200, 9300, 11211, 27017]
PUBLIC_PORTS = [80, 443]


def private_ports(context: Context) -> list[int]:
    """The ports of administration and of databases, which the internet has no business at."""
    return number_list(context, "admin_ports", ADMIN_PORTS) + number_list(context, "db_ports", DB_PORTS)


_GROUPS = ("aws_security_group", "aws_default_security_group", "AWS::EC2::SecurityGroup")
_VPCS = ("aws_vpc", "aws_default_vpc", "AWS::EC2::VPC")
_GROUP_NAMES = ("id", "name", "GroupName", "GroupId")
_PREFIX_LISTS = ("aws_ec2_managed_prefix_list", "AWS::EC2::PrefixList", "data.aws_ec2_managed_prefix_list", "data.aws_prefix_list")
# Separate rules: type -> (attribute that names the group, names of protocol, from, to, range, IPv6 range, prefix list)
_SEPARATE = {
    "aws_security_group_rule": (
        "security_group_id",
        ("protocol", "from_port", "to_port", "cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids"),
    ),
    "aws_vpc_security_group_ingress_rule": (
        "security_group_id",
        ("ip_protocol", "from_port", "to_port", "cidr_ipv4", "cidr_ipv6", "prefix_list_id"),
    ),
    "AWS::EC2::SecurityGroupIngress": ("GroupId", ("IpProtocol", "FromPort", "ToPort", "CidrIp", "CidrIpv6", "SourcePrefixListId")),
}
_INLINE = {
    "ingress": ("protocol", "from_port", "to_port", "cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids"),
    "SecurityGroupIngress": ("IpProtocol", "FromPort", "ToPort", "CidrIp", "CidrIpv6", "SourcePrefixListId"),
}


@predicate
def opens_admin_port(
    context: Context,
    protocol: Any = ABSENT,
    from_port: Any = ABSENT,
    to_port: Any = ABSENT,
    cidrs: Any = ABSENT,
    ipv6_cidrs: Any = ABSENT,
    prefix_lists: Any = ABSENT,
) -> Truth:
    """True when the rule lets the internet reach an administration or database port (parameters admin_ports, db_ports)."""

    def reaches() -> Truth:
        ports = private_ports(context)
        return any_of((_every_protocol(protocol), all_of((_has_ports(protocol), holds_port(from_port, to_port, ports)))))

    return _to_internet(context, reaches, cidrs, ipv6_cidrs, prefix_lists)


@predicate
def opens_every_port(
    context: Context,
    protocol: Any = ABSENT,
    from_port: Any = ABSENT,
    to_port: Any = ABSENT,
    cidrs: Any = ABSENT,
    ipv6_cidrs: Any = ABSENT,
    prefix_lists: Any = ABSENT,
) -> Truth:
    """True when the rule lets the internet in on every port or with every protocol."""

    def reaches() -> Truth:
        return any_of((_every_protocol(protocol), all_of((_has_ports(protocol), holds_every_port(from_port, to_port)))))

    return _to_internet(context, reaches, cidrs, ipv6_cidrs, prefix_lists)


@predicate
def opens_unlisted_port(
    context: Context,
    protocol: Any = ABSENT,
    from_port: Any = ABSENT,
    to_port: Any = ABSENT,
    cidrs: Any = ABSENT,
    ipv6_cidrs: Any = ABSENT,
    prefix_lists: Any = ABSENT,
) -> Truth:
    """True when the rule lets the internet reach a port outside the parameter public_ports.

    What opens_every_port or opens_admin_port says already is not said again.
    """

    def reaches() -> Truth:
        told = private_ports(context)
        return all_of(
            (
                _has_ports(protocol),
                negate(_every_protocol(protocol)),
                holds_other_port(from_port, to_port, number_list(context, "public_ports", PUBLIC_PORTS)),
                negate(holds_every_port(from_port, to_port)),
                negate(holds_port(from_port, to_port, told)),
            )
        )

    return _to_internet(context, reaches, cidrs, ipv6_cidrs, prefix_lists)


@predicate
def groups_admit_internet(context: Context, groups: Any = ABSENT) -> Truth:
    """True when one of the security groups that are declared here lets the internet in, on whatever port.

    Judged only by what is certain: a group or a range that is not known here is not held against the resource, because the resource's own
    public address is judged beside it.
    """
    (certain, _), _ = pointed_at(context.estate, groups, _GROUPS, _GROUP_NAMES, context.resource.address)
    return any(_admits_internet(context, group) is True for group in certain)


@predicate
def is_default_group(context: Context, group: Any = ABSENT) -> Truth:
    """True when the group is a VPC's default security group, named by the VPC's own attribute."""
    if not isinstance(group, Unknown):
        return False
    targets = [context.estate.at(reference) for reference in group.references]
    by_name = "defaultsecuritygroup" in group.expression.lower().replace("_", "")
    return by_name and any(target is not None and target.type in _VPCS for target in targets)


@predicate
def is_wide_range(context: Context, first: Any = ABSENT, last: Any = ABSENT) -> Truth:
    """True when a firewall rule from `first` to `last` lets in more addresses than parameter widest_range, or all of Azure (0.0.0.0)."""
    widest = whole_number(context, "widest_range", 256)

    def test(start: Any) -> Truth:
        low = ipv4(start) if isinstance(start, str) else None

        def test_end(end: Any) -> bool:
            high = ipv4(end) if isinstance(end, str) else None
            if low is None or high is None:
                return False
            return (low == 0 and high == 0) or high - low + 1 > widest

        return each_value(last, test_end)

    return each_value(first, test)


@predicate
def admits_wide_ranges(context: Context, ranges: Any = ABSENT) -> Truth:
    """True when an IP filter (a list, or text with commas) is empty, holds the internet or 0.0.0.0, which means all of Azure."""
    written = [part for item in items(ranges) for part in (item.split(",") if isinstance(item, str) else [item])]
    if not written:
        return True
    return any_of(part if isinstance(part, Unknown) else is_internet(context, part) for part in written)


def _to_internet(context: Context, reaches: Callable[[], Truth], cidrs: Any, ipv6_cidrs: Any, prefix_lists: Any) -> Truth:
    """Both: the source is the internet, and `reaches` holds. The cheaper question comes first, links last."""
    internet = any_internet(context, cidrs, ipv6_cidrs)
    if internet is False and (prefix_lists is ABSENT or prefix_lists == []):
        return False
    reached = reaches()
    if reached is not False and internet is not True:
        internet = any_of((internet, _prefix_lists_hold_internet(context, prefix_lists)))
    return all_of((internet, reached))


def _every_protocol(protocol: Any) -> Truth:
    return each_value(protocol, lambda known: str(known).strip().lower() in ("-1", "all", "any", "*"))


def _has_ports(protocol: Any) -> Truth:
    """True for TCP and UDP, and for a protocol that is not written; every other one (ICMP, ESP …) has no ports."""
    return each_value(protocol, lambda known: known is ABSENT or str(known).strip().lower() in ("tcp", "udp", "6", "17", "-1", "all"))


def _prefix_lists_hold_internet(context: Context, value: Any) -> Truth:
    """True when a managed prefix list of this estate holds the internet; lists that AWS keeps (CloudFront, S3) never do."""
    if value is ABSENT or value == []:
        return False
    estate = context.estate
    (certain, possible), complete = pointed_at(estate, value, _PREFIX_LISTS, ("id", "name"), context.resource.address)
    truths = [_list_holds_internet(context, found) for found in certain]
    if not complete or possible:
        unknown = next((item for item in items(value) if isinstance(item, Unknown)), None)
        truths.append(Unknown(unknown.reason, unknown.expression) if unknown is not None else Unknown("not-in-estate", str(value)))
    return any_of(truths)


def _list_holds_internet(context: Context, found: Resource) -> Truth:
    if found.type.startswith("data."):
        name = found.values.get("name")
        if isinstance(name, Unknown) and isinstance(name.partial, str):
            name = name.partial
        managed = isinstance(name, str) and name.startswith("com.amazonaws.")
        return False if managed else Unknown("data-source", found.address)
    ranges = [*read_path(found.values, ("entry", "cidr")), *read_path(found.values, ("Entries", "Cidr"))]
    separate, possible = pointing_at(context.estate, found, ["aws_ec2_managed_prefix_list_entry"], "prefix_list_id", ("id",))
    ranges += [entry.values.get("cidr", ABSENT) for entry in separate]
    maybe = [entry.values.get("cidr", ABSENT) for entry in possible]
    truth = any_internet(context, ranges)
    if truth is False and any_internet(context, maybe) is not False:
        return Unknown("known-after-apply", found.address)
    return truth


def _admits_internet(context: Context, group: Resource) -> Truth:
    """True when a rule of the group, inline or separate, has the internet as its source."""
    return any_of(_to_internet(context, lambda: True, *sources) for sources in _sources_of(context, group))


def _sources_of(context: Context, group: Resource) -> Iterator[tuple[Any, Any, Any]]:
    """The sources (ranges, IPv6 ranges, prefix lists) of every inbound rule that a group certainly has."""
    for attribute, names in _INLINE.items():
        for rule in items(group.values.get(attribute, ABSENT)):
            if isinstance(rule, dict):
                yield tuple(rule.get(name, ABSENT) for name in names[3:])
            else:
                yield rule, ABSENT, ABSENT
    for type, (by, names) in _SEPARATE.items():
        certain, _ = pointing_at(context.estate, group, [type], by, _GROUP_NAMES)
        for rule in certain:
            if not rule.conditional and (type != "aws_security_group_rule" or rule.values.get("type") == "ingress"):
                yield tuple(rule.values.get(name, ABSENT) for name in names[3:])


# What is the case when the predicate is true, for messages.
WORDS = {
    "opens_admin_port": Text(
        "lets the internet reach an administration or database port", "インターネットから管理用ポート又はデータベースのポートに到達できます"
    ),
    "opens_every_port": Text(
        "lets the internet in on every port or protocol", "インターネットから全てのポート又はプロトコルの通信を許可しています"
    ),
    "opens_unlisted_port": Text(
        "lets the internet reach a port that is not meant for the public",
        "公開用として定めたポート以外にインターネットから到達できます",
    ),
    "groups_admit_internet": Text(
        "one of its security groups lets the internet in", "設定されたセキュリティグループがインターネットからの通信を許可しています"
    ),
    "is_default_group": Text("the group is the VPC's default security group", "VPCの既定のセキュリティグループです"),
    "is_wide_range": Text(
        "the rule admits a wide range of addresses, or all of Azure", "広い範囲のアドレス又はAzure全体からの接続を許可しています"
    ),
    "admits_wide_ranges": Text(
        "the IP filter admits the internet or all of Azure", "IPフィルターがインターネット又はAzure全体からの接続を許可しています"
    ),
}
