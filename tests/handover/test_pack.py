"""The command end to end: deterministic, fast, in place, and honest about what it could not do."""

import datetime
import json
import os
import shutil
import subprocess
import time

import pytest
from tests.handover.conftest import DAY, ROOT, order, run, write

from cloudpolicy.handover import pack


def git(folder, *words):
    environment = {**os.environ, "GIT_COMMITTER_DATE": "2026-03-01T00:00:00Z", "GIT_AUTHOR_DATE": "2026-03-01T00:00:00Z"}
    names = ["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *names, *words], cwd=folder, env=environment, check=True, capture_output=True)


def content(files):
    return json.loads(files["manifest.json"])


def test_the_same_input_gives_the_same_bytes_wherever_it_stands(system, tmp_path):
    shutil.copytree(system, tmp_path / "copy" / "system")
    one = pack.build(order(system))[1]
    time.sleep(1.1)  # a clock in a file would show
    two = pack.build(order(tmp_path / "copy" / "system"))[1]
    different = [name for name in one if one[name] != two[name]]
    assert different == []


def test_nothing_of_this_machine_is_in_a_pack(system, tmp_path):
    done = run("handover", "--system", "s", "--out", tmp_path / "pack", "--lang", "en", system)
    assert done.returncode == 1, done.stderr
    for path in (tmp_path / "pack").iterdir():
        assert str(tmp_path).encode() not in path.read_bytes(), path.name


def test_the_pack_may_stand_inside_what_is_scanned(system):
    run("handover", "--system", "s", "--out", system / "pack", "--date", "2026-04-01", system)
    first = {path.name: path.read_bytes() for path in (system / "pack").iterdir()}
    run("handover", "--system", "s", "--out", system / "pack", "--date", "2026-04-01", system)
    assert {path.name: path.read_bytes() for path in (system / "pack").iterdir()} == first
    assert run("verify", system / "pack", "--source", system).returncode == 0


def test_the_manifest_names_inputs_outputs_and_what_was_run(system):
    (system / "cloudpolicy.toml").write_text('profile = "fisc"\n')
    files = pack.build(
        order(system, command=["cloudpolicy", "handover", str(system), "--config=/x/y.toml", "--token=abcdefgh", "--api-key", "ijklmnop"])
    )[1]
    found = content(files)
    assert [(entry["path"], entry["role"]) for entry in found["inputs"]] == [("cloudpolicy.toml", "configuration"), ("main.tf", "template")]
    assert {entry["path"] for entry in found["outputs"]} == set(files) - {"manifest.json"}
    assert found["scan"]["settings"]["profile"] == "fisc" and found["day"] == "2026-04-01"
    assert str(system) not in json.dumps(found)
    assert found["command"] == ["cloudpolicy", "handover", ".", "--config=…/y.toml", "--token=****", "--api-key", "****"]
    assert len(found["policy_pack"]["digest"]) == len(found["policy_pack"]["guidelines"]) == 64


def test_the_commit_and_what_differs_from_it(system):
    git(system, "init", "-q")
    (system / "old.tf").write_bytes(b'variable "x" {}\r\n')
    git(system, "add", ".")
    git(system, "commit", "-qm", "x")
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=system, capture_output=True, text=True).stdout.strip()
    files = pack.build(order(system))[1]
    assert content(files)["commit"] == {"id": head, "uncommitted": []}
    assert content(files)["created"] == "2026-03-01T00:00:00+00:00"
    (system / "main.tf").write_text((system / "main.tf").read_text() + "# changed\n")
    (system / "new.tf").write_text('variable "y" {}\n')
    assert content(pack.build(order(system))[1])["commit"]["uncommitted"] == ["main.tf", "new.tf"]


def test_a_repository_runs_nothing(system, tmp_path):
    """Filters, monitors and hooks that a hostile repository configures."""
    git(system, "init", "-q")
    git(system, "add", ".")
    git(system, "commit", "-qm", "x")
    trap = tmp_path / "trap"
    for name in (
        "core.fsmonitor",
        "filter.x.clean",
        "filter.x.smudge",
        "filter.x.process",
        "core.pager",
        "diff.external",
        "gpg.program",
        "core.sshCommand",
    ):
        git(system, "config", name, f"touch {trap}; cat")
    git(system, "config", "log.showSignature", "true")
    (system / ".gitattributes").write_text("* filter=x\n")
    (system / "main.tf").write_text((system / "main.tf").read_text() + "# changed\n")
    assert content(pack.build(order(system))[1])["commit"]["uncommitted"] == ["main.tf"]
    assert not trap.exists()


def test_source_date_epoch_decides(system, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1775001600")
    assert pack.day_of_work() == datetime.date(2026, 4, 1)
    assert content(pack.build(order(system))[1])["created"] == "2026-04-01T00:00:00+00:00"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "not a number")
    assert content(pack.build(order(system))[1])["created"] == f"{DAY.isoformat()}T00:00:00+00:00"


def test_what_could_not_be_read_is_on_the_cover_and_in_the_status(system, tmp_path):
    (system / "broken.tf").write_text("resource {{{\n")
    done = run("handover", "--system", "s", "--out", tmp_path / "pack", system)
    assert done.returncode == 2 and "broken.tf" in done.stderr
    assert "読み取りの誤りが 1 件" in (tmp_path / "pack" / "report.html").read_text()
    assert any(entry["path"] == "broken.tf" for entry in json.loads((tmp_path / "pack" / "manifest.json").read_bytes())["inputs"])


def test_a_faulty_statement_is_an_error_of_the_pack(system, tmp_path):
    (system / "attestations.yaml").write_text("attestations:\n- clauses: [osaka-2024:none]\n")
    done = run("handover", "--system", "s", "--out", tmp_path / "pack", system)
    assert done.returncode == 2 and "attestations.yaml:2" in done.stderr


def test_a_file_that_changes_under_the_scan_stops_it(system, monkeypatch):
    scan = pack.run

    def slow(request, progress):
        report = scan(request, progress)
        (system / "main.tf").write_text("# other\n")
        return report

    monkeypatch.setattr(pack, "run", slow)
    with pytest.raises(pack.Unbuildable, match="was changed during the scan"):
        pack.build(order(system))


def test_errors_of_the_command_say_what_to_do(system, tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "x").write_text("x")
    for words, said in (
        (["--system", "s", system], "--out"),
        (["--out", tmp_path / "p", system], "--system"),
        (["--system", "s", "--out", tmp_path / "work", system], "holds other files and is left alone"),
        (["--system", "s", "--out", tmp_path / "p", "--date", "1.4.2026", system], "write a day like 2026-04-01"),
        (["--system", "s", "--out", tmp_path / "p", tmp_path / "nothing"], "does not exist"),
        (["--system", "s", "--out", tmp_path / "p", "--profile", "nothing", system], "nothing"),
        (["--system", "s", "--out", "/proc/x/pack", system], "cannot be written"),
    ):
        done = run("handover", *words)
        assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr, (said, done.stderr)
    assert not (tmp_path / "p").exists()


def test_without_xlsxwriter_the_way_out_is_named(system, tmp_path):
    (tmp_path / "hide").mkdir()
    (tmp_path / "hide" / "xlsxwriter.py").write_text("raise ModuleNotFoundError(\"No module named 'xlsxwriter'\", name='xlsxwriter')\n")
    done = run(
        "handover",
        "--system",
        "s",
        "--out",
        tmp_path / "pack",
        system,
        env={"PYTHONPATH": f"{tmp_path / 'hide'}{os.pathsep}{ROOT / 'src'}"},
    )
    assert done.returncode == 2 and "pip install XlsxWriter" in done.stderr and not (tmp_path / "pack").exists()


def test_the_page_and_the_workbook_agree_with_the_json(samples):
    dossier, files = samples
    stated = {item["id"]: item["status"] for item in json.loads(files["clauses.json"])["clauses"]}
    assert len(stated) == 489 and stated == {s.clause.id: s.status for s in dossier.clauses}
    page = files["report.html"].decode()
    for id, status in stated.items():
        assert page.count(f'id="{id}" data-status="{status}"') == 1


@pytest.mark.slow
def test_the_samples_take_no_minute(tmp_path):
    started = time.process_time()
    write(ROOT / "samples" / "terraform", tmp_path / "pack")
    assert time.process_time() - started < 60  # 1.3 s where it was measured: this only tells a hang
