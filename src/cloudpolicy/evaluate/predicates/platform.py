"""Agreed platforms: families of sizes, and types that are not used any more."""

from __future__ import annotations

from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.evaluate.predicates.addresses import each_value
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context


@predicate
def of_family(context: Context, value: Any, families: Any) -> Truth:
    """True when an instance type, m7i.large, is of one of the families, m7i."""
    agreed = {str(family).casefold() for family in families}
    return each_value(value, lambda known: str(known).partition(".")[0].casefold() in agreed)


@predicate
def is_denied(context: Context, types: Any) -> bool:
    """True when the list `types` names the type of the resource."""
    return any(str(name).casefold() == context.resource.type.casefold() for name in types)


# What is the case when the predicate is true or false, for messages.
WORDS = {"is_denied": Text("this type is not agreed for use", "利用を合意していない種類のリソースです")}
WORDS_FALSE = {"of_family": Text("its family is not agreed for use", "利用を合意していないインスタンスファミリーです")}
