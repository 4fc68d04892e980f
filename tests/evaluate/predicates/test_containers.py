"""Containers: definitions in every form, images, versions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context, Located, containers
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

PLACE = Span("/main.tf")
LOST = Unknown("variable-without-value", "var.x")


def context(values: dict[str, Any] | None = None) -> Context:
    subject = Resource("aws_ecs_task_definition", "aws_ecs_task_definition.t", values or {}, PLACE)
    return Context(Estate("/", "terraform", "hcl", [subject]), subject, {}, {})


def truth(answer: Any) -> Any:
    return answer.truth if isinstance(answer, Located) else answer


def asked(name: str, definitions: Any, **more: Any) -> Any:
    return truth(getattr(containers, name)(context({"container_definitions": definitions}), definitions, **more))


SAFE = {"name": "a", "image": "a:1", "user": "1000", "readonlyRootFilesystem": True}
CASES = [
    ("unprivileged", {**SAFE, "privileged": True}, {}),
    ("unprivileged", {**SAFE, "privileged": "true"}, {}),
    ("read_only", {**SAFE, "readonlyRootFilesystem": None}, {}),
    ("not_root", {**SAFE, "user": "0:0"}, {}),
    ("not_root", {**SAFE, "user": "ROOT"}, {}),
    ("adds_no_capability", {**SAFE, "linuxParameters": {"capabilities": {"add": ["SYS_ADMIN"]}}}, {"forbidden": ["SYS_ADMIN"]}),
    ("pinned", {**SAFE, "image": "registry:5000/a"}, {}),
    ("from_registries", {**SAFE, "image": "evil.example/a:1"}, {"registries": ["a", "good.example"]}),
    ("registry_login_by_reference", {**SAFE, "repositoryCredentials": {"credentialsParameter": "user:pass"}}, {}),
    ("secrets_by_reference", {**SAFE, "environment": [{"name": "DB_PASSWORD", "value": LOST}]}, {}),
]
OPTIONS = {"adds_no_capability": {"forbidden": ["SYS_ADMIN"]}, "from_registries": {"registries": ["a:1"]}}


@pytest.mark.parametrize(("name", "bad", "more"), CASES)
def test_the_second_container_is_judged_too_and_named(name: str, bad: dict[str, Any], more: dict[str, Any]) -> None:
    definitions = [{**SAFE, "image": "a/b:1"}, bad]
    answer = getattr(containers, name)(context({"container_definitions": definitions}), definitions, **more)
    assert truth(answer) is False
    assert answer.path[:2] == ("container_definitions", 1)


@pytest.mark.parametrize("name", sorted({case[0] for case in CASES}))
@pytest.mark.parametrize("form", ["list", "text", "partial", "one", "pascal"])
def test_every_form_of_a_sound_definition_passes(name: str, form: str) -> None:
    forms: dict[str, Any] = {
        "list": [SAFE],
        "text": json.dumps([SAFE]),
        "partial": Unknown("known-after-apply", "jsonencode(…)", (), [{**SAFE, "name": LOST}]),
        "one": SAFE,
        "pascal": [{key[0].upper() + key[1:]: value for key, value in SAFE.items()}],
    }
    assert asked(name, forms[form], **OPTIONS.get(name, {})) is True


@pytest.mark.parametrize("name", sorted({case[0] for case in CASES}))
def test_what_cannot_be_read_is_unknown(name: str) -> None:
    more = OPTIONS.get(name, {})
    assert isinstance(asked(name, LOST, **more), Unknown)
    assert isinstance(asked(name, "[{", **more), Unknown)
    assert isinstance(asked(name, "[${var.definition}]", **more), Unknown)


def test_a_half_known_text_is_read_as_far_as_it_goes() -> None:
    text = Unknown("x", "e", (), '[{"name": "${var.name}", "image": "${var.image}", "privileged": true, "readonlyRootFilesystem": true}]')
    assert asked("unprivileged", text) is False
    assert asked("read_only", text) is True
    assert isinstance(asked("pinned", text), Unknown)


def test_both_branches_of_a_condition_count() -> None:
    choice = Unknown("condition-undetermined", "c ? a : b", choices=([SAFE], [{**SAFE, "privileged": True}]))
    assert isinstance(asked("unprivileged", choice), Unknown)
    assert asked("unprivileged", Unknown("x", choices=([SAFE], ABSENT))) is True
    value = Unknown("x", choices=(True, ABSENT))
    assert isinstance(asked("unprivileged", [{**SAFE, "privileged": value}]), Unknown)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("nginx", False),
        ("nginx:latest", False),
        ("nginx:1.27", True),
        ("registry.example:5000/nginx", False),
        ("registry.example:5000/nginx:1", True),
        ("nginx@sha256:0a", True),
        ("DOCKER|city.azurecr.io/app:latest", False),
        ("DOCKER|city.azurecr.io/app:3", True),
        (Unknown("x", "e", (), "${aws_ecr_repository.a.repository_url}:latest"), False),
        (Unknown("x", "e", (), "${aws_ecr_repository.a.repository_url}:1.2"), True),
        (Unknown("x", "e", (), "${var.registry}/app"), False),
        (Unknown("x", "e", (), "city/app:v${var.version}"), None),
        (Unknown("x", "e", (), "city/app:${var.version}-arm64"), True),
        (Unknown("x", "e", (), "city/app@sha256:${var.digest}"), True),
        (Unknown("x", "e", (), '${lookup(var.images, "a/b")}'), None),
        (LOST, None),
        (ABSENT, False),
    ],
)
def test_pinned_images(image: Any, expected: bool | None) -> None:
    found = containers.image_pinned(context(), image)
    assert isinstance(found, Unknown) if expected is None else found is expected


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("good.example/a:1", True),
        ("good.example.evil/a", False),
        (Unknown("x", "e", (), "good.example/${var.a}"), True),
        (LOST, None),
    ],
)
def test_registries(image: Any, expected: bool | None) -> None:
    found = containers.image_from(context(), image, ["good.example"])
    assert isinstance(found, Unknown) if expected is None else found is expected


@pytest.mark.parametrize(
    ("version", "expected"), [("1.31", True), ("1.9", False), ("v1.40.2", True), ("1", False), (1.31, True), ("next", False)]
)
def test_versions(version: Any, expected: bool) -> None:
    assert containers.kubernetes_at_least(context(), version, "1.31") is expected


def test_registry_of_azure_by_name_or_reference() -> None:
    assert containers.in_azure_registry(context(), "https://city.azurecr.io") is True
    assert containers.in_azure_registry(context(), "mcr.microsoft.com/app") is False
    assert containers.in_azure_registry(context(), Unknown("x", "azurerm_container_registry.r.login_server")) is True
    assert isinstance(containers.in_azure_registry(context(), LOST), Unknown)


def test_a_registry_password_is_never_quoted() -> None:
    answer = containers.keeps_registry_password_safe(context(), {"DOCKER_REGISTRY_SERVER_PASSWORD": "hunter2"})
    assert isinstance(answer, Located)
    assert answer.truth is False and "hunter2" not in str(answer.seen)
    assert containers.keeps_registry_password_safe(context(), {"DOCKER_REGISTRY_SERVER_PASSWORD": "@Microsoft.KeyVault(x)"}) is True
    assert containers.keeps_registry_password_safe(context(), ABSENT) is True


def test_environment_as_a_map() -> None:
    assert containers.variables_without_secrets(context(), {"DB_PASSWORD": LOST}) is False
    assert containers.variables_without_secrets(context(), {"DB_HOST": LOST}) is True
    assert isinstance(containers.variables_without_secrets(context(), LOST), Unknown)


FIELDS = st.fixed_dictionaries(
    {"image": st.sampled_from(["a:1", "a", "a:latest"]), "privileged": st.booleans(), "readonlyRootFilesystem": st.booleans()}
)


@given(st.lists(FIELDS, min_size=1, max_size=3), st.data())
def test_knowing_less_never_turns_an_answer_round(definitions: list[dict[str, Any]], data: st.DataObject) -> None:
    blurred = [{key: LOST if data.draw(st.booleans()) else value for key, value in container.items()} for container in definitions]
    for name in ("unprivileged", "read_only", "pinned"):
        known, less = asked(name, definitions), asked(name, blurred)
        assert isinstance(less, Unknown) or less is known


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5) | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=4), inner),
    )
)
def test_any_value_gets_an_answer(value: Any) -> None:
    for name in ("unprivileged", "read_only", "not_root", "pinned", "secrets_by_reference", "registry_login_by_reference"):
        assert truth(getattr(containers, name)(context({"x": value}), value)) in (True, False) or isinstance(
            truth(getattr(containers, name)(context({"x": value}), value)), Unknown
        )
