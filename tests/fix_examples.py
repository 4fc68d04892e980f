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
def every(format: str) -> list[Fixed]:
    """All fail examples of a format, fixed."""
    found, problems = documents.load_folder(RULES)
    assert problems == []
    return [
        fix(f"{document.policy.id}-{number}", document.policy.id, as_example(example, format), format)
        for document in found
        if format in document.policy.examples
        for number, example in enumerate(document.policy.examples[format].fail)
    ]


def fix(name, policy, example, format):
    with tempfile.TemporaryDirectory(prefix="cloudpolicy-") as folder:
        root = Path(folder).resolve()
        for file, text in example.files.items():
            path = root / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        values = {"missing_modules": "warning", "profile": example.profile or "advisory", "region": example.region}
        values |= {"scope": example.scope} if example.scope else {}
        values |= {"parameters": {policy: example.parameters}} if example.parameters else {}
        paths = [str(root if format == "terraform" else root / next(iter(example.files)))]

        def run():
            return fixing.run(Request(paths, Config(str(root), values=dict(values))))

        outcome = run()
        assert outcome.write() == []
        after = {file: (root / file).read_bytes().decode() for file in example.files}
        again = run()
        left = {os.path.basename(path): text.decode() for path, (_, text) in again.texts.items()}
        return Fixed(name, example.files, after, left, outcome.targets)


def tally(examples):
    """How many of the failing checks are fixed, how many have an edit that was refused, how many are for people."""
    kinds = Counter()
    for example in examples:
        for target in example.targets:
            kinds["fixed" if target.fixed else "refused" if target.mechanical else "people"] += 1
    return kinds
