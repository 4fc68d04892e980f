"""Predicates that read ARM's spelling of what they know from Terraform: rules of security groups, gateways, logs."""

from __future__ import annotations

from typing import Any

import pytest

from cloudpolicy.evaluate.predicates import Context, audit, azure_network, endpoint
from cloudpolicy.model import Estate, Resource, Span, Unknown

PLACE = Span("/main.bicep")
VAR = Unknown("parameter-without-value", "x")
GROUP = "Microsoft.Network/networkSecurityGroups"
ALLOW = {
    "access": "Allow",
    "direction": "Inbound",
    "priority": 200,
    "protocol": "Tcp",
    "sourceAddressPrefix": "*",
    "destinationPortRange": "22",
    "destinationAddressPrefix": "*",
}
DENY = {**ALLOW, "access": "Deny", "priority": 100, "destinationPortRange": "*", "protocol": "*"}


def group(*rules: Any) -> Resource:
    return Resource(GROUP, "group", {"name": "g", "properties": {"securityRules": [{"properties": rule} for rule in rules]}}, PLACE)


def child(name: str, rule: dict[str, Any], parent: Any = None, conditional: bool = False) -> Resource:
    values = {"name": f"g/{name}", "properties": rule, "parent": parent or Unknown("known-after-deploy", "group.id", ("group",))}
    return Resource(f"{GROUP}/securityRules", name, values, PLACE, conditional=conditional)


def opens(subject: Resource, *others: Resource) -> Any:
    context = Context(Estate("/", "arm", "bicep", [subject, *others]), subject, {}, {})
    truth = azure_network.opens_admin_port(context, source="*", ports="22", protocol="Tcp", priority=200)
    return "unknown" if isinstance(truth, Unknown) else truth


@pytest.mark.parametrize(
    ("deny", "expected"),
    [
        (DENY, False),
        ({**DENY, "priority": 300}, True),
        ({**DENY, "access": "Allow"}, True),
        ({**DENY, "destinationAddressPrefixes": ["10.0.0.4"]}, True),
        ({**DENY, "priority": VAR}, "unknown"),
        (VAR, "unknown"),
    ],
)
def test_an_earlier_denial_inline(deny: Any, expected: Any) -> None:
    assert opens(group(ALLOW, deny)) == expected


def test_an_earlier_denial_as_a_child() -> None:
    assert opens(group(ALLOW), child("deny", DENY)) is False
    assert opens(group(ALLOW), child("deny", DENY, conditional=True)) == "unknown"
    assert opens(child("allow", ALLOW), group(), child("deny", DENY)) is False
    assert opens(child("allow", ALLOW), group(DENY)) is False
    elsewhere = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/networkSecurityGroups/g"
    assert opens(child("allow", ALLOW, elsewhere), child("deny", DENY, elsewhere)) is False
    assert opens(child("allow", ALLOW, elsewhere), child("deny", DENY, "other")) is True


def gateway(**redirect: Any) -> Any:
    def part(kind: str, name: str) -> dict[str, Any]:
        return {"id": f"/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/applicationGateways/g/{kind}/{name}"}

    properties = {
        "httpListeners": [{"name": "https", "properties": {"protocol": "Https"}}, {"name": "http", "properties": {"protocol": "Http"}}],
        "requestRoutingRules": [
            {"name": "a", "properties": {"httpListener": part("httpListeners", "https")}},
            {
                "name": "b",
                "properties": {
                    "httpListener": part("httpListeners", "http"),
                    **({"redirectConfiguration": part("redirectConfigurations", "r")} if redirect else {}),
                },
            },
        ],
        "redirectConfigurations": [
            {
                "name": "r",
                "properties": {key: part("httpListeners", value) if key == "targetListener" else value for key, value in redirect.items()},
            }
        ],
    }
    resource = Resource("Microsoft.Network/applicationGateways", "g", {"name": "g", "properties": properties}, PLACE)
    return endpoint.gateway_redirects_http(Context(Estate("/", "arm", "bicep", [resource]), resource, {}, {}))


def test_gateway_that_redirects() -> None:
    assert gateway(targetListener="https").truth is True
    assert gateway(targetUrl="https://city.example").truth is True
    refused = gateway(targetListener="http")
    assert (refused.truth, refused.path) == (False, ("properties", "httpListeners", 1, "properties", "protocol"))
    assert gateway().truth is False
    assert isinstance(gateway(targetUrl=VAR).truth, Unknown)


def test_gateway_that_is_given_whole() -> None:
    resource = Resource("Microsoft.Network/applicationGateways", "g", {"properties": VAR}, PLACE)
    answer: Any = endpoint.gateway_redirects_http(Context(Estate("/", "arm", "bicep", [resource]), resource, {}, {}))
    assert isinstance(answer.truth, Unknown)


def test_activity_log_by_group() -> None:
    assert audit.exports_activity_log(None, log=[{"categoryGroup": "allLogs", "enabled": True}]) is True
    assert audit.exports_activity_log(None, log=[{"categoryGroup": "allLogs", "enabled": False}]) is False
    assert audit.exports_activity_log(None, log=[{"categoryGroup": "audit", "enabled": True}]) is False
