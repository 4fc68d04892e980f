"""Azure Pipelines logging commands: issues on the run's page, each on its line.

The agent obeys `##vso[` anywhere in a line of output, so no text from a template may hold one outside a command's escaped part.
It keeps ten issues of each kind for a step, so the worst come first.
"""

from __future__ import annotations

from cloudpolicy.model import Verdict
from cloudpolicy.reports import remarks, words
from cloudpolicy.reports.columns import clean
from cloudpolicy.reports.places import Places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.findings import Finding, Report
    from cloudpolicy.model import Diagnostic, Span
    from cloudpolicy.reports import Style
    from cloudpolicy.texts import Language

_KIND = {"critical": "error", "high": "error", "medium": "warning", "low": "warning"}  # there are no others
_ESCAPES = str.maketrans({"%": "%AZP25", "\r": "%0D", "\n": "%0A", "]": "%5D", ";": "%3B"})


def escape(value: str) -> str:
    """`value` as a property or the message of a logging command: the agent undoes the same escapes in both."""
    return value.translate(_ESCAPES)


def plain(value: str) -> str:
    """`value` as a line that is no command."""
    return clean(value).replace("##", "# #")


def render(report: Report, style: Style) -> str:
    """Errors, then warnings, one command per line; notes, what is waived or known, and totals as plain lines."""
    lang = style.lang
    places = Places(report.project, also=report.beside)
    lines: dict[str, list[str]] = {"error": [], "warning": [], "note": []}
    for diagnostic in report.diagnostics:
        lines[diagnostic.severity].append(_diagnostic(diagnostic, places, lang))
    for finding in (*words.failures(report), *words.unknowns(report)):
        kind = _KIND[finding.severity] if finding.verdict == Verdict.FAIL else "warning"
        lines[kind].append(_issue(kind, finding.span, finding.policy, _message(finding, report, lang), places))
    for finding in words.settled(report):
        place = f"{places.of(finding.span.file)}:{finding.span.line}"
        lines["note"].append(plain(f"{place}: {_message(finding, report, lang)}"))
    totals = plain(f"cloudpolicy: {remarks.totals(report, lang)}")
    return "\n".join([*lines["error"], *lines["warning"], *lines["note"], totals]) + "\n"


def _message(finding: Finding, report: Report, lang: Language) -> str:
    return " ".join((remarks.title(finding, report, lang) + ":", *remarks.explanation(finding, report, lang)))


def _diagnostic(diagnostic: Diagnostic, places: Places, lang: Language) -> str:
    file = places.of(diagnostic.span.file) if diagnostic.span is not None else ""
    message = f"cloudpolicy {diagnostic.code}: {words.sentence(diagnostic, file, lang)}"
    if diagnostic.severity == "note":
        return plain(message)
    return _issue(diagnostic.severity, diagnostic.span, diagnostic.code, message, places)


def _issue(kind: str, span: Span | None, code: str, message: str, places: Places) -> str:
    properties = {"type": kind}
    file = places.of(span.file) if span is not None else "."
    if span is not None and file != ".":  # the repository as a whole: no file to stand on
        properties |= {"sourcepath": file, "linenumber": str(span.line), "columnnumber": str(span.column)}
    properties["code"] = code
    written = "".join(f"{name}={escape(clean(value))};" for name, value in properties.items())
    return f"##vso[task.logissue {written}]{escape(clean(message))}"
