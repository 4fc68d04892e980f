"""Patch groups: the tag by which Systems Manager knows which machines to patch."""

from __future__ import annotations

from cloudpolicy.evaluate.predicates import Located, predicate
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context


@predicate
def in_patch_group(context: Context, names: Any, tags: Any = ABSENT) -> Truth | Located:
    """True when a tag called like one of `names` has a value; else unknown, for patching may be arranged for the whole account elsewhere.

    tags  a mapping name -> value
    """
    known = tags.partial if isinstance(tags, Unknown) else tags
    if isinstance(known, dict):
        wanted = {str(name).casefold() for name in names}
        for name, value in known.items():
            if str(name).casefold() in wanted and value not in (None, ""):
                return True
    return tags if isinstance(tags, Unknown) else Located(Unknown("attestation", "Patch Group"))


WORDS = {"in_patch_group": Text("belongs to a patch group", "パッチグループに属しています")}
WORDS_FALSE = {"in_patch_group": Text("belongs to no patch group", "パッチグループに属していません")}
