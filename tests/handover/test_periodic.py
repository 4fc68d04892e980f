"""Reports of what was deployed, handed over with a system: as they are, in a table, and proven by the manifest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from handover.conftest import run


def report(path: Path, at: str = "2026-03-02T03:04:05Z", provider: str = "azure", **more: object) -> Path:
    asked = {"provider": provider, "subscription": "0000", "resource_groups": ["rg|<b>"], "at": at}
    content = {
        "schema": "cloudpolicy/report/v1",
        "run": {"language": "ja", "origin": "live", "asked": asked},
        "diagnostics": [{"code": "differs-from-source", "severity": "warning"}, {"code": "throttled", "severity": "error"}],
        "summary": {"resources": 1234, "fail": 2, "unknown": 3, "exit_status": 2},
        **more,
    }
    path.write_text(json.dumps(content))
    return path


def test_reports_go_into_the_pack_and_are_proven(system: Path, tmp_path: Path) -> None:
    late, early = report(tmp_path / "late.json", "2026-04-02T00:00:00Z", "aws"), report(tmp_path / "early.json")
    same = report(tmp_path / "same.json")
    words = [word for file in (late, early, same) for word in ("--periodic", file)]
    made = run("handover", system, "--system", "x", "--out", tmp_path / "pack", "--date", "2026-04-03", *words)
    assert made.returncode in (0, 1, 2) and "Traceback" not in made.stderr and "periodic.md" in made.stdout
    pack = tmp_path / "pack"
    assert (pack / "periodic-2026-03-02-azure.json").read_bytes() == early.read_bytes()
    table = (pack / "periodic.md").read_text("utf-8").splitlines()[4:]
    assert [row.split(" | ")[-1].rstrip(" |") for row in table] == [
        "periodic-2026-03-02-azure.json",
        "periodic-2026-03-02-azure-2.json",
        "periodic-2026-04-02-aws.json",
    ]
    assert "| 1,234 | 2 | 3 | 1 | 1 |" in table[0] and "rg&#124;&lt;b&gt;" in table[0]
    manifest = json.loads((pack / "manifest.json").read_text("utf-8"))
    assert [one["exit_status"] for one in manifest["periodic"]] == [2, 2, 2]
    assert run("verify", pack).returncode == 0
    (pack / "periodic-2026-04-02-aws.json").write_text("{}")
    proven = run("verify", pack)
    assert proven.returncode != 0 and "periodic-2026-04-02-aws.json was changed" in proven.stdout + proven.stderr


@pytest.mark.parametrize("content", ["{", "[]", '{"schema": "cloudpolicy/report/v1", "run": {}}'])
def test_what_is_no_report_of_live_is_refused(system: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / "r.json").write_text(content)
    made = run("handover", system, "--system", "x", "--out", tmp_path / "pack", "--periodic", tmp_path / "r.json")
    assert made.returncode == 2 and "r.json is no report of cloudpolicy live" in made.stderr and not (tmp_path / "pack").exists()


def test_a_day_that_leads_elsewhere_is_refused(system: Path, tmp_path: Path) -> None:
    file = report(tmp_path / "r.json", "../../../x")
    made = run("handover", system, "--system", "x", "--out", tmp_path / "pack", "--periodic", file)
    assert made.returncode == 2 and "no report" in made.stderr
