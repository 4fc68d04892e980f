"""`cloudpolicy scan` from outside: exit status, formats, options, languages, and what a wrong word gets."""

import io
import json
import os
import subprocess
import sys

import pytest

from cloudpolicy import cli

OPEN = 'resource "aws_security_group" "x" {\n  ingress {\n    from_port = 22\n    to_port = 22\n    protocol = "tcp"\n    cidr_blocks = ["0.0.0.0/0"]\n  }\n}\n'
PUBLIC = 'variable "public" {}\nresource "aws_db_instance" "d" {\n  publicly_accessible = var.public\n}\n'


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)

    def call(*argv, files=None):
        for name, text in (files or {}).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        try:
            status = cli.run(list(argv))
        except SystemExit as stop:
            status = stop.code
        out, err = capsys.readouterr()
        return status, out, err

    return call


def report(run, *argv, **options):
    status, out, _ = run("scan", "--format", "json", *argv, **options)
    return status, json.loads(out)


def test_exit_status(run):
    select = ("--select", "CP_NET_001,CP_DB_002")
    assert run("scan", ".", *select, files={"ok/main.tf": "terraform {}\n"})[0] == 0
    assert run("scan", ".", *select, files={"a/main.tf": OPEN})[0] == 1
    assert run("scan", ".", *select, files={"b/main.tf": 'resource "x" "y" {\n'})[0] == 2


def test_threshold_and_strict(run):
    files = {"main.tf": PUBLIC}
    select = ("--select", "CP_DB_002")
    assert run("scan", *select, files=files)[0] == 0
    assert run("scan", *select, "--strict")[0] == 1
    assert run("scan", "--select", "CP_NET_001", "--fail-on", "critical", files={"main.tf": OPEN})[0] == 1


def test_findings_are_relative_to_the_folder_that_was_scanned(run):
    status, found = report(run, "sub", "--select", "CP_NET_001", files={"sub/net/main.tf": OPEN})
    assert status == 1
    (finding,) = [f for f in found["findings"] if f["verdict"] == "fail"]
    assert finding["location"]["file"] == "net/main.tf"
    assert finding["resource"] == {"type": "aws_security_group", "address": "aws_security_group.x"}


def test_passed_only_on_request(run):
    files = {"main.tf": 'resource "aws_db_instance" "d" {\n  publicly_accessible = false\n}\n'}
    assert report(run, "--select", "CP_DB_002", files=files)[1]["findings"] == []
    assert {f["verdict"] for f in report(run, "--select", "CP_DB_002", "--show-passed")[1]["findings"]} == {"pass"}


def test_outputs_by_ending(run, tmp_path):
    names = ["r.json", "r.sarif", "r.xml", "r.md", "r.txt"]
    outputs = [word for name in names for word in ("--output", name)]
    status, out, _ = run("scan", "--quiet", *outputs, "--select", "CP_NET_001", files={"main.tf": OPEN})
    assert (status, out) == (1, "")
    assert all((tmp_path / name).stat().st_size for name in names)


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (["scan", "--no-such-option"], "--no-such-option"),
        (["scan", "nowhere"], "nowhere does not exist"),
        (["scan", "--select", "CP_XXX_999"], "CP_XXX_999"),
        (["scan", "--profile", "basline"], "basline"),
        (["scan", "--output", "report.pdf"], "report.pdf"),
        (["scan", "--fail-on", "huge"], "huge"),
        (["scan", "--config", "missing.toml"], "cannot be read"),
        (["scna"], "scna"),
        ([], "usage"),
    ],
)
def test_wrong_words(run, argv, word):
    status, out, err = run(*argv)
    assert status == (0 if not argv else 2)
    assert word in out + err
    assert "Traceback" not in err


def test_an_output_that_cannot_be_written(run):
    status, _, err = run("scan", "--quiet", "--output", "no/such/folder/r.json", files={"main.tf": OPEN})
    assert status == 2
    assert "cannot be written" in err


def test_a_bad_configuration(run):
    status, _, err = run("scan", files={"cloudpolicy.toml": 'regoin = "x"\n', "main.tf": OPEN})
    assert status == 2
    assert "did you mean `region`" in err


def test_configuration_parameters_are_checked(run):
    status, _, err = run("scan", files={"cloudpolicy.toml": "[parameters.CP_NET_001]\nadmin_prots = [22]\n", "main.tf": OPEN})
    assert status == 2
    assert "admin_prots" in err


def test_japanese(run, monkeypatch):
    monkeypatch.setenv("LANG", "ja_JP.UTF-8")
    files = {"main.tf": OPEN}
    assert "不適合" in run("scan", "--select", "CP_NET_001", files=files)[1]
    assert "ありません" in run("scan", "nowhere")[2]
    assert "不適合" not in run("scan", "--lang", "en", "--select", "CP_NET_001")[1]


def test_a_console_in_cp932(tmp_path):
    (tmp_path / "main.tf").write_text(OPEN + PUBLIC + "# ✓ 絵文字😀\n", encoding="utf-8")
    env = {**os.environ, "PYTHONIOENCODING": "cp932", "LANG": "ja_JP.SJIS"}
    done = subprocess.run([sys.executable, "-m", "cloudpolicy", "scan", str(tmp_path)], capture_output=True, env=env)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert "不適合" in done.stdout.decode("cp932")


def test_a_reader_that_goes_away(tmp_path):
    (tmp_path / "main.tf").write_text(OPEN)
    scan = subprocess.Popen([sys.executable, "-m", "cloudpolicy", "scan", str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    scan.stdout.close()
    scan.wait(120)
    assert b"Traceback" not in scan.stderr.read()
    scan.stderr.close()


def test_the_same_from_several_processes(run):
    files = {f"m{i}/main.tf": OPEN * 1 + "# padding\n" * 8000 for i in range(12)}
    one = report(run, "--select", "CP_NET_001", "--jobs", "1", files=files)[1]
    two = report(run, "--select", "CP_NET_001", "--jobs", "2")[1]
    assert one["findings"] == two["findings"] != []


def test_fingerprints_survive_moved_lines_and_reordered_blocks(run):
    other = OPEN.replace('"x"', '"y"')
    before = report(run, "--select", "CP_NET_001", files={"main.tf": OPEN + other})[1]["findings"]
    after = report(run, "--select", "CP_NET_001", files={"main.tf": "\n\n# moved\n" + other + OPEN})[1]["findings"]
    assert {f["fingerprint"] for f in before} == {f["fingerprint"] for f in after}
    assert len({f["fingerprint"] for f in before}) == len(before) == 2


def test_a_profile_of_the_configuration(run):
    config = 'profile = "city"\n[profiles.city]\nextends = ["baseline"]\nremove = ["CP_NET_001", "CP_NET_002"]\nadd = ["CP_DB_002"]\n'
    ids = {f["policy"] for f in report(run, files={"cloudpolicy.toml": config, "main.tf": OPEN + PUBLIC})[1]["findings"]}
    assert "CP_DB_002" in ids
    assert not ids & {"CP_NET_001", "CP_NET_002"}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('[profiles.city]\nextend = ["x"]\n', "extend"),
        ("[profiles.baseline]\n", "choose another"),
        ('[profiles.city]\nextends = ["nowhere"]\n', "nowhere"),
        ('profile = "city"\n[profiles.city]\nremove = ["CP_XXX_999"]\n', "CP_XXX_999"),
    ],
)
def test_mistakes_in_a_profile(run, text, word):
    status, _, err = run("scan", files={"cloudpolicy.toml": text, "main.tf": OPEN})
    assert status == 2
    assert word in err


def test_own_policies_run_beside_ours(run, tmp_path):
    from policy.test_documents import GOOD

    files = {
        "own/CITY_DB_001_public_database.yaml": GOOD.replace("CP_DB_902", "CITY_DB_001").replace(
            "slug: public-database", "slug: public-database"
        ),
        "main.tf": 'resource "aws_db_instance" "x" {\n  publicly_accessible = true\n}\n',
    }
    findings = report(run, "main.tf", "--policies", "own", "--select", "CITY_DB_001,CP_DB_002", files=files)[1]["findings"]
    assert {f["policy"] for f in findings} == {"CITY_DB_001", "CP_DB_002"}
    assert "CITY_DB_001" in run("policies", "--policies", "own")[1]
    assert run("test", "--policies", "own")[0] == 0
    assert "題" in run("explain", "CITY_DB_001", "--policies", "own", "--lang", "ja")[1]
    taken = {"own/CP_DB_002_public_database.yaml": GOOD.replace("CP_DB_902", "CP_DB_002")}
    status, out, _ = run("scan", "main.tf", "--policies", "own", "--format", "json", files=taken)
    assert status == 2
    assert "choose another" in out


@pytest.mark.parametrize("value", ['["ssh"]', '"22"', "22", "[true]"])
def test_a_parameter_of_the_wrong_type(run, value):
    status, _, err = run("scan", files={"cloudpolicy.toml": f"[parameters.CP_NET_001]\nadmin_ports = {value}\n", "main.tf": OPEN})
    assert status == 2
    assert "wants a value like" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["scan", "--nope"], "オプション --nope はありません\n"),
        (["scan", "--fail-on", "huge"], "--fail-on に 'huge' は指定できません"),
        (["scan", "--jobs", "many"], "--jobs には整数を指定してください"),
        (["scan", "--region"], "--region には値が必要です"),
        (["explain"], "次の指定が必要です: POLICY"),
    ],
)
def test_option_errors_in_japanese(run, argv, words):
    status, _, err = run(*argv, "--lang=ja")
    assert status == 2
    assert words in err


class _Terminal(io.StringIO):
    def __init__(self, terminal):
        super().__init__()
        self._terminal = terminal

    def isatty(self):
        return self._terminal


@pytest.mark.parametrize(("terminal", "ci", "shown"), [(True, "", True), (False, "", False), (True, "true", False)])
def test_the_progress_bar_only_on_a_terminal_outside_ci(monkeypatch, terminal, ci, shown):
    from cloudpolicy.cli import reporting

    clock = iter([0.0, 0.1, 1.0, 2.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    monkeypatch.setenv("CI", ci)
    stream = _Terminal(terminal)
    monkeypatch.setattr(sys, "stderr", stream)
    progress = reporting.progress(cli.Parser("en", prog="x"))
    assert (progress is not None) is shown
    if progress is not None:
        progress(1, 10)
        assert stream.getvalue() == "", "a short scan shows none"
        progress(5, 10)
        assert "] 5/10" in stream.getvalue()
        progress(10, 10)
        assert stream.getvalue().endswith("\r\x1b[K"), "it leaves nothing behind"


@pytest.mark.parametrize("server", ["TF_BUILD", "GITHUB_ACTIONS"])
def test_a_line_of_a_template_commands_no_ci_server(tmp_path, capsys, monkeypatch, server):
    line = "  publicly_accessible = true # ##vso[task.setvariable variable=PATH]/evil ##[add-mask]x"
    (tmp_path / "main.tf").write_text(f'resource "aws_db_instance" "x" {{\n{line}\n}}\n')
    for name in ("TF_BUILD", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    words = ["scan", str(tmp_path), "--select", "CP_DB_002"]
    cli.run(words)
    assert line in capsys.readouterr().out, "a person sees the line as it is"
    monkeypatch.setenv(server, "True")
    cli.run(words)
    said = capsys.readouterr().out
    assert "publicly_accessible" in said and "##" not in said
