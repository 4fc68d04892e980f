"""The commit that the scanned files belong to, and which of them differ from it.

Only `git` commands are used that run nothing of the repository's own: no status and no diff, whose filters and monitors a hostile
repository could configure. Files are compared by hashing them here.
"""

from __future__ import annotations

import hashlib
import os
import subprocess

from cloudpolicy import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_PAGER": "", "LC_ALL": "C"}
_SECONDS = 20


class Commit:
    """id         40 or 64 hex digits; "" outside a repository
    time       of the commit, seconds since 1970; None outside a repository
    uncommitted  absolute paths, among those asked for, whose content is not that of the commit
    """

    __slots__ = ("id", "time", "uncommitted")

    def __init__(self, id: str = "", time: int | None = None, uncommitted: Iterable[str] = ()) -> None:
        self.id = id
        self.time = time
        self.uncommitted = list(uncommitted)


def find(folder: str, files: Iterable[str]) -> Commit:
    """The commit checked out at `folder`, and which of `files` (absolute) differ from it; an empty Commit where there is none."""
    top = places.repository(folder)
    if top is None:
        return Commit()
    shown = _git(top, "log", "-1", "--no-show-signature", "--format=%H %ct")
    id, _, time = shown.decode("ascii", "replace").strip().partition(" ") if shown else ("", "", "")
    if not time.isdigit():
        return Commit()
    known = blobs(top) or {}
    real = os.path.realpath(top)
    differ = []
    for path in sorted(set(files)):
        inside = path.startswith(top.rstrip(os.sep) + os.sep) or os.path.realpath(path).startswith(real + os.sep)
        if inside and not same(path, known.get(path)):
            differ.append(path)
    return Commit(id, int(time), differ)


def blobs(top: str) -> dict[str, str] | None:
    """Absolute path -> blob of every file of the commit that is checked out; None when git cannot say."""
    listed = _git(top, "ls-tree", "-r", "-z", "--full-tree", "HEAD")
    if listed is None:
        return None
    known: dict[str, str] = {}
    for line in listed.split(b"\0"):
        about, _, name = line.partition(b"\t")
        if name:
            known[os.path.join(top, os.fsdecode(name))] = about.split(b" ")[2].decode("ascii")
    return known


def same(path: str, id: str | None) -> bool:
    """Whether the file's content is the blob `id`, as it is or with the line ends that git stores."""
    if id is None:
        return False
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return False
    kind = hashlib.sha256 if len(id) == 64 else hashlib.sha1
    return any(kind(b"blob %d\0" % len(body) + body).hexdigest() == id for body in (data, data.replace(b"\r\n", b"\n")))


def _git(top: str, *words: str) -> bytes | None:
    command = ["git", "--no-pager", "-C", top, "-c", "core.fsmonitor=false", "-c", "core.hooksPath=", *words]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")} | _QUIET
    try:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None
