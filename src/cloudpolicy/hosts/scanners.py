"""What both hosts need: a scanner under the configuration that is nearest to a file, and where a policy's page stands."""

from __future__ import annotations

import functools
import os

from cloudpolicy import config as configuration
from cloudpolicy import decisions, sources
from cloudpolicy.config import Config, ConfigError
from cloudpolicy.findings import Report
from cloudpolicy.policy import pack as packs
from cloudpolicy.scan import Request, Scanner, project_folder
from cloudpolicy.sources.gitignore import Ignore
from cloudpolicy.texts import locale_language

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cloudpolicy.model import Estate
    from cloudpolicy.policy.pack import Pack
    from cloudpolicy.scan import Result
    from cloudpolicy.sources import Unit

_PAGES = "docs/policies/"


class Scanners:
    """One Scanner for each configuration and project.

    passed  findings for what passes, too; without their evidence, which neither host shows
    words   what the host's own command line says, laid over every configuration
    """

    def __init__(self, passed: bool = False, words: dict[str, Any] | None = None) -> None:
        self.passed = passed
        self.words = words or {}
        self._configs: dict[str | None, Config] = {}
        self._made: dict[tuple[str | None, str], Scanner] = {}

    def at(self, path: str) -> Scanner:
        """The scanner for a root module's folder or a template's file; raises ConfigError."""
        file = configuration.find(path)
        if file not in self._configs:
            self._configs[file] = configuration.load(file) if file else Config(os.getcwd())
            self._configs[file].lay_over(self.words)
        config = self._configs[file]
        key = (file, project_folder(path if os.path.isdir(path) else os.path.dirname(path), config))
        if key not in self._made:
            environment = {k: v for k, v in os.environ.items() if k.startswith("TF_VAR_") or k in ("AWS_REGION", "AWS_DEFAULT_REGION")}
            like = next((scanner for (other, _), scanner in self._made.items() if other == file), None)
            # No baseline of ours: the hosts have their own. No list of paths that is whole: no waiver can be called unused.
            self._made[key] = Scanner(Request([path], config, environment, passed=self.passed, changed=(), baseline=""), like)
        return self._made[key]

    def excluded(self, path: str) -> bool:
        """Whether the configuration's `exclude` names the file or folder, or one above it."""
        scanner = self.at(path)
        patterns = scanner.request.config.values["exclude"]
        if not patterns:
            return False
        ignore = Ignore("\n".join(patterns))
        parts = os.path.relpath(path, scanner.request.project).split(os.sep)
        steps = ["/".join(parts[: count + 1]) for count in range(len(parts))]
        return any(ignore.verdict(step, count < len(steps) - 1 or os.path.isdir(path)) for count, step in enumerate(steps))

    def scan(self, unit: Unit, parameters: Sequence[str] = ()) -> tuple[Estate, Result]:
        """The estate as it was read, and what its evaluation says, approved waivers applied; raises ConfigError.

        `parameters`: files of the host, after the configuration's.
        """
        scanner = self.at(unit.path)
        options = scanner.options(scanner.request.config.at(unit.path))
        options.parameters = (*options.parameters, *parameters)
        estate = sources.read(unit, options)
        summary, findings, problems = scanner.judge(estate, evidence=False)
        request = scanner.request
        report = Report(request.base, request.project, findings, [summary], [], {})
        decisions.apply(report, request, scanner.known)
        return estate, (summary, findings, [*problems, *report.diagnostics])


def told(error: ConfigError) -> str:
    """What ends the run of a host: what is wrong with the configuration, and where."""
    span = error.diagnostic.span
    place = f" ({span.file}:{span.line})" if span else ""
    return f"cloudpolicy: {error.diagnostic.text.pick(locale_language())}{place}"


@functools.cache
def page(name: str) -> str:
    """Where the documentation page of a policy stands: on GitHub where this was installed from there, else its place in the repository."""
    source = origin()
    return f"https://github.com/{source.replace('@', '/blob/')}/{_PAGES}{name}.md" if source else f"{_PAGES}{name}.md"


@functools.cache
def origin() -> str | None:
    """ "OWNER/REPOSITORY@REVISION" on GitHub, None where it is not known."""
    from cloudpolicy.scaffold import origin

    return origin.find().action


def is_page(address: str) -> bool:
    return _PAGES in address


def types_by_policy(pack: Pack, format: str) -> dict[str, list[str]]:
    """Policy id -> resource types of `format` that it speaks of, for the policies that speak of any."""
    found: dict[str, list[str]] = {}
    for id in pack.policies:
        types = [type for type in dict.fromkeys(pack.types_of(id)) if packs.format_of(type) == format]
        if types:
            found[id] = types
    return found
