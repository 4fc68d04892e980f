"""Real repositories with one Terraform root each, and the action run in them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from action import runner
from repositories import with_one_failure

SRC = str(runner.ROOT / "src")
COMMAND = os.path.join(os.path.dirname(sys.executable), "cloudpolicy")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return with_one_failure(tmp_path / "repo sitory")


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
