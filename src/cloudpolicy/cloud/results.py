"""Results of many estates in little memory: what a finding holds of the file that it stands in is its place, not the file."""

from __future__ import annotations

from cloudpolicy.model import Diagnostic, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.scan import Result


def light(result: Result) -> Result:
    """The same result; its estate and its file can be forgotten."""
    scanned, findings, diagnostics = result
    for finding in findings:
        finding.span = plain(finding.span)
        finding.related = tuple((plain(span), text) for span, text in finding.related)
    told = [Diagnostic(one.severity, one.code, one.text, plain(one.span) if one.span is not None else None) for one in diagnostics]
    return scanned, findings, told


def plain(span: Span) -> Span:
    """A span that some readers work out at the first look, worked out."""
    return Span(span.file, span.line, span.column, span.end_line, span.end_column)
