"""Conditions, three-valued: True, False, or None when the text does not decide. Each is evaluated once; no combination is enumerated."""

from __future__ import annotations

from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.sources.cloudformation import problems
from cloudpolicy.sources.cloudformation.resolve import resolve
from cloudpolicy.sources.cloudformation.values import describe, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources.cloudformation.scope import Scope

CHAIN_LIMIT = 50  # conditions that refer to conditions that refer to conditions …
_RUNNING = object()


class Conditions:
    """The Conditions section of one template. It does not hold the scope that holds it: a circle would outlive the estate."""

    __slots__ = ("_chain", "_known", "_section")

    def __init__(self, section: dict[str, Any]) -> None:
        self._section = section
        self._known: dict[str, Any] = {}
        self._chain: list[str] = []

    def evaluate_all(self, scope: Scope) -> None:
        """So that a cycle is reported even where nothing uses it."""
        for name in self._section:
            if not name.startswith("Fn::"):
                self.holds(name, self._section, scope)

    def holds(self, name: Any, data: Any, scope: Scope) -> bool | None:
        """Whether the condition holds. `data` is the expression that asks, for the diagnostic."""
        if isinstance(name, str) and name in self._known:
            known = self._known[name]
            if known is not _RUNNING:
                return known  # type: ignore[no-any-return]
            cycle = " -> ".join([*self._chain[self._chain.index(name) :], name])
            self._report(
                scope,
                "reference-cycle",
                data,
                f"the condition refers to itself ({cycle}); break the cycle, it counts as undecided",
                f"条件が自分自身を参照しています({cycle})。循環を解消してください。この条件は未確定として扱います",
            )
            return None
        if not isinstance(name, str) or name not in self._section:
            shown = name if isinstance(name, str) else describe(name)
            scope.report(problems.undefined(scope.span_of(data), "condition", "条件", shown))
            return None
        if len(self._chain) >= CHAIN_LIMIT:
            self._report(
                scope,
                "too-deep",
                data,
                f"more than {CHAIN_LIMIT} conditions refer to each other; shorten the chain, it counts as undecided",
                f"条件の参照が {CHAIN_LIMIT} 段を超えて連なっています。短くしてください。この条件は未確定として扱います",
            )
            return None
        self._known[name] = _RUNNING
        self._chain.append(name)
        result = self.test(self._section[name], scope)
        self._chain.pop()
        self._known[name] = result
        return result

    def test(self, data: Any, scope: Scope) -> bool | None:
        """One condition expression: Fn::And, Or, Not, Equals, Condition, or a literal."""
        if isinstance(data, dict) and len(data) == 1:
            ((name, argument),) = data.items()
            if name == "Condition":
                return self.holds(argument, data, scope)
            if name == "Fn::Equals" and isinstance(argument, list) and len(argument) == 2:
                return self._equals(argument, scope)
            if name == "Fn::Not" and isinstance(argument, list) and len(argument) == 1:
                inner = self.test(argument[0], scope)
                return None if inner is None else not inner
            if name in ("Fn::And", "Fn::Or") and isinstance(argument, list) and argument:
                decisive = name == "Fn::Or"
                answers = [self.test(item, scope) for item in argument]
                return decisive if decisive in answers else None if None in answers else not decisive
        if isinstance(data, bool):
            return data
        if data in ("true", "false"):
            return bool(data == "true")
        self._report(
            scope,
            "invalid-template",
            data,
            f"{describe(data)} is no condition; correct it, it counts as undecided",
            f"{describe(data)} は条件式ではありません。修正してください。この条件は未確定として扱います",
        )
        return None

    def _equals(self, argument: list[Any], scope: Scope) -> bool | None:
        outer, scope.in_condition = scope.in_condition, True
        try:
            a, b = resolve(argument[0], scope), resolve(argument[1], scope)
        finally:
            scope.in_condition = outer
        answers = {_equal(x, y) for x in _possible(a) for y in _possible(b)}
        if len(answers) == 1:
            (answer,) = answers
            if answer is not None:
                return answer
        if isinstance(argument[0], dict) and argument[0] == argument[1]:
            return True
        return None

    def _report(self, scope: Scope, code: str, data: Any, en: str, ja: str) -> None:
        document = scope.document
        path = document.path_of(data)
        if path is None and self._chain:
            path = ("Conditions", self._chain[-1])
        span = scope.span_of(data) if path is None else document.nearest(path)
        scope.report(problems.problem("error", code, span, en, ja))


def _possible(value: Any) -> tuple[Any, ...]:
    return value.choices if isinstance(value, Unknown) and value.choices else (value,)


def _equal(a: Any, b: Any) -> bool | None:
    """CloudFormation compares text: true and "true" are equal."""
    if isinstance(a, Unknown) or isinstance(b, Unknown) or a is ABSENT or b is ABSENT:
        return None
    if isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            return False
        answers = [_equal(x, y) for x, y in zip(a, b, strict=True)]
        return False if False in answers else None if None in answers else True
    x, y = text_of(a), text_of(b)
    if x is None or y is None:
        return None if a != b else True
    return x == y
