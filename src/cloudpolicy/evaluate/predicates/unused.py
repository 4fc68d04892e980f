"""Terraform's policy documents that nothing in the estate uses: they are written for somebody else (an output, a module), so they are
judged themselves. A document that is used is judged where it is used, and only there.
"""

from __future__ import annotations

from cloudpolicy.evaluate.documents import Document, Statement, parse
from cloudpolicy.evaluate.judging import judge
from cloudpolicy.evaluate.predicates import Located, predicate
from cloudpolicy.evaluate.predicates.iam import admin_statement, escalating, service_wide_in
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.judging import StatementTest
    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context
    from cloudpolicy.model import Resource

_NAMES = {"actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource"}


@predicate
def is_unused(context: Context, statement: Any) -> Truth:
    """True when the document grants rights to whoever gets it attached (it names no principals) and nothing else holds its statements."""
    blocks = [block for block in _blocks(statement) if isinstance(block, dict)]
    if not blocks or any(block.get("principals") or block.get("not_principals") for block in blocks):
        return False
    held = context.estate.links.get("statements in use")
    if held is None:
        held = context.estate.links["statements in use"] = _statements_in_use(context.estate.resources, context.estate.links)
    return not any(_identity(Statement(_converted(block), ())) in held for block in blocks)


@predicate
def grants_admin(context: Context, statement: Any) -> Truth | Located:
    """True when the document allows every action on every resource."""
    return _judge(context, statement, lambda document: admin_statement)


@predicate
def escalation(context: Context, statement: Any) -> Truth | Located:
    """True when its holder could gain more rights, as `iam.escalation` says."""
    return _judge(context, statement, escalating)


@predicate
def service_wide(context: Context, statement: Any) -> Truth | Located:
    """True when it allows every action of a service on every resource without a condition."""
    return _judge(context, statement, service_wide_in)


def _judge(context: Context, statement: Any, make: StatementTest) -> Truth | Located:
    source = {"Version": "2012-10-17", "Statement": [_converted(one) if isinstance(one, dict) else one for one in _blocks(statement)]}
    found: list[int] = []

    def noting(document: Document) -> Any:
        test = make(document)

        def one(statement: Statement) -> Truth:
            truth = test(statement)
            if truth is True and isinstance(statement.path[-1], int):
                found.append(statement.path[-1])
            return truth

        return one

    answer = judge(context, source, noting, lambda name: False)
    truth = answer.truth if isinstance(answer, Located) else answer
    if truth is not True or not found:
        return truth
    first, *more = [(("statement", position), source["Statement"][position]) for position in dict.fromkeys(found)]
    return Located(True, *first, also=more)


def _blocks(statement: Any) -> list[Any]:
    if isinstance(statement, Unknown):
        return [*statement.partial, statement] if isinstance(statement.partial, list) else [statement]
    if statement is ABSENT or statement is None:
        return []
    return statement if isinstance(statement, list) else [statement]


def _converted(block: dict[str, Any]) -> dict[str, Any]:
    """A `statement` block in the words of a policy document."""
    result: dict[str, Any] = {"Effect": block.get("effect") or "Allow"}
    for attribute, name in _NAMES.items():
        if block.get(attribute):
            result[name] = block[attribute]
    conditions: dict[str, Any] = {}
    for one in _blocks(block.get("condition")):
        if isinstance(one, dict) and isinstance(one.get("test"), str) and isinstance(one.get("variable"), str):
            conditions.setdefault(one["test"], {})[one["variable"]] = one.get("values", [])
        else:
            result["Condition"] = one if isinstance(one, Unknown) else Unknown("unsupported-expression", "condition")
    if conditions and "Condition" not in result:
        result["Condition"] = conditions
    return result


def _statements_in_use(resources: list[Resource], cache: dict[Any, Any]) -> set[tuple[str, ...]]:
    used: set[tuple[str, ...]] = set()
    for resource in resources:  # other documents too: what is merged into them is judged as they are used
        for value in resource.values.values():
            _collect(value, used, cache)
    return used


def _collect(value: Any, used: set[tuple[str, ...]], cache: dict[Any, Any]) -> None:
    if isinstance(value, list):
        for item in value:
            _collect(item, used, cache)
    elif isinstance(value, dict):
        for item in value.values():
            _collect(item, used, cache)
    elif isinstance(value, (str, Unknown)):
        known = value if isinstance(value, str) else value.partial
        if isinstance(known, dict) or (isinstance(known, str) and '"Statement"' in known):
            document = parse(value, cache)
            if isinstance(document, Document):
                used.update(_identity(statement) for statement in document.statements)


def _identity(statement: Statement) -> tuple[str, ...]:
    lists = (statement.actions, statement.not_actions, statement.resources, statement.not_resources)
    return (str(statement.effect), *(",".join(sorted(map(repr, items or ()))) for items in lists))


WORDS = {
    "is_unused": Text("nothing in the scanned files uses it", "検査対象の中に利用箇所がありません"),
    "grants_admin": Text("allows every action on every resource", "すべての操作をすべての資源に許可しています"),
    "escalation": Text("lets its holder gain more rights", "権限昇格につながる操作を広い範囲の資源に許可しています"),
    "service_wide": Text("allows every action of a service on every resource", "サービスの全操作をすべての資源に許可しています"),
}
