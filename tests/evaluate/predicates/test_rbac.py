"""Azure role assignments."""

from __future__ import annotations

import pytest

from cloudpolicy.evaluate.predicates import Context, rbac
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

VAR = Unknown("variable-without-value", "var.x")
PLACE = Span("/main.tf")
SUBSCRIPTION = Unknown("data-source", "data.azurerm_subscription.s.id", ("data.azurerm_subscription.s",))
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"


def ref(*addresses: str, partial: str | None = None) -> Unknown:
    return Unknown("known-after-apply", "x", addresses, partial=partial)


def context() -> Context:
    subject = Resource("azurerm_role_assignment", "azurerm_role_assignment.x", {}, PLACE)
    others = [
        Resource("data.azurerm_role_definition", "data.azurerm_role_definition.owner", {"name": "Owner"}, PLACE),
        Resource("data.azurerm_role_definition", "data.azurerm_role_definition.by_id", {"role_definition_id": OWNER}, PLACE),
        Resource("azurerm_role_definition", "azurerm_role_definition.mine", {"name": "mine"}, PLACE),
        Resource("azuread_directory_role", "azuread_directory_role.ga", {"display_name": "Global Administrator"}, PLACE),
        Resource("azuread_directory_role", "azuread_directory_role.sec", {"display_name": "Security administrator"}, PLACE),
    ]
    return Context(Estate("/", "terraform", "hcl", [subject, *others]), subject, {}, {})


def shown(result: object) -> object:
    return "unknown" if isinstance(result, Unknown) else result


@pytest.mark.parametrize(
    ("scope", "broad", "shared"),
    [
        ("/", True, True),
        ("/subscriptions/1", True, True),
        ("/providers/Microsoft.Management/managementGroups/root", True, True),
        ("/subscriptions/1/resourceGroups/g", False, True),
        ("/subscriptions/1/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a", False, False),
        (["/subscriptions/1/resourceGroups/g", "/subscriptions/1"], True, True),
        (Unknown("variable-without-value", "x", partial="/subscriptions/${var.id}"), True, True),
        (Unknown("variable-without-value", "x", partial="/subscriptions/${var.id}/resourceGroups/${var.g}"), False, True),
        (SUBSCRIPTION, True, True),
        (ref("azurerm_resource_group.g"), False, True),
        (ref("azurerm_storage_account.a"), False, False),
        (ref("data.azurerm_subscription.s", partial="${data.azurerm_subscription.s.id}/resourceGroups/g"), False, True),
        (ref("azurerm_management_group.m"), True, True),
        (ABSENT, False, False),
        (VAR, "unknown", "unknown"),
    ],
)
def test_scopes(scope: object, broad: object, shared: object) -> None:
    assert shown(rbac.broad_scope(context(), scope)) == broad
    assert shown(rbac.shared_scope(context(), scope)) == shared


@pytest.mark.parametrize(
    ("name", "id", "expected"),
    [
        ("Owner", ABSENT, True),
        ("owner", ABSENT, True),
        ("Reader", ABSENT, False),
        (ABSENT, f"/providers/Microsoft.Authorization/roleDefinitions/{OWNER}", True),
        (ABSENT, f"/subscriptions/1/providers/Microsoft.Authorization/roleDefinitions/{OWNER.upper()}", True),
        (ABSENT, "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7", False),
        (ABSENT, ref("data.azurerm_role_definition.owner"), True),
        (ABSENT, ref("data.azurerm_role_definition.by_id"), True),
        (ABSENT, ref("azurerm_role_definition.mine"), False),
        (ABSENT, ref("s", partial="${data.azurerm_subscription.s.id}/providers/Microsoft.Authorization/roleDefinitions/" + OWNER), True),
        (VAR, ABSENT, "unknown"),
        (ABSENT, VAR, "unknown"),
        (Unknown("condition-undetermined", "c", choices=("Owner", "Reader")), ABSENT, "unknown"),
        (Unknown("condition-undetermined", "c", choices=("Contributor", "Reader")), ABSENT, False),
    ],
)
def test_roles(name: object, id: object, expected: object) -> None:
    assert shown(rbac.assigns_owner(context(), name, id)) == expected


def test_roles_with_other_powers() -> None:
    assert rbac.assigns_access_administration(context(), "User Access Administrator", ABSENT) is True
    assert rbac.assigns_access_administration(context(), "Owner", ABSENT) is False
    assert rbac.assigns_vault_administration(context(), "Key Vault Crypto Officer", ABSENT) is True
    assert rbac.assigns_vault_administration(context(), "Key Vault Crypto User", ABSENT) is False


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("62e90394-69f5-4237-9190-012177145e10", True),
        ("194ae4cb-b126-40b2-bd5b-6091b380977d", False),
        (ref("azuread_directory_role.ga"), True),
        (ref("azuread_directory_role.sec"), False),
        (ref("azuread_custom_directory_role.mine"), False),
        (VAR, "unknown"),
    ],
)
def test_global_administrator(role: object, expected: object) -> None:
    assert shown(rbac.is_global_administrator(context(), role)) == expected


@pytest.mark.parametrize(
    ("type", "id", "expected"),
    [
        ("User", "1", True),
        ("ServicePrincipal", ref("data.azuread_user.u"), False),
        (ABSENT, ref("data.azuread_user.u"), True),
        (ABSENT, ref("azuread_group.g"), False),
        (ABSENT, ref("azurerm_linux_virtual_machine.vm"), False),
        (ABSENT, ref("data.azurerm_client_config.me"), "unknown"),
        (ABSENT, "11111111-2222-3333-4444-555555555555", "unknown"),
        (ABSENT, VAR, "unknown"),
        (VAR, ref("data.azuread_user.u"), "unknown"),
    ],
)
def test_assignees(type: object, id: object, expected: object) -> None:
    assert shown(rbac.assigned_to_user(context(), type, id)) == expected
