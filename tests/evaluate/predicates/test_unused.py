"""Policy documents that nothing in the estate uses."""

from __future__ import annotations

import json

from cloudpolicy.evaluate.predicates import Context, Located, unused
from cloudpolicy.model import Estate, Resource, Span, Unknown

PLACE = Span("/main.tf")
ALL = {"actions": ["*"], "resources": ["*"]}
GIVEN = Unknown("variable-without-value", "var.x")


def context(*others: Resource) -> Context:
    subject = Resource("data.aws_iam_policy_document", "data.aws_iam_policy_document.x", {"statement": [ALL]}, PLACE)
    return Context(Estate("/", "terraform", "hcl", [subject, *others]), subject, {}, {})


def holder(*statements: object) -> Resource:
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return Resource("aws_iam_policy", "aws_iam_policy.p", {"policy": text}, PLACE)


def test_a_document_is_unused_until_some_resource_holds_its_statement() -> None:
    other = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    same = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    assert unused.is_unused(context(), [ALL]) is True
    assert unused.is_unused(context(holder(other)), [ALL]) is True
    assert unused.is_unused(context(holder(other, same)), [ALL]) is False


def test_a_document_with_unknown_parts_is_found_in_its_user() -> None:
    partial = {"Statement": [{"Effect": "Allow", "Action": GIVEN, "Resource": ["*"]}]}
    user = Resource("aws_iam_policy", "aws_iam_policy.p", {"policy": Unknown("variable-without-value", "x", partial=partial)}, PLACE)
    assert unused.is_unused(context(user), [{"actions": GIVEN, "resources": ["*"]}]) is False


def test_a_document_with_principals_grants_nothing_by_itself() -> None:
    assert unused.is_unused(context(), [{**ALL, "principals": [{"type": "AWS", "identifiers": ["*"]}]}]) is False
    assert unused.is_unused(context(), []) is False


def test_the_place_is_the_block() -> None:
    answer = unused.grants_admin(context(), [{"actions": ["s3:GetObject"], "resources": ["*"]}, ALL])
    assert isinstance(answer, Located) and answer.path == ("statement", 1)


def test_conditions_and_unknowns_are_carried_over() -> None:
    passing = {"actions": ["iam:PassRole"], "resources": ["*"]}
    bound = {"test": "StringEquals", "variable": "iam:PassedToService", "values": ["ecs-tasks.amazonaws.com"]}
    assert unused.escalation(context(), [{**passing, "condition": [bound]}]) is False
    assert isinstance(unused.escalation(context(), [{**passing, "condition": [GIVEN]}]), Unknown)
    assert isinstance(unused.grants_admin(context(), [{**ALL, "actions": GIVEN}]), Unknown)
    assert unused.grants_admin(context(), [{**ALL, "effect": "Deny"}]) is False
