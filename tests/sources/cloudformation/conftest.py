"""Writes templates into a folder and reads them."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

from cloudpolicy.model import Estate
from cloudpolicy.sources import Options
from cloudpolicy.sources.cloudformation import read


class Folder:
    """`read` reads one of the files that `write` put here."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, text: str | bytes) -> str:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode("utf-8"))
        return str(file)

    def read(self, text: str | bytes, name: str = "template.yaml", **options: Any) -> Estate:
        return read(self.write(name, text), Options(str(self.path), **options))

    def value(self, expression: str, before: str = "", **options: Any) -> Any:
        """What the property P of a bucket B is when it is written `P: expression`; `before` are further sections."""
        text = textwrap.dedent(before) + f"Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      P: {expression}\n"
        estate = self.read(text, **options)
        assert [d for d in estate.diagnostics if d.severity == "error"] == []
        return estate.resources[0].values.get("P")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def problems(estate: Estate) -> list[tuple[str, str, int]]:
    return [(d.severity, d.code, d.span.line if d.span else 0) for d in estate.diagnostics]


@pytest.fixture(name="problems")
def _problems() -> Any:
    return problems
