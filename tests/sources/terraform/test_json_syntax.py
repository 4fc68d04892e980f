"""Terraform's JSON syntax means the same as HCL."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sources.terraform.conftest import codes

from cloudpolicy.model import Unknown


def test_everything_that_a_module_holds(world: Any) -> None:
    estate = world.read(
        files={
            "main.tf.json": json.dumps(
                {
                    "//": "a comment",
                    "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": "~> 5.1"}}},
                    "provider": {"aws": [{"region": "ap-northeast-1"}, {"alias": "us", "region": "us-east-1"}]},
                    "variable": {"n": {"type": "list(string)", "default": ["a", "b"]}, "u": {}},
                    "locals": {"x": "${upper(var.n[0])}", "y": [{"z": 1}]},
                    "resource": {
                        "aws_sg": {
                            "s": {
                                "provider": "aws.us",
                                "count": "${length(var.n)}",
                                "name": "n-${local.x}-${count.index}",
                                "nothing": None,
                                "tags": {"a": "${local.y[0].z}"},
                                "ingress": {"port": 22, "deep": {"v": 1}},
                                "dynamic": {"egress": {"for_each": "${var.n}", "content": {"to": "${egress.value}"}}},
                                "lifecycle": {"prevent_destroy": True, "ignore_changes": ["tags"]},
                                "depends_on": ["aws_sg.t"],
                            },
                            "t": [{"v": "${var.u}"}],
                        }
                    },
                    "module": {"m": {"source": "./m", "providers": {"aws": "aws.us"}, "tags": {"a": 1}}},
                    "output": {"o": {"value": "${aws_sg.s[0].name}"}},
                }
            ),
            "m/main.tf.json": json.dumps({"variable": {"tags": {}}, "resource": {"aws_x": {"y": {"tags": "${var.tags}"}}}}),
        }
    )
    assert estate.diagnostics == []
    found = {one.address: one for one in estate.resources if not one.type.startswith(("provider.", "terraform."))}
    assert list(found) == ["aws_sg.s[0]", "aws_sg.s[1]", "aws_sg.t", "module.m.aws_x.y"]
    assert found["aws_sg.s[1]"].values == {
        "name": "n-A-1",
        "tags": {"a": 1},
        "ingress": [{"port": 22, "deep": [{"v": 1}]}],
        "egress": [{"to": "a"}, {"to": "b"}],
        "lifecycle": [{"prevent_destroy": True, "ignore_changes": ["tags"]}],
    } | {"lifecycle": found["aws_sg.s[1]"].values["lifecycle"]}
    assert found["aws_sg.s[1]"].values["lifecycle"][0]["prevent_destroy"] is True
    assert found["aws_sg.s[0]"].region == "us-east-1"
    assert found["aws_sg.t"].values["v"] == Unknown("variable-without-value", "var.u")
    assert found["module.m.aws_x.y"].values == {"tags": {"a": 1}}
    assert found["module.m.aws_x.y"].region == "us-east-1"
    assert estate.versions == {"aws": (5, 1)}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{", 1),
        ('{\n"a": \n', 2),
        ('{"a": 1,}', 1),
        ("[1]", 1),
        ('{\n\n"a": nope}', 3),
        ("{} x", 1),
        ('{"locals": {"a": "${1 +"}}', 1),
        ("{'a': 1}", 1),
    ],
)
def test_broken_json_is_one_diagnostic(world: Any, text: str, line: int) -> None:
    estate = world.read('resource "aws_x" "y" {}\n', files={"bad.tf.json": text})
    assert codes(estate) == ["syntax-error"]
    assert estate.diagnostics[0].span.line in (line, line + 1)
    assert len(estate.resources) == 1


def test_deep_json(world: Any) -> None:
    estate = world.read(files={"a.tf.json": '{"locals": {"a": ' + "[" * 2000 + "]" * 2000 + "}}"})
    assert codes(estate) == ["too-deep"]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(-1e6, 1e6, width=32)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


def hcl_text(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{hcl_text(key)} = {hcl_text(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(hcl_text(item) for item in value) + "]"
    if isinstance(value, float):
        return format(value, "f")
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("${", "$${").replace("%{", "%%{") if isinstance(value, str) else text


def normal(value: Any, as_written: bool = True) -> Any:
    if isinstance(value, dict):
        return {key: normal(item, as_written) for key, item in value.items()}
    if isinstance(value, list):
        return [normal(item, as_written) for item in value]
    if isinstance(value, float):
        value = float(format(value, "f")) if as_written else value
        return int(value) if value.is_integer() else value
    return value


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(VALUES)
def test_literal_values_come_back_as_written(world: Any, value: Any) -> None:
    assert world.value(hcl_text([value])) == [normal(value)]
    estate = world.read(
        files={
            "main.tf": "",
            "b.tf.json": json.dumps(
                {
                    "locals": {"a": json.loads(json.dumps(value).replace("${", "$${").replace("%{", "%%{"))},
                    "resource": {"aws_x": {"y": {"tags": "${[local.a]}"}}},
                }
            ),
        }
    )
    assert estate.resources[0].values["tags"] == [normal(value, as_written=False)]
