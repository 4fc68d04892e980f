"""What the workbook and the page both say of a finding, a clause, a default: words and order, no layout."""

from __future__ import annotations

from collections import Counter

from cloudpolicy.model import Verdict
from cloudpolicy.reports import words
from cloudpolicy.reports.handover import labels
from cloudpolicy.reports.places import Places
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from cloudpolicy.findings import Finding
    from cloudpolicy.guidelines.status import ClauseStatus
    from cloudpolicy.handover.dossier import Dossier
    from cloudpolicy.model import Span
    from cloudpolicy.texts import Language

# status -> tone in which its word is set
TONE = {
    "fail": "fail",
    "unknown": "unknown",
    "provider-evidence-missing": "missing",
    "attestation-needed": "missing",
    "accepted-exception": "waived",
    "pass": "pass",
    "attested": "stated",
    "provider-evidence": "stated",
    "not-applicable": "none",
}

# heading and width of what `Rows.waivers` gives
WAIVER_COLUMNS = (
    (labels.ID, 9), (labels.STATE, 18), (labels.POLICY, 12), (labels.WAIVED_WHAT, 26), (labels.FINDINGS, 8), (labels.WHY, 34),
    (labels.CLAUSES, 22), (labels.REQUESTED_BY, 14), (labels.APPROVED_BY, 14), (labels.GRANTED, 11), (labels.EXPIRES, 11),
    (labels.TICKET, 18), (labels.PLACE, 22),
)  # fmt: skip

# and of what `Rows.defaults` gives
DEFAULT_COLUMNS = (
    (labels.DEFAULT_KIND, 30), (labels.SETTING, 44), (labels.DEFAULT, 20), (labels.IN_USE, 34), (labels.ASKED_BY, 34), (labels.PLACE, 26),
)  # fmt: skip

_FEW = 10  # clauses that are named in full
_SHORT = 100  # characters of what was seen, where several passes share a cell


class Rows:
    """The dossier's contents as words of one language."""

    def __init__(self, dossier: Dossier) -> None:
        self.dossier = dossier
        self.report = dossier.report
        self.language: Language = dossier.language
        self.places = Places(dossier.report.base)

    def say(self, text: Text, *values: object) -> str:
        return text.pick(self.language).format(*values) if values else text.pick(self.language)

    # --- findings

    def verdict(self, finding: Finding) -> str:
        word = words.VERDICT.get(finding.verdict)
        return self.say(word) if word else finding.verdict

    def severity(self, finding: Finding) -> str:
        return self.say(words.SEVERITY[finding.severity])

    def at(self, span: Span) -> str:
        return f"{self.places.of(span.file)}:{span.line}"

    def place(self, finding: Finding) -> str:
        return self.at(finding.span)

    def title(self, policy: str) -> str:
        return words.title(self.report, policy, self.language)

    def remedy(self, policy: str) -> str:
        text = self.report.policies.get(policy)
        return self.say(text.remedy) if text else ""

    def observed(self, finding: Finding) -> str:
        """The attribute and the value seen there; where another resource decided, what stands in that one, and where."""
        if finding.verdict == Verdict.PASS and finding.related:
            span, text = finding.related[0]
            return f"{self.say(text)} ({self.at(span)})"
        if finding.attribute:
            return (
                f"{finding.attribute} = {finding.seen}"
                if finding.seen is not None
                else f"{finding.attribute}: {self.say(labels.NOT_WRITTEN)}"
            )
        if finding.seen is None:
            return ""
        if not finding.address:  # about the estate as a whole: what should stand somewhere
            return self.say(labels.NOT_DECLARED, finding.seen)
        if finding.related:
            return f"{self.say(finding.message).removeprefix(f'{finding.address}: ')} ({self.at(finding.related[0][0])})"
        return finding.seen

    def evidence(self, finding: Finding) -> str:
        """One finding in one or two lines: verdict, policy, resource and place, observed and expected."""
        lines = [f"[{self.verdict(finding)}] {finding.policy} {words.name_of(finding)} ({self.place(finding)})"]
        observed = self.observed(finding)
        if finding.verdict != Verdict.PASS:
            exception = self.exception(finding)
            if exception:
                lines.append(f"  {self.say(words.WAIVER)}: {exception}")
            facts = [f"{self.say(labels.OBSERVED)}: {observed or finding.message.pick(self.language)}"]
            facts.append(f"{self.say(labels.EXPECTED)}: {self.title(finding.policy)}")
            lines.append("  " + " / ".join(facts))
        return "\n".join(lines)

    # --- clauses

    def status(self, status: ClauseStatus) -> str:
        return self.say(self.dossier.status_words[status.status])

    def open_findings(self, status: ClauseStatus) -> list[Finding]:
        return [finding for finding in status.findings if finding.verdict != Verdict.PASS]

    def passed(self, status: ClauseStatus) -> list[str]:
        """For each policy that found something as required: how often, and what was seen where first."""
        found: dict[str, list[Finding]] = {}
        for finding in status.findings:
            if finding.verdict == Verdict.PASS:
                found.setdefault(finding.policy, []).append(finding)
        lines = []
        for policy, findings in found.items():
            named = [self._proof(finding) for finding in findings[:2]]
            if len(findings) > 2:
                named.append(self.say(labels.AND_MORE, len(findings) - 2))
            lines.append(self.say(labels.JUDGED_OK, policy, len(findings), "; ".join(named)))
        return lines

    def _proof(self, finding: Finding) -> str:
        observed = self.observed(finding)
        observed = observed if len(observed) <= _SHORT else observed[: _SHORT - 1] + "…"
        return f"{words.name_of(finding)} {self.place(finding)}" + (f": {observed}" if observed else "")

    def remedies(self, status: ClauseStatus) -> list[str]:
        """What to do for each policy that has something against the clause."""
        policies = dict.fromkeys(finding.policy for finding in status.findings if finding.verdict in (Verdict.FAIL, Verdict.UNKNOWN))
        return [f"{policy}: {self.remedy(policy)}" for policy in policies]

    def notes(self, status: ClauseStatus) -> list[str]:
        clause = status.clause
        found = [self.say(text) for text in (clause.exceptions, clause.note) if text]
        found += [self.say(labels.UNCERTAIN)] if clause.mapping_uncertain else []
        return [*found, self.say(labels.INDIRECT, ", ".join(clause.indirect))] if clause.indirect else found

    def clauses(self, ids: Sequence[str]) -> str:
        """Ids in a row; of many each guideline is named once, for a printed row has an end."""
        if len(ids) <= _FEW:
            return ", ".join(ids)
        grouped: dict[str, list[str]] = {}
        for id in ids:
            document, _, number = id.partition(":")
            grouped.setdefault(document, []).append(number)
        return "\n".join(f"{document}: {', '.join(numbers)}" for document, numbers in grouped.items())

    def setting_type(self, number: int) -> str:
        text = self.say(self.dossier.setting_types[number])
        return f"{number}. {text}" if number else text

    # --- exceptions

    def exception(self, finding: Finding) -> str:
        """Who approved the exception that covers the finding, until when and why; of one that does not count, what is wrong with it."""
        text = words.exception(finding)
        return self.say(text) if text else ""

    def waivers(self) -> Iterator[tuple[str, ...]]:
        """Every exception that concerns the scan, in force or not: a row of WAIVER_COLUMNS."""
        for waiver in self.report.waivers:
            what = " ".join(part for part in (waiver.resource, waiver.file) if part)
            state = self.say(self.dossier.waiver_states[waiver.state]) + (f": {self.say(waiver.fault)}" if waiver.fault else "")
            clauses = waiver.clause or "\n".join(words.clauses(self.report, waiver.policy))
            yield (
                waiver.id, state, waiver.policy, what, str(waiver.findings), waiver.reason, clauses, waiver.requested_by, waiver.approved_by,
                waiver.granted, waiver.expires, waiver.ticket, self.at(waiver.span),
            )  # fmt: skip

    # --- facts

    def facts(self) -> list[tuple[str, str]]:
        """Label and value of everything that the cover states."""
        dossier, run = self.dossier, self.report.run
        commit = dossier.commit.id or self.say(labels.NO_COMMIT)
        if dossier.commit.uncommitted:
            commit += f" ({self.say(labels.UNCOMMITTED, len(dossier.commit.uncommitted))})"
        changed = sum(parameter.changed for parameter in dossier.parameters)
        counted = (len(self.report.estates), words.files(self.report), words.resources(self.report))
        return [
            (self.say(labels.SYSTEM), dossier.system),
            (self.say(labels.DAY), dossier.day.isoformat()),
            (self.say(labels.COMMIT), commit),
            (self.say(labels.TOOL), f"cloudpolicy {dossier.tool}"),
            (self.say(labels.PACK), str(run.get("pack", ""))),
            (self.say(labels.PROFILE), str(run.get("profile", ""))),
            (self.say(labels.POLICIES), str(run.get("policies", len(self.report.policies)))),  # not those that judge waivers
            (self.say(labels.SCANNED), self.say(labels.SCANNED_TEXT, *(f"{n:,}" for n in counted))),
            (
                self.say(labels.PARAMETERS),
                self.say(labels.PARAMETERS_TEXT, changed, len(dossier.parameters) - changed, self.say(labels.SHEETS["defaults"])),
            ),
        ]

    def alerts(self) -> Iterator[tuple[str, str]]:
        """(tone, sentence) of what nobody may overlook: something was not read, or there was nothing to read."""
        if not self.report.estates:
            yield "fail", self.say(labels.EMPTY)
        counts = Counter(diagnostic.severity for diagnostic in self.report.diagnostics)
        if counts["error"]:
            yield "fail", self.say(labels.INCOMPLETE, counts["error"])
        if counts["warning"]:
            yield "unknown", self.say(labels.WARNINGS, counts["warning"], self.say(labels.SHEETS["problems"]))

    def problems(self) -> Iterator[tuple[str, str, str]]:
        """(severity, message, place) of everything that the reading had to say."""
        for diagnostic in self.report.diagnostics:
            yield (
                self.say(words.DIAGNOSTIC[diagnostic.severity]),
                self.say(diagnostic.text),
                self.at(diagnostic.span) if diagnostic.span else "",
            )

    def defaults(self) -> Iterator[tuple[str, ...]]:
        """Provider defaults that do not do, those that the template betters, parameters, variables: rows of DEFAULT_COLUMNS."""
        kinds = {kind: self.say(text) for kind, text in labels.DEFAULT_KINDS.items()}
        asked = {policy: f"{policy} {self.title(policy)}" for policy in self.report.policies}
        for finding in self.report.findings:
            if finding.verdict == Verdict.FAIL and finding.seen is None and finding.attribute:
                yield self._default(kinds["weak"], finding, self.say(labels.LEFT_OUT), asked)
        for finding in self.report.findings:
            if finding.changed_default:
                yield self._default(kinds["set"], finding, finding.seen or "", asked)
        for parameter in self.dossier.parameters:
            kind = kinds["changed" if parameter.changed else "default"]
            name = f"{parameter.policy}.{parameter.name}"
            yield kind, name, _shown(parameter.default), _shown(parameter.value), asked.get(parameter.policy, ""), ""
        for estate in self.report.estates:
            for name in estate.notes.get("defaults", ()):
                yield (
                    kinds["variable"],
                    str(name),
                    self.say(labels.IN_TEMPLATE),
                    self.say(labels.AS_DEFAULT),
                    "",
                    self.places.of(estate.root),
                )

    def _default(self, kind: str, finding: Finding, in_use: str, asked: Mapping[str, str]) -> tuple[str, ...]:
        name = f"{words.name_of(finding)}: {finding.attribute}"
        return kind, name, self.say(labels.TOO_WEAK), in_use, asked.get(finding.policy, finding.policy), self.place(finding)

    def inputs(self) -> Iterator[tuple[dict[str, Any], str]]:
        """Each file that was read, and whether it is the commit's."""
        changed = {self.places.of(path) for path in self.dossier.commit.uncommitted}
        for entry in self.dossier.inputs:
            state = labels.CHANGED if entry["path"] in changed else labels.COMMITTED
            yield entry, self.say(state) if self.dossier.commit.id else ""

    def left_out(self) -> Iterator[tuple[str, str]]:
        for path, reason in self.report.left_out.items():
            yield self.places.of(path), self.say(labels.UNREAD, self.say(reason))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
