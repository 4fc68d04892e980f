"""Full rights that hold only from named addresses or networks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context, Located
from cloudpolicy.evaluate.predicates.origin import admin_from_anywhere, assumed_from_named_sources, people_assume_admin
from cloudpolicy.model import Estate, Resource, Span, Unknown

VAR = Unknown("variable-without-value", "var.x")
PLACE = Span("/main.tf")
ADMIN = {"Effect": "Allow", "Action": "*", "Resource": "*"}
OFFICE = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
ELSEWHERE = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def plain(answer: Any) -> Any:
    truth = answer.truth if isinstance(answer, Located) else answer
    return "unknown" if isinstance(truth, Unknown) else truth


def context(values: dict[str, Any] | None = None) -> Context:
    resource = Resource("aws_iam_role", "aws_iam_role.r", values or {}, PLACE)
    return Context(Estate("/", "terraform", "hcl", [resource]), resource, {}, {})


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([ADMIN], True),
        ([ADMIN | {"Condition": OFFICE}], False),
        ([ADMIN | {"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}}}], False),
        ([ADMIN | {"Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}], True),
        ([ADMIN | {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}}], True),
        ([ADMIN, ELSEWHERE], False),
        ([ADMIN, ELSEWHERE | {"Action": "iam:*"}], True),
        ([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}], False),
        ([ADMIN | {"Condition": VAR}], "unknown"),
        (VAR, "unknown"),
    ],
)
def test_full_rights(statements: Any, expected: object) -> None:
    assert plain(admin_from_anywhere(context(), {"Statement": statements})) == expected


def test_the_managed_policy_has_no_bounds() -> None:
    assert plain(admin_from_anywhere(context(), ADMINISTRATOR)) is True


def trust(principal: Any, condition: Any = None) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    return {"Statement": [statement | ({"Condition": condition} if condition else {})]}


SAML = {"Federated": "arn:aws:iam::111122223333:saml-provider/staff"}
ACCOUNT = {"AWS": "arn:aws:iam::111122223333:root"}


@pytest.mark.parametrize(
    ("principal", "managed", "expected"),
    [
        (ACCOUNT, [ADMINISTRATOR], True),
        (SAML, [ADMINISTRATOR], True),
        ({"Federated": Unknown("known-after-apply", "aws_iam_saml_provider.s.arn", ("aws_iam_saml_provider.s",))}, [ADMINISTRATOR], True),
        ({"Federated": "arn:aws:iam::111122223333:oidc-provider/ci"}, [ADMINISTRATOR], False),
        ({"Service": "ec2.amazonaws.com"}, [ADMINISTRATOR], False),
        (SAML, ["arn:aws:iam::aws:policy/ReadOnlyAccess"], False),
        (SAML, [VAR], "unknown"),
    ],
)
def test_roles_of_administrators(principal: Any, managed: list[Any], expected: object) -> None:
    values = {"assume_role_policy": trust(principal), "managed_policy_arns": managed}
    assert plain(people_assume_admin(context(values), values["assume_role_policy"])) == expected


@pytest.mark.parametrize(
    ("condition", "policies", "expected"),
    [
        (OFFICE, [ADMIN], True),
        (None, [ADMIN], False),
        (None, [ADMIN, ELSEWHERE], True),
        (None, [ADMIN | {"Condition": OFFICE}], True),
        (None, [ADMIN, ELSEWHERE | {"Action": "iam:*"}], False),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, [ADMIN], False),
        (None, [VAR], "unknown"),
    ],
)
def test_where_people_come_from(condition: Any, policies: list[Any], expected: object) -> None:
    inline = [{"name": str(number), "policy": {"Statement": [statement]}} for number, statement in enumerate(policies)]
    assert plain(assumed_from_named_sources(context({"inline_policy": inline}), trust(SAML, condition))) == expected


def test_an_attached_policy_that_denies_other_places() -> None:
    role = Resource("aws_iam_role", "aws_iam_role.r", {"managed_policy_arns": [ADMINISTRATOR]}, PLACE)
    here = Unknown("known-after-apply", "aws_iam_role.r.name", ("aws_iam_role.r",))
    fence = Resource("aws_iam_role_policy", "aws_iam_role_policy.p", {"role": here, "policy": {"Statement": [ELSEWHERE]}}, PLACE)
    for resources, expected in (([role], False), ([role, fence], True)):
        estate = Estate("/", "terraform", "hcl", resources)
        assert plain(assumed_from_named_sources(Context(estate, role, {}, {}), trust(SAML))) is expected


STATEMENTS = st.sampled_from([ADMIN, ELSEWHERE, ADMIN | {"Condition": OFFICE}, {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}])


@given(st.lists(STATEMENTS, min_size=1, max_size=3), st.data())
def test_knowing_less_never_turns_an_answer_round(statements: list[dict[str, Any]], data: st.DataObject) -> None:
    known = plain(admin_from_anywhere(context(), {"Statement": statements}))
    position = data.draw(st.integers(0, len(statements) - 1))
    key = data.draw(st.sampled_from(["Effect", "Action", "Resource", "Condition"]))
    hidden = [dict(statement) for statement in statements]
    hidden[position][key] = VAR
    assert plain(admin_from_anywhere(context(), {"Statement": hidden})) in (known, "unknown")
