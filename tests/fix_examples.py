"""Every policy's fail examples put through `fix` under the whole profile: what the tests of fixing share."""

import functools
import json
import os
import pickle
import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from cloudpolicy import sources
from cloudpolicy.config import Config
from cloudpolicy.fix import run as fixing
from cloudpolicy.fix.operations import Operation
from cloudpolicy.fix.origins import names
from cloudpolicy.model import Unknown
from cloudpolicy.policy import documents, pack
from cloudpolicy.policy.schema import Example
from cloudpolicy.policy.testing import as_example
from cloudpolicy.scan import Request, Scanner
from cloudpolicy.sources.discovery import discover

try:
    import fcntl
except ImportError:  # Windows: each worker does it for itself
    fcntl = None

shared: Path | None = None  # where the workers of one test run share what they found out, when there are several
RULES = os.path.join(pack.folder(), "rules")


class Fixed(NamedTuple):
    """One example after fixing: `before` and `after` are texts by file name, `left` what a second run would change."""

    name: str
    before: dict[str, str]
    after: dict[str, str]
    left: dict[str, str]
    targets: list["Case"]


class Case(NamedTuple):
    """What became of one failing check: see cloudpolicy.fix.run.Target; `reason` in both languages."""

    key: tuple[str, int, str]
    fixed: bool
    mechanical: bool
    reason: tuple[str, str] | None
    effect: str
    edits: set[tuple[str, tuple[str, ...]]]  # (resource type, names of the path)


@functools.cache
def documents_of_ours():
    found, problems = documents.load_folder(RULES)
    assert problems == []
    return found


@functools.cache
def every(format: str) -> list[Fixed]:
    """All fail examples of a format, fixed; once for all workers of a test run."""
    if shared is None or fcntl is None:
        return fix_all(format)
    with open(shared / f"fixed-{format}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = shared / f"fixed-{format}.pickle"
        if not kept.exists():
            kept.write_bytes(pickle.dumps(fix_all(format)))
        return pickle.loads(kept.read_bytes())


def fix_all(format):
    """Those that are judged under the same configuration in one run, each in a folder of its own."""
    source = "arm" if format in ("bicep", "json") else format
    alike = {}
    for document in documents_of_ours():
        if source in document.policy.examples:
            for number, example in enumerate(document.policy.examples[source].fail):
                example = as_example(example, source)
                example = as_json(example) if format == "json" else example
                name = f"{document.policy.id}-{number}"
                values = {"missing_modules": "warning", "profile": example.profile or "advisory", "region": example.region}
                values |= {"scope": example.scope} if example.scope else {}
                values |= {"parameters": {document.policy.id: example.parameters}} if example.parameters else {}
                alike.setdefault(repr(values), (values, {}))[1][name] = example
    return [fixed for values, examples in alike.values() for fixed in fix(examples, values, format)]


def as_json(example):
    """A Bicep example as the ARM template with the same resources, for the JSON that nobody should have to write twice."""
    (text,) = example.files.values()
    with tempfile.TemporaryDirectory(prefix="cloudpolicy-") as folder:
        path = Path(folder) / "main.bicep"
        path.write_bytes(text.encode())
        scanner = Scanner(Request([str(path)], Config(folder, values={})))
        options = scanner.options(scanner.request.config.values)
        (unit,) = discover([str(path)], options, []).units
        estate = sources.read(unit, options)
    parameters = {}

    def spelled(value):
        if isinstance(value, dict):
            return {key: spelled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [spelled(item) for item in value]
        if not isinstance(value, Unknown):
            return value
        for resource in map(estate.at, value.references):
            if resource is not None and isinstance(resource.values.get("name"), str):
                names = ", ".join(f"'{part}'" for part in resource.values["name"].split("/"))
                return f"[resourceId('{resource.type}', {names})]"
        if re.fullmatch(r"\w+\([^()]*\)(\.\w+)?", value.expression):
            return f"[{value.expression}]"
        parameters["given"] = {"type": "string"}
        return "[parameters('given')]"

    made_up = ("deploymentScope", "parent")  # what the reader adds
    resources = [
        {"type": resource.type, **{key: spelled(value) for key, value in resource.values.items() if key not in made_up}}
        for resource in estate.resources
    ]
    schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
    template = {"$schema": schema, "contentVersion": "1.0.0.0", "parameters": parameters, "resources": resources}
    return Example(
        {"main.json": json.dumps(template, ensure_ascii=False, indent=2) + "\n"},
        example.parameters,
        example.profile,
        example.region,
        example.scope,
    )


def fix(examples, values, format):
    with tempfile.TemporaryDirectory(prefix="cloudpolicy-") as top:
        folder = Path(top).resolve()
        paths = {}
        for name, example in examples.items():
            for file, text in example.files.items():
                path = folder / name / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text.encode())
            paths[name] = str(folder / name if format == "terraform" else folder / name / next(iter(example.files)))

        def run():
            return fixing.run(Request(list(paths.values()), Config(str(folder), values=dict(values))))

        outcome = run()
        assert outcome.write() == []
        after = {name: {file: (folder / name / file).read_bytes().decode() for file in example.files} for name, example in examples.items()}
        again = run()

        def of(name, paths):
            return [path for path in paths if path.startswith(f"{folder / name}{os.sep}")]

        targets = {}
        for target in outcome.targets:
            span = target.failure.findings[0].span
            reason = (target.reason.en, target.reason.ja) if target.reason is not None else None
            edits = {(change.resource.type, names(change.path)) for change in target.changes if isinstance(change, Operation)}
            case = Case(target.key, target.fixed, target.mechanical, reason, target.effect, edits)
            targets.setdefault(Path(span.file).relative_to(folder).parts[0], []).append(case)
        assert set(targets) <= set(examples)
        return [
            Fixed(
                name,
                example.files,
                after[name],
                {os.path.relpath(path, folder / name): again.texts[path][1].decode() for path in of(name, again.texts)},
                targets.get(name, []),
            )
            for name, example in examples.items()
        ]


def tally(examples):
    """How many of the failing checks are fixed, how many have an edit that was refused, how many are for people."""
    kinds = Counter()
    for example in examples:
        for target in example.targets:
            kinds["fixed" if target.fixed else "refused" if target.mechanical else "people"] += 1
    return kinds


SPELLINGS = {"terraform": "Terraform", "cloudformation": "CloudFormation", "json": "ARM", "bicep": "Bicep"}


def mended():
    """Policy -> the formats in which a failing example of any policy shows it mended."""
    found = {}
    for format in SPELLINGS:
        for example in every(format):
            for target in example.targets:
                if target.fixed:
                    found.setdefault(target.key[0], set()).add(format)
    return found


def table(language):
    """What docs/fix.md lists."""
    found = mended()
    heads = {"en": ("Policy", "What it asks for"), "ja": ("ポリシー", "内容")}[language]
    rows = [f"| {' | '.join([*heads, *SPELLINGS.values()])} |", "| --- | --- |" + " :---: |" * len(SPELLINGS)]
    for document in sorted(documents_of_ours(), key=lambda document: document.policy.id):
        policy = document.policy
        if policy.id in found:
            title = policy.title.ja if language == "ja" else policy.title.en
            marks = ["✓" if format in found[policy.id] else "" for format in SPELLINGS]
            rows.append(f"| [{policy.id}](./policies/{policy.id}.md) | {title} | {' | '.join(marks)} |")
    total = {"en": "all", "ja": "合計"}[language]
    counts = [str(sum(format in formats for formats in found.values())) for format in SPELLINGS]
    return "\n".join([*rows, f"| **{total}** | {len(found)} | {' | '.join(counts)} |"])


def documented(page, language):
    """The text of a page with its table made anew."""
    return re.sub(
        r"(<!-- fixable -->\n).*?(\n<!-- /fixable -->)", lambda match: match[1] + table(language) + match[2], page, flags=re.DOTALL
    )


if __name__ == "__main__":  # PYTHONPATH=src python tests/fix_examples.py renews the tables
    for name, language in (("fix.md", "en"), ("fix.ja.md", "ja")):
        path = Path(__file__).parents[1] / "docs" / name
        path.write_text(documented(path.read_text(encoding="utf-8"), language), encoding="utf-8")
