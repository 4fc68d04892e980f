"""Edits of Terraform HCL: one attribute, list item or block at a time; everything else stays byte for byte."""

from __future__ import annotations

import re
from itertools import islice

from cloudpolicy.fix import hcl_blocks, lines
from cloudpolicy.fix.operations import REST, Companion, Encoded, NotEditable, Operation, Reference, expression, replaced
from cloudpolicy.sources.terraform import syntax
from cloudpolicy.sources.terraform.expressions import Literal, Object, Paren, Tuple, Unary
from cloudpolicy.sources.terraform.source_file import SourceFile
from cloudpolicy.sources.terraform.syntax import parse_file
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.model import Path, Resource
    from cloudpolicy.sources.terraform.expressions import Expr
    from cloudpolicy.sources.terraform.syntax import Attribute, Block, Body, Parsed

_LATE = frozenset({"depends_on", "tags", "tags_all", "provider"})  # what people keep at the end of a block
_UNIT = b"  "
_INDENTED = re.compile(rb"^([ \t]+)[\w-]+[ \t]*=", re.MULTILINE)
_CLOSING = re.compile(rb"^\}", re.MULTILINE)
_TRIES = 4
_COMMENTS = re.compile(rb"(?:[ \t]*(?:#|//)[^\n]*\n|[ \t]*/\*(?:[^*]|\*(?!/))*\*/[ \t]*\r?\n)*")


def apply(path: str, data: bytes, operation: Operation) -> bytes:
    """The text of the file with the operation done; raises NotEditable."""
    mark, data = lines.split_mark(data)
    start, end, parsed = _piece(path, data, operation.resource)
    block = find(parsed, operation.resource)
    edit = _Edit(parsed, operation.value, operation.items, lines.newline(data))
    return mark + lines.spliced(data, start, end, edit.in_body(block, block.body, operation.path))


def assign(path: str, data: bytes, names: tuple[str, ...], steps: Path, value: Any) -> bytes | None:
    """The text of the file with `value` at `steps` of an attribute, None when it has no such attribute; raises NotEditable.

    names  the type of its block, the labels, its own name; only the last of a variables file
    """
    mark, data = lines.split_mark(data)
    file = parse_file(SourceFile(path, data))
    if file.problems:
        return None
    *around, name = names
    bodies = [block.body for block in file.body.blocks if (block.type, *block.labels) == tuple(around)] if around else [file.body]
    for body in bodies:
        if name in body.attributes:
            return mark + _Edit(file, value, False, lines.newline(data)).in_value(body.attributes[name].expr, steps)
    return None


def parsed(path: str, data: bytes) -> Parsed:
    """The file as its source reads it, in either syntax."""
    return syntax.parse(path, lines.split_mark(data)[1])


def declare(path: str, data: bytes, companion: Companion) -> bytes:
    """The text of the file with a companion declared below the resource; raises NotEditable."""
    mark, data = lines.split_mark(data)
    start, _, parsed = _piece(path, data, companion.resource)
    beside = find(parsed, companion.resource)
    name = beside.labels[-1]
    if _header("resource", companion.type, name).search(data):
        raise NotEditable(Text(f"{companion.type}.{name} is there already", f"{companion.type}.{name} は既にあります"))
    meta: dict[str, Any] = {}
    index = ""
    for word, key in (("count", "count.index"), ("for_each", "each.key")):
        written = beside.body.attributes.get(word)
        if written is not None:
            meta[word] = hcl_blocks.Expression(written.expr.text())
            index = f"[{key}]"
    if "provider" in beside.body.attributes:
        meta["provider"] = hcl_blocks.Expression(beside.body.attributes["provider"].expr.text())
    values = replaced(companion.values, lambda value: _spelled(value, f"{beside.labels[0]}.{name}{index}"))
    end = lines.newline(data)
    indented = _INDENTED.search(data)
    unit = indented[1] if indented is not None else _UNIT
    text = hcl_blocks.block("resource", [companion.type, name], values, meta)
    at = lines.line_end(data, start + beside.end)
    more = data[at:].lstrip(b"\r")[1:].partition(b"\n")[0].strip()  # of what follows without an empty line between
    return mark + lines.spliced(data, at, at, end + end + lines.indented(text, b"", unit, end) + (end if more else b""))


def _spelled(value: Reference | Encoded, address: str) -> Any:
    if isinstance(value, Encoded):
        return hcl_blocks.Encoded(replaced(value.value, lambda inner: _spelled(inner, address)))
    whole = f"{address}.{value.attribute}" if value.attribute else address
    return hcl_blocks.Expression(f'"${{{whole}}}{value.suffix}"' if value.suffix else whole)


def _header(kind: str, type: str, name: str) -> re.Pattern[bytes]:
    return re.compile(rf'^{kind}[ \t]+"{re.escape(type)}"[ \t]+"{re.escape(name)}"[ \t]*\{{'.encode(), re.MULTILINE)


def _piece(path: str, data: bytes, resource: Resource) -> tuple[int, int, Parsed]:
    """(start, end, parsed) of the part of the text that declares a resource, of all of it where that is not plain to see; raises NotEditable.

    A file with a thousand blocks is not parsed again for every edit.
    """
    kind, _, type = resource.type.rpartition(".")
    headers = list(_header(kind or "resource", type, block_name(resource)).finditer(data))
    if len(headers) == 1:
        start = headers[0].start()
        line = data.rfind(b"}", start, lines.line_end(data, start)) + 1  # of a block on one line
        ends = (closing.end() for closing in islice(_CLOSING.finditer(data, start), _TRIES))
        for end in [line, *ends] if line else ends:
            parsed = parse_file(SourceFile(path, data[start:end]))
            if not parsed.problems and len(parsed.body.blocks) == 1 and not parsed.body.attributes:
                return start, end, parsed
    parsed = parse_file(SourceFile(path, data))
    if parsed.problems:
        raise NotEditable(Text("the file has a syntax error", "ファイルに構文エラーがあります"))
    return 0, len(data), parsed


def find(parsed: Parsed, resource: Resource) -> Block:
    """The block that declares a resource; of several the one that stands where the resource does."""
    if resource.type.startswith("terraform.backend_"):
        name = resource.type.removeprefix("terraform.backend_")
        inner = [one for block in parsed.body.blocks if block.type == "terraform" for one in block.body.of_type("backend")]
        if len(inner) == 1 and inner[0].labels == (name,):
            return inner[0]
    kind, _, type = resource.type.rpartition(".")
    kind = kind or "resource"
    name = block_name(resource)
    found = [block for block in parsed.body.blocks if block.type == kind and block.labels == (type, name)]
    if not found:
        raise NotEditable(Text("its block is not in this file", "このファイルに該当のブロックがありません"))
    if len(found) > 1:
        raise NotEditable(Text("its address is declared twice", "同じアドレスが 2 回宣言されています"))
    return found[0]


def block_name(resource: Resource) -> str:
    """The name that the resource's block has."""
    address = re.sub(r"\[[^\[\]]*\]", "", re.sub(r'"(?:[^"\\]|\\.)*"', "", resource.address))
    return address.rpartition(".")[2].partition("@")[0]


class _Edit:
    def __init__(self, parsed: Parsed, value: Any, items: bool, end: bytes) -> None:
        self.parsed = parsed
        self.data = parsed.file.data
        self.value = value
        self.items = items  # the value's items are added to the list that is there
        self.end = end

    # -- the way to the place -----------------------------------------------------------------------------------------------------

    def in_body(self, block: Block, body: Body, path: Path) -> bytes:
        name, rest = str(path[0]), path[1:]
        written = body.attributes.get(name)
        if written is not None:
            return self.in_value(written.expr, rest)
        blocks = [inner for inner in body.blocks if inner.type == name]
        if any(inner.type == "dynamic" and inner.labels[:1] == (name,) for inner in body.blocks):
            raise NotEditable(Text(f"{name} is made by a dynamic block", f"{name} は dynamic ブロックで生成されています"))
        if blocks and not rest and not self.items:
            raise NotEditable(Text(f"the block {name} would be replaced", f"ブロック {name} の置き換えになります"))
        if blocks and rest and rest[0] != REST:
            index = rest[0] if isinstance(rest[0], int) else 0
            if index >= len(blocks):
                raise NotEditable(Text(f"{name} is not written here", f"{name} はここに書かれていません"))
            inner = rest[1:] if isinstance(rest[0], int) else rest
            if inner:
                return self.in_body(blocks[index], blocks[index].body, inner)
            raise NotEditable(Text(f"the block {name} would be replaced", f"ブロック {name} の置き換えになります"))
        value: Any = self.value
        for step in reversed(rest):
            value = {step: value} if isinstance(step, str) else [value]
        return self.add(block, body, name, value)

    def in_value(self, expr: Expr, path: Path) -> bytes:
        """Change a written value, or the part of it at `path`."""
        if not path:
            if not _literal(expr):
                raise expression(expr.text(), whole=not self.items)
            if self.items:
                return self.add_items(expr)
            old = expr.value if isinstance(expr, Literal) else None
            return lines.spliced(self.data, expr.start, expr.end, _rendered(self.value, old).encode())
        if isinstance(expr, Object):
            for key, item, _ in expr.items:
                if key == path[0]:
                    return self.in_value(item, path[1:])
            return self.add_member(expr, path)
        if isinstance(expr, Tuple) and isinstance(path[0], int) and 0 <= path[0] < len(expr.items):
            return self.in_value(expr.items[path[0]], path[1:])
        raise expression(expr.text(), rest=path)

    # -- lists and maps -----------------------------------------------------------------------------------------------------------

    def add_items(self, expr: Expr) -> bytes:
        if not isinstance(expr, Tuple):
            raise expression(expr.text())
        texts = [_rendered(item, None) for item in self.value]
        if not expr.items:
            return lines.spliced(self.data, expr.start, expr.end, f"[{', '.join(texts)}]".encode())
        last = expr.items[-1]
        indent = lines.indent_of(self.data, last.start)
        if lines.line_start(self.data, last.start) + len(indent) == last.start:  # every item on its own line
            new = b"".join(b"," + self.end + indent + text.encode() for text in texts)
        else:
            new = b"".join(b", " + text.encode() for text in texts)
        return lines.spliced(self.data, last.end, last.end, new)

    def add_member(self, expr: Object, path: Path) -> bytes:
        """A new member of a map, behind the others."""
        if len(path) != 1 or not isinstance(path[0], str):
            raise NotEditable(Text("the map lacks what the value would stand in", "値を置く階層がありません"))
        name = path[0] if re.fullmatch(r"[A-Za-z_][\w-]*", path[0]) else f'"{path[0]}"'
        text = f"{name} = {_rendered(self.value, None)}".encode()
        if not expr.items:
            return lines.spliced(self.data, expr.start, expr.end, b"{ " + text + b" }")
        _, last, start = expr.items[-1]
        indent = lines.indent_of(self.data, start)
        if lines.line_start(self.data, start) + len(indent) == start:
            at = self._after(last.end)
            return lines.spliced(self.data, at, at, self.end + indent + text)
        return lines.spliced(self.data, last.end, last.end, b", " + text)

    # -- new attributes and blocks ------------------------------------------------------------------------------------------------

    def add(self, block: Block, body: Body, name: str, value: Any) -> bytes:
        nested = isinstance(value, dict) or (isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value))
        nested = nested and not isinstance(value, hcl_blocks.Attributes)
        opening, closing = self._braces(block)
        inside = self.data[opening + 1 : closing]
        indent = lines.indent_of(self.data, block.start)
        unit = self._unit(body, indent)
        if b"\n" not in inside:  # `{}` and `{ a = 1 }`: a one-line block holds one attribute at most
            kept = inside.strip()
            if kept and not nested:  # aligned, as two lines of one group are
                width = max(len(name), len(next(iter(body.attributes), "")))
                first = re.match(rb"([\w-]+)\s*=\s*", kept)
                kept = first[1].ljust(width) + b" = " + kept[first.end() :] if first is not None else kept
                text = f"{name.ljust(width)} = {_rendered(value, None)}"
            else:
                text = self._blocks(name, value) if nested else f"{name} = {_rendered(value, None)}"
            start = self.end + (indent + unit + kept + self.end if kept else b"")
            gap = self.end if kept and nested else b""
            new = start + gap + lines.indented(text, indent + unit, unit, self.end) + self.end + indent
            return lines.spliced(self.data, opening + 1, closing, new)
        begin = lines.line_start(self.data, closing)
        if self.data[begin:closing].strip():  # the brace shares its line: it gets one of its own
            held = self.data[:closing].rstrip(b" \t")
            text = self._blocks(name, value) if nested else f"{name} = {_rendered(value, None)}"
            new = self.end * 2 + lines.indented(text, indent + unit, unit, self.end) + self.end + indent
            return held + new + self.data[closing:]
        if nested:
            return self._add_blocks(self._blocks(name, value), opening, closing, indent, unit)
        return self._add_attribute(body, name, value, opening, indent + unit)

    def _blocks(self, name: str, value: Any) -> str:
        items = value if isinstance(value, list) else [value]
        return "\n\n".join(hcl_blocks.block(name, [], item) for item in items)

    def _add_blocks(self, text: str, opening: int, closing: int, indent: bytes, unit: bytes) -> bytes:
        """New blocks stand at the end of the block around them, behind an empty line."""
        at = lines.line_start(self.data, closing)
        empty = not self.data[opening + 1 : closing].strip()
        gap = b"" if empty else self.end
        if self.data[:at].endswith((b"\n\n", b"\n\r\n")):
            gap = b""
        return lines.spliced(self.data, at, at, gap + lines.indented(text, indent + unit, unit, self.end) + self.end)

    def _add_attribute(self, body: Body, name: str, value: Any, opening: int, indent: bytes) -> bytes:
        """A new attribute goes behind the last one before the nested blocks: into its group where the equals signs allow it."""
        first_block = min((inner.start for inner in body.blocks), default=len(self.data))
        before = [attribute for attribute in body.attributes.values() if attribute.start < first_block and attribute.parsed is self.parsed]
        anchor = max((one for one in before if one.name not in _LATE), key=lambda one: one.start, default=None)
        if anchor is None and before and not body.blocks:
            anchor = max(before, key=lambda one: one.start)
        text = _rendered(value, None).encode()
        key = name.encode()
        if anchor is None:
            at = self._after(opening + 1)
            gap = self.end if body.attributes or body.blocks else b""
            return lines.spliced(self.data, at, at, self.end + indent + key + b" = " + text + (gap if self._more(at) else b""))
        at = self._after(anchor.end)
        indent = lines.indent_of(self.data, anchor.start)
        width = self._width(anchor)
        if width and len(key) <= width:
            return lines.spliced(self.data, at, at, self.end + indent + key.ljust(width) + b" = " + text)
        gap = self.end if self._more(at) else b""
        return lines.spliced(self.data, at, at, self.end + self.end + indent + key + b" = " + text + gap)

    def _width(self, anchor: Attribute) -> int:
        """How wide the names of the anchor's group are; 0 where its value goes over several lines, which ends a group."""
        start, end = anchor.expr.start, anchor.expr.end
        if b"\n" in self.data[start:end]:
            return 0
        before = self.data[anchor.start : start].rstrip()
        return len(before) - len(" =") if before.endswith(b"=") else 0

    def _more(self, at: int) -> bool:
        """Whether the next line, past comments, holds an attribute that would become one group with a line put here."""
        following = _COMMENTS.match(self.data, self.data.find(b"\n", at) + 1 or len(self.data))
        line = self.data[following.end() if following is not None else at :].partition(b"\n")[0].strip()
        return bool(line) and line[:1] != b"}"

    def _after(self, offset: int) -> int:
        """The end of the line on which `offset` stands, past a comment that goes over several lines."""
        offset = offset - 1 if self.data[offset - 1 : offset] == b"\n" else offset  # a heredoc's end takes its line end in
        offset = offset - 1 if self.data[offset - 1 : offset] == b"\r" else offset
        end = lines.line_end(self.data, offset)
        opened = self.data.find(b"/*", offset, end)
        hash = re.compile(rb"#|//").search(self.data, offset, end)
        if opened >= 0 and (hash is None or opened < hash.start()):
            closed = self.data.find(b"*/", opened)
            if closed > end:
                return self._after(closed + 2)
        return end

    def _braces(self, block: Block) -> tuple[int, int]:
        header = re.compile(rb'[\w-]+(?:\s*"(?:[^"\\]|\\.)*"|\s+[\w-]+)*\s*\{').match(self.data, block.start)
        closing = self.data.rfind(b"}", block.start, block.end)
        if header is None or closing < header.end() - 1:
            raise NotEditable(Text("its block could not be taken apart", "ブロックの構造を読み取れません"))
        return header.end() - 1, closing

    def _unit(self, body: Body, indent: bytes) -> bytes:
        """What one level is indented by: as the block's own children are."""
        children: list[Attribute | Block] = [*body.attributes.values(), *body.blocks]
        for child in children:
            own = lines.indent_of(self.data, child.start)
            if own.startswith(indent) and len(own) > len(indent) and child.parsed is self.parsed:
                return own[len(indent) :]
        return b"\t" if b"\t" in indent else _UNIT


def _literal(expr: Expr) -> bool:
    if isinstance(expr, Tuple):
        return all(_literal(item) for item in expr.items)
    if isinstance(expr, Object):
        return all(isinstance(key, str) and _literal(item) for key, item, _ in expr.items)
    if isinstance(expr, Paren):
        return _literal(expr.inner)
    return isinstance(expr, Literal) or (isinstance(expr, Unary) and isinstance(expr.operand, Literal))


def _rendered(value: Any, old: Any) -> str:
    """A value as HCL; in quotes where the old one of the same meaning was."""
    if isinstance(old, str) and isinstance(value, (bool, int)):
        value = ("true" if value else "false") if isinstance(value, bool) else str(value)
    return hcl_blocks.attribute("x", value).partition("=")[2].strip()
