"""SAM: Globals, and references to what SAM generates."""

from __future__ import annotations

from typing import Any

SAM = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: python3.12
    Timeout: 3
    Environment:
      Variables: {A: shared, B: shared}
    Layers: [one]
    VpcConfig: {SecurityGroupIds: [sg-1]}
  Api: {TracingEnabled: true}
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 30
      Environment:
        Variables: {B: own}
      Layers: [two]
      Role: !GetAtt FnRole.Arn
      VpcConfig: !Ref AWS::NoValue
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      Api: !Ref ServerlessRestApi
      Url: !Sub https://${ServerlessRestApi}.execute-api
"""


def test_globals_are_merged(folder: Any) -> None:
    estate = folder.read(SAM)
    assert estate.diagnostics == []
    values = estate.at("Fn").values
    assert values["Runtime"] == "python3.12"
    assert values["Timeout"] == 30
    assert values["Environment"] == {"Variables": {"A": "shared", "B": "own"}}
    assert values["Layers"] == ["one", "two"]
    assert "VpcConfig" not in values and "TracingEnabled" not in values
    assert estate.at("Fn").type == "AWS::Serverless::Function"
    assert "Runtime" not in estate.at("Bucket").values


def test_generated_resources_are_unknown_not_errors(folder: Any) -> None:
    estate = folder.read(SAM)
    assert estate.at("Fn").values["Role"].reason == "known-after-deploy"
    assert estate.at("Bucket").values["Api"].reason == "known-after-deploy"


def test_places(folder: Any) -> None:
    resource = folder.read(SAM).at("Fn")
    assert resource.locate(("Timeout",)).line == 15
    assert resource.locate(("Runtime",)).line == 4
    assert resource.locate(("Environment", "Variables", "B")).line == 17
    assert resource.locate(("Environment", "Variables", "A")).line == 7
    assert resource.locate(("Nothing",)).line == 12


def test_without_the_transform_globals_mean_nothing(folder: Any, problems: Any) -> None:
    estate = folder.read(SAM.replace("Transform: AWS::Serverless-2016-10-31\n", ""))
    assert "Runtime" not in estate.at("Fn").values
    assert {code for _, code, _ in problems(estate)} == {"undefined-reference"}
