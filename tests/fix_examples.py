"""Every policy's fail examples put through `fix` under the whole profile: what the tests of fixing share."""

import functools
import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from cloudpolicy.config import Config
from cloudpolicy.fix import run as fixing
from cloudpolicy.policy import documents, pack
from cloudpolicy.policy.testing import as_example
from cloudpolicy.scan import Request

RULES = os.path.join(pack.folder(), "rules")


class Fixed(NamedTuple):
    """One example after fixing: `before` and `after` are texts by file name, `left` what a second run would change."""

    name: str
    before: dict[str, str]
    after: dict[str, str]
    left: dict[str, str]
    targets: list[fixing.Target]


@functools.cache
def documents_of_ours():
    found, problems = documents.load_folder(RULES)
    assert problems == []
    return found


@functools.cache
def every(format: str) -> list[Fixed]:
    """All fail examples of a format, fixed: those that are judged under the same configuration in one run, each in a folder of its own."""
    alike = {}
    for document in documents_of_ours():
        if format in document.policy.examples:
            for number, example in enumerate(document.policy.examples[format].fail):
                example = as_example(example, format)
                name = f"{document.policy.id}-{number}"
                values = {"missing_modules": "warning", "profile": example.profile or "advisory", "region": example.region}
                values |= {"scope": example.scope} if example.scope else {}
                values |= {"parameters": {document.policy.id: example.parameters}} if example.parameters else {}
                alike.setdefault(repr(values), (values, {}))[1][name] = example
    return [fixed for values, examples in alike.values() for fixed in fix(examples, values, format)]


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
            targets.setdefault(Path(span.file).relative_to(folder).parts[0], []).append(target)
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
