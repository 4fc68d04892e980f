"""Telling an ARM template from every other JSON file by its first kilobytes, without parsing it."""

from __future__ import annotations

import re

_SCHEMA = re.compile(rb'"\$schema"\s*:\s*"[^"]*/(?:subscription|managementGroup|tenant)?deploymentTemplate\.json', re.I)


def looks_like_arm(head: bytes, name: str) -> bool:
    """True when a file named `name` that starts with `head` (up to 64 KB) is an ARM template: not a parameter file, not a portal form.

    A UTF-16 template counts too, so that reading it says what is wrong with it.
    """
    if not name.lower().endswith((".json", ".jsonc", ".template")):
        return False
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "ignore").encode("utf-8")
    found = _SCHEMA.search(head)
    if found is None:
        return False
    # The template's own schema stands before its resources; one inside them belongs to a nested template of something else.
    return b'"resources"' not in head[: found.start()].lower()
