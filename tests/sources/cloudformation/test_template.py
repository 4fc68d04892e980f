"""A whole template: shapes, places of attributes, files that cannot be read, and input that nobody meant."""

from __future__ import annotations

import json
import os
import pickle
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudpolicy.model import Resource
from cloudpolicy.sources import Options
from cloudpolicy.sources.cloudformation import looks_like_template, read

TEMPLATE = """\
Parameters:
  E: {Type: String}
Conditions:
  T: !Equals [a, a]
  U: !Equals [!Ref E, x]
Resources:
  First:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    UpdateReplacePolicy: Delete
    Properties:
      Name: x
      Rules: !If
        - T
        - - !If [T, !Ref AWS::NoValue, dropped]
          - Id: one
            Days: 5
          - !If [U, a, b]
        - []
      Empty:

  # about the second
  Second:
    Type: AWS::SNS::Topic
"""


@pytest.fixture
def first(folder: Any) -> Resource:
    estate = folder.read(TEMPLATE)
    assert estate.diagnostics == []
    resource: Resource = estate.at("First")
    return resource


def test_values(first: Resource) -> None:
    assert {key: value for key, value in first.values.items() if key != "Rules"} == {
        "Name": "x",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Delete",
    }
    assert first.values["Rules"][0] == {"Id": "one", "Days": 5}
    assert first.values["Rules"][1].choices == ("a", "b")


@pytest.mark.parametrize(
    ("path", "line", "column", "end"),
    [
        (("Name",), 12, 7, 12),
        (("DeletionPolicy",), 9, 5, 9),
        (("Rules",), 13, 7, 19),
        (("Rules", 0), 16, 13, 17),
        (("Rules", 0, "Days"), 17, 13, 17),
        (("Rules", 1), 18, 13, 18),
        (("Rules", 0, "Other"), 16, 13, 17),
        (("Rules", 2), 13, 7, 19),
        (("Empty",), 20, 7, 20),
        (("Nothing", "at", "all"), 7, 3, 20),
    ],
)
def test_places(first: Resource, path: tuple[str | int, ...], line: int, column: int, end: int) -> None:
    span = first.locate(path)
    assert (span.line, span.column, span.end_line) == (line, column, end)


def test_a_span_can_be_sent_to_another_process(first: Resource) -> None:
    assert pickle.loads(pickle.dumps(first.span)) == first.span
    assert hash(first.span) == hash(pickle.loads(pickle.dumps(first.span)))


def test_an_estate_goes_without_the_cycle_collector(folder: Any) -> None:
    import gc

    folder.write("n.yaml", TEMPLATE)
    stack = "  S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: n.yaml}}\n  T: {Type: A::B::C, Properties: {P: !GetAtt S.Outputs.X}}\n"
    for name, text in {
        "t.yaml": TEMPLATE + stack,
        "t.json": '{"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"P": 1}}}}',
    }.items():
        path = folder.write(name, text)
        read(path, Options(str(folder.path)))
        gc.collect()
        gc.disable()
        try:
            estate = read(path, Options(str(folder.path)))
            lines = [resource.locate(("P",)).line for resource in estate.resources]
            del estate
            assert gc.collect() == 0 and lines
        finally:
            gc.enable()


def test_the_estate(folder: Any) -> None:
    estate = folder.read(TEMPLATE)
    assert (estate.format, estate.source, estate.inputs) == ("cloudformation", "template", [estate.root])
    assert os.path.isabs(estate.root)
    assert estate.at("Second").span.line == 23


@pytest.mark.parametrize(
    ("text", "expected", "count"),
    [
        ("- a\n", [("error", "invalid-template", 1)], 0),
        ("text\n", [("error", "invalid-template", 1)], 0),
        ("Description: x\n", [("error", "invalid-template", 1)], 0),
        ("Resources: {}\n", [], 0),
        ("Description: x\nResources:\n  - a\n", [("error", "invalid-template", 2)], 0),
        ("Resources:\n  A: text\n  B: {Type: AWS::S3::Bucket}\n", [("error", "invalid-template", 2)], 1),
        ("Resources:\n  A:\n    Properties: {}\n  B: {Type: AWS::S3::Bucket}\n", [("error", "invalid-template", 2)], 1),
        ("Resources:\n  A: {Type: [x]}\n  B:\n", [("error", "invalid-template", 2), ("error", "invalid-template", 3)], 0),
        ("Resources:\n  A:\n    Type: AWS::S3::Bucket\n    Properties: [1]\n", [("error", "invalid-template", 4)], 1),
        (
            "Parameters: [a]\nMappings: x\nConditions: 3\nOutputs: []\nResources: {A: {Type: AWS::S3::Bucket}}\n",
            [
                ("error", "invalid-template", 1),
                ("error", "invalid-template", 3),
                ("error", "invalid-template", 2),
                ("error", "invalid-template", 4),
            ],
            1,
        ),
    ],
)
def test_wrong_shapes(folder: Any, problems: Any, text: str, expected: Any, count: int) -> None:
    estate = folder.read(text)
    assert problems(estate) == expected
    assert len(estate.resources) == count


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"", "empty-file", 1),
        (b"Resources:\n  A: \xff\n", "not-utf-8", 2),
        (b"a\0b", "binary-file", 1),
        (b"#" * (2 * 1024 * 1024 + 1), "file-too-large", 1),
        ("Resources: {}".encode("utf-16"), "not-utf-8", 1),
        (b"[" * 50_000, "too-deep", 1),
        (b'{"Resources": ', "syntax-error", 1),
    ],
)
def test_unreadable_files(folder: Any, problems: Any, data: bytes, code: str, line: int) -> None:
    estate = folder.read(data)
    assert problems(estate) == [("error", code, line)]
    assert estate.resources == [] and estate.inputs == [estate.root]


def test_a_file_that_is_not_there(folder: Any, problems: Any) -> None:
    estate = read(str(folder.path / "none.yaml"), Options(str(folder.path)))
    assert problems(estate) == [("error", "unreadable-file", 1)]


def test_a_byte_order_mark_and_windows_line_ends(folder: Any) -> None:
    estate = folder.read(b"\xef\xbb\xbf" + TEMPLATE.replace("\n", "\r\n").encode())
    assert estate.diagnostics == [] and estate.at("First").locate(("Rules", 0, "Days")).line == 17


def test_the_same_template_as_json(folder: Any) -> None:
    template = {
        "Resources": {
            "A": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": {"N": {"Fn::Sub": "${A}-x"}, "L": [1, None]}}
        }
    }
    estate = folder.read(json.dumps(template, indent=2), "t.json")
    resource = estate.at("A")
    assert resource.values["N"].partial == "${…}-x" and resource.values["L"] == [1, None]
    assert (resource.span.line, resource.span.end_line, resource.locate(("N",)).line, resource.locate(("L", 0)).line) == (3, 15, 7, 11)


def test_many_mistakes_are_not_all_listed(folder: Any) -> None:
    text = "Resources:\n" + "".join(f"  A{n}: {{Type: AWS::S3::Bucket, Properties: {{P: !Ref X{n}}}}}\n" for n in range(1_200))
    estate = folder.read(text)
    assert len(estate.diagnostics) == 1_001 and estate.diagnostics[-1].code == "too-many-problems"
    assert len(estate.resources) == 1_200


def test_every_diagnostic_speaks_both_languages(folder: Any) -> None:
    estate = folder.read(
        "Transform: X\nConditions: {A: !Condition A}\nResources:\n  A: text\n  B: {Type: A::B::C, Properties: {P: !Foo x, Q: !Ref [a], R: 1, R: 2}}\n"
    )
    assert {d.code for d in estate.diagnostics} == {
        "duplicate-key",
        "transform-not-run",
        "reference-cycle",
        "invalid-template",
        "unsupported-expression",
        "invalid-expression",
    }
    for diagnostic in estate.diagnostics:
        assert diagnostic.text.en.replace("…", "").isascii() and not diagnostic.text.ja.isascii()


LEAVES = (
    st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12).filter(lambda text: "{{" not in text)
)
NAMES = st.text("abcXYZ019-_ é漢", min_size=1, max_size=6)
PLAIN = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=20)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.dictionaries(NAMES, PLAIN, max_size=5))
def test_plain_values_come_back_from_json_and_yaml(tmp_path: Any, properties: dict[str, Any]) -> None:
    import yaml

    template = {"Resources": {"A": {"Type": "AWS::S3::Bucket", "Properties": properties}}}
    for name, text in {"t.json": json.dumps(template), "t.yaml": yaml.safe_dump(template, allow_unicode=True)}.items():
        path = tmp_path / name
        path.write_bytes(text.encode())
        estate = read(str(path), Options(str(tmp_path)))
        assert estate.diagnostics == []
        assert estate.resources[0].values == properties
        for key in properties:
            assert estate.resources[0].locate((key,)).line >= 1


KEYS = st.sampled_from(
    [
        "Resources",
        "Parameters",
        "Conditions",
        "Mappings",
        "Outputs",
        "Transform",
        "Globals",
        "Function",
        "Type",
        "Properties",
        "Condition",
        "DeletionPolicy",
        "Ref",
        "Fn::GetAtt",
        "Fn::If",
        "Fn::Sub",
        "Fn::Join",
        "Fn::Select",
        "Fn::Split",
        "Fn::FindInMap",
        "Fn::Equals",
        "Fn::Not",
        "Fn::And",
        "Fn::Cidr",
        "Fn::Base64",
        "Fn::GetAZs",
        "Fn::Length",
        "Fn::ToJsonString",
        "Fn::ForEach::A",
        "Fn::Transform",
        "Fn::ImportValue",
        "Default",
        "AllowedValues",
        "NoEcho",
        "Metadata",
        "TemplateURL",
        "TemplateBody",
        "StackInstancesGroup",
        "Regions",
        "A",
        "B",
        "A${B}",
    ]
)
WORDS = (
    st.sampled_from(
        [
            "A",
            "B",
            "A.B",
            "A.Outputs.B",
            "AWS::S3::Bucket",
            "AWS::CloudFormation::Stack",
            "AWS::CloudFormation::StackSet",
            "AWS::NoValue",
            "AWS::Serverless::Function",
            "AWS::Serverless-2016-10-31",
            "AWS::LanguageExtensions",
            "AWS::Region",
            "Number",
            "CommaDelimitedList",
            "true",
            "${A}",
            "t.yaml",
            "{{resolve:ssm:a}}",
            "10.0.0.0/16",
            "${",
            "",
            ",",
        ]
    )
    | st.none()
    | st.booleans()
    | st.integers(-3, 99)
    | st.floats(allow_nan=False)
)
HOSTILE = st.recursive(WORDS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=30)
BODIES = st.dictionaries(
    st.sampled_from(["A", "B", "C", "Fn::ForEach::A"]),
    st.fixed_dictionaries(
        {"Type": WORDS}, optional={"Properties": HOSTILE, "Condition": WORDS, "DeletionPolicy": HOSTILE, "Metadata": HOSTILE}
    )
    | HOSTILE,
    max_size=4,
)
TEMPLATES = st.fixed_dictionaries(
    {"Resources": BODIES | HOSTILE},
    optional={
        "Parameters": HOSTILE,
        "Conditions": st.dictionaries(st.sampled_from("ABC"), HOSTILE, max_size=3) | HOSTILE,
        "Mappings": HOSTILE,
        "Outputs": HOSTILE,
        "Transform": WORDS | HOSTILE,
        "Globals": HOSTILE,
    },
)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(TEMPLATES | HOSTILE)
def test_no_template_raises(tmp_path: Any, template: Any) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(json.dumps(template), encoding="utf-8")
    estate = read(str(path), Options(str(tmp_path), parameters=[str(path)]))
    for resource in estate.resources:
        assert resource.span.line >= 1
        for key, value in resource.values.items():
            resource.locate((key, 0, "A"))
            repr(value)
    for diagnostic in estate.diagnostics:
        assert diagnostic.span is not None and diagnostic.span.line >= 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.binary(max_size=80)
    | st.text("{}[]\"':,-&*!#%@`|>?\t\n\r aA1~<", max_size=60).map(str.encode)
    | st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace"))
)
def test_no_bytes_raise(tmp_path: Any, data: bytes) -> None:
    path = tmp_path / "t.yaml"
    path.write_bytes(b"Resources: " + data)
    assert read(str(path), Options(str(tmp_path))).root == str(path)
    path.write_bytes(data)
    assert read(str(path), Options(str(tmp_path))).diagnostics
    looks_like_template(data, "t.yaml")
