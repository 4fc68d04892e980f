"""`cloudpolicy fix` end to end: shown, written, refused; nothing but what is good."""

import json
import os
import re
import shutil
import signal
import stat
import subprocess

import pytest

from cloudpolicy import cli
from cloudpolicy.fix import run, trial

KEY = '# keep me\nresource "aws_kms_key" "k" {\n  description = "x" # and me\n}\n'
FIXED = '# keep me\nresource "aws_kms_key" "k" {\n  description = "x" # and me\n\n  enable_key_rotation = true\n}\n'


@pytest.fixture
def fix(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLOUDPOLICY_LANG", "en")

    def call(*words):
        status = cli.run(["fix", *words])
        return status, *capsys.readouterr()

    return call


def git(folder, *words):
    subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@example.com", *words], cwd=folder, check=True, capture_output=True)


def test_a_dry_run_shows_a_patch_and_writes_nothing(fix, tmp_path):
    (tmp_path / "main.tf").write_text(KEY)
    status, out, _ = fix("--select", "CP_KEY_002")
    assert status == 1
    assert "+  enable_key_rotation = true\n" in out
    assert "main.tf:2  CP_KEY_002" in out
    assert "1 fixed, 0 not" in out
    assert (tmp_path / "main.tf").read_text() == KEY


def test_a_diff_alone_is_a_patch(fix, tmp_path):
    (tmp_path / "main.tf").write_bytes(KEY.replace("\n", "\r\n").rstrip().encode())
    _, out, err = fix("--diff", "--select", "CP_KEY_002")
    assert out.startswith("--- a/main.tf\n+++ b/main.tf\n")
    assert "1 fixed" in err
    (tmp_path / "p.diff").write_bytes(out.encode())
    subprocess.run(["git", "apply", "p.diff"], cwd=tmp_path, check=True)
    assert (tmp_path / "main.tf").read_bytes() == FIXED.replace("\n", "\r\n").rstrip().encode()


def test_writing_is_idempotent_and_keeps_the_mode(fix, tmp_path):
    path = tmp_path / "main.tf"
    path.write_text(KEY)
    path.chmod(0o640)
    assert fix("--write", "--select", "CP_KEY_002")[0] == 0
    assert path.read_text() == FIXED
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    status, out, _ = fix("--write", "--select", "CP_KEY_002")
    assert (status, "0 files changed" in out) == (0, True)
    assert path.read_text() == FIXED
    assert os.listdir(tmp_path) == ["main.tf"]


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_uncommitted_changes_are_left_alone_unless_forced(fix, tmp_path):
    path = tmp_path / "main.tf"
    path.write_text(KEY)
    git(tmp_path, "init", "-q")
    assert "git has no commit of it" in fix("--write", "--select", "CP_KEY_002")[1]
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "x")
    assert "uncommitted changes" in fix("--write", "--select", "CP_KEY_002")[1]
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "x")
    path.write_text(KEY + "# mine\n")
    assert "uncommitted changes" in fix("--write", "--select", "CP_KEY_002")[1]
    assert path.read_text() == KEY + "# mine\n"
    fix("--write", "--select", "CP_KEY_002", "--force")
    assert path.read_text() == FIXED + "# mine\n"
    git(tmp_path, "checkout", "-q", ".")
    fix("--write", "--select", "CP_KEY_002")
    assert path.read_text() == FIXED


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_dry_run_shows_what_uncommitted_changes_keep_from_being_written(fix, tmp_path):
    path = tmp_path / "main.tf"
    path.write_text(KEY)
    (tmp_path / "other.tf").write_text(KEY.replace('"k"', '"o"'))
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "other.tf")
    git(tmp_path, "commit", "-q", "-m", "x")
    status, out, _ = fix("--select", "CP_KEY_002")
    assert (status, out.count("+  enable_key_rotation = true\n"), "2 fixed, 0 not" in out) == (1, 2, True)
    assert "--write leaves main.tf alone: it has uncommitted changes; commit them, or use --force\n" in out
    assert "other.tf alone" not in out
    _, patch, err = fix("--diff", "--select", "CP_KEY_002")
    assert patch.count("+  enable_key_rotation = true\n") == 2 and "--write leaves main.tf alone" in err
    assert "alone" not in fix("--force", "--select", "CP_KEY_002")[1]
    assert path.read_text() == KEY


def test_what_is_only_named_like_a_secret_is_shown(fix, tmp_path):
    (tmp_path / "main.tf").write_text('resource "aws_instance" "i" {\n  metadata_options {\n    http_tokens = "optional"\n  }\n}\n')
    assert '+    http_tokens = "required"\n' in fix("--select", "CP_VM_002")[1]


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_nothing_of_the_repositorys_own_runs(fix, tmp_path):
    """A folder that came with a .git must not make `fix` run its filters or monitors."""
    path = tmp_path / "main.tf"
    path.write_text(KEY)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "x")
    for key in ("filter.x.clean", "filter.x.process", "core.fsmonitor", "diff.external"):
        git(tmp_path, "config", key, f"touch '{tmp_path / 'ran'}'; cat")
    (tmp_path / ".gitattributes").write_text("* filter=x\n")
    os.utime(path, (1, 1))
    assert fix("--write", "--select", "CP_KEY_002")[0] == 0
    assert path.read_text() == FIXED
    assert not (tmp_path / "ran").exists()


def test_what_comes_from_an_expression_is_not_overwritten(fix, tmp_path):
    text = 'variable "no" {\n  default = true\n}\nresource "aws_kms_key" "k" {\n  enable_key_rotation = !var.no\n}\n'
    (tmp_path / "main.tf").write_text(text)
    status, out, _ = fix("--write", "--select", "CP_KEY_002")
    assert status == 1
    assert "comes from the expression !var.no" in out
    assert (tmp_path / "main.tf").read_text() == text


def test_a_module_outside_the_path_is_left_alone(fix, tmp_path):
    for name, text in (("modules/k/main.tf", KEY), ("env/main.tf", 'module "k" {\n  source = "../modules/k"\n}\n')):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "cloudpolicy.toml").write_text("")
    assert "outside the path" in fix("--write", "--select", "CP_KEY_002", "env")[1]
    assert (tmp_path / "modules/k/main.tf").read_text() == KEY
    fix("--write", "--select", "CP_KEY_002", ".")
    assert (tmp_path / "modules/k/main.tf").read_text() == FIXED


def test_generated_files_are_left_alone(fix, tmp_path):
    (tmp_path / "main.tf").write_text("# Code generated by x. DO NOT EDIT.\n" + KEY)
    assert "is generated" in fix("--write", "--select", "CP_KEY_002")[1]
    assert (tmp_path / "main.tf").read_text().endswith(KEY)


def test_an_unreadable_file_makes_the_status_2(fix, tmp_path):
    (tmp_path / "main.tf").write_text(KEY)
    (tmp_path / "bad.tf").write_text('resource "x" {')
    status, out, _ = fix("--select", "CP_KEY_002")
    assert status == 2
    assert "bad.tf:1" in out


def test_a_file_that_changes_meanwhile_is_left_alone(fix, tmp_path, monkeypatch):
    path = tmp_path / "main.tf"
    path.write_text(KEY)
    write = run.Outcome.write

    def late(outcome):
        path.write_text(KEY + "# theirs\n")
        return write(outcome)

    monkeypatch.setattr(run.Outcome, "write", late)
    status, out, err = fix("--write", "--select", "CP_KEY_002")
    assert (status, path.read_text()) == (2, KEY + "# theirs\n")
    assert "it has changed meanwhile" in err
    assert "main.tf could not be written: it has changed meanwhile" in out and "0 fixed, 1 not" in out and "0 files changed" in out
    assert os.listdir(tmp_path) == ["main.tf"]


def test_what_an_edit_started_from_is_what_was_read(fix, tmp_path, monkeypatch):
    """A change in the middle of the run is not overwritten with what the text was before it."""
    path = tmp_path / "main.tf"
    path.write_text(KEY)
    keep = trial.Bench.keep

    def late(bench, texts, states):
        keep(bench, texts, states)
        path.write_text(KEY + "# theirs\n")

    monkeypatch.setattr(trial.Bench, "keep", late)
    assert fix("--write", "--select", "CP_KEY_002")[0] == 2
    assert path.read_text() == KEY + "# theirs\n"


def test_interrupting_waits_until_everything_is_written(fix, tmp_path, monkeypatch):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(KEY)
    replace = os.replace

    def interrupted(*paths):
        signal.raise_signal(signal.SIGINT)
        replace(*paths)

    monkeypatch.setattr(os, "replace", interrupted)
    assert fix("--write", "--select", "CP_KEY_002")[0] == 130
    assert [(tmp_path / name / "main.tf").read_text() for name in "ab"] == [FIXED, FIXED]
    assert [os.listdir(tmp_path / name) for name in "ab"] == [["main.tf"], ["main.tf"]]


def test_a_read_only_file_is_left_alone(fix, tmp_path):
    path = tmp_path / "main.tf"
    path.write_text(KEY)
    path.chmod(0o444)
    status, out, _ = fix("--write", "--force", "--select", "CP_KEY_002")
    assert (status, path.read_text()) == (1, KEY)
    assert "main.tf is left alone: it is read-only" in out


def test_a_link_stays_a_link_and_what_is_outside_stays_as_it_is(fix, tmp_path):
    real, outside = tmp_path / "in" / "real" / "k.tf", tmp_path / "out" / "k.tf"
    for path in (real, outside):
        path.parent.mkdir(parents=True)
        path.write_text(KEY)
    (tmp_path / "in" / "a").mkdir()
    (tmp_path / "in" / "a" / "main.tf").symlink_to("../real/k.tf")
    (tmp_path / "in" / "b").mkdir()
    (tmp_path / "in" / "b" / "main.tf").symlink_to(outside)
    fix("--write", "--select", "CP_KEY_002", "in")
    assert real.read_text() == FIXED and outside.read_text() == KEY
    assert os.readlink(tmp_path / "in" / "a" / "main.tf") == "../real/k.tf"
    assert (tmp_path / "in" / "b" / "main.tf").is_symlink()


INSTANCE = 'resource "aws_instance" "i" {\n  instance_type = "t3.micro"\n}\n'


def test_an_edit_that_makes_another_verdict_worse_is_not_written(fix, tmp_path):
    """What is encrypted needs a customer's key: that is a decision, so encrypting waits for it."""
    path = tmp_path / "main.tf"
    path.write_text(INSTANCE)
    status, out, _ = fix("--write", "--select", "CP_VM_001,CP_KEY_001")
    assert (status, path.read_text()) == (1, INSTANCE)
    assert "makes something else worse: CP_KEY_001 aws_instance.i: `" in out
    assert fix("--write", "--select", "CP_VM_001")[0] == 0
    assert path.read_text() == INSTANCE[:-2] + "\n  root_block_device {\n    encrypted = true\n  }\n}\n"


@pytest.mark.parametrize("meta", ["count = 2", 'for_each = toset(["x", "y"])'])
def test_one_edit_mends_every_instance_and_two_policies_at_one_place(fix, tmp_path, meta):
    key = "each.key" if "each" in meta else "count.index"
    text = f'resource "aws_s3_bucket" "b" {{\n  {meta}\n\n  bucket = "b-${{{key}}}"\n}}\n'
    (tmp_path / "main.tf").write_text(text)
    status, out, _ = fix("--write", "--select", "CP_OBJ_001,CP_IAM_007,CP_LOG_012,CP_OBJ_003")
    after = (tmp_path / "main.tf").read_text()
    assert after.startswith(text)
    assert after.count('resource "aws_s3_bucket_public_access_block"') == after.count('resource "aws_s3_bucket_versioning"') == 1
    assert len(re.findall(rf"^  {meta.split()[0]} += {re.escape(meta.partition(' = ')[2])}$", after, re.MULTILINE)) == 3
    assert f"aws_s3_bucket.b[{key}].id" in after
    assert status == 0, out


def test_a_module_with_several_callers_is_mended_once(fix, tmp_path):
    (tmp_path / "k").mkdir()
    (tmp_path / "k" / "main.tf").write_text(KEY)
    calls = "".join(f'module "{name}" {{\n  source = "./k"\n}}\n' for name in ("a", "b"))
    (tmp_path / "main.tf").write_text(calls)
    status, out, _ = fix("--write", "--select", "CP_KEY_002")
    assert (status, (tmp_path / "k" / "main.tf").read_text(), (tmp_path / "main.tf").read_text()) == (0, FIXED, calls)
    assert "2 fixed" in out


LOOP = """variable "rotate" {
  default = false
}

resource "aws_kms_key" "k" {
  count = 3

  enable_key_rotation = var.rotate
}
"""


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "expected true (and 2 more like it) — set at main.tf:2\n"),
        ("ja", "(期待値: true)(ほか同様 2 件) — 設定元 main.tf:2 を修正\n"),
    ],
)
def test_what_is_alike_is_one_line_and_tells_where_it_is_set(fix, tmp_path, language, line):
    (tmp_path / "main.tf").write_text(LOOP)
    _, out, _ = fix("--select", "CP_KEY_002", "--lang", language)
    assert out.count("CP_KEY_002") == 1 and line in out and re.search(r"3 fixed|修正 3 件", out)
    assert fix("--select", "CP_KEY_002", "--verbose")[1].count("CP_KEY_002") == 3


def test_json_for_other_programs(fix, tmp_path):
    (tmp_path / "main.tf").write_text(
        LOOP.replace("count = 3", "") + DATABASE + 'resource "aws_ebs_volume" "v" {\n  encrypted = false\n}\n'
    )
    status, out, err = fix("--format", "json", "--select", "CP_KEY_002,CP_DB_002,CP_VM_001,CP_IAM_009")
    found = json.loads(out)
    assert (status, err, found["schema"], found["written"]) == (1, "", "cloudpolicy/fix/v1", False)
    assert found["files"] == [{"path": "main.tf", "written": False, "reason": None}]
    by_policy = {one["policy"]: one for one in found["findings"]}
    assert by_policy["CP_KEY_002"]["at"] == {"file": "main.tf", "line": 2}
    assert by_policy["CP_VM_001"]["applying"] == "replaces"
    assert by_policy["CP_VM_001"]["edits"] == [{"address": "aws_ebs_volume.v", "attribute": "encrypted", "value": True}]
    assert found["summary"] == {"fixed": len(found["findings"]), "refused": 0, "decision": 0, "unknown": found["summary"]["unknown"]}
    assert "Sakura-2024" not in out
    status, out, _ = fix("--format", "json", "--write", "--select", "CP_KEY_002,CP_DB_002,CP_VM_001,CP_IAM_009", "--lang", "ja")
    assert (status, json.loads(out)["files"]) == (0, [{"path": "main.tf", "written": True, "reason": None}])
    with pytest.raises(SystemExit, match="2"):
        fix("--format", "json", "--diff")


DATABASE = 'resource "aws_db_instance" "d" {\n  publicly_accessible = true\n  password            = "Sakura-2024"\n}\n'


def test_secrets_are_hidden_unless_a_patch_is_asked_for(fix, tmp_path):
    (tmp_path / "main.tf").write_text(DATABASE)
    _, out, err = fix("--select", "CP_DB_002")
    assert "Sakura-2024" not in out + err
    assert "+  publicly_accessible = false\n" in out and '   password            = "****"\n' in out
    _, out, err = fix("--diff", "--select", "CP_DB_002")
    assert "Sakura-2024" in out and "what looks like a secret: 1;" in err
    assert "Sakura-2024" not in "".join(map(str, fix("--write", "--select", "CP_DB_002")))


def test_both_languages_and_every_status(fix, tmp_path):
    (tmp_path / "main.tf").write_text(KEY)
    status, out, _ = fix("--select", "CP_KEY_002", "--lang", "ja")
    assert status == 1
    assert "修正できる項目" in out and "修正 1 件、見送り 0 件" in out and "--write を付けてください" in out
    assert fix("--select", "CP_KEY_002", "--write", "--lang", "ja")[0] == 0
    assert fix("--select", "CP_NO_999")[0] == 2
    with pytest.raises(SystemExit, match="2"):
        fix("missing-folder")


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "expected true — applying it replaces the resource\n"), ("ja", " — 適用するとリソースが作り直されます\n")],
)
def test_what_is_made_anew_when_applied_is_marked(fix, tmp_path, language, words):
    (tmp_path / "main.tf").write_text('resource "aws_ebs_volume" "v" {\n  encrypted = false\n}\n' + KEY)
    _, out, _ = fix("--select", "CP_VM_001,CP_KEY_002", "--lang", language)
    assert out.count(words) == 1
    assert re.search(rf"CP_VM_001  aws_ebs_volume\.v.*{words}", out)
    assert ("! 1 of them" if language == "en" else "! このうち 1 件") in out
    _, out, _ = fix("--select", "CP_KEY_002", "--lang", language)
    assert words not in out and "!" not in out.partition("@@")[2].partition("+++")[0]
