"""Compiled expressions: each syntax node once, evaluated in as many scopes as its module has instances.

An expression never raises for what a template says: a fault in it is an Unknown("invalid-expression"), what cannot be known is an
Unknown with its own reason. `eval(scope)` gives plain values; see `scope.Scope` for the names it looks up.
"""

from __future__ import annotations

from cloudpolicy.model import Span, Unknown
from cloudpolicy.sources.terraform import values
from cloudpolicy.sources.terraform.types import joined, unknowns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cloudpolicy.sources.terraform.scope import Scope
    from cloudpolicy.sources.terraform.source_file import SourceFile


class Expr:
    """One expression and where it stands in its file (byte offsets)."""

    __slots__ = ("end", "file", "start")

    def __init__(self, file: SourceFile, start: int, end: int) -> None:
        self.file = file
        self.start = start
        self.end = end

    def eval(self, scope: Scope) -> Any:
        raise NotImplementedError

    def text(self) -> str:
        """The source text on one line, shortened for people."""
        text = " ".join(self.file.text(self.start, min(self.end, self.start + 400)).split())
        return text if len(text) <= 80 else text[:79] + "…"

    def span(self) -> Span:
        return self.file.span(self.start, self.end)

    def locate(self, path: Sequence[str | int]) -> Span | None:
        """The span of the part at `path` inside a literal list, object or jsonencode(...); None when it is not written out."""
        return None if path else self.span()

    def invalid(self) -> Unknown:
        return Unknown("invalid-expression", self.text())

    def unknown(self, *parts: Any, partial: Any = None) -> Unknown:
        """The Unknown of an expression that is made from `parts`, at least one of them unresolved."""
        lost = unknowns(list(parts))
        one = joined(lost, partial)
        one.expression = self.text()
        return one


class Literal(Expr):
    __slots__ = ("value",)

    def __init__(self, file: SourceFile, start: int, end: int, value: Any) -> None:
        self.file = file
        self.start = start
        self.end = end
        self.value = value

    def eval(self, scope: Scope) -> Any:
        return self.value


class Broken(Expr):
    """What could not be parsed: its value exists and is not known."""

    __slots__ = ("reason",)

    def __init__(self, file: SourceFile, start: int, end: int, reason: str = "invalid-expression") -> None:
        super().__init__(file, start, end)
        self.reason = reason

    def eval(self, scope: Scope) -> Any:
        return Unknown(self.reason, self.text())


class Tuple(Expr):
    __slots__ = ("items",)

    def __init__(self, file: SourceFile, start: int, end: int, items: list[Expr]) -> None:
        super().__init__(file, start, end)
        self.items = items

    def eval(self, scope: Scope) -> Any:
        return [item.eval(scope) for item in self.items]

    def locate(self, path: Sequence[str | int]) -> Span | None:
        if not path:
            return self.span()
        index = path[0]
        if isinstance(index, int) and 0 <= index < len(self.items):
            return self.items[index].locate(path[1:])
        return None


class Object(Expr):
    """`items` are (key, value, start of the element); the key is a str where it is written out, else an expression."""

    __slots__ = ("items",)

    def __init__(self, file: SourceFile, start: int, end: int, items: list[tuple[str | Expr, Expr, int]]) -> None:
        super().__init__(file, start, end)
        self.items = items

    def eval(self, scope: Scope) -> Any:
        result: dict[str, Any] = {}
        lost: list[Unknown] = []
        for key, item, _ in self.items:
            if not isinstance(key, str):
                value = key.eval(scope)
                if isinstance(value, Unknown):
                    lost.append(value)
                    result["${" + key.text() + "}"] = item.eval(scope)
                    continue
                name = values.as_key(value)
                if name is None:
                    return self.invalid()
                key = name
            result[key] = item.eval(scope)
        if lost:
            return self.unknown(*lost, partial=result)
        return result

    def locate(self, path: Sequence[str | int]) -> Span | None:
        if not path:
            return self.span()
        for key, item, start in self.items:
            if key == path[0]:
                return self.file.span(start, item.end) if len(path) == 1 else item.locate(path[1:])
        return None


class Paren(Expr):
    __slots__ = ("inner",)

    def __init__(self, file: SourceFile, start: int, end: int, inner: Expr) -> None:
        super().__init__(file, start, end)
        self.inner = inner

    def eval(self, scope: Scope) -> Any:
        return self.inner.eval(scope)

    def locate(self, path: Sequence[str | int]) -> Span | None:
        return self.inner.locate(path)


class Traversal(Expr):
    """A name and the steps after it. A step is a str (attribute), an Expr (index) or a Splat."""

    __slots__ = ("root", "steps")

    def __init__(self, file: SourceFile, start: int, end: int, root: str | Expr, steps: tuple[Any, ...]) -> None:
        super().__init__(file, start, end)
        self.root = root
        self.steps = steps

    def eval(self, scope: Scope) -> Any:
        root = self.root
        if isinstance(root, str):
            value, used = scope.resolve(self)
            return self.walk(value, used, scope)
        return self.walk(root.eval(scope), 0, scope)

    def walk(self, value: Any, position: int, scope: Scope) -> Any:
        """Take the steps from `position` on, starting at `value`."""
        steps = self.steps
        owner: Unknown | None = None
        while position < len(steps):
            step = steps[position]
            position += 1
            if isinstance(value, values.Handle):
                owner = value
            if type(step) is str:
                value = values.attribute(value, step, self)
            elif isinstance(step, Splat):
                return self.spread(value, step, position, scope)
            else:
                value = values.index(value, step.eval(scope), self)
        if owner is not None and isinstance(value, Unknown) and not value.references and value.reason == owner.reason:
            return Unknown(value.reason, value.expression, owner.references)  # not written in a nested block of that resource
        return value

    def spread(self, value: Any, splat: Splat, position: int, scope: Scope) -> Any:
        """`value[*].…`: the steps after the splat on every element."""
        if splat.attributes_only:  # .*.a applies only to the attribute steps; an index after them is taken of the result
            stop = position
            while stop < len(self.steps) and type(self.steps[stop]) is str:
                stop += 1
        else:
            stop = len(self.steps)
        inner = self.steps[position:stop]

        def each(item: Any) -> Any:
            for step in inner:
                if type(step) is str:
                    item = values.attribute(item, step, self)
                elif isinstance(step, Splat):
                    return self.spread(item, step, position + inner.index(step) + 1, scope)
                else:
                    item = values.index(item, step.eval(scope), self)
            return item

        if value is None:
            return self.walk([], stop, scope)
        if isinstance(value, list):
            return self.walk([each(item) for item in value], stop, scope)
        if isinstance(value, Unknown):
            spread = values.spread(value, each, self)
            return self.walk(spread, stop, scope) if isinstance(spread, list) or stop < len(self.steps) else spread
        return self.walk([each(value)], stop, scope)

    def dotted(self) -> list[str] | None:
        """["aws", "us"] for `aws.us`; None when it is more than plain names."""
        if not isinstance(self.root, str) or not all(type(step) is str for step in self.steps):
            return None
        return [self.root, *self.steps]


class Splat:
    """A `[*]` or `.*` among the steps of a traversal."""

    __slots__ = ("attributes_only",)

    def __init__(self, attributes_only: bool) -> None:
        self.attributes_only = attributes_only


class Conditional(Expr):
    __slots__ = ("condition", "no", "yes")

    def __init__(self, file: SourceFile, start: int, end: int, condition: Expr, yes: Expr, no: Expr) -> None:
        super().__init__(file, start, end)
        self.condition = condition
        self.yes = yes
        self.no = no

    def eval(self, scope: Scope) -> Any:
        chosen = values.truth(self.condition.eval(scope))
        if chosen is True:
            return self.yes.eval(scope)
        if chosen is False:
            return self.no.eval(scope)
        if chosen is None:
            return self.invalid()
        if chosen.reason == "invalid-expression":
            return self.unknown(chosen)
        return values.either(chosen, self.yes.eval(scope), self.no.eval(scope), self.text())


class Unary(Expr):
    __slots__ = ("operand", "operator")

    def __init__(self, file: SourceFile, start: int, end: int, operator: str, operand: Expr) -> None:
        super().__init__(file, start, end)
        self.operator = operator
        self.operand = operand

    def eval(self, scope: Scope) -> Any:
        return values.unary(self.operator, self.operand.eval(scope), self)


class Binary(Expr):
    __slots__ = ("left", "operator", "right")

    def __init__(self, file: SourceFile, start: int, end: int, operator: str, left: Expr, right: Expr) -> None:
        super().__init__(file, start, end)
        self.operator = operator
        self.left = left
        self.right = right

    def eval(self, scope: Scope) -> Any:
        operator = self.operator
        left = self.left.eval(scope)
        if operator == "&&" or operator == "||":
            settles = operator == "||"
            first = values.truth(left)
            if first is settles:
                return settles
            second = values.truth(self.right.eval(scope))
            if second is settles:
                return settles
            if first is None or second is None:
                return self.invalid()
            if isinstance(first, Unknown) or isinstance(second, Unknown):
                return self.unknown(first, second)
            return not settles
        right = self.right.eval(scope)
        if operator == "==" or operator == "!=":
            return values.compare(left, right, operator == "==", self)
        return values.binary(operator, left, right, self)


class Call(Expr):
    """A function call; the last argument is spread when `expand`."""

    __slots__ = ("arguments", "expand", "name")

    def __init__(self, file: SourceFile, start: int, end: int, name: str, arguments: list[Expr], expand: bool) -> None:
        super().__init__(file, start, end)
        self.name = name
        self.arguments = arguments
        self.expand = expand

    def eval(self, scope: Scope) -> Any:
        name = self.name
        if name == "try" or name == "can":
            return self.attempt(scope)
        arguments = [argument.eval(scope) for argument in self.arguments]
        if self.expand and arguments:
            last = arguments.pop()
            if isinstance(last, Unknown):
                return self.unknown(last, *arguments)
            if not isinstance(last, list):
                return self.invalid()
            arguments.extend(last)
        return scope.call(self, arguments)

    def attempt(self, scope: Scope) -> Any:
        for argument in self.arguments:
            value = argument.eval(scope)
            if not any(one.reason == "invalid-expression" for one in unknowns(value)):
                if self.name == "can":
                    return self.unknown(value) if isinstance(value, Unknown) else True
                return value
        return False if self.name == "can" else self.invalid()

    def locate(self, path: Sequence[str | int]) -> Span | None:
        if path and self.name in ("jsonencode", "yamlencode") and len(self.arguments) == 1:
            return self.arguments[0].locate(path)
        return None if path else self.span()
