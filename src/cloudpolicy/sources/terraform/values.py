"""What the evaluator does with values: attributes, indexes, operators and conditions, honest where an operand is unknown."""

from __future__ import annotations

from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.sources.terraform.types import ConversionError, Set, joined, same, to_bool, to_number, to_string, unknowns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from cloudpolicy.sources.terraform.expressions import Expr

CHOICES_LIMIT = 8


class Handle(Unknown):
    """A whole resource instance or module instance: functions see an Unknown, the evaluator asks it for its attributes."""

    __slots__ = ()

    def attribute(self, name: str, expression: Expr) -> Any:
        raise NotImplementedError

    def index(self, key: Any, expression: Expr) -> Any:
        return (
            self.attribute(key, expression) if isinstance(key, str) else Unknown("invalid-expression", expression.text(), self.references)
        )

    def spread(self) -> list[Any] | Unknown:
        """What `[*]` and `for` see: one known instance is a list of one."""
        return [self]


class Block(dict):  # type: ignore[type-arg]
    """The values of one nested block, with the syntax they come from."""

    __slots__ = ("syntax",)

    def __init__(self, syntax: Any) -> None:
        self.syntax = syntax


def as_key(value: Any) -> str | None:
    """A known value as the key of an object; None when it cannot be one."""
    if isinstance(value, str):
        return value
    try:
        return to_string(value)
    except ConversionError:
        return None


def attribute(value: Any, name: str, expression: Expr) -> Any:
    if isinstance(value, dict):
        if name in value:
            return value[name]
        if isinstance(value, Block):
            return Unknown("known-after-apply", expression.text())
        return expression.invalid()
    if isinstance(value, Handle):
        return value.attribute(name, expression)
    if isinstance(value, Unknown):
        partial = value.partial
        if isinstance(partial, dict) and name in partial:
            return partial[name]
        return lift(value, lambda choice: attribute(choice, name, expression), expression)
    if isinstance(value, list) and name.isdigit():
        return index(value, int(name), expression)
    return expression.invalid()


def index(value: Any, key: Any, expression: Expr) -> Any:
    if isinstance(value, Handle):
        return value.index(key, expression)
    if isinstance(value, Unknown):
        return lift(value, lambda choice: index(choice, key, expression), expression)
    if isinstance(key, Unknown):
        if isinstance(value, (dict, list)):
            return expression.unknown(key, value)
        return expression.invalid()
    if isinstance(value, dict):
        name = as_key(key)
        return expression.invalid() if name is None else attribute(value, name, expression)
    if isinstance(value, list) and not isinstance(value, Set):
        try:
            number = to_number(key)
        except ConversionError:
            return expression.invalid()
        if isinstance(number, int) and 0 <= number < len(value):
            return value[number]
    return expression.invalid()


def spread(value: Unknown, each: Callable[[Any], Any], expression: Expr) -> Any:
    """`value[*]…` of an unknown value."""
    if isinstance(value, Handle):
        items = value.spread()
        if isinstance(items, list):
            return [each(item) for item in items]
        value = items
    if isinstance(value.partial, list):
        partial = [each(item) for item in value.partial]
        return expression.unknown(value, *partial, partial=partial)

    def one(choice: Any) -> Any:
        if choice is None:
            return []
        return [each(item) for item in choice] if isinstance(choice, list) else [each(choice)]

    return lift(value, one, expression)


def pairs(collection: Any) -> Iterable[tuple[Any, Any]] | None:
    """What a `for` runs over, in Terraform's order; None when it cannot be iterated."""
    if isinstance(collection, Set):
        return [(item, item) for item in collection]
    if isinstance(collection, list):
        return list(enumerate(collection))
    if isinstance(collection, dict):
        return sorted(collection.items(), key=_first)
    return None


def _first(pair: tuple[str, Any]) -> str:
    return pair[0]


def lift(value: Unknown, apply: Callable[[Any], Any], expression: Expr) -> Any:
    """`apply` on every value that `value` may take; an Unknown without choices stays one."""
    if value.choices is None:
        return expression.unknown(value)
    results = [apply(None if choice is ABSENT else choice) for choice in value.choices]
    if all(same(result, results[0]) is True for result in results):
        return results[0]
    one = expression.unknown(value, *results)
    one.reason = value.reason
    one.choices = _choices(results)
    return one


def _choices(results: Iterable[Any]) -> tuple[Any, ...] | None:
    kept: list[Any] = []
    for result in results:
        options = result.choices if isinstance(result, Unknown) and result.choices and not isinstance(result, Handle) else (result,)
        for option in options:
            if option is None:
                option = ABSENT
            if not any(option is other or (type(option) is type(other) and option == other) for other in kept):
                kept.append(option)
    return tuple(kept) if len(kept) <= CHOICES_LIMIT else None


def either(condition: Unknown, yes: Any, no: Any, text: str) -> Any:
    """The value of a conditional whose condition is not known."""
    if same(yes, no) is True:
        return yes
    if isinstance(yes, Unknown) and not isinstance(yes, Handle) and yes == no:
        return yes
    references = joined([condition, *unknowns([yes, no])]).references
    return Unknown("condition-undetermined", text, references, None, _choices([yes, no]))


def truth(value: Any) -> bool | Unknown | None:
    """A condition's value; None when it is not a bool at all."""
    if value is True or value is False:
        return value
    if isinstance(value, Unknown):
        if value.choices:
            answers = {truth(choice) if not isinstance(choice, Unknown) else None for choice in value.choices}
            if answers == {True} or answers == {False}:
                return answers.pop()
        return value
    try:
        return to_bool(value)
    except ConversionError:
        return None


def compare(left: Any, right: Any, equal: bool, expression: Expr) -> Any:
    """== and !=."""
    answer = same(left, right)
    if answer is not None:
        return answer is equal
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Handle) and other is None:
            return not equal  # a resource as a whole is never null
        if isinstance(one, Unknown) and one.choices:
            answers = {same(None if choice is ABSENT else choice, other) for choice in one.choices}
            if answers == {True} or answers == {False}:
                return answers.pop() is equal
        if isinstance(one, (dict, list)) and other is None:
            return not equal
        if isinstance(one, Unknown) and other is None and _never_null(one):
            return not equal
        if isinstance(one, Unknown) and isinstance(other, str) and isinstance(one.partial, str) and _differs(one.partial, other):
            return not equal
    return expression.unknown(left, right)


def _never_null(value: Unknown) -> bool:
    """True for text with a known part, and for the id or ARN of a declared resource: every resource has one.

    Modules ask `var.kms_key_arn == null` of exactly these; leaving it open would make much of a module's outcome unknown.
    """
    if isinstance(value.partial, str):
        return True
    declared = value.reason == "known-after-apply" and len(value.references) == 1
    return declared and value.choices is None and value.expression.endswith((".id", ".arn"))


def _differs(partial: str, text: str) -> bool:
    """True when no value of the unknown parts can make `partial` equal to `text`."""
    start, end = partial.find("${"), partial.rfind("}")
    return start >= 0 and not (text.startswith(partial[:start]) and text.endswith(partial[end + 1 :]))


def unary(operator: str, value: Any, expression: Expr) -> Any:
    if isinstance(value, Unknown):
        return lift(value, lambda choice: unary(operator, choice, expression), expression)
    try:
        return not to_bool(value) if operator == "!" else -to_number(value)
    except ConversionError:
        return expression.invalid()


def binary(operator: str, left: Any, right: Any, expression: Expr) -> Any:
    """Arithmetic and ordering."""
    if isinstance(left, Unknown):
        if isinstance(right, Unknown):
            return expression.unknown(left, right)
        return lift(left, lambda choice: binary(operator, choice, right, expression), expression)
    if isinstance(right, Unknown):
        return lift(right, lambda choice: binary(operator, left, choice, expression), expression)
    try:
        a, b = to_number(left), to_number(right)
        if operator in "+-*" and (isinstance(a, float) or isinstance(b, float)):
            return to_number(_exact(operator, a, b))
        if operator == "+":
            result: Any = a + b
        elif operator == "-":
            result = a - b
        elif operator == "*":
            if isinstance(a, int) and isinstance(b, int) and a.bit_length() + b.bit_length() > 2048:
                return Unknown("expansion-limit", expression.text())
            result = a * b
        elif operator == "/":
            result = a // b if isinstance(a, int) and isinstance(b, int) and a % b == 0 else a / b
        elif operator == "%":
            rest = abs(a) % abs(b)
            result = rest if a >= 0 else -rest
        else:
            return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator]
        return to_number(result)
    except (ConversionError, ArithmeticError):
        return expression.invalid()


def _exact(operator: str, a: int | float, b: int | float) -> float:
    """Terraform counts in decimal fractions far longer than a float: 0.1 + 0.2 is 0.3."""
    from decimal import Decimal

    x, y = Decimal(repr(a)), Decimal(repr(b))
    return float(x + y if operator == "+" else x - y if operator == "-" else x * y)
