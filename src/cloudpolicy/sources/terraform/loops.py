"""for expressions."""

from __future__ import annotations

from cloudpolicy.model import Unknown
from cloudpolicy.sources.terraform import values
from cloudpolicy.sources.terraform.expressions import Expr
from cloudpolicy.sources.terraform.types import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources.terraform.scope import Scope
    from cloudpolicy.sources.terraform.source_file import SourceFile


class For(Expr):
    """[for …] and {for …}; `key` is None for the list form."""

    __slots__ = ("collection", "condition", "group", "item", "key", "key_name", "value_name")

    def __init__(
        self,
        file: SourceFile,
        start: int,
        end: int,
        names: tuple[str | None, str],
        collection: Expr,
        key: Expr | None,
        item: Expr,
        condition: Expr | None,
        group: bool,
    ) -> None:
        super().__init__(file, start, end)
        self.key_name, self.value_name = names
        self.collection = collection
        self.key = key
        self.item = item
        self.condition = condition
        self.group = group

    def eval(self, scope: Scope) -> Any:
        return self.over(self.collection.eval(scope), scope)

    def over(self, collection: Any, scope: Scope) -> Any:
        if isinstance(collection, Unknown):
            if collection.choices is None and isinstance(collection.partial, (list, dict)) and not isinstance(collection, values.Handle):
                known = self.over(collection.partial, scope)
                if not isinstance(known, Unknown):
                    return self.unknown(collection, known, partial=known)
            return values.lift(collection, lambda choice: self.over(choice, scope), self)
        pairs = values.pairs(collection)
        if pairs is None:
            return self.invalid()
        inner = scope.child()
        names = inner.names
        rows: list[tuple[Any, Any]] = []
        lost: list[Unknown] = []
        for key, value in pairs:
            if not scope.spend():
                return Unknown("expansion-limit", self.text())
            if self.key_name is not None:
                names[self.key_name] = key
            names[self.value_name] = value
            if self.condition is not None:
                wanted = values.truth(self.condition.eval(inner))
                if wanted is False:
                    continue
                if wanted is None:
                    return self.invalid()
                if wanted is not True:
                    lost.append(wanted)
            rows.append((self.key.eval(inner) if self.key is not None else None, self.item.eval(inner)))
        if self.key is None:
            result = [item for _, item in rows]
            return self.unknown(*lost, partial=result) if lost else result
        return self.keyed(rows, lost)

    def keyed(self, rows: list[tuple[Any, Any]], lost: list[Unknown]) -> Any:
        result: dict[str, Any] = {}
        for key, item in rows:
            if isinstance(key, Unknown):
                lost.append(key)
                continue
            name = values.as_key(key)
            if name is None:
                return self.invalid()
            if self.group:
                result.setdefault(name, []).append(item)
            elif name in result and same(result[name], item) is not True:
                return self.invalid()  # two different items with one key: Terraform stops here
            else:
                result[name] = item
        return self.unknown(*lost, partial=result) if lost else result
