"""GitHub Actions workflow commands: annotations on the lines of a pull request.

GitHub shows ten of each kind for a step, so the worst come first, and the notice with the totals stands where it is still shown.
"""

from __future__ import annotations

from cloudpolicy.reports import remarks, words
from cloudpolicy.reports.places import Places
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.findings import Finding, Report
    from cloudpolicy.model import Diagnostic, Span
    from cloudpolicy.reports import Style
    from cloudpolicy.texts import Language

_SHOWN = 10  # annotations of one kind that GitHub shows for a step
_KIND = {"critical": "error", "high": "error", "medium": "warning", "low": "notice"}
_DIAGNOSTIC_KIND = {"error": "error", "warning": "warning", "note": "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def data(value: str) -> str:
    """`value` as the message of a workflow command."""
    return value.translate(_DATA)


def property(value: str) -> str:
    """`value` as a property of a workflow command."""
    return value.translate(_PROPERTY)


def render(report: Report, style: Style) -> str:
    """One workflow command per line: what was not read, failures from the worst on, unknowns, what is waived or known, totals."""
    lang = style.lang
    places = Places(report.project, also=report.beside)
    kinds: dict[str, list[str]] = {"error": [], "warning": [], "notice": []}
    for diagnostic in report.diagnostics:
        kind = _DIAGNOSTIC_KIND[diagnostic.severity]
        kinds[kind].append(_diagnostic(kind, diagnostic, places, lang))
    for finding in words.failures(report):
        kind = _KIND[finding.severity]
        kinds[kind].append(_finding(kind, finding, report, places, lang))
    for finding in (*words.unknowns(report), *words.settled(report)):
        kinds["notice"].append(_finding("notice", finding, report, places, lang))
    notices = kinds["notice"]
    notices.insert(min(len(notices), _SHOWN - 1), f"::notice title=cloudpolicy::{data(_totals(report, kinds, lang))}")
    return "\n".join([*kinds["error"], *kinds["warning"], *notices]) + "\n"


def _finding(kind: str, finding: Finding, report: Report, places: Places, lang: Language) -> str:
    message = "\n".join(remarks.explanation(finding, report, lang))
    return _command(kind, _place(finding.span, places), remarks.title(finding, report, lang), message)


def _diagnostic(kind: str, diagnostic: Diagnostic, places: Places, lang: Language) -> str:
    span = diagnostic.span
    place = [] if span is None else _place(span, places)[:2]
    file = places.of(span.file) if span is not None else ""
    return _command(kind, place, f"cloudpolicy {diagnostic.code}", words.sentence(diagnostic, file, lang))


def _place(span: Span, places: Places) -> list[str]:
    file = places.of(span.file)
    if file == ".":  # the repository as a whole: no file to stand on
        return []
    place = [f"file={property(file)}", f"line={span.line}", f"endLine={span.end_line}"]
    if span.end_line == span.line:  # GitHub takes columns only within one line
        place.append(f"col={span.column}")
        if span.end_column >= span.column:
            place.append(f"endColumn={span.end_column}")
    return place


def _command(kind: str, place: list[str], title: str, message: str) -> str:
    return f"::{kind} {','.join([*place, f'title={property(title)}'])}::{data(message)}"


def _totals(report: Report, kinds: dict[str, list[str]], lang: Language) -> str:
    text = remarks.totals(report, lang)
    if any(len(commands) >= _SHOWN for commands in kinds.values()):
        text += Text(
            f". GitHub shows {_SHOWN} annotations of a kind; the log and the job summary hold them all.",
            f"。GitHub は種類ごとに {_SHOWN} 件まで表示します。全件はログとジョブサマリーにあります。",
        ).pick(lang)
    return text
