"""JSON: values, positions, and which texts are refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import cloudpolicy
from cloudpolicy.sources.cloudformation import json_text
from cloudpolicy.sources.cloudformation.text import Document, Unparsable, parse

TEXT = """\
{
\t"A" : {"B": [1, {"c": "x ] } \\" y"}, true],
    "D": null
  },
  "E\\u0041": {}, "F": [ ]
}
"""


def read(text: str) -> Document:
    return json_text.parse("t.json", text.encode())


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("A",), (2, 2, 4, 3)),
        (("A", "B"), (2, 9, 2, 43)),
        (("A", "B", 0), (2, 15, 2, 15)),
        (("A", "B", 1), (2, 18, 2, 36)),
        (("A", "B", 1, "c"), (2, 19, 2, 35)),
        (("A", "B", 2), (2, 39, 2, 42)),
        (("A", "D"), (3, 5, 3, 13)),
        (("EA",), (5, 3, 5, 15)),
        (("F",), (5, 18, 5, 25)),
    ],
)
def test_spans(path: tuple[str | int, ...], place: tuple[int, int, int, int]) -> None:
    span = read(TEXT).span(path)
    assert span is not None
    assert (span.line, span.column, span.end_line, span.end_column) == place


@pytest.mark.parametrize("path", [("X",), ("A", "B", 3), ("A", 0), ("F", 0), ("A", "D", "x"), ("A", "B", "0")])
def test_nothing_stands_there(path: tuple[str | int, ...]) -> None:
    assert read(TEXT).span(path) is None


def test_duplicate_keys_keep_the_first_and_say_so() -> None:
    document = read('{\n "a": 1,\n "b": 2,\n "a": 3\n}')
    assert document.data == {"a": 1, "b": 2}
    assert [(d.severity, d.code, d.span.line, d.span.column) for d in document.problems if d.span] == [("error", "duplicate-key", 4, 2)]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ('{\n "a" 1}', "syntax-error", 2),
        ('{"a": NaN}', "syntax-error", 1),
        ('{"a": %s}' % ("9" * 5_000), "syntax-error", 1),
        ("[" * 50_000, "too-deep", 1),
        ('{"a":\n' * 50_000 + "1" + "}" * 50_000, "too-deep", 201),
    ],
)
def test_refused(text: str, code: str, line: int) -> None:
    with pytest.raises(Unparsable) as error:
        read(text)
    span = error.value.diagnostic.span
    assert span is not None
    assert (error.value.diagnostic.code, span.line) == (code, line)


def test_brackets_in_text_are_no_nesting() -> None:
    assert read('{"a": "%s"}' % ("[{" * 500)).data["a"] == "[{" * 500


def test_flow_yaml_that_starts_with_a_brace_is_yaml() -> None:
    assert parse("t.yaml", b"{a: !Ref B}").data == {"a": {"Ref": "B"}}
    with pytest.raises(Unparsable) as error:
        parse("t.json", b"{a: !Ref B}")
    assert error.value.diagnostic.code == "syntax-error"


CODE = """\
import os, sys
from cloudpolicy.sources import Options
from cloudpolicy.sources.cloudformation import read
path = os.path.join(sys.argv[1], sys.argv[2])
with open(path, "w") as file:
    file.write('{"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"P": {"Fn::Sub": "${B}"}}}}}')
estate = read(path, Options(sys.argv[1]))
assert estate.resources[0].span.line in (1, 2), estate.diagnostics
print([name for name in sys.argv[3:] if name in sys.modules])
"""
HEAVY = ("dataclasses", "typing", "pathlib", "inspect", "argparse", "logging", "msgspec", "ipaddress", "tomllib", "cfnlint")


@pytest.mark.parametrize(("name", "unwanted"), [("t.json", (*HEAVY, "yaml")), ("t.yaml", (*HEAVY, "yaml")), ("t.yml", HEAVY)])
def test_reading_loads_nothing_heavy(tmp_path: Path, name: str, unwanted: tuple[str, ...]) -> None:
    home = os.path.dirname(os.path.dirname(os.path.abspath(cloudpolicy.__file__)))
    code = CODE if name != "t.yml" else CODE.replace("file.write('{", "file.write('# YAML\\n{")
    result = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), name, *unwanted],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": home, "PYTHONSAFEPATH": "1"},
    )
    assert (result.stdout.strip(), result.stderr) == ("[]", "")
