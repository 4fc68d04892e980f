"""Which texts of a plan were handed in from outside: a plan shows the value of a variable or of a secret that was read as if it were written.

Only for telling a password that stands in the configuration from one that does not. Never print what this returns.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_LEAST = 3  # shorter texts would be found everywhere


def outside_texts(plan: dict[str, Any]) -> frozenset[str]:
    """The texts that came from variables without a default (or with another value than it) and from data sources."""
    found: set[str] = set()
    declared = _inside(plan, "configuration", "root_module", "variables")
    variables = plan.get("variables")
    for name, given in variables.items() if isinstance(variables, dict) else ():
        default = declared[name].get("default") if isinstance(declared.get(name), dict) else None
        value = given.get("value") if isinstance(given, dict) else None
        if value != default:
            found.update(_texts(value))
    for root in (_inside(plan, "prior_state", "values", "root_module"), _inside(plan, "planned_values", "root_module")):
        for resource in _resources(root):
            if resource.get("mode") == "data":
                found.update(_texts(resource.get("values")))
    return frozenset(text for text in found if len(text) >= _LEAST)


def _inside(value: Any, *names: str) -> dict[str, Any]:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _resources(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    waiting = [module]
    while waiting:
        current = waiting.pop()
        yield from _members(current, "resources")
        waiting += _members(current, "child_modules")


def _members(module: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = module.get(name)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
