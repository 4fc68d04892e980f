"""Parameters: which value each one has, and where values that are not in the template come from.

Order: what a parent stack passes; parameter files (--parameters); samconfig.toml beside the template; the Default.
"""

from __future__ import annotations

import re

from cloudpolicy.model import Unknown
from cloudpolicy.sources.cloudformation import problems
from cloudpolicy.sources.cloudformation.values import CHOICE_LIMIT, dynamic, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from cloudpolicy.model import Diagnostic
    from cloudpolicy.sources.cloudformation.text import Document

_NUMBER = re.compile(r"[-+]?(?:\d{1,300}|\d*\.\d+|\d+\.\d*)(?:[eE][-+]?\d{1,3})?\Z", re.ASCII)


class Parameters:
    """The parameters of one template.

    values         name -> plain value or Unknown; a NoEcho parameter is always an Unknown, so that no report can quote it
    secrets        NoEcho name -> its real value, only for deciding conditions
    defaults       names left at their Default
    without_value  names that have no value
    no_echo        (name, line of its Default) of NoEcho parameters with a Default that is not empty
    """

    __slots__ = ("defaults", "no_echo", "secrets", "values", "without_value")

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.secrets: dict[str, Any] = {}
        self.defaults: list[str] = []
        self.without_value: list[str] = []
        self.no_echo: list[tuple[str, int]] = []


def read_section(
    section: dict[str, Any],
    given: Mapping[str, Any],
    document: Document,
    report: Callable[[Diagnostic], None],
    resolved: frozenset[str] = frozenset(),
) -> Parameters:
    """`given` holds values from outside the template: plain or Unknown; `resolved` names those that are a stored parameter's own value."""
    result = Parameters()
    for name, declared in section.items():
        if not isinstance(declared, dict):
            report(
                problems.invalid(
                    document.nearest(("Parameters", name)),
                    f'the parameter "{name}" must be a mapping with a Type; correct it',
                    f"パラメータ「{name}」は Type を持つマッピングでなければなりません。修正してください",
                )
            )
            declared = {}
        default = declared.get("Default")
        if not _plain(default) or not _plain(given.get(name)):
            report(
                problems.invalid(
                    document.nearest(("Parameters", name, "Default")),
                    f'the value of the parameter "{name}" must be text, a number or a list; correct it, it counts as not given',
                    f"パラメータ「{name}」の値は文字列、数値、リストのいずれかです。修正してください(値なしとして扱います)",
                )
            )
            default = default if _plain(default) else None
            given = {key: value for key, value in given.items() if key != name or _plain(value)}
        if text_of(declared.get("NoEcho")) in ("true", "True", "TRUE"):
            if default not in (None, "", []):
                result.no_echo.append((name, document.nearest(("Parameters", name, "Default")).line))
            value = given.get(name, default)
            if value is not None and not isinstance(value, Unknown):
                result.secrets[name] = _typed(name, value, declared)
            result.values[name] = Unknown("parameter-without-value", f"!Ref {name}")
            continue
        if name in given:
            value = given[name]
            result.values[name] = value if isinstance(value, Unknown) else _typed(name, value, declared, name in resolved)
        elif default is not None:
            result.defaults.append(name)
            result.values[name] = _typed(name, default, declared)
        else:
            result.without_value.append(name)
            allowed = declared.get("AllowedValues")
            stored = str(declared.get("Type", "")).startswith("AWS::SSM::Parameter::Value")
            choices = None
            if isinstance(allowed, list) and 0 < len(allowed) <= CHOICE_LIMIT and not stored and _plain(allowed):
                choices = tuple(_typed(name, value, declared) for value in allowed)
            result.values[name] = Unknown("parameter-without-value", f"!Ref {name}", (), None, choices)
    return result


def _plain(value: Any) -> bool:
    """Whether a parameter may have this value: an intrinsic or a mapping is a mistake."""
    if isinstance(value, list):
        return all(isinstance(item, Unknown) or text_of(item) is not None for item in value)
    return value is None or isinstance(value, Unknown) or text_of(value) is not None


def _typed(name: str, value: Any, declared: dict[str, Any], resolved: bool = False) -> Any:
    """The value as Ref yields it: a Number is a number, a list type is a list, everything else is text ("true" stays text)."""
    kind = declared.get("Type")
    kind = kind if isinstance(kind, str) else "String"
    if kind.startswith("AWS::SSM::Parameter::Value"):
        if not resolved:
            return Unknown("dynamic-reference", f"!Ref {name}")
        kind = kind.removeprefix("AWS::SSM::Parameter::Value").removeprefix("<").removesuffix(">")
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        items = value if isinstance(value, list) else [item.strip() for item in (text_of(value) or "").split(",")] if value != "" else []
        return [_number(item) if kind == "List<Number>" else item if (text := text_of(item)) is None else dynamic(text) for item in items]
    if kind == "Number":
        return _number(value)
    text = text_of(value)
    return value if text is None else dynamic(text)


def _number(value: Any) -> Any:
    if isinstance(value, str) and _NUMBER.match(value.strip()):
        text = value.strip()
        return int(text) if text.lstrip("+-").isdigit() else float(text)
    return value


def from_file(path: str, document: Document, report: Callable[[Diagnostic], None]) -> dict[str, Any]:
    """The values in a parameter file: the CLI's list, CodePipeline's {"Parameters": {…}}, CDK's and SAM's plain mapping."""
    data = document.data
    if isinstance(data, dict) and isinstance(data.get("Parameters"), (dict, list)):
        data = data["Parameters"]
    if isinstance(data, dict):
        return {str(name): value for name, value in data.items() if value is not None}
    result: dict[str, Any] = {}
    if isinstance(data, list):
        for number, item in enumerate(data):
            if isinstance(item, str) and "=" in item:  # `aws cloudformation deploy` also takes ["Key=Value"]
                name, _, value = item.partition("=")
                result[name] = value
            elif isinstance(item, dict) and isinstance(item.get("ParameterKey"), str):
                if "ParameterValue" in item:
                    result[item["ParameterKey"]] = item["ParameterValue"]
            else:
                report(_bad_file(document, (number,)))
        return result
    report(_bad_file(document, ()))
    return result


def _bad_file(document: Document, path: tuple[str | int, ...]) -> Diagnostic:
    return problems.problem(
        "error",
        "invalid-parameters",
        document.nearest(path),
        'is no parameter file: a list of {"ParameterKey", "ParameterValue"} or a mapping of names to values is needed',
        'パラメータファイルの形式ではありません。{"ParameterKey", "ParameterValue"} のリストか、名前と値のマッピングが必要です',
    )
