"""Whether a backup plan takes in a resource: selections of AWS Backup (by ARN, by tag) and lifecycle policies of disks (by tag).

A plan may always stand in another template: what this estate does not select is a question for `may_be_elsewhere`.
"""

from __future__ import annotations

from cloudpolicy.evaluate.links import pointed_at
from cloudpolicy.evaluate.logic import all_of, any_of
from cloudpolicy.evaluate.matchers import number
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.evaluate.predicates.addresses import items
from cloudpolicy.evaluate.predicates.tags import certain, effective, mapping
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context
    from cloudpolicy.model import Resource

_SELECTIONS = ("aws_backup_selection", "AWS::Backup::BackupSelection")
_LIFECYCLES = ("aws_dlm_lifecycle_policy", "AWS::DLM::LifecyclePolicy")
_PLANS = ("aws_backup_plan", "AWS::Backup::BackupPlan")
# What a type is called in ARNs: "arn:aws:<service>:region:account:<kind>…".
_ARNS = {
    "aws_db_instance": ("rds", "db"),
    "aws_rds_cluster": ("rds", "cluster"),
    "aws_docdb_cluster": ("rds", "cluster"),
    "aws_neptune_cluster": ("rds", "cluster"),
    "aws_redshift_cluster": ("redshift", "cluster"),
    "aws_dynamodb_table": ("dynamodb", "table"),
    "aws_efs_file_system": ("elasticfilesystem", "file-system"),
    "aws_ebs_volume": ("ec2", "volume"),
    "aws_instance": ("ec2", "instance"),
    "AWS::RDS::DBInstance": ("rds", "db"),
    "AWS::RDS::DBCluster": ("rds", "cluster"),
    "AWS::DocDB::DBCluster": ("rds", "cluster"),
    "AWS::Neptune::DBCluster": ("rds", "cluster"),
    "AWS::Redshift::Cluster": ("redshift", "cluster"),
    "AWS::DynamoDB::Table": ("dynamodb", "table"),
    "AWS::EFS::FileSystem": ("elasticfilesystem", "file-system"),
    "AWS::EC2::Volume": ("ec2", "volume"),
    "AWS::EC2::Instance": ("ec2", "instance"),
}
_DISKS = {"aws_ebs_volume": "VOLUME", "AWS::EC2::Volume": "VOLUME", "aws_instance": "INSTANCE", "AWS::EC2::Instance": "INSTANCE"}


@predicate
def is_covered(context: Context, tags: Any = ABSENT, days: Any = 0) -> Truth:
    """True when a backup plan, which keeps its backups for `days`, or a disk lifecycle policy of this estate takes the resource in.

    tags  the resource's own; the provider's default tags are added
    """
    estate, own = context.estate, effective(context, tags)
    return any_of(
        (
            *(
                all_of((_selects(context, selection, own), _plan_keeps(context, selection, days)))
                for type in _SELECTIONS
                for selection in estate.of_type(type)
            ),
            *(_schedules(context, policy, own) for type in _LIFECYCLES for policy in estate.of_type(type)),
        )
    )


@predicate
def is_copied(context: Context, tags: Any = ABSENT) -> Truth:
    """True when a backup plan of this estate that copies its backups to another vault takes the resource in."""
    own = effective(context, tags)
    return any_of(
        all_of((_plan_copies(context, selection), _selects(context, selection, own)))
        for type in _SELECTIONS
        for selection in context.estate.of_type(type)
    )


@predicate
def may_be_elsewhere(context: Context) -> Truth:
    """Unknown, because the plan may stand in another template; false where the configuration says that this is the whole account."""
    return False if context.settings.get("scope") == "account" else Unknown("attestation", context.resource.type)


def _selects(context: Context, selection: Resource, tags: dict[str, Any] | Unknown) -> Truth:
    """By name or pattern (where every condition holds as well), or by any of its tags."""
    values = selection.values
    if selection.type.startswith("AWS::"):
        body = values.get("BackupSelection", {})
        if not isinstance(body, dict):
            return body if isinstance(body, Unknown) else False
        resources, conditions = body.get("Resources", ABSENT), body.get("Conditions", ABSENT)
        chosen = [(_get(tag, "ConditionKey"), _get(tag, "ConditionValue")) for tag in items(body.get("ListOfTags", ABSENT))]
    else:
        resources, conditions = values.get("resources", ABSENT), values.get("condition", ABSENT)
        chosen = [(_get(tag, "key"), _get(tag, "value")) for tag in items(values.get("selection_tag", ABSENT))]
    named = all_of((_names(context, selection, resources), _conditions_hold(conditions, tags)))
    tagged = any_of(_has(tags, key, value) for key, value in chosen)
    return _if_it_exists(selection, any_of((named, tagged)))


def _names(context: Context, selection: Resource, resources: Any) -> Truth:
    service, kind = _ARNS.get(context.resource.type, ("", ""))

    def matches(item: Any) -> Truth:
        if isinstance(item, str):
            return item == "*" or (item.startswith(f"arn:aws:{service}:") and item.endswith("*") and f":{kind}" in item)
        (certain, possible), complete = pointed_at(context.estate, item, [context.resource.type], ("id", "arn"), selection.address)
        if context.resource in certain:
            return True
        return item if context.resource in possible or (not complete and not item.references) else False

    return any_of(matches(item) for item in items(resources))


def _conditions_hold(conditions: Any, tags: dict[str, Any] | Unknown) -> Truth:
    truths: list[Truth] = []
    for block in items(conditions):
        if isinstance(block, Unknown):
            return block
        for name, wanted in block.items():
            equal = name in ("string_equals", "StringEquals")
            for item in items(wanted):
                key, value = _get(item, "key", "ConditionKey"), _get(item, "value", "ConditionValue")
                if equal and isinstance(key, str):
                    truths.append(_has(tags, key.removeprefix("aws:ResourceTag/"), value))
                else:
                    truths.append(Unknown("unsupported-expression", name))
    return all_of(truths)


def _schedules(context: Context, policy: Resource, tags: dict[str, Any] | Unknown) -> Truth:
    """A lifecycle policy takes in volumes or instances that carry any of its target tags."""
    kind = _DISKS.get(context.resource.type)
    if kind is None:
        return False
    cfn = policy.type.startswith("AWS::")
    truths: list[Truth] = []
    for details in items(policy.values.get("PolicyDetails" if cfn else "policy_details", ABSENT)):
        if isinstance(details, Unknown):
            truths.append(details)
            continue
        types = details.get("ResourceTypes" if cfn else "resource_types", ABSENT)
        wanted = mapping(details.get("TargetTags" if cfn else "target_tags", ABSENT))
        of_kind = any_of(item if isinstance(item, Unknown) else str(item).upper() == kind for item in items(types))
        any_tag = wanted if isinstance(wanted, Unknown) else any_of(_has(tags, key, value) for key, value in wanted.items())
        truths.append(all_of((of_kind, any_tag)))
    off = str(policy.values.get("State" if cfn else "state", "ENABLED")).upper() == "DISABLED"
    return False if off else _if_it_exists(policy, any_of(truths))


def _plan_copies(context: Context, selection: Resource) -> Truth:
    by = "BackupPlanId" if selection.type.startswith("AWS::") else "plan_id"
    (certain, _), complete = pointed_at(context.estate, selection.values.get(by, ABSENT), _PLANS, ("id", "BackupPlanId"), selection.address)
    if not certain:
        return False if complete else Unknown("not-in-estate", by)
    return any_of(action if isinstance(action, Unknown) else True for plan in certain for action in _copy_actions(plan))


def _copy_actions(plan: Resource) -> Iterator[Any]:
    for rule in _rules(plan):
        yield from [rule] if isinstance(rule, Unknown) else items(rule.get("copy_action", rule.get("CopyActions", ABSENT)))


def _plan_keeps(context: Context, selection: Resource, days: Any) -> Truth:
    """Whether a rule of the selection's plan keeps what it saves for `days`; without a lifecycle it is kept for ever."""
    by = "BackupPlanId" if selection.type.startswith("AWS::") else "plan_id"
    (certain, possible), _ = pointed_at(context.estate, selection.values.get(by, ABSENT), _PLANS, ("id", "BackupPlanId"), selection.address)
    if not certain or possible:
        return True  # how long it keeps is decided elsewhere
    return any_of(_keeps(rule, days) for plan in certain for rule in _rules(plan))


def _keeps(rule: Any, days: Any) -> Truth:
    if isinstance(rule, Unknown):
        return rule
    for lifecycle in items(rule.get("lifecycle", rule.get("Lifecycle", ABSENT))):
        kept = lifecycle if isinstance(lifecycle, Unknown) else lifecycle.get("delete_after", lifecycle.get("DeleteAfterDays", ABSENT))
        if isinstance(kept, Unknown):
            return kept
        least = number(kept)
        if least is not None and least < days:
            return False
    return True


def _rules(plan: Resource) -> Iterator[Any]:
    if plan.type.startswith("AWS::"):
        body = plan.values.get("BackupPlan", {})
        rules = body.get("BackupPlanRule", ABSENT) if isinstance(body, dict) else body
    else:
        rules = plan.values.get("rule", ABSENT)
    yield from items(rules)


def _has(tags: dict[str, Any] | Unknown, key: Any, value: Any) -> Truth:
    for part in (key, value):
        if isinstance(part, Unknown):
            return part
    own = certain(tags).get(key, ABSENT)
    if own is ABSENT and isinstance(tags, Unknown):
        return tags
    if isinstance(own, Unknown):
        return own
    return own is not ABSENT and str(own) == str(value)


def _get(block: Any, *names: str) -> Any:
    if isinstance(block, Unknown):
        return block
    return next((block[name] for name in names if isinstance(block, dict) and name in block), ABSENT)


def _if_it_exists(resource: Resource, truth: Truth) -> Truth:
    return Unknown("condition-undetermined", resource.address) if truth is True and resource.conditional else truth


WORDS = {
    "is_covered": Text("a backup plan takes it in", "バックアップ計画の対象です"),
    "is_copied": Text("a backup plan copies its backups", "バックアップの複製を作成する計画の対象です"),
    "may_be_elsewhere": Text("a plan elsewhere may take it in", "別の場所の計画の対象である可能性があります"),
}
WORDS_FALSE = {
    "is_covered": Text(
        "no backup plan that keeps its backups long enough takes it in", "保存期間を満たすバックアップ計画の対象になっていません"
    ),
    "is_copied": Text("no backup plan copies its backups", "バックアップの複製を作成する計画の対象になっていません"),
    "may_be_elsewhere": Text("no plan in this account takes it in", "このアカウントの計画の対象になっていません"),
}
