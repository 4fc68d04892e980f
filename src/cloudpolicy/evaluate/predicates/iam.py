"""What a policy document grants: everything, a way to more rights, a whole service, to everyone; and whether it refuses plain HTTP.

A value is JSON text, a structure, an Unknown that knows part of either, a list of them, or the name or ARN of a managed policy.
"""

from __future__ import annotations

import re

from cloudpolicy.evaluate.documents import Name, each_document
from cloudpolicy.evaluate.judging import judge
from cloudpolicy.evaluate.logic import all_of, any_of, negate
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.evaluate.statements import (
    SAMPLE,
    allows,
    any_statement,
    covers,
    denies,
    every_action,
    has_bool,
    is_everyone,
    names_everyone,
    narrowed,
    on_everything,
    reaches_action,
)
from cloudpolicy.model import Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from cloudpolicy.evaluate.documents import Condition, Document, Item, Statement
    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context, Located

_ADMIN = r"(^|[/:])AdministratorAccess\Z"
_WIDE = r"(^|[/:])(IAMFullAccess|PowerUserAccess)\Z"
_HOLE = r"\$\{[^}]*\}"
_SERVICE = r"(?i)([a-z0-9-]+):\*+\Z"

# Actions by which a holder gives itself more rights, with the kind of resource they work on.
_ESCALATIONS = (
    ("iam:PassRole", "role/"),
    ("sts:AssumeRole", "role/"),
    ("iam:CreatePolicyVersion", "policy/"),
    ("iam:SetDefaultPolicyVersion", "policy/"),
    ("iam:AttachUserPolicy", "user/"),
    ("iam:AttachGroupPolicy", "group/"),
    ("iam:AttachRolePolicy", "role/"),
    ("iam:PutUserPolicy", "user/"),
    ("iam:PutGroupPolicy", "group/"),
    ("iam:PutRolePolicy", "role/"),
    ("iam:AddUserToGroup", "group/"),
    ("iam:UpdateAssumeRolePolicy", "role/"),
    ("iam:CreateAccessKey", "user/"),
    ("iam:CreateLoginProfile", "user/"),
    ("iam:UpdateLoginProfile", "user/"),
)
# Conditions that leave such an action open only for chosen services, policies or tagged resources.
_BOUNDING = (
    "iam:passedtoservice",
    "iam:permissionsboundary",
    "iam:policyarn",
    "iam:associatedresourcearn",
    "iam:resourcetag/",
    "aws:resourcetag/",
    "aws:resourceorgid",
    "aws:calledvia",
    "aws:viaawsservice",
    "sts:externalid",
)


@predicate
def grants_admin(context: Context, value: Any) -> Truth | Located:
    """True when it allows every action on every resource, or is AWS's AdministratorAccess."""
    return judge(context, value, lambda document: admin_statement, is_admin_name)


@predicate
def escalation(context: Context, value: Any) -> Truth | Located:
    """True when its holder can give itself more rights: iam:PassRole, policy editing or sts:AssumeRole on every role, user or policy."""
    return judge(context, value, escalating, lambda name: re.search(_WIDE, name) is not None)


@predicate
def service_wide(context: Context, value: Any) -> Truth | Located:
    """True when it allows every action of a service on every resource without a condition."""
    return judge(context, value, service_wide_in, lambda name: False)


@predicate
def allows_anonymous(context: Context, value: Any) -> Truth | Located:
    """True when a resource policy lets in everyone: Principal "*" without a condition that narrows it."""
    return judge(context, value, lambda document: anonymous_statement, lambda name: False)


@predicate
def denies_insecure_transport(context: Context, value: Any) -> Truth:
    """True when a resource policy denies everyone every request over plain HTTP, on the resource and what is in it."""
    kind = context.resource.type.casefold()
    service = next((service for service in _TRANSPORT if service in kind), "s3")

    def test(document: Document | Name) -> Truth:
        return False if isinstance(document, Name) else _refuses_http(document, service)

    return each_document(value, test, context.estate.links, any_of)


@predicate
def goes_to_user(context: Context, value: Any) -> Truth:
    """True: the attribute can only name a user, whoever it is."""
    return True


# -- grants -------------------------------------------------------------------------------------------------------------------------------


def is_admin_name(name: str) -> bool:
    """True for AWS's AdministratorAccess, by name or ARN."""
    return re.search(_ADMIN, name) is not None


def admin_statement(statement: Statement) -> Truth:
    """True when a statement allows everything on everything. NotAction does, unless it leaves out the editing of rights."""

    def actions() -> Truth:
        if statement.actions is not None:
            return any_of(every_action(item) for item in statement.actions)
        if statement.not_actions is not None:
            return negate(any_of(covers(item, "iam:AttachUserPolicy") for item in statement.not_actions))
        return False

    def parts() -> Iterator[Truth]:
        yield allows(statement)
        yield actions()
        yield on_everything(statement, "")

    return all_of(parts())


def escalating(document: Document) -> Callable[[Statement], Truth]:
    def one(statement: Statement, action: str, kind: str) -> Iterator[Truth]:
        yield reaches_action(statement, action)
        yield on_everything(statement, "iam", kind)
        yield negate(_bounded(statement))
        yield negate(any_statement(document, lambda other: _refuses(other, action)))

    def test(statement: Statement) -> Truth:
        allowed = allows(statement)
        if allowed is False:
            return False
        return all_of((allowed, any_of(all_of(one(statement, action, kind)) for action, kind in _ESCALATIONS)))

    return test


def _refuses(statement: Statement, action: str) -> Truth:
    """True when a statement denies `action` everywhere, whatever the request."""
    if statement.conditional or denies(statement) is False:
        return False
    return all_of((denies(statement), reaches_action(statement, action), on_everything(statement, "iam", "")))


def _bounded(statement: Statement) -> Truth:
    if any(_bounds(condition) for condition in statement.conditions):
        return True
    return statement.doubt if statement.doubt is not None else False


def _bounds(condition: Condition) -> bool:
    return condition.key.startswith(_BOUNDING) and "not" not in condition.operator and condition.operator != "null"


def service_wide_in(document: Document) -> Callable[[Statement], Truth]:
    def withheld(service: str) -> Truth:
        return any_statement(document, lambda other: _refuses(other, f"{service}:{SAMPLE}"))

    def one(statement: Statement, item: Item) -> Truth:
        text = item if isinstance(item, str) else item.partial if isinstance(item.partial, str) else None
        found = re.match(_SERVICE, text) if text is not None else None
        if found is not None:
            return all_of((on_everything(statement, found[1]), negate(withheld(found[1]))))
        return item if isinstance(item, Unknown) and text is None and on_everything(statement, "") is not False else False

    def parts(statement: Statement) -> Iterator[Truth]:
        yield not statement.conditions
        yield allows(statement)
        if statement.actions is not None:
            yield any_of(one(statement, item) for item in statement.actions)
        else:
            yield statement.not_actions is not None and on_everything(statement, "")
        if statement.doubt is not None:
            yield statement.doubt

    return lambda statement: all_of(parts(statement))


def anonymous_statement(statement: Statement) -> Truth:
    def parts() -> Iterator[Truth]:
        yield allows(statement)
        yield names_everyone(statement)
        yield negate(narrowed(statement))

    return all_of(parts())


# -- plain HTTP ---------------------------------------------------------------------------------------------------------------------------

# What must be denied for the data to be out of reach over HTTP; a wildcard covers it, so does the whole set spelled out.
# The second word says whether it is done to what is inside the resource.
_TRANSPORT = {
    "sqs": (("sqs:SendMessage", False), ("sqs:ReceiveMessage", False)),
    "sns": (("sns:Publish", False),),
    "efs": (("elasticfilesystem:ClientMount", False), ("elasticfilesystem:ClientWrite", False)),
    "s3": (("s3:GetObject", True), ("s3:PutObject", True), ("s3:DeleteObject", True), ("s3:ListBucket", False)),
}
_HARMLESS = frozenset({"aws:securetransport", "aws:principalisawsservice", "aws:viaawsservice", "s3:tlsversion"})


def _refuses_http(document: Document, service: str) -> Truth:
    def refused(action: str, inside: bool) -> Truth:
        return any_statement(document, lambda statement: _refuses_one(statement, action, inside, service))

    # The actions, and the bucket and its objects, may be spread over several statements.
    return all_of(refused(action, inside) for action, inside in _TRANSPORT[service])


def _refuses_one(statement: Statement, action: str, inside: bool, service: str) -> Truth:
    def parts() -> Iterator[Truth]:
        yield denies(statement)
        yield any_of(is_everyone(kind, item) for kind, item in statement.principals or ())
        yield reaches_action(statement, action)
        yield _when_insecure(statement)
        if service == "s3":
            yield _reaches_bucket(statement, inside)

    return all_of(parts())


def _when_insecure(statement: Statement) -> Truth:
    """True when the statement holds whenever the request comes over HTTP: no other condition beside it."""
    if any(condition.key not in _HARMLESS for condition in statement.conditions):
        return False
    plain = has_bool(statement, "aws:securetransport", "false", ("bool", "boolifexists"))
    if plain is not True and any(c.key == "s3:tlsversion" and c.operator == "numericlessthanifexists" for c in statement.conditions):
        return True  # a request over HTTP has no TLS version at all
    return plain if plain is not True or statement.doubt is None else statement.doubt


def _reaches_bucket(statement: Statement, inside: bool) -> Truth:
    """True when the statement's resources reach the bucket itself, or with `inside` all of its objects."""

    def one(item: Item) -> Truth:
        text = item if isinstance(item, str) else item.partial if isinstance(item.partial, str) else "${}"
        name = re.sub(_HOLE, "x", text).rsplit(":", 1)[-1]
        if isinstance(item, Unknown) and not re.sub(_HOLE, "", text) and not item.references:
            return item
        if "/" in name:
            return inside and not name.split("/", 1)[1].strip("*")
        return name.endswith("*") or not inside

    if statement.resources is None:
        return False
    return any_of(one(item) for item in statement.resources)


WORDS = {
    "goes_to_user": Text("rights are given to a user directly", "利用者へ直接権限を付与しています"),
    "grants_admin": Text("allows every action on every resource", "すべての操作をすべての資源に許可しています"),
    "escalation": Text("lets its holder gain more rights", "権限昇格につながる操作を広い範囲の資源に許可しています"),
    "service_wide": Text("allows every action of a service on every resource", "サービスの全操作をすべての資源に許可しています"),
    "allows_anonymous": Text("lets everyone in", '条件なしで全員(Principal "*")に許可しています'),
    "denies_insecure_transport": Text("denies requests over plain HTTP", "平文HTTPの要求を拒否しています"),
}
WORDS_FALSE = {
    "denies_insecure_transport": Text(
        "does not deny everyone all requests over plain HTTP (aws:SecureTransport false)",
        "平文HTTP(aws:SecureTransport が false)の要求を、全員・全操作・全資源について拒否していません",
    ),
}
