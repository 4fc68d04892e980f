"""Entries on disk: whole or not at all, ours or not at all, and never too many."""

import errno
import os
import stat
import time

import pytest

from cloudpolicy.cache import entries
from cloudpolicy.cache.entries import Entries, key_of

KEY = key_of("a")


@pytest.fixture
def kept(tmp_path):
    return Entries(str(tmp_path / "own"))


def test_what_is_kept_comes_back(kept):
    content = {"text": "日本語\n", "numbers": [1, 2.5, None, True], "empty": {}}
    assert kept.load(KEY) is None
    assert kept.keep(KEY, content)
    assert kept.load(KEY) == content
    assert Entries(kept.folder).load(KEY) == content
    assert kept.load(key_of("b")) is None


def test_only_its_owner_can_look_inside(kept):
    kept.keep(KEY, [1])
    assert stat.S_IMODE(os.stat(kept.folder).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(os.path.join(kept.folder, KEY)).st_mode) == 0o600


@pytest.mark.parametrize("content", [(object(),), {1: {2}}, [float("nan")], ["\ud800"], b"x"])
def test_what_json_does_not_give_back_is_not_kept(kept, content):
    assert not kept.keep(KEY, content)
    assert kept.load(KEY) is None


def test_too_much_is_not_kept(kept, monkeypatch):
    monkeypatch.setattr(entries, "ENTRY_LIMIT", 1000)
    assert not kept.keep(KEY, ["x" * 1000])
    assert kept.keep(KEY, ["x" * 500])
    monkeypatch.setattr(entries, "ENTRY_LIMIT", 100)
    assert kept.load(KEY) is None


def test_an_entry_under_another_key_is_refused(kept):
    kept.keep(KEY, [1])
    os.rename(os.path.join(kept.folder, KEY), os.path.join(kept.folder, key_of("b")))
    assert kept.load(key_of("b")) is None


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="POSIX")
def test_what_others_may_have_written_is_refused(kept, tmp_path, monkeypatch):
    kept.keep(KEY, [1])
    path = os.path.join(kept.folder, KEY)
    os.chmod(path, 0o666)
    assert kept.load(KEY) is None
    os.chmod(path, 0o600)
    assert kept.load(KEY) == [1]
    elsewhere = tmp_path / "elsewhere"
    os.rename(path, elsewhere)
    os.symlink(elsewhere, path)
    assert kept.load(KEY) is None
    os.unlink(path)
    os.mkfifo(path)
    assert kept.load(KEY) is None, "and nobody waits for a writer"
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    assert not Entries(kept.folder).usable


def test_a_linked_folder_is_not_used(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert not Entries(str(tmp_path / "link")).usable


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS])
def test_a_write_that_fails_leaves_the_old_entry(kept, monkeypatch, code):
    kept.keep(KEY, ["old"])
    write = os.write

    def fails(descriptor, data):
        write(descriptor, data[:3])
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as changed:
        changed.setattr(os, "write", fails)
        assert not kept.keep(KEY, ["new"])
    assert kept.load(KEY) == ["old"]
    assert os.listdir(kept.folder) == [KEY]


def test_a_write_in_pieces_is_whole(kept, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:7]))
    kept.keep(KEY, ["x" * 100])
    assert kept.load(KEY) == ["x" * 100]


def test_an_interrupted_write_leaves_nothing(kept, monkeypatch):
    def interrupted(descriptor, data):
        raise KeyboardInterrupt

    with monkeypatch.context() as changed:
        changed.setattr(os, "write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            kept.keep(KEY, [1])
    assert os.listdir(kept.folder) == []


def test_the_oldest_go_when_there_are_too_many(kept, monkeypatch):
    monkeypatch.setattr(entries, "COUNT_LIMIT", 20)
    for number in range(40):
        key = key_of(number)
        kept.keep(key, [number])
        os.utime(os.path.join(kept.folder, key), (number, number))
    kept.tidy()
    left = [number for number in range(40) if kept.load(key_of(number)) is not None]
    assert left == list(range(25, 40))


def test_the_size_is_bounded_without_being_asked(kept, monkeypatch):
    monkeypatch.setattr(entries, "TOTAL_LIMIT", 3_000_000)
    text = "x" * 300_000
    for number in range(60):
        kept.keep(key_of(number), [text])
    total = sum(entry.stat().st_size for entry in os.scandir(kept.folder))
    assert 1_000_000 < total < 12_000_000


def test_the_number_is_bounded_without_being_asked(kept, monkeypatch):
    monkeypatch.setattr(entries, "COUNT_LIMIT", 100)
    for number in range(1500):
        kept.keep(key_of(number), [number])
    assert len(os.listdir(kept.folder)) < 1200


def test_strays_of_killed_writers_go_in_time(kept):
    kept.keep(KEY, [1])
    for name, age in (("old.tmp", 7200), ("new.tmp", 10)):
        path = os.path.join(kept.folder, name)
        open(path, "w").close()
        os.utime(path, (time.time() - age,) * 2)
    kept.tidy()
    assert sorted(os.listdir(kept.folder)) == sorted([KEY, "new.tmp"])


def test_deeply_nested_content_is_refused_not_fatal(kept):
    kept.keep(KEY, [1])
    body = b"[" * 100_000 + b"]" * 100_000
    with open(os.path.join(kept.folder, KEY), "wb") as file:
        file.write(entries._seal(KEY, body) + b"\n" + body)
    assert kept.load(KEY) is None


@pytest.mark.parametrize("body", [b"NaN", b"[1] [2]", b"[1", b"", b"\xff", b'{"a": 1,}', b'"\x01"', b"1e999999999999", b"9" * 5000])
def test_odd_content_under_a_right_seal_is_refused_not_fatal(kept, body):
    kept.keep(KEY, [1])
    with open(os.path.join(kept.folder, KEY), "wb") as file:
        file.write(entries._seal(KEY, body) + b"\n" + body)
    assert not isinstance(kept.load(KEY), list | dict)
