"""SARIF: valid by the standard's own schema, with addresses that lead to the files and no alarm over an unknown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote

import jsonschema
import pytest

from cloudpolicy.findings import Report
from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.reports import Style, render
from cloudpolicy.texts import Text

SCHEMA = json.loads((Path(__file__).parents[1] / "data" / "sarif" / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)


@pytest.fixture
def run(report):
    return json.loads(render("sarif", report, Style("ja")))["runs"][0]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_validates_against_the_standards_schema(report, lang):
    VALIDATOR.validate(json.loads(render("sarif", report, Style(lang, unicode=lang == "ja"))))
    VALIDATOR.validate(json.loads(render("sarif", Report("/b", "/b", [], [], [], {}), Style(lang))))


def test_the_schema_does_refuse(report):
    document = json.loads(render("sarif", report, Style()))
    document["runs"][0]["results"][0]["level"] = "critical"
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(document)


def test_addresses_are_relative_encoded_and_lead_to_the_files(run, project):
    seen = set()
    for result in run["results"]:
        artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert re.fullmatch(r"[A-Za-z0-9._~%/:-]+", artifact["uri"])
        if artifact.get("uriBaseId") == "%SRCROOT%":
            assert (project / unquote(artifact["uri"])).exists()
            seen.add(artifact["uri"])
        else:
            assert artifact["uri"].startswith("file:///elsewhere/")
    assert "infra%20100%25/main.tf" in seen and len(seen) == 4
    assert str(project) not in json.dumps(run, ensure_ascii=False)


def test_a_windows_file_outside_the_project():
    diagnostic = Diagnostic("error", "x", Text("x", "x"), Span(r"D:\共有\a.tf", 1))
    run = json.loads(render("sarif", Report(r"C:\w", r"C:\w", [], [], [diagnostic], {}), Style()))["runs"][0]
    notification = run["invocations"][0]["toolExecutionNotifications"][0]
    uri = notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote(uri) == "file:///D:/共有/a.tf"


def test_failures_have_the_levels_of_their_severity(run, report):
    levels = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
    told = [finding for finding in report.findings if finding.verdict != "waived"]
    failures = [(finding, result) for finding, result in zip(told, run["results"], strict=True) if finding.verdict == "fail"]
    assert len(failures) == 11
    for finding, result in failures:
        assert (result["kind"], result["level"], result["ruleId"]) == ("fail", levels[finding.severity], finding.policy)
        assert result["partialFingerprints"] == {"cloudpolicy/v1": finding.fingerprint}


def test_an_unknown_is_open_and_raises_no_security_alert(run):
    unknown = [result for result in run["results"] if result["ruleId"].endswith("/unknown")]
    assert len(unknown) == 2
    for result in unknown:
        rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert (result["kind"], result["level"]) == ("open", "none")
        assert "security-severity" not in rule["properties"] and "security" not in rule["properties"]["tags"]


def test_every_result_names_its_rule_and_every_rule_helps(run):
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    for rule in rules:
        if rule["id"] == "CP_OLD_999":  # the report holds no text of it
            continue
        ja, en = rule["help"]["markdown"].index("対処"), rule["help"]["markdown"].index("remedy")
        assert ja < en
        assert "次のように" in rule["help"]["text"] and re.fullmatch(r"[A-Za-z0-9]+", rule["name"])
    by_id = {rule["id"]: rule for rule in rules}
    assert by_id["CP_OBJ_001"]["name"] == "PublicObjectStorage"
    assert by_id["CP_OBJ_001"]["properties"]["security-severity"] == "9.5"
    assert by_id["CP_OBJ_001"]["properties"]["tags"] == ["security", "obj"]


def test_regions_end_one_past_the_last_column(run):
    region = next(r for r in run["results"] if r["ruleId"] == "CP_OBJ_001")["locations"][0]["physicalLocation"]["region"]
    marked = next(
        r["locations"][0]["physicalLocation"]["region"] for r in run["results"] if r["properties"]["attribute"] == "publicly_accessible"
    )
    assert region["startLine"] >= 1
    assert marked == {"startLine": 21, "startColumn": 3, "endLine": 21, "endColumn": 29}


def test_what_was_not_read_makes_the_run_unsuccessful(run, report):
    invocation = run["invocations"][0]
    assert invocation["executionSuccessful"] is False and invocation["exitCode"] == 2
    levels = [notification["level"] for notification in invocation["toolExecutionNotifications"]]
    assert levels == ["error", "warning", "note"]
    names = run["tool"]["driver"]["notifications"]
    for notification in invocation["toolExecutionNotifications"]:
        assert names[notification["descriptor"]["index"]]["id"] == notification["descriptor"]["id"]
    report.diagnostics.clear()
    clean = json.loads(render("sarif", report, Style()))["runs"][0]["invocations"][0]
    assert clean["executionSuccessful"] is True and clean["exitCode"] == 1
