"""Expressions: what is known is exact, what is not is an Unknown that says why."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudpolicy.model import ABSENT, Unknown

KNOWN = [
    ("1", 1),
    ("-2.5e3", -2500),
    ("1e-2", 0.01),
    ("1.0", 1),
    ("true", True),
    ('""', ""),
    (r'"a\n\t\"\\\u00e9 $${x} %%{y} $ %"', 'a\n\t"\\é ${x} %{y} $ %'),
    ('"日本 ${1 + 1} 語"', "日本 2 語"),
    ("[1, [2], {a = 3}]", [1, [2], {"a": 3}]),
    ('{ a = 1, "b" : 2, ("c${1}") = 3\n "d-${2}" = null\n 5 = 6 }', {"a": 1, "b": 2, "c1": 3, "d-2": None, "5": 6}),
    ("1 + 2 * 3 - 4 / 2", 5),
    ("(1 + 2) * 3", 9),
    ("10 - 3 - 2", 5),
    ("-7 % 3", -1),
    ("7 / 2", 3.5),
    ("0.1 + 0.2", 0.3),
    ("1.5 * 2", 3),
    ("1 < 2 && !(2 >= 3) || false", True),
    ("1 == 1.0", True),
    ("1 == true", False),
    ('"1" == 1', False),
    ('"5" + 1', 6),
    ("true ? 1 : 2", 1),
    ("false ? 1 : true ? 3 : 4", 3),
    ("[10, 20][1]", 20),
    ("{ a = { b = [1, 2] } }.a.b[1]", 2),
    ('{ a = 1 }["a"]', 1),
    ("[{ a = 1 }, { a = 2 }][*].a", [1, 2]),
    ("[{ a = [1] }, { a = [2] }][*].a[0]", [1, 2]),
    ("[{ a = [1] }, { a = [2] }].*.a[0]", [1]),
    ("{ a = 1 }[*].a", [1]),
    ("null[*]", []),
    ("[for x in [1, 2, 3] : x * 2 if x > 1]", [4, 6]),
    ("[for i, x in [5, 6] : i + x]", [5, 7]),
    ('[for k, v in { b = 1, a = 2 } : "${k}${v}"]', ["a2", "b1"]),
    ('[for k in toset(["b", "a", "b"]) : k]', ["a", "b"]),
    ('{ for x in ["a", "b"] : x => upper(x) }', {"a": "A", "b": "B"}),
    ('{ for x in ["ab", "ac"] : substr(x, 0, 1) => x... }', {"a": ["ab", "ac"]}),
    ("[for x in [[1, 2], [3]] : [for y in x : y + 1]]", [[2, 3], [4]]),
    ('"%{ if 1 == 1 }y%{ else }n%{ endif }"', "y"),
    ('"%{ if false }y%{ endif }"', ""),
    ('"%{ for i, x in ["a", "b"] ~} ${i}${x}, %{ endfor ~}"', "0a, 1b, "),
    ('"a ${~ "b" ~} c"', "abc"),
    ("max([1, 5, 3]...)", 5),
    ("merge({ a = 1 }, { a = 2, b = 3 })", {"a": 2, "b": 3}),
    ('jsonencode({ b = [1, true], a = "x" })', '{"a":"x","b":[1,true]}'),
    ("try({}.a, 7)", 7),
    ("can({}.a)", False),
    ("can({ a = 1 }.a)", True),
    ('"${true}-${1.5}-${10}"', "true-1.5-10"),
    ('"${[1, 2]}"', [1, 2]),
    ("false && var.u", False),
    ("true || var.u", True),
    ("var.u && false", False),
    ("var.u ? 5 : 5", 5),
    ("aws_x.r == null", False),
    ("[var.u] == null", False),
    ("length([var.u, 1])", 2),
    ('[var.u, "b"][1]', "b"),
    ("{ a = var.u, b = 2 }.b", 2),
    ("(var.u ? [1, 2] : [1, 3])[0]", 1),
    ('(var.u ? "a" : "b") != "c"', True),
    ('"x-${var.u}" == "y-z"', False),
    ("path.module", "."),
    ("terraform.workspace", "default"),
]


@pytest.mark.parametrize(("expression", "expected"), KNOWN, ids=[text for text, _ in KNOWN])
def test_known_expressions_have_their_exact_value(world: Any, expression: str, expected: Any) -> None:
    value = world.value(expression)
    assert value == expected
    assert type(value) is type(expected)


INVALID = [
    "[1][5]",
    "{ a = 1 }.b",
    "{ a = 1 }.b.c",
    '"a" + 1',
    "1 / 0",
    '"${{}}-"',
    "!5",
    "[for x in 5 : x]",
    "nothing.here",
    "local.none",
    "var.none",
    "nofunction(1)",
    "upper()",
    '{ for x in [1, 2] : "a" => x }',
    "module.none.x",
    "5 ? 1 : 2",
    "try()",
    "data.aws_x.none.id",
    "each.key",
    "count.index",
]


@pytest.mark.parametrize("expression", INVALID)
def test_a_wrong_expression_is_unknown_and_never_an_exception(world: Any, expression: str) -> None:
    value = world.value(expression)
    assert isinstance(value, Unknown)
    assert value.reason == "invalid-expression"


def test_a_variable_without_value_names_itself(world: Any) -> None:
    assert world.value("var.u") == Unknown("variable-without-value", "var.u")
    assert world.value("!var.u") == Unknown("variable-without-value", "!var.u")


def test_a_template_keeps_its_known_text(world: Any) -> None:
    value = world.value('"arn:aws:s3:::${aws_x.r.id}/${var.u}/*"')
    assert value.partial == "arn:aws:s3:::${aws_x.r.id}/${var.u}/*"
    assert value.references == ("aws_x.r",)
    assert value.reason == "known-after-apply"


def test_an_interpolation_alone_is_the_value_itself(world: Any) -> None:
    assert world.value('"${aws_x.r.id}"') == Unknown("known-after-apply", "aws_x.r.id", ("aws_x.r",))


def test_lists_and_objects_keep_unknown_leaves_inside(world: Any) -> None:
    assert world.value("[1, { a = var.u }]") == [1, {"a": Unknown("variable-without-value", "var.u")}]


def test_an_unknown_condition_gives_both_branches(world: Any) -> None:
    value = world.value('var.u ? "a" : aws_x.r.id')
    assert value.reason == "condition-undetermined"
    assert value.choices == ("a", Unknown("known-after-apply", "aws_x.r.id", ("aws_x.r",)))
    assert value.references == ("aws_x.r",)
    assert world.value("var.u ? null : 3").choices == (ABSENT, 3)


def test_choices_pass_through_templates_indexes_and_functions(world: Any) -> None:
    assert world.value('"x-${var.u ? "a" : "b"}"').choices == ("x-a", "x-b")
    assert world.value("(var.u ? { a = 1 } : { a = 2 }).a").choices == (1, 2)
    assert world.value("[for x in (var.u ? [1] : []) : x + 1]").choices == ([2], [])
    assert world.value('upper(var.u ? "a" : "b")').choices == ("A", "B")


def test_an_unknown_filter_keeps_what_may_be_in(world: Any) -> None:
    value = world.value("[for x in [1, 2] : x if var.u == x]")
    assert isinstance(value, Unknown)
    assert value.partial == [1, 2]


def test_try_takes_the_first_that_is_no_error(world: Any) -> None:
    assert world.value('try(aws_x.r[0].id, "none")') == "none"
    assert world.value('try(var.u.a, "x")').reason == "variable-without-value"


def test_a_written_null_is_absent(world: Any) -> None:
    resource = world.one('resource "aws_x" "y" {\n a = null\n b = true ? null : 1\n c = 1\n d {\n  e = null\n }\n}\n')
    assert resource.values == {"c": 1, "d": [{}]}


HEREDOCS = [  # the expected texts are what HashiCorp's own HCL library makes of them
    ('<<EOT\n  one ${"x"}\n\n two\\n $${z}\nEOT', "  one x\n\n two\\n ${z}\n"),
    ("<<EOT\nEOT", ""),
    ('<<-EOT\n    one\n      two ${"x"}\n    ${"x"}\n  EOT', "one\n  two x\nx\n"),
    ('<<-EOT\n    a\n    %{ for x in ["p"] ~}\n    b ${x}\n    %{ endfor ~}\n    c\n  EOT', "a\n    b p\n    c\n"),
    ('<<-EOT\n    a\n    %{ for x in ["p"] }\n      b ${x}\n    %{ endfor }\n    c\n  EOT', "a\n\n  b p\n\nc\n"),
    ("<<EOT\n    a\n    %{~ if true ~}\n      b\n    %{~ endif ~}\n    c\nEOT", "    a\n      b\n    c\n"),
    ('<<-EOT\n      a\n\n    ${"x"} b\n        c\n  EOT', "  a\n\nx b\n    c\n"),
    ('<<-EOT\n      ${~ "x" ~}\n        c\n     d\n  EOT', "x        c\n     d\n"),
    ("<<-EOT\n      a\n   \n      b\n  EOT", "a\n   \nb\n"),
    ("<<-EOT\n    %{ if true ~}\n  q\n    %{ endif ~}\n      b\n  EOT", "  q\n      b\n"),
    ('<<EOT\n  a ${~ "x" ~}\n\n   b\nEOT', "  ax\n   b\n"),
    ("<<-EOT\n\ta\n\t  b\n  EOT", "a\n  b\n"),
    ('<<-EOT\n    a\n${"x"}\n    b\n  EOT', "    a\nx\n    b\n"),
    ("<<-EOT\n    %{ for i in [1, 2] }\n    ${i},\n    %{~ endfor }\n      z\n  EOT", "    \n    1,\n\n    2,\n\n      z\n"),
]


@pytest.mark.parametrize(("text", "expected"), HEREDOCS)
def test_heredocs(world: Any, text: str, expected: str) -> None:
    assert world.value(text) == expected


def test_quoted_templates_strip_escaped_line_ends_too(world: Any) -> None:
    assert world.value('"a %{ if true ~} x \\n  %{~ endif } b"') == "a x b"


def test_the_source_text_of_an_unknown_is_one_short_line(world: Any) -> None:
    value = world.value("concat([\n  var.u,\n" + "  aws_x.r.id,\n" * 40 + "], var.u)")
    assert isinstance(value, Unknown)
    assert "\n" not in value.expression
    assert len(value.expression) <= 80


def test_a_policy_document_keeps_its_shape_around_an_unknown(world: Any) -> None:
    value = world.value('jsonencode({ Statement = [{ Action = "*", Resource = aws_x.r.arn }] })')
    assert isinstance(value, Unknown)
    document = value.partial if isinstance(value.partial, dict) else json.loads(value.partial)
    assert document["Statement"][0]["Action"] == "*"
    assert value.references == ("aws_x.r",)


def test_files_are_read_inside_the_tree_only(world: Any) -> None:
    world.write_all({"policy.json": '{"a": 1}', "t.tpl": "x=${x}%{ if y }!%{ endif }\n"})
    assert world.value('file("policy.json")') == '{"a": 1}'
    assert world.value('jsondecode(file("${path.module}/policy.json")).a') == 1
    assert world.value('templatefile("t.tpl", { x = 1, y = true })') == "x=1!\n"
    assert world.value('templatefile("t.tpl", { x = var.u, y = false })').partial == "x=${x}\n"
    assert world.value('file("../../etc/passwd")').reason == "invalid-expression"
    assert world.value('fileexists("policy.json")') is True
    assert world.value('fileset(".", "*.json")') == ["policy.json"]


def test_a_loop_over_a_partly_known_collection_keeps_what_is_known(world: Any) -> None:
    value = world.value('[for x in concat(var.u, ["a"]) : upper(x)]')
    assert isinstance(value, Unknown)
    assert value.partial[-1] == "A"
