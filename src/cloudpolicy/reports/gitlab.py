"""GitLab's code quality report: a JSON array that the merge request widget compares, by fingerprint, with the target branch's.

GitLab drops an entry that lacks a description, fingerprint, severity or place, and keeps one of those that share a fingerprint.
"""

from __future__ import annotations

import json
from hashlib import sha256

from cloudpolicy.model import Verdict
from cloudpolicy.reports import remarks, words
from cloudpolicy.reports.columns import clean
from cloudpolicy.reports.places import Places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.findings import Finding, Report
    from cloudpolicy.model import Diagnostic
    from cloudpolicy.reports import Style
    from cloudpolicy.texts import Language

_SEVERITY = {"critical": "blocker", "high": "critical", "medium": "major", "low": "minor"}
_DIAGNOSTIC_SEVERITY = {"error": "blocker", "warning": "minor", "note": "info"}


def render(report: Report, style: Style) -> str:
    """Everything but what passes: failures by severity, the rest and notes as "info", what was not read as "blocker"."""
    lang = style.lang
    places = Places(report.project, also=report.beside)
    inputs = {estate.root: estate.inputs for estate in report.estates}
    entries = [_diagnostic(diagnostic, places, lang) for diagnostic in report.diagnostics]
    entries += [_finding(finding, report, inputs, places, lang) for finding in report.findings if finding.verdict != Verdict.PASS]
    times: dict[str, int] = {}
    for entry in entries:
        fingerprint = entry["fingerprint"]
        times[fingerprint] = times.get(fingerprint, 0) + 1
        if times[fingerprint] > 1:
            entry["fingerprint"] = f"{fingerprint}-{times[fingerprint]}"
    return json.dumps(entries, ensure_ascii=not style.unicode, indent=2) + "\n"


def _finding(finding: Finding, report: Report, inputs: dict[str, list[str]], places: Places, lang: Language) -> dict[str, Any]:
    severity = _SEVERITY[finding.severity] if finding.verdict == Verdict.FAIL and not finding.known else "info"
    description = f"{remarks.title(finding, report, lang)}: {finding.message.pick(lang)}"
    exception = words.exception(finding)
    if exception is not None:
        description += f" ({words.WAIVER.pick(lang)}: {exception.pick(lang)})"
    file = finding.span.file
    if file == finding.estate and inputs.get(file):  # the estate as a whole: GitLab links files, not folders
        file = inputs[file][0]
    return _entry(finding.policy, finding.fingerprint, severity, description, places.of(file), finding.span.line)


def _diagnostic(diagnostic: Diagnostic, places: Places, lang: Language) -> dict[str, Any]:
    span = diagnostic.span
    file = places.of(span.file) if span is not None else ""
    description = words.sentence(diagnostic, file, lang)
    identity = "\0".join((diagnostic.code, file, diagnostic.text.en)).encode("utf-8", "backslashreplace")
    severity = _DIAGNOSTIC_SEVERITY[diagnostic.severity]
    return _entry(diagnostic.code, sha256(identity).hexdigest(), severity, description, file or ".", span.line if span is not None else 1)


def _entry(check: str, fingerprint: str, severity: str, description: str, file: str, line: int) -> dict[str, Any]:
    return {
        "description": clean(description),
        "check_name": check,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": file, "lines": {"begin": line}},
    }
