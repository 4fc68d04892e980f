"""Which value a parameter has, and what must never be quoted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudpolicy.model import Unknown

P = "Parameters:\n  P: {Type: %s}\n"


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("String, Default: x", "x"),
        ("String, Default: true", "true"),
        ("String, Default: 5", "5"),
        ("String, Default: ''", ""),
        ("String, Default: 012345678901", "012345678901"),
        ("Number, Default: 5", 5),
        ("Number, Default: '5'", 5),
        ("Number, Default: '1.5'", 1.5),
        ("Number, Default: x", "x"),
        ("CommaDelimitedList, Default: 'a, b,c'", ["a", "b", "c"]),
        ("CommaDelimitedList, Default: ''", []),
        ("List<Number>, Default: '80,443'", [80, 443]),
        ("'List<AWS::EC2::Subnet::Id>', Default: 'subnet-1'", ["subnet-1"]),
        ("'AWS::EC2::VPC::Id', Default: vpc-1", "vpc-1"),
        ("'AWS::SSM::Parameter::Value<String>', Default: /a/b", Unknown("dynamic-reference", "!Ref P")),
        ("String, Default: '{{resolve:ssm:/a}}'", Unknown("dynamic-reference", "{{resolve:ssm:/a}}", (), "{{resolve:ssm:/a}}")),
        ("String", Unknown("parameter-without-value", "!Ref P")),
        ("String, AllowedValues: [dev, prod]", Unknown("parameter-without-value", "!Ref P", (), None, ("dev", "prod"))),
        ("Number, AllowedValues: [1, '2']", Unknown("parameter-without-value", "!Ref P", (), None, (1, 2))),
    ],
)
def test_types_and_defaults(folder: Any, declared: str, value: Any) -> None:
    found = folder.value("!Ref P", P % declared)
    assert found == value and type(found) is type(value)


FILES = {
    "cli.json": json.dumps([{"ParameterKey": "P", "ParameterValue": "given"}, {"ParameterKey": "Q", "UsePreviousValue": True}]),
    "deploy.json": '["P=given", "R=a=b"]',
    "pipeline.json": '{"Parameters": {"P": "given"}, "Tags": {"a": "b"}}',
    "plain.json": '{"P": "given"}',
    "plain.yaml": "P: given\n",
    "bom.json": '\ufeff{"P": "given"}',
}


@pytest.mark.parametrize("name", FILES)
def test_parameter_files(folder: Any, name: str) -> None:
    file = folder.write(name, FILES[name])
    assert folder.value("!Ref P", P % "String, Default: x", parameters=[file]) == "given"


def test_a_later_file_wins_and_all_files_are_inputs(folder: Any) -> None:
    files = [folder.write("a.json", '{"P": "a"}'), folder.write("b.json", '{"P": "b"}')]
    estate = folder.read((P % "String") + "Resources: {B: {Type: AWS::S3::Bucket, Properties: {P: !Ref P}}}", parameters=files)
    assert estate.resources[0].values == {"P": "b"}
    assert estate.inputs == [estate.root, *files]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("3", "invalid-parameters", 1),
        ('[{"ParameterKey": "P", "ParameterValue": "x"},\n {"Key": "P"}]', "invalid-parameters", 2),
        ('{"P": \n x}', "syntax-error", 2),
        ("", "empty-file", 1),
    ],
)
def test_bad_parameter_files(folder: Any, problems: Any, text: str, code: str, line: int) -> None:
    file = folder.write("p.json", text)
    estate = folder.read("Resources: {B: {Type: AWS::S3::Bucket}}", parameters=[file])
    assert problems(estate) == [("error", code, line)]
    assert estate.diagnostics[0].span.file == file
    assert len(estate.resources) == 1


SAM = """\
version = 0.1
[default.global.parameters]
region = "eu-west-1"
[default.deploy.parameters]
parameter_overrides = %s
region = "ap-northeast-1"
"""


@pytest.mark.parametrize(
    "overrides",
    [
        '"P=given Q=\\"a b\\""',
        '["P=given", "Q=a b"]',
        '"ParameterKey=P,ParameterValue=given ParameterKey=Q,ParameterValue=\\"a b\\""',
        '{P = "given", Q = "a b"}',
    ],
)
def test_samconfig(folder: Any, overrides: str) -> None:
    config = folder.write("samconfig.toml", SAM % overrides)
    text = "Parameters: {P: {Type: String}, Q: {Type: String}}\nResources: {B: {Type: AWS::S3::Bucket, Properties: {P: !Ref P, Q: !Ref Q}}}"
    estate = folder.read(text, region="us-east-1")
    assert estate.resources[0].values == {"P": "given", "Q": "a b"}
    assert estate.region == estate.resources[0].region == "ap-northeast-1"
    assert estate.inputs == [estate.root, config]


def test_parameter_files_win_over_samconfig_which_wins_over_defaults(folder: Any) -> None:
    folder.write("samconfig.toml", SAM % '"P=sam"')
    assert folder.value("!Ref P", P % "String, Default: x") == "sam"
    file = folder.write("p.json", '{"P": "file"}')
    assert folder.value("!Ref P", P % "String, Default: x", parameters=[file]) == "file"


def test_samconfig_of_another_template_is_not_used(folder: Any) -> None:
    folder.write("samconfig.toml", (SAM % '"P=sam"') + 'template_file = "other.yaml"\n')
    assert folder.value("!Ref P", P % "String, Default: x") == "x"


def test_a_broken_samconfig_is_reported(folder: Any, problems: Any) -> None:
    file = folder.write("samconfig.toml", "version = 0.1\nregion = = 1\n")
    estate = folder.read("Resources: {B: {Type: AWS::S3::Bucket}}")
    assert problems(estate) == [("error", "syntax-error", 2)]
    assert estate.diagnostics[0].span.file == file


SECRET = """\
Parameters:
  Password:
    Type: String
    NoEcho: true
    Default: hunter2
  Empty: {Type: String, NoEcho: 'true', Default: ''}
  Given: {Type: String, NoEcho: true}
Conditions:
  Has: !Not [!Equals [!Ref Password, '']]
  HasEmpty: !Not [!Equals [!Ref Empty, '']]
  IsSafe: !Equals [!Ref Given, s3cret]
Resources:
  A: {Type: AWS::RDS::DBInstance, Condition: Has, Properties: {P: !Ref Password, Q: !Sub 'x${Password}', R: !Join [',', [!Ref Given]]}}
  B: {Type: AWS::RDS::DBInstance, Condition: HasEmpty}
  C: {Type: AWS::RDS::DBInstance, Condition: IsSafe, Properties: {P: !If [IsSafe, !Ref Given, a], Q: !Select [0, !Split [u, !Ref Password]]}}
"""


def test_noecho_values_decide_conditions_and_are_never_quoted(folder: Any) -> None:
    file = folder.write("p.json", '{"Given": "s3cret"}')
    estate = folder.read(SECRET, parameters=[file])
    assert [resource.address for resource in estate.resources] == ["A", "C"]
    assert not any(resource.conditional for resource in estate.resources)
    assert estate.resources[0].values["P"] == Unknown("parameter-without-value", "!Ref Password")
    assert estate.resources[0].values["Q"].partial == "x${…}"
    assert estate.resources[1].values["P"] == Unknown("parameter-without-value", "!Ref Given")
    assert estate.notes["no_echo_defaults"] == [["Password", 5]]

    def everything(value: Any) -> str:
        if isinstance(value, Unknown):
            return f"{value.expression} {everything(value.partial)} {everything(value.choices)} {value.references}"
        if isinstance(value, dict):
            return " ".join(everything(item) for item in value.values())
        if isinstance(value, (list, tuple)):
            return " ".join(everything(item) for item in value)
        return str(value)

    seen = everything([resource.values for resource in estate.resources]) + repr(estate.diagnostics) + repr(estate.notes)
    assert "hunter" not in seen and "s3cret" not in seen


def test_notes_say_what_was_assumed(folder: Any) -> None:
    estate = folder.read("Parameters: {A: {Type: String, Default: x}, B: {Type: String}}\nResources: {R: {Type: AWS::S3::Bucket}}")
    assert (estate.notes["defaults"], estate.notes["without_value"]) == (["A"], ["B"])


@pytest.mark.parametrize("declared", ["Type: String, Default: !Ref Q", "Type: String, Default: {a: 1}", "Type: String, Default: !Foo x"])
def test_a_default_that_is_no_value(folder: Any, problems: Any, declared: str) -> None:
    estate = folder.read(
        f"Parameters:\n  P: {{{declared}, AllowedValues: [{{a: 1}}]}}\nResources: {{R: {{Type: AWS::S3::Bucket, Properties: {{P: !Ref P}}}}}}"
    )
    assert problems(estate) == [("error", "invalid-template", 2)]
    assert estate.resources[0].values == {"P": Unknown("parameter-without-value", "!Ref P")}


def test_a_given_value_that_is_a_mapping(folder: Any, problems: Any) -> None:
    file = folder.write("p.json", '{"P": {"a": 1}}')
    estate = folder.read((P % "String, Default: x") + "Resources: {R: {Type: AWS::S3::Bucket, Properties: {P: !Ref P}}}", parameters=[file])
    assert problems(estate) == [("error", "invalid-template", 2)]
    assert estate.resources[0].values == {"P": "x"}


def test_a_parameter_that_is_no_mapping(folder: Any, problems: Any) -> None:
    estate = folder.read("Parameters:\n  A: text\nResources: {R: {Type: AWS::S3::Bucket, Properties: {P: !Ref A}}}")
    assert problems(estate) == [("error", "invalid-template", 2)]
    assert estate.resources[0].values == {"P": Unknown("parameter-without-value", "!Ref A")}
