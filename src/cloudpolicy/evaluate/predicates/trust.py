"""Whom a role's trust policy lets assume it: everyone, everyone at a shared identity provider, another account as a whole."""

from __future__ import annotations

import re

from cloudpolicy.evaluate.judging import judge, reference_type
from cloudpolicy.evaluate.logic import all_of, any_of, choose, negate
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.evaluate.predicates.iam import anonymous_statement
from cloudpolicy.evaluate.statements import allows, whole_account
from cloudpolicy.model import Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from cloudpolicy.evaluate.documents import Condition, Item, Statement
    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context, Located

# Identity providers that all their customers share, with the claims that do not tell one customer from another.
_SHARED_CLAIMS: dict[str, frozenset[str]] = {
    "token.actions.githubusercontent.com": frozenset({"aud"}),
    "gitlab.com": frozenset({"aud"}),
    "app.terraform.io": frozenset({"aud"}),
    "agent.buildkite.com": frozenset({"aud"}),
    "accounts.google.com": frozenset(),
    "cognito-identity.amazonaws.com": frozenset({"amr"}),
    "graph.facebook.com": frozenset(),
    "www.amazon.com": frozenset(),
}
_PROVIDERS = {
    "aws_iam_openid_connect_provider": "url",
    "data.aws_iam_openid_connect_provider": "url",
    "AWS::IAM::OIDCProvider": "Url",
}
_CLOSED = frozenset({"aws_iam_saml_provider", "data.aws_iam_saml_provider", "AWS::IAM::SAMLProvider"})
_PRIVATE = frozenset({"aws_eks_cluster", "data.aws_eks_cluster", "AWS::EKS::Cluster"})
_EXACT = ("stringequals", "stringequalsignorecase")
_GITHUB_OWNER = r"repo:[^*?/]+/"


@predicate
def is_open(context: Context, value: Any) -> Truth | Located:
    """True when anybody can assume the role: Principal "*" that nothing narrows, or a shared identity provider without a claim on the caller."""

    def statement(one: Statement) -> Truth:
        return any_of(part(one) for part in (anonymous_statement, lambda one: _open_federation(context, one)))

    return judge(context, value, lambda document: statement, lambda name: False)


@predicate
def opens_to_account(context: Context, value: Any) -> Truth | Located:
    """True when every identity of another account can assume the role and no condition (external id, organisation, MFA) asks for more."""
    return judge(context, value, lambda document: _foreign_account, lambda name: False)


def is_conditioned(statement: Statement) -> Truth:
    """True when a condition demands something of the caller; a negative one only leaves somebody out."""
    if any(_demands(condition) for condition in statement.conditions):
        return True
    return statement.doubt if statement.doubt is not None else False


def _demands(condition: Condition) -> bool:
    operator = condition.operator
    return "not" not in operator and not operator.startswith("null") and (not operator.endswith("ifexists") or ":source" in condition.key)


def _foreign_account(statement: Statement) -> Truth:
    def parts() -> Iterator[Truth]:
        yield allows(statement)
        yield any_of(_is_foreign(item) for kind, item in statement.principals or () if kind in ("AWS", ""))
        yield negate(is_conditioned(statement))

    return all_of(parts())


def _is_foreign(item: Item) -> Truth:
    if isinstance(item, Unknown) and item.choices is not None:
        return choose((_is_foreign(choice) if isinstance(choice, (str, Unknown)) else False for choice in item.choices), item)
    account = whole_account(item)
    if account is None or account == "own":
        return False
    return account if isinstance(account, Unknown) else True


# -- federation ---------------------------------------------------------------------------------------------------------------------------


def _open_federation(context: Context, statement: Statement) -> Truth:
    def parts() -> Iterator[Truth]:
        yield allows(statement)
        yield any_of(_open_provider(context, statement, item) for kind, item in statement.principals or () if kind == "Federated")

    return all_of(parts())


def _open_provider(context: Context, statement: Statement, item: Item) -> Truth:
    host = _host(context, item)
    if host is None:
        return False
    if isinstance(host, Unknown):
        # Whatever provider it is: a claim about the subject settles it.
        closed = _claimed(statement, lambda key: key.endswith(":sub"), _names_somebody)
        return False if closed is True else host
    shared = next((known for known in _SHARED_CLAIMS if host == known), None)
    if shared is None:
        return False
    common = _SHARED_CLAIMS[shared]

    def tells(key: str) -> bool:
        issuer, _, claim = key.rpartition(":")
        return (issuer == shared or "${" in issuer) and claim not in common

    return negate(_claimed(statement, tells, _names_owner if shared.startswith("token.actions") else _names_somebody))


def _claimed(statement: Statement, tells: Callable[[str], bool], names: Callable[[str, str], bool]) -> Truth:
    """True when a condition holds a telling claim against values that name somebody."""

    def one(condition: Condition) -> Truth:
        operator = condition.operator.rpartition(":")[2]
        if not tells(condition.key) or not operator.startswith("string") or "not" in operator or operator.endswith("ifexists"):
            return False
        claim = condition.key.rpartition(":")[2]
        return bool(condition.values) and all_of(_value_names(item, operator, claim, names) for item in condition.values)

    truth = any_of(one(condition) for condition in statement.conditions)
    return truth if truth is True or statement.doubt is None else statement.doubt


def _value_names(item: Item, operator: str, claim: str, names: Callable[[str, str], bool]) -> Truth:
    if operator in _EXACT:
        return True  # no wildcards there
    text = item if isinstance(item, str) else item.partial
    if not isinstance(text, str) or not re.sub(r"\$\{[^}]*\}", "", text):
        return item if isinstance(item, Unknown) else False
    return names(re.sub(r"\$\{[^}]*\}", "x", text), claim)


def _names_somebody(text: str, claim: str) -> bool:
    return any(part and part[0] not in "*?" for part in text.split(":")[(1 if ":" in text else 0) :][:1])


def _names_owner(text: str, claim: str) -> bool:
    return re.match(_GITHUB_OWNER, text) is not None if claim == "sub" and text.startswith("repo:") else _names_somebody(text, claim)


def _host(context: Context, item: Item) -> str | Unknown | None:
    """The identity provider's host; None for SAML and for a provider of one's own, an Unknown when it cannot be told."""
    text = item if isinstance(item, str) else item.partial if isinstance(item.partial, str) else ""
    if "saml-provider/" in text:
        return None
    tail = text.split("oidc-provider/", 1)[1] if "oidc-provider/" in text else text if isinstance(item, str) else ""
    host = tail.split("/", 1)[0].casefold()
    if host and "${" not in host:
        return host
    if isinstance(item, str):
        return None
    kinds = [reference_type(context, reference) for reference in item.references]
    for reference, kind in zip(item.references, kinds, strict=True):
        if kind in _PROVIDERS:
            found = context.estate.at(reference)
            return item if found is None else _url_host(context, found.values.get(_PROVIDERS[kind]), item)
    if any(kind in _CLOSED or kind in _PRIVATE for kind in kinds):
        return None
    return item


def _url_host(context: Context, url: Any, item: Unknown) -> str | Unknown | None:
    if isinstance(url, Unknown):
        if any(reference_type(context, reference) in _PRIVATE for reference in url.references):
            return None
        url = url.partial
    if not isinstance(url, str):
        return item
    host = url.removeprefix("https://").split("/", 1)[0].casefold()
    return item if not host or "${" in host else host


WORDS = {
    "is_open": Text(
        "anybody can assume the role: nothing narrows the principal",
        "引受け元を絞る条件がなく、誰でもロールを引き受けられます",
    ),
    "opens_to_account": Text(
        "every identity of another account can assume the role without any condition",
        "他アカウントのすべての主体が、条件なしでロールを引き受けられます",
    ),
}
