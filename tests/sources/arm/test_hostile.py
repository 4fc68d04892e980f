"""Bad input: one clear diagnostic, no traceback, no hang, no unbounded memory."""

from __future__ import annotations

import gc
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudpolicy.model import Unknown
from cloudpolicy.sources import Options, Unit, read
from cloudpolicy.sources.arm.json_template import strict

RESOURCE = {"type": "Microsoft.A/b", "name": "x"}


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"", "syntax-error", 1),
        (b"{", "syntax-error", 1),
        (b'{"a": 1,\n"b": }', "syntax-error", 2),
        (b"[]", "invalid-template", 1),
        (b"null", "invalid-template", 1),
        (b"{}", "invalid-template", 1),
        ("{}".encode("utf-16"), "not-utf-8", 1),
        (b"\0\1\2", "binary-file", 1),
        (b'{"a": "\xff"}', "not-utf-8", 1),
        (b'{"resources": 5}', "invalid-template", 1),
        (b'{"resources": [5]}', "invalid-template", 1),
        (b'{"resources": [{"name": "x"}]}', "invalid-template", 1),
        (b'{"resources": [], "parameters": []}', "invalid-template", 1),
        (b'{"resources": [], "parameters": {"a": 1}}', "invalid-template", 1),
        (b'{"resources": [], "variables": 1}', "invalid-template", 1),
        (b'{"resources": [],\n "resources": []}', "duplicate-key", 2),
        (b'{"resources": ' + b"[" * 1000 + b"]" * 1000 + b"}", "too-deep", 1),
        (b'{"a": NaN}', "syntax-error", 1),
    ],
)
def test_json(folder: Any, problems: Any, data: bytes, code: str, line: int) -> None:
    estate = folder.read(data)
    assert ("error", code, line) in problems(estate)
    assert estate.resources == []


def test_a_byte_order_mark_and_windows_line_ends(folder: Any) -> None:
    text = json.dumps({"resources": [RESOURCE]}, indent=1).replace("\n", "\r\n")
    estate = folder.read(b"\xef\xbb\xbf" + text.encode())
    assert estate.diagnostics == [] and estate.resources[0].span.line == 3
    estate = folder.bicep(b"\xef\xbb\xbfparam p string = 'a'\r\nresource x 'Microsoft.A/b@1' = {\r\n  name: p\r\n}\r\n")
    assert estate.diagnostics == [] and (estate.resources[0].span.line, estate.resources[0].span.end_line) == (2, 4)


@pytest.mark.parametrize("data", [b"\0", "param a string".encode("utf-16"), b"var a = '\xff'"])
def test_bicep_that_is_no_text(folder: Any, data: bytes) -> None:
    estate = folder.read(data, "main.bicep")
    assert [d.severity for d in estate.diagnostics] == ["error"] and estate.resources == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "text",
    [
        "var a = " + "(" * 5000 + "1" + ")" * 5000,
        "var a = " + "[" * 5000,
        "var a = " + "{a:" * 3000,
        "var a = " + "!" * 5000 + "true",
        "var a = " + "-" * 5000 + "1",
        "var a = " + "'${" * 3000,
        "type a = " + "(" * 3000,
        "param a " + "string[" * 3000,
        "var a = " + "x => " * 3000 + "1",
        "var a = " + "1 ? " * 3000,
        "var a = b" + ".c" * 3000,
        "var a = 1" + " + 1" * 3000,
        "@" * 5000,
        "'" * 5001,
        "\\" * 5000,
        "resource " * 2000,
        "/*" * 5000,
    ],
)
def test_bicep_that_is_nested_or_repeated_without_end(folder: Any, text: str) -> None:
    folder.write("main.bicep", text + "\nresource x 'Microsoft.A/b@1' = {\n  name: a\n}\n")
    estate = read(Unit("bicep", str(folder.path / "main.bicep")), Options(str(folder.path)))
    assert "internal-error" not in {d.code for d in estate.diagnostics}


@pytest.mark.parametrize(
    "expression",
    ["[" + "concat(" * 2000 + "'a'" + ")" * 2000 + "]", "[a" + ".b" * 5000 + "]", "[" + "(" * 5000 + "]", "['" + "''" * 5000 + "]"],
)
def test_expressions_without_end(folder: Any, expression: str) -> None:
    folder.write("t.json", {"resources": [{**RESOURCE, "properties": {"p": expression}}]})
    estate = read(Unit("arm", str(folder.path / "t.json")), Options(str(folder.path)))
    assert {d.severity for d in estate.diagnostics} == {"error"}
    assert "internal-error" not in {d.code for d in estate.diagnostics}


@pytest.mark.parametrize("count", [801, 100_000, 10**12])
def test_huge_copies(folder: Any, problems: Any, count: int) -> None:
    estate = folder.read({"resources": [{**RESOURCE, "copy": {"name": "c", "count": count}}]})
    assert ("error", "expansion-limit") in {(s, c) for s, c, _ in problems(estate)}
    assert [r.conditional for r in estate.resources] == [True]


def test_copies_of_copies(folder: Any, problems: Any) -> None:
    inner = {"copy": [{"name": "b", "count": 5000, "input": "[copyIndex('b')]"}]}
    estate = folder.read({"resources": [{**RESOURCE, "properties": {"copy": [{"name": "a", "count": 5000, "input": inner}]}}]})
    assert ("error", "expansion-limit") in {(s, c) for s, c, _ in problems(estate)}
    value = folder.bicep_value("[for a in range(0, 9000): [for b in range(0, 9000): a * b]]", errors=True)
    assert any(isinstance(item, Unknown) for item in value)


def test_text_that_grows(folder: Any) -> None:
    variables = {"v0": "x" * 1000} | {f"v{n}": f"[concat(variables('v{n - 1}'), variables('v{n - 1}'))]" for n in range(1, 40)}
    estate = folder.read({"variables": variables, "resources": [{**RESOURCE, "properties": {"p": "[variables('v39')]"}}]})
    assert estate.resources[0].values["properties"]["p"].reason == "expansion-limit"


def test_lists_that_grow(folder: Any) -> None:
    variables = {"v0": ["x"] * 10} | {f"v{n}": f"[concat(variables('v{n - 1}'), variables('v{n - 1}'))]" for n in range(1, 40)}
    estate = folder.read({"variables": variables, "resources": [{**RESOURCE, "properties": {"p": "[variables('v39')]"}}]})
    assert estate.resources[0].values["properties"]["p"].reason == "expansion-limit"


def test_a_long_chain_of_names(folder: Any) -> None:
    variables = {"v0": "x"} | {f"v{n}": f"[variables('v{n - 1}')]" for n in range(1, 2000)}
    folder.write("t.json", {"variables": variables, "resources": [{**RESOURCE, "properties": {"p": "[variables('v1999')]"}}]})
    estate = read(Unit("arm", str(folder.path / "t.json")), Options(str(folder.path)))
    assert {d.code for d in estate.diagnostics} == {"too-deep"}


def test_functions_that_call_themselves(folder: Any) -> None:
    value = folder.bicep_value("f(1)", "func f(x int) int => f(x + 1)\n", errors=True)
    assert isinstance(value, Unknown)


def test_resources_that_need_each_other(folder: Any) -> None:
    estate = folder.bicep("resource a 'Microsoft.A/b@1' = {\n  name: b.name\n}\nresource b 'Microsoft.A/b@1' = {\n  name: a.name\n}\n")
    assert {d.code for d in estate.diagnostics} == {"reference-cycle"}
    estate = folder.bicep("resource a 'Microsoft.A/b@1' = {\n  name: 'a'\n  properties: { p: a.properties.p }\n}\n")
    assert estate.resources[0].values["properties"]["p"].reason == "cycle"


def test_an_estate_goes_without_the_cycle_collector(folder: Any) -> None:
    from cloudpolicy.sources.arm.module import Module

    folder.write(
        "m.bicep",
        "param p string\nresource x 'Microsoft.A/b@1' = { name: p, properties: { a: true ? { b: p } : {} } }\noutput o string = x.id\n",
    )
    gc.collect()
    before = sum(isinstance(thing, Module) for thing in gc.get_objects())
    gc.disable()
    try:
        estate = folder.bicep("""\
            var v = 'a'
            module m 'm.bicep' = { name: 'm', params: { p: v } }
            resource y 'Microsoft.A/b@1' = { name: 'y', properties: { o: m.outputs.o } }
            resource z 'Microsoft.A/b/c@1' = { parent: y, name: 'z', properties: { y: y.properties } }
        """)
        assert estate.at("m/x").locate(("properties", "a", "b")).line == 2
        del estate
        assert sum(isinstance(thing, Module) for thing in gc.get_objects()) == before
    finally:
        gc.enable()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["[parameters('a')]", "[concat(variables('v'), 'x')]", "[copyIndex()]", "x", "[[", "[", "]"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "name",
                    "properties",
                    "copy",
                    "count",
                    "input",
                    "resources",
                    "condition",
                    "template",
                    "parameters",
                    "value",
                    "scope",
                    "v",
                    "a",
                    "defaultValue",
                    "existing",
                    "templateLink",
                    "relativePath",
                    "location",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["parameters", "variables", "resources", "outputs", "functions"]), JSON), st.lists(JSON, max_size=3))
def test_any_json_is_read_without_a_fault(folder: Any, data: dict[str, Any], more: list[Any]) -> None:
    resources = [{"type": "Microsoft.Resources/deployments", "name": "d", **item} if isinstance(item, dict) else item for item in more]
    path = folder.write("t.json", json.dumps({**data, "resources": [data.get("resources"), *resources]}))
    estate = read(Unit("arm", path), Options(str(folder.path)))
    assert [d.text.en for d in estate.diagnostics if d.code == "internal-error"] == []
    for resource in estate.resources:
        resource.locate(("properties", "a", 0))


PIECES = st.sampled_from(
    [
        "resource",
        " x",
        " 'Microsoft.A/b@1'",
        " = ",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "name",
        ": ",
        "'a'",
        "'${",
        "}'",
        "\n",
        "for ",
        "i in ",
        "if ",
        "param ",
        "var ",
        "module ",
        "'m.bicep'",
        "? ",
        " : ",
        "=> ",
        "...",
        ".",
        "::",
        "parent",
        "@secure()",
        "string",
        "existing ",
        "1",
        "-",
        "!",
        "'''",
        "output ",
        "x.id",
        "targetScope ",
        "//",
        "/*",
        ",",
        "$",
        "type ",
        "|",
        "\\",
        "properties",
        "import ",
    ]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(PIECES, max_size=60))
def test_any_bicep_is_read_without_a_fault(folder: Any, pieces: list[str]) -> None:
    path = folder.write("t.bicep", "".join(pieces).encode())
    estate = read(Unit("bicep", path), Options(str(folder.path)))
    assert [d.text.en for d in estate.diagnostics if d.code == "internal-error"] == []


@pytest.mark.parametrize(
    "text",
    [
        '{"resources": [1, ' + "/**/" * 5000 + "x",
        '{"resources": [1, ' + "//" * 5000 + "\n" * 5000 + "x",
        '{"resources": ' + '"\\' * 20000,
        '{"resources": "' + '\\"' * 1_000_000,
        "," * 20000 + " /* " * 5000,
    ],
)
def test_comments_and_commas_take_no_more_time_than_they_are_long(folder: Any, problems: Any, text: str) -> None:
    """A pattern that could match them in several ways would never come back."""
    estate = folder.read(text)
    assert [severity for severity, _, _ in problems(estate)] == ["error"]
    assert len(strict(text)) == len(text)


def test_what_json_does_not_know_is_blank() -> None:
    loose = '{"a//": [1, // one\n 2 /* ,] */ , /**/ ], "b": "/*", }'
    assert strict(loose) == '{"a//": [1,       \n 2' + " " * 17 + '], "b": "/*"  }'
