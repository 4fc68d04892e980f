"""Packs of small systems, built once per worker where a test only reads them."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cloudpolicy import config
from cloudpolicy.handover import folder, manifest, pack
from cloudpolicy.scan import Request

ROOT = Path(__file__).parents[2]
DAY = datetime.date(2026, 4, 1)

OPEN = """resource "aws_security_group" "admin" {
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_db_instance" "db" {
  storage_encrypted   = true
  publicly_accessible = var.public
}
variable "public" {}
"""


def order(path: Path, language: str = "ja", system: str = "住民情報システム", **more: object) -> pack.Order:
    found = config.find(str(path))
    settings = config.load(found) if found else config.Config(os.getcwd())
    return pack.Order(Request([str(path)], settings), system, language, DAY, **more)  # type: ignore[arg-type]


def write(path: Path, out: Path, **more: object) -> dict[str, bytes]:
    _, files = pack.build(order(path, **more))
    folder.write(str(out), files, manifest.NAME)
    return files


def run(*words: object, cwd: Path | None = None, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "CLOUDPOLICY_LANG": "en", **(env or {})}
    return subprocess.run(
        [sys.executable, "-m", "cloudpolicy", *map(str, words)], cwd=cwd, env=environment, capture_output=True, text=True, timeout=500
    )


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """One root module with a failure and something undecided."""
    source = tmp_path / "system"
    source.mkdir()
    (source / "main.tf").write_text(OPEN)
    return source


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> tuple[pack.Dossier, dict[str, bytes]]:
    """The pack of samples/terraform, in Japanese."""
    return pack.build(order(ROOT / "samples" / "terraform"))
