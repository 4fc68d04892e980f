"""A deployed resource group held against the template or Bicep file that it was made from."""

import json

import pytest

from cloud.azure_stand_in import listed
from cloudpolicy import cli

ACCOUNT = "Microsoft.Storage/storageAccounts"
NETWORK = "Microsoft.Network/networkSecurityGroups"
BICEP = """\
param location string = resourceGroup().location
resource account 'Microsoft.Storage/storageAccounts@2023-01-01' = {
  name: 'st${uniqueString(resourceGroup().id)}'
  location: location
  kind: 'StorageV2'
  sku: { name: 'Standard_ZRS' }
  properties: { supportsHttpsTrafficOnly: true, minimumTlsVersion: 'TLS1_2' }
}
resource rules 'Microsoft.Network/networkSecurityGroups@2023-09-01' = {
  name: 'nsg'
  location: location
  properties: {
    securityRules: [
      { name: 'in', properties: { direction: 'Inbound', access: 'Allow', protocol: 'Tcp', priority: 100
          sourceAddressPrefix: '10.0.0.0/8', sourcePortRange: '*', destinationPortRange: '443', destinationAddressPrefix: '*' } }
    ]
  }
}
resource lock 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'keep'
  scope: account
  properties: { level: 'CanNotDelete' }
}
"""
RULE = {
    "direction": "Inbound",
    "access": "Allow",
    "protocol": "TCP",
    "priority": 100,
    "sourceAddressPrefix": "10.0.0.0/8",
    "sourcePortRange": "*",
    "destinationPortRange": "443",
    "destinationAddressPrefix": "*",
    "sourceAddressPrefixes": [],
}


def account(name="stx7k2", **properties):
    properties = {"supportsHttpsTrafficOnly": True, "minimumTlsVersion": "TLS1_2", "accessTier": "Hot", **properties}
    body = {"type": ACCOUNT, "apiVersion": "2025-01-01", "name": name, "location": "Japan East", "kind": "StorageV2"}
    return {**body, "sku": {"name": "Standard_ZRS", "tier": "Standard"}, "properties": properties}


def network(*more):
    rules = [{"name": "in", "id": "[resourceId('x/y', 'z')]", "properties": RULE}, *more]
    return {"type": NETWORK, "apiVersion": "2025-01-01", "name": "nsg", "location": "japaneast", "properties": {"securityRules": rules}}


BLOBS = {"type": f"{ACCOUNT}/blobServices", "apiVersion": "2025-01-01", "name": "stx7k2/default", "properties": {}}
INLINE = {"type": f"{NETWORK}/securityRules", "apiVersion": "2025-01-01", "name": "nsg/in", "properties": RULE}


@pytest.fixture
def drift(azure, capsys, tmp_path):
    def run(*resources, source=BICEP, name="main.bicep", policies="CP_TLS_001"):
        (tmp_path / name).write_text(source if isinstance(source, str) else json.dumps(source))
        tops = [listed(one["type"], one["name"]) for one in resources if one["type"].count("/") == 1]
        azure.groups["rg"] = {"resources": tops, "template": {"$schema": "x/deploymentTemplate.json#", "resources": list(resources)}}
        argv = ["live", "azure", "--resource-group", "rg", "--against", str(tmp_path / name), "--select", policies]
        status = cli.run([*argv, "--format", "json", "--lang", "en"])
        report = json.loads(capsys.readouterr().out)
        return status, [d["message"] for d in report["diagnostics"] if d["code"] == "differs-from-source"], report

    return run


def test_the_same_is_no_drift(drift):
    """What the service adds, spells otherwise, makes together with a parent, or writes out beside it is no difference."""
    status, told, report = drift(account(), network(), BLOBS, INLINE)
    assert (status, told) == (0, [])
    assert [d["message"] for d in report["diagnostics"] if d["code"] == "not-compared"] == [
        "lock: which deployed resource it is cannot be told; it is not compared"
    ]


def test_a_setting_that_was_changed_by_hand(drift):
    status, told, report = drift(account(supportsHttpsTrafficOnly=False), network())
    assert status == 1 and set(told) == {
        "account: `properties.supportsHttpsTrafficOnly` is true in main.bicep and false deployed",
        "CP_TLS_001 on account: pass in main.bicep, fail deployed",
    }
    at = next(d["location"] for d in report["diagnostics"] if "supportsHttpsTrafficOnly" in d["message"])
    assert at["file"].endswith("main.bicep") and at["line"] == 7


def test_a_rule_that_was_added_by_hand(drift):
    status, told, _ = drift(account(), network({"name": "ssh", "properties": {**RULE, "destinationPortRange": "22"}}))
    assert status == 1 and len(told) == 1 and "`properties.securityRules.ssh` is not set in main.bicep" in told[0]


def test_a_child_that_was_added_by_hand(drift):
    extra = {**INLINE, "name": "nsg/ssh"}
    status, told, _ = drift(account(), network(), extra)
    assert status == 1 and told == [f"{NETWORK}/securityRules/nsg/ssh is deployed but not in main.bicep"]


def test_what_is_gone_and_what_is_new(drift):
    status, told, _ = drift(account(), {**account("other"), "type": "Microsoft.Compute/disks"})
    assert status == 1 and set(told) == {
        "rules is in main.bicep but not deployed",
        "Microsoft.Compute/disks/other is deployed but not in main.bicep",
    }


def test_a_failure_that_was_mended_by_hand_is_told(drift):
    source = BICEP.replace("supportsHttpsTrafficOnly: true", "supportsHttpsTrafficOnly: false")
    status, told, _ = drift(account(), network(), source=source)
    assert status == 1 and "CP_TLS_001 on account: fail in main.bicep, pass deployed" in told


def test_two_that_it_may_be(drift):
    """The name is known only to the service and two deployed ones fit: neither is called a difference."""
    status, told, report = drift(account(), account("sty9"), network())
    assert (status, told) == (0, []) and any(d["code"] == "not-compared" and "account" in d["message"] for d in report["diagnostics"])


def test_an_arm_template_with_its_parameters(drift, tmp_path):
    (tmp_path / "t.parameters.json").write_text(json.dumps({"parameters": {"tls": {"value": "TLS1_0"}}}))
    one = account("stx7k2", minimumTlsVersion="[parameters('tls')]")
    source = {"$schema": "x/deploymentTemplate.json#", "parameters": {"tls": {"type": "string"}}, "resources": [one]}
    _, told, _ = drift(account(), source=source, name="t.json")
    assert told == [f'{ACCOUNT}/stx7k2: `properties.minimumTlsVersion` is "TLS1_0" in t.json and "TLS1_2" deployed']


def test_a_secret_is_not_quoted(drift):
    one = account("stx7k2", adminPassword="hunter2-value")
    source = {"$schema": "x/deploymentTemplate.json#", "resources": [one]}
    _, told, report = drift(account("stx7k2", adminPassword="other-value"), source=source, name="t.json")
    assert told and "hunter2" not in json.dumps(report) and "other-value" not in json.dumps(report)


def test_a_template_that_deploys_to_several_groups(drift):
    """What it puts into another group is not missing in this one."""
    inner = {"$schema": "x/deploymentTemplate.json#", "resources": []}
    nested = [
        {
            "type": "Microsoft.Resources/deployments",
            "apiVersion": "2021-04-01",
            "name": name,
            "resourceGroup": group,
            "properties": {"mode": "Incremental", "template": {**inner, "resources": [account(own)]}},
        }
        for name, group, own in (("here", "RG", "stx7k2"), ("there", "rg2", "other"))
    ]
    source = {"$schema": "x/subscriptionDeploymentTemplate.json#", "resources": nested}
    status, told, _ = drift(account(), source=source, name="t.json")
    assert (status, told) == (0, [])
    status, told, _ = drift(source=source, name="t.json")
    assert status == 1 and told == [f"here/{ACCOUNT}/stx7k2 is in t.json but not deployed"]
