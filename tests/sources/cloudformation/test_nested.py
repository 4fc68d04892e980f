"""Nested stacks, SAM applications and stack sets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudpolicy.model import Unknown

PARENT = """\
Parameters: {Env: {Type: String}}
Conditions: {U: !Equals [!Ref Env, x]}
Resources:
  Key: {Type: AWS::KMS::Key}
  Data:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ./nested/data.yaml
      Parameters:
        KeyArn: !GetAtt Key.Arn
        Name: records
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !GetAtt Data.Outputs.Bucket
      Name: !GetAtt Data.Outputs.Name
      Text: !Sub '${Data.Outputs.Name}/${Data.Outputs.Missing}'
"""
CHILD = """\
Parameters:
  KeyArn: {Type: String}
  Name: {Type: String}
  Other: {Type: String, Default: x}
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Ref Name
      Key: !Ref KeyArn
      Other: !Ref Other
Outputs:
  Bucket: {Value: !Ref Bucket}
  Name: {Value: !Ref Name}
"""


def test_a_nested_stack_on_disk(folder: Any) -> None:
    child = folder.write("nested/data.yaml", CHILD)
    estate = folder.read(PARENT, region="ap-northeast-1")
    assert estate.diagnostics == []
    assert [(r.address, r.type) for r in estate.resources] == [
        ("Key", "AWS::KMS::Key"),
        ("Data", "AWS::CloudFormation::Stack"),
        ("Data/Bucket", "AWS::S3::Bucket"),
        ("Policy", "AWS::S3::BucketPolicy"),
    ]
    bucket = estate.at("Data/Bucket")
    assert bucket.values == {"BucketName": "records", "Other": "x", "Key": Unknown("known-after-deploy", "!GetAtt Key.Arn", ("Key",))}
    assert (bucket.span.file, bucket.span.line, bucket.locate(("Key",)).line, bucket.region) == (child, 6, 10, "ap-northeast-1")
    policy = estate.at("Policy").values
    assert policy["Bucket"] == Unknown("known-after-deploy", "!Ref Bucket", ("Data/Bucket",))
    assert policy["Name"] == "records"
    assert policy["Text"].partial == "records/${…}"
    assert estate.inputs == [estate.root, child]
    assert estate.notes["defaults"] == ["Data/Other"]
    assert estate.opaque == frozenset()


def test_an_undecided_stack_makes_its_resources_conditional(folder: Any) -> None:
    folder.write("nested/data.yaml", CHILD)
    estate = folder.read(PARENT.replace("  Data:\n", "  Data:\n    Condition: U\n"))
    assert [r.address for r in estate.resources if r.conditional] == ["Data", "Data/Bucket"]


@pytest.mark.parametrize(
    ("url", "severity"),
    [
        ("https://s3.amazonaws.com/bucket/data.yaml", "warning"),
        ("!Sub 'https://${Key}/data.yaml'", "warning"),
        ("./nested/none.yaml", "error"),
        ("../outside.yaml", "error"),
    ],
)
def test_a_template_that_is_not_on_disk(folder: Any, problems: Any, url: str, severity: str) -> None:
    folder.path = folder.path / "base"
    folder.write("../outside.yaml", CHILD)
    estate = folder.read(PARENT.replace("./nested/data.yaml", url))
    assert problems(estate) == [(severity, "nested-template-not-on-disk", 8)]
    assert estate.opaque == frozenset({"Key"})
    assert estate.at("Policy").values["Name"] == Unknown("known-after-deploy", "!GetAtt Data.Outputs.Name", ("Data",))


def test_the_severity_of_a_missing_template_is_an_option(folder: Any, problems: Any) -> None:
    estate = folder.read(PARENT, missing_modules="warning")
    assert problems(estate) == [("warning", "nested-template-not-on-disk", 8)]


def test_a_broken_nested_template_is_reported_in_its_own_file(folder: Any, problems: Any) -> None:
    child = folder.write("nested/data.yaml", "Resources:\n  A: [\n")
    estate = folder.read(PARENT)
    assert [(code, d.span.file) for (_, code, _), d in zip(problems(estate), estate.diagnostics, strict=True)] == [("syntax-error", child)]
    assert estate.opaque == frozenset({"Key"})


def test_nesting_in_a_circle(folder: Any, problems: Any) -> None:
    stack = "Resources: {S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: %s}}, B: {Type: AWS::S3::Bucket}}"
    folder.write("b.yaml", stack % "template.yaml")
    estate = folder.read(stack % "b.yaml")
    assert problems(estate) == [("error", "reference-cycle", 1)]
    assert [r.address for r in estate.resources] == ["S", "S/S", "S/B", "B"]


def test_stacks_that_multiply_are_cut(folder: Any, problems: Any) -> None:
    for level in range(6):
        stacks = "\n".join(
            f"  S{n}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: l{level + 1}.yaml}}}}" for n in range(10)
        )
        folder.write(f"l{level}.yaml", f"Resources:\n{stacks}\n")
    folder.write("l6.yaml", "Resources: {B: {Type: AWS::S3::Bucket}}\n")
    estate = folder.read((folder.path / "l0.yaml").read_bytes(), "l0.yaml")
    assert "expansion-limit" in {code for _, code, _ in problems(estate)}
    assert len(estate.resources) < 3_000


def test_outputs_that_ask_for_each_other(folder: Any) -> None:
    folder.write(
        "a.yaml",
        "Parameters: {P: {Type: String}}\nResources: {B: {Type: AWS::S3::Bucket, Properties: {P: !Ref P}}}\nOutputs: {O: {Value: !Ref P}}",
    )
    estate = folder.read("""\
        Resources:
          X: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: a.yaml, Parameters: {P: !GetAtt Y.Outputs.O}}}
          Y: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: a.yaml, Parameters: {P: !GetAtt X.Outputs.O}}}
        """)
    assert [r.address for r in estate.resources] == ["X", "X/B", "Y", "Y/B"]
    assert isinstance(estate.at("X/B").values["P"], Unknown)


def test_a_serverless_application(folder: Any, problems: Any) -> None:
    folder.write("app/t.yaml", "Resources: {B: {Type: AWS::S3::Bucket}}")
    text = "Transform: AWS::Serverless-2016-10-31\nResources:\n  A:\n    Type: AWS::Serverless::Application\n    Properties:\n      Location: %s\n"
    assert [r.address for r in folder.read(text % "app/t.yaml").resources] == ["A", "A/B"]
    assert problems(folder.read(text % "{ApplicationId: x, SemanticVersion: 1.0.0}")) == [("warning", "nested-template-not-on-disk", 6)]


def test_the_cdk_names_nested_templates_in_metadata(folder: Any) -> None:
    folder.write(
        "n.nested.template.json", '{"Resources": {"B": {"Type": "AWS::S3::Bucket", "Metadata": {"aws:cdk:path": "S/N/B/Resource"}}}}'
    )
    stack = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": {"Fn::Sub": "https://s3.x/${AWS::AccountId}"}},
        "Metadata": {"aws:cdk:path": "S/N", "aws:asset:path": "n.nested.template.json", "aws:asset:property": "TemplateURL"},
    }
    estate = folder.read(json.dumps({"Resources": {"N": stack}}), "s.template.json")
    assert estate.diagnostics == []
    assert estate.notes["construct_paths"] == {"N": "S/N", "N/B": "S/N/B/Resource"}


SET = """\
Resources:
  Set:
    Type: AWS::CloudFormation::StackSet
    Properties:
      StackInstancesGroup: [{Regions: %s}]
      Parameters: [{ParameterKey: P, ParameterValue: given}]
      TemplateBody: |
        Parameters: {P: {Type: String}}
        Resources:
          B:
            Type: AWS::S3::Bucket
            Properties:
              P: !Ref P
"""


def test_a_stack_set_with_its_template_inside(folder: Any) -> None:
    estate = folder.read(SET % "[ap-northeast-1]", region="us-east-1")
    bucket = estate.at("Set/B")
    assert (bucket.values, bucket.region) == ({"P": "given"}, "ap-northeast-1")
    assert (bucket.span.line, bucket.span.column, bucket.span.end_line, bucket.locate(("P",)).line) == (10, 11, 13, 13)
    several = folder.read(SET % "[ap-northeast-1, us-east-1]").at("Set/B").region
    assert (several.reason, several.choices) == ("region-not-given", ("ap-northeast-1", "us-east-1"))


def test_stack_sets_in_other_spellings(folder: Any, problems: Any) -> None:
    body = json.dumps({"Resources": {"B": {"Type": "AWS::S3::Bucket"}}})
    estate = folder.read(
        json.dumps({"Resources": {"S": {"Type": "AWS::CloudFormation::StackSet", "Properties": {"TemplateBody": body}}}}), "t.json"
    )
    assert estate.at("S/B").span.line == 1
    estate = folder.read("Resources:\n  S:\n    Type: AWS::CloudFormation::StackSet\n    Properties:\n      TemplateBody: 'Resources: ['\n")
    assert problems(estate) == [("error", "syntax-error", 5)]
    estate = folder.read("Resources:\n  S:\n    Type: AWS::CloudFormation::StackSet\n    Properties:\n      TemplateURL: https://x\n")
    assert problems(estate) == [("warning", "nested-template-not-on-disk", 4)]


def test_a_secret_does_not_pass_through_a_nested_stack(folder: Any) -> None:
    folder.write(
        "a.yaml", "Parameters: {P: {Type: String, NoEcho: true}}\nResources: {B: {Type: AWS::S3::Bucket, Properties: {P: !Ref P}}}\n"
    )
    estate = folder.read("Resources: {X: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: a.yaml, Parameters: {P: hunter2}}}}")
    assert estate.at("X/B").values["P"] == Unknown("parameter-without-value", "!Ref P")
