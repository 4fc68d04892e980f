"""What a set of changed files concerns: which estates rest on one of them, in the words of their journals.

An estate is concerned when a changed file could have altered any answer that its result rests on: a file that it read or looked for in vain, a
folder that it listed, a link that it followed. Files that were deleted count like files that were written. Nothing is guessed from names: a file
that a template reads with file() counts whatever it is called, and a file that nobody asks for concerns nobody.
"""

from __future__ import annotations

import os

from cloudpolicy import decisions
from cloudpolicy.config import NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudpolicy.journal import Answers


class Changes:
    """The changed files, absolute; they need not exist any more. `reopened`: see scan.Request."""

    __slots__ = ("_folders", "_linked", "_reopened", "_ways", "files")

    def __init__(self, files: Iterable[str], reopened: Iterable[str] = ()) -> None:
        self._linked: dict[str, bool] = {}
        self._reopened = frozenset(reopened)
        self.files = frozenset(name for file in files for name in (file, _real(file)))
        self._folders: dict[str, list[str]] = {}
        self._ways: dict[str, bool] = {file: True for file in self.files if not os.path.isfile(file)}
        for file in self.files:
            self._folders.setdefault(os.path.dirname(file), []).append(file)

    def concern(self, asked: Answers) -> bool:
        """Whether a result that rests on these answers may be another one through the changes."""
        files, linked = self.files, False
        for (kind, path, detail), answer in asked.items():
            if path in files or self._leads_to(os.path.dirname(path)):
                return True
            if kind == "names":
                if self._in(path, tuple(detail.split("|"))):
                    return True
            elif kind == "tree" or (kind == "folder" and answer == "0"):
                if self._below(path):
                    return True
            elif kind == "real" and answer != path:
                if answer in files:
                    return True
                linked = True
        return linked and self._through_links(asked)

    def govern(self, path: str) -> bool:
        """Whether a file of cloudpolicy's own (configuration, waivers, baseline), or what git ignores, has changed in a folder above `path`."""
        own = (os.path.dirname(file) for file in self.files if _settles(os.path.basename(file)))
        return any(_holds(top, path) for top in (*own, *self._reopened)) or self._links_above(path)

    def _links_above(self, folder: str) -> bool:
        """Whether a file of cloudpolicy's own in this folder or above it is a link to a changed one, which may be called anything."""
        known = self._linked.get(folder)
        if known is None:
            above = os.path.dirname(folder)
            own = (os.path.join(folder, name) for name in (NAME, decisions.WAIVERS, decisions.BASELINE))
            here = any(os.path.islink(path) and _real(path) in self.files for path in own)
            known = self._linked[folder] = here or (above != folder and self._links_above(above))
        return known

    def within(self, folder: str) -> bool:
        """Whether anything below the folder has changed, or the file of that name."""
        return folder in self.files or bool(self._below(folder))

    def _leads_to(self, folder: str) -> bool:
        """Whether a changed path stands above: a linked folder, a submodule, something that is no file any more."""
        if not self._ways or len(folder) < 2:
            return False
        known = self._ways.get(folder)
        if known is None:
            above = os.path.dirname(folder)
            known = self._ways[folder] = above != folder and self._leads_to(above)
        return known

    def _in(self, folder: str, endings: tuple[str, ...]) -> bool:
        return any(file.endswith(endings) for file in self._folders.get(folder, ()))

    def _below(self, folder: str) -> bool:
        return any(_holds(folder, above) for above in self._folders)

    def _through_links(self, asked: Answers) -> bool:
        """The same question for the real places of what was asked: somewhere on the way there is a link."""
        for kind, path, detail in asked:
            if kind in ("content", "file", "folder", "link") and _real(path) in self.files:
                return True
            if kind == "names" and self._in(_real(path), tuple(detail.split("|"))):
                return True
            if kind == "tree" and self._below(_real(path)):
                return True
        return False


def _settles(name: str) -> bool:
    return name == ".gitignore" or name.lstrip(".").startswith("cloudpolicy")


def _holds(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _real(path: str) -> str:
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return path
