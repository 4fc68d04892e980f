"""Trying an edit: the texts as they would be are read and judged again in memory, and compared with what was.

An edit is good when every check that it is for holds, and nothing else got worse: no policy of the profile on any resource of any estate that
reads the file, no new diagnostic, no resource gone.
"""

from __future__ import annotations

import os

from cloudpolicy import sources
from cloudpolicy.evaluate.engine import Check, Run
from cloudpolicy.model import Verdict
from cloudpolicy.sources import files
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from cloudpolicy.evaluate.answers import Answer
    from cloudpolicy.evaluate.engine import Engine, Selected
    from cloudpolicy.findings import Finding
    from cloudpolicy.model import Estate, Resource
    from cloudpolicy.scan import Scanner
    from cloudpolicy.sources import Unit

    Key = tuple[str, int, str]  # policy, number of the check (-1: of the estate as a whole), address


class Failure:
    """One check that fails on one resource; `findings` are what a scan says of it."""

    __slots__ = ("findings", "key", "resource")

    def __init__(self, key: Key, resource: Resource) -> None:
        self.key = key
        self.resource = resource
        self.findings: list[Finding] = []


class State:
    """One unit as it was read and judged.

    counts       (policy, check, address) -> [failures, unknowns], where there are any
    failures     the same keys, those that fail
    general      (policy, check) whose doubt is told once for the whole estate, and is there
    diagnostics  (code, text, file) -> how many; `said` has their texts
    """

    __slots__ = ("addresses", "counts", "diagnostics", "engine", "estate", "failures", "general", "said")

    def __init__(self, estate: Estate, engine: Engine, project: str) -> None:
        self.estate = estate
        self.engine = engine
        run = _Record(estate, engine.settings, project)
        engine.drive(estate, run)
        self.counts = run.of_each
        self.failures = run.failures
        self.general = run.general
        self.addresses = {resource.address for resource in estate.resources}
        self.diagnostics: dict[tuple[str, str, str], int] = {}
        self.said: dict[tuple[str, str, str], Text] = {}
        for diagnostic in estate.diagnostics:
            key = (diagnostic.code, diagnostic.text.en, diagnostic.span.file if diagnostic.span else "")
            self.diagnostics[key] = self.diagnostics.get(key, 0) + 1
            self.said[key] = diagnostic.text

    def holds(self, key: Key) -> bool:
        """Whether a check passes on a resource: it applies, and its answer is true."""
        policy, number, address = key
        resource = self.estate.at(address)
        if resource is None or key in self.counts:
            return False
        answer = self.engine.ask(self.estate, resource, policy, number)
        return answer is not None and answer.truth is True

    def worse_than(self, before: State) -> tuple[list[Key], list[Text]]:
        """What got worse since `before`: checks with more failures or unknowns, and everything else in words.

        A new resource may share a doubt that the report has already (the region is not given), and adds no line to it.
        """
        checks = [
            key
            for key, counts in self.counts.items()
            if counts > before.counts.get(key, [0, 0]) and (counts[0] or key[:2] not in before.general or key[2] in before.addresses)
        ]
        others = []
        for key, count in self.diagnostics.items():
            if count > before.diagnostics.get(key, 0):
                name, text = os.path.basename(key[2]), self.said[key]
                others.append(Text(f"{name}: {text.en}", f"{name}: {text.ja}"))
        gone = sorted(before.addresses - self.addresses)
        return checks, others + [Text(f"{address} is gone", f"{address} がなくなります") for address in gone]


class _Record(Run):
    """A run that tells every finding on its own and keeps, with it, the check and the resource it came from."""

    def __init__(self, estate: Estate, settings: dict[str, Any], project: str) -> None:
        super().__init__(estate, settings, project, False, False)
        self.of_each: dict[Key, list[int]] = {}
        self.failures: dict[Key, Failure] = {}
        self.general: set[tuple[str, int]] = set()
        self._number = -1

    def tell(self, policy: Selected, check: Check, verdict: str, answer: Answer, resource: Resource) -> None:
        alone = check if check.once is None else Check(check.number, check.when, check.require, check.severity, None)
        self._number = check.number
        if check.once is not None and verdict is Verdict.UNKNOWN:
            self.general.add((policy.id, check.number))
        super().tell(policy, alone, verdict, answer, resource)
        self._number = -1

    def add(self, policy: Selected, severity: str, verdict: str, resource: Resource, *rest: Any, **more: Any) -> Finding:
        finding = super().add(policy, severity, verdict, resource, *rest, **more)
        key = (policy.id, self._number, resource.address)
        counts = self.of_each.setdefault(key, [0, 0])
        counts[verdict is Verdict.UNKNOWN] += 1
        if verdict is Verdict.FAIL and self._number >= 0:
            self.failures.setdefault(key, Failure(key, resource)).findings.append(finding)
        return finding


class Bench:
    """All units of one request, and the texts that were changed so far.

    units   what was found, in order
    states  unit -> its state with the texts as they are now
    groups  unit -> the least unit that is tied to it by files which both read: what is edited in one group changes nothing in another
    texts   real path -> the changed bytes
    originals  real path -> the bytes that an edit started from
    """

    def __init__(self, scanner: Scanner, units: Iterable[Unit]) -> None:
        self.scanner = scanner
        self.units = list(units)
        self.texts: dict[str, bytes] = {}
        self.originals: dict[str, bytes] = {}
        self.states = [self._read(unit) for unit in self.units]
        self._readers: dict[str, set[int]] = {}
        self.groups = list(range(len(self.units)))
        for index, state in enumerate(self.states):
            for path in state.estate.inputs:
                readers = self._readers.setdefault(os.path.realpath(path), {index})
                if index not in readers:
                    self._tie(min(readers), index)
                    readers.add(index)
        self.groups = [self._least(index) for index in self.groups]

    def _least(self, index: int) -> int:
        while self.groups[index] != index:
            index = self.groups[index]
        return index

    def _tie(self, one: int, other: int) -> None:
        one, other = sorted((self._least(one), self._least(other)))
        self.groups[other] = one

    def _read(self, unit: Unit) -> State:
        values = self.scanner.request.config.at(unit.path)
        estate = sources.read(unit, self.scanner.options(values))
        return State(estate, self.scanner.engine(values), self.scanner.request.project)

    def text(self, path: str, texts: Mapping[str, bytes]) -> bytes:
        """The bytes of a file with `texts` over what was changed so far. Raises OSError."""
        path = os.path.realpath(path)
        for changed in (texts, self.texts, self.originals):
            if path in changed:
                return changed[path]
        with open(path, "rb") as file:
            self.originals[path] = file.read()
        return self.originals[path]

    def attempt(self, texts: Mapping[str, bytes]) -> dict[int, State]:
        """The states, by unit, of every unit that reads one of `texts`, with these in place."""
        whom = {index for path in texts for index in self._readers.get(path, ())}
        files.held.update(self.texts)
        files.held.update(texts)
        try:
            return {index: self._read(self.units[index]) for index in sorted(whom)}
        finally:
            files.held.clear()

    def keep(self, texts: Mapping[str, bytes], states: Mapping[int, State]) -> None:
        self.texts.update(texts)
        for index, state in states.items():
            self.states[index] = state
