"""Deployed resource groups as files: the template that the service exports, completed with what it leaves out.

The file is read by the same reader as a template in a repository. A resource that the listing of the group shows and the export does not is
added with properties that nobody knows, so that every policy that speaks of it says so; so is, below each parent, a child of a type that
the service says it could not export.
"""

from __future__ import annotations

import json
import os

from cloudpolicy.cloud.errors import CloudError
from cloudpolicy.cloud.files import file_name, write
from cloudpolicy.model import Diagnostic, type_key
from cloudpolicy.sources.arm.ids import parse
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from cloudpolicy.cloud.azure.connection import Connection
    from cloudpolicy.model import Estate, Resource

LIST_GROUPS = "Microsoft.Resources/subscriptions/resourceGroups/read"
LIST_RESOURCES = "Microsoft.Resources/subscriptions/resourceGroups/resources/read"
EXPORT = "Microsoft.Resources/subscriptions/resourceGroups/exportTemplate/action"
EXPORT_LIMIT = 200  # resources that the service exports at once
UNTOLD = "cloudpolicy_not_exported"  # the parameter that stands for what the export leaves out
_SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
_SHOWN = ("location", "kind", "sku", "identity", "tags", "zones")  # what the listing tells of a resource


class Group:
    """One resource group as it was fetched.

    path      absolute path of the template
    template  what is written there
    listed    the resources that the service lists in it
    refused   what the service says it could not export: [{code, target: a resource type, message}]
    left_out  types (lower case) of which the export holds nothing that could be compared
    problems  what could not be fetched of it
    """

    __slots__ = ("left_out", "listed", "location", "name", "path", "problems", "refused", "template")

    def __init__(self, name: str, location: str | None, path: str) -> None:
        self.name = name
        self.location = location
        self.path = path
        self.template: dict[str, Any] = {"$schema": _SCHEMA, "contentVersion": "1.0.0.0", "parameters": {}, "resources": []}
        self.listed: list[dict[str, Any]] = []
        self.refused: list[dict[str, Any]] = []
        self.left_out: set[str] = set()
        self.problems: list[Diagnostic] = []


def listed(connection: Connection, names: list[str] | None) -> tuple[list[dict[str, Any]], list[Diagnostic]]:
    """The groups that are asked for, or all of the subscription, and what could not be had of them."""
    found: list[dict[str, Any]] = []
    problems: list[Diagnostic] = []
    groups = connection.resources.resource_groups
    if names is not None:
        for name in names:
            try:
                found += connection.pages(LIST_GROUPS, lambda name=name: [groups.get(name)])
            except CloudError as error:
                problems.append(error.diagnostic)
        return found, problems
    try:
        for group in connection.pages(LIST_GROUPS, groups.list):
            found.append(group)
    except CloudError as error:  # half of a listing is still worth judging; the error makes it partial
        problems.append(error.diagnostic)
    return found, problems


def fetch(connection: Connection, described: dict[str, Any], folder: str) -> Group:
    """Write what the service exports of the group below `folder`; raises CloudError when neither the export nor the listing can be had."""
    name = described["name"]
    place = os.path.join(folder, file_name(connection.subscription), f"{file_name(name)}.json")
    group = Group(name, described.get("location"), place)
    try:
        for resource in connection.pages(LIST_RESOURCES, connection.resources.resources.list_by_resource_group, name):
            group.listed.append(resource)
    except CloudError as error:  # what the export holds is still worth judging
        group.problems.append(_partial(name, error))
    try:
        for part in _parts(group.listed):
            asked = {"resources": part, "options": "IncludeParameterDefaultValue"}
            exported = connection.ask(EXPORT, connection.resources.resource_groups.begin_export_template, name, asked)
            _merge(group.template, exported.get("template"))
            refused = exported.get("error")
            if refused:
                group.refused += refused.get("details") or [refused]
    except CloudError as error:
        if not group.listed:
            raise
        group.problems.append(_partial(name, error))
    _write(group)
    return group


def complete(group: Group, estate: Estate) -> bool:
    """Add to the file what the export leaves out of the estate that was read of it; whether there was any."""
    there = {(type_key(resource.type), name.lower()): resource for resource in estate.resources if (name := _name(resource))}
    reasons = {str(one.get("target") or "").lower(): one for one in group.refused}
    before = len(group.template["resources"])
    for resource in group.listed:
        type, name = resource["type"], _full_name(resource)
        if (type.lower(), name.lower()) in there:
            continue
        group.left_out.add(type.lower())
        why = reasons.get(type.lower(), {})
        group.problems.append(_left_out(group.name, f"{type}/{name}", why))
        shown = {key: _literals(resource[key]) for key in _SHOWN if resource.get(key) is not None}
        _add(group, {"type": type, "name": _literals(name), **shown})
    for target, why in reasons.items():
        if target in group.left_out:
            continue
        group.left_out.add(target)
        type = str(why.get("target") or group.name)
        group.problems.append(_left_out(group.name, type, why))
        for (outer, _), parent in there.items():
            if type.count("/") >= 2 and outer == target.rpartition("/")[0]:
                unknown = f"[concat({_quoted(_name(parent))}, '/', parameters('{UNTOLD}'))]"
                _add(group, {"type": type, "name": unknown, "condition": f"[parameters('{UNTOLD}')]"})
    linked = _link(group, there)
    added = len(group.template["resources"]) > before
    if added:
        group.template["parameters"][UNTOLD] = {"type": "object"}
    if added or linked:
        _write(group)
    return added or linked


def _add(group: Group, body: dict[str, Any]) -> None:
    group.template["resources"].append({**body, "apiVersion": "", "properties": f"[parameters('{UNTOLD}')]"})


def _link(group: Group, there: Iterable[tuple[str, str]]) -> bool:
    """Ids of this group's resources, which the service writes as plain text when it exports in parts, as references again."""
    known = {f"{type}/{name}" for type, name in there}
    here = f"/resourcegroups/{group.name}/".lower()
    changed = False
    for declared in group.template["parameters"].values():
        value = declared.get("defaultValue") if isinstance(declared, dict) else None
        found = parse(value) if isinstance(value, str) and here in value.lower() else None
        if found is not None and f"{found[0]}/{found[1]}".lower() in known:
            names = ", ".join(_quoted(segment) for segment in found[1].split("/"))
            declared["defaultValue"] = f"[resourceId({_quoted(found[0])}, {names})]"
            changed = True
    return changed


def _name(resource: Resource) -> str:
    name = resource.values.get("name")
    return name if isinstance(name, str) else ""


def _partial(name: str, error: CloudError) -> Diagnostic:
    said = error.diagnostic.text
    text = Text(f"{name}: partial: {said.en}", f"{name}: 一部しか取得できませんでした: {said.ja}")
    return Diagnostic("error", error.diagnostic.code, text)


def _parts(resources: list[dict[str, Any]]) -> list[list[str]]:
    if len(resources) <= EXPORT_LIMIT:
        return [["*"]]
    ids = [resource["id"] for resource in resources]
    return [ids[start : start + EXPORT_LIMIT] for start in range(0, len(ids), EXPORT_LIMIT)]


def _merge(into: dict[str, Any], part: Any) -> None:
    if not isinstance(part, dict):
        return
    for name, declared in (part.get("parameters") or {}).items():
        into["parameters"].setdefault(name, declared)
    if part.get("variables"):
        into.setdefault("variables", {}).update(part["variables"])
    into["resources"] += part.get("resources") or []


def _full_name(resource: dict[str, Any]) -> str:
    found = parse(resource["id"])
    return found[1] if found is not None else str(resource["name"])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _literals(value: Any) -> Any:
    """Text of the service as a template spells it: what begins with a bracket is no expression."""
    if isinstance(value, str):
        return f"[{value}" if value.startswith("[") else value
    if isinstance(value, dict):
        return {key: _literals(item) for key, item in value.items()}
    return [_literals(item) for item in value] if isinstance(value, list) else value


def _write(group: Group) -> None:
    write(group.path, json.dumps(group.template, indent=2, ensure_ascii=False))


def _left_out(group: str, what: str, why: dict[str, Any]) -> Diagnostic:
    said = str(why.get("message") or why.get("code") or "")[:200]
    return Diagnostic(
        "warning",
        "not-exported",
        Text(
            f"{group}: the service does not export {what}; what policies ask of it is unknown{f' ({said})' if said else ''}",
            f"{group}: サービスは {what} をエクスポートしません。関係する判定は判定不能とします{f'({said})' if said else ''}",
        ),
    )
