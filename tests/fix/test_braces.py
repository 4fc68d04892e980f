"""Edits of JSON and Bicep text: layout, comments and commas stay as they are."""

import pytest

from cloudpolicy.fix import bicep, json_text
from cloudpolicy.fix.operations import REST, Elsewhere, NotEditable
from cloudpolicy.sources.arm.json_template import strict


def arm(text):
    return json_text.editor(text, strict(text), json_text.bracketed)


@pytest.mark.parametrize(
    ("before", "path", "value", "after"),
    [
        ('{\n  "a": false, // なぜ\n  "b": 1\n}\n', ("a",), True, '{\n  "a": true, // なぜ\n  "b": 1\n}\n'),
        ('{\n  "a": "false"\n}\n', ("a",), True, '{\n  "a": "true"\n}\n'),
        ('{\n  "A": false\n}\n', ("a",), True, '{\n  "A": true\n}\n'),
        ('{\n\t"a": 1\n}\n', ("b", "c"), True, '{\n\t"a": 1,\n\t"b": {\n\t\t"c": true\n\t}\n}\n'),
        ('{\n  "a": 1 // なぜ\n}\n', ("b",), True, '{\n  "a": 1, // なぜ\n  "b": true\n}\n'),
        ('{\n  "a": 1, // なぜ\n}\n', ("b",), True, '{\n  "a": 1, // なぜ\n  "b": true\n}\n'),
        ('{\n  "a": 1, /* x */\n}\n', ("b",), True, '{\n  "a": 1, /* x */\n  "b": true\n}\n'),
        ('{"a": 1}', ("b",), "x", '{"a": 1, "b": "x"}'),
        ('{"a":{"c":1}}', ("a", "b"), [{"x": 1, "y": 2}], '{"a":{"c":1,"b":[{"x":1,"y":2}]}}'),
        ("{}", ("b", "c"), "x", '{"b": {"c": "x"}}'),
        ('{\n  "a": {}\n}\n', ("a", "b"), 1, '{\n  "a": {\n    "b": 1\n  }\n}\n'),
        ('{\n  "a": {\n    // まだ\n  }\n}\n', ("a", "b"), 1, '{\n  "a": {\n    // まだ\n    "b": 1\n  }\n}\n'),
        ('{\n  "a": [\n    {"b": 1}\n  ]\n}\n', ("a", 0, "c"), 2, '{\n  "a": [\n    {"b": 1, "c": 2}\n  ]\n}\n'),
        ('{\n  "a": [\n    {"b": 1}\n  ]\n}\n', ("a", REST, "b"), 2, '{\n  "a": [\n    {"b": 1},\n    {\n      "b": 2\n    }\n  ]\n}\n'),
        ('{\n  "a": ["x", "y"]\n}\n', ("a",), ["z"], '{\n  "a": [\n    "z"\n  ]\n}\n'),
        ('{"a": "日本"}', ("a",), "東京", '{"a": "東京"}'),
    ],
)
def test_json(before, path, value, after):
    assert arm(before).set(path, value) == after
    assert arm(before.replace("\n", "\r\n")).set(path, value) == after.replace("\n", "\r\n")


def test_json_items_are_added_behind_the_others():
    assert arm('{"a": ["x"]}').set(("a",), ["y"], items=True) == '{"a": ["x", "y"]}'
    before, after = '{\n  "a": [\n    "x" // c\n  ]\n}', '{\n  "a": [\n    "x", // c\n    "y",\n    "z"\n  ]\n}'
    assert arm(before).set(("a",), ["y", "z"], items=True) == after


@pytest.mark.parametrize(
    ("text", "path"), [('{"a": "[concat(\'x\')]"}', ("a", "b")), ('{"a": "[if(true, 1, 2)]"}', ("a",)), ('{"a": 1}', ("a", "b"))]
)
def test_json_expressions_are_not_edited(text, path):
    with pytest.raises(NotEditable, match="comes from the expression") as refusal:
        arm(text).set(path, True)
    assert not isinstance(refusal.value, Elsewhere)


def test_what_is_written_is_not_replaced():
    with pytest.raises(NotEditable, match="would be replaced"):
        arm('{"a": {"b": 1}}').set(("a",), {"c": 2})


BICEP = "param p bool\n\nresource r 'Microsoft.X/y@2024-01-01' = {\n  name: 'n' // 名\n  properties: BODY\n}\n"


@pytest.mark.parametrize(
    ("before", "path", "value", "after"),
    [
        ("{\n    a: false // なぜ\n    b: 1\n  }", ("a",), True, "{\n    a: true // なぜ\n    b: 1\n  }"),
        ("{\n    a: 'x'\n  }", ("a",), "it's", "{\n    a: 'it\\'s'\n  }"),
        ("{\n    a: 1\n  }", ("b", "c"), True, "{\n    a: 1\n    b: {\n      c: true\n    }\n  }"),
        ("{ a: 1 }", ("b",), True, "{ a: 1, b: true }"),
        ("{}", ("b",), True, "{\n    b: true\n  }"),
        ("{\n    l: [\n      'x'\n    ]\n  }", ("l", REST), "y", "{\n    l: [\n      'x'\n      'y'\n    ]\n  }"),
        (
            "{\n    l: [\n      {\n        a: 1\n      }\n    ]\n  }",
            ("l", 0, "a"),
            2,
            "{\n    l: [\n      {\n        a: 2\n      }\n    ]\n  }",
        ),
    ],
)
def test_bicep(before, path, value, after):
    before, after = (BICEP.replace("BODY", body) for body in (before, after))
    assert bicep.editor(before, "r").set(("properties", *path), value) == after
    windows = before.replace("\n", "\r\n")
    assert bicep.editor(windows, "r").set(("properties", *path), value) == after.replace("\n", "\r\n")


def test_bicep_expressions_are_not_edited():
    with pytest.raises(Elsewhere) as refusal:
        bicep.editor(BICEP.replace("BODY", "{\n    a: p\n  }"), "r").set(("properties", "a"), True)
    assert refusal.value.name == "p"
    with pytest.raises(NotEditable, match="comes from the expression !p"):
        bicep.editor(BICEP.replace("BODY", "{\n    a: !p\n  }"), "r").set(("properties", "a"), True)
    with pytest.raises(NotEditable, match="not in this file"):
        bicep.editor(BICEP, "other")


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("@description('x')\nparam days int = 30 // 日\n", 365, "@description('x')\nparam days int = 365 // 日\n"),
        ("param days string = 'Off'\n", "On", "param days string = 'On'\n"),
    ],
)
def test_bicep_defaults(before, value, after):
    assert bicep.with_value(before, "days", (), value) == after


@pytest.mark.parametrize(
    "text",
    ["@maxValue(90)\nparam days int = 30\n", "param days int\n", "param days int = 3 * 10\n", "@secure()\nparam days string = 'x'\n"],
)
def test_bicep_parameters_that_are_left_alone(text):
    with pytest.raises(NotEditable):
        bicep.with_value(text, "days", (), 365)
