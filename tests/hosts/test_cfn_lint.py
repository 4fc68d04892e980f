"""cfn-lint as its users run it: our folder appended, and the native engine's verdicts on every example and sample."""

import datetime
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cfnlint import decode
from cfnlint.template import Template

from cloudpolicy import config
from cloudpolicy.hosts import cfn_lint
from cloudpolicy.hosts.scanners import Scanners
from cloudpolicy.policy import documents, testing
from cloudpolicy.policy import pack as packs
from cloudpolicy.scan import Request, run
from cloudpolicy.sources import files

ROOT = Path(__file__).resolve().parents[2]
OPEN_DATABASE = """\
Resources:
  Db:
    Type: AWS::RDS::DBInstance
    Properties:
      DBInstanceClass: db.t3.micro
      PubliclyAccessible: true
"""


def lint(*argv, stdin=None, cwd=ROOT, **env):
    command = [
        os.path.join(os.path.dirname(sys.executable), "cfn-lint"),
        "--append-rules",
        str(ROOT / "policies/cfn_lint"),
        *map(str, argv),
    ]
    return subprocess.run(
        command, capture_output=True, text=True, input=stdin, cwd=cwd, env={**os.environ, "CLOUDPOLICY_LANG": "en", **env}
    )


def ours(output):
    return {(match["Rule"]["Id"], match["Location"]["Start"]["LineNumber"]) for match in json.loads(output) if "CP_" in match["Rule"]["Id"]}


def examples():
    pack = packs.load()
    for document in documents.load_folder(packs.folder() + "/rules")[0]:
        if document.policy.id in cfn_lint.for_templates(pack):
            yield pytest.param(document, id=document.policy.id)


def test_every_policy_for_templates_is_a_rule():
    pack = packs.load()
    registered = {rule.id[1:] for rule in cfn_lint.rules()}
    assert registered >= set(cfn_lint.for_templates(pack))
    assert len(cfn_lint.for_templates(pack)) > 80
    assert all(rule.id[0] in "EWI" for rule in cfn_lint.rules())


@pytest.mark.parametrize("document", list(examples()))
def test_examples_get_the_native_verdicts(document, tmp_path, monkeypatch):
    """Failures and unknowns, with their resource, of every example that needs no parameters of its own."""
    monkeypatch.setattr(cfn_lint, "_scanners", Scanners())
    given = document.policy.examples.get("cloudformation")
    number = 0
    for example in [*(given.passing or []), *(given.fail or []), *(given.unknown if isinstance(given.unknown, list) else [])]:
        example = testing.as_example(example, "cloudformation")
        folder = tmp_path / str(number)
        number += 1
        for name, text in example.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        settings = [f"region = {json.dumps(example.region)}"] if example.region else []
        settings += [f"scope = {json.dumps(example.scope)}"] if example.scope else []
        settings += [f"profile = {json.dumps(example.profile or 'advisory')}"]
        settings += [f"[parameters.{document.policy.id}]", *(f"{key} = {json.dumps(value)}" for key, value in example.parameters.items())]
        (folder / "cloudpolicy.toml").write_text("\n".join(settings), encoding="utf-8")
        path = str(folder / next(iter(example.files)))
        template, problems = decode.decode(path)
        assert template is not None and not problems  # one that cfn-lint refuses belongs into docs/host-differences.yaml
        matches = cfn_lint._evaluated(Template(path, template, ["ap-northeast-1"]))
        report = run(Request([path], config.load(str(folder / "cloudpolicy.toml"))))
        for verdict in ("fail", "unknown"):
            native = sorted((f.policy, f.address.split("/")[0]) for f in report.findings if f.verdict == verdict)
            if verdict == "fail":
                host = [(id, _name(match)) for id, found in matches.items() if id.startswith("CP_") for match in found]
            else:
                host = [(match.message.split(":")[0], _name(match)) for match in matches.get("unknown", [])]
            assert sorted(host) == native
    assert number


def _name(match):
    return match.path[1] if len(match.path) > 1 else ""


def test_the_samples_as_a_user_lints_them():
    templates = sorted(str(p) for p in (ROOT / "samples/cloudformation/violating").glob("*.yaml"))
    found = {id[1:] for id, _ in ours(lint("--format", "json", "--", *templates).stdout) if id != "WCP_UNREAD"}
    report = run(Request([str(ROOT / "samples/cloudformation/violating")], config.load(str(ROOT / "samples/cloudpolicy.toml"))))
    assert found == {f.policy for f in report.findings if f.verdict == "fail"}


def test_the_finding_stands_on_the_property(tmp_path):
    (tmp_path / "t.yaml").write_text(OPEN_DATABASE)
    assert ("ECP_DB_002", 6) in ours(lint("--format", "json", tmp_path / "t.yaml").stdout)


def test_from_standard_input_too():
    assert "ECP_DB_002" in {id for id, _ in ours(lint("--format", "json", stdin=OPEN_DATABASE).stdout)}


def test_standard_input_is_judged_as_a_file_of_the_working_directory(tmp_path):
    (tmp_path / "cloudpolicy.toml").write_text('select = ["CP_DB_005"]\n')
    (tmp_path / "stdin.json").write_text("a file of that name that is not ours")
    found = ours(lint("--format", "json", stdin=OPEN_DATABASE, cwd=tmp_path).stdout)
    assert {id for id, _ in found} == {"WCP_DB_005"}


@pytest.mark.skipif(
    "parameter_sets" not in inspect.signature(Template.__init__).parameters, reason="this cfn-lint knows no parameters of its own"
)
def test_cfn_lints_own_parameters_are_used(tmp_path):
    """Several sets (deployment files): what fails under any of them."""
    from cfnlint.context import ParameterSet

    path = tmp_path / "t.yaml"
    path.write_text("Parameters:\n  Open: {Type: String}\n" + OPEN_DATABASE.replace("true", "!Ref Open"))
    (tmp_path / "cloudpolicy.toml").write_text('select = ["CP_DB_002"]\n')
    template, _ = decode.decode(str(path))

    def found(*values):
        given = [ParameterSet(None, {"Open": value}) for value in values]
        return sorted(cfn_lint._evaluated(Template(str(path), template, ["ap-northeast-1"], given)))

    assert found() == ["unknown"]
    assert found("false") == []
    assert found("true") == found("false", "true") == ["CP_DB_002"]
    assert not files.held


def test_metadata_and_the_command_line_switch_a_rule_off(tmp_path):
    template = OPEN_DATABASE.replace(
        "    Properties:", "    Metadata: {cfn-lint: {config: {ignore_checks: [ECP_DB_002]}}}\n    Properties:", 1
    )
    (tmp_path / "t.yaml").write_text(template)
    assert "ECP_DB_002" not in {id for id, _ in ours(lint("--format", "json", tmp_path / "t.yaml").stdout)}
    (tmp_path / "t.yaml").write_text(OPEN_DATABASE)
    assert ours(lint("--format", "json", "-i", "ECP_DB_002", "--", tmp_path / "t.yaml").stdout)
    assert "ECP_DB_002" not in {id for id, _ in ours(lint("--format", "json", "-i", "ECP_DB_002", "--", tmp_path / "t.yaml").stdout)}


def test_what_an_approved_waiver_covers_is_left_out(tmp_path):
    (tmp_path / "t.yaml").write_text(OPEN_DATABASE)
    today = datetime.date.today()
    days = {"granted": str(today - datetime.timedelta(2)), "expires": str(today + datetime.timedelta(30))}
    entry = {"id": "W-1", "policy": "CP_DB_002", "resource": "Db", "reason": "r", "requested_by": "A", "approved_by": "B", **days}
    for approved, there in ("B", False), ("A", True):  # who asks does not approve
        (tmp_path / "cloudpolicy-waivers.yaml").write_text(json.dumps({"waivers": [{**entry, "approved_by": approved}]}))
        ids = {id for id, _ in ours(lint("--format", "json", tmp_path / "t.yaml").stdout)}
        assert ("ECP_DB_002" in ids) is there and "WCP_DB_005" in ids


def test_what_is_undecided_is_listed_on_request(tmp_path):
    (tmp_path / "t.yaml").write_text("Parameters:\n  Open: {Type: String}\n" + OPEN_DATABASE.replace("true", "!Ref Open"))
    ids = {id for id, _ in ours(lint("--format", "json", "-c", "I", "--", tmp_path / "t.yaml").stdout)}
    assert "ICP_UNKNOWN" in ids and "ECP_DB_002" not in ids


def test_rules_are_listed_in_japanese():
    listed = lint("--list-rules", CLOUDPOLICY_LANG="ja").stdout
    assert "ECP_DB_002: データベースを外部へ公開しない" in listed


def test_a_broken_configuration_is_told_once_and_never_passes(tmp_path):
    (tmp_path / "cloudpolicy.toml").write_text("\nno_such = 1\n")
    (tmp_path / "t.yaml").write_text(OPEN_DATABASE)
    done = lint("--format", "json", "--non-zero-exit-code", "none", "--", tmp_path / "t.yaml")
    assert done.returncode == 2 and done.stderr.count("no_such") == 1
    assert "cloudpolicy.toml:2)" in done.stderr


WITHOUT = "import sys; sys.modules['cloudpolicy'] = None; sys.argv[0] = 'cfn-lint'; from cfnlint.runner import main; main()"


def test_where_cloudpolicy_is_missing_the_run_stops_with_a_way_out(tmp_path):
    (tmp_path / "t.yaml").write_text(OPEN_DATABASE)
    argv = [sys.executable, "-c", WITHOUT, "--append-rules", str(ROOT / "policies/cfn_lint"), "--", str(tmp_path / "t.yaml")]
    done = subprocess.run(argv, capture_output=True, text=True, encoding="utf-8", env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "pipx inject cfn-lint cloudpolicy" in done.stderr and "同じ環境に" in done.stderr
