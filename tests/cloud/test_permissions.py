"""The permissions that docs/cloud.md lists are those that the commands use, as recorded at the HTTP level: no more, no fewer."""

import fnmatch
import json
import pathlib
import re

import pytest

from cloud.azure_stand_in import SUBSCRIPTION, listed
from cloud.between import result
from cloudpolicy import cli

ROOT = pathlib.Path(__file__).parents[2]
# What the service itself does with the caller's rights: no request of ours shows it.
BY_SERVICE = {
    "live aws --drift": {"cloudformation:BatchDescribeTypeConfigurations", "cloudformation:DetectStackResourceDrift"},
    "preview aws": {"s3:GetObject"},
}
TEMPLATE = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})


def documented(page="cloud.md"):
    text = (ROOT / "docs" / page).read_text("utf-8")
    return {name: json.loads(body) for name, body in re.findall(r"<!-- policy: (.+?) -->\n```json\n(.*?)```", text, re.S)}


def allowed(name):
    statements = documented()[name]["Statement"]
    return {action for one in statements if one["Effect"] == "Allow" for action in one["Action"]} - BY_SERVICE.get(name, set())


def used(asked):
    methods = {"PUT": "s3:PutObject", "DELETE": "s3:DeleteObject"}
    return {methods.get(entry.split()[0], f"cloudformation:{entry}") + ("Version" if "versionId=" in entry else "") for entry in asked}


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.fixture
def stack(between, aws, quick):
    aws.client("cloudformation").create_stack(StackName="s", TemplateBody=TEMPLATE)
    between.asked.clear()
    return between


def test_both_pages_list_the_same():
    assert documented("cloud.md") == documented("cloud.ja.md") and len(documented()) == 6


def test_live_aws(stack, capsys):
    cli.run(["live", "aws", "--all"])
    cli.run(["live", "aws", "--stack", "s"])
    assert used(stack.asked) == allowed("live aws")


def test_live_aws_with_drift(stack, capsys):
    state = "<StackId>s</StackId><StackDriftDetectionId>d</StackDriftDetectionId><DetectionStatus>DETECTION_COMPLETE</DetectionStatus>"
    state += "<Timestamp>2026-01-01T00:00:00Z</Timestamp>"
    stack.answers["DetectStackDrift"] = result("DetectStackDrift", "<StackDriftDetectionId>d</StackDriftDetectionId>")
    stack.answers["DescribeStackDriftDetectionStatus"] = result("DescribeStackDriftDetectionStatus", state)
    stack.answers["DescribeStackResourceDrifts"] = result("DescribeStackResourceDrifts", "<StackResourceDrifts/>")
    cli.run(["live", "aws", "--all", "--drift"])
    assert used(stack.asked) - allowed("live aws") == allowed("live aws --drift")


def test_preview_aws(stack, aws, capsys, tmp_path):
    for name in ("mine", "versioned"):
        aws.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    aws.client("s3").put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
    nested = {"Resources": {"N": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://x/n.json"}}}}
    stack.answers["GetTemplate"] = result("GetTemplate", f"<TemplateBody>{json.dumps(nested)}</TemplateBody>")
    stack.asked.clear()
    (tmp_path / "t.json").write_text(json.dumps({"Description": "Transform", **json.loads(TEMPLATE)}))
    (tmp_path / "large.json").write_text(TEMPLATE + " " * 52_000)
    cli.run(["preview", "aws", str(tmp_path / "t.json"), "--stack", "s"])
    cli.run(["preview", "aws", str(tmp_path / "t.json"), "--stack", "new"])
    for name in ("mine", "versioned"):
        cli.run(["preview", "aws", str(tmp_path / "large.json"), "--stack", "s", "--bucket", name])
    assert used(stack.asked) == allowed("preview aws")
    assert set(documented()["preview aws"]["Statement"][-1]["Action"]) == {"cloudformation:ExecuteChangeSet"}


def test_change_sets_have_the_name_that_the_policy_demands(stack, capsys, tmp_path, monkeypatch):
    from cloudpolicy.cloud.aws.connection import Connection

    seen = []
    real = Connection.call

    def noted(self, service, operation, **given):
        seen.append(given.get("ChangeSetName"))
        return real(self, service, operation, **given)

    monkeypatch.setattr(Connection, "call", noted)
    (tmp_path / "t.json").write_text(TEMPLATE)
    cli.run(["preview", "aws", str(tmp_path / "t.json"), "--stack", "s"])
    (pattern,) = [
        one["Condition"]["StringLike"]["cloudformation:ChangeSetName"]
        for one in documented()["preview aws"]["Statement"]
        if "Condition" in one
    ]
    assert any(seen) and all(fnmatch.fnmatchcase(name, pattern) for name in seen if name)


def test_preview_aws_without_a_change_set(stack, capsys, tmp_path):
    (tmp_path / "t.json").write_text(TEMPLATE)
    cli.run(["preview", "aws", str(tmp_path / "t.json"), "--stack", "s", "--no-change-set"])
    assert used(stack.asked) == allowed("preview aws --no-change-set")


def azure_actions(asked):
    """The action that Resource Manager checks for each request; it checks an export of a group as reading the group."""
    found = set()
    for method, path in asked:
        if path == "/msi/token":
            continue
        rest = re.sub(rf"^/subscriptions/{SUBSCRIPTION}", "", path)
        group = re.match(r"/resourcegroups(?:/[^/]+)?", rest, re.I)
        rest = rest[group.end() :] if group else rest
        deployment = re.fullmatch(r"/providers/(Microsoft\.Resources)/(deployments)/[^/]+/(validate|whatIf)", rest)
        if deployment and method == "POST":
            found.add(f"{deployment[1]}/{deployment[2]}/{deployment[3]}/action")
        elif rest == "/exportTemplate" and method == "POST":
            found.add("Microsoft.Resources/subscriptions/resourceGroups/read")
        else:
            assert method == "GET", (method, path)
            kind = "subscriptions/resourceGroups" if group else "subscriptions/operationresults"
            found.add(f"Microsoft.Resources/{kind}{'/resources' if rest == '/resources' else ''}/read")
    return found


@pytest.mark.parametrize("name", ["live azure", "preview azure"])
def test_azure(azure, capsys, tmp_path, name):
    type = "Microsoft.Network/virtualNetworks"
    body = {
        "$schema": "x/deploymentTemplate.json#",
        "resources": [{"type": type, "apiVersion": "2023-09-01", "name": "v", "properties": {}}],
    }
    azure.groups["rg"] = {"resources": [listed(type, "v")], "template": body}
    (tmp_path / "t.json").write_text(json.dumps(body))
    (tmp_path / "s.json").write_text(json.dumps({"$schema": "x/subscriptionDeploymentTemplate.json#", "resources": []}))
    if name == "live azure":
        cli.run(["live", "azure", "--all"])
        cli.run(["live", "azure", "--resource-group", "rg"])
    else:
        cli.run(["preview", "azure", str(tmp_path / "t.json"), "--resource-group", "rg"])
        cli.run(["preview", "azure", str(tmp_path / "s.json"), "--location", "japaneast"])
    role = documented()[name]["Actions"]
    actions = azure_actions(azure.asked)
    assert len(actions) >= 3
    assert all(any(fnmatch.fnmatchcase(action, allowed) for allowed in role) for action in actions)
    assert all(any(fnmatch.fnmatchcase(action, allowed) for action in actions) for allowed in role)
