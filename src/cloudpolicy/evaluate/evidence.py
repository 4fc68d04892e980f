"""What a pass rests on: the attribute and the value that were found as required, and whether the provider's default would have failed."""

from __future__ import annotations

import json
import re

from cloudpolicy.evaluate import matchers
from cloudpolicy.evaluate.predicates import Context
from cloudpolicy.evaluate.predicates.secret_marks import suspect
from cloudpolicy.evaluate.wording import MASK, dotted, is_credential, is_secret_name
from cloudpolicy.evaluate.wording import shown as worded
from cloudpolicy.model import ABSENT, Resource, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cloudpolicy.evaluate.answers import Answer
    from cloudpolicy.evaluate.engine import Check
    from cloudpolicy.model import Path, Span

_SETTINGS = matchers.NAMES - {"absent"}  # what must not be there has no value to change
_MOST = 5  # attributes named besides the first where several decide together
_REFERENCE = re.compile(r"[\w.\[\]*\"-]+\Z")  # var.password, random_password.p["a"].result: a name, and not what it holds


class Proof:
    """message          as of a finding
    at               place of the deciding attribute in the judged resource; () where it is elsewhere, or nowhere in particular
    path             of that attribute; () where several decide together
    seen             the value there as short text; None where nothing is written
    related          the companion that decided
    changed_default  whether the same check fails where the attribute is left out
    """

    __slots__ = ("at", "changed_default", "message", "path", "related", "seen")

    def __init__(self, message: Text) -> None:
        self.message = message
        self.at: Path = ()
        self.path: Path = ()
        self.seen: str | None = None
        self.related: list[tuple[Span, Text]] = []
        self.changed_default = False


def prove(grounds: Sequence[tuple[Check, Answer]], resource: Resource, mask: bool, context: Context) -> Proof:
    """Of the checks that hold for one resource, the gravest first, the first that has a place speaks."""
    check, answer = next((ground for ground in grounds if ground[1].path or ground[1].resource is not None), grounds[0])
    holder = answer.resource or resource
    path, value = _whole(holder, answer)
    facts = [(path, value)]
    if value is not ABSENT and value is not None:
        facts += [(one.path, one.seen) for one in answer.also[:_MOST] if one.resource is answer.resource]
    clause = _clause(answer, facts, mask)
    if holder is not resource:
        proof = _beside(holder, resource, path, clause)
    elif clause is None:
        return Proof(Text(f"{resource.address}: as required", f"{resource.address}: 適合"))
    else:
        proof = Proof(Text(f"{resource.address}: {clause.en}", f"{resource.address}: {clause.ja}"))
        proof.at = path
        proof.path = path if len(facts) == 1 else ()
        proof.changed_default = value is not ABSENT and answer.leaf.kind in _SETTINGS and _fails_without(check, path, context)
    if path and value is not ABSENT and value is not None:
        shown = [_observed(at, one, mask) for at, one in facts]
        proof.seen = (
            shown[0] if len(shown) == 1 else ", ".join(f"{dotted(at)} = {text}" for (at, _), text in zip(facts, shown, strict=True))
        )
    return proof


def _beside(holder: Resource, resource: Resource, path: Path, clause: Text | None) -> Proof:
    """What a companion proves: something that is written there, or that it is there."""
    if clause is None:
        there = Text(f"{holder.address} is linked to it, as required", f"{holder.address} が紐づいています(適合)")
        proof = Proof(Text(f"{resource.address}: {there.en}", f"{resource.address}: {there.ja}"))
    else:
        there = Text(f"{holder.address}: {clause.en}", f"{holder.address}: {clause.ja}")
        proof = Proof(Text(f"{resource.address}: linked {there.en}", f"{resource.address}: 紐づく {there.ja}"))
    proof.related.append((holder.locate(path), there))
    return proof


def _whole(holder: Resource, answer: Answer) -> tuple[Path, Any]:
    """Where it was decided and the value there: of a list of plain values all of it, as every one of them is as required."""
    path = answer.path
    while path and isinstance(path[-1], int):
        path = path[:-1]
    if answer.seen is ABSENT or (len(path) == len(answer.path) and answer.seen is not None):
        return answer.path, answer.seen
    value: Any = holder.values
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):  # inside a document that is text, or not known
            return answer.path, answer.seen
    return path, value


def _clause(answer: Answer, facts: Sequence[tuple[Path, Any]], mask: bool) -> Text | None:
    path, value = facts[0]
    if not path or value is None:  # nothing is written in so many words
        return None
    name = dotted(path)
    if value is ABSENT:
        if answer.leaf.kind in ("each", "some"):
            return Text(f"there is no `{name}`, as required", f"`{name}` がありません(適合)")
        if answer.leaf.kind == "absent":
            return Text(f"`{name}` is not set, as required", f"`{name}` が設定されていません(適合)")
        return Text(f"`{name}` is not set; the default is accepted", f"`{name}` は設定されていません(既定のままで適合)")
    if len(facts) > 1:
        told = ", ".join(f"`{dotted(at)}` = {_observed(at, one, mask)}" for at, one in facts)
        return Text(f"{told}: as required", f"{told}: 適合")
    text = _observed(path, value, mask)
    if text == MASK:
        return Text(f"`{name}` is as required", f"`{name}` は適合しています")
    return Text(f"`{name}` is {text}, as required", f"`{name}` は {text} です(適合)")


def _observed(path: Path, value: Any, mask: bool) -> str:
    """More guarded than what a failure shows: passes are many, and what they show is not what somebody has to mend."""
    if mask:
        return MASK
    if isinstance(value, Unknown):
        text = worded(value, 200)
        hidden = is_credential(text) or ((suspect(text) or any(map(_secret, path))) and not _REFERENCE.match(text))
        return MASK if hidden else text
    if any(map(_secret, path)) and not isinstance(value, bool):
        return MASK
    guarded = _guarded(value)
    return MASK if guarded == MASK else worded(guarded, 200)


def _guarded(value: Any) -> Any:
    """The part of a value that is shown, without what may be a secret in a document, a script or a list of settings."""
    if isinstance(value, str):
        if suspect(value):
            if value.lstrip()[:1] in ("[", "{"):
                try:
                    return _guarded(json.loads(value))
                except (ValueError, RecursionError):
                    return MASK
            return MASK
    elif isinstance(value, Unknown):
        return _observed((), value, False) if value.partial is not None or value.expression else value
    elif isinstance(value, list):
        return [_guarded(item) for item in value[:13]]  # one more than is shown
    elif isinstance(value, dict):
        named = any(_secret(value.get(key, "")) for key in ("name", "Name", "key", "Key"))
        return {
            key: MASK if (_secret(key) or (named and key in ("value", "Value"))) and not isinstance(item, bool) else _guarded(item)
            for key, item in list(value.items())[:7]
        }
    return value


def _secret(part: str | int) -> bool:
    return isinstance(part, str) and is_secret_name(part)


def _fails_without(check: Check, path: Path, context: Context) -> bool:
    """Whether the check fails for the same resource without the attribute: asked of the check itself, for only it knows what absence means."""
    values = _without(context.resource.values, path)
    if values is None:
        return False
    there = context.resource
    bare = Resource(there.type, there.address, values, there.span, there.locator, there.region, there.conditional)
    without = Context(context.estate, bare, context.settings, context.parameters)
    if check.when is not None and check.when(values, (), without).truth is not True:
        return False
    answer = check.require(values, (), without)
    return answer.truth is False and answer.seen is ABSENT and answer.path == path


def _without(values: Any, path: Path) -> Any:
    """A copy of `values` without what stands at `path`; None where that cannot be reached."""
    part, rest = path[0], path[1:]
    if isinstance(values, dict) and part in values:
        if not rest:
            return {key: value for key, value in values.items() if key != part}
        inner = _without(values[part], rest)
        return None if inner is None else {**values, part: inner}
    if isinstance(values, list) and isinstance(part, int) and part < len(values) and rest:
        inner = _without(values[part], rest)
        return None if inner is None else [*values[:part], inner, *values[part + 1 :]]
    return None
