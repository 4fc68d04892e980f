"""Module calls: where the called folder is, its instances, and what is known of a module that is not on disk."""

from __future__ import annotations

import os

from cloudpolicy import journal
from cloudpolicy.model import Unknown
from cloudpolicy.sources.files import Unreadable, inside, read_bytes
from cloudpolicy.sources.terraform.expansion import Expansion, expand
from cloudpolicy.sources.terraform.expressions import Literal
from cloudpolicy.sources.terraform.providers import handed_over
from cloudpolicy.sources.terraform.types import unknowns
from cloudpolicy.sources.terraform.values import Handle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources.terraform.expressions import Expr
    from cloudpolicy.sources.terraform.module import Module
    from cloudpolicy.sources.terraform.reading import Reading
    from cloudpolicy.sources.terraform.scope import Scope
    from cloudpolicy.sources.terraform.syntax import Block

DEPTH_LIMIT = 30
_OWN = frozenset(("source", "version", "providers", "count", "for_each", "depends_on"))


class ModuleHandle(Handle):
    """One module instance as expressions see it; `module` is None when its folder is not on disk."""

    __slots__ = ("address", "arguments", "module")

    def __init__(self, address: str, module: Module | None, arguments: tuple[str, ...]) -> None:
        Unknown.__init__(self, "known-after-apply" if module is not None else "missing-module", address)
        self.address = address
        self.module = module
        self.arguments = arguments

    def attribute(self, name: str, expression: Expr) -> Any:
        if self.module is not None:
            return self.module.output(name, expression)
        return Unknown("missing-module", expression.text())


class ModuleCall:
    """One module block in one module instance."""

    __slots__ = ("_expansion", "_path", "_pending", "block", "module", "name")

    def __init__(self, module: Module, name: str, block: Block) -> None:
        self.module = module
        self.name = name
        self.block = block
        self._expansion: Expansion | None = None
        self._pending = False
        self._path: str | None = None  # the called folder, "" when it cannot be used, None before it was looked for

    def expansion(self) -> Expansion | None:
        if self._expansion is None:
            if self._pending:
                return None
            self._pending = True
            self._expansion = expand(self.block, self.module, f"{self.module.prefix}module.{self.name}", self.instance)
            self._pending = False
        return self._expansion

    def value(self, expression: Expr) -> Any:
        expansion = self.expansion()
        if expansion is None:
            return self.module.reading.cycle(expression)
        return expansion.value(f"{self.module.prefix}module.{self.name}")

    def instances(self) -> list[tuple[ModuleHandle, bool]]:
        """The instances, and whether their existence is in doubt."""
        expansion = self.expansion()
        if expansion is None:
            return []
        return [(member, expansion.doubt is not None) for member in expansion.members.values()]

    def instance(self, address: str, scope: Scope) -> ModuleHandle:
        from cloudpolicy.sources.terraform.module import Module

        parent = self.module
        reading = parent.reading
        key = f"{parent.key}.{self.name}" if parent.key else self.name
        if self._path is None:
            self._path = self.locate(key) or ""
        path = self._path or None
        if path is not None:
            try:
                folder = reading.folder(path)
            except OSError as error:
                source = self.block.body.attributes["source"]
                reading.report(
                    reading.options.missing_modules,
                    "module-not-fetched",
                    source.span(),
                    f'module "{self.name}": the folder {reading.shown(path)} cannot be read ({error.strerror}); correct the source',
                    f"モジュール「{self.name}」のフォルダ {reading.shown(path)} を読み取れません({error.strerror})。source を修正してください",
                )
                path = None
        if path is None:
            self.hand_over(scope)
            return ModuleHandle(address, None, ())
        given = {
            name: _Argument(reading, attribute.expr, scope).value
            for name, attribute in self.block.body.attributes.items()
            if name not in _OWN
        }
        for name in given:
            if name not in folder.variables:
                written = self.block.body.attributes[name]
                reading.warn(
                    "undeclared-argument",
                    written.span(),
                    f'module "{self.name}" declares no variable "{name}"; remove it or declare it',
                    f"モジュール「{self.name}」に変数「{name}」は宣言されていません。削除するか宣言してください",
                )
        module = Module(reading, folder, parent, key, f"{address}.", given, handed_over(self.block))
        return ModuleHandle(address, module, ())

    def locate(self, key: str) -> str | None:
        """The folder of the called module; None, with a diagnostic, when it cannot be used."""
        reading = self.module.reading
        written = self.block.body.attributes.get("source")
        source = getattr(written.expr, "value", None) if written is not None and isinstance(written.expr, Literal) else None
        if written is None or not isinstance(source, str):
            span = written.span() if written is not None else self.block.span()
            reading.report(
                "error",
                "invalid-module-source",
                span,
                f'module "{self.name}" needs a source in plain quotes',
                f"モジュール「{self.name}」の source を引用符の文字列で書いてください",
            )
            return None
        if is_local(source):
            path = os.path.normpath(os.path.join(self.module.folder.path, source))
            if not inside(path, reading.options.base):
                reading.report(
                    reading.options.missing_modules,
                    "module-outside-tree",
                    written.span(),
                    f'module "{self.name}" ({source}) lies outside the scanned folder; scan the folder that holds both',
                    f"モジュール「{self.name}」({source})は検査対象フォルダの外にあります。両方を含むフォルダを検査してください",
                )
                return None
            if not journal.is_folder(path):
                reading.report(
                    reading.options.missing_modules,
                    "module-not-fetched",
                    written.span(),
                    f'module "{self.name}": the folder {source} does not exist; correct the source',
                    f"モジュール「{self.name}」のフォルダ {source} がありません。source を修正してください",
                )
                return None
            if not _holds_anything(path):
                reading.report(
                    reading.options.missing_modules,
                    "module-not-fetched",
                    written.span(),
                    f'module "{self.name}": the folder {source} is empty; a submodule? Run `git submodule update --init`',
                    f"モジュール「{self.name}」のフォルダ {source} が空です。サブモジュールの場合は `git submodule update --init` を実行してください",
                )
                return None
        else:
            fetched = _manifest(reading).get(key)
            path = os.path.normpath(os.path.join(reading.root, fetched)) if fetched is not None else ""
            if not path or not journal.is_folder(path) or not inside(path, reading.options.base):
                reading.report(
                    reading.options.missing_modules,
                    "module-not-fetched",
                    written.span(),
                    f'module "{self.name}" ({source}) is not on disk; run `terraform init`, then scan again',
                    f"モジュール「{self.name}」({source})が手元にありません。`terraform init` を実行してから再検査してください",
                )
                return None
        depth = 0
        above: Module | None = self.module
        while above is not None:
            if journal.real(above.folder.path) == journal.real(path):
                reading.report(
                    "error",
                    "module-cycle",
                    written.span(),
                    f'module "{self.name}" includes itself; remove the circle',
                    f"モジュール「{self.name}」が自分自身を含んでいます。循環を解消してください",
                )
                return None
            above = above.parent
            depth += 1
        if depth > DEPTH_LIMIT:
            reading.report(
                "error",
                "module-cycle",
                written.span(),
                f"modules are nested more than {DEPTH_LIMIT} deep; the rest is not read",
                f"モジュールの入れ子が {DEPTH_LIMIT} 段を超えるため、以降は読み取りません",
            )
            return None
        return path

    def hand_over(self, scope: Scope) -> None:
        """What a module that cannot be read is given: the resources named in its arguments may have companions in it."""
        reading = self.module.reading
        outer = reading.trace
        reading.trace = set()
        found: set[str] = set()
        for name, attribute in self.block.body.attributes.items():
            if name not in _OWN:
                for one in unknowns(reading.guarded(attribute.expr, scope)):
                    found.update(one.references)
        reading.opaque.update(found, reading.trace)
        reading.trace = outer


class _Argument:
    """An argument, evaluated in the caller's scope when the module asks for it."""

    __slots__ = ("expr", "reading", "scope")

    def __init__(self, reading: Reading, expr: Expr, scope: Scope) -> None:
        self.reading = reading
        self.expr = expr
        self.scope = scope

    def value(self) -> Any:
        return self.reading.guarded(self.expr, self.scope)


def _holds_anything(folder: str) -> bool:
    """An empty folder is what git leaves of a submodule that is not checked out."""
    try:
        return bool(journal.names(folder, (".tf", ".tf.json")) or journal.names(folder, ("",)))
    except OSError:
        return True  # whoever reads it says why it cannot be read


def is_local(source: str) -> bool:
    return source.startswith(("./", "../", ".\\", "..\\")) or source in (".", "..")


def _manifest(reading: Reading) -> dict[str, str]:
    """Module key -> folder, from .terraform/modules/modules.json of the root module."""
    if reading.manifest is None:
        reading.manifest = {}
        path = os.path.join(reading.root, ".terraform", "modules", "modules.json")
        if journal.is_file(path):
            import json

            try:
                content = json.loads(read_bytes(path, reading.options.base))
                for entry in content["Modules"]:
                    if isinstance(entry["Key"], str) and isinstance(entry["Dir"], str):
                        reading.manifest[entry["Key"]] = entry["Dir"]
            except Unreadable as error:
                reading.add(error.diagnostic)
            except (ValueError, KeyError, TypeError, RecursionError):
                from cloudpolicy.model import Span

                reading.warn(
                    "invalid-manifest",
                    Span(path),
                    "is no module list; run `terraform init` again",
                    "モジュール一覧として読み取れません。`terraform init` を再実行してください",
                )
    return reading.manifest
