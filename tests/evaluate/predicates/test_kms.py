"""Whose key a value names, and whom key policies let in."""

from __future__ import annotations

import pytest

from cloudpolicy.evaluate.predicates import Context, Located
from cloudpolicy.evaluate.predicates.kms import admin_wildcard, customer_key, external_accounts
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

PLACE = Span("/main.tf")


def context(*resources: Resource) -> Context:
    subject = Resource("aws_ebs_volume", "aws_ebs_volume.v", {}, PLACE)
    return Context(Estate("/", "terraform", "hcl", [subject, *resources]), subject, {}, {})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (ABSENT, False),
        ("alias/aws/ebs", False),
        ("aws/ebs", False),
        ("AWS_OWNED_KMS_KEY", False),
        ("arn:aws:kms:ap-northeast-1:111122223333:alias/aws/rds", False),
        ("alias/app", True),
        ("alias/awsome", True),
        ("arn:aws:kms:ap-northeast-1:111122223333:alias/app", True),
        ("arn:aws:kms:ap-northeast-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", True),
        ("1234abcd-12ab-34cd-56ef-1234567890ab", True),
        ("mrk-1234abcd12ab34cd56ef1234567890ab", True),
        (["alias/app", "alias/aws/ebs"], False),
        (Unknown("variable-without-value", "var.k", partial="arn:aws:kms:${var.region}:111122223333:key/${var.k}"), True),
        (Unknown("variable-without-value", "var.k", partial="alias/app-${var.k}"), True),
        (Unknown("variable-without-value", "var.k", partial="alias/aws/${var.k}"), False),
        (Unknown("known-after-apply", "aws_kms_key.k.arn", ("aws_kms_key.k",)), True),
        (Unknown("known-after-apply", "aws_kms_key.k[0].arn", ('module.a.aws_kms_key.k["x"]',)), True),
        (Unknown("condition-undetermined", "c ? a : b", choices=("alias/a", "alias/b")), True),
        (Unknown("condition-undetermined", "c ? null : b", choices=(ABSENT, "alias/aws/ebs")), False),
    ],
)
def test_values_that_tell(value: object, expected: bool) -> None:
    assert customer_key(context(), value) is expected


@pytest.mark.parametrize(
    "value",
    [
        Unknown("variable-without-value", "var.k"),
        Unknown("variable-without-value", "var.k", partial="alias/${var.k}"),
        Unknown("variable-without-value", "var.k", partial="alias/aw${var.k}"),
        Unknown("variable-without-value", "var.k", partial="${var.prefix}/key"),
        Unknown("condition-undetermined", "c ? a : b", choices=("alias/a", ABSENT)),
        Unknown("known-after-apply", "aws_iam_role.r.arn", ("aws_iam_role.r",)),
    ],
)
def test_values_that_do_not_tell(value: Unknown) -> None:
    assert isinstance(customer_key(context(), value), Unknown)


@pytest.mark.parametrize(
    ("type", "attribute", "name", "expected"),
    [
        ("aws_kms_key", "key_id", "alias/aws/ebs", False),
        ("aws_kms_key", "key_id", "alias/app", True),
        ("aws_kms_alias", "name", "alias/aws/s3", False),
        ("aws_kms_alias", "name", "alias/app", True),
    ],
)
def test_a_looked_up_key_is_judged_by_what_is_looked_up(type: str, attribute: str, name: str, expected: bool) -> None:
    found = Resource(f"data.{type}", f"data.{type}.k", {attribute: name}, PLACE)
    assert customer_key(context(found), Unknown("data-source", "x", (f"data.{type}.k",))) is expected


def test_a_key_of_the_same_template() -> None:
    key = Resource("AWS::KMS::Key", "Key", {}, PLACE)
    assert customer_key(context(key), Unknown("known-after-deploy", "!GetAtt Key.Arn", ("Key",))) is True


# -- key policies -------------------------------------------------------------------------------------------------------------------------

OWN = Unknown("known-after-deploy", "!Sub arn:aws:iam::${AWS::AccountId}:root", partial="arn:aws:iam::${…}:root")
GIVEN = Unknown("variable-without-value", "x", partial="arn:aws:iam::${var.account}:root")
A, B = "arn:aws:iam::111122223333:root", "444455556666"


def grant(principal: object, action: str = "kms:Decrypt", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": "*", "Principal": {"AWS": principal}, **more}


def judged(function, *statements: object) -> object:
    result = function(context(), {"Statement": list(statements)})
    result = result.truth if isinstance(result, Located) else result
    return "unknown" if isinstance(result, Unknown) else result


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([grant(A, "kms:*")], False),
        ([grant(GIVEN, "kms:*")], False),
        ([grant(OWN, "kms:*"), grant(OWN)], False),
        ([grant(A, "kms:*"), grant(A)], False),
        ([grant(A, "kms:*"), grant("arn:aws:iam::444455556666:role/r")], False),
        ([grant(A, "kms:*"), grant(B)], True),
        ([grant(OWN, "kms:*"), grant(B)], True),
        ([grant(OWN, "kms:*"), grant(B, "kms:*")], True),
        ([grant(A, "kms:*"), grant(B, "kms:*")], True),
        ([grant(A, "kms:*"), grant(B, Condition={"StringEquals": {"kms:EncryptionContext:a": "b"}})], False),
        ([grant(OWN, "kms:*"), grant(GIVEN)], "unknown"),
        ([grant(B)], "unknown"),
        ([grant(Unknown("variable-without-value", "var.x"))], "unknown"),
    ],
)
def test_accounts_other_than_the_keys_own(statements: list[object], expected: object) -> None:
    assert judged(external_accounts, *statements) == expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (grant(A, "kms:*"), False),
        (grant(OWN, "kms:*"), False),
        (grant("*", "kms:*"), False),
        (grant("arn:aws:iam::111122223333:role/r"), False),
        (grant("arn:aws:iam::111122223333:role/r", "kms:*"), True),
        (grant(Unknown("known-after-apply", "x", ("aws_iam_role.r",)), "kms:*"), True),
        (grant(Unknown("variable-without-value", "var.x"), "kms:*"), "unknown"),
    ],
)
def test_every_key_operation_for_one_principal(statement: object, expected: object) -> None:
    assert judged(admin_wildcard, statement) == expected
