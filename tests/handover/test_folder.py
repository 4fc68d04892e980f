"""A pack is written whole or not at all, over nothing that is not one."""

import os
import signal
import subprocess
import sys
import time

import pytest
from tests.handover.conftest import ROOT, run

from cloudpolicy.handover import folder

FILES = {"a.txt": b"new", "m.json": b"{}"}


def contents(path):
    return {item.name: item.read_bytes() for item in path.iterdir()}


@pytest.fixture
def earlier(tmp_path):
    path = tmp_path / "pack"
    folder.write(str(path), {"a.txt": b"old", "b.txt": b"old", "m.json": b"{}"}, "m.json")
    return path


def only(path):
    return sorted(os.listdir(path.parent)) == [path.name]


def test_an_earlier_pack_is_replaced_whole(earlier):
    folder.write(str(earlier), FILES, "m.json")
    assert contents(earlier) == FILES and only(earlier)


def test_without_exchange_too(earlier, monkeypatch):
    monkeypatch.setattr(folder, "_exchange", lambda one, other: False)
    folder.write(str(earlier), FILES, "m.json")
    assert contents(earlier) == FILES and only(earlier)


def test_parents_are_made_and_others_may_read(tmp_path):
    path = tmp_path / "a" / "b" / "pack"
    folder.write(str(path), FILES, "m.json")
    mask = os.umask(0)
    os.umask(mask)
    assert contents(path) == FILES and path.stat().st_mode & 0o777 == 0o777 & ~mask


@pytest.mark.parametrize("step", ["open", "fsync", "chmod", "rename"])
def test_an_error_leaves_the_earlier_pack(earlier, monkeypatch, step):
    before = contents(earlier)

    def broken(*words, **more):
        raise OSError(28, "No space left on device")

    if step == "open":
        monkeypatch.setattr("builtins.open", broken)
    else:
        if step == "rename":
            monkeypatch.setattr(folder, "_exchange", lambda one, other: False)
        monkeypatch.setattr(folder.os, step, broken)
    with pytest.raises(OSError, match="No space left"):
        folder.write(str(earlier), FILES, "m.json")
    monkeypatch.undo()
    assert contents(earlier) == before and only(earlier)


def test_an_error_between_the_two_renames_puts_the_old_one_back(earlier, monkeypatch):
    before, rename, calls = contents(earlier), os.rename, []

    def second(one, other):
        calls.append(one)
        if len(calls) == 2:
            raise KeyboardInterrupt
        rename(one, other)

    monkeypatch.setattr(folder, "_exchange", lambda one, other: False)
    monkeypatch.setattr(folder.os, "rename", second)
    with pytest.raises(KeyboardInterrupt):
        folder.write(str(earlier), FILES, "m.json")
    monkeypatch.undo()
    assert contents(earlier) == before and only(earlier)


def test_what_is_no_pack_is_left_alone(tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "thesis.txt").write_text("x")
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "work")
    (tmp_path / "empty").mkdir()
    for name, said in (("work", "holds other files"), ("file", "is a file"), ("link", "is a link")):
        with pytest.raises(folder.Refused, match=said):
            folder.write(str(tmp_path / name), FILES, "m.json")
    assert (tmp_path / "work" / "thesis.txt").read_text() == "x"
    folder.write(str(tmp_path / "empty"), FILES, "m.json")
    assert contents(tmp_path / "empty") == FILES


INTERRUPTED = """
import os, shutil, signal, sys, tempfile
from cloudpolicy.handover import folder

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background has it ignored
step, path = sys.argv[1:]
owner = {"mkdtemp": tempfile, "rmtree": shutil}.get(step, os)
real = getattr(owner, step)

def interrupted(*words, **more):
    if step == "rmtree":  # half of it is gone when Ctrl-C comes
        os.unlink(os.path.join(words[0], "a.txt"))
        os.kill(os.getpid(), signal.SIGINT)
    done = real(*words, **more)
    os.kill(os.getpid(), signal.SIGINT)
    return done

setattr(owner, step, interrupted)
folder.write(path, {"a.txt": b"new", "m.json": b"{}"}, "m.json")
"""


@pytest.mark.parametrize("step", ["mkdtemp", "fsync", "chmod", "rmtree"])
def test_ctrl_c_at_any_step_of_writing_leaves_nothing_behind(earlier, step):
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, step, str(earlier)], env=environment, capture_output=True, text=True, timeout=300
    )
    assert "KeyboardInterrupt" in ended.stderr and ended.returncode
    assert contents(earlier) == FILES and only(earlier)


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_ended_anywhere_leaves_an_earlier_pack_that_verifies(system, tmp_path, how):
    out = tmp_path / "pack"
    words = [sys.executable, "-m", "cloudpolicy", "handover", "--system", "s", "--out", str(out), str(system)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    started = time.monotonic()
    subprocess.run(words, env=environment, capture_output=True, timeout=300)
    took = time.monotonic() - started
    for part in (0.2, 0.5, 0.8, 0.9, 0.95, 1.0):
        process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(took * part)
        process.send_signal(how)
        process.wait(300)
        assert run("verify", out, "--source", system).returncode == 0, part
    if how == signal.SIGINT:
        assert not [name for name in os.listdir(tmp_path) if name.endswith(".tmp")], "nothing half written stays behind"
