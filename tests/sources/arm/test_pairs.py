"""A Bicep file and the JSON that it compiles to give the same resources: types, names, values, regions, conditions, links."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudpolicy.model import Unknown

PAIRS: dict[str, tuple[str, dict[str, Any]]] = {}

PAIRS["parameters, interpolation, conditionals"] = (
    """\
param location string = resourceGroup().location
@allowed(['dev', 'prod'])
param env string
@secure()
param password string
param extra object = {}
var prefix = 'st${uniqueString(resourceGroup().id)}'
var tags = union({ env: env }, extra)

resource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {
  name: '${prefix}x'
  location: location
  kind: 'StorageV2'
  sku: {
    name: env == 'prod' ? 'Standard_GRS' : 'Standard_LRS'
  }
  tags: tags
  properties: {
    minimumTlsVersion: 'TLS1_2'
    allowBlobPublicAccess: env != 'prod'
    secret: password
    networkAcls: env == 'test' ? null : {
      defaultAction: 'Deny'
    }
    list: concat(['a'], [env])
  }

  resource blobs 'blobServices' = {
    name: 'default'
    resource logs 'containers' = {
      name: 'logs'
      properties: {
        publicAccess: 'None'
      }
    }
  }
}

resource diag 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: st::blobs
  properties: {
    workspaceId: resourceId('Microsoft.OperationalInsights/workspaces', 'law')
    storageAccountId: st.id
  }
}
""",
    {
        "parameters": {
            "location": {"type": "string", "defaultValue": "[resourceGroup().location]"},
            "env": {"type": "string", "allowedValues": ["dev", "prod"]},
            "password": {"type": "securestring"},
            "extra": {"type": "object", "defaultValue": {}},
        },
        "variables": {
            "prefix": "[format('st{0}', uniqueString(resourceGroup().id))]",
            "tags": "[union(createObject('env', parameters('env')), parameters('extra'))]",
        },
        "resources": [
            {
                "type": "Microsoft.Storage/storageAccounts/blobServices/containers",
                "apiVersion": "2023-01-01",
                "name": "[format('{0}/{1}/{2}', format('{0}x', variables('prefix')), 'default', 'logs')]",
                "properties": {"publicAccess": "None"},
                "dependsOn": [
                    "[resourceId('Microsoft.Storage/storageAccounts/blobServices', format('{0}x', variables('prefix')), 'default')]"
                ],
            },
            {
                "type": "Microsoft.Storage/storageAccounts/blobServices",
                "apiVersion": "2023-01-01",
                "name": "[format('{0}/{1}', format('{0}x', variables('prefix')), 'default')]",
            },
            {
                "type": "Microsoft.Storage/storageAccounts",
                "apiVersion": "2023-01-01",
                "name": "[format('{0}x', variables('prefix'))]",
                "location": "[parameters('location')]",
                "kind": "StorageV2",
                "sku": {"name": "[if(equals(parameters('env'), 'prod'), 'Standard_GRS', 'Standard_LRS')]"},
                "tags": "[variables('tags')]",
                "properties": {
                    "minimumTlsVersion": "TLS1_2",
                    "allowBlobPublicAccess": "[not(equals(parameters('env'), 'prod'))]",
                    "secret": "[parameters('password')]",
                    "networkAcls": "[if(equals(parameters('env'), 'test'), null(), createObject('defaultAction', 'Deny'))]",
                    "list": "[concat(createArray('a'), createArray(parameters('env')))]",
                },
            },
            {
                "type": "Microsoft.Insights/diagnosticSettings",
                "apiVersion": "2021-05-01-preview",
                "name": "audit",
                "scope": "[format('Microsoft.Storage/storageAccounts/{0}/blobServices/{1}', format('{0}x', variables('prefix')), 'default')]",
                "properties": {
                    "workspaceId": "[resourceId('Microsoft.OperationalInsights/workspaces', 'law')]",
                    "storageAccountId": "[resourceId('Microsoft.Storage/storageAccounts', format('{0}x', variables('prefix')))]",
                },
            },
        ],
    },
)

PAIRS["loops"] = (
    """\
param names array = ['a', 'b']
param on bool
resource nsg 'Microsoft.Network/networkSecurityGroups@2023-01-01' = [for (n, i) in names: {
  name: 'nsg-${n}'
  location: 'japaneast'
  properties: {
    securityRules: [for p in range(0, 2): {
      name: 'r${p}'
      properties: {
        priority: 100 + p
        access: i == 0 ? 'Allow' : 'Deny'
      }
    }]
  }
}]
resource vnet 'Microsoft.Network/virtualNetworks@2023-01-01' = if (on) {
  name: 'net'
  location: 'japaneast'
  properties: {
    subnets: [for (n, i) in names: {
      name: n
      properties: {
        networkSecurityGroup: {
          id: nsg[i].id
        }
      }
    }]
    flat: map(names, n => toUpper(n))
  }
}
""",
    {
        "parameters": {"names": {"type": "array", "defaultValue": ["a", "b"]}, "on": {"type": "bool"}},
        "resources": [
            {
                "copy": {"name": "nsg", "count": "[length(parameters('names'))]"},
                "type": "Microsoft.Network/networkSecurityGroups",
                "apiVersion": "2023-01-01",
                "name": "[format('nsg-{0}', parameters('names')[copyIndex()])]",
                "location": "japaneast",
                "properties": {
                    "copy": [
                        {
                            "name": "securityRules",
                            "count": "[length(range(0, 2))]",
                            "input": {
                                "name": "[format('r{0}', range(0, 2)[copyIndex('securityRules')])]",
                                "properties": {
                                    "priority": "[add(100, range(0, 2)[copyIndex('securityRules')])]",
                                    "access": "[if(equals(copyIndex(), 0), 'Allow', 'Deny')]",
                                },
                            },
                        }
                    ]
                },
            },
            {
                "condition": "[parameters('on')]",
                "type": "Microsoft.Network/virtualNetworks",
                "apiVersion": "2023-01-01",
                "name": "net",
                "location": "japaneast",
                "properties": {
                    "copy": [
                        {
                            "name": "subnets",
                            "count": "[length(parameters('names'))]",
                            "input": {
                                "name": "[parameters('names')[copyIndex('subnets')]]",
                                "properties": {
                                    "networkSecurityGroup": {
                                        "id": "[resourceId('Microsoft.Network/networkSecurityGroups', format('nsg-{0}', parameters('names')[copyIndex('subnets')]))]"
                                    }
                                },
                            },
                        }
                    ],
                    "flat": "[map(parameters('names'), lambda('n', toUpper(lambdaVariables('n'))))]",
                },
            },
        ],
    },
)

PAIRS["modules"] = (
    """\
resource kv 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: 'kv'
  location: 'japaneast'
  properties: {
    enablePurgeProtection: true
  }
}
module app 'app.bicep' = {
  name: 'app'
  params: {
    vault: kv.id
    purge: kv.properties.enablePurgeProtection
  }
}
resource lock 'Microsoft.Authorization/locks@2020-05-01' = {
  name: guid(kv.id, 'lock')
  scope: kv
  properties: {
    level: 'CanNotDelete'
    notes: app.outputs.name
  }
}
""",
    {
        "resources": [
            {
                "type": "Microsoft.KeyVault/vaults",
                "apiVersion": "2023-07-01",
                "name": "kv",
                "location": "japaneast",
                "properties": {"enablePurgeProtection": True},
            },
            {
                "type": "Microsoft.Authorization/locks",
                "apiVersion": "2020-05-01",
                "scope": "[format('Microsoft.KeyVault/vaults/{0}', 'kv')]",
                "name": "[guid(resourceId('Microsoft.KeyVault/vaults', 'kv'), 'lock')]",
                "properties": {
                    "level": "CanNotDelete",
                    "notes": "[reference(resourceId('Microsoft.Resources/deployments', 'app'), '2022-09-01').outputs.name.value]",
                },
            },
            {
                "type": "Microsoft.Resources/deployments",
                "apiVersion": "2022-09-01",
                "name": "app",
                "properties": {
                    "expressionEvaluationOptions": {"scope": "inner"},
                    "mode": "Incremental",
                    "parameters": {
                        "vault": {"value": "[resourceId('Microsoft.KeyVault/vaults', 'kv')]"},
                        "purge": {
                            "value": "[reference(resourceId('Microsoft.KeyVault/vaults', 'kv'), '2023-07-01').enablePurgeProtection]"
                        },
                    },
                    "template": {
                        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
                        "parameters": {"vault": {"type": "string"}, "purge": {"type": "bool"}},
                        "resources": [
                            {
                                "type": "Microsoft.A/b",
                                "apiVersion": "1",
                                "name": "x",
                                "properties": {"vault": "[parameters('vault')]", "purge": "[parameters('purge')]"},
                            }
                        ],
                        "outputs": {"name": {"type": "string", "value": "x"}},
                    },
                },
            },
        ]
    },
)
APP = """\
param vault string
param purge bool
resource x 'Microsoft.A/b@1' = { name: 'x', properties: { vault: vault, purge: purge } }
output name string = x.name
"""

PAIRS["subscription"] = (
    """\
targetScope = 'subscription'
param location string = deployment().location
resource rg 'Microsoft.Resources/resourceGroups@2023-07-01' = {
  name: 'rg'
  location: location
}
resource budget 'Microsoft.Authorization/policyAssignments@2022-06-01' = {
  name: 'p'
  properties: {
    policyDefinitionId: tenantResourceId('Microsoft.Authorization/policyDefinitions', 'd')
    group: rg.id
  }
}
""",
    {
        "$schema": "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#",
        "parameters": {"location": {"type": "string", "defaultValue": "[deployment().location]"}},
        "resources": [
            {
                "type": "Microsoft.Resources/resourceGroups",
                "apiVersion": "2023-07-01",
                "name": "rg",
                "location": "[parameters('location')]",
            },
            {
                "type": "Microsoft.Authorization/policyAssignments",
                "apiVersion": "2022-06-01",
                "name": "p",
                "properties": {
                    "policyDefinitionId": "[tenantResourceId('Microsoft.Authorization/policyDefinitions', 'd')]",
                    "group": "[subscriptionResourceId('Microsoft.Resources/resourceGroups', 'rg')]",
                },
            },
        ],
    },
)


def plain(value: Any, names: dict[str, Any]) -> Any:
    """The value without the spelling of its expressions; references by type and name."""
    if isinstance(value, Unknown):
        return (
            "unknown",
            value.reason,
            sorted(map(repr, (names[r] for r in value.references))),
            plain(value.partial, names),
            None if value.choices is None else sorted(repr(plain(choice, names)) for choice in value.choices),
        )
    if isinstance(value, dict):
        return {key: plain(item, names) for key, item in value.items() if key != "apiVersion"}
    return [plain(item, names) for item in value] if isinstance(value, list) else value


def known(estate: Any) -> list[Any]:
    assert estate.diagnostics == []
    names = {r.address: (r.type, getattr(r.values["name"], "partial", r.values["name"])) for r in estate.resources}
    found = [
        (r.type, plain(r.values["name"], names), plain(r.values, names), plain(r.region, names), r.conditional) for r in estate.resources
    ]
    return sorted(found, key=repr)


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("region", [None, "japaneast"])
def test_source_and_compiled(folder: Any, name: str, region: str | None) -> None:
    bicep, compiled = PAIRS[name]
    folder.write("app.bicep", APP)
    assert known(folder.bicep(bicep, region=region)) == known(folder.read(json.loads(json.dumps(compiled)), region=region))


@pytest.mark.parametrize("name", PAIRS)
def test_references_are_resources_of_the_estate(folder: Any, name: str) -> None:
    from cloudpolicy.sources.arm.values import references

    folder.write("app.bicep", APP)
    for estate in (folder.bicep(PAIRS[name][0]), folder.read(PAIRS[name][1])):
        for resource in estate.resources:
            for address in references([resource.values]):
                assert estate.at(address) is not None, address
