"""What a run of `fix` found, as JSON for other programs: shape "cloudpolicy/fix/v1"."""

from __future__ import annotations

import json

from cloudpolicy import __version__
from cloudpolicy.fix.operations import Operation
from cloudpolicy.reports.places import Places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.fix.outcome import Outcome, Target
    from cloudpolicy.texts import Language, Text

SCHEMA = "cloudpolicy/fix/v1"


def render(outcome: Outcome, language: Language, base: str, written: bool, unwritten: list[tuple[str, Text]]) -> str:
    """One JSON document.

    findings    every failing check: `outcome` is fixed (in a dry run: would be), refused or decision; `reason` why not, `applying` what
                fix.replacing says, `edits` what is changed of which attribute, `at` where if not in the resource
    files       what changes; `written` whether it is, `reason` why --write would not, or could not
    """
    places = Places(base)

    def file(path: str, done: bool, reason: Text | None) -> dict[str, Any]:
        return {"path": places.of(path), "written": done, "reason": reason.pick(language) if reason is not None else None}

    kinds = [_outcome(target) for target in outcome.targets]
    document = {
        "schema": SCHEMA,
        "tool": {"name": "cloudpolicy", "version": __version__},
        "language": language,
        "written": written,
        "findings": [_finding(target, places, language) for target in outcome.targets],
        "files": [file(path, written, outcome.held.get(path)) for path in sorted(outcome.texts)]
        + [file(path, False, reason) for path, reason in unwritten],
        "diagnostics": [
            {
                "severity": diagnostic.severity,
                "code": diagnostic.code,
                "message": diagnostic.text.pick(language),
                "file": places.of(diagnostic.span.file) if diagnostic.span else None,
                "line": diagnostic.span.line if diagnostic.span else None,
            }
            for diagnostic in outcome.diagnostics
        ],
        "summary": {**{kind: kinds.count(kind) for kind in ("fixed", "refused", "decision")}, "unknown": outcome.unknown},
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _outcome(target: Target) -> str:
    return "fixed" if target.fixed else "refused" if target.mechanical else "decision"


def _finding(target: Target, places: Places, language: Language) -> dict[str, Any]:
    finding = target.failure.findings[0]
    edits = []
    for change in target.changes if target.fixed else ():
        if isinstance(change, Operation):
            path = ".".join(map(str, change.path))
            edits.append({"address": change.resource.address, "attribute": path, "add" if change.items else "value": change.value})
        else:
            edits.append({"address": change.resource.address, "declare": change.type})
    at = target.place if target.fixed else None
    return {
        "policy": finding.policy,
        "address": finding.address,
        "file": places.of(finding.span.file),
        "line": finding.span.line,
        "message": finding.message.pick(language),
        "outcome": _outcome(target),
        "reason": target.reason.pick(language) if target.reason is not None and not target.fixed else None,
        "applying": target.effect if target.fixed and target.effect else None,
        "at": {"file": places.of(at[0]), "line": at[1]} if at is not None else None,
        "edits": edits,
    }
