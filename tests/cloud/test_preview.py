"""The change set as a question: it settles what the text leaves open, is deleted again, and nothing else is changed."""

import json
import os
import signal
from xml.sax.saxutils import escape

import pytest

from cloud.between import PASS_ON, error, result
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


MACRO = TEMPLATE + "# Transform: in the service's words a template that it processes; moto knows no macros\n"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)


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


def test_what_a_macro_makes_of_the_template_is_judged(between, aws, capsys, tmp_path):
    """moto answers GetTemplate without looking at the change set's name; the service gives the change set's template."""
    made = TEMPLATE.replace("  Db:\n", "  Other:\n")
    between.answers["GetTemplate"] = result("GetTemplate", f"<TemplateBody>{made}</TemplateBody>")
    status, report, _ = preview(capsys, tmp_path, template=MACRO)
    assert status == 1 and {f["resource"]["address"] for f in report["findings"]} == {"Other", ""}
    assert {f["location"]["file"] for f in report["findings"]} == {"t.yaml"}, "the processed template is gone when the report is read"
    assert not [d for d in report["diagnostics"] if d["code"] == "settled"], "what is not there any more is not settled"


def test_a_service_that_does_not_tell_what_its_macros_make(between, aws, capsys, tmp_path):
    between.answers["GetTemplate"] = result("GetTemplate", "<TemplateBody>{}</TemplateBody>")
    status, report, _ = preview(capsys, tmp_path, template=MACRO)
    assert status == 1 and [d["code"] for d in report["diagnostics"] if d["severity"] == "warning"] == ["not-processed"]


def test_a_template_that_is_taken_as_it_stands_is_not_asked_for(between, aws, capsys, tmp_path):
    preview(capsys, tmp_path)
    assert "GetTemplate" not in between.asked


def test_the_change_set_is_deleted_when_reading_it_fails(between, aws, capsys, tmp_path):
    between.answers["GetTemplate"] = error("AccessDenied", "no")
    status, _, said = preview(capsys, tmp_path, template=MACRO)
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


def remains(aws):
    """(stacks, change sets) that are in the account."""
    client = aws.client("cloudformation")
    there = [one for one in client.list_stacks()["StackSummaries"] if not one["StackStatus"].startswith("DELETE")]
    return [one["StackName"] for one in there], [
        change["ChangeSetName"] for one in there for change in client.list_change_sets(StackName=one["StackName"])["Summaries"]
    ]


@pytest.mark.parametrize("when", ["CreateChangeSet", "DescribeChangeSet", "GetTemplate"])
def test_an_interruption_leaves_nothing_behind(between, aws, capsys, tmp_path, monkeypatch, when):
    """Ctrl-C after the service has done what was asked and before its answer is read."""
    real = Connection.call

    def call(self, service, operation, **given):
        answer = real(self, service, operation, **given)
        if operation.replace("_", "") == when.lower() and not interrupted:
            interrupted.append(operation)
            raise KeyboardInterrupt
        return answer

    interrupted = []
    monkeypatch.setattr(Connection, "call", call)
    between.answers["GetTemplate"] = result("GetTemplate", f"<TemplateBody>{TEMPLATE}</TemplateBody>")
    status, report, said = preview(capsys, tmp_path, template=MACRO)
    assert (status, report, said) == (130, None, "") and interrupted
    assert remains(aws) == ([], [])


def test_sigterm_is_heard_as_an_interruption(between, aws, capsys, tmp_path, monkeypatch):
    def cancelled(asked):
        os.kill(os.getpid(), signal.SIGTERM)
        while True:  # the signal is on its way
            pass

    earlier = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(change_set, "_awaited", cancelled)
    status, _, _ = preview(capsys, tmp_path)
    assert status == 130 and remains(aws) == ([], []) and signal.getsignal(signal.SIGTERM) is earlier


def test_what_cannot_be_deleted_is_told_with_the_command_that_does(between, aws, capsys, tmp_path):
    between.answers["DeleteChangeSet"] = error("AccessDenied", "User: u is not authorized to perform: cloudformation:DeleteChangeSet")
    status, report, _ = preview(capsys, tmp_path)
    (told,) = [d["message"] for d in report["diagnostics"] if d["code"] == "left-behind"]
    assert status == 2 and "cloudformation:DeleteChangeSet" in told
    assert "aws cloudformation delete-stack --stack-name s --region ap-northeast-1" in told
    assert [f for f in report["findings"] if f["policy"] == "CP_DB_002"], "what was asked is answered all the same"
    between.answers["GetTemplate"] = error("AccessDenied", "no")
    status, report, said = preview(capsys, tmp_path, "--stack", "t", template=MACRO)
    assert status == 2 and report is None and "GetTemplate" in said and "delete-stack --stack-name t" in said


def test_a_second_interruption_ends_the_tidying_and_is_told(between, aws, capsys, tmp_path, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(change_set, "_awaited", interrupt)
    monkeypatch.setattr(change_set, "_delete", interrupt)
    status, _, said = preview(capsys, tmp_path)
    assert status == 2 and "delete-stack --stack-name s" in said and "interrupted" in said


def test_a_change_set_that_is_still_being_made_is_deleted_afterwards(between, aws, capsys, tmp_path):
    busy = error("InvalidChangeSetStatus", "ChangeSet is in CREATE_IN_PROGRESS")
    between.answers["DeleteChangeSet"] = [busy, busy, PASS_ON]
    status, report, _ = preview(capsys, tmp_path)
    assert status == 1 and report is not None and between.asked.count("DeleteChangeSet") == 3 and remains(aws) == ([], [])


def test_a_stack_that_somebody_deployed_meanwhile_is_not_deleted(between, aws, capsys, tmp_path):
    seen = []

    def described(fields):
        seen.append(fields["StackName"])
        state = f"<StackId>{fields['StackName']}</StackId><StackName>s</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime>"
        return (
            PASS_ON
            if len(seen) == 1
            else result("DescribeStacks", f"<Stacks><member>{state}<StackStatus>CREATE_COMPLETE</StackStatus></member></Stacks>")
        )

    between.answers["DescribeStacks"] = described
    preview(capsys, tmp_path)
    assert "DeleteStack" not in between.asked and seen[1].startswith("arn:")


@pytest.mark.parametrize(
    ("state", "said"), [("UPDATE_IN_PROGRESS", "wait"), ("ROLLBACK_COMPLETE", "delete it"), ("REVIEW_IN_PROGRESS", "change sets")]
)
def test_a_stack_that_takes_no_change_set(between, capsys, tmp_path, state, said):
    one = "<StackId>arn:s</StackId><StackName>s</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime>"
    between.answers["DescribeStacks"] = result(
        "DescribeStacks", f"<Stacks><member>{one}<StackStatus>{state}</StackStatus></member></Stacks>"
    )
    status, _, told = preview(capsys, tmp_path)
    assert status == 2 and state.split("_")[0] in told + "REVIEW" and said in told and "CreateChangeSet" not in between.asked


def test_a_refused_template_leaves_nothing_to_delete(between, aws, capsys, tmp_path):
    between.answers["CreateChangeSet"] = error("ValidationError", "Template error: instance of Fn::GetAtt references undefined resource X")
    status, _, said = preview(capsys, tmp_path)
    assert status == 2 and "undefined resource X" in said and "DeleteChangeSet" not in between.asked and "may still be there" not in said


def test_a_failure_of_the_service_may_have_made_it(between, aws, capsys, tmp_path):
    asked = []

    def made(fields):
        asked.append(fields)
        return error("InternalFailure", "m", status=500) if len(asked) < 20 else PASS_ON

    between.answers["CreateChangeSet"] = made
    status, _, said = preview(capsys, tmp_path)
    assert status == 2 and "InternalFailure" in said and "DescribeChangeSet" in between.asked
    assert {fields["ClientToken"] for fields in asked} == {asked[0]["ChangeSetName"]}


def test_nothing_to_change_is_told_and_judged(between, aws, capsys, tmp_path):
    aws.client("cloudformation").create_stack(
        StackName="s", TemplateBody=TEMPLATE, Parameters=[{"ParameterKey": "Open", "ParameterValue": "true"}]
    )
    status, report, _ = preview(capsys, tmp_path)
    assert [d["code"] for d in report["diagnostics"] if d["code"] == "no-changes"]
    assert status == 1 and ("CP_DB_002", "fail") in {(f["policy"], f["verdict"]) for f in report["findings"]}


def test_nothing_to_change_of_a_template_that_is_processed(between, aws, capsys, tmp_path):
    """As the service says it: a change set that failed. When it keeps no template for it, the deployed one is the same."""
    aws.client("cloudformation").create_stack(
        StackName="s", TemplateBody=MACRO, Parameters=[{"ParameterKey": "Open", "ParameterValue": "false"}]
    )
    reason = "The submitted information didn't contain changes. Submit different information to create a change set."
    open_ = "<member><ParameterKey>Open</ParameterKey><ParameterValue>true</ParameterValue></member>"
    said = f"<StackId>s</StackId><Status>FAILED</Status><StatusReason>{reason}</StatusReason><Parameters>{open_}</Parameters>"
    between.answers["DescribeChangeSet"] = result("DescribeChangeSet", said)
    between.answers["GetTemplate"] = lambda fields: error("ValidationError", "no template") if "ChangeSetName" in fields else PASS_ON
    status, report, _ = preview(capsys, tmp_path, template=MACRO)
    assert [d["code"] for d in report["diagnostics"] if d["code"] == "no-changes"]
    assert status == 1 and ("CP_DB_002", "fail") in {(f["policy"], f["verdict"]) for f in report["findings"]}


def test_a_versioned_bucket_keeps_no_version(between, aws, capsys, tmp_path):
    client = aws.client("s3")
    client.create_bucket(Bucket="mine", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    client.put_bucket_versioning(Bucket="mine", VersioningConfiguration={"Status": "Enabled"})
    preview(capsys, tmp_path, "--bucket", "mine", template=TEMPLATE + "# " + "x" * 52_000 + "\n")
    found = client.list_object_versions(Bucket="mine")
    assert "Versions" not in found and "DeleteMarkers" not in found


def test_a_bucket_that_is_not_there(between, aws, capsys, tmp_path):
    status, _, said = preview(capsys, tmp_path, "--bucket", "nowhere", template=TEMPLATE + "# " + "x" * 52_000 + "\n")
    assert status == 2 and "no such bucket" in said and "may still be there" not in said


OUTER = """\
Resources:
  Network:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: https://t.s3.amazonaws.com/n.json, Parameters: {Open: 'true'}}
"""


def test_nested_stacks_are_previewed_with_their_own_change_sets(between, aws, capsys, tmp_path):
    """As the API reference shows: the root's change set names those of its nested stacks, each of which holds its own template."""
    id = "arn:aws:cloudformation:ap-northeast-1:123456789012:changeSet/inner/1"
    after = escape(json.dumps({"Properties": {"StorageEncrypted": "false", "PubliclyAccessible": "true"}}), {'"': "&quot;"})

    def described(fields):
        if fields["ChangeSetName"] != id:
            return PASS_ON
        change = f"<Type>Resource</Type><ResourceChange><Action>Add</Action><LogicalResourceId>Db</LogicalResourceId><ResourceType>AWS::RDS::DBInstance</ResourceType><AfterContext>{after}</AfterContext></ResourceChange>"
        if "NextToken" not in fields:
            return result(
                "DescribeChangeSet", f"<ChangeSetId>{id}</ChangeSetId><Status>CREATE_COMPLETE</Status><Changes/><NextToken>2</NextToken>"
            )
        return result("DescribeChangeSet", f"<Status>CREATE_COMPLETE</Status><Changes><member>{change}</member></Changes>")

    between.answers["DescribeChangeSet"] = described
    between.edit["DescribeChangeSet"] = lambda text: text.replace(
        "</LogicalResourceId>", f"</LogicalResourceId><ChangeSetId>{id}</ChangeSetId>", 1
    )
    inner = TEMPLATE.replace("      PubliclyAccessible: !Ref Open\n", "      PubliclyAccessible: !ImportValue open\n")
    between.answers["GetTemplate"] = lambda fields: result(
        "GetTemplate", f"<TemplateBody>{inner if fields.get('ChangeSetName') == id else OUTER}</TemplateBody>"
    )
    status, report, _ = preview(capsys, tmp_path, template=OUTER, given=False)
    found = {(f["policy"], f["resource"]["address"], f["verdict"]) for f in report["findings"]}
    assert status == 1 and ("CP_DB_002", "Network/Db", "fail") in found, report["diagnostics"]
    assert not [d for d in report["diagnostics"] if d["code"] == "nested-template-not-on-disk"]
    assert next(fields for fields in between.fields if fields["Action"] == "CreateChangeSet")["IncludeNestedStacks"] == "true"


@pytest.mark.parametrize("text", ["Resources: [", "a: b", ""])
def test_what_is_no_template_is_not_asked_about(between, capsys, tmp_path, text):
    status, _, said = preview(capsys, tmp_path, template=text, given=False)
    assert status == 2 and "t.yaml" in said and not between.asked


def test_an_answer_that_is_none_of_the_service(between, capsys, tmp_path):
    between.answers["GetTemplateSummary"] = (500, "<!doctype html><title>Proxy</title>")
    status, _, said = preview(capsys, tmp_path)
    assert status == 2 and "AWS_ENDPOINT_URL" in said and "Traceback" not in said


def test_what_a_baseline_holds_of_the_template_is_known(between, aws, capsys, tmp_path, monkeypatch):
    (tmp_path / "t.yaml").write_text(TEMPLATE.replace("!Ref Open", "true"))
    monkeypatch.chdir(tmp_path)
    assert cli.run(["baseline", "create", "--select", "CP_DB_002"]) == 0
    capsys.readouterr()
    status, report, _ = preview(capsys, tmp_path, "--select", "CP_DB_002", template=TEMPLATE.replace("!Ref Open", "true"))
    assert status == 0 and report["summary"]["known"] == 1
