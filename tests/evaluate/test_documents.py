"""Policy documents as one model, whatever they come as."""

from __future__ import annotations

import json

import pytest

from cloudpolicy.evaluate.documents import Document, Name, parse
from cloudpolicy.model import ABSENT, Unknown

STATEMENT = {
    "Effect": "Allow",
    "Principal": {"AWS": ["arn:aws:iam::111122223333:root", "*"], "Service": "s3.amazonaws.com"},
    "Action": "s3:GetObject",
    "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
    "Condition": {"Bool": {"aws:SecureTransport": False}},
}


def parsed(value: object) -> Document:
    document = parse(value)
    assert isinstance(document, Document)
    return document


@pytest.mark.parametrize("wrap", [lambda one: [one], lambda one: one], ids=["list", "single"])
@pytest.mark.parametrize(
    "form", [json.dumps, lambda one: one, lambda one: Unknown("known-after-apply", "x", partial=one)], ids=["text", "dict", "unknown"]
)
def test_text_structure_and_partial_structure_give_the_same_model(wrap, form) -> None:
    (statement,) = parsed(form({"Statement": wrap(STATEMENT)})).statements
    assert statement.effect == "allow"
    assert statement.actions == ["s3:GetObject"]
    assert statement.not_actions is None
    assert statement.resources == ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]
    assert ("AWS", "*") in statement.principals and ("Service", "s3.amazonaws.com") in statement.principals
    assert [(one.operator, one.key, one.values) for one in statement.conditions] == [("bool", "aws:securetransport", ["false"])]
    assert statement.doubt is None


def test_partial_text_keeps_what_is_known_and_marks_what_is_not() -> None:
    text = """{"Statement": [
      {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["${aws_s3_bucket.b.arn}/${var.map["a"]}/*", "arn:aws:s3:::u/${aws:username}"]},
      {"Effect": "Deny", "Action": ${jsonencode(var.actions)}, "Resource": "*"},
      ${jsonencode(var.statement)}
    ]}"""
    document = parsed(Unknown("variable-without-value", "x", ("aws_s3_bucket.b",), partial=text))
    first, second = document.statements
    interpolated, variable = first.resources
    assert isinstance(interpolated, Unknown)
    assert interpolated.partial == '${aws_s3_bucket.b.arn}/${var.map["a"]}/*'
    assert variable == "arn:aws:s3:::u/${aws:username}"
    (action,) = second.actions
    assert isinstance(action, Unknown) and action.partial is None
    assert len(document.unread) == 1


@pytest.mark.parametrize("value", [ABSENT, None, "", {}, {"Version": "2012-10-17"}])
def test_nothing_written_grants_nothing(value: object) -> None:
    document = parsed(value)
    assert not document.statements and not document.unread


@pytest.mark.parametrize(
    "value",
    [
        "{ not json",
        "[]",
        "12",
        '{"Effect": "Allow"}',
        ["x"],
        5,
        Unknown("variable-without-value", "var.x"),
        Unknown("import", "x", partial="{ ${x}"),
    ],
)
def test_what_cannot_be_read_is_unknown(value: object) -> None:
    assert isinstance(parse(value), Unknown) or (parse(value).__class__ is Name and value == "12")


@pytest.mark.parametrize("name", ["ReadOnlyAccess", "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"])
def test_the_name_of_a_managed_policy(name: str) -> None:
    found = parse(name)
    assert isinstance(found, Name) and found.text == name


def test_statements_whose_presence_is_unknown() -> None:
    branch = Unknown("condition-undetermined", "c ? a : []", choices=([STATEMENT], []))
    document = parsed({"Statement": Unknown("condition-undetermined", "concat(…)", partial=[STATEMENT, branch])})
    certain, possible = document.statements
    assert certain.maybe is None
    assert possible.maybe is not None and possible.maybe.reason == "condition-undetermined"
    assert document.unread == []


def test_an_unknown_list_without_a_marked_gap_may_hold_more() -> None:
    document = parsed({"Statement": Unknown("condition-undetermined", "x", partial=[STATEMENT])})
    assert len(document.statements) == len(document.unread) == 1


def test_an_unknown_condition_key_keeps_its_claim() -> None:
    block = Unknown("data-source", "x", partial={'${"${local.issuer}:sub"}': "system:serviceaccount:a:b"})
    (statement,) = parsed({"Statement": {**STATEMENT, "Condition": {"StringEquals": block}}}).statements
    assert statement.conditions[0].key == "${local.issuer}:sub"
    assert statement.doubt is not None


def test_a_document_is_parsed_once() -> None:
    cache: dict[object, object] = {}
    text = json.dumps({"Statement": STATEMENT})
    assert parse(text, cache) is parse(text + "", cache)
    structure = {"Statement": STATEMENT}
    assert parse(structure, cache) is parse(structure, cache)
    assert parse(structure, cache) is not parse(dict(structure), cache)


def test_deep_nesting_is_unknown_not_a_crash() -> None:
    deep: object = "*"
    for _ in range(5000):
        deep = [deep]
    assert isinstance(parse({"Statement": [{"Effect": "Allow", "Action": deep, "Resource": "*"}]}), Unknown)
    text = '{"Statement": [{"Effect": "Allow", "Action": ' + "[" * 5000 + '"${x}"' + "]" * 5000 + ', "Resource": "*"}]}'
    assert isinstance(parse(Unknown("variable-without-value", "x", partial=text)), Unknown)
