"""Parameters of a module that are one expression (`params: union(a, b)`)."""

from __future__ import annotations

from cloudpolicy.sources.arm.nodes import Node, resolve
from cloudpolicy.sources.arm.values import Fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources.arm.scope import Scope


class Wrapped(Node):
    """{name: value} -> {name: {"value": value}}, as a nested deployment is given its parameters."""

    __slots__ = ("inner",)

    def __init__(self, inner: Node) -> None:
        self.inner = inner
        self.at(inner.source, inner.start, inner.end)

    def eval(self, scope: Scope) -> Any:
        value = resolve(self.inner, scope)
        if isinstance(value, dict):
            return Fields((name, Fields({"value": item})) for name, item in value.items())
        return value
