"""Where the value of a parameter, a variable or a mapping is set in CloudFormation, ARM and Bicep: in the template, its parameter file or its caller."""

from __future__ import annotations

import json
from typing import Any

import yaml

from cloudpolicy.fix import lines, templates
from cloudpolicy.fix.operations import Elsewhere, NotEditable, Operation
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudpolicy.fix.trial import State
    from cloudpolicy.model import Path, Resource

    Read = Callable[[str], bytes]

PASSING = frozenset({"AWS::CloudFormation::Stack", "Microsoft.Resources/deployments"})  # only hand on what they are given


def changed(state: State, resource: Resource, at: Elsewhere, value: Any, read: Read) -> tuple[str, bytes]:
    """(file, its text) with `value` where what is named, as `resource` sees it, is set; raises NotEditable."""
    own = resource.span.file
    name, steps = at.name, at.steps
    if "FindInMap" in name:
        return own, _set_mapping(state, resource, name, value, read)
    if name.startswith("variables("):
        return own, _set_variable(own, read(own), resource, name[len("variables('") : -2], steps, value)
    bicep = own.lower().endswith(".bicep")
    if bicep:
        from cloudpolicy.fix import bicep as editing

        if editing.is_variable(_decoded(read(own)), name):
            try:
                return own, _bicep(own, read(own), name, steps, value)
            except Elsewhere as further:
                return changed(state, resource, further, value, read)
    if not steps:
        allows(resource, name, value)
    caller = _caller(state, resource)
    if caller is None:
        for path in reversed(state.estate.inputs):
            text = _given(path, read(path), name, steps, value) if path != own else None
            if text is not None:
                return path, text
        return own, _set_default(own, read(own), resource, name, steps, value)
    path = caller.span.file
    around: Path = ("params", name)
    if not path.lower().endswith(".bicep"):
        around = ("Parameters", name) if "::" in caller.type else ("properties", "parameters", name, "value")
    try:
        return path, templates.apply(path, read(path), Operation(caller, (*around, *steps), value))
    except Elsewhere as further:
        return changed(state, caller, further, value, read)


def allows(resource: Resource, name: str, value: Any) -> None:
    """Raises NotEditable when the parameter of the template that declares a resource is none, is a secret, or would not take the value."""
    document, _ = templates.home(resource.span.file, resource)
    data = document.data if isinstance(document.data, dict) else {}
    listing: dict[str, Any] = next((data[key] for key in ("Parameters", "parameters") if isinstance(data.get(key), dict)), {})
    declared = listing.get(name)
    if declared is None and not resource.span.file.lower().endswith(".bicep"):
        raise NotEditable(Text(f"{name} is no parameter", f"{name} はパラメータではありません"))
    if not isinstance(declared, dict):
        return
    folded = {str(key).casefold(): setting for key, setting in declared.items()}
    kind = str(folded.get("type", "")).casefold()
    listed = folded.get("allowedvalues")
    most = folded.get("maxvalue")
    if (
        kind not in ("string", "number", "int", "bool")
        or folded.get("noecho") in (True, "true")
        or "allowedpattern" in folded
        or (isinstance(listed, list) and str(value) not in map(str, listed))
        or (isinstance(most, (int, float, str)) and str(most).isdigit() and isinstance(value, int) and value > int(most))
    ):
        raise NotEditable(Text(f"the parameter {name} does not take {value}", f"パラメータ {name} には {value} を指定できません"))


def _set_default(path: str, data: bytes, resource: Resource, name: str, steps: Path, value: Any) -> bytes:
    """The text of the file with another default for a parameter of the template that declares a resource."""
    if path.lower().endswith(".bicep"):
        return _bicep(path, data, name, steps, value)
    cloudformation = "::" in resource.type
    around: Path = ("Parameters", name, "Default") if cloudformation else ("parameters", name, "defaultValue")
    return _set(path, data, (*around, *steps), value, cloudformation)


def _set_variable(path: str, data: bytes, resource: Resource, name: str, steps: Path, value: Any) -> bytes:
    """The text of an ARM template with another value for a variable: of the template in a template that the resource stands in, or of the outer one."""
    document, place = templates.home(path, resource)
    inner = [place[: index + 1] for index, step in enumerate(place) if step == "template"]
    for around in [*reversed(inner), ()]:
        held = _down(document.data, (*around, "variables"))
        if isinstance(held, dict) and name in held:
            return _set(path, data, (*around, "variables", name, *steps), value, False)
    raise _lost(f"variables('{name}')")


def _set_mapping(state: State, resource: Resource, text: str, value: Any, read: Read) -> bytes:
    """The text of a CloudFormation template with another value for what a FindInMap finds."""
    path = resource.span.file
    document, _ = templates.home(path, resource)
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    found = root.value[0][1] if isinstance(root, yaml.MappingNode) else root
    keys = [_key(node, state, document.data) for node in found.value] if isinstance(found, yaml.SequenceNode) else []
    steps = ("Mappings", *(key for key in keys if key is not None))
    if len(keys) != 3 or len(steps) != 4 or _down(document.data, steps) is None:
        raise _lost(" ".join(text.split()))
    return _set(path, read(path), steps, value, True)


def _key(node: Any, state: State, template: dict[str, Any]) -> str | None:
    """What a key of a FindInMap is; None where that is not certain."""
    if isinstance(node, yaml.MappingNode):
        ((key, node),) = node.value if len(node.value) == 1 else [(node, node)]
        reference = key.value == "Ref"
    else:
        reference = node.tag == "!Ref"
        if not reference and not node.tag.startswith("tag:yaml.org,2002:"):
            return None
    if not isinstance(node, yaml.ScalarNode):
        return None
    if not reference:
        return str(node.value)
    if node.value == "AWS::Region":
        return state.estate.region if isinstance(state.estate.region, str) else None
    default = _down(template, ("Parameters", node.value, "Default"))
    return str(default) if isinstance(default, (str, int)) else None


def _given(path: str, data: bytes, name: str, steps: Path, value: Any) -> bytes | None:
    """The text of a parameter file with another value for a parameter; None where the file is none, or does not name it."""
    if path.lower().endswith(".bicepparam"):
        from cloudpolicy.fix import bicep

        return _bicep(path, data, name, steps, value) if bicep.names(_decoded(data), name) else None
    if path.endswith(".toml"):
        if f"{name}=" in _decoded(data).replace('"', "").replace("'", ""):
            raise NotEditable(
                Text(
                    f"{name} is set in samconfig.toml; change it there",
                    f"{name} は samconfig.toml で設定されています。そこを変更してください",
                )
            )
        return None
    held = _data(path, data)
    place: Path = ()
    if isinstance(held, dict):
        if "Resources" in held or "resources" in held:
            return None
        section = next((key for key in ("Parameters", "parameters") if key in held), None)
        place = (section,) if section is not None else ()
        held = held[section] if section is not None else held
    if isinstance(held, dict):
        if name not in held:
            return None
        arm = isinstance(held[name], dict) and "value" in held[name]
        return _set(path, data, (*place, name, *(("value",) if arm else ()), *steps), value, not arm)
    for number, item in enumerate(held if isinstance(held, list) else ()):
        if isinstance(item, dict) and item.get("ParameterKey") == name and "ParameterValue" in item:
            return _set(path, data, (*place, number, "ParameterValue"), value, True)
        if isinstance(item, str) and item.startswith(f"{name}="):
            text = str(value).lower() if isinstance(value, bool) else str(value)
            return _set(path, data, (*place, number), f"{name}={text}", True)
    return None


def _data(path: str, data: bytes) -> Any:
    """What a JSON or YAML text holds, None when it cannot be read."""
    text = _decoded(data)
    if path.lower().endswith((".json", ".jsonc")):
        from cloudpolicy.sources.arm.json_template import strict

        try:
            return json.loads(strict(text))
        except ValueError:
            return None
    if path.lower().endswith((".yaml", ".yml")):
        try:
            return yaml.load(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError:  # a template with tags, too
            return None
    return None


def _set(path: str, data: bytes, steps: Path, value: Any, cloudformation: bool) -> bytes:
    mark, data = lines.split_mark(data)
    editor, _ = templates.editor(path, data.decode("utf-8"), (), cloudformation)
    edited: str = editor.set(steps, value)
    return mark + edited.encode("utf-8")


def _bicep(path: str, data: bytes, name: str, steps: Path, value: Any) -> bytes:
    from cloudpolicy.fix import bicep

    mark, data = lines.split_mark(data)
    return mark + bicep.with_value(data.decode("utf-8"), name, steps, value).encode("utf-8")


def _decoded(data: bytes) -> str:
    return lines.split_mark(data)[1].decode("utf-8", "replace")


def _down(data: Any, steps: Path) -> Any:
    for step in steps:
        if isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        elif isinstance(data, dict):
            data = data.get(step)
        else:
            return None
    return data


def _caller(state: State, resource: Resource) -> Resource | None:
    """The nested stack, deployment or module that declares a resource."""
    address = resource.address
    while "/" in address:
        address = address.rpartition("/")[0]
        found = state.estate.at(address)
        if found is not None and found.type in PASSING:
            return found
    return None


def _lost(name: str) -> NotEditable:
    return NotEditable(Text(f"where {name} is set was not found", f"{name} の設定箇所が見つかりません"))
