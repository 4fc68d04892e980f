"""A project that is changed step by step, with the commands run in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cloudpolicy import cli

OPEN = 'resource "aws_db_instance" "{name}" {{\n  engine              = "mysql"\n  publicly_accessible = true\n}}\n'
SELECT = ("--select", "CP_DB_002,CP_NET_001,CP_RES_001")


class Project:
    def __init__(self, root: Path, capsys) -> None:
        self.root = root
        self.file = root / "cloudpolicy-baseline.json"
        self._capsys = capsys

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run(self, *argv: str) -> tuple[int, str, str]:
        try:
            status = cli.run(list(argv))
        except SystemExit as stop:
            status = stop.code
        out, err = self._capsys.readouterr()
        return status, out, err

    def baseline(self, action: str, *argv: str) -> tuple[int, str, str]:
        return self.run("baseline", action, *argv, *SELECT, "--no-cache")

    def scan(self, *argv: str) -> tuple[int, dict]:
        status, out, _ = self.run("scan", "--format", "json", "--no-cache", *SELECT, *argv)
        return status, json.loads(out)

    def news(self, *argv: str) -> set[str]:
        """Addresses of the failures that are not known."""
        return {
            finding["resource"]["address"]
            for finding in self.scan(*argv)[1]["findings"]
            if finding["verdict"] == "fail" and not finding.get("known")
        }

    def entries(self) -> list[dict]:
        return json.loads(self.file.read_bytes())["entries"]


def gone(report: dict) -> list[str]:
    return [problem["message"] for problem in report["diagnostics"] if problem["code"] == "baseline-gone"]


@pytest.fixture
def project(tmp_path, monkeypatch, capsys) -> Project:
    root = tmp_path / "top"
    (root / ".git").mkdir(parents=True)
    monkeypatch.chdir(root)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    made = Project(root, capsys)
    made.write("main.tf", OPEN.format(name="a") + OPEN.format(name="b"))
    return made
