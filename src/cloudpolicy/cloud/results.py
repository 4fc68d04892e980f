"""Results of many estates: in little memory (a finding holds its place in a file, not the file), with what was asked and when."""

from __future__ import annotations

import os

from cloudpolicy import decisions
from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.scan import project_folder
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.findings import Report
    from cloudpolicy.scan import Result, Scanner


def light(result: Result) -> Result:
    """The same result; its estate and its file can be forgotten."""
    scanned, findings, diagnostics = result
    for finding in findings:
        finding.span = plain(finding.span)
        finding.related = tuple((plain(span), text) for span, text in finding.related)
        finding.also = tuple((address, plain(span)) for address, span in finding.also)
    told = [Diagnostic(one.severity, one.code, one.text, plain(one.span) if one.span is not None else None) for one in diagnostics]
    return scanned, findings, told


def asked(provider: str, **scope: Any) -> dict[str, Any]:
    """What a report of `live` says of the question: the cloud, which part of it, and when (UTC)."""
    import time

    return {"provider": provider, **scope, "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def nothing(where: str, en: str, ja: str) -> Diagnostic:
    """The cloud was asked and holds nothing of the kind: said aloud, or a wrong account would look like a clean one."""
    text = Text(
        f"{where} holds no {en}; is it the account that you mean?", f"{where} に{ja}がありません。対象のアカウントを確認してください"
    )
    return Diagnostic("warning", "nothing-deployed", text)


def decide(report: Report, scanner: Scanner, against: str | None) -> None:
    """Let the waivers speak that stand in or above the folder of `against`, else the working directory: deployed is what the repository says.

    Baselines hold what is known of a file: they speak where the report is about what was deployed from it.
    """
    folder = os.path.dirname(against) if against is not None else os.getcwd()
    top = project_folder(folder, scanner.request.config)
    folders = sorted(decisions.climb(folder, top, set()))
    decisions.apply(report, scanner.request, scanner.known, folders)
    baselines = [path for path in (os.path.join(one, decisions.BASELINE) for one in folders) if os.path.lexists(path)]
    if against is not None and baselines:
        from cloudpolicy.baseline import matching

        matching.apply_elsewhere(report, baselines, against)


def plain(span: Span) -> Span:
    """A span that some readers work out at the first look, worked out."""
    return Span(span.file, span.line, span.column, span.end_line, span.end_column)
