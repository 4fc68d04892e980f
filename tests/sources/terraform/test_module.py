"""Root modules and the modules they call: variables, instances, addresses, references."""

from __future__ import annotations

import os
from typing import Any

import pytest
from tests.sources.terraform.conftest import codes

from cloudpolicy.model import Unknown


def addresses(estate: Any) -> list[str]:
    return [resource.address for resource in estate.resources if not resource.type.startswith(("provider.", "terraform."))]


def test_variables_take_the_last_value_given(world: Any) -> None:
    world.write_all(
        {
            "main.tf": "".join(f'variable "v{n}" {{\n  default = "default"\n}}\n' for n in range(7))
            + 'resource "aws_x" "y" {\n  v = [var.v0, var.v1, var.v2, var.v3, var.v4, var.v5, var.v6]\n}\n',
            "terraform.tfvars": "".join(f'v{n} = "tfvars"\n' for n in range(2, 7)),
            "terraform.tfvars.json": "{" + ",".join(f'"v{n}": "json"' for n in range(3, 7)) + "}",
            "a.auto.tfvars": "".join(f'v{n} = "auto"\n' for n in range(4, 7)),
            "b.auto.tfvars.json": '{"v5": "auto json", "v6": "auto json"}',
            "given/one.tfvars": 'v6 = "given"\nnobody = 1\n',
        }
    )
    environment = {f"TF_VAR_v{n}": "environment" for n in range(1, 7)}
    estate = world.read(environment=environment, var_files=[world.path("given/one.tfvars")])
    assert estate.resources[0].values["v"] == ["default", "environment", "tfvars", "json", "auto", "auto json", "given"]
    assert codes(estate) == ["undeclared-variable"]
    assert estate.diagnostics[0].severity == "warning"
    assert estate.notes["defaults"] == ["v0"]
    assert world.path("given/one.tfvars") in estate.inputs


def test_values_are_converted_to_the_variables_type(world: Any) -> None:
    estate = world.read(
        'variable "n" {\n type = number\n}\nvariable "l" {\n type = list(string)\n}\nvariable "o" {\n'
        ' type = object({ a = optional(string, "x"), b = number })\n default = { b = "2" }\n}\nvariable "s" {\n type = set(string)\n default = ["b", "a", "b"]\n}\n'
        'variable "z" {\n default = 1\n nullable = false\n}\nvariable "bad" {\n type = number\n default = "x"\n}\n'
        'resource "aws_x" "y" {\n n = var.n\n l = var.l\n o = var.o\n s = var.s\n bad = var.bad\n}\n',
        environment={"TF_VAR_n": "5", "TF_VAR_l": '["a", 1]'},
    )
    values = estate.resources[0].values
    assert values["n"] == 5 and values["l"] == ["a", "1"] and values["o"] == {"a": "x", "b": 2} and list(values["s"]) == ["a", "b"]
    assert values["bad"].reason == "invalid-expression"
    assert codes(estate) == ["invalid-value"]


def test_a_variable_without_value_is_listed(world: Any) -> None:
    estate = world.read('variable "a" {}\nvariable "b" {\n default = null\n}\nresource "aws_x" "y" {\n a = var.a\n b = var.b\n}\n')
    assert estate.notes["without_value"] == ["a"]
    assert estate.notes["defaults"] == ["b"]
    assert estate.resources[0].values == {"a": Unknown("variable-without-value", "var.a")}


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        ("count = 2", ["aws_x.y[0]", "aws_x.y[1]"]),
        ("count = 0", []),
        ('for_each = toset(["b", "a"])', ['aws_x.y["a"]', 'aws_x.y["b"]']),
        ('for_each = { k = 1, "q\\"${1}" = 2 }', ['aws_x.y["k"]', 'aws_x.y["q\\"1"]']),
        ("for_each = {}", []),
        ("for_each = { a = aws_z.none_such }", ['aws_x.y["a"]']),
        ('for_each = { for b in ["p"] : b => var.u }', ['aws_x.y["p"]']),
    ],
)
def test_instances_have_terraforms_addresses(world: Any, count: str, expected: list[str]) -> None:
    estate = world.read(f'variable "u" {{}}\nresource "aws_x" "y" {{\n  {count}\n}}\n')
    assert addresses(estate) == expected
    assert not any(resource.conditional for resource in estate.resources)


@pytest.mark.parametrize(
    "count",
    [
        "count = var.u",
        "count = var.u ? 1 : 0",
        "count = var.u ? 1 : null",
        "count = null",
        "count = -1",
        'count = "x"',
        "for_each = var.u",
        "for_each = null",
        "for_each = toset([aws_z.q.id])",
        "for_each = [1, 2]",
        "for_each = local.none",
        "for_each = { (var.u) = 1 }",
        "for_each = aws_z.q",
    ],
)
def test_an_undecided_count_keeps_one_conditional_instance(world: Any, count: str) -> None:
    estate = world.read(f'variable "u" {{}}\nresource "aws_z" "q" {{}}\nresource "aws_x" "y" {{\n  {count}\n  a = 1\n}}\n')
    resource = estate.at("aws_x.y")
    assert resource is not None and resource.conditional
    assert resource.values["a"] == 1


def test_for_each_whose_choices_are_known_keeps_every_possible_instance(world: Any) -> None:
    estate = world.read(
        'variable "u" {}\nresource "aws_x" "y" {\n for_each = var.u ? { a = 1, b = 2 } : { b = 3 }\n n = each.value\n}\n'
        'resource "aws_x" "z" {\n a = aws_x.y["a"].id\n c = aws_x.y["c"].id\n all = values(aws_x.y)[*].id\n}\n'
        'resource "aws_x" "s" {\n for_each = var.u ? toset(["k"]) : []\n n = each.key\n}\n'
    )
    assert estate.diagnostics == []
    assert addresses(estate) == ['aws_x.y["a"]', 'aws_x.y["b"]', "aws_x.z", 'aws_x.s["k"]']
    assert [one.conditional for one in estate.resources] == [True, True, False, True]
    assert estate.at('aws_x.y["a"]').values["n"] == 1
    assert estate.at('aws_x.y["b"]').values["n"].choices == (2, 3)
    assert estate.at('aws_x.s["k"]').values["n"] == "k"
    values = estate.at("aws_x.z").values
    assert values["a"].references == ('aws_x.y["a"]',)
    assert isinstance(values["c"], Unknown)
    assert values["all"].references == ('aws_x.y["a"]', 'aws_x.y["b"]')


def test_count_index_and_each(world: Any) -> None:
    estate = world.read(
        'variable "u" {}\nresource "aws_x" "c" {\n count = 2\n n = "c-${count.index}"\n}\n'
        'resource "aws_x" "e" {\n for_each = { a = { v = 1 } }\n n = "${each.key}-${each.value.v}"\n}\n'
        'resource "aws_x" "m" {\n count = var.u ? 1 : 0\n n = count.index\n}\nresource "aws_x" "f" {\n for_each = var.u\n n = each.value.x\n}\n'
    )
    assert {one.address: one.values["n"] for one in estate.resources if one.type == "aws_x" and not one.conditional} == {
        "aws_x.c[0]": "c-0",
        "aws_x.c[1]": "c-1",
        'aws_x.e["a"]': "a-1",
    }
    assert estate.at("aws_x.m").values["n"] == 0
    assert estate.at("aws_x.f").values["n"].reason == "variable-without-value"


REFERENCES = [
    ("aws_b.one.id", ("aws_b.one",)),
    ("aws_b.many[1].id", ("aws_b.many[1]",)),
    ('aws_b.keyed["p"].id', ('aws_b.keyed["p"]',)),
    ("aws_b.many[*].id", ("aws_b.many[0]", "aws_b.many[1]")),
    ("aws_b.many.*.id", ("aws_b.many[0]", "aws_b.many[1]")),
    ("[for b in aws_b.many : b.id]", ("aws_b.many[0]", "aws_b.many[1]")),
    ("values(aws_b.keyed)[*].id", ('aws_b.keyed["p"]', 'aws_b.keyed["q"]')),
    ("{ for k, b in aws_b.keyed : k => b.arn }", ('aws_b.keyed["p"]', 'aws_b.keyed["q"]')),
    ("element(aws_b.many, 0).id", ("aws_b.many[0]",)),
    ("one(aws_b.single[*].id)", ("aws_b.single[0]",)),
    ("aws_b.maybe[0].id", ("aws_b.maybe",)),
    ("one(aws_b.maybe[*].id)", ("aws_b.maybe",)),
    ("aws_b.one", ("aws_b.one",)),
    ('join("", aws_b.single[*].id)', ("aws_b.single[0]",)),
    ('coalesce(aws_b.one.id, "")', ("aws_b.one",)),
    ('lookup({ a = aws_b.one.id }, "a")', ("aws_b.one",)),
    ("local.ids", ("aws_b.one",)),
    ("local.whole.id", ("aws_b.one",)),
    ("module.m.id", ("module.m.aws_b.inner",)),
    ('module.n["k"].id', ('module.n["k"].aws_b.inner',)),
    ("[for m in module.n : m.id]", ('module.n["k"].aws_b.inner',)),
    ("module.m.given", ("aws_b.one",)),
    ("data.aws_d.d.id", ("data.aws_d.d",)),
    ("aws_b.one.block[0].name", ("aws_b.one",)),
    ("aws_b.one.tag", ("aws_b.one",)),
]


def test_what_stands_for_a_bucket_leads_to_the_bucket(world: Any) -> None:
    estate = world.read(
        'resource "aws_s3_bucket" "b" {}\n'
        'resource "aws_s3_bucket_policy" "p" { bucket = aws_s3_bucket.b.id }\n'
        'resource "aws_s3_bucket_ownership_controls" "o" { bucket = try(aws_s3_bucket_policy.p.id, "") }\n'
        'resource "aws_s3_bucket_acl" "a" { bucket = aws_s3_bucket_ownership_controls.o.id }\n'
        'resource "aws_s3_bucket_policy" "bare" {}\n'
        'resource "aws_s3_bucket_acl" "z" { bucket = aws_s3_bucket_policy.bare.id }\n'
    )
    assert "aws_s3_bucket.b" in estate.at("aws_s3_bucket_acl.a").values["bucket"].references
    assert estate.at("aws_s3_bucket_acl.z").values["bucket"].references == ("aws_s3_bucket_policy.bare",)


@pytest.mark.parametrize(("expression", "expected"), REFERENCES, ids=[text for text, _ in REFERENCES])
def test_references_name_the_exact_instances(world: Any, expression: str, expected: tuple[str, ...]) -> None:
    from cloudpolicy.sources.terraform.types import joined, unknowns

    estate = world.read(
        'variable "u" {}\nresource "aws_b" "one" {\n tag = var.u\n block {\n  x = 1\n }\n}\nresource "aws_b" "many" {\n count = 2\n}\nresource "aws_b" "single" {\n count = 1\n}\n'
        'resource "aws_b" "keyed" {\n for_each = toset(["p", "q"])\n}\nresource "aws_b" "maybe" {\n count = var.u\n}\ndata "aws_d" "d" {}\n'
        'locals {\n ids = [aws_b.one.id]\n whole = aws_b.one\n}\nmodule "m" {\n source = "./m"\n given = aws_b.one.id\n}\n'
        f'module "n" {{\n source = "./m"\n for_each = toset(["k"])\n given = 1\n}}\nresource "aws_t" "t" {{\n v = {expression}\n}}\n',
        files={
            "m/main.tf": 'variable "given" {}\nresource "aws_b" "inner" {}\noutput "id" {\n value = aws_b.inner.id\n}\noutput "given" {\n value = var.given\n}\n'
        },
    )
    assert estate.diagnostics == []
    lost = unknowns(estate.at("aws_t.t").values["v"])
    assert (joined(lost).references if lost else ()) == expected


def test_a_chain_through_for_each_reaches_the_instance(world: Any) -> None:
    estate = world.read(
        'resource "aws_b" "b" {\n for_each = toset(["p", "q"])\n bucket = "name-${each.key}"\n}\n'
        'resource "aws_c" "c" {\n for_each = aws_b.b\n id = each.value.id\n name = each.value.bucket\n}\n'
        'resource "aws_d" "d" {\n count = 2\n id = values(aws_b.b)[count.index].id\n}\n'
    )
    assert estate.at('aws_c.c["q"]').values["id"].references == ('aws_b.b["q"]',)
    assert estate.at('aws_c.c["q"]').values["name"] == "name-q"
    assert estate.at("aws_d.d[1]").values["id"].references == ('aws_b.b["q"]',)


def test_written_attributes_are_read_through_references(world: Any) -> None:
    estate = world.read(
        'resource "aws_b" "b" {\n bucket = "n"\n t = { a = 1 }\n}\nresource "aws_c" "c" {\n b = aws_b.b.bucket\n t = aws_b.b.t.a\n}\n'
    )
    assert estate.at("aws_c.c").values == {"b": "n", "t": 1}


def test_an_undeclared_resource_is_a_warning(world: Any) -> None:
    estate = world.read('resource "aws_c" "c" {\n  b = aws_b.none.bucket\n}\n')
    assert codes(estate) == ["undeclared-reference"]
    assert (estate.diagnostics[0].span.line, estate.diagnostics[0].span.column) == (2, 7)
    assert estate.resources[0].values["b"].reason == "invalid-expression"


def test_dynamic_blocks_expand(world: Any) -> None:
    resource = world.one(
        'variable "p" {\n default = [80, 443]\n}\nresource "aws_sg" "s" {\n ingress {\n  port = 22\n }\n dynamic "ingress" {\n  for_each = var.p\n'
        '  content {\n   port = ingress.value\n   key = ingress.key\n   dynamic "deep" {\n    for_each = { a = 1 }\n    iterator = it\n'
        '    content {\n     v = "${ingress.value}-${it.key}-${it.value}"\n    }\n   }\n  }\n }\n dynamic "egress" {\n  for_each = []\n  content {}\n }\n}\n'
    )
    assert resource.values == {
        "ingress": [
            {"port": 22},
            {"port": 80, "key": 0, "deep": [{"v": "80-a-1"}]},
            {"port": 443, "key": 1, "deep": [{"v": "443-a-1"}]},
        ]
    }


def test_an_unresolved_dynamic_block_is_unknown_with_its_content(world: Any) -> None:
    resource = world.one(
        'variable "u" {}\nresource "aws_sg" "s" {\n ingress {\n  port = 22\n }\n dynamic "ingress" {\n  for_each = var.u\n'
        "  content {\n   port = ingress.value\n   open = true\n  }\n }\n}\n"
    )
    value = resource.values["ingress"]
    assert isinstance(value, Unknown)
    assert value.partial[0] == {"port": 22}
    assert value.partial[1]["open"] is True
    assert value.partial[1]["port"].reason == "variable-without-value"


def test_a_dynamic_block_with_countable_choices_lists_them(world: Any) -> None:
    resource = world.one(
        'variable "u" {}\nresource "aws_sg" "s" {\n dynamic "log" {\n  for_each = var.u ? [1] : []\n  content {\n   on = log.value\n  }\n }\n}\n'
    )
    value = resource.values["log"]
    assert value.reason == "condition-undetermined"
    assert value.choices[0] == [{"on": 1}]
    assert not value.choices[1]


def test_modules_nest_with_their_addresses(world: Any) -> None:
    estate = world.read(
        'module "a" {\n source = "./m"\n count = 2\n n = count.index\n}\nmodule "b" {\n source = "./m"\n for_each = { k = "v" }\n n = each.value\n}\n'
        'variable "u" {}\nmodule "c" {\n source = "./m"\n count = var.u\n n = 1\n}\nmodule "z" {\n source = "./m"\n count = 0\n n = 1\n}\n',
        files={
            "m/main.tf": 'variable "n" {}\nmodule "d" {\n source = "../d"\n n = var.n\n}\n',
            "d/main.tf": 'variable "n" {\n type = string\n}\nresource "aws_x" "y" {\n n = var.n\n}\n',
        },
    )
    assert estate.diagnostics == []
    assert {one.address: (one.values["n"], one.conditional) for one in estate.resources} == {
        "module.a[0].module.d.aws_x.y": ("0", False),
        "module.a[1].module.d.aws_x.y": ("1", False),
        'module.b["k"].module.d.aws_x.y': ("v", False),
        "module.c.module.d.aws_x.y": ("1", True),
    }


def test_override_files_merge(world: Any) -> None:
    resource = world.one(
        'resource "aws_x" "y" {\n a = 1\n b = 1\n c {\n  v = 1\n }\n d {\n  v = 1\n }\n}\nlocals {\n l = 1\n}\n',
        files={"override.tf": 'resource "aws_x" "y" {\n b = local.l\n c {\n  v = 3\n }\n}\n', "z_override.tf": "locals {\n l = 2\n}\n"},
    )
    assert resource.values == {"a": 1, "b": 2, "c": [{"v": 3}], "d": [{"v": 1}]}
    assert resource.locate(("b",)).file == world.path("override.tf")


def test_fetched_modules_are_found_through_the_manifest(world: Any) -> None:
    estate = world.read(
        'module "vpc" {\n source = "terraform-aws-modules/vpc/aws"\n}\n',
        files={
            ".terraform/modules/modules.json": '{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"vpc","Dir":".terraform/modules/vpc"},'
            '{"Key":"vpc.inner","Dir":".terraform/modules/vpc.inner"}]}',
            ".terraform/modules/vpc/main.tf": 'module "inner" {\n source = "git::x"\n}\n',
            ".terraform/modules/vpc.inner/main.tf": 'resource "aws_x" "y" {}\n',
        },
    )
    assert estate.diagnostics == []
    assert addresses(estate) == ["module.vpc.module.inner.aws_x.y"]


def test_a_submodule_that_is_not_checked_out_is_no_empty_module(world: Any) -> None:
    world.read("")
    os.mkdir(world.path("lib"))
    estate = world.read('module "m" {\n source = "./lib"\n}\n')
    assert codes(estate) == ["module-not-fetched"] and "submodule" in estate.diagnostics[0].text.en
    world.write_all({"lib/README.md": "to be written\n"})
    assert codes(world.read('module "m" {\n source = "./lib"\n}\n')) == [], "Terraform takes it as it is"


def test_a_missing_module_is_named_and_its_outputs_are_unknown(world: Any) -> None:
    estate = world.read(
        'resource "aws_b" "b" {\n count = 2\n bucket = "n"\n}\nmodule "m" {\n  source = "terraform-aws-modules/vpc/aws"\n  bucket = aws_b.b[1].bucket\n  id = aws_b.b[0].id\n}\n'
        'resource "aws_c" "c" {\n v = module.m.out\n}\nmodule "gone" {\n source = "./gone"\n}\nmodule "out" {\n source = "../../.."\n}\n'
    )
    assert codes(estate) == ["module-not-fetched", "module-not-fetched", "module-outside-tree"]
    first = next(one for one in estate.diagnostics if "terraform-aws-modules/vpc/aws" in one.text.en)
    assert "terraform init" in first.text.en and "terraform init" in first.text.ja
    assert first.severity == "error" and first.span.line == 6
    assert estate.at("aws_c.c").values["v"].reason == "missing-module"
    assert estate.opaque == {"aws_b.b[0]", "aws_b.b[1]"}
    assert {one.severity for one in world.read(missing_modules="warning").diagnostics} == {"warning"}


def test_module_sources_names_local_folders(world: Any) -> None:
    from cloudpolicy.sources import Options
    from cloudpolicy.sources.terraform.hcl import module_sources

    world.write_all({"r/main.tf": 'module "a" {\n source = "../m"\n}\nmodule "b" {\n source = "x/y/z"\n}\n', "r/b.tf": "broken {"})
    assert module_sources(world.path("r"), Options(world.root)) == {world.path("m")}


def test_the_arn_of_a_declared_resource_is_never_null(tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "main.tf").write_text('resource "aws_kms_key" "k" {}\nmodule "m" {\n  source = "./m"\n  key    = aws_kms_key.k.arn\n}\n')
    (tmp_path / "m" / "main.tf").write_text(
        'variable "key" {\n  default = null\n}\nresource "aws_x" "x" {\n  algorithm = var.key == null ? "AES256" : "aws:kms"\n  odd = aws_kms_key.k.description == null\n}\nresource "aws_kms_key" "k" {}\n'
    )
    from cloudpolicy.model import Unknown
    from cloudpolicy.sources import Options
    from cloudpolicy.sources.terraform import hcl

    values = hcl.read(str(tmp_path), Options(str(tmp_path))).at("module.m.aws_x.x").values
    assert values["algorithm"] == "aws:kms"
    assert isinstance(values["odd"], Unknown), "other attributes may be null"
