"""More than one place: entries of lists, zones of subnets, members of clusters; and whether redundancy is demanded."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context, availability, redundancy
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

PLACE = Span("/main.tf")
VAR = Unknown("variable-without-value", "var.x")


def ref(address: str) -> Unknown:
    return Unknown("known-after-apply", f"{address}.id", (address,))


def subnet(name: str, zone: Any = ABSENT, vpc: Any = ABSENT, conditional: bool = False) -> Resource:
    values = {key: value for key, value in (("availability_zone", zone), ("vpc_id", vpc)) if value is not ABSENT}
    return Resource("aws_subnet", f"aws_subnet.{name}", values, PLACE, conditional=conditional)


def context(*resources: Resource, type: str = "aws_lb", settings: dict[str, Any] | None = None, **parameters: Any) -> Context:
    subject = Resource(type, f"{type}.subject", {}, PLACE)
    return Context(Estate("/", "terraform", "hcl", [subject, *resources]), subject, settings or {}, parameters)


def told(truth: Any) -> Any:
    return "unknown" if isinstance(truth, Unknown) else truth


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (ABSENT, False),
        ([], False),
        (["1"], False),
        (["1", "1"], False),
        (["1", "2"], True),
        ("subnet-1,subnet-2", True),
        ([ref("aws_subnet.a")], False),
        ([ref("aws_subnet.a"), ref("aws_subnet.b")], True),
        (VAR, "unknown"),
        ([VAR], "unknown"),
        ([VAR, "1"], True),
        (Unknown("known-after-apply", "concat(…)", partial=["1", "2"]), True),
        (Unknown("known-after-apply", "concat(…)", partial=["1"]), "unknown"),
        (Unknown("known-after-deploy", '!GetAZs ""'), True),
        (Unknown("condition-undetermined", "x", choices=(["1", "2"], ["1", "3"])), True),
        (Unknown("condition-undetermined", "x", choices=(["1"], ABSENT)), False),
        (Unknown("condition-undetermined", "x", choices=(["1"], ["1", "2"])), "unknown"),
    ],
)
def test_two_entries_or_more(value: Any, expected: Any) -> None:
    assert told(redundancy.is_several(context(), value)) == expected


@given(st.lists(st.sampled_from(["1", "2", "3"]), max_size=4), st.data())
def test_what_is_not_known_never_turns_an_answer(zones: list[str], data: st.DataObject) -> None:
    whole = redundancy.is_several(context(), zones)
    hidden = [VAR if data.draw(st.booleans()) else zone for zone in zones]
    partly = redundancy.is_several(context(), Unknown("known-after-apply", "x", partial=hidden) if VAR in hidden else hidden)
    if len(set(zones)) == len(zones):  # entries that are hidden may be the same as others
        assert isinstance(partly, Unknown) or partly == whole


@pytest.mark.parametrize(
    ("zones", "expected"),
    [
        (("ap-northeast-1a", "ap-northeast-1c"), True),
        (("ap-northeast-1a", "ap-northeast-1a"), False),
        (("ap-northeast-1a", ABSENT), True),  # not told: two subnets are taken for two zones
        ((Unknown("data-source", "names[0]"), Unknown("data-source", "names[1]")), True),
        ((Unknown("data-source", "names[0]"), Unknown("data-source", "names[0]")), False),
    ],
)
def test_zones_of_subnets(zones: tuple[Any, Any], expected: Any) -> None:
    judged = context(subnet("a", zones[0]), subnet("b", zones[1]))
    assert told(redundancy.in_several_zones(judged, [ref("aws_subnet.a"), ref("aws_subnet.b")])) == expected


def test_one_subnet_is_one_zone() -> None:
    judged = context(subnet("a", "ap-northeast-1a"))
    assert redundancy.in_several_zones(judged, ref("aws_subnet.a")) is False  # one block, so no list
    assert redundancy.in_several_zones(judged, ["subnet-1"]) is False
    assert told(redundancy.in_several_zones(judged, VAR)) == "unknown"
    assert redundancy.in_several_zones(judged, ["subnet-1", "subnet-2"]) is True


def test_a_network_with_every_subnet_in_one_zone() -> None:
    network = Resource("aws_vpc", "aws_vpc.v", {}, PLACE)
    here = ref("aws_vpc.v")

    def spans(*subnets: Resource) -> Any:
        return told(redundancy.network_spans_zones(context(network, *subnets, type="aws_subnet"), here))

    assert spans(subnet("a", "1a", here), subnet("b", "1a", here)) is False
    assert spans(subnet("a", "1a", here), subnet("b", "1c", here)) is True
    assert spans(subnet("a", "1a", here), subnet("b", ABSENT, here)) == "unknown"
    assert spans(subnet("a", "1a", here), subnet("b", "1c", here, conditional=True)) == "unknown"
    looped = Unknown("data-source", "names[count.index]")
    assert spans(subnet("s[0]", looped, here), subnet("s[1]", looped, here)) is True
    assert told(redundancy.network_spans_zones(context(type="aws_subnet"), "vpc-1")) == "unknown"


def test_members_of_a_cluster() -> None:
    def member(name: str, conditional: bool = False) -> Resource:
        values = {"cluster_identifier": ref("aws_rds_cluster.subject")}
        return Resource("aws_rds_cluster_instance", f"aws_rds_cluster_instance.{name}", values, PLACE, conditional=conditional)

    def judged(*members: Resource) -> Any:
        return told(redundancy.has_two_members(context(*members, type="aws_rds_cluster")))

    assert judged(member("a"), member("b")) is True
    assert judged(member("a")) is False
    assert judged(member("a"), member("b", conditional=True)) == "unknown"
    assert judged() == "unknown"  # they stand elsewhere


def test_one_gateway_for_several_zones() -> None:
    def cfn(type: str, address: str, **values: Any) -> Resource:
        return Resource(f"AWS::EC2::{type}", address, values, PLACE)

    def target(name: str) -> Unknown:
        return Unknown("known-after-deploy", f"!Ref {name}", (name,))

    nat = cfn("NatGateway", "Nat")
    common = [
        nat,
        cfn("RouteTable", "Table"),
        cfn("Route", "Route", RouteTableId=target("Table"), NatGatewayId=target("Nat")),
        cfn("Subnet", "A", AvailabilityZone="1a"),
        cfn("Subnet", "C", AvailabilityZone="1c"),
        cfn("SubnetRouteTableAssociation", "TieA", RouteTableId=target("Table"), SubnetId=target("A")),
    ]
    tie = cfn("SubnetRouteTableAssociation", "TieC", RouteTableId=target("Table"), SubnetId=target("C"))
    for resources, expected in ((common, True), ([*common, tie], False)):
        estate = Estate("/", "cloudformation", "template", resources)
        assert redundancy.gateway_per_zone(Context(estate, nat, {}, {})) is expected


@pytest.mark.parametrize(
    ("settings", "parameters", "expected"),
    [
        ({"availability": "24x7"}, {}, True),
        ({"availability": "standard"}, {}, False),
        ({"availability": "standard"}, {"always_on": True}, True),
        ({}, {"always_on": False}, False),
    ],
)
def test_when_redundancy_is_demanded(settings: dict[str, Any], parameters: dict[str, Any], expected: bool) -> None:
    assert availability.is_always_on(context(settings=settings, **parameters)) is expected
