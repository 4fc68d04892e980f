"""The samples: the compliant system passes entirely, the violating one fails on its marked lines and nowhere else."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cloudpolicy import cli

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples"
FORMATS = ("terraform", "cloudformation", "arm", "bicep")
KEPT_PLAN = ROOT / "tests" / "data" / "samples" / "terraform-compliant.plan.json"
MARK = re.compile(r"(?:#|//) (violates|undecided): (CP_[A-Z]+_\d+(?: CP_[A-Z]+_\d+)*)(?= |$)")
VERDICT = {"violates": "fail", "undecided": "unknown"}
# What no resource of the sample shows, so that the customer has to attest it.
_ACCOUNT = {"CP_CSM_001", "CP_CSM_002", "CP_CSM_003", "CP_CSM_004", "CP_RES_003"}
TO_ATTEST = {
    ("cloudformation", "violating"): _ACCOUNT,
    ("terraform", "violating"): _ACCOUNT,
}


@pytest.fixture
def scan(capsys):
    def call(path, *words):
        status = cli.run(["scan", str(path), "--format", "json", *words])
        return status, json.loads(capsys.readouterr().out)

    return call


def marks(folder):
    found = set()
    for path in folder.rglob("*.*"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            written = MARK.findall(line)
            assert len(written) == line.count("violates:") + line.count("undecided:"), f"{path}:{number}: a mark that is not well-formed"
            for kind, policies in written:
                found |= {(path.relative_to(folder).as_posix(), number, policy, VERDICT[kind]) for policy in policies.split()}
    return found


def split(report):
    """The findings on resources, and the policies whose finding is on the estate as a whole."""
    on_resources = [finding for finding in report["findings"] if finding["resource"]["address"]]
    return on_resources, {finding["policy"] for finding in report["findings"] if not finding["resource"]["address"]}


@pytest.mark.parametrize("format", FORMATS)
def test_compliant_passes_without_a_doubt(scan, format):
    status, report = scan(SAMPLES / format / "compliant")
    on_resources, to_attest = split(report)
    assert on_resources == []
    assert to_attest == TO_ATTEST.get((format, "compliant"), set())
    assert report["summary"]["fail"] == 0
    assert report["diagnostics"] == []
    assert status == 0
    assert report["summary"]["pass"] > 150


@pytest.mark.parametrize("format", FORMATS)
def test_compliant_is_judged_by_nearly_every_policy(scan, format):
    _, report = scan(SAMPLES / format / "compliant", "--show-passed")
    assert len({finding["policy"] for finding in report["findings"]}) >= 24


@pytest.mark.parametrize("format", FORMATS)
def test_violating_fails_where_it_is_marked_and_nowhere_else(scan, format):
    folder = SAMPLES / format / "violating"
    status, report = scan(folder)
    on_resources, to_attest = split(report)
    found = {(f["location"]["file"], f["location"]["line"], f["policy"], f["verdict"]) for f in on_resources}
    wanted = marks(folder)
    assert found - wanted == set(), "found, but not marked"
    assert wanted - found == set(), "marked, but not found"
    assert to_attest == TO_ATTEST.get((format, "violating"), set())
    assert report["diagnostics"] == []
    assert status == 1
    assert len({policy for _, _, policy, verdict in found if verdict == "fail"}) >= 20


def verdicts(report):
    """Which resource speaks for those of a finding told once per estate depends on the order; the related ones are named beside it."""
    return {
        (f["policy"], f["verdict"], address)
        for f in report["findings"]
        for address in {f["resource"]["address"], *(related["message"] for related in f["related"] if f["verdict"] == "unknown")}
    }


def test_hcl_and_the_kept_plan_give_the_same_verdicts(scan):
    """The plan is kept as test data; when the sample changes, renew it as the next test says."""
    _, of_hcl = scan(SAMPLES / "terraform" / "compliant", "--show-passed")
    _, of_plan = scan(KEPT_PLAN, "--show-passed")
    assert of_plan["diagnostics"] == []
    assert verdicts(of_plan) == verdicts(of_hcl)


@pytest.mark.parametrize("name", ["compliant", "violating"])
def test_bicep_and_its_json_give_the_same_verdicts(scan, name):
    def found(report):
        judged = [f for f in report["findings"] if f["resource"]["type"] != "Microsoft.Resources/deployments"]
        return sorted((f["policy"], f["verdict"], f["resource"]["type"]) for f in judged)

    _, of_bicep = scan(SAMPLES / "bicep" / name, "--show-passed")
    _, of_json = scan(SAMPLES / "arm" / name, "--show-passed")
    assert found(of_bicep) == found(of_json)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["compliant", "violating"])
def test_hcl_and_a_fresh_plan_give_the_same_verdicts(scan, tmp_path, name):
    """Needs terraform, and the AWS provider in the folder that CLOUDPOLICY_PLUGIN_DIR names (as `terraform init -plugin-dir` wants it).

    With CLOUDPOLICY_RENEW=1 the plan of the compliant sample is written to the test data, without what a scan does not read.
    """
    plan = _plan(SAMPLES / "terraform" / name, tmp_path)
    if name == "compliant" and os.environ.get("CLOUDPOLICY_RENEW"):
        content = json.loads(plan.read_text(encoding="utf-8"))
        kept = {key: content[key] for key in ("format_version", "terraform_version", "variables", "resource_changes", "configuration")}
        KEPT_PLAN.write_text(json.dumps(kept, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8", newline="\n")
    _, of_hcl = scan(SAMPLES / "terraform" / name, "--show-passed")
    _, of_plan = scan(plan, "--show-passed")
    assert of_plan["diagnostics"] == []
    assert verdicts(of_plan) == verdicts(of_hcl)


OFFLINE = """
provider "aws" {{
{alias}
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}}
"""


def _plan(sample, tmp_path):
    """The sample's plan as JSON, made without any account."""
    terraform, plugins = shutil.which("terraform"), os.environ.get("CLOUDPOLICY_PLUGIN_DIR")
    if terraform is None or plugins is None:
        pytest.skip("terraform is not installed" if terraform is None else "CLOUDPOLICY_PLUGIN_DIR does not say where the AWS provider is")
    folder = tmp_path / "sample"
    shutil.copytree(sample, folder)
    aliases = re.findall(r"^  alias .*$", (folder / "versions.tf").read_text(encoding="utf-8"), re.MULTILINE)
    (folder / "offline_override.tf").write_text("".join(OFFLINE.format(alias=alias) for alias in ["", *aliases]), encoding="utf-8")
    environment = {
        **os.environ,
        "TF_CLI_CONFIG_FILE": os.devnull,
        "CHECKPOINT_DISABLE": "1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }

    def run(*words):
        done = subprocess.run([terraform, *words], cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("init", "-backend=false", "-input=false", f"-plugin-dir={plugins}")
    run("plan", "-refresh=false", "-input=false", "-out=plan.bin")
    path = tmp_path / "plan.json"
    path.write_text(run("show", "-json", "plan.bin"), encoding="utf-8")
    return path
