"""Handles: what an expression holds when it names a resource or a module of the same deployment, and what may be taken of it."""

from __future__ import annotations

from cloudpolicy.model import Unknown
from cloudpolicy.sources.arm.values import Unresolved, identity, references

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources.arm.instances import Instance
    from cloudpolicy.sources.arm.nodes import Node
    from cloudpolicy.sources.arm.scope import Scope
    from cloudpolicy.sources.arm.template import Template

_OF_MODULES = ("outputs", "name", "id", "properties")


class Handle(Unresolved):
    """A resource or module, seen from `route` (keys from its body). It names its instance, so that it holds nothing alive."""

    __slots__ = ("address", "route")

    def __init__(self, instance: Instance, expression: str, route: tuple[str, ...] = ()) -> None:
        reason = "not-in-estate" if instance.existing else "known-after-deploy"
        named = f"${{{instance.type}/{identity(instance.name)}{''.join('.' + step for step in route)}}}"
        super().__init__(reason, expression, instance.references, None, None, named)
        self.address = instance.address
        self.route = route

    def plain(self) -> Unresolved:
        return Unresolved(self.reason, self.expression, self.references, self.partial, self.choices, self.identity)

    def member(self, key: Any, node: Node, scope: Scope) -> Any:
        """What `handle.key` is: the value where the text writes it, else an Unknown that refers to the resource."""
        instance = scope.module.instance_at(self.address)
        if instance is None or not isinstance(key, str):
            return Unresolved(self.reason, node.text, references([self, key]), None, None, f"{self.identity[:-1]}.{identity(key)}}}")
        if key.startswith("::"):
            return scope.module.child(instance, key, node)
        if instance.declared.deploys:
            return self._of_module(instance, key, node, scope)
        folded = key.lower()
        if not self.route:
            if folded == "id":
                return scope.module.id_of(instance, node.text)
            if folded == "name":
                return instance.short
            if folded == "type":
                return instance.type
            if folded == "properties":
                return Handle(instance, node.text, ("properties",))
        unknown = Handle(instance, node.text, (*self.route, key))
        if instance.existing:
            return unknown.plain()
        found, value = scope.module.written(instance, self.route, key)
        if not found:
            return unknown.plain()
        if self.route and isinstance(value, (dict, list)):  # the service may add to what is written
            unknown.partial = value
            return unknown.plain()
        return value

    def _of_module(self, instance: Instance, key: str, node: Node, scope: Scope) -> Any:
        """Bicep: module.outputs.x; JSON: reference('module').outputs.x.value."""
        route = (*self.route, key.lower())
        inner = route[1:] if route[0] == "properties" else route
        if route == ("id",):
            return scope.module.id_of(instance, node.text)
        if route == ("name",):
            return instance.short
        if inner == () or inner == ("outputs",):
            return Handle(instance, node.text, route)
        if inner[0] == "outputs" and len(inner) == 2 and not instance.existing:
            value = scope.module.output_of(instance, inner[1])
            if isinstance(value, Unknown) and not value.expression:
                value = Unresolved(value.reason, node.text, value.references)
            if route[0] != "properties":
                return value
            from cloudpolicy.sources.arm.values import Fields

            return Fields({"value": value})
        return Handle(instance, node.text, route).plain()


class Library(Unresolved):
    """`import * as name`: what another Bicep file exports. `template` holds no module, so nothing is kept alive."""

    __slots__ = ("template",)

    def __init__(self, template: Template, expression: str) -> None:
        super().__init__("missing-module", expression)
        self.template = template

    def member(self, key: Any, node: Node, scope: Scope) -> Any:
        if not isinstance(key, str):
            return Unresolved("invalid-expression", node.text)
        return scope.module.session.library(self.template, scope.module).named(key, node)


def detach(value: Any) -> Any:
    """The value without handles, for another module."""
    if isinstance(value, (Handle, Library)):
        return Unresolved(value.reason, value.expression, value.references, value.partial, value.choices, value.identity)
    if isinstance(value, dict):
        return type(value)((key, detach(item)) for key, item in value.items())
    if isinstance(value, list):
        return [detach(item) for item in value]
    return value
