"""Values for the guesses of pairs.py: what predicates take and refuse. A wrong seed proves nothing, since every guess is tried out."""

from __future__ import annotations

import re._constants as _kinds  # type: ignore[import-not-found]  # private, but the only parser of Python's own expressions
import re._parser as _parser  # type: ignore[import-not-found]
from typing import Any

TEXT = "something"
OTHER = "else"

POOL: list[Any] = [True, False, "Enabled", "Disabled", "*", TEXT, 0, 1, 400, [TEXT], [{}]]

# one value that a predicate of one argument takes, values that it refuses
VALUES: dict[str, tuple[list[Any], list[Any]]] = {
    "region.name_domestic": (["ap-northeast-1"], ["us-east-1"]),
    "region.zone_domestic": (["ap-northeast-1a"], ["us-east-1a"]),
    "region.azure_domestic": (["japaneast"], ["eastus"]),
    "region.pair_domestic": (["japaneast"], ["southeastasia"]),
    "endpoint.not_plain_http": (["https://api.example.jp/"], ["http://api.example.jp/"]),
    "containers.image_pinned": (["registry.example.jp/app:1.2"], ["registry.example.jp/app:latest"]),
    "containers.in_azure_registry": (["https://example.azurecr.io"], ["https://registry.example.jp"]),
    "containers.image_from": ([f"{TEXT}/app:1"], ["elsewhere.example.jp/app:1"]),
    "platform.of_family": ([f"{TEXT}.large"], ["x1.large"]),
    "kms.customer_key": (["arn:aws:kms:ap-northeast-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"], ["alias/aws/ebs"]),
}

# arguments that a predicate of several arguments takes, and refuses
ARGUMENTS: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {}

# values of parameters that open a check which the defaults leave closed
PARAMETERS: dict[str, list[Any]] = {"as_of": ["2026-11-21"]}


def turned(name: str, default: Any, constants: list[str]) -> list[Any]:
    """Other values that a customer may give to a parameter; `constants` are the literals of the check."""
    if name in PARAMETERS:
        return PARAMETERS[name]
    if isinstance(default, bool):
        return [not default]
    if isinstance(default, list):
        return [[1, 443], []] if default and isinstance(default[0], int) else [[TEXT, *constants], []]
    if isinstance(default, str):
        return [TEXT, *constants]
    return [400, 0]


def text_for(pattern: str) -> str:
    """A text that a regular expression finds (lookarounds and exclusions are not heeded)."""
    return "".join(_texts(_parser.parse(pattern)))


def _texts(parts: Any) -> Any:
    for kind, argument in parts:
        if kind is _kinds.LITERAL:
            yield chr(argument)
        elif kind in (_kinds.ANY, _kinds.NOT_LITERAL):
            yield "a"
        elif kind is _kinds.IN:
            yield _one_of(argument)
        elif kind is _kinds.BRANCH:
            yield from _texts(argument[1][0])
        elif kind is _kinds.SUBPATTERN:
            yield from _texts(argument[3])
        elif kind in (_kinds.MAX_REPEAT, _kinds.MIN_REPEAT):
            for _ in range(argument[0]):
                yield from _texts(argument[2])


def _one_of(members: Any) -> str:
    kind, argument = members[0]
    if kind is _kinds.LITERAL:
        return chr(argument)
    if kind is _kinds.RANGE:
        return chr(argument[0])
    if kind is _kinds.CATEGORY:
        return {_kinds.CATEGORY_DIGIT: "1", _kinds.CATEGORY_SPACE: " "}.get(argument, "a")
    return "a"
