"""AWS access keys in the environment of a workload."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context
from cloudpolicy.evaluate.predicates.credentials import hands_over_key, is_individual, is_issued, is_user
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

VAR = Unknown("variable-without-value", "var.x")
PLACE = Span("/main.tf")
KEY_ID = "AKIA" + "Z5QXJ7WPL3HN2TRD"


def asked(variables: Any, *others: Resource) -> Any:
    resource = Resource("aws_lambda_function", "aws_lambda_function.f", {}, PLACE)
    return hands_over_key(Context(Estate("/", "terraform", "hcl", [resource, *others]), resource, {}, {}), variables)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"AWS_ACCESS_KEY_ID": "x"}, True),
        ({"aws_secret_access_key": VAR}, True),
        ({"AWS_SECRET_KEY": "x"}, True),
        ({"PARTNER": KEY_ID}, True),
        ({"PARTNER": f"id={KEY_ID};"}, True),
        ({"PARTNER": Unknown("known-after-apply", "aws_iam_access_key.k.secret", ("aws_iam_access_key.k",))}, True),
        ({"PARTNER": Unknown("known-after-apply", "module.a.aws_iam_access_key.k.id", ("module.a.aws_iam_access_key.k[0]",))}, True),
        (Unknown("x", "merge(…)", partial={"AWS_ACCESS_KEY_ID": "x"}), True),
        ({"AWS_ACCESS_KEY_ID": ""}, False),
        ({"AWS_REGION": "ap-northeast-1", "KEY_ARN": "arn:aws:kms:…", "BUCKET": VAR}, False),
        ({"ROTATED": Unknown("known-after-apply", "aws_secretsmanager_secret.k.arn", ("aws_secretsmanager_secret.k",))}, False),
        ({}, False),
        (ABSENT, False),
    ],
)
def test_keys(variables: Any, expected: bool) -> None:
    assert asked(variables) is expected


def test_a_key_of_cloudformation() -> None:
    key = Resource("AWS::IAM::AccessKey", "Key", {}, PLACE)
    secret = Unknown("known-after-deploy", "!GetAtt Key.SecretAccessKey", ("Key",))
    assert asked({"PARTNER": secret}, key) is True
    assert asked({"PARTNER": Unknown("known-after-deploy", "!Ref Key", ("Key",))}, Resource("AWS::S3::Bucket", "Key", {}, PLACE)) is False


@pytest.mark.parametrize("variables", [VAR, Unknown("x", "merge(…)", partial={"STAGE": "prod"})])
def test_names_that_are_not_resolved(variables: Any) -> None:
    assert asked(variables) is variables


def test_a_choice_of_environments() -> None:
    safe = Unknown("condition-undetermined", "c ? a : b", choices=({"STAGE": "prod"}, ABSENT))
    assert asked(safe) is False
    doubt = Unknown("condition-undetermined", "c ? a : b", choices=({"STAGE": "prod"}, {"AWS_ACCESS_KEY_ID": "x"}))
    assert asked(doubt) is doubt


NAMES = st.sampled_from(["STAGE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "TABLE"])


@given(st.dictionaries(NAMES, st.sampled_from(["prod", KEY_ID, ""])))
def test_knowing_less_of_the_names_never_turns_an_answer_round(variables: dict[str, str]) -> None:
    known = asked(variables)
    assert isinstance(asked(Unknown("x", "var.env")), Unknown)
    half = asked(Unknown("x", "merge(…)", partial=variables))
    assert half is known or isinstance(half, Unknown)


def test_what_exists_is_issued() -> None:
    assert is_issued(None, VAR) is True
    assert is_individual(None, VAR) is True
    assert is_user(None) is True
