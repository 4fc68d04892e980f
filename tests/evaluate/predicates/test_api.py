"""Authorisation in OpenAPI definitions and SAM events."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context, Located
from cloudpolicy.evaluate.predicates.api import openapi_secured, sam_api_authorised, sam_events_authorised
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

PLACE = Span("/template.yaml")
UNKNOWN = Unknown("parameter-without-value", "!Ref X")
API = Resource("AWS::Serverless::Api", "Api", {}, PLACE)


def context(*functions: dict[str, Any]) -> Context:
    others = [Resource("AWS::Serverless::Function", f"F{i}", {"Events": events}, PLACE) for i, events in enumerate(functions)]
    return Context(Estate("/", "cloudformation", "template", [API, *others]), API, {}, {})


def paths(**operation: Any) -> dict[str, Any]:
    return {"paths": {"/x": {"get": operation, "options": {}}}}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (paths(), False),
        (paths(security=[{"key": []}]), True),
        (paths(security=[{}]), False),
        ({**paths(), "security": [{"key": []}]}, True),
        ({**paths(security=[]), "security": [{"key": []}]}, False),
        (paths(**{"x-amazon-apigateway-auth": {"type": "AWS_IAM"}}), True),
        (paths(**{"x-amazon-apigateway-auth": {"type": "NONE"}}), False),
        (json.dumps(paths()), False),
        ("openapi: 3.0.1\npaths:\n  /x:\n    get:\n      security:\n        - key: []\n", True),
        ("openapi: [", Unknown("unsupported-expression")),
        ({"openapi": "3.0.1"}, True),
        (UNKNOWN, UNKNOWN),
        (Unknown("x", partial=paths()), False),
        (paths(security=UNKNOWN), UNKNOWN),
        ({"paths": {"/x": UNKNOWN, "/y": {"get": {}}}}, False),
    ],
)
def test_definitions(body: Any, expected: Any) -> None:
    assert openapi_secured(context(), body) == expected


def event(kind: str = "Api", **properties: Any) -> dict[str, Any]:
    return {"E": {"Type": kind, "Properties": properties}}


REST = Unknown("known-after-deploy", "!Ref Api", ("Api",))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (event(Auth={"Authorizer": "NONE"}), False),
        (event(Auth={"Authorizer": "AWS_IAM"}), True),
        (event(RestApiId=REST), True),
        (event(Method="options"), True),
        (event("Schedule"), True),
        (event(), False),
        (event("HttpApi"), False),
        (event(Auth={"ApiKeyRequired": True}), True),
        (event(Auth={"ApiKeyRequired": UNKNOWN}), UNKNOWN),
        (event(Auth=UNKNOWN), UNKNOWN),
        (ABSENT, True),
        (UNKNOWN, UNKNOWN),
    ],
)
def test_events(events: Any, expected: Any) -> None:
    answer = sam_events_authorised(context(), events)
    assert (answer.truth, answer.path) == (False, ("Events", "E")) if isinstance(answer, Located) else answer == expected
    assert isinstance(answer, Located) is (expected is False)


def test_apis() -> None:
    signed, open_ = event(RestApiId=REST, Auth={"Authorizer": "AWS_IAM"}), event(RestApiId=REST)
    assert sam_api_authorised(context(), "Pool") is True
    assert sam_api_authorised(context(), "NONE") is False
    assert sam_api_authorised(context(), UNKNOWN) == UNKNOWN
    assert sam_api_authorised(context(signed)) is True
    assert sam_api_authorised(context(signed, open_)) is False
    assert sam_api_authorised(context(), ABSENT, paths(security=[{"k": []}])) is True
    assert sam_api_authorised(context(), ABSENT, ABSENT, "s3://b/api.yaml") == Unknown("not-in-estate", "s3://b/api.yaml")


SECURITY = st.sampled_from([[], [{}], [{"key": []}]])


@given(st.lists(SECURITY, max_size=3), SECURITY, st.data())
def test_an_answer_stays_when_more_is_known(operations: list[Any], root: Any, data: st.DataObject) -> None:
    hidden = data.draw(st.sets(st.integers(0, 3)))
    known = {"security": root, "paths": {f"/{i}": {"get": {"security": item}} for i, item in enumerate(operations)}}
    partly = {
        "security": UNKNOWN if 3 in hidden else root,
        "paths": {f"/{i}": UNKNOWN if i in hidden else {"get": {"security": item}} for i, item in enumerate(operations)},
    }
    before, after = openapi_secured(context(), partly), openapi_secured(context(), known)
    assert isinstance(before, Unknown) or before is after
