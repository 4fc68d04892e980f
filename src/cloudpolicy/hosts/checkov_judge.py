"""From what Checkov was asked to scan to verdicts on Checkov's vertices, once per graph."""

from __future__ import annotations

import os

from cloudpolicy.findings import WAIVED
from cloudpolicy.hosts.checkov_asked import Asked
from cloudpolicy.hosts.checkov_places import Places
from cloudpolicy.hosts.scanners import Scanners, types_by_policy
from cloudpolicy.model import Span, Verdict, type_key
from cloudpolicy.reports.words import exception
from cloudpolicy.scan import nested_in
from cloudpolicy.sources import Options, Unit
from cloudpolicy.sources.discovery import discover
from cloudpolicy.texts import Text, locale_language

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from cloudpolicy.findings import Finding, ScannedEstate
    from cloudpolicy.model import Diagnostic, Estate, Resource
    from cloudpolicy.sources import Kind

    Entity = dict[str, Any]

UNREAD = "CP_UNREAD"
_KINDS: dict[str, Kind] = {"terraform": "hcl", "terraform_plan": "plan", "cloudformation": "template", "arm": "arm", "bicep": "bicep"}
_RANK: dict[str, int] = {Verdict.PASS: 0, WAIVED: 1, Verdict.UNKNOWN: 2, Verdict.FAIL: 3}
_NAMES = ("file_path_", "block_type_", "block_name_", "__address__", "__startline__", "__start_line__")  # what tells vertices apart


class Note:
    """What the side report says of one verdict or one thing that was not read. `policy` is UNREAD for the latter."""

    __slots__ = ("file", "line", "message", "policy", "resource", "verdict")

    def __init__(self, policy: str, verdict: str, resource: str, span: Span | None, message: Text) -> None:
        self.policy = policy
        self.verdict = verdict
        self.resource = resource
        self.file = span.file if span else ""
        self.line = span.line if span else 0
        self.message = message


class Vertex(dict[str, Any] if TYPE_CHECKING else dict):  # type: ignore[misc]
    """A vertex as Checkov's runners are given it: what it says, and once for all policies by what it is told from others."""

    __slots__ = ("key",)

    def __init__(self, entity: Entity, key: tuple[Any, ...]) -> None:
        super().__init__(entity)
        self.key = key

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


class TerraformVertex(Vertex):
    """The same for Terraform's runners, which copy all of it twice (by pickle) for every verdict."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Copied, (dict(self),)


class Copied(dict[str, Any] if TYPE_CHECKING else dict):  # type: ignore[misc]
    """The first copy; of the second one they only put the configuration in its place. It is empty, which spares 5% of Checkov's run."""

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, ()


class Judged:
    """The verdicts on one graph.

    asked  what Checkov was asked to scan
    notes  unknown verdicts, failures with their sentences, and what was not read
    """

    def __init__(self, framework: str, given: Asked) -> None:
        self.framework = framework
        self.asked = given
        self.notes: list[Note] = []
        self._vertices: dict[tuple[Any, ...], Vertex] = {}
        self._verdicts: dict[str, dict[tuple[Any, ...], tuple[str, Vertex]]] = {}
        self._keys: dict[tuple[str, tuple[Any, ...]], list[str]] = {}
        self._waivers: dict[tuple[str, tuple[Any, ...]], Text] = {}

    def add(self, policy: str, verdict: str, vertex: Vertex, attribute: str = "", waiver: Text | None = None) -> None:
        """One vertex has one verdict per policy: the worst. `waiver`: who approved that it is waived, why and until when."""
        key = vertex.key
        verdicts = self._verdicts.setdefault(policy, {})
        if key not in verdicts or _RANK[verdicts[key][0]] < _RANK[verdict]:
            verdicts[key] = verdict, vertex
        if waiver is not None:
            self._waivers[policy, key] = waiver
        if attribute:
            self._keys.setdefault((policy, key), []).append(attribute.replace("[", "/").replace("]", "").replace(".", "/"))

    def share(self, policy: str) -> tuple[list[Vertex], list[Vertex], list[Vertex]]:
        """The vertices that pass, fail (waived ones, too: `waiver` tells them) and are unknown under one policy."""
        found: dict[str, list[Vertex]] = {verdict: [] for verdict in _RANK}
        for verdict, entity in self._verdicts.get(policy, {}).values():
            found[verdict].append(entity)
        return found[Verdict.PASS], found[Verdict.FAIL] + found[WAIVED], found[Verdict.UNKNOWN]

    def waiver(self, policy: str, vertex: Vertex) -> Text | None:
        """What allows that the vertex does not pass; None when something about it stands."""
        verdict, _ = self._verdicts.get(policy, {}).get(vertex.key, (None, None))
        return self._waivers.get((policy, vertex.key)) if verdict == WAIVED else None

    def keys(self, policy: str, vertex: Vertex) -> list[str]:
        """The attributes that decided, in Checkov's spelling ("ingress/0/cidr_blocks")."""
        return list(dict.fromkeys(self._keys.get((policy, vertex.key), ())))

    def vertex(self, entity: Entity) -> Vertex:
        """The one vertex for `entity`."""
        key = tuple(str(entity.get(name)) for name in _NAMES)
        found = self._vertices.get(key)
        if found is None:
            made = TerraformVertex if self.framework in ("terraform", "terraform_plan") else Vertex
            found = self._vertices[key] = made(entity, key)
        return found


def judge(framework: str, vertices: list[Entity], given: Asked | None) -> Judged:
    """Read and evaluate what Checkov was asked to scan; raises ConfigError."""
    given = given if given is not None else Asked()
    places = Places(framework, vertices, given)
    scanners = Scanners(passed=True, words={"var_files": given.var_files} if given.var_files else None)
    judged = Judged(framework, given)
    for spelled in given.candidates(framework):
        places.files.setdefault(given.absolute(spelled), spelled)
    scanned: list[tuple[Estate, ScannedEstate, list[Finding], list[Diagnostic]]] = []
    for unit in _units(framework, list(places.files), scanners):
        if scanners.excluded(unit.path):
            continue
        estate, (summary, findings, problems) = scanners.scan(unit)
        scanned.append((estate, summary, findings, problems))
    nested = nested_in([summary for _, summary, _, _ in scanned])
    for estate, _, findings, problems in scanned:
        if estate.root not in nested:
            _place(judged, places, estate, findings, problems, wanted=_wanted(framework, places, estate))
    # A block that was read without an error and has no resource has no instance (count = 0), whatever Checkov makes of it.
    read = {file for estate, _, _, _ in scanned for file in (estate.root, *estate.inputs)}
    read -= {problem.span.file for _, _, _, problems in scanned for problem in problems if problem.span and problem.severity == "error"}
    for vertex in places.unmatched():
        file = given.absolute(str(vertex["file_path_"]))
        if file not in read and not scanners.excluded(file):
            _unread_vertex(judged, vertex, scanners)
    return judged


def _units(framework: str, files: list[str], scanners: Scanners) -> list[Unit]:
    """What to read: the root modules among the folders, or each template that is one."""
    kind = _KINDS[framework]
    if kind != "hcl":
        found = discover(files, Options(os.getcwd()))  # a file that is no template is none of our business here
        return [unit for unit in found.units if unit.kind == kind]
    from cloudpolicy.sources.terraform import hcl

    folders = sorted({os.path.dirname(file) for file in files if file.endswith((".tf", ".tf.json"))})
    included: set[str] = set()
    if len(folders) > 1:
        for folder in folders:
            scanner = scanners.at(folder)
            sources = hcl.module_sources(folder, scanner.options(scanner.request.config.at(folder)))
            included |= {source for source in sources if source != folder}
    return [Unit("hcl", folder) for folder in folders if folder not in included]


def _wanted(framework: str, places: Places, estate: Estate) -> set[str] | None:
    """The files whose resources Checkov was asked about; None for all. With -f a root module's other files are read, but not reported."""
    if places.given.root is not None or framework != "terraform":
        return None
    return set(places.files)


def _place(
    judged: Judged, places: Places, estate: Estate, findings: Iterable[Finding], problems: Iterable[Diagnostic], wanted: set[str] | None
) -> None:
    language = locale_language()
    vertices: dict[str, Vertex] = {}

    def vertex_of(resource: Resource) -> Vertex:
        if resource.address not in vertices:
            vertices[resource.address] = judged.vertex(places.of(resource))
        return vertices[resource.address]

    for resource in estate.resources:
        if wanted is None or resource.span.file in wanted:
            vertex_of(resource)
    for finding in findings:
        found = estate.at(finding.address) if finding.address else None
        span = found.span if found is not None else finding.span
        if wanted is not None and span.file not in wanted:
            if finding.address:
                continue
            span = Span(next((file for file in estate.inputs if file in wanted), span.file))  # about the estate, wherever it is written
        vertex = vertex_of(found) if found is not None else judged.vertex(places.make(finding.format, "", span))
        waiver = exception(finding) if finding.verdict == WAIVED else None
        judged.add(finding.policy, finding.verdict, vertex, finding.attribute if finding.verdict != Verdict.PASS else "", waiver)
        if finding.verdict != Verdict.PASS:
            judged.notes.append(Note(finding.policy, finding.verdict, finding.address, finding.span, finding.message))
    for problem in problems:
        if problem.severity == "error":
            span = problem.span or Span(estate.root)
            file = span if not os.path.isdir(span.file) else Span(estate.inputs[0] if estate.inputs else span.file)
            judged.add(UNREAD, Verdict.FAIL, judged.vertex(places.make("unread", f"unread.{problem.code}", file)))
            judged.notes.append(Note(UNREAD, Verdict.FAIL, problem.text.pick(language), span, problem.text))


def _unread_vertex(judged: Judged, vertex: Entity, scanners: Scanners) -> None:
    """A resource that Checkov sees and our reader does not: unknown under every policy that speaks of its type."""
    type = str(vertex.get("resource_type") or "")
    address = str(vertex.get("__address__") or vertex.get("id_") or vertex.get("block_name_"))
    file = judged.asked.absolute(str(vertex["file_path_"]))
    text = Text(
        f"{address}: Checkov found this resource and cloudpolicy did not; it was not judged",
        f"{address}: Checkov が検出したこのリソースを cloudpolicy は読み取れず、判定していません",
    )
    scanner = scanners.at(file)
    format = {"hcl": "terraform", "plan": "terraform", "template": "cloudformation"}.get(_KINDS[judged.framework], "arm")
    for id, types in types_by_policy(scanner.pack, format).items():
        if id in scanner.selected and type_key(type) in {type_key(each) for each in types}:
            judged.add(id, Verdict.UNKNOWN, judged.vertex(vertex))
            judged.notes.append(Note(id, Verdict.UNKNOWN, address, Span(file, 1), text))
