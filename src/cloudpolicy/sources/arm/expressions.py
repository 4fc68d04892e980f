"""ARM's template language: the text of a "[…]" string -> a tree of nodes.

expression = primary { "." name | "[" expression "]" }
primary    = name [ "(" arguments ")" ] | string | number
"""

from __future__ import annotations

import re

from cloudpolicy.sources.arm.nodes import Call, Literal, Member, Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DEPTH_LIMIT = 64
_TOKEN = re.compile(r"\s*(?:('(?:[^']|'')*')|([A-Za-z_][\w]*)|(-?\d+(?:\.\d+)?)|(\S))", re.S)
_CACHE: dict[str, Node] = {}
_CACHE_LIMIT = 20_000


class Mistake(Exception):
    """The expression cannot be parsed: what is wrong, and where in its text (from 0)."""

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(what)
        self.what = what
        self.offset = offset


def parse(text: str) -> Node:
    """The tree of a whole "[…]" string, brackets included; raises Mistake."""
    node = _CACHE.get(text)
    if node is None:
        if len(_CACHE) > _CACHE_LIMIT:
            _CACHE.clear()
        node = _CACHE[text] = _Parser(text).whole()
    return node


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.end = len(text) - 1
        self.at = 1
        self.depth = 0
        self.kind = 0
        self.token = ""
        self.start = 1  # of the token
        self.last = 1  # end of the token before it
        self.next()

    def next(self) -> None:
        self.last = self.at
        match = _TOKEN.match(self.text, self.at, self.end)
        if match is None:
            self.kind, self.token, self.start = 0, "", self.end
            return
        self.kind = match.lastindex or 0
        self.token = match[self.kind]
        self.start = match.start(self.kind)
        self.at = match.end()

    def fail(self, what: str = "") -> Mistake:
        return Mistake(what or (f"“{self.token}” is not expected here" if self.token else "it ends too early"), self.start)

    def whole(self) -> Node:
        node = self.expression()
        if self.kind:
            raise self.fail()
        return node

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise self.fail(f"it is nested deeper than {DEPTH_LIMIT} levels")
        start = self.start
        node = self.primary()
        while self.token in (".", "[") and self.kind == 4:
            mark = self.token
            self.next()
            safe = self.kind == 4 and self.token == "?"
            if safe:
                self.next()
            if mark == ".":
                if self.kind != 2:
                    raise self.fail()
                key: Any = self.token
                self.next()
            else:
                key = self.expression()
                self.expect("]")
            node = Member(node, key, safe).at(self.text, start, self.last)
        self.depth -= 1
        return node

    def primary(self) -> Node:
        kind, token, start = self.kind, self.token, self.start
        if kind == 1:
            self.next()
            return Literal(token[1:-1].replace("''", "'")).at(self.text, start, self.last)  # type: ignore[no-any-return]
        if kind == 3:
            self.next()
            return Literal(float(token) if "." in token else int(token[:300])).at(self.text, start, self.last)  # type: ignore[no-any-return]
        if kind != 2:
            raise self.fail()
        self.next()
        while self.token == "." and self.kind == 4:  # namespace.function(…)
            self.next()
            if self.kind != 2:
                raise self.fail()
            token += f".{self.token}"
            self.next()
        if self.token != "(":
            if token.lower() in ("true", "false", "null"):
                return Literal({"true": True, "false": False, "null": None}[token.lower()]).at(self.text, start, self.last)  # type: ignore[no-any-return]
            raise self.fail(f"“{token}” is no function call")
        self.next()
        arguments: list[Any] = []
        while self.token != ")" or self.kind != 4:
            argument = self.expression()
            arguments.append(argument.value if isinstance(argument, Literal) else argument)
            if self.token != ")" or self.kind != 4:
                self.expect(",")
                if self.token == ")" and self.kind == 4:
                    raise self.fail()
        self.next()
        return Call(token, arguments).at(self.text, start, self.last)  # type: ignore[no-any-return]

    def expect(self, mark: str) -> None:
        if self.kind != 4 or self.token != mark:
            raise self.fail()
        self.next()
