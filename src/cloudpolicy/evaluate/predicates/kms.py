"""Keys: whose key a value names, and whom a key's policy lets in."""

from __future__ import annotations

from cloudpolicy.evaluate.judging import judge, reference_type
from cloudpolicy.evaluate.logic import all_of, any_of, choose, negate
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.evaluate.statements import allows, every_action, is_everyone, whole_account
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from cloudpolicy.evaluate.documents import Document, Item, Statement
    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context, Located

# A reference to one of these is a customer's key: nobody can declare a key or an alias of AWS itself.
CUSTOMER_KEYS = frozenset(
    {
        "aws_kms_key",
        "aws_kms_alias",
        "aws_kms_external_key",
        "aws_kms_replica_key",
        "aws_kms_replica_external_key",
        "AWS::KMS::Key",
        "AWS::KMS::Alias",
        "AWS::KMS::ReplicaKey",
    }
)
LOOKUPS = {"data.aws_kms_key": "key_id", "data.aws_kms_alias": "name"}


@predicate
def customer_key(context: Context, value: Any) -> Truth:
    """True when the value names a customer-managed key: a reference to one, its ARN or id, or an alias other than alias/aws/….

    False for the keys that AWS manages or owns, and when nothing is written. A list must name customer keys only.
    """
    return _names_customer_key(context, value)


def _names_customer_key(context: Context, value: Any) -> Truth:
    if value is ABSENT or value is None:
        return False
    if isinstance(value, Unknown):
        return _unknown_key(context, value)
    if isinstance(value, list):
        return all_of(_names_customer_key(context, item) for item in value)
    if not isinstance(value, str):
        return False
    truth = _named_key(value)
    return Unknown("unsupported-expression", value) if truth is None else truth


def _unknown_key(context: Context, value: Unknown) -> Truth:
    if value.choices is not None:
        return choose((_names_customer_key(context, choice) for choice in value.choices), value)
    if isinstance(value.partial, list):
        return all_of(_names_customer_key(context, item) for item in value.partial)
    if value.references:
        return choose((_referenced_key(context, reference, value) for reference in value.references), value)
    if isinstance(value.partial, str):
        truth = _named_key(value.partial)
        return value if truth is None else truth
    return value


def _named_key(text: str) -> bool | None:
    """What a literal says, or one with "${…}" in it; None when the known part of it cannot tell."""
    text = text.strip()
    known = text.split("${", 1)[0]
    if "alias/" in known:
        name = known.split("alias/", 1)[1]
        if name.startswith("aws/"):
            return False
        if len(known) < len(text) and "aws/".startswith(name):
            return None
        return True
    if text.startswith(("arn:", "${")):
        if "alias/aws/" in text:
            return False
        if ":key/" in text:
            return True
        tail = text.split(":alias/", 1)[1] if ":alias/" in text else "${"
        return None if "aws/".startswith(tail.split("${", 1)[0]) else True
    if not known or len(known) < len(text):
        return None
    return not known.lower().startswith(("aws/", "aws_owned", "aws:kms", "aws-owned", "aes256"))


def _referenced_key(context: Context, reference: str, value: Unknown) -> Truth:
    kind = reference_type(context, reference)
    if kind in CUSTOMER_KEYS:
        return True
    attribute = LOOKUPS.get(kind)
    found = context.estate.at(reference) if attribute else None
    if attribute and found is not None:
        named = found.values.get(attribute, ABSENT)
        return value if named is ABSENT else _names_customer_key(context, named)
    return value


# -- key policies -------------------------------------------------------------------------------------------------------------------------


@predicate
def external_accounts(context: Context, value: Any) -> Truth | Located:
    """True when a key policy hands the key to another account as a whole, without a condition.

    The account that the key itself lives in is the one that AWS::AccountId or the caller identity names, else the only account that
    holds kms:*: a key policy without it would lock its owner out.
    """
    return judge(context, value, _external, lambda name: False)


@predicate
def admin_wildcard(context: Context, value: Any) -> Truth | Located:
    """True when a key policy gives kms:* to a single user, role or service, which should hold either administration or use."""
    return judge(context, value, lambda document: _whole_key_to_one, lambda name: False)


def _external(document: Document) -> Callable[[Statement], Truth]:
    owners: list[str] = []
    for statement in document.statements:
        if allows(statement) is True and any_of(_every_key_action(item) for item in statement.actions or ()) is True:
            owners.extend(name for kind, item in statement.principals or () if kind == "AWS" and (name := _account_name(item)))
    own = {"own"} if _mentions_own(document) else set(owners)

    def foreign(item: Item) -> Truth:
        if isinstance(item, Unknown) and item.choices is not None:
            return choose((foreign(choice) if isinstance(choice, (str, Unknown)) else False for choice in item.choices), item)
        account = whole_account(item)
        if account is None or account == "own":
            return False
        if isinstance(account, Unknown):
            return False if len(own) == 1 and _account_name(item) in own else account
        if not own:
            return Unknown("attestation", account)
        return own != {account}

    def test(statement: Statement) -> Truth:
        def parts() -> Iterator[Truth]:
            yield allows(statement)
            yield any_of(foreign(item) for kind, item in statement.principals or () if kind in ("AWS", ""))
            yield not statement.conditions
            if statement.doubt is not None:
                yield statement.doubt

        return all_of(parts())

    return test


def _mentions_own(document: Document) -> bool:
    return any(whole_account(item) == "own" for statement in document.statements for _, item in statement.principals or ())


def _account_name(item: Item) -> str:
    """What tells one account from another: its digits, or the expression that stands for them; "" when the principal names no account."""
    account = whole_account(item)
    if isinstance(account, Unknown):
        return account.partial if isinstance(account.partial, str) else account.expression
    return account or ""


def _every_key_action(item: Item) -> Truth:
    if isinstance(item, str) and item.casefold().strip("*") == "kms:" and item.endswith("*"):
        return True
    return every_action(item)


def _whole_key_to_one(statement: Statement) -> Truth:
    def one(kind: str, item: Item) -> Truth:
        account = whole_account(item) if kind in ("AWS", "") else None
        if isinstance(account, Unknown):
            return account if not isinstance(account.partial, str) else False
        return account is None and negate(is_everyone(kind, item))

    def parts() -> Iterator[Truth]:
        yield allows(statement)
        yield any_of(_every_key_action(item) for item in statement.actions or ())
        yield any_of(one(kind, item) for kind, item in statement.principals or ())

    return all_of(parts())


WORDS = {
    "customer_key": Text("names a customer-managed key", "顧客管理鍵を指定しています"),
    "external_accounts": Text(
        "hands the key to another account as a whole without a condition", "他アカウント全体に条件なしで鍵の利用を許可しています"
    ),
    "admin_wildcard": Text("gives every key operation to one principal", "単一の主体に鍵の全操作(kms:*)を許可しています"),
}
WORDS_FALSE = {
    "customer_key": Text("does not name a customer-managed key", "顧客管理鍵を指定していません(AWS管理の鍵または既定の鍵です)"),
}
