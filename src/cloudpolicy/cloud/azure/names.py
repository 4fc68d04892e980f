"""Which resource of a template is which one of Azure: by type and full name, in any case, also where the template does not know all of the name."""

from __future__ import annotations

import re

from cloudpolicy.cloud.differences import Pairs
from cloudpolicy.model import Unknown, type_key
from cloudpolicy.sources.arm.values import HOLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cloudpolicy.model import Estate, Resource

DEPLOYMENTS = "microsoft.resources/deployments"
_MADE_WITH_PARENT = ("default", "current", "master")  # names of children that the service makes by itself


def deployed(resource: Resource) -> bool:
    """Whether it is something that stands in a resource group: deployments and the groups themselves do not."""
    return type_key(resource.type) not in (DEPLOYMENTS, "microsoft.resources/resourcegroups")


def elsewhere(deployments: Sequence[Resource], group: str) -> tuple[str, ...]:
    """What the addresses begin with that nested deployments put into other groups than `group`, as far as the template names them."""
    others = [(one.address, one.values.get("resourceGroup")) for one in deployments]
    return tuple(f"{address}/" for address, name in others if isinstance(name, str) and name.lower() != group.lower())


def fits(name: Any, known: str) -> bool:
    """Whether the name of a template's resource may turn out to be `known`."""
    if isinstance(name, str):
        return name.lower() == known.lower()
    if not isinstance(name, Unknown):
        return False
    text = name.partial if isinstance(name.partial, str) else HOLE
    pattern = ".+".join(re.escape(part) for part in text.lower().split(HOLE))
    return re.fullmatch(pattern, known.lower()) is not None


def partners(resources: Sequence[Resource], known: Sequence[tuple[str, str]]) -> dict[str, int]:
    """address -> index in `known` of the one (type, full name) that the resource is for certain: it fits no other, and no other fits it."""
    fitting: dict[str, list[int]] = {}
    of: dict[int, list[str]] = {}
    by_type: dict[str, list[int]] = {}
    for index, (type, _) in enumerate(known):
        by_type.setdefault(type.lower(), []).append(index)
    for resource in resources:
        for index in by_type.get(type_key(resource.type), ()):
            if fits(resource.values.get("name"), known[index][1]):
                fitting.setdefault(resource.address, []).append(index)
                of.setdefault(index, []).append(resource.address)
    exact = {resource.address for resource in resources if isinstance(resource.values.get("name"), str)}
    found: dict[str, int] = {}
    for address, indexes in fitting.items():
        # a name that is written out wins over those that might become the same
        left = [index for index in indexes if address in exact or exact.isdisjoint(of[index])]
        if len(left) == 1 and [other for other in of[left[0]] if (other in exact) == (address in exact)] == [address]:
            found[address] = left[0]
    return found


def pairs(source: Estate, live: Estate, left_out: set[str]) -> Pairs:
    """Which resource of the source is which deployed one. `left_out`: types of which the export does not hold all."""
    there = [resource for resource in live.resources if isinstance(resource.values.get("name"), str)]
    known = [(type_key(resource.type), str(resource.values["name"])) for resource in there]
    found: dict[str, str | None] = {address: there[index].address for address, index in partners(source.resources, known).items()}
    untold: set[str] = set()
    for resource in source.resources:
        if resource.address not in found:
            type = type_key(resource.type)
            may_be = any(kind == type and fits(resource.values.get("name"), name) for kind, name in known)
            if may_be or type in left_out or "scope" in resource.values:  # extension resources are never exported
                found[resource.address] = None
                untold.add(type)
    types = {type_key(resource.type) for resource in source.resources}
    aside = {resource.address for resource in live.resources if not isinstance(resource.values.get("name"), str)}
    for resource, (type, name) in zip(there, known, strict=True):
        outer, _, kind = type.rpartition("/")
        child = "/" in outer and outer in types
        made = child and (name.rpartition("/")[2].lower() in _MADE_WITH_PARENT or _written_inside(source, outer, kind, name))
        if made or type in untold:
            aside.add(resource.address)
    return Pairs(found, aside)


def _written_inside(source: Estate, outer: str, kind: str, name: str) -> bool:
    """Whether a child (a subnet, a rule) is written in its parent's own properties."""
    parent, _, own = name.rpartition("/")
    for resource in source.of_type(outer):
        properties = resource.values.get("properties")
        written = properties.get(kind) if isinstance(properties, dict) and fits(resource.values.get("name"), parent) else None
        if isinstance(written, Unknown) or (
            isinstance(written, list)
            and any(isinstance(one, Unknown) or (isinstance(one, dict) and fits(one.get("name"), own)) for one in written)
        ):
            return True
    return False
