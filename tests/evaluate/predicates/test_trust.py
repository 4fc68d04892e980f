"""Whom trust policies let in."""

from __future__ import annotations

import pytest

from cloudpolicy.evaluate.predicates import Context, Located, trust
from cloudpolicy.model import Estate, Resource, Span, Unknown

VAR = Unknown("variable-without-value", "var.x")
PLACE = Span("/main.tf")
OWN = Unknown(
    "data-source",
    "x",
    ("data.aws_caller_identity.me",),
    partial="arn:aws:iam::${data.aws_caller_identity.me.account_id}:root",
)
OWN_LOCAL = Unknown(
    "data-source", "x", ("data.aws_partition.p", "data.aws_caller_identity.me"), partial="arn:${local.p}:iam::${local.a}:root"
)
OWN_STACK = Unknown("known-after-deploy", "!Sub arn:aws:iam::${AWS::AccountId}:root", partial="arn:aws:iam::${…}:root")
PARAMETER = Unknown("parameter-without-value", "!Sub arn:aws:iam::${Account}:root", partial="arn:aws:iam::${…}:root")
ROLE = Unknown("known-after-apply", "aws_iam_role.r.arn", ("aws_iam_role.r",))
GITHUB = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"


def answer(function, *statements: dict[str, object], others: tuple[Resource, ...] = ()) -> object:
    subject = Resource("aws_iam_role", "aws_iam_role.x", {}, PLACE)
    context = Context(Estate("/", "terraform", "hcl", [subject, *others]), subject, {}, {})
    result = function(context, {"Version": "2012-10-17", "Statement": list(statements)})
    result = result.truth if isinstance(result, Located) else result
    return "unknown" if isinstance(result, Unknown) else result


def trusts(principal: object, condition: object = None) -> dict[str, object]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    return statement if condition is None else {**statement, "Condition": condition}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (trusts("*"), True),
        (trusts({"AWS": "*"}), True),
        (trusts({"AWS": [ROLE, "*"]}), True),
        (trusts("*", {"StringEquals": {"sts:ExternalId": "1"}}), True),
        (trusts("*", {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}), False),
        (trusts("*", {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/deployer"}}), False),
        (trusts({"Service": "ec2.amazonaws.com"}), False),
        (trusts({"AWS": ROLE}), False),
        (trusts({"AWS": "arn:aws:iam::111122223333:role/r"}), False),
        ({**trusts("*"), "Effect": "Deny"}, False),
        (trusts({"AWS": VAR}), "unknown"),
        (trusts(VAR), "unknown"),
    ],
)
def test_principals(statement: dict[str, object], expected: object) -> None:
    assert answer(trust.is_open, statement) == expected


SUB = "token.actions.githubusercontent.com:sub"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (None, True),
        ({"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}, True),
        ({"StringLike": {SUB: "*"}}, True),
        ({"StringLike": {SUB: "repo:*"}}, True),
        ({"StringLike": {SUB: "repo:*/app:*"}}, True),
        ({"StringLike": {SUB: "repo:exam*"}}, True),
        ({"StringLike": {SUB: ["repo:example/app:*", "repo:*"]}}, True),
        ({"StringNotLike": {SUB: "repo:example/*"}}, True),
        ({"StringLikeIfExists": {SUB: "repo:example/app:*"}}, True),
        ({"StringLike": {SUB: "repo:example/*"}}, False),
        ({"StringEquals": {SUB: "repo:example/app:ref:refs/heads/main"}}, False),
        ({"StringEquals": {SUB: VAR}}, False),
        ({"ForAnyValue:StringLike": {SUB: ["repo:example/app:*"]}}, False),
        ({"StringEquals": {"token.actions.githubusercontent.com:repository_owner": "example"}}, False),
        ({"StringLike": {SUB: Unknown("variable-without-value", "x", partial="repo:${var.repository}:*")}}, True),
        ({"StringLike": {SUB: Unknown("variable-without-value", "x", partial="repo:${var.owner}/app:*")}}, False),
        ({"StringLike": {SUB: VAR}}, "unknown"),
        (VAR, "unknown"),
    ],
)
def test_github_needs_a_claim_on_the_repository(condition: object, expected: object) -> None:
    assert answer(trust.is_open, trusts({"Federated": GITHUB}, condition)) == expected


@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        ("arn:aws:iam::111122223333:saml-provider/entra", False),
        ("arn:aws:iam::111122223333:oidc-provider/oidc.eks.ap-northeast-1.amazonaws.com/id/AB", False),
        ("cognito-identity.amazonaws.com", True),
        (Unknown("known-after-apply", "x", ("aws_iam_openid_connect_provider.github",)), True),
        (Unknown("known-after-apply", "x", ("aws_iam_openid_connect_provider.eks",)), False),
        (Unknown("known-after-apply", "x", ("aws_iam_saml_provider.s",)), False),
        (Unknown("data-source", "x", ("data.aws_iam_openid_connect_provider.lookup",)), "unknown"),
        (VAR, "unknown"),
    ],
)
def test_identity_providers(provider: object, expected: object) -> None:
    issuer = Unknown("known-after-apply", "x", ("aws_eks_cluster.c",))
    others = tuple(
        Resource("aws_iam_openid_connect_provider", f"aws_iam_openid_connect_provider.{name}", {"url": url}, PLACE)
        for name, url in (("github", "https://token.actions.githubusercontent.com"), ("eks", issuer))
    )
    assert answer(trust.is_open, trusts({"Federated": provider}), others=others) == expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (trusts({"AWS": "111122223333"}), True),
        (trusts({"AWS": ["arn:aws:iam::111122223333:root"]}), True),
        (trusts({"AWS": "arn:aws:iam::111122223333:root"}, {"StringNotEquals": {"aws:PrincipalArn": "x"}}), True),
        (trusts({"AWS": "arn:aws:iam::111122223333:root"}, {"StringEquals": {"sts:ExternalId": "1"}}), False),
        (trusts({"AWS": "arn:aws:iam::111122223333:root"}, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}), False),
        (trusts({"AWS": "arn:aws:iam::111122223333:role/r"}), False),
        (trusts({"AWS": OWN}), False),
        (trusts({"AWS": OWN_LOCAL}), False),
        (trusts({"AWS": OWN_STACK}), False),
        (trusts({"AWS": Unknown("data-source", "data.aws_caller_identity.me.account_id", ("data.aws_caller_identity.me",))}), False),
        (trusts({"AWS": ROLE}), False),
        (
            trusts({"AWS": Unknown("data-source", "data.terraform_remote_state.s.outputs.arn", ("data.terraform_remote_state.s",))}),
            "unknown",
        ),
        (trusts({"AWS": Unknown("known-after-apply", "x.id", ("aws_organizations_account.audit",))}), "unknown"),
        (trusts({"AWS": PARAMETER}), "unknown"),
        (trusts({"AWS": PARAMETER}, {"StringEquals": {"sts:ExternalId": VAR}}), False),
        (trusts({"AWS": VAR}), "unknown"),
        (trusts({"AWS": "111122223333"}, VAR), "unknown"),
    ],
)
def test_another_account_as_a_whole(statement: dict[str, object], expected: object) -> None:
    assert answer(trust.opens_to_account, statement) == expected
