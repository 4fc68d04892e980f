"""What fixing does to every policy's fail examples, under the whole profile: how much, twice, and with nothing lost."""

import re
from collections import Counter
from pathlib import Path

import pytest

from fix_examples import documented, every, mended, tally

FORMATS = ("terraform", "cloudformation", "bicep", "json")  # the last two are ARM's
# At least: policies with a finding that is fixed; findings (of any policy) that are fixed. `python -m pytest -s` shows the numbers.
LEAST = {"terraform": (70, 1800), "cloudformation": (55, 800), "bicep": (52, 500), "json": (52, 450)}


@pytest.mark.parametrize("format", FORMATS)
def test_how_much_is_fixed(format):
    examples = every(format)
    policies = {target.key[0] for example in examples for target in example.targets if target.fixed}
    kinds = tally(examples)
    print(f"\n{format}: {len(policies)} policies, {dict(kinds)}")
    assert (len(policies), kinds["fixed"]) >= LEAST[format]
    assert kinds["fixed"] >= 0.9 * (kinds["fixed"] + kinds["refused"]), "of what has one remedy, nine in ten are fixed"


def test_the_documents_list_what_is_mended():
    found = mended()
    counts = Counter(format for formats in found.values() for format in formats)
    print(f"\npolicies with a mechanical fix: {len(found)} in all, {dict(counts)}")
    assert len(found) >= 70 and min(counts[format] for format in FORMATS) >= 40
    for name, language in (("fix.md", "en"), ("fix.ja.md", "ja")):
        page = (Path(__file__).parents[2] / "docs" / name).read_text(encoding="utf-8")
        assert page == documented(page, language), "run: PYTHONPATH=src python tests/fix_examples.py"


@pytest.mark.parametrize("format", FORMATS)
def test_a_second_run_changes_nothing(format):
    assert {example.name: example.left for example in every(format) if example.left} == {}


COMMENT = re.compile(r"(?:#|//) .*$", re.MULTILINE)


def skeleton(line):
    """A line without the value on it, and without a comma: what comes before, and the comment behind."""
    found = re.match(r"(.*?[=:]\s|\s*-\s|.*?\{(?=\s*\S))?.*?(\s(?:#|//).*)?$", line)
    return (found.group(1) or line).strip(" ,"), found.group(2) or ""


@pytest.mark.parametrize("format", FORMATS)
def test_every_line_that_is_not_mended_stays(format):
    """An edit changes a line's value or adds lines: none goes, none moves, and no comment is lost."""
    for example in every(format):
        for file, before in example.before.items():
            assert Counter(COMMENT.findall(before)) <= Counter(COMMENT.findall(example.after[file]))
            rest = iter(example.after[file].splitlines())
            for line in before.splitlines():
                opened = (
                    line[: line.index("{") + 1].rstrip() if re.search(r"\{[^{}]*\}", line) else None
                )  # a block on one line may be spread
                if not any(new == line or skeleton(new) == skeleton(line) or new.rstrip() == opened for new in rest):
                    pytest.fail(f"{example.name} {file}: {line!r} is gone\n{example.after[file]}")


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_not_fixed_has_a_reason(format):
    for example in every(format):
        for target in example.targets:
            assert target.fixed or (target.reason is not None and all(target.reason)), (example.name, target.key)
