"""The JSON report keeps its published schema, its relative files and its line per finding."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from cloudpolicy import reports
from cloudpolicy.findings import Finding, Report
from cloudpolicy.model import Span
from cloudpolicy.reports import Style, render
from cloudpolicy.texts import Text

SCHEMA = json.loads((Path(reports.__file__).parent / "schemas" / "report-v1.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def document(report):
    return json.loads(render("json", report, Style("en")))


def test_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_report_validates(report, lang):
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(render("json", report, Style(lang))))


def test_empty_report_validates():
    text = render("json", Report("/b", "/b", [], [], [], {}), Style())
    document = json.loads(text)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert document["findings"] == [] and document["summary"]["exit_status"] == 0


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d["findings"][0].pop("fingerprint"),
        lambda d: d["findings"][0].update(verdict="maybe"),
        lambda d: d["findings"][0]["location"].update(line=0),
        lambda d: d["summary"]["severities"].pop("low"),
        lambda d: d["estates"][0]["counts"].update(fail=-1),
        lambda d: d.pop("left_out"),
        lambda d: d.update(schema="cloudpolicy/report/v2"),
    ],
)
def test_schema_refuses_a_spoilt_report(document, spoil):
    spoil(document)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(document)


def test_files_are_relative_to_the_scanned_folder(document):
    files = {finding["location"]["file"] for finding in document["findings"]}
    assert {"main.tf", "テンプレート.yaml", "cdk.json", "."} <= files
    assert all(not file.startswith("/") for file in files)
    assert any(file.startswith("../") and file.endswith("elsewhere/モジュール/net.tf") for file in files)
    assert [estate["root"] for estate in document["estates"]] == [".", "テンプレート.yaml", "cdk.json"]
    assert document["estates"][0]["inputs"] == ["main.tf"]
    assert document["diagnostics"][0]["location"] == {"file": "壊れた.tf", "line": 3}
    assert document["diagnostics"][2]["location"] is None


def test_windows_paths_get_forward_slashes():
    base = r"C:\work\基盤"
    spans = [Span(base + r"\net\main.tf", 2, 1), Span(r"C:\work\other\x.tf", 1, 1), Span(r"D:\x.tf", 1, 1)]
    findings = [
        Finding(policy="CP_A_1", verdict="fail", severity="low", format="terraform", type="t", address="a",
                message=Text("m", "m"), span=span, estate=base, fingerprint="f")
        for span in spans
    ]  # fmt: skip
    document = json.loads(render("json", Report(base, base, findings, [], [], {}), Style()))
    assert [finding["location"]["file"] for finding in document["findings"]] == ["net/main.tf", "../other/x.tf", "D:/x.tf"]


def test_numbers_agree_with_the_report(document, report):
    summary = document["summary"]
    assert summary["fail"] == 10 and summary["unknown"] == 2 and summary["pass"] == 600 and summary["waived"] == 1
    assert sum(summary["severities"].values()) == sum(f.verdict == "fail" for f in report.findings)
    assert summary["files"] == 3 and summary["resources"] == 205 and summary["exit_status"] == 2


def test_one_finding_per_line_and_nothing_lost_on_a_poor_console(report, document):
    text = render("json", report, Style("en"))
    lines = [line for line in text.splitlines() if line.startswith('{"policy"')]
    assert len(lines) == len(report.findings)
    poor = render("json", report, Style("en", unicode=False))
    assert poor.isascii() and json.loads(poor) == document


def test_values_of_other_kinds_do_not_break_the_run(report):
    report.run["odd"] = {"text": Text("en", "ja"), "set": {2, 1}, "span": Span("/x", 1)}
    document = json.loads(render("json", report, Style("ja")))
    assert document["run"]["odd"]["text"] == "ja" and document["run"]["odd"]["set"] == ["1", "2"]
