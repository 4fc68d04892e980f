"""Parameter values from outside a template: files given on the command line, else the one that stands beside it.

Beside main.json or main.bicep: main.parameters.json; beside a Bicep file also the .bicepparam file that names it with `using`.
"""

from __future__ import annotations

import os
import re

from cloudpolicy import journal
from cloudpolicy.sources.arm import problems
from cloudpolicy.sources.arm.values import Fields, Unresolved
from cloudpolicy.sources.cloudformation.text import Unparsable
from cloudpolicy.sources.files import TEXT_LIMIT, Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources.arm.session import Session

_USING = re.compile(rb"^\s*using\s+'([^'\n]*)'", re.M)


def given(path: str, session: Session) -> Fields:
    """name -> value of the parameters of the template at `path`."""
    result = Fields()
    for file in beside(path):
        result.update(from_file(file, session))
    for file in session.options.parameters:
        for name, value in from_file(file, session, foreign=True).items():
            result[result.written(name) or name] = value
    if session.options.deployed is not None:
        result.update(session.options.deployed.parameters)
    return result


def beside(path: str) -> list[str]:
    """The parameter file that stands beside the template: the .bicepparam file, else the JSON one; none when several name it equally."""
    stem = path.rpartition(".")[0]
    folder = os.path.dirname(path)
    if path.lower().endswith(".bicep"):
        try:
            listed = journal.names(folder, (".bicepparam",))
        except OSError:
            listed = []
        naming = [os.path.join(folder, entry) for entry in listed if _uses(os.path.join(folder, entry), folder, path)]
        own = f"{stem}.bicepparam"
        if own in naming:
            return [own]
        if len(naming) == 1:
            return naming
    for ending in (".parameters.json", ".parameters.jsonc"):
        if journal.is_file(stem + ending):
            return [stem + ending]
    return []


def _uses(file: str, folder: str, path: str) -> bool:
    try:
        found = _USING.search(journal.content(file, TEXT_LIMIT)[:65_536])
    except (OSError, journal.TooLarge):
        return False
    return found is not None and os.path.normpath(os.path.join(folder, found[1].decode("utf-8", "replace"))) == os.path.normpath(path)


def from_file(file: str, session: Session, foreign: bool = False) -> Fields:
    """The values in one file. `foreign`: the file was given for all templates, so one of another format is passed over."""
    try:
        if file.lower().endswith(".bicepparam"):
            from cloudpolicy.sources.arm.bicep import template

            return template.parameters(file, session.bytes(file), session)
        if foreign and not file.lower().endswith((".json", ".jsonc")):
            return Fields()
        from cloudpolicy.sources.arm import json_template

        document = json_template.document(file, session.bytes(file))
    except (Unreadable, Unparsable) as error:
        session.report(error.diagnostic)
        return Fields()
    data = document.data
    if isinstance(data, dict) and isinstance(Fields(data).get("parameters"), dict):
        data = Fields(data)["parameters"]
    elif foreign:
        return Fields()
    else:
        session.report(
            problems.problem(
                "error",
                "invalid-parameters",
                document.nearest(()),
                'is no parameter file: {"parameters": {name: {"value": …}}} is needed',
                'パラメータファイルの形式ではありません。{"parameters": {名前: {"value": …}}} が必要です',
            )
        )
        return Fields()
    result = Fields()
    for name, entry in data.items():
        value = entry_value(name, entry)
        if value is not None:
            result[name] = value
    return result


def entry_value(name: str, entry: Any) -> Any:
    """{"value": …} or {"reference": {"keyVault": …}}; None when it gives nothing."""
    if isinstance(entry, dict):
        entry = Fields(entry)
        if "reference" in entry:
            return Unresolved("dynamic-reference", f"parameters('{name}')")
        value = entry.get("value")
        return fields(value)
    return None


def fields(value: Any) -> Any:
    """Mappings of a parsed text as Fields."""
    if isinstance(value, dict):
        return Fields((key, fields(item)) for key, item in value.items())
    if isinstance(value, list):
        return [fields(item) for item in value]
    return value
