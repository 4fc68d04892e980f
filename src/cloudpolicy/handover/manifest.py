"""manifest.json: what went into a pack and what came out, byte for byte.

The file has one spelling only (`spell`), and holds a digest over itself: a changed byte, a space too, is a changed manifest.
"""

from __future__ import annotations

import hashlib
import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

NAME = "manifest.json"
SCHEMA = "cloudpolicy/handover/v1"
LIMIT = 200_000_000  # bytes of a manifest that somebody hands us


def spell(value: Any) -> bytes:
    """The one spelling of a JSON value: keys in order, one entry per line, UTF-8; a lone surrogate as \\udXXX."""
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n").encode("utf-8", "backslashreplace")


def sealed(content: dict[str, Any]) -> bytes:
    """The manifest's bytes, its own digest included."""
    return spell({**content, "digest": digest_of(content)})


def digest_of(content: dict[str, Any]) -> str:
    """SHA-256 over everything in the manifest but the digest itself."""
    return hashlib.sha256(spell({key: value for key, value in content.items() if key != "digest"})).hexdigest()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def file_digest(path: str) -> tuple[int, str]:
    """(bytes, SHA-256) of a file. Raises OSError; a pipe or device is none."""
    if not os.path.isfile(path):
        raise OSError(0, "not a regular file")
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
        return file.tell(), found


def entry(name: str, size: int, sha256: str, **more: Any) -> dict[str, Any]:
    """One file's line in the manifest."""
    return {"path": name, "bytes": size, "sha256": sha256, **more}


def tree_digest(files: Iterable[tuple[str, str]]) -> str:
    """One digest over (name, path) of several files: names and contents."""
    total = hashlib.sha256()
    for name, path in sorted(files):
        total.update(f"{name}\0{file_digest(path)[1]}\n".encode("utf-8", "surrogateescape"))
    return total.hexdigest()
