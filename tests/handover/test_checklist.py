"""The workbook: every clause once, places to sign empty, and nothing in a cell that a spreadsheet would execute."""

import io
import json

import openpyxl
import pytest
from tests.handover.conftest import ROOT, order
from tests.handover.hostile import dossier

from cloudpolicy.guidelines import catalogue
from cloudpolicy.handover import pack
from cloudpolicy.reports.handover import checklist


@pytest.fixture(scope="module")
def book(samples):
    return openpyxl.load_workbook(io.BytesIO(samples[1]["checklist.xlsx"]))


def rows(sheet):
    head, *rest = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rest]


def widths_of(sheet):
    """Width of each column; neighbours of one width are kept as one entry."""
    return [entry.width for entry in sheet.column_dimensions.values() for _ in range(entry.min, entry.max + 1)]


def test_every_clause_stands_in_the_checklist_once(book):
    ids = [row["条項"] for row in rows(book["チェックリスト"]) if row["No."]]
    assert len(ids) == len(set(ids)) == 489
    assert set(ids) == set(catalogue.load().clauses)


def test_clauses_are_grouped_by_setting_type_in_the_tables_order(book):
    types = [row["設定種別"] for row in rows(book["チェックリスト"])]
    assert list(dict.fromkeys(types)) == [1, 2, 3, 4, 5, 6, 7, 0]
    assert types == sorted(types, key=lambda number: number or 8)


def test_the_tool_signs_nothing(book):
    sheet = book["チェックリスト"]
    head = [cell.value for cell in sheet[1]]
    slots = [n for n, name in enumerate(head) if name.startswith(("設定者\n", "設定管理者\n"))]
    assert len(slots) == 6
    assert [name.split("\n")[1] for name in head[-6:]] == ["氏名", "日付", "結果"] * 2
    assert all(row[slot].value is None for row in sheet.iter_rows(min_row=2) for slot in slots)
    assert sheet.data_validations.dataValidation, "the result is picked from a list"


def test_a_row_gives_status_evidence_residual_and_remedy(book):
    row = next(row for row in rows(book["チェックリスト"]) if row["条項"] == "osaka-2024:table.1")
    assert row["判定"] == "不適合"
    assert "aws_iam_group_policy_attachment.administrators (violating/admins.tf:19)" in row["根拠"]
    assert "実測: policy_arn" in row["根拠"] and "期待: " in row["根拠"]
    assert row["残りの確認事項"] and "CP_IAM_001: " in row["対処"] and "fisc-2012:" in row["相互参照"]


def test_every_other_sheet_is_there_with_filter_and_frozen_head(book):
    assert book.sheetnames == [
        "表紙",
        "チェックリスト",
        "指摘事項",
        "判定不能",
        "適合",
        "例外承認",
        "証明",
        "既定値",
        "検査対象ファイル",
        "エラー・警告",
    ]
    for name in ("チェックリスト", "指摘事項", "判定不能", "適合", "既定値", "検査対象ファイル"):
        assert book[name].auto_filter.ref and book[name].freeze_panes, name
        assert book[name].print_title_rows == "$1:$1" and book[name].page_setup.orientation == "landscape"
    assert book["チェックリスト"].page_setup.paperSize == 8 and book["指摘事項"].page_setup.paperSize == 8
    assert book["適合"].page_setup.paperSize == 9 and book["検査対象ファイル"].page_setup.paperSize == 9
    for sheet in book:
        assert (
            sheet.sheet_properties.pageSetUpPr.fitToPage
            and "&P" in sheet.oddFooter.right.text
            and "住民情報システム" in sheet.oddHeader.left.text
        )
    assert book["表紙"].page_setup.fitToHeight != 0, "one page"
    # not smaller than 6.5 points on its paper: A3 shows 216 characters of the 9-point font's columns at full size, A4 150
    for sheet in book:
        if sheet.title != "表紙":
            full = 216 if sheet.page_setup.paperSize == 8 else 150
            wide = sum(widths_of(sheet))
            assert 9 * min(1, full / wide) >= 6.5, (sheet.title, wide)


def test_the_findings_are_all_listed(book, samples):
    report = samples[0].report
    assert len(rows(book["指摘事項"])) == report.count("fail")
    assert len(rows(book["判定不能"])) == report.count("unknown")
    assert len(rows(book["適合"])) == report.count("pass")


def test_what_is_as_required_is_shown_with_value_and_line(book):
    passes = {(row["ポリシー"], row["場所"].partition("/")[0], row["リソース"]): row for row in rows(book["適合"])}
    database = passes["CP_DB_001", "compliant", "aws_db_instance.business"]
    assert (database["実測"], database["場所"]) == ("storage_encrypted = true", line_of("compliant/database.tf", "storage_encrypted"))
    companion = passes["CP_OBJ_003", "compliant", "module.access_logs.aws_s3_bucket.this"]["実測"]
    place = line_of("compliant/modules/private_bucket/main.tf", "status = ")
    assert (
        companion
        == f'module.access_logs.aws_s3_bucket_versioning.this: `versioning_configuration[0].status` は "Enabled" です(適合) ({place})'
    )
    row = next(row for row in rows(book["チェックリスト"]) if "CP_IAM_004: 2 件適合" in (row["根拠"] or ""))
    shown = (
        f"aws_iam_account_password_policy.this {line_of('compliant/admins.tf', 'minimum_password_length')}: minimum_password_length = 14"
    )
    assert shown in row["根拠"]


def test_the_defaults_say_what_the_templates_better(book):
    better = [row for row in rows(book["既定値"]) if row["区分"] == "設定済み(未記載なら不適合)"]
    place = line_of("compliant/database.tf", "storage_encrypted")
    row = next(row for row in better if row["場所"] == place)
    assert row["設定項目"] == "aws_db_instance.business: storage_encrypted"
    assert (row["既定値"], row["適用値"]) == ("不適合となる", "true") and row["ポリシー"].startswith("CP_DB_001 ")
    weak = next(row for row in rows(book["既定値"]) if row["区分"] == "未記載(既定のままでは不適合)")
    assert weak["適用値"] == "記載なし(事業者の既定のまま)" and weak["ポリシー"].startswith("CP_")
    assert not [row for row in better if row["場所"].startswith("violating/database.tf") and "storage_encrypted" in row["設定項目"]]


def test_what_is_as_required_is_not_printed_and_says_so(book, samples):
    sheet = book["適合"]
    assert sheet.print_area.endswith("$A$1:$G$1") and f"適合 {samples[0].report.count('pass'):,} 件" in sheet.oddHeader.center.text
    assert not [other.title for other in book if other.print_area and other is not sheet]


def test_what_another_resource_or_the_whole_estate_decided_is_told_in_full(book):
    linked = next(row for row in rows(book["指摘事項"]) if row["ポリシー"] == "CP_OBJ_001" and row["リソース"] == "aws_s3_bucket.forms")
    place = line_of("violating/storage.tf", 'resource "aws_s3_bucket_public_access_block" "forms"')
    told = "紐づく aws_s3_bucket_public_access_block.forms: `block_public_acls` が false です(期待値: true)"
    assert linked["実測"].startswith(told) and place.partition(":")[0] in linked["実測"]
    missing = next(row for row in rows(book["判定不能"]) if row["ポリシー"] == "CP_CSM_001")
    assert missing["実測"] == "宣言なし: aws_guardduty_detector"


def test_a_statement_of_many_clauses_fits_a_printed_row(tmp_path, system):
    ids = [id for id in catalogue.load().clauses if id.startswith("fisc-2012:設")]
    statement = {"provider": "AWS", "report": "SOC 2", "period": "2025-10-01/2026-03-31", "confirmed_by": "大阪", "role": "担当"}
    dates = {"date": "2026-04-01", "expires": "2027-03-31", "evidence": "https://example.com"}
    (system / "attestations.yaml").write_text(json.dumps({"provider_evidence": [{"clauses": ids, **statement, **dates}]}))
    files = pack.build(order(system, attestations=str(system / "attestations.yaml")))[1]
    sheet = openpyxl.load_workbook(io.BytesIO(files["checklist.xlsx"]))["証明"]
    said = sheet["B2"].value
    assert len(ids) > 80 and said == "fisc-2012: " + ", ".join(id.partition(":")[2] for id in ids)
    assert sheet.row_dimensions[2].height < 409


def test_a_text_that_no_printed_row_holds_is_whole_and_says_so(tmp_path):
    book = openpyxl.load_workbook(io.BytesIO(checklist.render(dossier(["長い" * 5_000]))))
    cells = [cell.value for row in book["指摘事項"].iter_rows(min_row=2) for cell in row if len(str(cell.value)) > 9_000]
    assert cells and all(cell.startswith("※ 印刷では") and cell.count("長い") >= 5_000 for cell in cells)


def test_a_pack_of_nothing_says_that_nothing_was_scanned(tmp_path):
    (tmp_path / "nothing").mkdir()
    dossier, files = pack.build(order(tmp_path / "nothing"))
    assert not {status.status for status in dossier.clauses} & {"pass", "fail"}
    cover = openpyxl.load_workbook(io.BytesIO(files["checklist.xlsx"]))["表紙"]
    assert [cell.value for cell in cover["B"] if str(cell.value).startswith("検査対象なし")]
    assert "検査対象なし" in files["report.html"].decode()


def line_of(file, text):
    lines = (ROOT / "samples" / "terraform" / file).read_text(encoding="utf-8").splitlines()
    return f"{file}:{1 + next(n for n, line in enumerate(lines) if text in line)}"


def test_the_cover_says_what_was_run(book):
    cover = {row[1]: row[2] for row in book["表紙"].iter_rows(values_only=True) if row[1]}
    assert cover["対象システム"] == "住民情報システム"
    assert cover["点検日"] == "2026-04-01"
    assert cover["プロファイル"] == "baseline"
    assert cover["パラメータ"].startswith("変更 0 件、既定値のまま")


def test_a_row_is_high_enough_for_its_texts(book):
    """Spreadsheets do not agree on heights, so they are written: none cuts a line off, and none is more than the paper bears."""
    for name in ("チェックリスト", "指摘事項", "適合", "既定値"):
        sheet = book[name]
        widths = widths_of(sheet)
        for row in sheet.iter_rows(min_row=2, max_row=150):
            if row[0].value is None:
                continue  # the line that names a setting type runs over its neighbours
            lines = max(
                sum(-(-sum(2 if ord(c) > 0x2E7F else 1 for c in line) // int(wide * 1.3)) or 1 for line in str(cell.value).split("\n"))
                for cell, wide in zip(row, widths, strict=True)
            )
            height = sheet.row_dimensions[row[0].row].height
            assert lines * 11.5 <= height <= 409, (name, row[0].row, lines, height)


def test_the_left_unread_parts_are_named(system):
    """A pass names what it rests on not; the cover says it, and the sheet lists it."""
    (system / "main.tf").write_text(
        'module "m" {\n  source = "hashicorp/consul/aws"\n}\nresource "aws_ebs_volume" "v" {\n  encrypted = true\n}\n'
    )
    (system / "cloudpolicy.toml").write_text('missing_modules = "warning"\n')
    dossier, files = pack.build(order(system))
    passed = [status for status in dossier.clauses if status.status == "pass"]
    assert passed and all("未読の部分 1 件" in status.residual.ja for status in passed)
    book = openpyxl.load_workbook(io.BytesIO(files["checklist.xlsx"]))
    by_id = {row["条項"]: row for row in rows(book["チェックリスト"]) if row["No."]}
    assert all("未読の部分 1 件" in by_id[status.clause.id]["残りの確認事項"] for status in passed)
    cover = " ".join(str(cell) for row in book["表紙"].iter_rows(values_only=True) for cell in row if cell)
    assert "警告が 1 件あります" in cover and "警告が 1 件あります" in files["report.html"].decode()
    (problem,) = rows(book["エラー・警告"])
    assert problem["重大度"] == "警告" and problem["場所"] == "main.tf:2"
