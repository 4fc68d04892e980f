"""Where cloudpolicy may keep files of its own: the user's cache folder."""

from __future__ import annotations

import os


def user_cache() -> str:
    """$XDG_CACHE_HOME/cloudpolicy, %LOCALAPPDATA%\\cloudpolicy or ~/.cache/cloudpolicy; it need not exist."""
    caches = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(caches, "cloudpolicy")


def ours(state: os.stat_result) -> bool:
    """Made by this user, and writable by no other (Windows keeps a user's own folders by other means)."""
    user = getattr(os, "geteuid", None)
    return user is None or (state.st_uid == user() and not state.st_mode & 0o022)
