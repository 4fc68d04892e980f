"""clauses.json: the status of every clause, for programs; `cloudpolicy diff` compares it, `cloudpolicy verify` recomputes it."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.guidelines.status import ClauseStatus
    from cloudpolicy.handover.dossier import Dossier

SCHEMA = "cloudpolicy/clauses/v1"


def render(dossier: Dossier) -> str:
    """One JSON document, one clause per line."""
    lines = ",\n".join(json.dumps(_clause(status, dossier), ensure_ascii=False) for status in dossier.clauses)
    head = json.dumps({"schema": SCHEMA, "system": dossier.system, "day": dossier.day.isoformat()}, ensure_ascii=False)
    return f'{head[:-1]}, "clauses": [\n{lines}\n]}}\n'


def _clause(status: ClauseStatus, dossier: Dossier) -> dict[str, Any]:
    clause, lang = status.clause, dossier.language
    counts: dict[str, int] = {}
    for finding in status.findings:
        counts[finding.verdict] = counts.get(finding.verdict, 0) + 1
    return {
        "id": clause.id,
        "setting_type": clause.setting_type,
        "title": clause.title.pick(lang),
        "responsibility": clause.responsibility,
        "verification": clause.verification,
        "status": status.status,
        "reason": status.reason.pick(lang),
        "residual": status.residual.pick(lang) if status.residual else None,
        "policies": list(clause.policies),
        "indirect": list(clause.indirect),
        "judged": list(status.judged),
        "silent": list(status.silent),
        "not_run": list(status.not_run),
        "findings": counts,
        "statements": [statement.summary().pick(lang) for statement in status.evidence],
    }
