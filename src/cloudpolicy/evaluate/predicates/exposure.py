"""Resource policies that let in anonymous callers, and tenants that a cluster trusts."""

from __future__ import annotations

from cloudpolicy.evaluate.fences import fenced
from cloudpolicy.evaluate.judging import judge
from cloudpolicy.evaluate.logic import all_of, negate
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.evaluate.predicates.iam import anonymous_statement
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from cloudpolicy.evaluate.documents import Document, Statement
    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context, Located


@predicate
def open_to_anyone(context: Context, value: Any) -> Truth | Located:
    """True when a resource policy lets in everyone, and neither a condition nor a Deny of the same policy keeps strangers out.

    value  a document in any form, or what holds statements only: one statement (an event bus), a list of them (SAM's CustomStatements)
    """
    return judge(context, _as_document(value), _open, lambda name: False)


@predicate
def trusts_any_tenant(context: Context) -> Truth:
    """True when a Kusto cluster of ARM lets in every tenant: "*" is named; unknown when nothing is written, false for an empty list."""
    properties = context.resource.values.get("properties", ABSENT)
    tenants = _within(properties, "trustedexternaltenants")
    if tenants is ABSENT or tenants is None:
        return Unknown("provider-default", "trustedExternalTenants")
    if isinstance(tenants, Unknown):
        return tenants
    doubt: Truth = False
    for tenant in tenants if isinstance(tenants, list) else [tenants]:
        value = tenant if isinstance(tenant, Unknown) else _within(tenant, "value")
        if value == "*":
            return True
        if isinstance(value, Unknown):
            doubt = value
    return doubt


def _open(document: Document) -> Callable[[Statement], Truth]:
    def parts(statement: Statement) -> Iterator[Truth]:
        yield anonymous_statement(statement)
        yield negate(fenced(document, statement))

    return lambda statement: all_of(parts(statement))


def _as_document(value: Any) -> Any:
    if isinstance(value, list) and any(isinstance(item, dict) and "Statement" not in item for item in value):
        return {"Statement": value}
    if isinstance(value, dict) and "Statement" not in value and "Effect" in value:
        return {"Statement": [value]}
    if isinstance(value, Unknown) and isinstance(value.partial, dict) and "Statement" not in value.partial and "Effect" in value.partial:
        return {"Statement": [value.partial]}
    return value


def _within(values: Any, name: str) -> Any:
    """The property `name` (lower case) of an object, in whatever case it is written."""
    if isinstance(values, Unknown):
        return values if values.partial is None else _within(values.partial, name)
    if isinstance(values, dict):
        for key, value in values.items():
            if isinstance(key, str) and key.casefold() == name:
                return value
    return ABSENT


WORDS = {
    "open_to_anyone": Text(
        'lets in everyone (Principal "*") without a condition or a Deny that keeps strangers out',
        '条件も、部外者を拒否するDenyもなく、全員(Principal "*")に許可しています',
    ),
    "trusts_any_tenant": Text("every tenant is trusted", "すべてのテナントを信頼しています"),
}
WORDS_FALSE = {
    "trusts_any_tenant": Text("only named tenants are trusted", "信頼するテナントが限定されています"),
}
