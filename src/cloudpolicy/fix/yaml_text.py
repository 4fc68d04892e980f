"""Edits of YAML templates: one value, list item or key at a time; comments, order and layout stay."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from cloudpolicy.fix.braces import nest
from cloudpolicy.fix.operations import REST, Bare, NotEditable, expression
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudpolicy.model import Path

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = re.compile(r"[A-Za-z_/][\w./:*+-]*")
_SPECIAL = re.compile(r"(?i)true|false|yes|no|on|off|null|y|n|~")
_TAGS = ("tag:yaml.org,2002:",)


class Editor:
    """Edits the YAML in `text`."""

    def __init__(self, text: str) -> None:
        self.text: str = text
        self.end = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
        self.near = ""  # what the last level on the way to the place was indented by
        try:
            self.root: Any = yaml.compose(text, Loader=_Loader)
        except yaml.YAMLError:
            raise NotEditable(Text("the file has a syntax error", "ファイルに構文エラーがあります")) from None

    def set(self, path: Path, value: Any, items: bool = False) -> str:
        """The text with `value` at `path`, or added to the list there; raises NotEditable."""
        node = self.root
        for number, step in enumerate(path):
            rest = path[number + 1 :]
            if isinstance(node, yaml.SequenceNode) and isinstance(step, str) and len(node.value) == 1:
                node = node.value[0]  # the path goes through lists by itself
            if isinstance(node, yaml.MappingNode) and isinstance(step, str):
                if _intrinsic(node):
                    raise self._expression(node)
                entry = next(((key, item) for key, item in node.value if key.value == step), None)
                if entry is None:
                    return self._add_key(node, step, nest(rest, value))
                key, item = entry
                if item.start_mark.index < key.end_mark.index:
                    raise NotEditable(Text(f"{step} is an alias of an anchor elsewhere", f"{step} は別の場所のアンカーの参照です"))
                if _empty(item):
                    return self._fill(key, nest(rest, value))
                if isinstance(item, yaml.MappingNode) and not item.flow_style and item.value:
                    self.near = " " * (item.value[0][0].start_mark.column - key.start_mark.column)
                node = item
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
                if step == REST:
                    return self._add_items(node, [nest(rest, value)])
                if step >= len(node.value):
                    raise NotEditable(Text("what would be changed is not written here", "修正すべき箇所が書かれていません"))
                node = node.value[step]
            else:
                raise self._expression(node)
        if items:
            if not isinstance(node, yaml.SequenceNode):
                raise self._expression(node)
            return self._add_items(node, value)
        if isinstance(node, yaml.SequenceNode) and isinstance(value, list):
            return self._replace_items(node, value)
        if not isinstance(node, yaml.ScalarNode) or not node.tag.startswith(_TAGS) or node.style in ("|", ">"):
            raise expression(self.text[node.start_mark.index : node.end_mark.index], whole=True)
        start, end = node.start_mark.index, node.end_mark.index
        if self.text[start : start + 1] == "&":
            raise NotEditable(Text("the value is an anchor that others refer to", "他から参照されるアンカーです"))
        return self._spliced(int(start), int(end), _scalar(value, node.style or ""))

    def _expression(self, node: Any) -> NotEditable:
        return expression(self.text[node.start_mark.index : node.end_mark.index])

    # -- new keys and items -------------------------------------------------------------------------------------------------------

    def _add_key(self, node: Any, name: str, value: Any) -> str:
        key = _scalar(name, "")
        if node.flow_style:
            return self._in_flow(node, f"{key}: {_flow(value)}")
        indent = " " * node.value[0][0].start_mark.column
        gap = [""] if isinstance(value, dict) and self._spaced(node) else []
        return self._below(self._last(node), indent, gap + _lines({name: value}, self._unit()))

    def _spaced(self, node: Any) -> bool:
        """Whether an empty line stands between the entries of a mapping."""
        ends = [key.start_mark.index for key, _ in node.value[1:]]
        return any(re.search(r"\n[ \t]*\r?\n(?:[ \t]*#[^\n]*\n)*[ \t]*\Z", self.text[max(0, end - 2000) : end]) for end in ends[-1:])

    def _add_items(self, node: Any, values: Sequence[Any]) -> str:
        if node.flow_style:
            return self._in_flow(node, ", ".join(_flow(value) for value in values))
        indent = " " * node.start_mark.column
        return self._below(self._last(node), indent, _lines(list(values), self._unit()))

    def _replace_items(self, node: Any, values: list[Any]) -> str:
        """Other items in the place of those that are there, all of them plain."""
        start = node.start_mark.index
        end = node.end_mark.index if node.flow_style else self._last(node) + 1
        if not all(isinstance(item, yaml.ScalarNode) and item.tag.startswith(_TAGS) for item in node.value):
            raise self._expression(node)
        if "#" in self.text[start:end]:
            raise NotEditable(Text("comments stand inside the list that would be replaced", "置き換えるリストの中にコメントがあります"))
        if node.flow_style:
            return self._spliced(start, end, _flow(values))
        return self._spliced(start, end, (self.end + " " * node.start_mark.column).join(_lines(values, self._unit())))

    def _fill(self, key: Any, value: Any) -> str:
        """A value behind a key that has none."""
        if not isinstance(value, (dict, list)):
            at = self.text.index(":", key.end_mark.index) + 1
            return self._spliced(at, at, f" {_scalar(value, '')}")
        unit = self._unit()
        return self._below(self.text.index(":", key.end_mark.index), " " * key.start_mark.column + unit, _lines(value, unit))

    def _below(self, offset: int, indent: str, lines: list[str]) -> str:
        """New lines below the line of `offset`, past its comment."""
        at = self.text.find("\n", offset)
        at = len(self.text) if at < 0 else at - (self.text[at - 1 : at] == "\r")
        return self._spliced(at, at, "".join(self.end + (indent + line if line else "") for line in lines))

    def _in_flow(self, node: Any, new: str) -> str:
        closing = node.end_mark.index - 1
        if not node.value:
            space = " " if isinstance(node, yaml.MappingNode) else ""
            return self._spliced(node.start_mark.index + 1, closing, f"{space}{new}{space}")
        last = node.value[-1]
        last = last[1] if isinstance(last, tuple) else last
        at = max(last.end_mark.index, node.start_mark.index + 1)
        return self._spliced(at, at, f", {new}")

    def _last(self, node: Any) -> int:
        """The offset of the last character that belongs to a block mapping or sequence."""
        last = node.value[-1]
        if isinstance(last, tuple):
            key, item = last
            if item.start_mark.index < key.end_mark.index or _empty(item):  # an alias, or nothing
                return int(key.end_mark.index)
            last = item
        if isinstance(last, yaml.CollectionNode) and not last.flow_style and last.value:
            return self._last(last)
        written = self.text[last.start_mark.index : last.end_mark.index].rstrip()
        return int(last.start_mark.index) + max(len(written) - 1, 0)

    def _unit(self) -> str:
        """What one level is indented by: as around the place, else as the sections of the template are."""
        if self.near:
            return self.near
        for _, item in self.root.value:
            if isinstance(item, yaml.MappingNode) and not item.flow_style and item.value:
                return " " * max(1, int(item.value[0][0].start_mark.column))
        return "  "

    def _spliced(self, start: int, end: int, new: str) -> str:
        return self.text[:start] + new + self.text[end:]


def _intrinsic(node: Any) -> bool:
    if not node.tag.startswith(_TAGS):
        return True
    return len(node.value) == 1 and str(node.value[0][0].value).startswith(("Ref", "Fn::", "Condition"))


def _empty(node: Any) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.start_mark.index == node.end_mark.index


def _scalar(value: Any, style: str) -> str:
    """A scalar as YAML, quoted as the old one was and where it must be."""
    if isinstance(value, Bare):
        return _reference(value)
    if value is None:
        return "null"
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    if style == "'":
        return "'" + text.replace("'", "''") + "'"
    if style == '"':
        return json.dumps(text, ensure_ascii=False)
    if not isinstance(value, str) or (_PLAIN.fullmatch(text) and not _SPECIAL.fullmatch(text) and not text.endswith(":")):
        return text
    return json.dumps(text, ensure_ascii=False)


def _reference(value: Bare) -> str:
    ((name, argument),) = value.text.items()
    short = f"!{name.removeprefix('Fn::')}"
    return f"{short} {'.'.join(argument) if isinstance(argument, list) else _scalar(argument, '')}"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_scalar(key, '')}: {_flow(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return _scalar(value, "")


def _lines(value: Any, unit: str) -> list[str]:
    """A mapping or list in block style."""
    found: list[str] = []
    if isinstance(value, dict):
        for key, item in value.items():
            name = _scalar(key, "")
            if isinstance(item, (dict, list)) and item:
                found.append(f"{name}:")
                found += [unit + line for line in _lines(item, unit)]
            else:
                found.append(f"{name}: {_flow(item)}")
    else:
        for item in value:
            inner = _lines(item, unit) if isinstance(item, dict) and item else [_flow(item)]
            found.append(f"- {inner[0]}")
            found += ["  " + line for line in inner[1:]]
    return found
