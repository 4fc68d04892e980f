"""Tokens -> data: literals as plain values, objects and lists with the places of their entries, everything else as nodes."""

from __future__ import annotations

from cloudpolicy.sources.arm.bicep.tokens import END, MARK, NAME, NUMBER, STRING, WRONG, Token
from cloudpolicy.sources.arm.nodes import Array, Call, For, If, Lambda, Member, Name, Object, Spread, Text
from cloudpolicy.sources.arm.values import Fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DEPTH_LIMIT = 100
_LEVELS: tuple[dict[str, str], ...] = (  # binary operators from the loosest to the tightest
    {"??": "coalesce"},
    {"||": "or"},
    {"&&": "and"},
    {"==": "equals", "!=": "!equals", "=~": "~equals", "!~": "!~equals"},
    {"<": "less", "<=": "lessOrEquals", ">": "greater", ">=": "greaterOrEquals"},
    {"+": "add", "-": "sub"},
    {"*": "mul", "/": "div", "%": "mod"},
)
_OPERATORS = {mark: (level, name) for level, marks in enumerate(_LEVELS) for mark, name in marks.items()}
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}


class Mistake(Exception):
    """The text cannot be parsed here."""

    def __init__(self, what: str, token: Token) -> None:
        super().__init__(what)
        self.what = what
        self.token = token


class Block(Fields):
    """An object as it is written. spans: key -> (start of the key, end of the value); span: its own; children: nested declarations."""

    __slots__ = ("children", "span", "spans")

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.spans: dict[str, tuple[int, int]] = {}
        self.span = (0, 0)
        self.children: list[Any] = []


class Items(list["Any"]):
    """A list as it is written, with the places of its elements."""

    __slots__ = ("spans",)

    def __init__(self) -> None:
        super().__init__()
        self.spans: list[tuple[int, int]] = []


class Reader:
    """A cursor over tokens, and expressions. `mistakes` holds what could be read past: (what, token)."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text = text
        self.tokens = tokens
        self.index = 0
        self.token = tokens[0]
        self.last = 0  # end of the token before
        self.depth = 0
        self.repeated: list[tuple[str, Token]] = []

    # Tokens

    def next(self) -> Token:
        token = self.token
        self.last = token.end
        if token.kind != END:
            self.index += 1
            self.token = self.tokens[self.index]
        return token

    def ahead(self, count: int = 1) -> Token:
        return self.tokens[min(self.index + count, len(self.tokens) - 1)]

    def is_(self, mark: str) -> bool:
        return self.token.kind == MARK and self.token.text == mark

    def take(self, mark: str) -> bool:
        if self.is_(mark):
            self.next()
            return True
        return False

    def expect(self, mark: str) -> Token:
        if not self.is_(mark):
            raise self.fail(f"“{mark}” is expected")
        return self.next()

    def name(self) -> Token:
        if self.token.kind != NAME:
            raise self.fail("a name is expected")
        return self.next()

    def fail(self, what: str = "") -> Mistake:
        token = self.token
        shown = "the end" if token.kind == END else f"“{token.text[:40]}”"
        if token.kind == WRONG and token.text.startswith("'"):
            shown, what = "the text", "it is not closed"
        return Mistake(
            f"{what}, not {shown}"
            if what and token.kind != WRONG
            else f"{shown} is not expected here"
            if token.kind != WRONG
            else f"{shown} cannot be read{': ' + what if what else ''}",
            token,
        )

    # Expressions

    def expression(self) -> Any:
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise self.fail(f"at most {DEPTH_LIMIT} levels of nesting")
        start = self.token.start
        value = self.binary(0)
        if self.is_("?"):
            self.next()
            yes = self.expression()
            self.expect(":")
            no = self.expression()
            value = If(value, yes, no).at(self.text, start, self.last)
        self.depth -= 1
        return value

    def binary(self, level: int) -> Any:
        """Operands joined by operators that bind at least as tightly as `level`."""
        start = self.token.start
        value = self.unary()
        while self.token.kind == MARK:
            token = self.token
            found = _OPERATORS.get(token.text)
            if found is None or found[0] < level or (token.line and token.text == "-"):
                break
            self.next()
            value = self.operation(found[1], value, self.binary(found[0] + 1), start)
        return value

    def operation(self, operator: str, a: Any, b: Any, start: int) -> Any:
        name = operator.lstrip("!~")
        if "~" in operator:
            a, b = (Call("toLower", [side]).at(self.text, start, self.last) for side in (a, b))
        node: Any = Call(name, [a, b]).at(self.text, start, self.last)
        return Call("not", [node]).at(self.text, start, self.last) if operator[0] == "!" else node

    def unary(self) -> Any:
        start = self.token.start
        if self.is_("!") or self.is_("-"):
            self.depth += 1
            if self.depth > DEPTH_LIMIT:
                raise self.fail(f"at most {DEPTH_LIMIT} levels of nesting")
            minus = self.next().text == "-"
            value = self.unary()
            self.depth -= 1
            if minus and isinstance(value, int) and not isinstance(value, bool):
                return -value
            return Call("minus" if minus else "not", [value]).at(self.text, start, self.last)
        return self.postfix()

    def postfix(self) -> Any:
        start = self.token.start
        value = self.primary()
        while self.token.kind == MARK:
            mark = self.token.text
            if mark in (".", ".?"):
                self.next()
                key = self.name().text
                if self.is_("(") and not self.token.line:
                    value = self.method(value, key, start)
                else:
                    value = Member(value, key, mark == ".?").at(self.text, start, self.last)
            elif mark in ("[", "[?") and not self.token.line:
                self.next()
                from_end = self.is_("^")
                if from_end:
                    self.next()
                inner = self.expression()
                self.expect("]")
                if from_end:
                    value = Call("tryIndexFromEnd" if mark == "[?" else "indexFromEnd", [value, inner]).at(self.text, start, self.last)
                else:
                    value = Member(value, inner, mark == "[?").at(self.text, start, self.last)
            elif mark == "::":
                self.next()
                name = self.name().text
                if isinstance(value, Name):
                    value = Name(f"{value.name}::{name}").at(self.text, start, self.last)
                else:
                    value = Member(value, f"::{name}").at(self.text, start, self.last)
            elif mark == "!" and not self.token.line:
                self.next()
            else:
                break
        return value

    def method(self, base: Any, name: str, start: int) -> Any:
        arguments = self.arguments()
        if isinstance(base, Name) and base.name in ("az", "sys"):
            return Call(name, arguments).at(self.text, start, self.last)
        if isinstance(base, Name) and not name.startswith("list") and name != "getSecret":
            return Call(f"{base.name}.{name}", arguments).at(self.text, start, self.last)
        return Call(name, [base, *arguments]).at(self.text, start, self.last)

    def arguments(self) -> list[Any]:
        self.expect("(")
        values = []
        while not self.is_(")"):
            values.append(self.expression())
            if not self.is_(")"):
                self.expect(",")
        self.next()
        return values

    def primary(self) -> Any:
        token = self.token
        if token.kind == STRING:
            self.next()
            return self.string(token)
        if token.kind == NUMBER:
            self.next()
            return int(token.text[:40])
        if token.kind == NAME:
            return self.word(token)
        if token.kind != MARK:
            raise self.fail()
        if token.text == "{":
            return self.object()
        if token.text in ("[", "[?"):
            return self.array()
        if token.text == "(":
            names = self.lambda_names()
            if names is not None:
                return self.lambda_(names, token.start)
            self.next()
            value = self.expression()
            self.expect(")")
            return value
        raise self.fail()

    def word(self, token: Token) -> Any:
        after = self.ahead()
        if after.kind == MARK and after.text == "=>":
            self.next()
            return self.lambda_([token.text], token.start)
        self.next()
        if self.is_("(") and not self.token.line:
            return Call(token.text, self.arguments()).at(self.text, token.start, self.last)
        if token.text in _WORDS:
            return _WORDS[token.text]
        return Name(token.text).at(self.text, token.start, token.end)

    def string(self, token: Token) -> Any:
        parts: list[Any] = token.parts
        if len(parts) == 1 and isinstance(parts[0], str):
            return parts[0]
        read: list[Any] = []
        for part in parts:
            if isinstance(part, str):
                read.append(part)
                continue
            inner = Reader(self.text, part)
            inner.depth = self.depth + 1
            read.append(inner.expression())
            if inner.token.kind != END:
                raise inner.fail()
        return Text(read).at(self.text, token.start, token.end)

    def lambda_names(self) -> list[str] | None:
        """The names of `(a, b) =>`; None when this parenthesis is no lambda's."""
        index = self.index + 1
        names = []
        while self.tokens[index].kind == NAME:
            names.append(self.tokens[index].text)
            index += 1
            if self.tokens[index].text == ",":
                index += 1
        if self.tokens[index].text != ")" or self.tokens[min(index + 1, len(self.tokens) - 1)].text != "=>":
            return None
        while not self.is_("=>"):
            self.next()
        return names

    def lambda_(self, names: list[str], start: int) -> Any:
        self.expect("=>")
        return Lambda(names, self.expression()).at(self.text, start, self.last)

    def object(self) -> Any:
        start = self.expect("{").start
        block = Block()
        entries: list[Any] = []
        computed = False
        while not self.is_("}"):
            token = self.token
            if self.take(","):
                continue
            if self.is_("..."):
                self.next()
                entries.append(Spread(self.expression()))
                computed = True
                continue
            if self.declares():
                block.children.append(self.nested())
                continue
            if token.kind == STRING:
                self.next()
                key = self.string(token)
            else:
                key = self.name().text
            self.expect(":")
            value = self.expression()
            entries.append((key, value))
            if not isinstance(key, str):
                computed = True
            elif dict.__contains__(block, key):
                self.repeated.append((key, token))
            else:
                dict.__setitem__(block, key, value)
                block.spans[key] = (token.start, self.last)
            if not self.token.line and not self.is_(",") and not self.is_("}"):
                raise self.fail("a new line is expected")
        self.next()
        block.span = (start, self.last)
        if computed:
            return Object(entries).at(self.text, start, self.last)
        return block

    def declares(self) -> bool:
        """Whether a nested resource declaration stands here."""
        if self.is_("@"):
            return True
        return self.token.kind == NAME and self.token.text == "resource" and self.ahead().kind == NAME

    def nested(self) -> Any:
        raise self.fail()

    def array(self) -> Any:
        start = self.next().start
        if self.token.kind == NAME and self.token.text == "for" and self.ahead().text != ",":
            return self.loop(start)
        items = Items()
        spread = False
        while not self.is_("]"):
            if self.take(","):
                continue
            begin = self.token.start
            if self.take("..."):
                items.append(Spread(self.expression()))
                spread = True
            else:
                items.append(self.expression())
            items.spans.append((begin, self.last))
            if not self.token.line and not self.is_(",") and not self.is_("]"):
                raise self.fail("a new line or a comma is expected")
        self.next()
        return Array(list(items)).at(self.text, start, self.last) if spread else items

    def loop(self, start: int) -> For:
        """[for x in xs: …], [for (x, i) in xs: if (…) {…}]"""
        self.next()
        if self.take("("):
            names = [self.name().text]
            self.expect(",")
            names.append(self.name().text)
            self.expect(")")
        else:
            names = [self.name().text]
        if self.name().text != "in":
            raise self.fail("“in” is expected")
        items = self.expression()
        self.expect(":")
        keep = None
        if self.token.kind == NAME and self.token.text == "if" and self.ahead().text == "(":
            self.next()
            self.expect("(")
            keep = self.expression()
            self.expect(")")
        body = self.expression()
        self.expect("]")
        node: For = For(items, tuple(names), body, keep=keep).at(self.text, start, self.last)
        return node
