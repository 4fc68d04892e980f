"""Parameter values: defaults, files beside the template, files from the command line, secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudpolicy.model import Unknown
from cloudpolicy.sources import Options

TEMPLATE = {
    "parameters": {
        "Size": {"type": "string", "defaultValue": "default"},
        "n": {"type": "int"},
        "secret": {"type": "secureString", "defaultValue": "hunter2"},
        "derived": {"type": "string", "defaultValue": "[concat(parameters('size'), '-x')]"},
    },
    "resources": [
        {
            "type": "Microsoft.A/b",
            "name": "x",
            "properties": {
                "size": "[parameters('size')]",
                "n": "[parameters('n')]",
                "secret": "[parameters('secret')]",
                "derived": "[parameters('derived')]",
            },
        }
    ],
}


def values(estate: Any) -> Any:
    return estate.resources[0].values["properties"]


def file(**given: Any) -> str:
    return json.dumps({"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#", "parameters": given})


def test_defaults(folder: Any) -> None:
    estate = folder.read(TEMPLATE)
    assert values(estate) == {
        "size": "default",
        "n": Unknown("parameter-without-value", "parameters('n')"),
        "secret": Unknown("parameter-without-value", "parameters('secret')"),
        "derived": "default-x",
    }
    assert estate.notes == {"defaults": ["Size", "derived"], "without_value": ["n"], "no_echo_defaults": [["secret", 14]]}
    assert "hunter2" not in repr(list(estate.notes.items()))


@pytest.mark.parametrize("empty", ["", "[newGuid()]"])
def test_a_secret_that_is_made_at_deployment_is_no_secret_in_the_text(folder: Any, empty: str) -> None:
    estate = folder.read({"parameters": {"s": {"type": "securestring", "defaultValue": empty}}, "resources": []})
    assert "no_echo_defaults" not in estate.notes


def test_a_file_beside_it(folder: Any) -> None:
    beside = folder.write("azuredeploy.parameters.json", file(size={"value": "beside"}, N={"value": 3}, secret={"value": "s3cret"}))
    estate = folder.read(TEMPLATE)
    assert (values(estate)["size"], values(estate)["n"], values(estate)["derived"]) == ("beside", 3, "beside-x")
    assert values(estate)["secret"].reason == "parameter-without-value"
    assert estate.inputs == [estate.root, beside]


def test_files_from_the_command_line_win(folder: Any) -> None:
    folder.write("azuredeploy.parameters.json", file(size={"value": "beside"}, n={"value": 3}))
    given = folder.write("prod.json", file(SIZE={"value": "given"}))
    estate = folder.read(TEMPLATE, parameters=[given])
    assert (values(estate)["size"], values(estate)["n"]) == ("given", 3)


def test_a_file_for_another_format_is_passed_over(folder: Any) -> None:
    given = folder.write("cfn.json", '[{"ParameterKey": "size", "ParameterValue": "cfn"}]')
    other = folder.write("cfn.yaml", "size: cfn\n")
    estate = folder.read(TEMPLATE, parameters=[given, other])
    assert values(estate)["size"] == "default"
    assert estate.diagnostics == []


def test_a_key_vault_reference(folder: Any) -> None:
    folder.write("azuredeploy.parameters.json", file(size={"reference": {"keyVault": {"id": "/subscriptions/x"}, "secretName": "s"}}))
    assert values(folder.read(TEMPLATE))["size"].reason == "dynamic-reference"


@pytest.mark.parametrize(("text", "code"), [("{", "syntax-error"), ("[]", "invalid-parameters"), ("{}", "invalid-parameters")])
def test_a_file_that_cannot_be_read(folder: Any, problems: Any, text: str, code: str) -> None:
    folder.write("azuredeploy.parameters.json", text)
    estate = folder.read(TEMPLATE)
    assert [(s, c) for s, c, _ in problems(estate)] == [("error", code)]
    assert values(estate)["size"] == "default"


BICEP = "param size string = 'default'\nparam n int\nparam s string = ''\nresource x 'Microsoft.A/b@1' = { name: 'x', properties: { size: size, n: n, s: s } }\n"


def test_bicepparam(folder: Any) -> None:
    beside = folder.write(
        "prod.bicepparam",
        """\
        using './main.bicep'
        var prefix = 'p'
        param size = '${prefix}-${n}'
        param n = 1 + 2
        param s = az.getSecret('sub', 'group', 'vault', 'name')
    """,
    )
    estate = folder.bicep(BICEP)
    assert estate.diagnostics == []
    assert (values(estate)["size"], values(estate)["n"], values(estate)["s"].reason) == ("p-3", 3, "dynamic-reference")
    assert estate.inputs == [estate.root, beside]


def test_a_bicepparam_file_that_builds_on_another(folder: Any, problems: Any) -> None:
    base = folder.write("base.bicepparam", "using none\nparam size = 'base'\nparam n = 1\n")
    folder.write("main.bicepparam", "using 'main.bicep'\nextends 'base.bicepparam'\nparam n = 2\n")
    estate = folder.bicep(BICEP)
    assert (values(estate)["size"], values(estate)["n"], estate.diagnostics) == ("base", 2, [])
    assert base in estate.inputs
    folder.write("base.bicepparam", "using none\nextends 'main.bicepparam'\n")
    assert "reference-cycle" in {c for _, c, _ in problems(folder.bicep(BICEP))}
    folder.write("main.bicepparam", "using 'main.bicep'\nextends 'gone.bicepparam'\n")
    assert problems(folder.bicep(BICEP)) == [("error", "file-not-found", 2)]


def test_which_bicepparam(folder: Any) -> None:
    folder.write("dev.bicepparam", "using 'main.bicep'\nparam size = 'dev'\n")
    folder.write("prod.bicepparam", "using 'main.bicep'\nparam size = 'prod'\n")
    folder.write("other.bicepparam", "using 'other.bicep'\nparam size = 'other'\n")
    assert values(folder.bicep(BICEP))["size"] == "default"
    folder.write("main.bicepparam", "using 'main.bicep'\nparam size = 'main'\n")
    assert values(folder.bicep(BICEP))["size"] == "main"
    assert values(folder.bicep(BICEP, parameters=[str(folder.path / "prod.bicepparam")]))["size"] == "prod"


def test_a_json_file_beside_bicep(folder: Any) -> None:
    folder.write("main.parameters.json", file(size={"value": "json"}))
    assert values(folder.bicep(BICEP))["size"] == "json"


def test_parameters_that_need_each_other(folder: Any, problems: Any) -> None:
    estate = folder.read(
        {
            "parameters": {
                "a": {"type": "string", "defaultValue": "[parameters('b')]"},
                "b": {"type": "string", "defaultValue": "[parameters('a')]"},
            },
            "variables": {"v": "[variables('V')]"},
            "resources": [{"type": "Microsoft.A/b", "name": "x", "properties": {"a": "[parameters('a')]", "v": "[variables('v')]"}}],
        }
    )
    assert {c for _, c, _ in problems(estate)} == {"reference-cycle"}
    assert (values(estate)["a"].reason, values(estate)["v"].reason) == ("cycle", "cycle")


def test_a_bicepparam_file_is_none_of_cloudformation_s_business(folder: Any) -> None:
    from cloudpolicy.sources import cloudformation

    given = folder.write("prod.bicepparam", "using 'main.bicep'\n")
    template = folder.write("t.yaml", "Resources: {B: {Type: AWS::S3::Bucket}}\n")
    assert cloudformation.read(template, Options(str(folder.path), parameters=[given])).diagnostics == []
