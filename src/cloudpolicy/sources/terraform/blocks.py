"""Nested blocks: evaluated to lists of dicts, `dynamic` expanded, and found again in the text."""

from __future__ import annotations

from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.sources.terraform import values
from cloudpolicy.sources.terraform.expressions import Traversal
from cloudpolicy.sources.terraform.types import joined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.model import Path, Span
    from cloudpolicy.sources.terraform.scope import Scope
    from cloudpolicy.sources.terraform.syntax import Block, Body

CHOICES_LIMIT = 8
DYNAMIC_LIMIT = 10_000
_NAMES_ONLY = ("ignore_changes", "replace_triggered_by")


def of_type(body: Body, name: str, scope: Scope) -> list[Any] | Unknown | None:
    """The blocks called `name`, static and dynamic, in their order; None when none is written.

    A dynamic block that cannot be expanded makes the whole list Unknown: `partial` holds the blocks with what is known of them,
    `choices` the lists that it may be.
    """
    written = False
    found: list[Any] = []
    lost: list[Unknown] = []
    options: list[list[Any]] | None = [[]]
    for block in body.blocks:
        if block.type == name:
            written = True
            new: list[Any] = [evaluate(block, block.body, scope)]
            ways = [new]
        elif block.type == "dynamic" and block.labels and block.labels[0] == name:
            written = True
            new, unresolved, several = _dynamic(block, name, scope)
            ways = several or [new]
            if unresolved is not None:
                lost.append(unresolved)
                if several is None:
                    options = None
        else:
            continue
        found.extend(new)
        if lost and options is not None:
            options = [before + way for before in options for way in ways]
            if len(options) > CHOICES_LIMIT:
                options = None
        elif options is not None:
            options[0].extend(new)
    if not written:
        return None
    if not lost:
        return found if found else None
    one = joined(lost, found)
    if options is not None:
        one.choices = tuple(way if way else ABSENT for way in options)
    return one


def evaluate(block: Block, body: Body, scope: Scope) -> values.Block:
    """One block's values: attributes and nested blocks; `block` is what its span is (the `dynamic` block around a `content`)."""
    result = values.Block((block, body))
    for name, written in body.attributes.items():
        value = written.expr.eval(scope)
        if value is not None:
            result[name] = value
    if body.blocks:
        for name in dict.fromkeys(inner.labels[0] if inner.type == "dynamic" and inner.labels else inner.type for inner in body.blocks):
            found = of_type(body, name, scope)
            if found is not None and name not in result:
                result[name] = found
    return result


def lifecycle(block: Block, scope: Scope) -> values.Block:
    """A lifecycle block; its lists of names are kept as text, its conditions left out."""
    result = values.Block((block, block.body))
    for name, written in block.body.attributes.items():
        if name in _NAMES_ONLY:
            items = getattr(written.expr, "items", None)
            result[name] = [item.text() for item in items] if isinstance(items, list) else written.expr.text()
        else:
            value = written.expr.eval(scope)
            if value is not None:
                result[name] = value
    return result


def _dynamic(block: Block, name: str, scope: Scope) -> tuple[list[Any], Unknown | None, list[list[Any]] | None]:
    """The blocks, why they are not certain, and the lists that they may be when these can be counted."""
    body = block.body
    contents = [inner for inner in body.blocks if inner.type == "content"]
    written = body.attributes.get("for_each")
    named = body.attributes.get("iterator")
    iterator = name
    if named is not None and isinstance(named.expr, Traversal) and isinstance(named.expr.root, str):
        iterator = named.expr.root
    if not contents or written is None:
        return [], Unknown("invalid-expression", f'dynamic "{name}"'), None
    content = contents[0].body

    def rounds(collection: Any) -> list[Any] | None:
        pairs = [] if collection is None else values.pairs(collection)
        if pairs is None:
            return None
        result: list[Any] = []
        for key, value in pairs:
            if len(result) >= DYNAMIC_LIMIT or not scope.spend():
                return None
            result.append(evaluate(block, content, scope.child(**{iterator: {"key": key, "value": value}})))
        return result

    collection = written.expr.eval(scope)
    if not isinstance(collection, Unknown):
        expanded = rounds(collection)
        if expanded is not None and collection is not None:
            return expanded, None, None
        lost = Unknown("expansion-limit" if isinstance(collection, (list, dict)) else "invalid-expression", written.expr.text())
    else:
        lost = Unknown("condition-undetermined", written.expr.text(), collection.references)
        if collection.choices and not any(isinstance(choice, Unknown) for choice in collection.choices):
            ways = [rounds(None if choice is ABSENT else choice) for choice in collection.choices]
            if all(way is not None for way in ways):
                several = [way for way in ways if way is not None]
                return max(several, key=len), lost, several
        lost.reason = collection.reason
    partial = collection.partial if isinstance(collection, Unknown) else None
    if isinstance(partial, (dict, list)) and partial:
        expanded = rounds(partial)
        if expanded:
            return expanded, lost, None
    each = {part: Unknown(lost.reason, f"{iterator}.{part}", lost.references) for part in ("key", "value")}
    return [evaluate(block, content, scope.child(**{iterator: each}))], lost, None


def locate(found: dict[str, Any], block: Block, path: Path) -> Span | None:
    """The span of what is written at `path` of the values `found` that were evaluated from `block`."""
    body = block.body
    current: Any = found
    at = 0
    while True:
        name = path[at] if at < len(path) else None
        if name is None:
            return block.span()
        written = body.attributes.get(name) if isinstance(name, str) else None
        if written is not None:
            return written.span() if at + 1 == len(path) else written.expr.locate(path[at + 1 :])
        items = current.get(name)
        if isinstance(items, Unknown):
            items = items.partial
        if not isinstance(items, list) or not items:
            return None
        position = path[at + 1] if at + 1 < len(path) else 0
        if not isinstance(position, int) or not 0 <= position < len(items) or not isinstance(items[position], values.Block):
            return None
        current = items[position]
        block, body = current.syntax
        at += 2
        if at >= len(path):
            return block.span()
