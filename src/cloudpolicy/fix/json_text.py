"""JSON as Editor sees it: CloudFormation's and ARM's templates, the latter with comments."""

from __future__ import annotations

import json
import re

from cloudpolicy.fix.braces import Editor, Node
from cloudpolicy.fix.operations import Bare
from cloudpolicy.sources.cloudformation.json_text import Scanner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Json:
    """How values are written in JSON; without blanks where the text has none."""

    comma = True

    def __init__(self, text: str) -> None:
        compact = re.search(r'"\s*:(?=\S)', text) is not None and re.search(r'"\s*:\s', text) is None
        self.blank = "" if compact else " "

    def key(self, name: str) -> str:
        return json.dumps(name, ensure_ascii=False)

    def write(self, value: Any, old: str, indent: str, unit: str, end: str) -> str:
        if old.startswith('"') and isinstance(value, (bool, int)):  # a number in quotes stays in quotes
            value = json.dumps(value)
        if not end:
            return json.dumps(value, ensure_ascii=False, default=_text, separators=(f",{self.blank}", f":{self.blank}"))
        text = json.dumps(value, ensure_ascii=False, indent=unit, default=_text)
        return text.replace("\n", end + indent)


def _text(value: Bare) -> Any:
    return value.text


def editor(text: str, strict: str, is_expression: Callable[[Any, str], bool]) -> Editor:
    """`strict` is the same text with what is no JSON blanked; `is_expression` says so of a node's kind or keys and its text."""
    return Editor(text, _node(strict, Scanner(strict).root(), is_expression), Json(text))


def intrinsic(keys: Any, text: str) -> bool:
    """Whether a CloudFormation value is an intrinsic function."""
    return isinstance(keys, dict) and len(keys) == 1 and next(iter(keys)).startswith(("Ref", "Fn::", "Condition"))


def bracketed(keys: Any, text: str) -> bool:
    """Whether an ARM value is an expression."""
    return keys is None and text.startswith('"[') and not text.startswith('"[[')


def _node(text: str, found: tuple[int, int, Any], is_expression: Callable[[Any, str], bool]) -> Node:
    start, end, children = found
    if is_expression(children, text[start:end] if children is None else ""):
        return Node("expression", start, end)
    if isinstance(children, dict):
        node = Node("map", start, end)
        node.members = {key: (at, _node(text, child, is_expression)) for key, (at, child) in children.items()}
    elif isinstance(children, list):
        node = Node("list", start, end)
        node.items = [_node(text, child, is_expression) for child in children]
    else:
        node = Node("value", start, end)
    return node
