"""Waivers held against a scan: what counts, what does not, and what is said about it."""

from __future__ import annotations

import os

import pytest

from waivers.conftest import OPEN, entry, told


def test_a_waived_finding_stays_as_waived(project):
    project.waivers(entry())
    report = project.scan()
    assert told(report) == {"aws_db_instance.a": ("waived",), "aws_db_instance.b": ("fail",)}
    waived = next(finding for finding in report.findings if finding.verdict == "waived")
    assert (waived.was, waived.waiver) == ("fail", report.waivers[0])
    assert report.estates[0].counts["fail"] == report.count("fail") == 1
    assert report.estates[0].counts["waived"] == report.count("waived") == 1
    assert (report.waivers[0].state, report.waivers[0].findings, report.waivers[0].span.line) == ("in-force", 1, 2)
    assert report.exit_status("low", False) == 1
    project.waivers(entry(), entry(id="W-002", resource="aws_db_instance.b"))
    assert project.scan().exit_status("low", True) == 0


def test_an_unknown_is_waived_too_and_remembers_it(project):
    project.write("main.tf", 'variable "open" {}\nresource "aws_db_instance" "a" {\n  publicly_accessible = var.open\n}\n')
    assert told(project.scan()) == {"aws_db_instance.a": ("unknown",)}
    project.waivers(entry())
    report = project.scan()
    assert told(report) == {"aws_db_instance.a": ("waived",)} and report.findings[0].was == "unknown"
    assert report.count("unknown") == 0 and report.exit_status("low", True) == 0


@pytest.mark.parametrize(
    ("day", "verdict"),
    [("2026-03-31", "fail"), ("2026-04-01", "waived"), ("2027-03-31", "waived"), ("2027-04-01", "fail"), ("2999-01-01", "fail")],
)
def test_it_counts_from_its_first_day_to_the_end_of_its_last(project, day, verdict):
    project.write("main.tf", OPEN.format(name="a"))
    project.waivers(entry())
    report = project.scan(day=day)
    assert [finding.verdict for finding in report.findings if finding.policy == "CP_DB_002"] == [verdict]


BROKEN = {
    "expired": ({"granted": "2025-04-01", "expires": "2026-03-31"}, "CP_WAIVER_EXPIRED fail"),
    "no approver": ({"approved_by": None}, "CP_WAIVER_UNAPPROVED fail"),
    "empty approver": ({"approved_by": "  "}, "CP_WAIVER_UNAPPROVED fail"),
    "approver to be named": ({"approved_by": "未定"}, "CP_WAIVER_UNAPPROVED fail"),
    "own approval": ({"approved_by": "ＳＥＴＴＥＲ"}, "CP_WAIVER_UNAPPROVED fail"),
    "everything": ({"resource": "*"}, "CP_WAIVER_TOO_BROAD fail"),
    "every database": ({"resource": "aws_db_instance.*"}, "CP_WAIVER_TOO_BROAD fail"),
    "every file": ({"resource": None, "file": "**"}, "CP_WAIVER_TOO_BROAD fail"),
    "every file of a kind": ({"resource": None, "file": "**/*.tf"}, "CP_WAIVER_TOO_BROAD fail"),
    "every resource of a provider": ({"resource": "aws_*"}, "CP_WAIVER_TOO_BROAD fail"),
    "every resource of some types": ({"resource": "*db_instance*"}, "CP_WAIVER_TOO_BROAD fail"),
    "nothing but underscores": ({"resource": "*_*"}, "CP_WAIVER_TOO_BROAD fail"),
    "the first of all": ({"resource": "aws_db_instance.*[0]"}, "CP_WAIVER_TOO_BROAD fail"),
    "no reason": ({"reason": None}, "CP_WAIVER_MALFORMED fail"),
    "no requester": ({"requested_by": None}, "CP_WAIVER_MALFORMED fail"),
    "no end": ({"expires": None}, "CP_WAIVER_MALFORMED fail"),
    "no beginning": ({"granted": None}, "CP_WAIVER_MALFORMED fail"),
    "no place": ({"resource": None}, "CP_WAIVER_MALFORMED fail"),
    "impossible date": ({"expires": "2027-02-30"}, "CP_WAIVER_MALFORMED fail"),
    "date in words": ({"expires": "never"}, "CP_WAIVER_MALFORMED fail"),
    "ends before it begins": ({"granted": "2027-04-01"}, "CP_WAIVER_MALFORMED fail"),
    "lasts too long": ({"expires": "2027-04-02"}, "CP_WAIVER_MALFORMED fail"),
    "no such policy": ({"policy": "CP_DB_999"}, "CP_WAIVER_MALFORMED fail"),
    "many policies": ({"policy": "CP_DB"}, "CP_WAIVER_MALFORMED fail"),
    "strange key": ({"approver": "x"}, "CP_WAIVER_MALFORMED fail"),
    "outside": ({"file": "../main.tf"}, "CP_WAIVER_MALFORMED fail"),
    "odd id": ({"id": "W 1"}, "CP_WAIVER_MALFORMED fail"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_waiver_that_is_not_in_order_hides_nothing_and_is_told(project, name):
    changes, words = BROKEN[name]
    project.write("main.tf", OPEN.format(name="a"))
    project.waivers(entry(**changes))
    report = project.scan()
    own = [finding for finding in report.findings if finding.format == "waivers"]
    assert told(report)["aws_db_instance.a"] == ("fail",), name
    assert [f"{finding.policy} {finding.verdict}" for finding in own] == [words]
    assert (own[0].span.file, own[0].span.line) == (str(project.root / "cloudpolicy-waivers.yaml"), 2)
    assert report.policies[own[0].policy].remedy.ja and report.count("fail") == 2
    assert not report.waivers[0].fault.en.endswith("?") or "did you mean" in report.waivers[0].fault.en


@pytest.mark.parametrize("name", ["expired", "no approver", "no reason"])
def test_an_unsound_waiver_stops_the_gate_whatever_the_threshold(project, name):
    """Also when what it was for is gone, or too small to count."""
    project.write("main.tf", "terraform {}\n")
    project.waivers(entry(**BROKEN[name][0]))
    assert project.scan().exit_status("critical", False) == 1


def test_a_finding_names_the_waiver_that_does_not_count_for_it(project):
    project.waivers(entry(**BROKEN["expired"][0]))
    finding = next(finding for finding in project.scan().findings if finding.address == "aws_db_instance.a")
    assert (finding.verdict, finding.was, finding.waiver.id, finding.waiver.state) == ("fail", None, "W-001", "expired")


def test_the_span_is_configured(project):
    project.waivers(entry(expires="2029-04-01"))
    assert project.scan(waiver_max_days=1096).count("waived") == 1
    report = project.scan(waiver_max_days=90)
    assert report.count("waived") == 0 and "at most 90" in report.waivers[0].fault.en


def test_an_unused_waiver_is_told_and_does_not_fail_the_gate(project):
    project.waivers(entry(), entry(id="W-002", resource="aws_db_instance.b"), entry(id="W-003", resource="aws_db_instance.a[0]"))
    report = project.scan()
    assert told(report)["W-003"] == ("CP_WAIVER_UNUSED unknown",)
    assert "aws_db_instance.a" in report.waivers[2].fault.en, "it says which addresses there are"
    assert report.exit_status("low", False) == 0


def test_nothing_is_called_unused_that_the_scan_did_not_look_at(project):
    project.write("app/main.tf", OPEN.format(name="c"))
    project.waivers(entry(file="main.tf"), entry(id="W-002", policy="CP_OBJ_001"), entry(id="W-003", file="app/main.tf", resource="*.gone"))
    states = {waiver.id: waiver.state for waiver in project.scan("app").waivers}
    assert states == {"W-001": "not-checked", "W-002": "not-checked", "W-003": "unused"}
    project.write("broken/main.tf", 'resource "x" {\n')
    assert {waiver.id: waiver.state for waiver in project.scan().waivers}["W-003"] == "not-checked", "who knows what stands there"


@pytest.mark.parametrize(
    ("place", "waived"),
    [
        ({"resource": "aws_db_instance.a"}, {"a", "net/a"}),
        ({"resource": "*.a"}, {"a", "net/a"}),
        ({"resource": "aws_db_instance.?"}, set()),
        ({"resource": "aws_db_instance.a", "file": "net"}, {"net/a"}),
        ({"resource": None, "file": "net/"}, {"net/a", "net/c"}),
        ({"resource": None, "file": "net/other.tf"}, {"net/c"}),
        ({"resource": None, "file": "./net/*.tf"}, {"net/a", "net/c"}),
        ({"resource": None, "file": "*/other.tf"}, {"net/c"}),
        ({"resource": None, "file": "**/main.tf"}, {"a", "b", "net/a"}),
        ({"resource": "*", "file": "net/other.tf"}, {"net/c"}),
    ],
)
def test_places(project, place, waived):
    project.write("net/main.tf", OPEN.format(name="a"))
    project.write("net/other.tf", OPEN.format(name="c"))
    project.waivers(entry(**place))
    report = project.scan()
    found = set()
    for finding in report.findings:
        if finding.verdict == "waived":
            folder = os.path.relpath(finding.estate, project.root)
            found.add(finding.address.rpartition(".")[2] if folder == "." else f"{folder}/{finding.address.rpartition('.')[2]}")
    assert found == waived


def test_files_of_folders_below_and_above_count_together(project):
    project.write("net/main.tf", OPEN.format(name="a") + OPEN.format(name="c"))
    project.waivers(entry(file="net"))
    project.waivers(entry(id="W-009", resource="aws_db_instance.c"), at="net/")
    for paths in (("net",), (".",)):
        report = project.scan(*paths)
        assert {f.address for f in report.findings if f.estate.endswith("net") and f.verdict == "waived"} == {
            "aws_db_instance.a",
            "aws_db_instance.c",
        }
    assert "aws_db_instance.a" in {f.address for f in report.findings if f.verdict == "fail"}, (
        "the top's own database is nobody's exception"
    )


def test_an_id_stands_once(project):
    project.waivers(entry(), entry(resource="aws_db_instance.b"))
    report = project.scan()
    assert [waiver.state for waiver in report.waivers] == ["in-force", "malformed"]
    assert told(report)["aws_db_instance.b"] == ("fail",)


@pytest.mark.parametrize(
    "text",
    [
        "waivers: [\n",
        "- id: x\n",
        "waiver:\n  - id: x\n",
        "waivers: x\n",
        "waivers:\n  - id: a\n    id: b\n",
        "\x00",
        "a: &a [*a]\n",
        "[" * 3000,
    ],
)
def test_a_file_that_cannot_be_read_stops_everything(project, text):
    project.write("cloudpolicy-waivers.yaml", text)
    report = project.scan()
    assert report.exit_status("low", False) == 2 and report.count("waived") == 0
    assert {diagnostic.code for diagnostic in report.diagnostics} == {"invalid-waivers"}
    assert all(diagnostic.span.file.endswith("cloudpolicy-waivers.yaml") for diagnostic in report.diagnostics)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "waivers:\n", "waivers: []\n", "{}\n"])
def test_an_empty_file_is_no_fault(project, text):
    project.write("cloudpolicy-waivers.yaml", text)
    report = project.scan()
    assert not report.diagnostics and report.waivers == [] and report.count("fail") == 2


def test_entries_of_the_wrong_kind(project):
    project.waivers("  - just text\n", "  - reason: [a]\n", "  - id: true\n", "  - reason: " + "x" * 3000 + "\n", "  -\n")
    report = project.scan()
    assert [waiver.state for waiver in report.waivers] == ["malformed"] * 5 and report.exit_status("critical", False) == 1


def test_a_link_out_of_the_project_is_not_followed(project, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "w.yaml"
    elsewhere.write_text("waivers:\n" + entry())
    (project.root / "cloudpolicy-waivers.yaml").symlink_to(elsewhere)
    report = project.scan()
    assert report.count("waived") == 0 and report.exit_status("low", False) == 2


def test_a_hundred_stars_take_no_time(project):
    project.waivers(entry(resource="*a" * 900 + "b"), entry(id="W-002", resource=None, file="**/*a" * 300 + "/b"))
    assert [waiver.state for waiver in project.scan().waivers] == ["unused", "unused"]


ABROAD = 'provider "aws" {\n  region = "us-east-1"\n}\n' + "".join(f'resource "aws_sqs_queue" "{name}" {{}}\n' for name in "abc")


@pytest.mark.parametrize("text", [ABROAD, ABROAD.partition("}\n")[2]], ids=["fail", "unknown"])
def test_a_finding_that_is_told_once_is_waived_for_the_named_resource_only(project, text):
    """One wrong region is told once for all resources: an exception for one of them is none for the others."""
    project.write("main.tf", text)
    project.write("d.tf", 'resource "aws_sqs_queue" "d" {}\n')
    (whole,) = project.scan(select="CP_RES_001").findings
    place = dict(whole.resources())["aws_sqs_queue.b"]
    project.waivers(entry(policy="CP_RES_001", resource="aws_sqs_queue.b"))
    report = project.scan(select="CP_RES_001")
    waived, rest = sorted(report.findings, key=lambda finding: finding.verdict != "waived")
    assert (waived.verdict, waived.address, waived.also, waived.span) == ("waived", "aws_sqs_queue.b", (), place)
    assert "more" not in waived.message.en and waived.message.en.startswith("aws_sqs_queue.b:")
    assert rest.verdict == whole.verdict and sorted(name for name, _ in rest.resources()) == [f"aws_sqs_queue.{name}" for name in "acd"]
    assert "(and 2 more resources)" in rest.message.en and "(ほか 2 件のリソースも同様)" in rest.message.ja
    assert rest.fingerprint == whole.fingerprint != waived.fingerprint
    assert (report.count("waived"), report.count(str(whole.verdict))) == (1, 1)
    project.waivers(*(entry(id=f"W-{name}", policy="CP_RES_001", resource=f"aws_sqs_queue.{name}") for name in "cabd"))
    report = project.scan(select="CP_RES_001")
    assert (report.count("waived"), report.count(str(whole.verdict))) == (4, 0)
    assert {waiver.state for waiver in report.waivers} == {"in-force"}


def test_a_file_covers_the_resources_that_stand_in_it_only(project):
    project.write("main.tf", ABROAD)
    project.write("d.tf", 'resource "aws_sqs_queue" "d" {} # cloudpolicy:waive CP_RES_001 ref=W-001\n')
    project.waivers(entry(policy="CP_RES_001", resource=None, file="d.tf"))
    report = project.scan(select="CP_RES_001")
    assert {finding.verdict: finding.address for finding in report.findings} == {"fail": "aws_sqs_queue.a", "waived": "aws_sqs_queue.d"}
    project.write("d.tf", "")
    project.write("main.tf", ABROAD + 'resource "aws_sqs_queue" "d" {} # cloudpolicy:waive CP_RES_001 ref=W-001\n')
    project.waivers(entry(policy="CP_RES_001", resource=None, file="main.tf"))
    assert [finding.verdict for finding in project.scan(select="CP_RES_001").findings] == ["waived"]


def test_an_address_in_several_root_modules_is_told(project):
    for folder in ("dev", "prod"):
        project.write(f"{folder}/main.tf", OPEN.format(name="x"))
    project.waivers(entry(resource="aws_db_instance.x"), entry(id="W-002"))
    report = project.scan()
    (told_once,) = report.diagnostics
    assert (told_once.severity, told_once.code, told_once.span.line) == ("warning", "waiver-in-several", 2)
    assert "dev, prod" in told_once.text.en and "dev, prod" in told_once.text.ja
    project.waivers(entry(resource="aws_db_instance.x", file="dev"))
    assert project.scan().diagnostics == [] and project.scan().count("waived") == 1
