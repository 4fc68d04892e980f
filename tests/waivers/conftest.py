"""A project with databases that are open to the internet, and waivers for them on one day."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudpolicy.config import Config
from cloudpolicy.scan import Request, run

DAY = "2026-11-29"
OPEN = 'resource "aws_db_instance" "{name}" {{\n  engine              = "mysql"\n  publicly_accessible = true\n}}\n'
GOOD = {
    "id": "W-001",
    "policy": "CP_DB_002",
    "resource": "aws_db_instance.a",
    "reason": "migration",
    "requested_by": "setter",
    "approved_by": "manager",
    "granted": "2026-04-01",
    "expires": "2027-03-31",
}


def entry(**changes: object) -> str:
    """A waiver as YAML; a key that is None is left out."""
    values = {**GOOD, **changes}
    lines = [f'{key}: "{value}"' for key, value in values.items() if value is not None]
    return "".join(f"{'    ' if number else '  - '}{line}\n" for number, line in enumerate(lines))


class Project:
    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def waivers(self, *entries: str, at: str = "") -> None:
        self.write(f"{at}cloudpolicy-waivers.yaml", "waivers:\n" + "".join(entries))

    def scan(self, *paths: str, day: str = DAY, select: str = "CP_DB_002", **values: object):
        config = Config(str(self.root), values={"select": [select], **values})
        return run(Request([str(self.root / path) for path in paths or (".",)], config, day=day))


@pytest.fixture
def project(tmp_path, monkeypatch) -> Project:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    made = Project(tmp_path)
    made.write("main.tf", OPEN.format(name="a") + OPEN.format(name="b"))
    return made


def told(report) -> dict[str, tuple[str, ...]]:
    """address -> what is said of it: its verdicts, and the policy for findings about waivers."""
    found: dict[str, tuple[str, ...]] = {}
    for finding in report.findings:
        words = finding.verdict if finding.format != "waivers" else f"{finding.policy} {finding.verdict}"
        found[finding.address] = (*found.get(finding.address, ()), words)
    return found
