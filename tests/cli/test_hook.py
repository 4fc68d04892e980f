"""`cloudpolicy hook` from outside: what a commit's files concern, and what of the commit no argument names."""

import json
import os
import subprocess

import pytest

from cloudpolicy import cli, git

OPEN = 'resource "aws_security_group" "%s" {\n  ingress {\n    from_port = 22\n    to_port = 22\n    protocol = "tcp"\n    cidr_blocks = ["0.0.0.0/0"]\n  }\n}\n'
SELECT = ("--select", "CP_NET_001")


@pytest.fixture
def repository(tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith(("GIT_", "PRE_COMMIT")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.chdir(tmp_path)

    def call(*words):
        settings = ["-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "commit.gpgsign=false"]
        return subprocess.run(["git", *settings, *words], check=True, capture_output=True, text=True).stdout

    call("init", "--quiet", "--initial-branch=main")
    call.top = tmp_path
    return call


@pytest.fixture
def run(repository, capsys):
    def call(*argv, files=None):
        for name, text in (files or {}).items():
            path = repository.top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        try:
            status = cli.run(["hook", *argv])
        except SystemExit as stop:
            status = stop.code
        out, err = capsys.readouterr()
        return status, out, err

    return call


def estates(out):
    return sorted(estate["root"] for estate in json.loads(out)["estates"])


def test_only_what_the_files_concern(run):
    files = {"a/main.tf": OPEN % "a", "b/main.tf": OPEN % "b", "c/main.tf": "", "README.md": ""}
    status, out, _ = run("a/main.tf", "--format", "json", *SELECT, files=files)
    assert status == 1
    assert {finding["location"]["file"] for finding in json.loads(out)["findings"]} == {"a/main.tf"}
    assert json.loads(out)["run"]["changes"] == {"files": 1, "aside": 2}
    assert run("c/main.tf", *SELECT)[0] == 0
    assert run("README.md", *SELECT)[0] == 0


def test_from_a_folder_below_the_top(run, repository, monkeypatch):
    files = {"m/main.tf": OPEN % "m", "a/main.tf": 'module "m" {\n  source = "../m"\n}\n'}
    run("m/main.tf", files=files)
    monkeypatch.chdir(repository.top / "m")
    status, out, _ = run("main.tf", "--format", "json", *SELECT)
    assert (status, estates(out)) == (1, ["a"])


def test_nothing_changed_is_nothing_to_say(run):
    assert run(files={"main.tf": OPEN % "a"}) == (0, "", "")


def test_files_that_the_commit_removes_are_known_from_git(run, repository):
    files = {"a/main.tf": OPEN % "a", "a/more.tf": "", "b/main.tf": OPEN % "b"}
    run(files=files)
    repository("add", "-A")
    assert run(*SELECT) == (0, "", "")  # the first commit removes nothing
    repository("commit", "--quiet", "-m", "x")
    repository("rm", "--quiet", "a/more.tf")
    status, out, _ = run("--format", "json", *SELECT)
    assert (status, estates(out)) == (1, ["a"])
    repository("reset", "--quiet", "--hard")
    repository("mv", "a/more.tf", "b/more.tf")  # pre-commit names the new one
    status, out, _ = run("b/more.tf", "--format", "json", *SELECT)
    assert (status, estates(out)) == (1, ["a", "b"])


def test_a_push_is_looked_at_from_its_beginning(run, repository, monkeypatch):
    run(files={"a/main.tf": OPEN % "a", "a/more.tf": "", "b/main.tf": OPEN % "b"})
    repository("add", "-A")
    repository("commit", "--quiet", "-m", "x")
    repository("rm", "--quiet", "a/more.tf")
    repository("commit", "--quiet", "-m", "y")
    assert run(*SELECT)[0] == 0
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", "HEAD~1")
    monkeypatch.setenv("PRE_COMMIT_TO_REF", "HEAD")
    assert estates(run("--format", "json", *SELECT)[1]) == ["a"]
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", "--output=stolen")
    assert run(*SELECT)[0] == 0
    assert not (repository.top / "stolen").exists()


def test_without_git_it_works_on_what_is_named(run, repository, monkeypatch):
    monkeypatch.setenv("PATH", str(repository.top))
    assert run("a/main.tf", *SELECT, files={"a/main.tf": OPEN % "a"})[0] == 1
    assert git.Commit(str(repository.top), os.environ).removed() == []


def test_odd_names_come_through(run, repository):
    name = 'a/日本 "x"\n.tf'
    run(files={name: "", "a/main.tf": OPEN % "a"})
    repository("add", "-A")
    repository("commit", "--quiet", "-m", "x")
    repository("rm", "--quiet", name)
    assert git.Commit(str(repository.top), os.environ).removed() == [str(repository.top / name)]
    assert run(*SELECT)[0] == 1


def test_a_folder_is_judged_under_its_own_configuration(run):
    """As `cloudpolicy scan FOLDER` does: the configuration nearest to an estate."""
    files = {
        "cloudpolicy.toml": 'select = ["CP_DB_002"]\n',
        "a/main.tf": OPEN % "a",
        "stacks/cloudpolicy.toml": 'select = ["CP_NET_001"]\nfail_on = "critical"\n',
        "stacks/b/main.tf": 'module "m" {\n  source = "../../m"\n}\n',
        "m/main.tf": OPEN % "m",
    }
    assert run("a/main.tf", files=files)[0] == 0
    status, out, _ = run("m/main.tf")
    assert status == 1
    assert "CP_NET_001" in out and "module.m" in out
    for option in (("--output", "x.json"), ("--format", "json")):
        status, _, err = run("m/main.tf", *option)
        assert status == 2
        assert "stacks/cloudpolicy.toml" in err
    assert run("m/main.tf", "--config", "cloudpolicy.toml", "--output", "x.json")[0] == 0


def test_what_cannot_be_configured_is_told(run):
    status, _, err = run("a/main.tf", "--select", "NOPE", files={"a/main.tf": ""})
    assert status == 2
    assert "NOPE" in err


def test_no_cache(run, repository, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(repository.top / "cache"))
    assert run("a/main.tf", "--no-cache", *SELECT, files={"a/main.tf": OPEN % "a"})[0] == 1
    assert not (repository.top / "cache").exists()
    assert run("a/main.tf", *SELECT)[0] == 1
    assert (repository.top / "cache").exists()


def test_a_thousand_files_at_once(run):
    files = {f"r{number}/main.tf": "" for number in range(50)}
    files |= {f"r{number % 50}/f{number}.tf": f"# {number}\n" for number in range(950)}
    files |= {"other/main.tf": OPEN % "other", "docs/x.md": ""}
    run(files=files)
    given = [name for name in files if not name.startswith("other/")]
    status, out, _ = run(*given, "--format", "json", *SELECT)
    assert status == 0
    assert len(estates(out)) == 50
    assert json.loads(out)["run"]["changes"] == {"files": 1001, "aside": 1}
    status, out, _ = run(*given, "--format", "json", *SELECT, files={"r7/f7.tf": OPEN % "g"})
    assert (status, {finding["location"]["file"] for finding in json.loads(out)["findings"]}) == (1, {"r7/f7.tf"})


def test_what_git_cannot_tell_is_no_pass(run, repository, monkeypatch):
    assert run("a/main.tf", *SELECT, files={"a/main.tf": ""})[0] == 0
    (repository.top / ".git" / "index").write_text("broken")
    status, out, err = run("a/main.tf", *SELECT)
    assert status == 2
    assert "git diff --cached" in err
    assert "Nothing fails" in out, "what could be judged is told all the same"
    assert run()[0] == 2


def test_a_push_without_a_common_commit_compares_the_two(run, repository, monkeypatch):
    """As pre-commit does."""
    run(files={"a/main.tf": OPEN % "a", "a/more.tf": ""})
    repository("add", "-A")
    repository("commit", "--quiet", "-m", "x")
    repository("checkout", "--quiet", "--orphan", "else")
    repository("rm", "--quiet", "--cached", "a/more.tf")
    (repository.top / "a/more.tf").unlink()
    repository("commit", "--quiet", "-m", "y")
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", "main")
    monkeypatch.setenv("PRE_COMMIT_TO_REF", "else")
    status, out, _ = run("--format", "json", *SELECT)
    assert (status, estates(out)) == (1, ["a"])
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", "nowhere")
    assert run(*SELECT)[0] == 2


def test_the_files_of_one_repository_at_a_time(run, repository, monkeypatch, tmp_path_factory):
    """Nothing is ever looked through that nobody asked for, least of all a whole disk."""
    other = tmp_path_factory.mktemp("other")
    (other / "main.tf").write_text(OPEN % "g")
    (other / "sub").mkdir()
    repository("-C", str(other), "init", "--quiet")
    status, _, err = run("a/main.tf", str(other / "main.tf"), *SELECT, files={"a/main.tf": ""})
    assert (status, "one repository" in err) == (2, True)
    status, out, _ = run(str(other / "main.tf"), str(other / "sub" / "x.tf"), "--format", "json", *SELECT)
    assert (status, estates(out)) == (1, ["."])
    monkeypatch.chdir(other / "sub")
    status, _, err = run("/nowhere-a/main.tf", "/nowhere-b/main.tf")
    assert (status, "one repository" in err) == (2, True)
    monkeypatch.chdir(repository.top)
    status, out, _ = run(".", "--format", "json", *SELECT)
    assert (status, estates(out)) == (0, ["a"]), "the top itself"
    assert estates(run("", "--format", "json", *SELECT)[1]) == ["a"]


def test_a_report_on_nothing_is_given_once(run):
    files = {f"{name}/{file}": "" for name in "abc" for file in ("cloudpolicy.toml", "main.tf")} | {"README.md": ""}
    status, out, _ = run("README.md", "--lang", "en", files=files)
    assert (status, out.count("summary")) == (0, 1)
    assert "The change concerns nothing that can be scanned." in out
    status, out, _ = run("README.md", "b/main.tf", "--lang", "en", *SELECT)
    assert (status, out.count("summary")) == (0, 1)
    assert "1 estate " in out


@pytest.mark.parametrize("where", ["", "a/"])
@pytest.mark.parametrize("after", [None, '[project]\nname = "x"\n'], ids=["deleted", "without our table"])
def test_a_project_file_that_was_the_configuration(run, repository, where, after):
    """What it allowed until now counts no more: every estate below it is looked at."""
    ours = '[project]\nname = "x"\n[tool.cloudpolicy]\nignore = ["CP_NET_001"]\n'
    run(
        files={
            "a/main.tf": OPEN % "a",
            f"{where}pyproject.toml": ours,
            "b/pyproject.toml": '[project]\nname = "b"\n',
            "b/main.tf": OPEN % "b",
        }
    )
    repository("add", "-A")
    repository("commit", "--quiet", "-m", "x")
    concerned = ["a"] if where else ["a", "b"]
    if after is None:
        repository("rm", "--quiet", f"{where}pyproject.toml")
        status, out, _ = run("--format", "json", *SELECT)
    else:
        (repository.top / where / "pyproject.toml").write_text(after)
        repository("add", "-A")
        status, out, _ = run(f"{where}pyproject.toml", "--format", "json", *SELECT)
    assert (status, estates(out)) == (1, concerned)
    (repository.top / "b/pyproject.toml").write_text('[project]\nname = "c"\n')
    repository("commit", "--quiet", "-am", "y")
    assert run("b/pyproject.toml", *SELECT)[0] == 0, "another tool's settings are nothing to us"


def test_a_baseline_and_waivers_of_any_name(run, repository):
    """A baseline that an option names, and a file that a link of cloudpolicy's own leads to."""
    run(files={"a/main.tf": OPEN % "a", "ci/known.json": '{"version": 1, "entries": []}\n', "ci/w.yaml": "waivers: []\n"})
    assert run("ci/known.json", *SELECT)[0] == 0
    assert run("ci/known.json", "--baseline", "ci/known.json", *SELECT)[0] == 1
    assert run("ci/w.yaml", *SELECT)[0] == 0
    (repository.top / "cloudpolicy-waivers.yaml").symlink_to("ci/w.yaml")
    assert run("ci/w.yaml", *SELECT)[0] == 1


CALL = 'module "m" {\n  source = "../m %s"\n}\n'


@pytest.mark.parametrize("how", ["another source", "no call", "no caller", "json"])
def test_a_module_that_nobody_calls_any_more_is_a_root_module(run, repository, how):
    """With the caller's values it may have been right."""
    run(files={"a/main.tf": CALL % "one", "m one/main.tf": OPEN % "one", "m two/main.tf": OPEN % "two", "c/main.tf": OPEN % "c"})
    if how == "json":
        (repository.top / "a/main.tf").unlink()
        run(files={"a/main.tf.json": '{"module":{"m":{"source":"../m one"}}}', "m two/main.tf": ""})
    repository("add", "-A")
    repository("commit", "--quiet", "-m", "x")
    assert estates(run("a/main.tf", "--format", "json", *SELECT)[1]) == ["a"]
    named = ["a/main.tf.json"] if how == "json" else ["a/main.tf"]
    if how == "no caller":
        repository("rm", "--quiet", "a/main.tf")
        named = []
    else:
        (repository.top / named[0]).write_text({"another source": CALL % "two", "no call": "", "json": "{}"}[how])
        repository("add", "-A")
    status, out, _ = run(*named, "--format", "json", *SELECT)
    assert (status, estates(out)) == (1, ["m one"] if how == "no caller" else ["a", "m one"])


def test_calls_that_are_moved_or_too_many(run, repository, monkeypatch):
    run(files={"a/main.tf": CALL % "one", "m one/main.tf": OPEN % "one", "c/main.tf": OPEN % "c"})
    repository("add", "-A")
    repository("commit", "--quiet", "-m", "x")
    (repository.top / "a/main.tf").write_text("\n" + (CALL % "one").replace("source ", "source  "))
    repository("add", "-A")
    assert estates(run("a/main.tf", "--format", "json", *SELECT)[1]) == ["a"]
    monkeypatch.setattr(git, "_MOST", 0)
    assert estates(run("a/main.tf", "--format", "json", *SELECT)[1]) == ["a", "c"], "who knows what else was called"


INNER = (
    "Parameters:\n  Port: {Type: Number, Default: 22}\nResources:\n  G:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n"
    "      SecurityGroupIngress:\n        - {IpProtocol: tcp, FromPort: !Ref Port, ToPort: !Ref Port, CidrIp: 0.0.0.0/0}\n"
)
OUTER = "Resources:\n  N:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: inner stack.yaml\n      Parameters: {Port: 443}\n"


@pytest.mark.parametrize("removed", [True, False])
def test_a_template_that_nobody_deploys_any_more_is_one_of_its_own(run, repository, removed):
    run(files={"a/outer.yaml": OUTER, "a/inner stack.yaml": INNER, "b/other.yaml": INNER})
    repository("add", "-A")
    repository("commit", "--quiet", "-m", "x")
    if removed:
        repository("rm", "--quiet", "a/outer.yaml")
    else:
        (repository.top / "a/outer.yaml").write_text("Resources:\n  B:\n    Type: AWS::S3::Bucket\n")
        repository("add", "-A")
    status, out, _ = run(*([] if removed else ["a/outer.yaml"]), "--format", "json", *SELECT)
    assert (status, estates(out)) == (1, ["a/inner stack.yaml"] if removed else ["a/inner stack.yaml", "a/outer.yaml"])
