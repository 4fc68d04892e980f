"""AWS resources whose region says nothing about where data stands: global services and what they demand in us-east-1.

Data and links only; `region` asks.
"""

from __future__ import annotations

from cloudpolicy.evaluate import links
from cloudpolicy.model import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.model import Estate, Resource

# Services without a region of their own. An entry is a whole service: "aws_iam_" or "AWS::IAM::".
_GLOBAL = (
    "aws_account_", "aws_bcmdataexports_", "aws_billing_", "aws_budgets_", "aws_ce_", "aws_chatbot_", "aws_cloudfront_",
    "aws_cloudfrontkeyvaluestore_", "aws_costoptimizationhub_", "aws_cur_", "aws_globalaccelerator_", "aws_iam_", "aws_networkmanager_",
    "aws_organizations_", "aws_route53_", "aws_route53domains_", "aws_route53recoverycontrolconfig_", "aws_route53recoveryreadiness_",
    "aws_savingsplans_", "aws_servicequotas_", "aws_shield_", "aws_waf_",
    "AWS::BCMDataExports::", "AWS::Billing::", "AWS::BillingConductor::", "AWS::Budgets::", "AWS::CE::", "AWS::CUR::", "AWS::Chatbot::",
    "AWS::CloudFront::", "AWS::GlobalAccelerator::", "AWS::IAM::", "AWS::NetworkManager::", "AWS::Organizations::", "AWS::Route53::",
    "AWS::Route53RecoveryControl::", "AWS::Route53RecoveryReadiness::", "AWS::Shield::", "AWS::WAF::",
    "AWS::CDK::", "AWS::CloudFormation::",  # parts of the template itself; what a nested stack or a stack set deploys is judged there
)  # fmt: skip
_REGIONAL_AFTER_ALL = ("aws_route53_resolver_",)
_GLOBAL_TYPES = frozenset({
    "aws_backup_global_settings", "aws_fms_admin_account", "aws_s3_account_public_access_block", "aws_s3control_multi_region_access_point",
    "aws_s3control_multi_region_access_point_policy", "AWS::S3::MultiRegionAccessPoint", "AWS::S3::MultiRegionAccessPointPolicy",
    # Switches and watchers of regions that are not used: they put no data there, they keep others from doing so.
    "aws_accessanalyzer_analyzer", "aws_default_network_acl", "aws_default_route_table", "aws_default_security_group", "aws_default_subnet",
    "aws_default_vpc", "aws_ebs_encryption_by_default", "aws_ebs_snapshot_block_public_access", "aws_ec2_image_block_public_access",
    "aws_ec2_instance_metadata_defaults", "aws_ec2_serial_console_access", "aws_guardduty_detector", "aws_securityhub_account",
    "AWS::AccessAnalyzer::Analyzer", "AWS::GuardDuty::Detector", "AWS::SecurityHub::Hub", "AWS::EC2::SnapshotBlockPublicAccess",
})  # fmt: skip
_CERTIFICATES = frozenset({"aws_acm_certificate", "aws_acm_certificate_validation", "AWS::CertificateManager::Certificate"})
_ALARMS = {"aws_cloudwatch_metric_alarm": "namespace", "AWS::CloudWatch::Alarm": "Namespace"}
_GLOBAL_METRICS = frozenset({"AWS/Billing", "AWS/CloudFront", "AWS/Route53"})  # published in us-east-1 only

# What a global service takes from us-east-1: type -> (types that point at it, the attribute that does)
_SERVANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "aws_lambda_function": (
        ("aws_cloudfront_distribution", "default_cache_behavior.lambda_function_association.lambda_arn"),
        ("aws_cloudfront_distribution", "ordered_cache_behavior.lambda_function_association.lambda_arn"),
    ),
    "AWS::Lambda::Version": (
        ("AWS::CloudFront::Distribution", "DistributionConfig.DefaultCacheBehavior.LambdaFunctionAssociations.LambdaFunctionARN"),
        ("AWS::CloudFront::Distribution", "DistributionConfig.CacheBehaviors.LambdaFunctionAssociations.LambdaFunctionARN"),
    ),
    "AWS::Lambda::Function": (("AWS::Lambda::Version", "FunctionName"),),
    "aws_cloudwatch_log_group": (("aws_route53_query_log", "cloudwatch_log_group_arn"),),
    "AWS::Logs::LogGroup": (("AWS::Route53::HostedZone", "QueryLoggingConfig.CloudWatchLogsLogGroupArn"),),
    "aws_kms_key": (("aws_route53_key_signing_key", "key_management_service_arn"),),
    "AWS::KMS::Key": (("AWS::Route53::KeySigningKey", "KeyManagementServiceArn"),),
    "aws_sns_topic": (("aws_cloudwatch_metric_alarm", "alarm_actions"), ("aws_cloudwatch_metric_alarm", "ok_actions")),
    "AWS::SNS::Topic": (("AWS::CloudWatch::Alarm", "AlarmActions"), ("AWS::CloudWatch::Alarm", "OKActions")),
}
# What belongs to such a servant and stands beside it: type -> (its attribute, the servant's types)
_BELONGINGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "aws_sns_topic_policy": ("arn", ("aws_sns_topic",)),
    "aws_sns_topic_subscription": ("topic_arn", ("aws_sns_topic",)),
    "aws_lambda_permission": ("function_name", ("aws_lambda_function",)),
    "aws_kms_alias": ("target_key_id", ("aws_kms_key",)),
    "aws_kms_key_policy": ("key_id", ("aws_kms_key",)),
    "aws_wafv2_web_acl_logging_configuration": ("resource_arn", ("aws_wafv2_web_acl",)),
    "AWS::SNS::TopicPolicy": ("Topics", ("AWS::SNS::Topic",)),
    "AWS::SNS::Subscription": ("TopicArn", ("AWS::SNS::Topic",)),
    "AWS::Lambda::Permission": ("FunctionName", ("AWS::Lambda::Function",)),
    "AWS::WAFv2::LoggingConfiguration": ("ResourceArn", ("AWS::WAFv2::WebACL",)),
}
_HOME = "us-east-1"


def regional_service(type: str, values: dict[str, Any]) -> bool:
    """False for resources of services that have no region, or that only a global service reads."""
    if type.startswith(_GLOBAL) and not type.startswith(_REGIONAL_AFTER_ALL):
        return False
    if type in _GLOBAL_TYPES:
        return False
    if type.startswith(("aws_wafv2_", "AWS::WAFv2::")):
        return values.get("scope", values.get("Scope")) != "CLOUDFRONT"
    return True


def serves_a_global_service(estate: Estate, resource: Resource) -> bool:
    """True for a resource of us-east-1 that CloudFront, Route 53 or the bill demands there: certificate, edge function, alarm."""
    if resource.region != _HOME or isinstance(resource.region, Unknown):
        return False
    if resource.type in _CERTIFICATES:
        return True
    if resource.type in _ALARMS:
        return resource.values.get(_ALARMS[resource.type]) in _GLOBAL_METRICS
    if resource.type in _BELONGINGS:
        by, types = _BELONGINGS[resource.type]
        value = resource.values.get(by)
        (certain, _), _complete = links.pointed_at(estate, value, types, ("name", "TopicName", "FunctionName"), resource.address)
        return bool(certain) and all(_servant(estate, owner) for owner in certain)
    return _servant(estate, resource)


def _servant(estate: Estate, resource: Resource) -> bool:
    if not regional_service(resource.type, resource.values):
        return True
    for type, by in _SERVANTS.get(resource.type, ()):
        certain, _ = links.pointing_at(estate, resource, [type], by, ("arn", "name"))
        for user in certain:
            if type in _ALARMS:
                if user.values.get(_ALARMS[type]) in _GLOBAL_METRICS:
                    return True
            elif type.startswith(_GLOBAL) or _servant(estate, user):
                return True
    return False
