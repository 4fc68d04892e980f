"""A folder written whole or not at all: built beside its place, then exchanged with what stands there in one step.

Whatever interrupts the building leaves the old folder as it was.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import tempfile

from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import FrameType

_AT_FDCWD = -100
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux's renameat2, RENAME_SWAP of macOS's renamex_np


class Refused(Exception):
    """The folder is not ours to replace; `text` says so in both languages."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def check(path: str, marker: str) -> None:
    """Raise Refused where `path` holds anything but an earlier folder of ours, told by the file `marker` in it."""
    if os.path.islink(path):
        raise Refused(Text(f"{path} is a link; name the folder itself", f"{path} はリンクです。フォルダ自体を指定してください"))
    if not os.path.lexists(path):
        return
    if not os.path.isdir(path):
        raise Refused(Text(f"{path} is a file; name a folder", f"{path} はファイルです。フォルダを指定してください"))
    if os.listdir(path) and not os.path.isfile(os.path.join(path, marker)):
        raise Refused(
            Text(
                f"{path} holds other files and is left alone: name a new folder, or one written by this command",
                f"{path} には別のファイルがあるため、書き込みません。新しいフォルダか、このコマンドで作成したフォルダを指定してください",
            )
        )


def write(path: str, files: Mapping[str, bytes], marker: str) -> None:
    """Write `files` (name -> content) as the folder `path`, in place of an earlier one. Raises Refused or OSError."""
    check(path, marker)
    parent, name = os.path.split(os.path.abspath(path))
    os.makedirs(parent, exist_ok=True)
    with uninterrupted():
        building = tempfile.mkdtemp(prefix=f".{name[:100]}.", suffix=".tmp", dir=parent)
        try:
            for file, content in files.items():
                with open(os.path.join(building, file), "wb") as opened:
                    opened.write(content)
                    opened.flush()
                    os.fsync(opened.fileno())
            os.chmod(building, 0o777 & ~_umask())
            check(path, marker)  # again: something may have been put there meanwhile
            if not os.path.lexists(path):
                os.rename(building, path)
            elif not _exchange(building, path):
                _replace(building, path)
        finally:
            shutil.rmtree(building, ignore_errors=True)  # the old folder, once exchanged


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait for the end of the block: a fraction of a second, and no half-removed folder stays behind."""
    arrived: list[int] = []

    def remember(number: int, frame: FrameType | None) -> None:
        arrived.append(number)

    try:
        earlier = {number: signal.signal(number, remember) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not the main thread, where alone Python handles signals: nothing can interrupt
        earlier = {}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler or signal.SIG_DFL)
        for signalled in dict.fromkeys(arrived):
            signal.raise_signal(signalled)


def _replace(building: str, path: str) -> None:
    """Two renames, for systems and disks that cannot exchange; an error in between puts the old folder back."""
    aside = building + ".old"
    os.rename(path, aside)
    try:
        os.rename(building, path)
    except BaseException:
        os.rename(aside, path)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _exchange(one: str, other: str) -> bool:
    """Let two folders change places in one step; False where system or disk cannot."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
        names = (os.fsencode(one), os.fsencode(other))
        if hasattr(library, "renameat2"):
            return int(library.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _EXCHANGE)) == 0
        return int(library.renamex_np(*names, _EXCHANGE)) == 0
    except (OSError, AttributeError, TypeError):
        return False


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
