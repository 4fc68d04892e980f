"""Templates: quoted strings and heredocs with interpolations and directives."""

from __future__ import annotations

from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.sources.terraform import values
from cloudpolicy.sources.terraform.expressions import Expr
from cloudpolicy.sources.terraform.types import ConversionError, to_string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources.terraform.scope import Scope
    from cloudpolicy.sources.terraform.source_file import SourceFile

TEXT_LIMIT = 4_000_000  # characters; "${a}${a}" repeated thirty times would have a thousand million
CHOICES_LIMIT = 8


class Template(Expr):
    """`parts` are literal text (str), interpolations (Expr) and directives (IfDirective, ForDirective)."""

    __slots__ = ("parts",)

    def __init__(self, file: SourceFile, start: int, end: int, parts: list[Any]) -> None:
        super().__init__(file, start, end)
        self.parts = parts

    def eval(self, scope: Scope) -> Any:
        return render(self.parts, scope, self)


class IfDirective(Expr):
    """%{ if condition }yes%{ else }no%{ endif }"""

    __slots__ = ("condition", "no", "yes")

    def __init__(self, file: SourceFile, start: int, end: int, condition: Expr, yes: list[Any], no: list[Any]) -> None:
        super().__init__(file, start, end)
        self.condition = condition
        self.yes = yes
        self.no = no

    def eval(self, scope: Scope) -> Any:
        chosen = values.truth(self.condition.eval(scope))
        if chosen is None:
            return self.invalid()
        if isinstance(chosen, Unknown):
            return values.either(chosen, render(self.yes, scope, self), render(self.no, scope, self), self.text())
        return render(self.yes if chosen else self.no, scope, self)


class ForDirective(Expr):
    """%{ for name in collection }body%{ endfor }"""

    __slots__ = ("body", "collection", "key_name", "value_name")

    def __init__(self, file: SourceFile, start: int, end: int, names: tuple[str | None, str], collection: Expr, body: list[Any]) -> None:
        super().__init__(file, start, end)
        self.key_name, self.value_name = names
        self.collection = collection
        self.body = body

    def eval(self, scope: Scope) -> Any:
        return self.over(self.collection.eval(scope), scope)

    def over(self, collection: Any, scope: Scope) -> Any:
        if isinstance(collection, Unknown):
            return values.lift(collection, lambda choice: self.over(choice, scope), self)
        pairs = values.pairs(collection)
        if pairs is None:
            return self.invalid()
        inner = scope.child()
        rounds: list[Any] = []
        for key, value in pairs:
            if not scope.spend():
                return Unknown("expansion-limit", self.text())
            if self.key_name is not None:
                inner.names[self.key_name] = key
            inner.names[self.value_name] = value
            rounds.append(render(self.body, inner, self))
        return _join([(item, "${" + self.text() + "}") for item in rounds], self)


def render(parts: list[Any], scope: Scope, whole: Expr) -> Any:
    """The text of `parts`; an Unknown with the known text as `partial` when a part is unresolved."""
    pieces: list[tuple[Any, str]] = []
    for part in parts:
        if isinstance(part, str):
            pieces.append((part, ""))
        else:
            pieces.append((part.eval(scope), part))
    return _join(pieces, whole)


def _join(pieces: list[tuple[Any, Any]], whole: Expr) -> Any:
    """`pieces` are (value, what it comes from: an expression or its text)."""
    texts: list[str] = []
    lost: list[Unknown] = []
    size = 0
    for value, origin in pieces:
        if type(value) is str:
            text = value
        elif isinstance(value, Unknown):
            lost.append(value)
            if isinstance(value.partial, str):
                text = value.partial
            else:
                text = origin if isinstance(origin, str) else "${" + origin.text() + "}"
        else:
            try:
                text = to_string(value)
            except ConversionError:
                return whole.invalid()
        size += len(text)
        if size > TEXT_LIMIT:
            return Unknown("expansion-limit", whole.text())
        texts.append(text)
    if not lost:
        return "".join(texts)
    result = whole.unknown(*lost, partial="".join(texts))
    if len(lost) == 1 and lost[0].choices and len(lost[0].choices) <= CHOICES_LIMIT:
        choices = []
        for choice in lost[0].choices:
            if choice is ABSENT or isinstance(choice, (Unknown, list, dict)):
                return result
            choices.append("".join(to_string(choice) if value is lost[0] else text for (value, _), text in zip(pieces, texts, strict=True)))
        result.choices = tuple(choices)
    return result
