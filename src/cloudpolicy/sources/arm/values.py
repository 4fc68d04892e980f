"""Small operations on ARM values: mappings that are read in any case, text, unknown values and what is known of them."""

from __future__ import annotations

from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.sources.cloudformation.values import CHOICE_LIMIT, HOLE, choose, references, shorten, unknowns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

__all__ = [
    "CHOICE_LIMIT",
    "HOLE",
    "Fields",
    "Unresolved",
    "choose",
    "combine",
    "finish",
    "identity",
    "product",
    "references",
    "shorten",
    "text_of",
    "unknowns",
    "weight",
]

TEXT_LIMIT = 1_000_000  # characters of one text
ITEM_LIMIT = 100_000  # elements of one list
SIZE_LIMIT = 200_000  # values in one value, however deep; lists that are put together from themselves hold 2^100


class Fields(dict[str, "Any"]):
    """A mapping as ARM sees it: looked up in any case, iterated as it is written."""

    __slots__ = ("_folded", "_size")

    def __getitem__(self, key: str) -> Any:
        if dict.__contains__(self, key):
            return dict.__getitem__(self, key)
        written = self.written(key)
        if written is None:
            raise KeyError(key)
        return dict.__getitem__(self, written)

    def __contains__(self, key: object) -> bool:
        return dict.__contains__(self, key) or self.written(key) is not None

    def get(self, key: str, default: Any = None) -> Any:
        written = self.written(key)
        return default if written is None else dict.__getitem__(self, written)

    def written(self, key: object) -> str | None:
        """The key as it is written here, or None."""
        if dict.__contains__(self, key):
            return key  # type: ignore[return-value]
        if not isinstance(key, str):
            return None
        size = len(self)
        if getattr(self, "_size", -1) != size:
            folded: dict[str, str] = {}
            for name in self:
                folded.setdefault(name.lower(), name)
            self._folded, self._size = folded, size
        return self._folded.get(key.lower())

    def __reduce__(self) -> Any:
        return (Fields, (dict(self),))


class Unresolved(Unknown):
    """An Unknown that can be told from another: two values with one `identity` are the same value, whatever it will be.

    The identity is the value's text with "${expression}" for what is not known: "st${uniqueString(resourceGroup().id)}".
    """

    __slots__ = ("identity",)

    def __init__(
        self,
        reason: str,
        expression: str = "",
        references: tuple[str, ...] = (),
        partial: Any = None,
        choices: tuple[Any, ...] | None = None,
        identity: str = "",
    ) -> None:
        super().__init__(reason, expression, references, partial, choices)
        self.identity = identity or f"${{{expression}}}"


def identity(value: Any) -> str:
    """What names the value, known or not."""
    if isinstance(value, Unknown):
        return getattr(value, "identity", "") or f"${{{value.expression}}}"
    text = text_of(value)
    return text if text is not None else repr(value)


def text_of(value: Any) -> str | None:
    """A scalar as ARM writes it into text (True -> "True"); None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, (int, float)):
        return str(value)
    return None


def combine(parts: Sequence[Any], expression: str) -> Any:
    """The parts as one text; unknown when one part is, with the rest of the text kept in `partial`."""
    texts: list[str] = []
    names: list[str] = []
    unknown: list[Unknown] = []
    for part in parts:
        text = "" if part is None or part is ABSENT else text_of(part)
        if text is None and isinstance(part, (dict, list)):
            from cloudpolicy.sources.arm.functions.text import to_json

            text = to_json(part)
            if text is None:
                part = Unresolved(unknowns([part])[0].reason, expression, references([part]))
        if text is None:
            if not isinstance(part, Unknown):
                part = Unresolved("invalid-expression", expression)
            unknown.append(part)
            text = part.partial if isinstance(part.partial, str) else HOLE
            names.append(identity(part))
        else:
            names.append(text)
        texts.append(text)
    if sum(map(len, texts)) > TEXT_LIMIT:
        return Unresolved("expansion-limit", expression, references(unknown))
    whole = "".join(texts)
    if not unknown:
        return whole
    return Unresolved(unknown[0].reason, expression, references(unknown), whole, _texts(parts), "".join(names))


def _texts(parts: Sequence[Any]) -> tuple[Any, ...] | None:
    """Every text that the parts can make, when each unknown part has countable choices and there are few."""
    results = [""]
    for part in parts:
        options = part.choices or (ABSENT,) if isinstance(part, Unknown) else (part,)
        choices = ["" if option is None else text_of(option) for option in options]
        if None in choices or len(results) * len(choices) > CHOICE_LIMIT:
            return None
        results = [result + choice for result in results for choice in choices if choice is not None]
    return tuple(dict.fromkeys(results))


def product(function: Callable[..., Any], arguments: Sequence[Any], reason: str, expression: str) -> Any:
    """`function` over every combination of the choices that unknown arguments have; None when they cannot be counted."""
    combinations: list[list[Any]] = [[]]
    for argument in arguments:
        options: Sequence[Any] = (argument,)
        if isinstance(argument, Unknown):
            if not argument.choices or any(isinstance(choice, Unknown) for choice in argument.choices):
                return None
            options = [None if choice is ABSENT else choice for choice in argument.choices]
        if len(combinations) * len(options) > CHOICE_LIMIT:
            return None
        combinations = [[*combination, option] for combination in combinations for option in options]
    return choose(reason, expression, [function(*combination) for combination in combinations])


def weight(value: Any, limit: int = SIZE_LIMIT) -> int:
    """How many values the value holds; stops counting behind `limit`."""
    count = 0
    stack = [value]
    while stack and count <= limit:
        item = stack.pop()
        count += 1
        if isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, Unknown):
            if item.partial is not None:
                stack.append(item.partial)
            if item.choices is not None:
                stack.extend(item.choices)
    return count


def finish(value: Any, loose: list[tuple[Unknown, str]] | None = None) -> Any:
    """The value as policies read it: no nulls in mappings and lists, plain Unknowns, one mapping for a choice between mappings.

    Ids that refer to nothing yet are added to `loose` with their identity: a module that is read later may hold what they name.
    """
    kind = type(value)
    if kind is str or kind is bool or kind is int:
        return value
    if isinstance(value, dict):
        result = Fields()
        for key, item in value.items():
            item = finish(item, loose)
            if item is not None and item is not ABSENT:
                dict.__setitem__(result, key, item)
        return result
    if isinstance(value, list):
        return [item for item in (finish(item, loose) for item in value) if item is not ABSENT]
    if isinstance(value, Unknown):
        choices = value.choices
        if choices is not None:
            choices = tuple(ABSENT if choice is None else finish(choice, loose) for choice in choices)
            mappings = [Fields() if choice is ABSENT else choice for choice in choices]
            if any(mappings) and all(isinstance(mapping, dict) for mapping in mappings):
                keys = Fields((key, None) for mapping in mappings for key in mapping)
                return Fields(
                    (key, choose(value.reason, value.expression, [mapping.get(key, ABSENT) for mapping in mappings])) for key in keys
                )
        plain = Unknown(value.reason, value.expression, value.references, finish(value.partial, loose), choices)
        if loose is not None and not value.references and isinstance(value, Unresolved) and "/providers/" in value.identity:
            loose.append((plain, value.identity))
        return plain
    return value
