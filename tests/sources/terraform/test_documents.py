"""data.aws_iam_policy_document: byte for byte what the provider writes, and its structure where parts are unknown."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudpolicy.model import Unknown
from cloudpolicy.sources.terraform.documents import iam_policy_document

PLAN = os.path.join(os.path.dirname(__file__), "..", "..", "data", "terraform", "plans", "documents", "plan.json")
LOST = Unknown("known-after-apply", "aws_s3_bucket.b.arn", ("aws_s3_bucket.b",))
OTHER = Unknown("data-source", "data.x.y.id", ("data.x.y",))


def real() -> list[Any]:
    with open(PLAN, encoding="utf-8") as file:
        return list(json.load(file)["prior_state"]["values"]["root_module"]["resources"])


@pytest.mark.parametrize("resource", real(), ids=lambda resource: resource["name"])
def test_as_the_provider_writes_it(resource: Any) -> None:
    assert iam_policy_document(resource["values"]) == resource["values"]["json"]


def test_there_are_real_documents_to_compare_with() -> None:
    assert {"a", "empty", "old", "twostar", "merged"} <= {resource["name"] for resource in real()}


def partial(values: dict[str, Any]) -> Any:
    result = iam_policy_document(values)
    assert isinstance(result, Unknown)
    return result.partial


def test_an_unknown_leaf_stays_in_its_place() -> None:
    result = iam_policy_document(
        {
            "statement": [
                {
                    "actions": ["s3:*"],
                    "resources": [LOST],
                    "principals": [{"type": "AWS", "identifiers": [OTHER, "arn:aws:iam::111122223333:root"]}],
                }
            ]
        }
    )
    assert isinstance(result, Unknown)
    assert (result.reason, result.references) == ("known-after-apply", ("aws_s3_bucket.b", "data.x.y"))
    statement = result.partial["Statement"][0]
    assert statement == {
        "Effect": "Allow",
        "Action": "s3:*",
        "Resource": LOST,
        "Principal": {"AWS": [OTHER, "arn:aws:iam::111122223333:root"]},
    }


def test_an_unresolved_dynamic_block_cannot_be_taken_for_complete() -> None:
    known = {"actions": ["s3:GetObject"], "resources": ["*"]}
    statements = partial({"statement": Unknown("variable-without-value", "var.rules", (), [known])})["Statement"]
    assert statements[0]["Action"] == "s3:GetObject"
    assert isinstance(statements[1], Unknown)
    assert len(statements) == 2


def test_an_unknown_source_document_leaves_an_unknown_statement() -> None:
    statements = partial(
        {"source_policy_documents": ['{"Statement":[{"Sid":"a","Effect":"Deny"}]}', LOST], "statement": [{"actions": ["a:b"]}]}
    )["Statement"]
    assert [isinstance(one, Unknown) for one in statements] == [False, True, False]


def test_an_unknown_override_may_replace_every_named_statement() -> None:
    statements = partial({"statement": [{"sid": "a", "actions": ["a:b"]}, {"actions": ["c:d"]}], "override_policy_documents": [LOST]})[
        "Statement"
    ]
    assert [isinstance(one, Unknown) for one in statements] == [True, False, True]
    assert statements[0].partial["Action"] == "a:b"


def test_a_source_document_of_which_parts_are_known() -> None:
    text = Unknown("known-after-apply", "", ("aws_s3_bucket.b",), '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"${…}/*"}]}')
    statement = partial({"source_policy_documents": [text]})["Statement"][0]
    assert (statement["Action"], statement["Resource"].partial) == ("*", "${…}/*")


def test_a_condition_whose_variable_is_known_in_part_keeps_that_part() -> None:
    claim = Unknown("variable-without-value", "${var.issuer}:sub", (), "${var.issuer}:sub")
    blocks = [{"test": "StringEquals", "variable": claim, "values": ["a"]}, {"test": "Bool", "variable": LOST, "values": ["true"]}]
    condition = partial({"statement": [{"condition": blocks}]})["Statement"][0]["Condition"]
    assert isinstance(condition, Unknown)
    assert condition.partial == {"StringEquals": {"${var.issuer}:sub": "a"}}


@pytest.mark.parametrize(
    "blocks",
    [
        [{"type": LOST, "identifiers": ["*"]}],
        Unknown("variable-without-value", "var.p", (), [{"type": "AWS", "identifiers": ["*"]}]),
    ],
)
def test_unknown_principals(blocks: Any) -> None:
    assert isinstance(partial({"statement": [{"principals": blocks}]})["Statement"][0]["Principal"], Unknown)


@pytest.mark.parametrize(
    "values",
    [
        {"statement": "x"},
        {"statement": [5]},
        {"statement": [{"actions": "s3:*"}]},
        {"statement": [{"principals": [{}]}]},
        {"source_policy_documents": ["{"]},
        {"source_policy_documents": ["[]"]},
    ],
)
def test_a_malformed_document_is_unknown_not_a_crash(values: Any) -> None:
    result = iam_policy_document(values)
    assert isinstance(result, Unknown)
    assert result.reason == "invalid-expression"


_texts = st.sampled_from(["*", "s3:GetObject", "&{aws:username}", "<"]) | st.text(max_size=3)
_leaf = _texts | st.just(LOST)
_statement = st.fixed_dictionaries(
    {},
    optional={
        "sid": _leaf,
        "effect": st.sampled_from(["Allow", "Deny"]),
        "actions": st.lists(_leaf, max_size=3) | st.just(OTHER),
        "resources": st.lists(_leaf, max_size=3),
        "principals": st.lists(st.fixed_dictionaries({"type": _leaf, "identifiers": st.lists(_leaf)}), max_size=2),
        "condition": st.lists(st.fixed_dictionaries({"test": _leaf, "variable": _leaf, "values": st.lists(_leaf)}), max_size=2),
    },
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_statement, max_size=3))
def test_any_document_is_json_or_an_unknown_with_its_structure(statements: list[Any]) -> None:
    result = iam_policy_document({"statement": statements})
    document = result.partial if isinstance(result, Unknown) else json.loads(result)
    assert document["Version"] == "2012-10-17"
    assert len(document.get("Statement", [])) == len(statements)


@given(
    st.recursive(
        st.none() | st.integers() | _leaf,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["type", "identifiers", "actions", "principals", "condition", "test", "variable", "values"]),
                inner,
                max_size=3,
            )
        ),
    )
)
def test_no_shape_makes_it_raise(value: Any) -> None:
    assert isinstance(iam_policy_document({"statement": value, "source_policy_documents": value}), (str, Unknown))
