"""File names as reports print them: relative to a folder, with "/" between the parts, the same on every system."""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DRIVE = re.compile(r"[A-Za-z]:[\\/]|\\\\")


class Places:
    """Names of files relative to one folder; every file is worked out once.

    outside  "relative" writes a file outside the folder with "../", "absolute" as it is (a name a person can open)
    also     another folder: a file in it is named relative to that one
    """

    __slots__ = ("_also", "_base", "_known", "_outside", "_path", "_prefix")

    def __init__(self, base: str, outside: str = "relative", also: str | None = None) -> None:
        self._path: Any = os.path
        if _DRIVE.match(base):  # a Windows spelling, wherever we run
            import ntpath

            self._path = ntpath
        self._base = base
        self._outside = outside
        separator = self._path.sep
        self._prefix = base if base.endswith(separator) else base + separator
        self._also = also if also is None or also.endswith(separator) else also + separator
        self._known: dict[str, str] = {base: "."}

    def of(self, file: str) -> str:
        """`file` (absolute) relative to the folder; "." for the folder itself."""
        known = self._known.get(file)
        if known is None:
            known = self._known[file] = self._work_out(file)
        return known

    def inside(self, file: str) -> bool:
        return file == self._base or file.startswith(self._prefix) or (self._also is not None and file.startswith(self._also))

    def _work_out(self, file: str) -> str:
        path = self._path
        if file.startswith(self._prefix):
            name = file[len(self._prefix) :]
        elif self._also is not None and file.startswith(self._also):
            name = file[len(self._also) :]
        elif self._outside == "absolute":
            return file
        else:
            try:
                name = path.relpath(file, self._base)
            except ValueError:  # another drive
                name = file
        return name if path.sep == "/" else str(name).replace("\\", "/")
