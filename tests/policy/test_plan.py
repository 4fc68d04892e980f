"""The pack against the plan: every planned policy exists and has a check for every format that the plan names; what was left out has a reason."""

import json
from pathlib import Path

import pytest
import yaml

from cloudpolicy.policy import pack

ROOT = Path(__file__).resolve().parents[2]
PLAN = json.loads((ROOT / "tests" / "data" / "plan.json").read_text("utf-8"))  # policy -> format -> number of planned resource types
PACK = pack.load()
LEFT_OUT = yaml.safe_load((ROOT / "docs" / "plan-left-out.yaml").read_text("utf-8"))


@pytest.mark.parametrize("id", PLAN)
def test_a_planned_policy_has_a_check_for_every_format(id):
    have = {pack.format_of(type) for type in PACK.types_of(id)}
    dropped = [pack.format_of(row["resource"]) for row in LEFT_OUT if row["policy"] == id]
    wanted = {form for form, planned in PLAN[id].items() if dropped.count(form) < planned}
    assert wanted <= have


def test_what_was_left_out_has_a_reason_and_is_little():
    assert all(set(row) == {"policy", "resource", "reason"} and row["reason"].strip() for row in LEFT_OUT)
    assert len({(row["policy"], row["resource"]) for row in LEFT_OUT}) == len(LEFT_OUT)
    assert len(LEFT_OUT) <= 0.15 * sum(sum(formats.values()) for formats in PLAN.values())


def test_nothing_left_out_is_there_after_all():
    there = {(id, type) for id in PACK.policies for type in PACK.types_of(id)}
    assert [row for row in LEFT_OUT if (row["policy"], row["resource"]) in there] == []
