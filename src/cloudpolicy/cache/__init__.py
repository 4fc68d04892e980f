"""The cache: results of earlier runs, believed only while every question that they rest on is answered as it was.

What is kept is one estate's result before waivers and baselines. It is found by what decides it from outside (this tool's own files, the policies,
the configuration, variables of the environment, the estate's place) and holds while the journal's questions have their old answers (the files read
and their contents, the files looked for in vain, the folders listed, the day). So a run with the cache says what a run without it would say.
"""

from __future__ import annotations

import os
import sys

from cloudpolicy import journal, places
from cloudpolicy.cache import records
from cloudpolicy.cache.entries import Entries, key_of
from cloudpolicy.policy import pack
from cloudpolicy.policy.plan import Plan, plain_texts, texts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cloudpolicy.findings import PolicyText
    from cloudpolicy.journal import Answers, Question
    from cloudpolicy.scan import Request, Result
    from cloudpolicy.sources import Options, Unit

LAYOUT = 1  # of the entries; another number means another folder
_READERS = ("tree_sitter", "tree_sitter_hcl", "yaml")  # what reads for us: another version may read differently
_DECIDING = ("cache", "evaluate", "policy", "sources")  # our folders that decide what a result is
_SILENT = ("fail_on", "strict", "lang", "exclude")  # settings that no estate's result depends on


def folder() -> str:
    return os.path.join(places.user_cache(), f"results-{LAYOUT}")


def kept() -> Entries:
    return Entries(folder())


def of(request: Request) -> Cache | None:
    """The cache for one request; None where there is no safe place for one."""
    own = kept()
    state = _code_state() if own.usable else None
    return Cache(request, own, state) if state is not None else None


class Cache:
    """What earlier runs found out, as far as it holds now. No method raises; None means: find out anew.

    documents  the state of the policies' documents that the keys are made from
    """

    __slots__ = ("_answers", "_base", "_entries", "_includes", "_named", "_plan_key", "_renewed", "_request", "documents")

    def __init__(self, request: Request, entries: Entries, state: list[Any]) -> None:
        self._request = request
        self._entries = entries
        self._answers: Answers = {}  # as of this run: estates share modules
        self._renewed: dict[str, Any] = {}
        self._includes: dict[str, Any] | None = None
        config = request.config
        values = {key: value for key, value in config.values.items() if key not in _SILENT}
        self.documents = pack.state_of(request.policies)
        self._plan_key = key_of("plan", state, self.documents, values, config.paths)
        self._base = key_of(
            self._plan_key, config.folder, config.file, request.project, sorted(request.environment.items()), request.passed
        )
        named = [
            path for table in (config.values, *config.paths) for key in ("var_files", "parameter_files") for path in table.get(key, ())
        ]
        self._named = frozenset(config.absolute(path) for path in named)

    def plan(self, texts: Callable[[], dict[str, PolicyText]]) -> Plan | None:
        """What the report says of the policies, when the same choice was made before; `texts` gives theirs should they be lost."""

        def kept_texts(selected: list[str]) -> dict[str, PolicyText]:
            try:
                return texts_of(self._entries.load(self._texts_key()), selected)
            except (TypeError, ValueError):
                return texts()

        try:
            return Plan.of(self._entries.load(self._plan_key), kept_texts)
        except (TypeError, ValueError):
            return None

    def keep_plan(self, plan: Plan) -> None:
        if not plan.diagnostics:  # a broken document is reported on every run until it is mended
            self._entries.keep(self._texts_key(), plain_texts(plan.texts()))
            self._entries.keep(self._plan_key, plan.plain())

    def recall(self, unit: Unit) -> Result | None:
        """The unit's result, when nothing that it rests on has changed."""
        kept = self._entries.load(self._key(unit))
        try:
            asked, result = kept["asked"], kept["result"]
            answers = self._read(asked)
            if answers is None:
                return None
            found = records.result(result, self._quotable(answers, unit))
        except (TypeError, ValueError, KeyError):
            return None
        if self._request.changed is not None:
            found[0].asked = answers
        return found

    def keep(self, unit: Unit, result: Result, recording: journal.Recording) -> None:
        """Keep a result that was made while `recording`; one that belongs to no state of the disk is left alone."""
        if not recording.whole() or not all(self._askable(question) for question in recording.answers):
            return
        try:
            plain = records.plain(result, self._quotable(recording.answers, unit))
        except records.Malformed:
            return
        self._entries.keep(self._key(unit), {"asked": _rows(recording.answers), "result": plain})

    def module_sources(self, folder: str, options: Options) -> set[str]:
        """includes.module_sources, without parsing a folder that is as it was."""
        if self._includes is None:
            kept = self._entries.load(self._includes_key())
            self._includes = kept if type(kept) is dict else {}
        known = self._includes.get(folder)
        try:
            if known is not None and self._read(known["asked"]) is not None:
                found = known["found"]
                if all(type(each) is str for each in found):
                    self._renewed[folder] = known
                    return set(found)
        except (TypeError, ValueError, KeyError):
            pass
        from cloudpolicy.sources.terraform import hcl

        with journal.Recording() as recording:
            sources = hcl.module_sources(folder, options)
        if recording.whole():
            self._renewed[folder] = {"asked": _rows(recording.answers), "found": sorted(sources)}
        return sources

    def keep_includes(self) -> None:
        """At the end of discovery: what was found out about includes replaces what was known."""
        if self._renewed and self._renewed != self._includes:
            self._entries.keep(self._includes_key(), self._renewed)

    def _key(self, unit: Unit) -> str:
        return key_of(self._base, unit.kind, unit.path)

    def _texts_key(self) -> str:
        return key_of("texts", self._plan_key)

    def _includes_key(self) -> str:
        return key_of("includes", self._base, self._request.paths)

    def _read(self, asked: Any) -> dict[Question, str] | None:
        """The kept questions and answers, None when one is answered differently now. Raises for what is malformed."""
        answers: dict[Question, str] = {}
        now = self._answers
        for kind, path, detail, answer in asked:
            question = (kind, path, detail)
            present = now.get(question)
            if present is None:
                if not self._askable(question):
                    return None
                present = now[question] = journal.ask(question)
            if present != answer:
                return None
            answers[question] = answer
        return answers

    def _askable(self, question: Question) -> bool:
        """Contents and listings are asked for in the project and of files that the configuration names, wherever an entry may point."""
        kind, path, _ = question
        if kind in ("content", "names", "tree"):
            project = self._request.project
            return path == project or path.startswith(project.rstrip(os.sep) + os.sep) or path in self._named
        return True

    def _quotable(self, answers: Answers, unit: Unit) -> Any:
        """A result may point to what its estate asked for, and to nothing else on this machine."""
        known = {unit.path, *journal.paths(answers)}
        return known.__contains__


def _rows(answers: Answers) -> list[list[str]]:
    return [[*question, answer] for question, answer in answers.items()]


def _code_state() -> list[Any] | None:
    """What changes when this tool, its readers or Python do; None where that cannot be told (a zipped package)."""
    top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    found: list[Any] = [sys.version, sys.platform]

    def walk(folder: str) -> None:
        names = sorted(os.listdir(folder))
        for name in names:
            if name.endswith(".py"):
                state = os.stat(f"{folder}/{name}")
                found.append((name, state.st_size, state.st_mtime_ns))
            elif "." not in name and name != "__pycache__":
                walk(f"{folder}/{name}")

    try:
        for name in sorted(os.listdir(top)):
            if name in _DECIDING:
                walk(f"{top}/{name}")
            elif name.endswith(".py"):
                state = os.stat(f"{top}/{name}")
                found.append((name, state.st_size, state.st_mtime_ns))
        for name in _READERS:
            state = os.stat(_origin(name))
            found.append([name, state.st_size, state.st_mtime_ns])
    except OSError:
        return None
    return found


def _origin(name: str) -> str:
    """The file that `import name` would run."""
    for finder in sys.meta_path:
        spec = finder.find_spec(name, None)
        if spec is not None and spec.origin is not None:
            return spec.origin
    raise FileNotFoundError(name)
