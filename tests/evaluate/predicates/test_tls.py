"""Classic Load Balancer policies, told from their attributes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context
from cloudpolicy.evaluate.predicates.tls import modern_classic_policy
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

ELB = Resource("aws_elb", "aws_elb.x", {}, Span("/main.tf"))
CONTEXT = Context(Estate("/", "terraform", "hcl", [ELB]), ELB, {}, {})
UNKNOWN = Unknown("variable-without-value", "var.x")


def pair(name: Any, value: Any) -> dict[str, Any]:
    return {"name": name, "value": value}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        (ABSENT, False),
        ([], False),
        ([pair("Protocol-TLSv1.2", "true")], True),
        ([pair("Protocol-TLSv1.2", True), pair("Protocol-TLSv1", "false")], True),
        ([pair("Protocol-TLSv1.2", "true"), pair("Protocol-TLSv1.1", "true")], False),
        ([{"Name": "Reference-Security-Policy", "Value": "ELBSecurityPolicy-TLS-1-2-2017-01"}], True),
        ([{"Name": "Reference-Security-Policy", "Value": "ELBSecurityPolicy-2016-08"}], False),
        ([pair("ECDHE-RSA-AES128-GCM-SHA256", "true")], False),
        ([pair("ECDHE-RSA-AES128-GCM-SHA256", UNKNOWN), pair("Protocol-TLSv1.2", "true")], True),
        ([pair("Protocol-TLSv1.2", UNKNOWN)], UNKNOWN),
        ([UNKNOWN, pair("Protocol-SSLv3", "true")], False),
        (UNKNOWN, UNKNOWN),
        (["nonsense", 3], False),
    ],
)
def test_what_a_policy_takes(attributes: Any, expected: Any) -> None:
    assert modern_classic_policy(CONTEXT, attributes) == expected


names = st.sampled_from(["Protocol-TLSv1", "Protocol-TLSv1.2", "Reference-Security-Policy", "Server-Defined-Cipher-Order"])
values = st.sampled_from(["true", "false", "ELBSecurityPolicy-TLS-1-2-2017-01", "ELBSecurityPolicy-2016-08"])


@given(st.lists(st.tuples(names, values), max_size=4), st.data())
def test_an_answer_stays_when_more_is_known(attributes: list[tuple[str, str]], data: st.DataObject) -> None:
    hidden = data.draw(st.sets(st.integers(0, max(0, len(attributes) - 1))))
    partly = [UNKNOWN if i in hidden else pair(name, value) for i, (name, value) in enumerate(attributes)]
    before, after = modern_classic_policy(CONTEXT, partly), modern_classic_policy(CONTEXT, [pair(*a) for a in attributes])
    assert isinstance(before, Unknown) or before is after
