"""Many at once, and killed at any point: what is left never changes a verdict."""

import os
import random
import re
import shutil
import signal
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


def check(top, cache, chance):
    """Whatever is in the cache now, it says nothing else than a look without it."""
    write(top, chance.randrange(7))
    assert said(start(top, cache)) == said(start(top, cache, "--no-cache"))


@pytest.mark.slow
def test_a_killed_run_leaves_nothing_that_changes_a_verdict(tmp_path):
    top, cache = tmp_path / "top", tmp_path / "cache"
    top.mkdir()
    chance = random.Random(5)
    write(top, 0)
    said(start(top, cache))
    write(top, 1000)
    began = time.perf_counter()
    said(start(top, cache))
    whole = time.perf_counter() - began  # how long a run takes that finds one estate changed
    hit = 0
    for number in range(1, KILLS + 1):
        write(top, 2000 + number if number % 3 else chance.randrange(7))
        process = start(top, cache)
        # nearer to the end, where entries are written, more often
        time.sleep(whole * (chance.random() if number % 4 == 0 else 0.6 + 0.4 * chance.random()))
        alive = process.poll() is None
        hit += alive
        whole *= 1.05 if alive else 0.85  # machines get slower and faster; the end is where it matters, not what comes after
        process.kill()
        process.communicate()
        if number % 5 == 0 or number == KILLS:
            check(top, cache, chance)
    assert hit >= KILLS // 3, "too many had come to their end before they were killed"


# Runs a scan that kills itself at the n-th step of writing: before a file is made, with half of it written, before and after it gets its name.
KILLED = """
import os, signal, sys
left, cache = int(sys.argv.pop(1)), os.environ["XDG_CACHE_HOME"]
real = {name: getattr(os, name) for name in ("open", "write", "replace")}
def step():
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
def opened(path, flags, *more, **options):
    if flags & os.O_CREAT:
        step()
    return real["open"](path, flags, *more, **options)
def written(descriptor, data):
    if descriptor < 3:
        return real["write"](descriptor, data)
    real["write"](descriptor, data[: len(data) // 2])
    step()
    return len(data) // 2 + real["write"](descriptor, data[len(data) // 2 :])
def replaced(old, new):
    step()
    real["replace"](old, new)
    step()
os.open, os.write, os.replace = opened, written, replaced
from cloudpolicy import cli
status = cli.run(sys.argv[1:])
sys.stdout.flush()
os._exit(status if left > 0 else 99)
"""


@pytest.mark.slow
def test_killed_at_every_step_of_writing(tmp_path):
    top, cache = tmp_path / "top", tmp_path / "cache"
    top.mkdir()
    chance = random.Random(6)
    write(top, 0)
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    for number in range(1, 100):
        if number % 2:
            shutil.rmtree(cache, ignore_errors=True)  # every other time all entries are written, else one
        write(top, 3000 + number)
        command = [sys.executable, "-c", KILLED, str(number if number % 2 else number % 8 + 1), "scan", str(top), "--quiet"]
        done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120)
        assert done.returncode in (-signal.SIGKILL, 1), done.stderr
        check(top, cache, chance)
        if number % 2 and done.returncode == 1:  # the run came to its end before it came to its n-th step
            break
    assert 15 < number < 99
