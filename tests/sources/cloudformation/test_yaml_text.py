"""YAML: what values a text has, where they stand, and which texts are refused."""

from __future__ import annotations

from typing import Any

import pytest

from cloudpolicy.sources.cloudformation import yaml_text
from cloudpolicy.sources.cloudformation.text import DEPTH_LIMIT, Document, Tagged, Unparsable


def parse(text: str) -> Document:
    return yaml_text.parse("t.yaml", text.encode())


def refused(text: str) -> tuple[str, int]:
    with pytest.raises(Unparsable) as error:
        parse(text)
    span = error.value.diagnostic.span
    assert span is not None
    return error.value.diagnostic.code, span.line


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("Yes", True),
        ("on", True),
        ("off", False),
        ("NO", False),
        ("y", "y"),
        ("tRUE", "tRUE"),
        ("~", None),
        ("", None),
        ("null", None),
        ("'null'", "null"),
        ("0", 0),
        ("-12", -12),
        ("1_000", 1000),
        ("0x1F", 31),
        ("0b11", 3),
        ("80", 80),
        ("'80'", "80"),
        ("1.5", 1.5),
        ("-.5", -0.5),
        ("1.0e+3", 1000.0),
        ("1e3", "1e3"),
        (".", "."),
        ("1.2.3", "1.2.3"),
        ("2012-10-17", "2012-10-17"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("012345678901", "012345678901"),
        ("012345670", "012345670"),
        ("22:22", "22:22"),
        ("0x", "0x"),
        ("0x_", "0x_"),
        ("123456789012", 123456789012),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
        ("=", "="),
        ("!Ref A", {"Ref": "A"}),
        ("!GetAtt A.Arn", {"Fn::GetAtt": "A.Arn"}),
        ("!GetAtt [A, Arn]", {"Fn::GetAtt": ["A", "Arn"]}),
        ("!Sub '${A}'", {"Fn::Sub": "${A}"}),
        ("!Condition C", {"Condition": "C"}),
        ("!Base64 x", {"Fn::Base64": "x"}),
        ("!If [C, !Ref A, 2]", {"Fn::If": ["C", {"Ref": "A"}, 2]}),
        ("!Transform {Name: X}", {"Fn::Transform": {"Name": "X"}}),
        ("!Equals [1, '1']", {"Fn::Equals": [1, "1"]}),
        ("!ToJsonString {a: 1}", {"Fn::ToJsonString": {"a": 1}}),
    ],
)
def test_scalars_and_tags(text: str, value: Any) -> None:
    found = parse(f"a: {text}\n").data["a"]
    assert found == value and type(found) is type(value)


def test_keys_are_text_as_written() -> None:
    assert parse("80: a\ntrue: b\n2012-10-17: c\n").data == {"80": "a", "true": "b", "2012-10-17": "c"}


def test_an_unknown_tag_is_kept() -> None:
    found = parse("a: !Foo [1]\n").data["a"]
    assert isinstance(found, Tagged) and (found.tag, found.value) == ("!Foo", [1])


def test_aliases_and_merge_keys() -> None:
    document = parse("base: &b {x: 1, y: 2}\nmore: &m {z: 3}\none: {<<: *b, y: 5}\ntwo:\n  <<: [*b, *m]\nsame: *b\n'<<': text\n")
    assert document.data["one"] == {"x": 1, "y": 5}
    assert document.data["two"] == {"x": 1, "y": 2, "z": 3}
    assert document.data["same"] is document.data["base"]
    assert document.data["<<"] == "text"
    assert document.span(("two", "z")).line == 2  # type: ignore[union-attr]


def test_duplicate_keys_keep_the_first_and_say_so() -> None:
    document = parse("a:\n  x: 1\n  y: 2\n  x: 3\n")
    assert document.data == {"a": {"x": 1, "y": 2}}
    assert [(d.severity, d.code, d.span.line, d.span.column) for d in document.problems if d.span] == [("error", "duplicate-key", 4, 3)]


def test_a_key_that_is_no_text_is_reported() -> None:
    document = parse("a: 1\n? [b, c]\n: 2\n")
    assert document.data == {"a": 1}
    assert [(d.code, d.span.line) for d in document.problems if d.span] == [("invalid-template", 2)]


SPANS = """\
A:
  B: one   # comment
  C:
    - x
    - y: 1
      z: |
        text

        more

  # a comment about D
  D: !If
    - Cond
    - !Ref E
    - [1, 2]
  F: {g: 1, h: [3,
    4]}
  I:
J: &anchor
  k: "two
    lines"
L: *anchor
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("A",), (1, 1, 18, 4)),
        (("A", "B"), (2, 3, 2, 8)),
        (("A", "C"), (3, 3, 9, 12)),
        (("A", "C", 0), (4, 7, 4, 7)),
        (("A", "C", 1), (5, 7, 9, 12)),
        (("A", "C", 1, "z"), (6, 7, 9, 12)),
        (("A", "D"), (12, 3, 15, 12)),
        (("A", "D", "Fn::If", 1), (14, 7, 14, 12)),
        (("A", "D", "Fn::If", 2, 1), (15, 11, 15, 11)),
        (("A", "F", "h", 1), (17, 5, 17, 5)),
        (("A", "F"), (16, 3, 17, 7)),
        (("A", "I"), (18, 3, 18, 4)),
        (("J",), (19, 1, 21, 10)),
        (("L",), (22, 1, 22, 1)),
    ],
)
def test_spans(path: tuple[str | int, ...], place: tuple[int, int, int, int]) -> None:
    span = parse(SPANS).span(path)
    assert span is not None
    assert (span.line, span.column, span.end_line, span.end_column) == place


@pytest.mark.parametrize("path", [("A", "X"), ("A", "C", 2), ("A", 0), ("A", "B", "c"), ("A", "C", "0")])
def test_nothing_stands_there(path: tuple[str | int, ...]) -> None:
    document = parse(SPANS)
    assert document.span(path) is None
    assert document.nearest(path).line in (1, 2, 3)


def test_windows_line_ends() -> None:
    document = parse(SPANS.replace("\n", "\r\n"))
    assert [document.span(("A", "C", 1, "z")).end_line, document.span(("A", "D")).line] == [9, 12]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "empty-file", 1),
        ("# only a comment\n", "empty-file", 1),
        ("a:\n  b: [1\nc: 2\n", "syntax-error", 3),
        ("a:\n\tb: 1\n", "syntax-error", 2),
        ("a: *nowhere\n", "syntax-error", 1),
        ("a: &x 1\nb: &x 2\n", "syntax-error", 2),
        ("a: &x\n  b: *x\n", "syntax-error", 1),
        ('a: "\x01"\n', "syntax-error", 1),
    ],
)
def test_refused(text: str, code: str, line: int) -> None:
    assert refused(text) == (code, line)


def test_a_second_document_is_reported_and_the_first_read() -> None:
    document = parse("a: 1\n---\nb: 2\n")
    assert document.data == {"a": 1}
    assert [(d.severity, d.code, d.span.line) for d in document.problems if d.span] == [("error", "several-documents", 3)]


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 50_000,
        "a: " + "[" * 50_000 + "]" * 50_000,
        "{a: " * 50_000,
        "- " * 50_000 + "x",
        "? " * 50_000 + "x",
        "a: " + "[" * 900 + "]" * 900,
        "\n".join(" " * depth + "a:" for depth in range(2_000)),
        "\n".join(" " * depth + "a:" for depth in range(DEPTH_LIMIT + 50)),
    ],
)
def test_deep_nesting_is_refused_before_the_stack_overflows(text: str) -> None:
    code, line = refused(text)
    assert code == "too-deep"
    assert line == (1 if "\n" not in text else DEPTH_LIMIT + 1)


def test_a_tag_on_a_key_is_reported() -> None:
    document = parse("a: 1\nb: [!ImportValue Fn::Sub: x]\n")
    assert document.data == {"a": 1, "b": [{}]}
    assert [(d.code, d.span.line) for d in document.problems if d.span] == [("invalid-template", 2)]


def test_a_text_with_too_many_values_is_refused() -> None:
    assert refused("a:\n" + "- x\n" * 450_000)[0] == "expansion-limit"


def test_nesting_below_the_limit_is_read() -> None:
    assert parse("a: " + "[" * 150 + "]" * 150).data["a"]


def test_an_alias_bomb_is_counted_and_not_built() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
    assert refused(bomb)[0] == "expansion-limit"


def test_without_libyaml_the_answers_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    import yaml

    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    spec = importlib.util.spec_from_file_location("yaml_text_pure", yaml_text.__file__)
    assert spec is not None and spec.loader is not None
    pure = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pure)
    assert pure._Loader.__mro__ != yaml_text._Loader.__mro__
    slow, fast = pure.parse("t.yaml", SPANS.encode()), parse(SPANS)
    assert slow.data == fast.data
    for path in [("A",), ("A", "C", 1, "z"), ("A", "D"), ("A", "F"), ("J",)]:
        assert slow.span(path) == fast.span(path)
    for text in ("a: [1", "a: " + "[" * 50_000, "? " * 50_000 + "x", "a: " + "[" * 900 + "]" * 900, 'a: "\x01"', ""):
        with pytest.raises(Unparsable) as error:
            pure.parse("t.yaml", text.encode())
        assert error.value.diagnostic.code == refused(text)[0]
