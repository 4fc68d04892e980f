"""Which findings a waiver speaks of: addresses and files with `*` in them, and nothing else that is special.

Matched by hand, not by regular expressions: a pattern of a hundred stars must not take a year.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.findings import Finding, Waiver
    from cloudpolicy.model import Span


def covered(waiver: Waiver, finding: Finding, deployed: bool = False) -> list[tuple[str, Span]]:
    """The resources (Finding.resources) at the waiver's place; its policy and state are not asked here. What is `deployed` has an address only."""
    named = [one for one in finding.resources() if not waiver.resource or matches(waiver.resource, one[0])]
    if deployed:
        return named if not waiver.file else []
    folder = os.path.dirname(waiver.span.file)
    estate = relative(finding.estate, folder)
    if estate is None:
        return []
    if not waiver.file or stands_below(waiver.file, estate):
        return named
    names = [(one, relative(one[1].file, folder)) for one in named]
    return [one for one, name in names if name is not None and stands_below(waiver.file, name)]


def fits_any_name(pattern: str, type: str, address: str) -> bool:
    """Whether the pattern would fit this address with any other name in it: `aws_db*`, or `*[0]`, says a kind and no resource."""
    kind, index = address.rfind(type), address.find("[", address.rfind("."))
    at = kind + len(type) + 1 if kind >= 0 else address.rfind("/") + 1
    made_up = address[:at] + "\0"
    return matches(pattern, made_up) or (index > 0 and matches(pattern, made_up + address[index:]))


def matches(pattern: str, text: str) -> bool:
    """`*` is any run of characters; everything else is itself, brackets too (aws_instance.web[0])."""
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == text
    *middle, last = rest
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def stands_below(pattern: str, name: str) -> bool:
    """Whether the file `name` fits the pattern, or a folder above it does: `*` stays within a name, `**` crosses folders."""
    parts = pattern.split("/")
    reached = {0}  # how much of the pattern the names so far may have used up
    for step in (*name.split("/"), None):
        for at in range(len(parts)):  # "**" may also stand for no folder at all
            if at in reached and parts[at] == "**":
                reached.add(at + 1)
        if len(parts) in reached:
            return True
        if step is None:
            break
        reached = {at + (parts[at] != "**") for at in reached if parts[at] == "**" or matches(parts[at], step)}
    return False


def relative(path: str, folder: str) -> str | None:
    """`path` relative to `folder` with "/" on every system; "." for the folder itself, None outside it."""
    if path == folder:
        return "."
    prefix = folder if folder.endswith(os.sep) else folder + os.sep
    return path[len(prefix) :].replace(os.sep, "/") if path.startswith(prefix) else None
