"""What the receiver can prove: any changed byte, file, source, policy or verdict is found."""

import hashlib
import json
import os
import random
import shutil

import pytest
from tests.handover.conftest import ROOT, run, write

from cloudpolicy.handover import manifest
from cloudpolicy.handover.verify import Verification, compare_sources, verify


@pytest.fixture
def made(system, tmp_path):
    write(system, tmp_path / "pack")
    return system, tmp_path / "pack"


def kinds(found):
    return sorted({remark.kind for remark in found.problems})


def messages(found):
    return " / ".join(remark.text.en for remark in found.problems)


def test_a_fresh_pack_verifies_alone_and_with_its_sources(made):
    source, out = made
    assert verify(str(out)).problems == []
    found = verify(str(out), str(source))
    assert messages(found) == ""
    assert found.checked == {"files": 7, "sources": 1, "findings": found.checked["findings"], "clauses": 489}
    assert found.checked["findings"] > 1


def test_each_of_100_changed_bytes_is_found(made):
    _, out = made
    files = sorted(out.iterdir())
    rng = random.Random(20260401)
    for n in range(100):
        path = files[n % len(files)]
        data = path.read_bytes()
        at = rng.randrange(len(data))
        path.write_bytes(data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :])
        assert verify(str(out)).problems, f"{path.name}, byte {at}"
        path.write_bytes(data)
    assert verify(str(out)).problems == []


def test_each_of_100_changed_bytes_of_the_sources_is_found(made):
    """Template, configuration, waivers and statements; with the sources at hand whatever the byte means."""
    source, out = made
    (source / "cloudpolicy.toml").write_text('profile = "baseline"\n')
    (source / "cloudpolicy-waivers.yaml").write_text("waivers: []\n# none so far\n")
    (source / "attestations.yaml").write_text("attestations: []\n# none so far\n")
    run("handover", "--system", "s", "--out", out, source)
    files = sorted(path for path in source.iterdir())
    listed = {entry["path"] for entry in json.loads((out / "manifest.json").read_bytes())["inputs"]}
    assert listed == {path.name for path in files} and len(files) == 4
    assert verify(str(out), str(source)).problems == []
    content, faults = manifest.read(str(out / "manifest.json"))
    assert content is not None and faults == []
    rng = random.Random(20260402)
    for n in range(100):
        path = files[n % 4]
        data = path.read_bytes()
        at = rng.randrange(len(data))
        path.write_bytes(data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :])
        found = Verification()
        compare_sources(str(source), found, content)
        assert [p.file for p in found.problems] == [path.name], f"{path.name}, byte {at}"
        if n < 8:  # and the whole command, whatever the byte has made of the file
            whole = verify(str(out), str(source))
            assert any(p.kind == "sources" and p.file == path.name for p in whole.problems)
        path.write_bytes(data)


@pytest.mark.parametrize("change", ["space", "newline", "order", "twice", "cut", "bom", "empty", "deep", "null"])
def test_the_manifest_has_one_spelling(made, change):
    _, out = made
    path = out / "manifest.json"
    data = path.read_bytes()
    content = json.loads(data)
    changed = {
        "space": data.replace(b'": "', b'":  "', 1),
        "newline": data + b"\n",
        "order": json.dumps(content, indent=1, ensure_ascii=False).encode() + b"\n",
        "twice": data.replace(b"{\n", b'{\n "system": "x",\n', 1),
        "cut": data[:-2],
        "bom": b"\xef\xbb\xbf" + data,
        "empty": b"",
        "deep": b"[" * 100_000,
        "null": b"null",
    }[change]
    if change == "order":
        reordered = dict(reversed(content.items()))
        changed = json.dumps(reordered, indent=1, ensure_ascii=False).encode() + b"\n"
    assert changed != data
    path.write_bytes(changed)
    assert kinds(verify(str(out))) == ["pack"]


def test_missing_added_and_linked_files_are_found(made):
    _, out = made
    (out / "extra.txt").write_text("x")
    (out / ".hidden").write_text("x")
    (out / "clauses.json").rename(out.parent / "elsewhere.json")
    (out / "clauses.json").symlink_to(out.parent / "elsewhere.json")
    (out / "report.html").unlink()
    said = messages(verify(str(out)))
    assert "extra.txt is no part of the pack" in said and ".hidden is no part" in said
    assert "clauses.json is a link" in said and "report.html is missing" in said


def test_a_forged_pack_is_told_by_the_digest_from_elsewhere(made):
    """Who can write the pack can also seal it anew: only a digest told by another way shows that."""
    _, out = made
    path = out / "manifest.json"
    content = json.loads(path.read_bytes())
    told = content["digest"]
    content["system"] = "another"
    path.write_bytes(manifest.sealed(content))
    assert verify(str(out)).problems == []
    assert "not the one that you were told of" in messages(verify(str(out), digest=told))


def test_a_changed_source_and_every_verdict_that_it_changes(made):
    source, out = made
    main = source / "main.tf"
    main.write_text(main.read_text().replace("storage_encrypted   = true", "storage_encrypted   = false"))
    found = verify(str(out), str(source))
    assert kinds(found) == ["clause", "sources", "verdict"]
    assert "main.tf was changed" in messages(found)
    assert "CP_DB_001 aws_db_instance.db (main.tf): the pack says pass (line 10), the scan fail (line 10)" in messages(found)
    assert "osaka-2024:4.3.7(1).3: the pack says “settings as required, residual to state”, the scan “not met”" in messages(found)
    assert "パックでは 適合(10 行)、再検査では 不適合(10 行)" in " / ".join(remark.text.ja for remark in found.problems)


def test_a_source_that_came_later_or_went(made):
    source, out = made
    (source / "more.tf").write_text('resource "aws_s3_bucket" "b" {}\n')
    found = verify(str(out), str(source))
    assert "more.tf is read by the scan, and is not in the pack" in messages(found)
    (source / "more.tf").unlink()
    (source / "main.tf").rename(source / "other.tf")
    assert "main.tf is missing" in messages(verify(str(out), str(source)))


def test_a_verdict_that_was_painted_over(made):
    """A sealed pack whose findings were edited still fails against a scan of one's own."""
    source, out = made
    findings = json.loads((out / "findings.json").read_bytes())
    for finding in findings["findings"]:
        finding["verdict"] = "pass"
    data = json.dumps(findings).encode()
    (out / "findings.json").write_bytes(data)
    content = json.loads((out / "manifest.json").read_bytes())
    entry = next(e for e in content["outputs"] if e["path"] == "findings.json")
    entry.update(bytes=len(data), sha256=manifest.digest(data))
    (out / "manifest.json").write_bytes(manifest.sealed(content))
    assert verify(str(out)).problems == []
    found = verify(str(out), str(source))
    assert kinds(found) == ["verdict"] and "the scan fail" in messages(found) and "the scan unknown" in messages(found)


def test_the_sources_may_stand_elsewhere_and_the_settings_come_from_the_pack(tmp_path):
    source = tmp_path / "made" / "infra"
    source.mkdir(parents=True)
    (tmp_path / "made" / "cloudpolicy.toml").write_text('[[paths]]\npath = "infra"\nregion = "us-east-1"\n')
    (source / "t.json").write_text('{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"B": {"Type": "AWS::S3::Bucket"}}}')
    write(source, tmp_path / "pack")
    verdicts = json.loads((tmp_path / "pack" / "findings.json").read_bytes())["findings"]
    assert any(f["policy"] == "CP_RES_001" and f["verdict"] == "fail" for f in verdicts), "the region of the configuration counts"
    shutil.move(tmp_path / "made", tmp_path / "delivered")
    assert messages(verify(str(tmp_path / "pack"), str(tmp_path / "delivered" / "infra"))) == ""
    (tmp_path / "delivered" / "cloudpolicy.toml").unlink()
    found = verify(str(tmp_path / "pack"), str(tmp_path / "delivered" / "infra"))
    assert messages(found) == "../cloudpolicy.toml is missing", "named, while the verdicts still agree"


def test_other_policies_are_said(made, tmp_path):
    source, out = made
    content = json.loads((out / "manifest.json").read_bytes())
    content["policy_pack"]["digest"] = "0" * 64
    (out / "manifest.json").write_bytes(manifest.sealed(content))
    alone, against = verify(str(out)), verify(str(out), str(source))
    assert alone.problems == [] and "not those of the pack" in alone.notes[0].text.en
    assert kinds(against) == ["policies"]


def test_what_a_variable_held_is_not_in_the_pack(system, tmp_path):
    (system / "key.tf").write_text('variable "key" {}\nresource "aws_ssm_parameter" "p" {\n  type = "SecureString"\n  value = var.key\n}\n')
    run("handover", "--system", "s", "--out", tmp_path / "pack", system, env={"TF_VAR_key": "geheim-4711"})
    for path in (tmp_path / "pack").iterdir():
        assert b"geheim-4711" not in path.read_bytes(), path.name
    found = verify(str(tmp_path / "pack"), str(system))
    assert "TF_VAR_key was set when the pack was made" in found.notes[0].text.en


def test_hostile_manifests_are_refused_without_a_traceback(made):
    _, out = made
    content = json.loads((out / "manifest.json").read_bytes())

    def sealed(**changes):
        (out / "manifest.json").write_bytes(manifest.sealed({**content, **changes}))
        return verify(str(out), str(out.parent / "system"))

    entry = {"path": "../system/main.tf", "bytes": 1, "sha256": ""}
    assert "names a file elsewhere" in messages(sealed(outputs=[entry]))
    assert "lies outside the sources" in messages(sealed(inputs=[{**entry, "path": "/etc/passwd"}]))
    assert "/dev/zero" in messages(sealed(inputs=[{**entry, "path": "../../../../../../../dev/zero"}]))
    scan = content["scan"]
    assert "could not be repeated" in messages(sealed(scan={**scan, "settings": {"profile": 3}}))
    assert "could not be repeated" in messages(sealed(scan={**scan, "settings": {"profile": "no-such"}}))
    assert "could not be repeated" in messages(sealed(scan={**scan, "per_path": [{"path": 1}]}))
    assert "could not be repeated" in messages(sealed(scan={**scan, "paths": ["nowhere"]}))
    for path in ("/etc", "..", "../elsewhere", "a/../../b", "x\0y"):
        assert "lies outside the sources" in messages(sealed(scan={**scan, "paths": [path]})), path
    assert "lies outside the sources" in messages(sealed(scan={**scan, "settings": {"var_files": ["/etc/passwd"]}}))
    assert "lies outside the sources" in messages(sealed(scan={**scan, "folder": "/etc"}))
    assert "this is" in sealed(tool={**content["tool"], "version": "99.0"}).notes[0].text.en
    assert kinds(sealed(scan=[])) == ["pack"]
    assert kinds(sealed(outputs="x")) == ["pack"]


def test_a_manifest_that_is_no_file_is_refused_and_not_waited_for(made):
    _, out = made
    real = out.parent / "elsewhere.json"
    (out / "manifest.json").rename(real)
    (out / "manifest.json").symlink_to(real)
    assert "manifest.json is a link" in messages(verify(str(out)))
    for target in (os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero"), lambda path: path.symlink_to("manifest.json")):
        (out / "manifest.json").unlink()
        target(out / "manifest.json")
        with pytest.raises(OSError):
            verify(str(out))
        if (out / "manifest.json").is_dir():
            (out / "manifest.json").rmdir()
            (out / "manifest.json").touch()


def test_clauses_of_any_shape_are_differences(made):
    """The pack is somebody else's: ids may be lists, states numbers."""
    source, out = made
    clauses = json.loads((out / "clauses.json").read_bytes())
    clauses["clauses"][0] |= {"id": [1], "status": {}}
    data = json.dumps(clauses).encode()
    (out / "clauses.json").write_bytes(data)
    content = json.loads((out / "manifest.json").read_bytes())
    next(entry for entry in content["outputs"] if entry["path"] == "clauses.json").update(
        bytes=len(data), sha256=hashlib.sha256(data).hexdigest()
    )
    (out / "manifest.json").write_bytes(manifest.sealed(content))
    found = verify(str(out), str(source))
    assert kinds(found) == ["clause"] and "[1]" in messages(found)


def test_the_command(made):
    source, out = made
    done = run("verify", out, "--source", source)
    assert (done.returncode, done.stderr) == (0, "") and "The pack verifies." in done.stdout
    (out / "report.html").write_text("x")
    done = run("verify", out, "--format", "json")
    content = json.loads(done.stdout)
    assert done.returncode == 1 and content["verified"] is False
    assert [(p["kind"], p["file"]) for p in content["problems"]] == [("pack", "report.html")]
    done = run("verify", source, "--lang", "ja")
    assert done.returncode == 2 and "引き渡しパックではありません" in done.stderr and "Traceback" not in done.stderr
    assert run("verify", out, "--source", out / "nothing").returncode == 2


@pytest.mark.slow
def test_the_samples_verify_against_a_copy_of_theirs(samples, tmp_path):
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    (tmp_path / "pack").mkdir()
    for name, data in samples[1].items():
        (tmp_path / "pack" / name).write_bytes(data)
    assert messages(verify(str(tmp_path / "pack"), str(tmp_path / "samples" / "terraform"))) == ""
