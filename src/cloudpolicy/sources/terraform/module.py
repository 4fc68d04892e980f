"""One module instance: its variables, locals, outputs, resources and the modules it calls, evaluated when asked for."""

from __future__ import annotations

import os

from cloudpolicy.model import Span, Unknown
from cloudpolicy.sources.terraform import syntax, variables
from cloudpolicy.sources.terraform.calls import ModuleCall
from cloudpolicy.sources.terraform.local_files import LocalFiles
from cloudpolicy.sources.terraform.reading import SIZE_LIMIT
from cloudpolicy.sources.terraform.resources import Declaration
from cloudpolicy.sources.terraform.scope import Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cloudpolicy.sources.terraform.expressions import Expr
    from cloudpolicy.sources.terraform.folder import Folder
    from cloudpolicy.sources.terraform.providers import Provider
    from cloudpolicy.sources.terraform.reading import Reading

_PENDING = object()


class Module:
    """An instance of a folder.

    key      its place in the tree of calls as .terraform/modules/modules.json spells it: "", "network", "network.subnets"
    prefix   what stands before its resources' addresses: "", 'module.network["a"].'
    given    name -> function that evaluates the argument in the caller's scope
    handed   provider name inside -> provider name in the parent
    """

    __slots__ = (
        "_again",
        "_calls",
        "_locals",
        "_outputs",
        "_resources",
        "_values",
        "_variables",
        "conditional",
        "declared",
        "files",
        "folder",
        "given",
        "handed",
        "key",
        "parent",
        "prefix",
        "providers",
        "reading",
        "scope",
    )

    def __init__(
        self,
        reading: Reading,
        folder: Folder,
        parent: Module | None = None,
        key: str = "",
        prefix: str = "",
        given: dict[str, Callable[[], Any]] | None = None,
        handed: dict[str, str] | None = None,
        conditional: bool = False,
    ) -> None:
        self.reading = reading
        self.folder = folder
        self.parent = parent
        self.key = key
        self.prefix = prefix
        self.given = given or {}
        self.handed = handed or {}
        self.conditional = conditional
        self.providers: dict[str, Provider] = {}
        self.scope = Scope(self)
        self.files = LocalFiles(self)
        self._values: dict[str, Any] = {}
        self._locals: dict[str, Any] = {}
        self._outputs: dict[str, Any] = {}
        self._resources = {key: Declaration(self, key[0], key[1], block) for key, block in folder.resources.items()}
        self._again: dict[tuple[str, str], list[Declaration]] = {}
        for again, block in folder.again:
            declaration = Declaration(self, again[0], again[1], block, f"@{os.path.basename(block.parsed.file.path)}:{block.span().line}")
            self._again.setdefault(again, []).append(declaration)
        self._calls = {name: ModuleCall(self, name, block) for name, block in folder.modules.items()}
        if folder.declared is None:
            folder.declared = {name: variables.declare(name, block, self.scope, reading) for name, block in folder.variables.items()}
        self.declared = folder.declared

    @property
    def declarations(self) -> list[Declaration]:
        return [*self._resources.values(), *(one for several in self._again.values() for one in several)]

    @property
    def calls(self) -> list[ModuleCall]:
        return list(self._calls.values())

    def variable(self, name: str, expr: Expr) -> Any:
        values = self._values
        value = values.get(name, values)
        if value is _PENDING:
            return self.reading.cycle(expr)
        if value is values:
            declared = self.declared.get(name)
            if declared is None:
                return self.reading.undeclared(expr, f"var.{name}")
            values[name] = _PENDING
            given = self.given.get(name)
            value = values[name] = declared.value(given() if given is not None else variables.NOTHING, self.scope, self.reading)
        return value

    def local(self, name: str, expr: Expr) -> Any:
        values = self._locals
        value = values.get(name, values)
        if value is _PENDING:
            return self.reading.cycle(expr)
        if value is values:
            written = self.folder.locals.get(name)
            if written is None:
                return self.reading.undeclared(expr, f"local.{name}")
            values[name] = _PENDING
            value = self.reading.guarded(written.expr, self.scope)
            if isinstance(value, (list, dict)) and _large(value):
                self.reading.warn(
                    "expansion-limit",
                    written.span(),
                    f"local.{name} has more than {SIZE_LIMIT:,} elements; it was not evaluated",
                    f"local.{name} の要素数が {SIZE_LIMIT:,} を超えるため評価していません",
                )
                value = Unknown("expansion-limit", f"local.{name}")
            values[name] = value
        return value

    def output(self, name: str, expr: Expr) -> Any:
        """The value of an output, as the calling module sees it."""
        values = self._outputs
        value = values.get(name, values)
        if value is _PENDING:
            return self.reading.cycle(expr)
        if value is values:
            block = self.folder.outputs.get(name)
            written = block.body.attributes.get("value") if block is not None else None
            if written is None:
                return self.reading.undeclared(expr, f"the output {name}")
            values[name] = _PENDING
            value = values[name] = self.reading.guarded(written.expr, self.scope)
        return value

    def resource(self, type: str, name: str, expr: Expr) -> Any:
        declaration = self._resources.get((type, name))
        if declaration is None:
            return self.reading.undeclared(expr, f"{type}.{name}")
        for again in self._again.get((type, name), ()):
            if again.block.parsed.file is expr.file and declaration.block.parsed.file is not expr.file:
                return again.value(expr)  # of several with one address, the one in the same file is meant
        return declaration.value(expr)

    def call(self, name: str, expr: Expr) -> Any:
        call = self._calls.get(name)
        if call is None:
            return self.reading.undeclared(expr, f"module.{name}")
        return call.value(expr)

    def undeclared(self, name: str, expr: Expr) -> Any:
        return self.reading.undeclared(expr, name)

    def path(self, name: str, expr: Expr) -> Any:
        """path.module and path.root are relative to the root module, as Terraform gives them when it runs there."""
        if name == "module":
            return self.reading.shown(self.folder.path)
        if name == "root":
            return "."
        if name == "cwd":
            return self.reading.root.replace(os.sep, "/")
        return expr.invalid()

    def template(self, text: str, names: dict[str, Any]) -> Any:
        """Evaluate template text (templatefile) with only `names` in scope."""
        place = self.files.call.span() if self.files.call is not None else Span(self.folder.path)
        parsed = syntax.parse_template(text, place)
        written = parsed.body.attributes.get("text")
        if written is None or parsed.problems:
            return Unknown("invalid-expression", "templatefile")
        return written.expr.eval(Scope(self, dict(names)))


def _large(value: Any) -> bool:
    """Whether a value has more than SIZE_LIMIT elements, parts that are shared counted each time."""
    left = SIZE_LIMIT
    stack = [value]
    while stack:
        item = stack.pop()
        inner = item.values() if isinstance(item, dict) else item
        left -= len(inner)
        if left < 0:
            return True
        stack.extend(part for part in inner if isinstance(part, (list, dict)))
    return False
