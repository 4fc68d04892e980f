"""Storage: what a bucket is used for, told from what writes into it, and encryption that stands in a JSON text."""

from __future__ import annotations

import re

from cloudpolicy.evaluate import links
from cloudpolicy.evaluate.logic import all_of
from cloudpolicy.evaluate.matchers import same
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.evaluate.predicates.kms import customer_key
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context, Located
    from cloudpolicy.model import Estate, Resource

# resource type of the writer -> the attributes that name the bucket its logs go to
WRITERS: dict[str, tuple[tuple[str, str], ...]] = {
    "aws_s3_bucket": (
        ("aws_cloudtrail", "s3_bucket_name"),
        ("aws_config_delivery_channel", "s3_bucket_name"),
        ("aws_s3_bucket_logging", "target_bucket"),
        ("aws_s3_bucket", "logging.target_bucket"),
        ("aws_lb", "access_logs.bucket"),
        ("aws_lb", "connection_logs.bucket"),
        ("aws_alb", "access_logs.bucket"),
        ("aws_elb", "access_logs.bucket"),
        ("aws_flow_log", "log_destination"),
        ("aws_cloudfront_distribution", "logging_config.bucket"),
        ("aws_wafv2_web_acl_logging_configuration", "log_destination_configs"),
        ("aws_route53_resolver_query_log_config", "destination_arn"),
        ("aws_redshift_logging", "bucket_name"),
        ("aws_redshift_cluster", "logging.bucket_name"),
        ("aws_msk_cluster", "logging_info.broker_logs.s3.bucket"),
        ("aws_ecs_cluster", "configuration.execute_command_configuration.log_configuration.s3_bucket_name"),
    ),
    "AWS::S3::Bucket": (
        ("AWS::CloudTrail::Trail", "S3BucketName"),
        ("AWS::Config::DeliveryChannel", "S3BucketName"),
        ("AWS::S3::Bucket", "LoggingConfiguration.DestinationBucketName"),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerAttributes.Value"),
        ("AWS::ElasticLoadBalancing::LoadBalancer", "AccessLoggingPolicy.S3BucketName"),
        ("AWS::EC2::FlowLog", "LogDestination"),
        ("AWS::CloudFront::Distribution", "DistributionConfig.Logging.Bucket"),
        ("AWS::WAFv2::LoggingConfiguration", "LogDestinationConfigs"),
        ("AWS::Route53Resolver::ResolverQueryLoggingConfig", "DestinationArn"),
        ("AWS::Redshift::Cluster", "LoggingProperties.BucketName"),
    ),
}
NAMES = {"aws_s3_bucket": ("bucket",), "AWS::S3::Bucket": ("BucketName",)}
# (policy resource, what names the bucket, the document)
POLICIES = {
    "aws_s3_bucket": ("aws_s3_bucket_policy", "bucket", "policy"),
    "AWS::S3::Bucket": ("AWS::S3::BucketPolicy", "Bucket", "PolicyDocument"),
}
LOG_SERVICES = (
    "cloudtrail.amazonaws.com",
    "config.amazonaws.com",
    "delivery.logs.amazonaws.com",
    "logdelivery.elasticloadbalancing.amazonaws.com",
    "logging.s3.amazonaws.com",
    "582318560864",  # the account of load balancers in Tokyo …
    "383597477331",  # … and in Osaka
    "groups/s3/LogDelivery",
    "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0",  # the canonical user of CloudFront's standard logs
)
# data sources that look up who writes logs
LOG_ACCOUNTS = "aws_elb_service_account|aws_redshift_service_account|aws_cloudfront_log_delivery_canonical_user_id"


@predicate
def is_log_bucket(context: Context) -> Truth:
    """True when something in the estate writes logs into this bucket, its ACL is for log delivery, or its policy lets a log service write.

    No arguments: it looks at `context.resource`, a bucket of Terraform or CloudFormation.
    """
    slot = ("is_log_bucket", context.resource.address)
    if slot not in context.estate.links:  # several policies ask it of every bucket
        context.estate.links[slot] = _is_log_bucket(context)
    answer: Truth = context.estate.links[slot]
    return answer


def _is_log_bucket(context: Context) -> Truth:
    bucket = context.resource
    writers = WRITERS.get(bucket.type)
    if writers is None:
        return False
    if _delivery_acl(context.estate, bucket) or _lets_log_service_write(context.estate, bucket):
        return True
    doubt: Truth = False
    for type, attribute in writers:
        certain, possible = links.pointing_at(context.estate, bucket, (type,), attribute, NAMES[bucket.type])
        if any(writer is not bucket for writer in certain):
            return True
        for writer in possible:
            if mentions(writer, attribute, bucket):
                doubt = Unknown("condition-undetermined", writer.address)
    return doubt


def _delivery_acl(estate: Estate, bucket: Resource) -> bool:
    values = [bucket.values]
    if bucket.type == "aws_s3_bucket":
        companions, _ = links.pointing_at(estate, bucket, ("aws_s3_bucket_acl",), "bucket", ("bucket",))
        values += [companion.values for companion in companions]
    if any(one.get("acl", one.get("AccessControl")) in ("log-delivery-write", "LogDeliveryWrite") for one in values):
        return True
    return any(_names_log_writer(one.get(attribute)) for one in values for attribute in ("grant", "access_control_policy"))


def _lets_log_service_write(estate: Estate, bucket: Resource) -> bool:
    type, by, document = POLICIES[bucket.type]
    companions, _ = links.pointing_at(estate, bucket, (type,), by, NAMES[bucket.type])
    documents = [companion.values.get(document, ABSENT) for companion in companions]
    documents.append(bucket.values.get("policy", ABSENT))
    return any(map(_names_log_writer, documents))


def _names_log_writer(value: Any) -> bool:
    """Whether a policy or a list of grants names a service that writes logs, by its name, account, or the data source that looks it up."""
    text = known_text(value)
    return any(name in text for name in LOG_SERVICES) or any(
        re.match(rf"(module\..*\.)?data\.({LOG_ACCOUNTS})\.", reference) is not None for reference in _references(value)
    )


def _references(value: Any) -> Iterator[str]:
    """The addresses that the unknown parts of a value are made from."""
    if isinstance(value, Unknown):
        yield from value.references
        yield from _references(value.partial)
    elif isinstance(value, (dict, list)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _references(part)


def known_text(value: Any) -> str:
    """Every known text inside a value, one per line: enough to look for a service's name."""
    if isinstance(value, str):
        return value
    if isinstance(value, Unknown):
        return known_text(value.partial)
    if isinstance(value, dict):
        return "\n".join(map(known_text, value.values()))
    if isinstance(value, list):
        return "\n".join(map(known_text, value))
    return ""


def mentions(writer: Resource, attribute: str, bucket: Resource) -> bool:
    """Whether an unresolved target is made from this very bucket: a bare variable is no reason to doubt every bucket of the estate."""
    block = bucket.address[: bucket.address.rindex("[")] if bucket.address.endswith("]") else bucket.address
    for value in links.read_path(writer.values, attribute.split(".")):
        if isinstance(value, Unknown):
            listed = [choice if isinstance(choice, list) else [choice] for choice in value.choices or ()]
            named = [value, *(one for choice in listed for one in choice)]
            if any(reference in (bucket.address, block) for one in named if isinstance(one, Unknown) for reference in one.references):
                return True
    return False


@predicate
def emr_encrypts_with_customer_key(context: Context, configuration: Any = ABSENT) -> Truth | Located:
    """True when an EMR security configuration encrypts at rest, S3 and local disks alike, with a customer's KMS key.

    configuration  a mapping or its JSON text: EncryptionConfiguration with EnableAtRestEncryption and AtRestEncryptionConfiguration
    """
    document = _document(configuration)
    if isinstance(document, Unknown):
        return document
    encryption = _within(document, "EncryptionConfiguration")
    at_rest = _within(encryption, "AtRestEncryptionConfiguration")
    stores = [
        (_within(at_rest, name), attribute, modes)
        for name, attribute, modes in (
            ("S3EncryptionConfiguration", "EncryptionMode", ("SSE-KMS", "CSE-KMS")),
            ("LocalDiskEncryptionConfiguration", "EncryptionKeyProviderType", ("AwsKms",)),
        )
    ]
    written = [store for store in stores if store[0] is not ABSENT]
    if not written:
        return at_rest if isinstance(at_rest, Unknown) else False
    tests: list[Any] = [_true(_within(encryption, "EnableAtRestEncryption"))]
    for store, attribute, modes in written:
        tests.append(_one_of(_within(store, attribute), modes))
        tests.append(customer_key(context, _within(store, "AwsKmsKey")))
    return all_of(tests)


def _document(value: Any) -> Any:
    """The mapping that a value is or holds as JSON text; an empty one for text that is none."""
    if isinstance(value, Unknown):
        return value if value.partial is None else _document(value.partial)
    if isinstance(value, str):
        import json

        try:
            value = json.loads(value)
        except ValueError:
            return Unknown("unsupported-expression", value[:80]) if "${" in value else {}
    return value if isinstance(value, dict) else {}


def _within(value: Any, name: str) -> Any:
    if isinstance(value, Unknown):
        return value if not isinstance(value.partial, dict) else _within(value.partial, name)
    found = value.get(name, ABSENT) if isinstance(value, dict) else ABSENT
    return ABSENT if found is None else found


def _true(value: Any) -> Truth:
    return value if isinstance(value, Unknown) else value is not ABSENT and same(value, True)


def _one_of(value: Any, names: tuple[str, ...]) -> Truth:
    return value if isinstance(value, Unknown) else any(same(value, name) for name in names)


WORDS = {
    "is_log_bucket": Text("logs are written into the bucket", "ログの出力先のバケットです"),
    "emr_encrypts_with_customer_key": Text("it encrypts at rest with a customer's key", "顧客管理鍵で保存時に暗号化しています"),
}
WORDS_FALSE = {
    "is_log_bucket": Text("no logs are written into the bucket", "ログの出力先のバケットではありません"),
    "emr_encrypts_with_customer_key": Text(
        "it does not encrypt S3 data and local disks at rest with a customer's KMS key",
        "S3のデータとローカルディスクを顧客管理のKMSキーで保存時に暗号化していません",
    ),
}
