"""Keys: whose key a value names, and whom a key's policy lets in."""

from __future__ import annotations

from cloudpolicy.evaluate.judging import reference_type
from cloudpolicy.evaluate.logic import all_of, choose
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.model import ABSENT, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context

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
