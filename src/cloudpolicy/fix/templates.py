"""Operations on CloudFormation, ARM and Bicep templates: where the resource stands in its text, and which editor changes it."""

from __future__ import annotations

from cloudpolicy.fix import lines
from cloudpolicy.fix.operations import Bare, Companion, Encoded, NotEditable, Operation, Reference, replaced
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.model import Path, Resource
    from cloudpolicy.sources.cloudformation.text import Document

_OUTSIDE = frozenset({"DeletionPolicy", "UpdateReplacePolicy", "UpdatePolicy", "CreationPolicy"})  # beside Properties


def apply(path: str, data: bytes, operation: Operation) -> bytes:
    """The text of the file with the operation done; raises NotEditable."""
    mark, data = lines.split_mark(data)
    text = data.decode("utf-8")
    _, place = _home(path, operation.resource)
    editor, at = _editor(path, text, place, "::" in operation.resource.type)
    steps = operation.path
    if place[0] == "module" and steps[0] != "params":
        raise NotEditable(Text("a module's parameters are set by its caller", "モジュールの引数は呼び出し元で設定します"))
    if "::" in operation.resource.type and steps[0] not in _OUTSIDE:
        steps = ("Properties", *steps)
    edited: str = editor.set((*at, *steps), operation.value, operation.items)
    return mark + edited.encode("utf-8")


def set_default(path: str, data: bytes, resource: Resource, name: str, value: Any) -> bytes:
    """The text of the file with another default for a parameter of the template that declares a resource; raises NotEditable."""
    allows(resource, name, value)
    mark, data = lines.split_mark(data)
    text = data.decode("utf-8")
    if path.lower().endswith(".bicep"):
        from cloudpolicy.fix import bicep

        return mark + bicep.with_default(text, name, value).encode("utf-8")
    cloudformation = "::" in resource.type
    _home(path, resource)
    editor, _ = _editor(path, text, (), cloudformation)
    steps = ("Parameters", name, "Default") if cloudformation else ("parameters", name, "defaultValue")
    edited: str = editor.set(steps, value)
    return mark + edited.encode("utf-8")


def hand_over(path: str, data: bytes, caller: Resource, name: str, value: Any) -> bytes:
    """The text of the file with another value for what a nested stack, deployment or module is given; raises NotEditable."""
    if path.lower().endswith(".bicep"):
        steps: Path = ("params", name)
    else:
        steps = ("Parameters", name) if "::" in caller.type else ("properties", "parameters", name, "value")
    return apply(path, data, Operation(caller, steps, value))


def allows(resource: Resource, name: str, value: Any) -> None:
    """Raises NotEditable when the parameter of the template that declares a resource is none, is a secret, or would not take the value."""
    document, _ = _home(resource.span.file, resource)
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


def declare(path: str, data: bytes, companion: Companion) -> bytes:
    """The text of a CloudFormation template with a companion declared behind the other resources; raises NotEditable."""
    if "::" not in companion.type:
        raise NotEditable(Text("new resources are not declared in this format", "この形式ではリソースを追加しません"))
    mark, data = lines.split_mark(data)
    document, place = _home(path, companion.resource)
    text = data.decode("utf-8")
    editor, _ = _editor(path, text, place, True)
    id = str(place[-1])
    if len(place) != 2:
        raise NotEditable(Text("the resource is made by a loop", "リソースがループで生成されています"))
    name = id + companion.type.rpartition("::")[2].removeprefix("Bucket")
    resources = document.data["Resources"]
    if name in resources:
        raise NotEditable(Text(f"{name} is there already", f"{name} は既にあります"))
    body: dict[str, Any] = {"Type": companion.type}
    if "Condition" in resources[id]:
        body["Condition"] = resources[id]["Condition"]
    body["Properties"] = replaced(companion.values, lambda value: _spelled(value, id))
    edited: str = editor.set(("Resources", name), body)
    return mark + edited.encode("utf-8")


def _spelled(value: Reference | Encoded, id: str) -> Any:
    if isinstance(value, Encoded):
        return replaced(value.value, lambda inner: _spelled(inner, id))
    if value.suffix:
        return Bare({"Fn::Sub": f"${{{id}{'.' + value.attribute if value.attribute else ''}}}{value.suffix}"})
    return Bare({"Fn::GetAtt": [id, value.attribute]} if value.attribute else {"Ref": id})


def _home(path: str, resource: Resource) -> tuple[Document, Path]:
    """Where the resource stands in the text of the file at `path`."""
    home = getattr(resource.locator, "home", None)
    if home is None:
        raise NotEditable(Text("its place in the text is not known", "テキスト中の位置が分かりません"))
    document, place = home()
    if document.embedded or document.file != path:
        raise NotEditable(Text("its template stands inside a text of another one", "別のテンプレートの文字列の中にあります"))
    return document, place


def _editor(path: str, text: str, place: Path, cloudformation: bool) -> tuple[Any, Path]:
    """The editor of a text, and the path in it at which the resource's mapping stands."""
    if path.lower().endswith(".bicep"):
        from cloudpolicy.fix import bicep

        return bicep.editor(text, str(place[1])), ()
    if not cloudformation:
        from cloudpolicy.fix import json_text
        from cloudpolicy.sources.arm.json_template import strict

        return json_text.editor(text, strict(text), json_text.bracketed), place
    if text.lstrip()[:1] == "{":
        from cloudpolicy.fix import json_text

        try:
            return json_text.editor(text, text, json_text.intrinsic), place
        except (IndexError, ValueError):
            pass  # YAML in flow style
    from cloudpolicy.fix import yaml_text

    return yaml_text.Editor(text), place
