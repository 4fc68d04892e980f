"""Network ACLs: rules in the order of their numbers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context, nacl
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

PLACE = Span("/main.tf")
UNKNOWN = Unknown("variable-without-value", "var.x")


def entry(number: Any, action: Any, protocol: Any, first: Any, last: Any, cidr: Any = "0.0.0.0/0") -> dict[str, Any]:
    return {"rule_no": number, "action": action, "protocol": protocol, "from_port": first, "to_port": last, "cidr_block": cidr}


def judged(rule: dict[str, Any], *others: dict[str, Any], **parameters: Any) -> Any:
    acl = Resource("aws_network_acl", "aws_network_acl.a", {"ingress": [rule, *others]}, PLACE)
    context = Context(Estate("/", "terraform", "hcl", [acl]), acl, {}, parameters)
    return nacl.admits_admin_port(
        context,
        rule["rule_no"],
        rule["protocol"],
        rule["from_port"],
        rule["to_port"],
        rule["cidr_block"],
        rule.get("ipv6_cidr_block", ABSENT),
    )


@pytest.mark.parametrize(
    "rule",
    [
        entry(100, "allow", "tcp", 22, 22),
        entry(100, "allow", "6", "0", "65535"),
        entry(100, "allow", "-1", 0, 0),
        entry(100, "allow", -1, ABSENT, ABSENT),
        entry(100, "allow", "all", 443, 443),
        entry(100, "allow", "udp", 3389, 3389, "0.0.0.0/1"),
    ],
)
def test_open(rule: dict[str, Any]) -> None:
    assert judged(rule) is True


@pytest.mark.parametrize(
    "rule",
    [
        entry(100, "allow", "tcp", 443, 443),
        entry(100, "allow", "tcp", 22, 22, "10.0.0.0/8"),
        entry(100, "allow", "tcp", 1024, 65535),
        entry(100, "allow", "tcp", 32768, 60999),
        entry(100, "allow", "icmp", -1, -1),
        entry(100, "allow", "tcp", UNKNOWN, UNKNOWN, "10.0.0.0/8"),
    ],
)
def test_not_open(rule: dict[str, Any]) -> None:
    assert judged(rule) is False


def test_the_smaller_number_has_its_say() -> None:
    ssh = entry(100, "allow", "tcp", 22, 22)
    assert judged(ssh, entry(90, "deny", "tcp", 22, 22)) is False
    assert judged(ssh, entry("90", "DENY", "-1", 0, 0)) is False
    assert judged(ssh, entry(110, "deny", "tcp", 22, 22)) is True
    assert judged(ssh, entry(90, "deny", "udp", 22, 22)) is True
    assert judged(ssh, entry(90, "deny", "tcp", 22, 22, "10.0.0.0/8")) is True
    assert judged(ssh, {"rule_no": 90, "action": "deny", "protocol": "-1", "ipv6_cidr_block": "::/0"}) is True
    assert isinstance(judged(ssh, entry(UNKNOWN, "deny", "tcp", 22, 22)), Unknown)
    assert isinstance(judged(ssh, UNKNOWN), Unknown)  # type: ignore[arg-type]


def test_separate_rules_of_one_list() -> None:
    def rule(name: str, number: int, action: str, acl: Any, **more: Any) -> Resource:
        values = {"network_acl_id": acl, "rule_number": number, "rule_action": action, "protocol": "tcp", "from_port": 22, "to_port": 22}
        return Resource("aws_network_acl_rule", f"aws_network_acl_rule.{name}", values | {"cidr_block": "0.0.0.0/0"} | more, PLACE)

    def asked(allow: Resource, *others: Resource) -> Any:
        acl = Resource("aws_network_acl", "aws_network_acl.a", {}, PLACE)
        context = Context(Estate("/", "terraform", "hcl", [acl, allow, *others]), allow, {}, {})
        return nacl.admits_admin_port(context, 100, "tcp", 22, 22, "0.0.0.0/0")

    here = Unknown("known-after-apply", "aws_network_acl.a.id", ("aws_network_acl.a",))
    assert asked(rule("allow", 100, "allow", here), rule("deny", 90, "deny", here)) is False
    assert asked(rule("allow", 100, "allow", here), rule("deny", 90, "deny", here, egress=True)) is True
    assert asked(rule("allow", 100, "allow", "acl-1"), rule("deny", 90, "deny", "acl-1")) is False
    assert asked(rule("allow", 100, "allow", "acl-1"), rule("deny", 90, "deny", "acl-2")) is True


def test_everything() -> None:
    context = Context(Estate("/", "terraform", "hcl", []), Resource("aws_network_acl", "aws_network_acl.a", {}, PLACE), {}, {})
    assert nacl.opens_everything(context, "-1", 0, 0, "0.0.0.0/0") is True
    assert nacl.opens_everything(context, "tcp", 0, 65535, ABSENT, "::/0") is True
    assert nacl.opens_everything(context, "tcp", 443, 443, "0.0.0.0/0") is False
    assert nacl.opens_everything(context, "-1", 0, 0, "10.0.0.0/8") is False
    assert isinstance(nacl.opens_everything(context, UNKNOWN, 0, 0, "0.0.0.0/0"), Unknown)


PROTOCOLS = st.sampled_from(["tcp", "udp", "-1", "icmp", 6])
PORTS = st.sampled_from([0, 22, 443, 1024, 65535])
CIDRS = st.sampled_from(["0.0.0.0/0", "10.0.0.0/8"])


@given(
    st.tuples(st.sampled_from([80, 100, 120]), PROTOCOLS, PORTS, PORTS, CIDRS),
    st.tuples(st.sampled_from([90, 110]), PROTOCOLS, PORTS, PORTS, CIDRS),
    st.lists(st.booleans(), min_size=10, max_size=10),
)
def test_knowing_less_never_changes_the_answer(allow: Any, deny: Any, hidden: list[bool]) -> None:
    def masked(values: Any, masks: list[bool]) -> list[Any]:
        return [UNKNOWN if mask else value for value, mask in zip(values, masks, strict=True)]

    def asked(allow: Any, deny: Any) -> Any:
        return judged(
            entry(allow[0], "allow", allow[1], allow[2], allow[3], allow[4]), entry(deny[0], "deny", deny[1], deny[2], deny[3], deny[4])
        )

    less = asked(masked(allow, hidden[:5]), masked(deny, hidden[5:]))
    assert isinstance(less, Unknown) or less is asked(allow, deny)
