"""What backup plans and disk lifecycle policies take in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context, backup
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

PLACE = Span("/main.tf")
VAR = Unknown("variable-without-value", "var.x")


def selection(plan: Any = "plan", conditional: bool = False, **values: Any) -> Resource:
    return Resource("aws_backup_selection", "aws_backup_selection.s", {"plan_id": plan, **values}, PLACE, conditional=conditional)


def judged(*others: Resource, tags: Any = ABSENT, type: str = "aws_dynamodb_table", copied: bool = False, scope: str = "stack") -> Any:
    subject = Resource(type, f"{type}.subject", {"arn": "arn:subject"}, PLACE)
    context = Context(Estate("/", "terraform", "hcl", [subject, *others]), subject, {"scope": scope}, {})
    truth = backup.is_copied(context, tags) if copied else backup.is_covered(context, tags)
    return "unknown" if isinstance(truth, Unknown) else truth


def tag(value: Any = "daily") -> list[dict[str, Any]]:
    return [{"type": "STRINGEQUALS", "key": "backup", "value": value}]


@pytest.mark.parametrize(
    ("given_tags", "expected"),
    [({"backup": "daily"}, True), ({"backup": "no"}, False), ({}, False), (ABSENT, False), (VAR, "unknown"), ({"backup": VAR}, "unknown")],
)
def test_by_tag(given_tags: Any, expected: Any) -> None:
    assert judged(selection(selection_tag=tag()), tags=given_tags) == expected


def test_by_the_default_tags_of_the_provider() -> None:
    provider = Resource("provider.aws", "provider.aws", {"default_tags": [{"tags": {"backup": "daily"}}]}, PLACE)
    assert judged(selection(selection_tag=tag()), provider) is True
    assert judged(selection(selection_tag=tag()), provider, tags={"Name": "x"}) is True
    assert judged(selection(selection_tag=tag()), provider, tags={"backup": "no"}) is False
    assert judged(selection(selection_tag=tag()), provider, tags=VAR) == "unknown"


def test_tags_that_are_known_in_part() -> None:
    assert judged(selection(selection_tag=tag()), tags=Unknown("x", "merge(var.tags, …)", (), {"backup": "daily"})) is True
    assert judged(selection(selection_tag=tag()), tags=Unknown("x", "merge(var.tags, …)", (), {"Name": "x"})) == "unknown"


@pytest.mark.parametrize(
    ("lifecycle", "expected"),
    [
        ([{"delete_after": 35}], True),
        ([{"delete_after": 3}], False),
        ([{"delete_after": VAR}], "unknown"),
        ([{}], True),
        (ABSENT, True),  # for ever
    ],
)
def test_how_long_the_plan_keeps(lifecycle: Any, expected: Any) -> None:
    rule = {} if lifecycle is ABSENT else {"lifecycle": lifecycle}
    plan = Resource("aws_backup_plan", "aws_backup_plan.p", {"rule": [rule]}, PLACE)
    chosen = selection(Unknown("known-after-apply", "aws_backup_plan.p.id", ("aws_backup_plan.p",)), resources=["*"])
    subject = Resource("aws_dynamodb_table", "aws_dynamodb_table.subject", {}, PLACE)
    context = Context(Estate("/", "terraform", "hcl", [subject, plan, chosen]), subject, {}, {})
    truth = backup.is_covered(context, ABSENT, 7)
    assert ("unknown" if isinstance(truth, Unknown) else truth) == expected


def test_by_tags_as_cloudformation_lists_them() -> None:
    assert judged(selection(selection_tag=tag()), tags=[{"Key": "backup", "Value": "daily"}]) is True
    assert judged(selection(selection_tag=tag()), tags=[{"Key": "other", "Value": "daily"}]) is False
    assert judged(selection(selection_tag=tag()), tags=[VAR]) == "unknown"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (["*"], True),
        (["arn:aws:dynamodb:*:*:table/*"], True),
        (["arn:aws:ec2:*:*:volume/*"], False),
        (["arn:aws:dynamodb:ap-northeast-1:111122223333:table/other"], False),
        ([Unknown("known-after-apply", "t.arn", ("aws_dynamodb_table.subject",))], True),
        ([Unknown("known-after-apply", "t.arn", ("aws_dynamodb_table.other",))], False),
        (VAR, "unknown"),
    ],
)
def test_by_name(resources: Any, expected: Any) -> None:
    assert judged(selection(resources=resources)) == expected


def test_conditions_narrow_names() -> None:
    narrowed = selection(resources=["*"], condition=[{"string_equals": [{"key": "aws:ResourceTag/backup", "value": "daily"}]}])
    assert judged(narrowed, tags={"backup": "daily"}) is True
    assert judged(narrowed, tags={}) is False
    like = selection(resources=["*"], condition=[{"string_like": [{"key": "aws:ResourceTag/backup", "value": "d*"}]}])
    assert judged(like, tags={"backup": "daily"}) == "unknown"


def test_a_selection_that_may_not_exist() -> None:
    assert judged(selection(resources=["*"], conditional=True)) == "unknown"
    assert judged() is False


def test_disks_by_lifecycle_policy() -> None:
    def policy(types: list[str], state: str = "ENABLED") -> Resource:
        details = [{"resource_types": types, "target_tags": {"snapshot": "true"}}]
        return Resource("aws_dlm_lifecycle_policy", "aws_dlm_lifecycle_policy.p", {"policy_details": details, "state": state}, PLACE)

    tags = {"snapshot": "true"}
    assert judged(policy(["VOLUME"]), tags=tags, type="aws_ebs_volume") is True
    assert judged(policy(["VOLUME"]), tags=tags, type="aws_instance") is False
    assert judged(policy(["VOLUME"]), tags=tags) is False  # no disk
    assert judged(policy(["VOLUME"], "DISABLED"), tags=tags, type="aws_ebs_volume") is False
    assert judged(policy(["INSTANCE"]), tags=VAR, type="aws_instance") == "unknown"


def test_plans_that_copy() -> None:
    def plan(*actions: dict[str, Any]) -> Resource:
        return Resource("aws_backup_plan", "aws_backup_plan.p", {"rule": [{"copy_action": list(actions)}]}, PLACE)

    here = Unknown("known-after-apply", "aws_backup_plan.p.id", ("aws_backup_plan.p",))
    assert judged(plan({"destination_vault_arn": "arn:v"}), selection(here, resources=["*"]), copied=True) is True
    assert judged(plan(), selection(here, resources=["*"]), copied=True) is False
    assert judged(selection(VAR, resources=["*"]), copied=True) == "unknown"
    assert judged(selection(VAR, resources=["arn:aws:ec2:*:*:volume/*"]), copied=True) is False


def test_a_plan_elsewhere() -> None:
    subject = Resource("aws_instance", "aws_instance.a", {}, PLACE)
    estate = Estate("/", "terraform", "hcl", [subject])
    assert isinstance(backup.may_be_elsewhere(Context(estate, subject, {"scope": "stack"}, {})), Unknown)
    assert backup.may_be_elsewhere(Context(estate, subject, {"scope": "account"}, {})) is False


@given(st.sampled_from(["daily", "weekly"]), st.sampled_from(["daily", "weekly"]), st.sampled_from(["tag", "wanted", "tags"]))
def test_what_is_not_known_never_turns_an_answer(own: str, wanted: str, hidden: str) -> None:
    whole = judged(selection(selection_tag=tag(wanted)), tags={"backup": own})
    tags: Any = VAR if hidden == "tags" else {"backup": VAR if hidden == "tag" else own}
    partly = judged(selection(selection_tag=tag(VAR if hidden == "wanted" else wanted)), tags=tags)
    assert partly in ("unknown", whole)
