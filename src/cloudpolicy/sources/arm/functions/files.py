"""Bicep's functions that read a file beside the template: loadTextContent, loadJsonContent, loadYamlContent, loadFileAsBase64."""

from __future__ import annotations

import os

from cloudpolicy import journal
from cloudpolicy.model import Unknown
from cloudpolicy.sources.arm import problems
from cloudpolicy.sources.arm.functions.text import json_
from cloudpolicy.sources.arm.nodes import Call, resolve
from cloudpolicy.sources.arm.values import Fields, Unresolved
from cloudpolicy.sources.files import Unreadable, inside, read_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources.arm.scope import Scope

LIMIT = 1 << 20


def _read(node: Call, scope: Scope) -> bytes | Unknown:
    module = scope.module
    where = resolve(node.arguments[0], scope)
    if not isinstance(where, str):
        return Unresolved("unsupported-expression", node.text)
    session = module.session
    path = os.path.normpath(os.path.join(os.path.dirname(module.template.document.file), *where.split("/")))
    if not journal.is_file(path) or not inside(path, session.options.base):
        module.report(
            problems.problem(
                session.options.missing_modules,
                "file-not-found",
                module.span_of(node),
                f"{where} is not in the scanned folder; the value counts as unknown. Restore it",
                f"{where} が検査対象フォルダにありません。値は不明として扱います。復元してください",
            )
        )
        return Unresolved("unreadable", node.text)
    try:
        return read_bytes(path, session.options.base, LIMIT)
    except Unreadable as error:
        module.report(error.diagnostic)
        return Unresolved("unreadable", node.text)


def load_text(node: Call, scope: Scope) -> Any:
    data = _read(node, scope)
    return data if isinstance(data, Unknown) else data.decode("utf-8")


def load_base64(node: Call, scope: Scope) -> Any:
    import base64

    data = _read(node, scope)
    return data if isinstance(data, Unknown) else base64.b64encode(data).decode()


def load_json(node: Call, scope: Scope) -> Any:
    data = _read(node, scope)
    return data if isinstance(data, Unknown) else _part(json_(data.decode("utf-8")), node, scope)


def load_yaml(node: Call, scope: Scope) -> Any:
    data = _read(node, scope)
    if isinstance(data, Unknown):
        return data
    from cloudpolicy.sources.cloudformation.text import Unparsable
    from cloudpolicy.sources.cloudformation.yaml_text import parse

    try:
        return _part(_fields(parse("", data).data), node, scope)
    except Unparsable:
        raise ValueError(node.text) from None


def _fields(value: Any) -> Any:
    if isinstance(value, dict):
        return Fields((key, _fields(item)) for key, item in value.items())
    return [_fields(item) for item in value] if isinstance(value, list) else value


def _part(value: Any, node: Call, scope: Scope) -> Any:
    """The part that a simple JSONPath names: "$.a.b", ".a.b"."""
    if len(node.arguments) < 2:
        return value
    path = resolve(node.arguments[1], scope)
    if not isinstance(path, str) or any(mark in path for mark in "[]*?@'\"") or ".." in path:
        return Unresolved("unsupported-expression", node.text)
    for step in path.removeprefix("$").strip(".").split("."):
        if step:
            value = value[step]
    return value


def unsupported(node: Call, scope: Scope) -> Any:
    return Unresolved("unsupported-expression", node.text)


SPECIAL = {
    "loadtextcontent": load_text,
    "loadjsoncontent": load_json,
    "loadyamlcontent": load_yaml,
    "loadfileasbase64": load_base64,
    "loaddirectoryfileinfo": unsupported,
}
