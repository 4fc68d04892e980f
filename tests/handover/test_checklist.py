"""The workbook: every clause once, places to sign empty, and nothing in a cell that a spreadsheet would execute."""

import io

import openpyxl
import pytest

from cloudpolicy.guidelines import catalogue


@pytest.fixture(scope="module")
def book(samples):
    return openpyxl.load_workbook(io.BytesIO(samples[1]["checklist.xlsx"]))


def rows(sheet):
    head, *rest = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rest]


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
    assert book.sheetnames == ["表紙", "チェックリスト", "検出事項", "判定不能", "適合", "例外承認", "証明", "既定値", "検査対象ファイル"]
    for name in ("チェックリスト", "検出事項", "判定不能", "適合", "既定値", "検査対象ファイル"):
        assert book[name].auto_filter.ref and book[name].freeze_panes, name
        assert book[name].print_title_rows == "$1:$1" and book[name].page_setup.orientation == "landscape"
    assert book["チェックリスト"].page_setup.paperSize == 8 and book["検出事項"].page_setup.paperSize == 9


def test_the_findings_are_all_listed(book, samples):
    report = samples[0].report
    assert len(rows(book["検出事項"])) == report.count("fail")
    assert len(rows(book["判定不能"])) == report.count("unknown")
    assert len(rows(book["適合"])) == report.count("pass")


def test_the_cover_says_what_was_run(book):
    cover = {row[1]: row[2] for row in book["表紙"].iter_rows(values_only=True) if row[1]}
    assert cover["対象システム"] == "住民情報システム"
    assert cover["点検日"] == "2026-04-01"
    assert cover["プロファイル"] == "baseline"
    assert cover["パラメータ"].startswith("変更 0 件、既定値のまま")
