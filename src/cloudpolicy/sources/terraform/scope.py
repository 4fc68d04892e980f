"""Where names are looked up: one scope per module instance, with the iterators (each, count, for names) that stand around an expression."""

from __future__ import annotations

from cloudpolicy.model import Unknown
from cloudpolicy.sources.terraform.types import joined, unknowns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources.terraform.expressions import Call, Traversal
    from cloudpolicy.sources.terraform.module import Module


class Scope:
    """`names` are the iterators in force; everything else comes from `module`."""

    __slots__ = ("module", "names")

    def __init__(self, module: Module, names: dict[str, Any] | None = None) -> None:
        self.module = module
        self.names: dict[str, Any] = names if names is not None else {}

    def child(self, **names: Any) -> Scope:
        return Scope(self.module, {**self.names, **names})

    def spend(self) -> bool:
        """One round of a loop; False when the estate's allowance is used up."""
        return self.module.reading.spend()

    def resolve(self, traversal: Traversal) -> tuple[Any, int]:
        """The value that the head of a traversal names, and how many of its steps that took."""
        root = traversal.root
        steps = traversal.steps
        if root in self.names:
            return self.names[root], 0
        module = self.module
        first = steps[0] if steps and type(steps[0]) is str else None
        if root == "var" and first is not None:
            return module.variable(first, traversal), 1
        if root == "local" and first is not None:
            return module.local(first, traversal), 1
        if root == "module" and first is not None:
            return module.call(first, traversal), 1
        if root in ("data", "ephemeral") and first is not None:
            if len(steps) > 1 and type(steps[1]) is str:
                return module.resource(f"{root}.{first}", steps[1], traversal), 2
            return traversal.invalid(), len(steps)
        if root == "path" and first is not None:
            return module.path(first, traversal), 1
        if root == "terraform" and first is not None:
            if first in ("workspace", "env"):
                return module.reading.options.workspace, 1
            return Unknown("unsupported-expression", traversal.text()), len(steps)
        if root == "self":
            return Unknown("known-after-apply", traversal.text()), len(steps)
        if first is not None and root not in ("each", "count"):
            return module.resource(str(root), first, traversal), 1
        return module.undeclared(str(root), traversal), len(steps)

    def call(self, call: Call, arguments: list[Any]) -> Any:
        """The value of a function call."""
        from cloudpolicy.sources.terraform import functions

        reading = self.module.reading
        self.module.files.call = call
        lost = unknowns(arguments)
        try:
            value = functions.call(call.name, arguments, self.module.files)
        except functions.FunctionError as error:
            reading.bad_call(call, str(error))
            return Unknown("invalid-expression", call.text(), joined(lost).references if lost else ())
        if isinstance(value, Unknown) and not value.expression:
            value.expression = call.text()
        return value
