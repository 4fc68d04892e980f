"""The file itself: its form, what is refused, and what never happens to it."""

from __future__ import annotations

import json
import os

import jsonschema
import pytest

from baseline.conftest import OPEN


def test_one_line_for_each_entry_and_the_same_bytes_every_time(project):
    project.baseline("create")
    first = project.file.read_bytes()
    lines = first.decode().splitlines()
    assert [json.loads(line.rstrip(",")) for line in lines[4:-2]] == project.entries() and len(lines) > 6
    rows = [tuple(entry.values()) for entry in project.entries()]
    assert rows == sorted(set(rows))
    project.file.unlink()
    project.write("main.tf", OPEN.format(name="b") + "\n\n" + OPEN.format(name="a"))
    project.baseline("create")
    assert project.file.read_bytes() == first
    schema = json.loads(project.run("schema", "baseline")[1])
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(first), schema)


def test_a_file_of_the_first_release_says_nothing_of_fingerprints(project):
    project.baseline("create")
    project.file.write_text(project.file.read_text().replace('"fingerprints": 1,\n', ""))
    assert project.scan()[0] == 0
    assert project.baseline("update")[0] == 0 and '"fingerprints": 1' in project.file.read_text()


def test_an_empty_one(project):
    project.write("main.tf", "terraform {}\n")
    assert project.baseline("create")[0] == 0
    assert project.entries() == [] and project.scan()[0] == 0
    assert project.baseline("show")[0] == project.baseline("update")[0] == 0


GOOD = {"estate": ".", "policy": "CP_DB_002", "verdict": "fail", "resource": "r", "attribute": "a", "fingerprint": "0" * 20}


def document(*entries, **more):
    return json.dumps({"version": 1, "entries": list(entries), **more}, indent=1)


BAD = {
    "empty": ("", 1, "is not valid JSON"),
    "no JSON": ('{\n"version": 1,\n"entries": [\n{"estate" "."}\n]\n}\n', 4, "is not valid JSON"),
    "a merge": ('{\n"version": 1,\n<<<<<<< HEAD\n"entries": []\n=======\n"entries": []\n>>>>>>> x\n}\n', 3, "unresolved merge"),
    "a list": ("[]", 1, "is no baseline"),
    "a newer one": ('{\n"version": 2,\n"things": {}\n}', 2, "format version 2"),
    "version true": ('{"version": true, "entries": []}', 1, "format version true"),
    "version text": ('{\n\n"version": "1", "entries": []}', 3, 'format version "1"'),
    "other fingerprints": ('{"version": 1,\n"fingerprints": 2,\n"entries": []}', 2, "fingerprints of kind 2"),
    "fingerprints true": ('{"version": 1,\n"fingerprints": true,\n"entries": []}', 2, "fingerprints of kind true"),
    "strange key": (document(extra=1), 4, 'no key "extra"'),
    "no entries": ('{"version": 1}', 1, "`entries` is a list"),
    "entries no list": ('{"version": 1,\n"entries": {}}', 2, "`entries` is a list"),
    "entry no object": (document(GOOD, 7), 12, "exactly the keys"),
    "a key too few": (document({k: v for k, v in GOOD.items() if k != "policy"}), 4, "exactly the keys"),
    "a key too many": (document({**GOOD, "reason": "x"}), 4, "exactly the keys"),
    "a number": (document({**GOOD, "resource": 7}), 8, "`resource` is a text"),
    "too long": (document({**GOOD, "resource": "x" * 10_001}), 8, "`resource` is a text of at most 10,000"),
    "pass": (document({**GOOD, "verdict": "pass"}), 7, "`verdict` is one of"),
    "short print": (document({**GOOD, "fingerprint": "abc"}), 10, "`fingerprint` is 20"),
    "line in print": (document({**GOOD, "fingerprint": "0" * 20 + "\n"}), 10, "`fingerprint` is 20"),
    "twice": ('{"version": 1, "entries": [], "entries": [1]}', 1, "stands twice"),
    "deep": ("[" * 100_000, 1, "is not valid JSON"),
    "huge number": ('{"version": ' + "9" * 5000 + "}", 1, "is not valid JSON"),
    "not a number": ('{"version": NaN}', 1, "NaN"),
    "binary": ("\0", 1, "is binary"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_not_in_order_is_refused_at_its_line(project, name):
    text, line, words = BAD[name]
    project.file.write_text(text, encoding="utf-8")
    status, report = project.scan()
    (problem,) = report["diagnostics"]
    assert status == 2 and problem["code"] == "invalid-baseline" and words in problem["message"]
    assert (problem["location"]["file"], problem["location"]["line"]) == ("cloudpolicy-baseline.json", line)
    assert report["summary"]["fail"] == 2 and '"known"' not in json.dumps(report["findings"]), "until then nothing is known"
    for action in ("update", "show"):
        status, _, err = project.baseline(action)
        assert status == 2 and words in err and f"cloudpolicy-baseline.json:{line}" in err and "Traceback" not in err
    status, _, err = project.baseline("show", "--lang", "ja")
    assert status == 2 and "ベースライン:" in err
    assert project.file.read_text(encoding="utf-8") == text, "what cannot be read is not overwritten"


def test_hostile_entries_do_nothing(project):
    odd = {**GOOD, "estate": "../../../../etc", "resource": "\x1b[31m\u202e::error::x\n##[error]", "policy": "CP_\x07"}
    project.write("cloudpolicy-baseline.json", document(odd, GOOD))
    status, report = project.scan()
    assert status == 1 and all(problem["severity"] == "warning" for problem in report["diagnostics"])
    _, out, _ = project.baseline("show")
    assert out.replace("\n", "").isprintable()
    _, out, _ = project.run("scan", "--no-cache")
    assert "\x1b" not in out and "\u202e" not in out


def test_links(project, tmp_path):
    secret = tmp_path / "secret.json"
    secret.write_text(document(), encoding="utf-8")
    os.symlink(secret, project.file)
    status, report = project.scan()
    assert status == 2 and "outside" in report["diagnostics"][0]["message"]
    for action in ("create", "update", "show"):
        assert project.baseline(action)[0] == 2
    assert secret.read_text(encoding="utf-8") == document()
    project.file.unlink()
    os.symlink("nowhere.json", project.file)
    assert project.baseline("create")[0] == 2 and project.scan()[0] == 2
    assert not (project.root / "nowhere.json").exists()


def test_create_never_overwrites_and_update_wants_one(project):
    status, _, err = project.baseline("update")
    assert status == 2 and "cloudpolicy baseline create" in err
    assert project.baseline("create")[0] == 0
    before = project.file.read_bytes()
    project.write("main.tf", "terraform {}\n")
    status, _, err = project.baseline("create", "--lang", "ja")
    assert status == 2 and "既にあります" in err and project.file.read_bytes() == before


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("scan", "--baseline", "none.json"), "none.json does not exist"),
        (("scan", "--baseline", ""), "does not exist"),
        (("scan", "--baseline", "x", "--no-baseline"), "not both"),
        (("hook", "main.tf", "--baseline", "none.json"), "none.json does not exist"),
        (("baseline", "create", "nowhere"), "nowhere does not exist"),
        (("baseline", "forget"), "forget"),
        (("baseline", "create", "--prune"), "--prune"),
        (("baseline", "create", "--baseline", "no/such/x.json"), "cannot be written"),
        (("baseline", "create", "--select", "CP_XXX_999"), "CP_XXX_999"),
    ],
)
def test_wrong_words(project, argv, words):
    status, _, err = project.run(*argv)
    assert status == 2 and words in err and "Traceback" not in err


def test_a_file_of_another_name_and_place(project):
    assert project.baseline("create", "--baseline", "ci/known.json")[0] == 2, "the folder is not made"
    (project.root / "ci").mkdir()
    assert project.baseline("create", "--baseline", "ci/known.json")[0] == 0
    assert project.scan()[0] == 1 and project.scan("--baseline", "ci/known.json")[0] == 0
    assert {entry["estate"] for entry in json.loads((project.root / "ci/known.json").read_bytes())["entries"]} == {".."}
    project.baseline("create")
    project.write("ci/known.json", document())
    assert project.scan("--baseline", "ci/known.json")[0] == 1, "only the one that is named counts"


def test_what_cannot_be_read_is_said(project):
    project.write("broken/main.tf", 'resource "x" {\n')
    status, _, err = project.baseline("create")
    assert status == 2 and "broken/main.tf:" in err and "cloudpolicy baseline update" in err
    assert len(project.entries()) > 0


def test_the_folder_can_be_moved_with_its_file(project, tmp_path, monkeypatch):
    project.baseline("create")
    (project.root / ".git").rmdir()
    (tmp_path / "elsewhere").mkdir()
    moved = project.root.rename(tmp_path / "elsewhere" / "copy")
    monkeypatch.chdir(moved)
    assert project.scan()[0] == 0


def test_no_secret_is_written(project):
    words = ("hunter2-long-enough", "AKIAZ7QW3EXAMPLEKEY1")
    project.write(
        "main.tf",
        f'resource "aws_instance" "i" {{\n  user_data = "export PASSWORD={words[0]} AWS_ACCESS_KEY_ID={words[1]}"\n}}\n'
        f'resource "aws_db_instance" "d" {{\n  engine = "mysql"\n  password = "{words[0]}"\n}}\n',
    )
    project.run("baseline", "create", "--no-cache")
    text = project.file.read_text(encoding="utf-8")
    assert "aws_instance.i" in text and not any(word in text for word in words)


def test_a_write_that_fails_leaves_the_old_file(project, monkeypatch):
    project.baseline("create")
    before = project.file.read_bytes()
    project.write("main.tf", "terraform {}\n")

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    status, _, err = project.baseline("update")
    assert status == 2 and "No space left" in err
    assert project.file.read_bytes() == before and len(list(project.root.glob("cloudpolicy-baseline*"))) == 1


def test_show(project):
    project.baseline("create")
    project.write("main.tf", OPEN.format(name="b") + OPEN.format(name="c"))
    status, out, _ = project.baseline("show")
    assert status == 0 and "aws_db_instance.a  publicly_accessible  (no longer occurs)" in out
    assert out.splitlines()[-1] == "still there: 2; no longer there: 1; not checked: 0; findings that it does not hold: 1"
    status, out, _ = project.baseline("show", "--lang", "ja")
    assert status == 0 and "(現在の指摘になし)" in out and "不適合  CP_DB_002" in out
