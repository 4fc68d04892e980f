"""`make bench`: cloudpolicy beside stock Checkov, stock cfn-lint and the bare parsers, in one run; writes bench/RESULTS.md.

Whole processes, start-up included; medians of interleaved runs after one warm-up. Ratios travel between machines, seconds do not.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
import generate

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CHECKOV = ROOT / ".venv-checkov" / BIN.name / "checkov"
PYTHON = [sys.executable, "-c"]
# Checkov's own checks that ask what ours ask, as far as its names tell.
SAME = ",".join(
    [
        f"CKV_AWS_{n}"
        for n in (2, 3, 7, 8, 16, 17, 18, 19, 20, 24, 25, 33, 35, 36, 40, 41, 45, 46, 53, 54, 55, 56, 57, 60, 61, 62, 63, 66, 67)
    ]
    + [f"CKV_AWS_{n}" for n in (70, 88, 89, 103, 110, 130, 145, 158, 189, 260, 274, 277, 338, 382)]
    + ["CKV2_AWS_6", "CKV2_AWS_12", "CKV2_AWS_40", "CKV2_AWS_64"]
)
PACK = ["--external-checks-dir", str(ROOT / "policies" / "checkov"), "--check", "CP_*"]
TFPARSE = "import sys, os, tfparse\nfor p in sys.argv[1:]: tfparse.load_from_path(p)"
LIBYAML = "import sys, yaml\nclass L(yaml.CSafeLoader): pass\nL.add_multi_constructor('!', lambda l, s, n: None)\nfor p in sys.argv[1:]: yaml.load(open(p, 'rb'), L)"


class Command(NamedTuple):
    """What is timed: `words` in the folder `where`, `count` times; `before` each time, untimed, the world is made as it should be."""

    words: list[str]
    count: int
    where: Path | None = None
    before: Callable[[], None] | None = None


Scene = tuple[str, dict[str, Command]]  # (name of the floor, commands)


def as_many() -> str:
    """As many of Checkov's own checks of AWS in Terraform as we have policies for it: those that the map knows, in its order."""
    import yaml

    read = yaml.safe_load((ROOT / "policies" / "mappings" / "checkov.yaml").read_text(encoding="utf-8"))["rules"]
    policies = len(list((ROOT / "policies" / "rules").rglob("*.yaml")))
    return ",".join(
        [rule for rule, entry in read.items() if rule.startswith("CKV_AWS_") and " aws_" in f" {entry}".replace("'", " ")][:policies]
    )


class Figures:
    """Medians of one command: wall and CPU seconds, peak memory of its largest process in MB."""

    def __init__(self) -> None:
        self.runs: list[tuple[float, float, float]] = []

    @property
    def wall(self) -> float:
        return statistics.median(run[0] for run in self.runs)

    @property
    def cpu(self) -> float:
        return statistics.median(run[1] for run in self.runs)

    @property
    def peak(self) -> float:
        return statistics.median(run[2] for run in self.runs)


def once(command: Command) -> tuple[float, float, float]:
    """(wall, CPU, peak) of one run; the command's own exit status is its finding, not our business."""
    if command.before is not None:
        command.before()
    environment = {**os.environ, "LOG_LEVEL": "ERROR"}
    started = time.perf_counter()
    process = subprocess.Popen(command.words, cwd=command.where, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode < 0:
        raise SystemExit(f"{command.words[0]} died with signal {-process.returncode}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measure(commands: dict[str, Command]) -> dict[str, Figures]:
    """Interleaved runs; what runs several times runs once before, uncounted."""
    figures = {name: Figures() for name in commands}
    for command in commands.values():
        if command.count > 1:
            once(command)
    for turn in range(max(command.count for command in commands.values())):
        for name, command in commands.items():
            if turn < command.count:
                figures[name].runs.append(once(command))
    return figures


def scenes(folder: Path, quick: bool) -> dict[str, Scene]:
    """Title -> scene."""
    scale = 10 if quick else 1
    small, wide, many, stacks = folder / "small", folder / "wide", folder / "many", folder / "stacks"
    generate.module(small, 3)
    generate.module(wide, 1000 // scale, blocks=1)
    generate.repository(many, 250 // scale, 4)
    generate.templates(stacks, 300 // scale)
    roots = [str(path) for path in sorted(many.iterdir())]
    files = [str(path) for path in sorted(stacks.iterdir())]

    def ours(path: Path) -> list[str]:
        return [str(BIN / "cloudpolicy"), "scan", "--no-cache", "--format", "json", str(path)]

    def checkov(path: Path, *more: str) -> list[str]:
        framework = "cloudformation" if path == stacks else "terraform"
        return [str(CHECKOV), "-d", str(path), "--framework", framework, "--compact", "--quiet", "--skip-download", "-o", "json", *more]

    def terraform(path: Path, paths: list[str], fast: int, slow: int) -> Scene:
        return "tfparse alone", {
            "cloudpolicy": Command(ours(path), fast),
            "tfparse alone": Command([*PYTHON, TFPARSE, *paths], fast),
            "Checkov, the same checks": Command(checkov(path, "--check", SAME), slow),
            "Checkov, all its checks": Command(checkov(path), slow),
            "Checkov, our policies inside": Command(checkov(path, *PACK), slow),
            "Checkov, as many of its own": Command(checkov(path, "--check", as_many()), slow),
        }

    return {
        "(a) one small root module: 3 files, 31 resources": terraform(small, [str(small)], 15, 5),
        f"(b) one root module of {1000 // scale:,} files, {5000 // scale + 1:,} resources": terraform(wide, [str(wide)], 5, 1),
        f"(b') {250 // scale} root modules of 4 files, {250 // scale * 41:,} resources": terraform(many, roots, 5, 1),
        f"(c) {300 // scale} CloudFormation templates, {300 // scale * 12:,} resources": (
            "libyaml alone",
            {
                "cloudpolicy": Command(ours(stacks), 5),
                "libyaml alone": Command([*PYTHON, LIBYAML, *files], 5),
                "cfn-lint": Command([str(BIN / "cfn-lint"), "--non-zero-exit-code", "none", *files], 1),
                "Checkov, the same checks": Command(checkov(stacks, "--check", SAME), 1),
                "Checkov, all its checks": Command(checkov(stacks), 1),
            },
        ),
        **hooks(folder / "repository"),
    }


def hooks(top: Path) -> dict[str, Scene]:
    """What a commit that changes one line of a small module waits for: our hook as pre-commit calls it, and Checkov's (its entry is `checkov -d .`)."""
    generate.module(top / "infra", 3)
    changed = top / "infra" / "part1.tf"
    text = changed.read_text(encoding="utf-8")
    for words in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", "-C", str(top), *words], check=True)
    cache = Path(os.environ["XDG_CACHE_HOME"])
    count = 0

    def change() -> None:
        nonlocal count
        count += 1
        changed.write_text(f"{text}# {count}\n", encoding="utf-8")

    def forget() -> None:
        change()
        shutil.rmtree(cache, ignore_errors=True)

    def hook(before: Callable[[], None] | None) -> Command:
        return Command([str(BIN / "cloudpolicy"), "hook", "infra/part1.tf"], 21, top, before)

    theirs = Command([str(CHECKOV), "-d", "."], 3, top)
    parse = Command([*PYTHON, TFPARSE, "infra"], 21, top)
    title = "a hook, one line of that module changed"
    return {
        f"(d) {title}, nothing known before": (
            "tfparse alone",
            {"cloudpolicy": hook(forget), "tfparse alone": parse, "Checkov, all its checks": theirs},
        ),
        f"(d') {title}, the module known as it was": (
            "tfparse alone",
            {"cloudpolicy": hook(change), "tfparse alone": parse, "Checkov, all its checks": theirs},
        ),
        "(d'') a hook, the module known as it is": (
            "bare Python",
            {"cloudpolicy": hook(None), "bare Python": Command([*PYTHON, "pass"], 21), "Checkov, all its checks": theirs},
        ),
    }


def table(title: str, floor: str, figures: dict[str, Figures]) -> str:
    own = figures["cloudpolicy"]
    lines = [f"### {title}", "", "| | wall | CPU | peak memory | wall against cloudpolicy |", "| --- | ---: | ---: | ---: | ---: |"]
    for name, found in figures.items():
        ratio = "1" if name == "cloudpolicy" else f"{found.wall / own.wall:.1f} ×"
        lines.append(f"| {name} | {found.wall:.3f} s | {found.cpu:.3f} s | {found.peak:.0f} MB | {ratio} |")
    base = figures[floor]
    inside, many = figures.get("Checkov, our policies inside"), figures.get("Checkov, as many of its own")
    if inside and many:
        lines += ["", f"Checkov with our policies takes {inside.wall / many.wall:.2f} × its time with as many checks of its own."]
    lines += [
        "",
        f"cloudpolicy takes {own.wall / base.wall:.2f} × the wall time and {own.peak / base.peak:.2f} × the memory of {floor}.",
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the files; prints, writes nothing")
    parser.add_argument("--only", default="", metavar="LETTER", help="the scenes of one letter; prints, writes nothing")
    given = parser.parse_args()
    if not CHECKOV.exists():
        print("Checkov is not installed in .venv-checkov; run it through make bench", file=sys.stderr)
        return 2
    checkov = subprocess.run([str(CHECKOV), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    parts = [
        "# Benchmark",
        "",
        f"Made by `make bench`. Whole processes, start-up included; medians of interleaved runs; {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"Checkov {checkov}, cfn-lint {version('cfn-lint')}, tfparse {version('tfparse')}. Read the ratios: seconds belong to the machine. "
        "The floors judge nothing: tfparse and libyaml alone only parse, bare Python (`python -c pass`) does nothing. (a) to (c) keep no results.",
        "",
    ]
    with tempfile.TemporaryDirectory(prefix="cloudpolicy-bench-") as folder:
        os.environ["XDG_CACHE_HOME"] = os.path.join(folder, "cache")  # nothing of the user's own is used or lost
        for title, (floor, commands) in scenes(Path(folder), given.quick).items():
            if not title.startswith(f"({given.only}"):
                continue
            parts.append(table(title, floor, measure(commands)))
            print(parts[-1], flush=True)
    if not given.quick and not given.only:
        (ROOT / "bench" / "RESULTS.md").write_text("\n".join(parts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
