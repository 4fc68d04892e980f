"""Tags: whether a resource carries those that are asked for, its provider's default tags included."""

from __future__ import annotations

from cloudpolicy.evaluate.logic import all_of, any_of
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
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
    keys = _keys(effective(context, tags))
    if not required:
        return _some(keys)
    return all_of(_holds(keys, str(name)) for name in required)


def effective(context: Context, tags: Any) -> dict[Any, Any] | Unknown:
    """The tags of the judged resource over its provider's default tags; where some are not known, an Unknown whose `partial` holds the others.

    A value in it is an Unknown where an unknown tag may have replaced it; keys that are an Unknown themselves stand for tags without a name.
    """
    own, under = mapping(tags), _defaults(context)
    if isinstance(own, Unknown):
        covered = dict.fromkeys(certain(under), Unknown(own.reason, own.expression, own.references))
        return Unknown(own.reason, own.expression, own.references, {**covered, **certain(own)})
    if isinstance(under, Unknown):
        return Unknown(under.reason, under.expression, under.references, {**certain(under), **own})
    return {**under, **own}


def certain(tags: dict[Any, Any] | Unknown) -> dict[Any, Any]:
    """Of `effective` or `mapping` the tags that are there for certain."""
    if isinstance(tags, Unknown):
        return tags.partial if isinstance(tags.partial, dict) else {}
    return tags


def _defaults(context: Context) -> dict[Any, Any] | Unknown:
    """The default tags of the provider; which of several configurations a resource uses is told by its region, if at all."""
    if not context.resource.type.startswith("aws_"):
        return {}
    region = context.resource.region
    providers = context.estate.of_type("provider.aws")
    if isinstance(region, str):
        providers = [
            one for one in providers if one.values.get("region", region) == region or isinstance(one.values.get("region"), Unknown)
        ]
    found = [_default_tags(one.values.get("default_tags")) for one in providers]
    if len(found) < 2:
        return found[0] if found else {}
    doubt = Unknown("condition-undetermined", "default_tags")
    held = [certain(one) for one in found]
    common = {
        key: value if all(one[key] == value for one in held) else doubt for key, value in held[0].items() if all(key in one for one in held)
    }
    if all(isinstance(one, dict) and one.keys() == common.keys() for one in found):
        return common
    return Unknown(doubt.reason, doubt.expression, partial=common)


def _default_tags(blocks: Any) -> dict[Any, Any] | Unknown:
    for block in blocks if isinstance(blocks, list) else [blocks]:
        if isinstance(block, (dict, Unknown)):
            return mapping(block.get("tags") if isinstance(block, dict) else block)
    return {}


def mapping(tags: Any) -> dict[Any, Any] | Unknown:
    """Tags as a mapping, from Terraform's map or a list of {Key, Value}; an Unknown, with what is certain as `partial`, where some are not known."""
    if isinstance(tags, Unknown):
        known = mapping(tags.partial)
        return Unknown(tags.reason, tags.expression, tags.references, certain(known) or None)
    if isinstance(tags, dict):
        return {key: value for key, value in tags.items() if value is not None}
    found: dict[Any, Any] = {}
    doubt: Unknown | None = None
    for tag in tags if isinstance(tags, list) else ():
        key = tag.get("Key", tag.get("key")) if isinstance(tag, dict) else tag
        if isinstance(key, Unknown):
            doubt = doubt or key
        elif isinstance(key, str):
            found[key] = tag.get("Value", tag.get("value", ABSENT)) if isinstance(tag, dict) else ABSENT
    return found if doubt is None else Unknown(doubt.reason, doubt.expression, doubt.references, found or None)


def _keys(tags: dict[Any, Any] | Unknown) -> list[Any]:
    """Names of tags; an Unknown among them for those that cannot be told."""
    return [*certain(tags), tags] if isinstance(tags, Unknown) else list(tags)


def _some(keys: list[Any]) -> Truth:
    return any_of(key if isinstance(key, Unknown) else _plain(key) != _NAME for key in keys)


def _holds(keys: list[Any], name: str) -> Truth:
    names = {_plain(one) for one in name.split("|")}
    return any_of(key if isinstance(key, Unknown) else _plain(key) in names for key in keys)


def _plain(key: Any) -> str:
    return str(key).casefold().replace("-", "").replace("_", "").replace(" ", "")


WORDS = {"has_required": Text("it carries the required tags", "必須のタグが付いています")}
WORDS_FALSE = {"has_required": Text("a required tag is missing", "必須のタグが付いていません")}
