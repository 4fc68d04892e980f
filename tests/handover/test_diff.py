"""The periodic check: what changed between two packs or reports, and whether CI must stop."""

import datetime
import json
import os

import pytest
from tests.handover.conftest import order, run, write

from cloudpolicy.handover import folder, manifest, pack
from cloudpolicy.handover.diff import Difference
from cloudpolicy.handover.snapshot import Unusable, load

STATED = """attestations:
- clauses: [osaka-2024:4.3.1(1).1]
  statement: done
  attester: A
  role: B
  date: 2026-01-01
  expires: 2026-06-30
  evidence: doc 1
"""


def difference(old, new):
    return Difference(load(str(old)), load(str(new)))


@pytest.fixture
def old(system, tmp_path):
    write(system, tmp_path / "old")
    return tmp_path / "old"


def after(system, tmp_path, change):
    main = system / "main.tf"
    main.write_text(change(main.read_text()))
    write(system, tmp_path / "new")
    return tmp_path / "new"


def named(changes):
    return [((c.old and c.old.verdict), (c.new and c.new.verdict), (c.new or c.old).policy, (c.new or c.old).address) for c in changes]


def test_nothing_changed(old, system, tmp_path):
    found = difference(old, after(system, tmp_path, lambda text: text))
    assert found.same and not found.worse


def test_moved_lines_change_a_source_and_no_finding(old, system, tmp_path):
    found = difference(old, after(system, tmp_path, lambda text: "# one\n# two\n" + text))
    assert found.sources == [("main.tf", "changed")]
    assert not (found.new or found.gone or found.changed or found.clauses or found.worse)


def test_a_new_failure_is_worse(old, system, tmp_path):
    def change(text):
        return text + 'resource "aws_db_instance" "late" {\n  storage_encrypted = false\n}\n'

    found = difference(old, after(system, tmp_path, change))
    assert (None, "fail", "CP_DB_001", "aws_db_instance.late") in named(found.new)
    assert found.worse and not found.gone


def test_a_verdict_that_changed_is_one_change(old, system, tmp_path):
    better = after(system, tmp_path, lambda text: text.replace("0.0.0.0/0", "10.0.0.0/8"))
    found = difference(old, better)
    assert ("fail", "pass", "CP_NET_001", "aws_security_group.admin") in named(found.changed)
    assert not found.worse
    back = difference(better, old)
    assert ("pass", "fail", "CP_NET_001", "aws_security_group.admin") in named(back.changed)
    assert back.worse


def test_unknown_is_worse_than_pass_and_better_than_fail(old, system, tmp_path):
    encrypted = after(system, tmp_path, lambda text: text.replace("storage_encrypted   = true", "storage_encrypted   = var.public"))
    assert ("pass", "unknown", "CP_DB_001", "aws_db_instance.db") in named(difference(old, encrypted).changed)
    assert difference(old, encrypted).worse and not difference(encrypted, old).worse


def test_a_resource_that_went_is_gone_and_not_worse(old, system, tmp_path):
    found = difference(old, after(system, tmp_path, lambda text: text[text.index('resource "aws_db_instance"') :]))
    assert ("fail", None, "CP_NET_001", "aws_security_group.admin") in named(found.gone)
    assert not [change for change in found.gone if change.worse]


def test_a_statement_that_expired_is_worse(system, tmp_path):
    (system / "attestations.yaml").write_text(STATED)
    for name, day in (("old", datetime.date(2026, 6, 30)), ("new", datetime.date(2026, 7, 1))):
        asked = order(system, attestations=str(system / "attestations.yaml"))
        asked.day = day
        folder.write(str(tmp_path / name), pack.build(asked)[1], manifest.NAME)
    found = difference(tmp_path / "old", tmp_path / "new")
    assert found.clauses == [("osaka-2024:4.3.1(1).1", "attested", "attestation-needed", True)]
    assert found.worse and not found.sources
    assert not difference(tmp_path / "new", tmp_path / "old").worse


def test_what_cannot_be_read_any_more_is_worse(old, system, tmp_path):
    found = difference(old, after(system, tmp_path, lambda text: text + "resource {{{\n"))
    assert found.unread and found.worse


def test_other_policies_and_parameters_are_told(old, system, tmp_path):
    (system / "cloudpolicy.toml").write_text('profile = "fisc"\n[parameters.CP_LOG_004]\nlog_retention_days = 90\n')
    found = difference(old, after(system, tmp_path, lambda text: text))
    told = {name: (before, now) for name, before, now in found.run}
    assert told["profile"] == ("baseline", "fisc") and told["CP_LOG_004.log_retention_days"] == ("365", "90")
    assert ("cloudpolicy.toml", "new") in found.sources


def test_reports_of_scan_compare_too(system, tmp_path):
    for name, text in (("old", "0.0.0.0/0"), ("new", "10.0.0.0/8")):
        main = system / "main.tf"
        main.write_text(main.read_text().replace("0.0.0.0/0", text))
        run("scan", system, "--quiet", "--output", tmp_path / f"{name}.json")
    found = difference(tmp_path / "old.json", tmp_path / "new.json")
    assert ("fail", None, "CP_NET_001", "aws_security_group.admin") in named(found.gone) and not found.worse
    assert difference(tmp_path / "new.json", tmp_path / "old.json").worse


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"schema": "cloudpolicy/report/v1"}',
        "[" * 100_000,
        '{"schema": "cloudpolicy/report/v1", "findings": [1], "diagnostics": [], "run": {}, "tool": {"version": 1}}',
        '{"schema": "cloudpolicy/report/v1", "findings": {}, "diagnostics": [], "run": {}, "tool": {"version": "1"}}',
        '{"schema": "cloudpolicy/report/v1", "findings": [], "diagnostics": {}, "run": {}, "tool": {"version": "1"}}',
        '{"schema": "cloudpolicy/report/v1", "findings": [], "diagnostics": [], "run": [], "tool": {"version": "1"}}',
        json.dumps(
            {
                "schema": "cloudpolicy/report/v1",
                "findings": [
                    {
                        **dict.fromkeys(("policy", "verdict", "severity", "attribute", "message", "fingerprint"), "x"),
                        "resource": {"type": "x", "address": "x"},
                        "location": {"file": "x", "line": float("inf")},
                    }
                ],
                "diagnostics": [],
                "run": {},
                "tool": {"version": "1"},
            }
        ),
    ],
)
def test_what_is_no_report_is_refused(tmp_path, content):
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(Unusable, match="neither a handover pack nor a report"):
        load(str(tmp_path / "x.json"))


def test_a_report_or_pack_of_another_version_says_so_and_a_pipe_is_not_waited_for(old, tmp_path):
    (tmp_path / "x.json").write_text('{"schema": "cloudpolicy/report/v2"}')
    with pytest.raises(Unusable, match="another version"):
        load(str(tmp_path / "x.json"))
    content = json.loads((old / "manifest.json").read_bytes())
    (old / "manifest.json").write_bytes(manifest.sealed({**content, "schema": "cloudpolicy/handover/v2"}))
    with pytest.raises(Unusable, match="another version"):
        load(str(old))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Unusable, match="not a regular file"):
        load(str(tmp_path / "pipe"))


def test_the_command(old, system, tmp_path):
    new = after(system, tmp_path, lambda text: text.replace("storage_encrypted   = true", "storage_encrypted   = false"))
    done = run("diff", old, new, "--lang", "ja")
    assert done.returncode == 1 and "! 適合 → 不適合  CP_DB_001 aws_db_instance.db (main.tf:" in done.stdout
    assert run("diff", new, old).returncode == 0
    content = json.loads(run("diff", old, new, "--format", "json").stdout)
    assert content["worse"] and any(c["new"]["policy"] == "CP_DB_001" and c["worse"] for c in content["changed"])
    (new / "report.html").write_text("x")
    done = run("diff", old, new)
    assert done.returncode == 2 and "not as it was handed over (report.html was changed)" in done.stderr
    assert run("diff", old, tmp_path / "nothing").returncode == 2
    (tmp_path / "folder").mkdir()
    assert "neither a handover pack nor a report" in run("diff", old, tmp_path / "folder").stderr
