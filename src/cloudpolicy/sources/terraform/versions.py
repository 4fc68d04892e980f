"""Which version of each provider a root module is held to."""

from __future__ import annotations

import os
import re

from cloudpolicy import journal
from cloudpolicy.sources.files import Unreadable
from cloudpolicy.sources.terraform import syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.sources.terraform.module import Module

_BOUND = re.compile(r"\s*(=|>=|~>|>|)\s*v?(\d+(?:\.\d+)*)")


def provider_versions(module: Module) -> dict[str, tuple[int, ...]]:
    """Local provider name -> exact version from the lock file, else the lower bound of required_providers."""
    sources: dict[str, str] = {}
    result: dict[str, tuple[int, ...]] = {}
    for settings in module.folder.settings:
        for block in settings.body.of_type("required_providers"):
            for name, attribute in block.body.attributes.items():
                value = attribute.expr.eval(module.scope.child(**{name: name}))
                constraint = value.get("version") if isinstance(value, dict) else value
                source = value.get("source") if isinstance(value, dict) else None
                sources.setdefault(name, source if isinstance(source, str) else f"hashicorp/{name}")
                bound = lower_bound(constraint) if isinstance(constraint, str) else None
                if bound is not None:
                    result.setdefault(name, bound)
    for name, block in module.folder.providers.items():
        written = block.body.attributes.get("version")  # the spelling before Terraform 0.13
        value = written.expr.eval(module.scope) if written is not None else None
        bound = lower_bound(value) if isinstance(value, str) else None
        if bound is not None:
            result.setdefault(name.split(".")[0], bound)
    result.update(_locked(module, sources))
    return result


def _locked(module: Module, sources: dict[str, str]) -> dict[str, tuple[int, ...]]:
    reading = module.reading
    path = os.path.join(reading.root, ".terraform.lock.hcl")
    if not journal.is_file(path):
        return {}
    reading.inputs[path] = None
    try:
        parsed = syntax.load(path, reading.options.base)
    except Unreadable as error:
        reading.add(error.diagnostic)
        return {}
    reading.parsed[parsed] = None
    names = {source: name for name, source in sources.items()}
    result = {}
    for block in parsed.body.of_type("provider"):
        written = block.body.attributes.get("version")
        value = written.expr.eval(module.scope) if written is not None else None
        bound = lower_bound(value) if isinstance(value, str) else None
        if bound is not None and block.labels:
            source = "/".join(block.labels[0].split("/")[-2:])
            result[names.get(source, names.get(block.labels[0], source.split("/")[-1]))] = bound
    return result


def lower_bound(constraint: str) -> tuple[int, ...] | None:
    """(5, 0) for "~> 5.0" and for ">= 5.0, < 6.0"; None when the constraint has no lower bound."""
    bounds = []
    for part in constraint.split(","):
        match = _BOUND.match(part)
        if match is not None:
            bounds.append(tuple(int(digits[:9]) for digits in match.group(2).split(".")))
    return max(bounds) if bounds else None
