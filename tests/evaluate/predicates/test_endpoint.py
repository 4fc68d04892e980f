"""What listeners and addresses speak."""

from __future__ import annotations

from typing import Any

import pytest

from cloudpolicy.evaluate.predicates import Context, endpoint
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

SOMETHING = Unknown("variable-without-value", "var.x")


def asked(values: dict[str, Any]) -> Any:
    resource = Resource("azurerm_application_gateway", "azurerm_application_gateway.x", values, Span("/main.tf"))
    answer = endpoint.gateway_redirects_http(Context(Estate("/", "terraform", "hcl", [resource]), resource, {}, {}))
    return "unknown" if isinstance(answer.truth, Unknown) else answer.truth


HTTPS = {"name": "https", "protocol": "Https"}
HTTP = {"name": "http", "protocol": "Http"}
TO_LISTENER = {"name": "r", "target_listener_name": "https"}


def gateway(rule: dict[str, Any], redirect: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "http_listener": [HTTPS, HTTP],
        "request_routing_rule": [{"http_listener_name": "https"}, {"http_listener_name": "http"} | rule],
        "redirect_configuration": [redirect or TO_LISTENER],
    } | more


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"http_listener": [HTTPS]}, True),
        ({"http_listener": [HTTPS, HTTP]}, False),
        (gateway({"backend_address_pool_name": "pool"}), False),
        (gateway({"redirect_configuration_name": "r"}), True),
        (gateway({"redirect_configuration_name": "other"}), False),
        (gateway({"redirect_configuration_name": "r"}, {"name": "r", "target_listener_name": "http"}), False),
        (gateway({"redirect_configuration_name": "r"}, {"name": "r", "target_url": "https://www.example.jp"}), True),
        (gateway({"redirect_configuration_name": "r"}, {"name": "r", "target_url": "http://www.example.jp"}), False),
        (gateway({"redirect_configuration_name": "r"}, {"name": "r", "target_url": Unknown("x", partial="https://${…}")}), True),
        (gateway({"redirect_configuration_name": "r"}, {"name": "r", "target_url": SOMETHING}), "unknown"),
        (gateway({"redirect_configuration_name": SOMETHING}), "unknown"),
        (gateway({"url_path_map_name": "m"}, url_path_map=[{"name": "m", "default_redirect_configuration_name": "r"}]), True),
        (gateway({"url_path_map_name": "m"}, url_path_map=[{"name": "m", "default_backend_address_pool_name": "p"}]), False),
        (
            gateway(
                {"url_path_map_name": "m"},
                url_path_map=[{"name": "m", "default_redirect_configuration_name": "r", "path_rule": [{"backend_address_pool_name": "p"}]}],
            ),
            False,
        ),
        ({"http_listener": [{"name": "x", "protocol": SOMETHING}]}, "unknown"),
        ({"http_listener": SOMETHING}, "unknown"),
        ({"http_listener": [HTTP], "request_routing_rule": SOMETHING}, "unknown"),
        ({"http_listener": [SOMETHING]}, "unknown"),
    ],
)
def test_application_gateways(values: dict[str, Any], expected: Any) -> None:
    assert asked(values) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://a", True),
        ("HTTP://a", False),
        ("arn:aws:lambda:x", True),
        (ABSENT, True),
        (SOMETHING, "unknown"),
        (Unknown("x", partial="http://${…}"), False),
        (Unknown("x", partial="https://${…}"), True),
        (Unknown("x", partial="${…}://a"), "unknown"),
        (Unknown("x", choices=("http://a", "http://b")), False),
        (Unknown("x", choices=("http://a", ABSENT)), "unknown"),
    ],
)
def test_addresses(value: Any, expected: Any) -> None:
    resource = Resource("aws_x", "aws_x.x", {}, Span("/main.tf"))
    answer = endpoint.not_plain_http(Context(Estate("/", "terraform", "hcl", []), resource, {}, {}), value)
    assert ("unknown" if isinstance(answer, Unknown) else answer) == expected
