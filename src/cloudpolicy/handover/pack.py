"""Building a handover pack: one scan, the clauses' status, every file of the pack, and the manifest over all of it."""

from __future__ import annotations

import datetime
import os
import re
import time

from cloudpolicy import __version__, decisions
from cloudpolicy.guidelines import attestations as statements
from cloudpolicy.guidelines import catalogue as catalogues
from cloudpolicy.guidelines.status import statuses
from cloudpolicy.handover import commit as commits
from cloudpolicy.handover import manifest
from cloudpolicy.handover.dossier import Dossier
from cloudpolicy.policy import pack as packs
from cloudpolicy.reports.places import Places
from cloudpolicy.reports.secrets import MASK
from cloudpolicy.scan import run
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from cloudpolicy.findings import Report
    from cloudpolicy.handover.periodic import Check
    from cloudpolicy.policy.pack import Pack
    from cloudpolicy.scan import Progress, Request
    from cloudpolicy.texts import Language


_SECRET = re.compile("(?i)passw|secret|token|key|credential")


class Unbuildable(Exception):
    """No pack can be built; `text` says why and what to do."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


class Order:
    """What a pack is asked for.

    request       the scan
    system        name of the system
    language      of the pack
    day           on which statements and waivers are held to count
    attestations  file of the statements; None for none
    command       words of the command line, for the manifest
    periodic      reports of what was deployed, to be handed over with it
    """

    __slots__ = ("attestations", "command", "day", "language", "periodic", "request", "system")

    def __init__(
        self,
        request: Request,
        system: str,
        language: Language,
        day: datetime.date,
        attestations: str | None = None,
        command: Sequence[str] = (),
        periodic: Sequence[Check] = (),
    ) -> None:
        self.request = request
        self.system = system
        self.language: Language = language
        self.day = day
        self.attestations = attestations
        self.command = list(command)
        self.periodic = list(periodic)


def day_of_work() -> datetime.date:
    """SOURCE_DATE_EPOCH's day where it is set (a build that must be repeatable), else today."""
    epoch = _epoch()
    return datetime.date.today() if epoch is None else epoch.date()


def judge(order: Order, progress: Progress | None = None) -> Dossier:
    """Scan, and say what holds for every clause. Raises ConfigError, or Unbuildable when a file changed under the scan."""
    order.request.passed = True
    order.request.day = order.day.isoformat()
    started = time.time_ns()
    report = run(order.request, progress)
    pack = packs.load_with(order.request.policies)
    catalogue = catalogues.load(pack=pack)
    stated, problems = statements.load(order.attestations, catalogue, order.day) if order.attestations else ([], [])
    report.diagnostics = [*report.diagnostics, *catalogue.diagnostics, *problems]
    clauses = statuses(catalogue, report, stated, order.day)
    files = dict(_files(order, report))
    commit = commits.find(report.base, files)
    return Dossier(
        system=order.system,
        day=order.day,
        created=_created(commit, order.day),
        language=order.language,
        report=report,
        clauses=clauses,
        catalogue=catalogue,
        attestations=stated,
        commit=commit,
        inputs=_inputs(files, Places(report.base), started),
        pack=pack,
    )


def build(order: Order, progress: Progress | None = None) -> tuple[Dossier, dict[str, bytes]]:
    """The dossier and every file of its pack, the manifest last. Raises as `judge` does."""
    from cloudpolicy.handover import periodic
    from cloudpolicy.reports import handover as looks

    dossier = judge(order, progress)
    files = {**looks.render(dossier), **periodic.files(order.periodic, order.language)}
    outputs = [manifest.entry(name, len(content), manifest.digest(content)) for name, content in sorted(files.items())]
    places = Places(dossier.report.base)
    content = {
        "schema": manifest.SCHEMA,
        "system": dossier.system,
        "day": dossier.day.isoformat(),
        "created": dossier.created.isoformat(),
        "language": dossier.language,
        "tool": {"name": "cloudpolicy", "version": __version__},
        "command": _command(order.command, places),
        "policy_pack": pack_facts(packs.load_with(order.request.policies)),
        "commit": {"id": dossier.commit.id, "uncommitted": [places.of(path) for path in dossier.commit.uncommitted]},
        "scan": _scan(order.request, places),
        "inputs": dossier.inputs,
        "outputs": outputs,
        "periodic": periodic.facts(order.periodic),
        "summary": {
            "verdicts": {verdict: dossier.report.count(verdict) for verdict in ("pass", "fail", "unknown", "not_applicable")},
            "clauses": dossier.count(),
        },
    }
    return dossier, {**files, manifest.NAME: manifest.sealed(content)}


def pack_facts(pack: Pack) -> dict[str, Any]:
    """What names a policy pack: the digest of its policies and that of the clause catalogues."""
    folder = os.path.join(packs.folder(), "guidelines")
    catalogue = manifest.tree_digest((name, os.path.join(folder, name)) for name in os.listdir(folder) if name.endswith(".yaml"))
    return {"digest": pack.digest, "policies": len(pack.policies), "guidelines": catalogue}


def _files(order: Order, report: Report) -> Iterator[tuple[str, str]]:
    """(path, role) of every file that the pack rests on; of a file that comes twice the last role counts."""
    for diagnostic in report.diagnostics:
        if diagnostic.span and os.path.isfile(diagnostic.span.file):
            yield diagnostic.span.file, "template"
    config = order.request.config
    for key in ("var_files", "parameter_files"):
        for values in (config.values, *config.paths):
            for path in values.get(key, ()):
                if os.path.isfile(config.absolute(path)):
                    yield config.absolute(path), "template"
    for estate in report.estates:
        for path in estate.inputs:
            yield path, "template"
    if order.request.policies:
        for folder, _, names in os.walk(order.request.policies):
            for name in names:
                if name.endswith((".yaml", ".yml")):
                    yield os.path.join(folder, name), "policy"
    for folder in decisions.folders_above(report):
        path = os.path.join(folder, decisions.WAIVERS)
        if os.path.isfile(path):
            yield path, "waivers"
    if config.file:
        yield config.file, "configuration"
    if order.attestations:
        yield order.attestations, "attestations"


def _inputs(files: dict[str, str], places: Places, started: int) -> list[dict[str, Any]]:
    found = []
    for path, role in files.items():
        try:
            size, sha256 = manifest.file_digest(path)
            late = os.stat(path).st_mtime_ns > started
        except OSError as error:
            raise Unbuildable(Text(f"{path} cannot be read: {error.strerror}", f"{path} を読み取れません: {error.strerror}")) from None
        if late:
            raise Unbuildable(
                Text(
                    f"{path} was changed during the scan: run the command again",
                    f"{path} が検査中に変更されました。もう一度実行してください",
                )
            )
        found.append(manifest.entry(places.of(path), size, sha256, role=role))
    return sorted(found, key=lambda entry: str(entry["path"]))


def _scan(request: Request, places: Places) -> dict[str, Any]:
    """How to scan again: the settings in force, with paths relative to the scanned folder. What a TF_VAR_ variable holds may be secret and is not kept."""
    config = request.config

    def relative(values: dict[str, Any]) -> dict[str, Any]:
        files: dict[str, Any] = {
            key: [places.of(config.absolute(path)) for path in values[key]] for key in ("var_files", "parameter_files") if key in values
        }
        return {**values, **files}

    return {
        "paths": [places.of(path) for path in request.paths],
        "folder": places.of(config.folder) if config.file else ".",
        "settings": relative(config.values),
        "per_path": [relative(table) for table in config.paths],
        "policies": places.of(request.policies) if request.policies else None,
        "environment": {name: None if name.startswith("TF_VAR_") else value for name, value in sorted(request.environment.items())},
    }


def _command(words: Sequence[str], places: Places) -> list[str]:
    """The command line without the names of this machine's folders, and without anything that is named like a secret."""
    found: list[str] = []
    for word in words:
        option, equals, value = word.partition("=")
        if os.path.isabs(word):
            word = _shown(word, places)
        elif word.startswith("--") and equals:
            word = f"{option}={MASK if _SECRET.search(option) else _shown(value, places)}"
        elif found and found[-1].startswith("--") and "=" not in found[-1] and _SECRET.search(found[-1]):
            word = MASK
        found.append(word)
    return found


def _shown(word: str, places: Places) -> str:
    """`word`, as a full path relative to the scanned folder; of one outside of it only the last name: the rest is about the machine."""
    if not os.path.isabs(word):
        return word
    inside = places.of(os.path.normpath(word))
    return f"…/{os.path.basename(os.path.normpath(word))}" if inside.startswith("..") or os.path.isabs(inside) else inside


def _created(commit: commits.Commit, day: datetime.date) -> datetime.datetime:
    epoch = _epoch()
    if epoch is not None:
        return epoch
    if commit.time is not None:
        return datetime.datetime.fromtimestamp(commit.time, datetime.UTC)
    return datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.UTC)


def _epoch() -> datetime.datetime | None:
    value = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not value.isdecimal():
        return None
    try:
        return datetime.datetime.fromtimestamp(int(value), datetime.UTC)
    except (OverflowError, ValueError, OSError):
        return None
