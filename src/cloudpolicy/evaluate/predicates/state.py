"""Terraform's own state: which bucket, account or container keeps it, told by its name."""

from __future__ import annotations

import re

from cloudpolicy.evaluate.predicates import Located, predicate
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context


@predicate
def keeps_state(context: Context, pattern: Any, name: Any = ABSENT) -> bool:
    """True when the resource's name, as far as it is known, or its label in the template matches `pattern`.

    A name that cannot be told is no reason to doubt every bucket of the estate: the label then decides.
    """
    texts = [*_known(name), _label(context.resource.address)]
    return any(re.search(str(pattern), text) is not None for text in texts)


@predicate
def without_credentials(context: Context, written: Any) -> Truth | Located:
    """True when no credential is `written` (a list of their values). No report may quote one."""
    unknown = next((value for value in written if isinstance(value, Unknown)), None)
    if len(written) > (0 if unknown is None else 1):
        return Located(False, (), "****")
    return True if unknown is None else Located(unknown, (), Unknown(unknown.reason, unknown.expression))


@predicate
def permitted_backend(context: Context, kinds: Any) -> bool:
    """True when the customer permits this kind of backend: "s3", "azurerm", "http" …"""
    return context.resource.type.removeprefix("terraform.").removeprefix("backend_") in kinds


def _known(value: Any) -> list[str]:
    if isinstance(value, Unknown):
        if value.choices is not None:
            return [text for choice in value.choices for text in _known(choice)]
        return [value.partial] if isinstance(value.partial, str) else []
    return [value] if isinstance(value, str) else []


def _label(address: str) -> str:
    """'module.a["x.y"].aws_s3_bucket.tfstate[0]' -> 'tfstate'; 'Nested/StateBucket' -> 'StateBucket'."""
    plain = re.sub(r'\["(?:[^"\\]|\\.)*"\]|\[\d+\]', "", address)
    return plain.rsplit(".", 1)[-1].rsplit("/", 1)[-1]


WORDS = {
    "keeps_state": Text("it keeps Terraform's state", "Terraformの状態ファイルの保存先です"),
    "without_credentials": Text("no credential is written", "認証情報は書かれていません"),
    "permitted_backend": Text("this kind of backend is permitted", "使用を認めている種類のbackendです"),
}
WORDS_FALSE = {
    "keeps_state": Text("it does not keep Terraform's state", "Terraformの状態ファイルの保存先ではありません"),
    "without_credentials": Text("a credential is written here", "認証情報が書かれています"),
    "permitted_backend": Text("this kind of backend is not permitted", "使用を認めていない種類のbackendです"),
}
