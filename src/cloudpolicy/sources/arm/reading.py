"""Instances -> resources of the estate: their values, their parents, their places."""

from __future__ import annotations

from cloudpolicy.model import Resource, Unknown
from cloudpolicy.sources.arm import ids, problems
from cloudpolicy.sources.arm.instances import head
from cloudpolicy.sources.arm.locate import Locator
from cloudpolicy.sources.arm.nodes import Node, resolve
from cloudpolicy.sources.arm.scope import Scope
from cloudpolicy.sources.arm.template import NONE
from cloudpolicy.sources.arm.values import Fields, Unresolved, finish, identity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources.arm.instances import Instance
    from cloudpolicy.sources.arm.module import Module
    from cloudpolicy.sources.arm.template import Parameter

_NOT_VALUES = frozenset(
    {"type", "copy", "condition", "dependson", "comments", "resources", "existing", "import", "@options", "asserts", "parent", "module"}
)


def read(module: Module) -> None:
    """Put this template's resources, and those of the deployments nested in it, into the session."""
    template = module.template
    for name, parameter in template.parameters.items():
        if module.outer is None:
            _note_parameter(module, name, parameter)
    module.settle()
    for declared in template.resources:
        for instance in module.instances(declared):
            if not instance.existing:
                _resource(module, instance)


def _note_parameter(module: Module, name: str, declared: Parameter) -> None:
    note = module.session.note
    if declared.secure:
        if declared.default is not NONE and not isinstance(declared.default, Node) and declared.default not in ("", None, {}):
            note("no_echo_defaults", [[module.prefix + name, module.template.document.nearest((*declared.place, "defaultValue")).line]])
    elif name not in module.given:
        note("without_value" if declared.default is NONE and not declared.nullable else "defaults", [module.prefix + name])


def _resource(module: Module, instance: Instance) -> None:
    declared = instance.declared
    module.place = declared.place
    document = module.template.document
    if not module.session.room():
        return
    scope = Scope(module, instance.names)
    try:
        values = _values(module, instance, scope)
    except RecursionError:
        module.report(
            problems.problem(
                "error",
                "too-deep",
                document.nearest(declared.place),
                "is nested too deeply to be judged; split it",
                "入れ子が深すぎて判定できません。分割してください",
            )
        )
        return
    location = values.get("location")
    region = location if isinstance(location, (str, Unknown)) else None
    module.session.resources.append(
        Resource(
            instance.type,
            instance.address,
            values,
            document.lazy(declared.place),
            Locator(scope, declared.place, declared.body),
            region,
            instance.conditional,
        )
    )
    if declared.deploys:
        child = module.nested(instance)
        if child is not None:
            child.read()


def _values(module: Module, instance: Instance, scope: Scope) -> dict[str, Any]:
    body = instance.declared.body
    values = Fields()
    for key, data in body.items():
        folded = key.lower()
        if folded in _NOT_VALUES:
            continue
        if folded == "name":
            values[key] = instance.name
        elif instance.declared.deploys and folded == "properties":
            values[key] = _deployment(data, scope)
        elif folded == "scope":
            values[key] = ids.scope_of(module, resolve(data, scope))
        else:
            values[key] = module.bearable(resolve(data, scope), key)
    if "scope" not in values:
        if instance.owner is not None:
            values["scope"] = module.id_of(instance.owner, "scope")
        elif instance.extends is not None:
            values["scope"] = ids.of_name(module, *instance.extends, "scope")
    parent = _parent_value(module, instance)
    if parent is not None:
        values["parent"] = parent
    values["deploymentScope"] = module.template.level
    result: dict[str, Any] = finish(values, module.session.loose)
    for key in ("parent", "scope"):
        value = values.get(key)
        if isinstance(value, Unresolved) and not value.references and isinstance(value.partial, str):
            named = ids.parse(value.identity)
            if named is not None and "${" not in named[1]:
                module.session.orphans.append((result, key, value.partial, named[0].lower()))
    return result


def _deployment(data: Any, scope: Scope) -> Any:
    """What a nested deployment is given; what it holds is judged by itmodule."""
    if not isinstance(data, dict):
        return {}
    return {key: resolve(value, scope) for key, value in data.items() if key.lower() in ("mode", "parameters")}


def _parent_value(module: Module, instance: Instance) -> Any:
    """How policies link a child to its parent: a reference; plain text, in the end, when the parent is certainly not in the estate."""
    if instance.type.count("/") < 2:
        return None
    parent = instance.parent
    type, name = instance.type.rpartition("/")[0], head(instance.name)
    if parent is None:
        parent = module.find(type, identity(name))
    if parent is not None and not parent.existing:
        return module.id_of(parent, f"{parent.declared.symbol or parent.type}.id")
    return ids.of_name(module, type, name, f"{type}/{identity(name)}")
