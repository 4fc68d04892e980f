"""Which findings a waiver speaks of: addresses and files with `*` in them, and nothing else that is special.

Matched by hand, not by regular expressions: a pattern of a hundred stars must not take a year.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.findings import Finding, Waiver


def covers(waiver: Waiver, finding: Finding, deployed: bool = False) -> bool:
    """Whether the waiver's place is the finding's; its policy and state are not asked here. What is `deployed` has an address only."""
    if deployed:
        return not waiver.file and matches(waiver.resource, finding.address)
    folder = os.path.dirname(waiver.span.file)
    estate = relative(finding.estate, folder)
    if estate is None or (waiver.resource and not matches(waiver.resource, finding.address)):
        return False
    if not waiver.file:
        return True
    names = (relative(finding.span.file, folder), estate)
    return any(name is not None and stands_below(waiver.file, name) for name in names)


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
