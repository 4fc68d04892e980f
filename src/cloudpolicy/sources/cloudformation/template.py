"""One template -> resources of the estate: its sections, its resources, and the stacks nested in it."""

from __future__ import annotations

import os

from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown
from cloudpolicy.sources.cloudformation import problems, samconfig
from cloudpolicy.sources.cloudformation.locate import Locator
from cloudpolicy.sources.cloudformation.parameters import from_file, read_section
from cloudpolicy.sources.cloudformation.resolve import resolve
from cloudpolicy.sources.cloudformation.scope import Scope
from cloudpolicy.sources.cloudformation.serverless import SECTIONS, is_serverless, with_globals
from cloudpolicy.sources.cloudformation.session import Session
from cloudpolicy.sources.cloudformation.text import Document, Unparsable
from cloudpolicy.sources.cloudformation.values import choose, describe, references
from cloudpolicy.sources.files import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from cloudpolicy.model import Path
    from cloudpolicy.sources import Options

STACKS = ("AWS::CloudFormation::Stack", "AWS::CloudFormation::StackSet", "AWS::Serverless::Application")
_OWN_TRANSFORMS = ("AWS::Serverless-", "AWS::LanguageExtensions", "AWS::CodeDeployBlueGreen", "AWS::SecretsManager-", "AWS::ServiceCatalog")


def read(path: str, options: Options) -> Estate:
    """The estate of the template at `path`; never raises for bad input."""
    path = os.path.abspath(path)
    session = Session(options)
    config = samconfig.read(path, options.base)
    given = given_from(path, options, session, config)
    if options.deployed is not None:
        given.update(options.deployed.parameters)
    environment = options.environment
    region: str | Unknown = (
        config.region
        or options.region
        or environment.get("AWS_REGION")
        or environment.get("AWS_DEFAULT_REGION")
        or Unknown("region-not-given", "!Ref AWS::Region")
    )
    for diagnostic in config.problems:
        session.report(diagnostic)
    inputs, session.inputs = session.inputs, []
    try:
        document = session.document(path)
    except (Unreadable, Unparsable) as error:
        session.report(error.diagnostic)
    else:
        Template(session, document, given, region).read()
    resources = session.release()
    inputs = list(dict.fromkeys([path, *session.inputs, *config.inputs, *inputs]))
    return Estate(path, "cloudformation", "template", resources, session.diagnostics, inputs, region, session.opaque, None, session.notes)


def given_from(path: str, options: Options, session: Session, config: samconfig.SamConfig) -> dict[str, Any]:
    """The parameter values that samconfig.toml and the parameter files give; what cannot be read is reported to `session`."""
    given: dict[str, Any] = dict(config.parameters)
    for file in options.parameters:
        if file.endswith(".bicepparam"):
            continue  # given for what else stands in the scanned folder
        try:
            given.update(from_file(file, session.document(file), session.report))
        except (Unreadable, Unparsable) as error:
            session.report(error.diagnostic)
    return given


class Template:
    """One template in its place in the estate.

    given        parameter values from outside: plain or Unknown
    prefix       what stands before its logical ids: "" or "Nested/"
    ancestors    files of the templates around it, to notice cycles
    conditional  True when a stack around it may not exist
    """

    __slots__ = (
        "_data",
        "_declared",
        "_nested",
        "_outputs",
        "ancestors",
        "conditional",
        "document",
        "prefix",
        "region",
        "scope",
        "session",
    )

    def __init__(
        self,
        session: Session,
        document: Document,
        given: Mapping[str, Any],
        region: str | Unknown,
        prefix: str = "",
        ancestors: tuple[str, ...] = (),
        conditional: bool = False,
    ) -> None:
        self.session = session
        self.document = document
        self.prefix = prefix
        self.region = region
        self.ancestors = (*ancestors, session.normal(document.file))
        self.conditional = conditional
        self._data = document.data if isinstance(document.data, dict) else {}
        self._nested: dict[str, Any] = {}
        self._outputs: dict[str, Any] = {}
        deployed = session.options.deployed
        resolved = deployed.resolved if deployed is not None and not prefix else frozenset()
        parameters = read_section(self._section("Parameters"), given, document, session.report, resolved)
        conditions = dict(self._section("Conditions"))
        self.scope = Scope(
            document, parameters, self._section("Mappings"), conditions, region, prefix, session.report, self._output_of, session.spend
        )
        session.scopes.append(self.scope)
        session.note("defaults", [prefix + name for name in parameters.defaults])
        session.note("without_value", [prefix + name for name in parameters.without_value])
        session.note("no_echo_defaults", [[prefix + name, line] for name, line in parameters.no_echo])
        self._transforms()
        self._repeat(conditions)
        self.scope.conditions.evaluate_all(self.scope)
        # Everything that is declared must be known before anything is evaluated, outputs for the stack around this one included.
        self._declared = list(self._declarations())
        for name, place, _, body in self._declared:
            if self.scope.resources.setdefault(name, body) is not body:  # a loop made a name that is there already
                span = document.nearest(place)
                session.report(problems.duplicate_key(span.file, name, span.line, span.column))
            if isinstance(body, dict) and _module(body.get("Type")):
                self.scope.open = True  # its resources have names that start with its own

    def read(self) -> None:
        """Put this template's resources, and those of the stacks nested in it, into the session."""
        paths = {}
        for name, place, certain, body in self._declared:
            if self.scope.resources[name] is body:
                self._resource(name, place, certain, body)
                metadata = body.get("Metadata") if isinstance(body, dict) else None
                if isinstance(metadata, dict) and isinstance(metadata.get("aws:cdk:path"), str):
                    paths[self.prefix + name] = metadata["aws:cdk:path"]
        if paths:
            self.session.notes.setdefault("construct_paths", {}).update(paths)

    def output(self, name: str) -> Any:
        """The value of an output, for the stack around this one; None when there is none."""
        if name not in self._outputs:
            self._outputs[name] = None  # an output that asks for itself finds nothing
            outputs = dict(self._section("Outputs"))
            self._repeat(outputs)
            declared = outputs.get(name)
            if isinstance(declared, dict) and "Value" in declared:
                value = resolve(declared["Value"], self.scope)
                self._outputs[name] = None if value is ABSENT else value
        return self._outputs[name]

    def _section(self, name: str) -> dict[str, Any]:
        section = self._data.get(name)
        if section is None:
            return {}
        if isinstance(section, dict):
            return section
        self.session.report(
            problems.invalid(
                self.document.nearest((name,)),
                f"{name} must be a mapping; correct it, it was not judged",
                f"{name} はマッピングでなければなりません。修正してください(判定されていません)",
            )
        )
        return {}

    def _transforms(self) -> None:
        if "Modules" in self._data:  # expanded by `aws cloudformation package`
            self.scope.open = True
            self._not_run("Modules", self.document.nearest(("Modules",)))
        transforms = self._data.get("Transform")
        transforms = transforms if isinstance(transforms, list) else [] if transforms is None else [transforms]
        self.scope.serverless = is_serverless(transforms)
        for transform in transforms:
            name = transform.get("Name") if isinstance(transform, dict) else transform
            if isinstance(name, str) and name.startswith(_OWN_TRANSFORMS):
                continue
            self.scope.open = True
            self._not_run(name if isinstance(name, str) else describe(transform), self.document.nearest(("Transform",)))

        for section in ("Conditions", "Mappings", "Parameters", "Outputs"):
            self.scope.open = self.scope.open or "Fn::Transform" in self._section(section)

    def _repeat(self, section: dict[str, Any]) -> None:
        """Put the copies that Fn::ForEach makes into a section (not Resources, whose entries keep their places)."""
        for key in [key for key in section if key.startswith("Fn::ForEach")]:
            from cloudpolicy.sources.cloudformation import foreach

            for name, value in foreach.entries(key, section[key], self.scope, section):
                section.setdefault(name, value)

    def _not_run(self, name: str, span: Span) -> None:
        self.session.report(
            problems.problem(
                "warning",
                "transform-not-run",
                span,
                f"the transform {name} changes the template at deployment; it was judged as written",
                f"変換 {name} は配備時にテンプレートを変更します。記述どおりに判定しました",
            )
        )

    def _declarations(self) -> Iterator[tuple[str, Path, bool, Any]]:
        """(logical id, place in the text, whether it exists for certain, body) of everything under Resources."""
        if not isinstance(self.document.data, dict):
            self.session.report(
                problems.invalid(
                    self.document.nearest(()),
                    "is no template: a mapping with Resources is needed",
                    "テンプレートではありません。Resources を持つマッピングが必要です",
                )
            )
            return
        resources = self._section("Resources")
        if not resources and "Resources" not in self._data:
            self.session.report(
                problems.invalid(
                    self.document.nearest(()), "has no Resources; nothing was judged", "Resources がありません。判定対象がありません"
                )
            )
        for name, body in resources.items():
            if name.startswith("Fn::ForEach"):
                from cloudpolicy.sources.cloudformation import foreach

                for entry in foreach.expand(name, body, self.scope, resources):
                    yield entry.name, ("Resources", name, *entry.path), entry.certain, entry.value
            elif name == "Fn::Transform":
                self.scope.open = True
                self._not_run(str(body.get("Name")) if isinstance(body, dict) else name, self.document.nearest(("Resources", name)))
            else:
                yield name, ("Resources", name), True, body

    def _resource(self, name: str, place: Path, certain: bool, body: Any) -> None:
        scope = self.scope
        scope.place = place
        kind = body.get("Type") if isinstance(body, dict) else None
        if not isinstance(kind, str) or not kind:
            self._invalid(
                place,
                f'the resource "{name}" must be a mapping with a Type; correct it, it was not judged',
                f"リソース「{name}」は Type を持つマッピングでなければなりません。修正してください(判定されていません)",
            )
            return
        if _module(kind):
            self.session.report(
                problems.problem(
                    "warning",
                    "module-not-expanded",
                    self.document.nearest(place),
                    f'what the module "{name}" ({kind}) holds is not in this text and was not judged; scan the processed template',
                    f"モジュール「{name}」({kind})の中身はこのテンプレートに無く、判定されていません。展開後のテンプレートを検査してください",
                )
            )
        holds: bool | None = True
        if "Condition" in body:
            holds = scope.conditions.holds(body["Condition"], body, scope)
            if holds is False:
                self.session.note("excluded", [self.prefix + name])
                return
        conditional = self.conditional or holds is None or not certain
        values = self._values(name, kind, place, body)
        if _module(kind):
            self.session.opaque.extend(references([values]))
        self.session.resources.append(
            Resource(kind, self.prefix + name, values, self.document.lazy(place), Locator(scope, place, body), self.region, conditional)
        )
        if kind in STACKS:
            child = self.nested(name)
            if child is not None:
                child.conditional = conditional
                child.read()

    def _values(self, name: str, kind: str, place: Path, body: dict[str, Any]) -> dict[str, Any]:
        properties = body.get("Properties")
        if properties is None:
            properties = {}
        elif not isinstance(properties, dict):
            self._invalid(
                (*place, "Properties"),
                f'the Properties of "{name}" must be a mapping; correct it, they were not judged',
                f"「{name}」の Properties はマッピングでなければなりません。修正してください(判定されていません)",
            )
            properties = {}
        if kind in SECTIONS and self.scope.serverless:
            properties = with_globals(kind, properties, self._data)
        values: Any = resolve(properties, self.scope)
        if isinstance(values, Unknown):
            per_key = _per_key(values)
            values = self._open_ended(place, values) if per_key is None else per_key
        elif not isinstance(values, dict):
            values = {}
        for attribute in ("DeletionPolicy", "UpdateReplacePolicy"):
            if body.get(attribute) is not None:
                value = resolve(body[attribute], self.scope)
                if value is not ABSENT:
                    values[attribute] = value
        return dict(values)

    def _open_ended(self, place: Path, values: Unknown) -> dict[str, Any]:
        """The known part of Properties that are themselves an expression, or hold Fn::Transform: more may be there than this."""
        known = values.partial if isinstance(values.partial, dict) else {}
        self.session.report(
            problems.problem(
                "warning",
                "properties-unresolved",
                self.document.nearest((*place, "Properties")),
                f"the Properties depend on {values.expression}, which is known only at deployment; what is written beside it was judged",
                f"Properties は配備時に決まる {values.expression} に依存します。併記された部分だけを判定しました",
            )
        )

        return dict(known)

    def _invalid(self, place: Path, en: str, ja: str) -> None:
        self.session.report(problems.invalid(self.document.nearest(place), en, ja))

    def nested(self, name: str) -> Template | None:
        """The template of a nested stack, or None (and a diagnostic, once) when it cannot be read."""
        if name not in self._nested:
            from cloudpolicy.sources.cloudformation import nested

            self._nested[name] = None
            self._nested[name] = nested.open_stack(self, name, self.scope.resources[name])
        result: Template | None = self._nested[name]
        return result

    def _output_of(self, name: str, output: str) -> Any:
        body = self.scope.resources.get(name)
        if not isinstance(body, dict) or body.get("Type") not in STACKS[::2]:
            return None
        child = self.nested(name)
        return child.output(output) if child is not None else None


def _module(kind: Any) -> bool:
    """A type that stands for resources which are not in this text."""
    return isinstance(kind, str) and (kind == "LocalModule" or kind.endswith("::MODULE"))


def _per_key(values: Unknown) -> dict[str, Any] | None:
    """Properties that are one of several mappings, nobody knows which -> one mapping whose values are one of several."""
    choices = [{} if choice is ABSENT else choice for choice in values.choices or ()]
    if not choices or not all(isinstance(choice, dict) for choice in choices):
        return None
    keys = dict.fromkeys(key for choice in choices for key in choice)
    return {key: choose(values.reason, values.expression, [choice.get(key, ABSENT) for choice in choices]) for key in keys}
