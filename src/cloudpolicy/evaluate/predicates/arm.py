"""Resources of Azure Resource Manager: what their names say."""

from __future__ import annotations

from cloudpolicy.evaluate.logic import choose
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.model import Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context


@predicate
def named(context: Context, name: Any, names: Any) -> Truth:
    """True when the last part of a resource's name is one of `names`: "site/web" and "${…}/web" are named "web"."""
    return _named(name, frozenset(str(item).casefold() for item in (names if isinstance(names, list) else [names])))


def _named(name: Any, names: frozenset[str]) -> Truth:
    if isinstance(name, Unknown):
        if name.choices is not None:
            return choose((_named(choice, names) for choice in name.choices), name)
        end = name.partial.rpartition("}")[2] if isinstance(name.partial, str) else ""
        return end.rpartition("/")[2].casefold() in names if "/" in end else name
    return isinstance(name, str) and name.rpartition("/")[2].casefold() in names


# What is the case when a predicate holds, and when it does not.
WORDS = {"named": Text("it has the name in question", "対象の名前です")}
WORDS_FALSE = {"named": Text("it has another name", "別の名前です")}
