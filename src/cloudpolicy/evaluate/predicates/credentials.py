"""Credentials that live long: issued to people and programs, or handed to a workload instead of a role."""

from __future__ import annotations

import re

from cloudpolicy.evaluate.logic import choose
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context

_KEY_ID = re.compile(r"\bA(?:KIA|SIA)[A-Z0-9]{16}\b")
_NAME = re.compile(r"AWS_?(ACCESS_?KEY(_?ID)?|SECRET_?(ACCESS_?)?KEY)\Z", re.IGNORECASE)
_ISSUED = frozenset({"aws_iam_access_key", "AWS::IAM::AccessKey"})


@predicate
def is_issued(context: Context, value: Any) -> Truth:
    """True: a resource of this kind is a credential that lives long, whoever gets it."""
    return True


@predicate
def is_individual(context: Context, value: Any) -> Truth:
    """True: the attribute names a user of its own, whoever it is."""
    return True


@predicate
def is_user(context: Context) -> Truth:
    """True: the resource is a user of its own, whatever its attributes."""
    return True


@predicate
def hands_over_key(context: Context, variables: Any) -> Truth:
    """True when an AWS access key stands in a workload's environment: by its name, its shape, or a reference to the key of a user.

    variables  name -> value. What an unresolved value is, its name says; names that are unresolved leave it open.
    """
    if isinstance(variables, Unknown) and variables.choices is not None:
        return choose((_holds_key(context, choice) for choice in variables.choices), variables)
    return _holds_key(context, variables)


def _holds_key(context: Context, variables: Any) -> Truth:
    doubt: Truth = False
    for name, value in _pairs(variables):
        if isinstance(name, Unknown):
            doubt = name
        elif value is not ABSENT and value != "" and (_NAME.match(name) or _is_key(context, value)):
            return True
    return doubt


def _pairs(variables: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(variables, dict):
        yield from variables.items()
    elif isinstance(variables, Unknown):
        if isinstance(variables.partial, dict):
            yield from variables.partial.items()
        yield variables, ABSENT


def _is_key(context: Context, value: Any) -> bool:
    if isinstance(value, str):
        return _KEY_ID.search(value) is not None
    if not isinstance(value, Unknown):
        return False
    for reference in value.references:
        found = context.estate.at(reference)
        if found.type in _ISSUED if found is not None else "aws_iam_access_key." in reference:
            return True
    return False


WORDS = {
    "is_issued": Text("a long-lived credential is issued", "長期間有効な認証情報を発行しています"),
    "is_individual": Text("an individual user is issued", "個別の利用者を発行しています"),
    "is_user": Text("an individual user is issued", "個別の利用者を発行しています"),
    "hands_over_key": Text("an AWS access key stands in the environment variables", "環境変数にAWSのアクセスキーがあります"),
}
WORDS_FALSE = {
    "hands_over_key": Text("no AWS access key stands in the environment variables", "環境変数にAWSのアクセスキーはありません"),
}
