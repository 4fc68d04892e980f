"""The words that reports share, in both languages. Every character is in cp932, so that a Japanese Windows console shows it."""

from __future__ import annotations

import os

from cloudpolicy.findings import SEVERITIES, WAIVED
from cloudpolicy.model import Verdict
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.findings import Finding, PolicyText, Report
    from cloudpolicy.model import Diagnostic
    from cloudpolicy.texts import Language

WORST_FIRST = tuple(reversed(SEVERITIES))

SEVERITY = {
    "critical": Text("critical", "重大"),
    "high": Text("high", "高"),
    "medium": Text("medium", "中"),
    "low": Text("low", "低"),
}

VERDICT = {
    Verdict.FAIL: Text("fail", "不適合"),
    Verdict.UNKNOWN: Text("unknown", "判定不能"),
    Verdict.PASS: Text("pass", "適合"),
    Verdict.NOT_APPLICABLE: Text("not applicable", "対象外"),
    WAIVED: Text("waived", "例外承認"),
}

DIAGNOSTIC = {
    "error": Text("error", "エラー"),
    "warning": Text("warning", "警告"),
    "note": Text("note", "情報"),
}

# report.run["origin"] -> where the values come from when a cloud gave them
ORIGIN = {
    "preview": Text("what the cloud says it would deploy", "クラウドが示した配備予定の内容"),
    "live": Text("what is deployed, as the cloud tells it", "クラウドから取得した配備済みの内容"),
}

# what a label, a column or a heading is called
GRADE = Text("severity", "重大度")
POLICY = Text("policy", "ポリシー")
POLICIES = Text("policies", "ポリシー")
CLAUSE = Text("clause", "条項")
CLAUSES = Text("clauses", "条項")
RESOURCE = Text("resource", "リソース")
PLACE = Text("place", "場所")
MESSAGE = Text("finding", "内容")
REMEDY = Text("remedy", "対処")
RATIONALE = Text("why", "理由")
WAIVER = Text("waiver", "例外承認")
KNOWN = Text("known", "既知")
PROFILE = Text("profile", "プロファイル")
PARAMETERS = Text("parameters", "パラメータ")
SCANNED = Text("scanned", "検査対象")
NOT_SCANNED = Text("not scanned", "未検査")

# the parts of a report
UNDECIDED = Text("could not be decided", "判定不能")
KNOWN_BEFORE = Text("known: there before", "既知の指摘(以前からあるもの)")
NOT_READ = Text("problems while reading", "読み取りの問題")

# how a report closes
NOTHING_FAILS = Text("Nothing fails.", "不適合はありません。")
NOTHING_NEW = Text("Nothing new fails.", "新たな不適合はありません。")
INCOMPLETE = Text(
    "The scan is incomplete: correct what could not be read (exit status 2).",
    "検査は完了していません。読み取れなかった箇所を修正してください(終了コード 2)。",
)


def heading(label: Text) -> Text:
    """A label as it stands alone: in English with a capital."""
    return Text(label.en[:1].upper() + label.en[1:], label.ja)


def title(report: Report, policy: str, language: Language) -> str:
    """The policy's title; its id when the report does not hold its texts (a finding from an older run)."""
    text = report.policies.get(policy)
    return text.title.pick(language) if text is not None else policy


def clauses(report: Report, policy: str) -> tuple[str, ...]:
    text: PolicyText | None = report.policies.get(policy)
    return text.clauses if text is not None else ()


def sentence(diagnostic: Diagnostic, file: str, language: Language) -> str:
    """The diagnostic's text with the file in front, for formats that show it apart from its place."""
    text = diagnostic.text.pick(language)
    name = file.rpartition("/")[2]
    return text if not name or name in text else f"{file}: {text}"


def exit_status(report: Report) -> int:
    """The exit status of this run as its own options decide it."""
    run = report.run
    threshold = run.get("fail_on")
    return report.exit_status(threshold if threshold in SEVERITIES else SEVERITIES[0], bool(run.get("strict")))


def severities(report: Report) -> dict[str, int]:
    """severity -> number of failures, worst first, zeros included."""
    counts = dict.fromkeys(WORST_FIRST, 0)
    for finding in report.findings:
        if finding.verdict == Verdict.FAIL:
            counts[finding.severity] += 1
    return counts


def label(finding: Finding) -> Text:
    """What stands in brackets after a policy's id: the severity of a failure, "known", or the verdict."""
    if finding.known:
        return KNOWN
    return SEVERITY[finding.severity] if finding.verdict == Verdict.FAIL else VERDICT[finding.verdict]


def failures(report: Report) -> list[Finding]:
    """Failures that nobody decided about, the worst first, within a severity by file and line."""
    found = [finding for finding in report.findings if finding.verdict == Verdict.FAIL and not finding.known]
    return sorted(found, key=lambda finding: -SEVERITIES.index(finding.severity))


def unknowns(report: Report) -> list[Finding]:
    return [finding for finding in report.findings if finding.verdict == Verdict.UNKNOWN and not finding.known]


def settled(report: Report) -> list[Finding]:
    """What stays in the report without stopping the gate: waived findings, then known ones."""
    waived = [finding for finding in report.findings if finding.verdict == WAIVED]
    return waived + [finding for finding in report.findings if finding.known]


def known(report: Report) -> int:
    """How many failures a baseline holds."""
    return sum(finding.known and finding.verdict == Verdict.FAIL for finding in report.findings)


def exception(finding: Finding) -> Text | None:
    """Who allowed a waived finding, why and until when; of one that stands, which waiver does not count for it. None without a waiver."""
    waiver = finding.waiver
    if waiver is None:
        return None
    if finding.verdict != WAIVED:
        fault = waiver.fault or Text("it is not in force", "有効ではありません")
        return Text(f"{waiver.id} does not count: {fault.en}", f"{waiver.id} は無効です。{fault.ja}")
    clause = f", {waiver.clause}" if waiver.clause else ""
    clause_ja = f"、根拠 {waiver.clause}" if waiver.clause else ""
    return Text(
        f"{waiver.id} until {waiver.expires}, approved by {waiver.approved_by}{clause}: {waiver.reason}",
        f"{waiver.id}(期限 {waiver.expires}、承認者 {waiver.approved_by}{clause_ja}): {waiver.reason}",
    )


def files(report: Report) -> int:
    """How many different files were read."""
    return len({file for estate in report.estates for file in estate.inputs})


def left_out(report: Report) -> int:
    """How many files and folders were judged neither by themselves nor as a part of what uses them (a nested template, a local module)."""
    read = {file for estate in report.estates for file in estate.inputs}
    read |= {os.path.dirname(file) for file in read}
    return sum(path not in read for path in report.left_out)


def resources(report: Report) -> int:
    return sum(estate.resources for estate in report.estates)


def plural(number: int, noun: str) -> str:
    """English only: "1 file", "2 files"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def name_of(finding: Finding) -> str:
    """What the finding is about, for people: the address, else the kind of estate."""
    return finding.address or finding.type
