"""The cache never changes a verdict: whatever is edited in whatever order, a scan with it says what a scan without it says."""

import json
import os
import random
import shutil
from pathlib import Path

import pytest

from cloudpolicy import cache, config, journal
from cloudpolicy.reports import Style, render
from cloudpolicy.scan import Request, run
from cloudpolicy.sources.terraform import syntax

SAMPLES = Path(__file__).parents[2] / "samples"
BUCKET = 'resource "aws_s3_bucket" "%s" {\n  bucket = "%s"\n}\n'
GROUP = 'resource "aws_security_group" "%s" {\n  vpc_id = "v"\n  ingress {\n    from_port = 22\n    to_port = 22\n    protocol = "tcp"\n    cidr_blocks = [%s]\n  }\n}\n'
FUNCTION = 'resource "aws_lambda_function" "f" {\n  function_name = "f"\n  runtime = "python3.9"\n  role = "r"\n}\n'


@pytest.fixture(autouse=True)
def empty_cache(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


def report_of(top, cached, environment=None, words=None, paths=None, **more):
    syntax._cache.clear()  # edits here follow each other faster than a file's time can tell
    found = config.find(str(top))
    settings = config.load(found) if found else config.Config(str(top))
    settings.lay_over(words or {})
    request = Request([str(path) for path in paths or [top]], settings, environment, cache=cached, **more)
    report = run(request)
    report.run["exit_status"] = report.exit_status("low", False)
    return "\n".join(render(name, report, Style(lang=lang, verbose=True)) for name in ("json", "text", "sarif") for lang in ("ja", "en"))


def hits(monkeypatch):
    """Counts what comes from the cache and what is made anew."""
    seen = {"hit": 0, "miss": 0}
    recall = cache.Cache.recall

    def counted(self, unit):
        found = recall(self, unit)
        seen["miss" if found is None else "hit"] += 1
        return found

    monkeypatch.setattr(cache.Cache, "recall", counted)
    return seen


def project(top):
    """One of everything that a result can rest on."""
    files = {
        ".git/HEAD": "",
        "cloudpolicy.toml": 'region = "ap-northeast-1"\n',
        "a/main.tf": BUCKET % ("a", "a")
        + 'module "m" {\n  source = "../m"\n  cidr = var.cidr\n}\nvariable "cidr" {\n  default = "10.0.0.0/8"\n}\n'
        + FUNCTION,
        "b/main.tf": 'module "m" {\n  source = "../m"\n  cidr = "0.0.0.0/0"\n}\nresource "aws_s3_bucket_policy" "p" {\n  bucket = "x"\n  policy = file("${path.module}/policy.json")\n}\n',
        "b/policy.json": '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}',
        "m/main.tf": 'variable "cidr" {}\n' + GROUP % ("g", "var.cidr"),
        "cfn/top.yaml": "Resources:\n  N:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: inner.yaml\n  B:\n    Type: AWS::S3::Bucket\n",
        "cfn/inner.yaml": "Parameters:\n  P:\n    Type: String\n    Default: 'true'\nResources:\n  D:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      PubliclyAccessible: !Ref P\n",
        "arm/main.bicep": "param public string = 'Enabled'\nresource st 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'st'\n  properties: {publicNetworkAccess: public}\n}\n",
    }
    for name, text in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


# Each takes (top, number) and changes something that a result rests on: a content, an absence, a listing, a link.
EDITS = {
    "a module's body": lambda top, n: (top / "m" / "main.tf").write_text('variable "cidr" {}\n' + GROUP % ("g", "var.cidr") + BUCKET % (f"x{n}", "y")),
    "a variable file appears": lambda top, n: (top / "a" / "terraform.tfvars").write_text('cidr = "0.0.0.0/0"\n'),
    "another variable file": lambda top, n: (top / "a" / "x.auto.tfvars").write_text(f'cidr = "10.{n % 200}.0.0/16"\n'),
    "variable files vanish": lambda top, n: [path.unlink() for path in (top / "a").glob("*.tfvars")],
    "a new configuration file": lambda top, n: (top / "b" / f"more{n % 3}.tf").write_text(BUCKET % (f"m{n}", f"m{n}")),
    "configuration files vanish": lambda top, n: [path.unlink() for path in (top / "b").glob("more*.tf")],
    "a syntax error": lambda top, n: (top / "b" / "more0.tf").write_text('resource "aws_s3_bucket" {{{\n'),
    "a file that is read by an expression": lambda top, n: (top / "b" / "policy.json").write_text('{"Statement": []}' + " " * n),
    "that file vanishes": lambda top, n: (top / "b" / "policy.json").unlink(missing_ok=True),
    "that file becomes a link": lambda top, n: ((top / "b" / "policy.json").unlink(missing_ok=True), (top / "b" / "policy.json").symlink_to("../cfn/inner.yaml")),
    "the nested template": lambda top, n: (top / "cfn" / "inner.yaml").write_text("Resources:\n  D:\n    Type: AWS::RDS::DBInstance\n" if n % 2 else "Resources:\n  D:\n    Type: AWS::S3::Bucket\n"),
    "the nested template vanishes": lambda top, n: (top / "cfn" / "inner.yaml").unlink(missing_ok=True),
    "samconfig appears": lambda top, n: (top / "cfn" / "samconfig.toml").write_text('[default.deploy.parameters]\nregion = "us-east-1"\n'),
    "samconfig vanishes": lambda top, n: (top / "cfn" / "samconfig.toml").unlink(missing_ok=True),
    "a parameter file appears": lambda top, n: (top / "arm" / "main.parameters.json").write_text('{"parameters": {"public": {"value": "Disabled"}}}'),
    "a bicepparam file appears": lambda top, n: (top / "arm" / "x.bicepparam").write_text("using 'main.bicep'\nparam public = 'Disabled'\n"),
    "parameter files vanish": lambda top, n: [path.unlink() for path in (top / "arm").glob("*param*")],
    "the configuration": lambda top, n: (top / "cloudpolicy.toml").write_text(f'region = "ap-northeast-{n % 3 + 1}"\n[[paths]]\npath = "a"\nscope = "{"account" if n % 2 else "stack"}"\n'),
    "the module becomes a root": lambda top, n: (top / "a" / "main.tf").write_text(BUCKET % ("a", f"a{n}")),
    "the root calls it again": lambda top, n: (top / "a" / "main.tf").write_text('module "m" {\n  source = "../m"\n  cidr = "0.0.0.0/0"\n}\n' + FUNCTION),
    "a module moves": lambda top, n: shutil.move(top / "m", top / "m2") if (top / "m").exists() else shutil.move(top / "m2", top / "m"),
    "ignored": lambda top, n: (top / ".gitignore").write_text("cfn/\n" if n % 2 else ""),
    "a lock file": lambda top, n: (top / "a" / ".terraform.lock.hcl").write_text(f'provider "registry.terraform.io/hashicorp/aws" {{\n  version = "{n % 3 + 3}.0.0"\n}}\n'),
}  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_after_any_edit_the_cached_scan_says_what_the_uncached_one_says(tmp_path, seed, monkeypatch):
    project(tmp_path)
    chance = random.Random(seed)
    seen = hits(monkeypatch)
    for number in range(24):
        name = chance.choice(list(EDITS))
        try:
            EDITS[name](tmp_path, number)
        except (FileNotFoundError, NotADirectoryError):  # the module is elsewhere just now
            continue
        environment = {"TF_VAR_cidr": "0.0.0.0/0"} if chance.random() < 0.2 else {}
        words = chance.choice([{}, {}, {}, {"profile": "fisc"}, {"select": ["NET"]}, {"missing_modules": "warning"}])
        want = report_of(tmp_path, False, environment, words)
        assert report_of(tmp_path, True, environment, words) == want, f"first after: {name}"
        before = seen["miss"]
        assert report_of(tmp_path, True, environment, words) == want, f"second after: {name}"
        assert seen["miss"] == before, "nothing has changed, so nothing is made anew"
    assert seen["hit"] > 50


@pytest.mark.parametrize("name", EDITS)
def test_each_edit_is_noticed_alone_and_undone(tmp_path, name):
    project(tmp_path)
    first = report_of(tmp_path, True)
    copy = tmp_path.parent / f"{tmp_path.name}-copy"
    shutil.copytree(tmp_path, copy, symlinks=True)
    EDITS[name](tmp_path, 1)
    assert report_of(tmp_path, True) == report_of(tmp_path, False)
    shutil.rmtree(tmp_path)
    shutil.copytree(copy, tmp_path, symlinks=True)
    assert report_of(tmp_path, True) == first


@pytest.mark.parametrize("folder", ["terraform", "cloudformation", "arm", "bicep"])
def test_the_samples_come_back_to_the_letter(folder, monkeypatch):
    seen = hits(monkeypatch)
    want = report_of(SAMPLES / folder, False)
    assert report_of(SAMPLES / folder, True) == want
    assert seen["hit"] == 0
    assert report_of(SAMPLES / folder, True) == want
    assert seen["hit"] == seen["miss"] > 0, "every estate of the samples can be kept"


def test_passes_are_another_question(tmp_path, monkeypatch):
    project(tmp_path)
    report_of(tmp_path, True)
    assert report_of(tmp_path, True, passed=True) == report_of(tmp_path, False, passed=True)


def test_the_day_counts_where_it_matters_only(tmp_path, monkeypatch):
    """A run-time that is supported today is not so for ever."""
    (tmp_path / "dated").mkdir()
    (tmp_path / "dated" / "main.tf").write_text(FUNCTION)
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "main.tf").write_text(BUCKET % ("a", "a"))
    monkeypatch.setattr(journal, "_today", lambda: "2024-01-01")
    early = report_of(tmp_path, True)
    monkeypatch.setattr(journal, "_today", lambda: "2029-01-01")
    seen = hits(monkeypatch)
    late = report_of(tmp_path, True)
    assert seen == {"hit": 1, "miss": 1}
    assert late != early
    assert late == report_of(tmp_path, False)


def test_another_version_of_the_tool_does_not_believe_it(tmp_path, monkeypatch):
    project(tmp_path)
    report_of(tmp_path, True)
    seen = hits(monkeypatch)
    state = cache._code_state()
    monkeypatch.setattr(cache, "_code_state", lambda: [*state, "changed"])
    report_of(tmp_path, True)
    assert seen["hit"] == 0


def test_a_changed_policy_is_asked_anew(tmp_path, monkeypatch):
    """The user's own policies count like ours."""
    project(tmp_path)
    own = tmp_path / "own"
    own.mkdir()
    shutil.copy(
        next((SAMPLES.parent / "policies" / "rules" / "obj").glob("CP_OBJ_001*.yaml")), own / "CP_OBJ_901_public_object_storage.yaml"
    )
    text = (own / "CP_OBJ_901_public_object_storage.yaml").read_text(encoding="utf-8").replace("CP_OBJ_001", "CP_OBJ_901")
    (own / "CP_OBJ_901_public_object_storage.yaml").write_text(text, encoding="utf-8")
    first = report_of(tmp_path, True, policies=str(own))
    assert "CP_OBJ_901" in first
    (own / "CP_OBJ_901_public_object_storage.yaml").write_text(text.replace("severity: critical", "severity: low"), encoding="utf-8")
    again = report_of(tmp_path, True, policies=str(own))
    assert again == report_of(tmp_path, False, policies=str(own))
    assert again != first
    # of the same size, and with its time set back
    path = own / "CP_OBJ_901_public_object_storage.yaml"
    path.write_text(text.replace("severity: critical", "severity: high"), encoding="utf-8")
    high = report_of(tmp_path, True, policies=str(own))
    times = path.stat()
    path.write_text(text.replace("severity: critical", "severity: low "), encoding="utf-8")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert path.stat().st_size == times.st_size
    low = report_of(tmp_path, True, policies=str(own))
    assert low == report_of(tmp_path, False, policies=str(own)) != high


def test_a_broken_policy_is_told_every_time(tmp_path):
    project(tmp_path)
    own = tmp_path / "own"
    own.mkdir()
    (own / "CP_OBJ_901_public_object_storage.yaml").write_text("id: CP_OBJ_901\n")
    for _ in range(2):
        assert '"exit_status": 2' in report_of(tmp_path, True, policies=str(own))


def test_a_wrong_configuration_is_told_every_time(tmp_path):
    project(tmp_path)
    for _ in range(2):
        with pytest.raises(config.ConfigError):
            report_of(tmp_path, True, words={"select": ["NOPE"]})
    report_of(tmp_path, True)
    with pytest.raises(config.ConfigError):
        report_of(tmp_path, True, words={"select": ["NOPE"]})


def test_a_fault_of_ours_is_not_kept(tmp_path, monkeypatch):
    project(tmp_path)
    from cloudpolicy.sources.terraform import hcl

    read = hcl.read
    monkeypatch.setattr(hcl, "read", lambda path, options: 1 / 0)
    assert "internal-error" in report_of(tmp_path, True)
    monkeypatch.setattr(hcl, "read", read)
    assert report_of(tmp_path, True) == report_of(tmp_path, False)


def test_a_file_that_changes_while_it_is_read_is_not_kept(tmp_path, monkeypatch):
    (tmp_path / "main.tf").write_text(
        'locals {\n  a = file("x")\n  b = file("x")\n}\nresource "aws_s3_bucket" "b" {\n  bucket = "${local.a}${local.b}"\n}\n'
    )
    (tmp_path / "x").write_text("0")
    content = journal._content
    count = iter(range(1000))

    def moving(path, limit):
        if path.endswith("/x"):
            return str(next(count)).encode()
        return content(path, limit)

    seen = hits(monkeypatch)
    with monkeypatch.context() as changed:
        changed.setattr(journal, "_content", moving)
        report_of(tmp_path, True)
    report_of(tmp_path, True)
    assert seen["hit"] == 0


def test_the_same_folder_for_another_project(tmp_path, monkeypatch):
    """Two checkouts, one after the other in the same place: fingerprints are relative to the project."""
    top = tmp_path / "repo"
    project(top)
    report_of(top / "a", True)
    (top / ".git" / "HEAD").unlink()
    (top / ".git").rmdir()
    (top / "a" / ".git").mkdir()
    assert report_of(top / "a", True) == report_of(top / "a", False)


def test_workers_keep_and_use_it_too(tmp_path, monkeypatch):
    monkeypatch.setattr("cloudpolicy.scan.PARALLEL_BYTES", 1000)
    for number in range(6):
        folder = tmp_path / f"r{number}"
        folder.mkdir()
        (folder / "main.tf").write_text("".join(GROUP % (f"g{n}", '"0.0.0.0/0"') for n in range(20)))
    want = report_of(tmp_path, False)
    assert report_of(tmp_path, True, jobs=2) == want
    seen = hits(monkeypatch)
    assert report_of(tmp_path, True, jobs=2) == want
    assert seen == {"hit": 6, "miss": 0}


def entries(empty_cache):
    folder = empty_cache / "cloudpolicy" / f"results-{cache.LAYOUT}"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def tampered(data):
    """An entry whose results were emptied, with nothing else touched."""
    seal, _, body = data.partition(b"\n")
    content = json.loads(body)
    if isinstance(content, dict) and "result" in content:
        content["result"][2] = []
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    else:
        body = b"[]"
    return seal + b"\n" + body


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: b"\0" * len(data),
        lambda data: data[:-2] + b"xx",
        tampered,
        lambda data: b"null",
        lambda data: data.replace(b"fail", b"pass"),
    ],
    ids=["empty", "half", "zeros", "end", "tampered", "null", "verdicts"],
)
def test_a_damaged_entry_is_no_entry(tmp_path, empty_cache, damage):
    project(tmp_path)
    want = report_of(tmp_path, True)
    assert entries(empty_cache)
    for path in entries(empty_cache):
        path.write_bytes(damage(path.read_bytes()))
    assert report_of(tmp_path, True) == want


def test_entries_cannot_stand_in_for_each_other(tmp_path, empty_cache):
    project(tmp_path)
    want = report_of(tmp_path, True)
    contents = [path.read_bytes() for path in entries(empty_cache)]
    for path, data in zip(entries(empty_cache), [*contents[1:], contents[0]], strict=True):
        path.write_bytes(data)
    assert report_of(tmp_path, True) == want


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="POSIX")
def test_a_folder_that_others_can_write_is_not_used(tmp_path, empty_cache, monkeypatch):
    project(tmp_path)
    report_of(tmp_path, True)
    (empty_cache / "cloudpolicy" / f"results-{cache.LAYOUT}").chmod(0o777)
    seen = hits(monkeypatch)
    report_of(tmp_path, True)
    assert seen == {"hit": 0, "miss": 0}


def test_without_a_place_it_works_without(tmp_path, monkeypatch):
    project(tmp_path)
    want = report_of(tmp_path, False)
    (tmp_path / "file").write_text("")
    for place in (str(tmp_path / "file"), "/dev/null/none", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", place)
        assert report_of(tmp_path, True) == want
    assert not Path("relative").exists()


def test_a_full_disk_harms_nobody(tmp_path, empty_cache, monkeypatch):
    project(tmp_path)
    want = report_of(tmp_path, False)
    real = os.write

    def full(descriptor, data):
        if len(data) > 1:
            real(descriptor, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as changed:
        changed.setattr(os, "write", full)
        assert report_of(tmp_path, True) == want
    assert entries(empty_cache) == []
    assert report_of(tmp_path, True) == want
