"""Who holds which IAM policy: the policies of a user, group or role, wherever the estate attaches them, and the groups of a user."""

from __future__ import annotations

from cloudpolicy.evaluate import links
from cloudpolicy.evaluate.judging import MANAGED_POLICIES, reference_type
from cloudpolicy.model import ABSENT, Resource, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cloudpolicy.evaluate.predicates import Context

# type -> (attribute that names the holder, attribute with the policy)
_ATTACHED: dict[str, tuple[tuple[str, str, str], ...]] = {
    "user": (
        ("aws_iam_user_policy", "user", "policy"),
        ("aws_iam_user_policy_attachment", "user", "policy_arn"),
        ("aws_iam_policy_attachment", "users", "policy_arn"),
        ("AWS::IAM::Policy", "Users", "PolicyDocument"),
        ("AWS::IAM::ManagedPolicy", "Users", "PolicyDocument"),
        ("AWS::IAM::UserPolicy", "UserName", "PolicyDocument"),
    ),
    "group": (
        ("aws_iam_group_policy", "group", "policy"),
        ("aws_iam_group_policy_attachment", "group", "policy_arn"),
        ("aws_iam_policy_attachment", "groups", "policy_arn"),
        ("AWS::IAM::Policy", "Groups", "PolicyDocument"),
        ("AWS::IAM::ManagedPolicy", "Groups", "PolicyDocument"),
        ("AWS::IAM::GroupPolicy", "GroupName", "PolicyDocument"),
    ),
    "role": (
        ("aws_iam_role_policy", "role", "policy"),
        ("aws_iam_role_policy_attachment", "role", "policy_arn"),
        ("aws_iam_policy_attachment", "roles", "policy_arn"),
        ("AWS::IAM::Policy", "Roles", "PolicyDocument"),
        ("AWS::IAM::ManagedPolicy", "Roles", "PolicyDocument"),
        ("AWS::IAM::RolePolicy", "RoleName", "PolicyDocument"),
    ),
}
# What a user, group or role holds in its own body.
_INLINE = (("inline_policy", "policy"), ("managed_policy_arns",), ("Policies", "PolicyDocument"), ("ManagedPolicyArns",))
_TYPES = {
    "user": (("aws_iam_user", "AWS::IAM::User"), ("name", "UserName")),
    "group": (("aws_iam_group", "AWS::IAM::Group"), ("name", "GroupName")),
    "role": (("aws_iam_role", "AWS::IAM::Role"), ("name", "RoleName")),
}
_MEMBERSHIPS = (
    ("aws_iam_user_group_membership", "user", "groups"),
    ("aws_iam_group_membership", "users", "group"),
    ("AWS::IAM::UserToGroupAddition", "Users", "GroupName"),
)


def resources_of(context: Context, kind: str, holder: Any) -> list[Resource]:
    """The users, groups or roles of the estate that `holder` (a resource, or the value of an attribute that names one) means for certain."""
    if isinstance(holder, Resource):
        return [holder]
    types, to = _TYPES[kind]
    (certain, _), _ = links.pointed_at(context.estate, holder, types, to, context.resource.address)
    return certain


def grants_to(context: Context, holders: list[tuple[str, Any]]) -> Iterator[Any]:
    """Every policy value of the holders (kind, resource or naming value): inline, in their own bodies and attached.

    What may belong to them, because the target cannot be told, comes as an Unknown.
    """
    for kind, holder in holders:
        resources = resources_of(context, kind, holder)
        for resource in resources:
            for path in _INLINE:
                yield from links.read_path(resource.values, path)
            if links.may_be_elsewhere(context.estate, resource):
                yield Unknown(context.estate.beyond, resource.address)
        for type, attribute, policy in _ATTACHED[kind]:
            certain, possible = _pointing(context, kind, holder, resources, type, attribute)
            yield from (attached.values.get(policy, ABSENT) for attached in certain)
            yield from (Unknown("condition-undetermined", attached.address) for attached in possible)


def groups_of(context: Context, user: Any) -> list[Any]:
    """The values that name the groups of a user: from memberships and from the user's own body."""
    resources = resources_of(context, "user", user)
    groups: list[Any] = [group for resource in resources for group in _flat(resource.values.get("Groups", ABSENT))]
    for type, member, group in _MEMBERSHIPS:
        certain, _ = _pointing(context, "user", user, resources, type, member)
        groups.extend(name for membership in certain for name in _flat(membership.values.get(group, ABSENT)))
    return groups


def _pointing(
    context: Context, kind: str, holder: Any, resources: list[Resource], type: str, attribute: str
) -> tuple[list[Resource], list[Resource]]:
    """Resources of `type` whose `attribute` names the holder: certainly, and possibly."""
    certain: list[Resource] = []
    possible: list[Resource] = []
    for resource in resources:
        found, doubtful = links.pointing_at(context.estate, resource, (type,), attribute, _TYPES[kind][1])
        certain.extend(found)
        possible.extend(doubtful)
    if not resources and isinstance(holder, str):  # managed elsewhere: the same literal name still means the same holder
        certain = [one for one in context.estate.of_type(type) if holder in _flat(one.values.get(attribute, ABSENT))]
    return certain, possible


def policy_values(context: Context, value: Any) -> Iterator[Any]:
    """The documents behind a value: itself, or those of the managed policies that it names by reference or looks up."""
    if isinstance(value, list):
        for item in value:
            yield from policy_values(context, item)
        return
    if isinstance(value, Unknown) and value.partial is None and value.choices is None and value.references:
        found = [resource for reference in value.references if (resource := context.estate.at(reference)) is not None]
        kinds = {reference_type(context, reference) for reference in value.references}
        if kinds <= MANAGED_POLICIES and len(found) == len(value.references):
            for resource in found:
                yield resource.values.get("policy", resource.values.get("PolicyDocument", ABSENT))
            return
        if kinds == {"data.aws_iam_policy"} and found:
            for resource in found:
                yield resource.values.get("arn", resource.values.get("name", value))
            return
    yield value


def _flat(value: Any) -> list[Any]:
    if value is ABSENT or value is None:
        return []
    if isinstance(value, Unknown) and isinstance(value.partial, list):
        return [*value.partial]
    return value if isinstance(value, list) else [value]
