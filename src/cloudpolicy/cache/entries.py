"""Entries on disk: one JSON file each, whole or not at all, believed only when it is ours and its checksum fits.

Nothing here raises: a cache that cannot be read or written (full disk, no rights, another's folder, a killed writer) is an empty one. Files come
into being under a name of their own and are renamed, so that concurrent and killed runs leave old entries, new entries or stray `.tmp` files, never
half an entry. The checksum is made with the entry's key, so that one entry cannot stand in for another.
"""

from __future__ import annotations

import os
import stat
from _blake2 import blake2b
from _json import make_scanner  # all of `json` that reading takes; the package compiles patterns that it would not use

from cloudpolicy.places import ours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ENTRY_LIMIT = 8 * 1024 * 1024  # bytes; a larger result is made anew each time
TOTAL_LIMIT = 64 * 1024 * 1024  # of all entries, nearly: the folder is looked through now and then only
COUNT_LIMIT = 4096
_STALE = 3600  # seconds after which a stray .tmp file has no writer any more
_OPEN = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


class _Plain:
    """What json.JSONDecoder tells the scanner by default (`array_hook`: Python 3.15)."""

    strict = True
    object_hook = object_pairs_hook = array_hook = None
    parse_float, parse_int, parse_constant = float, int, float
    memo: dict[str, str] = {}  # noqa: RUF012 - the scanner empties it itself


class Entries:
    """A folder of entries. `usable` is False where the folder is not safely ours; then nothing is found and nothing kept."""

    __slots__ = ("_made", "folder", "usable")

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._made = False
        self.usable = os.path.isabs(folder) and self._safe()

    def _safe(self) -> bool:
        """Whether nobody else may write there: our own folder, closed to others. One that is missing will be made so."""
        try:
            state = os.lstat(self.folder)
        except OSError:
            return True
        self._made = True
        return stat.S_ISDIR(state.st_mode) and ours(state)

    def load(self, key: str) -> Any:
        """What was kept under `key`, None when there is nothing that can be believed."""
        if not self.usable or not self._made:
            return None
        try:
            descriptor = os.open(os.path.join(self.folder, key), _OPEN)
        except (OSError, ValueError):
            return None
        try:
            state = os.fstat(descriptor)
            if not stat.S_ISREG(state.st_mode) or not ours(state) or state.st_size > ENTRY_LIMIT:
                return None
            data = b""
            while len(data) < state.st_size:
                piece = os.read(descriptor, state.st_size - len(data))
                if not piece:
                    return None
                data += piece
        except OSError:
            return None
        finally:
            os.close(descriptor)
        seal, _, body = data.partition(b"\n")
        if seal != _seal(key, body):
            return None
        try:
            text = body.decode("utf-8")
            content, end = make_scanner(_Plain)(text, 0)  # type: ignore[arg-type]
        except (ValueError, StopIteration, RecursionError, MemoryError):
            return None
        return content if end == len(text) else None

    def keep(self, key: str, content: Any) -> bool:
        """Keep `content` (plain JSON values) under `key`; False when that was not possible, which harms nobody."""
        if not self.usable:
            return False
        import json

        try:
            # a lone surrogate, which might come back joined to its neighbour, is a ValueError here
            body = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")
        except (TypeError, ValueError, RecursionError):
            return False
        if len(body) > ENTRY_LIMIT - 100:
            return False
        path = os.path.join(self.folder, key)
        temporary = f"{path}.{os.urandom(6).hex()}.tmp"
        try:
            if not self._made:
                os.makedirs(self.folder, mode=0o700, exist_ok=True)
                self.usable = self._safe()
                if not self.usable:
                    return False
            descriptor = os.open(temporary, _CREATE, 0o600)
        except OSError:
            return False
        try:
            try:
                data = memoryview(_seal(key, body) + b"\n" + body)
                while data:
                    data = data[os.write(descriptor, data) :]
            finally:
                os.close(descriptor)
            os.replace(temporary, path)
        except OSError:
            _remove(temporary)
            return False
        except BaseException:
            _remove(temporary)
            raise
        # As often as about a megabyte was added, or 256 entries: keys are evenly spread numbers.
        if int(key[:8], 16) < 0x1_0000_0000 * max(1 / 256, min(1.0, len(body) / 1_000_000)):
            self.tidy()
        return True

    def tidy(self) -> None:
        """Remove the oldest entries when there are too many, and what killed writers left behind."""
        import time

        found: list[tuple[int, int, str]] = []
        try:
            with os.scandir(self.folder) as entries:
                for entry in entries:
                    state = entry.stat(follow_symlinks=False)
                    if not stat.S_ISREG(state.st_mode):
                        continue
                    if entry.name.endswith(".tmp"):
                        if time.time() - state.st_mtime > _STALE:
                            _remove(entry.path)
                    else:
                        found.append((state.st_mtime_ns, state.st_size, entry.path))
        except OSError:
            return
        total = sum(size for _, size, _ in found)
        count = len(found)
        if total <= TOTAL_LIMIT and count <= COUNT_LIMIT:
            return
        for _, size, path in sorted(found):  # down to three quarters, so that the next time is far away
            if total <= TOTAL_LIMIT * 3 // 4 and count <= COUNT_LIMIT * 3 // 4:
                return
            _remove(path)
            total -= size
            count -= 1


def key_of(*parts: Any) -> str:
    """The name of an entry: a digest over everything that decides what it holds (plain values, in a settled order)."""
    return blake2b(ascii(parts).encode("ascii"), digest_size=20).hexdigest()


def _seal(key: str, body: bytes) -> bytes:
    return blake2b(body, digest_size=20, key=key.encode("ascii")).hexdigest().encode("ascii")


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return
