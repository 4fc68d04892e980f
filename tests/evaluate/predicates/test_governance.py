"""State stores, registry scanning, recording and tags."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context, Located
from cloudpolicy.evaluate.predicates.recording import has_effect, in_home_region
from cloudpolicy.evaluate.predicates.scanning import covered_by_registry
from cloudpolicy.evaluate.predicates.state import keeps_state, permitted_backend, without_credentials
from cloudpolicy.evaluate.predicates.tags import has_required
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

PLACE = Span("/main.tf")
LOST = Unknown("variable-without-value", "var.x")
PATTERN = "(?i)(tf|terraform)[-_.]?state(?!.*log)"


def context(address: str = "aws_vpc.v", others: tuple[Resource, ...] = (), region: Any = None) -> Context:
    subject = Resource(address.split("[")[0].rsplit(".", 2)[-2] if "." in address else "AWS::S3::Bucket", address, {}, PLACE, None, region)
    return Context(Estate("/", "terraform", "hcl", [subject, *others]), subject, {}, {})


@pytest.mark.parametrize(
    ("address", "name", "expected"),
    [
        ("aws_s3_bucket.b", "city-terraform-state", True),
        ("aws_s3_bucket.b", "citytfstate", True),
        ("aws_s3_bucket.b", Unknown("x", "e", (), "${var.env}-tf-state"), True),
        ("aws_s3_bucket.b", Unknown("x", "e", choices=("forms", "tfstate")), True),
        ("aws_s3_bucket.b", LOST, False),
        ("aws_s3_bucket.b", ABSENT, False),
        ("aws_s3_bucket.b", "terraform-state-logs", False),
        ('module.a["x.y"].aws_s3_bucket.tfstate[0]', ABSENT, True),
        ('module.tfstate.aws_s3_bucket.logs["a.tfstate"]', ABSENT, False),
        ("Nested/TerraformState", ABSENT, True),
    ],
)
def test_what_keeps_state(address: str, name: Any, expected: bool) -> None:
    assert keeps_state(context(address), PATTERN, name) is expected


def test_credentials_of_a_backend_are_never_quoted() -> None:
    assert without_credentials(context(), []) is True
    answer = without_credentials(context(), ["hunter2"])
    assert isinstance(answer, Located) and answer.truth is False and "hunter2" not in str(answer.seen)
    doubt = without_credentials(context(), [Unknown("x", "var.key", (), "hunter${…}")])
    assert isinstance(doubt, Located) and isinstance(doubt.truth, Unknown) and doubt.seen.partial is None
    assert truth_of(without_credentials(context(), [LOST, "hunter2"])) is False


def truth_of(answer: Any) -> Any:
    return answer.truth if isinstance(answer, Located) else answer


def test_kinds_of_backend() -> None:
    subject = Resource("terraform.backend_gcs", "terraform.backend_gcs", {}, PLACE)
    here = Context(Estate("/", "terraform", "hcl", [subject]), subject, {}, {})
    assert permitted_backend(here, ["s3"]) is False
    assert permitted_backend(here, ["s3", "gcs"]) is True


def registry(filters: Any, frequency: Any = "SCAN_ON_PUSH", region: Any = None) -> Resource:
    rules = [{"scan_frequency": frequency, "repository_filter": [{"filter": one, "filter_type": "WILDCARD"} for one in filters]}]
    return Resource(
        "aws_ecr_registry_scanning_configuration", "aws_ecr_registry_scanning_configuration.r", {"rule": rules}, PLACE, None, region
    )


@pytest.mark.parametrize(
    ("filters", "name", "expected"),
    [
        (["*"], ABSENT, True),
        (["*"], LOST, True),
        (["prod/*"], "prod/app", True),
        (["prod/*"], "test/prod/app", False),
        (["prod"], "test/prod/app", True),
        (["*a.b*"], "xaxb", False),
        (["prod*"], LOST, None),
        ([LOST], "app", None),
        ([], "app", False),
    ],
)
def test_filters_of_a_registry(filters: list[Any], name: Any, expected: bool | None) -> None:
    found = covered_by_registry(context(others=(registry(filters),)), name)
    assert isinstance(found, Unknown) if expected is None else found is expected


def test_a_registry_of_another_region_or_by_hand_does_not_count() -> None:
    assert covered_by_registry(context(others=(registry(["*"], "MANUAL"),)), "app") is False
    assert covered_by_registry(context(region="a", others=(registry(["*"], region="b"),)), "app") is False
    assert isinstance(covered_by_registry(context(region="a", others=(registry(["*"], region=LOST),)), "app"), Unknown)
    assert covered_by_registry(context(), "app") is False


EFFECTS = ["deployIfNotExists", "modify"]


@pytest.mark.parametrize(
    ("rule", "parameters", "expected"),
    [
        ({"then": {"effect": "Modify"}}, ABSENT, True),
        (json.dumps({"then": {"effect": "audit"}}), ABSENT, False),
        (json.dumps({"then": {"effect": "[parameters('effect')]"}}), json.dumps({"effect": {"defaultValue": "DeployIfNotExists"}}), True),
        ({"then": {"effect": "[parameters('effect')]"}}, {"effect": {"defaultValue": "Disabled"}}, False),
        ({"then": {"effect": "[parameters('effect')]"}}, {"effect": {"allowedValues": ["Audit", "Disabled"]}}, False),
        ({"then": {"effect": "[parameters('effect')]"}}, {"effect": {"allowedValues": ["Audit", "Modify"]}}, None),
        ({"then": {"effect": "[[parameters('effect')]"}}, {"Effect": {"DefaultValue": "modify"}}, True),
        (Unknown("x", "e", (), {"then": {"effect": "modify"}}), ABSENT, True),
        ({"then": {"effect": Unknown("x", choices=("modify", "deployIfNotExists"))}}, ABSENT, True),
        ("{", ABSENT, None),
        (LOST, ABSENT, None),
        (ABSENT, ABSENT, False),
    ],
)
def test_effects_of_definitions(rule: Any, parameters: Any, expected: bool | None) -> None:
    found = has_effect(context(), rule, EFFECTS, parameters)
    assert isinstance(found, Unknown) if expected is None else found is expected


def test_the_home_region() -> None:
    assert in_home_region(context(region="ap-northeast-1"), "") is True
    assert in_home_region(context(region="ap-northeast-1"), "ap-northeast-1") is True
    assert in_home_region(context(region="ap-northeast-3"), "ap-northeast-1") is False
    assert in_home_region(context(region=LOST), "ap-northeast-1") is True


def provider(tags: Any, alias: str = "") -> Resource:
    return Resource("provider.aws", f"provider.aws{alias}", {"default_tags": [{"tags": tags}]} if tags else {}, PLACE)


def tagged(tags: Any, required: Any = (), *providers: Resource) -> Any:
    return has_required(context(others=providers), list(required), tags)


def test_tags_that_are_there_and_those_that_are_not() -> None:
    assert tagged({"System": "x"}) is True
    assert tagged({"Name": "x"}) is False
    assert tagged(ABSENT) is False
    assert tagged([{"Key": "data-class", "Value": "3"}], ["DataClass"]) is True
    assert tagged({"Team": LOST}, ["Owner|Team"]) is True
    assert tagged({"Team": "x"}, ["Owner|Team", "System"]) is False
    assert isinstance(tagged(LOST, ["System"]), Unknown)
    assert isinstance(tagged([LOST, {"Key": "System", "Value": "x"}], ["System", "Owner"]), Unknown)
    merged = Unknown("variable-without-value", "merge(var.tags, …)", (), {"Name": "x"})  # var.tags may hold any other
    assert tagged(merged, ["Name"]) is True
    assert isinstance(tagged(merged, ["System"]), Unknown)
    assert isinstance(tagged(merged), Unknown)


def test_default_tags_of_the_provider() -> None:
    assert tagged(ABSENT, ["System"], provider({"System": "x"})) is True
    assert tagged(ABSENT, ["System"], provider({"System": "x"}), provider({"System": "y"}, ".osaka")) is True
    assert isinstance(tagged(ABSENT, ["System"], provider({"System": "x"}), provider(None, ".osaka")), Unknown)
    assert isinstance(tagged(ABSENT, ["System"], provider(LOST)), Unknown)
    assert tagged(ABSENT, ["System"], provider(None)) is False


@pytest.mark.parametrize(("region", "expected"), [("ap-northeast-1", True), ("ap-northeast-3", False), (LOST, None)])
def test_the_region_tells_the_provider(region: Any, expected: bool | None) -> None:
    tokyo, osaka = provider({"System": "x"}), provider(None, ".osaka")
    tokyo.values["region"], osaka.values["region"] = "ap-northeast-1", "ap-northeast-3"
    found = has_required(context(others=(tokyo, osaka), region=region), ["System"])
    assert isinstance(found, Unknown) if expected is None else found is expected


@given(st.dictionaries(st.sampled_from(["System", "Name", "Owner"]), st.just("x")), st.booleans())
def test_knowing_less_never_turns_an_answer_round(tags: dict[str, Any], required: bool) -> None:
    names = ["System"] if required else []
    known = tagged(tags, names)
    for less in (tagged(LOST, names), tagged(Unknown("x", "e", (), [{"Key": key} for key in tags] + [LOST]), names)):
        assert isinstance(less, Unknown) or less is known


VALUES = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | st.just(LOST),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=4), inner),
)


@given(VALUES, VALUES)
def test_any_value_gets_an_answer(value: Any, other: Any) -> None:
    for answer in (
        has_required(context(), ["System"], value),
        has_effect(context(), value, EFFECTS, other),
        covered_by_registry(context(), value),
    ):
        assert answer in (True, False) or isinstance(answer, Unknown)
    assert keeps_state(context(), PATTERN, value) in (True, False)
