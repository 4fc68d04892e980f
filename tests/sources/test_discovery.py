"""Discovery: roots, plans and templates are found, modules and ignored files left out, nothing lost."""

import os

import pytest

from cloudpolicy.sources import Options, Unit, read
from cloudpolicy.sources.discovery import discover

BUCKET = 'resource "aws_s3_bucket" "b" {}\n'
TEMPLATE = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  B:\n    Type: AWS::S3::Bucket\n"
PLAN = '{"format_version": "1.2", "terraform_version": "1.9.0", "resource_changes": []}'


@pytest.fixture
def tree(tmp_path):
    def write(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path

    return write


def found(top, *names, exclude=()):
    result = discover([str(top / name) for name in names] or [str(top)], Options(str(top)), exclude)
    units = {(unit.kind, os.path.relpath(unit.path, top).replace(os.sep, "/")) for unit in result.units}
    return units, {os.path.relpath(path, top).replace(os.sep, "/") for path in result.left_out}, result.diagnostics


def test_kinds(tree):
    top = tree(
        {
            "a/main.tf": BUCKET,
            "b/t.yaml": TEMPLATE,
            "c/plan.json": PLAN,
            "d/t.template": TEMPLATE,
            "e/x.tf.json": "{}",
            "k/deploy.yaml": "kind: Pod\n",
        }
    )
    units, left_out, problems = found(top)
    assert units == {("hcl", "a"), ("template", "b/t.yaml"), ("plan", "c/plan.json"), ("template", "d/t.template"), ("hcl", "e")}
    assert (left_out, problems) == (set(), [])


def test_modules_that_others_include_are_judged_there(tree):
    top = tree(
        {"env/main.tf": 'module "n" {\n  source = "../modules/net"\n}\n', "modules/net/main.tf": BUCKET, "modules/alone/main.tf": BUCKET}
    )
    units, left_out, _ = found(top)
    assert units == {("hcl", "env"), ("hcl", "modules/alone")}
    assert left_out == {"modules/net"}
    assert found(top, "modules/net")[0] == {("hcl", "modules/net")}, "named outright it is judged alone"


def test_a_comment_does_not_make_a_module(tree):
    top = tree({"env/main.tf": '# module "n" { source = "../net" }\n' + BUCKET, "net/main.tf": BUCKET})
    assert found(top)[0] == {("hcl", "env"), ("hcl", "net")}


def test_a_module_that_includes_itself_is_still_read(tree):
    top = tree({"a/main.tf": 'module "me" {\n  source = "./"\n}\n', "b/main.tf": BUCKET})
    assert ("hcl", "a") in found(top)[0]


def test_folders_that_are_never_entered(tree):
    top = tree({"main.tf": BUCKET, ".terraform/modules/m/main.tf": BUCKET, "node_modules/x/t.yaml": TEMPLATE, ".git/t.yaml": TEMPLATE})
    assert found(top)[0] == {("hcl", ".")}


def test_gitignore_and_exclude(tree):
    top = tree(
        {
            ".gitignore": "out/\n*.gen.yaml\n",
            "a.yaml": TEMPLATE,
            "b.gen.yaml": TEMPLATE,
            "out/t.yaml": TEMPLATE,
            "sub/.gitignore": "!c.gen.yaml",
            "sub/c.gen.yaml": TEMPLATE,
        }
    )
    units, left_out, _ = found(top)
    assert units == {("template", "a.yaml"), ("template", "sub/c.gen.yaml")}
    assert left_out == {"b.gen.yaml"}
    assert found(top, "out/t.yaml")[0] == {("template", "out/t.yaml")}, "named outright"
    units, left_out, _ = found(top, exclude=["sub/"])
    assert units == {("template", "a.yaml")}


def test_a_repository_s_gitignore_above_the_folder_counts(tree):
    top = tree({".git/HEAD": "", ".gitignore": "*.gen.yaml", "a/b.gen.yaml": TEMPLATE, "a/c.yaml": TEMPLATE})
    assert found(top, "a")[0] == {("template", "a/c.yaml")}


def test_a_file_stands_for_its_root_module(tree):
    top = tree({"a/main.tf": BUCKET, "a/other.tf": BUCKET})
    assert found(top, "a/main.tf")[0] == {("hcl", "a")}


def test_a_named_file_that_is_nothing_we_know(tree):
    _, _, problems = found(tree({"x.yaml": "a: 1\n"}), "x.yaml")
    assert [problem.code for problem in problems] == ["not-a-template"]


def test_a_template_in_utf_16_is_found_so_that_it_can_be_reported(tree):
    assert found(tree({"t.yaml": TEMPLATE.encode("utf-16")}))[0] == {("template", "t.yaml")}


@pytest.mark.skipif(os.name == "nt", reason="links want privileges on Windows")
def test_links(tree, tmp_path):
    top = tree({"a/main.tf": BUCKET})
    os.symlink("/nonexistent/t.yaml", top / "a" / "t.yaml")
    os.symlink(top / "a", top / "b")
    units, _, problems = found(top)
    assert units == {("hcl", "a")}, "a linked folder is read once, where it is"
    assert [problem.code for problem in problems] == ["unreadable-file"]
    assert "broken link" in problems[0].text.en


def test_units_compare_by_value():
    assert Unit("hcl", "/a") == Unit("hcl", "/a") != Unit("plan", "/a")


ARM = '{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "resources": []}'
BICEP = "resource b 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'b'\n}\n"


def test_arm_and_bicep(tree):
    top = tree(
        {
            "azuredeploy.json": ARM,
            "azuredeploy.parameters.json": ARM.replace("deploymentTemplate", "deploymentParameters"),
            "createUiDefinition.json": '{"$schema": "https://schema.management.azure.com/schemas/0.1.2-preview/CreateUIDefinition.MultiVm.json#"}',
            "main.bicep": BICEP,
            "main.bicepparam": "using 'main.bicep'\n",
            "bicepconfig.json": '{"analyzers": {}}',
            "wide.json": ARM.encode("utf-16"),
        }
    )
    units, left_out, problems = found(top)
    assert units == {("arm", "azuredeploy.json"), ("bicep", "main.bicep"), ("arm", "wide.json")}
    assert (left_out, problems) == (set(), [])


FAULTY = {
    "misspelt.yaml": "Resources:\n  B:\n    Typ: AWS::S3::Bucket\n",
    "typeless.yml": "# ours\nResources: # all\n\n  B:\n    Properties:\n      A: 1\n",
    "open.yaml": "Resources:\n  B: [broken\n",
    "cut.yaml": "Resources:\n  B:\n    Type: [\n",
    "quoted.template": '"Resources":\n  B:\n    Properties: {}\n',
    "crlf.yaml": "Resources:\r\n  B:\r\n    Typ: AWS::S3::Bucket\r\n",
    "included.yaml": "Resources:\n  Fn::Transform:\n    Name: AWS::Include\n",
    "misspelt.json": '{"Resources": {"B": {"Typ": "AWS::S3::Bucket"}}}',
    "cut.json": '{"Resources": {"B": {"Type": "AWS::S3',
    "LOUD.YAML": TEMPLATE,
    "old.cfn": TEMPLATE,
}
OTHERS = {
    "i18n.yaml": "Resources:\n  title: リソース\n  Type: 種別\n",
    "list.yaml": "Resources:\n  - AWS::S3::Bucket\n",
    "word.yaml": "Resources: AWS::S3::Bucket\n",
    "setting.yaml": "Resources:\n  a:\n    Type: thing\n",
    "setting.json": '{"Resources": {"a": {"Type": "thing"}}, "more": {"Resources": {"b": {"Properties": {}}}}}',
    "inventory.json": '{"Resources": [{"Type": "AWS::S3::Bucket"}]}',
    "inner.json": '{"stack": {"Resources": {"B": {"Typ": "AWS::S3::Bucket"}}}}',
    "helm.yaml": "{{- if .Values.x }}\nResources:\n  limits:\n    cpu: 1\n{{- end }}\n",
    "values.yaml": "resources:\n  limits:\n    cpu: 1\n",
    "pod.yaml": "kind: Pod\nspec:\n  containers:\n    - resources:\n        limits: {cpu: 1}\n",
    "configmap.yaml": "kind: ConfigMap\ndata:\n  t: |\n    Resources:\n      B:\n        Typ: AWS::S3::Bucket\n",
    "play.yaml": "- hosts: all\n  tasks:\n    - name: Resources\n      shell: echo [\n",
    "docker-compose.yaml": "services:\n  a:\n    deploy: {resources: {limits: {cpus: '1'}}}\n",
    "serverless.yml": "service: x\nresources:\n  Resources:\n    B:\n      Typ: AWS::S3::Bucket\n",
}


def test_a_template_with_a_fault_is_not_lost_among_the_files_of_others(tree):
    units, left_out, problems = found(tree({**FAULTY, **OTHERS}))
    assert units == {("template", name) for name in FAULTY}
    assert (left_out, problems) == (set(), [])


@pytest.mark.parametrize("name", [name for name in FAULTY if name not in ("LOUD.YAML", "old.cfn", "included.yaml")])
def test_what_is_wrong_with_it_is_said(tree, name):
    top = tree({name: FAULTY[name]})
    estate = read(Unit("template", str(top / name)), Options(str(top)))
    assert [problem.severity for problem in estate.diagnostics] == ["error"] and estate.diagnostics[0].span.file == str(top / name)


def test_resources_that_begin_late(tree):
    """After more mappings than the first look reads."""
    long = "Mappings:\n  M:\n" + "".join(f"    k{number}: {{a: {'b' * 30}}}\n" for number in range(3000))
    as_json = '{"Mappings": {"M": {' + ", ".join(f'"k{number}": {{"a": "{"b" * 30}"}}' for number in range(3000)) + "}}, "
    top = tree(
        {
            "a.yaml": long + TEMPLATE.partition("\n")[2],
            "b.json": as_json + '"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}',
            "c.yaml": long + "Resources:\n  B: [\n",
            "d.yaml": long,
        }
    )
    assert found(top)[0] == {("template", "a.yaml"), ("template", "b.json"), ("template", "c.yaml")}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_keeps_nobody_waiting(tree):
    top = tree({"main.tf": BUCKET})
    for name in (".gitignore", "t.yaml", "x.tf", "y.tf.json"):
        os.mkfifo(top / name)
    assert found(top) == ({("hcl", ".")}, set(), [])
    (problem, other) = read(Unit("hcl", str(top)), Options(str(top))).diagnostics
    assert {problem.severity, other.severity} == {"error"} and "pipe" in problem.text.en
    assert [problem.code for problem in found(top, "t.yaml")[2]] == ["unreadable-file"]
