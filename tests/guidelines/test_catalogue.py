"""The catalogues: every clause of the four documents, once, and tied to the policies."""

import pytest

from cloudpolicy import yamlfile
from cloudpolicy.guidelines import catalogue, schema
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


def test_what_only_touches_on_a_clause_is_among_the_policies_that_cite_it(ours):
    named = {}
    for document in ours.documents.values():
        source, _, faults = yamlfile.read(document.path, schema.Guideline)
        assert source is not None and not faults
        named |= {f"{source.id}:{clause.number}": set(clause.indirect) for section in source.sections for clause in section.clauses}
    assert sum(map(bool, named.values())) == 35
    assert [id for id, policies in named.items() if policies - set(ours.clauses[id].policies)] == []


def test_every_clause_stands_in_one_group(ours):
    groups = ours.by_setting_type()
    assert sorted(clause.id for group in groups.values() for clause in group) == sorted(ours.clauses)
    assert all(groups.values())


@pytest.mark.parametrize(
    ("kind", "last", "extra"),
    [
        ("設", 83, {"設83-1"}),
        ("運", 107, {"運10-1", "運44-1", "運51-1", "運53-1", "運87-1", "運90-1", "運105-1"}),
        ("技", 51, {"技35-1", "技42-1"}),
    ],
)
def test_fisc_numbers_leave_no_gap(ours, kind, last, extra):
    found = {clause.number for clause in ours if clause.document == "fisc-2012" and clause.number.startswith(kind)}
    assert found == {f"{kind}{number}" for number in range(1, last + 1)} | extra


def test_clauses_that_take_over_others_name_ones_that_exist(ours):
    taking = [clause for clause in ours if clause.refs]
    assert taking and all(ref in ours.clauses for clause in taking for ref in clause.refs)


def test_related_clauses_share_a_policy_and_stand_elsewhere(ours):
    clause = ours.clauses["osaka-2024:table.6.3"]
    related = [ours.clauses[id] for id in ours.related(clause)]
    assert {one.document for one in related} == set(COUNTS) - {"osaka-2024"}
    assert all(set(one.policies) & set(clause.policies) for one in related)
    assert ours.related(ours.clauses["fisc-2012:設1"]) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("number: b", "number: a", 16, "stands twice"),
        ("residual: {ja: r, en: r}", "note: {ja: r, en: r}", 8, "left to a person"),
        ("setting: '1'", "mapping_uncertain: false", 8, "setting type"),
        ("ja: two", "ja: ' '", 16, "both `ja` and `en`"),
        ("responsibility: csp", "responsibility: nobody", 19, "nobody"),
        ("en: two", "enn: two", 18, "enn"),
    ],
)
def test_a_faulty_catalogue_names_its_line(tmp_path, old, new, line, words):
    good = """\
id: x-2026
title: {ja: x, en: x}
publisher: {ja: x, en: x}
date: "2026"
about: {ja: x, en: x}
sections:
- {ja: s, en: s, clauses: [
  {number: a,
    ja: one,
    en: one,
    responsibility: customer,
    verification: automated,
    setting: '1',
    residual: {ja: r, en: r}
  },
  {number: b,
    ja: two,
    en: two,
    responsibility: csp,
    verification: csp-evidence
  }]}
"""
    file = tmp_path / "x.yaml"
    file.write_text(good)
    assert catalogue.load(str(tmp_path)).diagnostics == []
    file.write_text(good.replace(old, new))
    (problem,) = catalogue.load(str(tmp_path)).diagnostics
    assert (problem.span.file, problem.span.line) == (str(file), line)
    assert words in problem.text.en
