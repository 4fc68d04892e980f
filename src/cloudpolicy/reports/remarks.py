"""What an annotation on a line says, whichever CI server shows it: a title, an explanation, and the totals of the run."""

from __future__ import annotations

from cloudpolicy.findings import WAIVED
from cloudpolicy.model import Verdict
from cloudpolicy.reports import words
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.findings import Finding, Report
    from cloudpolicy.texts import Language


def title(finding: Finding, report: Report, lang: Language) -> str:
    """ "CP_OBJ_001 [high] Object storage is open", with the verdict for the severity where it is not a failure."""
    label = words.label(finding)
    policy = report.policies.get(finding.policy)
    return f"{finding.policy} [{label.pick(lang)}]" + (f" {policy.title.pick(lang)}" if policy is not None else "")


def explanation(finding: Finding, report: Report, lang: Language) -> list[str]:
    """The finding's message, how to correct a failure, and the clauses: a sentence each."""
    sentences = [finding.message.pick(lang)]
    exception = words.exception(finding)
    if exception is not None:
        sentences.append(f"{words.WAIVER.pick(lang)}: {exception.pick(lang)}")
    policy = report.policies.get(finding.policy)
    if policy is not None:
        if finding.verdict == Verdict.FAIL:
            sentences.append(f"{words.REMEDY.pick(lang)}: {policy.remedy.pick(lang)}")
        if policy.clauses:
            sentences.append(f"{words.CLAUSES.pick(lang)}: {', '.join(policy.clauses)}")
    return sentences


def totals(report: Report, lang: Language) -> str:
    """Failures, unknowns and passes, and how much was not read."""
    counts = [
        Text(f"{report.count(verdict):,} {words.VERDICT[verdict].en}", f"{words.VERDICT[verdict].ja} {report.count(verdict):,}")
        for verdict in (Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS)
    ]
    text = ("、" if lang == "ja" else ", ").join(count.pick(lang) for count in counts)
    for number, word in ((report.count(WAIVED), words.VERDICT[WAIVED]), (words.known(report), words.KNOWN)):
        if number:
            text += Text(f", {number:,} {word.en}", f"、{word.ja} {number:,}").pick(lang)
    unread = sum(diagnostic.severity == "error" for diagnostic in report.diagnostics)
    if unread:
        text += Text(f"; {unread:,} not read", f"、読み取りエラー {unread:,}").pick(lang)
    return text
