"""Deployed resource groups behind a server that speaks as the Resource Manager does, asked by the real SDK."""

import json
import subprocess
import sys

import pytest

from cloud.azure_stand_in import CUT, HEADER, SUBSCRIPTION, TOKEN, fault, listed
from cloudpolicy import cli
from cloudpolicy.cloud.azure.connection import ASKS, Connection, _explained
from cloudpolicy.cloud.errors import CloudError

SCHEMA = "https://schema.management.azure.com/schemas/2015-01-01/deploymentTemplate.json#"
ACCOUNT = "Microsoft.Storage/storageAccounts"
VAULT = "Microsoft.KeyVault/vaults"


def template(*resources, **parameters):
    return {"$schema": SCHEMA, "contentVersion": "1.0.0.0", "parameters": parameters, "variables": {}, "resources": list(resources)}


def account(name="st1", **properties):
    properties = {"supportsHttpsTrafficOnly": True, "minimumTlsVersion": "TLS1_2", **properties}
    return {
        "type": ACCOUNT,
        "apiVersion": "2023-01-01",
        "name": name,
        "location": "japaneast",
        "sku": {"name": "Standard_ZRS"},
        "kind": "StorageV2",
        "properties": properties,
    }


def group(*resources, **more):
    return {"resources": [listed(one["type"], one["name"]) for one in resources], "template": template(*resources), **more}


def live(capsys, *argv):
    status = cli.run(["live", "azure", "--format", "json", "--lang", "en", *argv])
    out, err = capsys.readouterr()
    said = out + err
    assert TOKEN not in said and HEADER not in said and "Traceback" not in said
    return status, json.loads(out) if out.startswith("{") else None, said


def verdicts(report, policy):
    return {(f["resource"]["address"], f["verdict"]) for f in report["findings"] if f["policy"] == policy}


def codes(report, severity="error"):
    return [d["code"] for d in report["diagnostics"] if d["severity"] == severity]


def test_an_exported_parameter_decides(azure, capsys):
    """As the service exports: names and values as parameters with their values as defaults, secrets without any."""
    one = account("[parameters('storageAccounts_st1_name')]", allowBlobPublicAccess=True, minimumTlsVersion="[parameters('tls')]")
    parameters = {
        "storageAccounts_st1_name": {"defaultValue": "st1", "type": "String"},
        "tls": {"defaultValue": "TLS1_0", "type": "String"},
        "st1_secret": {"defaultValue": None, "type": "SecureString"},
    }
    azure.groups["rg"] = {"resources": [listed(ACCOUNT, "st1")], "template": template(one, **parameters)}
    status, report, _ = live(capsys, "--resource-group", "rg", "--select", "CP_TLS_002,CP_IAM_007")
    assert status == 1
    assert verdicts(report, "CP_TLS_002") == {(f"{ACCOUNT}/st1", "fail")} and verdicts(report, "CP_IAM_007") == {(f"{ACCOUNT}/st1", "fail")}
    finding = next(f for f in report["findings"] if f["policy"] == "CP_TLS_002")
    assert finding["location"]["file"] == f"{SUBSCRIPTION}/rg.json" and finding["location"]["line"] > 1
    assert report["estates"][0]["source"] == "live" and report["run"]["origin"] == "live"
    assert azure.bodies[0] == {"resources": ["*"], "options": "IncludeParameterDefaultValue"}


def test_all_groups_over_several_pages(azure, capsys):
    for number in range(5):
        azure.groups[f"rg{number}"] = group(account(f"st{number}", supportsHttpsTrafficOnly=number != 3))
    azure.page = 2
    status, report, _ = live(capsys, "--all", "--select", "CP_TLS_001")
    assert status == 1 and [e["root"] for e in report["estates"]] == [f"{SUBSCRIPTION}/rg{n}.json" for n in range(5)]
    assert {f["location"]["file"] for f in report["findings"]} == {f"{SUBSCRIPTION}/rg3.json"}


def test_only_questions_are_sent(azure, capsys):
    azure.groups["rg"] = group(account())
    live(capsys, "--all")
    live(capsys, "--resource-group", "rg")
    assert {method for method, _ in azure.asked} == {"GET", "POST"}
    assert {path.rpartition("/")[2].lower() for method, path in azure.asked if method == "POST"} <= set(ASKS)


def test_nothing_else_leaves_the_machine(azure):
    connection = Connection(SUBSCRIPTION)
    with pytest.raises(CloudError, match="not made"):
        connection.ask("x", connection.resources.resource_groups.begin_delete, "rg")
    with pytest.raises(CloudError, match="not made"):
        connection.pages("x", lambda: [connection.resources.resource_groups.create_or_update("rg", {"location": "x"})]).__next__()
    assert [path for _, path in azure.asked if path != "/msi/token"] == []


@pytest.mark.parametrize("asked", ["exportTemplate", "resources"])
def test_a_provider_is_not_registered_on_the_way(azure, capsys, asked):
    """The SDK registers a provider by itself when the service asks for it: that would be a change."""
    azure.groups["rg"] = group(account())
    message = "The subscription is not registered to use namespace 'Microsoft.Foo'"
    azure.faults[asked] = fault(409, "MissingSubscriptionRegistration", message)
    status, report, said = live(capsys, "--resource-group", "rg")
    assert status == 2 and codes(report) == ["provider-not-registered"] and "az provider register --namespace Microsoft.Foo" in said
    assert not [path for _, path in azure.asked if "register" in path]


def test_what_the_export_leaves_out_is_listed_and_never_passes(azure, capsys):
    said = f"The schema of resource type '{VAULT}' is not available. Resources of this type will not be exported to the template."
    errors = [{"code": "ResourceTypeSchemaNotFound", "target": VAULT, "message": said}]
    azure.groups["rg"] = group(account(), errors=errors)
    azure.groups["rg"]["resources"] += [listed(VAULT, "kv1"), listed("Microsoft.Compute/disks", "silent")]
    _, report, _ = live(capsys, "--resource-group", "rg", "--show-passed")
    told = [d["message"] for d in report["diagnostics"] if d["code"] == "not-exported"]
    assert len(told) == 2 and said in told[0] and "Microsoft.Compute/disks/silent" in told[1]
    of = {(f["resource"]["address"], f["verdict"]) for f in report["findings"]}
    assert (f"{VAULT}/kv1", "unknown") in of and (f"{VAULT}/kv1", "pass") not in of
    assert not {f for f in of if f[0].endswith("/silent") and f[1] == "pass"}
    assert any(f["verdict"] == "pass" and f["resource"]["address"] == f"{ACCOUNT}/st1" for f in report["findings"])
    assert report["estates"][0]["counts"]["pass"] == sum(f["verdict"] == "pass" for f in report["findings"])


def test_children_of_a_type_that_is_not_exported_are_in_doubt(azure, capsys):
    """Encryption is on by default, so no setting passes; here there may be a setting, and nobody knows which."""
    type = "Microsoft.Sql/servers/databases/transparentDataEncryption"
    server = {"type": "Microsoft.Sql/servers", "apiVersion": "2021-11-01", "name": "sql", "location": "japaneast", "properties": {}}
    database = {
        "type": "Microsoft.Sql/servers/databases",
        "apiVersion": "2021-11-01",
        "name": "sql/db",
        "location": "japaneast",
        "properties": {},
    }
    azure.groups["rg"] = group(server, database)
    _, report, _ = live(capsys, "--resource-group", "rg", "--select", "CP_DB_001", "--show-passed")
    assert ("Microsoft.Sql/servers/databases/sql/db", "pass") in verdicts(report, "CP_DB_001")
    message = f"Could not get resources of the type '{type}'. Resources of this type will not be exported."
    azure.groups["rg"]["errors"] = [{"code": "ExportTemplateProviderError", "target": type, "message": message}]
    _, report, _ = live(capsys, "--resource-group", "rg", "--select", "CP_DB_001", "--show-passed")
    assert ("Microsoft.Sql/servers/databases/sql/db", "unknown") in verdicts(report, "CP_DB_001")
    assert all((f["attribute"], f["seen"], f["related"]) == ("", None, []) for f in report["findings"]), (
        "what it would rest on is no evidence"
    )
    assert not [f for f in report["findings"] if f["verdict"] == "pass"]


def test_an_extension_resource_may_exist_unseen(azure, capsys):
    """Diagnostic settings are never exported: that there is none cannot be told."""
    vault = {"type": VAULT, "apiVersion": "2023-07-01", "name": "kv1", "location": "japaneast", "properties": {"enableSoftDelete": True}}
    azure.groups["rg"] = group(vault)
    _, report, _ = live(capsys, "--resource-group", "rg", "--select", "CP_LOG_011")
    (finding,) = report["findings"]
    assert finding["verdict"] == "unknown" and "does not export" in finding["message"]


def test_more_resources_than_the_service_exports_at_once(azure, capsys):
    network = {"type": "Microsoft.Network/networkSecurityGroups", "apiVersion": "2023-09-01", "name": "nsg", "location": "japaneast"}
    watched = [account(f"st{number:03d}") for number in range(205)]
    azure.groups["rg"] = group(*watched, {**network, "properties": {"securityRules": []}})
    azure.page = 100
    _, report, _ = live(capsys, "--resource-group", "rg", "--select", "CP_TLS_001")
    asked = [body["resources"] for body in azure.bodies]
    assert [len(part) for part in asked] == [200, 6] and all(id.startswith("/subscriptions/") for part in asked for id in part)
    assert report["estates"][0]["resources"] == 206 and not codes(report, "warning")


def test_a_missing_group_does_not_lose_the_others(azure, capsys):
    azure.groups["rg"] = group(account(supportsHttpsTrafficOnly=False))
    status, report, said = live(capsys, "--resource-group", "rg", "--resource-group", "gone", "--select", "CP_TLS_001")
    assert status == 2 and codes(report) == ["no-such-group"] and "'gone' could not be found" in said
    assert verdicts(report, "CP_TLS_001") == {(f"{ACCOUNT}/st1", "fail")}


def test_throttling_is_waited_out(azure, capsys):
    slow = fault(429, "TooManyRequests", "slow down", Retry_After="5")
    azure.groups["rg"] = group(account())
    azure.faults.update(resourcegroups=[slow, slow], exportTemplate=[slow], poll=[slow], resources=[fault(503, "ServiceUnavailable")])
    status, report, _ = live(capsys, "--resource-group", "rg", "--select", "CP_TLS_001")
    assert status == 0 and report["estates"][0]["resources"] == 1 and not codes(report)


def test_throttling_without_end_is_told(azure, capsys):
    azure.groups["rg"] = group(account())
    azure.faults["exportTemplate"] = fault(429, "TooManyRequests", "slow down", Retry_After="5")
    status, report, _ = live(capsys, "--resource-group", "rg")
    assert status == 2 and codes(report) == ["throttled"]
    assert not [f for f in report["findings"] if f["verdict"] == "pass"]


def test_a_missing_permission_is_named(azure, capsys):
    azure.groups["rg"] = group(account())
    action = "Microsoft.Resources/subscriptions/resourceGroups/exportTemplate/action"
    azure.faults["exportTemplate"] = fault(
        403,
        "AuthorizationFailed",
        "The client '1b2c' with object id '1b2c' does not have authorization to perform action "
        f"'{action}' over scope '/subscriptions/{SUBSCRIPTION}/resourcegroups/rg' or the scope is invalid.",
    )
    status, report, said = live(capsys, "--resource-group", "rg")
    assert status == 2 and codes(report) == ["access-denied"] and action in said and "docs/cloud.md" in said and "partial" in said
    assert report["estates"][0]["resources"] == 1, "what the listing shows is there, and unknown"


def test_expired_credentials_end_the_run(azure, capsys):
    for name in ("a", "b", "c"):
        azure.groups[name] = group(account(f"st{name}", supportsHttpsTrafficOnly=False))
    azure.faults["resources"] = [None, *[fault(401, "ExpiredAuthenticationToken", "The access token expiry UTC time is earlier.")] * 3]
    azure.faults["exportTemplate"] = [None, fault(401, "ExpiredAuthenticationToken", "The access token expiry UTC time is earlier.")]
    status, report, said = live(capsys, "--all", "--select", "CP_TLS_001")
    assert status == 2 and "credentials-expired" in codes(report) and "partial" in codes(report) and "1 of 3" in said
    assert verdicts(report, "CP_TLS_001") == {(f"{ACCOUNT}/sta", "fail")}, "what was had is judged"
    assert not [path for _, path in azure.asked if "/resourcegroups/c/" in path.lower()]


def test_a_connection_that_breaks_half_way(azure, capsys):
    azure.groups["rg"] = group(*(account(f"st{number}") for number in range(4)))
    azure.page = 2
    azure.faults["resources"] = [None, *[CUT] * 20]
    status, report, said = live(capsys, "--resource-group", "rg", "--select", "CP_TLS_001", "--show-passed")
    assert status == 2 and codes(report) == ["no-connection"] and "partial" in said
    assert len(verdicts(report, "CP_TLS_001")) == 4, "the export is judged all the same"


def test_a_connection_that_breaks_once_is_tried_again(azure, capsys):
    azure.groups["rg"] = group(account())
    azure.faults.update(exportTemplate=[CUT], poll=[CUT], resources=[CUT])
    status, report, _ = live(capsys, "--resource-group", "rg", "--select", "CP_TLS_001")
    assert status == 0 and not codes(report)


def test_no_server_at_all(azure, capsys, monkeypatch):
    monkeypatch.setenv("ARM_ENDPOINT", "https://127.0.0.1:1")
    status, report, said = live(capsys, "--all")
    assert status == 2 and codes(report) == ["no-connection"] and "ARM_ENDPOINT" in said


def test_a_token_is_not_sent_in_the_clear(azure, capsys, monkeypatch):
    monkeypatch.setenv("ARM_ENDPOINT", azure.url.replace("https", "http"))
    status, report, _ = live(capsys, "--all")
    assert status == 2 and codes(report) == ["not-https"]


def test_without_credentials(azure, capsys, monkeypatch):
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    status, report, said = live(capsys, "--all")
    assert status == 2 and codes(report) == ["no-credentials"] and "az login" in said


def test_entra_s_refusal_is_named_and_nothing_of_it_is_repeated():
    from azure.core.exceptions import ClientAuthenticationError

    error = _explained(ClientAuthenticationError("AADSTS7000222: The provided client secret keys for app 'secret-app' are expired."), "x")
    assert error.diagnostic.code == "credentials-refused" and "AADSTS7000222" in error.diagnostic.text.en
    assert "secret-app" not in error.diagnostic.text.en + error.diagnostic.text.ja


def test_a_program_of_its_own(azure, tmp_path):
    """As a user runs it: no warning of the SDK, no traceback, no token in any output or file, whatever the language."""
    import os

    azure.groups["rg"] = group(account(supportsHttpsTrafficOnly=False))
    files = [tmp_path / name for name in ("r.json", "r.sarif", "r.md", "r.xml", "r.txt")]
    argv = [sys.executable, "-m", "cloudpolicy", "live", "azure", "--all", "--keep", str(tmp_path / "kept"), "--verbose", "--show-passed"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [*argv, "--lang", "ja", *(f"--output={file}" for file in files)], capture_output=True, text=True, env=env, timeout=500
    )
    assert done.returncode == 1 and done.stderr == ""
    texts = [done.stdout, *(path.read_text() for path in tmp_path.rglob("*") if path.is_file())]
    assert len(texts) >= 7 and not [text for text in texts if TOKEN in text or HEADER in text]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["azure", "--all", "--subscription", "x"], "no subscription id"),
        (["azure", "--all", "--stack", "s"], "--stack is an option of aws"),
        (["azure"], "--resource-group NAME or --all"),
        (["azure", "--all", "--against", __file__], "exactly one --resource-group"),
        (["aws", "--all", "--resource-group", "rg"], "--resource-group is an option of azure"),
    ],
)
def test_options_that_do_not_fit(argv, said, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.run(["live", *argv, "--lang", "en"])
    assert ended.value.code == 2 and said in capsys.readouterr().err


def test_a_subscription_is_needed(capsys, monkeypatch):
    monkeypatch.delenv("AZURE_SUBSCRIPTION_ID", raising=False)
    with pytest.raises(SystemExit):
        cli.run(["live", "azure", "--all", "--lang", "en"])
    assert "AZURE_SUBSCRIPTION_ID" in capsys.readouterr().err


def test_an_export_that_tells_its_state_apart(azure, capsys):
    azure.groups["rg"] = group(account(supportsHttpsTrafficOnly=False))
    azure.ends, azure.polls = "Succeeded", 0
    status, report, _ = live(capsys, "--resource-group", "rg", "--select", "CP_TLS_001")
    assert status == 1 and verdicts(report, "CP_TLS_001") == {(f"{ACCOUNT}/st1", "fail")} and not codes(report)
    assert any("operationstatuses" in path for _, path in azure.asked)


@pytest.mark.parametrize("end", ["Failed", "Canceled"])
def test_an_export_that_does_not_succeed(azure, capsys, end):
    azure.groups["rg"] = group(account())
    azure.ends = end
    status, report, said = live(capsys, "--resource-group", "rg", "--show-passed")
    assert status == 2 and codes(report) == ["cloud-error"] and f"Operation{end}" in said and "partial" in said
    assert not [f for f in report["findings"] if f["verdict"] == "pass"]


def test_an_empty_subscription_is_said_aloud(azure, capsys):
    status, report, _ = live(capsys, "--all")
    assert status == 0 and codes(report, "warning") == ["nothing-deployed"]


@pytest.mark.parametrize("status", [200, 403, 502])
@pytest.mark.parametrize("asked", ["resourcegroups", "resources", "exportTemplate", "poll"])
def test_an_answer_that_is_none_of_the_service(azure, capsys, asked, status):
    """A page of a proxy in place of JSON."""
    azure.groups["rg"] = group(account())
    azure.faults[asked] = (status, {}, b"<!doctype html><title>Proxy</title>")
    code, report, said = live(capsys, "--all", "--show-passed")
    assert code == 2 and codes(report) and "<title>" not in said


def test_names_of_any_letters(azure, capsys, tmp_path):
    """Resource groups may be named in Japanese, with brackets and dots; each has a file of its own that leads nowhere else."""
    names = ["rg-本番", "rg-検証", "rg.(x)", "庁" * 90]
    for name in names:
        azure.groups[name] = {"resources": [listed(ACCOUNT, "st1", name)], "template": template(account(supportsHttpsTrafficOnly=False))}
    status, report, _ = live(capsys, "--all", "--select", "CP_TLS_001", "--keep", str(tmp_path / "kept"))
    assert status == 1 and not codes(report) and [e["notes"]["resource_group"] for e in report["estates"]] == names
    assert (tmp_path / "kept" / SUBSCRIPTION / "rg-本番.json").exists()
    assert len({f["location"]["file"] for f in report["findings"]}) == len(list((tmp_path / "kept").rglob("*.json"))) == 4
    status, report, _ = live(capsys, "--resource-group", "rg-本番", "--select", "CP_TLS_001")
    assert status == 1 and report["run"]["asked"]["resource_groups"] == ["rg-本番"]


@pytest.mark.parametrize("bundle", ["/no/bundle.pem", ""])
def test_a_certificate_that_is_not_trusted(azure, capsys, monkeypatch, bundle):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    status, report, said = live(capsys, "--all")
    assert status == 2 and codes(report) == ["no-connection"] and "REQUESTS_CA_BUNDLE" in said
