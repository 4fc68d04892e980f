"""Fn::ForEach: copies, their places in the text, and what happens when the collection is unknown or huge."""

from __future__ import annotations

from typing import Any

from cloudpolicy.model import Unknown

TOPICS = """\
Transform: AWS::LanguageExtensions
Parameters:
  Names: {Type: CommaDelimitedList%s}
Conditions:
  Fn::ForEach::Each:
    - Name
    - [a, b]
    - Is${Name}: !Equals [!Ref Name, a]
Resources:
  Fn::ForEach::Topics:
    - Name
    - !Ref Names
    - Topic${Name}:
        Type: AWS::SNS::Topic
        Properties:
          TopicName: !Ref Name
          DisplayName: !Sub '${Name} of ${AWS::Partition}'
      Log&{Name}:
        Type: AWS::Logs::LogGroup
        Properties: {LogGroupName: !GetAtt 'Topic${Name}.TopicName'}
  Own: {Type: AWS::SNS::Topic, Condition: Isb}
"""


def test_copies(folder: Any) -> None:
    estate = folder.read(TOPICS % ", Default: 'a,x-y'")
    assert estate.diagnostics == []
    assert [r.address for r in estate.resources] == ["Topica", "Loga", "Topicx-y", "Logxy"]
    assert estate.at("Topicx-y").values == {"TopicName": "x-y", "DisplayName": "x-y of aws"}
    assert estate.at("Logxy").values == {"LogGroupName": Unknown("known-after-deploy", "!GetAtt Topicx-y.TopicName", ("Topicx-y",))}
    assert estate.notes["excluded"] == ["Own"]
    for address, lines in {"Topica": (13, 17), "Topicx-y": (13, 17), "Logxy": (18, 20)}.items():
        assert (estate.at(address).span.line, estate.at(address).span.end_line) == lines
    assert estate.at("Topicx-y").locate(("DisplayName",)).line == 17


def test_an_unknown_collection_gives_one_conditional_copy(folder: Any) -> None:
    estate = folder.read(TOPICS % "")
    assert estate.diagnostics == []
    assert [(r.address, r.conditional) for r in estate.resources] == [("Topic${Name}", True), ("Log&{Name}", True)]
    assert estate.resources[0].values["TopicName"] == Unknown("parameter-without-value", "!Ref Name")


def test_loops_in_the_outputs_of_a_nested_stack(folder: Any) -> None:
    folder.write(
        "n.yaml",
        """\
        Transform: AWS::LanguageExtensions
        Resources:
          Fn::ForEach::Buckets: [Id, [A, B], {'Bucket${Id}': {Type: AWS::S3::Bucket}}]
        Outputs:
          Fn::ForEach::Out:
            - Id
            - [A, B]
            - Fn::ForEach::Att:
                - Property
                - [Arn]
                - Bucket${Id}${Property}: {Value: !GetAtt [!Sub 'Bucket${Id}', !Ref Property]}
        """,
    )
    estate = folder.read(
        "Resources:\n  N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: n.yaml}}\n"
        "  T: {Type: AWS::SNS::Topic, Properties: {P: !GetAtt N.Outputs.BucketBArn}}\n"
    )
    assert estate.diagnostics == []
    assert estate.at("T").values["P"] == Unknown("known-after-deploy", "!GetAtt BucketB.Arn", ("N/BucketB",))


def test_nested_loops_and_loops_in_properties(folder: Any) -> None:
    estate = folder.read("""\
        Transform: [AWS::LanguageExtensions]
        Resources:
          Fn::ForEach::Outer:
            - A
            - [x, y]
            - Fn::ForEach::Inner:
                - B
                - [1, 2]
                - R${A}${B}:
                    Type: AWS::S3::Bucket
                    Properties:
                      Fn::ForEach::Keys:
                        - C
                        - [P, Q]
                        - ${C}${A}: !Sub '${B}-${C}'
                      Own: 1
        """)
    assert [r.address for r in estate.resources] == ["Rx1", "Rx2", "Ry1", "Ry2"]
    assert estate.at("Ry2").values == {"Own": 1, "Py": "2-P", "Qy": "2-Q"}
    assert estate.at("Ry2").span.line == 9


def test_too_many_copies_are_cut_and_said(folder: Any, problems: Any) -> None:
    names = ", ".join(f"n{n}" for n in range(100))
    estate = folder.read(f"""\
        Transform: AWS::LanguageExtensions
        Resources:
          Fn::ForEach::A:
            - A
            - [{names}]
            - Fn::ForEach::B: [B, [{names}], {{"R${{A}}${{B}}": {{Type: AWS::S3::Bucket}}}}]
        """)
    assert problems(estate) == [("error", "expansion-limit", 3)]
    assert len(estate.resources) == 1_000


def test_large_bodies_are_cut_too(folder: Any, problems: Any) -> None:
    body = "[" + "x, " * 2_000 + "x]"
    names = ", ".join(f"n{n}" for n in range(500))
    estate = folder.read(
        "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::A:\n    - A\n"
        f"    - [{names}]\n    - R${{A}}: {{Type: AWS::S3::Bucket, Properties: {{L: {body}}}}}\n"
    )
    assert problems(estate) == [("error", "expansion-limit", 3)]
    assert 0 < len(estate.resources) < 100


def test_names_that_collide_are_reported(folder: Any, problems: Any) -> None:
    estate = folder.read("""\
        Transform: AWS::LanguageExtensions
        Resources:
          TopicA: {Type: AWS::SNS::Topic}
          Fn::ForEach::T:
            - N
            - [A, B]
            - Topic${N}: {Type: AWS::SQS::Queue}
        """)
    assert problems(estate) == [("error", "duplicate-key", 7)]
    assert [(r.address, r.type) for r in estate.resources] == [("TopicA", "AWS::SNS::Topic"), ("TopicB", "AWS::SQS::Queue")]


def test_mistakes(folder: Any, problems: Any) -> None:
    for loop in ("text", "[A, [x]]", "[A, [x], y]", "[A, text, {'R${A}': {Type: AWS::S3::Bucket}}]"):
        estate = folder.read(f"Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::A: {loop}\n")
        assert [(severity, code) for severity, code, _ in problems(estate)] == [("error", "invalid-expression")]
