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
    _, place = home(path, operation.resource)
    editing, at = editor(path, text, place, "::" in operation.resource.type)
    steps = operation.path
    if place[0] == "module" and steps[0] != "params":
        raise NotEditable(Text("a module's parameters are set by its caller", "モジュールの引数は呼び出し元で設定します"))
    if "::" in operation.resource.type and steps[0] not in _OUTSIDE:
        steps = ("Properties", *steps)
    edited: str = editing.set((*at, *steps), operation.value, operation.items)
    return mark + edited.encode("utf-8")


def declare(path: str, data: bytes, companion: Companion) -> bytes:
    """The text of a CloudFormation template with a companion declared behind the other resources; raises NotEditable."""
    if "::" not in companion.type:
        raise NotEditable(Text("new resources are not declared in this format", "この形式ではリソースを追加しません"))
    mark, data = lines.split_mark(data)
    document, place = home(path, companion.resource)
    text = data.decode("utf-8")
    editing, _ = editor(path, text, place, True)
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
    edited: str = editing.set(("Resources", name), body)
    return mark + edited.encode("utf-8")


def _spelled(value: Reference | Encoded, id: str) -> Any:
    if isinstance(value, Encoded):
        return replaced(value.value, lambda inner: _spelled(inner, id))
    if value.suffix:
        return Bare({"Fn::Sub": f"${{{id}{'.' + value.attribute if value.attribute else ''}}}{value.suffix}"})
    return Bare({"Fn::GetAtt": [id, value.attribute]} if value.attribute else {"Ref": id})


def home(path: str, resource: Resource) -> tuple[Document, Path]:
    """Where the resource stands in the text of the file at `path`."""
    known = getattr(resource.locator, "home", None)
    if known is None:
        raise NotEditable(Text("its place in the text is not known", "テキスト中の位置が分かりません"))
    document, place = known()
    if document.embedded or document.file != path:
        raise NotEditable(Text("its template stands inside a text of another one", "別のテンプレートの文字列の中にあります"))
    return document, place


def editor(path: str, text: str, place: Path, cloudformation: bool) -> tuple[Any, Path]:
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
