"""Plans as `terraform show -json` writes them."""

from __future__ import annotations

import importlib.util
import json
import os
import pickle
import shutil
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudpolicy.model import Estate, Unknown
from cloudpolicy.sources import Options
from cloudpolicy.sources.terraform import hcl, plan
from cloudpolicy.sources.terraform.plan_references import split_address
from cloudpolicy.sources.terraform.types import unknowns

PLANS = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "data", "terraform", "plans"))


def scan(name: str) -> Estate:
    return plan.read(os.path.join(PLANS, name, "plan.json"), Options(PLANS))


@pytest.fixture(scope="module")
def city() -> Estate:
    return scan("city")


class Scratch:
    """Writes a plan and reads it."""

    def __init__(self, folder: Any) -> None:
        self.folder = str(folder)

    def __call__(self, content: Any, **options: Any) -> Estate:
        path = os.path.join(self.folder, "plan.json")
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else json.dumps(content).encode())
        return plan.read(path, Options(self.folder, **options))


@pytest.fixture
def scratch(tmp_path: Any) -> Scratch:
    return Scratch(tmp_path)


def made(after: Any = None, unknown: Any = None, expressions: Any = None, **rest: Any) -> dict[str, Any]:
    """A plan of one aws_db_instance.a."""
    change = {
        "address": "aws_db_instance.a",
        "mode": "managed",
        "type": "aws_db_instance",
        "name": "a",
        "change": {"actions": ["create"], "after": after or {}, "after_unknown": unknown or {}},
    }
    block = {
        "address": "aws_db_instance.a",
        "mode": "managed",
        "type": "aws_db_instance",
        "name": "a",
        "provider_config_key": "aws",
        "expressions": expressions or {},
    }
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "resource_changes": [change],
        "configuration": {"root_module": {"resources": [block]}},
        **rest,
    }


def references(estate: Estate, address: str, *path: Any) -> tuple[str, ...]:
    value: Any = estate.at(address).values  # type: ignore[union-attr]
    for step in path:
        value = value[step]
    assert isinstance(value, Unknown)
    assert value.reason == "known-after-apply"
    return value.references


# -- values ------------------------------------------------------------------------------------------------------------------------


def test_written_unknowns_are_unknown_and_computed_ones_absent(city: Estate) -> None:
    values = city.at("aws_db_instance.db").values  # type: ignore[union-attr]
    assert isinstance(values["vpc_security_group_ids"], Unknown)
    assert not {"kms_key_id", "arn", "multi_az", "deletion_protection", "blue_green_update", "timeouts"} & values.keys()
    assert values["storage_encrypted"] is True


@pytest.mark.parametrize(
    ("address", "path", "wanted"),
    [
        ("aws_subnet.a[1]", ["vpc_id"], ("aws_vpc.main",)),
        ("aws_route_table_association.a[1]", ["subnet_id"], ("aws_subnet.a[1]",)),
        ('aws_s3_bucket_public_access_block.chain["y.z"]', ["bucket"], ('aws_s3_bucket.each["y.z"]',)),
        ("aws_s3_bucket_policy.one", ["bucket"], ('aws_s3_bucket.each["y.z"]',)),
        ('aws_s3_bucket_public_access_block.from_output["logs"]', ["bucket"], ('module.store["logs"].aws_s3_bucket.b',)),
        ("aws_s3_bucket_acl.m", ["bucket"], ('module.store["logs"].aws_s3_bucket.b',)),
        ("aws_s3_bucket_versioning.copy", ["bucket"], ("module.copy.aws_s3_bucket.b",)),
        (
            'module.store["data"].aws_s3_bucket_server_side_encryption_configuration.b',
            ["bucket"],
            ('module.store["data"].aws_s3_bucket.b',),
        ),
        (
            "module.copy.aws_s3_bucket_server_side_encryption_configuration.b",
            ["rule", 0, "apply_server_side_encryption_by_default", 0, "kms_master_key_id"],
            ("aws_kms_key.main",),
        ),
        ("aws_lb.l", ["subnets"], ("aws_subnet.a[0]", "aws_subnet.a[1]")),
        ("aws_lb.l", ["security_groups"], ("aws_security_group.web", "aws_security_group.st")),
        ("aws_cloudtrail.t", ["event_selector", 0, "data_resource", 0, "values"], ('aws_s3_bucket.each["x"]',)),
        ("aws_instance.two", ["subnet_id"], ()),  # element(…, 1): the plan does not say which of the two
    ],
)
def test_references_name_exact_instances(city: Estate, address: str, path: list[Any], wanted: tuple[str, ...]) -> None:
    assert references(city, address, *path) == wanted


def test_the_structure_of_a_policy_document_survives(city: Estate) -> None:
    policy = city.at("aws_s3_bucket_policy.p").values["policy"]  # type: ignore[union-attr]
    assert policy.partial["Statement"][0]["Principal"] == "*"
    assert policy.references == ("module.copy.aws_s3_bucket.b",)
    several = city.at("data.aws_iam_policy_document.multi").values["json"]  # type: ignore[union-attr]
    assert [one["Action"] for one in several.partial["Statement"]] == ["s3:GetObject", "s3:*"]


def test_data_sources_that_were_read_are_there(city: Estate) -> None:
    known = city.at("data.aws_iam_policy_document.known")
    assert known is not None
    assert known.type == "data.aws_iam_policy_document"
    assert json.loads(known.values["json"])["Statement"][0]["Effect"] == "Allow"


def test_the_same_estate_as_hcl_and_as_plan(city: Estate) -> None:
    source = hcl.read(os.path.join(PLANS, "city"), Options(PLANS))
    assert source.root == city.root
    assert {resource.address for resource in source.resources} == {resource.address for resource in city.resources}
    vaguer = {("aws_instance.two", "subnet_id"), ("aws_security_group.st", "ingress")}
    for resource in source.resources:
        if resource.type.startswith(("provider.", "terraform.")):
            continue  # a plan does not hold what a provider's expressions came to
        twin = city.at(resource.address)
        assert twin is not None
        assert (twin.type, twin.region) == (resource.type, resource.region)
        for name, value in resource.values.items():
            if (resource.address, name) not in vaguer:
                ours = {one for lost in unknowns(twin.values[name]) for one in lost.references}
                assert ours == {one for lost in unknowns(value) for one in lost.references}, (resource.address, name)


def test_updates_replacements_and_deletions() -> None:
    estate = scan("changes")
    assert [resource.address for resource in estate.resources] == [
        "terraform_data.kept",
        "terraform_data.replaced",
        "terraform_data.updated",
    ]
    assert estate.at("terraform_data.updated").values["input"] == "step 2"  # type: ignore[union-attr]
    assert not estate.diagnostics
    assert all(resource.region is None for resource in estate.resources)


def test_unknown_leaves_in_lists_and_maps(scratch: Scratch) -> None:
    estate = scratch(
        made(
            {"names": ["a", None], "tags": {"x": "1"}},
            {"names": [False, True], "tags": {"y": True}, "id": True},
            {"names": {"references": ["local.n"]}, "tags": {}},
        )
    )
    values = estate.resources[0].values
    assert values["names"][0] == "a"
    assert values["names"][1].references == ()
    assert values["tags"]["x"] == "1"
    assert isinstance(values["tags"]["y"], Unknown)
    assert "id" not in values


def test_nested_blocks_are_matched_by_their_constants(scratch: Scratch) -> None:
    written = [
        {"port": {"constant_value": 2}, "group": {"references": ["aws_x.b.id", "aws_x.b"]}},
        {"port": {"constant_value": 1}, "group": {"references": ["aws_db_instance.a.id", "aws_db_instance.a"]}},
    ]
    estate = scratch(
        made(
            {"rule": [{"port": 1}, {"port": 2}, {"port": 3}]},
            {"rule": [{"group": True, "id": True}, {"group": True}, {"group": True}]},
            {"rule": written},
        )
    )
    rules = estate.resources[0].values["rule"]
    assert rules[0]["group"].references == ("aws_db_instance.a",)
    assert "id" not in rules[0]
    assert rules[1]["group"].references == ()
    assert isinstance(rules[2]["group"], Unknown)  # from a dynamic block, which stands nowhere in the plan


def test_an_unresolved_dynamic_block_is_not_taken_for_a_computed_attribute(scratch: Scratch) -> None:
    content = made({}, {"ingress": True, "egress": True})
    assert scratch(content).resources[0].values == {}
    with open(os.path.join(scratch.folder, "main.tf"), "w", encoding="utf-8") as file:
        file.write(
            'resource "aws_db_instance" "b" {\n  dynamic "egress" {}\n}\nresource "aws_db_instance" "a" {\n  dynamic "ingress" {}\n}\n'
        )
    values = scratch(content).resources[0].values
    assert list(values) == ["ingress"]
    assert isinstance(values["ingress"], Unknown)


def test_without_configuration_nothing_unknown_is_taken_for_absent(scratch: Scratch) -> None:
    content = made({}, {"kms_key_id": True})
    del content["configuration"]
    assert isinstance(scratch(content).resources[0].values["kms_key_id"], Unknown)


# -- providers ---------------------------------------------------------------------------------------------------------------------


def test_regions_and_versions(city: Estate) -> None:
    assert city.region == "ap-northeast-1"
    assert city.at("aws_s3_bucket_versioning.copy").region == "ap-northeast-3"  # type: ignore[union-attr]
    assert city.at("module.copy.aws_s3_bucket.b").region == "ap-northeast-3"  # type: ignore[union-attr]
    assert city.versions == {"aws": (5, 80)}


@pytest.mark.parametrize(
    ("provider", "options", "wanted"),
    [
        ({"expressions": {"region": {"constant_value": "eu-west-1"}}}, {}, "eu-west-1"),
        ({"expressions": {"region": {"references": ["var.r"]}}}, {}, "us-east-2"),
        ({"expressions": {"region": {"references": ["var.short"]}}}, {"region": "ap-northeast-1"}, "ap-northeast-1"),  # "${var.short}-1"
        ({}, {"environment": {"AWS_REGION": "eu-west-3"}}, "eu-west-3"),
        ({}, {"environment": {"AWS_DEFAULT_REGION": "eu-west-2"}}, "eu-west-2"),
        ({}, {}, None),
    ],
)
def test_where_the_region_comes_from(scratch: Scratch, provider: Any, options: Any, wanted: str | None) -> None:
    content = made(variables={"r": {"value": "us-east-2"}, "short": {"value": "us"}})
    content["configuration"]["provider_config"] = {"aws": {"name": "aws", **provider}}
    region = scratch(content, **options).resources[0].region
    if wanted is None:
        assert isinstance(region, Unknown)
        assert region.reason == "region-not-given"
    else:
        assert region == wanted


def test_a_resources_own_region(scratch: Scratch) -> None:
    content = made({"region": "eu-west-1"}, expressions={"region": {"constant_value": "eu-west-1"}})
    written = scratch(content, region="us-east-1").resources[0]
    assert (written.region, written.values["region"]) == ("eu-west-1", "eu-west-1")
    inherited = scratch(made({"region": "us-east-1"}), region="us-east-1").resources[0]
    assert (inherited.region, "region" in inherited.values) == ("us-east-1", False)
    assert scratch(made({"region": "eu-west-1"}), region="us-east-1").resources[0].region == "eu-west-1"


# -- places ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("indent", [None, 2])
def test_places_in_the_file(tmp_path: Any, indent: int | None) -> None:
    with open(os.path.join(PLANS, "city", "plan.json"), encoding="utf-8") as file:
        content = json.load(file)
    path = str(tmp_path / "plan.json")
    text = json.dumps(content, indent=indent, ensure_ascii=False)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    estate = plan.read(path, Options(str(tmp_path)))
    lines = text.split("\n")

    def quoted(span: Any) -> str:
        if span.line == span.end_line:
            return lines[span.line - 1][span.column - 1 : span.end_column]
        return "\n".join(
            [lines[span.line - 1][span.column - 1 :], *lines[span.line : span.end_line - 1], lines[span.end_line - 1][: span.end_column]]
        )

    group = estate.at("aws_security_group.st")
    assert group is not None
    assert json.loads(quoted(group.span))["address"] == "aws_security_group.st"
    assert json.loads("{" + quoted(group.locate(("ingress", 0, "cidr_blocks"))) + "}") == {"cidr_blocks": ["10.0.0.0/16"]}
    assert quoted(group.locate(("ingress", 0, "cidr_blocks", 0))) == '"10.0.0.0/16"'
    assert quoted(group.locate(("vpc_id",))) == '"vpc_id": true'
    assert group.locate(("nothing", "here")) == group.span
    keyed = estate.at('module.store["data"].aws_s3_bucket.b')
    assert keyed is not None
    assert json.loads(quoted(keyed.span))["address"] == keyed.address
    assert pickle.loads(pickle.dumps(keyed.span)) == keyed.span


def test_sorted_keys_do_not_confuse_the_places(scratch: Scratch) -> None:
    content = made({"engine": "x"})
    content["resource_changes"][0]["action_reason"] = 'a "quoted" } text'
    estate = scratch(json.dumps(content, sort_keys=True).encode())
    assert estate.resources[0].span.column < estate.resources[0].locate(("engine",)).column


# -- bad input ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "invalid-plan"),
        (b'{"format_version": "1.2",\n "resource_changes": [', "invalid-plan"),
        (b"[]", "invalid-plan"),
        (b"{}", "invalid-plan"),
        (b'{"format_version": "1.0"}', "terraform-state"),
        (b'{"a": 1}', "invalid-plan"),
        (b"\xff\xfe{\x00}\x00", "not-utf-8"),
        (b"\x00\x01", "binary-file"),
        (b"[" * 200_000, "too-deep"),
        ({"format_version": "2.0", "planned_values": {}}, "unsupported-plan"),
        ({"planned_values": {}}, "unsupported-plan"),
        ({"format_version": "1.0", "terraform_version": "1.1", "values": {}}, "terraform-state"),
        ({"version": 4, "lineage": "x", "resources": []}, "terraform-state"),
        ({"format_version": "1.2", "resource_changes": {}}, "invalid-plan"),
        ({"format_version": "1.2", "resource_changes": [5]}, "invalid-plan"),
        (
            {"format_version": "1.2", "resource_changes": [{"address": "a.b", "type": "a", "name": "b", "change": {"after": "x"}}]},
            "invalid-plan",
        ),
        (made(errored=True), "incomplete-plan"),
        (made(complete=False), "incomplete-plan"),
    ],
)
def test_bad_input_is_one_diagnostic(scratch: Scratch, content: Any, code: str) -> None:
    estate = scratch(content)
    assert [one.code for one in estate.diagnostics] == [code]
    assert estate.diagnostics[0].span is not None
    assert estate.diagnostics[0].text.ja != estate.diagnostics[0].text.en


def test_what_is_wrong_does_not_hide_the_rest(scratch: Scratch) -> None:
    content = made({"engine": "x"})
    content["resource_changes"].insert(0, None)
    estate = scratch(content)
    assert [resource.address for resource in estate.resources] == ["aws_db_instance.a"]
    assert [one.severity for one in estate.diagnostics] == ["error"]


def test_a_truncated_plan_names_the_line(scratch: Scratch) -> None:
    estate = scratch(b'{\n"format_version": "1.2",\n"resource_changes": [')
    assert estate.diagnostics[0].span.line == 3  # type: ignore[union-attr]


def test_a_byte_order_mark_does_no_harm(scratch: Scratch) -> None:
    assert scratch(b"\xef\xbb\xbf" + json.dumps(made({"engine": "x"})).encode()).resources[0].values == {"engine": "x"}


@pytest.mark.parametrize("depth", [900, 3000])
def test_deep_values_are_read_or_reported(scratch: Scratch, depth: int) -> None:
    text = json.dumps(made({"x": 0})).replace('"x": 0', '"x": ' + "[" * depth + "]" * depth)
    estate = scratch(text.encode())
    assert estate.resources or [one.code for one in estate.diagnostics] == ["too-deep"]


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["a.b", "module.m", "", "var.x", "each.value"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "address",
                    "type",
                    "name",
                    "change",
                    "after",
                    "after_unknown",
                    "actions",
                    "mode",
                    "resources",
                    "root_module",
                    "expressions",
                    "references",
                    "module_calls",
                    "module",
                    "provider_config",
                    "values",
                    "child_modules",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(_json, _json, _json, _json)
def test_no_shape_makes_it_raise(tmp_path_factory: Any, changes: Any, configuration: Any, values: Any, after: Any) -> None:
    path = os.path.join(str(tmp_path_factory.getbasetemp()), "any.json")
    content = made(after, after, configuration, planned_values=values, prior_state=values, variables=values)
    content["configuration"]["module_calls"] = configuration
    content["resource_changes"].append(changes)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(content, file)
    estate = plan.read(path, Options(os.path.dirname(path)))
    for resource in estate.resources:
        assert resource.locate(("a", 0)).line >= 1


# -- the rest ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        (b'{"format_version":"1.2","terraform_version":"1.11.4",', True),
        (b'{"format_version":"1.2","resource_changes":[', True),
        (b'{"AWSTemplateFormatVersion":"2010-09-09"}', False),
        (b'{"terraform_version": "1.1"}', False),
    ],
)
def test_sniffing(head: bytes, wanted: bool) -> None:
    assert plan.looks_like_plan(head) is wanted


@pytest.mark.parametrize(
    ("address", "steps"),
    [
        ('module.a["x.y"].aws_s3_bucket.b[0]', [("module", None), ("a", "x.y"), ("aws_s3_bucket", None), ("b", 0)]),
        (r'a.b["q\"]["]', [("a", None), ("b", 'q"][')]),
        ('a.b["$${x}"]', [("a", None), ("b", "${x}")]),
        ("a.b[", []),
    ],
)
def test_addresses_are_split_at_the_right_places(address: str, steps: list[Any]) -> None:
    assert split_address(address) == steps


def _maker() -> Any:
    spec = importlib.util.spec_from_file_location("make_plans", os.path.join(PLANS, "make_plans.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("name", ["city", "documents", "changes"])
def test_the_kept_plans_are_what_terraform_writes(name: str) -> None:
    maker = _maker()
    plugins = maker.mirror()
    if shutil.which("terraform") is None or plugins is None:
        pytest.skip("needs terraform and a mirror of the AWS provider (CLOUDPOLICY_TF_PLUGINS)")
    fresh = json.loads(maker.plan(name, plugins))
    with open(os.path.join(PLANS, name, "plan.json"), encoding="utf-8") as file:
        kept = json.load(file)
    assert fresh["configuration"] == kept["configuration"]
    changes, before = ([(one["address"], one["change"]["actions"]) for one in plan.get("resource_changes", [])] for plan in (fresh, kept))
    assert changes == before
    if name == "documents":
        assert fresh["prior_state"] == kept["prior_state"]


def test_a_conditional_between_two_resources_is_one_of_them_not_both(tmp_path):
    """The plan lists the references of both branches; taking both for certain made private subnets public."""
    import json

    tables = [
        {
            "address": f"aws_route_table.{name}",
            "mode": "managed",
            "type": "aws_route_table",
            "name": name,
            "change": {"actions": ["create"], "after": {}, "after_unknown": {"id": True}},
        }
        for name in ("private", "public")
    ]
    association = {
        "address": "aws_route_table_association.a",
        "mode": "managed",
        "type": "aws_route_table_association",
        "name": "a",
        "change": {"actions": ["create"], "after": {}, "after_unknown": {"route_table_id": True, "subnet_ids": True}},
    }
    references = [
        "var.tier",
        "aws_route_table.public.id",
        "aws_route_table.public",
        "aws_route_table.private.id",
        "aws_route_table.private",
    ]
    written = {"route_table_id": {"references": references}, "subnet_ids": {"references": references}}
    configuration = [
        {
            "address": row["address"],
            "mode": "managed",
            "type": row["type"],
            "name": row["name"],
            "expressions": written if row is association else {},
        }
        for row in (*tables, association)
    ]
    path = tmp_path / "plan.json"
    path.write_text(
        json.dumps(
            {
                "format_version": "1.2",
                "terraform_version": "1.9.0",
                "resource_changes": [*tables, association],
                "configuration": {"root_module": {"resources": configuration}},
            }
        )
    )
    values = plan.read(str(path), Options(str(tmp_path))).at("aws_route_table_association.a").values
    assert [choice.references for choice in values["route_table_id"].choices] == [("aws_route_table.public",), ("aws_route_table.private",)]
    assert values["subnet_ids"].choices is None, "a list holds them all"
