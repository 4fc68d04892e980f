"""Comments that point at waivers: found in every format, checked, and without any power of their own."""

from __future__ import annotations

import pytest

from cloudpolicy.waivers import pointers
from waivers.conftest import OPEN, entry, told


def found(text: str) -> list[tuple[str, str, int]]:
    return [(one.policy, one.ref, one.span.line) for one in pointers.find("/f", text.encode())]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x\n# cloudpolicy:waive CP_DB_002 ref=W-012\n", [("CP_DB_002", "W-012", 2)]),
        ("a = 1 // cloudpolicy:waive CP_DB_002 ref=W-012 because\n", [("CP_DB_002", "W-012", 1)]),
        ("/*\n * cloudpolicy:waive CP_DB_002 ref=W-012\n */", [("CP_DB_002", "W-012", 2)]),
        ("/* cloudpolicy:waive CP_DB_002 ref=W-012 */", [("CP_DB_002", "W-012", 1)]),
        ("#cloudpolicy:waive CP_DB_002 ref=W-012\r\n", [("CP_DB_002", "W-012", 1)]),
        ("# cloudpolicy:waive: CP_DB_002 ref=W-012", [("CP_DB_002", "W-012", 1)]),
        ("# cloudpolicy:waive CP_DB_002", [("CP_DB_002", "", 1)]),
        ("# cloudpolicy:waive everything", [("", "", 1)]),
        ('{"Metadata": {\n  "cloudpolicy:waive": "CP_DB_002 ref=W-1"}}', [("CP_DB_002", "W-1", 2)]),
        ('"cloudpolicy:waive": ["CP_DB_002 ref=W-1", "CP_DB_003 ref=W-2"]', [("CP_DB_002", "W-1", 1), ("CP_DB_003", "W-2", 1)]),
        ('"cloudpolicy:waive": [\n  "CP_DB_002 ref=W-1",\n  "CP_DB_003 ref=W-2"\n]', [("CP_DB_002", "W-1", 2), ("CP_DB_003", "W-2", 3)]),
        ("Metadata:\n  cloudpolicy:waive: CP_DB_002 ref=W-1\n", [("CP_DB_002", "W-1", 2)]),
        ("Metadata:\n  cloudpolicy:waive:\n    - CP_DB_002 ref=W-1\n    - CP_DB_003 ref=W-2\nX: CP_DB_004 ref=W-3\n", [("CP_DB_002", "W-1", 3), ("CP_DB_003", "W-2", 4)]),
        ('"cloudpolicy:waive": 3', [("", "", 1)]),
        ('description = "write cloudpolicy:waive CP_DB_002 ref=W-012"', []),
        ("", []),
    ],
)  # fmt: skip
def test_where_they_stand(text, wanted):
    assert found(text) == wanted


def test_a_pointer_waives_nothing(project):
    project.write("main.tf", "# cloudpolicy:waive CP_DB_002 ref=W-001\n" + OPEN.format(name="a"))
    assert told(project.scan()) == {"aws_db_instance.a": ("fail",)}
    project.waivers(entry(id="W-002", resource="aws_db_instance.z"))
    report = project.scan()
    assert told(report)["aws_db_instance.a"] == ("fail",)
    own = next(finding for finding in report.findings if finding.policy == "CP_WAIVER_MALFORMED")
    assert (own.address, own.span.file, own.span.line) == ("W-001", str(project.root / "main.tf"), 1)
    assert report.exit_status("critical", False) == 1


@pytest.mark.parametrize(
    ("comment", "changes", "words"),
    [
        ("CP_DB_002 ref=W-001", {}, None),
        ("CP_OBJ_001 ref=W-001", {}, "CP_WAIVER_MALFORMED fail"),
        ("CP_DB_002", {}, "CP_WAIVER_MALFORMED fail"),
        ("CP_DB_002 ref=W-001", {"resource": "aws_db_instance.z"}, "CP_WAIVER_UNUSED unknown"),
    ],
)
def test_it_is_held_against_its_entry(project, comment, changes, words):
    project.write("main.tf", f"# cloudpolicy:waive {comment}\n" + OPEN.format(name="a"))
    project.write("other.tf", OPEN.format(name="z"))
    project.waivers(entry(**changes))
    own = [f"{finding.policy} {finding.verdict}" for finding in project.scan().findings if finding.span.file.endswith("main.tf")]
    assert [word for word in own if word.startswith("CP_WAIVER")] == ([words] if words else [])


@pytest.mark.parametrize("changes", [{"approved_by": None}, {"reason": None}, {"granted": "2025-04-01", "expires": "2026-03-31"}])
def test_what_is_wrong_with_the_entry_is_told_once(project, changes):
    project.write("main.tf", "# cloudpolicy:waive CP_DB_002 ref=W-001\n" + OPEN.format(name="a"))
    project.waivers(entry(**changes))
    assert sum(finding.format == "waivers" for finding in project.scan().findings) == 1


def test_metadata_of_a_template(project):
    template = """AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Db:
    Type: AWS::RDS::DBInstance
    Metadata:
      cloudpolicy:waive: CP_DB_002 ref=W-001
    Properties:
      Engine: mysql
      PubliclyAccessible: true
"""
    project.write("main.tf", "terraform {}\n")
    project.write("template.yaml", template)
    project.waivers(entry(resource="Db", file="template.yaml"))
    assert told(project.scan()) == {"Db": ("waived",)}
