"""Resource ids: the text that is known of them, and which resource of the deployment they name."""

from __future__ import annotations

from cloudpolicy.model import Unknown
from cloudpolicy.sources.arm.handles import Handle
from cloudpolicy.sources.arm.instances import segments
from cloudpolicy.sources.arm.values import HOLE, Fields, Unresolved, identity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources.arm.instances import Instance
    from cloudpolicy.sources.arm.module import Module

SUBSCRIPTION = f"/subscriptions/{HOLE}"
GROUP = f"{SUBSCRIPTION}/resourceGroups/{HOLE}"
LEVEL_PREFIX = {"resourceGroup": GROUP, "subscription": SUBSCRIPTION, "managementGroup": "", "tenant": ""}


def of_instance(module: Module, instance: Instance, expression: str) -> Any:
    """The id of a resource that is declared here."""
    above = LEVEL_PREFIX[module.template.level]
    references = named(module, instance.type, instance.name) if instance.existing else instance.references
    reason = "known-after-deploy" if references else "not-in-estate"
    return _build(above, instance.type, instance.name, expression, references, reason)


def of_name(module: Module, type: str, name: Any, expression: str, above: str | None = None) -> Any:
    """The id of type and full name: refers to the resource when it is declared here; plain text when all of it is known and it is not."""
    if above is None:
        above = LEVEL_PREFIX[module.template.level]
    return _build(above, type, name, expression, named(module, type, name), "known-after-deploy")


def named(module: Module, type: str, name: Any) -> tuple[str, ...]:
    """References to the resource of that type and name.

    One that is not declared, or only as existing, is a part of the resource above it, which is declared: a subnet written in its network, the
    blob service that comes with an account.
    """
    instance = module.find(type, identity(name))
    if instance is not None and not instance.existing:
        return instance.references
    outer, _, last = type.rpartition("/")
    if outer.count("/"):
        *above, own = segments(identity(name))
        parent = module.find(outer, "/".join(above))
        if parent is not None:
            properties = parent.declared.body.get("properties")
            inline = isinstance(properties, dict) and last in Fields(properties)
            if inline or instance is not None or own.lower() == "default":
                return parent.references
    return ()


def _build(above: str, type: str, name: Any, expression: str, references: tuple[str, ...], reason: str) -> Any:
    namespace, *types = type.split("/")
    names = segments(identity(name))
    known = segments(name.partial) if isinstance(name, Unknown) and isinstance(name.partial, str) else names
    if len(known) != len(names):
        known = names
    known = [HOLE if "${" in text and text != HOLE and known is names else text for text in known]
    text = f"{above}/providers/{namespace}" + "".join(f"/{kind}/{own}" for kind, own in zip(types, known, strict=False))
    named = f"{above}/providers/{namespace}" + "".join(f"/{kind}/{own}" for kind, own in zip(types, names, strict=False))
    if HOLE not in text and not references and "${" not in named:
        return text
    return Unresolved(reason, expression, references, text, None, named)


def parse(text: str) -> tuple[str, str] | None:
    """(type, full name) of the resource that an id, or "Microsoft.A/b/name", names."""
    _, mark, after = text.rpartition("/providers/")
    parts = segments(after if mark else text)
    if len(parts) < 3 or "." not in parts[0] or "${" in parts[0] or len(parts) % 2 == 0:
        return None
    return "/".join([parts[0], *parts[1::2]]), "/".join(parts[2::2])


def linked(module: Module, value: Any) -> Any:
    """A text that was put together: when it is the id of a resource that is declared here, it refers to that one."""
    if isinstance(value, Unresolved) and "/providers/" in value.identity:
        found = parse(value.identity)
        if found is not None:
            references = named(module, found[0], Unresolved("", "", (), None, None, found[1]))
            if references:
                return Unresolved(value.reason, value.expression, references, value.partial, value.choices, value.identity)
    return value


def scope_of(module: Module, value: Any) -> Any:
    """The `scope` of an extension resource as an id; ARM also takes "Microsoft.A/b/name"."""
    if isinstance(value, Handle):
        instance = module.instance_at(value.address)
        return of_instance(module, instance, value.expression) if instance is not None else value
    text = identity(value) if isinstance(value, (str, Unresolved)) else ""
    if text and not text.startswith("/"):
        found = parse(text)
        if found is not None:
            name: Any = found[1]
            if "${" in name:
                known = parse(value.partial) if isinstance(value, Unknown) and isinstance(value.partial, str) else None
                name = Unresolved("known-after-deploy", name, (), known[1] if known is not None else None, None, name)
            return of_name(module, found[0], name, value.expression if isinstance(value, Unknown) else value)
    return linked(module, value)
