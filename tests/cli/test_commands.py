"""The smaller commands: explain, policies, schema, completion, test."""

import json
import shutil
import subprocess

import pytest

from cloudpolicy import cli


@pytest.fixture
def run(capsys, monkeypatch):
    monkeypatch.setenv("LANG", "en_US.UTF-8")

    def call(*argv):
        try:
            status = cli.run(list(argv))
        except SystemExit as stop:
            status = stop.code
        out, err = capsys.readouterr()
        return status, out, err

    return call


def test_policies_as_json(run):
    status, out, _ = run("policies", "--format", "json")
    assert status == 0
    policies = json.loads(out)["policies"]
    assert len({policy["id"] for policy in policies}) == len(policies) > 0
    for policy in policies:
        assert {"id", "severity", "title", "rationale", "remedy", "clauses", "checks"} <= set(policy)
        assert policy["title"]["ja"]
        assert policy["title"]["en"]
        assert all(check["format"] in ("terraform", "cloudformation", "arm") for check in policy["checks"])


def test_policies_of_a_setting_type(run):
    out = run("policies", "NET")[1]
    assert "CP_NET_001" in out
    assert "CP_DB_001" not in out


@pytest.mark.parametrize(("lang", "word"), [("en", "How to fix"), ("ja", "対処")])
def test_explain(run, lang, word):
    status, out, _ = run("explain", "CP_DB_002", "--lang", lang)
    assert status == 0
    assert word in out
    assert "aws_db_instance" in out


def test_explain_what_does_not_exist(run):
    status, _, err = run("explain", "CP_DB_999")
    assert status == 2
    assert "CP_DB_" in err


@pytest.mark.parametrize("name", ["policy", "profile", "config", "report"])
def test_schemas_are_schemas(run, name):
    import jsonschema

    schema = json.loads(run("schema", name)[1])
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_completion_names_commands_and_options(run, shell):
    out = run("completion", shell)[1]
    assert "scan" in out
    assert "fail-on" in out
    assert "azure-devops" in out


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["sc"], ["scan", "schema"]),
        (["scan", "--fail"], ["--fail-on"]),
        (["scan", "--fail-on", ""], ["low", "medium", "high", "critical"]),
        (["scan", "--format", "j"], ["json", "junit"]),
        (["scan", "--format", "=", "j"], ["json", "junit"]),
        (["scan", "--format", "="], None),
        (["path", "ch"], ["checkov"]),
        (["attest", "a"], ["add"]),
        (["scan", "here"], ["here.tf"]),
        (["scan", "--strict", "here"], ["here.tf"]),
    ],
)
def test_bash_completion_works(run, tmp_path, words, offered):
    (tmp_path / "here.tf").touch()
    script = tmp_path / "c.bash"
    script.write_text(run("completion", "bash")[1])
    typed = " ".join(f"'{word}'" for word in words)
    ask = f"source {script}; COMP_WORDS=(cloudpolicy {typed}); COMP_CWORD={len(words)}; _cloudpolicy; echo ${{COMPREPLY[@]}}"
    done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, cwd=tmp_path)
    assert done.stderr == ""
    assert done.stdout.split() == (offered or ["text", "json", "sarif", "junit", "github", "gitlab", "azure-devops", "markdown"])


def test_test_runs_examples_and_finds_faults(run, tmp_path):
    from policy.test_documents import GOOD

    (tmp_path / "rules").mkdir()
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    (profiles / "baseline.yaml").write_text("name: baseline\ntitle: {ja: あ, en: a}\nabout: {ja: あ, en: a}\n", encoding="utf-8")
    path = tmp_path / "rules" / "CP_DB_902_public_database.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert run("test", "--policies", str(tmp_path))[0] == 0
    path.write_text(GOOD.replace("absent: pass", "absent: fail"), encoding="utf-8")
    status, out, _ = run("test", "--policies", str(tmp_path))
    assert status == 1
    assert "should pass" in out
    path.write_text(GOOD.replace("publicly_accessible = true }", "publicly_accessible = false }"), encoding="utf-8")
    assert "should fail" in run("test", "--policies", str(tmp_path))[1]
