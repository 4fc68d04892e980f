"""Start-up: what a scan may not import. Time itself is measured by `make bench`; a forbidden name is certain."""

import json
import subprocess
import sys

import pytest

FORBIDDEN = {
    "msgspec",
    "dataclasses",
    "inspect",
    "logging",
    "pathlib",
    "yaml",
    "multiprocessing",
    "concurrent",
    "boto3",
    "azure",
    "cfnlint",
    "checkov",
    "hcl2",
    "tfparse",
    "jsonschema",
    "tomllib",
    "socket",
    "ssl",
    "urllib",
    "asyncio",
}
TERRAFORM = 'resource "aws_s3_bucket" "b" {\n  bucket = "x"\n}\nresource "aws_security_group" "s" {\n  ingress {\n    from_port = 22\n    to_port = 22\n    protocol = "tcp"\n    cidr_blocks = ["0.0.0.0/0"]\n  }\n}\n'
TEMPLATE = '{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"B": {"Type": "AWS::S3::Bucket"}}}'


def modules(code, *argv):
    run = f"import json, sys\n{code}\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", run, *argv], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in json.loads(done.stderr.splitlines()[-1])} | set(json.loads(done.stderr.splitlines()[-1]))


def test_the_package_itself_loads_nothing():
    before = modules("")
    assert {name for name in modules("import cloudpolicy") - before if not name.startswith("cloudpolicy")} == set()


ARM = '{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "resources": [{"type": "Microsoft.Storage/storageAccounts", "name": "x"}]}'
BICEP = "resource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'st${uniqueString(resourceGroup().id)}'\n}\n"


@pytest.mark.parametrize(("name", "text"), [("main.tf", TERRAFORM), ("t.json", TEMPLATE), ("azuredeploy.json", ARM), ("main.bicep", BICEP)])
def test_the_scan_path(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    scan = "from cloudpolicy import cli; cli.run(['scan', '--format', 'json', sys.argv[1]])"
    modules(scan, str(tmp_path))  # the first run may compile the policy pack
    loaded = modules(scan, str(tmp_path)) - modules("")
    assert loaded & FORBIDDEN == set()
    assert any(name.startswith("cloudpolicy.evaluate") for name in loaded), "the scan did run"


def test_a_yaml_template_needs_libyaml_only(tmp_path):
    (tmp_path / "t.yaml").write_text("AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  B:\n    Type: AWS::S3::Bucket\n")
    scan = "from cloudpolicy import cli; cli.run(['scan', '--format', 'json', sys.argv[1]])"
    modules(scan, str(tmp_path))
    assert (modules(scan, str(tmp_path)) - modules("")) & (FORBIDDEN - {"yaml"}) == set()


def test_no_network_no_process_nothing_written(tmp_path):
    """A template is data: a scan opens no socket, starts no program and writes nothing but the report on standard output."""
    (tmp_path / "main.tf").write_text('module "vpc" {\n  source  = "terraform-aws-modules/vpc/aws"\n  version = "5.0.0"\n}\n' + TERRAFORM)
    (tmp_path / "t.yaml").write_text("AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  B:\n    Type: AWS::S3::Bucket\n")
    modules(
        "from cloudpolicy import cli; cli.run(['scan', sys.argv[1]])", str(tmp_path)
    )  # the policy pack's own cache is not the scan's business
    code = """
import os
seen = []
def watch(event, args):
    written = event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+") and args[0] != os.devnull
    if written or event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.rename", "os.remove", "os.mkdir")):
        seen.append((event, str(args)[:200]))
sys.addaudithook(watch)
from cloudpolicy import cli
status = cli.run(["scan", "--format", "json", sys.argv[1]])
assert status == 2, status
assert not seen, seen
"""
    assert "cloudpolicy.evaluate.engine" in modules(code, str(tmp_path))
