"""Real git repositories for tests."""

from __future__ import annotations

import subprocess
from pathlib import Path

OPEN = 'resource "aws_db_instance" "{name}" {{\n  engine              = "mysql"\n  publicly_accessible = true\n}}\n'


def git(folder: Path, *words: str, data: bytes = b"") -> str:
    """A git command's standard output; `data` is its standard input."""
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *identity, *words], cwd=folder, input=data, capture_output=True, check=True)
    return done.stdout.decode().strip()


def commit(folder: Path, **files: str) -> str:
    """Write `files` (a name's __ stands for a dot) and commit everything; the commit's id."""
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "x")
    return git(folder, "rev-parse", "HEAD")


def with_one_failure(folder: Path) -> Path:
    """`folder` made a repository: one commit on main, with one failure of CP_DB_002."""
    folder.mkdir()
    git(folder, "init", "-q")
    commit(folder, main__tf=OPEN.format(name="old"), cloudpolicy__toml='select = ["CP_DB_002"]\n')
    return folder
