"""Many at once, and killed at any point: what is left never changes a verdict."""

import os
import random
import re
import subprocess
import sys
import time

import pytest

KILLS = int(
    os.environ.get("CLOUDPOLICY_KILLS", "25")
)  # the figure that was promised is 200: CLOUDPOLICY_KILLS=200 pytest tests/cache/test_crashes.py
GROUP = 'resource "aws_security_group" "%s" {\n  ingress {\n    from_port = %d\n    to_port = %d\n    protocol = "tcp"\n    cidr_blocks = ["0.0.0.0/0"]\n  }\n}\n'


def start(top, cache, *more):
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", "cloudpolicy", "scan", str(top), "--format", "json", *more]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def said(process):
    out, err = process.communicate(timeout=120)
    return process.returncode, re.sub(r'"seconds": [\d.]+', "", out), err


def write(top, number):
    """Three estates, one of which is another each time."""
    for name, ports in (("a", [22, 80]), ("b", [443]), ("c", [1000 + number])):
        (top / name).mkdir(exist_ok=True)
        (top / name / "main.tf").write_text("".join(GROUP % (f"g{port}", port, port) for port in ports))


@pytest.mark.slow
def test_32_runs_at_once_say_the_same(tmp_path):
    top, cache = tmp_path / "top", tmp_path / "cache"
    top.mkdir()
    write(top, 0)
    want = said(start(top, cache, "--no-cache"))
    assert want[0] == 1
    assert not cache.exists()
    running = [start(top, cache) for _ in range(32)]
    assert {said(process) for process in running} == {want}
    running = [start(top, cache) for _ in range(8)]
    assert {said(process) for process in running} == {want}
    assert not list(cache.rglob("*.tmp"))


@pytest.mark.slow
def test_a_killed_run_leaves_nothing_that_changes_a_verdict(tmp_path):
    top, cache = tmp_path / "top", tmp_path / "cache"
    top.mkdir()
    chance = random.Random(5)
    write(top, 0)
    began = time.perf_counter()
    said(start(top, cache))
    whole = time.perf_counter() - began
    for number in range(1, KILLS + 1):
        write(top, number % 7)
        process = start(top, cache)
        # nearer to the end, where entries are written, more often
        time.sleep(whole * (chance.random() if number % 4 == 0 else 0.7 + 0.4 * chance.random()))
        process.kill()
        process.communicate()
        if number % 5 == 0 or number == KILLS:
            write(top, chance.randrange(7))
            assert said(start(top, cache)) == said(start(top, cache, "--no-cache")), number
