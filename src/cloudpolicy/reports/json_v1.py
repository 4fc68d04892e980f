"""JSON, shape "cloudpolicy/report/v1": the promise to other programs. schemas/report-v1.schema.json states it.

It is built key by key, never dumped from our own classes: those may change, this may not. One finding per line keeps diffs readable.
"""

from __future__ import annotations

import json

from cloudpolicy import __version__
from cloudpolicy.findings import WAIVED
from cloudpolicy.model import Verdict
from cloudpolicy.reports import words
from cloudpolicy.reports.places import Places
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from cloudpolicy.findings import Finding, Report, ScannedEstate, Waiver
    from cloudpolicy.model import Diagnostic
    from cloudpolicy.reports import Style
    from cloudpolicy.texts import Language

SCHEMA = "cloudpolicy/report/v1"


def render(report: Report, style: Style) -> str:
    """One JSON document; ASCII only when the console cannot show all of Unicode, so that nothing is lost on the way."""
    lang = style.lang
    places = Places(report.base, also=report.beside)

    def other(value: Any) -> Any:
        if isinstance(value, Text):
            return value.pick(lang)
        return sorted(map(str, value)) if isinstance(value, (set, frozenset)) else str(value)

    encode = json.JSONEncoder(ensure_ascii=not style.unicode, check_circular=False, default=other).encode

    def block(items: Iterable[Any]) -> str:
        lines = ",\n".join(map(encode, items))
        return f"[\n{lines}\n]" if lines else "[]"

    clauses = {id: list(policy.clauses) for id, policy in report.policies.items()}
    asked = report.run.get("origin")  # a cloud, and not a text, gave the values
    parts = {
        "schema": encode(SCHEMA),
        "tool": encode({"name": "cloudpolicy", "version": __version__}),
        "run": encode({"language": lang, **report.run}),
        "estates": block(_estate(estate, places) for estate in report.estates),
        "findings": block(_finding(finding, places, lang, clauses, asked) for finding in report.findings),
        "diagnostics": block(_diagnostic(diagnostic, places, lang) for diagnostic in report.diagnostics),
        "left_out": block({"file": places.of(file), "reason": reason.pick(lang)} for file, reason in report.left_out.items()),
        "waivers": block(_waiver(waiver, places, lang) for waiver in report.waivers),
        "summary": encode(_summary(report)),
    }
    return "{" + ",\n".join(f'"{key}": {value}' for key, value in parts.items()) + "}\n"


def _estate(estate: ScannedEstate, places: Places) -> dict[str, Any]:
    return {
        "root": places.of(estate.root),
        "format": estate.format,
        "source": estate.source,
        "resources": estate.resources,
        "counts": estate.counts,
        "inputs": [places.of(file) for file in estate.inputs],
        "notes": estate.notes,
        "unjudged": estate.unjudged,
    }


def _finding(finding: Finding, places: Places, lang: Language, clauses: dict[str, list[str]], asked: str | None) -> dict[str, Any]:
    span = finding.span
    waiver = finding.waiver
    more: dict[str, Any] = {} if finding.origin is None else {"origin": {"tool": finding.origin[0], "rule": finding.origin[1]}}
    if asked is not None:
        more["source"] = asked
    if finding.was is not None:
        more["was"] = finding.was
    if waiver is not None:
        named = ("id", "state", "reason", "clause", "requested_by", "approved_by", "ticket", "granted", "expires")
        more["waiver"] = {key: getattr(waiver, key) for key in named}
    if finding.known:
        more["known"] = True
    return {
        "policy": finding.policy,
        "verdict": finding.verdict,
        "severity": finding.severity,
        "resource": {"type": finding.type, "address": finding.address},
        "location": {"file": places.of(span.file), "line": span.line, "end_line": span.end_line, "column": span.column},
        "attribute": finding.attribute,
        "message": finding.message.pick(lang),
        "seen": finding.seen,
        "clauses": clauses.get(finding.policy, []),
        "related": [{"file": places.of(at.file), "line": at.line, "message": text.pick(lang)} for at, text in finding.related],
        "fingerprint": finding.fingerprint,
        **more,
    }


def _waiver(waiver: Waiver, places: Places, lang: Language) -> dict[str, Any]:
    keys = (
        "id", "policy", "resource", "file", "reason", "clause", "requested_by", "approved_by", "ticket", "granted", "expires", "state", "findings",
    )  # fmt: skip
    return {
        **{key: getattr(waiver, key) for key in keys},
        "fault": None if waiver.fault is None else waiver.fault.pick(lang),
        "location": {"file": places.of(waiver.span.file), "line": waiver.span.line},
    }


def _diagnostic(diagnostic: Diagnostic, places: Places, lang: Language) -> dict[str, Any]:
    span = diagnostic.span
    return {
        "severity": diagnostic.severity,
        "code": diagnostic.code,
        "message": diagnostic.text.pick(lang),
        "location": None if span is None else {"file": places.of(span.file), "line": span.line},
    }


def _summary(report: Report) -> dict[str, Any]:
    return {
        "pass": report.count(Verdict.PASS),
        "fail": report.count(Verdict.FAIL),
        "unknown": report.count(Verdict.UNKNOWN),
        "not_applicable": report.count(Verdict.NOT_APPLICABLE),
        "waived": report.count(WAIVED),
        "known": words.known(report),
        "severities": words.severities(report),
        "estates": len(report.estates),
        "files": words.files(report),
        "resources": words.resources(report),
        "diagnostics": len(report.diagnostics),
        "exit_status": words.exit_status(report),
    }
