"""Web application firewalls: what they hold, and what stands in for one that is not attached here."""

from __future__ import annotations

from cloudpolicy.evaluate.links import pointed_at, pointing_at, read_path
from cloudpolicy.evaluate.logic import all_of
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.evaluate.predicates.addresses import each_value, items
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context
    from cloudpolicy.model import Resource

_CENTRAL = (("aws_fms_policy", ("security_service_policy_data", "type")), ("AWS::FMS::Policy", ("SecurityServicePolicyData", "Type")))
_GROUPS = ("aws_security_group", "AWS::EC2::SecurityGroup")
_RULES = (
    (
        "aws_vpc_security_group_ingress_rule",
        "security_group_id",
        ("cidr_ipv4", "cidr_ipv6", "referenced_security_group_id"),
        "prefix_list_id",
    ),
    ("aws_security_group_rule", "security_group_id", ("cidr_blocks", "ipv6_cidr_blocks", "source_security_group_id"), "prefix_list_ids"),
    ("AWS::EC2::SecurityGroupIngress", "GroupId", ("CidrIp", "CidrIpv6", "SourceSecurityGroupId"), "SourcePrefixListId"),
)
_INLINE = (
    ("ingress", ("cidr_blocks", "ipv6_cidr_blocks", "security_groups"), "prefix_list_ids"),
    ("SecurityGroupIngress", ("CidrIp", "CidrIpv6", "SourceSecurityGroupId"), "SourcePrefixListId"),
)
# AWS's prefix list of CloudFront's own addresses in Tokyo and Osaka, for templates that name it by its id.
_CLOUDFRONT_LISTS = frozenset({"pl-58a04531", "pl-31a14458"})


@predicate
def holds_groups(context: Context, wanted: Any, names: Any = ABSENT) -> Truth:
    """True when the managed rule groups `names` hold every one of `wanted`."""
    written = list(items(names))
    unclear = next((item for item in written if isinstance(item, Unknown)), None)
    if all(name in written for name in wanted):
        return True
    return Unknown(unclear.reason, unclear.expression) if unclear is not None else False


@predicate
def may_be_central(context: Context) -> Truth:
    """Unknown when Firewall Manager attaches web ACLs in this estate, since to which resources is not written; else false."""
    for type, path in _CENTRAL:
        for policy in context.estate.of_type(type):
            if any(str(kind).upper().startswith("WAF") for kind in read_path(policy.values, path)):
                return Unknown("known-after-apply", policy.address)
    return False


@predicate
def only_from_cloudfront(context: Context, groups: Any = ABSENT) -> Truth:
    """True when its security groups, all declared here, let in CloudFront's own addresses and nobody else."""
    (certain, possible), complete = pointed_at(context.estate, groups, _GROUPS, ("id", "GroupId"), context.resource.address)
    if not certain or possible or not complete:
        return False
    rules = [rule for group in certain for rule in _rules_of(context, group)]
    return bool(rules) and all_of(_is_cloudfront(context, others, lists) for others, lists in rules)


def _rules_of(context: Context, group: Resource) -> list[tuple[list[Any], Any]]:
    """Of every inbound rule: its sources that are no prefix lists, and its prefix lists."""
    found: list[tuple[list[Any], Any]] = []
    for attribute, others, lists in _INLINE:
        for rule in items(group.values.get(attribute, ABSENT)):
            if isinstance(rule, dict):
                found.append(([rule.get(name, ABSENT) for name in others], rule.get(lists, ABSENT)))
            else:
                found.append(([rule], ABSENT))
    for type, by, others, lists in _RULES:
        certain, possible = pointing_at(context.estate, group, [type], by, ("id", "GroupId"))
        for resource in (*certain, *possible):
            if resource.values.get("type", "ingress") == "ingress":
                found.append(([resource.values.get(name, ABSENT) for name in others], resource.values.get(lists, ABSENT)))
    return found


def _is_cloudfront(context: Context, others: list[Any], lists: Any) -> bool:
    if any(True for other in others for _ in items(other)):
        return False
    written = list(items(lists))
    return bool(written) and all(_names_cloudfront(context, item) for item in written)


def _names_cloudfront(context: Context, item: Any) -> bool:
    if isinstance(item, str):
        return item in _CLOUDFRONT_LISTS
    if not isinstance(item, Unknown) or not item.references:
        return False
    named = [context.estate.at(reference) for reference in item.references]
    return all(found is not None and _is_named_cloudfront(found.values.get("name", ABSENT)) for found in named)


def _is_named_cloudfront(name: Any) -> bool:
    return each_value(name, lambda known: isinstance(known, str) and "cloudfront.origin-facing" in known) is True


# What is the case when the predicate is false, for messages.
WORDS_FALSE = {
    "holds_groups": Text("a managed rule group that is required is missing", "必要とされるマネージドルールグループがありません"),
    "may_be_central": Text("no web ACL protects it", "ウェブACLで保護されていません"),
    "only_from_cloudfront": Text("its security groups admit others than CloudFront", "CloudFront以外からの通信を許可しています"),
}
