"""Text for people at a terminal: failures by file with their code, then what is unknown, what was not read, and the totals."""

from __future__ import annotations

import os

from cloudpolicy.findings import WAIVED
from cloudpolicy.model import Verdict
from cloudpolicy.reports import totals, words
from cloudpolicy.reports.columns import clean, width, wrap
from cloudpolicy.reports.paint import Paint
from cloudpolicy.reports.places import Places
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.findings import Finding, Report
    from cloudpolicy.model import Span
    from cloudpolicy.reports import Style
    from cloudpolicy.reports.snippets import Snippets
    from cloudpolicy.texts import Language

_SEE = Text("see", "関連")
_TO_ATTEST = Text("to be attested", "別途確認が必要な事項")
_PLACES = 10  # of one cause, unless --verbose asks for all
_MORE = Text("… and {} more (--verbose lists them)", "… ほか {} 件(--verbose で全件表示)")
_PASSED = Text("passed", "適合")


def render(report: Report, style: Style) -> str:
    """The whole report; ends with a newline."""
    return _Page(report, style).render()


class _Page:
    __slots__ = ("_badges", "_explained", "_lang", "_out", "_paint", "_places", "_report", "_style", "_width")

    def __init__(self, report: Report, style: Style) -> None:
        self._report = report
        self._style = style
        self._lang: Language = style.lang
        self._paint = Paint(style)
        self._width = max(style.width, 40)
        try:
            folder = os.getcwd()
        except OSError:  # it was removed under us
            folder = report.base
        self._places = Places(folder, outside="absolute", also=report.base if report.fleeting else None)
        self._out: list[str] = []
        self._explained: set[str] = set()
        self._badges: dict[tuple[str, str], str] = {}

    def render(self) -> str:
        by_verdict: dict[str, list[Finding]] = {}
        for finding in self._report.findings:
            by_verdict.setdefault("known" if finding.known else finding.verdict, []).append(finding)
        self._failures(by_verdict.get(Verdict.FAIL, []))
        unknown = by_verdict.get(Verdict.UNKNOWN, [])
        self._compact(words.UNDECIDED, "unknown", [finding for finding in unknown if finding.address])
        self._to_attest([finding for finding in unknown if not finding.address])
        self._waived(by_verdict.get(WAIVED, []))
        self._compact(words.KNOWN_BEFORE, "note", by_verdict.get("known", []))
        if self._style.show_passed:
            self._compact(_PASSED, "pass", by_verdict.get(Verdict.PASS, []))
        self._diagnostics()
        self._left_out()
        self._out += totals.lines(self._report, self._style, self._paint, self._places)
        return "\n".join(self._out) + "\n"

    # -- failures

    def _failures(self, findings: list[Finding]) -> None:
        if not findings:
            return
        from cloudpolicy.reports.snippets import Snippets  # a scan without failures does not need it

        by_file: dict[str, list[Finding]] = {}
        for finding in findings:
            by_file.setdefault(finding.span.file, []).append(finding)
        snippets = Snippets(self._report.findings, self._paint.ellipsis)
        for file, group in by_file.items():
            self._heading(clean(self._places.of(file)), len(group), failures=True)
            gutter = max(3, len(str(max(finding.span.line for finding in group))))
            for finding in group:
                self._failure(finding, snippets, gutter)

    def _failure(self, finding: Finding, snippets: Snippets, gutter: int) -> None:
        out, paint, policy = self._out, self._paint, finding.policy
        shown = snippets.of(finding, self._width - gutter - 4)
        out.append(self._badge(finding))
        out.append(f"  {paint.dim}-->{paint.off} {self._place(finding.span)}")
        bar = f"{paint.dim}{paint.bar}{paint.off}"
        tone = paint.tone(finding.severity)
        for line in shown:
            number = str(line.number) if line.number else ""
            mark = f"{tone}>{paint.off}" if line.mark else bar
            out.append(f" {paint.dim}{number:>{gutter}}{paint.off} {mark} {line.text}".rstrip())
            if line.length:
                out.append(f" {'':>{gutter}} {bar} {' ' * line.pad}{tone}{'^' * line.length}{paint.off}")
        self._lines(finding.message.pick(self._lang), 2)
        exception = words.exception(finding)
        if exception is not None:
            self._labelled(words.WAIVER, exception.pick(self._lang))
        for span, text in finding.related:
            self._labelled(_SEE, f"{self._place(span)} {text.pick(self._lang)}")
        clauses = words.clauses(self._report, policy)
        if clauses:
            self._labelled(words.CLAUSES, ", ".join(clauses))
        about = self._report.policies.get(policy)
        if about is not None and policy not in self._explained:
            self._explained.add(policy)
            self._labelled(words.REMEDY, about.remedy.pick(self._lang))
        out.append("")

    def _badge(self, finding: Finding) -> str:
        key = (finding.policy, finding.severity)
        badge = self._badges.get(key)
        if badge is None:
            paint = self._paint
            label = paint.badge(finding.severity, words.SEVERITY[finding.severity].pick(self._lang))
            head = f"{label} {paint.bold}{finding.policy}{paint.off} "
            title = clean(words.title(self._report, finding.policy, self._lang))
            badge = self._badges[key] = head + title if title != finding.policy else head.rstrip()
        return badge

    # -- everything else

    def _compact(self, heading: Text, tone: str, findings: list[Finding]) -> None:
        if not findings:
            return
        paint = self._paint
        self._heading(heading.pick(self._lang), len(findings))
        by_policy: dict[str, list[Finding]] = {}
        for finding in findings:
            by_policy.setdefault(finding.policy, []).append(finding)
        for policy, group in by_policy.items():
            title = clean(words.title(self._report, policy, self._lang))
            self._out.append(f"{paint.tone(tone)}{policy}{paint.off} {title if title != policy else ''}".rstrip())
            for sentence, alike in self._by_sentence(group).items():
                if len(alike) > 1:  # the same cause at several places is told once
                    self._lines(sentence, 2)
                shown = alike if self._style.verbose else alike[:_PLACES]
                for finding in shown:
                    self._item(self._place(finding.span), finding.message.pick(self._lang) if len(alike) == 1 else finding.address)
                if len(shown) < len(alike):
                    self._lines(_MORE.pick(self._lang).format(len(alike) - len(shown)), 2)
        self._out.append("")

    def _waived(self, findings: list[Finding]) -> None:
        """By waiver: who allowed it, why and until when, then what it covers."""
        if not findings:
            return
        self._heading(words.VERDICT[WAIVED].pick(self._lang), len(findings))
        groups: dict[tuple[str, str], list[Finding]] = {}
        for finding in findings:
            exception = words.exception(finding)
            groups.setdefault((finding.policy, exception.pick(self._lang) if exception is not None else ""), []).append(finding)
        for (policy, exception_text), group in groups.items():
            title = clean(words.title(self._report, policy, self._lang))
            self._out.append(f"{self._paint.tone('note')}{policy}{self._paint.off} {title if title != policy else ''}".rstrip())
            if exception_text:
                self._lines(exception_text, 2)
            shown = group if self._style.verbose else group[:_PLACES]
            for finding in shown:
                self._item(self._place(finding.span), finding.message.pick(self._lang))
            if len(shown) < len(group):
                self._lines(_MORE.pick(self._lang).format(len(group) - len(shown)), 2)
        self._out.append("")

    def _to_attest(self, findings: list[Finding]) -> None:
        """What an estate as a whole does not show: a line per policy, since there is no place to look at."""
        if not findings:
            return
        self._heading(_TO_ATTEST.pick(self._lang), len(findings))
        estates: dict[str, dict[str, None]] = {}
        for finding in findings:
            estates.setdefault(finding.policy, {})[clean(self._places.of(finding.estate))] = None
        for policy, names in estates.items():
            title = clean(words.title(self._report, policy, self._lang))
            few = list(names) if self._style.verbose else list(names)[:3]
            more = f" … +{len(names) - len(few)}" if len(few) < len(names) else ""
            self._out.append(f"{self._paint.tone('unknown')}{policy}{self._paint.off} {title if title != policy else ''}".rstrip())
            if len(self._report.estates) > 1:
                self._lines(", ".join(few) + more, 2)
        self._out.append("")

    def _by_sentence(self, findings: list[Finding]) -> dict[str, list[Finding]]:
        """Findings by what their messages say after the resource's address, in order."""
        groups: dict[str, list[Finding]] = {}
        for finding in findings:
            sentence = finding.message.pick(self._lang).removeprefix(f"{finding.address}: ")
            groups.setdefault(sentence, []).append(finding)
        return groups

    def _diagnostics(self) -> None:
        diagnostics = self._report.diagnostics
        if not diagnostics:
            return
        paint = self._paint
        self._heading(words.NOT_READ.pick(self._lang), len(diagnostics))
        for diagnostic in diagnostics:
            label = words.DIAGNOSTIC[diagnostic.severity].pick(self._lang)
            head = f"{paint.tone(diagnostic.severity)}{label}[{diagnostic.code}]{paint.off}"
            span = diagnostic.span
            place = ""
            if span is not None:
                name = clean(self._places.of(span.file))
                place = f"{name}:{span.line}"
            self._out.append(f"{head} {place}".rstrip())
            self._lines(diagnostic.text.pick(self._lang), 2)
        self._out.append("")

    def _left_out(self) -> None:
        left_out = self._report.left_out
        if not left_out or not self._style.verbose:
            return
        self._heading(words.NOT_SCANNED.pick(self._lang), len(left_out))
        for file, reason in left_out.items():
            self._item(clean(self._places.of(file)), reason.pick(self._lang))
        self._out.append("")

    # -- pieces

    def _heading(self, text: str, count: int, failures: bool = False) -> None:
        paint = self._paint
        if self._lang == "ja":
            tail = f"{'不適合 ' if failures else ''}{count:,} 件"
        else:
            tail = f"{count:,}" + (f" failure{'' if count == 1 else 's'}" if failures else "")
        rule = paint.rule * max(2, self._width - width(text) - width(tail) - 5)
        self._out.append(f"{paint.dim}{paint.rule * 2}{paint.off} {paint.bold}{text}{paint.off} {paint.dim}{rule} {tail}{paint.off}")

    def _place(self, span: Span) -> str:
        return f"{clean(self._places.of(span.file))}:{span.line}:{span.column}"

    def _lines(self, text: str, indent: int) -> None:
        lead = " " * indent
        for line in wrap(clean(text), self._width - indent):
            self._out.append(lead + line)

    def _labelled(self, label: Text, text: str) -> None:
        paint = self._paint
        word = label.pick(self._lang)
        lines = wrap(clean(text), self._width - 11)
        self._out.append(f"  {paint.dim}{word}{paint.off}{' ' * (8 - width(word))} {lines[0]}")
        self._out += [" " * 11 + line for line in lines[1:]]

    def _item(self, place: str, text: str) -> None:
        text = clean(text)
        if width(place) + width(text) + 4 <= self._width:
            self._out.append(f"  {self._paint.dim}{place}{self._paint.off}  {text}")
        else:
            self._out.append(f"  {self._paint.dim}{place}{self._paint.off}")
            self._lines(text, 4)
