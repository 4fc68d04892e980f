"""GitLab's code quality report and Azure DevOps' logging commands, read as those servers read them."""

from __future__ import annotations

import json
import os

import jsonschema
import pytest
from hypothesis import assume, given

from cloudpolicy.model import Diagnostic
from cloudpolicy.reports import Style, azure_devops, render
from cloudpolicy.texts import Text
from reports.test_ci_formats import anything, report_of

# -- GitLab: what docs.gitlab.com/ci/testing/code_quality asks of an entry

ENTRIES = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "minLength": 1, "not": {"pattern": r"^(/|\./)"}},
                    "lines": {"type": "object", "required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}}},
                },
            },
        },
    },
}


def gitlab(report, lang="en"):
    text = render("gitlab", report, Style(lang))
    assert not text.startswith("\ufeff")
    entries = json.loads(text)
    jsonschema.validate(entries, ENTRIES)
    fingerprints = [entry["fingerprint"] for entry in entries]
    assert len(set(fingerprints)) == len(fingerprints), "GitLab keeps one entry of those that share a fingerprint"
    return entries


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_gitlab_gets_every_finding_that_is_no_pass(report, lang):
    entries = gitlab(report, lang)
    findings = [finding for finding in report.findings if finding.verdict != "pass"]
    assert len(entries) == len(findings) + len(report.diagnostics)
    severities = {"critical": "blocker", "high": "critical", "medium": "major", "low": "minor"}
    for finding, entry in zip(findings, entries[len(report.diagnostics) :], strict=True):
        assert entry["severity"] == (severities[finding.severity] if finding.verdict == "fail" else "info"), finding
        assert finding.policy in entry["description"] and entry["check_name"] == finding.policy
    assert [entry["severity"] for entry in entries[:3]] == ["blocker", "minor", "info"]


def test_gitlab_is_linked_to_a_file_where_the_finding_is_about_the_estate(report):
    (entry,) = (entry for entry in gitlab(report) if "no trail here" in entry["description"])
    assert entry["location"]["path"] == "infra 100%/main.tf"


@given(anything, anything, anything)
def test_gitlab_holds_whatever_stands_in_a_template(message, address, name):
    assume(not name.startswith(("/", "./")))
    report = report_of(message, address, name or "x", count=3)
    entries = gitlab(report)
    assert len(entries) == 7
    assert not any(character in entry["description"] for entry in entries for character in "\n\r\x1b\x00\ud800")


def test_gitlab_fingerprints_stay_when_lines_move(report):
    before = [entry["fingerprint"] for entry in gitlab(report)]
    for diagnostic in report.diagnostics:
        if diagnostic.span is not None:
            diagnostic.span.line += 1
    for finding in report.findings:
        finding.span.line += 7
    assert [entry["fingerprint"] for entry in gitlab(report)] == before


# -- Azure DevOps: the agent's own way of reading a line (Command.TryParse in microsoft/azure-pipelines-agent)


def agent_reads(line: str) -> tuple[str, dict[str, str], str] | None:
    start = line.find("##vso[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name, _, rest = line[start + len("##vso[") : end].partition(" ")
    properties = {}
    for pair in filter(None, rest.split(";")):
        key, _, value = pair.partition("=")
        if key and value:
            properties[key.lower()] = agent_unescapes(value)
    return name, properties, agent_unescapes(line[end + 1 :])


def agent_unescapes(value: str) -> str:
    for written, meant in (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%AZP25", "%")):
        value = value.replace(written, meant)
    return value


HOSTILE = "x]##vso[task.setvariable variable=PATH;]/evil;\r\n##vso[task.complete result=Succeeded]%3B %AZP25 ##[error]"


@given(anything)
def test_azure_escaping_comes_back(value):
    line = f"##vso[task.logissue type=error;code=x{azure_devops.escape(value)};]{azure_devops.escape(value)}"
    assert "\n" not in line and "\r" not in line
    assert agent_reads(line) == ("task.logissue", {"type": "error", "code": "x" + value}, value)


@given(anything, anything)
def test_azure_writes_one_issue_per_line(message, name):
    assume(name != ".")  # the folder itself
    check_azure(message, name or "x")


def test_azure_obeys_no_template():
    check_azure(HOSTILE, HOSTILE.replace("\r\n", ""))


def check_azure(message, name):
    report = report_of(message, name=name)
    report.diagnostics.append(Diagnostic("note", "noted", Text(message, message)))
    *commands, note, totals = render("azure-devops", report, Style()).removesuffix("\n").split("\n")
    read = [agent_reads(line) for line in commands]
    assert [(command, properties["type"]) for command, properties, _ in read] == [
        ("task.logissue", "error"),
        ("task.logissue", "error"),
        ("task.logissue", "warning"),
    ]
    assert read[1][1]["sourcepath"] == azure_devops.clean(name) and read[1][1]["linenumber"] == "3"
    assert read[1][1]["code"] == "CP_A_001" and azure_devops.clean(message) in read[1][2]
    assert agent_reads(note) is None and "##" not in note
    assert agent_reads(totals) is None and totals.startswith("cloudpolicy: 1 fail, 1 unknown, 0 pass")


def test_azure_puts_the_worst_first(report):
    lines = render("azure-devops", report, Style("en")).splitlines()
    kinds = [read[1]["type"] for line in lines if (read := agent_reads(line))]
    assert kinds == sorted(kinds)  # error, warning
    assert agent_reads(lines[0])[1]["code"] == "syntax-error"
    assert "[critical]" in agent_reads(lines[1])[2]
    failures = sum(finding.verdict in ("fail", "unknown") for finding in report.findings)
    assert len(kinds) == failures + 2
    for line in lines:
        read = agent_reads(line)
        assert read is None or os.sep not in read[1].get("sourcepath", "") or os.sep == "/"
