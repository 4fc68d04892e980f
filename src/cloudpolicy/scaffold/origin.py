"""Where this cloudpolicy was installed from, so that a hook or a workflow can install the same."""

from __future__ import annotations

import json
import os
import re

from cloudpolicy import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SAFE_URL = re.compile(r"https://[\w.-]+(?::\d+)?(?:/[\w.~-]+)+")
_SSH = re.compile(r"(?:ssh://)?[\w-]+@([\w.-]+)[:/](.+)")
_SAFE_REVISION = re.compile(r"[0-9A-Za-z][\w.-]*")


class Origin:
    """url: of the git repository, None where it is not known; revision: the tag or commit that was installed."""

    __slots__ = ("revision", "url")

    def __init__(self, url: str | None, revision: str = f"v{__version__}") -> None:
        self.url = url
        self.revision = revision if _SAFE_REVISION.fullmatch(revision) else f"v{__version__}"

    @property
    def action(self) -> str | None:
        """As `uses:` of a workflow spells it: None unless the repository is on GitHub."""
        prefix = "https://github.com/"
        return f"{self.url.removeprefix(prefix)}@{self.revision}" if self.url and self.url.startswith(prefix) else None

    @property
    def requirement(self) -> str:
        """As `pip install` takes it, quoted for a shell: the repository, else the release."""
        return f'"cloudpolicy @ git+{self.url}@{self.revision}"' if self.url else f"cloudpolicy=={__version__}"


def web_address(url: str) -> str | None:
    """The https address of a git remote without credentials and .git; None for a folder or what else is no such address."""
    ssh = _SSH.fullmatch(url)
    if ssh is not None:
        url = f"https://{ssh[1]}/{ssh[2]}"
    url = re.sub(r"^https?://[^/@]*@", "https://", url.strip()).removesuffix("/").removesuffix(".git")
    return url if _SAFE_URL.fullmatch(url) else None


def find() -> Origin:
    """From pip's own record of the installation (a repository, or a checkout of one), else the address in the package's metadata."""
    from importlib import metadata

    try:
        distribution = metadata.distribution("cloudpolicy")
    except metadata.PackageNotFoundError:
        return Origin(None)
    try:
        record: dict[str, Any] = json.loads(distribution.read_text("direct_url.json") or "{}")
    except ValueError:
        record = {}
    if "vcs_info" in record:
        url = web_address(str(record.get("url", "")))
        if url is not None:
            return Origin(url, str(record["vcs_info"].get("commit_id", "")))
    if "dir_info" in record:
        checkout = _checkout(str(record.get("url", "")))
        if checkout is not None:
            return checkout
    for line in distribution.metadata.get_all("Project-URL") or []:
        label, _, address = line.partition(",")
        if label.strip().lower() in ("source", "repository", "homepage"):
            url = web_address(address.strip())
            if url is not None:
                return Origin(url)
    return Origin(None)


def _checkout(url: str) -> Origin | None:
    """Where the checkout at a file: address comes from, at the commit that is checked out."""
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    from cloudpolicy.config import ConfigError
    from cloudpolicy.history import git

    folder = url2pathname(urlsplit(url).path)
    if not os.path.exists(os.path.join(folder, ".git")):
        return None
    try:
        remote, commit = git(folder, "remote", "get-url", "origin"), git(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    except ConfigError:  # no git here
        return None
    address = web_address((remote or "").strip())
    return Origin(address, (commit or "").strip()) if address is not None else None
