"""The compiled pack: fresh when documents change, safe with several processes, a read-only folder and hostile content."""

import json
import multiprocessing
import os
import shutil
import stat
import sys

import pytest

from cloudpolicy.policy import pack
from policy.test_documents import GOOD


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "policies"
    (root / "rules").mkdir(parents=True)
    (root / "rules" / "CP_DB_902_public_database.yaml").write_text(GOOD, encoding="utf-8")
    shutil.copytree(os.path.join(pack.folder(), "profiles"), root / "profiles")
    return root


def compiled(root):
    return [name for name in os.listdir(root) if name.startswith(".compiled")]


def test_compiled_once_and_read_again(folder, monkeypatch):
    first = pack.load(str(folder))
    assert len(compiled(folder)) == 1
    monkeypatch.setattr(pack, "_build", lambda *_: pytest.fail("compiled again"))
    again = pack.load(str(folder))
    assert (again.policies, again.profiles, again.digest) == (first.policies, first.profiles, first.digest)
    assert again.text("CP_DB_902").title.ja == "題"
    assert next(iter(again.profiles)) == "baseline"


def test_a_changed_document_is_compiled_anew(folder):
    pack.load(str(folder))
    path = folder / "rules" / "CP_DB_902_public_database.yaml"
    path.write_text(GOOD.replace("severity: high", "severity: critical"), encoding="utf-8")
    assert pack.load(str(folder)).policies["CP_DB_902"]["severity"] == "critical"


def test_a_broken_document_is_reported_every_time(folder):
    (folder / "rules" / "CP_DB_903_x.yaml").write_text("id: [", encoding="utf-8")
    for _ in range(2):
        found = pack.load(str(folder))
        assert [problem.code for problem in found.diagnostics] == ["invalid-policy"]
        assert "CP_DB_902" in found.policies


@pytest.mark.parametrize("content", ["", "{}", "null\nnull\nnull", '{"layout": 2}\n{}\n{}', "\x00" * 50, "[" * 20000])
def test_a_damaged_file_is_compiled_over(folder, content):
    first = pack.load(str(folder))
    path = folder / compiled(folder)[0]
    path.write_text(content, encoding="utf-8")
    assert pack.load(str(folder)).policies == first.policies


def test_a_file_that_was_cut_off_is_compiled_over(folder):
    """Its checks are parsed when one is asked for: that is too late to find out."""
    first = pack.load(str(folder))
    path = folder / compiled(folder)[0]
    path.write_bytes(path.read_bytes()[:-5])
    assert pack.load(str(folder)).check("CP_DB_902", 0) == first.check("CP_DB_902", 0)


def test_a_folder_that_cannot_be_written(folder, monkeypatch, tmp_path):
    """Root may write anywhere, so the refusal is made by hand: the user's cache folder is used instead."""
    import tempfile

    real = tempfile.mkstemp

    def refuse(*args, dir=None, **options):
        if dir == str(folder):
            raise PermissionError(13, "read-only", dir)
        return real(*args, dir=dir, **options)

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    pack.load(str(folder))
    assert compiled(folder) == []
    assert len(os.listdir(tmp_path / "cache" / "cloudpolicy")) == 1
    monkeypatch.setattr(pack, "_build", lambda *_: pytest.fail("compiled again"))
    assert "CP_DB_902" in pack.load(str(folder)).policies


@pytest.mark.skipif(os.name == "nt", reason="POSIX rights")
def test_what_others_may_have_written_into_the_cache_is_not_believed(folder, monkeypatch):
    """A file that would let everything pass, as whole and fresh as ours: only who wrote it tells them apart."""
    monkeypatch.setattr(pack, "_places", lambda root, real=pack._places: ["/nowhere/x", real(root)[1]])
    first = pack.load(str(folder))
    path = pack._places(str(folder))[1]
    assert stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode) == 0o700
    with open(path, encoding="ascii") as file:
        head, about, rest = file.read().split("\n", 2)
    about = json.dumps({**json.loads(about), "types": {}})
    head = json.dumps({**json.loads(head), "size": len(f"{about}\n{rest}")})
    with open(path, "w", encoding="ascii") as file:
        file.write(f"{head}\n{about}\n{rest}")
    assert pack.load(str(folder)).types == {} != first.types, "it is such a file"
    for changed, mode in ((path, 0o666), (os.path.dirname(path), 0o777)):
        before = stat.S_IMODE(os.stat(changed).st_mode)
        os.chmod(changed, mode)
        monkeypatch.setattr(pack, "_keep", lambda *_: None)
        assert pack.load(str(folder)).types == first.types
        os.chmod(changed, before)
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    assert pack.load(str(folder)).types == first.types


@pytest.mark.parametrize("value", ["relative", "~/.cache"])
def test_no_cache_stands_in_what_is_scanned(monkeypatch, value):
    """Where nobody knows the home folder, ~ stays as it is: a repository could hold a folder of that name."""
    monkeypatch.setenv("XDG_CACHE_HOME", value)
    assert len(pack._places("/x")) == 1


def test_nothing_can_be_written_at_all(folder, monkeypatch):
    import tempfile

    def refuse(*args, **options):
        raise OSError(28, "disk full")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    assert "CP_DB_902" in pack.load(str(folder)).policies


def _load(folder):
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(pack.__file__))))
    return sorted(pack.load(folder).policies)


def test_several_processes_at_once(folder):
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert pool.map(_load, [str(folder)] * 6, chunksize=1) == [["CP_DB_902"]] * 6
    assert [name for name in os.listdir(folder) if name.endswith(".tmp")] == []


def test_the_file_is_plain_json(folder):
    pack.load(str(folder))
    for line in (folder / compiled(folder)[0]).read_text("utf-8").split("\n"):
        json.loads(line)


def test_an_installed_pack_is_fresh_whatever_its_times(folder, monkeypatch):
    installed = folder.parent / pack.INSTALLED
    folder.rename(installed)
    pack.load(str(installed))
    for path in (installed / "rules").iterdir():
        os.utime(path, (1, 1))
    monkeypatch.setattr(pack, "_build", lambda *_: pytest.fail("compiled again"))
    assert "CP_DB_902" in pack.load(str(installed)).policies


def test_a_users_policies_stand_beside_ours(folder, tmp_path):
    """One whose id is taken is left out with all that it speaks of: the id stands for our checks."""
    ours = pack.load(str(folder))
    users = tmp_path / "users"
    users.mkdir()
    text = GOOD.replace("resource: aws_db_instance", "resource: aws_thing")
    (users / "CP_DB_902_public_database.yaml").write_text(text, encoding="utf-8")
    (users / "CP_DB_903_public_thing.yaml").write_text(
        text.replace("CP_DB_902", "CP_DB_903").replace("public-database", "public-thing"), encoding="utf-8"
    )
    ours.add(pack.load(str(users)))
    assert list(ours.policies) == ["CP_DB_902", "CP_DB_903"]
    assert ours.types["aws_thing"] == {"CP_DB_903": [0]}
    assert ours.check("CP_DB_903", 0)["resource"] == ["aws_thing"] != ours.check("CP_DB_902", 0)["resource"]
    assert [problem.code for problem in ours.diagnostics] == ["invalid-policy"]
