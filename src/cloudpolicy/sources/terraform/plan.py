"""Recognises and reads `terraform show -json` of a plan: the most exact source, because Terraform itself has evaluated everything."""

from __future__ import annotations

import os
import re

from cloudpolicy.model import Diagnostic, Estate, Span
from cloudpolicy.sources.files import PLAN_LIMIT, Unreadable, read_bytes
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.model import Severity
    from cloudpolicy.sources import Options


def looks_like_plan(head: bytes) -> bool:
    """Cheap: True when the first bytes of a file may be those of a plan in JSON."""
    return b'"format_version"' in head and any(
        name in head for name in (b'"terraform_version"', b'"planned_values"', b'"resource_changes"')
    )


def read(path: str, options: Options) -> Estate:
    """The estate that the plan at `path` will leave behind; what cannot be read is a diagnostic of it."""
    path = os.path.abspath(path)
    diagnostics: list[Diagnostic] = []
    estate = Estate(os.path.dirname(path), "terraform", "plan", [], diagnostics, [path])
    try:
        data = read_bytes(path, options.base, PLAN_LIMIT)
    except Unreadable as error:
        diagnostics.append(error.diagnostic)
        return estate
    plan = _parse(path, data, diagnostics)
    if plan is not None and _is_plan(path, plan, diagnostics):
        from cloudpolicy.sources.terraform.plan_estate import Reading

        try:
            Reading(path, data, plan, options, estate).run()
        except RecursionError:
            report(
                diagnostics,
                path,
                "error",
                "too-deep",
                "is nested too deeply to be read; the rest of it was not checked",
                "入れ子が深すぎるため読み取れません。以降は検査していません",
            )
    return estate


def report(into: list[Diagnostic], path: str, severity: Severity, code: str, en: str, ja: str, line: int = 1) -> None:
    """Add what is to be said of the plan at `path`."""
    into.append(Diagnostic(severity, code, Text(en, ja), Span(path, line)))


def _parse(path: str, data: bytes, diagnostics: list[Diagnostic]) -> dict[str, Any] | None:
    import json

    try:
        plan = json.loads(data)
    except RecursionError:
        report(diagnostics, path, "error", "too-deep", "is nested too deeply to be read", "入れ子が深すぎて読み取れません")
        return None
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        report(
            diagnostics,
            path,
            "error",
            "invalid-plan",
            f"is not JSON (line {line}); write it again with terraform show -json",
            f"JSON として読み取れません({line} 行目)。terraform show -json で作り直してください",
            line,
        )
        return None
    if isinstance(plan, dict):
        return plan
    report(
        diagnostics,
        path,
        "error",
        "invalid-plan",
        "is not a Terraform plan; write it with terraform show -json",
        "Terraform の plan ではありません。terraform show -json で作成してください",
    )
    return None


def _is_plan(path: str, plan: dict[str, Any], diagnostics: list[Diagnostic]) -> bool:
    if not any(name in plan for name in ("planned_values", "resource_changes", "configuration")):
        if "values" in plan or "lineage" in plan or plan.keys() == {"format_version"}:  # an empty state has nothing else
            report(
                diagnostics,
                path,
                "note",
                "terraform-state",
                "is a Terraform state, not a plan; it was not checked. Give the output of terraform show -json PLANFILE",
                "Terraform の state であり plan ではないため検査しません。terraform show -json PLANFILE の出力を指定してください",
            )
        else:
            report(
                diagnostics,
                path,
                "error",
                "invalid-plan",
                "is not a Terraform plan; write it with terraform show -json PLANFILE",
                "Terraform の plan ではありません。terraform show -json PLANFILE で作成してください",
            )
        return False
    version = plan.get("format_version")
    if not isinstance(version, str) or not re.fullmatch(r"[01](\.\d+)*", version, re.ASCII):
        shown = str(version)[:20]
        report(
            diagnostics,
            path,
            "error",
            "unsupported-plan",
            f"has plan format {shown}; 0.x and 1.x are read. Use a Terraform that writes one of these, or update cloudpolicy",
            f"plan の形式 {shown} には対応していません(0.x と 1.x のみ)。対応する Terraform で作り直すか cloudpolicy を更新してください",
        )
        return False
    return True
