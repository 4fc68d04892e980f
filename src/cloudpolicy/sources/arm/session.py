"""What all templates of one ARM estate share while they are read: files, diagnostics, addresses, limits."""

from __future__ import annotations

from cloudpolicy.model import Span, Unknown
from cloudpolicy.sources.arm import problems
from cloudpolicy.sources.arm.values import SIZE_LIMIT, weight
from cloudpolicy.sources.cloudformation import session as shared
from cloudpolicy.sources.cloudformation import text as shared_text
from cloudpolicy.sources.files import read_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from cloudpolicy.model import Path, Resource
    from cloudpolicy.sources import Options
    from cloudpolicy.sources.arm.module import Module
    from cloudpolicy.sources.arm.nodes import Node
    from cloudpolicy.sources.arm.template import Template

BYTES_LIMIT = 8 * 1024 * 1024  # of one template; the service takes 4 MB
TURN_LIMIT = 100_000  # elements that all loops of one estate go through
WEIGHT_LIMIT = 4_000_000  # values that all values of one estate hold together, each time one is made
RESOURCE_LIMIT = 20_000  # of one estate


class Session(shared.Session):
    """`template` parses each file once, however many deployments use it."""

    __slots__ = ("_addresses", "_libraries", "_templates", "loose", "modules", "named", "orphans", "running", "turns_left", "weight_left")

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.modules: list[Module] = []
        self.named: dict[tuple[str, str], list[str]] = {}  # (type, name) -> addresses, over all modules
        self.loose: list[tuple[Unknown, str]] = []  # ids that refer to nothing in their own module, with their identity
        # values of what belongs to a resource that is not in its own module, the key that names that resource, its id and its type
        self.orphans: list[tuple[dict[str, Any], str, str, str]] = []
        self.running: set[Any] = set()
        self.turns_left = TURN_LIMIT
        self.weight_left = WEIGHT_LIMIT
        self._addresses: dict[str, int] = {}
        self._templates: dict[str, Template] = {}
        self._libraries: dict[int, Module] = {}

    def bytes(self, path: str) -> bytes:
        if path not in self.inputs:
            self.inputs.append(path)
        return read_bytes(path, self.options.base, BYTES_LIMIT)

    def template(self, path: str) -> Template:
        """Raises Unreadable and Unparsable."""
        known = self._templates.get(path)
        if known is None:
            if ("file", path) in self.running:  # Bicep files that import each other
                raise shared_text.Unparsable(problems.cycle(Span(path), path.replace("\\", "/").rpartition("/")[2]))
            self.running.add(("file", path))
            data = self.bytes(path)
            if path.lower().endswith(".bicep"):
                from cloudpolicy.sources.arm.bicep import template

                known = template.parse(path, data, self)
            else:
                from cloudpolicy.sources.arm import json_template

                document = json_template.document(path, data)
                for diagnostic in document.problems:
                    self.report(diagnostic)
                known = json_template.build(document, document.data, (), self)
            self._templates[path] = known
        return known

    def inline(self, outer: Template, place: Path, build: Callable[[], Template]) -> Template:
        """The template that is written inside another one, built once however often it is deployed."""
        key = f"{id(outer)}{place!r}"
        known = self._templates.get(key)
        if known is None:
            known = self._templates[key] = build()
        return known

    def library(self, template: Template, user: Module) -> Module:
        """The module in which the exports of an imported Bicep file are evaluated."""
        known = self._libraries.get(id(template))
        if known is None:
            from cloudpolicy.sources.arm.module import Module

            known = self._libraries[id(template)] = Module(self, template, {}, user.region, user.prefix)
        return known

    def unique(self, address: str, mark: str) -> str:
        """The address, with a number when it is taken."""
        count = self._addresses.get(address)
        if count is None:
            self._addresses[address] = 1
            return address
        self._addresses[address] = count + 1
        return self.unique(f"{address}[{count}]", "")

    def turns(self, count: int) -> bool:
        self.turns_left -= count
        return self.turns_left >= 0

    def bears(self, value: Any) -> bool:
        """Whether a value that was made is of a size that can be worked with."""
        if isinstance(value, (dict, list, Unknown)):
            count = weight(value)
            self.weight_left -= count
            return count <= SIZE_LIMIT and self.weight_left >= 0
        return not isinstance(value, str) or len(value) < 200 or self.spend(len(value))

    def room(self) -> bool:
        """Whether one more resource may be made."""
        if len(self.resources) < RESOURCE_LIMIT:
            return True
        self.report(
            problems.problem(
                "error",
                "expansion-limit",
                Span(self.inputs[0] if self.inputs else ""),
                f"makes more than {RESOURCE_LIMIT:,} resources; the rest was not judged. Split it",
                f"リソースが {RESOURCE_LIMIT:,} 個を超えます。残りは判定されていません。分割してください",
            )
        )
        return False

    @staticmethod
    def span(module: Module, place: Path, node: Node | None = None) -> Span:
        document: Any = module.template.document
        if node is not None and node.source is getattr(document, "text", None):
            return document.span_at(node.start, node.end)  # type: ignore[no-any-return]
        return document.nearest(place)  # type: ignore[no-any-return]

    def link(self) -> None:
        """Ids of what another module of this estate deploys refer to it; a parent or scope that is certainly not in the estate is plain text."""
        for unknown, identity in self.loose:
            addresses = self._deployed(identity)
            if len(addresses) == 1:
                unknown.references = (addresses[0],)
                unknown.reason = "known-after-deploy" if unknown.reason == "not-in-estate" else unknown.reason
        open_types = {type for type, name in self.named if "${" in name}  # one of them may be meant
        for values, key, id, type in self.orphans:
            if not values[key].references and type not in open_types:
                values[key] = id

    def _deployed(self, identity: str) -> Sequence[str]:
        """Addresses of what an id names, or of what that is a part of (the blob service of an account, a subnet written in its network)."""
        from cloudpolicy.sources.arm.ids import parse

        found = parse(identity)
        if found is None:
            return ()
        type, name = found[0].lower(), found[1].lower()
        addresses = self.named.get((type, name), ())
        if not addresses and type.count("/") > 1 and (name.endswith("/default") or type.endswith("/subnets")):
            addresses = self.named.get((type.rpartition("/")[0], name.rpartition("/")[0]), ())
        return addresses

    def release(self) -> list[Resource]:
        """The resources, with every circle opened: scans switch the cycle collector off."""
        for module in self.modules:
            module.release()
        self.modules = []
        self.loose, self.orphans = [], []
        self.named.clear()
        self._libraries.clear()
        return super().release()
