"""Guardrails on regions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context, Located, guard
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

PLACE = Span("/main.tf")
UNKNOWN = Unknown("variable-without-value", "var.x")
PARAMETERS = {"aws_regions": ["ap-northeast-1"], "global_regions": ["us-east-1"], "azure_locations": ["japaneast"]}


def context(*others: Resource) -> Context:
    subject = Resource("aws_iam_policy", "aws_iam_policy.p", {}, PLACE)
    return Context(Estate("/", "terraform", "hcl", [subject, *others]), subject, {}, PARAMETERS)


def document(effect: str, operator: str, regions: Any) -> dict[str, Any]:
    statement = {"Effect": effect, "Action": "*", "Resource": "*", "Condition": {operator: {"aws:RequestedRegion": regions}}}
    return {"Version": "2012-10-17", "Statement": [statement]}


def truth(answer: Any) -> Any:
    return answer.truth if isinstance(answer, Located) else answer


@pytest.mark.parametrize(
    ("effect", "operator", "regions", "expected"),
    [
        ("Deny", "StringNotEquals", ["ap-northeast-1"], False),
        ("Deny", "StringNotEqualsIfExists", ["ap-northeast-1", "us-east-1"], False),
        ("Deny", "StringNotEquals", ["ap-northeast-1", "eu-west-1"], True),
        ("Deny", "StringNotLike", "ap-*", True),
        ("Deny", "StringEquals", "eu-west-1", False),
        ("Allow", "StringEquals", "AP-Northeast-1", False),
        ("Allow", "StringEquals", ["us-west-2"], True),
        ("Allow", "StringNotEquals", ["us-west-2"], False),
    ],
)
def test_what_a_statement_leaves_open(effect: str, operator: str, regions: Any, expected: bool) -> None:
    written = document(effect, operator, regions)
    for value in (written, json.dumps(written)):
        assert guard.limits_regions(context(), value) is True
        assert truth(guard.admits_foreign(context(), value)) is expected
        assert guard.is_guardrail(context(), value) is True


def test_other_documents_are_no_guardrails() -> None:
    plain = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    assert guard.limits_regions(context(), plain) is False
    assert guard.is_guardrail(context(), plain) is False
    assert isinstance(guard.limits_regions(context(), UNKNOWN), Unknown)
    assert guard.is_guardrail(context(), "arn:aws:controltower:ap-northeast-1::control/AWS-GR_REGION_DENY") is True
    assert guard.is_guardrail(context(), "arn:aws:controltower:ap-northeast-1::control/AWS-GR_ENCRYPTED_VOLUMES") is False


def test_an_unknown_region_is_a_doubt() -> None:
    assert isinstance(truth(guard.admits_foreign(context(), document("Deny", "StringNotEquals", ["ap-northeast-1", UNKNOWN]))), Unknown)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"listOfAllowedLocations": {"value": ["japaneast"]}}, True),
        ('{"listOfAllowedLocations": {"value": ["Japan East", "global"]}}', True),
        ({"listOfAllowedLocations": {"value": ["japaneast", "eastus"]}}, False),
        ({"other": {"value": ["japaneast"]}}, False),
        ({}, False),
        (ABSENT, False),
    ],
)
def test_assigned_locations(value: Any, expected: bool) -> None:
    assert guard.locations_domestic(context(), value) is expected


def test_locations_that_are_not_known() -> None:
    for value in (UNKNOWN, "{", {"listOfAllowedLocations": {"value": UNKNOWN}}, Unknown("x", partial={"listOfAllowedLocations": UNKNOWN})):
        assert isinstance(guard.locations_domestic(context(), value), Unknown)


def rule(condition: Any, effect: Any = "deny") -> dict[str, Any]:
    return {"if": condition, "then": {"effect": effect}}


@pytest.mark.parametrize(
    ("value", "denies", "domestic"),
    [
        (rule({"field": "location", "notIn": ["japaneast"]}), True, True),
        (rule({"field": "location", "notIn": ["eastus"]}), True, False),
        (rule({"not": {"field": "location", "in": ["japaneast", "eastus"]}}), True, False),
        (rule({"not": {"field": "location", "equals": "japaneast"}}, "[parameters('effect')]"), True, True),
        (rule({"field": "location", "in": ["eastus"]}), True, True),
        (
            rule({"allOf": [{"field": "location", "notIn": "[parameters('allowed')]"}, {"field": "location", "notEquals": "global"}]}),
            True,
            True,
        ),
        (rule({"field": "location", "notIn": ["japaneast"]}, "audit"), False, True),
        (rule({"field": "type", "equals": "x"}), False, True),
    ],
)
def test_rules_on_locations(value: dict[str, Any], denies: bool, domestic: bool) -> None:
    for written in (value, json.dumps(value)):
        assert guard.denies_locations(context(), written) is denies
        assert guard.rule_domestic(context(), written) is domestic


def test_the_built_in_policy() -> None:
    identifier = "/providers/Microsoft.Authorization/policyDefinitions/E56962a6-4747-49cd-b67b-bf8b01975c4c"
    own = Resource("azurerm_policy_definition", "azurerm_policy_definition.p", {}, PLACE)
    assert guard.is_built_in(context(), identifier) is True
    assert guard.is_built_in(context(), "/providers/Microsoft.Authorization/policyDefinitions/other") is False
    assert guard.is_built_in(context(own), Unknown("known-after-apply", "x", ("azurerm_policy_definition.p",))) is False
    assert isinstance(guard.is_built_in(context(), UNKNOWN), Unknown)
    assert guard.is_location_guardrail(context(), identifier) is True
    assert guard.is_location_guardrail(context(), rule({"field": "location", "notIn": ["japaneast"]})) is True
    assert guard.is_location_guardrail(context(), rule({"field": "type", "equals": "x"})) is False


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=6), st.just(UNKNOWN), st.sampled_from(["location", "deny", "["])
)
NONSENSE = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["if", "then", "effect", "field", "notIn", "not", "Statement", "Condition", "value"]), inner, max_size=4
        ),
    ),
    max_leaves=8,
)


@given(NONSENSE)
def test_whatever_is_written_there_is_an_answer(value: Any) -> None:
    for predicate in (
        *(guard.limits_regions, guard.admits_foreign, guard.is_guardrail, guard.locations_domestic, guard.denies_locations),
        *(guard.rule_domestic, guard.is_built_in, guard.is_location_guardrail),
    ):
        assert isinstance(truth(predicate(context(), value)), (bool, Unknown))


@given(st.lists(st.sampled_from(["japaneast", "eastus", "global"]), min_size=1, max_size=4), st.integers(0, 3))
def test_knowing_less_never_changes_the_answer(locations: list[str], hidden: int) -> None:
    masked = [UNKNOWN if index == hidden else location for index, location in enumerate(locations)]
    full = guard.locations_domestic(context(), {"listOfAllowedLocations": {"value": locations}})
    less = guard.locations_domestic(context(), {"listOfAllowedLocations": {"value": masked}})
    assert isinstance(less, Unknown) or less is full
