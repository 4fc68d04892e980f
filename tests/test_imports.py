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
    "hashlib",
    "typing",
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


SCAN = "from cloudpolicy import cli; cli.run(['scan', '--format', 'json', *sys.argv[1:]])"
# What a result from an earlier run needs none of: readers, policies, evaluation.
WORK = ("cloudpolicy.evaluate", "cloudpolicy.policy.choice", "cloudpolicy.sources.terraform.syntax", "cloudpolicy.sources.arm.estate", "tree_sitter")  # fmt: skip


@pytest.mark.parametrize(("name", "text"), [("main.tf", TERRAFORM), ("t.json", TEMPLATE), ("azuredeploy.json", ARM), ("main.bicep", BICEP)])
def test_the_scan_path(tmp_path, monkeypatch, name, text):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / name).write_text(text)
    modules(SCAN, "--no-cache", str(tmp_path))  # the first run may compile the policy pack
    bare = modules("")
    for without in (True, False):
        loaded = modules(SCAN, *["--no-cache"][:without], str(tmp_path)) - bare
        assert loaded & FORBIDDEN == set()
        assert any(name.startswith("cloudpolicy.evaluate") for name in loaded), "the scan did run"
    again = modules(SCAN, str(tmp_path)) - bare
    assert again & FORBIDDEN == set()
    assert [name for name in again if name.startswith(WORK)] == [], "nothing has changed: nothing is read or judged"
    assert "cloudpolicy.cache.records" in again


def test_a_yaml_template_needs_libyaml_only(tmp_path):
    (tmp_path / "t.yaml").write_text("AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  B:\n    Type: AWS::S3::Bucket\n")
    modules(SCAN, "--no-cache", str(tmp_path))
    assert (modules(SCAN, "--no-cache", str(tmp_path)) - modules("")) & (FORBIDDEN - {"yaml"}) == set()


def test_a_warm_hook_loads_no_more_than_a_warm_scan(tmp_path, monkeypatch):
    """Its configuration and its waivers, too, are not parsed again."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / ".git").mkdir()
    (tmp_path / "cloudpolicy.toml").write_text('region = "ap-northeast-1"\n')
    (tmp_path / "cloudpolicy-waivers.yaml").write_text(
        "waivers:\n  - {id: W-1, policy: CP_NET_001, resource: aws_security_group.s, reason: r, requested_by: a, approved_by: b, granted: 2000-01-01, expires: 2000-02-01}\n"
    )
    (tmp_path / "main.tf").write_text(TERRAFORM)
    monkeypatch.chdir(tmp_path)
    hook = "from cloudpolicy import cli; cli.run(['hook', '--format', 'json', *sys.argv[1:]])"
    modules(hook, "main.tf")
    again = modules(hook, "main.tf") - modules("")
    assert again & {*FORBIDDEN, "subprocess", "shutil", "locale", "fnmatch"} == set()
    assert [name for name in again if name.startswith((*WORK, "cloudpolicy.sources.cloudformation"))] == []


@pytest.mark.parametrize("cached", [False, True])
def test_no_network_no_process_nothing_written(tmp_path, monkeypatch, cached):
    """A template is data: a scan opens no socket, starts no program and writes nothing but its report and, unless told not to, its cache."""
    top, cache = tmp_path / "top", tmp_path / "cache"
    top.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    (top / "main.tf").write_text('module "vpc" {\n  source  = "terraform-aws-modules/vpc/aws"\n  version = "5.0.0"\n}\n' + TERRAFORM)
    (top / "t.yaml").write_text("AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  B:\n    Type: AWS::S3::Bucket\n")
    modules(SCAN, "--no-cache", str(top))  # the policy pack's own cache is not the scan's business
    code = """
import os
seen, kept = [], []
STARTS = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.rename", "os.remove", "os.mkdir", "os.link", "os.symlink", "os.chmod", "os.truncate")
def watch(event, args):
    written = event == "open" and args[0] != os.devnull and ((isinstance(args[1], str) and set(args[1]) & set("wax+")) or (args[1] is None and args[2] & (os.O_WRONLY | os.O_RDWR)))
    if written or event.startswith(STARTS):
        at_home = isinstance(args[0], str) and args[0].startswith(os.environ["XDG_CACHE_HOME"])
        (kept if at_home and event in ("open", "os.rename", "os.mkdir") else seen).append((event, str(args)[:200]))
sys.addaudithook(watch)
from cloudpolicy import cli
status = cli.run(["scan", "--format", "json", *sys.argv[1:]])
assert status == 2, status
assert not seen, seen
assert bool(kept) == ("--no-cache" not in sys.argv), kept
"""
    assert "cloudpolicy.evaluate.engine" in modules(code, str(top), *[] if cached else ["--no-cache"])
    assert cache.exists() == cached
    assert sorted(path.name for path in top.iterdir()) == ["main.tf", "t.yaml"]
