"""Attribute paths: reading values at a dotted path, going through lists by itself, and what counts as absent."""

from __future__ import annotations

from cloudpolicy.model import ABSENT, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context
    from cloudpolicy.model import Path

VERDICTS: dict[str, Truth] = {"pass": True, "fail": False, "unknown": Unknown("provider-default")}


def split_path(path: str) -> tuple[str, ...]:
    """'a.b' -> ("a", "b"); a name with a dot stands in single quotes: "tags.'my.key'"."""
    if "'" not in path:
        return tuple(path.split("."))
    parts: list[str] = []
    rest = path
    while rest:
        if rest[0] == "'":
            name, _, rest = rest[1:].partition("'")
            rest = rest.removeprefix(".")
        else:
            name, _, rest = rest.partition(".")
        parts.append(name)
    return tuple(parts)


def is_absent(value: Any) -> bool:
    """Not written, null, empty text or an empty list; an empty block is present."""
    return value is ABSENT or value is None or value == "" or (isinstance(value, list) and not value)


def written(values: Any, route: tuple[str, ...]) -> bool:
    return any(not is_absent(value) for value, _ in gather_at(values, route, ()))


def gather_at(values: Any, route: tuple[str, ...], at: Path) -> list[tuple[Any, Path]]:
    """Every (value, path) at a route, going through lists on the way but not at its end; an Unknown on the way stands for what is below."""
    found: list[tuple[Any, Path]] = []

    def walk(value: Any, index: int, path: Path) -> None:
        if isinstance(value, list) and index < len(route):
            for position, item in enumerate(value):
                walk(item, index, (*path, position))
        elif index == len(route) or isinstance(value, Unknown):
            if not is_absent(value):
                found.append((value, path))
        elif isinstance(value, dict) and route[index] in value:
            walk(value[route[index]], index + 1, (*path, route[index]))

    walk(values, 0, at)
    return found


def first_written(values: Any, route: tuple[str, ...], at: Path) -> tuple[Any, Path] | None:
    """(value, path) of the first that is written at a route."""
    if len(route) == 1 and isinstance(values, dict):
        value = values.get(route[0])
        return None if is_absent(value) else (value, (*at, route[0]))
    found = gather_at(values, route, at)
    return found[0] if found else None


def gather(values: Any, route: tuple[str, ...]) -> Any:
    """The value at a route: itself when there is one, a list when the way went through lists with several, ABSENT when there is none."""
    if len(route) == 1 and isinstance(values, dict):
        value = values.get(route[0], ABSENT)
        return ABSENT if value is None else value
    found = gather_at(values, route, ())
    if not found:
        return ABSENT
    if len(found) == 1:
        return found[0][0]
    flat: list[Any] = []
    for value, _ in found:
        flat.extend(value) if isinstance(value, list) else flat.append(value)
    return flat


def absence_truth(absent: Truth | dict[str, str], context: Context) -> Truth:
    """The truth of leaving an attribute out, by the provider's version where it depends on it."""
    if not isinstance(absent, dict):
        return absent
    for key, verdict in absent.items():
        provider, _, bound = key.partition(">=") if ">=" in key else key.partition("<")
        version = context.estate.versions.get(provider.strip())
        if bound and version is not None:
            wanted = tuple(int(part) for part in bound.strip().split("."))
            if (version[: len(wanted)] >= wanted) is (">=" in key):
                return VERDICTS[verdict]
    return VERDICTS[absent.get("otherwise", "unknown")]
