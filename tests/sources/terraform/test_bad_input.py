"""Broken, hostile and enormous input: one clear diagnostic each, the rest is still read, and nothing hangs."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sources.terraform.conftest import codes

from cloudpolicy.model import Unknown

GOOD = 'resource "aws_x" "good" {\n  a = 1\n}\n'


def test_an_invalid_type_is_a_diagnostic_with_its_line(world: Any) -> None:
    estate = world.read('variable "n" {\n  type = int\n}\nresource "aws_x" "y" {\n count = var.n\n}\n')
    assert codes(estate) == ["invalid-type"]
    assert (estate.diagnostics[0].span.line, estate.diagnostics[0].span.column) == (2, 10)
    assert [one.address for one in estate.resources] == ["aws_x.y"]


def test_a_module_that_includes_itself_stops(world: Any) -> None:
    estate = world.read(
        GOOD + 'module "me" {\n source = "./"\n}\nmodule "b" {\n source = "./b"\n}\n',
        files={"b/main.tf": 'module "c" {\n source = "../c"\n}\n', "c/main.tf": 'module "b" {\n source = "../b"\n}\n' + GOOD},
    )
    assert codes(estate) == ["module-cycle", "module-cycle"]
    assert [one.address for one in estate.resources] == ["aws_x.good", "module.b.module.c.aws_x.good"]


def test_cyclic_values_are_one_diagnostic(world: Any) -> None:
    estate = world.read(
        'locals {\n a = local.b\n b = "${local.a}"\n}\nresource "aws_x" "y" {\n a = local.a\n count = length(aws_x.y)\n}\n'
        'resource "aws_z" "p" {\n a = aws_z.q.a\n}\nresource "aws_z" "q" {\n a = aws_z.p.a\n}\n'
    )
    assert set(codes(estate)) == {"reference-cycle"}
    assert estate.at("aws_x.y").conditional
    assert estate.at("aws_x.y").values["a"].reason == "cycle"
    assert isinstance(estate.at("aws_z.p").values["a"], Unknown)


@pytest.mark.parametrize(
    "broken",
    [
        'resource "aws_x" "bad" {\n  a = [1, \n  b = 2\n}\n',
        'resource "aws_x" "bad" {\n  a = "unclosed\n  b = 2\n}\n',
        'resource "aws_x" "bad" {\n  a = 1\n',
        'resource "aws_x" "bad" {\n  a = = 1\n  b = 2\n}\n',
        'resource "aws_x" "bad" {\n  a = 1 +\n}\n',
        'resource "aws_x" "bad" {\n  a = <<EOT\n never closed\n}\n',
    ],
)
def test_a_syntax_error_costs_its_own_block_only(world: Any, broken: str) -> None:
    for text in (broken + GOOD, GOOD + broken, GOOD.replace("good", "first") + broken + GOOD):
        estate = world.read(text, files={"other.tf": GOOD.replace("good", "other")})
        assert "syntax-error" in codes(estate)
        assert all(one.severity == "error" and one.span.file.endswith("main.tf") for one in estate.diagnostics)
        found = {one.address: one for one in estate.resources}
        assert {"aws_x.other", "aws_x.bad"} <= found.keys()
        if "EOT" not in broken or not text.startswith('resource "aws_x" "bad"'):
            assert found["aws_x.good"].values == {"a": 1}
        assert "a" in found["aws_x.bad"].values, "what is written must not look absent"


def test_the_line_of_a_syntax_error(world: Any) -> None:
    estate = world.read(GOOD + 'resource "aws_x" "bad" {\n  a = 1\n  b = [1, 2\n  c = 3\n}\n')
    (one,) = estate.diagnostics
    assert 4 <= one.span.line <= 8
    assert estate.at("aws_x.bad").values["a"] == 1
    assert isinstance(estate.at("aws_x.bad").values["b"], Unknown)
    assert "c" in estate.at("aws_x.bad").values


def test_unreadable_files_are_reported_and_the_rest_is_read(world: Any) -> None:
    estate = world.read(
        GOOD,
        files={
            "bin.tf": b"\0\1\2",
            "utf16.tf": "resource".encode("utf-16"),
            "latin.tf": b'a = "\xe9"',
            "empty.tf": "",
            "space.tf": "\n  \n",
            "bom.tf": b"\xef\xbb\xbf" + GOOD.replace("good", "bom").encode(),
            "crlf.tf": GOOD.replace("good", "crlf").replace("\n", "\r\n"),
            "comment.tf": "# nothing\n/* here */\n// either\n",
        },
    )
    assert codes(estate) == ["binary-file", "not-utf-8", "not-utf-8"]
    assert [one.address for one in estate.resources] == ["aws_x.bom", "aws_x.crlf", "aws_x.good"]
    assert estate.at("aws_x.crlf").values == {"a": 1}
    assert len(estate.inputs) == 9


def test_a_folder_that_cannot_be_listed(world: Any) -> None:
    assert codes(world.read(folder="none")) == ["unreadable-folder"]


@pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ("(", ")"), ("{a=", "}"), ("-", ""), ("upper(", ")"), ('"${', '}"'), ("true?1:", "1")]
)
def test_a_thousand_levels_of_nesting(world: Any, opening: str, closing: str) -> None:
    estate = world.read(GOOD + f'resource "aws_x" "deep" {{\n  a = {opening * 1200}1{closing * 1200}\n  b = 2\n}}\n')
    assert set(codes(estate)) <= {"too-deep", "syntax-error"} and estate.diagnostics
    assert estate.at("aws_x.deep").values["b"] == 2 or "syntax-error" in codes(estate)
    assert isinstance(estate.at("aws_x.deep").values["a"], Unknown)
    assert estate.at("aws_x.good").values == {"a": 1}


def test_a_thousand_nested_blocks(world: Any) -> None:
    estate = world.read(GOOD + 'resource "aws_x" "deep" {\n' + "b {\n" * 1200 + "}\n" * 1201)
    assert codes(estate) == ["too-deep"]
    assert estate.at("aws_x.good").values == {"a": 1}


def test_long_chains_of_references(world: Any) -> None:
    chain = "".join(f"  l{n} = local.l{n - 1}\n" for n in range(1, 3000))
    estate = world.read("locals {\n  l0 = 1\n" + chain + '}\nresource "aws_x" "y" {\n  short = local.l200\n  a = local.l2999\n}\n')
    values = estate.at("aws_x.y").values
    assert values["short"] == 1
    assert values["a"] == 1 or codes(estate) == ["too-deep"]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "text",
    [
        "count = 20000",
        "for_each = toset([for i in range(20000) : tostring(i)])",
        "count = 1e30",
        "for_each = { for i in range(10001) : i => i }",
    ],
)
def test_expansion_has_a_limit(world: Any, text: str) -> None:
    estate = world.read(f'resource "aws_x" "y" {{\n  {text}\n}}\n')
    assert [one.address for one in estate.resources] == ["aws_x.y"]
    assert estate.resources[0].conditional
    assert set(codes(estate)) <= {"expansion-limit", "invalid-for-each", "invalid-count"}


def test_a_whole_estate_has_a_limit(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from cloudpolicy.sources.terraform import reading

    monkeypatch.setattr(reading, "INSTANCE_LIMIT", 50)
    estate = world.read("".join(f'resource "aws_x" "y{n}" {{\n  count = 20\n}}\n' for n in range(5)))
    assert codes(estate) == ["expansion-limit"] * 3
    assert len(estate.resources) == 43


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "text",
    [
        "[" + "".join(f"for a{n} in range(1000) : [" for n in range(4))[:-1] + "1" + "]" * 4,
        "local.big",
        "local.text",
    ],
)
def test_multiplying_expressions_end(world: Any, text: str) -> None:
    doubled = "".join(
        f'  d{n} = [local.d{n - 1}, local.d{n - 1}]\n  t{n} = "${{local.t{n - 1}}}${{local.t{n - 1}}}"\n' for n in range(1, 60)
    )
    estate = world.read(
        'locals {\n  d0 = ["x"]\n  t0 = "x"\n' + doubled + "  big = local.d59\n  text = local.t59\n}\n"
        f'resource "aws_x" "y" {{\n  a = {text}\n}}\n'
    )
    assert "expansion-limit" in repr(estate.resources[0].values["a"])


def test_duplicates_are_reported(world: Any) -> None:
    estate = world.read(GOOD + GOOD + 'resource "aws_x" "y" {\n  a = 1\n  a = 2\n}\n')
    assert codes(estate) == ["duplicate-attribute", "duplicate-block"]
    assert [one.address for one in estate.resources] == ["aws_x.good", "aws_x.y", "aws_x.good@main.tf:4"]


def test_resources_with_one_address_are_all_looked_at(world: Any) -> None:
    text = 'provider "aws" {\n  region = "%s"\n}\nlocals {\n  l = 1\n}\nresource "aws_b" "b" {\n  v = "%s"\n}\nresource "aws_c" "c%s" {\n  v = aws_b.b.v\n  id = aws_b.b.id\n}\n'
    estate = world.read(files={"one.tf": text % ("r1", "1", "1"), "two.tf": text % ("r2", "2", "2")})
    assert codes(estate) == ["duplicate-block"] * 3
    assert estate.at("aws_b.b@two.tf:7").values == {"v": "2"}
    assert estate.at("aws_c.c1").values["v"] == "1"
    assert estate.at("aws_c.c2").values["v"] == "2"
    assert estate.at("aws_c.c2").values["id"].references == ("aws_b.b@two.tf:7",)


def test_blocks_swallowed_by_an_unclosed_one_are_read(world: Any) -> None:
    estate = world.read(
        'variable "v" {\n  validation {\n    condition = true\n}\n' + GOOD + 'module "m" {\n source = "./none"\n}\n'
        'resource "aws_x" "y" {\n  ingress {\n    port = 1\n}\n' + GOOD.replace("good", "last") + "}\n}\n"
    )
    assert codes(estate).count("misplaced-block") == 4
    assert {"aws_x.good", "aws_x.y", "aws_x.last"} == {one.address for one in estate.resources}
    assert estate.diagnostics[-1].severity == "error"
    assert {one.span.line for one in estate.diagnostics if one.code == "misplaced-block"} == {5, 8, 11, 15}


def test_odd_blocks_are_reported(world: Any) -> None:
    estate = world.read(
        'resource "aws_x" {\n}\nnothing "x" {\n}\nstray = 1\nterraform {\n}\nmoved {\n from = a.b\n to = a.c\n}\ncheck "c" {\n data "aws_d" "d" {}\n}\n'
    )
    assert codes(estate) == ["unexpected-attribute", "unknown-block", "unknown-block"]
    assert [one.address for one in estate.resources] == ["data.aws_d.d"]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no symbolic links")
def test_a_link_that_leaves_the_tree_is_not_followed(world: Any, tmp_path_factory: Any) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.tf"
    outside.write_text(GOOD)
    os.symlink(outside, world.path("link.tf"))
    os.symlink(world.path("nowhere"), world.path("dangling.tf"))
    assert codes(world.read(GOOD)) == ["link-leaves-tree", "link-leaves-tree"] or codes(world.read(GOOD)) == [
        "link-leaves-tree",
        "unreadable-file",
    ]


PIECES = st.sampled_from(
    [
        b'resource "aws_x" "y" {',
        b"}",
        b"\n",
        b" a = ",
        b'"',
        b"${",
        b"%{ if ",
        b"~}",
        b"<<EOT\n",
        b"EOT\n",
        b"[",
        b"]",
        b"(",
        b")",
        b"for x in ",
        b" : ",
        b"=>",
        b"var.a",
        b"local.b",
        b"aws_x.y.z",
        b'dynamic "b" {',
        b"content {",
        b"for_each = ",
        b"count = ",
        b"...",
        b"*",
        b".",
        b"?",
        b"!",
        b"#",
        b"/*",
        b"\xff",
        b"\0",
        b"locals {",
        b'module "m" {',
        b"1",
        b"null",
        b",",
        b"\r",
        "日".encode(),
        b'provider "aws" {',
        b'variable "a" {',
        b"type = ",
        b"upper(",
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=40).map(b"".join)), st.booleans())
def test_no_text_raises(world: Any, text: bytes, json: bool) -> None:
    name = "main.tf.json" if json else "main.tf"
    world.write_all({name: text})
    estate = world.read()
    for resource in estate.resources:
        assert resource.locate(("a", 0, "b")).line >= 1
    os.remove(world.path(name))
