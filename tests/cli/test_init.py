"""`cloudpolicy init` on real repositories: what it writes is valid, works, and never replaces anything."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from cloudpolicy import cli, config
from cloudpolicy.scaffold import origin
from repositories import OPEN, commit, git, with_one_failure

TEMPLATE = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  B:\n    Type: AWS::S3::Bucket\n"
BICEP = "resource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'x'\n}\n"
PROVIDER = 'provider "aws" {\n  region = "ap-northeast-3"\n}\n'
SOURCE = ("--source", "https://github.com/someone/cloudpolicy")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = with_one_failure(tmp_path / "repo")
    (folder / "cloudpolicy.toml").unlink()
    commit(folder)
    return folder


@pytest.fixture
def init(capsys):
    def run(folder: Path, *words: str, status: int = 0) -> str:
        with pytest.raises(SystemExit) if status else _nothing() as ended:
            assert cli.run(["init", str(folder), "--lang", "en", *words]) == 0
        if status:
            assert ended.value.code == status
        captured = capsys.readouterr()
        return captured.out + captured.err

    return run


class _nothing:
    def __enter__(self):
        return None

    def __exit__(self, *_):
        return None


def files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def test_the_first_files(repository, init):
    said = init(repository, "--yes", *SOURCE)
    assert files(repository) == {"main.tf", "cloudpolicy.toml", ".pre-commit-config.yaml", ".github/workflows/cloudpolicy.yml"}
    assert "1 Terraform root module" in said
    for name in files(repository) - {"main.tf"}:
        assert (repository / name).read_text() in said, "shown before it is written"
    loaded = config.load(str(repository / "cloudpolicy.toml"))
    assert loaded.values["profile"] == "baseline"
    (hook,) = yaml.safe_load((repository / ".pre-commit-config.yaml").read_text())["repos"]
    assert (hook["repo"], hook["hooks"]) == (SOURCE[1], [{"id": "cloudpolicy"}])
    workflow = yaml.safe_load((repository / ".github/workflows/cloudpolicy.yml").read_text())
    steps = workflow["jobs"]["cloudpolicy"]["steps"]
    assert steps[0]["with"]["fetch-depth"] == 0
    assert re.fullmatch(r"someone/cloudpolicy@v[\d.]+", steps[-1]["uses"])
    assert workflow[True]["push"]["branches"] == ["main"]  # YAML 1.1 reads `on` as true
    assert cli.run(["scan", str(repository), "--quiet"]) == 1


def test_a_second_run_changes_nothing(repository, init):
    init(repository, "--yes", *SOURCE)
    before = {name: (repository / name).read_bytes() for name in files(repository)}
    said = init(repository, "--yes")
    assert "nothing is written" in said and said.count(": there already") == 3
    assert {name: (repository / name).read_bytes() for name in files(repository)} == before


def test_what_is_there_stays_and_the_addition_is_shown(repository, init):
    there = {
        ".pre-commit-config.yaml": "repos:\n- repo: local\n  hooks: []\n",
        ".gitlab-ci.yml": "stages: [test]\n",
        "azure-pipelines.yml": "steps: []\n",
        "buildspec.yml": "version: 0.2\n",
        "pyproject.toml": "[tool.cloudpolicy]\nprofile = 'fisc'\n",
    }
    for name, text in there.items():
        (repository / name).write_text(text)
    said = init(repository, "--yes", *SOURCE)
    assert files(repository) == {"main.tf", *there}
    assert {name: (repository / name).read_text() for name in there} == there
    assert said.count("add this yourself") == 4 and "pyproject.toml: there already" in said
    for part in ("  - repo: https://github.com/someone/cloudpolicy", "codequality:", "PublishTestResults@2", "JUNITXML"):
        assert part in said
    snippet = said.partition(".pre-commit-config.yaml: ")[2].partition("\n\n")[2].partition("\n\n==")[0]
    merged = yaml.safe_load(
        there[".pre-commit-config.yaml"].replace("repos:\n", "repos:\n" + snippet.replace("  - repo", "- repo").replace("\n  ", "\n"))
    )
    assert [repo["repo"] for repo in merged["repos"]] == [SOURCE[1], "local"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX links")
def test_a_link_is_never_written_through(repository, tmp_path, init):
    (tmp_path / "precious").write_text("x")
    for name in (".pre-commit-config.yaml", "cloudpolicy.toml"):
        (repository / name).symlink_to(tmp_path / ("precious" if name[0] == "." else "not-there"))
    init(repository, "--yes", status=2)
    assert (tmp_path / "precious").read_text() == "x" and not (tmp_path / "not-there").exists()


def test_dry_run_and_no_terminal_write_nothing(repository, init):
    assert "Nothing is written" in init(repository, "--dry-run")
    assert "--yes" in init(repository, status=2)
    assert files(repository) == {"main.tf"}


@pytest.mark.parametrize(("answer", "written"), [("y", True), ("はい", True), ("n", False), ("", False)])
def test_the_question(repository, init, monkeypatch, answer, written):
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda self: True})())
    asked = []
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or answer)
    init(repository)
    assert asked == ["Write 3 files? [y/N] "]
    assert ("cloudpolicy.toml" in files(repository)) == written


def test_the_region_that_terraform_names_is_taken_for_the_templates(repository, init):
    commit(repository, main__tf=PROVIDER + OPEN.format(name="x"), stack__yaml=TEMPLATE)
    init(repository, "--yes")
    assert config.load(str(repository / "cloudpolicy.toml")).at(str(repository / "stack.yaml"))["region"] == "ap-northeast-3"


def test_a_region_that_nothing_names_is_left_to_the_user(repository, init):
    commit(repository, main__tf="", stack__yaml=TEMPLATE)
    init(repository, "--yes")
    text = (repository / "cloudpolicy.toml").read_text()
    assert '# region = "ap-northeast-1"' in text and "region" not in tomllib.loads(text)


def test_a_region_of_aws_is_never_given_to_azure(repository, init):
    (repository / "aws").mkdir()
    (repository / "aws" / "stack.yaml").write_text(TEMPLATE)
    commit(repository, main__tf=PROVIDER + OPEN.format(name="x"), main__bicep=BICEP)
    said = init(repository, "--yes")
    assert "1 CloudFormation template" in said and "1 Bicep file" in said
    loaded = config.load(str(repository / "cloudpolicy.toml"))
    assert loaded.at(str(repository / "aws" / "stack.yaml"))["region"] == "ap-northeast-3"
    assert loaded.at(str(repository / "main.bicep"))["region"] is None


def test_missing_modules_are_fetched_before_the_scan(repository, init):
    (repository / "infra").mkdir()
    (repository / "infra" / "main.tf").write_text('module "vpc" {\n  source  = "terraform-aws-modules/vpc/aws"\n  version = "5.0.0"\n}\n')
    init(repository, "--yes", *SOURCE)
    steps = yaml.safe_load((repository / ".github/workflows/cloudpolicy.yml").read_text())["jobs"]["cloudpolicy"]["steps"]
    assert [step.get("run") for step in steps].index("terraform -chdir='infra' init -backend=false -input=false") < len(steps) - 1


@pytest.mark.parametrize("name", ["$(touch x)", "${{ github.token }}", "a'b", "x\ny"])
@pytest.mark.skipif(os.name == "nt", reason="POSIX names")
def test_no_name_of_the_repository_is_obeyed(repository, init, name):
    (repository / name).mkdir()
    (repository / name / "main.tf").write_text('module "vpc" {\n  source  = "terraform-aws-modules/vpc/aws"\n}\n')
    (repository / name / "stack.yaml").write_text(TEMPLATE)
    commit(repository, main__bicep=BICEP)
    init(repository, "--yes", *SOURCE)
    for written in ("cloudpolicy.toml", ".github/workflows/cloudpolicy.yml"):
        assert name not in (repository / written).read_text()
    config.load(str(repository / "cloudpolicy.toml"))


@pytest.mark.parametrize(
    ("remote", "file"),
    [
        ("git@gitlab.com:a/b.git", ".gitlab-ci.yml"),
        ("https://user:secret@dev.azure.com/o/p/_git/r", "azure-pipelines.yml"),
        ("https://github.com/a/b", ".github/workflows/cloudpolicy.yml"),
        ("https://git.example.invalid/a/b", ".github/workflows/cloudpolicy.yml"),
    ],
)
def test_the_pipeline_follows_the_host(repository, init, remote, file):
    git(repository, "remote", "add", "origin", remote)
    said = init(repository, "--yes")
    assert files(repository) == {"main.tf", "cloudpolicy.toml", ".pre-commit-config.yaml", file}
    assert yaml.safe_load((repository / file).read_text())
    assert "secret" not in said


def test_from_a_folder_inside_the_repository(repository, init):
    (repository / "infra").mkdir()
    init(repository / "infra", "--yes")
    assert "cloudpolicy.toml" in files(repository)


@pytest.mark.parametrize("source", ["/srv/x", "https://x", "file:///x", "https://x/y z", "https://x/$(y)", "--help"])
def test_a_source_that_is_no_repository(repository, init, source):
    assert "--source wants" in init(repository, "--yes", f"--source={source}", status=2)
    assert files(repository) == {"main.tf"}


@pytest.mark.slow
def test_the_hook_runs_in_pre_commit(repository, init):
    """Without a known source the hook runs the installed cloudpolicy, so the real pre-commit needs no network for it."""
    init(repository, "--yes")
    tools = os.path.dirname(sys.executable)
    pre_commit = shutil.which("pre-commit", path=tools)
    assert pre_commit is not None
    environment = {**os.environ, "PATH": tools + os.pathsep + os.environ["PATH"], "PRE_COMMIT_HOME": str(repository.parent / "home")}
    environment["PYTHONPATH"] = str(Path(cli.__file__).parents[2])
    git(repository, "add", "-A")
    done = subprocess.run([pre_commit, "run", "--all-files"], cwd=repository, env=environment, capture_output=True, text=True)
    assert done.returncode == 1 and "CP_DB_002" in done.stdout, done.stdout + done.stderr
    (repository / "main.tf").write_text("")
    git(repository, "add", "-A")
    done = subprocess.run([pre_commit, "run", "--all-files"], cwd=repository, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_where_cloudpolicy_comes_from_is_asked_for_when_nothing_says_it(repository, init, monkeypatch):
    monkeypatch.setattr(origin, "find", lambda: origin.Origin(None))
    assert "--source" in init(repository, "--dry-run")
    assert "--source" not in init(repository, "--dry-run", *SOURCE)
