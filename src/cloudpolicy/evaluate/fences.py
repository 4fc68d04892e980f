"""Deny statements that fence a policy in: whatever another statement allows, only an organisation, account or network may use it.

The usual way to write a resource policy is one Allow for everybody and one Deny for whoever comes from elsewhere. Read alone, the first looks open.
"""

from __future__ import annotations

import re

from cloudpolicy.evaluate.documents import Condition
from cloudpolicy.evaluate.logic import all_of, any_of, negate
from cloudpolicy.evaluate.statements import any_statement, covers, denies, every_action, is_everyone, matches, narrows
from cloudpolicy.model import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudpolicy.evaluate.documents import Document, Item, Statement
    from cloudpolicy.evaluate.logic import Truth

_HOLE = r"\$\{([^}]*)\}"
# A Deny with one of these holds for everybody but those whom the operator without "not" would let in.
_POSITIVE = {
    "notipaddress": "ipaddress",
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
}
# Conditions beside it that exempt AWS's own services only.
_BESIDE = frozenset({"aws:principalisawsservice", "aws:viaawsservice"})


def fenced(document: Document, statement: Statement, keys: frozenset[str] | None = None) -> Truth:
    """True when a Deny keeps everybody from what `statement` allows, except callers that a condition names.

    keys  condition keys that count (lower case); every key that narrows, when None
    """
    return any_statement(document, lambda other: _fences(other, statement, keys))


def _fences(other: Statement, statement: Statement, keys: frozenset[str] | None) -> Truth:
    def parts() -> Iterator[Truth]:
        yield denies(other)
        yield keeps_out(other, keys)
        if other.principals is not None:
            yield any_of(is_everyone(kind, item) for kind, item in other.principals)
        else:
            yield other.not_principals is None  # a policy of an identity names nobody
        yield _covers_actions(other, statement)
        yield _covers_resources(other, statement)

    return all_of(parts())


def keeps_out(statement: Statement, keys: frozenset[str] | None = None) -> Truth:
    """True when the statement's conditions hold for every caller but those of an organisation, account or network."""
    truths: list[Truth] = []
    for condition in statement.conditions:
        if condition.key in _BESIDE:
            continue
        operator = condition.operator.removesuffix("ifexists")
        positive = _POSITIVE.get(operator)
        if positive is None or (keys is not None and condition.key not in keys):
            return False
        truths.append(narrows(Condition(positive, condition.key, condition.values)))
    if not truths:
        return statement.doubt if statement.doubt is not None else False
    if statement.doubt is not None:
        truths.append(statement.doubt)
    return all_of(truths)


def _covers_actions(other: Statement, statement: Statement) -> Truth:
    if other.actions is None:
        if other.not_actions is None or statement.actions is None:
            return False
        spared = other.not_actions
        return all_of(negate(any_of(_covers(item, action) for item in spared)) for action in statement.actions)
    denied = other.actions
    everything = any_of(every_action(item) for item in denied)
    if everything is True or statement.actions is None:
        return everything
    return all_of(any_of(_covers(item, action) for item in denied) for action in statement.actions)


def _covers(item: Item, action: Item) -> Truth:
    return covers(item, action) if isinstance(action, str) else item == action or action


def _covers_resources(other: Statement, statement: Statement) -> Truth:
    if other.resources is None:
        return other.not_resources is None
    denied = other.resources
    if statement.resources is None:
        return statement.not_resources is None or any_of(_reaches(item, "*") for item in denied)
    return all_of(any_of(_reaches(item, resource) for item in denied) for resource in statement.resources)


def _reaches(item: Item, resource: Item) -> Truth:
    """True when one resource pattern covers another; what is not resolved is the same only where it is the same expression."""
    if matches(_text(item), _text(resource)):
        return True
    return next((one for one in (item, resource) if isinstance(one, Unknown)), False)


def _text(item: Item) -> str:
    """An item as text in which an unknown part stands by its expression, so that equal expressions are equal."""
    if not isinstance(item, Unknown):
        return item
    if isinstance(item.partial, str):
        return re.sub(_HOLE, lambda hole: f"<{hole[1]}>", item.partial)
    return f"<{item.expression}>"
