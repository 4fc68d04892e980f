"""Ref, GetAtt, FindInMap and the other intrinsics that look something up."""

from __future__ import annotations

from typing import Any

import pytest

from cloudpolicy.model import Unknown

OTHER = "Conditions: {F: !Equals [a, b]}\nParameters: {E: {Type: String}, S: {Type: String, AllowedValues: [dev, prod]}}\n"
BUCKET = ("known-after-deploy", ("B",))


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("!Ref B", "!Ref B"),
        ("{Ref: B}", "!Ref B"),
        ("!GetAtt B.Arn", "!GetAtt B.Arn"),
        ("!GetAtt [B, Arn]", "!GetAtt B.Arn"),
        ("{'Fn::GetAtt': [B, Arn]}", "!GetAtt B.Arn"),
        ("!GetAtt B.Endpoint.Address", "!GetAtt B.Endpoint.Address"),
        ("{'Fn::GetAtt': [B, !Sub 'A${AWS::Region}']}", "!GetAtt [B, !Sub A${AWS::Region}]"),
    ],
)
def test_a_resource_is_known_after_deployment(folder: Any, expression: str, shown: str) -> None:
    assert folder.value(expression, OTHER) == Unknown("known-after-deploy", shown, ("B",))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Partition", "aws"),
        ("URLSuffix", "amazonaws.com"),
        ("NoValue", None),
        ("Region", "ap-northeast-1"),
        ("AccountId", Unknown("known-after-deploy", "!Ref AWS::AccountId")),
        ("StackName", Unknown("known-after-deploy", "!Ref AWS::StackName")),
        ("StackId", Unknown("known-after-deploy", "!Ref AWS::StackId")),
        ("NotificationARNs", Unknown("known-after-deploy", "!Ref AWS::NotificationARNs")),
    ],
)
def test_pseudo_parameters(folder: Any, name: str, value: Any) -> None:
    assert folder.value(f"!Ref AWS::{name}", region="ap-northeast-1") == value


@pytest.mark.parametrize(
    ("region", "partition", "suffix"), [("cn-north-1", "aws-cn", "amazonaws.com.cn"), ("us-gov-west-1", "aws-us-gov", "amazonaws.com")]
)
def test_partitions_follow_the_region(folder: Any, region: str, partition: str, suffix: str) -> None:
    assert folder.value("!Sub '${AWS::Partition} ${AWS::URLSuffix}'", region=region) == f"{partition} {suffix}"


def test_without_a_region(folder: Any) -> None:
    estate = folder.read("Resources: {B: {Type: AWS::S3::Bucket, Properties: {P: !Ref AWS::Region}}}")
    assert estate.resources[0].values["P"] == Unknown("region-not-given", "!Ref AWS::Region")
    assert isinstance(estate.region, Unknown) and estate.region.reason == "region-not-given"
    assert isinstance(estate.resources[0].region, Unknown)


@pytest.mark.parametrize("expression", ["!Ref Nope", "!GetAtt Nope.Arn", "!Sub '${Nope}'", "!Sub 'x${Nope.Arn}'", "!Ref AWS::Nope"])
def test_an_undefined_name_is_an_error_with_its_line(folder: Any, problems: Any, expression: str) -> None:
    estate = folder.read(f"Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      L:\n        - x\n        - {expression}\n")
    assert problems(estate) == [("error", "undefined-reference", 7)]
    assert estate.resources[0].values["L"][1].reason == "invalid-expression"


def test_the_same_in_json(folder: Any, problems: Any) -> None:
    estate = folder.read('{"Resources": {"B": {"Type": "AWS::S3::Bucket",\n "Properties": {"L": [\n {"Ref": "Nope"}]}}}}', "t.json")
    assert problems(estate) == [("error", "undefined-reference", 3)]


def test_a_resource_whose_condition_is_false_can_be_referred_to(folder: Any) -> None:
    text = OTHER + "Resources: {A: {Type: AWS::S3::Bucket, Condition: F}, B: {Type: AWS::S3::Bucket, Properties: {P: !Ref A}}}"
    estate = folder.read(text)
    assert estate.diagnostics == [] and [r.address for r in estate.resources] == ["B"]
    assert estate.resources[0].values["P"] == Unknown("known-after-deploy", "!Ref A", ("A",))


MAPS = (
    OTHER
    + """\
Mappings:
  M:
    ap-northeast-1: {Ami: ami-1, Zones: [a, c]}
    us-east-1: {Ami: ami-2, Zones: [a, b]}
    dev: {Ami: ami-3}
    '012345678901': {Ami: ami-4}
"""
)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("!FindInMap [M, us-east-1, Ami]", "ami-2"),
        ("!FindInMap [M, !Ref AWS::Region, Zones]", ["a", "c"]),
        ("!FindInMap [M, 012345678901, Ami]", "ami-4"),
        ("!FindInMap [M, nowhere, Ami, {DefaultValue: ami-0}]", "ami-0"),
        ("!FindInMap [M, nowhere, Ami, {DefaultValue: !Ref B}]", Unknown("known-after-deploy", "!Ref B", ("B",))),
        ("!FindInMap [M, dev, Ami, {DefaultValue: ami-0}]", "ami-3"),
        (
            "!FindInMap [M, !Ref S, Ami, {DefaultValue: ami-0}]",
            Unknown("parameter-without-value", "!FindInMap [M, !Ref S, Ami, {…}]", (), None, ("ami-3", "ami-0")),
        ),
        ("!FindInMap [M, !Ref S, Ami]", "ami-3"),
        (
            "!FindInMap [M, !Ref E, Ami]",
            Unknown("parameter-without-value", "!FindInMap [M, !Ref E, Ami]", (), None, ("ami-1", "ami-2", "ami-3", "ami-4")),
        ),
    ],
)
def test_find_in_map(folder: Any, expression: str, value: Any) -> None:
    assert folder.value(expression, MAPS, region="ap-northeast-1") == value


@pytest.mark.parametrize("expression", ["!FindInMap [N, dev, Ami]", "!FindInMap [M, eu-west-1, Ami]", "!FindInMap [M, dev, Zones]"])
def test_a_missing_mapping_entry_is_an_error(folder: Any, problems: Any, expression: str) -> None:
    estate = folder.read(MAPS + f"Resources: {{B: {{Type: AWS::S3::Bucket, Properties: {{P: {expression}}}}}}}\n")
    assert problems(estate) == [("error", "undefined-reference", 9)]


def test_unknown_keys_that_lead_nowhere_are_no_error(folder: Any) -> None:
    expression = "!FindInMap [!FindInMap [M, !Ref E, Ami], !Ref AWS::Region, Ami]"
    assert folder.value(expression, MAPS).reason == "parameter-without-value"


def test_names_may_be_computed(folder: Any) -> None:
    text = "Transform: AWS::LanguageExtensions\n" + OTHER.replace("E: {Type: String}", "E: {Type: String}, Env: {Type: String, Default: x}")
    assert folder.value("{Ref: {'Fn::Sub': 'E${AWS::Partition}'}}", text.replace("Env:", "Eaws:")) == "x"
    assert folder.value("!GetAtt [!Sub 'B', Arn]", text) == Unknown("known-after-deploy", "!GetAtt B.Arn", ("B",))
    assert folder.value("{Ref: {'Fn::Sub': '${E}'}}", text).reason == "parameter-without-value"


def test_imports_and_transforms(folder: Any) -> None:
    assert folder.value("!ImportValue net-vpc") == Unknown("import", "!ImportValue net-vpc")
    assert folder.value("!ImportValue {'Fn::Sub': '${B}-vpc'}") == Unknown("import", "!ImportValue !Sub ${B}-vpc", ("B",))
    assert folder.value("!GetStackOutput {StackName: x, OutputName: y}").reason == "import"
    assert folder.value("!Sub {'Fn::Transform': {Name: AWS::Include}}").reason == "transform"
    assert folder.value("!Transform {Name: AWS::Include, Parameters: {Location: s3://x}}") == Unknown("transform", "!Transform {…}")


def test_a_transform_beside_other_keys_makes_the_mapping_unknown(folder: Any) -> None:
    value = folder.value("{A: 1, 'Fn::Transform': {Name: AWS::Include}}")
    assert (value.reason, value.partial) == ("transform", {"A": 1})


def test_a_transform_among_the_properties_is_said(folder: Any, problems: Any) -> None:
    estate = folder.read(
        "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      A: 1\n      Fn::Transform: {Name: AWS::Include}\n"
    )
    assert problems(estate) == [("warning", "properties-unresolved", 4)]
    assert estate.resources[0].values == {"A": 1}


@pytest.mark.parametrize(
    ("transform", "codes"),
    [
        ("AWS::LanguageExtensions", [("error", "undefined-reference")]),
        ("Company::Macro", [("warning", "transform-not-run")]),
        ("[AWS::LanguageExtensions, {Name: AWS::Include, Parameters: {Location: x}}]", [("warning", "transform-not-run")]),
    ],
)
def test_a_macro_may_add_names(folder: Any, problems: Any, transform: str, codes: list[tuple[str, str]]) -> None:
    estate = folder.read(f"Transform: {transform}\nResources: {{B: {{Type: AWS::S3::Bucket, Properties: {{P: !Ref Added}}}}}}\n")
    assert [(severity, code) for severity, code, _ in problems(estate)] == codes


def test_availability_zones(folder: Any) -> None:
    value = folder.value("!GetAZs ''", region="ap-northeast-1")
    assert (value.reason, value.partial) == ("known-after-deploy", "ap-northeast-1${…}")
    value = folder.value("!Select [0, !GetAZs {Ref: 'AWS::Region'}]", region="ap-northeast-1")
    assert (value.reason, value.partial) == ("known-after-deploy", "ap-northeast-1${…}")
    assert folder.value("!GetAZs ''").reason == "region-not-given"


@pytest.mark.parametrize("expression", ["!Foo x", "!Foo [x]", "{'Fn::Foo': x}", "{'Fn::Foo': [x]}"])
def test_an_unknown_function_is_a_warning(folder: Any, problems: Any, expression: str) -> None:
    estate = folder.read(f"Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      P: {expression}\n")
    assert problems(estate) == [("warning", "unsupported-expression", 5)]
    assert estate.resources[0].values["P"].reason == "unsupported-expression"


def test_a_function_beside_other_keys_is_an_error(folder: Any, problems: Any) -> None:
    estate = folder.read("Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      P: {a: 1, 'Fn::Sub': x}\n")
    assert problems(estate) == [("error", "invalid-expression", 5)]
    assert estate.resources[0].values["P"].partial == {"a": 1}


@pytest.mark.parametrize(
    ("module", "line"), [("  M: {Type: My::S3::Bucket::MODULE}\n", 2), ("  M: {Type: LocalModule, Source: m.yaml}\n", 2)]
)
def test_modules_are_said_not_to_be_judged(folder: Any, problems: Any, module: str, line: int) -> None:
    module = module.replace("}", ", Properties: {P: !Ref B}}")
    estate = folder.read(f"Resources:\n{module}  B: {{Type: AWS::S3::Bucket, Properties: {{P: !Ref MBucket}}}}\n")
    assert estate.opaque == frozenset({"B"})
    assert problems(estate) == [("warning", "module-not-expanded", line)]
    assert estate.at("B").values["P"].reason == "transform"


@pytest.mark.parametrize(
    "expression",
    [
        "!Ref [a]",
        "!GetAtt [B]",
        "!If [F]",
        "!FindInMap [a]",
        "!Join [a]",
        "!Join [',', text]",
        "!Select [0]",
        "!Select [2, [a, b]]",
        "!Select [-1, [a]]",
        "!Select [0, text]",
        "!Split [a]",
        "!Split ['', text]",
        "!Split [',', [a]]",
        "!Sub [a]",
        "!Sub {a: b}",
        "!Cidr [10.0.0.0/8]",
        "!Cidr [10.0.0.0/24, 5, 7]",
        "!Cidr [text, 1, 8]",
        "!Cidr [10.0.0.0/24, 300, 1]",
        "{'Fn::Length': text}",
    ],
)
def test_wrong_arguments(folder: Any, problems: Any, expression: str) -> None:
    estate = folder.read(f"{OTHER}Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      P: {expression}\n")
    assert problems(estate) == [("error", "invalid-expression", 7)]
    assert estate.resources[0].values["P"].reason == "invalid-expression"
