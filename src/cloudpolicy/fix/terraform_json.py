"""Edits of Terraform's JSON syntax (*.tf.json): the same changes as in HCL, in a text of braces."""

from __future__ import annotations

import json
import re

from cloudpolicy.fix import json_text, lines
from cloudpolicy.fix.hcl import block_name
from cloudpolicy.fix.operations import REST, Companion, Encoded, NotEditable, Operation, Reference, replaced
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.fix.braces import Editor, Node
    from cloudpolicy.model import Path, Resource

_META = ("count", "for_each", "provider")


def apply(path: str, data: bytes, operation: Operation) -> bytes:
    """The text of the file with the operation done; raises NotEditable."""
    mark, _, editor = _opened(data)
    at, node = _declared(editor, operation.resource)
    edited = editor.set((*at, *_steps(node, operation.path)), _literal(operation.value), operation.items)
    return mark + edited.encode("utf-8")


def declare(path: str, data: bytes, companion: Companion) -> bytes:
    """The text of the file with a companion declared among the resources; raises NotEditable."""
    mark, text, editor = _opened(data)
    _, node = _declared(editor, companion.resource)
    name = str(block_name(companion.resource))
    if _found(editor.root, ("resource", companion.type, name)) is not None:
        raise NotEditable(Text(f"{companion.type}.{name} is there already", f"{companion.type}.{name} は既にあります"))
    meta = {
        word: json.loads(text[found.start : found.end]) for word in _META if (found := node.members.get(word, (0, None))[1]) is not None
    }
    index = "[count.index]" if "count" in meta else "[each.key]" if "for_each" in meta else ""
    address = f"{companion.resource.type}.{name}{index}"
    body = {**meta, **replaced(_literal(companion.values), lambda value: _spelled(value, address))}
    steps = (REST, companion.type, name) if editor.root.members["resource"][1].kind == "list" else (companion.type, name)
    return mark + editor.set(("resource", *steps), body).encode("utf-8")


def assign(path: str, data: bytes, names: Path, steps: Path, value: Any) -> bytes | None:
    """The text of the file with `value` at `steps` of what has these names, None when nothing has; raises NotEditable. See hcl.assign."""
    mark, _, editor = _opened(data)
    found = _found(editor.root, names)
    return None if found is None else mark + editor.set((*found[0], *steps), _literal(value)).encode("utf-8")


def _opened(data: bytes) -> tuple[bytes, str, Editor]:
    mark, data = lines.split_mark(data)
    text = data.decode("utf-8")
    try:
        return mark, text, json_text.editor(text, text, _template)
    except (IndexError, ValueError):
        raise NotEditable(Text("the file has a syntax error", "ファイルに構文エラーがあります")) from None


def _template(keys: Any, text: str) -> bool:
    """Whether a string has something to be evaluated in it."""
    return keys is None and re.search(r"(?<![$])\$\{|(?<!%)%\{", text) is not None


def _declared(editor: Editor, resource: Resource) -> tuple[Path, Node]:
    kind, _, type = resource.type.rpartition(".")
    found = _found(editor.root, (kind or "resource", type, block_name(resource)))
    if found is None:
        raise NotEditable(Text("its block is not in this file", "このファイルに該当のブロックがありません"))
    return found


def _found(node: Node, names: Path) -> tuple[Path, Node] | None:
    """Where a block stands, through the lists that JSON allows at every level."""
    if node.kind == "list":
        for number, item in enumerate(node.items):
            found = _found(item, names)
            if found is not None:
                return (number, *found[0]), found[1]
        return None
    if not names:
        return (), node
    if node.kind != "map" or names[0] not in node.members:
        return None
    found = _found(node.members[str(names[0])][1], names[1:])
    return ((names[0], *found[0]), found[1]) if found is not None else None


def _steps(node: Node, path: Path) -> Path:
    """The path without the indices of blocks that are written as one object."""
    found: list[str | int] = []
    at: Node | None = node
    for step in path:
        if at is not None and at.kind == "map" and isinstance(step, int):
            if step not in (0, REST):
                raise NotEditable(Text("its block is not in this file", "このファイルに該当のブロックがありません"))
            continue
        found.append(step)
        if at is not None and isinstance(step, str):
            at = at.members[step][1] if step in at.members else None
        elif at is not None:
            at = at.items[step] if isinstance(step, int) and 0 <= step < len(at.items) else None
    return tuple(found)


def _literal(value: Any) -> Any:
    """A value in whose texts nothing is evaluated."""
    if isinstance(value, str):
        return value.replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, dict):
        return {key: _literal(item) for key, item in value.items()}
    return [_literal(item) for item in value] if isinstance(value, list) else value


def _spelled(value: Reference | Encoded, address: str) -> str:
    if isinstance(value, Encoded):
        return json.dumps(replaced(_literal(value.value), lambda inner: _spelled(inner, address)))
    return f"${{{address}{'.' + value.attribute if value.attribute else ''}}}{value.suffix}"
