"""A finding's sentence shows the value it was decided by, but never a secret."""

from __future__ import annotations

import pytest

from cloudpolicy.evaluate.answers import Answer, Leaf
from cloudpolicy.evaluate.wording import sentence, shown
from cloudpolicy.model import Resource, Span, Unknown

KEY_ID = "AKIA" + "IOSFODNN7EXAMPLE"
TOKEN = "ghp_" + "a1B2" * 9


def test_plain_values_are_shown() -> None:
    assert shown(True) == "true"
    assert shown("0.0.0.0/0") == '"0.0.0.0/0"'
    assert shown([80, "tcp"]) == '[80, "tcp"]'
    assert shown({"Effect": "Allow", "Action": ["s3:*"]}) == '{Effect: "Allow", Action: ["s3:*"]}'
    assert shown(Unknown("x", "var.password")) == "var.password"


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        ({"access_key": "x9", "secret_key": "hunter2hunter2"}, "hunter2"),
        ({"DB_PASSWORD": "hunter2"}, "hunter2"),
        ({"variables": {"token": "hunter2"}}, "hunter2"),
        ({"harmless": KEY_ID}, KEY_ID[:12]),
        ([KEY_ID], KEY_ID[:12]),
        (f"export GITHUB={TOKEN}", TOKEN[:12]),
        ({"name": "API_TOKEN", "value": "hunter2"}, "hunter2"),
        ({"password": ["hunter2"]}, "hunter2"),
    ],
)
def test_secrets_are_hidden(value: object, secret: str) -> None:
    text = shown(value, 200)
    assert secret not in text
    assert "****" in text


def test_a_name_alone_hides_no_switch() -> None:
    assert shown({"require_password": True, "secret_key": None}) == "{require_password: true, secret_key: None}"


@pytest.mark.parametrize(
    ("kind", "expected", "en", "ja"),
    [
        ("contains_any", ["*"], 'it must contain none of ["*"]', '["*"] のいずれも含んではなりません'),
        ("contains", "*", 'it must not contain "*"', '"*" を含んではなりません'),
        ("in", ["a"], 'it must be none of ["a"]', '["a"] は許可されません'),
        ("at_least", 5, None, None),
    ],
)
def test_what_a_not_refuses_is_named(kind: str, expected: object, en: str | None, ja: str | None) -> None:
    answer = Answer(True, Leaf(kind, "actions", expected), ("actions",), ["*"]).negated()
    text = sentence(answer, Resource("t", "t.a", {"actions": ["*"]}, Span("f")))
    assert text.en == (f't.a: `actions` is ["*"]; {en}' if en else 't.a: `actions` is ["*"], which is not accepted')
    assert text.ja == (f't.a: `actions` が ["*"] です({ja})' if ja else 't.a: `actions` が ["*"] です(認められない設定)')
