"""One scan from paths to Report: discovery, reading, evaluation; over all cores when there is enough to do."""

from __future__ import annotations

import os

from cloudpolicy import decisions, journal, sources
from cloudpolicy.changes import Changes
from cloudpolicy.findings import Report, ScannedEstate, order
from cloudpolicy.model import CONFIGURATION, Diagnostic
from cloudpolicy.sources.discovery import discover
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from cloudpolicy.cache import Cache
    from cloudpolicy.config import Config
    from cloudpolicy.evaluate.engine import Engine
    from cloudpolicy.findings import Finding
    from cloudpolicy.model import Estate
    from cloudpolicy.policy.choice import Choice
    from cloudpolicy.policy.pack import Pack
    from cloudpolicy.sources import Options, Unit
    from cloudpolicy.sources.discovery import Discovery

    Result = tuple[ScannedEstate, list[Finding], list[Diagnostic]]
    Progress = Callable[[int, int], None]  # (done, of)

PARALLEL_BYTES = 600_000  # of input: below it a second process costs more than it saves


class Request:
    """What to scan and how; plain values only, so that worker processes can be given it.

    paths        absolute folders or files
    config       the configuration in force, with the command line's words already laid over its `values`
    environment  TF_VAR_* and AWS_REGION are looked up here
    policies     folder of the user's own policies, which run beside ours; None for ours alone
    jobs         processes to use
    cache        whether results of earlier runs may be used and this run's be kept
    changed      files (absolute) that changed, of which some may be gone: the report is about the estates that they concern; None for all
    reopened     folders and templates that are another thing than before, with everything below them, though no file of theirs has changed
    day          today's ISO date for waivers; None: ask the clock (the date in Japan)
    baseline     absolute path of the one baseline that counts, "" for none; None: those that stand in or above the estates
    """

    __slots__ = (
        "base",
        "baseline",
        "cache",
        "changed",
        "config",
        "day",
        "environment",
        "jobs",
        "passed",
        "paths",
        "policies",
        "project",
        "reopened",
    )

    def __init__(
        self,
        paths: Sequence[str],
        config: Config,
        environment: Mapping[str, str] | None = None,
        policies: str | None = None,
        passed: bool = False,
        jobs: int = 1,
        cache: bool = False,
        changed: Sequence[str] | None = None,
        *,
        day: str | None = None,
        baseline: str | None = None,
    ) -> None:
        self.paths = list(paths)
        self.config = config
        self.environment = dict(environment or {})
        self.policies = policies
        self.passed = passed
        self.jobs = jobs
        self.cache = cache
        self.changed = changed
        self.reopened: Sequence[str] = ()
        self.day = day
        self.baseline = baseline
        self.base = common_folder(self.paths)
        self.project = project_folder(self.base, config)


class Scanner:
    """Reads and evaluates one unit after another under one request; raises ConfigError when the request cannot be followed.

    plan   what the report says of the choice of policies; from an earlier run where one made the same choice
    cache  results of earlier runs, None where they are not wanted
    """

    def __init__(self, request: Request, like: Scanner | None = None) -> None:
        """`like`: another scanner of the same configuration and policies; what it has loaded and compiled serves both."""
        self.request = request
        self._choice: Choice | None = like.choice if like is not None else None
        self._engines: dict[str, Engine] = like._engines if like is not None else {}
        self.cache: Cache | None = None
        plan = None
        if request.cache:
            from cloudpolicy import cache

            self.cache = cache.of(request)
            plan = self.cache.plan(lambda: self.choice.texts()) if self.cache is not None else None
        self.plan = plan if plan is not None else self.choice.plan()
        if self.cache is not None and plan is None:
            self.cache.keep_plan(self.plan)

    @property
    def choice(self) -> Choice:
        """The policies themselves, loaded when something has to be judged."""
        if self._choice is None:
            from cloudpolicy.policy.choice import Choice

            documents = self.cache.documents if self.cache is not None else None
            self._choice = Choice(self.request.config, self.request.policies, documents)
        return self._choice

    def known(self, name: str) -> str | None:
        """The id of the policy of this id or alias, None when there is none."""
        return name if name in self.selected else self.choice.pack.known(name)

    @property
    def pack(self) -> Pack:
        return self.choice.pack

    @property
    def selected(self) -> list[str]:
        return self.plan.selected

    def options(self, values: dict[str, Any]) -> Options:
        config = self.request.config
        return sources.Options(
            base=self.request.project,
            region=values["region"],
            var_files=[config.absolute(path) for path in values["var_files"]],
            parameters=[config.absolute(path) for path in values["parameter_files"]],
            workspace=values["workspace"],
            environment=self.request.environment,
            missing_modules=values["missing_modules"],
        )

    def scan(self, unit: Unit) -> Result:
        """Read and judge one unit; the result is kept where there is a cache."""
        options = self.options(self.request.config.at(unit.path))
        if self.cache is None and self.request.changed is None:
            return self.judge(sources.read(unit, options))
        with journal.Recording() as recording:
            result = self.judge(sources.read(unit, options))
        if self.cache is not None:
            self.cache.keep(unit, result, recording)
        if self.request.changed is not None:
            result[0].asked = recording.answers
        return result

    def judge(self, estate: Estate, passed: bool = False, evidence: bool = True) -> Result:
        """Evaluate an estate, whoever read it: a source of ours, a host's own graph or a cloud's answer; `passed`: list what passes, too,
        and with `evidence` what that rests on."""
        engine = self.engine(self.request.config.at(estate.root))
        try:
            findings, counts, unjudged = engine.evaluate(estate, self.request.project, passed or self.request.passed, evidence)
        except (RecursionError, MemoryError):
            findings, counts, unjudged = [], {}, {}
            estate.diagnostics.append(too_deep(estate.root))
        scanned = ScannedEstate(
            estate.root,
            estate.format,
            estate.source,
            sum(not resource.type.startswith(CONFIGURATION) for resource in estate.resources),
            estate.inputs,
            counts,
            estate.notes,
            unjudged,
        )
        return scanned, findings, estate.diagnostics

    def engine(self, values: dict[str, Any]) -> Engine:
        """The engine under the configuration of one path."""
        settings = {key: values[key] for key in ("scope", "data_class", "availability")}
        key = repr((settings, sorted(values["parameters"].items())))
        if key not in self._engines:
            from cloudpolicy.evaluate.engine import Engine

            choice = self.choice
            self._engines[key] = Engine(
                choice.pack, choice.selected, choice.profiles, choice.with_parameters(values["parameters"]), settings
            )
        return self._engines[key]


def run(request: Request, progress: Progress | None = None) -> Report:
    """Scan everything the request names; raises ConfigError when the request itself cannot be followed."""
    return run_with(Scanner(request), progress)


def run_with(scanner: Scanner, progress: Progress | None = None) -> Report:
    """As `run`, with a scanner that is asked afterwards, too."""
    return finish(scanner, discovered(scanner), progress)


def discovered(scanner: Scanner) -> Discovery:
    """What stands below the request's paths."""
    request, cache = scanner.request, scanner.cache
    options = scanner.options(request.config.values)
    found = discover(request.paths, options, request.config.values["exclude"], cache.module_sources if cache is not None else None)
    if cache is not None:
        cache.keep_includes()
    return found


def finish(scanner: Scanner, found: Discovery, progress: Progress | None = None) -> Report:
    """The report of what was discovered; when the request is about changes, of what they concern."""
    results: list[Result] = []
    for result in _results(scanner, found.units):
        results.append(result)
        if progress is not None:
            progress(len(results), len(found.units))
    problems, left_out, aside = found.diagnostics, found.left_out, 0
    if scanner.request.changed is not None:
        changes = Changes(scanner.request.changed, scanner.request.reopened)
        nested = nested_in([scanned for scanned, _, _ in results])
        whole, results = results, _concerned(scanner, changes, results)
        # What is nested is judged where it is used; where that is not concerned there is nothing to say of it.
        within = nested_in([scanned for scanned, _, _ in results])
        results = [result for result in results if result[0].root not in nested or result[0].root in within]
        aside = sum(result[0].root not in nested for result in whole) - sum(result[0].root not in nested for result in results)
        problems = [one for one in problems if one.span is None or one.code == "unreadable-folder" or changes.within(one.span.file)]
        left_out = {path: why for path, why in left_out.items() if changes.within(path)}
    report = assemble(scanner, results, [*scanner.plan.diagnostics, *problems], left_out)
    decisions.apply(report, scanner.request, scanner.known)
    report.diagnostics = _distinct(report.diagnostics)
    if scanner.request.changed is not None:
        report.run["changes"] = {"files": len(scanner.request.changed), "aside": aside}
    return report


def _concerned(scanner: Scanner, changes: Changes, results: list[Result]) -> list[Result]:
    """The results of the estates that the changes concern; all of them when the policies or the configuration have changed."""
    from cloudpolicy.policy import pack

    config, policies, baseline = scanner.request.config.file, scanner.request.policies, scanner.request.baseline
    named = (config, baseline)  # wherever they stand, and whatever they are called
    if changes.within(pack.folder()) or any(file and file in changes.files for file in named) or (policies and changes.within(policies)):
        return results
    return [result for result in results if changes.govern(result[0].root) or changes.concern(result[0].asked)]


def assemble(scanner: Scanner, results: list[Result], diagnostics: list[Diagnostic], left_out: dict[str, Text] | None = None) -> Report:
    """The report of what was read and judged, wherever it came from."""
    request = scanner.request
    left_out = left_out if left_out is not None else {}
    nested = nested_in([scanned for scanned, _, _ in results])
    estates: list[ScannedEstate] = []
    findings: list[Finding] = []
    for scanned, found_here, problems in results:
        if scanned.root in nested:
            left_out[scanned.root] = Text(
                "a nested template; it is judged where it is used", "入れ子のテンプレートのため、呼び出し元で検査します"
            )
            continue
        estates.append(scanned)
        findings += found_here
        diagnostics += problems
    values, plan = request.config.values, scanner.plan
    notes = {
        "profile": values["profile"],
        "policies": len(plan.selected),
        "pack": plan.digest,
        "fail_on": values["fail_on"],
        "strict": values["strict"],
        "parameters": plan.parameters,
        "changed": plan.changed,
    }
    return Report(request.base, request.project, order(findings), estates, _distinct(diagnostics), plan.texts, left_out, notes)


def _results(scanner: Scanner, units: list[Unit]) -> Iterator[Result]:
    """In the order of `units`: what is known from earlier runs, and the rest anew."""
    known: dict[Unit, Result] = {}
    if scanner.cache is not None:
        for unit in units:
            result = scanner.cache.recall(unit)
            if result is not None:
                known[unit] = result
    anew = _anew(scanner, [unit for unit in units if unit not in known])
    for unit in units:
        yield known[unit] if unit in known else next(anew)


def _anew(scanner: Scanner, units: list[Unit]) -> Iterator[Result]:
    jobs = min(scanner.request.jobs, len(units))
    if jobs > 1 and sum(_size(unit) for unit in units) > PARALLEL_BYTES:
        from cloudpolicy import workers

        yield from workers.scan(scanner.request, units, jobs)
    else:
        for unit in units:
            yield scanner.scan(unit)


def nested_in(estates: list[ScannedEstate]) -> set[str]:
    """Templates that others deploy; of two that deploy each other both stay, so that somebody says so."""
    inner = {scanned.root: set(scanned.inputs[1:]) for scanned in estates if scanned.source in ("template", "arm", "bicep")}
    return {path for root, inputs in inner.items() for path in inputs if path in inner and root not in inner[path]}


def _size(unit: Unit) -> int:
    """Bytes that the unit's own files hold, roughly: modules are not followed."""
    try:
        if unit.kind != "hcl":
            return os.stat(unit.path).st_size
        with os.scandir(unit.path) as entries:
            return sum(entry.stat().st_size for entry in entries if entry.name.endswith((".tf", ".tf.json")))
    except OSError:
        return 0


def _distinct(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """A module that two roots include is broken once, not twice."""
    seen: dict[tuple[object, ...], Diagnostic] = {}
    for diagnostic in diagnostics:
        seen.setdefault((diagnostic.code, diagnostic.text, diagnostic.span), diagnostic)
    return sorted(seen.values(), key=lambda d: (d.severity != "error", d.span.file if d.span else "", d.span.line if d.span else 0))


def too_deep(root: str) -> Diagnostic:
    from cloudpolicy.model import Span

    return Diagnostic(
        "error",
        "too-deep",
        Text("nested too deeply to be judged; split it", "入れ子が深すぎて判定できません。分割してください"),
        Span(root),
    )


def common_folder(paths: Sequence[str]) -> str:
    """The folder that JSON reports are relative to: the one scanned, or what several have in common."""
    folders = [path if os.path.isdir(path) else os.path.dirname(path) for path in paths]
    try:
        return os.path.commonpath(folders)
    except ValueError:  # different drives
        return folders[0]


def project_folder(base: str, config: Config) -> str:
    """The folder that nothing is read outside of: the repository's top, else the configuration's, else the working directory above `base`."""
    folder = base
    while not os.path.exists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            break
        folder = parent
    else:
        return folder
    for candidate in (config.folder if config.file else "", os.getcwd()):
        if candidate and (base == candidate or base.startswith(candidate.rstrip(os.sep) + os.sep)):
            return candidate
    return base
