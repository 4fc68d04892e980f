"""The catalogues: every clause of the four documents, once, and tied to the policies."""

import pytest

from cloudpolicy.guidelines import catalogue
from cloudpolicy.policy import pack as packs

COUNTS = {"aws-lg-2019": 73, "cio-2021": 49, "fisc-2012": 251, "osaka-2024": 116}


@pytest.fixture(scope="module")
def ours():
    return catalogue.load()


def test_every_clause_of_the_four_documents(ours):
    assert ours.diagnostics == []
    assert {id: sum(clause.document == id for clause in ours) for id in ours.documents} == COUNTS


def test_policies_cite_clauses_that_exist(ours):
    pack = packs.load()
    assert {id: [clause for clause in policy["clauses"] if clause not in ours.clauses] for id, policy in pack.policies.items()} == {
        id: [] for id in pack.policies
    }


def test_what_is_called_automated_has_policies_and_the_other_way_round(ours):
    assert [clause.id for clause in ours if (clause.verification == "automated") != bool(clause.policies)] == []


def test_every_clause_stands_in_one_group(ours):
    groups = ours.by_setting_type()
    assert sorted(clause.id for group in groups.values() for clause in group) == sorted(ours.clauses)
    assert all(groups.values())
