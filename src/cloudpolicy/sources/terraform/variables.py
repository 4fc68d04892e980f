"""Input variables: their declarations and types, and the values that a root module gets from files and the environment."""

from __future__ import annotations

import os

from cloudpolicy import journal
from cloudpolicy.model import Unknown
from cloudpolicy.sources.files import Unreadable
from cloudpolicy.sources.terraform import syntax
from cloudpolicy.sources.terraform.expressions import Call, Literal, Object, Paren, Traversal, Tuple
from cloudpolicy.sources.terraform.source_file import Embedded
from cloudpolicy.sources.terraform.types import ConversionError, convert

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources.terraform.expressions import Expr
    from cloudpolicy.sources.terraform.reading import Reading
    from cloudpolicy.sources.terraform.scope import Scope
    from cloudpolicy.sources.terraform.syntax import Block

_PRIMITIVES = frozenset(("string", "number", "bool", "any"))
_COLLECTIONS = frozenset(("list", "set", "map"))
NOTHING = object()


class InvalidType(Exception):
    """Not a type constraint."""


class Variable:
    """A declaration. `constraint` is what types.convert takes."""

    __slots__ = ("block", "constraint", "default", "name", "nullable")

    def __init__(self, name: str, block: Block, constraint: tuple[Any, ...], default: Expr | None, nullable: bool) -> None:
        self.name = name
        self.block = block
        self.constraint = constraint
        self.default = default
        self.nullable = nullable

    def value(self, given: Any, scope: Scope, reading: Reading) -> Any:
        """The variable's value from what it is given (NOTHING when it is not), as its type."""
        if given is NOTHING or (given is None and not self.nullable):
            if self.default is None:
                return Unknown("variable-without-value", f"var.{self.name}")
            given = reading.guarded(self.default, scope)
        try:
            return convert(given, self.constraint)
        except ConversionError as error:
            reading.report(
                "error",
                "invalid-value",
                self.block.span(),
                f"var.{self.name}: {error}; correct the value",
                f"var.{self.name} の値が型に合いません({error})。値を修正してください",
            )
            return Unknown("invalid-expression", f"var.{self.name}")


def declare(name: str, block: Block, scope: Scope, reading: Reading) -> Variable:
    """Read a variable block; an invalid type is a diagnostic and counts as any."""
    attributes = block.body.attributes
    constraint: tuple[Any, ...] = ("any",)
    written = attributes.get("type")
    if written is not None:
        try:
            constraint = type_constraint(written.expr, scope)
        except InvalidType:
            text = written.expr.text()
            reading.report(
                "error",
                "invalid-type",
                written.expr.span(),
                f'"{text}" is no type; write string, number, bool, list(…), map(…) …',
                f"「{text}」は型ではありません。string、number、bool、list(…)、map(…) などを書いてください",
            )
    default = attributes.get("default")
    nullable = attributes.get("nullable")
    return Variable(
        name,
        block,
        constraint,
        default.expr if default is not None else None,
        not (nullable is not None and nullable.expr.eval(scope) is False),
    )


def type_constraint(expr: Expr, scope: Scope) -> tuple[Any, ...]:
    """A type expression as nested tuples; raises InvalidType."""
    if isinstance(expr, Paren):
        return type_constraint(expr.inner, scope)
    name = expr.root if isinstance(expr, Traversal) and not expr.steps else None
    if name is None and isinstance(expr, Literal):
        name = expr.value  # "string", the spelling before Terraform 0.12
    if isinstance(name, str):
        if name in _PRIMITIVES:
            return (name,)
        if name in _COLLECTIONS:
            return (name, ("any",))
        raise InvalidType
    if isinstance(expr, Call) and len(expr.arguments) == 1:
        inner = expr.arguments[0]
        if expr.name in _COLLECTIONS:
            return (expr.name, type_constraint(inner, scope))
        if expr.name == "tuple" and isinstance(inner, Tuple):
            return ("tuple", [type_constraint(item, scope) for item in inner.items])
        if expr.name == "object" and isinstance(inner, Object):
            return ("object", {key if isinstance(key, str) else key.text(): _member(item, scope) for key, item, _ in inner.items})
    raise InvalidType


def _member(expr: Expr, scope: Scope) -> tuple[tuple[Any, ...], bool, Any]:
    if isinstance(expr, Call) and expr.name == "optional" and 1 <= len(expr.arguments) <= 2:
        default = expr.arguments[1].eval(scope) if len(expr.arguments) == 2 else None
        return type_constraint(expr.arguments[0], scope), True, default
    return type_constraint(expr, scope), False, None


def root_values(reading: Reading, declared: dict[str, Variable], scope: Scope) -> dict[str, Any]:
    """What the root module's variables are given: TF_VAR_*, terraform.tfvars, *.auto.tfvars, --var-file; later ones win."""
    options = reading.options
    given: dict[str, Any] = {}
    for name, variable in declared.items():
        text = options.environment.get(f"TF_VAR_{name}")
        if text is not None:
            given[name] = _from_environment(name, text, variable, scope, reading)
    try:
        names = journal.names(reading.root, (".tfvars", ".tfvars.json"))
    except OSError:
        names = []
    automatic: list[str] = [name for name in ("terraform.tfvars", "terraform.tfvars.json") if name in names]
    automatic += [name for name in names if name.endswith((".auto.tfvars", ".auto.tfvars.json"))]
    for name in automatic:
        _from_file(os.path.join(reading.root, name), declared, given, scope, reading, explicit=False)
    for path in options.var_files:
        _from_file(path, declared, given, scope, reading, explicit=True)
    return given


def _from_environment(name: str, text: str, variable: Variable, scope: Scope, reading: Reading) -> Any:
    if variable.constraint[0] in ("string", "number", "bool", "any"):
        return text
    parsed = syntax.parse_file(Embedded(f"value = {text}\n".encode("utf-8", "replace"), variable.block.span()))
    written = parsed.body.attributes.get("value")
    value = written.expr.eval(scope) if written is not None else Unknown("invalid-expression", f"TF_VAR_{name}")
    if parsed.problems or written is None:
        reading.report(
            "error",
            "invalid-value",
            None,
            f"TF_VAR_{name} is no valid expression of its type; correct it",
            f"環境変数 TF_VAR_{name} の式に誤りがあります。修正してください",
        )
        return Unknown("invalid-expression", f"TF_VAR_{name}")
    return value


def _from_file(path: str, declared: dict[str, Variable], given: dict[str, Any], scope: Scope, reading: Reading, explicit: bool) -> None:
    base = os.path.dirname(path) if explicit else reading.options.base  # a file named on the command line may lie anywhere
    try:
        parsed = syntax.load(path, base)
    except Unreadable as error:
        reading.inputs[path] = None
        reading.add(error.diagnostic)
        return
    reading.inputs[path] = None
    reading.parsed[parsed] = None
    for block in parsed.body.blocks:
        reading.report(
            "error",
            "unexpected-block",
            block.span(),
            "a variables file holds only `name = value`; remove this block",
            "変数ファイルに書けるのは「名前 = 値」だけです。このブロックを削除してください",
        )
    for name, attribute in parsed.body.attributes.items():
        if name in declared:
            given[name] = reading.guarded(attribute.expr, scope)
        elif explicit:
            reading.warn(
                "undeclared-variable",
                attribute.span(),
                f'no variable "{name}" is declared in the root module; remove or declare it',
                f"変数「{name}」はルートモジュールで宣言されていません。削除するか宣言してください",
            )
