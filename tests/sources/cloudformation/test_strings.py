"""Intrinsics that compute text and lists."""

from __future__ import annotations

from typing import Any

import pytest

from cloudpolicy.model import Unknown

HEAD = """\
Parameters:
  E: {Type: String}
  D: {Type: String, Default: x}
  N: {Type: Number, Default: 5}
  L: {Type: CommaDelimitedList, Default: 'a,b'}
  S: {Type: String, AllowedValues: [dev, prod]}
"""


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("!Sub plain", "plain"),
        ("!Sub '${D}-${N}-${AWS::Region}'", "x-5-ap-northeast-1"),
        ("!Sub ['${A}${D}', {A: !Ref N}]", "5x"),
        ("!Sub '${!Literal} ${ D }'", "${Literal} x"),
        ("!Sub ['${A.b}', {A.b: y}]", "y"),
        ("!Sub '${L}'", "a,b"),
        ("{'Fn::Sub': ['${A}', {A: true}]}", "true"),
        ("!Sub '$D $${D} {D}'", "$D $x {D}"),
        ("!Join ['-', [a, 1, true, !Ref D]]", "a-1-true-x"),
        ("!Join ['', []]", ""),
        ("!Join [',', !Ref L]", "a,b"),
        ("!Join [',', [a, !Ref AWS::NoValue, b]]", "a,b"),
        ("!Select [1, [a, b]]", "b"),
        ("!Select ['0', !Ref L]", "a"),
        ("!Select [1, !Split ['/', 'a/b/c']]", "b"),
        ("!Split [',', !Sub '${D},y']", ["x", "y"]),
        ("!Base64 {'Fn::Sub': '#!/bin/sh ${D}'}", "#!/bin/sh x"),
        ("!Cidr [10.0.0.0/16, 3, 8]", ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]),
        ("!Select [1, !Cidr ['2001:db8::/56', 2, 64]]", "2001:db8:0:1::/64"),
        ("{'Fn::ToJsonString': {a: [1, true, !Ref D]}}", '{"a":[1,true,"x"]}'),
        ("{'Fn::Length': !Ref L}", 2),
        ("!Length [a, b, c]", 3),
    ],
)
def test_known(folder: Any, expression: str, value: Any) -> None:
    assert folder.value(expression, HEAD, region="ap-northeast-1") == value


@pytest.mark.parametrize(
    ("expression", "reason", "partial", "references"),
    [
        ("!Sub 'arn:aws:s3:::${B}/*'", "known-after-deploy", "arn:aws:s3:::${…}/*", ("B",)),
        ("!Sub '${B.Arn}/${E}/${D}'", "known-after-deploy", "${…}/${…}/x", ("B",)),
        ("!Sub ['${A}/x', {A: !GetAtt B.Arn}]", "known-after-deploy", "${…}/x", ("B",)),
        ("!Join ['', ['arn:', !GetAtt B.Arn, '/*']]", "known-after-deploy", "arn:${…}/*", ("B",)),
        ("!Join ['/', [!Sub '${E}-a', b]]", "parameter-without-value", "${…}-a/b", ()),
        ("!Join [',', !Split ['/', !Ref E]]", "parameter-without-value", None, ()),
        ("!Base64 {'Fn::Sub': 'echo ${B}'}", "known-after-deploy", "echo ${…}", ("B",)),
        ("!Select [0, !Split ['/', !GetAtt B.Arn]]", "known-after-deploy", None, ("B",)),
        ("!Select [0, [!Ref B, x]]", "known-after-deploy", None, ("B",)),
        ("!Split [',', !Sub '${B},y']", "known-after-deploy", None, ("B",)),
        ("!Cidr [!GetAtt B.Cidr, 2, 8]", "known-after-deploy", None, ("B",)),
        (
            "{'Fn::ToJsonString': {a: !GetAtt B.Arn, b: 1}}",
            "known-after-deploy",
            {"a": Unknown("known-after-deploy", "!GetAtt B.Arn", ("B",)), "b": 1},
            ("B",),
        ),
        ("{'Fn::Length': !Split [',', !Ref E]}", "parameter-without-value", None, ()),
        ("'{{resolve:ssm:/a/b:1}}'", "dynamic-reference", "{{resolve:ssm:/a/b:1}}", ()),
        ("'{{resolve:secretsmanager:a:SecretString:b}}'", "dynamic-reference", "{{resolve:secretsmanager:a:SecretString:b}}", ()),
        (
            "!Sub '{{resolve:secretsmanager:${B}:SecretString:b}}'",
            "dynamic-reference",
            "{{resolve:secretsmanager:${…}:SecretString:b}}",
            ("B",),
        ),
        ("!Join ['', ['{{resolve:ssm-secure:', a, '}}']]", "dynamic-reference", "{{resolve:ssm-secure:a}}", ()),
    ],
)
def test_unknown(folder: Any, expression: str, reason: str, partial: Any, references: tuple[str, ...]) -> None:
    found = folder.value(expression, HEAD)
    assert (found.reason, found.partial, found.references) == (reason, partial, references)


def test_a_list_with_a_dynamic_reference_in_text(folder: Any) -> None:
    found = folder.value("!Sub 'x:${L}'", HEAD.replace("'a,b'", "'a,{{resolve:ssm:/b}}'"))
    assert (found.reason, found.partial) == ("dynamic-reference", "x:a,{{resolve:ssm:/b}}")


def test_choices_pass_through_text(folder: Any) -> None:
    assert folder.value("!Sub 'x-${S}'", HEAD).choices == ("x-dev", "x-prod")
    assert folder.value("!Join ['-', [!Ref S, !Ref S]]", HEAD).choices == ("dev-dev", "dev-prod", "prod-dev", "prod-prod")
    assert folder.value("!Select [!Ref E, [a, b, a]]", HEAD).choices == ("a", "b")


def test_nested_subs_do_not_double_at_every_level(folder: Any) -> None:
    expression = "x"
    for _ in range(60):
        expression = "!Sub ['${a}${a}', {a: " + expression + "}]"
    assert folder.value(expression).reason == "expansion-limit"


def test_text_is_made_up_to_a_limit(folder: Any) -> None:
    text = "Parameters: {P: {Type: String, Default: '%s'}}\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n" % (
        "x" * 100_000
    )
    text += "".join(f"      P{number}: !Sub '${{P}}${{P}}'\n" for number in range(200))
    values = folder.read(text).resources[0].values
    assert values["P0"] == "x" * 200_000
    assert values["P199"].reason == "expansion-limit"


def test_expressions_are_shortened_for_people(folder: Any) -> None:
    found = folder.value("!Sub '${B}%s'" % ("x" * 5_000))
    assert len(found.expression) == 120 and found.expression.endswith("…")
