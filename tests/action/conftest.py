"""Real repositories with one Terraform root each, and the action run in them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from action import runner

SRC = str(runner.ROOT / "src")
OPEN = 'resource "aws_db_instance" "{name}" {{\n  engine              = "mysql"\n  publicly_accessible = true\n}}\n'
COMMAND = os.path.join(os.path.dirname(sys.executable), "cloudpolicy")


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *identity, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder: Path, **files: str) -> str:
    """Write `files` (a name's __ stands for a dot) and commit everything; the commit's id."""
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "x")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """One commit on main with one failure of CP_DB_002."""
    folder = tmp_path / "repo sitory"
    folder.mkdir()
    git(folder, "init", "-q")
    commit(folder, main__tf=OPEN.format(name="old"), cloudpolicy__toml='select = ["CP_DB_002"]\n')
    return folder


@pytest.fixture
def act(tmp_path: Path):
    """`act(folder, event=…, **inputs)`: the action's steps, with cloudpolicy already installed."""

    def run(folder: Path, event=None, environment=None, **inputs: str) -> runner.Result:
        given = {"install": {"command": COMMAND}}
        environment = {"PYTHONPATH": SRC, **(environment or {})}
        named = {name.replace("_", "-"): value for name, value in inputs.items()}
        given["python"] = {"python-path": sys.executable}
        return runner.run(folder, tmp_path / "runner", named, event, given, environment)

    return run
