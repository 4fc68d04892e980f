"""Terraform against a real API: what was known only after apply is decided by a plan of what is deployed; a state is told to be none."""

import json
import os
import shutil
import subprocess

import pytest

from cloudpolicy import cli

CONFIGURATION = """\
provider "aws" {{
  region                      = "ap-northeast-1"
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  endpoints {{
    kms = "{0}"
    sns = "{0}"
    ec2 = "{0}"
  }}
}}
resource "aws_kms_key" "k" {{
  enable_key_rotation = false
}}
resource "aws_sns_topic" "t" {{
  name              = "t"
  kms_master_key_id = aws_kms_key.k.arn
}}
resource "aws_vpc" "v" {{
  cidr_block = "10.0.0.0/16"
}}
resource "aws_security_group" "open" {{
  vpc_id = aws_vpc.v.id
  ingress {{
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }}
}}
"""


@pytest.fixture
def terraform(endpoint, aws, tmp_path):
    program, plugins = shutil.which("terraform"), os.environ.get("CLOUDPOLICY_PLUGIN_DIR")
    if program is None or plugins is None:
        pytest.skip("terraform is not installed" if program is None else "CLOUDPOLICY_PLUGIN_DIR does not say where the AWS provider is")
    folder = tmp_path / "made"
    folder.mkdir()
    (folder / "main.tf").write_text(CONFIGURATION.format(endpoint))
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}
    environment.pop("AWS_ENDPOINT_URL")

    def run(*words):
        done = subprocess.run([program, *words], cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=500)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("init", "-backend=false", "-input=false", f"-plugin-dir={plugins}")
    return run, folder


def planned(run, folder, name):
    run("plan", "-input=false", f"-out={name}")
    path = folder.parent / f"{name}.json"
    path.write_text(run("show", "-json", name), encoding="utf-8")
    return path


def scan(path, capsys):
    status = cli.run(["scan", str(path), "--format", "json", "--show-passed", "--lang", "en"])
    report = json.loads(capsys.readouterr().out)
    found = {(f["policy"], f["resource"]["address"], f["attribute"]): f["verdict"] for f in report["findings"]}
    return status, found, report


@pytest.mark.slow
def test_before_and_after_apply(terraform, capsys):
    run, folder = terraform
    _, text, _ = scan(folder / "main.tf", capsys)
    before = planned(run, folder, "before")
    _, first, _ = scan(before, capsys)
    run("apply", "-input=false", "before")
    after = planned(run, folder, "after")
    assert {one["change"]["actions"][0] for one in json.loads(after.read_text())["resource_changes"]} == {"no-op"}
    status, last, report = scan(after, capsys)
    assert status == 1 and not [d for d in report["diagnostics"] if d["severity"] == "error"]
    assert last["CP_KEY_002", "aws_kms_key.k", "enable_key_rotation"] == "fail"
    failures = [{key for key, verdict in found.items() if verdict == "fail"} for found in (text, first, last)]
    assert failures[0] == failures[1] == failures[2] and len(failures[0]) >= 2
    undecided = [sum(verdict == "unknown" for verdict in found.values()) for found in (text, first, last)]
    assert undecided[2] <= undecided[1] <= undecided[0]
    state = folder.parent / "state.json"
    state.write_text(run("show", "-json"))
    _, found, report = scan(state, capsys)
    assert not found and [d["code"] for d in report["diagnostics"]] == ["terraform-state"], "a state is told to be no plan, and is no pass"
