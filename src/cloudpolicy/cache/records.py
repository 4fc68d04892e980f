"""Results as plain JSON values and back. What comes back is checked value by value: an entry that says anything odd is refused as a whole.

An entry can only say what a finding can say, about files that its own estate asked for: it names no code, and no other file that a report would quote.
"""

from __future__ import annotations

from cloudpolicy.findings import SEVERITIES, Finding, ScannedEstate
from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cloudpolicy.scan import Result

_VERDICTS = ("pass", "fail", "unknown")
_SAYS = ("error", "warning", "note")
_LARGEST = 1 << 40  # of any line, column or count
# Results that depend on more than the text: how deep Python's stack was, a fault of ours that a repaired tool will not have.
_PASSING = ("too-deep", "internal-error")


class Malformed(ValueError):
    """This is no result, or none that can be kept."""


def plain(result: Result, quotable: Callable[[str], bool]) -> list[Any]:
    """The result as JSON values; raises Malformed for one that must not be kept. `quotable`: files that it may name."""
    scanned, findings, diagnostics = result
    if any(diagnostic.code in _PASSING for diagnostic in diagnostics):
        raise Malformed
    files: dict[str, int] = {}

    def span_of(span: Span | None) -> list[int] | None:
        if span is None:
            return None
        number = files.get(span.file)
        if number is None:
            if not quotable(span.file):
                raise Malformed(span.file)
            number = files[span.file] = len(files)
        return [number, span.line, span.column, span.end_line, span.end_column]

    rows = [
        [
            one.policy,
            one.verdict,
            one.severity,
            one.format,
            one.type,
            one.address,
            [one.message.en, one.message.ja],
            span_of(one.span),
            one.estate,
            one.fingerprint,
            one.attribute,
            one.seen,
            [[span_of(span), text.en, text.ja] for span, text in one.related],
            [list(place) for place in one.places],
            one.changed_default,
            [[address, span_of(span)] for address, span in one.also],
        ]
        for one in findings
    ]
    problems = [[one.severity, one.code, one.text.en, one.text.ja, span_of(one.span)] for one in diagnostics]
    _check_plain(scanned.notes)
    about = [
        scanned.root,
        scanned.format,
        scanned.source,
        scanned.resources,
        scanned.inputs,
        scanned.counts,
        scanned.notes,
        scanned.unjudged,
    ]
    return [list(files), about, rows, problems]


def result(kept: Any, quotable: Callable[[str], bool]) -> Result:
    """The result that `plain` made this of; raises Malformed when it is anything else."""
    try:
        files, about, rows, problems = kept
        if not all(type(file) is str and quotable(file) for file in files):
            raise Malformed("file")

        def span_of(place: Any) -> Span:
            number, *numbers = place
            if len(numbers) != 4 or not all(type(each) is int and 0 <= each < _LARGEST for each in (number, *numbers)):
                raise Malformed("span")
            return Span(files[number], *numbers)

        found = []
        for row in rows:
            (
                policy,
                verdict,
                severity,
                format,
                kind,
                address,
                message,
                place,
                estate,
                fingerprint,
                attribute,
                seen,
                related,
                places,
                changed,
                also,
            ) = row
            texts = (policy, format, kind, address, *message, estate, fingerprint, attribute, *(text for place in places for text in place))
            texts = (*texts, *(name for name, _ in also))
            if verdict not in _VERDICTS or severity not in SEVERITIES or len(message) != 2 or not _texts(texts):
                raise Malformed("finding")
            if (seen is not None and type(seen) is not str) or type(changed) is not bool:
                raise Malformed("finding")
            found.append(
                Finding(
                    policy=policy,
                    verdict=verdict,
                    severity=severity,
                    format=format,
                    type=kind,
                    address=address,
                    message=Text(*message),
                    span=span_of(place),
                    estate=estate,
                    fingerprint=fingerprint,
                    attribute=attribute,
                    seen=seen,
                    places=[(print, where, name) for print, where, name in places],
                    related=[(span_of(where), _text(en, ja)) for where, en, ja in related],
                    changed_default=changed,
                    also=[(name, span_of(where)) for name, where in also],
                )
            )
        told = []
        for says, code, en, ja, place in problems:
            if says not in _SAYS or type(code) is not str:
                raise Malformed("diagnostic")
            told.append(Diagnostic(says, code, _text(en, ja), None if place is None else span_of(place)))
        return _estate(about), found, told
    except (TypeError, ValueError, IndexError, KeyError, AttributeError) as error:
        raise Malformed(str(error)) from None


def _estate(about: Any) -> ScannedEstate:
    root, format, source, resources, inputs, counts, notes, unjudged = about
    if not _texts((root, format, source, *inputs)) or type(inputs) is not list or type(notes) is not dict:
        raise Malformed("estate")
    for numbers in (counts, unjudged):
        if type(numbers) is not dict or not all(type(number) is int and 0 <= number < _LARGEST for number in numbers.values()):
            raise Malformed("estate")
    if type(resources) is not int:
        raise Malformed("estate")
    return ScannedEstate(root, format, source, resources, inputs, counts, notes, unjudged)


def _texts(values: tuple[Any, ...]) -> bool:
    return all(type(value) is str for value in values)


def _text(en: Any, ja: Any) -> Text:
    if type(en) is not str or type(ja) is not str:
        raise Malformed("text")
    return Text(en, ja)


def _check_plain(value: Any) -> None:
    """Only what JSON gives back as it was may be kept: a tuple would come back as a list."""
    if type(value) is dict:
        for key, item in value.items():
            if type(key) is not str:
                raise Malformed("key")
            _check_plain(item)
    elif type(value) is list:
        for item in value:
            _check_plain(item)
    elif value is not None and type(value) not in (str, int, float, bool):
        raise Malformed(type(value).__name__)
