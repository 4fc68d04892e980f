"""Which resources have `dynamic` blocks, from the .tf files beside a plan: the plan's own configuration does not show them.

Without this an unresolved `dynamic "ingress"` would look like an attribute that the provider computes, and so like no rule at all.
"""

from __future__ import annotations

import os
import re

from cloudpolicy import journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources import Options

_FILES = 500
_HEADER = re.compile(rb'(?m)^[ \t]*(resource|data)[ \t]+"([\w-]+)"[ \t]+"([\w-]+)"|\bdynamic[ \t]+"([\w-]+)"')


def dynamic_blocks(root: str, module: Any, options: Options) -> dict[str, frozenset[str]]:
    """ "type.name" ("data.type.name") -> names of its dynamic blocks, over the root module and the local modules that it calls."""
    found: dict[str, set[str]] = {}
    pending = [(root, module)]
    seen: set[str] = set()
    while pending and len(seen) < _FILES:
        folder, current = pending.pop()
        folder = os.path.normpath(folder)
        calls = current.get("module_calls") if isinstance(current, dict) else None
        for call in calls.values() if isinstance(calls, dict) else ():
            source = call.get("source") if isinstance(call, dict) else None
            if isinstance(source, str) and source.startswith(("./", "../")):
                pending.append((os.path.join(folder, *source.split("/")), call.get("module")))
        if folder in seen:
            continue
        seen.add(folder)
        _scan(folder, options, found)
    return {name: frozenset(blocks) for name, blocks in found.items()}


def _scan(folder: str, options: Options, found: dict[str, set[str]]) -> None:
    from cloudpolicy.sources.files import Unreadable, inside, read_bytes

    try:
        if not inside(folder, options.base):
            return
        names = journal.names(folder, (".tf",))
    except (OSError, ValueError):
        return  # the plan stands alone: nothing more can be known
    for name in names[:_FILES]:
        try:
            data = read_bytes(os.path.join(folder, name), options.base)
        except Unreadable:
            continue
        if b"dynamic" not in data:
            continue
        block = ""
        for match in _HEADER.finditer(data):
            kind, type_name, label, dynamic = (part.decode() if part else "" for part in match.groups())
            if kind:
                block = f"{'data.' if kind == 'data' else ''}{type_name}.{label}"
            else:
                found.setdefault(block, set()).add(dynamic)
