"""What a baseline lets pass, and what it never hides."""

from __future__ import annotations

import datetime
import json
import shutil
import subprocess

import pytest

from baseline.conftest import OPEN, gone

TEMPLATE = (
    "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  {name}:\n    Type: AWS::RDS::DBInstance\n    Properties:\n"
    "      Engine: mysql\n      PubliclyAccessible: true\n"
)
GROUP = 'resource "aws_security_group" "s" {{\n{rules}}}\n'
RULE = '  ingress {{\n    from_port   = {port}\n    to_port     = {port}\n    protocol    = "tcp"\n    cidr_blocks = ["0.0.0.0/0"]\n  }}\n'


def group(*ports):
    return GROUP.format(rules="".join(RULE.format(port=port) for port in ports))


def test_what_is_known_does_not_fail_and_what_is_new_does(project):
    assert project.scan()[0] == 1
    status, out, _ = project.baseline("create")
    assert status == 0 and "cloudpolicy-baseline.json: " in out
    status, report = project.scan()
    assert status == 0 and report["summary"]["fail"] == report["summary"]["known"] == 2
    project.write("more.tf", OPEN.format(name="c"))
    assert project.scan()[0] == 1 and project.news() == {"aws_db_instance.c"}
    assert project.news("--no-baseline") == {"aws_db_instance.a", "aws_db_instance.b", "aws_db_instance.c"}


def test_moved_lines_renamed_files_and_reordered_blocks_are_no_news(project):
    project.write("main.tf", OPEN.format(name="a") + group(22, 3389))
    project.baseline("create")
    before = project.file.read_bytes()
    (project.root / "main.tf").unlink()
    project.write("network.tf", "# moved\n" * 40 + group(3389, 22))
    project.write("data.tf", "\n\n" + OPEN.format(name="a"))
    status, report = project.scan()
    assert (status, gone(report)) == (0, [])
    project.baseline("update")
    assert project.file.read_bytes() == before


@pytest.mark.parametrize("new", ["stacks/app.yaml", "other/db.yaml"])
def test_a_template_that_is_renamed_or_moved(project, new):
    project.write("stacks/db.yaml", TEMPLATE.format(name="Db"))
    project.baseline("create")
    (project.root / new).parent.mkdir(exist_ok=True)
    (project.root / "stacks/db.yaml").rename(project.root / new)
    status, report = project.scan("--strict")
    assert (status, gone(report)) == (0, [])
    assert any(entry["estate"] == "stacks/db.yaml" for entry in project.entries())
    project.baseline("update", "--prune")
    assert {entry["estate"] for entry in project.entries()} == {".", new}
    assert project.scan("--strict")[0] == 0


def test_a_folder_that_is_renamed(project):
    project.write("envs/dev/main.tf", OPEN.format(name="d"))
    project.baseline("create")
    (project.root / "envs/dev").rename(project.root / "envs/test")
    assert project.news() == set()


def test_an_estate_that_comes_while_another_goes_is_new(project):
    """Both say of themselves as a whole what most estates say; that alone makes them no pair."""
    project.write("stacks/db.yaml", TEMPLATE.format(name="Db"))
    run = ("--no-cache", "--region", "ap-northeast-1")
    project.run("baseline", "create", *run)
    (project.root / "stacks/db.yaml").unlink()
    project.write("stacks/app.yaml", TEMPLATE.format(name="Other"))
    status, out, _ = project.run("scan", "--format", "json", *run)
    assert status == 1
    findings = [finding for finding in json.loads(out)["findings"] if finding["location"]["file"] == "stacks/app.yaml"]
    assert {finding["verdict"] for finding in findings} == {"fail", "unknown"} and not any(finding.get("known") for finding in findings)


def test_a_copy_is_new(project):
    project.write("stacks/db.yaml", TEMPLATE.format(name="Db"))
    project.baseline("create")
    shutil.copy(project.root / "stacks/db.yaml", project.root / "stacks/copy.yaml")
    status, report = project.scan()
    assert status == 1
    assert {f["location"]["file"] for f in report["findings"] if f["verdict"] == "fail" and not f.get("known")} == {"stacks/copy.yaml"}


def test_of_two_copies_of_what_is_gone_one_is_new(project):
    project.write("stacks/db.yaml", TEMPLATE.format(name="Db"))
    project.baseline("create")
    for name in ("x", "y"):
        shutil.copy(project.root / "stacks/db.yaml", project.root / f"stacks/{name}.yaml")
    (project.root / "stacks/db.yaml").unlink()
    assert project.scan()[0] == 1


PLACES = {
    "a further element": (group(22), group(22, 3389)),
    "a third element of a kind": (group(22, 22), group(22, 22, 22)),
    "an element instead of another": (group(22), group(3389)),
    "a further network in the element": (group(22), group(22).replace('["0.0.0.0/0"]', '["0.0.0.0/0", "::/0"]')),
    "a resource instead of another": (OPEN.format(name="c"), OPEN.format(name="d")),
    "the same name in another folder": (OPEN.format(name="c"), None),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_violation_in_another_place_is_never_hidden(project, name):
    before, after = PLACES[name]
    project.write("main.tf", before)
    project.baseline("create")
    assert project.scan()[0] == 0
    project.write("main.tf" if after else "sub/main.tf", after or before)
    assert project.scan()[0] == 1, name
    assert len(project.news()) == 1


def test_what_no_longer_occurs_is_told_at_its_line(project):
    project.baseline("create")
    project.write("main.tf", OPEN.format(name="b"))
    status, report = project.scan()
    told = [problem for problem in report["diagnostics"] if problem["code"] == "baseline-gone"]
    assert status == 0 and len(told) >= 1 and all(problem["severity"] == "warning" for problem in told)
    assert "aws_db_instance.a" in told[0]["message"] and "run cloudpolicy baseline update" in told[0]["message"]
    lines = project.file.read_text(encoding="utf-8").splitlines()
    assert all('"aws_db_instance.a"' in lines[problem["location"]["line"] - 1] for problem in told)
    status, out, _ = project.baseline("update", "--lang", "ja")
    assert status == 0 and "削除" in out and gone(project.scan()[1]) == []
    project.write("main.tf", OPEN.format(name="a") + OPEN.format(name="b"))
    assert project.news() == {"aws_db_instance.a"}, "mended and broken again"


def test_what_this_scan_cannot_tell_is_not_called_gone(project):
    project.write("sub/main.tf", OPEN.format(name="s"))
    project.baseline("create")
    project.write("main.tf", "terraform {}\n")
    assert gone(project.scan("sub")[1]) == [], "the folder was not asked for"
    assert gone(project.scan("--select", "CP_NET_001", "--ignore", "CP_DB_002,CP_RES_001")[1]) == [], "the policy did not run"
    project.write("broken/main.tf", 'resource "x" {\n')
    assert gone(project.scan()[1]) == [], "something could not be read"
    project.baseline("update")
    assert sum(entry["policy"] == "CP_DB_002" for entry in project.entries()) == 3, "nothing is dropped that may be there"


def test_the_many_that_are_gone_are_told_in_ten_lines(project):
    project.write("main.tf", "".join(OPEN.format(name=f"n{number}") for number in range(25)))
    project.baseline("create", "--ignore", "CP_RES_001")
    project.write("main.tf", "terraform {}\n")
    told = gone(project.scan()[1])
    assert len(told) == 10 and "15 more" in told[-1]


def test_unknowns_are_known_too(project):
    project.write("main.tf", 'variable "open" {}\n' + OPEN.format(name="a").replace("true", "var.open"))
    assert project.scan("--strict")[0] == 1
    project.baseline("create")
    assert {entry["verdict"] for entry in project.entries()} == {"unknown"}
    assert project.scan("--strict")[0] == 0
    project.write("main.tf", OPEN.format(name="a"))
    assert project.news() == {"aws_db_instance.a"}, "an unknown that turns out to fail is news"
    project.baseline("update")
    project.write("main.tf", 'variable "open" {}\n' + OPEN.format(name="a").replace("true", "var.open"))
    status, report = project.scan("--strict")
    assert (status, gone(report)) == (0, []), "a known failure that cannot be decided today is no worse"


def test_update_prune_accepts_nothing_new(project):
    project.baseline("create")
    project.write("main.tf", OPEN.format(name="b") + OPEN.format(name="c"))
    status, out, _ = project.baseline("update", "--prune")
    assert status == 0 and "aws_db_instance.a" in out and "aws_db_instance.c" not in out
    assert {entry["resource"] for entry in project.entries() if entry["policy"] == "CP_DB_002"} == {"aws_db_instance.b"}
    assert project.news() == {"aws_db_instance.c"}


def test_waived_findings_are_not_written_down(project):
    waiver = ("CP_DB_002", "--resource", "aws_db_instance.a", "--reason", "r", "--requested-by", "x", "--approved-by", "y")
    assert project.run("waive", *waiver, "--expires", "2999-01-01")[0] == 2, "too long"
    day = (datetime.date.today() + datetime.timedelta(days=30)).isoformat()
    assert project.run("waive", *waiver, "--expires", day)[0] == 0
    project.baseline("create")
    assert {entry["resource"] for entry in project.entries() if entry["policy"] == "CP_DB_002"} == {"aws_db_instance.b"}
    (project.root / "cloudpolicy-waivers.yaml").unlink()
    assert project.news() == {"aws_db_instance.a"}
    project.baseline("update")
    assert project.run("waive", *waiver, "--expires", day)[0] == 0
    assert gone(project.scan()[1]) == [], "what is waived occurs"


def test_a_finding_about_a_waiver_is_never_known(project):
    project.write("cloudpolicy-waivers.yaml", "waivers:\n  - id: W-1\n    policy: CP_DB_002\n    resource: aws_db_instance.a\n")
    project.baseline("create")
    assert all(entry["policy"] != "CP_WAIVER_MALFORMED" for entry in project.entries())
    assert project.scan()[0] == 1


def test_the_file_is_found_from_above_and_from_below(project):
    (project.root / "main.tf").unlink()
    project.write("stacks/a/main.tf", OPEN.format(name="a"))
    project.write("stacks/b/main.tf", OPEN.format(name="b"))
    project.baseline("create", "stacks/a")
    assert (project.root / "stacks/a/cloudpolicy-baseline.json").exists() and not project.file.exists()
    assert project.news() == project.news("stacks") == {"aws_db_instance.b"}
    project.baseline("create")
    assert project.news("stacks/b") == set()


def git(project, *words):
    if words[0] == "init":
        shutil.rmtree(project.root / ".git")
    names = ("-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *names, *words], cwd=project.root, check=True, capture_output=True)


def test_the_hook_knows_it_too(project):
    git(project, "init", "-q", "-b", "main")
    project.baseline("create")
    hook = ("hook", "--no-cache", "--select", "CP_DB_002", "main.tf")
    assert project.run(*hook)[0] == 0
    assert project.run(*hook, "--no-baseline")[0] == 1
    project.write("main.tf", OPEN.format(name="a") + OPEN.format(name="c"))
    status, out, _ = project.run(*hook)
    assert status == 1 and "aws_db_instance.c" in out
    project.write("main.tf", OPEN.format(name="a"))
    status, out, _ = project.run(*hook)
    assert status == 0 and "aws_db_instance.b no longer occurs" in out
    project.write("stacks/db.yaml", TEMPLATE.format(name="Db"))
    project.run("baseline", "update", "--no-cache", "--select", "CP_DB_002")
    (project.root / "stacks/db.yaml").rename(project.root / "stacks/app.yaml")
    assert project.run("hook", "--no-cache", "--select", "CP_DB_002", "stacks/app.yaml")[0] == 0, "renamed"
    assert project.run("hook", "--no-cache", "--select", "CP_DB_002", "stacks/app.yaml", "--no-baseline")[0] == 1


def test_with_since_both_are_known(project):
    git(project, "init", "-q", "-b", "main")
    project.baseline("create")
    project.write("main.tf", OPEN.format(name="a") + OPEN.format(name="b") + OPEN.format(name="c"))
    git(project, "add", "-A")
    git(project, "commit", "-qm", "one")
    project.write("more.tf", OPEN.format(name="d"))
    assert project.news() == {"aws_db_instance.c", "aws_db_instance.d"}
    assert project.news("--since", "main") == {"aws_db_instance.d"}


def test_a_further_resource_of_a_finding_that_is_told_once_is_new(project):
    """A foreign region is one sentence for the whole estate; what is newly put there is news all the same."""
    region = 'provider "aws" {\n  region = "us-east-1"\n}\n'
    bucket = 'resource "aws_s3_bucket" "{}" {{\n  bucket = "{}"\n}}\n'
    project.write("main.tf", region + bucket.format("a", "a"))
    project.baseline("create")
    assert {entry["policy"] for entry in project.entries()} == {"CP_RES_001"} and project.scan()[0] == 0
    project.write("main.tf", region + bucket.format("a", "a") + bucket.format("b", "b"))
    assert project.scan()[0] == 1
    project.baseline("update")
    assert {entry["resource"] for entry in project.entries()} == {"", "aws_s3_bucket.a", "aws_s3_bucket.b"}
    project.write("main.tf", region + bucket.format("b", "b"))
    status, report = project.scan()
    assert status == 0 and len(gone(report)) == 1
