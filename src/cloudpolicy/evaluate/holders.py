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
    "user": (("aws_iam_user", "name"), ("AWS::IAM::User", "UserName")),
    "group": (("aws_iam_group", "name"), ("AWS::IAM::Group", "GroupName")),
    "role": (("aws_iam_role", "name"), ("AWS::IAM::Role", "RoleName")),
}


def names_of(context: Context, kind: str, holder: Any) -> tuple[set[str], list[Resource]]:
    """The names by which others may mean a holder (its addresses and literal names), and its resources in the estate.

    holder: a resource, or the value of an attribute that names it.
    """
    names: set[str] = set()
    resources: list[Resource] = []
    if isinstance(holder, Resource):
        resources.append(holder)
    elif isinstance(holder, str):
        names.add(holder)
    elif isinstance(holder, Unknown):
        names.update(holder.references or ((holder.expression,) if holder.expression else ()))
    for type, attribute in _TYPES[kind]:
        for resource in context.estate.of_type(type):
            if resource in resources or resource.address in names or resource.values.get(attribute) in names:
                if resource not in resources:
                    resources.append(resource)
                names.add(resource.address)
                literal = resource.values.get(attribute)
                if isinstance(literal, str):
                    names.add(literal)
                elif isinstance(literal, Unknown) and literal.expression:
                    names.add(literal.expression)
    return names, resources


def grants_to(context: Context, holders: list[tuple[str, Any]]) -> Iterator[Any]:
    """Every policy value of the holders (kind, resource or naming value): inline, in their own bodies and attached.

    What may belong to them, because the target cannot be told, comes as an Unknown.
    """
    for kind, holder in holders:
        names, resources = names_of(context, kind, holder)
        for resource in resources:
            for path in _INLINE:
                yield from links.read_path(resource.values, path)
            if links.may_be_elsewhere(context.estate, resource):
                yield Unknown("missing-module", resource.address)
        for type, attribute, policy in _ATTACHED[kind]:
            for attached in context.estate.of_type(type):
                sure = _names(attached.values.get(attribute, ABSENT), names)
                if sure is True:
                    yield attached.values.get(policy, ABSENT)
                elif isinstance(sure, Unknown):
                    yield sure


def groups_of(context: Context, user: Any) -> list[Any]:
    """The values that name the groups of a user: from memberships and from the user's own body."""
    names, resources = names_of(context, "user", user)
    groups: list[Any] = []
    for resource in resources:
        groups.extend(_flat(resource.values.get("Groups", ABSENT)))
    for membership in context.estate.of_type("aws_iam_user_group_membership"):
        if _names(membership.values.get("user", ABSENT), names) is True:
            groups.extend(_flat(membership.values.get("groups", ABSENT)))
    for type, members, group in (("aws_iam_group_membership", "users", "group"), ("AWS::IAM::UserToGroupAddition", "Users", "GroupName")):
        for membership in context.estate.of_type(type):
            if _names(membership.values.get(members, ABSENT), names) is True:
                groups.extend(_flat(membership.values.get(group, ABSENT)))
    return groups


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


def _names(value: Any, names: set[str]) -> bool | Unknown:
    """Whether a value, or one of a list's items, is one of `names`."""
    doubt: Unknown | None = None
    for item in _flat(value):
        if isinstance(item, str):
            if item in names:
                return True
        elif isinstance(item, Unknown):
            given = item.references or ((item.expression,) if item.expression else ())
            if any(name in names for name in given):
                return True
            if not item.references or any(name.split("[", 1)[0] in {known.split("[", 1)[0] for known in names} for name in given):
                doubt = item
    return doubt if doubt is not None else False
