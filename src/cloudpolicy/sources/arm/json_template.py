"""ARM JSON -> Template: text with comments, sections, expressions, copy loops, child resources, symbolic names."""

from __future__ import annotations

import re

from cloudpolicy.sources.arm import problems
from cloudpolicy.sources.arm.expressions import Mistake, parse
from cloudpolicy.sources.arm.instances import Declared
from cloudpolicy.sources.arm.nodes import Broken, Expression, For, Object
from cloudpolicy.sources.arm.template import LEVELS, NONE, Parameter, Template
from cloudpolicy.sources.arm.values import Fields
from cloudpolicy.sources.cloudformation import json_text
from cloudpolicy.sources.cloudformation.text import Document, Unparsable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.model import Path
    from cloudpolicy.sources.arm.session import Session

_LEVEL = re.compile(r"(subscription|managementGroup|tenant)DeploymentTemplate\.json", re.I)
# Strings, comments, and what decides whether a comma stands before a closing bracket; each matches in one way only: text may be hostile.
_LOOSE = re.compile(r""""(?:[^"\\]|\\.)*(?:"|\Z)|//[^\n]*|/\*.*?(?:\*/|\Z)|[,\]}]|\s+|[^\s"/,\]}]+|.""", re.S)
_TEMPLATE = "template"  # of a nested deployment: read by itself


def document(path: str, data: bytes) -> Document:
    """The parsed text; comments and commas before a closing bracket are let pass, as the service does. Raises Unparsable."""
    try:
        return json_text.parse(path, data)
    except Unparsable as error:
        if error.diagnostic.code != "syntax-error":
            raise
        text = data.decode("utf-8")
        loose = strict(text)
        if loose == text:
            raise
        return json_text.parse(path, loose.encode("utf-8"))


def strict(text: str) -> str:
    """The text as JSON proper: what JSON does not know is blank, and everything else stays at its offset."""
    parts: list[str] = []
    comma = -1  # where in `parts` the last comma is, while nothing but comments follows it
    for match in _LOOSE.finditer(text):
        part = match[0]
        if part[:2] in ("//", "/*"):
            part = re.sub(r"[^\n]", " ", part)
        elif part == ",":
            comma = len(parts)
        elif not part.isspace():
            if comma >= 0 and part in ("]", "}"):
                parts[comma] = " "
            comma = -1
        parts.append(part)
    return "".join(parts)


def level(schema: Any) -> str:
    """What a template of that schema is deployed to: one of LEVELS."""
    found = _LEVEL.search(schema) if isinstance(schema, str) else None
    return next((level for level in LEVELS if found and level.lower() == found[1].lower()), LEVELS[0])


def build(document: Document, data: Any, place: Path, session: Session) -> Template:
    """The template that `data`, at `place` of the document, is."""
    return _Builder(document, session).template(data, place)


class _Builder:
    def __init__(self, document: Document, session: Session) -> None:
        self.document = document
        self.session = session

    def template(self, data: Any, place: Path) -> Template:
        if not isinstance(data, dict):
            self.invalid(
                place,
                "is no template: an object with resources is needed",
                "テンプレートではありません。resources を持つオブジェクトが必要です",
            )
            data = {}
        data = Fields(data)
        template = Template(self.document, level(data.get("$schema")), True)
        for name, declared, where in self.section(data, "parameters", place):
            template.parameters[name] = self.parameter(name, declared, where)
        variables, where = data.get("variables"), (*place, data.written("variables") or "variables")
        if isinstance(variables, dict):
            template.variables.update(self.compile(variables, where))
        elif variables is not None:
            self.wrong("variables", where)
        for name, declared, where in self.section(data, "outputs", place):
            declared = Fields(declared) if isinstance(declared, dict) else Fields()
            loop = declared.get("copy")
            if isinstance(loop, dict):
                template.outputs[name] = self.loop(Fields(loop), (*where, "copy"), ("copy:",))
            elif "value" in declared:
                template.outputs[name] = self.compile(declared["value"], (*where, declared.written("value") or ""))
        self.functions(template, data, place)
        resources = data.get("resources")
        where = (*place, data.written("resources") or "resources")
        if resources is None:
            self.invalid(place, "has no resources; nothing was judged", "resources がありません。判定対象がありません")
        self.resources(template, resources, where, None)
        return template

    def section(self, data: Fields, name: str, place: Path) -> list[tuple[str, Any, Path]]:
        section = data.get(name)
        where = (*place, data.written(name) or name)
        if section is None:
            return []
        if not isinstance(section, dict):
            self.wrong(name, where)
            return []
        return [(key, value, (*where, key)) for key, value in section.items()]

    def parameter(self, name: str, declared: Any, place: Path) -> Parameter:
        if not isinstance(declared, dict):
            self.invalid(
                place,
                f'the parameter "{name}" must be an object with a type; correct it',
                f"パラメータ「{name}」は type を持つオブジェクトでなければなりません。修正してください",
            )
            declared = {}
        fields = Fields(declared)
        default = NONE
        if fields.get("defaultValue") is not None:
            default = self.compile(fields["defaultValue"], (*place, fields.written("defaultValue") or ""))
        allowed = fields.get("allowedValues")
        kind = fields.get("type")
        return Parameter(
            kind.lower() if isinstance(kind, str) else "",
            default,
            allowed if isinstance(allowed, list) else None,
            place,
            fields.get("nullable") is True,
        )

    def functions(self, template: Template, data: Fields, place: Path) -> None:
        spaces = data.get("functions")
        where = (*place, data.written("functions") or "functions")
        for number, space in enumerate(spaces if isinstance(spaces, list) else ()):
            space = Fields(space) if isinstance(space, dict) else Fields()
            members = space.get("members")
            for name, body in members.items() if isinstance(members, dict) else ():
                body = Fields(body) if isinstance(body, dict) else Fields()
                listed, output = body.get("parameters"), body.get("output")
                names = [str(item.get("name")) for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
                if isinstance(output, dict) and "value" in Fields(output):
                    here = (*where, number, "members", name, "output", "value")
                    template.functions[f"{space.get('namespace')}.{name}"] = (names, self.compile(Fields(output)["value"], here))

    def resources(self, template: Template, resources: Any, place: Path, within: Declared | None) -> None:
        if isinstance(resources, dict):  # languageVersion 2.0
            for symbol, body in resources.items():
                self.resource(template, symbol, body, (*place, symbol), within)
        elif isinstance(resources, list):
            for number, body in enumerate(resources):
                self.resource(template, "", body, (*place, number), within)
        elif resources is not None:
            self.wrong("resources", place)

    def resource(self, template: Template, symbol: str, body: Any, place: Path, within: Declared | None) -> None:
        fields = Fields(body) if isinstance(body, dict) else Fields()
        kind = fields.get("type")
        if not isinstance(kind, str) or not kind:
            if "import" in fields or "extension" in fields:
                return  # what another provider deploys (Microsoft Graph, Kubernetes)
            self.invalid(
                place,
                "a resource must be an object with a type and a name; correct it, it was not judged",
                "リソースは type と name を持つオブジェクトでなければなりません。修正してください(判定されていません)",
            )
            return
        inner = {key: value for key, value in fields.items() if key.lower() not in ("copy", "resources", "condition")}
        compiled = self.compile(inner, place, kind.lower() == "microsoft.resources/deployments")
        condition = self.compile(fields["condition"], (*place, "condition")) if "condition" in fields else True
        loop = None
        copy = fields.get("copy")
        if isinstance(copy, dict):
            copy = Fields(copy)
            name = str(copy.get("name", "")).lower()
            loop = self.loop(copy, (*place, fields.written("copy") or ""), ("copy:", f"copy:{name}"))
        if within is not None and symbol:
            symbol = f"{within.symbol}::{symbol}"
        declared = Declared(symbol, kind, compiled, place, condition, loop, fields.get("existing") is True, within)
        template.resources.append(declared)
        self.resources(template, fields.get("resources"), (*place, fields.written("resources") or ""), declared)

    def loop(self, copy: Fields, place: Path, names: tuple[str, ...], steps: Path = ()) -> For:
        count = self.compile(copy.get("count"), (*place, copy.written("count") or "count"))
        body = self.compile(copy.get("input"), (*place, copy.written("input") or "input"))
        text = str(copy.get("count"))
        loop: For = For(count, names, body, counted=True, steps=steps).at(f"copy {text}", 0, len(text) + 5)
        return loop

    def compile(self, data: Any, place: Path, deployment: bool = False) -> Any:
        """The data with a node for every expression, and loops in place of `copy`."""
        if type(data) is str:
            return self.text(data, place) if data[:1] == "[" and data[-1:] == "]" else data
        if isinstance(data, dict):
            result = Fields()
            computed = False
            for key, value in data.items():
                kind = type(value)
                if kind is str:
                    if value[:1] == "[" and value[-1:] == "]":
                        value = self.text(value, (*place, key))
                elif kind is dict or kind is list or kind is Fields:
                    lower = key.lower()
                    if lower == "copy" and kind is list and self.loops(value, place, result):
                        continue
                    if deployment and lower == "properties" and kind is not list:
                        value = self.deployment(value, (*place, key))
                    else:
                        value = self.compile(value, (*place, key))
                if key[:1] == "[" and key[-1:] == "]":
                    computed = True
                result[key] = value
            return self.keys(result, place) if computed else result
        if isinstance(data, list):
            return [
                self.compile(item, (*place, index)) if type(item) in (str, dict, list, Fields) else item for index, item in enumerate(data)
            ]
        return data

    def keys(self, data: Fields, place: Path) -> Any:
        """An object whose keys are expressions (or text that begins with "[[")."""
        entries = [(self.text(key, place) if key[:1] == "[" and key[-1:] == "]" else key, value) for key, value in data.items()]
        if all(isinstance(key, str) for key, _ in entries):
            return Fields(entries)
        text = next(key for key in data if key[:1] == "[")
        return Object(entries).at(text, 1, len(text) - 1)

    def deployment(self, properties: dict[str, Any], place: Path) -> Fields:
        """A nested template stays as it is written: it is a template of its own."""
        return Fields((key, value if key.lower() == _TEMPLATE else self.compile(value, (*place, key))) for key, value in properties.items())

    def loops(self, copies: list[Any], place: Path, into: Fields) -> bool:
        """The properties that `"copy": [{"name", "count", "input"}]` makes; False when it is no such list."""
        if not copies or not all(
            isinstance(copy, dict) and "input" in Fields(copy) and isinstance(Fields(copy).get("name"), str) for copy in copies
        ):
            return False
        for number, copy in enumerate(copies):
            copy = Fields(copy)
            steps: Path = ("copy", number, copy.written("input") or "input")
            into[copy["name"]] = self.loop(copy, (*place, "copy", number), (f"copy:{copy['name'].lower()}",), steps)
        return True

    def text(self, text: str, place: Path) -> Any:
        if text[1] == "[":
            return text[1:]
        try:
            return Expression(parse(text), place)
        except Mistake as mistake:
            self.session.report(
                problems.invalid_expression(
                    self.document.nearest(place),
                    text if len(text) < 120 else text[:119] + "…",
                    f"cannot be parsed: {mistake.what}; correct it",
                    "式を解析できません。修正してください",
                )
            )
            return Expression(Broken().at(text, 1, len(text) - 1), place)

    def wrong(self, name: str, place: Path) -> None:
        self.invalid(
            place,
            f"{name} must be an object; correct it, it was not judged",
            f"{name} の形式が正しくありません。修正してください(判定されていません)",
        )

    def invalid(self, place: Path, en: str, ja: str) -> None:
        self.session.report(problems.invalid(self.document.nearest(place), en, ja))
