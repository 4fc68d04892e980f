"""The blocks and attributes of one file: parsed once per process, their expressions compiled.

A broken place costs the attribute or block it stands in, and is a problem of the file; whatever else parses is kept. Names that stand
in the broken text are kept as attributes whose value is unknown, so that nothing looks absent because it could not be read.
"""

from __future__ import annotations

import os
import re

from cloudpolicy import journal
from cloudpolicy.sources.files import TEXT_LIMIT, held, read_again, read_bytes
from cloudpolicy.sources.terraform.binding import tree_sitter
from cloudpolicy.sources.terraform.compiler import DEPTH_LIMIT, LANGUAGE, Malformed, TooDeep, compile_expression
from cloudpolicy.sources.terraform.expressions import Broken, Expr, Literal, Traversal
from cloudpolicy.sources.terraform.source_file import Embedded, SourceFile
from cloudpolicy.sources.terraform.templates import ForDirective, IfDirective, Template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tree_sitter import Node

    from cloudpolicy.model import Span

BLOCK_TYPES = frozenset(
    (
        "resource",
        "data",
        "ephemeral",
        "variable",
        "output",
        "locals",
        "module",
        "provider",
        "terraform",
        "moved",
        "import",
        "removed",
        "check",
        "action",
        "list",
    )
)

_LABELS = {"resource": 2, "data": 2, "ephemeral": 2, "module": 1, "variable": 1, "output": 1, "provider": 1, "locals": 0}

_PLAIN = re.compile(
    rb'([A-Za-z_][\w-]*)[ \t]*=[ \t]*(?:"([^"\\$%\n]*)"|(-?\d{1,18})|(true|false)|(null)|([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)+))'
)
NAME = re.compile(rb"([A-Za-z_][\w-]*)\s*=\s*")
HEADER = re.compile(rb'([A-Za-z_][\w-]*)((?:[ \t]+(?:"[^"\\$%\n]*"|[A-Za-z_][\w-]*)|"[^"\\$%\n]*")*)\s*\{')
LABEL = re.compile(rb'"([^"]*)"|([A-Za-z_][\w-]*)')
_WRITTEN = re.compile(rb'(?:^|[{;,])[ \t]*(?:dynamic[ \t]+")?([A-Za-z_][\w-]*)"?[ \t]*(?:=(?![=>])|\{)', re.MULTILINE)
_EXPONENT = rb"\b\d+(?:\.\d+)?[eE][-+]?\d+"
_RUN_LIMIT = 100_000
_RUN = rb"[A-Za-z0-9+/=_-]{1000,}"
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

    __slots__ = ("end", "expr", "name", "parsed", "start")

    def __init__(self, parsed: Parsed, name: str, start: int, end: int, expr: Expr) -> None:
        self.parsed = parsed
        self.name = name
        self.start = start
        self.end = end
        self.expr = expr

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

    __slots__ = ("_places", "body", "file", "mark", "problems")

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.body = Body()
        self.problems: list[Problem] = []
        self._places: set[int] = set()
        self.mark = ""  # for the journal: which content this was made of

    def problem(self, code: str, start: int, end: int, en: str, ja: str) -> None:
        """Note what is wrong at a place; the first word about a place is enough."""
        if start not in self._places:
            self._places.add(start)
            self.problems.append(Problem(code, start, end, en, ja))


UNREADABLE = (
    "syntax error: this could not be read; correct it (`terraform validate` names the fault)",
    "構文エラーのため読み取れません。修正してください(`terraform validate` で原因を確認できます)",
)

_cache: dict[tuple[str, str, int, int], Parsed] = {}


def load(path: str, base: str) -> Parsed:
    """The parsed file at `path`, from the cache while it is unchanged; raises files.Unreadable."""
    if held and journal.real(path) in held:
        return parse(path, read_bytes(path, base))
    try:
        state = os.stat(path)
        key = (path, base, state.st_mtime_ns, state.st_size)
    except OSError:
        key = (path, base, -1, -1)
    parsed = _cache.get(key)
    if parsed is None:
        data = read_bytes(path, base)
        mark = journal.mark(path, TEXT_LIMIT)
        parsed = parse(path, data)
        parsed.mark = mark
        _cache[key] = parsed
    else:
        read_again(path, base, parsed.mark)
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
    root = _tree(data)
    if root.has_error and re.search(_EXPONENT, data):
        # tree-sitter-hcl does not know every exponent (1e3, 1e-7); the value is read from the source text, so digits of the same length will do
        mended = _tree(re.sub(_EXPONENT, lambda match: b"1" * len(match.group()), data))
        root = root if mended.has_error else mended
    if root.has_error:
        from cloudpolicy.sources.terraform.recovery import recover

        recover(parsed, root)
    else:
        for child in root.named_children:
            if child.type == "body":
                fill(parsed, parsed.body, child, 0)
    return parsed


def _tree(data: bytes) -> Node:
    """The syntax tree. tree-sitter-hcl spends 200 bytes on every character of a string: the middle of a very long run of letters (base64)
    is not shown to it, which changes no token; texts are read from the source."""
    runs = list(re.finditer(_RUN, data)) if len(data) > _RUN_LIMIT else []
    if not runs:
        return _parser.parse(data).root_node
    bounds = [0, *(at for run in runs for at in (run.start() + 1, run.end() - 1)), len(data)]
    point = tree_sitter.Point(0, 0)
    ranges = [tree_sitter.Range(point, point, bounds[at], bounds[at + 1]) for at in range(0, len(bounds), 2)]
    return tree_sitter.Parser(LANGUAGE, included_ranges=ranges).parse(data).root_node


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
                written.expr = expr.parts[0]
    return parsed


def fill(parsed: Parsed, body: Body, node: Node, depth: int, parent: str = "") -> None:
    """Read the children of a body node; `parent` is the type of the block around it."""
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
                named = NAME.match(data, start, end)
                name = (named.group(1) if named else data[start : child.named_children[0].end_byte]).decode("utf-8", "replace")
                attribute = Attribute(parsed, name, start, end, _expression(parsed, name, child))
            if attribute.name in attributes:
                if not isinstance(attribute.expr, Broken):
                    parsed.problem(
                        "duplicate-attribute",
                        start,
                        end,
                        f'"{attribute.name}" is set twice in this block; remove one',
                        f"「{attribute.name}」が同じブロックで 2 回設定されています。一方を削除してください",
                    )
            else:
                attributes[attribute.name] = attribute
        elif kind == "block":
            block = block_of(parsed, child, depth)
            if block is None:
                continue
            if depth and _LABELS.get(block.type) == len(block.labels):
                # An ordinary mistake is a closing brace too few here and one too many further down: what stands between is still read.
                parsed.body.blocks.append(block)
                if parent != "check":
                    parsed.problem(
                        "misplaced-block",
                        block.start,
                        block.end,
                        f"{block.type} stands inside another block; close the block above it",
                        f"{block.type} が別のブロックの中にあります。上のブロックを閉じてください",
                    )
            else:
                body.blocks.append(block)
        elif kind == "ERROR":
            keep_names(parsed, body, child.start_byte, child.end_byte)


def _expression(parsed: Parsed, name: str, node: Node) -> Expr:
    """The value of an attribute node. Compiled at once: a node that is kept would keep its file's whole syntax tree in memory."""
    file = parsed.file
    start, end = node.start_byte, node.end_byte
    if node.has_error:
        return Broken(file, start, end)
    try:
        return compile_expression(next(part for part in node.named_children if part.type == "expression"), file)
    except TooDeep:
        parsed.problem(
            "too-deep",
            start,
            end,
            f'"{name}" is nested more than {DEPTH_LIMIT} levels deep and was not evaluated; split it',
            f"「{name}」は {DEPTH_LIMIT} 段を超えて入れ子になっているため評価していません。分割してください",
        )
        return Broken(file, start, end, "unsupported-expression")
    except (Malformed, StopIteration, IndexError):
        parsed.problem("syntax-error", start, end, *UNREADABLE)
        return Broken(file, start, end)


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
    return Attribute(parsed, name.decode(), start, end, expr)


def block_of(parsed: Parsed, node: Node, depth: int) -> Block | None:
    data = parsed.file.data
    start, end = node.start_byte, node.end_byte
    match = HEADER.match(data, start, end)
    if match is not None:
        type = match.group(1).decode()
        written = match.group(2)
        labels = tuple((quoted or bare).decode("utf-8", "replace") for quoted, bare in LABEL.findall(written)) if written else ()
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
        parsed.problem(
            "too-deep",
            start,
            end,
            f'"{type}" is nested more than {DEPTH_LIMIT} levels deep and was not evaluated',
            f"「{type}」は {DEPTH_LIMIT} 段を超えて入れ子になっているため評価していません",
        )
        return block
    for child in reversed(children):
        if child.type == "body":
            fill(parsed, block.body, child, depth + 1, type)
        elif child.type == "ERROR":
            keep_names(parsed, block.body, child.start_byte, child.end_byte)
    return block


def keep_names(parsed: Parsed, body: Body, start: int, end: int) -> None:
    """Names that stand in broken text: their values exist and are not known."""
    taken = {block.type for block in body.blocks}
    for match in _WRITTEN.finditer(parsed.file.data, start, end):
        name = match.group(1).decode()
        if name not in body.attributes and name not in taken:
            body.attributes[name] = Attribute(parsed, name, match.start(1), match.end(), Broken(parsed.file, match.start(1), match.end()))
