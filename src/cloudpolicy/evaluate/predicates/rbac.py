"""Azure roles: which role an assignment gives, at how broad a scope, and to whom."""

from __future__ import annotations

import re

from cloudpolicy.evaluate.judging import reference_type
from cloudpolicy.evaluate.logic import any_of, choose
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context

_OWNER = {"owner": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"}
_ACCESS = {
    "user access administrator": "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "role based access control administrator": "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
}
_VAULT = {
    "key vault administrator": "00482a5a-887f-4fb3-b363-3b7fe8e74483",
    "key vault crypto officer": "14b46e9e-c2b7-41b4-b07b-48a6ebf60603",
    "key vault secrets officer": "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
}
_GLOBAL_ADMINISTRATOR = {
    "global administrator": "62e90394-69f5-4237-9190-012177145e10",
    "company administrator": "62e90394-69f5-4237-9190-012177145e10",
}
_SUBSCRIPTION = re.compile(r"/subscriptions/[^/]+/?\Z", re.IGNORECASE)
_MANAGEMENT_GROUP = re.compile(r"(/|/providers/microsoft\.management/managementgroups/[^/]+/?)\Z", re.IGNORECASE)
_RESOURCE_GROUP = re.compile(r"/subscriptions/[^/]+/resourcegroups/[^/]+/?\Z", re.IGNORECASE)
_BROAD = frozenset({"azurerm_subscription", "azurerm_management_group"})


@predicate
def broad_scope(context: Context, value: Any) -> Truth:
    """True when a scope is a subscription, a management group or the root; of several scopes one is enough."""
    return _scope(context, value, (_SUBSCRIPTION, _MANAGEMENT_GROUP), _BROAD)


@predicate
def shared_scope(context: Context, value: Any) -> Truth:
    """True when a scope is a resource group or broader: it takes in more than one resource."""
    return _scope(context, value, (_SUBSCRIPTION, _MANAGEMENT_GROUP, _RESOURCE_GROUP), _BROAD | {"azurerm_resource_group"})


@predicate
def assigns_owner(context: Context, name: Any = ABSENT, id: Any = ABSENT) -> Truth:
    """True when the assigned role is Owner, by its name or its id."""
    return _assigns(context, name, id, _OWNER)


@predicate
def assigns_access_administration(context: Context, name: Any = ABSENT, id: Any = ABSENT) -> Truth:
    """True when the assigned role may assign roles: User Access Administrator, Role Based Access Control Administrator."""
    return _assigns(context, name, id, _ACCESS)


@predicate
def assigns_vault_administration(context: Context, name: Any = ABSENT, id: Any = ABSENT) -> Truth:
    """True when the assigned role administers every key or secret: Key Vault Administrator, Crypto Officer, Secrets Officer."""
    return _assigns(context, name, id, _VAULT)


@predicate
def is_global_administrator(context: Context, value: Any) -> Truth:
    """True when a directory role is Global Administrator: its template id, or a reference to the role of that name."""
    return _role_id(context, value, _GLOBAL_ADMINISTRATOR)


@predicate
def assigned_to_user(context: Context, principal_type: Any = ABSENT, principal_id: Any = ABSENT) -> Truth:
    """True when the assignee is a user rather than a group, an identity or a service principal.

    principal_type says it; where it is left out the provider looks it up, and the reference in principal_id tells.
    """
    if isinstance(principal_type, str) and principal_type:
        return principal_type.casefold() == "user"
    if isinstance(principal_type, Unknown):
        return principal_type
    if not isinstance(principal_id, Unknown):
        return Unknown("attestation", str(principal_id) if isinstance(principal_id, str) else "principal_id")
    if principal_id.choices is not None:
        return choose((assigned_to_user(context, ABSENT, choice) for choice in principal_id.choices), principal_id)  # type: ignore[misc]
    kinds = {reference_type(context, reference).removeprefix("data.") for reference in principal_id.references}
    if kinds == {"azuread_user"} or kinds == {"azuread_users"}:
        return True
    if not kinds or "azurerm_client_config" in kinds or "azuread_client_config" in kinds or "azuread_user" in kinds:
        return principal_id
    return False


# -- shared -------------------------------------------------------------------------------------------------------------------------------


def _scope(context: Context, value: Any, patterns: tuple[re.Pattern[str], ...], broad: frozenset[str]) -> Truth:
    def text_is(text: str) -> bool:
        return any(pattern.match(text) for pattern in patterns)

    if value is ABSENT or value is None:
        return False
    if isinstance(value, list):
        return any_of(_scope(context, item, patterns, broad) for item in value)
    if isinstance(value, str):
        return text_is(value)
    if not isinstance(value, Unknown):
        return False
    if value.choices is not None:
        return choose((_scope(context, choice, patterns, broad) for choice in value.choices), value)
    if isinstance(value.partial, list):
        return any_of(_scope(context, item, patterns, broad) for item in value.partial)
    text = value.partial if isinstance(value.partial, str) else ""
    if text and not text.startswith("${"):
        return text_is(re.sub(r"\$\{[^}]*\}", "x", text))
    kinds = {reference_type(context, reference).removeprefix("data.") for reference in value.references}
    if not kinds:
        return value
    if not kinds & broad:
        return False
    tail = text[text.rfind("}") + 1 :] if text else ""
    if not tail:
        return True if len(kinds) == 1 else value
    return text_is("/subscriptions/x" + tail)


def _assigns(context: Context, name: Any, id: Any, roles: dict[str, str]) -> Truth:
    return any_of((_role_name(context, name, roles), _role_id(context, id, roles)))


def _role_name(context: Context, name: Any, roles: dict[str, str]) -> Truth:
    if name is ABSENT or name is None:
        return False
    return _over(name, lambda text: text.casefold() in roles, lambda unknown: _looked_up(context, unknown, roles))


def _role_id(context: Context, id: Any, roles: dict[str, str]) -> Truth:
    if id is ABSENT or id is None:
        return False
    ids = tuple(roles.values())
    return _over(id, lambda text: text.casefold().rstrip("/").endswith(ids), lambda unknown: _looked_up(context, unknown, roles))


def _over(value: Any, test: Callable[[str], bool], other: Callable[[Unknown], Truth]) -> Truth:
    if isinstance(value, str):
        return test(value)
    if not isinstance(value, Unknown):
        return False
    if value.choices is not None:
        return choose((_over(choice, test, other) for choice in value.choices), value)
    if isinstance(value.partial, str) and value.partial.rpartition("}")[2].rpartition("/")[2]:
        return test(value.partial)  # it ends in known text: the role's own id
    return other(value)


def _looked_up(context: Context, value: Unknown, roles: dict[str, str]) -> Truth:
    """A role that is named by reference: built-in ones are looked up by name, one's own is judged where it is defined."""
    answers: list[Truth] = []
    for reference in value.references:
        kind = reference_type(context, reference)
        if kind in ("azurerm_role_definition", "azuread_custom_directory_role"):
            return False
        found = context.estate.at(reference)
        if kind in ("data.azurerm_role_definition", "data.azurerm_builtin_role_definition", "azuread_directory_role") and found is not None:
            for attribute in ("name", "display_name", "role_definition_id", "template_id"):
                text = found.values.get(attribute)
                if isinstance(text, str):
                    answers.append(text.casefold() in roles or text.casefold() in roles.values())
    return any_of(answers) if answers else value


WORDS = {
    "broad_scope": Text("the scope is a whole subscription or more", "適用範囲がサブスクリプション全体以上です"),
    "assigns_owner": Text("assigns Owner", "所有者(Owner)ロールを割り当てています"),
    "assigns_access_administration": Text("assigns a role that may assign roles", "ロールの割当てを行えるロールを割り当てています"),
    "assigns_vault_administration": Text(
        "assigns administration of every key or secret", "鍵・シークレット全体の管理ロールを割り当てています"
    ),
    "is_global_administrator": Text("it is the Global Administrator role", "グローバル管理者ロールを割り当てています"),
    "assigned_to_user": Text("the role is assigned to a user directly", "利用者へ直接割り当てています"),
}
