"""Tags: whether a resource carries those that are asked for, its provider's default tags included."""

from __future__ import annotations

from cloudpolicy.evaluate.logic import all_of, any_of
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context

_NAME = "name"  # says what a thing is called, not whose it is


@predicate
def has_required(context: Context, required: Any, tags: Any = ABSENT) -> Truth:
    """True when the resource carries a tag of each `required` name; with no names given, some tag besides Name.

    required  names; "Owner|Team" takes either. Case counts for nothing, nor do - and _
    tags      a mapping of names to values, or a list of {Key, Value}; the default tags of the provider are added
    """
    keys = [_keys(tags), *_defaults(context)]
    if not required:
        return any_of(_some(known) for known in keys)
    return all_of(any_of(_holds(known, str(name)) for known in keys) for name in required)


def _defaults(context: Context) -> Iterable[Any]:
    """The default tags of the provider; which of several configurations a resource uses is told by its region, if at all."""
    if not context.resource.type.startswith("aws_"):
        return []
    region = context.resource.region
    providers = context.estate.of_type("provider.aws")
    if isinstance(region, str):
        providers = [
            one for one in providers if one.values.get("region", region) == region or isinstance(one.values.get("region"), Unknown)
        ]
    found = [[key for block in _blocks(one.values.get("default_tags")) for key in _block_keys(block)] for one in providers]
    if len(found) > 1:
        common = [key for key in found[0] if all(key in others for others in found[1:])]
        if any(set(map(repr, others)) != set(map(repr, common)) for others in found):
            return [common, [Unknown("condition-undetermined", "default_tags")]]
    return found[:1]


def _blocks(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if isinstance(value, (dict, Unknown)) else []


def _block_keys(block: Any) -> list[Any]:
    return _keys(block.get("tags")) if isinstance(block, dict) else [block]


def _keys(tags: Any) -> list[Any]:
    """Names of tags; an Unknown among them for those that cannot be told."""
    if isinstance(tags, Unknown):
        if tags.partial is not None:
            return _keys(tags.partial)
        return [tags]
    if isinstance(tags, dict):
        return [key for key, value in tags.items() if value is not None]
    found: list[Any] = []
    for tag in tags if isinstance(tags, list) else ():
        key = tag.get("Key", tag.get("key")) if isinstance(tag, dict) else tag
        if isinstance(key, (str, Unknown)):
            found.append(key)
    return found


def _some(keys: list[Any]) -> Truth:
    return any_of(key if isinstance(key, Unknown) else _plain(key) != _NAME for key in keys)


def _holds(keys: list[Any], name: str) -> Truth:
    names = {_plain(one) for one in name.split("|")}
    return any_of(key if isinstance(key, Unknown) else _plain(key) in names for key in keys)


def _plain(key: Any) -> str:
    return str(key).casefold().replace("-", "").replace("_", "").replace(" ", "")


WORDS = {"has_required": Text("it carries the required tags", "必須のタグが付いています")}
WORDS_FALSE = {"has_required": Text("a required tag is missing", "必須のタグが付いていません")}
