"""guidelines, coverage and attest, as their users run them."""

import datetime
import json

import pytest
import yaml

from cloudpolicy import cli

ADD = ("--by", "大阪 太郎", "--role", "設定管理者", "--evidence", "手順書 3 版", "--date", "2026-04-01", "--expires", "2099-03-31")


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()

    def call(*argv):
        try:
            status = cli.run(list(argv))
        except SystemExit as stop:
            status = stop.code
        out, err = capsys.readouterr()
        return status, out, err

    return call


def test_all_clauses_as_json(run):
    status, out, err = run("guidelines", "--format", "json")
    clauses = json.loads(out)["clauses"]
    assert (status, err) == (0, "")
    assert len({clause["id"] for clause in clauses}) == len(clauses) == 489
    for clause in clauses:
        assert clause["title"]["ja"] and clause["title"]["en"]
        assert bool(clause["policies"]) == (clause["verification"] == "automated") == (clause["residual"] is not None)


def test_search_narrows(run):
    ids = [
        clause["id"] for clause in json.loads(run("guidelines", "暗号", "鍵", "--document", "fisc-2012", "--format", "json")[1])["clauses"]
    ]
    assert ids and all(id.startswith("fisc-2012:") for id in ids)
    assert "fisc-2012:運43" in ids and "fisc-2012:運1" not in ids
    ids = [clause["id"] for clause in json.loads(run("guidelines", "CP_DB_003", "--setting", "6", "--format", "json")[1])["clauses"]]
    assert "osaka-2024:table.6.3" in ids and all("table.6.3" in id or not id.startswith("osaka-2024:table") for id in ids)


@pytest.mark.parametrize(
    ("lang", "words"), [("en", ("left to a person", "Permissions inside")), ("ja", ("残る確認", "データベース内部の権限"))]
)
def test_one_clause_in_full(run, lang, words):
    status, out, _ = run("guidelines", "osaka-2024:table.6.3", "--lang", lang)
    assert status == 0
    assert "CP_DB_001" in out and all(word in out for word in words)


@pytest.mark.parametrize("argv", [("nowhere to be found",), ("--document", "osaka"), ("--setting", "9")])
def test_nothing_to_show_is_an_error_with_a_way_out(run, argv):
    status, out, err = run("guidelines", *argv)
    assert (status, out) == (2, "") and err


def test_coverage_adds_up(run):
    given = json.loads(run("coverage", "--format", "json")[1])
    total = given["summary"]["all"]
    assert total["all"] == 489 == total["automated"] + total["attested"] + total["csp-evidence"]
    documents = [counts for key, counts in given["summary"].items() if "-2" in key]
    groups = [counts for key, counts in given["summary"].items() if key.startswith("No.")]
    for key, number in total.items():
        assert sum(counts[key] for counts in documents) == number == sum(counts[key] for counts in groups)
    for clause in given["clauses"]:
        cells = [set(ids) for forms in clause["by"].values() for ids in forms.values()]
        assert set().union(*cells) == set(clause["policies"])
    assert {cloud: set(forms) for cloud, forms in given["clauses"][0]["by"].items()} == {
        "aws": {"terraform", "cloudformation"},
        "azure": {"terraform", "arm"},
    }


@pytest.mark.parametrize("form", ["text", "markdown"])
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_coverage_for_people(run, form, lang):
    status, out, _ = run("coverage", "--format", form, "--lang", lang)
    assert status == 0
    assert "osaka-2024:table.6.3" in out and "CP_DB_001, CP_DB_002" in out
    assert ("自動検査" in out) == (lang == "ja")


def test_attest_adds_and_lists(run, tmp_path):
    assert run("attest")[0] == 0
    assert run("attest", "add", "osaka-2024:4.3.4(3)", "--statement", "二重確認を実施", *ADD)[0] == 0
    status = run("attest", "add", "fisc-2012:設*", "--report", "SOC 2", "--provider", "AWS", "--period", "2025", *ADD)[0]
    assert status == 0
    assert run("attest", "add", "fisc-2012:運38", "--not-applicable", "取引を扱わない", *ADD)[0] == 0
    status, out, err = run("attest", "--format", "json")
    assert (status, err) == (0, "")
    found = json.loads(out)["attestations"]
    assert [(one["kind"], len(one["clauses"]), one["in_force"]) for one in found] == [
        ("attestation", 1, True),
        ("provider-evidence", 84, True),
        ("not-applicable", 1, True),
    ]
    assert "設定管理者" in run("attest", "list", "osaka-2024:4.3.4(3)")[1]
    assert "SOC 2" not in run("attest", "list", "osaka-2024:4.3.4(3)")[1]


def test_what_people_wrote_stays(run, tmp_path):
    file = tmp_path / "attestations.yaml"
    before = """# ours
not_applicable: []   # none yet
attestations:
- clauses: [osaka-2024:4.3.2(1)]   # training
  statement: 研修を実施
  attester: A
  role: B
  date: 2026-04-01
  expires: 2099-03-31
  evidence: C

# the provider's
provider_evidence:
"""
    file.write_text(before)
    for what in (("--statement", "x"), ("--not-applicable", "y")):
        assert run("attest", "add", "osaka-2024:4.3.2(2)", *what, *ADD)[0] == 0
    assert run("attest", "add", "fisc-2012:設1", "--report", "SOC 2", "--provider", "AWS", "--period", "2025", *ADD)[0] == 0
    after = file.read_text()
    lines = iter(after.splitlines())
    assert all(line in lines for line in before.splitlines() if "not_applicable" not in line), "every line stays, in order"
    assert "# none yet" in after
    assert {key: len(value) for key, value in yaml.safe_load(after).items()} == {
        "not_applicable": 1,
        "attestations": 2,
        "provider_evidence": 1,
    }
    assert run("attest")[0] == 0


@pytest.mark.parametrize(
    "text",
    [
        '=cmd|"/c calc"!A1',
        "a: [b\n- c",
        "'\"\\",
        "\x00\x07\x1b[31m",
        "<script>alert(1)</script>",
        "\u202eabc\u2028\x85",
        "🏯" * 20_000,
        "- {x: &a *a}",
    ],
)
def test_hostile_text_is_kept_as_it_is_and_printed_safely(run, tmp_path, text):
    assert run("attest", "add", "osaka-2024:4.3.2(1)", "--statement", text, *ADD)[0] == 0
    assert json.loads(run("attest", "--format", "json")[1])["attestations"][0]["statement"] == text
    out = run("attest")[1]
    assert not set(out) & set("\x00\x07\x1b\u202e\u2028\x85")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("osaka-2024:4.3.2(1)",), "--statement"),
        ((*ADD, "--statement", "x"), "CLAUSE"),
        (("osaka-2024:4.3.2(1)", "--statement", "x"), "--by, --role, --evidence"),
        (("osaka-2024:9", "--statement", "x", *ADD), "no clause"),
        (("fisc-2012:設1", "--statement", "x", *ADD), "provider_evidence"),
        (("osaka-2024:4.3.2(1)", "--statement", "x", *ADD, "--expires", "tomorrow"), "2026-04-01"),
        (("osaka-2024:4.3.2(1)", "--statement", "x", *ADD, "--expires", "2026-03-01"), "before"),
    ],
)
def test_what_would_not_count_is_not_written(run, tmp_path, argv, words):
    status, _, err = run("attest", "add", *argv)
    assert status == 2 and words in err
    assert not (tmp_path / "attestations.yaml").exists()


@pytest.mark.parametrize("text", ["attestations: [{clauses: []}]\n", "attestations: 3\n", "- a\n", "a: [\n"])
def test_a_file_that_cannot_be_added_to_stays(run, tmp_path, text):
    (tmp_path / "attestations.yaml").write_text(text)
    status, _, err = run("attest", "add", "osaka-2024:4.3.2(1)", "--statement", "x", *ADD)
    assert status == 2 and err
    assert (tmp_path / "attestations.yaml").read_text() == text


def test_expired_is_said_and_makes_status_1(run, tmp_path):
    past = ("--date", "2020-04-01", "--expires", "2021-03-31")
    assert run("attest", "add", "osaka-2024:4.3.2(1)", "--statement", "x", *ADD, *past)[0] == 0
    status, out, err = run("attest")
    assert status == 1
    assert "[expired]" in out and "attestations.yaml:3" in err


def test_a_statement_lasts_a_year_unless_said(run):
    assert run("attest", "add", "osaka-2024:4.3.2(1)", "--statement", "x", *ADD[:6], "--date", "2024-02-29")[0] == 0
    assert json.loads(run("attest", "--format", "json")[1])["attestations"][0]["expires"] == "2025-02-27"
    assert run("attest", "add", "osaka-2024:4.3.2(1)", "--statement", "x", *ADD[:6])[0] == 0
    one = json.loads(run("attest", "--format", "json")[1])["attestations"][1]
    assert one["in_force"] and datetime.date.fromisoformat(one["expires"]) > datetime.date.today()


def test_the_schema_describes_what_is_written(run, tmp_path):
    import jsonschema

    schema = json.loads(run("schema", "attestations")[1])
    run("attest", "add", "osaka-2024:4.3.2(1)", "--statement", "x", *ADD)
    written = json.loads(json.dumps(yaml.safe_load((tmp_path / "attestations.yaml").read_text()), default=str))
    jsonschema.validate(written, schema)
    written["attestations"][0]["extra"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written, schema)
