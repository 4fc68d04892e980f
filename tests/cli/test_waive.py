"""`cloudpolicy waive` from outside: what it writes, what it asks for, and what it refuses."""

import io
import json
import os

import pytest

from cloudpolicy import cli, waivers

ALL = ["--resource", "aws_db_instance.a", "--reason", "migration", "--requested-by", "甲", "--approved-by", "乙", "--expires", "2027-03-31"]


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setattr(waivers, "today", lambda: "2026-11-29")
    (tmp_path / "main.tf").write_text('resource "aws_db_instance" "a" {\n  publicly_accessible = true\n}\n')

    def call(*argv):
        try:
            status = cli.run(list(argv))
        except SystemExit as stop:
            status = stop.code
        return status, *capsys.readouterr()

    return call


def test_what_it_writes_counts(run):
    scan = ("scan", "--format", "json", "--select", "CP_DB_002")
    assert run(*scan)[0] == 1
    status, out, _ = run("waive", "CP_DB_002", *ALL)
    assert status == 0 and out == "W-001 written to cloudpolicy-waivers.yaml:3: CP_DB_002, in force from 2026-11-29 to 2027-03-31\n"
    status, out, _ = run(*scan)
    report = json.loads(out)
    assert status == 0 and report["findings"][0]["verdict"] == "waived" and report["findings"][0]["was"] == "fail"
    assert report["findings"][0]["waiver"]["approved_by"] == "乙" and report["findings"][0]["waiver"]["expires"] == "2027-03-31"
    assert report["waivers"][0]["state"] == "in-force" and report["waivers"][0]["location"] == {
        "file": "cloudpolicy-waivers.yaml",
        "line": 3,
    }
    assert run("waive", "CP_DB_002", *ALL)[1].startswith("W-002")


def test_it_writes_where_the_project_keeps_its_waivers(run, tmp_path, monkeypatch):
    (tmp_path / ".git").mkdir()
    (tmp_path / "infra" / "net").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "infra" / "net")
    assert run("waive", "CP_DB_002", "--file", "main.tf", *ALL[2:])[0] == 0
    assert "file: infra/net/main.tf\n" in (tmp_path / "cloudpolicy-waivers.yaml").read_text()


def test_without_a_terminal_it_names_what_is_missing(run, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("answers nobody asked for\n"))
    status, _, err = run("waive", "CP_DB_002", "--reason", "x", "--approved-by", "")
    assert status == 2 and "--resource, --requested-by, --approved-by, --expires" in err
    assert "--resource" in run("waive", "CP_DB_002", "--lang", "ja")[2]
    assert not os.path.exists("cloudpolicy-waivers.yaml")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_on_a_terminal_it_asks(run, monkeypatch):
    monkeypatch.setattr("sys.stdin", Terminal("\naws_db_instance.a\nmigration\n甲\n乙\n"))
    monkeypatch.setattr("sys.stderr", said := Terminal())
    assert run("waive", "CP_DB_002", "--expires", "2027-03-31")[0] == 0
    assert said.getvalue().count("Which resource") == 2 and "Who approved it?" in said.getvalue() and "Last day" not in said.getvalue()
    assert run("scan", "--select", "CP_DB_002")[0] == 0


def test_a_date_is_asked_for_until_it_is_one(run, monkeypatch):
    monkeypatch.setattr("sys.stdin", Terminal("2027/3/31\n2027-02-30\n2027-03-31\n"))
    monkeypatch.setattr("sys.stderr", said := Terminal())
    assert run("waive", "CP_DB_002", *ALL[:-2])[0] == 0 and said.getvalue().count("such as 2027-03-31") == 2


def test_a_clause_that_is_in_no_guideline_is_told(run):
    assert run("waive", "CP_DB_002", *ALL, "--clause", "osaka-2024:table.6.3")[2] == ""
    status, out, err = run("waive", "CP_DB_002", *ALL, "--resource", "aws_db_instance.b", "--clause", "条例第 3 条")
    assert status == 0 and out.startswith("W-002") and "条例第 3 条 is no clause of the catalogue" in err


def test_input_that_ends_writes_nothing(run, monkeypatch):
    monkeypatch.setattr("sys.stdin", Terminal("aws_db_instance.a\n"))
    monkeypatch.setattr("sys.stderr", Terminal())
    assert run("waive", "CP_DB_002")[0] == 2 and not os.path.exists("cloudpolicy-waivers.yaml")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (["--expires", "2001-01-01"], "before"),
        (["--expires", "2999-12-31"], "waiver_max_days"),
        (["--approved-by", "甲"], "somebody else"),
        (["--resource", "*"], "everything"),
    ],
)
def test_it_refuses_what_would_not_count(run, changes, words):
    status, _, err = run("waive", "CP_DB_002", *ALL, *changes)
    assert status == 2 and words in err and "unchanged" in err and not os.path.exists("cloudpolicy-waivers.yaml")


def test_a_policy_that_is_not_there(run):
    status, _, err = run("waive", "CP_DB_999", *ALL)
    assert status == 2 and "CP_DB_999" in err


def test_the_configured_span(run, tmp_path):
    (tmp_path / "cloudpolicy.toml").write_text("waiver_max_days = 30\n")
    assert "at most 30" in run("waive", "CP_DB_002", *ALL)[2]
    (tmp_path / "cloudpolicy.toml").write_text("waiver_max_days = 0\n")
    assert run("scan")[0] == 2


def test_today_is_the_day_in_japan(monkeypatch):
    monkeypatch.undo()
    import time

    monkeypatch.setattr(time, "time", lambda: 1775487600.0)  # 2026-04-06 15:00 UTC
    assert waivers.today() == "2026-04-07"


def test_the_schema(run):
    status, out, _ = run("schema", "waivers")
    assert status == 0 and "approved_by" in json.loads(out)["properties"]["waivers"]["items"]["required"]
