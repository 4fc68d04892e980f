"""Templates that others deploy are judged where they are used; of two that deploy each other neither is lost."""

import json

import pytest

from cloudpolicy import cli

STORE = "resource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'st'\n  location: 'japaneast'\n}\n"
STACK = (
    "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  S:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: %s}\n"
)
ARM = {"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"}


@pytest.fixture
def scan(tmp_path, capsys):
    def call(files):
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        status = cli.run(["scan", str(tmp_path), "--format", "json"])
        report = json.loads(capsys.readouterr().out)
        return status, [estate["root"].replace("\\", "/") for estate in report["estates"]], {d["code"] for d in report["diagnostics"]}

    return call


def test_a_bicep_module(scan):
    module = "module m 'modules/store.bicep' = { name: 'm' }\n"
    _, roots, codes = scan({"main.bicep": module, "modules/store.bicep": STORE, "modules/alone.bicep": STORE})
    assert roots == ["main.bicep", "modules/alone.bicep"]
    assert codes == set()


def test_a_linked_template(scan):
    link = {"type": "Microsoft.Resources/deployments", "name": "d", "properties": {"templateLink": {"relativePath": "nested/inner.json"}}}
    _, roots, _ = scan(
        {"azuredeploy.json": json.dumps({**ARM, "resources": [link]}), "nested/inner.json": json.dumps({**ARM, "resources": []})}
    )
    assert roots == ["azuredeploy.json"]


@pytest.mark.parametrize(
    "files",
    [
        {"a.bicep": "module b 'b.bicep' = { name: 'b' }\n", "b.bicep": "module a 'a.bicep' = { name: 'a' }\n"},
        {"a.yaml": STACK % "b.yaml", "b.yaml": STACK % "a.yaml"},
    ],
)
def test_templates_that_deploy_each_other(scan, files):
    status, roots, codes = scan(files)
    assert roots == list(files)
    assert "reference-cycle" in codes
    assert status == 2
