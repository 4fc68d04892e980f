"""A module folder written and read in one line."""

from __future__ import annotations

import os
from typing import Any

import pytest

from cloudpolicy.model import Estate, Resource
from cloudpolicy.sources import Options
from cloudpolicy.sources.terraform import hcl


class World:
    """A scanned tree: `write` its files, `read` a folder of it as a root module."""

    def __init__(self, root: Any) -> None:
        self.root = str(root)

    def path(self, name: str) -> str:
        return os.path.join(self.root, *name.split("/"))

    def write(self, **files: str) -> None:
        self.write_all(files)

    def write_all(self, files: dict[str, str | bytes]) -> None:
        for name, text in files.items():
            path = self.path(name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(text if isinstance(text, bytes) else text.encode())

    def read(self, main: str | None = None, folder: str = ".", files: dict[str, str | bytes] | None = None, **options: Any) -> Estate:
        if main is not None:
            self.write_all({f"{folder}/main.tf": main})
        self.write_all(files or {})
        return hcl.read(os.path.normpath(self.path(folder)), Options(self.root, **options))

    def one(self, main: str, **options: Any) -> Resource:
        """The only resource of a clean reading."""
        estate = self.read(main, **options)
        assert estate.diagnostics == []
        (resource,) = estate.resources
        return resource

    def value(self, expression: str, **options: Any) -> Any:
        """The value of one expression, with var.u (no value) and aws_x.r (nothing written) declared."""
        estate = self.read(f'variable "u" {{}}\nresource "aws_x" "r" {{}}\nresource "aws_y" "t" {{\n  v = {expression}\n}}\n', **options)
        return estate.at("aws_y.t").values.get("v")  # type: ignore[union-attr]


@pytest.fixture
def world(tmp_path: Any) -> World:
    return World(tmp_path)


def codes(estate: Estate) -> list[str]:
    return sorted(diagnostic.code for diagnostic in estate.diagnostics)
