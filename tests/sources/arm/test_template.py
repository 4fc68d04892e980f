"""ARM JSON: resources, children, loops, conditions, references between resources, places."""

from __future__ import annotations

from typing import Any

import pytest

from cloudpolicy.model import Unknown
from cloudpolicy.sources.arm.values import Fields

STORAGE = {"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "st"}


def addresses(estate: Any) -> list[tuple[str, str]]:
    return [(r.type, r.address) for r in estate.resources]


def test_a_resource(folder: Any) -> None:
    estate = folder.read(
        {
            "resources": [
                {
                    **STORAGE,
                    "location": "japaneast",
                    "sku": {"name": "Standard_LRS"},
                    "kind": "StorageV2",
                    "tags": {"a": "b"},
                    "comments": "x",
                    "dependsOn": ["[resourceId('Microsoft.A/b', 'x')]"],
                    "condition": True,
                    "properties": {"NetworkAcls": {"defaultAction": "Deny"}, "none": None},
                }
            ]
        }
    )
    (resource,) = estate.resources
    assert (estate.format, estate.source, resource.type, resource.address, resource.region, resource.conditional) == (
        "arm",
        "arm",
        "Microsoft.Storage/storageAccounts",
        "Microsoft.Storage/storageAccounts/st",
        "japaneast",
        False,
    )
    assert resource.values == {
        "apiVersion": "2023-01-01",
        "name": "st",
        "location": "japaneast",
        "sku": {"name": "Standard_LRS"},
        "kind": "StorageV2",
        "tags": {"a": "b"},
        "properties": {"NetworkAcls": {"defaultAction": "Deny"}},
        "deploymentScope": "resourceGroup",
    }
    properties = resource.values["properties"]
    assert properties["networkacls"]["DEFAULTACTION"] == "Deny"
    assert "networkAcls" in properties
    assert properties.get("networkACLs") == {"defaultAction": "Deny"}
    assert list(properties) == ["NetworkAcls"]
    assert estate.of_type("microsoft.storage/STORAGEACCOUNTS") == [resource]


def test_children_inside_and_by_name(folder: Any) -> None:
    estate = folder.read(
        {
            "parameters": {"n": {"type": "string"}},
            "resources": [
                {
                    **STORAGE,
                    "name": "[parameters('n')]",
                    "resources": [
                        {
                            "type": "blobServices",
                            "name": "default",
                            "properties": {},
                            "resources": [{"type": "containers", "name": "inner"}],
                        },
                        {"type": "Microsoft.Storage/storageAccounts/fileServices", "name": "[concat(parameters('n'), '/default')]"},
                    ],
                },
                {
                    "type": "Microsoft.Storage/storageAccounts/blobServices/containers",
                    "name": "[format('{0}/default/logs', parameters('n'))]",
                },
                {"type": "Microsoft.Storage/storageAccounts/queueServices", "name": "other/default"},
            ],
        }
    )
    n = "${parameters('n')}"
    assert addresses(estate) == [
        ("Microsoft.Storage/storageAccounts", f"Microsoft.Storage/storageAccounts/{n}"),
        ("Microsoft.Storage/storageAccounts/blobServices", f"Microsoft.Storage/storageAccounts/blobServices/{n}/default"),
        (
            "Microsoft.Storage/storageAccounts/blobServices/containers",
            f"Microsoft.Storage/storageAccounts/blobServices/containers/{n}/default/inner",
        ),
        ("Microsoft.Storage/storageAccounts/fileServices", f"Microsoft.Storage/storageAccounts/fileServices/{n}/default"),
        (
            "Microsoft.Storage/storageAccounts/blobServices/containers",
            f"Microsoft.Storage/storageAccounts/blobServices/containers/{n}/default/logs",
        ),
        ("Microsoft.Storage/storageAccounts/queueServices", "Microsoft.Storage/storageAccounts/queueServices/other/default"),
    ]
    account, blobs, inner, files, logs, queues = estate.resources
    assert blobs.values["parent"].references == files.values["parent"].references == (account.address,)
    assert inner.values["parent"].references == logs.values["parent"].references == (blobs.address,)
    assert isinstance(queues.values["parent"], Unknown), "whether it is the account whose name is a parameter cannot be told"
    assert queues.values["parent"].references == ()
    assert "parent" not in account.values
    assert blobs.values["name"].partial == "${…}/default"


def test_a_parent_that_is_certainly_elsewhere_is_no_open_question(folder: Any) -> None:
    estate = folder.read({"resources": [STORAGE, {"type": "Microsoft.Storage/storageAccounts/queueServices", "name": "other/default"}]})
    assert (
        estate.resources[1].values["parent"] == "/subscriptions/${…}/resourceGroups/${…}/providers/Microsoft.Storage/storageAccounts/other"
    )


def test_extension_resources_of_old_templates(folder: Any) -> None:
    estate = folder.read(
        {
            "resources": [
                {**STORAGE, "resources": [{"type": "providers/diagnosticSettings", "name": "Microsoft.Insights/audit"}]},
                {"type": "Microsoft.Storage/storageAccounts/providers/locks", "name": "[concat('st', '/Microsoft.Authorization/keep')]"},
                {"type": "Microsoft.Authorization/locks", "name": "new", "scope": "[concat('Microsoft.Storage/storageAccounts/', 'st')]"},
            ]
        }
    )
    assert addresses(estate)[1:] == [
        ("Microsoft.Insights/diagnosticSettings", "Microsoft.Insights/diagnosticSettings/audit"),
        ("Microsoft.Authorization/locks", "Microsoft.Authorization/locks/keep"),
        ("Microsoft.Authorization/locks", "Microsoft.Authorization/locks/new"),
    ]
    for resource in estate.resources[1:]:
        assert resource.values["scope"].references == ("Microsoft.Storage/storageAccounts/st",)


def test_copies(folder: Any) -> None:
    estate = folder.read(
        {
            "variables": {"names": ["a", "b"]},
            "resources": [
                {
                    **STORAGE,
                    "name": "[concat('st', variables('names')[copyIndex()], copyIndex('loop', 1))]",
                    "copy": {"name": "loop", "count": "[length(variables('names'))]"},
                },
                {"type": "Microsoft.A/b", "name": "same", "copy": {"name": "c", "count": 3}},
                {"type": "Microsoft.A/c", "name": "none", "copy": {"name": "c", "count": 0}},
            ],
        }
    )
    assert [r.address for r in estate.resources] == [
        "Microsoft.Storage/storageAccounts/sta1",
        "Microsoft.Storage/storageAccounts/stb2",
        "Microsoft.A/b/same",
        "Microsoft.A/b/same[1]",
        "Microsoft.A/b/same[2]",
    ]


def test_copies_of_properties_variables_and_outputs(folder: Any) -> None:
    loop = {
        "name": "rules",
        "count": 3,
        "input": {"name": "[concat('r', copyIndex('rules'))]", "n": "[variables('v')[copyIndex('rules')]]"},
    }
    estate = folder.read(
        {
            "variables": {
                "copy": [{"name": "v", "count": 3, "input": "[mul(copyIndex('v'), 10)]"}],
                "w": {"copy": [{"name": "x", "count": 1, "input": "y"}]},
            },
            "resources": [{"type": "Microsoft.A/b", "name": "x", "properties": {"a": 1, "copy": [loop], "w": "[variables('w')]"}}],
        }
    )
    assert estate.resources[0].values["properties"] == {
        "a": 1,
        "rules": [{"name": "r0", "n": 0}, {"name": "r1", "n": 10}, {"name": "r2", "n": 20}],
        "w": {"x": ["y"]},
    }
    assert (
        estate.resources[0].locate(("properties", "rules", 2, "name")).line
        == estate.resources[0].locate(("properties", "rules", 0, "name")).line
        == 33
    )


def test_keys_that_are_expressions(folder: Any) -> None:
    value = folder.value({"[concat('a', 'b')]": {"x": 1}, "[[c]": 2, "d": "[add(1, 2)]"})
    assert value == {"ab": {"x": 1}, "[c]": 2, "d": 3}
    open_ = folder.value({"[parameters('p')]": 1, "d": 2}, parameters={"p": {"type": "string"}})
    assert (open_.reason, open_.partial) == ("parameter-without-value", {"d": 2})


def test_an_undecided_count_is_one_conditional_instance(folder: Any) -> None:
    estate = folder.read(
        {
            "parameters": {"n": {"type": "int"}},
            "resources": [
                {
                    **STORAGE,
                    "name": "[concat('st', copyIndex())]",
                    "copy": {"name": "c", "count": "[parameters('n')]"},
                    "properties": {"p": 1},
                }
            ],
        }
    )
    (resource,) = estate.resources
    assert resource.conditional
    assert resource.values["properties"] == {"p": 1}


@pytest.mark.parametrize(
    ("condition", "count", "conditional"),
    [
        (False, 0, False),
        ("[false()]", 0, False),
        ("[equals('a', 'a')]", 1, False),
        ("[parameters('on')]", 1, True),
        ("[not(equals(parameters('e'), 'x'))]", 1, False),
    ],
)
def test_conditions(folder: Any, condition: Any, count: int, conditional: bool) -> None:
    parameters = {"on": {"type": "bool"}, "e": {"type": "string", "allowedValues": ["a", "b"]}}
    child = {"type": "blobServices", "name": "default"}
    estate = folder.read({"parameters": parameters, "resources": [{**STORAGE, "condition": condition, "resources": [child]}]})
    assert [r.conditional for r in estate.resources] == [conditional] * 2 * count
    assert estate.diagnostics == []


def test_references_between_resources(folder: Any) -> None:
    estate = folder.read(
        {
            "variables": {"vnet": "net", "id": "[resourceId('Microsoft.Network/virtualNetworks', variables('vnet'))]"},
            "resources": [
                {
                    "type": "Microsoft.Network/virtualNetworks",
                    "name": "[variables('vnet')]",
                    "properties": {"subnets": [{"name": "inline"}], "flag": True},
                },
                {"type": "Microsoft.Network/virtualNetworks/subnets", "name": "net/own"},
                {
                    "type": "Microsoft.A/b",
                    "name": "x",
                    "properties": {
                        "id": "[variables('id')]",
                        "own": "[resourceId('Microsoft.Network/virtualNetworks/subnets', 'NET', 'own')]",
                        "inline": "[concat(variables('id'), '/subnets/inline')]",
                        "put": "[concat(variables('id'), '/subnets/own')]",
                        "keys": "[listKeys(resourceId('Microsoft.Network/virtualNetworks', 'net'), '2023').x]",
                        "flag": "[reference(variables('id'), '2023').flag]",
                        "full": "[reference(variables('id'), '2023', 'Full').properties.flag]",
                        "state": "[reference('net').provisioningState]",
                        "elsewhere": "[resourceId('Microsoft.Network/virtualNetworks', 'other')]",
                    },
                },
            ],
        }
    )
    network, own = "Microsoft.Network/virtualNetworks/net", "Microsoft.Network/virtualNetworks/subnets/net/own"
    values = estate.resources[2].values["properties"]
    assert {key: value.references for key, value in values.items() if isinstance(value, Unknown)} == {
        "id": (network,),
        "own": (own,),
        "inline": (network,),
        "put": (own,),
        "keys": (network,),
        "state": (network,),
        "elsewhere": (),
    }
    assert values["flag"] is True and values["full"] is True
    assert values["inline"].partial.endswith("/providers/Microsoft.Network/virtualNetworks/net/subnets/inline")


def test_names_that_only_the_deployment_knows_link_all_the_same(folder: Any) -> None:
    estate = folder.read(
        {
            "variables": {"st": "[concat('st', uniqueString(resourceGroup().id))]"},
            "resources": [
                {**STORAGE, "name": "[variables('st')]"},
                {
                    "type": "Microsoft.Storage/storageAccounts/blobServices",
                    "name": "[concat('st', uniqueString(resourceGroup().id), '/default')]",
                },
                {
                    "type": "Microsoft.A/b",
                    "name": "x",
                    "properties": {
                        "p": "[resourceId('Microsoft.Storage/storageAccounts', toLower(variables('st')))]",
                        "q": "[resourceId('Microsoft.Storage/storageAccounts', variables('st'))]",
                    },
                },
            ],
        }
    )
    account = estate.resources[0].address
    assert estate.resources[1].values["parent"].references == (account,)
    assert estate.resources[2].values["properties"]["q"].references == (account,)


def test_symbolic_names(folder: Any) -> None:
    estate = folder.read(
        {
            "languageVersion": "2.0",
            "resources": {
                "account": {**STORAGE, "properties": {"flag": True}},
                "known": {"existing": True, "type": "Microsoft.KeyVault/vaults", "name": "kv"},
                "many": {"type": "Microsoft.A/c", "name": "[format('m{0}', copyIndex())]", "copy": {"name": "many", "count": 2}},
                "user": {
                    "type": "Microsoft.A/b",
                    "name": "x",
                    "properties": {
                        "flag": "[reference('account').flag]",
                        "uri": "[reference('known').vaultUri]",
                        "full": "[reference('account', '2023-01-01', 'full').properties.flag]",
                    },
                },
            },
        }
    )
    assert [r.address for r in estate.resources] == ["account", "many[0]", "many[1]", "user"]
    values = estate.resources[3].values["properties"]
    assert (values["flag"], values["full"], values["uri"].reason, values["uri"].references) == (True, True, "not-in-estate", ())


@pytest.mark.parametrize(
    ("schema", "level"),
    [
        ("2019-04-01/deploymentTemplate.json#", "resourceGroup"),
        ("2018-05-01/subscriptionDeploymentTemplate.json#", "subscription"),
        ("2019-08-01/managementGroupDeploymentTemplate.json#", "managementGroup"),
        ("2019-08-01/tenantDeploymentTemplate.json#", "tenant"),
    ],
)
def test_deployment_scopes(folder: Any, schema: str, level: str) -> None:
    estate = folder.read(
        {"$schema": f"https://schema.management.azure.com/schemas/{schema}", "resources": [{"type": "Microsoft.A/b", "name": "x"}]}
    )
    assert estate.resources[0].values["deploymentScope"] == level


def test_places(folder: Any) -> None:
    text = """\
    {
      // a comment, as the service allows
      "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
      "Resources": [
        {
          "type": "Microsoft.Storage/storageAccounts",
          "name": "st",
          "Properties": {
            "networkAcls": {
              "DefaultAction": "Deny", /* strict */
            },
            "rules": "[if(true(), createArray(1), createArray(2))]"
          }
        },
      ]
    }
    """
    estate = folder.read(text)
    assert estate.diagnostics == []
    (resource,) = estate.resources
    span = resource.span
    assert (span.line, span.column, span.end_line, span.end_column) == (5, 5, 14, 5)
    span = resource.locate(("properties", "networkACLs", "defaultAction"))
    assert (span.line, span.column, span.end_line, span.end_column) == (10, 11, 10, 33)
    assert resource.locate(("properties", "rules", 0)).line == 12
    assert resource.locate(("properties", "missing", "x")).line == 8
    assert resource.locate(("sku", "name")).line == 5


def test_mappings_in_any_case() -> None:
    fields = Fields({"Aa": 1, "b": 2})
    assert (fields["aa"], fields.get("B"), fields.get("c", 5), "AA" in fields, "c" in fields) == (1, 2, 5, True, False)
    fields["cC"] = 3
    assert fields["CC"] == 3
    with pytest.raises(KeyError):
        fields["x"]
