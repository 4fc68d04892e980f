"""Terraform HCL: one root module folder, evaluated without running Terraform, as an Estate."""

from __future__ import annotations

import gc
import os
import sys

from cloudpolicy.model import Diagnostic, Estate, Resource, Span
from cloudpolicy.sources.terraform import configuration, providers, variables
from cloudpolicy.sources.terraform.includes import module_sources
from cloudpolicy.sources.terraform.module import Module
from cloudpolicy.sources.terraform.reading import Reading
from cloudpolicy.sources.terraform.versions import provider_versions
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.model import Unknown
    from cloudpolicy.sources import Options

__all__ = ["module_sources", "read"]

# Values are evaluated along their references; a chain of three hundred locals is deeper than Python's ordinary limit allows.
_RECURSION = 8000


def read(path: str, options: Options) -> Estate:
    """The estate of the root module in the folder `path`. Never raises for bad input: see the estate's diagnostics."""
    root = os.path.abspath(path)
    reading = Reading(root, options)
    limit = sys.getrecursionlimit()
    collecting = gc.isenabled()
    sys.setrecursionlimit(max(limit, _RECURSION))
    gc.disable()  # nearly everything made here stays: looking through it again and again takes a third of the time
    try:
        return _read(root, reading)
    finally:
        sys.setrecursionlimit(limit)
        if collecting:
            gc.enable()


def _read(root: str, reading: Reading) -> Estate:
    options = reading.options
    try:
        folder = reading.folder(root)
    except OSError as error:
        text = Text(f"the folder cannot be read: {error.strerror}", f"フォルダを読み取れません: {error.strerror}")
        return Estate(root, "terraform", "hcl", [], [Diagnostic("error", "unreadable-folder", text, Span(root))])
    module = Module(reading, folder)
    given = variables.root_values(reading, module.declared, module.scope)
    module.given = {name: _Given(value).value for name, value in given.items()}
    notes: dict[str, Any] = {"workspace": options.workspace}
    unset = [name for name in module.declared if name not in given]
    notes["defaults"] = sorted(name for name in unset if module.declared[name].default is not None)
    notes["without_value"] = sorted(name for name in unset if module.declared[name].default is None)
    resources: list[Resource] = []
    _collect(module, resources)
    resources += configuration.resources(module)
    region: str | Unknown | None = None
    if any(key.split(".")[0] == "aws" for key in folder.providers) or any(_bare(one.type).startswith("aws_") for one in resources):
        region = providers.default_region(module)
    versions = provider_versions(module)
    reading.finish()
    return Estate(
        root,
        "terraform",
        "hcl",
        resources,
        reading.diagnostics,
        list(reading.inputs),
        region,
        reading.opaque,
        versions,
        notes,
    )


class _Given:
    """A root variable's value, in the form in which modules get theirs."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def value(self) -> Any:
        return self._value


def _bare(type: str) -> str:
    return type.removeprefix("data.").removeprefix("ephemeral.")


def _collect(module: Module, resources: list[Resource]) -> None:
    """Every resource instance of a module and, after its own, of the modules that it calls."""
    for declaration in module.declarations:
        expansion = declaration.expansion()
        if expansion is None:
            continue
        conditional = module.conditional or expansion.doubt is not None
        block = declaration.block
        span = block.span()
        for instance in expansion.members.values():
            values = instance.values()
            region = providers.region_of(module, declaration.type, block, values)
            resources.append(Resource(declaration.type, instance.address, values, span, instance.locator(values), region, conditional))
    for call in module.calls:
        for handle, doubt in call.instances():
            if handle.module is not None:
                handle.module.conditional = module.conditional or doubt
                _collect(handle.module, resources)
