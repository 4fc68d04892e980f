"""The blocks and attributes of one file: parsed once per process, expressions compiled when they are first asked for.

A broken place costs the attribute or block it stands in, and is a problem of the file; whatever else parses is kept. Names that stand
in the broken text are kept as attributes whose value is unknown, so that nothing looks absent because it could not be read.
"""

from __future__ import annotations

import os
import re

import tree_sitter

from cloudpolicy.sources.files import read_bytes
from cloudpolicy.sources.terraform.compiler import DEPTH_LIMIT, LANGUAGE, Malformed, TooDeep, compile_expression
from cloudpolicy.sources.terraform.expressions import Broken, Expr, Literal, Traversal
from cloudpolicy.sources.terraform.source_file import Embedded, SourceFile
from cloudpolicy.sources.terraform.templates import ForDirective, IfDirective, Template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tree_sitter import Node

    from cloudpolicy.model import Span

BLOCK_TYPES = frozenset(
    ("resource", "data", "ephemeral", "variable", "output", "locals", "module", "provider", "terraform", "moved", "import", "removed",
     "check", "action", "list")
)

_PLAIN = re.compile(
    rb'([A-Za-z_][\w-]*)[ \t]*=[ \t]*(?:"([^"\\$%\n]*)"|(-?\d{1,18})|(true|false)|(null)|([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)+))'
)
_NAME = re.compile(rb"([A-Za-z_][\w-]*)\s*=\s*")
_HEADER = re.compile(rb'([A-Za-z_][\w-]*)((?:[ \t]+(?:"[^"\\$%\n]*"|[A-Za-z_][\w-]*)|"[^"\\$%\n]*")*)\s*\{')
_LABEL = re.compile(rb'"([^"]*)"|([A-Za-z_][\w-]*)')
_START = re.compile(rb'^(?:[A-Za-z_][\w-]*(?:[ \t]+(?:"[^"\n]*"|[A-Za-z_][\w-]*))*[ \t]*(?:\{|=(?!=)))', re.MULTILINE)
_WRITTEN = re.compile(rb'(?:^|[{;,])[ \t]*(?:dynamic[ \t]+")?([A-Za-z_][\w-]*)"?[ \t]*(?:=(?![=>])|\{)', re.MULTILINE)
_EXPONENT = re.compile(rb"\b\d+(?:\.\d+)?[eE][-+]?\d+")
_LITERAL_END = {b"true": True, b"false": False}

_parser = tree_sitter.Parser(LANGUAGE)


class Problem:
    """Something wrong in the text of a file."""

    __slots__ = ("code", "en", "end", "ja", "start")

    def __init__(self, code: str, start: int, end: int, en: str, ja: str) -> None:
        self.code = code
        self.start = start
        self.end = end
        self.en = en
        self.ja = ja


class Attribute:
    """`name = expression`; byte offsets of the whole of it."""

    __slots__ = ("_expr", "_node", "end", "name", "parsed", "start")

    def __init__(self, parsed: Parsed, name: str, start: int, end: int, node: Node | None, expr: Expr | None = None) -> None:
        self.parsed = parsed
        self.name = name
        self.start = start
        self.end = end
        self._node = node
        self._expr = expr

    @property
    def expr(self) -> Expr:
        expr = self._expr
        if expr is None:
            node, file = self._node, self.parsed.file
            self._node = None
            try:
                parts = node.named_children if node is not None else []
                value = next(part for part in parts if part.type == "expression")
                expr = compile_expression(value, file)
            except TooDeep:
                expr = self.too_deep()
            except (Malformed, StopIteration, IndexError):
                self.parsed.problem("syntax-error", self.start, self.end, *_UNREADABLE)
                expr = Broken(file, self.start, self.end)
            self._expr = expr
        return expr

    def too_deep(self) -> Expr:
        self.parsed.problem(
            "too-deep", self.start, self.end,
            f'"{self.name}" is nested more than {DEPTH_LIMIT} levels deep and was not evaluated; split it',
            f"「{self.name}」は {DEPTH_LIMIT} 段を超えて入れ子になっているため評価していません。分割してください",
        )
        return Broken(self.parsed.file, self.start, self.end, "unsupported-expression")

    def span(self) -> Span:
        return self.parsed.file.span(self.start, self.end)


class Body:
    """The attributes and blocks between two braces, or of a whole file."""

    __slots__ = ("attributes", "blocks")

    def __init__(self) -> None:
        self.attributes: dict[str, Attribute] = {}
        self.blocks: list[Block] = []

    def of_type(self, type: str) -> list[Block]:
        return [block for block in self.blocks if block.type == type]


class Block:
    """`type "label" … { body }`."""

    __slots__ = ("body", "broken", "end", "labels", "parsed", "start", "type")

    def __init__(self, parsed: Parsed, type: str, labels: tuple[str, ...], start: int, end: int, body: Body, broken: bool = False) -> None:
        self.parsed = parsed
        self.type = type
        self.labels = labels
        self.start = start
        self.end = end
        self.body = body
        self.broken = broken

    def span(self) -> Span:
        return self.parsed.file.span(self.start, self.end)


class Parsed:
    """One parsed file; `problems` may grow while expressions are compiled."""

    __slots__ = ("body", "file", "problems")

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.body = Body()
        self.problems: list[Problem] = []

    def problem(self, code: str, start: int, end: int, en: str, ja: str) -> None:
        self.problems.append(Problem(code, start, end, en, ja))


_UNREADABLE = (
    "syntax error: this could not be read; correct it (`terraform validate` names the fault)",
    "構文エラーのため読み取れません。修正してください(`terraform validate` で原因を確認できます)",
)

_cache: dict[tuple[str, str, int, int], Parsed] = {}


def load(path: str, base: str) -> Parsed:
    """The parsed file at `path`, from the cache while it is unchanged; raises files.Unreadable."""
    try:
        state = os.stat(path)
        key = (path, base, state.st_mtime_ns, state.st_size)
    except OSError:
        key = (path, base, -1, -1)
    parsed = _cache.get(key)
    if parsed is None:
        parsed = parse(path, read_bytes(path, base))
        _cache[key] = parsed
    return parsed


def parse(path: str, data: bytes) -> Parsed:
    """Parse HCL or, when the name ends in .json, Terraform's JSON."""
    file = SourceFile(path, data)
    if path.endswith(".json"):
        from cloudpolicy.sources.terraform.json_syntax import read_json

        parsed = Parsed(file)
        read_json(parsed)
        return parsed
    return parse_file(file)


def parse_file(file: SourceFile) -> Parsed:
    """Parse HCL text."""
    parsed = Parsed(file)
    data = file.data
    root = _parser.parse(data).root_node
    if root.has_error and _EXPONENT.search(data):
        # tree-sitter-hcl does not know every exponent (1e3, 1e-7); the value is read from the source text, so digits of the same length will do
        mended = _parser.parse(_EXPONENT.sub(lambda match: b"1" * len(match.group()), data)).root_node
        root = root if mended.has_error else mended
    if root.has_error:
        _recover(parsed, root)
    else:
        for child in root.named_children:
            if child.type == "body":
                _fill(parsed, parsed.body, child, 0)
    return parsed


def parse_template(text: str, place: Span) -> Parsed:
    """Template text (templatefile, JSON strings) as the attribute "text" of a file of its own."""
    mark = "TEMPLATE"
    while mark in text:
        mark += "_"
    parsed = parse_file(Embedded(f"text = <<{mark}\n{text}\n{mark}\n".encode("utf-8", "replace"), place))
    written = parsed.body.attributes.get("text")
    if written is not None:
        expr = written.expr
        if isinstance(expr, Literal) and isinstance(expr.value, str):
            expr.value = expr.value.removesuffix("\n")
        elif isinstance(expr, Template):
            last = expr.parts[-1] if expr.parts else None
            if isinstance(last, str):  # the line end before the closing mark is ours
                expr.parts[-1:] = [last.removesuffix("\n")] if last != "\n" else []
            if len(expr.parts) == 1 and isinstance(expr.parts[0], Expr) and not isinstance(expr.parts[0], (IfDirective, ForDirective)):
                written._expr = expr.parts[0]
    return parsed


def _fill(parsed: Parsed, body: Body, node: Node, depth: int) -> None:
    """Read the children of a body node."""
    file = parsed.file
    data = file.data
    attributes = body.attributes
    plain = _PLAIN.fullmatch
    for child in node.named_children:
        kind = child.type
        if kind == "attribute":
            start, end = child.start_byte, child.end_byte
            match = plain(data, start, end)
            if match is not None:
                attribute = _plain_attribute(parsed, match, start, end)
            else:
                named = _NAME.match(data, start, end)
                name = (named.group(1) if named else data[start : child.named_children[0].end_byte]).decode("utf-8", "replace")
                attribute = Attribute(parsed, name, start, end, None if child.has_error else child)
                if child.has_error:
                    attribute._expr = Broken(file, start, end)
            if attribute.name in attributes:
                if not isinstance(attribute._expr, Broken):
                    parsed.problem("duplicate-attribute", start, end, f'"{attribute.name}" is set twice in this block; remove one',
                                   f"「{attribute.name}」が同じブロックで 2 回設定されています。一方を削除してください")
            else:
                attributes[attribute.name] = attribute
        elif kind == "block":
            block = _block(parsed, child, depth)
            if block is not None:
                body.blocks.append(block)
        elif kind == "ERROR":
            _lost(parsed, body, child.start_byte, child.end_byte)


def _plain_attribute(parsed: Parsed, match: re.Match[bytes], start: int, end: int) -> Attribute:
    """An attribute whose value is a plain literal or a dotted name: no need to look at its nodes."""
    name, text, digits, flag, _, dotted = match.groups()
    at = match.start(match.lastindex or 0)
    file = parsed.file
    expr: Expr
    if text is not None:
        expr = Literal(file, at - 1, end, text.decode("utf-8", "replace"))
    elif dotted is not None:
        root, *steps = dotted.decode().split(".")
        expr = Traversal(file, at, end, root, tuple(steps))
    elif digits is not None:
        expr = Literal(file, at, end, int(digits))
    else:
        expr = Literal(file, at, end, _LITERAL_END.get(flag))
    return Attribute(parsed, name.decode(), start, end, None, expr)


def _block(parsed: Parsed, node: Node, depth: int) -> Block | None:
    data = parsed.file.data
    start, end = node.start_byte, node.end_byte
    match = _HEADER.match(data, start, end)
    if match is not None:
        type = match.group(1).decode()
        written = match.group(2)
        labels = tuple((quoted or bare).decode("utf-8", "replace") for quoted, bare in _LABEL.findall(written)) if written else ()
        children = node.named_children
    else:
        children = node.named_children
        names = [child for child in children if child.type in ("identifier", "string_lit")]
        if not names:
            return None
        texts = [data[child.start_byte : child.end_byte].decode("utf-8", "replace").strip('"') for child in names]
        type, labels = texts[0], tuple(texts[1:])
    block = Block(parsed, type, labels, start, end, Body(), node.has_error)
    if depth > DEPTH_LIMIT:
        parsed.problem("too-deep", start, end, f'"{type}" is nested more than {DEPTH_LIMIT} levels deep and was not evaluated',
                       f"「{type}」は {DEPTH_LIMIT} 段を超えて入れ子になっているため評価していません")
        return block
    for child in reversed(children):
        if child.type == "body":
            _fill(parsed, block.body, child, depth + 1)
        elif child.type == "ERROR":
            _lost(parsed, block.body, child.start_byte, child.end_byte)
    return block


def _lost(parsed: Parsed, body: Body, start: int, end: int) -> None:
    """Names that stand in broken text: their values exist and are not known."""
    taken = {block.type for block in body.blocks}
    for match in _WRITTEN.finditer(parsed.file.data, start, end):
        name = match.group(1).decode()
        if name not in body.attributes and name not in taken:
            body.attributes[name] = Attribute(parsed, name, match.start(1), match.end(), None, Broken(parsed.file, match.start(1), match.end()))


def _recover(parsed: Parsed, root: Node) -> None:
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
            _fill(parsed, parsed.body, _Single(whole), 0)  # type: ignore[arg-type]
        else:
            _piece(parsed, start, end)


def _stands_alone(parsed: Parsed, node: Node) -> bool:
    """Whether a node that the parser offers at the top of a broken file belongs there, and not into the block that is broken."""
    data = parsed.file.data
    first_column = node.start_byte == 0 or data[node.start_byte - 1 : node.start_byte] == b"\n"
    if node.type == "attribute":
        return first_column and not parsed.file.path.endswith(".tf")
    header = _HEADER.match(data, node.start_byte, node.end_byte) if node.type == "block" else None
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
            _fill(parsed, parsed.body, body, 0)
        return
    fault = _fault(root)
    parsed.problem("syntax-error", *fault, *_UNREADABLE)
    header = _HEADER.match(data, start, end)
    if header is None:
        assigned = _NAME.match(data, start, end)
        if assigned is not None:
            name = assigned.group(1).decode()
            parsed.body.attributes.setdefault(name, Attribute(parsed, name, start, end, None, Broken(parsed.file, start, end)))
        return
    labels = tuple((quoted or bare).decode("utf-8", "replace") for quoted, bare in _LABEL.findall(header.group(2)))
    block = Block(parsed, header.group(1).decode(), labels, start, end, Body(), True)
    for body in bodies:
        for child in body.named_children:
            if child.type == "block" and child.start_byte == start:
                read = _block(parsed, child, 0)
                if read is not None:
                    block.body = read.body
    _lost(parsed, block.body, header.end(), end)
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
