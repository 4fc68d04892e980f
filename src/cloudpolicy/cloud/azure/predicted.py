"""What-if's answer laid over the resources of the template: known values where the text had none, doubts where the service tells nothing."""

from __future__ import annotations

import re

from cloudpolicy.cloud import settled
from cloudpolicy.cloud.azure import names
from cloudpolicy.model import Diagnostic, Resource, Span, Unknown, type_key
from cloudpolicy.sources.arm.ids import parse
from cloudpolicy.sources.arm.values import Fields
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cloudpolicy.cloud.azure.what_if import Answer
    from cloudpolicy.model import Estate

_GROUP = re.compile(r"/subscriptions/[^/]+/resourceGroups/([^/]+)", re.I)
_NOT_VALUES = frozenset({"id", "type", "apiversion", "name", "dependson", "condition", "copy", "comments", "scope"})
_TOLD = frozenset({"create", "modify", "nochange", "deploy"})  # with the resource as it would be, when the service has it
_TREE_LIMIT = 50  # levels of a property change


class Change:
    """One change: `type` and full `name` of the resource that its id names, "" where the id is an expression that nobody could evaluate."""

    __slots__ = ("after", "data", "id", "kind", "name", "potential", "type")

    def __init__(self, data: dict[str, Any], potential: bool) -> None:
        self.data = data
        self.potential = potential
        self.kind = str(data.get("changeType") or "").lower()
        self.id = str(data.get("resourceId") or "")
        after = data.get("after")
        self.after: dict[str, Any] | None = after if isinstance(after, dict) and self.kind in _TOLD else None
        group = _GROUP.fullmatch(self.id)
        found = ("Microsoft.Resources/resourceGroups", group[1]) if group else parse(self.id) if self.id.startswith("/") else None
        self.type, self.name = found if found is not None else (str(data.get("resourceType") or ""), "")


def lay_over(estate: Estate, answer: Answer) -> tuple[dict[str, Text], list[Diagnostic]]:
    """Change the estate to what would be deployed; returns (address -> why nothing of it may pass, what is to be told)."""
    changes = [Change(data, False) for data in answer.changes] + [Change(data, True) for data in answer.potential]
    of = _partners(estate, changes)
    taken = {id(change) for change in of.values()}
    doubts: dict[str, Text] = {}
    problems: list[Diagnostic] = []
    more: list[Resource] = []
    aside = 0
    for change in changes:
        if id(change) in taken or type_key(change.type) == names.DEPLOYMENTS:
            continue
        if change.kind in ("ignore", "delete"):
            aside += 1
        elif not change.name:
            problems.append(_untold(estate.root, str(change.data.get("symbolicName") or change.type or change.id), _why(change)))
        else:
            more.append(_added(estate, change))
            of[more[-1].address] = change
    addresses = {change.id.lower(): address for address, change in of.items()}
    estate.resources = [*estate.resources, *more]
    for resource in estate.resources:
        known = of.get(resource.address)
        if known is not None and known.after is not None:
            _apply(resource, known, addresses)
        if names.deployed(resource) or known is not None:
            why = _doubt(known)
            if why is not None:
                doubts[resource.address] = why
                problems.append(_untold(resource.span, resource.address, why))
    if aside:
        problems.append(
            Diagnostic(
                "note",
                "not-in-template",
                Text(
                    f"{aside} deployed resources are not in this template and were not judged; cloudpolicy live azure judges them",
                    f"このテンプレートにない配備済みリソースが {aside} 件あり、判定していません(cloudpolicy live azure で検査できます)",
                ),
                Span(estate.root),
            )
        )
    return doubts, problems


def _partners(estate: Estate, changes: list[Change]) -> dict[str, Change]:
    """address -> the change of that resource, where that is certain."""
    found: dict[str, Change] = {}
    known = {resource.address: resource for resource in estate.resources}
    for change in changes:
        named = known.get(str(change.data.get("symbolicName") or ""))
        if named is not None and type_key(named.type) == type_key(change.type) and named.address not in found:
            found[named.address] = change
    taken = {id(change) for change in found.values()}
    left = [change for change in changes if change.name and id(change) not in taken]
    resources = [resource for resource in estate.resources if resource.address not in found]
    for address, index in names.partners(resources, [(change.type, change.name) for change in left]).items():
        found[address] = left[index]
    for resource in resources:  # extension resources of one name, each of another resource
        scope = resource.values.get("scope")
        if resource.address not in found and isinstance(scope, Unknown) and len(scope.references) == 1 and scope.references[0] in found:
            start = f"{found[scope.references[0]].id}/providers/{resource.type}/".lower()
            fitting = [
                change for change in left if change.id.lower().startswith(start) and names.fits(resource.values.get("name"), change.name)
            ]
            if len(fitting) == 1:
                found[resource.address] = fitting[0]
    return found


def _added(estate: Estate, change: Change) -> Resource:
    """A resource that only the service knows to be a part: of a template that is not on disk, or of a loop that the text leaves open."""
    values = Fields({"name": change.name})
    outer, _, _ = change.id.rpartition("/providers/")
    above = outer if change.type.count("/") < 2 else change.id.rpartition("/")[0].rpartition("/")[0]
    if "/providers/" in outer:
        values["scope"] = outer
    if change.type.count("/") >= 2:
        values["parent"] = above
    if change.after is None:
        values["properties"] = Unknown("not-previewed", change.name)
    return Resource(change.type, f"{change.type}/{change.name}", values, Span(estate.root))


def _apply(resource: Resource, change: Change, addresses: Mapping[str, str]) -> None:
    after = {key: value for key, value in (change.after or {}).items() if key.lower() not in _NOT_VALUES}
    told = _read(after, addresses)
    if change.name:
        told["name"] = change.name
    for key in ("parent", "scope"):
        if isinstance(resource.values.get(key), str):
            told[key] = _read(resource.values[key], addresses)
    settled.lay_over(resource, told, replace=True)
    _without_effect(resource.values, change.data.get("delta"), 0)
    location = resource.values.get("location")
    if isinstance(location, (str, Unknown)):
        resource.region = location


def _read(value: Any, addresses: Mapping[str, str]) -> Any:
    """A value of the service as policies read it: ids are links, and what it could not evaluate, or hides, is unknown."""
    if isinstance(value, dict):
        return Fields((key, _read(item, addresses)) for key, item in value.items() if item is not None)
    if isinstance(value, list):
        return [_read(item, addresses) for item in value]
    if isinstance(value, str):
        if value.startswith("[") and value.endswith("]") and not value.startswith("[["):
            return Unknown("not-previewed", value[1:-1][:80])
        if re.fullmatch(r"\*+", value):
            return Unknown("not-previewed", "***")
        address = addresses.get(value.lower()) if value.startswith("/") else None
        if address is not None:
            return Unknown("known-after-deploy", value, (address,), value)
    return value


def _without_effect(values: Any, delta: Any, depth: int) -> None:
    """Settings that the service says have no effect are not known, whatever the template wants them to be."""
    for one in delta if isinstance(delta, list) and depth < _TREE_LIMIT else ():
        holder, last = _holder(values, str(one.get("path") or ""))
        if holder is None:
            continue
        if str(one.get("propertyChangeType")).lower() == "noeffect":
            holder[last] = Unknown("no-effect", str(one.get("path")))
        elif one.get("children"):
            _without_effect(holder[last], one["children"], depth + 1)


def _holder(values: Any, path: str) -> tuple[Any, Any]:
    """(the mapping or list that holds what stands at the path, its key there); (None, None) when nothing stands there."""
    holder: Any = None
    key: Any = None
    found = values
    for step in re.findall(r"[^.\[\]]+", path):
        holder = found
        if isinstance(holder, list) and step.isdigit() and int(step) < len(holder):
            key = int(step)
        elif isinstance(holder, dict):
            key = holder.written(step) if isinstance(holder, Fields) else step
        else:
            return None, None
        if key is None or (isinstance(holder, dict) and key not in holder):
            return None, None
        found = holder[key]
    return holder, key


def _doubt(change: Change | None) -> Text | None:
    """Why nothing of the resource may pass; None when the service tells what it would be."""
    if change is None:
        return Text("the preview does not speak of it", "プレビューの結果に含まれません")
    if change.potential:
        return Text("the preview says only that it may be changed", "プレビューでは変更される可能性があることしか示されません")
    if change.after is not None:
        return None
    return _why(change)


def _why(change: Change) -> Text:
    reason = str(change.data.get("unsupportedReason") or "")[:200]
    kind = change.data.get("changeType") or "?"
    return Text(
        f"what-if says {kind} and not what it would be{f': {reason}' if reason else ''}",
        f"what-if の結果が {kind} で、配備後の内容が示されません{f': {reason}' if reason else ''}",
    )


def _untold(place: Span | str, what: str, why: Text) -> Diagnostic:
    span = Span(place) if isinstance(place, str) else place
    text = Text(
        f"{what} is not previewed: {why.en}; it cannot pass here", f"{what} はプレビューされません: {why.ja}。ここでは適合としません"
    )
    return Diagnostic("warning", "not-previewed", text, span)
