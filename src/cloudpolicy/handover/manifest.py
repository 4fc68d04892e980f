"""manifest.json: what went into a pack and what came out, byte for byte.

The file has one spelling only (`spell`), and holds a digest over itself: a changed byte, a space too, is a changed manifest.
"""

from __future__ import annotations

import datetime
import errno
import hashlib
import json
import os
from typing import Any, Literal

import msgspec

from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

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
    if os.path.lexists(path) and not os.path.isfile(path):
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


class File(msgspec.Struct):
    """One file that was read or written."""

    path: str
    bytes: int
    sha256: str
    role: str = ""


class PolicyPack(msgspec.Struct):
    """What names the policies and the clause catalogues."""

    digest: str
    guidelines: str


class Scan(msgspec.Struct):
    """How the scan was run; paths are relative to the scanned folder. `environment` holds no value of a Terraform variable."""

    paths: list[str]
    folder: str
    settings: dict[str, Any]
    per_path: list[dict[str, Any]]
    policies: str | None
    environment: dict[str, str | None]


class Tool(msgspec.Struct):
    version: str


class Manifest(msgspec.Struct):
    """What `read` gives: the part of a manifest that is worked with."""

    schema: Literal["cloudpolicy/handover/v1"]
    system: str
    day: datetime.date
    language: Literal["ja", "en"]
    tool: Tool
    policy_pack: PolicyPack
    scan: Scan
    inputs: list[File]
    outputs: list[File]
    digest: str


def read(path: str) -> tuple[Manifest | None, list[Text]]:
    """The manifest in `path` and what is wrong with it; None where its content cannot be used. Raises OSError.

    A manifest with any changed byte is wrong: its own digest and its only spelling tell.
    """
    if os.path.lexists(path) and not os.path.isdir(path) and not os.path.isfile(path):
        raise OSError(errno.EINVAL, "not a regular file")  # a pipe would be waited for
    with open(path, "rb") as file:
        data = file.read(LIMIT + 1)
    try:
        if len(data) > LIMIT:
            raise ValueError("too large")
        content = json.loads(data)
        intact = spell(content) == data and digest_of(content) == content.get("digest")
        schema = content.get("schema")
        if isinstance(schema, str) and schema.startswith("cloudpolicy/handover/") and schema != SCHEMA:
            return None, [
                Text(
                    f"the pack is of another version of cloudpolicy ({schema}, this one reads {SCHEMA}): verify it with the version that made it",
                    f"別のバージョンの cloudpolicy のパックです({schema}。対応しているのは {SCHEMA})。作成したバージョンで検証してください",
                )
            ]
        found = msgspec.convert(content, Manifest)
    except (ValueError, RecursionError, AttributeError) as error:  # also msgspec's and Unicode's
        about = str(error)[:200]
        return None, [Text(f"{NAME} is not a manifest any more: {about}", f"{NAME} はマニフェストとして読み取れません: {about}")]
    faults = []
    if os.path.islink(path):
        faults.append(Text(f"{NAME} is a link", f"{NAME} がリンクに置き換えられています"))
    if not intact:
        faults.append(
            Text(f"{NAME} was changed: its own digest does not fit", f"{NAME} が変更されています(自身のダイジェストと一致しません)")
        )
    for entry in found.outputs:
        if entry.path != os.path.basename(entry.path) or entry.path in ("", ".", "..", NAME) or "\\" in entry.path or "\0" in entry.path:
            return None, [
                *faults,
                Text(f"{NAME} names a file elsewhere: {entry.path!r}", f"{NAME} にフォルダ外のファイルがあります: {entry.path!r}"),
            ]
    return found, faults
