"""Running a policy's own examples: unexpected findings and unmet expectations both fail."""

from __future__ import annotations

import os
import re
import tempfile

from cloudpolicy import sources
from cloudpolicy.evaluate.engine import Engine
from cloudpolicy.model import Verdict
from cloudpolicy.policy import selection
from cloudpolicy.policy.documents import Document
from cloudpolicy.policy.schema import Example
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudpolicy.findings import Finding
    from cloudpolicy.model import Estate
    from cloudpolicy.policy.pack import Pack

MARK = re.compile(r"(?:#|//)\s*(fail|unknown)\s*$")
MARK_JSON = re.compile(r'"(?:x-)?cloudpolicy":\s*"(fail|unknown)"')
_NAMES = {"terraform": "main.tf", "cloudformation": "template.yaml", "arm": "main.bicep"}


class Outcome:
    """One example's result; `fault` is None when it does what it says."""

    __slots__ = ("fault", "format", "kind", "line", "number", "path", "policy")

    def __init__(self, document: Document, format: str, kind: str, number: int, fault: Text | None) -> None:
        self.policy = document.policy.id
        self.path = document.path
        key = ("examples", format, kind, number)
        self.line = document.lines.get(key, document.lines.get(key[:-1], 1))
        self.format = format
        self.kind = kind
        self.number = number
        self.fault = fault


def run(documents: list[Document], pack: Pack) -> Iterator[Outcome]:
    """The outcome of every example of `documents`."""
    for document in documents:
        for format, examples in document.policy.examples.items():
            for kind, given in (("pass", examples.passing), ("fail", examples.fail), ("unknown", examples.unknown)):
                if isinstance(given, str):
                    continue
                for number, example in enumerate(given):
                    fault = judge(document, pack, format, kind, as_example(example, format))
                    yield Outcome(document, format, kind, number, fault)


def judge(document: Document, pack: Pack, format: str, kind: str, example: Example) -> Text | None:
    """What is wrong with one example, or None."""
    findings, counts, errors = evaluate(document.policy.id, pack, format, example)
    if errors:
        return Text(f"cannot be read: {errors[0].en}", f"読み取れません: {errors[0].ja}")
    seen = {(f.verdict, os.path.basename(f.span.file), f.span.line) for f in findings if f.verdict != Verdict.PASS}
    marked = set(_marks(example))
    told = "; ".join(f"{os.path.basename(f.span.file)}:{f.span.line} {f.verdict}: {f.message.en}" for f in findings) or "nothing"
    if kind == "pass":
        if seen:
            return Text(f"should pass, but: {told}", f"適合のはずが: {told}")
        if not counts.get(Verdict.PASS):
            return Text("judges nothing: no resource passes", "何も判定されていません(適合したリソースがありません)")
        return None
    if not any(verdict == kind for verdict, _, _ in seen):
        return Text(f"should {kind}, but found {told}", f"{kind} のはずが: {told}")
    if marked and seen != marked:
        missing = ", ".join(f"{file}:{line} {verdict}" for verdict, file, line in sorted(marked - seen)) or "none"
        return Text(f"marked but not found: {missing}; found: {told}", f"印があるが検出されない: {missing}。検出: {told}")
    return None


def evaluate(id: str, pack: Pack, format: str, example: Example) -> tuple[list[Finding], dict[str, int], list[Text]]:
    """Findings, counts and reading errors of one example under one policy."""
    with tempfile.TemporaryDirectory(prefix="cloudpolicy-") as folder:
        folder = os.path.realpath(folder)
        estate = read(example, format, folder)
        # a policy's example judges all its checks: those of the advisory profile too
        profiles = selection.profile_chain(pack, example.profile) if example.profile else list(pack.profiles)
        settings = {"scope": example.scope or "stack", "data_class": "sensitive", "availability": "standard"}
        engine = Engine(pack, [id], profiles, {id: example.parameters}, settings)
        findings, counts, _ = engine.evaluate(estate, folder)
        errors = [diagnostic.text for diagnostic in estate.diagnostics if diagnostic.severity == "error"]
        return findings, counts, errors


def read(example: Example, format: str, folder: str) -> Estate:
    """The estate of one example, written to `folder`."""
    for name, text in example.files.items():
        path = os.path.join(folder, *name.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    first = os.path.join(folder, *next(iter(example.files)).split("/"))
    unit = sources.Unit("hcl", folder) if format == "terraform" else sources.Unit("template", first)
    if format == "arm":
        unit = sources.Unit("bicep" if first.endswith(".bicep") else "arm", first)
    elif first.endswith("plan.json"):
        unit = sources.Unit("plan", first)
    return sources.read(unit, sources.Options(folder, region=example.region, missing_modules="warning"))


def as_example(example: str | Example, format: str) -> Example:
    """An example given as plain text, as the one file that its format expects."""
    return Example(files={_file_name(format, example): example}) if isinstance(example, str) else example


def _marks(example: Example) -> Iterator[tuple[str, str, int]]:
    for name, text in example.files.items():
        for number, line in enumerate(text.splitlines(), 1):
            found = MARK.search(line) or MARK_JSON.search(line)
            if found:
                yield found.group(1), os.path.basename(name), number


def _file_name(format: str, text: str) -> str:
    if text.lstrip().startswith("{"):
        return "plan.json" if format == "terraform" else "template.json"
    return _NAMES[format]
