"""Which estates a changed file concerns: by what their reading asked for, never by a file's name."""

import os

import pytest

from cloudpolicy.changes import Changes
from cloudpolicy.config import Config, find, load
from cloudpolicy.scan import Request, run

GROUP = 'resource "aws_security_group" "%s" {\n  ingress {\n    from_port = 22\n    to_port = 22\n    protocol = "tcp"\n    cidr_blocks = ["0.0.0.0/0"]\n  }\n}\n'

FILES = {
    ".git/HEAD": "",
    "notes.md": "",
    "a/main.tf": 'module "m" {\n  source = "../m"\n}\n' + GROUP % "a",
    "a/unrelated.txt": "",
    "b/main.tf": 'module "n" {\n  source = "../n"\n}\nlocals {\n  x = templatefile("${path.module}/x.tpl", {})\n  y = fileset("${path.module}/set", "**")\n}\nresource "aws_s3_bucket" "b" {\n  bucket = "${local.x}${length(local.y)}"\n}\n' + GROUP % "b",
    "b/x.tpl": "x",
    "b/set/one": "",
    "c/main.tf": GROUP % "c",
    "m/main.tf": GROUP % "m",
    "m/README.md": "",
    "n/main.tf": 'module "m" {\n  source = "../m"\n}\n',
    "cfn/top.yaml": "Resources:\n  N:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: inner.yaml\n",
    "cfn/inner.yaml": "Resources:\n  B:\n    Type: AWS::S3::Bucket\n",
    "cfn/other.yaml": "Resources:\n  B:\n    Type: AWS::S3::Bucket\n",
    "arm/main.bicep": "module m 'part.bicep' = {\n  name: 'm'\n}\nresource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'st'\n}\n",
    "arm/part.bicep": "resource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'st'\n}\n",
}  # fmt: skip


@pytest.fixture
def top(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def concerned(top, *names, gone=(), cache=False, **more):
    """The estates that a hook reports when these files changed; those in `gone` are removed first."""
    for name in gone:
        os.unlink(top / name)
    file = find(str(top))
    config = load(file) if file else Config(str(top))
    request = Request([str(top)], config, changed=[str(top / name) for name in (*names, *gone)], cache=cache, **more)
    report = run(request)
    roots = sorted(os.path.relpath(estate.root, top) for estate in report.estates)
    assert {os.path.relpath(finding.estate, top) for finding in report.findings} <= set(roots)
    return roots


@pytest.mark.parametrize("cache", [False, True])
@pytest.mark.parametrize(
    ("changed", "estates"),
    [
        (["a/main.tf"], ["a"]),
        (["c/main.tf"], ["c"]),
        (["m/main.tf"], ["a", "b"]),  # a's own module, and b's module's module
        (["n/main.tf"], ["b"]),
        (["b/x.tpl"], ["b"]),
        (["b/set/one"], ["b"]),
        (["b/set/deep/two"], ["b"]),
        (["m/README.md"], []),
        (["a/unrelated.txt"], []),
        (["notes.md"], []),
        (["cfn/inner.yaml"], ["cfn/top.yaml"]),
        (["cfn/top.yaml"], ["cfn/top.yaml"]),
        (["cfn/other.yaml"], ["cfn/other.yaml"]),
        (["arm/part.bicep"], ["arm/main.bicep"]),
        (["a/terraform.tfvars"], ["a"]),  # it does not exist any more
        (["a/x.auto.tfvars.json"], ["a"]),
        (["a/x.tfvars"], ["a"]),  # more than needed, never less
        (["a/.terraform.lock.hcl"], ["a"]),
        (["cfn/samconfig.toml"], ["cfn/other.yaml", "cfn/top.yaml"]),
        (["arm/main.parameters.json"], ["arm/main.bicep"]),
        (["arm/any.bicepparam"], ["arm/main.bicep"]),
        (["a/gone.tf", "c/main.tf"], ["a", "c"]),
        (["a/.gitignore"], ["a"]),
        (["a/cloudpolicy-waivers.yaml"], ["a"]),
        ([], []),
    ],
)
def test_a_change_concerns_what_rests_on_it(top, monkeypatch, tmp_path_factory, changed, estates, cache):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "shared-cache"))
    assert concerned(top, *changed, cache=cache) == estates
    if cache:
        assert concerned(top, *changed, cache=cache) == estates


@pytest.mark.parametrize(
    ("gone", "estates"),
    [
        (["m/main.tf"], ["a", "b"]),
        (["b/x.tpl"], ["b"]),
        (["cfn/inner.yaml"], ["cfn/top.yaml"]),
        (["cfn/top.yaml"], []),  # what it nested is another's own from now on, and did not change
        (["arm/part.bicep"], ["arm/main.bicep"]),
        (["c/main.tf"], []),
        (["b/set/one"], ["b"]),
    ],
)
def test_a_removed_file_concerns_what_rested_on_it(top, gone, estates):
    assert concerned(top, gone=gone) == estates


def test_a_removed_module_folder(top):
    os.unlink(top / "m" / "main.tf")
    os.unlink(top / "m" / "README.md")
    os.rmdir(top / "m")
    assert concerned(top, "m/main.tf", "m/README.md") == ["a", "b"]


@pytest.mark.parametrize("file", ["cloudpolicy.toml", "own/CP_OBJ_901_x.yaml"])
def test_the_configuration_and_the_policies_concern_everything(top, file):
    (top / "cloudpolicy.toml").write_text("")
    (top / "own").mkdir()
    everything = concerned(top, file, policies=str(top / "own"))
    assert everything == ["a", "arm/main.bicep", "b", "c", "cfn/other.yaml", "cfn/top.yaml"]


def test_variable_files_that_the_configuration_names(top):
    (top / "vars").mkdir()
    (top / "vars" / "prod.tfvars").write_text("")
    (top / "cloudpolicy.toml").write_text('[[paths]]\npath = "c"\nvar_files = ["vars/prod.tfvars"]\n')
    assert concerned(top, "vars/prod.tfvars") == ["c"]


def test_a_file_is_known_by_every_way_that_leads_to_it(top):
    (top / "d").mkdir()
    (top / "link").symlink_to("b/set")
    (top / "d" / "main.tf").write_text('locals {\n  x = file("../link/one")\n}\nresource "aws_s3_bucket" "b" {\n  bucket = local.x\n}\n')
    assert concerned(top, "b/set/one") == ["b", "d"]
    assert "d" in concerned(top, "link")
    (top / "e").mkdir()
    (top / "e" / "main.tf").symlink_to("../c/main.tf")
    assert concerned(top, "c/main.tf") == ["c", "e"]


def test_a_report_on_changes_says_so(top):
    request = Request([str(top)], Config(str(top)), changed=[str(top / "c/main.tf")])
    report = run(request)
    assert report.run["changes"] == {"files": 1, "aside": 5}
    from cloudpolicy.reports import Style, render

    assert "what 1 changed file concerns; 5 other estates left aside" in render("text", report, Style())
    assert "変更された 1 ファイル" in render("text", report, Style(lang="ja"))


def test_problems_elsewhere_are_left_aside(top):
    (top / "c" / "broken.tf").write_text("resource {{{\n")
    (top / "cfn" / "link.yaml").symlink_to("nowhere")
    changed = [str(top / "a/main.tf")]
    assert run(Request([str(top)], Config(str(top)), changed=changed)).diagnostics == []
    told = run(Request([str(top)], Config(str(top)), changed=[*changed, str(top / "cfn/link.yaml"), str(top / "c/main.tf")])).diagnostics
    assert {os.path.basename(one.span.file) for one in told} == {"broken.tf", "link.yaml"}


def test_a_change_knows_its_real_place(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "way").symlink_to("real")
    changes = Changes([str(tmp_path / "way" / "x")])
    assert changes.concern({("content", str(tmp_path / "real" / "x"), "1"): ""})
    assert not changes.concern({("content", str(tmp_path / "real" / "y"), "1"): ""})
