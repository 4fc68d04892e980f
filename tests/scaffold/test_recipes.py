"""Every recipe: its YAML parses, and its own commands, run as that server runs them, give the reports that it publishes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import yaml

from cloudpolicy import cli
from cloudpolicy.scaffold import origin, proposals
from repositories import OPEN, commit, git, with_one_failure

BASH = shutil.which("bash")
pytestmark = pytest.mark.skipif(BASH is None or os.name == "nt", reason="the recipes run on Linux")
COMMAND = os.path.join(os.path.dirname(sys.executable), "cloudpolicy")


def recipe(name: str) -> dict:
    text = proposals.recipe(name, origin.Origin("https://github.com/OWNER/cloudpolicy"), "main")
    assert "@" not in re.sub(r"@(v[\d.]+|\d|\S*\[@\])| @ git|\[@\]", "", text), "every mark is filled in"
    return yaml.safe_load(text)


class Server:
    """A clone as a CI server makes it, and a shell in it with cloudpolicy and a pip that only takes down what it is asked for."""

    def __init__(self, tmp_path: Path) -> None:
        self.origin = with_one_failure(tmp_path / "origin")
        git(self.origin, "checkout", "-qb", "change")
        commit(self.origin, other__tf="# nothing\n")
        git(self.origin, "checkout", "-q", "main")
        git(tmp_path, "clone", "-q", self.origin.as_uri(), "clone")
        self.clone = tmp_path / "clone"
        self.temporary = tmp_path / "temporary"
        self.programs = tmp_path / "programs"
        self.temporary.mkdir()
        self.programs.mkdir()
        os.symlink(COMMAND, self.programs / "cloudpolicy")
        (self.programs / "pip").write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/pip\n')
        (self.programs / "pip").chmod(0o755)

    def change(self, bad: bool) -> None:
        """The branch of a pull request, checked out: with a failure of its own or without."""
        git(self.origin, "checkout", "-q", "change")
        commit(self.origin, other__tf=OPEN.format(name="new") if bad else "# still nothing\n")
        git(self.origin, "checkout", "-q", "main")
        git(self.clone, "fetch", "-q", "origin")
        git(self.clone, "checkout", "-q", "--detach", "origin/change")

    def run(self, *scripts: str, flags: tuple[str, ...] = ("-eo", "pipefail"), **environment: str) -> tuple[int, str]:
        """Exit status and output of the scripts, one after another in one shell."""
        variables = {
            **os.environ,
            "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(Path(cli.__file__).parents[2]),
            "HOME": str(self.temporary),
            **environment,
        }
        words = [BASH, "--noprofile", "--norc", *flags, "-c", "\n".join(scripts)]
        done = subprocess.run(words, cwd=self.clone, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        return done.returncode, done.stdout.decode()

    def installed(self) -> list[str]:
        return (self.clone.parent / "pip").read_text().splitlines()


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_github():
    workflow = recipe("github")
    assert workflow["permissions"] == {"contents": "read"}
    steps = workflow["jobs"]["cloudpolicy"]["steps"]
    assert [step["uses"].partition("@")[0] for step in steps] == ["actions/checkout", "OWNER/cloudpolicy"]


def test_github_without_the_action(server):
    steps = recipe("github-plain")["jobs"]["cloudpolicy"]["steps"]
    scripts = [step["run"] for step in steps if "run" in step]
    summary = server.temporary / "summary"

    def job(**environment: str) -> tuple[int, str]:
        summary.write_text("")
        return server.run(*scripts, RUNNER_TEMP=str(server.temporary), GITHUB_STEP_SUMMARY=str(summary), **environment)

    status, log = job(GITHUB_BASE_REF="")
    assert status == 1 and "::error file=main.tf" in log and "aws_db_instance.old" in summary.read_text()
    server.change(bad=False)
    assert job(GITHUB_BASE_REF="main")[0] == 0
    server.change(bad=True)
    assert job(GITHUB_BASE_REF="main")[0] == 1
    assert "aws_db_instance.new" in summary.read_text()
    assert server.installed()[-1].startswith("cloudpolicy @ git+https://github.com/OWNER/cloudpolicy@v")


def test_gitlab(server):
    job = recipe("gitlab")["cloudpolicy"]
    assert job["variables"]["GIT_DEPTH"] == "0" and job["artifacts"]["when"] == "always"
    published = job["artifacts"]["reports"]

    def entries() -> list[str]:
        assert len(ElementTree.parse(server.clone / published["junit"]).findall(".//testcase")) >= 1
        return [entry["description"] for entry in json.loads((server.clone / published["codequality"]).read_text())]

    assert server.run(*job["script"])[0] == 1
    assert any("aws_db_instance.old" in entry for entry in entries())
    for bad in (False, True):
        server.change(bad)
        base = git(server.clone, "merge-base", "origin/main", "HEAD")
        assert server.run(*job["script"], CI_MERGE_REQUEST_DIFF_BASE_SHA=base)[0] == bad
        assert any("aws_db_instance.new" in entry for entry in entries()) == bad


def test_azure_devops(server):
    pipeline = recipe("azure-pipelines")
    assert pipeline["steps"][0] == {"checkout": "self", "fetchDepth": "0"}
    scripts = [step["bash"] for step in pipeline["steps"] if "bash" in step]
    (publish,) = (step for step in pipeline["steps"] if step.get("task") == "PublishTestResults@2")
    results = publish["inputs"]["testResultsFiles"].replace("$(Agent.TempDirectory)", str(server.temporary))

    def job(**environment: str) -> tuple[int, str]:
        return server.run(*scripts, flags=("-e",), AGENT_TEMPDIRECTORY=str(server.temporary), **environment)

    status, log = job()
    assert status == 1 and "##vso[task.logissue type=error;sourcepath=main.tf;linenumber=3;" in log
    (uploaded,) = re.findall(r"^##vso\[task\.uploadsummary\](.*)$", log, re.MULTILINE)
    assert "## cloudpolicy" in Path(uploaded).read_text()
    assert ElementTree.parse(results).getroot().get("failures") == "1"
    for branch in ("refs/heads/main", "main"):  # Azure Repos, GitHub
        for bad in (False, True):
            server.change(bad)
            assert job(SYSTEM_PULLREQUEST_TARGETBRANCH=branch)[0] == bad
    (server.clone / "cloudpolicy.toml").write_text("profil = 1\n")
    os.unlink(uploaded)
    status, log = job()
    assert status == 2 and "uploadsummary" not in log


def test_codebuild(server):
    specification = recipe("buildspec")
    assert specification["version"] == 0.2 and specification["env"]["shell"] == "bash"
    scripts = [command for phase in specification["phases"].values() for command in phase["commands"]]
    group = specification["reports"]["cloudpolicy"]
    assert group["file-format"] == "JUNITXML"
    results = server.clone / group["base-directory"] / group["files"][0]
    assert server.run(*scripts, flags=())[0] == 1
    assert ElementTree.parse(results).getroot().get("failures") == "1"
    for bad in (False, True):
        server.change(bad)
        environment = {"CODEBUILD_WEBHOOK_EVENT": "PULL_REQUEST_UPDATED", "CODEBUILD_WEBHOOK_BASE_REF": "refs/heads/main"}
        assert server.run(*scripts, flags=(), **environment)[0] == bad
    environment["CODEBUILD_WEBHOOK_BASE_REF"] = "refs/heads/nowhere"
    assert server.run(*scripts, flags=(), **environment)[0] != 0, "a branch that cannot be fetched is no pass"


@pytest.mark.parametrize("name", ["main", "a'b", 'x"y', "true", "$(touch x)", "é漢😀", "- x: y #"])
def test_any_branch_name_is_only_a_name(name):
    for file in ("github", "github-plain"):
        workflow = yaml.safe_load(proposals.recipe(file, origin.Origin(None), name))
        assert workflow[True]["push"]["branches"] == [name]
