"""action.yml: its own steps, run in bash as the runner runs them."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import zipfile

import pytest
import yaml

from action import runner
from action.conftest import SRC
from repositories import OPEN, commit, git

pytestmark = pytest.mark.skipif(runner.BASH is None, reason="the action's shell is bash")
ACTION = yaml.safe_load((runner.ROOT / "action.yml").read_text(encoding="utf-8"))
HOSTILE = [
    "$(touch hacked)",
    "`touch hacked`",
    "'; touch hacked; '",
    '"; touch hacked; "',
    "x\n touch hacked\n",
    "--help",
    "${{ github.token }}",
]


def test_no_expression_stands_in_a_script():
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w/-]+@v\d+", step["uses"]), "pinned by major"


def test_every_output_comes_from_a_step_that_writes_it(repository, act):
    result = act(repository)
    written = {name for name, value in result.outputs.items() if value}
    assert written == set(ACTION["outputs"])


def test_a_push_with_findings(repository, act):
    result = act(repository, lang="en")
    assert result.status == 1 and result.outputs["exit-status"] == "1"
    assert result.outputs["failures"] == "1" and result.outputs["unread"] == "0"
    assert "::error file=main.tf,line=3,endLine=3,col=3" in result.log
    assert "## cloudpolicy" in result.summary and "aws_db_instance.old" in result.summary
    assert re.search(r"^\| `aws-lg-2019:[\w.]+` \| 1 \| 0 \| `CP_DB_002` \|$", result.summary, re.MULTILINE), "the table of clauses"
    with open(result.outputs["report"], encoding="utf-8") as file:
        assert json.load(file)["summary"]["fail"] == 1
    with open(result.outputs["sarif"], encoding="utf-8") as file:
        assert json.load(file)["version"] == "2.1.0"


def test_a_push_without_findings(repository, act):
    commit(repository, main__tf=OPEN.format(name="old").replace("true", "false"))
    result = act(repository)
    assert (result.status, result.outputs["exit-status"], result.outputs["failures"]) == (0, "0", "0")
    assert result.outputs["passed"] == "1"


def test_the_inputs_decide(repository, act):
    assert act(repository, fail_on="critical").status == 1
    commit(repository, cloudpolicy__toml='select = ["CP_LOG_001"]\nregion = "ap-northeast-1"\n')  # one unknown
    assert act(repository).status == 0
    assert act(repository, strict="true").status == 1
    assert "プロファイル" in act(repository, lang="ja", profile="nichtda").log
    (repository / "empty").mkdir()
    (repository / "a b").mkdir()
    commit(repository, **{"a b/main__tf": OPEN.format(name="other"), "cloudpolicy__toml": 'select = ["CP_DB_002"]\n'})
    result = act(repository, paths="a b\n\n  empty  \n")
    assert "aws_db_instance.other" in result.summary and "aws_db_instance.old" not in result.summary


def test_what_a_baseline_holds_is_known(repository, act):
    """The one that the scan finds by itself, and one that is named."""
    environment = {**os.environ, "PYTHONPATH": SRC}
    command = [sys.executable, "-m", "cloudpolicy", "baseline", "create", "."]
    subprocess.run(command, cwd=repository, env=environment, check=True, capture_output=True)
    assert act(repository).outputs["known"] == "1"
    (repository / "cloudpolicy-baseline.json").rename(repository / "old one.json")
    assert act(repository).status == 1
    result = act(repository, baseline="old one.json")
    assert (result.status, result.outputs["failures"], result.outputs["known"]) == (0, "0", "1"), result.log
    commit(repository, new__tf=OPEN.format(name="new"))
    result = act(repository, baseline="old one.json")
    assert (result.status, result.outputs["failures"], result.outputs["known"]) == (1, "1", "1")
    assert act(repository, baseline="not there.json").status == 2


def test_sarif_is_uploaded_before_the_job_fails(repository, act):
    result = act(repository, upload_sarif="true", category="infra")
    (use,) = (use for use in result.used if "upload-sarif" in use[0])
    assert use[1] == {"sarif_file": result.outputs["sarif"], "category": "infra"}
    assert result.status == 1
    assert not any("upload-sarif" in use[0] for use in act(repository).used)


def test_code_scanning_gets_no_more_results_than_it_takes(tmp_path, capsys):
    """It refuses a file of more; the gravest stay, in their order."""
    spec = importlib.util.spec_from_file_location("github_action", runner.ROOT / "scripts" / "github_action.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    sarif = tmp_path / "report.sarif"
    results = [{"level": level, "n": number} for number, level in enumerate(["none", "warning", "note", "error"] * 7_000)]
    sarif.write_text(json.dumps({"runs": [{"results": results}]}))
    script.shorten(str(sarif))
    kept = json.loads(sarif.read_text())["runs"][0]["results"]
    assert len(kept) == 25_000 and [result["level"] for result in kept[:14_001:7_000]] == ["error", "warning", "note"]
    assert [result["n"] for result in kept[:3]] == [3, 7, 11] and kept[-1]["level"] == "none"
    assert "3,000" in capsys.readouterr().out
    before = sarif.read_bytes()
    script.shorten(str(sarif))
    assert sarif.read_bytes() == before and capsys.readouterr().out == ""


def test_what_cannot_be_read_fails_and_is_counted(repository, act):
    commit(repository, broken__tf='resource "aws_s3_bucket" {{{\n')
    result = act(repository)
    assert result.status == 2 and int(result.outputs["unread"]) >= 1 and result.outputs["failures"] == "1"


def test_a_wrong_configuration_is_told_in_the_log_and_the_summary(repository, act):
    commit(repository, cloudpolicy__toml='profil = "<b>%0A::error::x"\n')
    result = act(repository, upload_sarif="true")
    assert result.status == 2
    assert "cloudpolicy.toml:1" in result.summary and "<b>" not in result.summary
    assert [line for line in result.log.splitlines() if line.startswith("::")] == [result.log.strip()]
    assert result.log.startswith("::error title=cloudpolicy::") and "profile" in result.log
    assert not any("upload-sarif" in use[0] for use in result.used), "there is nothing to upload"


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("name", ["paths", "profile", "fail-on", "strict", "baseline", "lang", "new-only"])
def test_no_input_is_obeyed(repository, act, name, value):
    result = act(repository, **{name.replace("-", "_"): value})
    assert result.status != 0, "a gate never opens because of a wrong input"
    assert not any(hacked(folder) for folder in (repository, repository.parent, repository.parent / "runner"))
    assert all(
        re.match(r"::(error|warning|notice|stop-commands|[0-9a-f]{32})", line) for line in result.log.splitlines() if line[:2] == "::"
    )


def hacked(folder):
    return (folder / "hacked").exists()


@pytest.mark.parametrize("value", [*HOSTILE, "1.0 --index-url=http://x", "git+https://x/y", "../x", "-r x"])
def test_only_a_release_can_be_installed(repository, tmp_path, value):
    result = runner.run(repository, tmp_path / "runner", {"version": value}, None, {"python": {"python-path": sys.executable}})
    assert result.status == 2 and result.ran == ["install"] and "is no release" in result.log
    assert not hacked(repository)


def test_a_template_commands_nothing(repository, act):
    """What the log shows of a pull request's texts is no workflow command, wherever it stands."""
    name = "::error::x"
    commit(
        repository,
        main__tf=OPEN.format(name="old") + f'# {name}\nresource "aws_db_instance" "{name}" {{\n  x = "##[add-mask]a"\n}}\n',
    )
    result = act(repository)
    for line in result.log.splitlines():
        assert re.match(r"::(error|warning|notice) ", line), line


@pytest.mark.slow
def test_the_install_step_makes_an_environment_of_its_own(repository, tmp_path):
    """A release from a folder of wheels instead of PyPI; the repository holds files that would be imported by a careless `python -m`."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    info = "cloudpolicy-9.9.9.dist-info"
    with zipfile.ZipFile(wheels / "cloudpolicy-9.9.9-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: cloudpolicy\nVersion: 9.9.9\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/entry_points.txt", "[console_scripts]\ncloudpolicy = cloudpolicy.__main__:main\n")
        wheel.writestr(f"{info}/RECORD", "")
    for trap in ("pip.py", "venv.py", "json.py", "cloudpolicy.py", "yaml.py"):
        (repository / trap).write_text("open('hacked', 'w')\n")
    dependencies = os.path.dirname(os.path.dirname(yaml.__file__))
    environment = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PYTHONPATH": os.pathsep.join((SRC, dependencies))}
    given = {"python": {"python-path": sys.executable}}
    result = runner.run(repository, tmp_path / "runner", {"version": "9.9.9"}, None, given, environment)
    assert result.ran == ["install", "scan", "gate"], result.log
    assert result.status == 1 and result.outputs["failures"] == "1"
    assert not hacked(repository)
    installed = subprocess.run([sys.executable, "-m", "pip", "list"], capture_output=True, text=True, check=True).stdout
    assert "9.9.9" not in installed
    assert git(repository, "status", "--porcelain").split() == [
        "??",
        "cloudpolicy.py",
        "??",
        "json.py",
        "??",
        "pip.py",
        "??",
        "venv.py",
        "??",
        "yaml.py",
    ]


# -- pull requests


def pull_request(clone, branch="main"):
    """The event, and the merge commit that actions/checkout checks out for it."""
    git(clone, "checkout", "-q", "--detach", f"origin/{branch}")
    git(clone, "merge", "-q", "--no-ff", "-m", "merge", "origin/change")
    return {"pull_request": {"base": {"ref": branch, "sha": git(clone, "merge-base", f"origin/{branch}", "origin/change")}}}


@pytest.fixture
def clone(repository, tmp_path):
    """A full clone; the branch `change` adds nothing bad yet, and main has gone on with a failure of its own."""
    git(repository, "checkout", "-qb", "change")
    commit(repository, new__tf="# nothing\n")
    git(repository, "checkout", "-q", "main")
    commit(repository, later__tf=OPEN.format(name="later"))
    git(tmp_path, "clone", "-q", repository.as_uri(), "clone")
    return tmp_path / "clone"


def worsen(repository, clone):
    git(repository, "checkout", "-q", "change")
    commit(repository, new__tf=OPEN.format(name="new"))
    git(repository, "checkout", "-q", "main")
    git(clone, "fetch", "-q")


def test_a_pull_request_fails_only_on_what_it_brings(repository, clone, act):
    result = act(clone, pull_request(clone), lang="en")
    assert result.status == 0, result.log
    assert "aws_db_instance.old" in result.summary and "aws_db_instance.later" in result.summary, "the rest is listed"
    assert (result.outputs["failures"], result.outputs["known"]) == ("0", "2")
    assert "::error" not in result.log and result.log.count("::notice file=") == 2
    worsen(repository, clone)
    result = act(clone, pull_request(clone), lang="en")
    assert result.status == 1 and "aws_db_instance.new" in result.summary
    assert (result.outputs["failures"], result.outputs["known"]) == ("1", "2")
    with open(result.outputs["report"], encoding="utf-8") as file:
        run = json.load(file)["run"]
    assert run["since"] == {"reference": "refs/remotes/origin/main", "merge_base": git(clone, "rev-parse", "origin/main")}


def test_new_only_can_be_switched_off(clone, act):
    assert act(clone, pull_request(clone), new_only="false").status == 1


def test_a_merge_queue_counts_as_a_pull_request(clone, act):
    event = {"merge_group": {"base_sha": pull_request(clone)["pull_request"]["base"]["sha"]}}
    assert act(clone, event).status == 1, "`later` came after that commit"
    event["merge_group"]["base_sha"] = git(clone, "rev-parse", "origin/main")
    assert act(clone, event).status == 0


def test_a_shallow_checkout_is_told_and_fails(repository, clone, tmp_path, act):
    event = pull_request(clone)
    git(repository, "fetch", "-q", str(clone), "HEAD:refs/heads/merged")
    git(tmp_path, "clone", "-q", "--depth=1", "--branch=merged", repository.as_uri(), "shallow")
    result = act(tmp_path / "shallow", event)
    assert result.status == 2 and "fetch-depth: 0" in result.summary and "fetch-depth: 0" in result.log


def test_a_pull_request_from_a_fork(repository, clone, tmp_path, act):
    """The change stands on no branch of ours, only in refs/pull/1/merge; its token may upload nothing."""
    git(tmp_path, "clone", "-q", repository.as_uri(), "fork")
    git(tmp_path / "fork", "checkout", "-qb", "theirs", "origin/change")
    commit(tmp_path / "fork", theirs__tf=OPEN.format(name="theirs"))
    git(clone, "checkout", "-q", "--detach", "origin/main")
    git(clone, "fetch", "-q", str(tmp_path / "fork"), "theirs")
    git(clone, "merge", "-q", "--no-ff", "-m", "merge", "FETCH_HEAD")
    event = {"pull_request": {"base": {"ref": "main", "sha": git(clone, "rev-parse", "origin/main")}, "head": {"repo": {"fork": True}}}}
    result = act(clone, event, upload_sarif="true")
    assert (result.status, result.outputs["failures"], result.outputs["known"]) == (1, "1", "2"), result.log
    assert not any("upload-sarif" in use[0] for use in result.used)
    event["pull_request"]["head"]["repo"]["fork"] = False
    assert any("upload-sarif" in use[0] for use in act(clone, event, upload_sarif="true").used)


def test_a_merge_base_that_is_missing_is_told_and_fails(repository, clone, act):
    git(repository, "checkout", "-q", "--orphan", "else")
    commit(repository, else__tf="# begun anew\n")
    git(clone, "fetch", "-q")
    git(clone, "checkout", "-q", "--detach", "origin/else")
    event = {"pull_request": {"base": {"ref": "main", "sha": git(clone, "rev-parse", "origin/main")}}}
    result = act(clone, event, lang="en")
    assert result.status == 2 and "no common commit" in result.summary and "no common commit" in result.log
    event = {"pull_request": {"base": {"ref": "gone", "sha": "0" * 40}}}
    result = act(clone, event, lang="en")
    assert result.status == 2 and "git knows no commit" in result.summary


@pytest.mark.parametrize("branch", ["$(touch${IFS}hacked)", "a'b\"c", "--help", "x%0Ay"])
def test_no_branch_name_is_obeyed(repository, clone, act, branch):
    git(repository, "update-ref", f"refs/heads/{branch}", "refs/heads/main")
    git(clone, "fetch", "-q")
    result = act(clone, pull_request(clone, branch))
    assert result.status == 0, result.log
    assert not hacked(clone)


def test_a_baseline_is_found_or_named(repository, act):
    """The one in the repository counts by itself; the input names another."""

    def baseline(*argv):
        environment = {**os.environ, "PYTHONPATH": SRC}
        done = subprocess.run(
            [sys.executable, "-m", "cloudpolicy", "baseline", *argv], cwd=repository, env=environment, capture_output=True
        )
        assert done.returncode == 0, done.stderr

    baseline("create")
    result = act(repository)
    assert (result.status, result.outputs["failures"], result.outputs["known"]) == (0, "0", "1")
    (repository / "cloudpolicy-baseline.json").rename(repository / "known.json")
    assert act(repository).status == 1
    result = act(repository, baseline="known.json")
    assert (result.status, result.outputs["known"]) == (0, "1")
    commit(repository, more__tf=OPEN.format(name="new"))
    result = act(repository, baseline="known.json")
    assert (result.status, result.outputs["failures"], result.outputs["known"]) == (1, "1", "1")
    assert "::error file=more.tf" in result.log and "::error file=main.tf" not in result.log
    (repository / "known.json").write_text("{", encoding="utf-8")
    result = act(repository, baseline="known.json")
    assert result.status == 2 and "known.json" in result.log
