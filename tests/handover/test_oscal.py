"""OSCAL: trestle takes both documents, every clause has one finding, and nothing open is called satisfied."""

import json

import pytest

from cloudpolicy.reports.handover.oscal import token


@pytest.fixture(scope="module")
def results(samples):
    return json.loads(samples[1]["oscal-assessment-results.json"])["assessment-results"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["assessment-results", "component-definition"])
def test_trestle_takes_it(samples, tmp_path, kind):
    pytest.importorskip("trestle")
    from trestle.oscal.assessment_results import AssessmentResults
    from trestle.oscal.component import ComponentDefinition

    path = tmp_path / f"{kind}.json"
    path.write_bytes(samples[1][f"oscal-{kind}.json"])
    found = {"assessment-results": AssessmentResults, "component-definition": ComponentDefinition}[kind].oscal_read(path)
    assert found is not None, "None is trestle's word for a file that it cannot find"
    assert json.loads(path.read_bytes())[kind]["uuid"] == found.uuid


@pytest.mark.parametrize("kind", ["assessment-results", "component-definition"])
def test_no_uuid_stands_twice(samples, kind):
    found = []

    def walk(value):
        if isinstance(value, dict):
            found.extend([value["uuid"]] if "uuid" in value else [])
            value = list(value.values())
        for item in value if isinstance(value, list) else ():
            walk(item)

    walk(json.loads(samples[1][f"oscal-{kind}.json"]))
    assert len(found) == len(set(found)) > 400


def test_every_clause_has_one_finding(results, samples):
    findings = results["results"][0]["findings"]
    props = [{p["name"]: p["value"] for p in finding["props"]} for finding in findings]
    assert sorted(p["clause"] for p in props) == sorted(samples[0].catalogue.clauses)
    assert len({finding["target"]["target-id"] for finding in findings}) == 489


def test_what_is_open_is_not_satisfied(results):
    for finding in results["results"][0]["findings"]:
        status = next(p["value"] for p in finding["props"] if p["name"] == "status")
        settled = finding["target"]["status"]["state"] == "satisfied"
        assert settled is (status in ("attested", "provider-evidence", "not-applicable"))


def test_every_reference_leads_somewhere(results):
    result = results["results"][0]
    known = {observation["uuid"] for observation in result["observations"]}
    assert len(known) == len(result["observations"])
    used = {o["observation-uuid"] for finding in result["findings"] for o in finding.get("related-observations", ())}
    assert used <= known
    resources = {"#" + resource["uuid"] for resource in results["back-matter"]["resources"]}
    assert results["import-ap"]["href"] in resources


def test_every_failure_and_unknown_is_an_observation(results, samples):
    report = samples[0].report
    verdicts = [next(p["value"] for p in o["props"] if p["name"] == "verdict") for o in results["results"][0]["observations"]]
    assert verdicts.count("fail") == report.count("fail") and verdicts.count("unknown") == report.count("unknown")


@pytest.mark.parametrize(
    ("text", "wanted"), [("osaka-2024:4.3.1(1).8", "osaka-2024_4.3.1_1_.8"), ("1a", "_1a"), ("", "_"), ("運54", "運54")]
)
def test_tokens(text, wanted):
    assert token(text) == wanted
