"""Approved exceptions in a pack: named in every file of it, dated by the pack's own day, and proved again by the receiver."""

import io
import json

import openpyxl
import pytest
from tests.handover.conftest import OPEN, order, run

from cloudpolicy.handover import folder, manifest, pack
from cloudpolicy.handover.verify import verify

WAIVERS = """waivers:
  - id: W-001
    policy: CP_NET_001
    resource: aws_security_group.admin
    reason: 閉域網の切替が終わるまで
    requested_by: 設定 一郎
    approved_by: 管理 花子
    granted: "2026-03-01"
    expires: "{expires}"
    clause: osaka-2024:table.4.2
    ticket: 起案-12
  - id: W-002
    policy: CP_DB_001
    resource: aws_db_instance.db
    reason: =1+1
    requested_by: 設定 一郎
    approved_by: 管理 花子
    granted: "2026-03-01"
    expires: "2026-12-31"
"""


@pytest.fixture
def waived(tmp_path):
    source = tmp_path / "system"
    source.mkdir()
    (source / "main.tf").write_text(OPEN)
    (source / "cloudpolicy-waivers.yaml").write_text(WAIVERS.format(expires="2026-12-31"))
    return source


def made(source, out):
    dossier, files = pack.build(order(source))
    folder.write(str(out), files, manifest.NAME)
    return dossier, files


def sheet(files, name):
    head, *rest = openpyxl.load_workbook(io.BytesIO(files["checklist.xlsx"]))[name].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rest]


def test_an_exception_is_named_with_reason_approver_and_end(waived, tmp_path):
    dossier, files = made(waived, tmp_path / "pack")
    first, second = sheet(files, "例外承認")
    assert (first["番号"], first["状態"], first["承認者"], first["有効期限"]) == ("W-001", "有効", "管理 花子", "2026-12-31")
    assert (first["理由"], first["条項"], first["承認記録"]) == ("閉域網の切替が終わるまで", "osaka-2024:table.4.2", "起案-12")
    assert first["場所"] == "cloudpolicy-waivers.yaml:2"
    assert second["状態"].startswith("未使用: ")
    page = files["report.html"].decode()
    assert "W-001(期限 2026-12-31、承認者 管理 花子、根拠 osaka-2024:table.4.2): 閉域網の切替が終わるまで" in page
    oscal = json.loads(files["oscal-assessment-results.json"])["assessment-results"]["results"][0]["observations"]
    waived = [p for o in oscal for p in o["props"] if p["name"] == "waiver"]
    assert len(waived) == 1 and "W-001" in waived[0]["value"]
    status = next(s for s in dossier.clauses if any(f.policy == "CP_NET_001" for f in s.findings) and s.status == "accepted-exception")
    row = next(row for row in sheet(files, "チェックリスト") if row["条項"] == status.clause.id)
    assert row["判定"] == "例外承認済み" and "W-001(期限 2026-12-31" in row["根拠"]


def test_the_waivers_file_belongs_to_the_pack_and_is_compared(waived, tmp_path):
    made(waived, tmp_path / "pack")
    inputs = json.loads((tmp_path / "pack" / "manifest.json").read_bytes())["inputs"]
    assert [e["path"] for e in inputs if e["role"] == "waivers"] == ["cloudpolicy-waivers.yaml"]
    assert verify(str(tmp_path / "pack"), str(waived)).problems == []
    file = waived / "cloudpolicy-waivers.yaml"
    file.write_text(file.read_text().replace("CP_NET_001", "CP_NET_002"))
    problems = {p.kind for p in verify(str(tmp_path / "pack"), str(waived)).problems}
    assert {"sources", "verdict", "clause"} <= problems


def test_the_day_of_the_pack_decides_whether_an_exception_counts(waived, tmp_path):
    """Not the clock: the same pack verifies after the exception has run out."""
    (waived / "cloudpolicy-waivers.yaml").write_text(WAIVERS.format(expires="2026-03-31"))
    dossier, files = made(waived, tmp_path / "pack")
    assert not [f for f in dossier.report.findings if f.verdict == "waived"]
    first = sheet(files, "例外承認")[0]
    assert first["状態"].startswith("期限切れ: ") and "W-001 は無効です" in files["report.html"].decode()
    said = [f for f in dossier.report.findings if f.policy == "CP_WAIVER_EXPIRED"]
    cover = {row[1].value: row[2].value for row in openpyxl.load_workbook(io.BytesIO(files["checklist.xlsx"]))["表紙"] if row[1].value}
    assert cover["実行したポリシー数"] == str(dossier.report.run["policies"]), "what judges waivers is no policy of the pack"
    assert len(said) == 1
    for date, count in (("2026-03-15", 1), ("2026-04-01", 0)):
        run("handover", "--system", "s", "--out", tmp_path / "dated", "--date", date, waived)
        findings = json.loads((tmp_path / "dated" / "findings.json").read_bytes())["findings"]
        assert sum(f["verdict"] == "waived" for f in findings) == count, date
        assert verify(str(tmp_path / "dated"), str(waived)).problems == []
