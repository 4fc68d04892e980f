"""Resource policies that are open to everyone, and the Deny statements that fence them in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context, Located
from cloudpolicy.evaluate.predicates.exposure import open_to_anyone, trusts_any_tenant
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

VAR = Unknown("variable-without-value", "var.x")
ARN = Unknown("known-after-apply", "aws_s3_bucket.b.arn", ("aws_s3_bucket.b",))
OBJECTS = Unknown("known-after-apply", '"${aws_s3_bucket.b.arn}/*"', ("aws_s3_bucket.b",), partial="${aws_s3_bucket.b.arn}/*")
OPEN = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}


def deny(condition: Any, **changes: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": condition} | changes


def judged(value: Any, values: dict[str, Any] | None = None) -> Any:
    resource = Resource("aws_s3_bucket_policy", "aws_s3_bucket_policy.p", values or {"policy": value}, Span("/main.tf"))
    answer = open_to_anyone(Context(Estate("/", "terraform", "hcl", [resource]), resource, {}, {}), value)
    truth = answer.truth if isinstance(answer, Located) else answer
    return "unknown" if isinstance(truth, Unknown) else truth


NETWORK = {"StringNotEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}}
ADDRESSES = {"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}}


@pytest.mark.parametrize(
    ("fence", "expected"),
    [
        (deny(NETWORK), False),
        (deny(ADDRESSES), False),
        (deny({"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-abcdefghij"}}), False),
        (deny(ADDRESSES | {"Bool": {"aws:ViaAWSService": "false"}}), False),
        (deny(NETWORK, Action="s3:Get*"), False),
        (deny(NETWORK, Action="*", Principal={"AWS": "*"}), False),
        (deny(NETWORK, Resource="arn:aws:s3:::b/*"), False),
        (deny(NETWORK, Action=ABSENT, NotAction=["s3:ListBucket"]), False),
        (deny({"NotIpAddress": {"aws:SourceIp": ["0.0.0.0/0"]}}), True),
        (deny({"Bool": {"aws:SecureTransport": "false"}}), True),
        (deny(NETWORK | {"Bool": {"aws:MultiFactorAuthPresent": "false"}}), True),
        (deny(NETWORK, Action="s3:PutObject"), True),
        (deny(NETWORK, Action=ABSENT, NotAction=["s3:Get*"]), True),
        (deny(NETWORK, Resource="arn:aws:s3:::other/*"), True),
        (deny(NETWORK, Principal={"AWS": "arn:aws:iam::111122223333:root"}), True),
        (deny(NETWORK, Effect="Allow", Principal={"AWS": "arn:aws:iam::111122223333:root"}), True),
        (deny({}), True),
        (deny(NETWORK, Resource=VAR), "unknown"),
        (deny(NETWORK, Action=VAR), "unknown"),
        (deny(VAR), "unknown"),
    ],
)
def test_what_fences_an_open_statement(fence: dict[str, Any], expected: object) -> None:
    fence = {key: value for key, value in fence.items() if value is not ABSENT}
    assert judged({"Statement": [OPEN, fence]}) == expected


def test_a_condition_on_the_statement_itself() -> None:
    assert judged({"Statement": [OPEN | {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}}]}) is False
    assert judged(json.dumps({"Statement": [OPEN]})) is True


def test_equal_expressions_are_the_same_resource() -> None:
    statement = OPEN | {"Resource": OBJECTS}
    assert judged({"Statement": [statement, deny(NETWORK, Resource=[ARN, OBJECTS])]}) is False


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (OPEN, True),  # an event bus: one statement
        (OPEN | {"Principal": {"Service": "events.amazonaws.com"}}, False),
        ([OPEN, deny(NETWORK)], False),  # SAM: a list of them
        ([OPEN], True),
        (Unknown("variable-without-value", "x", partial=OPEN), True),
        (VAR, "unknown"),
        (ABSENT, False),
    ],
)
def test_forms(value: Any, expected: object) -> None:
    assert judged(value) == expected


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"trustedExternalTenants": [{"value": "*"}]}, True),
        ({"TrustedExternalTenants": [{"Value": "*"}, {"value": VAR}]}, True),
        ({"trustedExternalTenants": []}, False),
        ({"trustedExternalTenants": [{"value": "00000000-0000-0000-0000-000000000001"}]}, False),
        ({"trustedExternalTenants": [{"value": VAR}]}, "unknown"),
        ({"trustedExternalTenants": VAR}, "unknown"),
        ({}, "unknown"),
        (VAR, "unknown"),
    ],
)
def test_tenants(properties: Any, expected: object) -> None:
    resource = Resource("Microsoft.Kusto/clusters", "k", {"properties": properties}, Span("/main.bicep"))
    truth = trusts_any_tenant(Context(Estate("/", "arm", "bicep", [resource]), resource, {}, {}))
    assert ("unknown" if isinstance(truth, Unknown) else truth) == expected


ACTIONS = st.sampled_from(["*", "s3:*", "s3:Get*", "s3:GetObject", "s3:PutObject"])
RESOURCES = st.sampled_from(["*", "arn:aws:s3:::b", "arn:aws:s3:::b/*", "arn:aws:s3:::c/*"])
CONDITIONS = st.sampled_from([{}, NETWORK, ADDRESSES, {"Bool": {"aws:SecureTransport": "false"}}])
STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Principal": st.sampled_from(["*", "arn:aws:iam::111122223333:role/app"]),
        "Action": st.lists(ACTIONS, min_size=1, max_size=2),
        "Resource": st.lists(RESOURCES, min_size=1, max_size=2),
        "Condition": CONDITIONS,
    }
)


@given(st.lists(STATEMENTS, min_size=1, max_size=3), st.data())
def test_knowing_less_never_turns_an_answer_round(statements: list[dict[str, Any]], data: st.DataObject) -> None:
    known = judged({"Statement": statements})
    position = data.draw(st.integers(0, len(statements) - 1))
    key = data.draw(st.sampled_from(["Effect", "Action", "Resource", "Condition", "whole"]))
    hidden: list[Any] = [dict(statement) for statement in statements]
    if key == "whole":
        hidden[position] = VAR
    elif key in ("Action", "Resource"):
        hidden[position][key] = [VAR, *hidden[position][key][1:]]
    else:
        hidden[position][key] = VAR
    assert judged({"Statement": hidden}) in (known, "unknown")
