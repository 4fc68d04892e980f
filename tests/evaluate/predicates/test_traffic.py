"""Endpoints, closed networks, peerings, inspection, egress, platforms and settings."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context, closed, egress, inspection, peering, platform, private_link, setting
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

PLACE = Span("/main.tf")
UNKNOWN = Unknown("variable-without-value", "var.x")


def resource(type: str, name: str, /, **values: Any) -> Resource:
    return Resource(type, f"{type}.{name}", values, PLACE)


def ref(address: str, attribute: str = "id") -> Unknown:
    return Unknown("known-after-apply", f"{address}.{attribute}", (address,))


def context(*resources: Resource, **parameters: Any) -> Context:
    resources = resources or (resource("aws_vpc", "main"),)
    return Context(Estate("/", "terraform", "hcl", list(resources)), resources[0], {}, parameters)


# -- private_link -------------------------------------------------------------------------------------------------------------------------


def endpoint(name: str, service: Any, **more: Any) -> Resource:
    return resource("aws_vpc_endpoint", name, vpc_id=ref("aws_vpc.main"), service_name=service, **more)


@pytest.mark.parametrize(
    ("service", "wanted", "expected"),
    [
        ("com.amazonaws.ap-northeast-1.s3", "s3", True),
        ("com.amazonaws.ap-northeast-1.ecr.api", "ecr.api", True),
        ("com.amazonaws.ap-northeast-1.logs", "s3", False),
        (Unknown("data-source", partial="com.amazonaws.${data.aws_region.r.name}.s3"), "s3", True),
        (Unknown("data-source", partial="com.amazonaws.${data.aws_region.r.name}.s3"), "kms", False),
        (Unknown("x", choices=("com.amazonaws.a.s3", "com.amazonaws.b.s3")), "s3", True),
    ],
)
def test_endpoints(service: Any, wanted: str, expected: bool) -> None:
    assert private_link.reaches(context(resource("aws_vpc", "main"), endpoint("e", service)), [wanted]) is expected


def test_endpoints_in_doubt() -> None:
    vpc = resource("aws_vpc", "main")
    for service in (UNKNOWN, Unknown("x", partial="com.amazonaws.a.${var.service}"), Unknown("x", choices=("a.s3", "a.kms"))):
        assert isinstance(private_link.reaches(context(vpc, endpoint("e", service)), ["s3"]), Unknown)
    source = Resource("data.aws_vpc_endpoint_service", "data.aws_vpc_endpoint_service.s", {"service": "s3"}, PLACE)
    assert private_link.reaches(context(vpc, endpoint("e", ref(source.address, "service_name")), source), ["s3"]) is True
    handed_over = Context(Estate("/", "terraform", "hcl", [vpc], opaque=["aws_vpc.main"]), vpc, {}, {})
    assert isinstance(private_link.reaches(handed_over, ["s3"]), Unknown)
    assert private_link.reaches(context(vpc), []) is True


# -- closed -------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gateway", "expected"),
    [
        ("igw-1", True),
        ("local", False),
        ("vgw-1", False),
        (ABSENT, False),
        (ref("aws_internet_gateway.g"), True),
        (ref("aws_vpn_gateway.v"), False),
        (Unknown("x", "module.vpc.internet_gateway_id"), True),
        (Unknown("x", "module.vpc.igw_id"), True),
        (Unknown("x", choices=("igw-1", "igw-2")), True),
    ],
)
def test_internet_gateways(gateway: Any, expected: bool) -> None:
    here = context(resource("aws_route", "r"), resource("aws_internet_gateway", "g"), resource("aws_vpn_gateway", "v"))
    assert closed.internet_gateway(here, gateway) is expected


def test_a_gateway_in_doubt() -> None:
    assert isinstance(closed.internet_gateway(context(), UNKNOWN), Unknown)
    assert isinstance(closed.internet_gateway(context(), Unknown("x", choices=("igw-1", "local"))), Unknown)
    assert closed.is_declared(context()) is True


# -- peering ------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cidr", "expected"),
    [("0.0.0.0/0", True), ("10.0.0.0/7", True), ("10.0.0.0/8", False), ("10.1.0.0/16", False), (ABSENT, False), ("", False), ("x", False)],
)
def test_wide_routes(cidr: Any, expected: bool) -> None:
    assert peering.is_wide(context(), cidr) is expected


def test_wide_routes_of_ipv6_and_in_doubt() -> None:
    assert peering.is_wide(context(), ABSENT, "::/0") is True
    assert peering.is_wide(context(), ABSENT, "2001:db8::/56") is False
    assert peering.is_wide(context(resource("aws_route", "r"), widest_route=16), "10.0.0.0/8") is True
    assert peering.is_wide(context(), ref("aws_vpc.peer", "cidr_block")) is False
    assert isinstance(peering.is_wide(context(), UNKNOWN), Unknown)


# -- inspection ---------------------------------------------------------------------------------------------------------------------------

FIREWALL = resource("aws_networkfirewall_firewall", "f", subnet_mapping=[{"subnet_id": ref("aws_subnet.firewall")}])
SUBNETS = [resource("aws_subnet", name) for name in ("app", "firewall", "nat")]
GATEWAY = resource("aws_internet_gateway", "g")


def asked(subnet: str, *others: Resource, **route: Any) -> Any:
    table = resource("aws_route_table", "t", route=[{"cidr_block": "0.0.0.0/0"} | route])
    association = resource("aws_route_table_association", "a", subnet_id=ref(f"aws_subnet.{subnet}"), route_table_id=ref(table.address))
    return inspection.goes_round(context(table, association, FIREWALL, GATEWAY, *SUBNETS, *others))


def test_routes_round_the_firewall() -> None:
    out = ref("aws_internet_gateway.g")
    assert asked("app", gateway_id=out) is True
    assert asked("firewall", gateway_id=out) is False
    assert asked("app", vpc_endpoint_id="vpce-1") is False
    assert asked("app", gateway_id=out, cidr_block="10.0.0.0/8") is False
    assert isinstance(asked("app", gateway_id=UNKNOWN), Unknown)
    assert isinstance(asked("app", nat_gateway_id=UNKNOWN), Unknown)


def test_routes_by_way_of_a_nat_gateway() -> None:
    nat = resource("aws_nat_gateway", "n", subnet_id=ref("aws_subnet.nat"))
    table = resource("aws_route_table", "nat", route=[{"cidr_block": "0.0.0.0/0", "gateway_id": ref("aws_internet_gateway.g")}])
    inspected = resource("aws_route_table", "nat", route=[{"cidr_block": "0.0.0.0/0", "vpc_endpoint_id": "vpce-1"}])
    tie = resource("aws_route_table_association", "nat", subnet_id=ref("aws_subnet.nat"), route_table_id=ref("aws_route_table.nat"))
    assert asked("app", nat, table, tie, nat_gateway_id=ref("aws_nat_gateway.n")) is True
    assert asked("app", nat, inspected, tie, nat_gateway_id=ref("aws_nat_gateway.n")) is False
    assert asked("nat", nat, gateway_id=ref("aws_internet_gateway.g")) is False


# -- egress, platform, setting ------------------------------------------------------------------------------------------------------------


def test_unrestricted_egress() -> None:
    assert egress.is_unrestricted(context(), ["0.0.0.0/0"], ABSENT, "-1", 0, 0) is True
    assert egress.is_unrestricted(context(), ABSENT, ["::/0"], "tcp", 0, 65535) is True
    assert egress.is_unrestricted(context(), ["0.0.0.0/0"], ABSENT, "tcp", 443, 443) is False
    assert egress.is_unrestricted(context(), ["10.0.0.0/8"], ABSENT, "-1", 0, 0) is False
    assert isinstance(egress.is_unrestricted(context(), UNKNOWN, ABSENT, "-1", 0, 0), Unknown)


@pytest.mark.parametrize(
    ("destination", "ports", "expected"),
    [
        ("*", "*", True),
        ("Internet", "0-65535", True),
        ("0.0.0.0/0", ["443", "1-65535"], True),
        ("*", "443", False),
        ("*", 443, False),
        ("VirtualNetwork", "*", False),
        (ABSENT, "*", False),
    ],
)
def test_unrestricted_egress_in_azure(destination: Any, ports: Any, expected: bool) -> None:
    assert egress.azure_is_unrestricted(context(), destination, ABSENT, ports) is expected


def test_platforms() -> None:
    assert platform.of_family(context(), "m7i.large", ["M7i"]) is True
    assert platform.of_family(context(), "m7i-flex.large", ["m7i"]) is False
    assert isinstance(platform.of_family(context(), UNKNOWN, ["m7i"]), Unknown)
    assert platform.is_denied(context(), ["AWS_VPC"]) is True
    assert platform.is_denied(context(), []) is False


def test_settings() -> None:
    assert setting.is_on(context(), True) is True
    assert setting.is_on(context(), "true") is False
    assert setting.is_given(context(), ["1"]) is True
    assert setting.is_given(context(), []) is False
    assert setting.is_at_least(context(), 256, 256) is True
    assert setting.is_at_least(context(), 128, 256) is False
    assert setting.is_value(context(), "all", "all") is True
    assert isinstance(setting.attested(context()), Unknown)
    assert setting.is_elsewhere(context(), "api.yaml") == Unknown("not-in-estate", "api.yaml")


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 70000),
    st.text(max_size=8),
    st.sampled_from(["0.0.0.0/0", "::/0", "igw-1", "*", ABSENT]),
    st.builds(Unknown, st.just("x"), st.just("var.x"), st.just(()), st.sampled_from([None, "${…}", ["::/0"]])),
    st.builds(Unknown, st.just("x"), st.just("var.x"), st.just(("aws_vpc.main",)), st.none(), st.just((ABSENT, "::/0"))),
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)), max_leaves=5
)


@given(st.lists(VALUES, min_size=5, max_size=5))
def test_whatever_is_written_there_is_an_answer(values: list[Any]) -> None:
    here = context(resource("aws_vpc", "main", route=values[0]), endpoint("e", values[1]))
    answers = [
        private_link.reaches(here, ["s3"]),
        closed.internet_gateway(here, values[0]),
        peering.is_wide(here, values[0], values[1]),
        egress.is_unrestricted(here, *values),
        egress.azure_is_unrestricted(here, *values[:4]),
        platform.of_family(here, values[0], ["m7i"]),
        inspection.goes_round(here),
    ]
    assert all(answer is True or answer is False or isinstance(answer, Unknown) for answer in answers)


@given(
    st.tuples(
        st.sampled_from(["0.0.0.0/0", "10.0.0.0/8"]),
        st.sampled_from(["::/0", "fd00::/8"]),
        st.sampled_from(["-1", "tcp", "icmp"]),
        st.sampled_from([0, 443]),
        st.sampled_from([443, 65535]),
    ),
    st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_knowing_less_never_changes_the_answer(values: Any, hidden: list[bool]) -> None:
    masked = [UNKNOWN if mask else value for value, mask in zip(values, hidden, strict=True)]
    less = egress.is_unrestricted(context(), *masked)
    assert isinstance(less, Unknown) or less is egress.is_unrestricted(context(), *values)
    less = peering.is_wide(context(), masked[0], masked[1])
    assert isinstance(less, Unknown) or less is peering.is_wide(context(), values[0], values[1])
