"""Edits of YAML text: comments, order, quotes and styles stay; anchors that others refer to are not touched."""

import pytest
import yaml

from cloudpolicy.fix.operations import REST, Bare, Elsewhere, NotEditable
from cloudpolicy.fix.yaml_text import Editor


@pytest.mark.parametrize(
    ("before", "path", "value", "after"),
    [
        ("A:\n  b: false # なぜ\n  c: 1\n", ("A", "b"), True, "A:\n  b: true # なぜ\n  c: 1\n"),
        ("A:\n  b: 'false'\n", ("A", "b"), True, "A:\n  b: 'true'\n"),
        ('A:\n  b: "7"\n', ("A", "b"), 30, 'A:\n  b: "30"\n'),
        ("A:\n  b: No\n", ("A", "b"), True, "A:\n  b: true\n"),
        ("A:\n  b: x\n", ("A", "b"), "on", 'A:\n  b: "on"\n'),
        ("A:\n  b: x\n", ("A", "b"), "y: z #", 'A:\n  b: "y: z #"\n'),
        ("A:\n  b: 1\n\n# 次\nC: 2\n", ("A", "d"), True, "A:\n  b: 1\n  d: true\n\n# 次\nC: 2\n"),
        ("A:\n    b: 1 # c\n", ("A", "d", "e"), True, "A:\n    b: 1 # c\n    d:\n        e: true\n"),
        ("A:\n  B:\n      b: 1\n", ("A", "B", "d", "e"), True, "A:\n  B:\n      b: 1\n      d:\n          e: true\n"),
        ("A: {b: 1}\n", ("A", "d"), True, "A: {b: 1, d: true}\n"),
        ("A: {b: 1}\n", ("A", "d", "e"), True, "A: {b: 1, d: { e: true }}\n"),
        ("A: {}\n", ("A", "d"), True, "A: { d: true }\n"),
        ("A: {b: {c: false}}\n", ("A", "b", "c"), True, "A: {b: {c: true}}\n"),
        ("A:\n  b:\n", ("A", "b"), True, "A:\n  b: true\n"),
        ("A:\n  b: # 空\n  c: 1\n", ("A", "b", "d"), True, "A:\n  b: # 空\n    d: true\n  c: 1\n"),
        ("A:\n  - b: 1\n  - b: 2\n", ("A", 1, "b"), 3, "A:\n  - b: 1\n  - b: 3\n"),
        ("A:\n  - b: 1\n", ("A", REST, "b"), 3, "A:\n  - b: 1\n  - b: 3\n"),
        ("A:\n- b: 1\n  c: 2\nD: 1\n", ("A", 0, "e"), 3, "A:\n- b: 1\n  c: 2\n  e: 3\nD: 1\n"),
        ("A: [{b: 1}]\n", ("A", REST, "b"), 3, "A: [{b: 1}, { b: 3 }]\n"),
        ("A:\n  t: |\n    text\n    more\n\nB: 1\n", ("A", "d"), True, "A:\n  t: |\n    text\n    more\n  d: true\n\nB: 1\n"),
        ("A:\n  b: !Ref X\n", ("A", "d"), Bare({"Fn::GetAtt": ["R", "Arn"]}), "A:\n  b: !Ref X\n  d: !GetAtt R.Arn\n"),
        ("A: &a\n  b: false\nC:\n  <<: *a\n", ("C", "d"), True, "A: &a\n  b: false\nC:\n  <<: *a\n  d: true\n"),
    ],
)
def test_set(before, path, value, after):
    assert Editor(before).set(path, value) == after
    assert Editor(before.replace("\n", "\r\n")).set(path, value) == after.replace("\n", "\r\n")
    assert Editor(before.rstrip("\n")).set(path, value).rstrip("\n") == after.rstrip("\n")
    yaml.compose(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("A: [a]\n", "A: [a, x, z]\n"),
        ("A:\n  - a # なぜ\n# 次\nB: 1\n", "A:\n  - a # なぜ\n  - x\n  - z\n# 次\nB: 1\n"),
        ("A:\n- a\n", "A:\n- a\n- x\n- z\n"),
    ],
)
def test_items_are_added_behind_the_others(before, after):
    assert Editor(before).set(("A",), ["x", "z"], items=True) == after


@pytest.mark.parametrize(
    ("before", "path", "why"),
    [
        ("A: &a {b: false}\nC: *a\n", ("C", "b"), "an alias of an anchor"),
        ("A:\n  b: &v false\nC:\n  b: *v\n", ("A", "b"), "an anchor that others refer to"),
        ("A:\n  b: &v false\nC:\n  b: *v\n", ("C", "b"), "an alias of an anchor"),
        ("A:\n  b: !If [X, true, false]\n", ("A", "b"), "comes from the expression !If"),
        ("A:\n  b: {Fn::If: [X, true, false]}\n", ("A", "b", "c"), "comes from the expression"),
        ("A:\n  b: |\n    x\n", ("A", "b"), "comes from the expression"),
        ("A:\n  b: [x, # c\n    y]\n", ("A", "b"), "comments stand inside"),
        ("A: [", ("A",), "syntax error"),
    ],
)
def test_what_is_not_edited(before, path, why):
    with pytest.raises(NotEditable, match=why):
        Editor(before).set(path, ["x"] if "comments" in why else True)


@pytest.mark.parametrize("value", ["!Ref Days", "{Ref: Days}", "\n    Ref: Days", "!Ref 'Days'"])
def test_a_reference_tells_what_it_refers_to(value):
    with pytest.raises(Elsewhere) as refusal:
        Editor(f"A:\n  b: {value}\n").set(("A", "b"), True)
    assert refusal.value.name == "Days"
