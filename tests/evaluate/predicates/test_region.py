"""Regions, zones, ARNs and locations against the permitted ones."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context, Located, region
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

PLACE = Span("/main.tf")
PARAMETERS = {"aws_regions": ["ap-northeast-1", "ap-northeast-3"], "azure_locations": ["Japan East", "japanwest"]}
SOMEWHERE = Unknown("variable-without-value", "var.x")
STACK = Unknown("region-not-given", "!Ref AWS::Region")


def made(type: str, values: dict[str, Any] | None = None, where: Any = "ap-northeast-1", name: str = "x") -> Resource:
    return Resource(type, f"{type}.{name}", values or {}, PLACE, region=where)


def context(resource: Resource | None = None, *others: Resource, default: Any = "ap-northeast-1", **parameters: Any) -> Context:
    resource = resource or made("aws_s3_bucket")
    estate = Estate("/", "terraform", "hcl", [resource, *others], region=default)
    return Context(estate, resource, {}, PARAMETERS | parameters)


def truth(answer: Any) -> Any:
    answer = answer.truth if isinstance(answer, Located) else answer
    return "unknown" if isinstance(answer, Unknown) else answer


@pytest.mark.parametrize(
    ("where", "values", "expected"),
    [
        ("ap-northeast-1", {}, True),
        ("AP-Northeast-3", {}, True),
        ("us-east-1", {}, False),
        ("cn-north-1", {}, False),
        ("us-gov-west-1", {}, False),
        (None, {}, "unknown"),
        (SOMEWHERE, {}, "unknown"),
        (STACK, {}, "unknown"),
        (Unknown("x", choices=("us-east-1", "us-west-2")), {}, False),
        (Unknown("x", choices=("us-east-1", "ap-northeast-1")), {}, "unknown"),
        (None, {"availability_zone": "ap-northeast-1c"}, True),
        (None, {"availability_zone": "us-west-2a"}, False),
        ("ap-northeast-1", {"availability_zone": "ap-northeast-1-tpe-1a"}, False),
        ("ap-northeast-1", {"availability_zone": "ap-northeast-1-wl1-nrt-wlz-1"}, True),
        ("ap-northeast-1", {"availability_zone": SOMEWHERE}, True),
        (STACK, {"AvailabilityZones": [SOMEWHERE, "eu-west-1a"]}, False),
    ],
)
def test_where_a_resource_goes(where: Any, values: dict[str, Any], expected: Any) -> None:
    assert truth(region.domestic(context(made("aws_x", values, where)))) == expected


def test_a_foreign_zone_is_the_place_of_the_finding() -> None:
    answer = region.domestic(context(made("aws_x", {"availability_zones": ["ap-northeast-1a", "us-east-1a"]}, "us-east-1")))
    assert (answer.path, answer.seen) == (("region",), "us-east-1")
    answer = region.domestic(context(made("aws_x", {"availability_zones": ["us-east-1a"]}, None)))
    assert (answer.path, answer.seen) == (("availability_zones", 0), "us-east-1a")


@pytest.mark.parametrize(
    ("where", "default", "values", "expected"),
    [
        ("us-east-1", "us-east-1", {}, True),
        ("us-east-1", "ap-northeast-1", {}, False),
        ("ap-northeast-1", "ap-northeast-1", {"availability_zone": "us-east-1a"}, False),
        (None, None, {}, True),
        (SOMEWHERE, SOMEWHERE, {}, True),
        (None, None, {"availability_zone": "us-east-1a"}, False),
    ],
)
def test_what_one_sentence_can_say_for_all(where: Any, default: Any, values: dict[str, Any], expected: bool) -> None:
    assert region.by_default(context(made("aws_x", values, where), default=default)) is expected


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("apne1-az4", True), ("apne3-az1", True), ("use1-az1", False), ("apne2-az1", False), ("usgw1-az1", False), ("ap-northeast-1a", True),
        ("ap-northeast-2a", False), ("us-west-2-lax-1a", False), (SOMEWHERE, "unknown"), (["ap-northeast-1a", "ap-southeast-1b"], False),
    ],
)  # fmt: skip
def test_zones(zone: Any, expected: Any) -> None:
    assert truth(region.zone_domestic(context(), zone)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ap-northeast-3", True),
        ("us-east-1", False),
        (["ap-northeast-1", "us-east-1"], False),
        (STACK, True),
        (SOMEWHERE, "unknown"),
        (ABSENT, True),
        ("arn:aws:outposts:us-west-2:1:outpost/op-1", False),
        (Unknown("x", partial="us-${…}"), False),
        (Unknown("x", partial="ap-northeast-${…}"), "unknown"),
    ],
)
def test_names(value: Any, expected: Any) -> None:
    assert truth(region.name_domestic(context(), value)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("arn:aws:rds:ap-northeast-3:1:db:x", True),
        ("arn:aws:rds:us-east-1:1:db:x", False),
        ("arn:aws-cn:rds:cn-north-1:1:db:x", False),
        ("arn:aws:s3:::bucket", True),
        ("a-database-beside-it", True),
        (Unknown("x", partial="arn:aws:backup:us-west-2:${AWS::AccountId}:backup-vault:v"), False),
        (Unknown("x", partial="arn:aws:backup:ap-northeast-3:${AWS::AccountId}:backup-vault:v"), True),
        (Unknown("x", partial="arn:aws:backup:${AWS::Region}:1:backup-vault:v"), "unknown"),
        (Unknown("known-after-apply", "aws_x.far.arn", ("aws_x.far",)), False),
        (Unknown("known-after-apply", "aws_x.near.arn", ("aws_x.near",)), True),
        (Unknown("known-after-apply", "aws_x.gone.arn", ("aws_x.gone",)), "unknown"),
        (Unknown("x", choices=("arn:aws:rds:us-east-1:1:db:x", "arn:aws:rds:us-west-1:1:db:x")), False),
        (SOMEWHERE, "unknown"),
    ],
)
def test_arns(value: Any, expected: Any) -> None:
    near, far = made("aws_x", name="near"), made("aws_x", where="us-west-2", name="far")
    assert truth(region.arn_domestic(context(near, far), value)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("arn:aws:s3:::near", True),
        ("arn:aws:s3:::far", False),
        ("far", False),
        ("arn:aws:s3:::elsewhere", "unknown"),
        ("arn:aws:s3:::nowhere", "unknown"),
        ("arn:aws-us-gov:s3:::near", False),
        (Unknown("known-after-apply", "aws_s3_bucket.far.arn", ("aws_s3_bucket.far",)), False),
        (Unknown("known-after-apply", "aws_s3_bucket.many.arn", ("aws_s3_bucket.many",)), True),
        (SOMEWHERE, "unknown"),
    ],
)
def test_buckets_are_found_in_the_estate(value: Any, expected: Any) -> None:
    buckets = [
        made("aws_s3_bucket", {"bucket": "near"}, name="near"),
        made("aws_s3_bucket", {"bucket": "far"}, "us-east-1", "far"),
        made("aws_s3_bucket", {"bucket": "nowhere"}, None, "nowhere"),
        made("aws_s3_bucket", {}, name="many[0]"),
    ]
    assert truth(region.bucket_domestic(context(*buckets), value)) == expected


@pytest.mark.parametrize(
    ("value", "inside", "pair"),
    [
        ("japaneast", True, True),
        ("Japan West", True, True),
        ("East US", False, False),
        ("global", True, False),
        (SOMEWHERE, "unknown", "unknown"),
    ],
)
def test_azure(value: Any, inside: Any, pair: Any) -> None:
    assert truth(region.azure_domestic(context(), value)) == inside
    assert truth(region.pair_domestic(context(), value)) == pair


def test_a_pair_is_domestic_only_when_both_are_permitted() -> None:
    assert region.pair_domestic(context(azure_locations=["japaneast"]), "japaneast") is False
    assert region.pair_domestic(context(azure_locations=["japaneast"]), "japanwest") is True


def test_services_that_know_countries_only() -> None:
    assert region.azure_domestic(context(), "Japan") is True
    assert region.azure_domestic(context(azure_locations=["japaneast"]), "Japan") is False
    assert region.azure_domestic(context(), "Asia Pacific") is False


AT_HOME = "us-east-1"
EDGE = Unknown("known-after-apply", "aws_lambda_function.edge.qualified_arn", ("aws_lambda_function.edge",))
TOPIC = Unknown("known-after-apply", "aws_sns_topic.bill.arn", ("aws_sns_topic.bill",))
OTHERS = [
    made("aws_cloudfront_distribution", {"default_cache_behavior": [{"lambda_function_association": [{"lambda_arn": EDGE}]}]}, AT_HOME),
    made("aws_cloudwatch_metric_alarm", {"namespace": "AWS/Billing", "alarm_actions": [TOPIC]}, AT_HOME, "bill"),
    made("aws_lambda_function", {}, AT_HOME, "edge"),
    made("aws_sns_topic", {}, AT_HOME, "bill"),
]


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (made("aws_iam_role"), False),
        (made("aws_route53_zone"), False),
        (made("aws_route53_resolver_rule"), True),
        (made("AWS::Route53Resolver::ResolverRule"), True),
        (made("AWS::IAM::Role"), False),
        (made("AWS::CloudFormation::Stack"), False),
        (made("aws_s3_bucket", {}, AT_HOME), True),
        (made("aws_wafv2_web_acl", {"scope": "CLOUDFRONT"}, AT_HOME), False),
        (made("aws_wafv2_web_acl", {"scope": "REGIONAL"}, AT_HOME), True),
        (made("aws_acm_certificate", {}, AT_HOME), False),
        (made("aws_acm_certificate", {}, "us-west-2"), True),
        (made("aws_cloudwatch_metric_alarm", {"namespace": "AWS/Billing"}, AT_HOME, "other"), False),
        (made("aws_cloudwatch_metric_alarm", {"namespace": "AWS/EC2"}, AT_HOME, "other"), True),
        (made("aws_lambda_function", {}, AT_HOME, "other"), True),
        (made("aws_sns_topic", {}, AT_HOME, "other"), True),
        (made("aws_sns_topic_subscription", {"topic_arn": TOPIC}, AT_HOME), False),
        (made("aws_sns_topic_subscription", {"topic_arn": "arn:aws:sns:us-east-1:1:x"}, AT_HOME), True),
        (made("aws_lambda_permission", {"function_name": EDGE}, AT_HOME), False),
    ],
    ids=lambda value: getattr(value, "address", None),
)
def test_what_has_a_region_of_its_own(resource: Resource, expected: bool) -> None:
    assert region.regional(context(resource, *OTHERS)) is expected


@pytest.mark.parametrize("index", [2, 3])
def test_what_a_global_service_takes_from_its_home(index: int) -> None:
    resource = OTHERS[index]
    assert region.regional(context(resource, *(other for other in OTHERS if other is not resource))) is False


NAMES = [
    "ap-northeast-1",
    "ap-northeast-3",
    "us-east-1",
    "ap-northeast-1a",
    "us-east-1a",
    "arn:aws:x:us-east-1:1:y",
    "arn:aws:x:::y",
    "japaneast",
    "",
]
LEAVES = st.one_of(st.sampled_from(NAMES), st.text(max_size=8), st.none(), st.integers())
ONE_VALUE = [
    region.name_domestic,
    region.zone_domestic,
    region.arn_domestic,
    region.bucket_domestic,
    region.azure_domestic,
    region.pair_domestic,
]


@pytest.mark.parametrize("judge", ONE_VALUE, ids=lambda judge: judge.__name__)
@given(st.lists(LEAVES, max_size=3), st.integers(0, 3), LEAVES)
def test_settling_an_unknown_never_turns_a_verdict(judge: Any, values: list[Any], position: int, settled: Any) -> None:
    before = truth(judge(context(), [*values[:position], SOMEWHERE, *values[position:]]))
    after = truth(judge(context(), [*values[:position], settled, *values[position:]]))
    assert before in ("unknown", after)
