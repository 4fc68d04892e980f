"""SARIF 2.1.0 for code scanning.

Choices that the format leaves open:
- An unknown is a result of kind "open" (the standard's word for "not enough information to decide") with level "none", under a rule of its
  own, `CP_…/unknown`, without a security severity: code scanning ignores kinds, and would otherwise call it a critical alert.
- What is waived is left out: code scanning shows a suppressed result as an open alert all the same. The other reports hold it.
- The source root has no absolute URI: whoever reads the file knows where the repository is, and the same scan gives the same file anywhere.
"""

from __future__ import annotations

import json
from urllib.parse import quote

from cloudpolicy import __version__
from cloudpolicy.findings import WAIVED
from cloudpolicy.model import Verdict
from cloudpolicy.reports import words
from cloudpolicy.reports.places import Places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.findings import Finding, PolicyText, Report
    from cloudpolicy.model import Diagnostic, Span
    from cloudpolicy.reports import Style
    from cloudpolicy.texts import Language

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_LEVEL = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
_SECURITY_SEVERITY = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0"}


def render(report: Report, style: Style) -> str:
    """One SARIF log with one run."""
    lang = style.lang
    places = _Uris(report.project, report.beside)
    rules: list[dict[str, Any]] = [_rule(policy, lang) for policy in report.policies.values()]
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    results = []
    compared = "baseline" in report.run or "since" in report.run
    for finding in report.findings:
        if finding.verdict == WAIVED:
            continue
        rule = _rule_id(finding)
        if rule not in index:
            index[rule] = len(rules)
            rules.append(_other_rule(rule, report.policies.get(finding.policy), lang))
        results.append(_result(finding, rule, index[rule], places, lang, compared))
        if report.run.get("origin") in words.ORIGIN:
            results[-1]["properties"]["source"] = report.run["origin"]
    codes = sorted({diagnostic.code for diagnostic in report.diagnostics})
    status = words.exit_status(report)
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "cloudpolicy",
                "version": __version__,
                "semanticVersion": __version__,
                "language": lang,
                "rules": rules,
                "notifications": [{"id": code} for code in codes],
            }
        },
        "language": lang,
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the scanned repository."}}},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": status != 2,
                "exitCode": status,
                "toolExecutionNotifications": [_notification(d, codes.index(d.code), places, lang) for d in report.diagnostics],
            }
        ],
        "results": results,
    }
    if report.count(WAIVED):
        run["properties"] = {"waived": report.count(WAIVED)}
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, ensure_ascii=not style.unicode) + "\n"


class _Uris:
    """Artifact locations: relative to the source root inside it, absolute outside."""

    __slots__ = ("_known", "_places")

    def __init__(self, project: str, also: str | None) -> None:
        self._places = Places(project, outside="absolute", also=also)
        self._known: dict[str, dict[str, str]] = {}

    def of(self, file: str) -> dict[str, str]:
        known = self._known.get(file)
        if known is None:
            name = self._places.of(file)
            if self._places.inside(file):
                known = {"uri": _encoded(name), "uriBaseId": _ROOT}
            else:
                known = {"uri": "file://" + _encoded(name if name.startswith("/") else "/" + name.replace("\\", "/"))}
            self._known[file] = known
        return known


def _encoded(name: str) -> str:
    return quote(name, safe="/", errors="replace")


def _rule_id(finding: Finding) -> str:
    return f"{finding.policy}/unknown" if finding.verdict == Verdict.UNKNOWN else finding.policy


def _rule(policy: PolicyText, lang: Language) -> dict[str, Any]:
    return {
        "id": policy.id,
        "name": "".join(word.capitalize() for word in policy.slug.split("-")) or policy.id,
        "shortDescription": {"text": policy.title.pick(lang)},
        "fullDescription": {"text": policy.rationale.pick(lang)},
        "help": {"text": _help(policy, lang), "markdown": _help_markdown(policy, lang)},
        "defaultConfiguration": {"level": _LEVEL[policy.severity]},
        "properties": {
            "tags": ["security", _setting(policy.id)],
            "precision": policy.confidence,
            "security-severity": _SECURITY_SEVERITY[policy.severity],
            "clauses": list(policy.clauses),
        },
    }


def _other_rule(id: str, policy: PolicyText | None, lang: Language) -> dict[str, Any]:
    """The rule of an unknown, or of a finding whose policy the report does not hold."""
    if policy is None:
        return {"id": id, "shortDescription": {"text": id}}
    rule = _rule(policy, lang)
    rule["id"] = id
    rule["name"] += "Unknown"
    rule["shortDescription"] = {"text": f"{policy.title.pick(lang)} ({words.UNDECIDED.pick(lang)})"}
    rule["defaultConfiguration"] = {"level": "none"}
    rule["properties"] = {"tags": ["unknown", _setting(policy.id)], "clauses": list(policy.clauses)}
    return rule


def _setting(policy: str) -> str:
    """The setting type in an id: CP_OBJ_001 -> "obj"."""
    parts = policy.split("_")
    return parts[1].lower() if len(parts) > 1 else policy.lower()


def _help(policy: PolicyText, lang: Language) -> str:
    parts = [
        f"{words.RATIONALE.pick(lang)}: {policy.rationale.pick(lang)}",
        f"{words.REMEDY.pick(lang)}: {policy.remedy.pick(lang)}",
    ]
    if policy.clauses:
        parts.append(f"{words.CLAUSES.pick(lang)}: {', '.join(policy.clauses)}")
    return "\n".join(parts)


def _help_markdown(policy: PolicyText, lang: Language) -> str:
    """Both languages, the chosen one first: a reviewer may not read the author's."""
    languages: tuple[Language, Language] = ("ja", "en") if lang == "ja" else ("en", "ja")
    parts: list[str] = []
    for one in languages:
        parts += [
            f"## {policy.title.pick(one)}",
            policy.rationale.pick(one),
            f"**{words.REMEDY.pick(one)}**: {policy.remedy.pick(one)}",
        ]
        if policy.clauses:
            parts.append(f"**{words.CLAUSES.pick(one)}**: " + ", ".join(f"`{clause}`" for clause in policy.clauses))
    return "\n\n".join(parts)


def _result(finding: Finding, rule: str, index: int, places: _Uris, lang: Language, compared: bool) -> dict[str, Any]:
    level, kind = _LEVEL[finding.severity], "fail"
    if finding.verdict == Verdict.UNKNOWN:
        level, kind = "none", "open"
    elif finding.verdict == Verdict.PASS:
        level, kind = "none", "pass"
    location = _location(finding.span, places)
    location["logicalLocations"] = [{"fullyQualifiedName": words.name_of(finding), "kind": "resource"}]
    result: dict[str, Any] = {
        "ruleId": rule,
        "ruleIndex": index,
        "level": level,
        "kind": kind,
        "message": {"text": finding.message.pick(lang)},
        "locations": [location],
        "partialFingerprints": {"cloudpolicy/v1": finding.fingerprint},
        "properties": {"severity": finding.severity, "attribute": finding.attribute, "seen": finding.seen},
    }
    if finding.origin is not None:
        result["properties"]["origin"] = {"tool": finding.origin[0], "rule": finding.origin[1]}
    if compared:
        result["baselineState"] = "unchanged" if finding.known else "new"
    exception = words.exception(finding)
    if exception is not None:
        result["properties"]["waiver"] = exception.pick(lang)
    if finding.related:
        related = []
        for number, (span, text) in enumerate(finding.related):
            place = _location(span, places)
            related.append({"id": number, **place, "message": {"text": text.pick(lang)}})
        result["relatedLocations"] = related
    return result


def _location(span: Span, places: _Uris) -> dict[str, Any]:
    region = {"startLine": span.line, "startColumn": span.column, "endLine": span.end_line}
    if span.end_column and (span.end_line > span.line or span.end_column >= span.column):
        region["endColumn"] = span.end_column + 1  # the standard's end is one past the last
    return {"physicalLocation": {"artifactLocation": places.of(span.file), "region": region}}


def _notification(diagnostic: Diagnostic, index: int, places: _Uris, lang: Language) -> dict[str, Any]:
    notification: dict[str, Any] = {
        "descriptor": {"id": diagnostic.code, "index": index},
        "level": diagnostic.severity,
        "message": {"text": diagnostic.text.pick(lang)},
    }
    span = diagnostic.span
    if span is not None:
        notification["locations"] = [{"physicalLocation": {"artifactLocation": places.of(span.file), "region": {"startLine": span.line}}}]
    return notification
