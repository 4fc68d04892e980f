"""What one reading of a root module shares: options, limits, diagnostics, the folders and files that were read."""

from __future__ import annotations

import os

from cloudpolicy.model import Diagnostic, Span, Unknown
from cloudpolicy.sources.terraform.folder import Folder, read_folder
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cloudpolicy.model import Severity
    from cloudpolicy.sources import Options
    from cloudpolicy.sources.terraform.expressions import Call, Expr
    from cloudpolicy.sources.terraform.scope import Scope
    from cloudpolicy.sources.terraform.syntax import Block, Parsed

INSTANCE_LIMIT = 200_000
ROUND_LIMIT = 2_000_000  # rounds of for expressions in one estate
PROBLEM_LIMIT = 100  # problems of one file that are reported one by one
SIZE_LIMIT = 200_000  # elements of one local value; locals that double each other would have billions


class Reading:
    """The state of one `hcl.read`. `trace`, while it is a set, collects the addresses of the resources that expressions refer to."""

    __slots__ = (
        "_folders",
        "_instances",
        "_rounds",
        "_seen",
        "diagnostics",
        "inputs",
        "manifest",
        "opaque",
        "options",
        "parsed",
        "root",
        "trace",
    )

    def __init__(self, root: str, options: Options) -> None:
        self.root = root
        self.options = options
        self.diagnostics: list[Diagnostic] = []
        self.inputs: dict[str, None] = {}
        self.opaque: set[str] = set()
        self.parsed: dict[Parsed, None] = {}
        self.trace: set[str] | None = None
        self.manifest: dict[str, str] | None = None
        self._folders: dict[str, Folder] = {}
        self._instances = 0
        self._rounds = 0
        self._seen: set[tuple[str, str, Span | None]] = set()

    def folder(self, path: str) -> Folder:
        """The folder at an absolute path, read once; raises OSError."""
        folder = self._folders.get(path)
        if folder is None:
            folder = self._folders[path] = read_folder(path, self.options.base)
            self.inputs.update(dict.fromkeys(folder.files))
            self.parsed.update(dict.fromkeys(folder.parsed))
            for diagnostic in folder.unreadable:
                self.add(diagnostic)
            for block in folder.odd:
                self.warn(
                    "unknown-block",
                    block.span(),
                    f'"{block.type}" with {len(block.labels)} labels is no Terraform block; it was not read',
                    f"「{block.type}」(ラベル {len(block.labels)} 個)は Terraform のブロックではないため読み取りません",
                )
        return folder

    def add(self, diagnostic: Diagnostic) -> None:
        key = (diagnostic.code, diagnostic.text.en, diagnostic.span)
        if key not in self._seen:
            self._seen.add(key)
            self.diagnostics.append(diagnostic)

    def report(self, severity: Severity, code: str, span: Span | None, en: str, ja: str) -> None:
        self.add(Diagnostic(severity, code, Text(en, ja), span))

    def warn(self, code: str, span: Span | None, en: str, ja: str) -> None:
        self.report("warning", code, span, en, ja)

    def spend(self) -> bool:
        self._rounds += 1
        return self._rounds <= ROUND_LIMIT

    def admit(self, count: int) -> bool:
        """Room for `count` more instances."""
        if self._instances + count > INSTANCE_LIMIT:
            return False
        self._instances += count
        return True

    def guarded(self, expr: Expr, scope: Scope) -> Any:
        """Evaluate an expression; a chain of references too deep for Python is an Unknown, not an exception."""
        try:
            return expr.eval(scope)
        except RecursionError:
            return self.too_deep(expr.span(), expr.text())

    def shielded(self, evaluate: Callable[[], Any], block: Block, name: str) -> Any:
        """The same for what is no single expression: the nested blocks `name` of a block."""
        try:
            return evaluate()
        except RecursionError:
            return self.too_deep(block.span(), name)

    def too_deep(self, span: Span, text: str) -> Unknown:
        self.report(
            "error",
            "too-deep",
            span,
            "the chain of references is too deep to be evaluated; shorten it",
            "参照の連鎖が深すぎるため評価できません。短くしてください",
        )
        return Unknown("unsupported-expression", text)

    def cycle(self, expr: Expr) -> Unknown:
        text = expr.text()
        self.report(
            "error",
            "reference-cycle",
            expr.span(),
            f"{text} refers to itself through other values; break the cycle",
            f"{text} が他の値を経由して自分自身を参照しています。循環を解消してください",
        )
        return Unknown("cycle", text)

    def undeclared(self, expr: Expr, name: str) -> Unknown:
        self.warn(
            "undeclared-reference",
            expr.span(),
            f"{name} is not declared in this module; declare it or correct the name",
            f"{name} はこのモジュールで宣言されていません。宣言するか名前を修正してください",
        )
        return Unknown("invalid-expression", expr.text())

    def bad_call(self, call: Call, message: str) -> None:
        from cloudpolicy.sources.terraform import functions

        if call.name not in functions.NAMES:
            self.warn(
                "unknown-function",
                call.span(),
                f"there is no function {call.name}(); its value is unknown",
                f"関数 {call.name}() はありません。値は不明として扱います",
            )

    def finish(self) -> None:
        """Problems of the files' text, found while parsing or compiling, become diagnostics."""
        for parsed in self.parsed:
            for problem in parsed.problems[:PROBLEM_LIMIT]:
                self.report("error", problem.code, parsed.file.span(problem.start, problem.end), problem.en, problem.ja)
            more = len(parsed.problems) - PROBLEM_LIMIT
            if more > 0:
                last = parsed.problems[PROBLEM_LIMIT]
                self.report(
                    "error",
                    "too-many-problems",
                    parsed.file.span(last.start, last.end),
                    f"and {more:,} more problems in this file",
                    f"このファイルには他に {more:,} 件の問題があります",
                )

    def shown(self, path: str) -> str:
        """A path for people and for path.module: relative to the root module, with slashes."""
        try:
            relative = os.path.relpath(path, self.root)
        except ValueError:  # another drive
            relative = path
        return relative.replace(os.sep, "/")
