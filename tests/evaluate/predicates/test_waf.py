"""Web ACLs, and what stands in for them."""

from __future__ import annotations

from typing import Any

import pytest

from cloudpolicy.evaluate.predicates import Context, waf
from cloudpolicy.model import Estate, Resource, Span, Unknown

PLACE = Span("/main.tf")
UNKNOWN = Unknown("variable-without-value", "var.x")
TO_GROUP = Unknown("known-after-apply", "aws_security_group.g.id", ("aws_security_group.g",))


def context(*others: Resource) -> Context:
    balancer = Resource("aws_lb", "aws_lb.web", {}, PLACE)
    return Context(Estate("/", "terraform", "hcl", [balancer, *others]), balancer, {}, {})


def test_required_groups() -> None:
    assert waf.holds_groups(context(), ["a", "b"], ["b", "a", "c"]) is True
    assert waf.holds_groups(context(), ["a"], "a") is True
    assert waf.holds_groups(context(), ["a", "b"], ["a"]) is False
    assert waf.holds_groups(context(), ["a"]) is False
    assert waf.holds_groups(context(), ["a"], ["a", UNKNOWN]) is True
    assert isinstance(waf.holds_groups(context(), ["a", "b"], ["a", UNKNOWN]), Unknown)


def test_firewall_manager_leaves_it_open() -> None:
    def policy(kind: Any) -> Resource:
        return Resource("aws_fms_policy", "aws_fms_policy.p", {"security_service_policy_data": [{"type": kind}]}, PLACE)

    assert waf.may_be_central(context()) is False
    assert waf.may_be_central(context(policy("SHIELD_ADVANCED"))) is False
    assert isinstance(waf.may_be_central(context(policy("WAFV2"))), Unknown)
    stack = Resource("AWS::FMS::Policy", "Policy", {"SecurityServicePolicyData": {"Type": "WAF"}}, PLACE)
    assert isinstance(waf.may_be_central(context(stack)), Unknown)


def group(*rules: dict[str, Any]) -> Resource:
    return Resource("aws_security_group", "aws_security_group.g", {"ingress": list(rules)}, PLACE)


LIST = Resource(
    "data.aws_ec2_managed_prefix_list",
    "data.aws_ec2_managed_prefix_list.c",
    {"name": "com.amazonaws.global.cloudfront.origin-facing"},
    PLACE,
)
TO_LIST = Unknown("data-source", "data.aws_ec2_managed_prefix_list.c.id", ("data.aws_ec2_managed_prefix_list.c",))


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([{"prefix_list_ids": [TO_LIST]}], True),
        ([{"prefix_list_ids": ["pl-58a04531"]}], True),
        ([{"prefix_list_ids": [TO_LIST], "cidr_blocks": []}], True),
        ([], False),
        ([{"prefix_list_ids": [TO_LIST], "cidr_blocks": ["0.0.0.0/0"]}], False),
        ([{"prefix_list_ids": [TO_LIST]}, {"cidr_blocks": ["10.0.0.0/8"]}], False),
        ([{"prefix_list_ids": ["pl-1"]}], False),
        ([{"prefix_list_ids": [UNKNOWN]}], False),
        ([UNKNOWN], False),
    ],
)
def test_only_cloudfront_comes_in(rules: list[Any], expected: bool) -> None:
    assert waf.only_from_cloudfront(context(group(*rules), LIST), [TO_GROUP]) is expected


def test_a_group_that_is_not_here_proves_nothing() -> None:
    assert waf.only_from_cloudfront(context(LIST), ["sg-1"]) is False
    assert waf.only_from_cloudfront(context(group({"prefix_list_ids": [TO_LIST]}), LIST), [TO_GROUP, "sg-1"]) is False


def test_separate_rules_count() -> None:
    def rule(name: str, **values: Any) -> Resource:
        kind = "aws_vpc_security_group_ingress_rule"
        return Resource(kind, f"{kind}.{name}", {"security_group_id": TO_GROUP, **values}, PLACE)

    own = rule("cloudfront", prefix_list_id=TO_LIST)
    assert waf.only_from_cloudfront(context(group(), LIST, own), [TO_GROUP]) is True
    assert waf.only_from_cloudfront(context(group(), LIST, own, rule("all", cidr_ipv4="0.0.0.0/0")), [TO_GROUP]) is False
