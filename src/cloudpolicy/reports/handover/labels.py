"""The words of the workbook and the page, in both languages."""

from __future__ import annotations

from cloudpolicy.model import Verdict
from cloudpolicy.reports import words
from cloudpolicy.texts import Text

TITLE = Text("Cloud setting checklist", "クラウド設定チェックリスト")
SYSTEM = Text("System", "対象システム")
DAY = Text("Day of the check", "点検日")
COMMIT = Text("Commit", "コミット")
UNCOMMITTED = Text("{0} files differ from the commit", "コミットと異なるファイルが {0} 件あります")
NO_COMMIT = Text("not under version control", "バージョン管理外")
TOOL = Text("Tool", "使用ツール")
PACK = Text("Policy pack (SHA-256)", "ポリシー集(SHA-256)")
PROFILE = words.heading(words.PROFILE)
POLICIES = Text("Policies run", "実行したポリシー数")
SCANNED = words.heading(words.SCANNED)
SCANNED_TEXT = Text("estates: {0}, files: {1}, resources: {2}", "検査単位 {0}、ファイル {1}、リソース {2}")
PARAMETERS = words.heading(words.PARAMETERS)
PARAMETERS_TEXT = Text("{0} changed, {1} left at the default (listed under “{2}”)", "変更 {0} 件、既定値のまま {1} 件(一覧は「{2}」)")
EMPTY = Text(
    "NOTHING TO SCAN: no template was found. No policy has judged anything.",
    "検査対象なし: 検査できるファイルが見つからず、どのポリシーも判定していません。",
)
INCOMPLETE = Text(
    "INCOMPLETE: {0} errors kept something from being read. What was not read counts as not decided.",
    "未完了: 読み取りの誤りが {0} 件あります。読み取れなかった部分は判定していません。",
)
WARNINGS = Text(
    "{0} warnings, such as parts that were not read, or attestations that are out of date: listed under “{1}”.",
    "警告が {0} 件あります(読み取っていない部分、期限切れの証明など)。一覧は「{1}」にあります。",
)
SIGNING = Text(
    "How to sign: the setter fills in name, date and result of each row, then the setting manager checks and fills in the second slot. "
    "The tool fills in neither. Work on a copy: the pack itself must stay as it is, or `cloudpolicy verify` reports the change.",
    "記入方法: 設定者が各行の氏名・日付・結果を記入し、続いて設定管理者が確認して記入します(二重チェック)。記入欄をツールが埋めることはありません。"
    "記入は複製したファイルで行ってください。パック内の原本が変わると `cloudpolicy verify` が変更として報告します。",
)
CAUTION = Text(
    "A template never proves a clause whole. Where the settings are as required, the column “left to state” names what a person still has to check.",
    "テンプレートの検査だけで条項の全体が満たされたとは言えません。設定が適合していても、「残りの確認事項」を担当者が確認してください。",
)
STATUS = Text("Status", "判定")
CLAUSES = words.heading(words.CLAUSES)
BY_STATUS = Text("Clauses by status", "判定別の条項数")
BY_DOCUMENT = Text("Clauses by guideline", "ガイドライン別")
BY_TYPE = Text("Clauses by setting type", "設定種別")
DOCUMENT = Text("Guideline", "ガイドライン")
TOTAL = Text("total", "計")
SETTER = Text("Setter", "設定者")
MANAGER = Text("Setting manager", "設定管理者")
NAME = Text("name", "氏名")
DATE = Text("date", "日付")
RESULT = Text("result", "結果")
RESULTS = (Text("OK", "適"), Text("not OK", "否"), Text("not applicable", "対象外"))

NUMBER = Text("No.", "No.")
TYPE = Text("Setting type", "設定種別")
CLAUSE = words.heading(words.CLAUSE)
DEMAND = Text("What it asks", "求められる事項")
RESPONSIBILITY = Text("Who answers, how verified", "責任・確認方法")
REASON = Text("Reason", "判定の理由")
EVIDENCE = Text("Evidence", "根拠")
RESIDUAL = Text("Left to state", "残りの確認事項")
REMEDY = words.heading(words.REMEDY)
REFERENCES = Text("Cross-references", "相互参照")
NOTES = Text("Exceptions and notes", "例外・注記")
REMARK = Text("Note: {0}", "※ {0}")
UNCERTAIN = Text("mapping uncertain", "対応付けは推定")
INDIRECT = Text("only touch on it, and prove nothing of it: {0}", "関連が間接的で、適合しても根拠に数えないポリシー: {0}")
OBSERVED = Text("observed", "実測")
EXPECTED = Text("expected", "期待")
NOT_WRITTEN = Text("not written", "記載なし")
NOT_DECLARED = Text("not declared: {0}", "宣言なし: {0}")
LONG_CELL = Text("* printed in part only: this cell is read whole on the screen", "※ 印刷では後半が切れます。全文は画面で確認してください")
UNPRINTED = Text(
    "{0} as required: not printed, to be read on the screen",
    "適合 {0} 件は印刷しません(画面で確認)",
)
MORE = Text("… the rest is on the sheet “{0}”", "…続きはシート「{0}」を参照")
AND_MORE = Text("and {0} more", "ほか {0} 件")
JUDGED_OK = Text("{0}: {1} as required ({2})", "{0}: {1} 件適合({2})")

POLICY = words.heading(words.POLICY)
VERDICT = Text("Verdict", "判定")
SEVERITY = words.heading(words.GRADE)
RESOURCE = words.heading(words.RESOURCE)
KIND = Text("Type", "種類")
PLACE = words.heading(words.PLACE)
FILE = Text("File", "ファイル")
MESSAGE = words.heading(words.MESSAGE)
FINGERPRINT = Text("Fingerprint", "識別子")

SHEETS = {
    "cover": Text("Cover", "表紙"),
    "checklist": Text("Checklist", "チェックリスト"),
    "findings": Text("Findings", "指摘事項"),
    "unknowns": words.heading(words.VERDICT[Verdict.UNKNOWN]),
    "passed": Text("Passed", "適合"),
    "waivers": Text("Waivers", "例外承認"),
    "attestations": Text("Attestations", "証明"),
    "defaults": Text("Defaults", "既定値"),
    "inputs": Text("Scanned files", "検査対象ファイル"),
    "problems": Text("Errors and warnings", "エラー・警告"),
}
NONE = Text("None.", "該当はありません。")
FINDINGS = SHEETS["findings"]

STATEMENT = Text("Statement", "内容")
ATTESTER = Text("Attested by", "証明者")
ROLE = Text("Role", "役職")
EXPIRES = Text("Until", "有効期限")
IN_FORCE = Text("In force", "有効")
YES_NO = (Text("no", "いいえ"), Text("yes", "はい"))
DOCUMENT_REFERENCE = Text("Document", "証跡の所在")
PROVIDER = Text("Provider", "事業者")
PERIOD = Text("Period", "対象期間")

ID = Text("Id", "番号")
WAIVED_WHAT = Text("Resource, file", "対象")
WHY = Text("Reason", "理由")
REQUESTED_BY = Text("Requested by", "申請者")
APPROVED_BY = Text("Approved by", "承認者")
GRANTED = Text("From", "開始日")
TICKET = Text("Record", "承認記録")

DEFAULT_KIND = Text("Kind", "区分")
DEFAULT_KINDS = {
    "weak": Text("left out; the default does not do", "未記載(既定のままでは不適合)"),
    "set": Text("set; left out, it would fail", "設定済み(未記載なら不適合)"),
    "changed": Text("parameter, changed", "パラメータ(変更)"),
    "default": Text("parameter, left at the default", "パラメータ(既定値のまま)"),
    "variable": Text("template variable, left at the default", "テンプレート変数(既定値のまま)"),
}
ASKED_BY = Text("Policy", "ポリシー")
TOO_WEAK = Text("fails", "不適合となる")
LEFT_OUT = Text("not written (the provider's default)", "記載なし(事業者の既定のまま)")
IN_TEMPLATE = Text("see the template", "テンプレートに記載")
AS_DEFAULT = Text("as the default", "既定値のまま")
SETTING = Text("Setting", "設定項目")
DEFAULT = Text("Default", "既定値")
IN_USE = Text("In force", "適用値")

BYTES = Text("Bytes", "バイト数")
SHA256 = Text("SHA-256", "SHA-256")
ROLES = {
    "template": Text("template", "テンプレート"),
    "configuration": Text("configuration", "設定ファイル"),
    "attestations": Text("attestations", "証明ファイル"),
    "waivers": Text("waivers", "例外承認ファイル"),
    "policy": Text("your own policy", "独自ポリシー"),
}
UNREAD = Text(f"{words.NOT_SCANNED.en}: {{0}}", f"{words.NOT_SCANNED.ja}: {{0}}")
STATE = Text("State", "状態")
COMMITTED = Text("as committed", "コミット済み")
CHANGED = Text("differs from the commit", "コミットと相違")
PAGE = Text("Page &P of &N", "&P / &N ページ")
