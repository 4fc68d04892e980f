"""The merge base: found, exported byte for byte, with nothing run, nothing fetched and the user's tree untouched."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from cloudpolicy import history
from cloudpolicy.config import Config, ConfigError
from cloudpolicy.scan import Request
from repositories import OPEN, commit, git, with_one_failure


def exported(folder: Path, reference: str, tmp_path: Path) -> Path:
    target = tmp_path / "exported"
    target.mkdir()
    history.export(history.merge_base([str(folder)], reference), str(target))
    return target


def listing(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return with_one_failure(tmp_path / "repo sitory")


@pytest.fixture
def branched(repository: Path) -> Path:
    """main goes on after `change` has begun: the merge base is neither."""
    git(repository, "branch", "change")
    commit(repository, main__tf="# later on main\n")
    git(repository, "checkout", "-q", "change")
    commit(repository, new__tf=OPEN.format(name="new"))
    return repository


def test_the_merge_base_is_where_the_branch_began(branched, tmp_path):
    target = exported(branched, "main", tmp_path)
    assert listing(target) == {
        "main.tf": OPEN.format(name="old").encode(),
        "cloudpolicy.toml": b'select = ["CP_DB_002"]\n',
    }


def test_every_byte_and_name_arrives(repository, tmp_path):
    names = {"日本 語/a b.tf": b"\r\n\x00\xff", "d/-x.tf": b"", "q'\"$(touch x)\n.tf": b"x" * 100_000}
    for name, data in names.items():
        (repository / name).parent.mkdir(exist_ok=True)
        (repository / name).write_bytes(data)
    commit(repository, **{".gitattributes": "* text=auto eol=lf export-ignore filter=evil\n"})
    target = exported(repository, "HEAD", tmp_path)
    stored = {name: subprocess.check_output(["git", "show", f"HEAD:{name}"], cwd=repository) for name in names}
    assert {name: data for name, data in listing(target).items() if name in names} == stored


def test_nothing_runs_and_the_tree_stays_as_it_is(branched, tmp_path):
    for hook in ("post-checkout", "post-index-change", "reference-transaction"):
        (branched / ".git" / "hooks" / hook).write_text("#!/bin/sh\ntouch " + str(tmp_path / "ran") + "\n")
        (branched / ".git" / "hooks" / hook).chmod(0o755)
    git(branched, "config", "filter.evil.smudge", f"touch {tmp_path / 'ran'}")
    git(branched, "config", "core.fsmonitor", f"touch {tmp_path / 'ran'}")
    (branched / "dirty.tf").write_text("# not committed\n")
    (branched / "main.tf").write_text("# changed\n")
    for traced in ("ran", "exported"):
        assert not (tmp_path / traced).exists()

    def state():
        return {str(path): path.stat().st_mtime_ns for path in branched.rglob("*") if path.is_file()}

    before = state()
    exported(branched, "main", tmp_path)
    assert state() == before and not (tmp_path / "ran").exists()


def tree(repository: Path, raw: bytes) -> str:
    """A tree object as it stands, whether git likes it or not."""
    return git(repository, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", data=raw)


def one_file(repository: Path) -> bytes:
    return b"100644 x.tf\0" + bytes.fromhex(git(repository, "hash-object", "-w", "--stdin", data=b"x"))


@pytest.mark.skipif(os.name == "nt", reason="POSIX links")
def test_links_stay_links_and_nothing_is_written_through_them(repository, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (repository / "modules").symlink_to("elsewhere")
    (repository / "out").symlink_to(outside)
    commit(repository)
    # a tree that git would not make: "out" as a link, and "out/x.tf" below it
    entries = [line.split(maxsplit=3) for line in git(repository, "ls-tree", "HEAD").splitlines()]
    raw = b"".join(f"{mode} {name}".encode() + b"\0" + bytes.fromhex(identity) for mode, _, identity, name in entries)
    raw += b"40000 out\0" + bytes.fromhex(tree(repository, one_file(repository)))
    evil = git(repository, "commit-tree", tree(repository, raw), "-p", "HEAD", "-m", "evil")
    git(repository, "update-ref", "HEAD", evil)
    target = exported(repository, "HEAD", tmp_path)
    assert (target / "modules").is_symlink() and os.readlink(target / "modules") == "elsewhere"
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("name", ["..", ".git", "."])
def test_a_name_that_leads_out_is_left_out(repository, tmp_path, name):
    evil = tree(repository, b"40000 " + name.encode() + b"\0" + bytes.fromhex(tree(repository, one_file(repository))))
    git(repository, "update-ref", "HEAD", git(repository, "commit-tree", evil, "-p", "HEAD", "-m", "evil"))
    target = exported(repository, "HEAD", tmp_path)
    assert listing(target) == {} and not (tmp_path / "x.tf").exists() and not (target / ".git" / "x.tf").exists()


def test_fetched_modules_come_along(repository, tmp_path):
    modules = repository / ".terraform" / "modules"
    (modules / "vpc" / ".git").mkdir(parents=True)
    (modules / "modules.json").write_text("{}")
    (modules / "vpc" / "main.tf").write_text("# vpc\n")
    (modules / "vpc" / ".git" / "config").write_text("")
    target = exported(repository, "HEAD", tmp_path)
    assert listing(target)[".terraform/modules/vpc/main.tf"] == b"# vpc\n"
    assert not (target / ".terraform" / "modules" / "vpc" / ".git").exists()


def request(folder: Path, paths: list[str], **values: object) -> Request:
    config = Config(str(folder), str(folder / "cloudpolicy.toml"), dict(values), [{"path": "stacks/*", "region": "us-east-1"}])
    return Request([str(folder / path) for path in paths], config)


def test_the_request_moves_to_the_merge_base(branched, tmp_path):
    (branched / "stacks").mkdir()
    (branched / "stacks" / "a.tf").write_text("")
    (branched / "generated.tfvars").write_text("")
    base = history.merge_base([str(branched)], "main")
    now = request(branched, [".", "stacks"], var_files=["generated.tfvars", "main.tf"])
    then = history.request_at(base, now, str(tmp_path / "export"))
    assert then is not None
    assert then.paths == [str(tmp_path / "export")] and then.project == str(tmp_path / "export")
    assert then.config.at(str(tmp_path / "export" / "stacks" / "a"))["region"] == "us-east-1"
    assert then.config.values["var_files"] == [str(branched / "generated.tfvars"), str(tmp_path / "export" / "main.tf")]
    assert now.config.values["var_files"] == ["generated.tfvars", "main.tf"], "the request itself stays as it is"
    assert history.request_at(base, request(branched, ["stacks"]), str(tmp_path / "second")) is None


def test_a_configuration_above_the_repository_still_matches(branched, tmp_path):
    base = history.merge_base([str(branched)], "main")
    now = Request([str(branched)], Config(str(branched.parent), None, {}, [{"path": "repo sitory", "region": "us-east-1"}]))
    then = history.request_at(base, now, str(tmp_path / "export"))
    assert now.config.at(str(branched))["region"] == "us-east-1" == then.config.at(then.paths[0])["region"]


def test_the_same_findings_have_the_same_fingerprints_at_the_merge_base(branched):
    from cloudpolicy.scan import run

    now = Request([str(branched)], Config(str(branched), None, {"select": ["CP_DB_002"]}))
    today = {finding.address: finding.fingerprint for finding in run(now).findings}
    then = history.report_at(history.merge_base([str(branched)], "main"), now)
    before = {finding.address: finding.fingerprint for finding in then.findings}
    assert set(today) == {"aws_db_instance.old", "aws_db_instance.new"} and set(before) == {"aws_db_instance.old"}
    assert before["aws_db_instance.old"] == today["aws_db_instance.old"]
    assert not os.path.exists(then.base), "the export is gone"


def test_the_repository_is_the_one_around_the_paths(branched, tmp_path, monkeypatch):
    """git sets these for its hooks, and they would win over the folder."""
    git(tmp_path, "init", "-q", "other")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert history.merge_base([str(branched)], "main").top == str(branched)


# -- errors


def error(paths: list[Path], reference: str) -> str:
    with pytest.raises(ConfigError) as caught:
        history.merge_base([str(path) for path in paths], reference)
    text = caught.value.diagnostic.text
    assert text.en.startswith("--since: ") and text.ja.startswith("--since: ") and not text.ja.isascii()
    return text.en


def test_no_repository(tmp_path):
    assert "no git repository" in error([tmp_path], "main")


def test_an_unknown_reference(repository):
    assert "no commit 'nichtda'; name a branch" in error([repository], "nichtda")
    assert "no commit '--output=x'" in error([repository], "--output=x")
    assert not (repository / "x").exists()


def test_no_commit_yet(tmp_path):
    git(tmp_path, "init", "-q")
    assert "no commit" in error([tmp_path], "HEAD")


def test_branches_without_a_common_commit(repository):
    git(repository, "checkout", "-q", "--orphan", "other")
    commit(repository, x__tf="")
    assert "no common commit; name the branch" in error([repository], "main")


def test_a_shallow_clone_names_the_way_out(branched, tmp_path):
    git(tmp_path, "clone", "-q", "--depth=1", "--branch=change", branched.as_uri(), "shallow")
    clone = tmp_path / "shallow"
    assert "fetch-depth: 0" in error([clone], "origin/main")
    git(clone, "fetch", "-q", "--depth=1", "origin", "main:refs/remotes/origin/main")
    assert "fetch-depth: 0" in error([clone], "origin/main")
    git(clone, "fetch", "-q", "--unshallow", "origin", "main:refs/remotes/origin/main", "change")
    assert history.merge_base([str(clone)], "origin/main").top == str(clone)


def test_two_repositories(repository, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    assert "different git repositories" in error([repository, other], "HEAD")


def test_without_git(repository, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert "git is not installed" in error([repository], "HEAD")
