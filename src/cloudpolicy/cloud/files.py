"""What a cloud told, as files that our readers read: a folder per account and place, names that lead nowhere else."""

from __future__ import annotations

import hashlib
import os
import re

_LONGEST = 200  # bytes: file systems take 255


def file_name(name: str) -> str:
    """A name from the service as a file's name, letters of any script: nothing in it may lead out of the folder, and no two names share one."""
    safe = re.sub(r"[^\w-]", "_", name).encode("utf-8", "replace")[:_LONGEST].decode("utf-8", "ignore")
    return safe if safe == name else f"{safe}-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"


def write(place: str, text: str) -> str:
    """Write `text` to the absolute path `place`; returns it."""
    os.makedirs(os.path.dirname(place), exist_ok=True)
    with open(place, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        file.write(text)
    return place
