"""Functions that read files or speak of paths; the evaluator's `files` object decides what may be read."""

from __future__ import annotations

from cloudpolicy.model import Unknown
from cloudpolicy.sources.terraform.functions.common import joined, mapping, text, unknowns
from cloudpolicy.sources.terraform.types import make_set

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def _file(files: Any, path: Any) -> Any:
    return files.read_text(text(path))


def _fileexists(files: Any, path: Any) -> bool:
    return bool(files.exists(text(path)))


def _fileset(files: Any, folder: Any, pattern: Any) -> Any:
    return make_set(files.glob(text(folder), text(pattern)))


def _content(files: Any, path: Any, change: Callable[[bytes], str]) -> Any:
    """Archives and the like are binary or not built yet: what is made of their bytes is then unknown, not wrong."""
    try:
        content = files.read_text(text(path))
    except Exception:
        return Unknown("unreadable", text(path)[:80])
    return content if isinstance(content, Unknown) else change(content.encode("utf-8"))


def _filebase64(files: Any, path: Any) -> Any:
    def encode(data: bytes) -> str:
        from base64 import b64encode

        return b64encode(data).decode("ascii")

    return _content(files, path, encode)


def _hash(algorithm: str, base64: bool = False) -> Callable[[Any, Any], Any]:
    def run(files: Any, path: Any) -> Any:
        from cloudpolicy.sources.terraform.functions.hashing import digest

        return _content(files, path, lambda data: digest(algorithm, data, base64))

    return run


def _templatefile(files: Any, path: Any, variables: Any) -> Any:
    if isinstance(path, Unknown) or isinstance(variables, Unknown):
        return joined(unknowns([path, variables]))
    return files.template(files.read_text(text(path)), mapping(variables))


def _templatestring(files: Any, template: Any, variables: Any) -> Any:
    if isinstance(template, Unknown) or isinstance(variables, Unknown):
        return joined(unknowns([template, variables]))
    return files.template(text(template), mapping(variables))


def _basename(files: Any, path: Any) -> str:
    name = text(path)
    if not name:
        return "."
    return name.rstrip("/").rpartition("/")[2] or "/"


def _dirname(files: Any, path: Any) -> str:
    from posixpath import normpath

    folder = text(path).rpartition("/")
    return normpath(folder[0] + folder[1] or ".").replace("//", "/")


def _abspath(files: Any, path: Any) -> Any:
    return Unknown("unsupported-expression", f"abspath({text(path)[:60]})")  # depends on where Terraform runs


def _pathexpand(files: Any, path: Any) -> Any:
    name = text(path)
    if name.startswith("~"):
        return Unknown("unsupported-expression", f"pathexpand({name[:60]})")  # depends on who runs Terraform
    return name


TABLE = {
    "abspath": (_abspath, 1, 1, False),
    "basename": (_basename, 1, 1, False),
    "dirname": (_dirname, 1, 1, False),
    "file": (_file, 1, 1, False),
    "filebase64": (_filebase64, 1, 1, False),
    "filebase64sha256": (_hash("sha256", True), 1, 1, False),
    "filebase64sha512": (_hash("sha512", True), 1, 1, False),
    "fileexists": (_fileexists, 1, 1, False),
    "filemd5": (_hash("md5"), 1, 1, False),
    "fileset": (_fileset, 2, 2, False),
    "filesha1": (_hash("sha1"), 1, 1, False),
    "filesha256": (_hash("sha256"), 1, 1, False),
    "filesha512": (_hash("sha512"), 1, 1, False),
    "pathexpand": (_pathexpand, 1, 1, False),
    "templatefile": (_templatefile, 2, 2, True),
    "templatestring": (_templatestring, 2, 2, True),
}
