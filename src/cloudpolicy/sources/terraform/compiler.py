"""From tree-sitter nodes to compiled expressions."""

from __future__ import annotations

import re
from itertools import pairwise

import tree_sitter_hcl

from cloudpolicy.sources.terraform.binding import tree_sitter
from cloudpolicy.sources.terraform.expressions import (
    Binary,
    Call,
    Conditional,
    Expr,
    Literal,
    Object,
    Paren,
    Splat,
    Traversal,
    Tuple,
    Unary,
)
from cloudpolicy.sources.terraform.heredocs import dedent, merge
from cloudpolicy.sources.terraform.loops import For
from cloudpolicy.sources.terraform.templates import ForDirective, IfDirective, Template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from tree_sitter import Node

    from cloudpolicy.sources.terraform.source_file import SourceFile

LANGUAGE = tree_sitter.Language(tree_sitter_hcl.language())
DEPTH_LIMIT = 150  # levels of nesting; a person writes five

_ESCAPE = r"\\(?:([nrt\"\\])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|\$\$\{|%%\{"
_HEREDOC_ESCAPE = r"(\$\$|%%)\{"
_PLAIN = re.compile(rb'"([^"\\$%\n]*)"|(\d{1,18})|([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)+)')
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_POSTFIX = ("get_attr", "index", "splat")


class TooDeep(Exception):
    """Nested beyond DEPTH_LIMIT."""


class Malformed(Exception):
    """The node does not have the shape that its grammar promises (part of a syntax error)."""


def compile_expression(node: Node, file: SourceFile) -> Expr:
    """The expression of a node; raises TooDeep or Malformed."""
    return _Compiler(file).expression(node, 0)


def unescape(text: str) -> str:
    """A quoted literal's text: backslash escapes, `$${` and `%%{` resolved."""
    return re.sub(_ESCAPE, _unescaped, text) if "\\" in text or "{" in text else text


def _unescaped(match: re.Match[str]) -> str:
    simple, short, long = match.groups()
    if simple:
        return _SIMPLE[simple]
    if short or long:
        code = int(short or long, 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
    return match.group()[1:]


def number(text: str) -> int | float:
    """A numeric literal; 1.0 and 1e3 are ints as in Terraform."""
    if text.isdigit():
        return int(text) if len(text) <= 4000 else float("1e999")
    value = float(text)
    return int(value) if value.is_integer() else value


class _Compiler:
    __slots__ = ("data", "file")

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.data = file.data

    def expression(self, node: Node, depth: int) -> Expr:
        if depth > DEPTH_LIMIT:
            raise TooDeep
        start, end = node.start_byte, node.end_byte
        match = _PLAIN.fullmatch(self.data, start, end)
        if match is not None:
            return self.plain(match, start, end)
        if node.type != "expression":
            return self.term(node, depth)
        return self.sequence([child for child in node.children if child.type != "comment"], depth)

    def plain(self, match: re.Match[bytes], start: int, end: int) -> Expr:
        """A literal or a dotted name, recognised by its text: three times as fast as by its nodes."""
        text, digits, dotted = match.groups()
        if text is not None:
            return Literal(self.file, start, end, text.decode("utf-8", "replace"))
        if digits is not None:
            return Literal(self.file, start, end, int(digits))
        root, *steps = dotted.decode().split(".")
        return Traversal(self.file, start, end, root, tuple(steps))

    def sequence(self, nodes: list[Node], depth: int) -> Expr:
        """A term and the traversal steps after it."""
        if not nodes:
            raise Malformed
        first = nodes[0]
        if first.type == "(":
            if len(nodes) < 3 or nodes[2].type != ")":
                raise Malformed
            base: Expr = Paren(self.file, first.start_byte, nodes[2].end_byte, self.expression(nodes[1], depth + 1))
            rest = nodes[3:]
        else:
            rest = nodes[1:]
            if rest and first.type == "variable_expr":
                return Traversal(self.file, first.start_byte, rest[-1].end_byte, self.source(first), self.steps(rest, depth))
            base = self.term(first, depth)
        if not rest:
            return base
        return Traversal(self.file, base.start, rest[-1].end_byte, base, self.steps(rest, depth))

    def steps(self, nodes: list[Node], depth: int) -> tuple[Any, ...]:
        steps: list[Any] = []
        for node in nodes:
            kind = node.type
            if kind == "get_attr":
                steps.append(self.source(node.children[-1]))
            elif kind == "index":
                inner = node.children[0]
                if inner.type == "legacy_index":
                    digits = self.data[inner.start_byte + 1 : inner.end_byte].decode("utf-8", "replace").strip()
                    if not digits.isdigit():
                        raise Malformed
                    steps.append(Literal(self.file, inner.start_byte, inner.end_byte, int(digits)))
                else:
                    steps.append(self.expression(self.only(inner, "expression"), depth + 1))
            elif kind == "splat":
                inner = node.children[0]
                steps.append(Splat(inner.type == "attr_splat"))
                steps.extend(self.steps([child for child in inner.named_children if child.type != "comment"], depth + 1))
            else:
                raise Malformed
        return tuple(steps)

    def term(self, node: Node, depth: int) -> Expr:
        kind = node.type
        start, end = node.start_byte, node.end_byte
        if kind == "literal_value" or kind == "template_expr" or kind == "collection_value" or kind == "for_expr":
            return self.term(node.named_children[0], depth)
        if kind == "variable_expr":
            return Traversal(self.file, start, end, self.source(node), ())
        if kind == "string_lit":
            return Literal(self.file, start, end, unescape(self.data[start + 1 : end - 1].decode("utf-8", "replace")))
        if kind == "numeric_lit":
            try:
                return Literal(self.file, start, end, number(self.source(node)))
            except ValueError:
                raise Malformed from None
        if kind == "bool_lit":
            return Literal(self.file, start, end, self.source(node) == "true")
        if kind == "null_lit":
            return Literal(self.file, start, end, None)
        if kind == "tuple":
            return Tuple(
                self.file, start, end, [self.expression(child, depth + 1) for child in node.named_children if child.type == "expression"]
            )
        if kind == "object":
            return Object(
                self.file, start, end, [self.element(child, depth) for child in node.named_children if child.type == "object_elem"]
            )
        if kind == "function_call":
            return self.call(node, depth)
        if kind == "conditional":
            parts = [child for child in node.named_children if child.type != "comment"]
            if len(parts) != 3:
                raise Malformed
            return Conditional(self.file, start, end, *[self.expression(part, depth + 1) for part in parts])
        if kind == "operation":
            return self.operation(node.named_children[0], depth)
        if kind == "quoted_template":
            return self.unwrap(Template(self.file, start, end, self.parts(node.children, start + 1, end - 1, depth, None)))
        if kind == "heredoc_template":
            return self.heredoc(node, depth)
        if kind == "for_tuple_expr" or kind == "for_object_expr":
            return self.for_expression(node, depth)
        raise Malformed

    def element(self, node: Node, depth: int) -> tuple[str | Expr, Expr, int]:
        key_node, value_node = node.child_by_field_name("key"), node.child_by_field_name("val")
        if key_node is None or value_node is None:
            raise Malformed
        compiled = self.expression(key_node, depth + 1)
        key: str | Expr = compiled
        if isinstance(compiled, Traversal) and not compiled.steps and isinstance(compiled.root, str):
            key = compiled.root
        elif isinstance(compiled, Literal) and isinstance(compiled.value, str):
            key = compiled.value
        return key, self.expression(value_node, depth + 1), node.start_byte

    def call(self, node: Node, depth: int) -> Expr:
        opening = self.data.find(b"(", node.start_byte)
        name = "".join(self.data[node.start_byte : opening].decode("utf-8", "replace").split())
        arguments: list[Expr] = []
        expand = False
        for child in node.named_children:
            if child.type == "function_arguments":
                for part in child.named_children:
                    if part.type == "ellipsis":
                        expand = True
                    elif part.type == "expression":
                        arguments.append(self.expression(part, depth + 1))
        return Call(self.file, node.start_byte, node.end_byte, name, arguments, expand)

    def operation(self, node: Node, depth: int) -> Expr:
        if depth > DEPTH_LIMIT:
            raise TooDeep
        children = [child for child in node.children if child.type != "comment"]
        start, end = node.start_byte, node.end_byte
        if node.type == "unary_operation":
            return Unary(self.file, start, end, children[0].type, self.sequence(children[1:], depth + 1))
        for at in range(1, len(children)):
            child = children[at]
            if not child.is_named and child.type not in "()":
                left = self.sequence(children[:at], depth + 1)
                return Binary(self.file, start, end, child.type, left, self.sequence(children[at + 1 :], depth + 1))
        raise Malformed

    def for_expression(self, node: Node, depth: int) -> Expr:
        names: list[str] = []
        collection: Expr | None = None
        results: list[Expr] = []
        condition: Expr | None = None
        group = False
        for child in node.named_children:
            kind = child.type
            if kind == "for_intro":
                names = [self.source(part) for part in child.named_children if part.type == "identifier"]
                collection = self.expression(self.only(child, "expression"), depth + 1)
            elif kind == "expression":
                results.append(self.expression(child, depth + 1))
            elif kind == "for_cond":
                condition = self.expression(self.only(child, "expression"), depth + 1)
            elif kind == "ellipsis":
                group = True
        keyed = node.type == "for_object_expr"
        if collection is None or not names or len(results) != (2 if keyed else 1):
            raise Malformed
        pair = (names[0], names[1]) if len(names) > 1 else (None, names[0])
        key = results[0] if keyed else None
        return For(self.file, node.start_byte, node.end_byte, pair, collection, key, results[-1], condition, group)

    def heredoc(self, node: Node, depth: int) -> Expr:
        children = node.children
        start = self.data.find(b"\n", children[1].end_byte) + 1 if len(children) > 2 else 0
        closing = children[-1]
        end = self.data.rfind(b"\n", 0, closing.start_byte) + 1
        if not start or end < start:
            raise Malformed
        tokens: list[Any] = []
        parts = self.parts(children[2:-1], start, end, depth, tokens)
        if self.source(children[0]) == "<<-":
            dedent(tokens)
        merge(tokens)
        template = Template(self.file, node.start_byte, node.end_byte, parts)
        if not parts or (len(parts) == 1 and isinstance(parts[0], str)):
            return Literal(self.file, node.start_byte, node.end_byte, parts[0] if parts else "")
        return template

    @staticmethod
    def unwrap(template: Template) -> Expr:
        parts = template.parts
        if len(parts) == 1 and isinstance(parts[0], Expr) and not isinstance(parts[0], (IfDirective, ForDirective)):
            return Paren(template.file, template.start, template.end, parts[0])
        return template

    def parts(
        self, nodes: list[Node], start: int, end: int, depth: int, tokens: list[Any] | None, strip: bool = False, strip_end: bool = False
    ) -> list[Any]:
        """Template parts between two offsets; literal text is what lies between the other nodes, with its spaces.

        In a heredoc `tokens` collects, in their order, where the literal lines went, with None for what stands between them; in quotes
        it is None.
        """
        if depth > DEPTH_LIMIT:
            raise TooDeep
        parts: list[Any] = []
        at = start
        for node in nodes:
            kind = node.type
            if kind != "template_interpolation" and kind != "template_directive":
                continue
            self.literal(parts, at, node.start_byte, strip, self.data[node.start_byte + 2 : node.start_byte + 3] == b"~", tokens)
            if tokens is not None:
                tokens.append(None)
            if kind == "template_interpolation":
                parts.append(self.expression(self.only(node, "expression"), depth + 1))
            else:
                parts.append(self.directive(node.named_children[0], depth, tokens))
            strip = self.data[node.end_byte - 2 : node.end_byte - 1] == b"~"
            at = node.end_byte
        self.literal(parts, at, end, strip, strip_end, tokens)
        return parts

    def literal(self, parts: list[Any], start: int, end: int, strip: bool, strip_end: bool, tokens: list[Any] | None) -> None:
        """One stretch of literal text. `~` strips it whole in quotes, but only the line next to it in a heredoc."""
        if start >= end:
            return
        text = self.data[start:end].decode("utf-8", "replace")
        if tokens is None:
            text = unescape(text)
            if strip:
                text = text.lstrip()
            if strip_end:
                text = text.rstrip()
            if text:
                parts.append(text)
            return
        lines = [line + "\n" for line in text.split("\n")]
        lines[-1] = lines[-1][:-1]
        if not lines[-1]:
            lines.pop()
        if strip:
            lines[0] = lines[0].lstrip()
        if strip_end:
            lines[-1] = lines[-1].rstrip()
        for line in lines:
            tokens.append((parts, len(parts)))
            parts.append(re.sub(_HEREDOC_ESCAPE, lambda match: match.group()[1:], line) if "{" in line else line)

    def directive(self, node: Node, depth: int, tokens: list[Any] | None) -> Expr:
        children = node.children
        marks = [child for child in children if child.type.startswith(("template_if_", "template_else_", "template_for_"))]
        bodies = []
        for opening, closing in pairwise(marks):
            inner = [child for child in children if opening.end_byte <= child.start_byte < closing.start_byte]
            start, end = opening.end_byte, closing.start_byte
            strip, strip_end = self.data[start - 2 : start - 1] == b"~", self.data[end + 2 : end + 3] == b"~"
            bodies.append(self.parts(inner, start, end, depth + 1, tokens, strip, strip_end))
            if tokens is not None:
                tokens.append(None)
        intro = marks[0] if marks else None
        if intro is None or not bodies:
            raise Malformed
        subject = self.expression(self.only(intro, "expression"), depth + 1)
        if intro.type == "template_for_start":
            names = [self.source(part) for part in intro.named_children if part.type == "identifier"]
            if not names:
                raise Malformed
            pair = (names[0], names[1]) if len(names) > 1 else (None, names[0])
            return ForDirective(self.file, node.start_byte, node.end_byte, pair, subject, bodies[0])
        return IfDirective(self.file, node.start_byte, node.end_byte, subject, bodies[0], bodies[1] if len(bodies) > 1 else [])

    def only(self, node: Node, kind: str) -> Node:
        for child in node.named_children:
            if child.type == kind:
                return child
        raise Malformed

    def source(self, node: Node) -> str:
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")
