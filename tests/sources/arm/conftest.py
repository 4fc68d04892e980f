"""Writes ARM templates and Bicep files into a folder and reads them."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

import pytest

from cloudpolicy.model import Estate
from cloudpolicy.sources import Options
from cloudpolicy.sources.arm import read

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"


class Folder:
    """`read` reads one of the files that `write` put here."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, text: Any) -> str:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, dict):
            text = json.dumps({"$schema": SCHEMA, "contentVersion": "1.0.0.0", **text}, indent=2)
        file.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode("utf-8"))
        return str(file)

    def read(self, text: Any, name: str = "azuredeploy.json", **options: Any) -> Estate:
        return read(self.write(name, text), Options(str(self.path), **options))

    def bicep(self, text: str, name: str = "main.bicep", **options: Any) -> Estate:
        return self.read(text, name, **options)

    def value(self, expression: Any, errors: bool = False, **sections: Any) -> Any:
        """What the property p of a resource is when it is written `expression` in a template with these sections."""
        region = sections.pop("region", None)
        resource = {"type": "Microsoft.A/b", "apiVersion": "1", "name": "x", "properties": {"p": expression}}
        estate = self.read({**sections, "resources": [resource, *sections.get("resources", [])]}, region=region)
        if not errors:
            assert estate.diagnostics == []
        return estate.resources[0].values["properties"].get("p")

    def bicep_value(self, expression: str, before: str = "", errors: bool = False, **options: Any) -> Any:
        """What the property p of a resource is when it is written `p: expression` in a Bicep file that begins with `before`."""
        text = (
            textwrap.dedent(before) + f"\nresource x 'Microsoft.A/b@1' = {{\n  name: 'x'\n  properties: {{\n    p: {expression}\n  }}\n}}\n"
        )
        estate = self.bicep(text, **options)
        if not errors:
            assert estate.diagnostics == []
        return estate.at("x").values["properties"].get("p")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def problems(estate: Estate) -> list[tuple[str, str, int]]:
    return [(d.severity, d.code, d.span.line if d.span else 0) for d in estate.diagnostics]


@pytest.fixture(name="problems")
def _problems() -> Any:
    return problems
