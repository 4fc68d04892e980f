"""What policy documents grant."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context, Located, iam, kms, mfa, trust
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

VAR = Unknown("variable-without-value", "var.x")
BUCKET = Unknown("known-after-apply", "aws_s3_bucket.b.arn", ("aws_s3_bucket.b",))
OBJECTS = Unknown("known-after-apply", "x", ("aws_s3_bucket.b",), partial="${aws_s3_bucket.b.arn}/*")


def context(type: str = "aws_iam_policy", *others: Resource) -> Context:
    subject = Resource(type, f"{type}.x", {}, Span("/main.tf"))
    return Context(Estate("/", "terraform", "hcl", [subject, *others]), subject, {}, {})


def answer(function, value: object, type: str = "aws_iam_policy", *others: Resource) -> object:
    result = function(context(type, *others), value)
    result = result.truth if isinstance(result, Located) else result
    return "unknown" if isinstance(result, Unknown) else result


def allow(action: object, resource: object = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def document(*statements: object) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (document(allow("*")), True),
        (json.dumps(document(allow(["s3:*", "*:*"], ["arn:aws:s3:::b", "*"]))), True),
        (document(allow("*", "arn:aws:*:*:*:*")), True),
        (document(allow("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})), True),
        (document({"Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "*"}), True),
        (document({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b"}), True),
        (document(allow(VAR), allow("*")), True),
        (document(allow("s3:*")), False),
        (document(allow("*", "arn:aws:s3:::b/*")), False),
        (document(allow("*", BUCKET)), False),
        (document({"Effect": "Deny", "Action": "*", "Resource": "*"}), False),
        (document({"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}), False),
        (document(allow(Unknown("variable-without-value", "x", partial="s3:${var.verb}"))), False),
        (document(allow(VAR)), "unknown"),
        (document(allow("*", VAR)), "unknown"),
        (document({"Effect": VAR, "Action": "*", "Resource": "*"}), "unknown"),
        (document(Unknown("condition-undetermined", "c", choices=(allow("*"), ABSENT))), "unknown"),
        (document(Unknown("condition-undetermined", "c", choices=(allow("s3:Get*"), ABSENT))), False),
        (document(VAR), "unknown"),
        (VAR, "unknown"),
        (ABSENT, False),
        ("arn:aws:iam::aws:policy/AdministratorAccess", True),
        ("arn:aws:iam::aws:policy/AdministratorAccess-Amplify", False),
        (Unknown("variable-without-value", "x", partial="arn:${var.partition}:iam::aws:policy/AdministratorAccess"), True),
        (["ReadOnlyAccess", document(allow("*"))], True),
        ({"S3ReadPolicy": {"BucketName": "b"}}, False),
        ("{ broken", "unknown"),
    ],
)
def test_grants_admin(value: object, expected: object) -> None:
    assert answer(iam.grants_admin, value) == expected


def test_a_policy_of_the_estate_is_judged_where_it_stands() -> None:
    policy = Resource("aws_iam_policy", "aws_iam_policy.admin", {"policy": json.dumps(document(allow("*")))}, Span("/main.tf"))
    looked_up = Resource("data.aws_iam_policy", "data.aws_iam_policy.a", {"name": "AdministratorAccess"}, Span("/main.tf"))
    kind = "aws_iam_role_policy_attachment"
    assert answer(iam.grants_admin, Unknown("known-after-apply", "a", ("aws_iam_policy.admin",)), kind, policy) is False
    assert answer(iam.grants_admin, Unknown("data-source", "a", ("data.aws_iam_policy.a",)), kind, looked_up) is True


def test_the_deciding_statement_is_the_place() -> None:
    inside = document(allow("s3:GetObject"), allow("*"))
    subject = Resource("AWS::IAM::Role", "Role", {"Policies": [{"PolicyDocument": inside}]}, Span("/t.yaml"))
    result = iam.grants_admin(Context(Estate("/", "cloudformation", "template", [subject]), subject, {}, {}), inside)
    assert isinstance(result, Located) and result.path == ("Policies", 0, "PolicyDocument", "Statement", 1)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (document(allow("iam:PassRole")), True),
        (document(allow("iam:Pass*", "arn:aws:iam::111122223333:role/*")), True),
        (document(allow("IAM:passrole")), True),
        (document(allow("sts:AssumeRole", "arn:aws:iam::*:role/*")), True),
        (document(allow("*")), True),
        (document({"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}), True),
        (document(allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ecs.amazonaws.com"}})), False),
        (document(allow("iam:PassRole", Condition={"StringNotEquals": {"iam:PassedToService": "ecs.amazonaws.com"}})), True),
        (document(allow("iam:PassRole", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})), True),
        (document(allow("iam:PassRole", Condition=VAR)), "unknown"),
        (document(allow("iam:PassRole", "arn:aws:iam::111122223333:role/app-*")), False),
        (document(allow("iam:PassRole", Unknown("variable-without-value", "x", partial="arn:aws:iam::${var.a}:role/${var.r}"))), False),
        (document(allow("iam:PassRole", Unknown("variable-without-value", "x", partial="arn:aws:iam::${var.a}:role/*"))), True),
        (document(allow("iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:username}")), False),
        (document(allow(["iam:Get*", "iam:List*"])), False),
        (document(allow("iam:*"), {"Effect": "Deny", "Action": ["iam:*", "sts:*"], "Resource": "*"}), False),
        (document(allow("iam:PassRole"), {"Effect": "Deny", "Action": VAR, "Resource": "*"}), "unknown"),
        (document(allow("iam:PassRole", VAR)), "unknown"),
        ("arn:aws:iam::aws:policy/IAMFullAccess", True),
        ("PowerUserAccess", True),
        ("IAMReadOnlyAccess", False),
    ],
)
def test_escalation(value: object, expected: object) -> None:
    assert answer(iam.escalation, value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (document(allow("s3:*")), True),
        (document(allow("s3:*", "arn:aws:s3:::*")), True),
        (document(allow("s3:*", "arn:aws:s3:::b/*")), False),
        (document(allow("s3:Get*")), False),
        (document(allow("s3:*", Condition={"StringEquals": {"aws:ResourceTag/app": "a"}})), False),
        (document(allow(Unknown("variable-without-value", "x", partial="${var.service}:*"))), False),
        (document(allow(VAR)), "unknown"),
        (document(allow("s3:*", OBJECTS)), False),
    ],
)
def test_service_wide(value: object, expected: object) -> None:
    assert answer(iam.service_wide, value) == expected


def public(condition: object = None, principal: object = "*") -> dict[str, object]:
    statement = {**allow("kms:Decrypt"), "Principal": principal}
    return document(statement if condition is None else {**statement, "Condition": condition})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (public(), True),
        (public(principal={"AWS": ["arn:aws:iam::111122223333:root", "*"]}), True),
        (document({**allow("kms:Decrypt"), "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}}), True),
        (public({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}), True),
        (public({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}), True),
        (public({"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}}), True),
        (public({"Bool": {"aws:SecureTransport": "true"}}), True),
        (public({"StringLike": {"aws:PrincipalArn": "*"}}), True),
        (public({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}), True),
        (public({"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:*"}}), True),
        (public({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}), False),
        (public({"StringEquals": {"kms:CallerAccount": VAR}}), False),
        (public({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}}), False),
        (public({"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:my-bucket"}}), False),
        (public({"ArnEquals": {"aws:SourceArn": BUCKET}}), False),
        (public({"StringEquals": {"aws:SourceVpce": "vpce-1"}, "Bool": {"aws:SecureTransport": "true"}}), False),
        (public(principal={"AWS": "arn:aws:iam::111122223333:root"}), False),
        (public(principal={"Service": "s3.amazonaws.com"}), False),
        (public({"IpAddress": {"aws:SourceIp": VAR}}), "unknown"),
        (public(VAR), "unknown"),
        (public(principal={"AWS": VAR}), "unknown"),
        (public(principal={"AWS": BUCKET}), False),
        (public(principal={"Service": VAR}), False),
        (public(principal={"Federated": [VAR]}), False),
    ],
)
def test_allows_anonymous(value: object, expected: object) -> None:
    assert answer(iam.allows_anonymous, value, "aws_kms_key") == expected


def deny(principal: object = "*", action: object = "s3:*", resource: object = None, condition: object = None) -> dict[str, object]:
    return {
        "Effect": "Deny",
        "Principal": principal,
        "Action": action,
        "Resource": resource or [BUCKET, OBJECTS],
        "Condition": condition or {"Bool": {"aws:SecureTransport": "false"}},
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (document(deny()), True),
        (document(deny({"AWS": "*"}, "*", "*")), True),
        (document(deny(action=["s3:Get*", "s3:Put*", "s3:List*", "s3:Delete*"])), True),
        (document(deny(resource=BUCKET), deny(resource=OBJECTS)), True),
        (document(deny(resource=["arn:aws:s3:::b", "arn:aws:s3:::b/*"])), True),
        (document(deny(resource="arn:aws:s3:::b*")), True),
        (document(deny(condition={"Bool": {"aws:SecureTransport": False}})), True),
        (document(deny(condition={"NumericLessThanIfExists": {"s3:TlsVersion": "1.2"}})), True),
        (document(deny(condition={"Bool": {"aws:SecureTransport": "false", "aws:PrincipalIsAWSService": "false"}})), True),
        (document(deny(), allow(VAR, VAR, Principal=VAR)), True),
        (document(deny(resource=OBJECTS)), False),
        (document(deny(resource=BUCKET)), False),
        (document(deny(resource=["arn:aws:s3:::b", "arn:aws:s3:::b/logs/*"])), False),
        (document(deny(action="s3:GetObject")), False),
        (document(deny({"AWS": "arn:aws:iam::111122223333:root"})), False),
        (document(deny(condition={"Bool": {"aws:SecureTransport": "true"}})), False),
        (document(deny(condition={"Bool": {"aws:SecureTransport": "false"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})), False),
        (document(deny(condition={"NumericLessThan": {"s3:TlsVersion": "1.2"}})), False),
        (document({**deny(), "Effect": "Allow"}), False),
        (document(), False),
        (document(deny(action=VAR)), "unknown"),
        (document(deny(condition=VAR)), "unknown"),
        (document(Unknown("condition-undetermined", "c", choices=(deny(), ABSENT))), "unknown"),
    ],
)
def test_denies_insecure_transport(value: object, expected: object) -> None:
    assert answer(iam.denies_insecure_transport, value, "aws_s3_bucket_policy") == expected


def test_transport_of_queues_and_topics() -> None:
    assert answer(iam.denies_insecure_transport, document(deny(action="sqs:*", resource="*")), "aws_sqs_queue_policy") is True
    assert answer(iam.denies_insecure_transport, document(deny(action="sns:Publish", resource="*")), "AWS::SNS::TopicPolicy") is True
    assert answer(iam.denies_insecure_transport, document(deny(action="s3:*", resource="*")), "aws_sqs_queue_policy") is False


# -- replacing an unknown never turns a definite answer into the other --------------------------------------------------------------------

LEAVES = [
    "Allow",
    "Deny",
    "*",
    "s3:*",
    "iam:PassRole",
    "sts:AssumeRole",
    "arn:aws:s3:::b/*",
    "arn:aws:iam::111122223333:role/*",
    "111122223333",
]
FUNCTIONS = [
    iam.grants_admin,
    iam.escalation,
    iam.service_wide,
    iam.allows_anonymous,
    iam.denies_insecure_transport,
    trust.is_open,
    trust.opens_to_account,
    kms.admin_wildcard,
    mfa.trust_requires_mfa,
]
leaf = st.one_of(st.sampled_from(LEAVES), st.just(VAR))
statements = st.fixed_dictionaries(
    {
        "Effect": st.one_of(st.sampled_from(["Allow", "Deny"]), st.just(VAR)),
        "Action": st.one_of(leaf, st.lists(leaf, min_size=1, max_size=2)),
        "Resource": st.one_of(leaf, st.lists(leaf, min_size=1, max_size=2)),
        "Principal": st.one_of(st.just("*"), st.fixed_dictionaries({"AWS": leaf}), st.just(VAR)),
    },
    optional={
        "Condition": st.one_of(
            st.just(VAR),
            st.just({"Bool": {"aws:SecureTransport": "false"}}),
            st.just({"StringEquals": {"aws:PrincipalOrgID": VAR}}),
            st.just({"Bool": {"aws:MultiFactorAuthPresent": VAR}}),
        )
    },
)


SETTLED = {
    "Effect": st.sampled_from(["Allow", "Deny"]),
    "Condition": st.sampled_from([{"Bool": {"aws:SecureTransport": "false"}}, {"StringEquals": {"sts:ExternalId": "1"}}]),
    "Principal": st.sampled_from(["*", {"AWS": "arn:aws:iam::111122223333:user/a"}, {"Service": "s3.amazonaws.com"}]),
}


def _settled(value: object, draw) -> object:
    """`value` with every Unknown replaced by something it may be."""
    if isinstance(value, dict):
        return {key: draw(SETTLED[key]) if item is VAR and key in SETTLED else _settled(item, draw) for key, item in value.items()}
    if isinstance(value, list):
        return [_settled(item, draw) for item in value]
    return draw(st.sampled_from(LEAVES)) if value is VAR else value


@settings(max_examples=120, deadline=None)
@given(st.lists(statements, min_size=1, max_size=3), st.data())
def test_settling_an_unknown_keeps_a_definite_answer(source: list[object], data) -> None:
    before = document(*source)
    after = _settled(before, data.draw)
    for function in FUNCTIONS:
        kind = "aws_s3_bucket_policy" if function is iam.denies_insecure_transport else "aws_kms_key"
        first, second = answer(function, before, kind), answer(function, after, kind)
        if first != "unknown":
            assert second == first, function.__name__
