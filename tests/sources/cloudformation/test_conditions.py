"""Conditions, three-valued, and Fn::If."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from cloudpolicy.model import ABSENT, Unknown

HEAD = """\
Parameters:
  Env: {Type: String}
  Stage: {Type: String, AllowedValues: [dev, test]}
  Size: {Type: Number, Default: 5}
  Flag: {Type: String, Default: 'true'}
Conditions:
  T: !Equals [a, a]
  F: !Equals [a, b]
  U: !Equals [!Ref Env, prod]
  X: %s
Resources:
  R: {Type: AWS::S3::Bucket, Condition: X}
"""


def holds(folder: Any, condition: str) -> bool | None:
    estate = folder.read(HEAD % condition)
    assert estate.diagnostics == []
    if not estate.resources:
        assert estate.notes["excluded"] == ["R"]
        return False
    return None if estate.resources[0].conditional else True


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        ("!Equals [!Ref Size, '5']", True),
        ("!Equals [!Ref Flag, true]", True),
        ("!Equals [!Ref Flag, yes]", True),
        ("!Equals [A, a]", False),
        ("!Equals [!Ref Stage, prod]", False),
        ("!Equals [!Ref Stage, dev]", None),
        ("!Equals [!Ref Env, !Ref Env]", True),
        ("!Equals [!Sub '${Env}', x]", None),
        ("!Equals [!Join ['', [a, b]], ab]", True),
        ("!Equals [[a, b], [a, b]]", True),
        ("!Equals [!Ref AWS::Region, us-east-1]", None),
        ("!Equals [!Ref AWS::Partition, aws]", True),
        ("!Equals [!Sub 'x-${Stage}', x-prod]", False),
        ("{Condition: T}", True),
        ("{'Fn::Not': [{Condition: F}]}", True),
        ("!Not [!Condition U]", None),
        ("!Condition U", None),
    ],
)
def test_single_conditions(folder: Any, condition: str, answer: bool | None) -> None:
    assert holds(folder, condition) is answer


VALUES = {"T": True, "F": False, "U": None}


@pytest.mark.parametrize(("a", "b"), list(itertools.product(VALUES, VALUES)))
def test_and_or_are_kleenes(folder: Any, a: str, b: str) -> None:
    x, y = VALUES[a], VALUES[b]
    both = False if x is False or y is False else None if x is None or y is None else True
    either = True if x is True or y is True else None if x is None or y is None else False
    assert holds(folder, f"!And [!Condition {a}, !Condition {b}]") is both
    assert holds(folder, f"!Or [!Condition {a}, !Condition {b}]") is either


def test_conditions_with_region(folder: Any) -> None:
    text = HEAD % "!Equals [!Ref AWS::Region, ap-northeast-1]"
    assert not folder.read(text, region="ap-northeast-1").resources[0].conditional
    assert folder.read(text, environment={"AWS_REGION": "us-east-1"}).resources == []
    assert folder.read(text, environment={"AWS_DEFAULT_REGION": "ap-northeast-1"}).region == "ap-northeast-1"


def test_a_cycle_is_an_error_and_undecided(folder: Any, problems: Any) -> None:
    estate = folder.read("""\
        Conditions:
          A: !Condition B
          B: !Or
            - !Equals [a, b]
            - !Condition A
        Resources:
          R: {Type: AWS::S3::Bucket, Condition: A}
        """)
    assert problems(estate) == [("error", "reference-cycle", 5)]
    assert "A -> B -> A" in estate.diagnostics[0].text.en
    assert estate.resources[0].conditional


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("!Condition Nowhere", "undefined-reference"),
        ("!Equals [a]", "invalid-template"),
        ("text", "invalid-template"),
        ("!Not []", "invalid-template"),
        ("[a]", "invalid-template"),
        ("!Equals [!Ref Nowhere, a]", "undefined-reference"),
        ("{'Fn::Foo': [a]}", "invalid-template"),
    ],
)
def test_mistakes_are_undecided(folder: Any, problems: Any, condition: str, code: str) -> None:
    estate = folder.read(HEAD % condition)
    assert problems(estate) == [("error", code, 10)]
    assert estate.resources[0].conditional


def test_a_resource_with_an_undefined_condition_stays(folder: Any, problems: Any) -> None:
    estate = folder.read("Resources:\n  R:\n    Type: AWS::S3::Bucket\n    Condition: Nowhere\n")
    assert [(severity, code) for severity, code, _ in problems(estate)] == [("error", "undefined-reference")]
    assert estate.resources[0].conditional


def test_a_long_chain_does_not_overflow(folder: Any) -> None:
    chain = "".join(f"  C{n}: !Condition C{n + 1}\n" for n in range(3_000))
    estate = folder.read(f"Conditions:\n{chain}  C3000: !Equals [a, a]\nResources: {{R: {{Type: AWS::S3::Bucket, Condition: C2990}}}}\n")
    assert {d.code for d in estate.diagnostics} == {"too-deep"}
    assert len(estate.resources) == 1


IF = "Parameters: {E: {Type: String}}\nConditions: {T: !Equals [a, a], F: !Equals [a, b], U: !Equals [!Ref E, x], V: !Equals [!Ref E, y]}\n"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("!If [T, a, b]", "a"),
        ("!If [F, a, b]", "b"),
        ("!If [T, !Ref AWS::NoValue, b]", None),
        ("!If [U, same, same]", "same"),
        ("!If [U, a, b]", Unknown("condition-undetermined", "!If [U, a, b]", (), None, ("a", "b"))),
        ("!If [U, a, !Ref AWS::NoValue]", Unknown("condition-undetermined", "!If [U, a, !Ref AWS::NoValue]", (), None, ("a", ABSENT))),
        ("!If [U, {x: 1}, [2]]", Unknown("condition-undetermined", "!If [U, {…}, [2]]", (), None, ({"x": 1}, [2]))),
        ("!If [U, a, !If [V, b, a]]", Unknown("condition-undetermined", "!If [U, a, !If [V, b, a]]", (), None, ("a", "b"))),
        ("!If [U, 1, true]", Unknown("condition-undetermined", "!If [U, 1, true]", (), None, (1, True))),
        ("[!If [T, !Ref AWS::NoValue, a], b]", ["b"]),
        ("[!If [U, a, !Ref AWS::NoValue]]", [Unknown("condition-undetermined", "!If [U, a, !Ref AWS::NoValue]", (), None, ("a", ABSENT))]),
        ("{x: !If [T, !Ref AWS::NoValue, a], y: 1}", {"y": 1}),
    ],
)
def test_if(folder: Any, expression: str, value: Any) -> None:
    found = folder.value(expression, IF)
    assert found == value


def test_many_conditions_are_not_multiplied(folder: Any) -> None:
    names = range(200)
    text = "Parameters: {E: {Type: String}}\nConditions:\n" + "".join(f"  C{n}: !Equals [!Ref E, v{n}]\n" for n in names)
    text += "Resources:\n  R:\n    Type: AWS::S3::Bucket\n    Properties:\n"
    text += "      J: !Join\n        - ','\n        -\n" + "".join(f"          - !If [C{n}, a, b]\n" for n in names)
    found = folder.read(text).resources[0].values["J"]
    assert (found.reason, found.choices) == ("condition-undetermined", None)


def test_properties_that_are_an_if_are_joined_key_by_key(folder: Any) -> None:
    estate = folder.read(IF + "Resources: {R: {Type: AWS::S3::Bucket, Properties: !If [U, {A: 1, B: 2}, {A: 1}]}}")
    values = estate.resources[0].values
    assert values["A"] == 1
    assert values["B"].choices == (2, ABSENT)
