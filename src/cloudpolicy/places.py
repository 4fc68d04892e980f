"""Places on the disk: the repository that a folder belongs to, and the user's cache folder."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def upwards(folder: str) -> Iterator[str]:
    """`folder` and those above it, up to its repository's top (the disk's, where there is none)."""
    while True:
        yield folder
        above = os.path.dirname(folder)
        if above == folder or os.path.exists(os.path.join(folder, ".git")):
            return
        folder = above


def repository(folder: str) -> str | None:
    """The top of the git repository (or work tree) that `folder` belongs to; None outside of one."""
    while not os.path.exists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return folder


def user_cache() -> str:
    """$XDG_CACHE_HOME/cloudpolicy, %LOCALAPPDATA%\\cloudpolicy or ~/.cache/cloudpolicy; it need not exist."""
    caches = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(caches, "cloudpolicy")


def ours(state: os.stat_result) -> bool:
    """Made by this user, and writable by no other (Windows keeps a user's own folders by other means)."""
    user = getattr(os, "geteuid", None)
    return user is None or (state.st_uid == user() and not state.st_mode & 0o022)
