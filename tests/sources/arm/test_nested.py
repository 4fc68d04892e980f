"""Nested and linked deployments, Bicep modules and imports."""

from __future__ import annotations

from typing import Any

import pytest

from cloudpolicy.model import Unknown

DEPLOYMENT = "Microsoft.Resources/deployments"
INNER = {
    "parameters": {"p": {"type": "string", "defaultValue": "inner"}},
    "variables": {"v": "inner"},
    "resources": [{"type": "Microsoft.A/b", "name": "x", "properties": {"p": "[parameters('p')]", "v": "[variables('v')]"}}],
    "outputs": {
        "name": {"type": "string", "value": "[parameters('p')]"},
        "id": {"type": "string", "value": "[resourceId('Microsoft.A/b', 'x')]"},
    },
}


def outer(scope: str | None, **properties: Any) -> dict[str, Any]:
    options = {"expressionEvaluationOptions": {"scope": scope}} if scope else {}
    return {
        "parameters": {"p": {"type": "string", "defaultValue": "outer"}},
        "variables": {"v": "outer"},
        "resources": [
            {"type": DEPLOYMENT, "apiVersion": "2022-09-01", "name": "net", "properties": {"mode": "Incremental", **options, **properties}},
            {
                "type": "Microsoft.A/c",
                "name": "y",
                "properties": {"name": "[reference('net').outputs.name.value]", "id": "[reference('net').outputs.id.value]"},
            },
        ],
    }


def test_inner_scope(folder: Any) -> None:
    estate = folder.read(outer("inner", template=INNER, parameters={"p": {"value": "[concat('given', parameters('p'))]"}}))
    assert [r.address for r in estate.resources] == ["net", "net/Microsoft.A/b/x", "Microsoft.A/c/y"]
    deployment, inner, user = estate.resources
    assert inner.values["properties"] == {"p": "givenouter", "v": "inner"}
    assert inner.span.line == estate.resources[1].locate(()).line > deployment.span.line
    assert user.values["properties"]["name"] == "givenouter"
    assert user.values["properties"]["id"].references == ("net/Microsoft.A/b/x",)
    assert deployment.values["properties"] == {"mode": "Incremental", "parameters": {"p": {"value": "givenouter"}}}


def test_outer_scope_is_the_default(folder: Any) -> None:
    estate = folder.read(outer(None, template=INNER))
    assert estate.resources[1].values["properties"] == {"p": "outer", "v": "outer"}
    assert estate.diagnostics == []


def test_outer_scope_sees_the_loop_around_it(folder: Any) -> None:
    inner = {"resources": [{"type": "Microsoft.A/b", "name": "[concat('x', copyIndex())]", "properties": {"n": "[copyIndex('loop', 1)]"}}]}
    estate = folder.read(
        {
            "resources": [
                {
                    "type": DEPLOYMENT,
                    "name": "[concat('d', copyIndex())]",
                    "copy": {"name": "loop", "count": 2},
                    "properties": {"mode": "Incremental", "template": inner},
                }
            ]
        }
    )
    assert [(r.address, r.values["properties"].get("n")) for r in estate.resources] == [
        ("d0", None),
        ("d0/Microsoft.A/b/x0", 1),
        ("d1", None),
        ("d1/Microsoft.A/b/x1", 2),
    ]
    assert estate.diagnostics == []


def test_a_linked_template(folder: Any) -> None:
    path = folder.write("nested/inner.json", INNER)
    estate = folder.read(outer(None, templateLink={"relativePath": "nested/inner.json"}, parameters={"p": {"value": "linked"}}))
    assert estate.resources[1].values["properties"] == {"p": "linked", "v": "inner"}
    assert estate.resources[1].span.file == path
    assert estate.resources[2].values["properties"]["name"] == "linked"
    assert estate.inputs == [estate.root, path]


@pytest.mark.parametrize(
    "uri",
    [
        "[uri(deployment().properties.templateLink.uri, 'nested/inner.json')]",
        "[concat(parameters('_artifactsLocation'), '/nested/inner.json', parameters('_artifactsLocationSasToken'))]",
    ],
)
def test_a_link_relative_to_what_only_the_deployment_knows(folder: Any, uri: str) -> None:
    folder.write("nested/inner.json", INNER)
    text = outer(None, templateLink={"uri": uri})
    text["parameters"] |= {"_artifactsLocation": {"type": "string"}, "_artifactsLocationSasToken": {"type": "securestring"}}
    estate = folder.read(text)
    assert estate.at("net/Microsoft.A/b/x") is not None
    assert estate.diagnostics == []


@pytest.mark.parametrize(
    ("link", "severity"),
    [
        ({"relativePath": "none.json"}, "error"),
        ({"relativePath": "../outside.json"}, "error"),
        ({"uri": "https://example.jp/t.json"}, "warning"),
        ({"id": "[resourceId('Microsoft.Resources/templateSpecs/versions', 'a', '1')]"}, "warning"),
    ],
)
def test_a_template_that_is_not_on_disk(folder: Any, problems: Any, link: dict[str, str], severity: str) -> None:
    folder.path = folder.path / "base"
    folder.write("../outside.json", INNER)
    estate = folder.read(outer(None, templateLink=link, parameters={"p": {"value": "[resourceId('Microsoft.A/c', 'y')]"}}))
    assert [(s, c) for s, c, _ in problems(estate)] == [(severity, "module-not-fetched")]
    assert estate.resources[1].values["properties"]["name"] == Unknown("missing-module", "reference('net').outputs.name", ("net",))
    assert estate.opaque == frozenset({"Microsoft.A/c/y"})


def test_the_severity_is_an_option(folder: Any, problems: Any) -> None:
    estate = folder.read(outer(None, templateLink={"relativePath": "none.json"}), missing_modules="warning")
    assert [s for s, _, _ in problems(estate)] == ["warning"]


def test_a_deployment_without_a_template(folder: Any, problems: Any) -> None:
    assert ("error", "invalid-template") in {(s, c) for s, c, _ in problems(folder.read(outer(None)))}


def test_a_template_that_links_itself(folder: Any, problems: Any) -> None:
    estate = folder.read(
        {"resources": [{"type": DEPLOYMENT, "name": "me", "properties": {"templateLink": {"relativePath": "azuredeploy.json"}}}]}
    )
    assert [c for _, c, _ in problems(estate)] == ["reference-cycle"]


def test_deployments_that_multiply_are_cut(folder: Any, problems: Any) -> None:
    for level in range(6):
        folder.write(
            f"l{level}.json",
            {
                "resources": [
                    {"type": DEPLOYMENT, "name": f"d{n}", "properties": {"templateLink": {"relativePath": f"l{level + 1}.json"}}}
                    for n in range(10)
                ]
            },
        )
    folder.write("l6.json", {"resources": [{"type": "Microsoft.A/b", "name": "x"}]})
    estate = folder.read((folder.path / "l0.json").read_bytes(), "l0.json")
    assert "expansion-limit" in {code for _, code, _ in problems(estate)}
    assert len(estate.resources) < 3_000


MODULE = """\
    param prefix string
    param network string = 'none'
    resource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {
      name: '${prefix}st'
      properties: { network: network }
    }
    output name string = st.name
    output id string = st.id
"""


def test_modules(folder: Any) -> None:
    path = folder.write("modules/st.bicep", MODULE)
    estate = folder.bicep("""\
        resource vnet 'Microsoft.Network/virtualNetworks@2023-01-01' = { name: 'net' }
        module st './modules/st.bicep' = {
          name: 'storage'
          params: { prefix: 'a', network: vnet.id }
        }
        module many 'modules/st.bicep' = [for p in ['x', 'y']: {
          params: { prefix: p }
        }]
        resource user 'Microsoft.A/b@1' = {
          name: st.outputs.name
          properties: { id: st.outputs.id, second: many[1].outputs.name, all: map(many, m => m.outputs.name) }
        }
    """)
    assert estate.diagnostics == []
    assert [r.address for r in estate.resources] == ["vnet", "st", "st/st", "many[0]", "many[0]/st", "many[1]", "many[1]/st", "user"]
    assert estate.at("st/st").values["properties"]["network"].references == ("vnet",)
    assert estate.at("many[1]/st").values["name"] == "yst"
    user = estate.at("user").values
    assert (user["name"], user["properties"]["id"].references, user["properties"]["second"], user["properties"]["all"]) == (
        "ast",
        ("st/st",),
        "yst",
        ["xst", "yst"],
    )
    assert (estate.at("st/st").span.file, estate.at("st/st").span.line) == (path, 3)
    assert estate.at("st").locate(("properties", "parameters", "network")).line == 4
    assert estate.inputs == [estate.root, path]
    assert estate.notes["defaults"] == ["many[0]/network", "many[1]/network"]


def test_modules_that_refer_to_each_other_by_name(folder: Any) -> None:
    folder.write("net.bicep", "param n string\nresource nsg 'Microsoft.Network/networkSecurityGroups@2023-01-01' = { name: '${n}-nsg' }\n")
    folder.write(
        "use.bicep",
        """\
        param n string
        resource nsg 'Microsoft.Network/networkSecurityGroups@2023-01-01' existing = { name: '${n}-nsg' }
        resource rule 'Microsoft.Network/networkSecurityGroups/securityRules@2023-01-01' = { parent: nsg, name: 'r' }
        resource x 'Microsoft.A/b@1' = {
          name: 'x'
          properties: { a: nsg.id, b: resourceId('Microsoft.Network/networkSecurityGroups', '${n}-nsg'), c: resourceId('Microsoft.Network/networkSecurityGroups', 'other') }
        }
    """,
    )
    estate = folder.bicep("""\
        var n = uniqueString(resourceGroup().id)
        module use 'use.bicep' = { params: { n: n } }
        module net 'net.bicep' = { params: { n: n } }
    """)
    assert estate.diagnostics == []
    values = estate.at("use/x").values["properties"]
    assert [values[key].references for key in "abc"] == [("net/nsg",), ("net/nsg",), ()]
    assert values["a"].reason == "known-after-deploy"
    assert estate.at("use/rule").values["parent"].references == ("net/nsg",)


def test_a_template_written_inside_a_bicep_file(folder: Any) -> None:
    estate = folder.bicep("""\
        param name string = 'given'
        resource d 'Microsoft.Resources/deployments@2024-03-01' = {
          name: 'd'
          properties: {
            mode: 'Incremental'
            template: {
              '$schema': 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#'
              contentVersion: '1.0.0.0'
              resources: [
                { type: 'Microsoft.A/b', name: name, properties: { v: '[x]', n: length(name) } }
              ]
            }
          }
        }
    """)
    assert estate.diagnostics == []
    inner = estate.at("d/Microsoft.A/b/given")
    assert (inner.values["properties"], inner.span.line) == ({"v": "[x]", "n": 5}, 2)


def test_a_secret_keeps_its_name_through_modules(folder: Any) -> None:
    folder.write(
        "inner.bicep", "@secure()\nparam password string\nresource x 'Microsoft.A/b@1' = { name: 'x', properties: { p: password } }\n"
    )
    estate = folder.bicep("""\
        @secure()
        param outer string = 'hunter2'
        module a 'inner.bicep' = { params: { password: outer } }
        module b 'inner.bicep' = { params: { password: 'plain' } }
    """)
    assert [estate.at(f"{name}/x").values["properties"]["p"].expression for name in "ab"] == ["outer", "password"]
    assert estate.notes["no_echo_defaults"] == [["outer", 2]]


def test_a_module_that_is_json(folder: Any) -> None:
    folder.write("inner.json", INNER)
    estate = folder.bicep("module m 'inner.json' = { name: 'm', params: { p: 'given' } }\noutput o string = m.outputs.name\n")
    assert estate.at("m/Microsoft.A/b/x").values["properties"] == {"p": "given", "v": "inner"}


@pytest.mark.parametrize("where", ["br/public:avm/res/storage/storage-account:0.9.0", "ts:a/b/c:1", "./none.bicep", "../outside.bicep"])
def test_modules_that_are_not_on_disk(folder: Any, problems: Any, where: str) -> None:
    folder.path = folder.path / "base"
    folder.write("../outside.bicep", MODULE)
    estate = folder.bicep(f"""\
        resource st 'Microsoft.A/b@1' = {{ name: 'x' }}
        module m '{where}' = {{
          name: 'm'
          params: {{ id: st.id }}
        }}
        resource user 'Microsoft.A/c@1' = {{ name: m.outputs.name }}
    """)
    assert problems(estate) == [("error", "module-not-fetched", 2)]
    assert estate.opaque == frozenset({"st"})
    assert estate.at("user").values["name"] == Unknown("missing-module", "m.outputs.name", ("m",))


def test_cyclic_modules(folder: Any, problems: Any) -> None:
    folder.write("b.bicep", "module a 'main.bicep' = { name: 'a' }\nresource x 'Microsoft.A/b@1' = { name: 'x' }\n")
    estate = folder.bicep("module b 'b.bicep' = { name: 'b' }\n")
    assert problems(estate) == [("error", "reference-cycle", 1)]
    assert [r.address for r in estate.resources] == ["b", "b/a", "b/x"]


def test_an_undecided_module_makes_its_resources_conditional(folder: Any) -> None:
    folder.write("modules/st.bicep", MODULE)
    estate = folder.bicep("param on bool\nmodule st 'modules/st.bicep' = if (on) { name: 's', params: { prefix: 'a' } }\n")
    assert [r.conditional for r in estate.resources] == [True, True]


def test_imports(folder: Any) -> None:
    folder.write(
        "shared.bicep", "@export()\nvar region = 'japan${side}'\nvar side = 'east'\n@export()\nfunc twice(s string) string => '${s}${s}'\n"
    )
    assert folder.bicep_value("twice(region)", "import { region, twice } from 'shared.bicep'") == "japaneastjapaneast"
    assert folder.bicep_value("lib.twice(lib.region)", "import * as lib from './shared.bicep'") == "japaneastjapaneast"
    assert folder.bicep_value("here", "import { region as here } from 'shared.bicep'") == "japaneast"


def test_imports_that_are_missing_or_cyclic(folder: Any, problems: Any) -> None:
    estate = folder.bicep("import { a } from 'none.bicep'\nresource x 'Microsoft.A/b@1' = { name: a }\n")
    assert problems(estate) == [("error", "module-not-fetched", 1)]
    assert estate.resources[0].values["name"].reason == "unreadable"
    folder.write("other.bicep", "import { b } from 'main.bicep'\n@export()\nvar a = b\n")
    estate = folder.bicep("import { a } from 'other.bicep'\n@export()\nvar b = a\nresource x 'Microsoft.A/b@1' = { name: a }\n")
    assert [c for _, c, _ in problems(estate)] == ["reference-cycle"]


GROUP = """\
    targetScope = 'subscription'
    resource rg 'Microsoft.Resources/resourceGroups@2023-07-01' = { name: 'group', location: 'japanwest' }
    module a 'inner.bicep' = { scope: rg }
    module b 'inner.bicep' = { scope: resourceGroup(rg.name) }
    module c 'inner.bicep' = { scope: resourceGroup('other') }
"""


def test_the_region_of_a_group_that_is_made_here(folder: Any) -> None:
    folder.write("inner.bicep", "resource x 'Microsoft.A/b@1' = { name: 'x', location: resourceGroup().location }\n")
    estate = folder.bicep(GROUP, region="japaneast")
    assert [estate.at(f"{name}/x").region for name in "abc"] == ["japanwest", "japanwest", "japaneast"]
    assert (estate.at("a").values["scope"].references, estate.at("a/x").values["deploymentScope"]) == (("rg",), "resourceGroup")
    assert estate.diagnostics == []


def test_the_region_of_a_group_in_json(folder: Any) -> None:
    inner = {"resources": [{"type": "Microsoft.A/b", "name": "x", "location": "[resourceGroup().location]"}]}
    estate = folder.read(
        {
            "$schema": "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#",
            "resources": [
                {"type": "Microsoft.Resources/resourceGroups", "name": "group", "location": "japanwest"},
                {
                    "type": DEPLOYMENT,
                    "name": "d",
                    "resourceGroup": "group",
                    "properties": {"expressionEvaluationOptions": {"scope": "inner"}, "template": inner},
                },
            ],
        }
    )
    assert estate.at("d/Microsoft.A/b/x").region == "japanwest"


def test_long_names_are_shown_by_their_expression(folder: Any) -> None:
    name = "[guid(resourceId('Microsoft.KeyVault/vaults', 'a-vault-with-a-long-name'), parameters('principal'), 'role')]"
    estate = folder.read(
        {"parameters": {"principal": {"type": "string"}}, "resources": [{"type": "Microsoft.Authorization/roleAssignments", "name": name}]}
    )
    assert estate.resources[0].address == f"Microsoft.Authorization/roleAssignments/${{{name[1:-1]}}}"


def test_settings_of_a_part_of_what_another_module_deploys(folder: Any) -> None:
    """The blob service comes with its account: what extends it there belongs to the account; what names another is plain text."""
    folder.write(
        "st.bicep",
        """\
        param name string
        resource st 'Microsoft.Storage/storageAccounts@2023-05-01' = { name: name }
        output name string = st.name
        """,
    )
    folder.write(
        "logs.bicep",
        """\
        param name string
        resource st 'Microsoft.Storage/storageAccounts@2023-05-01' existing = { name: name }
        resource blob 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' existing = { parent: st, name: 'default' }
        resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = { scope: blob, name: 'logs' }
        resource lock 'Microsoft.Authorization/locks@2020-05-01' = { scope: st, name: 'lock' }
        """,
    )
    estate = folder.bicep("""\
        module st 'st.bicep' = { name: 'st', params: { name: 'sta' } }
        module own 'logs.bicep' = { name: 'own', params: { name: st.outputs.name } }
        module other 'logs.bicep' = { name: 'other', params: { name: 'stb' } }
    """)
    assert estate.at("own/logs").values["scope"].references == ("st/st",)
    assert estate.at("own/lock").values["scope"].references == ("st/st",)
    account = "/subscriptions/${…}/resourceGroups/${…}/providers/Microsoft.Storage/storageAccounts/stb"
    assert estate.at("other/lock").values["scope"] == account
    assert estate.at("other/logs").values["scope"] == f"{account}/blobServices/default"
