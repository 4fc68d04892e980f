"""Names of container images: registry, tag and digest. Not predicates themselves: `containers` asks."""

from __future__ import annotations

from cloudpolicy.evaluate.logic import choose
from cloudpolicy.model import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth


def pinned(value: Any) -> Truth:
    """Whether an image is named with a digest, or a tag other than latest."""
    if isinstance(value, Unknown):
        if value.choices is not None:
            return choose((pinned(choice) for choice in value.choices), value)
        return value if not isinstance(value.partial, str) else _pinned_text(value.partial, value)
    return isinstance(value, str) and _pinned_text(value, None)


def _pinned_text(text: str, unknown: Unknown | None) -> Truth:
    """Whether the text names a digest or a tag; its end decides, and a "${…}" stands for anything."""
    name = text.rsplit("|", 1)[-1].strip()
    last = _last_part(name)
    if "@sha256:" in last:
        return True
    end = last.rsplit("}", 1)[-1]  # the known end
    doubt: Truth = unknown if unknown is not None and "${" in last else False
    if ":" in end:
        tag = end.rsplit(":", 1)[1]
        return bool(tag) and tag.casefold() != "latest"
    if doubt is False:
        return False  # no tag: latest is pulled
    if end and ":${" in last:
        return end.casefold() != "latest" or doubt  # "app:${…}-1.2"
    return doubt


def _last_part(name: str) -> str:
    """What follows the last slash that is not inside "${…}"."""
    depth, start = 0, 0
    for position, letter in enumerate(name):
        if letter == "{":
            depth += 1
        elif letter == "}":
            depth = max(0, depth - 1)
        elif letter == "/" and not depth:
            start = position + 1
    return name[start:]


def comes_from(value: Any, registries: Any) -> Truth:
    """Whether an image's name begins with one of the registries."""
    if isinstance(value, Unknown):
        if value.choices is not None:
            return choose((comes_from(choice, registries) for choice in value.choices), value)
        known = value.partial.split("${", 1)[0] if isinstance(value.partial, str) else ""
        return True if _listed(known, registries) else value
    return isinstance(value, str) and _listed(value, registries)


def _listed(image: str, registries: Any) -> bool:
    image = image.rsplit("|", 1)[-1].strip().casefold().removeprefix("https://")
    return any(image == name or image.startswith(f"{name}/") for name in (str(one).casefold().rstrip("/") for one in registries))
