"""A template of the repository as the service takes it: its JSON, and the parameter values that belong to it."""

from __future__ import annotations

import os

from cloudpolicy.cloud.errors import CloudError
from cloudpolicy.sources.arm import json_template, parameters
from cloudpolicy.sources.arm.session import Session
from cloudpolicy.sources.arm.values import Fields, unknowns
from cloudpolicy.sources.cloudformation.text import Unparsable
from cloudpolicy.sources.files import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources import Options


def body(path: str, options: Options) -> dict[str, Any]:
    """The template at `path` as plain JSON; raises CloudError for a Bicep file and for what cannot be read."""
    name = os.path.basename(path)
    if path.lower().endswith(".bicep"):
        compiled = f"{name[: -len('.bicep')]}.json"
        raise CloudError(
            "not-compiled",
            f"{name}: the service takes compiled templates only; compile it (az bicep build --file {name}) and preview {compiled}",
            f"{name}: サービスはコンパイル済みのテンプレートだけを受け付けます。az bicep build --file {name} でコンパイルし、{compiled} を指定してください",
        )
    data = _parsed(path, options)
    if not isinstance(data, dict) or "resources" not in Fields(data):
        raise CloudError(
            "no-template",
            f"{name} is no ARM template: it has no resources",
            f"{name} は ARM テンプレートではありません(resources がありません)",
        )
    return data


def level(template: dict[str, Any]) -> str:
    """What the template's schema says it is deployed to: "resourceGroup", "subscription", "managementGroup" or "tenant"."""
    return json_template.level(Fields(template).get("$schema"))


def given(path: str, template: dict[str, Any], options: Options) -> tuple[dict[str, Any], list[str]]:
    """({declared parameter: {"value" or "reference": …}}, secret values), from the same files that the reader takes; raises CloudError."""
    declared = Fields(Fields(template).get("parameters") or {})
    found: dict[str, Any] = {}
    for file in (*parameters.beside(path), *options.parameters):
        for name, entry in _entries(file, options).items():
            written = declared.written(name)
            if written is not None:  # the service refuses a value for what is not declared
                found[written] = entry
    secrets = []
    for name, entry in found.items():
        kind = str(Fields(declared[name]).get("type") if isinstance(declared[name], dict) else "").lower()
        if kind in ("securestring", "secureobject"):
            secrets += _texts(entry.get("value"))
    return found, secrets


def _entries(file: str, options: Options) -> dict[str, Any]:
    name = os.path.basename(file)
    if file.lower().endswith(".bicepparam"):
        session = Session(options)
        values = parameters.from_file(file, session)
        if unknowns(list(values.values())) or any(problem.severity == "error" for problem in session.diagnostics):
            raise CloudError(
                "not-compiled",
                f"{name}: some values are known only to the Bicep compiler; run az bicep build-params --file {name} and give its output",
                f"{name}: Bicep コンパイラでなければ確定しない値があります。az bicep build-params --file {name} の出力を指定してください",
            )
        return {key: {"value": value} for key, value in values.items()}
    data = _parsed(file, options)
    entries = Fields(data).get("parameters") if isinstance(data, dict) else None
    if not isinstance(entries, dict):
        raise CloudError(
            "invalid-parameters",
            f'{name} is no parameter file: {{"parameters": {{name: {{"value": …}}}}}} is needed',
            f'{name} はパラメータファイルの形式ではありません。{{"parameters": {{名前: {{"value": …}}}}}} が必要です',
        )
    return {key: entry for key, entry in entries.items() if isinstance(entry, dict)}


def _parsed(path: str, options: Options) -> Any:
    try:
        return json_template.document(path, Session(options).bytes(path)).data
    except (Unreadable, Unparsable) as error:
        text = error.diagnostic.text
        name = os.path.basename(path)
        raise CloudError(error.diagnostic.code, f"{name} {text.en}", f"{name}: {text.ja}") from None


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    return [text for item in value for text in _texts(item)] if isinstance(value, list) else []
