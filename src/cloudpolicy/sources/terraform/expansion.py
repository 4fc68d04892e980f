"""count and for_each of resources and modules: which instances there are."""

from __future__ import annotations

from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.sources.terraform.types import ConversionError, Set, same, to_number, unknowns
from cloudpolicy.sources.terraform.values import Handle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal

    from cloudpolicy.sources.terraform.expressions import Expr
    from cloudpolicy.sources.terraform.module import Module
    from cloudpolicy.sources.terraform.scope import Scope
    from cloudpolicy.sources.terraform.syntax import Block

BLOCK_LIMIT = 10_000


class Expansion:
    """`members` are the instances by key (None for the only one); `doubt` says why it is not certain which exist."""

    __slots__ = ("doubt", "kind", "members")

    def __init__(self, kind: Literal["one", "count", "for_each"], members: dict[Any, Any], doubt: Unknown | None = None) -> None:
        self.kind = kind
        self.members = members
        self.doubt = doubt

    def value(self, address: str) -> Any:
        if self.doubt is not None:
            return Perhaps(address, self.members, self.doubt)
        if self.kind == "one":
            return self.members[None]
        return list(self.members.values()) if self.kind == "count" else dict(self.members)


class Perhaps(Handle):
    """A resource or module of which it is not known which instances exist: a key leads to its instance where that is told, else to the
    one that stands for all."""

    __slots__ = ("members",)

    def __init__(self, address: str, members: dict[Any, Handle], doubt: Unknown) -> None:
        references = tuple(dict.fromkeys(name for one in (*members.values(), doubt) for name in one.references))
        Unknown.__init__(self, doubt.reason, address, references)
        self.members = members

    def attribute(self, name: str, expression: Expr) -> Any:
        return next(iter(self.members.values())).attribute(name, expression)

    def index(self, key: Any, expression: Expr) -> Any:
        if None in self.members:
            return self.members[None]
        if isinstance(key, str) and key in self.members:
            return self.members[key]
        return Unknown(self.reason, expression.text(), self.references)

    def spread(self) -> list[Any] | Unknown:
        return Unknown(self.reason, self.expression, self.references, list(self.members.values()))


def expand(block: Block, module: Module, address: str, make: Callable[[str, Scope], Any]) -> Expansion:
    """The instances of a resource or module block; `make(address, scope)` builds one."""
    count = block.body.attributes.get("count")
    if count is not None:
        return _count(count.expr, module, address, make)
    each = block.body.attributes.get("for_each")
    if each is not None:
        return _for_each(each.expr, module, address, make)
    if not module.reading.admit(1):
        return _doubtful("one", module, address, make, Unknown("expansion-limit", address), each={}, warn=block)
    return Expansion("one", {None: make(address, module.scope)})


def _count(expr: Expr, module: Module, address: str, make: Callable[[str, Scope], Any]) -> Expansion:
    value = module.reading.guarded(expr, module.scope)
    if isinstance(value, Unknown):
        index: Any = Unknown(value.reason, "count.index", value.references)
        if value.choices and all(_small(choice) for choice in value.choices):
            index = 0  # `condition ? 1 : 0`: where it exists, it is the first
        return Expansion("count", {None: make(address, module.scope.child(count={"index": index}))}, value)
    try:
        number = to_number(value) if value is not None else -1
    except ConversionError:
        number = -1
    if not isinstance(number, int) or number < 0:
        module.reading.warn(
            "invalid-count",
            expr.span(),
            f"{address}: count is not a whole number; whether the resource exists is unknown",
            f"{address}: count が 0 以上の整数ではありません。リソースの有無は不明として扱います",
        )
        lost = Unknown("invalid-expression", expr.text())
        return _doubtful("count", module, address, make, lost, count={"index": Unknown("invalid-expression", "count.index")})
    if number > BLOCK_LIMIT or not module.reading.admit(number):
        lost = Unknown("expansion-limit", expr.text())
        return _doubtful("count", module, address, make, lost, warn=expr, count={"index": Unknown("expansion-limit", "count.index")})
    return Expansion("count", {at: make(f"{address}[{at}]", module.scope.child(count={"index": at})) for at in range(number)})


def _small(choice: Any) -> bool:
    return choice is ABSENT or (isinstance(choice, int) and choice in (0, 1))


def _for_each(expr: Expr, module: Module, address: str, make: Callable[[str, Scope], Any]) -> Expansion:
    value = module.reading.guarded(expr, module.scope)
    items: dict[str, Any] | None = None
    if isinstance(value, dict):
        items = dict(sorted(value.items()))
    elif isinstance(value, Set) and not any(isinstance(item, Unknown) for item in value):
        items = {item: item for item in value} if all(isinstance(item, str) for item in value) else None
    elif isinstance(value, list) and not isinstance(value, Set) and not value:
        items = {}
    if items is not None:
        if len(items) <= BLOCK_LIMIT and module.reading.admit(len(items)):
            members = {}
            for key, item in items.items():
                each = {"key": key, "value": item}
                members[key] = make(f"{address}[{quote(key)}]", module.scope.child(each=each))
            return Expansion("for_each", members)
        lost = Unknown("expansion-limit", expr.text())
        return _doubtful("for_each", module, address, make, lost, warn=expr, each=_each(lost))
    if isinstance(value, Unknown) and value.choices:
        several = _keyed_choices(value, expr)
        if several is not None and len(several) <= BLOCK_LIMIT and module.reading.admit(len(several)):
            return Expansion(
                "for_each",
                {
                    key: make(f"{address}[{quote(key)}]", module.scope.child(each={"key": key, "value": item}))
                    for key, item in several.items()
                },
                value,
            )
    found = unknowns(value)
    if found:
        references = tuple(dict.fromkeys(name for one in found for name in one.references))
        lost = Unknown(found[0].reason, expr.text(), references)
    else:
        module.reading.warn(
            "invalid-for-each",
            expr.span(),
            f"{address}: for_each is neither a map nor a set of strings; its instances are unknown",
            f"{address}: for_each がマップでも文字列のセットでもありません。インスタンスは不明として扱います",
        )
        lost = Unknown("invalid-expression", expr.text())
    return _doubtful("for_each", module, address, make, lost, each=_each(lost))


def _keyed_choices(value: Unknown, expr: Expr) -> dict[str, Any] | None:
    """`condition ? { a = 1 } : {}`: every key that may exist with what it may stand for; None when the keys are not known."""
    several: dict[str, list[Any]] = {}
    for choice in value.choices or ():
        if isinstance(choice, Set) and all(isinstance(item, str) for item in choice):
            choice = {item: item for item in choice}
        elif choice is ABSENT or choice == []:
            choice = {}
        if not isinstance(choice, dict):
            return None
        for key, item in choice.items():
            several.setdefault(key, []).append(item)
    if not several:
        return None
    result = {}
    for key, items in sorted(several.items()):
        first = items[0]
        known = all(same(item, first) is True for item in items)
        result[key] = first if known or len(items) == 1 else Unknown(value.reason, expr.text(), value.references, None, tuple(items))
    return result


def _each(lost: Unknown) -> dict[str, Any]:
    return {part: Unknown(lost.reason, f"each.{part}", lost.references) for part in ("key", "value")}


def _doubtful(
    kind: Literal["one", "count", "for_each"],
    module: Module,
    address: str,
    make: Callable[[str, Scope], Any],
    lost: Unknown,
    warn: Any = None,
    **names: Any,
) -> Expansion:
    """One instance that stands for an unknown number of them."""
    if warn is not None:
        module.reading.warn(
            "expansion-limit",
            warn.span(),
            f"{address} has more instances than are expanded ({BLOCK_LIMIT:,} per block); scan the plan",
            f"{address} のインスタンス数が展開の上限(1 ブロックあたり {BLOCK_LIMIT:,})を超えています。plan を検査してください",
        )
    return Expansion(kind, {None: make(address, module.scope.child(**names))}, lost)


def quote(key: str) -> str:
    """A key as Terraform prints it in an address."""
    text = key.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return f'"{text.replace("${", "$${").replace("%{", "%%{")}"'
