"""One scan from paths to Report: discovery, reading, evaluation; over all cores when there is enough to do."""

from __future__ import annotations

import os

from cloudpolicy import decisions, sources
from cloudpolicy.config import Config, ConfigError
from cloudpolicy.evaluate.engine import Engine
from cloudpolicy.findings import Report, ScannedEstate, order
from cloudpolicy.model import CONFIGURATION, Diagnostic
from cloudpolicy.policy import pack as packs
from cloudpolicy.policy import selection
from cloudpolicy.sources.discovery import discover
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from cloudpolicy.findings import Finding
    from cloudpolicy.model import Estate
    from cloudpolicy.sources import Options, Unit

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
    day          today's ISO date for waivers; None: ask the clock (the date in Japan)
    """

    __slots__ = ("base", "config", "day", "environment", "jobs", "passed", "paths", "policies", "project")

    def __init__(
        self,
        paths: Sequence[str],
        config: Config,
        environment: Mapping[str, str] | None = None,
        policies: str | None = None,
        passed: bool = False,
        jobs: int = 1,
        *,
        day: str | None = None,
    ) -> None:
        self.paths = list(paths)
        self.config = config
        self.environment = dict(environment or {})
        self.policies = policies
        self.passed = passed
        self.jobs = jobs
        self.day = day
        self.base = common_folder(self.paths)
        self.project = project_folder(self.base, config)


class Scanner:
    """Reads and evaluates one unit after another under one request."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.pack = packs.load_with(request.policies)
        values = request.config.values
        selection.define(self.pack, values["profiles"])
        self.profiles = selection.profile_chain(self.pack, values["profile"])
        self.selected = selection.select(self.pack, values["profile"], values["select"], values["ignore"])
        self.parameters: dict[str, dict[str, Any]] = {}
        for name in reversed(self.profiles):
            for id, given in self.pack.profiles[name]["parameters"].items():
                self.parameters.setdefault(id, {}).update(given)
        self._engines: dict[str, Engine] = {}
        self.check_parameters(values["parameters"])
        for table in request.config.paths:
            self.check_parameters(table.get("parameters", {}))

    def check_parameters(self, given: dict[str, Any]) -> None:
        """Every parameter that the configuration names exists and has the default's type; raises ConfigError."""
        for id, values in given.items():
            policy = self.pack.policies.get(id)
            if policy is None:
                raise self._wrong(f"[parameters.{id}]: no such policy", f"[parameters.{id}]: そのポリシーはありません")
            for name, value in values.items() if isinstance(values, dict) else [(id, values)]:
                if name not in policy["parameters"]:
                    names = ", ".join(policy["parameters"]) or "-"
                    raise self._wrong(
                        f"{id} has no parameter {name!r} (it has: {names})", f"{id} にパラメータ {name!r} はありません({names})"
                    )
                default = policy["parameters"][name]
                if not _alike(value, default):
                    raise self._wrong(
                        f"{id}.{name} wants a value like {default!r}, not {value!r}",
                        f"{id}.{name} の値 {value!r} は使えません(例: {default!r})",
                    )

    def _wrong(self, en: str, ja: str) -> ConfigError:
        from cloudpolicy.model import Span

        file = self.request.config.file
        text = Text(f"configuration: {en}", f"設定ファイル: {ja}")
        return ConfigError(Diagnostic("error", "invalid-config", text, Span(file) if file else None))

    def parameters_in_force(self) -> dict[str, Any]:
        """{"parameters": policy -> name -> value, "changed": ["CP_X.name" that differ from the default]}."""
        configured = self.request.config.values["parameters"]
        in_force: dict[str, dict[str, Any]] = {}
        changed: list[str] = []
        for id in self.selected:
            defaults = self.pack.policies[id]["parameters"]
            if defaults:
                in_force[id] = {**defaults, **self.parameters.get(id, {}), **configured.get(id, {})}
                changed += [f"{id}.{name}" for name, value in in_force[id].items() if value != defaults[name]]
        return {"parameters": in_force, "changed": changed}

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
        return self.judge(sources.read(unit, self.options(self.request.config.at(unit.path))))

    def judge(self, estate: Estate) -> Result:
        """Evaluate an estate, whoever read it: a source of ours, a host's own graph or a cloud's answer."""
        engine = self._engine(self.request.config.at(estate.root))
        try:
            findings, counts, unjudged = engine.evaluate(estate, self.request.project, self.request.passed)
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

    def _engine(self, values: dict[str, Any]) -> Engine:
        settings = {key: values[key] for key in ("scope", "data_class", "availability")}
        key = repr((settings, sorted(values["parameters"].items())))
        if key not in self._engines:
            parameters = {id: {**self.parameters.get(id, {}), **values["parameters"].get(id, {})} for id in self.selected}
            self._engines[key] = Engine(self.pack, self.selected, self.profiles, parameters, settings)
        return self._engines[key]


def run(request: Request, progress: Progress | None = None) -> Report:
    """Scan everything the request names; raises ConfigError when the request itself cannot be followed."""
    scanner = Scanner(request)
    options = scanner.options(request.config.values)
    found = discover(request.paths, options, request.config.values["exclude"])
    diagnostics = [*scanner.pack.diagnostics, *found.diagnostics]
    results: list[Result] = []
    for result in _results(scanner, found.units, options):
        results.append(result)
        if progress is not None:
            progress(len(results), len(found.units))
    report = assemble(scanner, results, diagnostics, found.left_out)
    decisions.apply(report, request, lambda name: name if name in report.policies else scanner.pack.known(name))
    report.diagnostics = _distinct(report.diagnostics)
    return report


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
    values = request.config.values
    notes = {
        "profile": values["profile"],
        "policies": len(scanner.selected),
        "pack": scanner.pack.digest,
        "fail_on": values["fail_on"],
        "strict": values["strict"],
        **scanner.parameters_in_force(),
    }
    texts = {id: scanner.pack.text(id) for id in scanner.selected}
    return Report(request.base, request.project, order(findings), estates, _distinct(diagnostics), texts, left_out, notes)


def _alike(value: Any, default: Any) -> bool:
    """Whether a parameter's value has the default's type, the items of a list too (any text where the default is an empty list)."""
    if isinstance(default, list):
        kind = type(default[0]) if default else str
        return isinstance(value, list) and all(isinstance(item, kind) and not (kind is int and isinstance(item, bool)) for item in value)
    return isinstance(value, bool) == isinstance(default, bool) and isinstance(value, type(default))


def _results(scanner: Scanner, units: list[Unit], options: Options) -> Iterator[Result]:
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
