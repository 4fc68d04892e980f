"""A Bicep file -> Template; a .bicepparam file -> parameter values."""

from __future__ import annotations

import os
from bisect import bisect_right

from cloudpolicy import journal
from cloudpolicy.model import Span
from cloudpolicy.sources.arm import problems
from cloudpolicy.sources.arm.bicep.declarations import Parser, Statement
from cloudpolicy.sources.arm.bicep.parser import Block
from cloudpolicy.sources.arm.bicep.tokens import tokenize
from cloudpolicy.sources.arm.handles import detach
from cloudpolicy.sources.arm.instances import Declared
from cloudpolicy.sources.arm.nodes import Literal
from cloudpolicy.sources.arm.template import LEVELS, NONE, Parameter, Template
from cloudpolicy.sources.arm.values import Fields
from cloudpolicy.sources.cloudformation.text import Document, Unparsable
from cloudpolicy.sources.files import Unreadable, inside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.model import Path
    from cloudpolicy.sources.arm.session import Session
    from cloudpolicy.sources.cloudformation.text import Place

_KINDS = frozenset({"string", "int", "bool", "object", "array"})


class _Places:
    """Where declarations stand in a text, and the lines and columns of its offsets."""

    __slots__ = ("lines", "offsets", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.offsets: dict[Path, tuple[int, int]] = {}
        self.lines: list[int] = []

    def place(self, path: Path) -> Place | None:
        found = self.offsets.get(path)
        return None if found is None else (*self.at(found[0]), *self.at(max(found[0], found[1] - 1)))

    def block(self, path: Path) -> tuple[int, int] | None:
        return None

    def at(self, offset: int) -> tuple[int, int]:
        if not self.lines:
            self.lines.append(0)
            at = self.text.find("\n")
            while at >= 0:
                self.lines.append(at + 1)
                at = self.text.find("\n", at + 1)
        line = bisect_right(self.lines, offset)
        return line, offset - self.lines[line - 1] + 1


class BicepDocument(Document):
    """A Bicep text: `places` holds where declarations stand; `span_at` answers for offsets."""

    __slots__ = ("places", "text")

    def __init__(self, file: str, text: str) -> None:
        self.places = _Places(text)
        self.text = text
        super().__init__(file, {}, self.places, [])

    def span_at(self, start: int, end: int) -> Span:
        return Span(self.file, *self.places.at(start), *self.places.at(max(start, end - 1)))


def parse(path: str, data: bytes, session: Session) -> Template:
    """The template in `data`. What cannot be parsed is reported; the other declarations stay."""
    builder = _Builder(path, data, session)
    for statement in builder.statements:
        builder.declare(statement, None)
    return builder.template


def parameters(path: str, data: bytes, session: Session) -> Fields:
    """name -> value of a .bicepparam file."""
    from cloudpolicy.sources.arm.module import Module

    builder = _Builder(path, data, session)
    template = builder.template
    names = []
    for statement in builder.statements:
        if statement.keyword == "param":
            template.variables[statement.name] = statement.value
            names.append(statement.name)
        else:
            builder.declare(statement, None)
    module = Module(session, template, {}, session.options.region)
    nowhere = Literal(None).at("", 0, 0)
    result = Fields()
    for statement in builder.statements:
        if statement.keyword == "extends" and isinstance(statement.text, str):
            result.update(_extended(builder.document, statement, session))
    for name in names:
        value = detach(module.variable(name, nowhere))
        if value is not None:
            result[name] = value
    return result


def _extended(document: BicepDocument, statement: Statement, session: Session) -> Fields:
    """The values of the .bicepparam file that another one builds on."""
    path = os.path.normpath(os.path.join(os.path.dirname(document.file), *statement.text.split("/")))
    key = ("extends", path)
    if key in session.running or not journal.is_file(path) or not inside(path, session.options.base):
        span = document.span_at(statement.start, statement.end)
        session.report(
            problems.cycle(span, statement.text)
            if key in session.running
            else problems.problem(
                "error",
                "file-not-found",
                span,
                f"{statement.text} is not in the scanned folder; its values are missing. Restore it",
                f"{statement.text} が検査対象フォルダにありません。その値は使われていません。復元してください",
            )
        )
        return Fields()
    session.running.add(key)
    try:
        return parameters(path, session.bytes(path), session)
    except Unreadable as error:
        session.report(error.diagnostic)
        return Fields()
    finally:
        session.running.discard(key)


class _Builder:
    def __init__(self, path: str, data: bytes, session: Session) -> None:
        text = data.decode("utf-8")
        self.session = session
        self.document = BicepDocument(path, text)
        self.template = Template(self.document, LEVELS[0], False)
        parser = Parser(text, tokenize(text))
        self.statements = parser.statements()
        for mistake in parser.mistakes[:50]:
            span = self.document.span_at(mistake.token.start, mistake.token.end)
            self.template.broken = True
            session.report(
                problems.problem(
                    "error",
                    "syntax-error",
                    span,
                    f"line {span.line} cannot be parsed: {mistake.what}; correct it, this declaration was not judged",
                    f"{span.line} 行目を解析できません。修正してください。この宣言は判定されていません",
                )
            )
        for key, token in parser.repeated:
            span = self.document.span_at(token.start, token.end)
            session.report(problems.duplicate_key(path, key, span.line, span.column))
        self.types = {
            statement.name: statement.type for statement in self.statements if statement.keyword == "type" and statement.type is not None
        }
        self.seen: set[str] = set()

    def declare(self, statement: Statement, within: Declared | None) -> None:
        template, keyword, name = self.template, statement.keyword, statement.name
        place: Path = (keyword, name)
        self.document.places.offsets.setdefault(place, (statement.start, statement.end))
        if keyword in ("param", "var", "resource", "module", "type", "func") and within is None:
            if name in self.seen:
                span = self.document.span_at(statement.start, statement.end)
                self.session.report(problems.duplicate_key(span.file, name, span.line, span.column))
                return
            self.seen.add(name)
        if keyword == "targetScope":
            template.level = statement.value if statement.value in LEVELS else template.level
        elif keyword == "param":
            template.parameters[name] = self.parameter(statement, place)
        elif keyword == "var":
            template.variables[name] = statement.value
        elif keyword == "output":
            template.outputs[name] = statement.value
        elif keyword == "func":
            template.functions[name] = (statement.names, statement.value)
        elif keyword == "resource":
            self.resource(statement, within)
        elif keyword == "module":
            self.module(statement)
        elif keyword == "import" and statement.text:
            self.import_(statement)

    def parameter(self, statement: Statement, place: Path) -> Parameter:
        kind, allowed, nullable = "", None, False
        type = statement.type
        for _ in range(20):  # names of types that stand for other types
            if type is None:
                break
            kind, allowed, nullable = type.kind, type.allowed, nullable or type.nullable
            if kind in _KINDS or kind not in self.types:
                break
            type = self.types[kind]
        listed = statement.decorators.get("allowed")
        if listed and isinstance(listed[0], list):
            allowed = list(listed[0])
        if "secure" in statement.decorators:
            kind = "secureobject" if kind == "object" else "securestring"
        return Parameter(
            kind,
            statement.value if statement.names and statement.value is not None else NONE,
            allowed,
            place,
            nullable or bool(statement.names and statement.value is None),
        )

    def resource(self, statement: Statement, within: Declared | None) -> None:
        body: Block = statement.value
        symbol = f"{within.symbol}::{statement.name}" if within is not None else statement.name
        place: Path = ("resource", symbol)
        self.document.places.offsets[place] = (statement.start, statement.end)
        text = statement.text if isinstance(statement.text, str) else ""
        type, _, version = text.partition("@")
        if "/" not in type and within is None:
            self.session.report(
                problems.invalid(
                    self.document.nearest(place),
                    f"\"{text}\" is no resource type such as 'Microsoft.Storage/storageAccounts@2023-05-01'; correct it, it was not judged",
                    f"「{text}」はリソース型ではありません('Microsoft.Storage/storageAccounts@2023-05-01' の形式)。修正してください(判定されていません)",
                )
            )
            return
        if version:
            dict.__setitem__(body, "apiVersion", version)
            body.spans["apiVersion"] = (statement.start, self.document.text.find("\n", statement.start))
        declared = Declared(symbol, type, body, place, statement.condition, statement.loop, statement.existing, within, body.get("parent"))
        self.template.resources.append(declared)
        for child in body.children:
            if child.keyword == "resource":
                self.declare(child, declared)

    def module(self, statement: Statement) -> None:
        """A module is a nested deployment, as it is in the JSON that it compiles to."""
        written: Block = statement.value
        body = Block({"name": written.get("name", statement.name), "module": statement.text})
        for key in ("scope",):
            if key in written:
                dict.__setitem__(body, key, written[key])
        properties = Block({"mode": "Incremental"})
        given = written.get("params")
        passed: Any = Block()
        if isinstance(given, Block):
            for name, value in given.items():
                entry = Block({"value": value})
                entry.spans["value"] = given.spans[name]
                dict.__setitem__(passed, name, entry)
                passed.spans[name] = given.spans[name]
        elif given is not None:
            from cloudpolicy.sources.arm.bicep.wrapped import Wrapped

            passed = Wrapped(given)
        dict.__setitem__(properties, "parameters", passed)
        dict.__setitem__(body, "properties", properties)
        whole = (statement.start, statement.end)
        for block in (body, properties):
            block.spans.update({key: written.spans.get("params" if key in ("properties", "parameters") else key, whole) for key in block})
        place: Path = ("module", statement.name)
        start = self.document.text.find("'", statement.start)
        self.document.places.offsets[(*place, "module")] = (
            start,
            start + len(statement.text) + 2 if isinstance(statement.text, str) else start + 1,
        )
        self.template.resources.append(
            Declared(statement.name, "Microsoft.Resources/deployments", body, place, statement.condition, statement.loop)
        )

    def import_(self, statement: Statement) -> None:
        where = statement.text if isinstance(statement.text, str) else ""
        path = os.path.normpath(os.path.join(os.path.dirname(self.document.file), *where.split("/")))
        span = self.document.span_at(statement.start, statement.end)
        if where.startswith(("br:", "br/", "ts:", "ts/")) or not journal.is_file(path) or not inside(path, self.session.options.base):
            self.template.broken = True
            self.session.report(
                problems.problem(
                    self.session.options.missing_modules,
                    "module-not-fetched",
                    span,
                    f"{where} is not in the scanned folder; what is imported from it counts as unknown. Restore it",
                    f"{where} が検査対象フォルダにありません。取り込む値は不明として扱います。復元してください",
                )
            )
            return
        try:
            source = self.session.template(path)
        except (Unreadable, Unparsable) as error:
            self.template.broken = True
            self.session.report(error.diagnostic)
            return
        for name, here in statement.names:
            self.template.imports[here] = (source, name)
