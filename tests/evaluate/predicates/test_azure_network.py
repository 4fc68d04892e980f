"""Rules of network security groups, in the order of their priority."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context, azure_network
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

PLACE = Span("/main.tf")
UNKNOWN = Unknown("variable-without-value", "var.x")
ALLOW = {
    "access": "Allow",
    "direction": "Inbound",
    "priority": 200,
    "protocol": "Tcp",
    "source_address_prefix": "*",
    "destination_port_range": "22",
    "destination_address_prefix": "*",
}
DENY = {**ALLOW, "access": "Deny", "priority": 100, "protocol": "*", "destination_port_range": "*"}


def group(*rules: dict[str, Any]) -> Resource:
    return Resource(
        "azurerm_network_security_group", "azurerm_network_security_group.g", {"name": "g", "security_rule": list(rules)}, PLACE
    )


def separate(name: str, rule: dict[str, Any], of: Any = "g", conditional: bool = False) -> Resource:
    values = {**rule, "network_security_group_name": of}
    return Resource("azurerm_network_security_rule", f"azurerm_network_security_rule.{name}", values, PLACE, conditional=conditional)


def context(subject: Resource, *others: Resource, **parameters: Any) -> Context:
    return Context(Estate("/", "terraform", "hcl", [subject, *others]), subject, {}, parameters)


def arguments(rule: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": rule.get("source_address_prefix", ABSENT),
        "source_list": rule.get("source_address_prefixes", ABSENT),
        "ports": rule.get("destination_port_range", ABSENT),
        "port_list": rule.get("destination_port_ranges", ABSENT),
        "protocol": rule.get("protocol", ABSENT),
        "priority": rule.get("priority", ABSENT),
    }


def admin(rule: dict[str, Any], *others: dict[str, Any]) -> Any:
    return azure_network.opens_admin_port(context(group(rule, *others)), **arguments(rule))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"source_address_prefix": "Internet"},
        {"source_address_prefix": "any"},
        {"source_address_prefix": "0.0.0.0/0"},
        {"source_address_prefix": ABSENT, "source_address_prefixes": ["10.0.0.0/8", "::/0"]},
        {"destination_port_range": "20-30"},
        {"destination_port_range": "*"},
        {"destination_port_range": 3389},
        {"destination_port_range": "80, 3389"},
        {"destination_port_range": ABSENT, "destination_port_ranges": ["443", "1-1024"]},
        {"protocol": "*"},
        {"protocol": "TCP"},
        {"protocol": "Udp", "destination_port_range": "3389"},
    ],
)
def test_open(changes: dict[str, Any]) -> None:
    assert admin({**ALLOW, **changes}) is True


@pytest.mark.parametrize(
    "changes",
    [
        {"source_address_prefix": "VirtualNetwork"},
        {"source_address_prefix": "AzureLoadBalancer"},
        {"source_address_prefix": "10.0.0.0/8"},
        {"source_address_prefix": ABSENT, "source_address_prefixes": ["203.0.113.0/24"]},
        {"destination_port_range": "443"},
        {"destination_port_range": "23-20"},
        {"destination_port_range": "ssh"},
        {"protocol": "Icmp"},
        {"destination_port_range": "443", "source_address_prefix": UNKNOWN},
    ],
)
def test_not_open(changes: dict[str, Any]) -> None:
    assert admin({**ALLOW, **changes}) is False


@pytest.mark.parametrize("changes", [{"source_address_prefix": UNKNOWN}, {"destination_port_range": UNKNOWN}, {"protocol": UNKNOWN}])
def test_may_be_open(changes: dict[str, Any]) -> None:
    assert isinstance(admin({**ALLOW, **changes}), Unknown)


@pytest.mark.parametrize(
    ("changes", "still_open"),
    [
        ({}, False),
        ({"destination_port_range": "22"}, False),
        ({"destination_port_range": ABSENT, "destination_port_ranges": ["20-23"]}, False),
        ({"protocol": "Tcp"}, False),
        ({"source_address_prefix": "Internet"}, False),
        ({"priority": "150"}, False),
        ({"destination_address_prefix": "VirtualNetwork"}, False),
        ({"priority": 300}, True),
        ({"priority": 200}, True),
        ({"protocol": "Udp"}, True),
        ({"destination_port_range": "23"}, True),
        ({"source_address_prefix": "10.0.0.0/8"}, True),
        ({"direction": "Outbound"}, True),
        ({"destination_address_prefix": "10.0.0.4"}, True),
        ({"destination_application_security_group_ids": ["a"]}, True),
        ({"priority": UNKNOWN}, None),
        ({"access": UNKNOWN}, None),
        ({"destination_port_range": UNKNOWN}, None),
    ],
)
def test_an_earlier_deny(changes: dict[str, Any], still_open: bool | None) -> None:
    answer = admin(ALLOW, {**DENY, **changes})
    assert answer is still_open if still_open is not None else isinstance(answer, Unknown)


def test_separate_rules_of_one_group() -> None:
    reference = Unknown("known-after-apply", "azurerm_network_security_group.g.name", ("azurerm_network_security_group.g",))
    allow = separate("allow", ALLOW)

    def ask(*others: Resource) -> Any:
        return azure_network.opens_admin_port(context(allow, *others), **arguments(ALLOW))

    assert ask() is True
    assert ask(separate("deny", DENY)) is False  # the group is declared elsewhere: the same name
    assert ask(separate("deny", DENY, "other")) is True
    assert ask(group(DENY)) is False
    assert ask(group(), separate("deny", DENY, reference)) is False
    assert isinstance(ask(group(), separate("deny", DENY, UNKNOWN)), Unknown)
    assert isinstance(ask(group(), separate("deny", DENY, conditional=True)), Unknown)


def test_inline_rules_and_separate_ones() -> None:
    subject = group(ALLOW)
    assert azure_network.opens_admin_port(context(subject, separate("deny", DENY)), **arguments(ALLOW)) is False


def test_rules_that_are_not_known_may_deny() -> None:
    subject = Resource("azurerm_network_security_group", "azurerm_network_security_group.g", {"security_rule": UNKNOWN}, PLACE)
    assert isinstance(azure_network.opens_admin_port(context(subject), **arguments(ALLOW)), Unknown)


@pytest.mark.parametrize(
    ("changes", "every", "unlisted"),
    [
        ({"destination_port_range": "*"}, True, False),
        ({"destination_port_range": "0-65535"}, True, False),
        ({"destination_port_range": "8000-8100"}, False, True),
        ({"destination_port_range": ABSENT, "destination_port_ranges": ["80", "443"]}, False, False),
        ({"destination_port_range": "22"}, False, False),
        ({"destination_port_range": "*", "source_address_prefix": "VirtualNetwork"}, False, False),
    ],
)
def test_every_and_unlisted_ports(changes: dict[str, Any], every: bool, unlisted: bool) -> None:
    rule = {**ALLOW, **changes}
    assert azure_network.opens_every_port(context(group(rule)), **arguments(rule)) is every
    assert azure_network.opens_unlisted_port(context(group(rule)), **arguments(rule)) is unlisted
    assert azure_network.opens_every_port(context(group(rule, DENY)), **arguments(rule)) is False


def test_route_tables_of_azures_own_subnets() -> None:
    table = Resource("azurerm_route_table", "azurerm_route_table.t", {"name": "t"}, PLACE)
    association = Resource(
        "azurerm_subnet_route_table_association",
        "azurerm_subnet_route_table_association.a",
        {
            "subnet_id": Unknown("known-after-apply", "e", ("azurerm_subnet.s",)),
            "route_table_id": Unknown("known-after-apply", "e", ("azurerm_route_table.t",)),
        },
        PLACE,
    )

    def ask(name: str, *others: Resource) -> Any:
        subnet = Resource("azurerm_subnet", "azurerm_subnet.s", {"name": name}, PLACE)
        return azure_network.serves_only_gateways(context(table, subnet, *others))

    assert ask("AzureFirewallManagementSubnet", association) is True
    assert ask("public-web", association) is True
    assert ask("app", association) is False
    assert ask("AzureFirewallManagementSubnet") is False
    route = Resource("azurerm_route", "azurerm_route.r", {"route_table_name": "t"}, PLACE)
    subnet = Resource("azurerm_subnet", "azurerm_subnet.s", {"name": "GatewaySubnet"}, PLACE)
    assert azure_network.serves_only_gateways(context(route, table, subnet, association)) is True
    assert azure_network.serves_only_gateways(context(route)) is False


NAMES = ("access", "direction", "priority", "protocol", "source_address_prefix", "destination_port_range")
RULES = st.fixed_dictionaries(
    {
        "access": st.sampled_from(["Allow", "Deny"]),
        "direction": st.sampled_from(["Inbound", "Outbound"]),
        "priority": st.sampled_from([100, 200, 300]),
        "protocol": st.sampled_from(["Tcp", "Udp", "*", "Icmp"]),
        "source_address_prefix": st.sampled_from(["*", "Internet", "VirtualNetwork", "10.0.0.0/8", "0.0.0.0/0"]),
        "destination_port_range": st.sampled_from(["22", "*", "80", "20-30", "443"]),
    }
)


@given(rule=RULES, other=RULES, hidden=st.sets(st.sampled_from(NAMES)), also=st.sets(st.sampled_from(NAMES)))
def test_a_definite_answer_stays(rule: dict[str, Any], other: dict[str, Any], hidden: set[str], also: set[str]) -> None:
    rule = {**rule, "access": "Allow", "direction": "Inbound"}
    partly = {name: Unknown("x", f"var.{name}") if name in hidden - {"access", "direction"} else value for name, value in rule.items()}
    partly_other = {name: Unknown("x", f"var.o_{name}") if name in also else value for name, value in other.items()}
    for test in (azure_network.opens_admin_port, azure_network.opens_every_port, azure_network.opens_unlisted_port):
        answer = test(context(group(partly, partly_other)), **arguments(partly))
        assert isinstance(answer, Unknown) or answer is test(context(group(rule, other)), **arguments(rule))
