"""Drift: what the service says was changed by hand, and a deployed stack held against the repository."""

import json
from xml.sax.saxutils import escape

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
    which = [] if "--stack" in argv else ["--stack", "s"]
    status = cli.run(["live", "aws", *which, "--format", "json", "--lang", "en", *argv])
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


def drift(name, status, expected=None, actual=None, *differences, type="AWS::X::Y"):
    """One entry of DescribeStackResourceDrifts; `differences`: (path, expected, actual, kind)."""
    texts = "".join(
        f"<{key}>{escape(json.dumps(value))}</{key}>"
        for key, value in (("ExpectedProperties", expected), ("ActualProperties", actual))
        if value is not None
    )
    found = "".join(
        f"<member><PropertyPath>{path}</PropertyPath><ExpectedValue>{escape(old)}</ExpectedValue><ActualValue>{escape(new)}</ActualValue>"
        f"<DifferenceType>{kind}</DifferenceType></member>"
        for path, old, new, kind in differences
    )
    return (
        f"<member><StackId>s</StackId><LogicalResourceId>{name}</LogicalResourceId><ResourceType>{type}</ResourceType>{texts}"
        f"<PropertyDifferences>{found}</PropertyDifferences><StackResourceDriftStatus>{status}</StackResourceDriftStatus>"
        "<Timestamp>2026-01-01T00:00:00Z</Timestamp></member>"
    )


def tell(server, *entries):
    server.answers["DescribeStackResourceDrifts"] = result(
        "DescribeStackResourceDrifts", f"<StackResourceDrifts>{''.join(entries)}</StackResourceDrifts>"
    )


def deploy(aws, template, name="other"):
    aws.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps({"Resources": template}))


def test_what_was_taken_away_by_hand_is_not_there(deployed, aws, capsys):
    deploy(aws, {"Key": TEMPLATE["Resources"]["Key"]})
    expected = {"EnableKeyRotation": True, "Description": "d"}
    tell(deployed, drift("Key", "MODIFIED", expected, {"Description": "d"}, ("/EnableKeyRotation", "true", "null", "REMOVE")))
    status, report, _ = live(capsys, "--stack", "other", "--select", "CP_KEY_002", "--drift", "--show-passed")
    assert status == 1 and {f["verdict"] for f in report["findings"]} == {"fail"}


def test_a_deleted_resource_is_not_judged_and_guards_nothing(deployed, aws, capsys):
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "bucket-1"}}
    tls = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::bucket-1", "arn:aws:s3:::bucket-1/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {"Bucket": {"Ref": "B"}, "PolicyDocument": {"Version": "2012-10-17", "Statement": [tls]}},
    }
    deploy(aws, {"B": bucket, "P": policy})
    same = drift("B", "IN_SYNC")
    tell(deployed, same, drift("P", "IN_SYNC"))
    asked = ("--stack", "other", "--select", "CP_TLS", "--drift", "--show-passed")
    _, before, _ = live(capsys, *asked)
    assert {(f["resource"]["address"], f["verdict"]) for f in before["findings"]} == {("B", "pass")}
    tell(deployed, same, drift("P", "DELETED"))
    status, after, _ = live(capsys, *asked)
    assert status == 1 and {f["verdict"] for f in after["findings"]} <= {"fail", "unknown"}
    assert any("P was deleted by hand" in d["message"] for d in after["diagnostics"])
    assert after["summary"]["resources"] == 1


def test_nested_stacks_are_looked_at_one_by_one(deployed, aws, capsys):
    aws.client("s3").create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    aws.client("s3").put_object(Bucket="templates", Key="inner.json", Body=json.dumps(TEMPLATE))
    deploy(
        aws,
        {"Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://templates.s3.amazonaws.com/inner.json"}}},
    )
    changed = drift(
        "Key", "MODIFIED", {"EnableKeyRotation": True}, {"EnableKeyRotation": False}, ("/EnableKeyRotation", "true", "false", "NOT_EQUAL")
    )
    deployed.answers["DescribeStackResourceDrifts"] = lambda fields: result(
        "DescribeStackResourceDrifts", f"<StackResourceDrifts>{changed if 'Inner' in fields['StackName'] else ''}</StackResourceDrifts>"
    )
    status, report, _ = live(capsys, "--stack", "other", "--select", "CP_KEY_002", "--drift")
    assert deployed.asked.count("DetectStackDrift") == 2
    assert status == 1 and [(f["resource"]["address"], f["verdict"]) for f in report["findings"]] == [("Inner/Key", "fail")]
    assert [one["resource"] for one in report["run"]["drift"]] == ["Inner/Key"]


def test_what_the_service_does_not_look_at_is_told(deployed, aws, capsys):
    tell(deployed)
    _, report, _ = live(capsys, "--drift")
    (told,) = [d for d in report["diagnostics"] if d["code"] == "drift-not-told"]
    assert told["severity"] == "note" and "1 resources" in told["message"] and "Key" in told["message"]


def test_secrets_in_what_was_changed_are_not_quoted(deployed, aws, capsys, tmp_path):
    variables = {"Variables": {"DB_PASSWORD": "hunter2-old"}}
    box = [{"Name": "API_TOKEN", "Value": "hunter2-token"}]
    deploy(aws, {"T": {"Type": "AWS::SNS::Topic"}})
    tell(
        deployed,
        drift(
            "T",
            "MODIFIED",
            {"Environment": variables, "Boxes": [{"Env": box}], "MetadataOptions": {"HttpTokens": "required"}},
            {"Boxes": [{"Env": box}]},
            ("/Environment", json.dumps(variables), "null", "REMOVE"),
            ("/Boxes/0/Env/0/Value", "hunter2-token", "hunter2-x", "NOT_EQUAL"),
            ("/MasterUserPassword", "hunter2-p", "hunter2-q", "NOT_EQUAL"),
            ("/MetadataOptions/HttpTokens", "required", "optional", "NOT_EQUAL"),
        ),
    )
    file = tmp_path / "r.sarif"
    _, report, said = live(capsys, "--stack", "other", "--drift", "--output", str(file))
    assert "hunter2" not in said + file.read_text()
    assert {"path": "MetadataOptions.HttpTokens", "expected": "required", "actual": "optional"} in report["run"]["drift"][0]["properties"]


def test_two_reports_against_each_other_tell_new_drift(deployed, aws, capsys, tmp_path):
    """The verdict stays the same, the description was changed by hand: the scheduled job's `diff` says so."""
    files = [tmp_path / name for name in ("last.json", "new.json", "ja.json")]
    tell(deployed, drift("Key", "IN_SYNC"))
    live(capsys, "--drift", "--output", str(files[0]))
    changed = drift("Key", "MODIFIED", {"Description": "a"}, {"Description": "b"}, ("/Description", "a", "b", "NOT_EQUAL"))
    tell(deployed, changed)
    live(capsys, "--drift", "--output", str(files[1]))
    live(capsys, "--drift", "--output", str(files[2]), "--lang", "ja")
    assert cli.run(["diff", str(files[0]), str(files[1]), "--lang", "en"]) == 1
    out = capsys.readouterr().out
    assert "New differences of what is deployed: 1" in out and "! s: Key was changed by hand: Description (a → b)" in out
    assert cli.run(["diff", str(files[1]), str(files[0]), "--format", "json"]) == 0
    assert [one["state"] for one in json.loads(capsys.readouterr().out)["differences"]] == ["gone"]
    assert cli.run(["diff", str(files[1]), str(files[2])]) == 0, "the same in another language"


def test_a_file_that_cannot_be_read_is_held_against_nothing(deployed, capsys, tmp_path):
    (tmp_path / "t.json").write_text("{")
    status, report, _ = live(capsys, "--against", str(tmp_path / "t.json"))
    assert status == 2 and not [d for d in report["diagnostics"] if d["code"] == "differs-from-source"]


SAM = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties: {Handler: a.b, Runtime: python3.12, CodeUri: s3://b/k, Timeout: 3}
"""
MADE = json.dumps(
    {
        "Resources": {
            "Fn": {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "a.b", "Runtime": "python3.12", "Timeout": 3, "Role": "r"}},
            "FnRole": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}},
        }
    }
)


def test_a_template_that_the_service_made_something_else_of(deployed, capsys, tmp_path):
    """SAM's functions and roles are no differences: the template is held against the one that was deployed."""
    deployed.answers["GetTemplate"] = lambda fields: result(
        "GetTemplate", f"<TemplateBody>{SAM if fields['TemplateStage'] == 'Original' else MADE}</TemplateBody>"
    )
    file = tmp_path / "t.yaml"
    file.write_text(SAM)
    _, report, _ = live(capsys, "--against", str(file))
    assert not [d for d in report["diagnostics"] if d["code"] == "differs-from-source"]
    assert "AWS::Lambda::Function" in {f["resource"]["type"] for f in report["findings"]}, "and judged by what runs"
    file.write_text(SAM.replace("Timeout: 3", "Timeout: 4"))
    _, report, _ = live(capsys, "--against", str(file))
    (told,) = [d["message"] for d in report["diagnostics"] if d["code"] == "differs-from-source"]
    assert "`Timeout` is 4 in t.yaml and 3 deployed" in told


def test_a_nested_stack_whose_template_is_not_in_the_repository(deployed, aws, capsys, tmp_path):
    aws.client("s3").create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    aws.client("s3").put_object(Bucket="templates", Key="inner.json", Body=json.dumps(TEMPLATE))
    url = "https://templates.s3.amazonaws.com/inner.json"
    outer = {"Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}}
    deploy(aws, outer)
    file = tmp_path / "t.json"
    file.write_text(json.dumps({"Resources": outer}))
    status, report, _ = live(capsys, "--stack", "other", "--select", "CP_KEY_002", "--against", str(file))
    assert status == 0 and [d["code"] for d in report["diagnostics"]] == ["nested-template-not-on-disk"]


def test_what_a_baseline_holds_of_the_template_is_known(deployed, aws, capsys, tmp_path, monkeypatch):
    weak = {
        "Key": {
            "Type": "AWS::KMS::Key",
            "Properties": {"EnableKeyRotation": False, "KeyPolicy": {"Version": "2012-10-17", "Statement": []}},
        }
    }
    deploy(aws, weak)
    file = tmp_path / "t.json"
    file.write_text(json.dumps({"Resources": weak}))
    monkeypatch.chdir(tmp_path)
    assert cli.run(["baseline", "create", "--select", "CP_KEY_002"]) == 0
    capsys.readouterr()
    argv = ("--stack", "other", "--select", "CP_KEY_002")
    status, report, _ = live(capsys, *argv, "--against", "t.json")
    assert status == 0 and [f["known"] for f in report["findings"]] == [True] and report["summary"]["known"] == 1
    status, report, _ = live(capsys, *argv)
    assert status == 1, "without the file nothing says what is known"
    (tmp_path / "cloudpolicy-baseline.json").write_text("{")
    status, report, _ = live(capsys, *argv, "--against", "t.json")
    assert status == 2 and not [f for f in report["findings"] if f.get("known")]
