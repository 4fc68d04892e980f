"""Drift: what the service says was changed by hand, and a deployed stack held against the repository."""

import json

import pytest

from cloud.between import result
from cloudpolicy import cli

TEMPLATE = {
    "Resources": {
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": True, "KeyPolicy": {"Version": "2012-10-17", "Statement": []}}}
    }
}
DRIFTS = """<StackResourceDrifts><member><StackId>s</StackId><LogicalResourceId>Key</LogicalResourceId><PhysicalResourceId>k</PhysicalResourceId>
<ResourceType>AWS::KMS::Key</ResourceType><ExpectedProperties>{}</ExpectedProperties>
<ActualProperties>{&quot;EnableKeyRotation&quot;:false}</ActualProperties>
<PropertyDifferences><member><PropertyPath>/EnableKeyRotation</PropertyPath><ExpectedValue>true</ExpectedValue><ActualValue>false</ActualValue>
<DifferenceType>NOT_EQUAL</DifferenceType></member></PropertyDifferences>
<StackResourceDriftStatus>MODIFIED</StackResourceDriftStatus><Timestamp>2026-01-01T00:00:00Z</Timestamp></member></StackResourceDrifts>"""


@pytest.fixture
def deployed(between, aws, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    aws.client("cloudformation").create_stack(StackName="s", TemplateBody=json.dumps(TEMPLATE))
    state = "<StackId>s</StackId><StackDriftDetectionId>d</StackDriftDetectionId><DetectionStatus>{}</DetectionStatus><Timestamp>2026-01-01T00:00:00Z</Timestamp>"
    between.answers["DetectStackDrift"] = result("DetectStackDrift", "<StackDriftDetectionId>d</StackDriftDetectionId>")
    between.answers["DescribeStackDriftDetectionStatus"] = [
        result("DescribeStackDriftDetectionStatus", state.format("DETECTION_IN_PROGRESS")),
        result("DescribeStackDriftDetectionStatus", state.format("DETECTION_COMPLETE")),
    ]
    between.answers["DescribeStackResourceDrifts"] = result("DescribeStackResourceDrifts", DRIFTS)
    return between


def live(capsys, *argv):
    status = cli.run(["live", "aws", "--stack", "s", "--format", "json", "--lang", "en", *argv])
    out, err = capsys.readouterr()
    return status, json.loads(out) if out.startswith("{") else None, out + err


def test_the_real_value_is_judged_and_the_change_is_told(deployed, capsys):
    _, before, _ = live(capsys, "--select", "CP_KEY_002")
    assert not before["findings"]
    status, report, _ = live(capsys, "--select", "CP_KEY_002", "--drift")
    assert status == 1 and [(f["policy"], f["verdict"]) for f in report["findings"]] == [("CP_KEY_002", "fail")]
    (told,) = [d for d in report["diagnostics"] if d["code"] == "drifted"]
    assert "EnableKeyRotation (true → false)" in told["message"]
    assert report["run"]["drift"] == [
        {
            "stack": "s",
            "region": "ap-northeast-1",
            "resource": "Key",
            "status": "modified",
            "properties": [{"path": "EnableKeyRotation", "expected": "true", "actual": "false"}],
        }
    ]


def test_a_failed_detection_is_an_error(deployed, capsys):
    deployed.answers["DescribeStackDriftDetectionStatus"] = result(
        "DescribeStackDriftDetectionStatus",
        "<StackId>s</StackId><StackDriftDetectionId>d</StackDriftDetectionId><DetectionStatus>DETECTION_FAILED</DetectionStatus>"
        "<DetectionStatusReason>why</DetectionStatusReason><Timestamp>2026-01-01T00:00:00Z</Timestamp>",
    )
    status, report, _ = live(capsys, "--drift")
    assert status == 2 and any(d["code"] == "drift-not-detected" for d in report["diagnostics"])


def test_held_against_the_repository(deployed, capsys, tmp_path):
    same = tmp_path / "t.json"
    same.write_text(json.dumps(TEMPLATE))
    status, report, _ = live(capsys, "--select", "CP_KEY_002", "--against", str(same))
    assert status == 0 and not [d for d in report["diagnostics"] if d["code"] == "differs-from-source"]
    changed = json.loads(json.dumps(TEMPLATE))
    changed["Resources"]["Key"]["Properties"]["EnableKeyRotation"] = False
    changed["Resources"]["More"] = {"Type": "AWS::SNS::Topic"}
    same.write_text(json.dumps(changed, indent=2))
    status, report, _ = live(capsys, "--select", "CP_KEY_002", "--against", str(same))
    told = [d["message"] for d in report["diagnostics"] if d["code"] == "differs-from-source"]
    assert status == 1
    assert any("`EnableKeyRotation` is false in t.json and true deployed" in text for text in told)
    assert any("More is in t.json but not deployed" in text for text in told)
