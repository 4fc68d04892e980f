"""The change set as a question: it settles what the text leaves open, is deleted again, and nothing else is changed."""

import json

import pytest

from cloud.between import error, result
from cloudpolicy import cli
from cloudpolicy.cloud.aws import change_set
from cloudpolicy.cloud.aws.connection import READS, Connection
from cloudpolicy.cloud.errors import CloudError

TEMPLATE = """\
Parameters:
  Open: {Type: String}
Resources:
  Db:
    Type: AWS::RDS::DBInstance
    Properties:
      Engine: mysql
      DBInstanceClass: db.t3.micro
      AllocatedStorage: '20'
      MasterUsername: u
      ManageMasterUserPassword: true
      PubliclyAccessible: !Ref Open
"""


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.fixture(autouse=True)
def processed(between):
    """moto answers GetTemplate without looking at the change set's name; the service gives the change set's template."""
    between.answers["GetTemplate"] = result("GetTemplate", f"<TemplateBody>{TEMPLATE}</TemplateBody>")


def preview(capsys, tmp_path, *argv, template=TEMPLATE, given=True):
    (tmp_path / "t.yaml").write_text(template)
    (tmp_path / "p.json").write_text(json.dumps([{"ParameterKey": "Open", "ParameterValue": "true"}]))
    parameters = ["--parameters", str(tmp_path / "p.json")] if given else []
    status = cli.run(["preview", "aws", str(tmp_path / "t.yaml"), "--stack", "s", "--format", "json", "--lang", "en", *parameters, *argv])
    out, err = capsys.readouterr()
    return status, json.loads(out) if out.startswith("{") else None, out + err


def test_a_new_stack_is_previewed_on_the_repository_s_lines(between, aws, capsys, tmp_path):
    status, report, _ = preview(capsys, tmp_path)
    (finding,) = [f for f in report["findings"] if f["policy"] == "CP_DB_002"]
    assert (status, finding["verdict"]) == (1, "fail")
    assert (finding["location"]["file"], finding["location"]["line"]) == ("t.yaml", 12)
    assert report["estates"][0]["source"] == "preview"
    assert between.asked.count("CreateChangeSet") == between.asked.count("DeleteChangeSet") == 1
    assert not {"ExecuteChangeSet", "CreateStack", "UpdateStack"} & set(between.asked)
    assert not [s for s in aws.client("cloudformation").list_stacks()["StackSummaries"] if not s["StackStatus"].startswith("DELETE")]


def test_what_the_service_resolves_is_shown_as_settled(between, aws, capsys, tmp_path):
    """A deployed stack's own parameter decides what the text left open."""
    aws.client("cloudformation").create_stack(
        StackName="s", TemplateBody=TEMPLATE, Parameters=[{"ParameterKey": "Open", "ParameterValue": "true"}]
    )
    between.asked.clear()
    status, report, _ = preview(capsys, tmp_path, "--no-change-set", given=False)
    settled = [d["message"] for d in report["diagnostics"] if d["code"] == "settled"]
    assert status == 1 and any("CP_DB_002 on Db" in text and "it fails" in text for text in settled)
    assert set(between.asked) == {"DescribeStacks"}, "nothing is made"
    assert aws.client("cloudformation").describe_stacks(StackName="s")["Stacks"], "and nothing is taken away"


def test_property_values_of_the_change_set_are_laid_over(between, aws, capsys, tmp_path):
    """moto gives no property values; the service does, as its API reference shows."""
    after = json.dumps({"Properties": {"StorageEncrypted": "true", "KmsKeyId": "alias/x"}}).replace('"', "&quot;")
    between.edit["DescribeChangeSet"] = lambda text: text.replace(
        "</LogicalResourceId>", f"</LogicalResourceId><AfterContext>{after}</AfterContext>", 1
    )
    plain = preview(capsys, tmp_path)[1]
    assert not [f for f in plain["findings"] if f["policy"] == "CP_DB_001" and f["verdict"] == "fail"]


def test_a_preview_without_the_resource_settles_nothing(between, capsys, tmp_path):
    between.answers["GetTemplate"] = result("GetTemplate", "<TemplateBody>{}</TemplateBody>")
    status, report, _ = preview(capsys, tmp_path)
    assert status == 2 and not [d for d in report["diagnostics"] if d["code"] == "settled"]


def test_the_change_set_is_deleted_when_reading_it_fails(between, aws, capsys, tmp_path):
    between.answers["GetTemplate"] = error("AccessDenied", "no")
    status, _, said = preview(capsys, tmp_path)
    assert status == 2 and "GetTemplate" in said and "docs/cloud.md" in said
    assert "DeleteChangeSet" in between.asked and "DeleteStack" in between.asked


def test_a_deployed_stack_is_never_deleted(between, aws, capsys, tmp_path):
    aws.client("cloudformation").create_stack(
        StackName="s", TemplateBody=TEMPLATE, Parameters=[{"ParameterKey": "Open", "ParameterValue": "false"}]
    )
    preview(capsys, tmp_path)
    assert "DeleteStack" not in between.asked and "DeleteChangeSet" in between.asked


def test_a_large_template_goes_through_a_bucket_and_is_taken_away(between, aws, capsys, tmp_path):
    large = TEMPLATE + "# " + "x" * 52_000 + "\n"
    status, _, said = preview(capsys, tmp_path, template=large)
    assert status == 2 and "--bucket" in said
    assert "CreateChangeSet" not in between.asked
    aws.client("s3").create_bucket(Bucket="mine", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    preview(capsys, tmp_path, "--bucket", "mine", template=large)
    assert "Contents" not in aws.client("s3").list_objects_v2(Bucket="mine")


def test_throttling_is_waited_out(between, aws, capsys, tmp_path):
    between.answers["DescribeStacks"] = [error("Throttling", "Rate exceeded"), error("Throttling", "Rate exceeded"), (None, "")]
    status, report, _ = preview(capsys, tmp_path)
    assert status == 1 and report is not None
    assert between.asked.count("DescribeStacks") >= 3


def test_expired_credentials_say_so(between, aws, capsys, tmp_path):
    between.answers["DescribeStacks"] = error("ExpiredToken", "expired")
    status, _, said = preview(capsys, tmp_path)
    assert status == 2 and "sign in again" in said and "Traceback" not in said


def test_without_change_sets_none_can_be_made():
    connection = Connection("ap-northeast-1", READS)
    with pytest.raises(CloudError, match="not made"):
        connection.call("cloudformation", "create_change_set", StackName="s", ChangeSetName="c", TemplateBody="{}")


def test_parameters_are_those_that_the_template_declares(between):
    connection = Connection("ap-northeast-1", READS | {"GetTemplateSummary"})
    known = {"Parameters": [{"ParameterKey": "Open"}]}
    place = {"TemplateBody": TEMPLATE}
    assert change_set._parameters(connection, place, {"Other": "x"}, known) == [{"ParameterKey": "Open", "UsePreviousValue": True}]
    assert change_set._parameters(connection, place, {"Open": "a"}, known) == [{"ParameterKey": "Open", "ParameterValue": "a"}]
