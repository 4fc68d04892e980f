"""Where administrators may come from: full rights that hold only from named addresses or networks."""

from __future__ import annotations

from cloudpolicy.evaluate.documents import Name, each_document
from cloudpolicy.evaluate.fences import fenced, keeps_out
from cloudpolicy.evaluate.holders import grants_to, policy_values
from cloudpolicy.evaluate.judging import judge
from cloudpolicy.evaluate.logic import all_of, any_of, negate
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.evaluate.predicates.iam import admin_statement, is_admin_name
from cloudpolicy.evaluate.predicates.mfa import names_people
from cloudpolicy.evaluate.statements import allows, any_statement, denies, every_action, narrows, on_everything
from cloudpolicy.model import Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from cloudpolicy.evaluate.documents import Document, Statement
    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context, Located

SOURCES = frozenset({"aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce"})


@predicate
def admin_from_anywhere(context: Context, value: Any) -> Truth | Located:
    """True when a policy grants everything and neither the statement nor a Deny of the policy names addresses or networks."""
    return judge(context, value, _unbound, is_admin_name)


@predicate
def people_assume_admin(context: Context, trust: Any) -> Truth:
    """True when people (an account, a user, a SAML federation) may assume the role and it grants everything."""
    people = each_document(trust, lambda document: _any(document, _by_people), context.estate.links, any_of)
    if people is False:
        return False
    values = (found for value in grants_to(context, [("role", context.resource)]) for found in policy_values(context, value))
    return all_of((people, any_of(each_document(value, _admin, context.estate.links, any_of) for value in values)))


@predicate
def assumed_from_named_sources(context: Context, trust: Any) -> Truth:
    """True when the trust policy, or the policies of the role, name the addresses or networks that its full rights hold from."""

    def parts() -> Iterator[Truth]:
        yield negate(each_document(trust, lambda document: _statements(document, _open_trust), context.estate.links, any_of))
        values = [found for value in grants_to(context, [("role", context.resource)]) for found in policy_values(context, value)]
        yield any_of(each_document(value, lambda document: _any(document, _fences), context.estate.links, any_of) for value in values)
        yield all_of(negate(each_document(value, _unbound_document, context.estate.links, any_of)) for value in values)

    return any_of(parts())


def _fences(statement: Statement) -> Truth:
    """True for a Deny of everything from everywhere but named places: it holds whichever policy grants."""

    def parts() -> Iterator[Truth]:
        yield denies(statement)
        yield any_of(every_action(item) for item in statement.actions or ())
        yield on_everything(statement, "")
        yield keeps_out(statement, SOURCES)

    return all_of(parts())


def _unbound_document(document: Document | Name) -> Truth:
    return is_admin_name(document.text) if isinstance(document, Name) else any_statement(document, _unbound(document))


def _unbound(document: Document) -> Callable[[Statement], Truth]:
    def parts(statement: Statement) -> Iterator[Truth]:
        yield admin_statement(statement)
        yield negate(_held(document, statement))

    return lambda statement: all_of(parts(statement))


def _open_trust(document: Document) -> Callable[[Statement], Truth]:
    return lambda statement: all_of((_by_people(statement), negate(_held(document, statement))))


def _held(document: Document, statement: Statement) -> Truth:
    """True when the statement holds only for callers from named addresses or networks."""
    own = any_of(narrows(condition) for condition in statement.conditions if condition.key in SOURCES)
    if own is False and statement.doubt is not None:
        own = statement.doubt
    return any_of((own, fenced(document, statement, SOURCES))) if own is not True else True


def _by_people(statement: Statement) -> Truth:
    federated = any(
        (kind == "Federated" and "saml-provider/" in _text(item)) or "aws_iam_saml_provider." in _text(item)
        for kind, item in statement.principals or ()
    )
    return allows(statement) if federated else names_people(statement)


def _text(item: Any) -> str:
    if isinstance(item, Unknown):
        return f"{item.partial if isinstance(item.partial, str) else ''} {item.expression} {' '.join(item.references)}."
    return str(item)


def _any(document: Document | Name, test: Callable[[Statement], Truth]) -> Truth:
    return False if isinstance(document, Name) else any_statement(document, test)


def _statements(document: Document | Name, make: Callable[[Document], Callable[[Statement], Truth]]) -> Truth:
    return False if isinstance(document, Name) else any_statement(document, make(document))


def _admin(document: Document | Name) -> Truth:
    return is_admin_name(document.text) if isinstance(document, Name) else any_statement(document, admin_statement)


WORDS = {
    "admin_from_anywhere": Text("gives full rights from any address", "接続元を問わず全権限を与えています"),
    "people_assume_admin": Text("people may assume the role and it grants everything", "人が引き受ける管理者ロールです"),
    "assumed_from_named_sources": Text("is limited to named addresses or networks", "接続元が限定されています"),
}
WORDS_FALSE = {
    "admin_from_anywhere": Text(
        "gives no full rights, or only from named addresses or networks", "全権限を与えていないか、接続元を限定しています"
    ),
    "assumed_from_named_sources": Text(
        "administrators may come from any address (no aws:SourceIp, aws:SourceVpc or aws:SourceVpce)",
        "接続元(aws:SourceIp、aws:SourceVpc、aws:SourceVpce)が限定されていません",
    ),
}
