"""Stacks inside a template: nested stacks and SAM applications whose template is on disk, and inline bodies of stack sets."""

from __future__ import annotations

import os

from cloudpolicy import journal
from cloudpolicy.model import Unknown
from cloudpolicy.sources.cloudformation import problems
from cloudpolicy.sources.cloudformation.resolve import resolve
from cloudpolicy.sources.cloudformation.session import TEMPLATE_LIMIT
from cloudpolicy.sources.cloudformation.template import Template
from cloudpolicy.sources.cloudformation.text import Unparsable, parse
from cloudpolicy.sources.cloudformation.values import references, shorten
from cloudpolicy.sources.files import Unreadable, inside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources.cloudformation.text import Document

DEPTH_LIMIT = 10


def open_stack(parent: Template, name: str, body: Any) -> Template | None:
    """The template of the stack resource `name`; None when it is not on disk or cannot be read, which a diagnostic says."""
    properties = body.get("Properties") if isinstance(body, dict) else None
    properties = properties if isinstance(properties, dict) else {}
    here = body_place(parent, body)
    values = {
        key: resolve(properties[key], parent.scope)
        for key in ("Parameters", "TemplateURL", "Location", "TemplateBody", "StackInstancesGroup", "OperationPreferences")
        if key in properties
    }
    span = parent.document.nearest(here)
    parent.session.templates += 1
    if parent.session.templates > TEMPLATE_LIMIT or len(parent.ancestors) > DEPTH_LIMIT:
        parent.session.report(
            problems.problem(
                "error",
                "expansion-limit",
                span,
                f"more stacks are nested here than are followed ({TEMPLATE_LIMIT}, or {DEPTH_LIMIT} deep); scan the inner ones by themselves",
                f"入れ子のスタックが上限({TEMPLATE_LIMIT} 個、{DEPTH_LIMIT} 段)を超えています。内側を個別に検査してください",
            )
        )
        return _opaque(parent, values)
    if body["Type"] == "AWS::CloudFormation::StackSet":
        return _stack_set(parent, name, values, here)
    return _stack(parent, name, body, values, here)


def body_place(parent: Template, body: Any) -> tuple[str | int, ...]:
    path = parent.document.path_of(body)
    return parent.scope.place if path is None else path


def _stack(parent: Template, name: str, body: dict[str, Any], values: dict[str, Any], here: tuple[str | int, ...]) -> Template | None:
    key = "Location" if body["Type"] == "AWS::Serverless::Application" else "TemplateURL"
    span = parent.document.nearest((*here, "Properties", key))
    where = _asset(body) or values.get(key)
    deployed = parent.session.options.deployed
    fetched = deployed.nested.get(parent.prefix + name) if deployed is not None else None
    if fetched is not None:
        where = os.path.relpath(fetched, os.path.dirname(parent.document.file))
    if not isinstance(where, str) or "://" in where:
        shown = shorten(where) if isinstance(where, str) else where.expression if isinstance(where, Unknown) else key
        parent.session.report(
            problems.problem(
                "warning",
                "nested-template-not-on-disk",
                span,
                f"the nested stack's template ({shown}) is not on disk; scan it by itself",
                f"入れ子スタックのテンプレート({shown})が手元にありません。個別に検査してください",
            )
        )
        return _opaque(parent, values)
    path = os.path.normpath(os.path.join(os.path.dirname(parent.document.file), where.replace("\\", "/")))
    if not journal.is_file(path) or (fetched is None and not inside(path, parent.session.options.base)):
        # A computed place is not meant for this disk; a literal one is, and its template is missing.
        written = body.get("Properties", {}).get(key)
        severity = parent.session.options.missing_modules if isinstance(written, str) else "warning"
        parent.session.report(
            problems.problem(
                severity,
                "nested-template-not-on-disk",
                span,
                f"the nested stack's template {where} is not in the scanned folder; restore it or scan its folder too",
                f"入れ子スタックのテンプレート {where} が検査対象フォルダにありません。復元するか、併せて検査してください",
            )
        )
        return _opaque(parent, values)
    if parent.session.normal(path) in parent.ancestors:
        parent.session.report(
            problems.problem(
                "error",
                "reference-cycle",
                span,
                f"the template {where} nests itself; break the cycle",
                f"テンプレート {where} が自分自身を入れ子にしています。循環を解消してください",
            )
        )
        return None
    try:
        document = parent.session.document(path)
    except (Unreadable, Unparsable) as error:
        parent.session.report(error.diagnostic)
        return _opaque(parent, values)
    given = values.get("Parameters")
    return _child(parent, name, document, given if isinstance(given, dict) else {}, parent.region)


def _asset(body: dict[str, Any]) -> str | None:
    """The CDK names the file of a nested stack in the metadata; TemplateURL is its place in S3."""
    metadata = body.get("Metadata")
    if isinstance(metadata, dict) and metadata.get("aws:asset:property") == "TemplateURL":
        path = metadata.get("aws:asset:path")
        return path if isinstance(path, str) else None
    return None


def _stack_set(parent: Template, name: str, values: dict[str, Any], here: tuple[str | int, ...]) -> Template | None:
    text = values.get("TemplateBody")
    if not isinstance(text, str):
        parent.session.report(
            problems.problem(
                "warning",
                "nested-template-not-on-disk",
                parent.document.nearest((*here, "Properties")),
                "the stack set's template is not written here; scan it by itself",
                "スタックセットのテンプレートはここに記述されていません。個別に検査してください",
            )
        )
        return _opaque(parent, values)
    place = (*here, "Properties", "TemplateBody")
    frame = parent.document.nearest(place)
    try:
        document = parse(parent.document.file, text.encode("utf-8", "replace"))
        document.embed(parent.document, place)
    except Unparsable as error:
        found = error.diagnostic
        parent.session.report(
            problems.problem(
                "error", found.code, frame, f"TemplateBody of {name}: {found.text.en}", f"{name} の TemplateBody: {found.text.ja}"
            )
        )
        return _opaque(parent, values)
    for found in document.problems:
        parent.session.report(problems.problem(found.severity, found.code, frame, found.text.en, found.text.ja))
    given: dict[str, Any] = {}
    listed = values.get("Parameters")
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, dict) and isinstance(item.get("ParameterKey"), str) and "ParameterValue" in item:
            given[item["ParameterKey"]] = item["ParameterValue"]
    return _child(parent, name, document, given, _regions(values.get("StackInstancesGroup")))


def _regions(groups: Any) -> str | Unknown:
    """The region that a stack set's copies go to: one copy stands for all, so several regions are one value with choices."""
    regions: list[str] = []
    for group in groups if isinstance(groups, list) else ():
        listed = group.get("Regions") if isinstance(group, dict) else None
        if not isinstance(listed, list) or not all(isinstance(region, str) for region in listed):
            return Unknown("region-not-given", "!Ref AWS::Region")
        regions.extend(listed)
    regions = list(dict.fromkeys(regions))
    if len(regions) == 1:
        return regions[0]
    return Unknown("region-not-given", "!Ref AWS::Region", (), None, tuple(regions) or None)


def _child(parent: Template, name: str, document: Document, given: dict[str, Any], region: str | Unknown) -> Template:
    return Template(parent.session, document, given, region, f"{parent.prefix}{name}/", parent.ancestors, parent.conditional)


def _opaque(parent: Template, values: dict[str, Any]) -> Template | None:
    """What is handed to a stack that nobody can read may have a companion there. Always None: there is no template."""
    parent.session.opaque.extend(references([values.get("Parameters")]))
    return None
