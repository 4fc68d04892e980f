"""What-if as a question: it settles what the text leaves open, what it does not tell never passes, and nothing is deployed."""

import json

import pytest

from cloud.azure_stand_in import CUT, HEADER, SUBSCRIPTION, TOKEN, fault
from cloudpolicy import cli

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
AT_SUBSCRIPTION = "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#"
ACCOUNT = "Microsoft.Storage/storageAccounts"
ABOVE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers"
BASE = {"supportsHttpsTrafficOnly": True, "minimumTlsVersion": "[parameters('tls')]", "allowBlobPublicAccess": False}


def account(name="st1", properties=None, **more):
    body = {"type": ACCOUNT, "apiVersion": "2023-01-01", "name": name, "location": "[resourceGroup().location]", "kind": "StorageV2"}
    return {**body, "sku": {"name": "Standard_ZRS"}, "properties": dict(BASE if properties is None else properties), **more}


def template(*resources, schema=SCHEMA, **parameters):
    declared = {"tls": {"type": "string"}, **parameters}
    return {"$schema": schema, "contentVersion": "1.0.0.0", "parameters": declared, "resources": list(resources)}


def after(name="st1", type=ACCOUNT, **properties):
    return {
        "id": f"{ABOVE}/{type}/{name}",
        "name": name,
        "type": type,
        "apiVersion": "2023-01-01",
        "location": "japaneast",
        "kind": "StorageV2",
        "sku": {"name": "Standard_ZRS"},
        "properties": {"supportsHttpsTrafficOnly": True, "minimumTlsVersion": "TLS1_2", "allowBlobPublicAccess": False, **properties},
    }


def change(kind="Create", payload=None, **more):
    payload = payload if payload is not None else after()
    told = {"resourceId": payload["id"], "changeType": kind, **more}
    return told if kind in ("Unsupported", "Ignore", "Delete") else {**told, "after": payload}


@pytest.fixture
def preview(azure, capsys, tmp_path):
    azure.groups["rg"] = {}

    def run(body, *argv, where=("--resource-group", "rg"), name="t.json", policies="CP_TLS_002", expect_report=True):
        file = tmp_path / name
        file.write_text(body if isinstance(body, str) else json.dumps(body, indent=2))
        choice = ["--select", policies] if policies else []
        status = cli.run(["preview", "azure", str(file), *where, "--format", "json", "--lang", "en", *choice, *argv])
        out, err = capsys.readouterr()
        said = out + err
        assert TOKEN not in said and HEADER not in said and "Traceback" not in said
        report = json.loads(out) if out.startswith("{") else None
        assert (report is not None) == expect_report, said
        return status, report, said

    return run


def verdicts(report, policy="CP_TLS_002"):
    return {(f["resource"]["address"], f["verdict"]) for f in report["findings"] if f["policy"] == policy}


def messages(report, code):
    return [d["message"] for d in report["diagnostics"] if d["code"] == code]


def test_what_the_service_resolves_is_shown_as_settled(azure, preview):
    azure.what_if = {"changes": [change(payload=after(minimumTlsVersion="TLS1_0"))]}
    status, report, _ = preview(template(account()))
    (finding,) = report["findings"]
    assert (status, finding["verdict"], finding["resource"]["address"]) == (1, "fail", f"{ACCOUNT}/st1")
    assert finding["location"]["file"] == "t.json" and '"minimumTlsVersion"' in json.dumps(BASE) and finding["location"]["line"] > 10
    assert report["estates"][0]["source"] == "preview" and finding["source"] == "preview"
    (told,) = messages(report, "settled")
    assert f"CP_TLS_002 on {ACCOUNT}/st1 was unknown in the text; it fails" in told


def test_a_pass_is_settled_too(azure, preview):
    azure.what_if = {"changes": [change("Modify")]}
    status, report, _ = preview(template(account()), "--show-passed")
    assert status == 0 and verdicts(report) == {(f"{ACCOUNT}/st1", "pass")} and "it passes" in messages(report, "settled")[0]


def test_what_is_asked(azure, preview, tmp_path):
    (tmp_path / "p.json").write_text(json.dumps({"parameters": {"tls": {"value": "TLS1_0"}, "undeclared": {"value": 1}}}))
    azure.what_if = {"changes": [change()]}
    body = template(account())
    preview(body, "--parameters", str(tmp_path / "p.json"))
    posts = [path for method, path in azure.asked if method == "POST"]
    stem = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/rg/providers/Microsoft.Resources/deployments/cloudpolicy-preview"
    assert [path.replace("resourceGroups", "resourcegroups") for path in posts] == [f"{stem}/validate", f"{stem}/whatIf"]
    assert {method for method, _ in azure.asked} == {"GET", "POST"}
    properties = azure.bodies[1]["properties"]
    assert properties["template"] == body and properties["parameters"] == {"tls": {"value": "TLS1_0"}}
    assert properties["mode"] == "Incremental" and properties["validationLevel"] == "ProviderNoRbac"
    assert properties["whatIfSettings"] == {"resultFormat": "FullResourcePayloads"} and "location" not in azure.bodies[1]


def test_a_deployment_to_the_subscription(azure, preview):
    group = {"type": "Microsoft.Resources/resourceGroups", "apiVersion": "2021-04-01", "name": "new", "location": "[deployment().location]"}
    id = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/new"
    told = {"id": id, "name": "new", "type": group["type"], "apiVersion": "2021-04-01", "location": "eastus"}
    azure.what_if = {"changes": [{"resourceId": id, "changeType": "Create", "after": told}]}
    where = ("--subscription", SUBSCRIPTION, "--location", "japaneast")
    _, report, _ = preview(template(group, schema=AT_SUBSCRIPTION), where=where, policies="")
    assert azure.bodies[0]["location"] == "japaneast"
    assert next(path for method, path in azure.asked if method == "POST").endswith(
        f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Resources/deployments/cloudpolicy-preview/validate"
    )
    assert not messages(report, "not-previewed")


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("Unsupported", {"unsupportedReason": "the id holds a reference() that is known only at deployment"}),
        ("Ignore", {}),
        ("Deploy", {"after": None}),
    ],
)
def test_what_is_not_told_never_passes(azure, preview, kind, more):
    written = account(properties={**BASE, "minimumTlsVersion": "TLS1_2"})
    azure.what_if = {"changes": [{**change(kind), **more}]}
    _, report, _ = preview(template(written), "--show-passed", policies="")
    assert report["findings"] and not [f for f in report["findings"] if f["verdict"] == "pass"]
    assert (f"{ACCOUNT}/st1", "unknown") in verdicts(report) and report["summary"]["pass"] == 0
    (told,) = messages(report, "not-previewed")
    assert kind in told and more.get("unsupportedReason", "") in (told or "")


def test_a_failure_of_the_text_stays_one_where_nothing_is_told(azure, preview):
    azure.what_if = {"changes": [change("Unsupported", unsupportedReason="why")]}
    status, report, _ = preview(template(account(properties={**BASE, "minimumTlsVersion": "TLS1_0"})))
    (finding,) = report["findings"]
    assert (status, finding["verdict"]) == (1, "fail") and "by the text alone" in finding["message"]


def test_a_resource_that_the_answer_does_not_speak_of_never_passes(azure, preview):
    azure.what_if = {"changes": [change()]}
    written = account("st2", {**BASE, "minimumTlsVersion": "TLS1_2"})
    _, report, _ = preview(template(account(), written), "--show-passed")
    assert verdicts(report) == {(f"{ACCOUNT}/st1", "pass"), (f"{ACCOUNT}/st2", "unknown")}
    assert "does not speak of it" in messages(report, "not-previewed")[0]


def test_potential_changes_never_pass(azure, preview):
    azure.what_if = {"changes": [], "potentialChanges": [change()]}
    _, report, _ = preview(template(account()), "--show-passed")
    assert verdicts(report) == {(f"{ACCOUNT}/st1", "unknown")}


def test_a_setting_without_effect_is_not_known(azure, preview):
    delta = [{"path": "properties.minimumTlsVersion", "propertyChangeType": "NoEffect", "after": "TLS1_2"}]
    azure.what_if = {"changes": [change("Modify", delta=delta)]}
    _, report, _ = preview(template(account()), "--show-passed")
    assert verdicts(report) == {(f"{ACCOUNT}/st1", "unknown")}
    assert "no effect" in report["findings"][0]["message"] and not messages(report, "settled")


def test_a_setting_without_effect_deep_in_a_list(azure, preview):
    rule = {"name": "in", "properties": {"direction": "Inbound", "access": "Allow", "protocol": "Tcp", "sourceAddressPrefix": "10.0.0.0/8"}}
    type = "Microsoft.Network/networkSecurityGroups"
    more = {"priority": 100, "sourcePortRange": "*", "destinationPortRange": "22", "destinationAddressPrefix": "*"}
    properties = {"securityRules": [{**rule, "properties": {**rule["properties"], **more}}]}
    body = {"type": type, "apiVersion": "2023-09-01", "name": "nsg", "location": "japaneast", "properties": properties}
    told = {**body, "id": f"{ABOVE}/{type}/nsg"}
    azure.what_if = {"changes": [change(payload=told)]}
    _, report, _ = preview(template(body), "--show-passed", policies="CP_NET_001")
    passed = verdicts(report, "CP_NET_001")
    tree = [
        {
            "path": "0",
            "propertyChangeType": "Modify",
            "children": [{"path": "properties.sourceAddressPrefix", "propertyChangeType": "NoEffect"}],
        }
    ]
    azure.what_if["changes"][0]["delta"] = [{"path": "properties.securityRules", "propertyChangeType": "Array", "children": tree}]
    _, report, _ = preview(template(body), "--show-passed", policies="CP_NET_001")
    assert {verdict for _, verdict in passed} == {"pass"} and {verdict for _, verdict in verdicts(report, "CP_NET_001")} == {"unknown"}


def test_a_name_that_only_the_service_can_make(azure, preview):
    """uniqueString() is known only there; the resource is found by the rest of its name."""
    azure.what_if = {"changes": [change(payload=after("stx7k2", minimumTlsVersion="TLS1_0"))]}
    _, report, _ = preview(template(account("[concat('st', uniqueString(resourceGroup().id))]")))
    assert {verdict for _, verdict in verdicts(report)} == {"fail"} and not messages(report, "not-previewed")
    azure.what_if = {"changes": [change(payload=after("stx7k2")), change(payload=after("stx7k3"))]}
    _, report, _ = preview(template(account("[concat('st', uniqueString(resourceGroup().id))]")), "--show-passed")
    assert messages(report, "not-previewed"), "which of the two it is cannot be told"


def test_expressions_and_hidden_values_that_the_service_leaves_are_no_values(azure, preview):
    azure.what_if = {"changes": [change(payload=after(minimumTlsVersion="[reference('x').tls]"))]}
    _, report, _ = preview(template(account()), "--show-passed")
    assert verdicts(report) == {(f"{ACCOUNT}/st1", "unknown")}


def test_a_resource_of_a_template_that_is_not_on_disk_is_judged(azure, preview):
    azure.what_if = {"changes": [change(), change(payload=after("extra", minimumTlsVersion="TLS1_0"))]}
    status, report, _ = preview(template(account()))
    assert status == 1 and verdicts(report) == {(f"{ACCOUNT}/extra", "fail")}


def test_a_companion_is_found_by_its_id(azure, preview):
    """What the service adds is linked by plain ids: a child's parent, an extension's scope."""
    vault = {"type": "Microsoft.KeyVault/vaults", "apiVersion": "2023-07-01", "name": "kv", "location": "japaneast", "properties": {}}
    told = {**vault, "id": f"{ABOVE}/Microsoft.KeyVault/vaults/kv"}
    setting = {
        "id": f"{told['id']}/providers/Microsoft.Insights/diagnosticSettings/log",
        "type": "Microsoft.Insights/diagnosticSettings",
        "name": "log",
        "properties": {"workspaceId": "/x", "logs": [{"categoryGroup": "audit", "enabled": True}]},
    }
    azure.what_if = {"changes": [change(payload=told)]}
    _, report, _ = preview(template(vault), policies="CP_LOG_011")
    assert {verdict for _, verdict in verdicts(report, "CP_LOG_011")} == {"fail"}
    azure.what_if["changes"].append(change(payload=setting))
    _, report, _ = preview(template(vault), "--show-passed", policies="CP_LOG_011")
    assert (f"{vault['type']}/kv", "pass") in verdicts(report, "CP_LOG_011")


def test_what_the_template_does_not_hold_is_counted(azure, preview):
    azure.what_if = {"changes": [change(), change("Ignore", after("other"))]}
    _, report, _ = preview(template(account()))
    assert messages(report, "not-in-template") and not verdicts(report)


def test_the_service_s_refusal_is_told_with_its_innermost_reason(azure, preview):
    azure.validate = (
        400,
        {},
        {
            "error": {
                "code": "InvalidTemplateDeployment",
                "message": "The template deployment is not valid according to the validation procedure. See inner errors for details.",
                "details": [
                    {
                        "code": "PreflightValidationCheckFailed",
                        "message": "Preflight validation failed.",
                        "details": [{"code": "AccountNameInvalid", "message": "a is not a valid storage account name.", "target": "a"}],
                    }
                ],
            }
        },
    )
    status, _, said = preview(template(account()), expect_report=False)
    assert status == 2 and "AccountNameInvalid: a is not a valid storage account name." in said and "inner errors" not in said


def test_a_failed_what_if_is_told(azure, preview):
    azure.faults["whatIf"] = fault(400, "DeploymentWhatIfResourceError", "The request to predict changes has failed.")
    status, _, said = preview(template(account()), expect_report=False)
    assert status == 2 and "DeploymentWhatIfResourceError" in said


def test_a_secret_of_a_parameter_file_is_never_repeated(azure, preview, tmp_path):
    (tmp_path / "t.parameters.json").write_text(
        json.dumps({"parameters": {"password": {"value": "hunter2-value"}, "tls": {"value": "TLS1_2"}}})
    )
    body = template(account(), password={"type": "secureString"})
    warning = {"code": "X", "level": "Warning", "message": "the value hunter2-value is short"}
    azure.what_if = {"changes": [change(payload=after(password="hunter2-value"))], "diagnostics": [warning]}
    _, report, said = preview(body, "--show-passed", policies="")
    assert "hunter2-value" not in said and "****" in messages(report, "preview-diagnostic")[0]
    assert azure.bodies[0]["properties"]["parameters"]["password"] == {"value": "hunter2-value"}
    azure.validate = fault(400, "InvalidTemplate", "hunter2-value is not allowed")
    _, _, said = preview(body, expect_report=False)
    assert "hunter2-value" not in said and "****" in said


def test_diagnostics_of_the_service_are_told(azure, preview):
    warning = {"code": "NestedDeploymentShortCircuited", "level": "Warning", "message": "A nested deployment got short-circuited."}
    azure.validate = {"properties": {"provisioningState": "Succeeded", "diagnostics": [warning]}}
    azure.what_if = {"changes": [change()], "diagnostics": [warning]}
    _, report, _ = preview(template(account()))
    assert messages(report, "preview-diagnostic") == ["NestedDeploymentShortCircuited: A nested deployment got short-circuited."]


def test_bicep_has_to_be_compiled(azure, preview):
    status, _, said = preview("param tls string\n", name="t.bicep", expect_report=False)
    assert status == 2 and "az bicep build --file t.bicep" in said and "t.json" in said
    assert not azure.asked


def test_values_of_a_bicepparam_file_are_sent(azure, preview, tmp_path):
    (tmp_path / "p.bicepparam").write_text("using 't.bicep'\nparam tls = toUpper('tls1_2')\n")
    azure.what_if = {"changes": [change()]}
    preview(template(account()), "--parameters", str(tmp_path / "p.bicepparam"))
    assert azure.bodies[0]["properties"]["parameters"] == {"tls": {"value": "TLS1_2"}}
    (tmp_path / "p.bicepparam").write_text("using 't.bicep'\nparam tls = readEnvironmentVariable('TLS')\n")
    status, _, said = preview(template(account()), "--parameters", str(tmp_path / "p.bicepparam"), expect_report=False)
    assert status == 2 and "az bicep build-params" in said


def test_the_scope_of_the_template_and_of_the_command(azure, preview):
    status, _, said = preview(template(account(), schema=AT_SUBSCRIPTION), expect_report=False)
    assert status == 2 and "--location" in said and not azure.asked
    status, _, said = preview(template(account()), where=("--location", "japaneast"), expect_report=False)
    assert status == 2 and "--resource-group" in said and not azure.asked


def test_a_missing_permission_is_named(azure, preview):
    action = "Microsoft.Resources/deployments/whatIf/action"
    azure.faults["whatIf"] = fault(
        403, "AuthorizationFailed", f"The client 'c' does not have authorization to perform action '{action}' over scope '/x'"
    )
    status, _, said = preview(template(account()), expect_report=False)
    assert status == 2 and action in said and "docs/cloud.md" in said


def test_a_missing_group_is_told(azure, preview):
    status, _, said = preview(template(account()), where=("--resource-group", "gone"), expect_report=False)
    assert status == 2 and "'gone' could not be found" in said


def test_a_broken_connection_and_throttling_are_waited_out(azure, preview):
    azure.what_if = {"changes": [change()]}
    azure.faults.update(
        validate=[fault(429, "TooManyRequests", Retry_After="3"), CUT], poll=[CUT, CUT], whatIf=[fault(503, "ServiceUnavailable")]
    )
    status, report, _ = preview(template(account()), "--show-passed")
    assert status == 0 and verdicts(report) == {(f"{ACCOUNT}/st1", "pass")}


def test_a_connection_that_stays_broken(azure, preview):
    azure.faults["whatIf"] = CUT
    status, _, said = preview(template(account()), expect_report=False)
    assert status == 2 and "does not answer" in said


def test_a_template_that_cannot_be_read(azure, preview):
    status, _, said = preview('{"resources": [', expect_report=False)
    assert status == 2 and "t.json" in said and not azure.asked


def test_an_approved_exception_counts_in_a_preview_too(azure, preview, tmp_path):
    azure.what_if = {"changes": [change(payload=after(minimumTlsVersion="TLS1_0"))]}
    entry = {"id": "W-001", "policy": "CP_TLS_002", "resource": f"{ACCOUNT}/st1", "file": "t.json", "reason": "old clients"}
    people = {"requested_by": "a", "approved_by": "b", "granted": "2026-01-01", "expires": "2099-01-01"}
    (tmp_path / "cloudpolicy.toml").write_text("waiver_max_days = 100000\n")
    (tmp_path / "cloudpolicy-waivers.yaml").write_text(json.dumps({"waivers": [{**entry, **people}]}))
    status, report, _ = preview(template(account()))
    assert status == 0 and verdicts(report) == {(f"{ACCOUNT}/st1", "waived")}


@pytest.mark.parametrize("end", ["Failed", "Canceled"])
def test_an_operation_that_does_not_succeed(azure, preview, end):
    azure.ends = end
    status, _, said = preview(template(account()), expect_report=False)
    assert status == 2 and f"Operation{end}" in said


@pytest.mark.parametrize("answer", [{"status": "Failed"}, {"status": "Canceled", "properties": {}}])
def test_an_answer_that_says_only_that_it_failed(azure, preview, answer):
    azure.validate = answer
    status, _, said = preview(template(account()), expect_report=False)
    assert status == 2 and answer["status"] in said


def test_settings_named_like_secrets_are_settled(azure, preview):
    """`disablePasswordAuthentication` holds no password: what the service says of it counts."""
    type = "Microsoft.Compute/virtualMachines"
    linux = {"disablePasswordAuthentication": "[parameters('off')]"}
    body = {
        "type": type,
        "apiVersion": "2023-09-01",
        "name": "vm",
        "location": "japaneast",
        "properties": {"osProfile": {"linuxConfiguration": linux}},
    }
    for value, verdict in ((False, "fail"), (True, "pass")):
        told = {
            **body,
            "id": f"{ABOVE}/{type}/vm",
            "properties": {"osProfile": {"linuxConfiguration": {"disablePasswordAuthentication": value}}},
        }
        azure.what_if = {"changes": [change(payload=told)]}
        _, report, _ = preview(template(body, off={"type": "bool"}), "--show-passed", policies="CP_VM")
        of = {f["verdict"] for f in report["findings"] if f["attribute"].endswith("disablePasswordAuthentication")}
        assert of == {verdict}
