"""What a bucket is used for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context
from cloudpolicy.evaluate.predicates.storage import emr_encrypts_with_customer_key, is_log_bucket
from cloudpolicy.model import Estate, Resource, Span, Unknown

PLACE = Span("/main.tf")
TO_BUCKET = Unknown("known-after-apply", "aws_s3_bucket.b.id", ("aws_s3_bucket.b",))
LOOKED_UP = Unknown("data-source", "data.aws_elb_service_account.m.arn", ("module.a.data.aws_elb_service_account.m",))
DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
BARE = Unknown("variable-without-value", "var.bucket")


def asked(type: str, values: dict[str, Any], bucket: dict[str, Any] | None = None) -> Any:
    subject = Resource("aws_s3_bucket", "aws_s3_bucket.b", {"bucket": "b-name"} if bucket is None else bucket, PLACE)
    other = Resource(type, f"{type}.x", values, PLACE)
    return is_log_bucket(Context(Estate("/", "terraform", "hcl", [subject, other]), subject, {}, {}))


@pytest.mark.parametrize(
    ("type", "values"),
    [
        ("aws_cloudtrail", {"s3_bucket_name": TO_BUCKET}),
        ("aws_cloudtrail", {"s3_bucket_name": "b-name"}),
        ("aws_s3_bucket_logging", {"bucket": "other", "target_bucket": TO_BUCKET}),
        ("aws_lb", {"access_logs": [{"bucket": TO_BUCKET, "enabled": True}]}),
        ("aws_wafv2_web_acl_logging_configuration", {"log_destination_configs": [TO_BUCKET]}),
        ("aws_s3_bucket_acl", {"bucket": TO_BUCKET, "acl": "log-delivery-write"}),
        ("aws_s3_bucket_policy", {"bucket": TO_BUCKET, "policy": '{"Principal":{"Service":"cloudtrail.amazonaws.com"}}'}),
        (
            "aws_s3_bucket_policy",
            {
                "bucket": TO_BUCKET,
                "policy": Unknown("x", partial={"Statement": [{"Principal": {"Service": ["delivery.logs.amazonaws.com"]}}]}),
            },
        ),
        (
            "aws_s3_bucket_policy",
            {
                "bucket": TO_BUCKET,
                "policy": Unknown("x", partial={"Statement": [{"Principal": {"AWS": LOOKED_UP}}]}),
            },
        ),
        ("aws_s3_bucket_policy", {"bucket": TO_BUCKET, "policy": '{"Principal":{"AWS":"arn:aws:iam::582318560864:root"}}'}),
        ("aws_s3_bucket_acl", {"bucket": TO_BUCKET, "access_control_policy": [{"grant": [{"grantee": [{"uri": DELIVERY}]}]}]}),
    ],
)
def test_what_makes_a_log_bucket(type: str, values: dict[str, Any]) -> None:
    assert asked(type, values) is True


@pytest.mark.parametrize(
    ("type", "values"),
    [
        ("aws_s3_bucket_logging", {"bucket": TO_BUCKET, "target_bucket": "other"}),
        ("aws_cloudtrail", {"s3_bucket_name": "elsewhere"}),
        ("aws_cloudtrail", {"s3_bucket_name": BARE}),
        ("aws_s3_bucket_policy", {"bucket": TO_BUCKET, "policy": '{"Principal":{"Service":"cloudfront.amazonaws.com"}}'}),
    ],
)
def test_what_does_not(type: str, values: dict[str, Any]) -> None:
    assert asked(type, values) is False


def test_a_choice_between_buckets_is_a_doubt() -> None:
    choice = Unknown("condition-undetermined", "c ? a : b", choices=(TO_BUCKET, "elsewhere"))
    assert isinstance(asked("aws_cloudtrail", {"s3_bucket_name": choice}), Unknown)


def test_one_of_several_instances_is_a_doubt() -> None:
    first, second = (Resource("aws_s3_bucket", f'aws_s3_bucket.b["{key}"]', {}, PLACE) for key in "xy")
    trail = Resource("aws_cloudtrail", "aws_cloudtrail.t", {"s3_bucket_name": Unknown("x", "e", ("aws_s3_bucket.b",))}, PLACE)
    estate = Estate("/", "terraform", "hcl", [first, second, trail])
    assert isinstance(is_log_bucket(Context(estate, first, {}, {})), Unknown)


def test_the_older_acl_on_the_bucket_itself() -> None:
    assert asked("aws_sqs_queue", {}, {"acl": "log-delivery-write"}) is True


def test_cloudformation() -> None:
    logs = Resource("AWS::S3::Bucket", "Logs", {}, PLACE)
    data = Resource(
        "AWS::S3::Bucket", "Data", {"LoggingConfiguration": {"DestinationBucketName": Unknown("x", "!Ref Logs", ("Logs",))}}, PLACE
    )
    estate = Estate("/t.yaml", "cloudformation", "template", [logs, data])
    assert is_log_bucket(Context(estate, logs, {}, {})) is True
    assert is_log_bucket(Context(estate, data, {}, {})) is False


KEY = "arn:aws:kms:ap-northeast-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def emr(enabled: Any = True, mode: Any = "SSE-KMS", key: Any = KEY) -> dict[str, Any]:
    stores = {
        "S3EncryptionConfiguration": {"EncryptionMode": mode, "AwsKmsKey": key},
        "LocalDiskEncryptionConfiguration": {"EncryptionKeyProviderType": "AwsKms", "AwsKmsKey": KEY},
    }
    return {"EncryptionConfiguration": {"EnableAtRestEncryption": enabled, "AtRestEncryptionConfiguration": stores}}


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        (emr(), True),
        (json.dumps(emr()), True),
        (emr(enabled=False), False),
        (emr(mode="SSE-S3"), False),
        (emr(key="alias/aws/s3"), False),
        (emr(enabled=False, key=BARE), False),
        ({"EncryptionConfiguration": {"EnableAtRestEncryption": True}}, False),
        ("not json", False),
    ],
)
def test_emr(configuration: Any, expected: bool) -> None:
    subject = Resource("AWS::EMR::SecurityConfiguration", "S", {}, PLACE)
    context = Context(Estate("/", "cloudformation", "template", [subject]), subject, {}, {})
    assert emr_encrypts_with_customer_key(context, configuration) is expected


@pytest.mark.parametrize("configuration", [BARE, emr(enabled=BARE), emr(key=BARE), Unknown("x", partial=emr(mode=BARE)), '{"a": ${x}}'])
def test_emr_in_doubt(configuration: Any) -> None:
    subject = Resource("AWS::EMR::SecurityConfiguration", "S", {}, PLACE)
    context = Context(Estate("/", "cloudformation", "template", [subject]), subject, {}, {})
    assert isinstance(emr_encrypts_with_customer_key(context, configuration), Unknown)


ENABLED = st.sampled_from([True, False, "true", BARE])
MODES = st.sampled_from(["SSE-KMS", "SSE-S3", BARE])
KEYS = st.sampled_from([KEY, "alias/aws/s3", BARE])


@given(ENABLED, MODES, KEYS, ENABLED, MODES, KEYS)
def test_resolving_never_turns_a_definite_answer(a: Any, b: Any, c: Any, d: Any, e: Any, f: Any) -> None:
    subject = Resource("AWS::EMR::SecurityConfiguration", "S", {}, PLACE)
    context = Context(Estate("/", "cloudformation", "template", [subject]), subject, {}, {})
    before = emr_encrypts_with_customer_key(context, emr(a, b, c))
    after = emr_encrypts_with_customer_key(context, emr(d if a is BARE else a, e if b is BARE else b, f if c is BARE else c))
    assert isinstance(before, Unknown) or before == after
