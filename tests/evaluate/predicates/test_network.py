"""Inbound rules of security groups."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context, network
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

PLACE = Span("/main.tf")
UNKNOWN = Unknown("variable-without-value", "var.x")
EVERYBODY = ["0.0.0.0/0"]


def resource(type: str, name: str, /, **values: Any) -> Resource:
    return Resource(type, f"{type}.{name}", values, PLACE)


def context(*resources: Resource, **parameters: Any) -> Context:
    subject = resource("aws_security_group_rule", "subject")
    return Context(Estate("/", "terraform", "hcl", [subject, *resources]), subject, {}, parameters)


def rule(protocol: Any = "tcp", low: Any = ABSENT, high: Any = ABSENT, cidrs: Any = ABSENT, **others: Any) -> dict[str, Any]:
    return {"protocol": protocol, "from_port": low, "to_port": high, "cidrs": cidrs, **others}


@pytest.mark.parametrize(
    "given_rule",
    [
        rule("tcp", 22, 22, EVERYBODY),
        rule("TCP", "22", "22", "0.0.0.0/0"),
        rule("6", 0, 1024, EVERYBODY),
        rule(6, 3389, 3389, EVERYBODY),
        rule("17", 3389, 3389, EVERYBODY),
        rule("-1", 0, 0, EVERYBODY),
        rule(-1, 443, 443, EVERYBODY),
        rule("all", ABSENT, ABSENT, EVERYBODY),
        rule(ABSENT, 22, 22, EVERYBODY),
        rule("tcp", 5432, 5432, ["10.0.0.0/8", "0.0.0.0/1"]),
        rule("tcp", 22, 22, ipv6_cidrs=["::/0"]),
        rule("tcp", 22, 22, [UNKNOWN, "0.0.0.0/0"]),
        rule(UNKNOWN, 22, 22, EVERYBODY) | {"protocol": Unknown("x", choices=("tcp", "-1"))},
    ],
)
def test_admin_port_is_open(given_rule: dict[str, Any]) -> None:
    assert network.opens_admin_port(context(), **given_rule) is True


@pytest.mark.parametrize(
    "given_rule",
    [
        rule("tcp", 443, 443, EVERYBODY),
        rule("tcp", 22, 22),
        rule("tcp", 22, 22, []),
        rule("tcp", 22, 22, ["10.0.0.0/8", "203.0.113.1/32"]),
        rule("icmp", -1, -1, EVERYBODY),
        rule("icmpv6", 22, 22, EVERYBODY),
        rule("1", 3389, 3389, EVERYBODY),
        rule("50", ABSENT, ABSENT, EVERYBODY),
        rule("tcp", 443, 443, UNKNOWN),
        rule("icmp", UNKNOWN, UNKNOWN, EVERYBODY),
        rule("-1", 0, 0, ipv6_cidrs=["fd00::/8"]),
        rule("tcp", 22, 22, prefix_lists=[]),
    ],
)
def test_admin_port_is_not_open(given_rule: dict[str, Any]) -> None:
    assert network.opens_admin_port(context(), **given_rule) is False


@pytest.mark.parametrize(
    "given_rule",
    [
        rule("tcp", 22, 22, UNKNOWN),
        rule("tcp", UNKNOWN, UNKNOWN, EVERYBODY),
        rule(UNKNOWN, 443, 443, EVERYBODY),
        rule("tcp", 22, 22, prefix_lists=["pl-1"]),
        rule("tcp", 22, 22, ["10.0.0.0/8", UNKNOWN]),
    ],
)
def test_admin_port_may_be_open(given_rule: dict[str, Any]) -> None:
    assert isinstance(network.opens_admin_port(context(), **given_rule), Unknown)


def test_the_ports_are_the_customers() -> None:
    ssh, other = rule("tcp", 22, 22, EVERYBODY), rule("tcp", 10022, 10022, EVERYBODY)
    assert network.opens_admin_port(context(admin_ports=[10022], db_ports=[]), **ssh) is False
    assert network.opens_admin_port(context(admin_ports=[10022], db_ports=[]), **other) is True


def prefix_list(**values: Any) -> Resource:
    return resource("aws_ec2_managed_prefix_list", "x", **values)


REFERENCE = Unknown("known-after-apply", "aws_ec2_managed_prefix_list.x.id", ("aws_ec2_managed_prefix_list.x",))


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([prefix_list(entry=[{"cidr": "10.0.0.0/8"}, {"cidr": "0.0.0.0/0"}])], True),
        ([prefix_list(entry=[{"cidr": "10.0.0.0/8"}])], False),
        ([prefix_list()], False),
        ([prefix_list(), resource("aws_ec2_managed_prefix_list_entry", "e", prefix_list_id=REFERENCE, cidr="::/0")], True),
        ([prefix_list(), resource("aws_ec2_managed_prefix_list_entry", "e", prefix_list_id=UNKNOWN, cidr="::/0")], None),
        ([prefix_list(entry=UNKNOWN)], None),
        ([], None),
    ],
)
def test_a_prefix_list_is_what_it_holds(others: list[Resource], expected: bool | None) -> None:
    answer = network.opens_admin_port(context(*others), protocol="tcp", from_port=22, to_port=22, prefix_lists=[REFERENCE])
    assert answer is expected if expected is not None else isinstance(answer, Unknown)


def test_a_list_that_aws_keeps_is_not_the_internet() -> None:
    address = "data.aws_ec2_managed_prefix_list.x"
    cloudfront = Resource("data.aws_ec2_managed_prefix_list", address, {"name": "com.amazonaws.global.cloudfront.origin-facing"}, PLACE)
    by_filter = Resource("data.aws_ec2_managed_prefix_list", address, {"filter": [{}]}, PLACE)
    value = Unknown("data-source", f"{address}.id", (address,))
    assert network.opens_every_port(context(cloudfront), protocol="-1", prefix_lists=value) is False
    assert isinstance(network.opens_every_port(context(by_filter), protocol="-1", prefix_lists=value), Unknown)


@pytest.mark.parametrize(
    ("given_rule", "expected"),
    [
        (rule("-1", 0, 0, EVERYBODY), True),
        (rule("tcp", 0, 65535, EVERYBODY), True),
        (rule("tcp", 1, 65535, EVERYBODY), True),
        (rule("udp", ABSENT, ABSENT, EVERYBODY), True),
        (rule("tcp", 1024, 65535, EVERYBODY), False),
        (rule("tcp", 443, 443, UNKNOWN), False),
        (rule("icmp", -1, -1, EVERYBODY), False),
        (rule("-1", 0, 0, ["10.0.0.0/8"]), False),
    ],
)
def test_every_port(given_rule: dict[str, Any], expected: bool) -> None:
    assert network.opens_every_port(context(), **given_rule) is expected


@pytest.mark.parametrize(
    ("given_rule", "expected"),
    [
        (rule("tcp", 8080, 8080, EVERYBODY), True),
        (rule("tcp", 80, 81, EVERYBODY), True),
        (rule("tcp", 443, 443, EVERYBODY), False),
        (rule("tcp", 22, 22, EVERYBODY), False),
        (rule("tcp", 0, 65535, EVERYBODY), False),
        (rule("-1", 0, 0, EVERYBODY), False),
        (rule("icmp", -1, -1, EVERYBODY), False),
        (rule("tcp", 8080, 8080, ["10.0.0.0/8"]), False),
    ],
)
def test_unlisted_port(given_rule: dict[str, Any], expected: bool) -> None:
    assert network.opens_unlisted_port(context(), **given_rule) is expected


GROUP = Unknown("known-after-apply", "aws_security_group.g.id", ("aws_security_group.g",))


RULE_OF_GROUP = {"security_group_id": GROUP, "cidr_ipv6": "::/0"}


def group(**values: Any) -> Resource:
    return resource("aws_security_group", "g", **values)


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([group(ingress=[{"cidr_blocks": ["10.0.0.0/8"]}, {"ipv6_cidr_blocks": ["::/0"]}])], True),
        ([group(ingress=[{"cidr_blocks": ["10.0.0.0/8"]}])], False),
        ([group(), resource("aws_security_group_rule", "r", type="ingress", security_group_id=GROUP, cidr_blocks=EVERYBODY)], True),
        ([group(), resource("aws_security_group_rule", "r", type="egress", security_group_id=GROUP, cidr_blocks=EVERYBODY)], False),
        ([group(), resource("aws_vpc_security_group_ingress_rule", "r", security_group_id=GROUP, cidr_ipv6="::/0")], True),
        ([group(), resource("aws_vpc_security_group_ingress_rule", "r", security_group_id="sg-1", cidr_ipv6="::/0")], False),
        ([group(), Resource("aws_vpc_security_group_ingress_rule", "r", RULE_OF_GROUP, PLACE, conditional=True)], False),
        ([group(ingress=UNKNOWN)], False),
        ([], False),
    ],
)
def test_groups_admit_internet(others: list[Resource], expected: bool) -> None:
    assert network.groups_admit_internet(context(*others), groups=[GROUP]) is expected


def test_the_default_group_by_the_vpcs_attribute() -> None:
    vpc = resource("aws_vpc", "v")
    default = Unknown("known-after-apply", "aws_vpc.v.default_security_group_id", ("aws_vpc.v",))
    assert network.is_default_group(context(vpc), group=default) is True
    assert network.is_default_group(context(vpc), group=GROUP) is False
    assert network.is_default_group(context(vpc), group="sg-1") is False


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("0.0.0.0", "0.0.0.0", True),
        ("0.0.0.0", "255.255.255.255", True),
        ("203.0.113.0", "203.0.113.255", False),
        ("203.0.113.0", "203.0.114.0", True),
        ("203.0.113.9", "203.0.113.9", False),
        ("x", "y", False),
        (ABSENT, ABSENT, False),
    ],
)
def test_wide_firewall_range(first: Any, last: Any, expected: bool) -> None:
    assert network.is_wide_range(context(), first=first, last=last) is expected


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        (ABSENT, True),
        ([], True),
        ("203.0.113.4, 10.0.0.0/16", False),
        (["203.0.113.4", "0.0.0.0"], True),
        ("203.0.113.4,0.0.0.0/0", True),
        (["0.0.0.0/0", UNKNOWN], True),
    ],
)
def test_ip_filter(ranges: Any, expected: bool) -> None:
    assert network.admits_wide_ranges(context(), ranges=ranges) is expected


PROTOCOLS = st.sampled_from(["tcp", "udp", "icmp", "-1", -1, 6, "50", "all"])
PORTS = st.sampled_from([0, 20, 22, 80, 443, 3389, 8080, 65535, -1, "22", ABSENT])
SOURCES = st.sampled_from([ABSENT, [], ["10.0.0.0/8"], ["0.0.0.0/0"], ["0.0.0.0/1", "10.1.0.0/16"], "::/0"])
ARGUMENTS = ("protocol", "from_port", "to_port", "cidrs", "ipv6_cidrs")


@given(
    values=st.tuples(PROTOCOLS, PORTS, PORTS, SOURCES, SOURCES),
    hidden=st.sets(st.sampled_from(ARGUMENTS)),
    shared=st.booleans(),
)
def test_a_definite_answer_stays(values: tuple[Any, ...], hidden: set[str], shared: bool) -> None:
    full = dict(zip(ARGUMENTS, values, strict=True))
    if shared:  # one variable for both ends
        full["to_port"] = full["from_port"]
    names = {"to_port": "from_port"} if shared and {"from_port", "to_port"} <= hidden else {}
    partly = {name: Unknown("x", f"var.{names.get(name, name)}") if name in hidden else value for name, value in full.items()}
    for test in (network.opens_admin_port, network.opens_every_port, network.opens_unlisted_port):
        answer = test(context(), **partly)
        assert isinstance(answer, Unknown) or answer is test(context(), **full)
