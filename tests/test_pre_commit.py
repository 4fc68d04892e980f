"""The hooks under the real pre-commit: our manifest, its own way of calling us, commits that are stopped or let through.

Only `language` is another here: pre-commit would install from an index otherwise, and tests use no network.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cloudpolicy import __version__

ROOT = Path(__file__).parents[1]
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
OPEN = 'resource "aws_security_group" "%s" {\n  ingress {\n    from_port = 22\n    to_port = 22\n    protocol = "tcp"\n    cidr_blocks = [%s]\n  }\n}\n'

# As installed from nowhere that can be named: then the hook is the installed command.
WITHOUT_AN_ORIGIN = "from cloudpolicy import cli; from cloudpolicy.scaffold import origin; origin.find = lambda: origin.Origin(None); import sys; raise SystemExit(cli.run(sys.argv[1:]))"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("git") is None or sys.platform == "win32", reason="needs git and a shell"),
]
pytest.importorskip("pre_commit")


class Repository:
    """A repository whose commits pass through our hooks."""

    def __init__(self, folder):
        self.top = folder / "repository"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))} | {
            "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PRE_COMMIT_HOME": str(folder / "pre-commit"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "LANG": "C.UTF-8",
        }
        for name in ("AUTHOR", "COMMITTER"):
            self.environment |= {f"GIT_{name}_NAME": "t", f"GIT_{name}_EMAIL": "t@example.invalid"}
        (folder / "bin").mkdir()
        command = folder / "bin" / "cloudpolicy"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cloudpolicy "$@"\n')
        command.chmod(0o755)
        hooks = folder / "hooks"
        hooks.mkdir()
        manifest = MANIFEST.read_text(encoding="utf-8")
        (hooks / MANIFEST.name).write_text(manifest.replace("language: python", "language: system"), encoding="utf-8")
        self.git("init", "--quiet", at=hooks)
        self.git("add", "-A", at=hooks)
        self.git("commit", "--quiet", "-m", "x", at=hooks)
        revision = self.git("rev-parse", "HEAD", at=hooks).stdout.strip()
        self.top.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.write(
            ".pre-commit-config.yaml",
            f"repos:\n  - repo: {hooks}\n    rev: {revision}\n    hooks:\n      - id: cloudpolicy\n        args: [--select, 'CP_NET_001,CP_OBJ_001']\n      - id: cloudpolicy-test\n",
        )
        self.pre_commit("install")
        self.git("add", "-A")

    def run(self, *words, at=None):
        return subprocess.run(words, cwd=at or self.top, env=self.environment, capture_output=True, text=True, timeout=120)

    def git(self, *words, at=None):
        return self.run("git", *words, at=at)

    def pre_commit(self, *words):
        done = self.run(sys.executable, "-m", "pre_commit", *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def write(self, name, text):
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def commit(self, *options):
        """(whether it was made, what was said)"""
        done = self.git("commit", "-m", "x", *options)
        return done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path)


def test_the_manifest_is_valid():
    done = subprocess.run([sys.executable, "-m", "pre_commit", "validate-manifest", str(MANIFEST)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_commits_are_stopped_for_what_they_concern(repository):
    closed = OPEN % ("m", '"10.0.0.0/8"')
    repository.write("m/main.tf", closed)
    repository.write("a/main.tf", 'module "m" {\n  source = "../m"\n}\n')
    repository.write("old/main.tf", OPEN % ("old", '"0.0.0.0/0"'))
    repository.git("add", "-A")
    assert repository.commit("--no-verify")[0], "as a repository is when it begins with hooks"

    repository.write("README.md", "x")
    repository.git("add", "-A")
    made, said = repository.commit()
    assert made, said

    repository.write("m/main.tf", OPEN % ("m", '"0.0.0.0/0"'))
    repository.git("add", "-A")
    made, said = repository.commit()
    assert not made
    assert "CP_NET_001" in said and "module.m.aws_security_group.m" in said and "m/main.tf:6" in said
    assert "old/main.tf" not in said, "old faults elsewhere do not stop a commit that does not touch them"

    repository.write("m/main.tf", closed + "# mended\n")  # not added: pre-commit takes it away while we look
    assert not repository.commit()[0]
    repository.git("add", "-A")
    made, said = repository.commit()
    assert made, said


def test_a_commit_that_only_removes_a_file(repository):
    repository.write("a/main.tf", 'resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n')
    repository.write(
        "a/block.tf",
        'resource "aws_s3_bucket_public_access_block" "b" {\n  bucket = aws_s3_bucket.b.id\n  block_public_acls = true\n  block_public_policy = true\n  ignore_public_acls = true\n  restrict_public_buckets = true\n}\n',
    )
    repository.git("add", "-A")
    made, said = repository.commit()
    assert made, said
    repository.git("rm", "--quiet", "a/block.tf")
    made, said = repository.commit()
    assert not made, said
    assert "CP_OBJ_001" in said


def test_all_files_and_many_at_once(repository):
    for number in range(40):
        repository.write(f"r{number}/main.tf", OPEN % ("g", '"10.0.0.0/8"'))
    repository.git("add", "-A")
    repository.pre_commit("run", "--all-files", "cloudpolicy")
    repository.write("r7/main.tf", OPEN % ("g", '"0.0.0.0/0"'))
    repository.git("add", "-A")
    done = repository.run(sys.executable, "-m", "pre_commit", "run", "--all-files", "cloudpolicy")
    assert done.returncode == 1
    assert "r7/main.tf" in done.stdout


def test_a_policy_author_is_told_of_an_example_that_fails(repository):
    source = next((ROOT / "policies" / "rules" / "oth").glob("CP_OTH_001*.yaml"))
    name = source.name.replace("CP_OTH_001", "CP_OTH_901")
    text = source.read_text(encoding="utf-8").replace("CP_OTH_001", "CP_OTH_901")
    repository.write(f"policies/{name}", text)
    (repository.top / ".gitignore").write_text(".compiled*\n")
    repository.git("add", "-A")
    made, said = repository.commit()
    assert made, said
    repository.write(f"policies/{name}", text.replace("id: CP_OTH_901", "id: cp_oth_901"))
    repository.git("add", "-A")
    made, said = repository.commit()
    assert not made
    assert name in said


@pytest.mark.parametrize("source", [(), ("--source", "https://github.com/someone/cloudpolicy")])
def test_what_init_writes_works_as_it_stands(tmp_path, source):
    """With a repository to take the hook from (here by git's own redirection), and without one."""
    repository = Repository(tmp_path)
    hooks = tmp_path / "hooks"
    repository.write("main.tf", OPEN % ("a", '"0.0.0.0/0"'))
    repository.write("other/main.tf", OPEN % ("other", '"0.0.0.0/0"'))
    (repository.top / ".pre-commit-config.yaml").unlink()
    repository.git("add", "-A")
    assert repository.commit("--no-verify")[0]
    done = repository.run(sys.executable, "-c", WITHOUT_AN_ORIGIN, "init", "--yes", *source)
    assert done.returncode == 0, done.stderr
    text = (repository.top / ".pre-commit-config.yaml").read_text()
    assert ("someone/cloudpolicy" in text) == bool(source)
    repository.environment["HOME"] = str(tmp_path)  # pre-commit hands git this, and no variable that names a configuration
    del repository.environment["GIT_CONFIG_GLOBAL"]
    (tmp_path / ".gitconfig").write_text(
        f'[url "{hooks.as_uri()}"]\n  insteadOf = https://github.com/someone/cloudpolicy\n[protocol "file"]\n  allow = always\n'
    )
    repository.git("tag", f"v{__version__}", at=hooks)
    (repository.top / "cloudpolicy.toml").write_text((repository.top / "cloudpolicy.toml").read_text() + 'select = ["CP_NET_001"]\n')
    repository.git("add", "-A")
    made, said = repository.commit()
    assert not made, "a new configuration concerns everything"
    assert "main.tf:6" in said and "other/main.tf:6" in said
    assert repository.commit("--no-verify")[0]
    repository.write("main.tf", OPEN % ("a", '"10.0.0.0/8"'))
    repository.git("add", "-A")
    made, said = repository.commit()
    assert made, said
    repository.write("main.tf", OPEN % ("a", '"10.0.0.0/8"') + "# y\n")
    repository.write("other/main.tf", OPEN % ("b", '"0.0.0.0/0"'))
    repository.git("add", "-A")
    made, said = repository.commit()
    assert not made
    assert "other/main.tf:6" in said and "── main.tf" not in said
