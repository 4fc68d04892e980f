"""samconfig.toml beside a template: the parameter values and the region that `sam deploy` would use."""

from __future__ import annotations

import os
import re

from cloudpolicy import journal
from cloudpolicy.sources.cloudformation import problems
from cloudpolicy.sources.files import Unreadable, read_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.model import Diagnostic

NAME = "samconfig.toml"
_WORD = re.compile(r"""((?:[^\s"']+|"(?:[^"\\]|\\.)*"|'[^']*')+)""")
_LONG = re.compile(r"ParameterKey=([^,]+),ParameterValue=(.*)\Z", re.S)


class SamConfig:
    """What the file says; empty when there is none or when it is for another template."""

    __slots__ = ("inputs", "parameters", "problems", "region")

    def __init__(self) -> None:
        self.parameters: dict[str, str] = {}
        self.region: str | None = None
        self.inputs: list[str] = []
        self.problems: list[Diagnostic] = []


def read(template: str, base: str) -> SamConfig:
    result = SamConfig()
    path = os.path.join(os.path.dirname(template), NAME)
    if not journal.is_file(path):
        return result
    try:
        data = read_bytes(path, base)
    except Unreadable as error:
        result.problems.append(error.diagnostic)
        return result
    result.inputs.append(path)
    import tomllib

    try:
        config = tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        match = re.search(r"line (\d+)", str(error))
        result.problems.append(problems.syntax_error(path, int(match[1]) if match else 1, 1, str(error)[:100]))
        return result
    commands = [_table(config, "default", command, "parameters") for command in ("global", "deploy")]
    for command in commands:
        named = command.get("template_file") or command.get("template")
        if isinstance(named, str) and os.path.basename(named.replace("\\", "/")) != os.path.basename(template):
            return result
    for command in commands:
        region = command.get("region")
        if isinstance(region, str) and region:
            result.region = region
        overrides = command.get("parameter_overrides")
        if isinstance(overrides, dict):
            result.parameters.update({str(name): str(value) for name, value in overrides.items()})
        elif isinstance(overrides, (str, list)):
            words = _WORD.findall(overrides) if isinstance(overrides, str) else [str(word) for word in overrides]
            result.parameters.update(_pair(word) for word in words if "=" in word)
    return result


def _table(config: Any, *names: str) -> dict[str, Any]:
    for name in names:
        config = config.get(name) if isinstance(config, dict) else None
    return config if isinstance(config, dict) else {}


def _pair(word: str) -> tuple[str, str]:
    match = _LONG.match(word)
    name, value = (match[1], match[2]) if match else word.split("=", 1)
    value = re.sub(r'"((?:[^"\\]|\\.)*)"', lambda found: re.sub(r"\\(.)", r"\1", found[1]), value)
    return name.strip("\"'"), value.strip("'")
