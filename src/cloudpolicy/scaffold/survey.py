"""A look at a repository: what in it can be scanned, which regions it names, and which hooks and CI files are there already."""

from __future__ import annotations

import os

from cloudpolicy import config as configuration
from cloudpolicy import places, sources
from cloudpolicy.scaffold.origin import web_address
from cloudpolicy.sources.discovery import discover

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

PRE_COMMIT = ".pre-commit-config.yaml"
# CI server -> the file that its pipeline stands in
PIPELINES = {
    "github": ".github/workflows/cloudpolicy.yml",
    "gitlab": ".gitlab-ci.yml",
    "azure-devops": "azure-pipelines.yml",
    "codebuild": "buildspec.yml",
}
_HOSTS = {"github.com": "github", "gitlab.com": "gitlab", "dev.azure.com": "azure-devops", "visualstudio.com": "azure-devops"}


class Survey:
    """What was seen; every path is relative to `top`, with "/".

    top             the repository's folder, else the one that was asked for
    repository      whether it is a git repository
    branch          its default branch
    roots           kind ("hcl", "plan", "template", "arm", "bicep") -> root modules and templates
    regions         AWS regions that Terraform's providers name
    without_region  CloudFormation templates for which nothing names a region
    unfetched       root modules with modules that are not on disk
    config          the configuration that is there already, None
    present         the hook's and the CI servers' files that are there: path -> its text
    servers         CI servers that the repository uses, by their files or by where it is hosted
    """

    __slots__ = ("branch", "config", "present", "regions", "repository", "roots", "servers", "top", "unfetched", "without_region")

    def __init__(self, top: str) -> None:
        self.top = top
        self.repository = os.path.exists(os.path.join(top, ".git"))
        self.branch = "main"
        self.roots: dict[str, list[str]] = {}
        self.regions: set[str] = set()
        self.without_region: list[str] = []
        self.unfetched: list[str] = []
        self.config: str | None = None
        self.present: dict[str, str] = {}
        self.servers: list[str] = []

    def relative(self, path: str) -> str:
        return os.path.relpath(path, self.top).replace(os.sep, "/")


def look(path: str, environment: Mapping[str, str]) -> Survey:
    """Survey the repository that holds `path` (absolute). Everything is read as a scan would read it; nothing is run but git."""
    survey = Survey(places.repository(path) or path)
    config = configuration.find(survey.top)
    survey.config = survey.relative(config) if config is not None else None
    _templates(survey, environment)
    _files(survey)
    if survey.repository:
        _remote(survey)
    if not survey.servers:
        survey.servers.append("github")
    return survey


def _templates(survey: Survey, environment: Mapping[str, str]) -> None:
    options = sources.Options(base=survey.top, environment=environment)
    for unit in discover([survey.top], options).units:
        root = survey.relative(unit.path)
        survey.roots.setdefault(unit.kind, []).append(root)
        estate = sources.read(unit, options)
        if unit.kind in ("hcl", "plan"):
            survey.regions.update(
                resource.region for resource in estate.resources if resource.type.startswith("aws_") and isinstance(resource.region, str)
            )
            if any(diagnostic.code == "module-not-fetched" for diagnostic in estate.diagnostics):
                survey.unfetched.append(root)
        elif unit.kind == "template":
            if isinstance(estate.region, str):
                survey.regions.add(estate.region)
            else:
                survey.without_region.append(root)


def _files(survey: Survey) -> None:
    for name in (PRE_COMMIT, *PIPELINES.values()):
        path = os.path.join(survey.top, *name.split("/"))
        if os.path.lexists(path):
            survey.present[name] = _text(path)
    servers = [server for server, name in PIPELINES.items() if name in survey.present and server != "github"]
    if os.path.isdir(os.path.join(survey.top, ".github")):
        servers.insert(0, "github")
    survey.servers = servers


def _remote(survey: Survey) -> None:
    from cloudpolicy.history import git

    url = web_address((git(survey.top, "remote", "get-url", "origin") or "").strip()) or ""
    host = url.removeprefix("https://").partition("/")[0].partition(":")[0]
    server = next((server for name, server in _HOSTS.items() if host == name or host.endswith("." + name)), None)
    if server is not None and server not in survey.servers:
        survey.servers.append(server)
    survey.branch = _default_branch(survey.top)


def _default_branch(top: str) -> str:
    """As the remote says; else main or master, whichever there is; else the one that is checked out."""
    from cloudpolicy.history import git

    head = git(top, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
    if head is not None:
        return head.strip().removeprefix("origin/")
    for name in ("main", "master"):
        if git(top, "rev-parse", "--verify", "--quiet", f"refs/heads/{name}") is not None:
            return name
    return (git(top, "symbolic-ref", "--quiet", "--short", "HEAD") or "main").strip()


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(1 << 20)
    except OSError:
        return ""
