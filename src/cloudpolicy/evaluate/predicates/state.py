"""Terraform's own state: which bucket, account or container keeps it, told by its name."""

from __future__ import annotations

import re

from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.predicates import Context


@predicate
def keeps_state(context: Context, pattern: Any, name: Any = ABSENT) -> bool:
    """True when the resource's name, as far as it is known, or its label in the template matches `pattern`.

    A name that cannot be told is no reason to doubt every bucket of the estate: the label then decides.
    """
    texts = [*_known(name), _label(context.resource.address)]
    return any(re.search(str(pattern), text) is not None for text in texts)


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


WORDS = {"keeps_state": Text("it keeps Terraform's state", "Terraformの状態ファイルの保存先です")}
WORDS_FALSE = {"keeps_state": Text("it does not keep Terraform's state", "Terraformの状態ファイルの保存先ではありません")}
