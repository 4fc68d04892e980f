"""The values that cfn-lint's own decoder reads from a text are the values that ours reads, but for the documented differences."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from cloudpolicy.sources.cloudformation.text import parse

TEXTS = {
    "intrinsics.yaml": """\
AWSTemplateFormatVersion: 2010-09-09
Resources:
  A:
    Type: AWS::S3::Bucket
    Properties:
      A: !Ref B
      B: !Sub ["${x}", {x: !GetAtt B.Arn}]
      C: !If [T, !Ref AWS::NoValue, {a: !Join [",", [a, !Select [0, !Split [",", "a,b"]]]]}]
      D: {Fn::FindInMap: [M, !Ref AWS::Region, b]}
      E: !Base64 |
        #!/bin/sh
        echo
      F: !GetAZs ""
      G: !ImportValue x
      H: !Cidr [10.0.0.0/8, 2, 8]
      I: !And [!Condition a, !Not [!Equals [a, b]], !Or [!Condition b, !Condition c]]
""",
    "scalars.yaml": """\
Resources:
  A:
    Type: AWS::S3::Bucket
    Properties: {a: yes, b: Off, c: 12, d: -1.5, e: '012', f: 2012-10-17, g: "80", h: 0x10, i: on, j: 'no', k: 1e3, l: text, m: .5, n: 1.2.3}
""",
    "blocks.yaml": "Resources:\n  A:\n    Type: AWS::S3::Bucket\n    Properties:\n      a: |\n        x\n\n        y\n      b: >-\n        x\n        y\n"
    '      c: |+\n        z\n\n      d: "a\\n\\u00e9"\n      80: x\n',
    "plain.json": '{"Resources": {"A": {"Type": "AWS::S3::Bucket", "Properties": {"a": [1, 2.5, true, "x", {"Ref": "A"}], "b": "\\u00e9"}}}}',
}


def plain(value: Any) -> Any:
    """cfn-lint's nodes are subclasses of dict, list and str; it cuts GetAtt's argument at its dot and reads dates, we do neither."""
    if isinstance(value, dict):
        return {str(key): plain(item if key != "Fn::GetAtt" or isinstance(item, str) else ".".join(item)) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value


@pytest.mark.slow
@pytest.mark.parametrize("name", TEXTS)
def test_the_same_values(name: str, tmp_path: Path) -> None:
    decode = pytest.importorskip("cfnlint.decode")
    path = tmp_path / name
    path.write_text(TEXTS[name], encoding="utf-8")
    theirs, problems = decode.decode(str(path))
    assert problems == []
    assert plain(parse(str(path), path.read_bytes()).data) == plain(theirs)
