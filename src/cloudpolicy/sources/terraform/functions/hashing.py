"""Hashes of text."""

from __future__ import annotations

from cloudpolicy.sources.terraform.functions.common import FunctionError, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def digest(algorithm: str, data: bytes, base64: bool = False) -> str:
    import hashlib

    made = hashlib.new(algorithm, data, usedforsecurity=False)
    if not base64:
        return made.hexdigest()
    from base64 import b64encode

    return b64encode(made.digest()).decode("ascii")


def _hash(algorithm: str, base64: bool = False) -> Callable[[Any], str]:
    return lambda value: digest(algorithm, text(value).encode("utf-8"), base64)


def _uuidv5(namespace: Any, name: Any) -> str:
    import uuid

    known = {"dns": uuid.NAMESPACE_DNS, "url": uuid.NAMESPACE_URL, "oid": uuid.NAMESPACE_OID, "x500": uuid.NAMESPACE_X500}
    space = text(namespace)
    try:
        return str(uuid.uuid5(known.get(space) or uuid.UUID(space), text(name)))
    except ValueError:
        raise FunctionError("the namespace is not a UUID") from None


TABLE = {
    "base64sha256": (_hash("sha256", True), 1, 1, False),
    "base64sha512": (_hash("sha512", True), 1, 1, False),
    "md5": (_hash("md5"), 1, 1, False),
    "sha1": (_hash("sha1"), 1, 1, False),
    "sha256": (_hash("sha256"), 1, 1, False),
    "sha512": (_hash("sha512"), 1, 1, False),
    "uuidv5": (_uuidv5, 2, 2, False),
}
