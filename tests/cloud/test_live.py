"""Deployed stacks behind a real HTTP server: what is found, what is never called, what is never printed."""

import datetime
import json
import re
import subprocess
import sys

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from cloudpolicy import cli
from cloudpolicy.cloud import files, settled
from cloudpolicy.cloud.aws import stacks
from cloudpolicy.cloud.aws.connection import CHANGE_SET, READS, Connection
from cloudpolicy.cloud.errors import CloudError
from cloudpolicy.model import Resource, Span, Unknown

DATABASE = {
    "Parameters": {"Password": {"Type": "String", "NoEcho": True}, "Open": {"Type": "String"}},
    "Resources": {
        "Db": {
            "Type": "AWS::RDS::DBInstance",
            "Properties": {
                "Engine": "mysql",
                "DBInstanceClass": "db.t3.micro",
                "AllocatedStorage": "20",
                "MasterUsername": "u",
                "MasterUserPassword": {"Ref": "Password"},
                "PubliclyAccessible": {"Ref": "Open"},
            },
        }
    },
}


def make(aws, name="stack", template=DATABASE, open="true"):
    parameters = [{"ParameterKey": "Password", "ParameterValue": "hunter2-value"}, {"ParameterKey": "Open", "ParameterValue": open}]
    aws.client("cloudformation").create_stack(
        StackName=name, TemplateBody=json.dumps(template), Parameters=parameters if template.get("Parameters") else []
    )


def live(capsys, *argv):
    status = cli.run(["live", "aws", "--format", "json", "--lang", "en", *argv])
    out, err = capsys.readouterr()
    return status, json.loads(out) if out.startswith("{") else None, out + err


def test_a_parameter_of_the_stack_decides(aws, capsys):
    """In the repository's template the verdict is unknown; the deployed stack's parameter settles it."""
    make(aws)
    status, report, said = live(capsys, "--stack", "stack")
    (finding,) = [f for f in report["findings"] if f["policy"] == "CP_DB_002"]
    assert (status, finding["verdict"], finding["resource"]["address"]) == (1, "fail", "Db")
    assert finding["location"]["file"] == "ap-northeast-1/stack.json" and finding["location"]["line"] > 1
    assert report["estates"][0]["source"] == "live"
    assert "hunter2-value" not in said and "test-secret-value" not in said


def test_the_repositorys_waivers_count(aws, capsys, tmp_path, monkeypatch):
    make(aws)
    monkeypatch.chdir(tmp_path)
    waiver = ["--reason", "r", "--requested-by", "a", "--approved-by", "b", "--expires"]
    day = datetime.date.today() + datetime.timedelta(days=30)
    assert cli.run(["waive", "CP_DB_002", "--resource", "Db", *waiver, day.isoformat()]) == 0
    capsys.readouterr()
    status, report, _ = live(capsys, "--stack", "stack", "--select", "CP_DB_002")
    assert (status, [f["verdict"] for f in report["findings"]]) == (0, ["waived"])
    status, report, _ = live(capsys, "--stack", "stack", "--select", "CP_NET_001")
    assert not [f for f in report["findings"] if f["policy"] == "CP_WAIVER_UNUSED"]


def test_all_stacks_of_several_regions(aws, capsys):
    make(aws, "one")
    make(aws, "two", open="false")
    aws.client("cloudformation", region_name="ap-northeast-3").create_stack(
        StackName="three", TemplateBody=json.dumps({"Resources": {"B": {"Type": "AWS::S3::Bucket"}}})
    )
    _, report, _ = live(capsys, "--all", "--regions", "ap-northeast-1,ap-northeast-3")
    assert sorted(e["root"] for e in report["estates"]) == [
        "ap-northeast-1/one.json",
        "ap-northeast-1/two.json",
        "ap-northeast-3/three.json",
    ]
    public = {f["location"]["file"] for f in report["findings"] if f["policy"] == "CP_DB_002" and f["verdict"] == "fail"}
    assert public == {"ap-northeast-1/one.json"}


def test_a_nested_stack_is_judged_in_its_parent(aws, capsys):
    aws.client("s3").create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    inner = {"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": False, "KeyPolicy": {}}}}}
    aws.client("s3").put_object(Bucket="templates", Key="inner.json", Body=json.dumps(inner))
    url = "https://templates.s3.amazonaws.com/inner.json"
    make(aws, "outer", {"Resources": {"Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}}})
    _, report, _ = live(capsys, "--all")
    assert len(report["estates"]) == 1, "a nested stack is no root"
    (finding,) = [f for f in report["findings"] if f["policy"] == "CP_KEY_002"]
    assert finding["resource"]["address"] == "Inner/Key"
    assert not [d for d in report["diagnostics"] if d["severity"] == "error"]


def test_a_missing_stack_is_told(aws, capsys):
    status, _, said = live(capsys, "--stack", "no-such-stack")
    assert status == 2 and "no-such-stack" in said and "Traceback" not in said


def test_one_missing_stack_does_not_lose_the_others(aws, capsys):
    make(aws)
    status, report, _ = live(capsys, "--stack", "stack", "--stack", "gone")
    assert status == 2 and [d["code"] for d in report["diagnostics"] if d["severity"] == "error"] == ["no-such-stack"]
    assert [e["root"] for e in report["estates"]] == ["ap-northeast-1/stack.json"]


def test_without_credentials(endpoint, tmp_path):
    """In a process of its own: boto3 also looks into files and metadata."""
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "AWS_ENDPOINT_URL": endpoint, "AWS_EC2_METADATA_DISABLED": "true"}
    import os

    env["PYTHONPATH"] = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-m", "cloudpolicy", "live", "aws", "--all", "--regions", "ap-northeast-1"],
        capture_output=True,
        text=True,
        env=env,
    )
    assert done.returncode == 2 and "aws sso login" in done.stdout + done.stderr and "Traceback" not in done.stderr


def test_nothing_that_changes_anything_is_sent(aws):
    connection = Connection()
    with pytest.raises(CloudError, match="not made"):
        connection.call("cloudformation", "delete_stack", StackName="stack")
    assert not [name for name in READS if not name.startswith(("Describe", "List", "Get", "Detect"))]
    assert not READS & CHANGE_SET


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ExpiredToken", "credentials-expired"),
        ("InvalidClientTokenId", "credentials-refused"),
        ("AccessDenied", "access-denied"),
        ("Throttling", "throttled"),
        ("ValidationError", "cloud-error"),
    ],
)
def test_refusals_say_what_to_do(aws, code, expected):
    error = Connection()._explained(ClientError({"Error": {"Code": code, "Message": "m"}}, "ListStacks"), "list_stacks")
    assert error.diagnostic.code == expected
    assert error.diagnostic.text.en and error.diagnostic.text.ja


def test_no_credentials_is_explained(aws):
    assert Connection()._explained(NoCredentialsError(), "x").diagnostic.code == "no-credentials"


def test_a_failure_between_two_pages_makes_the_result_partial(aws, capsys, monkeypatch):
    make(aws)
    real = Connection.pages

    def broken(self, service, operation, key, **given):
        if operation == "list_stack_resources":
            raise CloudError("no-connection", "the network went away", "切断")
        yield from real(self, service, operation, key, **given)

    monkeypatch.setattr(Connection, "pages", broken)
    status, report, _ = live(capsys, "--stack", "stack")
    assert status == 2 and any("partial" in d["message"] for d in report["diagnostics"])
    assert any(f["policy"] == "CP_DB_002" for f in report["findings"]), "what was fetched is judged"


def test_names_from_the_service_stay_in_the_folder(tmp_path):
    assert stacks.write_body("a: 1", str(tmp_path / files.file_name("../../etc"))).startswith(str(tmp_path))


def test_values_of_the_service_settle_what_is_open_and_keep_links():
    resource = Resource("AWS::X::Y", "A", {"a": Unknown("import"), "b": Unknown("known-after-deploy", "", ("B",)), "c": 1}, Span("/t"))
    settled.lay_over(resource, {"a": "told", "b": "sg-1", "c": 2, "d": True, "Password": "x", "e": "{{changeSet:KNOWN_AFTER_APPLY}}"})
    assert resource.values["a"] == "told" and resource.values["b"].references == ("B",)
    assert (resource.values["c"], resource.values["d"]) == (1, True)
    assert isinstance(resource.values["Password"], Unknown) and isinstance(resource.values["e"], Unknown), "there, and not told"
    settled.lay_over(resource, {"c": 2}, replace=True)
    assert resource.values["c"] == 2


def test_what_the_service_masks_or_resolves_later_settles_nothing():
    own = {name: Unknown("parameter-without-value") for name in ("masked", "later", "part", "Password", "HttpTokens", "inside")}
    resource = Resource("AWS::X::Y", "A", own, Span("/t"))
    told = {
        "masked": "****",
        "later": "{{resolve:ssm:/a}}",
        "part": "arn:{{changeSet:KNOWN_AFTER_APPLY}}:x",
        "Password": "hunter2",
        "HttpTokens": "optional",
    }
    settled.lay_over(resource, {**told, "inside": {"key": "{{changeSet:KNOWN_AFTER_APPLY}}", "list": ["a", "****"]}})
    assert all(isinstance(resource.values[name], Unknown) for name in ("masked", "later", "part", "Password"))
    assert resource.values["HttpTokens"] == "optional", "named like a secret, and none"
    inside = resource.values["inside"]
    assert isinstance(inside["key"], Unknown) and inside["list"][0] == "a" and isinstance(inside["list"][1], Unknown)


def test_a_profile_that_is_not_there(aws, capsys, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    status, _, said = live(capsys, "--all")
    assert status == 2 and "AWS_PROFILE" in said and "Traceback" not in said


def test_a_region_that_is_none(aws, capsys):
    status, report, _ = live(capsys, "--all", "--regions", "ap northeast")
    assert status == 2 and [d["code"] for d in report["diagnostics"]] == ["no-such-region"]


def test_an_explicit_deny_and_a_missing_permission_of_somebody_elses_call(aws):
    connection = Connection()
    told = connection._refused(
        {"Code": "AccessDenied", "Message": "User: a is not authorized to perform: kms:DescribeKey on resource"}, "X", 403
    )
    assert "kms:DescribeKey in ap-northeast-1 is not allowed" in told.diagnostic.text.en
    told = connection._refused({"Code": "AccessDenied", "Message": "… with an explicit deny in a service control policy"}, "X", 403)
    assert "service control policy" in told.diagnostic.text.en and "docs/cloud" not in told.diagnostic.text.en


def as_status(status):
    return lambda text: re.sub("<StackStatus>[A-Z_]*</StackStatus>", f"<StackStatus>{status}</StackStatus>", text)


@pytest.mark.parametrize(
    "status", ["UPDATE_IN_PROGRESS", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED", "UPDATE_FAILED", "IMPORT_ROLLBACK_FAILED"]
)
def test_a_stack_between_two_states_is_judged_and_told(between, aws, capsys, status):
    make(aws)
    between.edit["DescribeStacks"] = as_status(status)
    code, report, _ = live(capsys, "--all")
    assert code == 2 and [d["code"] for d in report["diagnostics"]] == ["stack-not-settled"]
    assert any(f["policy"] == "CP_DB_002" for f in report["findings"])


@pytest.mark.parametrize("status", ["REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_COMPLETE"])
def test_a_stack_of_which_nothing_is_deployed(between, aws, capsys, status):
    make(aws)
    between.edit["DescribeStacks"] = as_status(status)
    code, report, _ = live(capsys, "--stack", "stack")
    assert code == 2 and [d["code"] for d in report["diagnostics"]] == ["not-deployed"] and not report["findings"]
    code, report, _ = live(capsys, "--all")
    assert code == 0 and [d["code"] for d in report["diagnostics"]] == ["nothing-deployed"]


@pytest.mark.parametrize("status", ["UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"])
def test_a_settled_stack(between, aws, capsys, status):
    make(aws)
    between.edit["DescribeStacks"] = as_status(status)
    code, report, _ = live(capsys, "--all")
    assert code == 1 and not report["diagnostics"]


def test_an_empty_region_is_said_aloud(aws, capsys):
    make(aws)
    code, report, _ = live(capsys, "--all", "--regions", "ap-northeast-1,ap-northeast-3")
    assert code == 1 and [(d["severity"], d["code"]) for d in report["diagnostics"]] == [("warning", "nothing-deployed")]
    assert "ap-northeast-3" in report["diagnostics"][0]["message"]


def test_files_of_the_repository_keep_their_names(aws, capsys, tmp_path, monkeypatch):
    """What was fetched is named by region and stack, what stands in the repository by its place there, in every format."""
    make(aws)
    (tmp_path / ".git").mkdir()
    (tmp_path / "infra").mkdir()
    changed = json.loads(json.dumps(DATABASE))
    changed["Resources"]["Db"]["Properties"]["Engine"] = "postgres"
    (tmp_path / "infra" / "t.json").write_text(json.dumps(changed, indent=2))
    monkeypatch.chdir(tmp_path / "infra")
    outputs = {name: tmp_path / name for name in ("r.sarif", "r.xml", "r.md")}
    options = [f"--output={path}" for path in outputs.values()]
    _, report, _ = live(capsys, "--stack", "stack", "--against", "t.json", *options)
    assert {d["location"]["file"] for d in report["diagnostics"]} == {"infra/t.json"}
    assert {f["location"]["file"] for f in report["findings"]} == {"ap-northeast-1/stack.json"}
    sarif = outputs["r.sarif"].read_text()
    assert '"infra/t.json"' in sarif and '"ap-northeast-1/stack.json"' in sarif and "file://" not in sarif
    assert not [name for name, path in outputs.items() if "/cloudpolicy-" in path.read_text() or "../" in path.read_text()]
    cli.run(["live", "aws", "--stack", "stack", "--against", "t.json", "--lang", "en"])
    out = capsys.readouterr().out
    assert "ap-northeast-1/stack.json:" in out and "/cloudpolicy-" not in out
    cli.run(["live", "aws", "--stack", "stack", "--keep", "kept", "--lang", "en"])
    assert "kept/ap-northeast-1/stack.json:" in capsys.readouterr().out, "what is kept is named by where it is"


def test_parameters_of_the_template_that_is_held_against(aws, capsys, tmp_path):
    make(aws)
    (tmp_path / "t.json").write_text(json.dumps(DATABASE))
    for value in ("true", "false"):
        (tmp_path / "p.json").write_text(json.dumps([{"ParameterKey": "Open", "ParameterValue": value}]))
        argv = ("--stack", "stack", "--against", str(tmp_path / "t.json"), "--parameters", str(tmp_path / "p.json"))
        _, report, _ = live(capsys, *argv)
        assert bool([d for d in report["diagnostics"] if "PubliclyAccessible" in d["message"]]) == (value == "false")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("MasterUserPassword",), True),
        (("Environment", "Variables", "API_TOKEN"), True),
        (("Boxes", 0, "Value"), True),
        (("Name",), False),
        (("Value",), True),
        (("Tags", 0, "Value"), False),
        (("MetadataOptions", "HttpTokens"), False),
        (("connectionString",), True),
    ],
)
def test_what_no_report_quotes(path, expected):
    values = {"Name": "stored", "Value": "x", "Boxes": [{"Name": "n", "Value": "x"}], "Tags": [{"Key": "k", "Value": "x"}]}
    assert settled.hidden(values, path) is expected


@pytest.mark.parametrize(
    ("variables", "file", "said"),
    [
        ({"AWS_ENDPOINT_URL": "localhost:5000"}, "", "AWS_ENDPOINT_URL"),
        ({"AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/x", "AWS_WEB_IDENTITY_TOKEN_FILE": "/no/token"}, "", "/no/token"),
        ({}, "[default]\ncredential_process = /no/program\n", "/no/program"),
        ({}, "[default]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = none\n", "~/.aws/config"),
        ({}, "[default\n", "~/.aws/config"),
    ],
)
def test_settings_that_cannot_be_used(aws, capsys, tmp_path, monkeypatch, variables, file, said):
    (tmp_path / "config").write_text(file)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    status, _, told = live(capsys, "--all", "--regions", "ap-northeast-1")
    assert status == 2 and said in told and "Traceback" not in told and "None" not in told


def test_a_certificate_that_is_not_trusted(aws, capsys, tls, monkeypatch):
    from cloud.azure_stand_in import StandIn

    monkeypatch.setattr("time.sleep", lambda seconds: None)
    server = StandIn(*tls)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    status, _, told = live(capsys, "--all")
    server.close()
    assert status == 2 and "AWS_CA_BUNDLE" in told
