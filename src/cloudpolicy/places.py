"""Where cloudpolicy may keep files of its own: the user's cache folder."""

from __future__ import annotations

import os


def user_cache() -> str:
    """$XDG_CACHE_HOME/cloudpolicy, %LOCALAPPDATA%\\cloudpolicy or ~/.cache/cloudpolicy; it need not exist."""
    caches = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(caches, "cloudpolicy")
