"""Where a verdict is shown in Checkov: the vertex of a resource, or one that is made for it.

Checkov turns a verdict into a record by looking the vertex up in the runner's own tables. A resource that Checkov has no vertex for (a template
that its parser refuses, a nested deployment, an instance that it did not expand, a finding about the whole estate) is entered there, so that its
verdict is shown like any other instead of being dropped.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from checkov.common.graph.graph_builder import CustomAttributes
from checkov.common.util.suppression import collect_suppressions_for_context

from cloudpolicy.hosts.checkov_asked import Asked, entity_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.model import Resource, Span

    Entity = dict[str, Any]

_INDEX = re.compile(r"\[[^\]]*\]")
_UNRENDERED = re.compile(r"\b(toLower|trim|join|split|substring)\(")  # Checkov drops failures of ARM resources with these in their name
BLOCKS = ("resource", "data", "provider")  # block types that Checkov can show a record for


class Places:
    """The vertices of one graph, by where they stand."""

    def __init__(self, framework: str, vertices: list[Entity], given: Asked) -> None:
        self.framework = framework
        self.given = given
        self.files: dict[str, str] = {}  # absolute path -> as Checkov spells it
        self.resources: list[Entity] = []
        self._at: dict[tuple[str, Any], list[Entity]] = {}
        self._made: dict[tuple[str, str, int], Entity] = {}
        self.matched: set[int] = set()  # ids of the vertices that a resource of ours was found for
        for vertex in vertices:
            spelled = str(vertex[CustomAttributes.FILE_PATH])
            file = given.absolute(spelled)
            self.files.setdefault(file, spelled)
            if vertex.get(CustomAttributes.BLOCK_TYPE) not in BLOCKS or (framework == "terraform_plan" and not file.endswith(".json")):
                continue
            self.resources.append(vertex)
            self._at.setdefault((file, self._key(vertex)), []).append(vertex)

    def _key(self, vertex: Entity) -> Any:
        if self.framework == "terraform_plan":
            return vertex.get(CustomAttributes.TF_RESOURCE_ADDRESS)
        if self.framework == "cloudformation":
            return str(vertex.get(CustomAttributes.BLOCK_NAME)).split(".")[-1]
        return entity_lines(vertex)[0]

    def of(self, resource: Resource) -> Entity:
        """The vertex for a resource of ours."""
        file, line = resource.span.file, resource.span.line
        if self.framework == "cloudformation":
            found = self._at.get((file, resource.address.rpartition("/")[2]))
        elif self.framework == "terraform_plan":
            found = self._at.get((file, resource.address))
        elif self.framework == "terraform":
            found = self._instance(self._at.get((file, line), []), resource.address)
        else:
            found = [v for v in self._at.get((file, line), ()) if _type(v).casefold() == resource.type.casefold()]
        if not found:
            return self.make(resource.type, resource.address, resource.span)
        self.matched |= {id(vertex) for vertex in found}
        vertex = found[0]
        if self.framework == "terraform" and str(vertex.get(CustomAttributes.BLOCK_NAME)).count(".") > 1:
            return self._undotted(vertex, resource)
        if self.framework == "terraform" and vertex.get(CustomAttributes.TF_RESOURCE_ADDRESS) != resource.address:
            return {**vertex, CustomAttributes.TF_RESOURCE_ADDRESS: resource.address}
        if self.framework == "arm" and _UNRENDERED.search(str(vertex.get(CustomAttributes.BLOCK_NAME))):
            return {**vertex, CustomAttributes.BLOCK_NAME: _rendered(str(vertex[CustomAttributes.BLOCK_NAME]))}
        return vertex

    def _undotted(self, vertex: Entity, resource: Resource) -> Entity:
        """x["a.b"]: Checkov splits names at dots and loses the record; what skips it (a comment on its module's call, too) stands with the block."""
        from checkov.terraform.modules.module_objects import TFDefinitionKey, TFModule

        made = self.make(resource.type, resource.address, resource.span)
        module = vertex.get(CustomAttributes.SOURCE_MODULE_OBJECT)
        key = TFDefinitionKey(str(vertex[CustomAttributes.FILE_PATH]), TFModule.from_json(module) if isinstance(module, dict) else module)
        kind, label = made[CustomAttributes.BLOCK_NAME].split(".")
        blocks = self._table("context").get(key, {}).get("resource", {}).get(resource.type, {}).values()
        skipped = next((block["skipped_checks"] for block in blocks if block.get("start_line") == resource.span.line), None)
        if skipped:
            path = TFDefinitionKey(made[CustomAttributes.FILE_PATH])
            self._table("context")[path]["resource"][kind][label]["skipped_checks"] = skipped
        return made

    @staticmethod
    def _instance(candidates: list[Entity], address: str) -> list[Entity]:
        """Of the vertices of one block: the instance itself, else those that differ in nothing but an index, else any."""
        plain = [(vertex, str(vertex.get(CustomAttributes.TF_RESOURCE_ADDRESS))) for vertex in candidates]
        bare = address.replace(".data.", ".").removeprefix("data.")
        exact = [vertex for vertex, own in plain if own in (address, bare)]
        if exact:
            return exact
        alike = [vertex for vertex, own in plain if _INDEX.sub("", own) == _INDEX.sub("", bare)]
        return alike or candidates

    def unmatched(self) -> list[Entity]:
        """Vertices of resources that no resource of ours was found for. Of Terraform's data and provider blocks only the resources count."""
        return [v for v in self.resources if id(v) not in self.matched and v.get(CustomAttributes.BLOCK_TYPE) == "resource"]

    def make(self, type: str, address: str, span: Span) -> Entity:
        """A vertex for what Checkov has none for, entered in the runner's tables."""
        key = (address, span.file, span.line)
        if key not in self._made:
            name = address or os.path.basename(span.file)
            last = max(span.end_line, span.line)
            self._made[key] = getattr(self, f"_make_{self.framework}")(type, name, self.files.get(span.file, span.file), span.line, last)
        return self._made[key]

    def _make_terraform(self, type: str, name: str, file: str, first: int, last: int) -> Entity:
        from checkov.terraform.modules.module_objects import TFDefinitionKey

        label = re.sub(r"\W+", "_", name)
        kind = re.sub(r"\W+", "_", type)
        _enter(self._table("context"), (TFDefinitionKey(file_path=file), "resource", kind, label), self._context(file, first, last))
        return {
            CustomAttributes.BLOCK_TYPE: "resource",
            CustomAttributes.BLOCK_NAME: f"{kind}.{label}",
            CustomAttributes.FILE_PATH: file,
            CustomAttributes.TF_RESOURCE_ADDRESS: name,
            CustomAttributes.CONFIG: {kind: {label: {}}},
        }

    def _make_terraform_plan(self, type: str, name: str, file: str, first: int, last: int) -> Entity:
        _enter(self._table("context"), (file, name), self._context(file, first, last))
        entity = self._make_terraform(type, name, file, first, last)
        return {**entity, CustomAttributes.FILE_PATH: file}

    def _make_cloudformation(self, type: str, name: str, file: str, first: int, last: int) -> Entity:
        label = name.rpartition("/")[2].replace(".", "_")
        _enter(self._table("context"), (file, "Resources", label), self._context(file, first, last))
        return {
            CustomAttributes.BLOCK_TYPE: "resource",
            CustomAttributes.BLOCK_NAME: f"{type}.{label}",
            CustomAttributes.ID: f"{type}.{label}",
            CustomAttributes.FILE_PATH: file,
        }

    def _make_arm(self, type: str, name: str, file: str, first: int, last: int) -> Entity:
        self._table("definitions_raw").setdefault(file, self.given.lines(file, 1, 1 << 60))
        label = _rendered(name)
        return {
            CustomAttributes.BLOCK_TYPE: "resource",
            CustomAttributes.BLOCK_NAME: label,
            CustomAttributes.RESOURCE_TYPE: type,
            CustomAttributes.ID: f"{type}.{label}",
            CustomAttributes.FILE_PATH: file,
            "__startline__": max(first, 3),  # Checkov's record begins two lines above
            "__endline__": max(last + 1, 3),
        }

    def _make_bicep(self, type: str, name: str, file: str, first: int, last: int) -> Entity:
        self._table("definitions_raw").setdefault(Path(file), self.given.lines(file, 1, 1 << 60))
        return {
            CustomAttributes.BLOCK_TYPE: "resource",
            CustomAttributes.BLOCK_NAME: name,
            CustomAttributes.RESOURCE_TYPE: type,
            CustomAttributes.ID: f"{type}.{name}",
            CustomAttributes.FILE_PATH: file,
            "__start_line__": first,
            "__end_line__": last,
        }

    def _context(self, file: str, first: int, last: int) -> dict[str, Any]:
        lines = self.given.lines(file, first, last)
        skipped = collect_suppressions_for_context(lines)
        return {"start_line": first, "end_line": last, "code_lines": lines, "skipped_checks": skipped}

    def _table(self, name: str) -> dict[Any, Any]:
        """One of the runner's tables; one of our own, that nobody reads, when the runner is not to be seen."""
        table: dict[Any, Any] | None = getattr(self.given.runner, name, None)
        if table is None:
            table = {}
            if self.given.runner is not None:
                setattr(self.given.runner, name, table)
        return table


def _enter(table: dict[Any, Any], path: tuple[Any, ...], value: dict[str, Any]) -> None:
    for key in path[:-1]:
        table = table.setdefault(key, {})
    table.setdefault(path[-1], value)


def _type(vertex: Entity) -> str:
    return str(vertex.get(CustomAttributes.RESOURCE_TYPE) or "")


def _rendered(name: str) -> str:
    return _UNRENDERED.sub(r"\1 (", name)
