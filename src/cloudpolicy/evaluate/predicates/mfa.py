"""Administrators and multi-factor authentication: who holds full rights, and whether some statement asks for MFA before they work.

A policy asks for it in one of two ways: the statement that grants everything holds only with MFA, or a Deny holds whenever it is missing.
The Deny may stand in another policy of the same user, or of a group of theirs.
"""

from __future__ import annotations

from cloudpolicy.evaluate.documents import Name, each_document
from cloudpolicy.evaluate.holders import grants_to, groups_of, policy_values, resources_of
from cloudpolicy.evaluate.judging import judge
from cloudpolicy.evaluate.logic import all_of, any_of, negate
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.evaluate.predicates.iam import admin_statement, is_admin_name
from cloudpolicy.evaluate.statements import (
    allows,
    any_statement,
    denies,
    every_action,
    is_everyone,
    is_identifier,
    on_everything,
    whole_account,
)
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cloudpolicy.evaluate.documents import Document, Item, Statement
    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context, Located

_PRESENT, _AGE = "aws:multifactorauthpresent", "aws:multifactorauthage"
_SAME_ARN = frozenset({"arnlike", "arnequals", "stringlike", "stringequals"})
_BESIDE = frozenset({"aws:viaawsservice", "aws:principalisawsservice"})


@predicate
def grants_admin(context: Context, policies: Any, holders: Any = None) -> Truth:
    """True when one of the policies grants everything and there is a holder (user, group) that it is given to."""
    if holders is not None and not _listed(holders):
        return False
    return any_of(_each(context, policy, _admin) for policy in _listed(policies))


@predicate
def asks_for_mfa(context: Context, policies: Any, user: Any = ABSENT, group: Any = ABSENT) -> Truth:
    """True when the granting policy, or another one that reaches the same holders, asks for multi-factor authentication."""

    def own() -> Iterator[Truth]:
        yield all_of(negate(_each(context, policy, _admin_without_mfa)) for policy in _listed(policies))
        yield any_of(_each(context, policy, _denies_without_mfa) for policy in _listed(policies))

    users, groups = _listed(user), _listed(group)
    if context.resource.type == "AWS::IAM::User":
        users = [context.resource]
    elif context.resource.type == "AWS::IAM::Group":
        groups = [context.resource]

    def covered() -> Iterator[Truth]:
        for name in users:
            yield _covered(context, [("user", name), *(("group", of) for of in groups_of(context, name))])
        for name in groups:
            yield _covered(context, [("group", name)])

    truth = any_of(own())
    return truth if truth is True or not (users or groups) else any_of((truth, all_of(covered())))


@predicate
def people_assume_admin(context: Context, trust: Any) -> Truth:
    """True when a trust policy names an account or a user (not a service, a role or a federation) and the role grants everything."""
    people = each_document(trust, lambda document: _any(document, names_people), context.estate.links, any_of)
    if people is False:
        return False
    grants = [("role", context.resource)]
    return all_of((people, any_of(_each(context, value, _admin) for value in grants_to(context, grants))))


@predicate
def trust_requires_mfa(context: Context, value: Any) -> Truth | Located:
    """True when every statement that lets people assume the role holds only with multi-factor authentication."""
    lax = judge(context, value, lambda document: _lax_trust, lambda name: False)
    if isinstance(lax, bool | Unknown):
        return negate(lax)
    lax.truth = False
    return lax


# -- documents ----------------------------------------------------------------------------------------------------------------------------


def _each(context: Context, value: Any, test: Any) -> Truth:
    """`test` on every document that a value stands for: itself, or that of the managed policies it names."""
    return any_of(each_document(found, test, context.estate.links, any_of) for found in policy_values(context, value))


def _any(document: Document | Name, test: Any) -> Truth:
    return False if isinstance(document, Name) else any_statement(document, test)


def _admin(document: Document | Name) -> Truth:
    return is_admin_name(document.text) if isinstance(document, Name) else any_statement(document, admin_statement)


def _admin_without_mfa(document: Document | Name) -> Truth:
    if isinstance(document, Name):
        return is_admin_name(document.text)
    return any_statement(document, lambda statement: all_of((admin_statement(statement), negate(_only_with_mfa(statement)))))


def _only_with_mfa(statement: Statement) -> Truth:
    for condition in statement.conditions:
        if condition.key == _PRESENT and condition.operator == "bool":
            return all_of(item if isinstance(item, Unknown) else item.casefold() == "true" for item in condition.values)
        if condition.key == _AGE and condition.operator in ("numericlessthan", "numericlessthanequals"):
            return True
    return statement.doubt if statement.doubt is not None else False


def _denies_without_mfa(document: Document | Name) -> Truth:
    """True for a Deny of everything (or of all but the way to set MFA up) that holds when MFA is missing.

    A plain Bool does not: requests signed with access keys carry no such key at all, and pass.
    """

    def parts(statement: Statement) -> Iterator[Truth]:
        yield denies(statement)
        if statement.actions is not None:
            yield any_of(every_action(item) for item in statement.actions)
        else:
            yield statement.not_actions is not None
        yield on_everything(statement, "")
        yield _when_missing(statement)

    return _any(document, lambda statement: all_of(parts(statement)))


def _when_missing(statement: Statement) -> Truth:
    truths: list[Truth] = []
    for condition in statement.conditions:
        if condition.key in _BESIDE:
            continue
        operator, expected = condition.operator, ""
        if condition.key == _PRESENT:
            expected = "false" if operator == "boolifexists" else "true" if operator == "null" else ""
        elif condition.key == _AGE:
            expected = "true" if operator == "null" else ""
            if operator in ("numericgreaterthanifexists", "numericgreaterthanequalsifexists"):
                truths.append(True)
                continue
        truths.append(
            bool(expected) and all_of(item if isinstance(item, Unknown) else item.casefold() == expected for item in condition.values)
        )
    if statement.doubt is not None:
        truths.append(statement.doubt)
    return all_of(truths) if truths else False


# -- holders ------------------------------------------------------------------------------------------------------------------------------


def _covered(context: Context, holders: list[tuple[str, Any]]) -> Truth:
    truth = any_of(_each(context, value, _denies_without_mfa) for value in grants_to(context, holders))
    if truth is False and not any(resources_of(context, kind, holder) for kind, holder in holders):
        return Unknown("not-in-estate", "MFA")  # a user or group that another place manages, where its Deny may stand too
    return truth


def _listed(value: Any) -> list[Any]:
    """A value or nested lists of them as one flat list."""
    if isinstance(value, list):
        return [one for item in value for one in _listed(item)]
    return [] if value is ABSENT or value is None else [value]


# -- trust --------------------------------------------------------------------------------------------------------------------------------


def names_people(statement: Statement) -> Truth:
    """True for an Allow whose principal is a user or an account, which people come from."""
    if _for_roles_only(statement):
        return False
    return all_of((allows(statement), any_of(_is_person(kind, item) for kind, item in statement.principals or ())))


def _for_roles_only(statement: Statement) -> bool:
    """True when aws:PrincipalArn lets in nothing but roles, e.g. a role that assumes itself: no person comes that way without one of them."""
    for condition in statement.conditions:
        if condition.key == "aws:principalarn" and condition.operator in _SAME_ARN and condition.values:
            texts = [item if isinstance(item, str) else item.partial for item in condition.values]
            if all(isinstance(text, str) and ":role/" in text for text in texts):
                return True
    return False


def _is_person(kind: str, item: Item) -> Truth:
    if kind not in ("AWS", "*", ""):
        return False
    text = item if isinstance(item, str) else item.partial if isinstance(item.partial, str) else ""
    if ":user/" in text:
        return True
    account = whole_account(item)
    if isinstance(account, Unknown):
        return True if isinstance(account.partial, str) and account.partial.endswith(":root") else account
    if account is not None:
        return True
    if isinstance(item, Unknown) and is_identifier(item):
        return any("iam_user." in reference for reference in item.references)
    return is_everyone(kind, item)


def _lax_trust(statement: Statement) -> Truth:
    return all_of((names_people(statement), negate(_only_with_mfa(statement))))


WORDS = {"people_assume_admin": Text("people assume a role with full rights", "人が引き受けるロールに全権限があります")}
WORDS_FALSE = {
    "asks_for_mfa": Text(
        "full rights are granted and nothing asks for multi-factor authentication",
        "すべての権限を与えていますが、多要素認証を必須とする条件がありません",
    ),
    "trust_requires_mfa": Text(
        "people can assume this administrator role without multi-factor authentication",
        "管理者権限のロールを、多要素認証なしで引き受けられます",
    ),
}
