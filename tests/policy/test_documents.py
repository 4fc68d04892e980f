"""Policy documents: what is refused, and that the refusal names file, line and key."""

import textwrap

import pytest

from cloudpolicy.policy import documents

GOOD = """\
id: CP_DB_902
slug: public-database
since: 0.1.0
severity: high
profiles: [baseline]
title: {ja: 題, en: title}
rationale: {ja: 理由, en: why}
remedy: {ja: 対処, en: how}
clauses: ["osaka-2024:table.3"]
checks:
  - resource: aws_db_instance
    require: {publicly_accessible: false}
    absent: pass
examples:
  terraform:
    pass: ['resource "aws_db_instance" "x" {}']
    fail: ['resource "aws_db_instance" "x" { publicly_accessible = true }']
    unknown: none because this is a test
"""


def load(folder, text, name="CP_DB_902_public_database.yaml"):
    path = folder / name
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return documents.load_file(str(path))


def test_a_good_document(tmp_path):
    document, problems = load(tmp_path, GOOD)
    assert problems == []
    assert document.policy.id == "CP_DB_902"
    assert document.lines[("checks", 0, "require")] == 12


CASES = [
    ("unknown key", GOOD.replace("severity: high", "severity: high\nsevrity: low"), 5, "sevrity"),
    ("wrong severity", GOOD.replace("severity: high", "severity: huge"), 4, "huge"),
    ("missing key", GOOD.replace("since: 0.1.0\n", ""), 1, "since"),
    ("empty text", GOOD.replace("ja: 題", 'ja: ""'), 6, "ja"),
    ("unknown matcher", GOOD.replace("publicly_accessible: false}", "publicly_accessible: {equal: false}}"), 12, "matcher"),
    ("unknown predicate", GOOD.replace("publicly_accessible: false}", "publicly_accessible: {is: net.nothing}}"), 12, "net.nothing"),
    ("absent of another kind", GOOD.replace("absent: pass", "absent: maybe"), 13, "maybe"),
    ("duplicate key", GOOD.replace("severity: high", "severity: high\nseverity: low"), 5, "severity"),
    (
        "no examples for a format",
        GOOD.replace("resource: aws_db_instance", "resource: [aws_db_instance, AWS::RDS::DBInstance]"),
        14,
        "cloudformation",
    ),
    (
        "empty examples",
        GOOD.replace('fail: [\'resource "aws_db_instance" "x" { publicly_accessible = true }\']', "fail: []"),
        17,
        "example",
    ),
    ("no reason for the missing unknown", GOOD.replace("none because this is a test", "none"), 18, "none because"),
    ("a slug that names the cure", GOOD.replace("slug: public-database", "slug: no-public-database"), 2, "bad pattern"),
    ("syntax", GOOD.replace("profiles: [baseline]", "profiles: [baseline"), 6, "YAML"),
]


@pytest.mark.parametrize(("text", "line", "word"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_mistakes_name_file_line_and_key(tmp_path, text, line, word):
    document, problems = load(tmp_path, text)
    assert document is None
    assert len(problems) >= 1
    problem = problems[0]
    assert problem.span.file.endswith("CP_DB_902_public_database.yaml")
    assert problem.span.line == line, problem.text.en
    assert word in problem.text.en
    assert problem.text.ja


def test_the_file_is_called_like_the_policy(tmp_path):
    _, problems = load(tmp_path, GOOD, "other.yaml")
    assert "CP_DB_902_public_database.yaml" in problems[0].text.en


def test_unreadable_and_empty(tmp_path):
    assert documents.load_file(str(tmp_path / "nothing.yaml"))[1][0].code == "invalid-policy"
    assert load(tmp_path, "")[1]


def test_an_id_is_taken_once(tmp_path):
    (tmp_path / "a").mkdir()
    load(tmp_path, GOOD)
    load(tmp_path / "a", GOOD)
    _, problems = documents.load_folder(str(tmp_path))
    assert any("taken" in problem.text.en for problem in problems)


def test_of_several_merged_mappings_the_earlier_wins(tmp_path):
    """PyYAML 6.0.4 turned this round, and a check with it."""
    merged = GOOD.replace(
        "checks:\n  - resource: aws_db_instance\n    require: {publicly_accessible: false}\n    absent: pass\n",
        "checks:\n"
        "  - &first {resource: aws_db_instance, when: {engine: mysql}, require: {publicly_accessible: false}, absent: pass}\n"
        "  - {<<: [&advised {when: {}, severity: low}, *first], absent: fail}\n",
    )
    document, problems = load(tmp_path, merged)
    assert problems == []
    second = document.policy.checks[1]
    assert (second.when, second.severity, second.absent, second.resource) == ({}, "low", "fail", "aws_db_instance")
