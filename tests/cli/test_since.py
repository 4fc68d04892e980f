"""`cloudpolicy scan --since`: what was there before is listed, and fails nothing."""

from __future__ import annotations

import datetime
import json

import pytest

from cloudpolicy import cli
from repositories import OPEN, commit, git, with_one_failure


@pytest.fixture
def repository(tmp_path):
    """main holds one failure; the branch that is checked out is two commits further."""
    folder = with_one_failure(tmp_path / "repo")
    git(folder, "checkout", "-qb", "change")
    commit(folder, notes__tf="# 1\n")
    return folder


@pytest.fixture
def scan(repository, tmp_path, capsys):
    def run(*words, path="."):
        report = tmp_path / "report.json"
        report.unlink(missing_ok=True)
        try:
            status = cli.run(
                ["scan", str(repository / path), "--since", "main", "--lang", "en", "--quiet", "--output", str(report), *words]
            )
        except SystemExit as ended:
            status = ended.code
        return status, json.loads(report.read_text()) if report.exists() else None, capsys.readouterr().err

    return run


def addresses(report):
    return [finding["resource"]["address"] for finding in report["findings"]]


def test_what_was_there_is_listed_and_fails_nothing(repository, scan):
    status, report, _ = scan()
    assert status == 0 and addresses(report) == ["aws_db_instance.old"] and report["summary"]["exit_status"] == 0
    assert report["run"]["since"]["merge_base"] == git(repository, "rev-parse", "main")


def test_lines_that_move_are_no_news(repository, scan):
    commit(repository, main__tf="# moved\n" * 30 + OPEN.format(name="old"))
    assert scan()[0] == 0


@pytest.mark.parametrize("committed", [True, False])
def test_a_new_failure_fails(repository, scan, committed):
    (repository / "new.tf").write_text(OPEN.format(name="new"))
    if committed:
        commit(repository)
    status, report, _ = scan()
    assert status == 1 and sorted(addresses(report)) == ["aws_db_instance.new", "aws_db_instance.old"]


def test_the_same_failure_in_another_place_is_new(repository, scan):
    (repository / "second").mkdir()
    (repository / "second" / "main.tf").write_text(OPEN.format(name="old"))
    assert scan()[0] == 1
    assert scan(path="second")[0] == 1, "the folder is new"


def test_what_is_renamed_is_no_news(repository, scan):
    """A root module's folder and a template under other names: what is wrong in them was there before."""
    template = "Resources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      Engine: mysql\n      PubliclyAccessible: true\n"
    git(repository, "checkout", "-q", "main")
    for name, text in {"stacks/web/main.tf": OPEN.format(name="web"), "cfn/db.yaml": template, "stacks/clean/main.tf": ""}.items():
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(text)
    commit(repository)
    git(repository, "checkout", "-q", "change")
    git(repository, "reset", "-q", "--hard", "main")
    git(repository, "mv", "stacks/web", "stacks/front")
    git(repository, "mv", "cfn/db.yaml", "cfn/database.yaml")
    commit(repository)
    status, report, _ = scan()
    assert status == 0 and report["summary"]["known"] == report["summary"]["fail"] == 3
    (repository / "stacks/front/more.tf").write_text(OPEN.format(name="more"))
    status, report, _ = scan()
    assert status == 1 and [f["resource"]["address"] for f in report["findings"] if "known" not in f] == ["aws_db_instance.more"]
    git(repository, "reset", "-q", "--hard", "main")
    git(repository, "mv", "-f", "stacks/web/main.tf", "stacks/clean/main.tf")
    commit(repository)
    assert scan()[0] == 1, "a folder that was there, and clean, is no other folder under a new name"


def test_a_submodule_is_as_it_was(repository, scan, tmp_path):
    """Its module is no news, whether the branch moves it on or not; what the newer one brings is."""
    shared = with_one_failure(tmp_path / "shared")
    git(repository, "checkout", "-q", "main")
    git(repository, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(shared), "lib")
    commit(repository, call__tf='module "m" {\n  source = "./lib"\n}\n')
    git(repository, "checkout", "-q", "change")
    git(repository, "reset", "-q", "--hard", "main")
    commit(repository, notes__tf="# 2\n")
    status, report, _ = scan()
    assert status == 0 and report["summary"]["known"] == 2 and report["diagnostics"] == []
    commit(repository / "lib", more__tf=OPEN.format(name="more"))
    commit(repository)
    status, report, _ = scan()
    assert status == 1 and [f["resource"]["address"] for f in report["findings"] if "known" not in f] == ["module.m.aws_db_instance.more"]


def test_an_unknown_that_becomes_a_failure_is_new(repository, scan):
    git(repository, "checkout", "-q", "main")
    unknown = 'variable "open" {}\n' + OPEN.format(name="x").replace("true", "var.open")
    commit(repository, main__tf=unknown)
    git(repository, "checkout", "-q", "change")
    git(repository, "reset", "-q", "--hard", "main")
    assert scan("--strict")[0] == 0, "an unknown that was there is no news either"
    commit(repository, main__tf=unknown.replace('"open" {}', '"open" {\n  default = true\n}'))
    assert scan()[0] == 1


def test_main_may_go_on(repository, scan):
    """What main has gained meanwhile is neither this branch's fault nor its excuse."""
    git(repository, "checkout", "-q", "main")
    commit(repository, new__tf=OPEN.format(name="new"))
    git(repository, "checkout", "-q", "change")
    assert scan()[0] == 0
    commit(repository, new__tf=OPEN.format(name="new"))
    assert scan()[0] == 1


def test_today_s_configuration_judges_both(repository, scan):
    commit(repository, cloudpolicy__toml='select = ["CP_DB_002", "CP_DB_001"]\n')
    status, report, _ = scan()
    assert {finding["policy"] for finding in report["findings"]} > {"CP_DB_002"}
    assert status == 0, "a policy that is switched on finds nothing new in old files"


def test_what_could_not_be_read_then_is_new_now(repository, scan):
    git(repository, "checkout", "-q", "main")
    commit(repository, broken__tf="resource {{{\n")
    git(repository, "checkout", "-q", "change")
    git(repository, "reset", "-q", "--hard", "main")
    (repository / "broken.tf").unlink()
    commit(repository)
    status, report, _ = scan()
    (warning,) = report["diagnostics"]
    assert warning["code"] == "merge-base-unread" and warning["severity"] == "warning"
    assert status in (0, 1)


def test_errors_are_exit_status_2(repository, scan):
    status, report, said = scan("--since", "nowhere")
    assert (status, report) == (2, None) and said.startswith("cloudpolicy: --since: git knows no commit 'nowhere'")


def test_the_tree_and_the_index_stay(repository, scan):
    (repository / "main.tf").write_text("# edited\n")
    git(repository, "rm", "-q", "--cached", "notes.tf")
    before = git(repository, "status", "--porcelain"), git(repository, "worktree", "list")
    scan()
    assert (git(repository, "status", "--porcelain"), git(repository, "worktree", "list")) == before


WAIVER = """\
waivers:
  - id: W-1
    policy: CP_DB_002
    resource: aws_db_instance.old
    reason: moved next month
    requested_by: setter
    approved_by: manager
    granted: {granted}
    expires: {expires}
"""


def test_a_waiver_that_is_taken_away_opens_its_finding_again(repository, scan):
    git(repository, "checkout", "-q", "main")
    today = datetime.date.today()
    days = {"granted": today - datetime.timedelta(30), "expires": today + datetime.timedelta(30)}
    (repository / "cloudpolicy-waivers.yaml").write_text(WAIVER.format(**days))
    commit(repository)
    git(repository, "checkout", "-q", "change")
    git(repository, "reset", "-q", "--hard", "main")
    status, report, _ = scan()
    assert status == 0 and [finding["verdict"] for finding in report["findings"]] == ["waived"], report
    assert "known" not in report["findings"][0]
    (repository / "cloudpolicy-waivers.yaml").unlink()
    status, report, _ = scan()
    assert status == 1 and [finding["verdict"] for finding in report["findings"]] == ["fail"]


def test_a_waiver_that_has_run_out_on_main_is_not_this_branch_s_doing(repository, scan):
    git(repository, "checkout", "-q", "main")
    (repository / "cloudpolicy-waivers.yaml").write_text(WAIVER.format(granted="2001-01-01", expires="2001-03-31"))
    commit(repository)
    git(repository, "checkout", "-q", "change")
    git(repository, "reset", "-q", "--hard", "main")
    status, report, _ = scan()
    assert status == 0 and {finding["policy"]: finding["known"] for finding in report["findings"]} == {
        "CP_DB_002": True,
        "CP_WAIVER_EXPIRED": True,
    }
    text = (repository / "cloudpolicy-waivers.yaml").read_text()
    (repository / "cloudpolicy-waivers.yaml").write_text(
        text + WAIVER.format(granted="2001-01-01", expires="2001-03-31").partition("\n")[2].replace("W-1", "W-2")
    )
    assert scan()[0] == 1, "one that the branch adds is"
