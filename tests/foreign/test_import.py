"""From the three kinds of results to a report: what fails, passes, is unknown, and what is told though no policy speaks of it."""

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from cloudpolicy import cli, reports, waivers
from foreign.conftest import checkov, match, record, result, sarif

DATA = Path(__file__).parents[1] / "data" / "foreign"
SCHEMA = json.loads((Path(reports.__file__).parent / "schemas" / "report-v1.schema.json").read_text())


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with what Checkov and cfn-lint really wrote about it (Checkov on another machine)."""
    monkeypatch.setenv("CLOUDPOLICY_LANG", "en")
    folder = tmp_path / "forms"
    shutil.copytree(DATA, folder)
    monkeypatch.chdir(folder)
    return folder


def imported(capsys, *argv):
    status = cli.run(["import", *argv, "--format", "json"])
    return status, json.loads(capsys.readouterr().out)


def told(report):
    return sorted(
        (f["policy"], f["verdict"], f["resource"]["address"], f["location"]["file"], f["location"]["line"]) for f in report["findings"]
    )


def test_what_checkov_wrote(project, capsys):
    status, report = imported(capsys, "checkov.json", "--show-passed")
    jsonschema.validate(report, SCHEMA)
    assert status == 1
    assert told(report) == [
        ("CP_OBJ_005", "fail", "Forms", "template.yaml", 7),
        ("CP_VM_001", "fail", "Disk", "template.yaml", 2),
        ("CP_VM_001", "fail", "aws_ebs_volume.work[0]", "main.tf", 6),
        ("CP_VM_001", "fail", "aws_ebs_volume.work[1]", "main.tf", 6),
        ("CP_VM_001", "fail", 'module.disks["a"].aws_ebs_volume.disk', "module/main.tf", 1),
        ("CP_VM_001", "pass", "aws_ebs_volume.kept", "main.tf", 11),
        ("CP_VM_001", "unknown", "aws_ebs_volume.records", "main.tf", 1),
        ("UNMAPPED", "unknown", "aws_s3_bucket.forms", "main.tf", 21),
    ]
    disk = next(f for f in report["findings"] if f["resource"]["address"] == "Disk")
    assert disk["resource"]["type"] == "AWS::EC2::Volume"
    assert disk["origin"] == {"tool": "Checkov", "rule": "CKV_AWS_3"}
    assert "Checkov CKV_AWS_3" in disk["message"]
    assert "osaka-2024:table.4.1" in disk["clauses"]


def test_the_module_belongs_to_its_caller(project, capsys):
    _, report = imported(capsys, "checkov.json")
    assert sorted((estate["root"], estate["source"]) for estate in report["estates"]) == [(".", "hcl"), ("template.yaml", "template")]


def test_sarif_takes_types_and_addresses_from_the_sources(project, capsys):
    _, report = imported(capsys, "checkov.sarif")
    fails = {(f["policy"], f["resource"]["type"], f["resource"]["address"]) for f in report["findings"] if f["verdict"] == "fail"}
    assert fails == {
        ("CP_VM_001", "aws_ebs_volume", "aws_ebs_volume.work"),  # of two instances, and the line does not say which
        ("CP_VM_001", "aws_ebs_volume", "aws_ebs_volume.disk"),
        ("CP_VM_001", "AWS::EC2::Volume", "Disk"),
        ("CP_OBJ_005", "AWS::S3::Bucket", "Forms"),
    }


def test_every_format_is_ours(project, capsys, tmp_path):
    """The same delivery as `scan`: the foreign id stands in each of them."""
    endings = ("json", "sarif", "xml", "md", "txt")
    outputs = [word for ending in endings for word in ("--output", str(tmp_path / f"out.{ending}"))]
    assert cli.run(["import", "checkov.json", "--format", "github", *outputs]) == 1
    texts = [capsys.readouterr().out, *((tmp_path / f"out.{ending}").read_text() for ending in endings)]
    for text in texts:
        assert "CKV_AWS_3" in text
        assert "CKV_AWS_144" in text, "unmapped, and told"
        assert "CKV_K8S_14" in text, "about a file that no policy speaks of, and told"
    log = json.loads((tmp_path / "out.sarif").read_text())
    assert log["runs"][0]["results"][0]["properties"]["origin"]["tool"] == "Checkov"


def test_in_japanese(project, capsys):
    cli.run(["import", "checkov.json", "cfn-lint.json", "--lang", "ja"])
    text = capsys.readouterr().out
    assert "Checkov CKV_AWS_3「Ensure all data stored in the EBS is securely encrypted」に不適合" in text
    assert "スキップされています(理由: encrypted by the host)" in text.replace("\n    ", "")


def test_the_text_shows_the_line(project, capsys):
    cli.run(["import", "checkov.json", "--no-color"])
    assert '6 │ resource "aws_ebs_volume" "work" {' in capsys.readouterr().out


# -- what is not a failure


def test_unmapped_results_are_told_and_strict_fails(importing):
    given = checkov(record("CKV_XYZ_1"), record("CKV_XYZ_1", "aws_ebs_volume.b"), passed_checks=[record("CKV_XYZ_1"), record("CKV_XYZ_2")])
    status, report = importing(given)
    assert status == 0
    assert [(f["policy"], f["verdict"]) for f in report["findings"]] == [("UNMAPPED", "unknown")] * 2
    (warning,) = report["diagnostics"]
    assert warning["severity"] == "warning"
    assert "4 results of 2 rules" in warning["message"]
    assert "CKV_XYZ_1 (2 failed, 1 passed)" in warning["message"]
    assert report["run"]["imported"][0]["unmapped"] == {"Checkov": {"CKV_XYZ_1": {"fail": 2, "pass": 1}, "CKV_XYZ_2": {"pass": 1}}}
    assert report["summary"]["pass"] == 0, "never counted as a pass"
    assert importing(given, "--strict")[0] == 1


def test_a_rule_speaks_only_of_the_types_it_is_mapped_for(importing):
    _, report = importing(checkov(record("CKV_AWS_3", "aws_something_else.a")))
    assert [f["policy"] for f in report["findings"]] == ["UNMAPPED"]


def test_a_kind_of_file_without_policies(importing):
    status, report = importing([checkov(record("CKV_K8S_14", "Pod.p", "/pod.yaml"), framework="kubernetes"), checkov(record())])
    assert status == 1
    assert [f["policy"] for f in report["findings"]] == ["CP_VM_001"]
    assert "Checkov kubernetes CKV_K8S_14 (1 failed)" in report["diagnostics"][0]["message"]


def test_a_skip_is_no_waiver(importing):
    skipped = record(check_result={"result": "SKIPPED", "suppress_comment": "accepted by nobody", "evaluated_keys": None})
    status, report = importing(checkov(skipped_checks=[skipped]))
    (finding,) = report["findings"]
    assert (status, finding["verdict"], finding["policy"]) == (0, "unknown", "CP_VM_001")
    assert "accepted by nobody" in finding["message"]


@pytest.mark.parametrize(
    ("suppressions", "verdict"),
    [
        ([{"kind": "external", "justification": "x"}], "unknown"),
        ([{"kind": "external", "status": "accepted"}], "unknown"),
        ([{"kind": "external", "status": "underReview"}], "fail"),
        ([{"kind": "external", "status": "accepted"}, {"kind": "inSource", "status": "rejected"}], "fail"),
        ([], "fail"),
    ],
)
def test_suppressions_of_sarif(importing, suppressions, verdict):
    _, report = importing(sarif(result(suppressions=suppressions)))
    assert [f["verdict"] for f in report["findings"]] == [verdict]


@pytest.mark.parametrize(
    ("kind", "verdict"), [("fail", "fail"), ("pass", "pass"), ("open", "unknown"), ("review", "unknown"), ("informational", "unknown")]
)
def test_kinds_of_sarif(importing, kind, verdict):
    _, report = importing(sarif(result(kind=kind)), "--show-passed")
    assert [f["verdict"] for f in report["findings"]] == [verdict]


def test_not_applicable_is_counted_as_such(importing):
    _, report = importing(sarif(result(kind="notApplicable")))
    assert (report["findings"], report["summary"]["not_applicable"]) == ([], 1)


def test_a_result_that_is_gone_since_the_tools_baseline(importing):
    _, report = importing(sarif(result(baselineState="absent"), result(line=9, baselineState="unchanged")))
    assert [f["location"]["line"] for f in report["findings"]] == [9]


def test_the_rule_may_be_told_by_an_index(importing):
    run = sarif({**result(), "ruleId": None, "ruleIndex": 1}, rules=[{"id": "CKV_AWS_1"}, {"id": "CKV_AWS_3", "name": "Disks"}])
    _, report = importing(run)
    assert report["findings"][0]["message"].endswith('Checkov CKV_AWS_3 "Disks" fails')


def test_names_of_files(importing, tmp_path):
    """Bases, file: addresses, escapes and Windows' separators lead to the file below the root."""
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "main.tf").write_text('resource "aws_ebs_volume" "here" {\n}\n')
    places = [
        {"uri": "main.tf", "uriBaseId": "TOP"},
        {"uri": (tmp_path / "a b" / "main.tf").as_uri()},
        {"uri": "a%20b/main.tf"},
        {"uri": "a b\\main.tf"},
        {"index": 0},
    ]
    for place in places:
        given = result()
        given["locations"][0]["physicalLocation"]["artifactLocation"] = place
        bases = {"TOP": {"uri": (tmp_path / "a b").as_uri()}}
        _, report = importing(sarif(given, originalUriBaseIds=bases, artifacts=[{"location": {"uri": "a%20b/main.tf"}}]))
        assert report["findings"][0]["location"]["file"] == "a b/main.tf", place
        assert report["findings"][0]["resource"]["address"] == "aws_ebs_volume.here"


def test_a_pass_beside_a_failure_of_the_same_policy_is_none(importing):
    given = checkov(record("CKV_AWS_3"), passed_checks=[record("CKV_AWS_3", lines=(1, 4)), record("CKV_AWS_3", "aws_ebs_volume.b")])
    _, report = importing(given, "--show-passed")
    assert sorted((f["resource"]["address"], f["verdict"]) for f in report["findings"]) == [
        ("aws_ebs_volume.a", "fail"),
        ("aws_ebs_volume.b", "pass"),
    ]


def test_the_same_result_twice_is_counted_once_and_told(importing):
    _, report = importing(checkov(record(), record()))
    assert len(report["findings"]) == 1
    assert [d["code"] for d in report["diagnostics"]] == ["repeated"]


def test_the_profile_and_the_selection_decide(importing):
    status, report = importing(checkov(record()), "--select", "NET")
    assert (status, report["findings"]) == (0, [])
    assert report["diagnostics"][0]["code"] == "not-selected"
    assert importing(checkov(record()), "--fail-on", "critical")[0] == 0
    status, _ = importing(checkov(record()), "--select", "NETT")
    assert status == 2


def test_a_map_that_was_only_read_wants_the_type(importing, tmp_path):
    """Trivy's SARIF names no type: it comes from the sources, and without them nothing is assumed. Both spellings of its ids are known."""
    given = sarif(result("AVD-AWS-0026", line=2), result("AWS-0026", line=2), tool="Trivy")
    _, report = importing(given)
    assert [f["policy"] for f in report["findings"]] == ["UNMAPPED"] * 2
    (tmp_path / "main.tf").write_text('resource "aws_ebs_volume" "d" {\n  encrypted = false\n}\n')
    _, report = importing(given)
    assert [(f["policy"], f["resource"]["address"]) for f in report["findings"]] == [("CP_VM_001", "aws_ebs_volume.d")] * 2


def test_cfn_lint_on_a_parameter_is_of_no_resource(importing, tmp_path):
    inside, outside = match("W2501"), match("W2501", path=("Parameters", "Secret"))
    text = "Resources:\n  Disk:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      MasterUserPassword: x\n"
    (tmp_path / "template.yaml").write_text(text)
    _, report = importing([inside, outside])
    assert sorted((f["policy"], f["resource"]["address"]) for f in report["findings"]) == [
        ("CP_KEY_005", "Disk"),
        ("UNMAPPED", "template.yaml:4"),
    ]


# -- what the other tool could not read


def test_what_checkov_could_not_parse_is_an_error(importing):
    status, report = importing(checkov(passed_checks=[record()], parsing_errors=["/broken.tf"]))
    assert status == 2
    assert "could not parse /broken.tf" in report["diagnostics"][0]["message"]


def test_a_file_that_another_framework_could_parse_is_read(importing):
    given = [checkov(framework="arm", parsing_errors=["infra/main.tf"]), checkov(record(file="/infra/main.tf"))]
    assert importing(given)[0] == 1


def test_what_cfn_lint_could_not_parse_is_an_error(importing):
    status, report = importing([match("E0000", path=None)])
    assert (status, report["diagnostics"][0]["code"]) == (2, "not-read-there")
    status, _ = importing(sarif(result("E0000", "t.yaml"), tool="cfn-lint"))
    assert status == 2


@pytest.mark.parametrize(
    "run",
    [
        {"invocations": [{"executionSuccessful": False}]},
        {"invocations": [{"executionSuccessful": True, "toolExecutionNotifications": [{"level": "error", "message": {"text": "no"}}]}]},
        {"results": None},
    ],
)
def test_a_sarif_tool_that_did_not_finish(importing, run):
    given = sarif(result())
    given["runs"][0].update(run)
    assert importing(given)[0] == 2


@pytest.mark.parametrize(
    "empty",
    [[], checkov(), sarif(), {"passed": 0, "failed": 0, "skipped": 0, "parsing_errors": 0, "resource_count": 0, "checkov_version": "3"}],
)
def test_no_results_are_said_to_be_none(importing, empty):
    status, report = importing(empty)
    assert (status, report["diagnostics"][0]["code"]) == (0, "no-results")


def test_a_file_that_checkov_could_not_parse_is_told_once(importing):
    """The frameworks spell it otherwise; and another file of the same name is another file."""
    given = [checkov(framework="arm", parsing_errors=["arm/main.json", "main.json"])]
    given.append(checkov(framework="terraform_plan", parsing_errors=["./arm/main.json"]))
    _, report = importing(given)
    assert [problem["message"].split(": ")[0] for problem in report["diagnostics"] if problem["code"] == "not-read-there"] == [
        "Checkov could not parse ./arm/main.json",
        "Checkov could not parse main.json",
    ]


def test_with_quiet_checkov_counts_only_what_it_could_not_parse(importing):
    quiet = {"check_type": "terraform", "results": {"failed_checks": [record()]}, "summary": {"parsing_errors": 2, "checkov_version": "3"}}
    status, report = importing(quiet)
    assert status == 2
    assert "2 parsing errors" in report["diagnostics"][0]["message"] and "--quiet" in report["diagnostics"][0]["message"]
    assert importing({**quiet, "summary": {"parsing_errors": 0, "checkov_version": "3"}})[0] == 1


def test_the_results_of_several_folders_follow_each_other(importing):
    """`checkov -d a -d b -o json` writes one document for each folder."""
    each = [checkov(record()), [checkov(record(resource="aws_ebs_volume.b")), checkov(framework="arm")]]
    status, report = importing("\n".join(map(json.dumps, each)).encode() + b"\n")
    assert status == 1
    assert [f["resource"]["address"] for f in report["findings"]] == ["aws_ebs_volume.a", "aws_ebs_volume.b"]
    _, report = importing(json.dumps([match("ECP_OBJ_001")]).encode() * 2)
    assert [f["policy"] for f in report["findings"]] == ["CP_OBJ_001"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_what_powershell_wrote_is_read(importing, encoding):
    """Its `>` writes UTF-16, its `Out-File -Encoding utf8` a byte order mark."""
    given = json.dumps(checkov(record(check_name="データの暗号化")), ensure_ascii=False).encode(encoding)
    status, report = importing(given)
    assert status == 1 and "データの暗号化" in report["findings"][0]["message"]


def test_our_own_policies_inside_a_host_keep_their_ids(importing):
    _, report = importing(checkov(record("CP_NET_001", "aws_security_group.a")))
    assert [f["policy"] for f in report["findings"]] == ["CP_NET_001"]
    _, report = importing([match("ECP_OBJ_001")])
    assert [f["policy"] for f in report["findings"]] == ["CP_OBJ_001"]


VOLUMES = "".join(f'resource "aws_ebs_volume" "{name}" {{\n  size = 1\n}}\n' for name in "ab")
WAIVER = "waivers:\n- {id: W-1, policy: CP_KEY_001, resource: aws_ebs_volume.a, reason: r, requested_by: x, approved_by: y, granted: GRANTED, expires: EXPIRES}\n"


def test_waivers_of_the_repository_count(importing, tmp_path):
    """In and above the folder that the tool ran in; one that this tool says nothing about is not called unused."""
    today = waivers.today()
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "infra"
    folder.mkdir()
    (folder / "main.tf").write_text(VOLUMES + "# cloudpolicy:waive CP_DB_002 ref=W-2\n")
    both = [record(resource=f"aws_ebs_volume.{name}", lines=lines) for name, lines in (("a", (1, 3)), ("b", (4, 6)))]
    policy = importing(checkov(*both), "--root", "infra")[1]["findings"][0]["policy"]
    text = WAIVER.replace("CP_KEY_001", policy).replace("GRANTED", today).replace("EXPIRES", today)
    (tmp_path / "cloudpolicy-waivers.yaml").write_text(text + text.splitlines()[1].replace("W-1", "W-2").replace(policy, "CP_DB_002"))
    status, report = importing(checkov(*both), "--root", "infra")
    assert {f["resource"]["address"]: f["verdict"] for f in report["findings"]} == {
        "aws_ebs_volume.a": "waived",
        "aws_ebs_volume.b": "fail",
    }
    assert status == 1 and [waiver["state"] for waiver in report["waivers"]] == ["in-force", "not-checked"]


def test_a_baseline_of_imported_results(importing, tmp_path):
    (tmp_path / "main.tf").write_text(VOLUMES)
    a, b = (record(resource=f"aws_ebs_volume.{name}", lines=lines) for name, lines in (("a", (1, 3)), ("b", (4, 6))))
    assert importing(checkov(a), "--write-baseline", "known.json")[0] == 1
    assert importing(checkov(a), "--baseline", "known.json")[0] == 0
    assert importing(checkov(a))[0] == 1, "it counts where it is named: the scan's own baseline speaks of other places"
    moved = {**a, "file_line_range": [11, 13]}
    assert importing(checkov(moved), "--baseline", "known.json")[0] == 0
    assert importing(checkov(a, b), "--baseline", "known.json")[0] == 1
    assert importing(checkov(a, moved), "--baseline", "known.json")[0] == 1, "a second one of a kind is new"
    assert {one["code"] for one in importing(checkov(b), "--baseline", "known.json")[1]["diagnostics"]} <= {"unmapped"}
    with pytest.raises(SystemExit) as ended:
        importing(checkov(a), "--write-baseline", "known.json")
    assert ended.value.code == 2
