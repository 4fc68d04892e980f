"""Bad input: a clear error with file and place, exit status 2, never a traceback."""

import json

import pytest

from foreign.conftest import checkov, match, record, result, sarif

BAD = {
    "not JSON": (b"Passed checks: 3, failed checks: 2\n", "not valid JSON"),
    "empty": (b"  \n", "is empty"),
    "cut off": (json.dumps(checkov(record())).encode()[:-40], "not valid JSON"),
    "two documents": (b"{}\n--- OUTPUT DELIMITER ---\n{}", "not valid JSON"),
    "Checkov, then something else": (json.dumps(checkov(record())).encode() + b"\n{}", "not valid JSON"),
    "Checkov, then something deep": (json.dumps(checkov(record())).encode() + b"[" * 200_000, "not valid JSON"),
    "half of UTF-16": (json.dumps(checkov(record())).encode("utf-16")[:-1], "UTF-16"),
    "cp932": ('{"check_type": "地方"}'.encode("cp932"), "--output-file-path"),
    "binary": (b'{"a": "\0"}', "binary"),
    "deep": (b"[" * 200_000, "nested too deeply"),
    "long number": (b"[" + b"9" * 10_000 + b"]", "not valid JSON"),
    "a number": (b"3", "holds no results of Checkov"),
    "some object": (b'{"a": 1}', "holds no results of Checkov"),
    "some list": (b'["a"]', "holds no results of Checkov"),
    "Trivy's own JSON": (b'{"SchemaVersion": 2, "Results": []}', "--format sarif"),
    "our own report": (b'{"schema": "cloudpolicy/report/v1"}', "cloudpolicy itself"),
    "SARIF 1": (b'{"version": "1.0.0", "runs": []}', "`version` is 1.0.0"),
    "runs that are no list": (b'{"version": "2.1.0", "runs": {}}', "`runs` is no list"),
    "no runs": (b'{"version": "2.1.0", "runs": null}', "`runs` is missing"),
    "no driver": (b'{"version": "2.1.0", "runs": [{"tool": 3}]}', "`runs[0].tool` is no object"),
    "a result without a rule": (json.dumps(sarif({"message": {}})).encode(), "`runs[0].results[0].ruleId` is missing"),
    "a result that is no object": (json.dumps(sarif("x")).encode(), "`runs[0].results[0]` is no object"),
    "checks that are no list": (json.dumps(checkov(failed_checks={"a": 1})).encode(), "`results.failed_checks` is no list"),
    "a check without an id": (
        json.dumps([checkov(), checkov(record(), {**record(), "check_id": None})]).encode(),
        "`[1].results.failed_checks[1].check_id`",
    ),
    "a match without a rule": (json.dumps([match(), {**match(), "Rule": []}]).encode(), "`[1].Rule` is no object"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_told(importing, name):
    data, words = BAD[name]
    status, report = importing(data)
    assert status == 2
    (problem,) = report["diagnostics"]
    assert words in problem["message"]
    assert problem["location"]["file"] == "results.json"
    assert report["findings"] == []


def test_an_error_names_the_line(importing):
    _, report = importing(b'{\n "check_type": "terraform",\n x\n}')
    assert report["diagnostics"][0]["location"]["line"] == 3


def test_the_other_files_are_imported_all_the_same(importing, tmp_path):
    (tmp_path / "good.json").write_text(json.dumps(checkov(record())))
    status, report = importing(b"no", "good.json")
    assert status == 2
    assert [finding["policy"] for finding in report["findings"]] == ["CP_VM_001"]


def test_a_file_that_is_too_large_is_refused_unread(importing, monkeypatch):
    monkeypatch.setattr("cloudpolicy.foreign.document.LIMIT", 100)
    status, report = importing(checkov(record()))
    assert (status, report["diagnostics"][0]["code"]) == (2, "file-too-large")


def test_missing_file_and_folder(importing, capsys):
    with pytest.raises(SystemExit) as ended:
        importing(checkov(), "nowhere.json")
    assert ended.value.code == 2
    assert "nowhere.json does not exist" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        importing(checkov(), "--root", "nowhere")
    assert "nowhere is no folder" in capsys.readouterr().err


def test_wild_values_do_no_harm(importing):
    """Numbers out of range, texts without end, control characters, wrong types where nothing depends on them."""
    wild = record(
        lines=[-4, 10**30], check_name="x\x1b[31m\n" * 100_000, resource="aws_ebs_volume.a\u202e", breadcrumbs=[1], check_class=[]
    )
    status, report = importing([checkov(wild, record(file="/\0x", caller_file_path=7)), *([checkov()] * 50)])
    assert status == 1
    first = report["findings"][0]
    assert first["location"]["line"] == 1
    assert len(first["message"]) < 1000
    status, _ = importing(
        sarif({**result(), "locations": [{"physicalLocation": {"region": {"startLine": "a"}}}]}, result(file="http://[x"))
    )
    assert status in (0, 1)


def test_nothing_outside_the_root_is_named_or_quoted(importing, tmp_path, capsys, monkeypatch):
    """Results come from anywhere: a path in them must not make the report quote a file of this machine."""
    secret = tmp_path.parent / f"{tmp_path.name}-outside.tf"
    secret.write_text("resource outside-line {\n")
    (tmp_path / "link.tf").symlink_to(secret)
    for file in (str(secret), f"../{secret.name}", "/link.tf"):
        given = record(file=file, file_abs_path=file, repo_file_path=file)
        status, report = importing(checkov(given))
        assert status == 1
        assert not report["findings"][0]["location"]["file"].startswith("..")
        importing(checkov(given), "--output", "report.txt")
        assert "outside-line" not in (tmp_path / "report.txt").read_text()
