"""JUnit XML for CI servers: a test suite per estate, a test case per finding.

A failure is a failure; an unknown is a skipped case with its reason, as are a waived and a known failure; an error while reading is an error.
"""

from __future__ import annotations

import re

from cloudpolicy.model import Verdict
from cloudpolicy.reports import words
from cloudpolicy.reports.places import Places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.findings import Finding, Report
    from cloudpolicy.model import Diagnostic
    from cloudpolicy.reports import Style
    from cloudpolicy.texts import Language

_INVALID = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ATTRIBUTE = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"})


def text(value: str) -> str:
    """`value` as XML text, without the characters that XML cannot hold."""
    return _INVALID.sub("", value).translate(_TEXT)


def attribute(value: str) -> str:
    """`value` for a double-quoted XML attribute."""
    return _INVALID.sub("", value).translate(_ATTRIBUTE)


class _Suite:
    __slots__ = ("cases", "errors", "failures", "name", "skipped")

    def __init__(self, name: str) -> None:
        self.name = name
        self.cases: list[str] = []
        self.failures = self.errors = self.skipped = 0

    def lines(self) -> list[str]:
        return [
            f'  <testsuite name="{attribute(self.name)}" tests="{len(self.cases)}" failures="{self.failures}" '
            f'errors="{self.errors}" skipped="{self.skipped}">',
            *self.cases,
            "  </testsuite>",
        ]


def render(report: Report, style: Style) -> str:
    """One <testsuites> document; files relative to the repository root, as CI servers link them."""
    lang = style.lang
    places = Places(report.project, also=report.beside)
    suites = {estate.root: _Suite(places.of(estate.root)) for estate in report.estates}
    for finding in report.findings:
        suite = suites.get(finding.estate)
        if suite is None:
            suite = suites[finding.estate] = _Suite(places.of(finding.estate))
        _case(suite, finding, report, places, lang)
    reading = _Suite("diagnostics")
    for diagnostic in report.diagnostics:
        _diagnostic(reading, diagnostic, places, lang)
    everything = [*suites.values(), *([reading] if reading.cases else [])]
    seconds = report.run.get("seconds")
    time = f' time="{seconds:.3f}"' if isinstance(seconds, (int, float)) else ""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="cloudpolicy" tests="{sum(len(s.cases) for s in everything)}" '
        f'failures="{sum(s.failures for s in everything)}" errors="{sum(s.errors for s in everything)}" '
        f'skipped="{sum(s.skipped for s in everything)}"{time}>',
    ]
    for suite in everything:
        lines += suite.lines()
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


def _case(suite: _Suite, finding: Finding, report: Report, places: Places, lang: Language) -> None:
    file, line = places.of(finding.span.file), finding.span.line
    message = finding.message.pick(lang)
    name = f"{finding.policy} {words.name_of(finding)}" + (f" {finding.attribute}" if finding.attribute else "")
    head = f'    <testcase classname="{attribute(file)}" name="{attribute(name)}" file="{attribute(file)}" line="{line}"'
    if finding.verdict == Verdict.PASS:
        suite.cases.append(head + "/>")
    elif finding.verdict == Verdict.FAIL and not finding.known:
        suite.failures += 1
        body = text(_body(finding, report, f"{file}:{line}", lang))
        suite.cases.append(f'{head}><failure type="{finding.severity}" message="{attribute(message)}">{body}</failure></testcase>')
    else:
        suite.skipped += 1
        exception = words.exception(finding)
        told = f"{words.label(finding).pick(lang)}: {message}" + (f" ({exception.pick(lang)})" if exception is not None else "")
        suite.cases.append(f'{head}><skipped message="{attribute(told)}"/></testcase>')


def _body(finding: Finding, report: Report, place: str, lang: Language) -> str:
    lines = [words.title(report, finding.policy, lang), place, finding.message.pick(lang)]
    exception = words.exception(finding)
    if exception is not None:
        lines.append(f"{words.WAIVER.pick(lang)}: {exception.pick(lang)}")
    policy = report.policies.get(finding.policy)
    if policy is not None:
        if policy.clauses:
            lines.append(f"{words.CLAUSES.pick(lang)}: {', '.join(policy.clauses)}")
        lines.append(f"{words.REMEDY.pick(lang)}: {policy.remedy.pick(lang)}")
    return "\n".join(lines)


def _diagnostic(suite: _Suite, diagnostic: Diagnostic, places: Places, lang: Language) -> None:
    span = diagnostic.span
    file = places.of(span.file) if span is not None else ""
    place = f' file="{attribute(file)}" line="{span.line}"' if span is not None else ""
    message = attribute(words.sentence(diagnostic, file, lang))
    head = f'    <testcase classname="{attribute(file or "cloudpolicy")}" name="{attribute(diagnostic.code)}"{place}>'
    if diagnostic.severity == "error":
        suite.errors += 1
        suite.cases.append(f'{head}<error type="{attribute(diagnostic.code)}" message="{message}"/></testcase>')
    else:
        suite.skipped += 1
        suite.cases.append(f'{head}<skipped message="{message}"/></testcase>')
