"""Resources of which the cloud told too little to pass them: what would pass on the text or on defaults alone is unknown."""

from __future__ import annotations

from cloudpolicy.model import Verdict
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudpolicy.model import Estate
    from cloudpolicy.scan import Result, Scanner


def judge(scanner: Scanner, estate: Estate, doubts: Mapping[str, Text]) -> Result:
    """The verdicts of an estate. `doubts`: address -> why nothing of that resource may pass; a failure stays one.

    As a companion of another resource it proves nothing either.
    """
    for address in doubts:
        resource = estate.at(address)
        if resource is not None:
            resource.conditional = True
    scanned, findings, diagnostics = scanner.judge(estate, passed=True)
    kept = []
    for finding in findings:
        if finding.verdict == Verdict.PASS and finding.address in doubts:
            why = doubts[finding.address]
            resource = estate.at(finding.address)
            finding.verdict = Verdict.UNKNOWN
            # what a pass rests on proves nothing here
            finding.attribute, finding.seen, finding.related, finding.changed_default = "", None, (), False
            finding.span = resource.span if resource is not None else finding.span
            finding.message = Text(f"{finding.address}: cannot be told: {why.en}", f"{finding.address}: 判定不能: {why.ja}")
            scanned.counts[Verdict.PASS] -= 1
            scanned.counts[Verdict.UNKNOWN] += 1
        elif finding.verdict == Verdict.FAIL and finding.address in doubts:
            why = doubts[finding.address]
            finding.message = Text(
                f"{finding.message.en} (by the text alone: {why.en})", f"{finding.message.ja}(テンプレートのみによる判定: {why.ja})"
            )
        if finding.verdict != Verdict.PASS or scanner.request.passed:
            kept.append(finding)
    return scanned, kept, diagnostics
