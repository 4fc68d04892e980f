"""Small operations on values that may be unknown: joining text, finding what is unknown, showing an expression to people."""

from __future__ import annotations

from cloudpolicy.model import ABSENT, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

HOLE = "${…}"  # what stands for an unknown part in Unknown.partial
CHOICE_LIMIT = 32
EXPRESSION_LIMIT = 120
TEXT_LIMIT = 1_000_000  # characters of one text; a few nested Subs could ask for 2^100


def text_of(value: Any) -> str | None:
    """A scalar as CloudFormation writes it into text ("true", "80"); None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return None


def dynamic(text: str) -> str | Unknown:
    """Text as it is, or unknown when a `{{resolve:…}}` in it is replaced at deployment."""
    if "{{resolve:" in text:
        return Unknown("dynamic-reference", shorten(text), (), text)
    return text


def combine(parts: Sequence[Any], expression: str) -> str | Unknown:
    """The parts as one text; unknown when one part is, with the rest of the text kept in `partial`."""
    texts: list[str] = []
    unknown: list[Unknown] = []
    for part in parts:
        text = text_of(part)
        if text is None:
            if not isinstance(part, Unknown):
                part = Unknown("invalid-expression", expression)
            unknown.append(part)
            text = part.partial if isinstance(part.partial, str) else HOLE
        texts.append(text)
    if sum(map(len, texts)) > TEXT_LIMIT:
        return Unknown("expansion-limit", expression, references(unknown))
    whole = "".join(texts)
    if not unknown:
        found = dynamic(whole)
        return Unknown("dynamic-reference", expression, (), whole) if isinstance(found, Unknown) else found
    reason = "dynamic-reference" if "{{resolve:" in whole else unknown[0].reason
    return Unknown(reason, expression, references(unknown), whole, _products(parts))


def _products(parts: Sequence[Any]) -> tuple[Any, ...] | None:
    """Every text that the parts can make, when each unknown part has countable choices and there are few."""
    results = [""]
    for part in parts:
        if isinstance(part, Unknown):
            choices = [text_of(choice) for choice in part.choices or (ABSENT,)]
        else:
            choices = [text_of(part)]
        if None in choices or len(results) * len(choices) > CHOICE_LIMIT:
            return None
        results = [result + choice for result in results for choice in choices if choice is not None]
    return tuple(dict.fromkeys(results))


def references(values: Iterable[Any]) -> tuple[str, ...]:
    """Addresses that the unknown leaves of the values refer to, each once."""
    found: dict[str, None] = {}
    for leaf in unknowns(values):
        found.update(dict.fromkeys(leaf.references))
    return tuple(found)


def unknowns(values: Iterable[Any]) -> list[Unknown]:
    found: list[Unknown] = []
    stack = list(values)[::-1]
    while stack:
        value = stack.pop()
        if isinstance(value, Unknown):
            found.append(value)
        elif isinstance(value, dict):
            stack.extend(list(value.values())[::-1])
        elif isinstance(value, list):
            stack.extend(value[::-1])
    return found


def choose(reason: str, expression: str, options: Iterable[Any]) -> Any:
    """One of several values, nobody knows which: the value itself when they are all equal."""
    choices: list[Any] = []
    for option in options:
        inner = option.choices if isinstance(option, Unknown) and option.choices is not None and not option.references else None
        for choice in inner if inner is not None and len(choices) + len(inner) <= CHOICE_LIMIT else (option,):
            if len(choices) > CHOICE_LIMIT or not any(_same(choice, known) for known in choices):
                choices.append(choice)
    if len(choices) == 1 and not isinstance(choices[0], Unknown):
        return choices[0]
    if len(choices) == 1 and choices[0].expression == expression:
        return choices[0]
    return Unknown(reason, expression, references(choices), None, tuple(choices))


def _same(a: Any, b: Any) -> bool:
    """Equality that does not take True for 1, also inside lists and mappings."""
    return type(a) is type(b) and a == b and (not isinstance(a, (list, dict)) or repr(a) == repr(b))


def shorten(text: str) -> str:
    text = " ".join(text[: 10 * EXPRESSION_LIMIT].split())
    return text if len(text) <= EXPRESSION_LIMIT else text[: EXPRESSION_LIMIT - 1] + "…"


def describe(data: Any) -> str:
    """An expression as people write it: {"Fn::GetAtt": ["A", "Arn"]} -> "!GetAtt A.Arn"."""
    return shorten(_describe(data, 4))


def _describe(data: Any, depth: int) -> str:
    if isinstance(data, dict):
        if len(data) == 1:
            ((name, argument),) = data.items()
            if name in ("Ref", "Condition") or name.startswith("Fn::"):
                if name == "Fn::GetAtt" and isinstance(argument, list) and all(isinstance(part, str) for part in argument):
                    return f"!GetAtt {'.'.join(argument)}"
                return f"!{name.removeprefix('Fn::')} {_describe(argument, depth - 1) if depth else '…'}"
        return "{…}" if data else "{}"
    if isinstance(data, list):
        if not depth:
            return "[…]"
        return "[" + ", ".join(_describe(item, depth - 1) for item in data[:8]) + (", …]" if len(data) > 8 else "]")
    text = text_of(data)
    return text if text is not None else "null" if data is None else "…"
