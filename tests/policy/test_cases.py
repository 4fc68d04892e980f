"""Templates as teams write them, each with the verdicts that the providers' documentation calls for; not made from the policies' examples.

cases/<area>.txt holds cases: `=== name | CP_X passes, CP_Y does not apply`, then a template, or several files under `--- name` lines.
A line that ends with `#! fail CP_X` or `#! unknown CP_X` carries exactly these findings; of a policy that is named nowhere nothing is asked.
The marks are taken off before the template is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cloudpolicy.cli import run

FOLDER = Path(__file__).parent / "cases"
MARK = re.compile(r"\s*#! ((?:fail|unknown) CP_.*)$")
Found = set[tuple[str, str, int, str]]  # verdict, file, line, policy


class Case(NamedTuple):
    name: str
    files: dict[str, str]
    without: dict[str, str]  # policy -> "passes" | "does not apply"
    marked: Found


def cases(text: str) -> list[Case]:
    return [case(*chunk.split("\n", 1)) for chunk in re.split(r"(?m)^=== ", text)[1:]]


def case(head: str, body: str) -> Case:
    name, _, promises = head.partition(" | ")
    without = dict(promise.split(" ", 1) for promise in promises.split(", ") if promise != "-")
    parts = re.split(r"(?m)^--- (\S+)\n", body)
    single = "template.yaml" if re.search(r"(?m)^Resources:", body) else "main.tf"
    texts = dict(zip(parts[1::2], parts[2::2], strict=True)) if len(parts) > 1 else {single: body}
    files, marked = {}, set()
    for path, text in texts.items():
        lines = text.rstrip("\n").split("\n")
        for number, line in enumerate(lines, 1):
            mark = MARK.search(line)
            if mark:
                lines[number - 1] = line[: mark.start()]
                for one in mark[1].split(", "):
                    verdict, policy = one.split(" ")
                    marked.add((verdict, path, number, policy))
        files[path] = "\n".join(lines) + "\n"
    return Case(name, files, without, marked)


@pytest.fixture
def scanned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """Scans the folder of this test, and gives the findings of the JSON report."""

    def scan() -> list[dict[str, Any]]:
        (tmp_path / "cloudpolicy.toml").write_text('region = "ap-northeast-1"\n', encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        status = run(["scan", ".", "--format", "json", "--show-passed", "--no-cache", "--jobs", "1"])
        assert status in (1, 2)  # 2: some cases call modules that are not on disk
        findings: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["findings"]
        return findings

    return scan


@pytest.mark.parametrize("area", sorted(path.stem for path in FOLDER.glob("*.txt")))
def test_verdicts(area: str, tmp_path: Path, scanned: Callable[[], list[dict[str, Any]]]) -> None:
    every = cases((FOLDER / f"{area}.txt").read_text(encoding="utf-8"))
    assert len({one.name for one in every}) == len(every), "two cases of one name"
    for one in every:
        for path, text in one.files.items():
            target = tmp_path / one.name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    found: dict[str, list[tuple[str, str, int, str]]] = {one.name: [] for one in every}
    for finding in scanned():
        name, _, path = finding["location"]["file"].partition("/")
        found[name].append((finding["verdict"], path, finding["location"]["line"], finding["policy"]))
    wrong = [problem for one in every for problem in problems(one, found[one.name])]
    assert not wrong, "\n".join(wrong)


def problems(one: Case, found: list[tuple[str, str, int, str]]) -> list[str]:
    asked = set(one.without) | {policy for _, _, _, policy in one.marked}
    told = {finding for finding in found if finding[3] in asked and finding[0] in ("fail", "unknown")}
    result = [f"{one.name}: missing {finding}" for finding in sorted(one.marked - told)]
    result += [f"{one.name}: not expected {finding}" for finding in sorted(told - one.marked)]
    passed = {policy for verdict, _, _, policy in found if verdict == "pass"}
    for policy, promise in one.without.items():
        if (policy in passed) is not (promise == "passes"):
            result.append(f"{one.name}: {policy} {promise}, but {'it passes' if policy in passed else 'nothing was judged'}")
    return result
