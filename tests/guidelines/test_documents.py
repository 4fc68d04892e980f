"""What the documents say of clauses and attestations is so."""

import datetime
import pathlib
import re

import pytest

from cloudpolicy.guidelines import attestations, catalogue

DOCS = pathlib.Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", ["guidelines.md", "guidelines.ja.md"])
def test_the_numbers_shown_are_the_catalogues(name):
    clauses = list(catalogue.load())
    shown = [int(number) for number in re.findall(r"\| +(\d+) \|$", (DOCS / name).read_text("utf-8"), re.MULTILINE)]
    documents = [sum(clause.document == id for clause in clauses) for id in ("osaka-2024", "cio-2021", "fisc-2012", "aws-lg-2019")]
    kinds = [sum(clause.verification == kind for clause in clauses) for kind in ("automated", "attested", "csp-evidence")]
    assert shown == documents + kinds
    assert sum(clause.mapping_uncertain for clause in clauses) == 18


@pytest.mark.parametrize("name", ["attestations.md", "attestations.ja.md"])
def test_the_example_is_taken(name):
    (example,) = re.findall(r"```yaml\n(.*?)```", (DOCS / name).read_text("utf-8"), re.DOTALL)
    found, problems = attestations.taken(name, example.encode(), catalogue.load(), datetime.date(2026, 6, 1))
    assert problems == []
    assert [one.kind for one in found] == ["attestation", "provider-evidence", "not-applicable"]
