"""attestations.yaml: what is taken, what is refused and where it says so."""

import datetime

import pytest

from cloudpolicy.guidelines import attestations, catalogue

DAY = datetime.date(2026, 6, 1)
GOOD = """\
attestations:
  - clauses: ["osaka-2024:4.3.4(3)"]
    statement: 手順書に設定者と管理者の二重確認を組み込んだ
    attester: 大阪 太郎
    role: 設定管理者
    date: 2026-04-01
    expires: 2027-03-31
    evidence: 手順書 第 3 版
provider_evidence:
  - clauses: ["fisc-2012:設1", "fisc-2012:設2"]
    provider: AWS
    report: SOC 2 Type II
    period: 2025-10-01/2026-03-31
    confirmed_by: 大阪 花子
    role: 情報セキュリティ担当
    date: 2026-04-02
    expires: 2027-03-31
    evidence: https://example.com/soc2
not_applicable:
  - clauses: ["fisc-2012:運38"]
    reason: ATM を扱わない
    attester: 大阪 太郎
    role: 設定管理者
    date: 2026-04-01
    expires: 2027-03-31
"""


@pytest.fixture(scope="module")
def clauses():
    return catalogue.load()


@pytest.fixture
def read(tmp_path, clauses):
    def read(text, day=DAY):
        path = tmp_path / attestations.NAME
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return attestations.load(str(path), clauses, day)

    return read


def test_the_three_kinds(read):
    found, problems = read(GOOD)
    assert problems == []
    assert [(one.kind, one.clauses, one.attester, one.span.line) for one in found] == [
        ("attestation", ("osaka-2024:4.3.4(3)",), "大阪 太郎", 2),
        ("provider-evidence", ("fisc-2012:設1", "fisc-2012:設2"), "大阪 花子", 10),
        ("not-applicable", ("fisc-2012:運38",), "大阪 太郎", 20),
    ]
    assert all(one.counts(DAY) for one in found)
    assert found[1].provider == "AWS" and found[1].period == "2025-10-01/2026-03-31"


@pytest.mark.parametrize(("day", "counts"), [("2026-03-31", False), ("2026-04-01", True), ("2027-03-31", True), ("2027-04-01", False)])
def test_in_force_from_its_day_to_its_end(read, day, counts):
    day = datetime.date.fromisoformat(day)
    found, problems = read(GOOD.partition("provider_evidence")[0], day)
    assert [one.counts(day) for one in found] == [counts]
    assert [(one.severity, one.span.line) for one in problems] == ([] if counts else [("warning", 2)])


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("osaka-2024:4.3.4(3)", "osaka-2024:4.3.4(9)", 2, "did you mean osaka-2024:4.3.4("),
        ("osaka-2024:4.3.4(3)", "fisc-2012:設1", 2, "put it under provider_evidence"),
        ('"fisc-2012:設1"', '"osaka-2024:4.3.2(1)"', 10, "put it under attestations"),
        ("date: 2026-04-01\n    expires", "date: 1 April\n    expires", 6, "write a date like"),
        ("expires: 2027-03-31\n    evidence: 手順書", "expires: 2026-03-31\n    evidence: 手順書", 7, "is before `date`"),
        ("    role: 設定管理者\n", "", 2, "missing required field `role`"),
        ("evidence: 手順書 第 3 版", 'evidence: " "', 8, "is empty"),
        ("role: 設定管理者", "rôle: 設定管理者", 5, "unknown field `rôle`"),
        ("2025-10-01/2026-03-31", "2026-03-31/2025-10-01", 13, "ends before it begins"),
        ("2025-10-01/2026-03-31", "2025-10-01 to 2026-02-31", 13, "does not exist"),
        ("2025-10-01/2026-03-31", "2026-10-01 – 2027-03-31", 13, "begins after `date`"),
        ("2025-10-01/2026-03-31", "lately", 13, "names no period"),
    ],
)
def test_a_faulty_entry_is_an_error_on_its_line_and_never_counts(read, old, new, line, words):
    found, problems = read(GOOD.replace(old, new, 1))
    assert [(one.severity, one.code, one.span.line) for one in problems] == [("error", "invalid-attestation", line)]
    assert words in problems[0].text.en
    assert problems[0].text.ja != problems[0].text.en
    assert len(found) == 2, "the other entries still count"


@pytest.mark.parametrize("period", ["2025", "2025 年度", "2025-10-01〜2026-03-31", "2025-10 to 2026-03", "2025-10-01"])
def test_a_period_may_be_written_as_people_do(read, period):
    assert read(GOOD.replace("2025-10-01/2026-03-31", f'"{period}"'))[1] == []


@pytest.mark.parametrize(
    "text",
    [
        b"\xff\xfe",
        "attestations: [",
        "attestations: 3",
        "[]",
        "",
        "attestation: []",
        "attestations: []\nattestations: []",
        "a: &a [x, x]\n"
        + "".join(f"{c}: &{c} [*{p}, *{p}, *{p}, *{p}, *{p}, *{p}, *{p}, *{p}]\n" for p, c in zip("abcdefghij", "bcdefghijk", strict=True)),
        "attestations: " + "[" * 20000,
        "attestations:\n  - clauses: [x]\n    date: 2026-02-31\n",
        "attestations:\n  - statement: \x07\n",
        b"attestations:\n  - ? [a]\n    : b\n",
    ],
)
def test_a_broken_file_is_one_error_and_no_statement(read, text):
    found, problems = read(text)
    assert found == []
    assert problems and {one.severity for one in problems} == {"error"}


def test_a_file_that_is_not_there(tmp_path, clauses):
    found, problems = attestations.load(str(tmp_path / "no.yaml"), clauses, DAY)
    assert found == [] and [one.severity for one in problems] == ["error"]


def test_the_nearest_file_within_the_repository(tmp_path):
    (tmp_path / "attestations.yaml").write_text("")
    inner = tmp_path / "repository" / "stacks"
    inner.mkdir(parents=True)
    assert attestations.find(str(inner)) == str(tmp_path / "attestations.yaml")
    (tmp_path / "repository" / ".git").mkdir()
    assert attestations.find(str(inner)) is None
