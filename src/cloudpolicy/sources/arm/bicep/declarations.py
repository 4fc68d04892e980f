"""Tokens -> declarations: param, var, resource, module, output, func, type, import, using, with their decorators."""

from __future__ import annotations

from cloudpolicy.sources.arm.bicep.parser import Block, Mistake, Reader
from cloudpolicy.sources.arm.bicep.tokens import END, MARK, NAME, NUMBER, STRING, Token
from cloudpolicy.sources.arm.nodes import For

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_STATEMENTS = frozenset(
    {
        "targetScope",
        "metadata",
        "param",
        "var",
        "resource",
        "module",
        "output",
        "type",
        "func",
        "import",
        "using",
        "extends",
        "assert",
        "extension",
        "provider",
        "test",
    }
)
_CLOSING = {"{": "}", "[": "]", "(": ")", "<": ">"}


class Statement:
    """keyword; name; `text` of the string behind the name (a resource's type, a module's path); `value` as data; `type` as Type.

    decorators  name -> arguments
    condition   data of `if (…)`, or True
    loop        nodes.For, or None; `value` is then its body
    names       of a function's parameters; of what is imported, as (name there, name here); not empty for a param with a default
    legacy      what decorators say now, in the spelling before they existed
    """

    __slots__ = (
        "condition",
        "decorators",
        "end",
        "existing",
        "keyword",
        "legacy",
        "loop",
        "name",
        "names",
        "start",
        "text",
        "type",
        "value",
    )

    def __init__(self, keyword: str, name: str, start: int) -> None:
        self.keyword = keyword
        self.name = name
        self.start = start
        self.end = start
        self.text: Any = ""
        self.value: Any = None
        self.type: Type | None = None
        self.decorators: dict[str, list[Any]] = {}
        self.condition: Any = True
        self.loop: For | None = None
        self.existing = False
        self.legacy: dict[str, list[Any]] = {}
        self.names: list[Any] = []


class Type:
    """kind: "string", "int", …, the name of another type, or ""; the values that it allows, or None; whether it allows null."""

    __slots__ = ("allowed", "kind", "nullable")

    def __init__(self, kind: str, allowed: list[Any] | None = None, nullable: bool = False) -> None:
        self.kind = kind
        self.allowed = allowed
        self.nullable = nullable


class Parser(Reader):
    """`statements` of a whole file; a statement that cannot be parsed is in `mistakes`, and reading goes on at the next one."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        super().__init__(text, tokens)
        self.mistakes: list[Mistake] = []

    def statements(self) -> list[Statement]:
        found = []
        while self.token.kind != END:
            begin = self.index
            try:
                statement = self.statement()
                if not self.token.line:
                    raise self.fail("a new line is expected")
                found.append(statement)
            except Mistake as mistake:
                self.mistakes.append(mistake)
                self.recover(begin)
        return found

    def recover(self, begin: int) -> None:
        """Go to the first line behind token `begin` that begins a statement at the left margin."""
        self.depth = 0
        self.index = begin
        self.token = self.tokens[begin]
        while True:
            self.next()
            token = self.token
            if token.kind == END:
                return
            margin = token.start == 0 or self.text[token.start - 1] == "\n"
            if token.line and margin and (token.text in _STATEMENTS or token.text == "@"):
                return

    def statement(self) -> Statement:
        decorators: dict[str, list[Any]] = {}
        while self.take("@"):
            name = self.name().text
            while self.take("."):
                name = self.name().text
            decorators[name] = self.arguments() if self.is_("(") else []
        token = self.name()
        read = getattr(self, f"_{token.text}", None) if token.text in _STATEMENTS else None
        if read is None:
            raise Mistake(f"“{token.text}” begins no statement", token)
        statement: Statement = read(Statement(token.text, "", token.start))
        statement.decorators = {**statement.legacy, **decorators}
        statement.end = self.last
        return statement

    def nested(self) -> Statement:
        return self.statement()

    def _named(self, statement: Statement) -> Statement:
        statement.name = self.name().text
        return statement

    def _assigned(self, statement: Statement) -> Statement:
        self.expect("=")
        statement.value = self.expression()
        return statement

    def _targetScope(self, statement: Statement) -> Statement:
        return self._assigned(statement)

    def _metadata(self, statement: Statement) -> Statement:
        return self._assigned(self._named(statement))

    def _var(self, statement: Statement) -> Statement:
        self._named(statement)
        if not self.is_("="):
            statement.type = self.type_()
        return self._assigned(statement)

    def _assert(self, statement: Statement) -> Statement:
        return self._assigned(self._named(statement))

    def _param(self, statement: Statement) -> Statement:
        self._named(statement)
        if not self.is_("="):
            statement.type = self.type_()
        if self.is_("{") and not self.token.line:  # Bicep before 0.4: param p string { default: …, allowed: […], secure: true }
            modifiers = self.object()
            if isinstance(modifiers, Block):
                statement.value = modifiers.get("default")
                statement.names = ["allowed"] if "default" in modifiers else []
                statement.legacy = {key: [modifiers[key]] for key in ("allowed", "secure") if modifiers.get(key)}
        if self.take("="):
            statement.value = self.expression()
            statement.names = [True]  # there is a default, be it null
        return statement

    def _output(self, statement: Statement) -> Statement:
        self._named(statement)
        if not self.is_("="):
            statement.type = self.type_()
        return self._assigned(statement)

    def _type(self, statement: Statement) -> Statement:
        self._named(statement)
        self.expect("=")
        statement.type = self.type_()
        return statement

    def _func(self, statement: Statement) -> Statement:
        self._named(statement)
        self.expect("(")
        while not self.is_(")"):
            statement.names.append(self.name().text)
            self.type_()
            if not self.is_(")"):
                self.expect(",")
        self.next()
        self.type_()
        self.expect("=>")
        statement.value = self.expression()
        return statement

    def _resource(self, statement: Statement) -> Statement:
        self._named(statement)
        statement.text = self._string()
        if self.token.kind == NAME and self.token.text == "existing":
            self.next()
            statement.existing = True
        return self._body(statement)

    def _module(self, statement: Statement) -> Statement:
        self._named(statement)
        statement.text = self._string()
        return self._body(statement)

    def _test(self, statement: Statement) -> Statement:
        return self._module(statement)

    def _string(self) -> Any:
        if self.token.kind != STRING:
            raise self.fail("a text in quotes is expected")
        return self.string(self.next())

    def _body(self, statement: Statement) -> Statement:
        self.expect("=")
        if self.token.kind == NAME and self.token.text == "if":
            self.next()
            self.expect("(")
            statement.condition = self.expression()
            self.expect(")")
        token = self.token
        value = self.expression()
        if isinstance(value, For):
            statement.loop = value
            value = value.body
        if not isinstance(value, Block):
            raise Mistake(f"the body of “{statement.name}” must be an object with plain keys", token)
        statement.value = value
        return statement

    def _import(self, statement: Statement) -> Statement:
        """import {a, b as c} from 'x', import * as x from 'x', import 'extension@1'."""
        if self.token.kind == STRING:
            return self._extension(statement)
        if self.take("*"):
            if self.name().text != "as":
                raise self.fail("“as” is expected")
            statement.names.append(("*", self.name().text))
        else:
            self.expect("{")
            while not self.is_("}"):
                if self.take(","):
                    continue
                name = self._string() if self.token.kind == STRING else self.name().text
                here = name
                if self.token.kind == NAME and self.token.text == "as":
                    self.next()
                    here = self.name().text
                statement.names.append((name, here))
            self.next()
        if self.name().text != "from":
            raise self.fail("“from” is expected")
        statement.text = self._string()
        return statement

    def _extension(self, statement: Statement) -> Statement:
        """What brings another provider's types (Microsoft Graph, Kubernetes): nothing of it is judged here."""
        while self.token.kind != END and not self.token.line:
            if self.token.text in _CLOSING:
                self.balanced()
            else:
                self.next()
        return statement

    _provider = _extension

    def _using(self, statement: Statement) -> Statement:
        return self._extension(statement)

    def _extends(self, statement: Statement) -> Statement:
        statement.text = self._string()
        return statement

    # Types

    def type_(self) -> Type:
        """Only what a value may be is kept of a type."""
        self.depth += 1
        if self.depth > 100:
            raise self.fail("at most 100 levels of nesting")
        self.take("|")
        members = [self.member()]
        while self.is_("|"):
            self.next()
            members.append(self.member())
        self.depth -= 1
        nullable = any(member.nullable or member.kind == "null" for member in members)
        members = [member for member in members if member.kind != "null"]
        if len(members) == 1:
            return Type(members[0].kind, members[0].allowed, nullable)
        lists = [member.allowed for member in members]
        allowed = None if None in lists else [value for values in lists for value in values or ()]
        return Type(members[0].kind if members else "", allowed, nullable)

    def member(self) -> Type:
        token = self.token
        negative = self.take("-") or self.take("!")
        token = self.token
        if token.kind == STRING:
            value = self.string(self.next())
            found = Type("string", [value] if isinstance(value, str) else None)
        elif token.kind == NUMBER:
            number = int(self.next().text[:40])
            found = Type("int", [-number if negative else number])
        elif token.kind == NAME:
            found = self.type_name()
        elif token.kind == MARK and token.text in _CLOSING:
            if token.text == "(":
                self.next()
                found = self.type_()
                self.expect(")")
            else:
                found = Type("object" if token.text == "{" else "array")
                self.balanced()
        else:
            raise self.fail("a type is expected")
        while self.token.kind == MARK and not self.token.line:
            if self.is_("["):
                self.balanced()
                found = Type("array")
            elif self.is_("?"):
                self.next()
                found = Type(found.kind, found.allowed, True)
            elif self.is_("!"):
                self.next()
            elif self.is_("."):
                self.next()
                if not self.take("*"):
                    self.name()
                found = Type("")
            else:
                break
        return found

    def type_name(self) -> Type:
        name = self.next().text
        if name in ("true", "false"):
            return Type("bool", [name == "true"])
        if name == "resource" and self.token.kind == STRING:
            self.next()
            return Type("")
        if self.is_("<"):
            self.balanced()
            return Type("")
        return Type(name)

    def balanced(self) -> None:
        """Pass over a bracket and all that it holds."""
        closing = [_CLOSING[self.next().text]]
        while closing:
            token = self.next()
            if token.kind == END:
                raise self.fail(f"“{closing[-1]}” is expected")
            if token.kind == MARK:
                if token.text == closing[-1]:
                    closing.pop()
                elif token.text in _CLOSING and (token.text != "<" or closing[-1] == ">"):
                    closing.append(_CLOSING[token.text])
