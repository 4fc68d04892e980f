"""What an expression sees: the module it stands in, and the names that loops and lambdas around it bind."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources.arm.module import Module
    from cloudpolicy.sources.arm.nodes import Node


class Scope:
    __slots__ = ("locals", "module")

    def __init__(self, module: Module, names: dict[str, Any] | None = None) -> None:
        self.module = module
        self.locals: dict[str, Any] = names or {}

    def inner(self, names: dict[str, Any]) -> Scope:
        return Scope(self.module, {**self.locals, **names})

    def look_up(self, name: str, node: Node) -> Any:
        """A Bicep identifier; identifiers are case-sensitive there."""
        if name in self.locals:
            return self.locals[name]
        return self.module.named(name, node)
