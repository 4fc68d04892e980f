"""Administrators and multi-factor authentication."""

from __future__ import annotations

import pytest

from cloudpolicy.evaluate.predicates import Context, Located, mfa
from cloudpolicy.model import Estate, Resource, Span, Unknown

VAR = Unknown("variable-without-value", "var.x")
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
ALL = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ALL_WITH_MFA = {"Statement": [{**ALL["Statement"][0], "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]}


def deny(condition: object, **more: object) -> dict[str, object]:
    return {"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition, **more}]}


DENY = deny({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})


def ref(address: str) -> Unknown:
    return Unknown("known-after-apply", address, (address,))


def resource(type: str, name: str, /, **values: object) -> Resource:
    return Resource(type, name if type.startswith("AWS") else f"{type}.{name}", values, Span("/main.tf"))


def asks(policies: object, *others: Resource, **holder: object) -> object:
    subject = resource("aws_iam_user_policy", "x")
    context = Context(Estate("/", "terraform", "hcl", [subject, *others]), subject, {}, {})
    result = mfa.asks_for_mfa(context, policies, **holder)
    return "unknown" if isinstance(result, Unknown) else result


USER = resource("aws_iam_user", "u", name="operator")
GROUP = resource("aws_iam_group", "g", name="guarded")
MFA = resource("aws_iam_policy", "mfa", policy=DENY)
ON_GROUP = resource("aws_iam_group_policy_attachment", "a", group=ref("aws_iam_group.g"), policy_arn=ref("aws_iam_policy.mfa"))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (ALL_WITH_MFA, True),
        ({"Statement": [*ALL["Statement"], *DENY["Statement"]]}, True),
        ({"Statement": [*ALL["Statement"], *deny({"Null": {"aws:MultiFactorAuthAge": "true"}})["Statement"]]}, True),
        ({"Statement": [*ALL["Statement"], *deny({"Bool": {"aws:MultiFactorAuthPresent": "false"}})["Statement"]]}, False),
        (
            {
                "Statement": [
                    *ALL["Statement"],
                    *deny({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, Action="ec2:*")["Statement"],
                ]
            },
            False,
        ),
        (
            {
                "Statement": [
                    *ALL["Statement"],
                    *deny({**DENY["Statement"][0]["Condition"], "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})["Statement"],
                ]
            },
            False,
        ),
        ({"Statement": [*ALL["Statement"], *ALL_WITH_MFA["Statement"]]}, False),
        ({"Statement": [{**ALL["Statement"][0], "Condition": VAR}]}, "unknown"),
        (ALL, False),
        (ADMIN, False),
    ],
)
def test_the_granting_policy_itself(document: object, expected: object) -> None:
    assert asks(document, USER, user=ref("aws_iam_user.u")) == expected


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([USER], False),
        ([USER, resource("aws_iam_user_policy", "d", user="operator", policy=DENY)], True),
        ([USER, resource("aws_iam_user_policy", "d", user=ref("aws_iam_user.u"), policy=DENY)], True),
        ([USER, resource("aws_iam_user_policy", "d", user="another", policy=DENY)], False),
        ([USER, resource("aws_iam_user_policy", "d", user=VAR, policy=DENY)], "unknown"),
        ([USER, resource("aws_iam_user_policy", "d", user="operator", policy=VAR)], "unknown"),
        ([USER, MFA, resource("aws_iam_policy_attachment", "d", users=["operator"], policy_arn=ref("aws_iam_policy.mfa"))], True),
        ([USER, GROUP, MFA, ON_GROUP], False),
        (
            [USER, GROUP, MFA, ON_GROUP, resource("aws_iam_user_group_membership", "m", user=ref("aws_iam_user.u"), groups=["guarded"])],
            True,
        ),
        ([USER, GROUP, MFA, ON_GROUP, resource("aws_iam_group_membership", "m", users=["operator"], group=ref("aws_iam_group.g"))], True),
        ([USER, GROUP, MFA, ON_GROUP, resource("aws_iam_group_membership", "m", users=["another"], group=ref("aws_iam_group.g"))], False),
        ([], "unknown"),  # the user is managed elsewhere
    ],
)
def test_other_policies_of_the_same_user(others: list[Resource], expected: object) -> None:
    holder = ref("aws_iam_user.u") if others else "operator"
    assert asks(ADMIN, *others, user=holder) == expected


def test_every_holder_of_an_attachment_counts() -> None:
    guarded = [GROUP, MFA, ON_GROUP]
    assert asks(ADMIN, *guarded, group=["guarded"]) is True
    assert asks(ADMIN, USER, *guarded, user=["operator"], group=["guarded"]) is False


def test_a_users_own_body_in_cloudformation() -> None:
    user = resource("AWS::IAM::User", "User", Groups=[ref("Group")], ManagedPolicyArns=[ADMIN])
    group = resource("AWS::IAM::Group", "Group", Policies=[{"PolicyDocument": DENY}])
    for estate, expected in (([user, group], True), ([user], False)):
        context = Context(Estate("/", "cloudformation", "template", list(estate)), user, {}, {})
        result = mfa.asks_for_mfa(context, [ADMIN])
        assert ("unknown" if isinstance(result, Unknown) else result) == expected


@pytest.mark.parametrize(
    ("policies", "holders", "expected"),
    [(ADMIN, ["g"], True), (ADMIN, [[]], False), (ADMIN, None, True), ("ReadOnlyAccess", ["g"], False), (VAR, ["g"], "unknown")],
)
def test_who_holds_full_rights(policies: object, holders: object, expected: object) -> None:
    subject = resource("aws_iam_policy_attachment", "x")
    result = mfa.grants_admin(Context(Estate("/", "terraform", "hcl", [subject]), subject, {}, {}), policies, holders)
    assert ("unknown" if isinstance(result, Unknown) else result) == expected


def trusting(principal: object, condition: object = None) -> dict[str, object]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    return {"Statement": [statement if condition is None else {**statement, "Condition": condition}]}


@pytest.mark.parametrize(
    ("principal", "assumed"),
    [
        ({"AWS": "arn:aws:iam::111122223333:root"}, True),
        ({"AWS": "arn:aws:iam::111122223333:user/u"}, True),
        ({"AWS": ref("aws_iam_user.u")}, True),
        ({"AWS": "arn:aws:iam::111122223333:role/r"}, False),
        ({"AWS": ref("aws_iam_role.r")}, False),
        ({"Service": "ec2.amazonaws.com"}, False),
        ({"Federated": "arn:aws:iam::111122223333:saml-provider/entra"}, False),
        ({"AWS": VAR}, "unknown"),
    ],
)
def test_roles_that_people_assume(principal: object, assumed: object) -> None:
    role = resource("aws_iam_role", "admin", name="admin")
    attached = resource("aws_iam_role_policy_attachment", "a", role="admin", policy_arn=ADMIN)
    context = Context(Estate("/", "terraform", "hcl", [role, attached]), role, {}, {})
    result = mfa.people_assume_admin(context, trusting(principal))
    assert ("unknown" if isinstance(result, Unknown) else result) == assumed
    if assumed is True:
        lax = mfa.trust_requires_mfa(context, trusting(principal))
        assert (lax.truth if isinstance(lax, Located) else lax) is False
        assert mfa.trust_requires_mfa(context, trusting(principal, {"Bool": {"aws:MultiFactorAuthPresent": "true"}})) is True
        assert mfa.trust_requires_mfa(context, trusting(principal, {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}})) is True


def test_a_role_without_full_rights_needs_no_mfa() -> None:
    role = resource("aws_iam_role", "reader", name="reader", managed_policy_arns=["arn:aws:iam::aws:policy/ReadOnlyAccess"])
    context = Context(Estate("/", "terraform", "hcl", [role]), role, {}, {})
    assert mfa.people_assume_admin(context, trusting({"AWS": "111122223333"})) is False
