"""Deployments inside a deployment: inline templates, linked templates on disk, Bicep modules on disk."""

from __future__ import annotations

import os

from cloudpolicy import journal
from cloudpolicy.model import Unknown
from cloudpolicy.sources.arm import problems
from cloudpolicy.sources.arm.handles import Handle, detach
from cloudpolicy.sources.arm.module import Module
from cloudpolicy.sources.arm.nodes import Node, resolve
from cloudpolicy.sources.arm.parameters import entry_value, from_file
from cloudpolicy.sources.arm.scope import Scope
from cloudpolicy.sources.arm.values import HOLE, Fields, Unresolved, finish, identity, references, shorten
from cloudpolicy.sources.cloudformation.session import TEMPLATE_LIMIT
from cloudpolicy.sources.cloudformation.text import Unparsable
from cloudpolicy.sources.files import Unreadable, inside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.model import Path
    from cloudpolicy.sources.arm.instances import Instance
    from cloudpolicy.sources.arm.template import Template

DEPTH_LIMIT = 12
GROUPS = "Microsoft.Resources/resourceGroups"


def open_module(parent: Module, instance: Instance) -> Module | None:
    """The module of a nested deployment; None when its template is not on disk or cannot be read, which a diagnostic says."""
    session, declared = parent.session, instance.declared
    scope = Scope(parent, instance.names)
    span = parent.template.document.nearest(declared.place)
    given, outer = _given(parent, instance, scope)
    session.templates += 1
    if session.templates > TEMPLATE_LIMIT or len(parent.ancestors) > DEPTH_LIMIT:
        parent.report(
            problems.problem(
                "error",
                "expansion-limit",
                span,
                f"more deployments are nested here than are followed ({TEMPLATE_LIMIT}, or {DEPTH_LIMIT} deep); scan the inner ones by themselves",
                f"入れ子の配置が上限({TEMPLATE_LIMIT} 個、{DEPTH_LIMIT} 段)を超えています。内側を個別に検査してください",
            )
        )
        _opaque(parent, given)
        return None
    template = _template(parent, instance, scope, given)
    if template is None:
        _opaque(parent, given)
        return None
    prefix = f"{instance.address}/"
    ancestors = parent.ancestors if template.document is not parent.template.document else parent.ancestors[:-1]
    region = _region(parent, instance, scope)
    return Module(session, template, given, region, prefix, ancestors, instance.conditional, scope if outer else None)


def _region(parent: Module, instance: Instance, scope: Scope) -> Any:
    """Where resourceGroup().location lies inside: a group that this deployment makes itself says so."""
    body = Fields(instance.declared.body)
    target = resolve(body.get("scope"), scope)
    group = parent.instance_at(target.address) if isinstance(target, Handle) else None
    if group is None:
        name = resolve(body.get("resourceGroup"), scope)
        if name is None and isinstance(target, Unresolved) and isinstance(target.partial, Fields):
            name = target.partial.get("name")
        if isinstance(name, (str, Unknown)):
            group = parent.find(GROUPS, identity(name))
    if group is None or group.type.lower() != GROUPS.lower():
        return parent.region
    _, region = parent.written(group, (), "location")
    return region if isinstance(region, (str, Unknown)) else parent.region


def _given(parent: Module, instance: Instance, scope: Scope) -> tuple[Fields, bool]:
    """(parameter values, whether the inner template is evaluated in the scope of the outer one)."""
    body = instance.declared.body
    properties = body.get("properties")
    properties = properties if isinstance(properties, Fields) else Fields()
    options = resolve(properties.get("expressionEvaluationOptions"), scope)
    inner = isinstance(options, dict) and str(Fields(options).get("scope")).lower() == "inner"
    passed = properties.get("parameters")
    result = Fields()
    if isinstance(passed, Node):
        passed = resolve(passed, scope)
    for name, entry in passed.items() if isinstance(passed, dict) else ():
        value = entry_value(name, resolve(entry, scope))
        if value is not None:
            result[name] = detach(value)
    inline = "template" in properties
    return result, inline and not inner and parent.template.any_case


def _template(parent: Module, instance: Instance, scope: Scope, given: Fields) -> Template | None:
    from cloudpolicy.sources.arm import json_template

    declared, document = instance.declared, parent.template.document
    if "module" in declared.body:
        return _file(parent, declared.body["module"], (*declared.place, "module"), given)
    properties = declared.body.get("properties")
    properties = properties if isinstance(properties, Fields) else Fields()
    here: Path = (*declared.place, Fields(declared.body).written("properties") or "properties")
    if "template" in properties:
        place: Path = (*here, properties.written("template") or "template")
        if not parent.template.any_case:  # written inside a Bicep file, whose expressions are evaluated outside
            return json_template.build(document, _escaped(resolve(properties["template"], scope)), place, parent.session)
        return parent.session.inline(
            parent.template, place, lambda: json_template.build(document, properties["template"], place, parent.session)
        )
    link = resolve(properties.get("templateLink"), scope)
    place = (*here, properties.written("templateLink") or "")
    if not isinstance(link, dict):
        parent.report(
            problems.invalid(
                document.nearest(here),
                "the nested deployment has neither a template nor a templateLink; correct it",
                "入れ子の配置に template も templateLink もありません。修正してください",
            )
        )
        return None
    _linked_parameters(parent, resolve(properties.get("parametersLink"), scope), given)
    link = Fields(link)
    return _file(parent, link.get("relativePath") or link.get("uri") or link.get("id"), place, given, linked=True)


def _escaped(value: Any) -> Any:
    """Text that begins with a bracket is no expression in Bicep; ARM JSON wants it doubled."""
    if isinstance(value, dict):
        return Fields((key, _escaped(item)) for key, item in value.items())
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    return f"[{value}" if isinstance(value, str) and value.startswith("[") else value


def _linked_parameters(parent: Module, link: Any, given: Fields) -> None:
    where = _on_disk(Fields(link).get("relativePath") or Fields(link).get("uri")) if isinstance(link, dict) else None
    if where is not None:
        path = _path(parent, where)
        if journal.is_file(path) and inside(path, parent.session.options.base):
            for name, value in from_file(path, parent.session).items():
                given.setdefault(name, value)


def _on_disk(where: Any) -> str | None:
    """The relative path that a link names: written as one, or the end of an address whose beginning only the deployment knows."""
    if isinstance(where, Unknown) and isinstance(where.partial, str):
        head, hole, rest = where.partial.partition(HOLE)
        rest = rest.replace(HOLE, "") if rest.endswith(HOLE) else rest
        return rest.lstrip("/").partition("?")[0] if hole and not head and HOLE not in rest else None
    if isinstance(where, str) and where and "://" not in where and not where.startswith(("br:", "br/", "ts:", "ts/", "/")):
        return where
    return None


def _path(parent: Module, where: str) -> str:
    return os.path.normpath(os.path.join(os.path.dirname(parent.template.document.file), *where.replace("\\", "/").split("/")))


def _file(parent: Module, where: Any, place: Path, given: Fields, linked: bool = False) -> Template | None:
    session = parent.session
    span = parent.template.document.nearest(place)
    shown = where.expression if isinstance(where, Unknown) else shorten(str(where))
    relative = _on_disk(where)
    path = _path(parent, relative) if relative else ""
    if not path or not journal.is_file(path) or not inside(path, session.options.base):
        # a computed place, or one in a registry, may be right elsewhere; a relative one that is written names a file that is missing
        severity = session.options.missing_modules if not linked or (isinstance(where, str) and relative) else "warning"
        parent.report(
            problems.problem(
                severity,
                "module-not-fetched",
                span,
                f"{shown} is not in the scanned folder; what it deploys was not judged. Restore it, or scan it by itself",
                f"{shown} が検査対象フォルダにありません。その中身は判定されていません。復元するか、個別に検査してください",
            )
        )
        return None
    if session.normal(path) in parent.ancestors:
        parent.report(
            problems.problem(
                "error",
                "reference-cycle",
                span,
                f"{shown} deploys itself; break the cycle",
                f"{shown} が自分自身を配置しています。循環を解消してください",
            )
        )
        return None
    try:
        return session.template(path)
    except (Unreadable, Unparsable) as error:
        session.report(error.diagnostic)
        return None


def _opaque(parent: Module, given: Fields) -> None:
    """What is handed to a deployment that nobody can read may have a companion there."""
    parent.session.opaque.extend(references([finish(given)]))
