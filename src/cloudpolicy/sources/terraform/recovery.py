"""Reading what can be read of a file with syntax errors."""

from __future__ import annotations

import re

from cloudpolicy.sources.terraform.binding import tree_sitter
from cloudpolicy.sources.terraform.compiler import LANGUAGE
from cloudpolicy.sources.terraform.expressions import Broken
from cloudpolicy.sources.terraform.syntax import (
    BLOCK_TYPES,
    HEADER,
    LABEL,
    NAME,
    UNREADABLE,
    Attribute,
    Block,
    Body,
    Parsed,
    block_of,
    fill,
    keep_names,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tree_sitter import Node

_START = re.compile(rb'^(?:[A-Za-z_][\w-]*(?:[ \t]+(?:"[^"\n]*"|[A-Za-z_][\w-]*))*[ \t]*(?:\{|=(?!=)))', re.MULTILINE)


def recover(parsed: Parsed, root: Node) -> None:
    """Keep the whole blocks of a broken file, then read what lies between them piece by piece."""
    data = parsed.file.data
    good: list[Node] = []
    for child in root.named_children:
        for part in child.named_children if child.type == "body" else [child]:
            if not part.has_error and _stands_alone(parsed, part):
                good.append(part)
    at = 0
    pieces: list[tuple[int, int, Node | None]] = []
    for node in good:
        pieces.extend((start, end, None) for start, end in _pieces(data, at, node.start_byte))
        pieces.append((node.start_byte, node.end_byte, node))
        at = node.end_byte
    pieces.extend((start, end, None) for start, end in _pieces(data, at, len(data)))
    for start, end, whole in pieces:
        if whole is not None:
            fill(parsed, parsed.body, _Single(whole), 0)  # type: ignore[arg-type]
        else:
            _piece(parsed, start, end)


def _stands_alone(parsed: Parsed, node: Node) -> bool:
    """Whether a node that the parser offers at the top of a broken file belongs there, and not into the block that is broken."""
    data = parsed.file.data
    first_column = node.start_byte == 0 or data[node.start_byte - 1 : node.start_byte] == b"\n"
    if node.type == "attribute":
        return first_column and not parsed.file.path.endswith(".tf")
    header = HEADER.match(data, node.start_byte, node.end_byte) if node.type == "block" else None
    return header is not None and header.group(1).decode() in BLOCK_TYPES and (first_column or b'"' in header.group(2))


class _Single:
    """One node as if it were a body's only child."""

    __slots__ = ("named_children",)

    def __init__(self, node: Node) -> None:
        self.named_children = [node]


def _pieces(data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """A stretch of broken text, cut before every line that begins a block or an attribute at its first column."""
    if not data[start:end].strip():
        return []
    cuts = [match.start() for match in _START.finditer(data, start, end) if match.start() > start]
    return [(a, b) for a, b in zip([start, *cuts], [*cuts, end], strict=True) if data[a:b].strip()]


def _piece(parsed: Parsed, start: int, end: int) -> None:
    data = parsed.file.data
    while end > start and data[end - 1 : end].isspace():
        end -= 1
    while start < end and data[start : start + 1].isspace():
        start += 1
    point = tree_sitter.Point
    parser = tree_sitter.Parser(LANGUAGE, included_ranges=[tree_sitter.Range(point(0, 0), point(0, 0), start, end)])
    root = parser.parse(data).root_node
    bodies = [child for child in root.named_children if child.type == "body"]
    if not root.has_error:
        for body in bodies:
            fill(parsed, parsed.body, body, 0)
        return
    fault = _fault(root)
    parsed.problem("syntax-error", *fault, *UNREADABLE)
    header = HEADER.match(data, start, end)
    if header is None:
        assigned = NAME.match(data, start, end)
        if assigned is not None:
            name = assigned.group(1).decode()
            parsed.body.attributes.setdefault(name, Attribute(parsed, name, start, end, Broken(parsed.file, start, end)))
        return
    labels = tuple((quoted or bare).decode("utf-8", "replace") for quoted, bare in LABEL.findall(header.group(2)))
    block = Block(parsed, header.group(1).decode(), labels, start, end, Body(), True)
    for body in bodies:
        for child in body.named_children:
            if child.type == "block" and child.start_byte == start:
                read = block_of(parsed, child, 0)
                if read is not None:
                    block.body = read.body
    keep_names(parsed, block.body, header.end(), end)
    parsed.body.blocks.append(block)


def _fault(root: Node) -> tuple[int, int]:
    """Where a broken piece is broken: the first missing token, or the innermost first error."""
    node = root
    while True:
        for child in node.children:
            if child.is_missing:
                return child.start_byte, max(child.end_byte, child.start_byte + 1)
            if child.has_error or child.is_error:
                node = child
                break
        else:
            return node.start_byte, max(node.end_byte, node.start_byte + 1)
