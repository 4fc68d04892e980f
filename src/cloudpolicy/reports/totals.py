"""The end of the text report: how much was judged, with what result, and what that leaves open."""

from __future__ import annotations

import re

from cloudpolicy.model import Verdict
from cloudpolicy.reports import words
from cloudpolicy.reports.columns import clean, width, wrap
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.findings import Report, ScannedEstate
    from cloudpolicy.reports import Style
    from cloudpolicy.reports.paint import Paint
    from cloudpolicy.reports.places import Places
    from cloudpolicy.texts import Language

_COLOUR = "\x1b\\[[0-9;]*m"

_SUMMARY = Text("summary", "集計")
_VERDICTS = Text("verdicts", "判定")
_CONCERNED = Text("about", "対象")
_PROBLEMS = Text("problems", "問題")
_ORIGIN = Text("origin", "値の出所")
_UNJUDGED = Text("not covered", "ポリシー無し")
_DEFAULT = Text("(default)", "(既定値)")
_ESTATES = Text("estates", "検査単位")
_TIME = Text("time", "所要時間")
_EMPTY = Text("Nothing was found that can be scanned.", "検査できるファイルが見つかりません。")
_UNCONCERNED = Text("The change concerns nothing that can be scanned.", "この変更が関わる検査対象はありません。")
_KNOWN = Text("of the failures were there before", "以前からの不適合")
_NEW = Text("new", "新規")


def lines(report: Report, style: Style, paint: Paint, places: Places) -> list[str]:
    """The table of totals and one closing sentence."""
    lang = style.lang
    rows = _rows(report, style, paint, places)
    column = max(width(label) for label, _ in rows) + 2
    heading = _SUMMARY.pick(lang)
    rule = paint.rule * max(2, max(style.width, 40) - width(heading) - 4)
    shown = [f"{paint.dim}{paint.rule * 2}{paint.off} {paint.bold}{heading}{paint.off} {paint.dim}{rule}{paint.off}"]
    for label, parts in rows:
        first, *more = _packed(parts, f" {paint.dot} ", max(style.width, 40) - column - 2)
        shown.append(f"  {paint.dim}{label}{paint.off}{' ' * (column - width(label))}{first}")
        shown += [" " * (column + 2) + line for line in more]
    closing = _closing(report)
    if closing is not None:
        shown += ["  " + line for line in wrap(closing.pick(lang), max(style.width, 40) - 2)]
    return shown


def _packed(parts: list[str], between: str, room: int) -> list[str]:
    """The parts in as few lines as they fit in; a part that is one long sentence is wrapped."""
    lines: list[str] = []
    used = 0
    for part in parts:
        takes = width(re.sub(_COLOUR, "", part) if "\x1b" in part else part)
        if lines and used + len(between) + takes <= room:
            lines[-1] += between + part
            used += len(between) + takes
        else:
            lines += wrap(part, room) if takes > room and "\x1b" not in part else [part]
            used = takes
    return lines


def _rows(report: Report, style: Style, paint: Paint, places: Places) -> list[tuple[str, list[str]]]:
    """Label and values of each line of the table."""
    lang = style.lang
    rows = [(_VERDICTS.pick(lang), _verdicts(report, lang, paint))]
    severities = words.severities(report)
    if any(severities.values()):
        counts = [
            f"{paint.tone(name)}{_count(number, words.SEVERITY[name].pick(lang), lang)}{paint.off}"
            for name, number in severities.items()
            if number
        ]
        rows.append((words.GRADE.pick(lang), counts))
    known = words.known(report)
    if known:
        new = report.count(Verdict.FAIL) - known
        rows.append((words.KNOWN.pick(lang), [_count(known, _KNOWN.pick(lang), lang), _count(new, _NEW.pick(lang), lang)]))
    scanned = [
        _plural(len(report.estates), "estate", "検査単位", lang),
        _plural(words.files(report), "file", "ファイル", lang),
        _plural(words.resources(report), "resource", "リソース", lang),
    ]
    rows.append((words.SCANNED.pick(lang), scanned))
    if words.ORIGIN.get(report.run.get("origin", "")):
        rows.append((_ORIGIN.pick(lang), [words.ORIGIN[report.run["origin"]].pick(lang)]))
    if report.run.get("changes"):
        rows.append((_CONCERNED.pick(lang), [_concerned(report.run["changes"], lang)]))
    unread = _unread(report, lang)
    if unread:
        rows.append((_PROBLEMS.pick(lang), unread))
    left_out = words.left_out(report)
    if left_out:
        rows.append((words.NOT_SCANNED.pick(lang), [_plural(left_out, "file", "ファイル", lang)]))
    unjudged: dict[str, int] = {}
    for estate in report.estates:
        for type, number in estate.unjudged.items():
            unjudged[type] = unjudged.get(type, 0) + number
    if unjudged:
        total = sum(unjudged.values())
        en = f"{_plural(total, 'resource', '', 'en')} of {_plural(len(unjudged), 'type', '', 'en')} that no selected policy speaks of"
        ja = f"{len(unjudged):,} 種類 {total:,} リソース(選択中のポリシーの対象外の種類)"
        rows.append((_UNJUDGED.pick(lang), [en if lang == "en" else ja]))
        if style.verbose:
            rows += [("", [f"{clean(type)} {number:,}"]) for type, number in sorted(unjudged.items())]
    if report.run.get("profile"):
        rows.append((words.PROFILE.pick(lang), [clean(str(report.run["profile"]))]))
    if style.verbose:
        rows += _parameters(report, lang)
        rows += _estates(report.estates, lang, places)
    seconds = report.run.get("seconds")
    if isinstance(seconds, (int, float)):
        rows.append((_TIME.pick(lang), [f"{seconds:.2f} {'秒' if lang == 'ja' else 's'}"]))
    return rows


def _verdicts(report: Report, lang: Language, paint: Paint) -> list[str]:
    tones = {Verdict.FAIL: "high", Verdict.UNKNOWN: "unknown", Verdict.PASS: "pass"}
    shown = []
    for verdict, label in words.VERDICT.items():
        number = report.count(verdict)
        if not number and verdict not in tones:
            continue
        text = _count(number, label.pick(lang), lang)
        shown.append(f"{paint.tone(tones[verdict])}{text}{paint.off}" if number and verdict in tones else text)
    return shown


def _concerned(changes: dict[str, int], lang: Language) -> str:
    """That this report is not about everything, and about what instead."""
    files, aside = changes["files"], changes["aside"]
    if lang == "ja":
        return f"変更された {files:,} ファイルが関わる検査単位のみ(関わらない {aside:,} 単位は省略)"
    return f"what {_plural(files, 'changed file', '', 'en')} concern{'s' if files == 1 else ''}; {_plural(aside, 'other estate', '', 'en')} left aside"


def _unread(report: Report, lang: Language) -> list[str]:
    shown = []
    for severity, label in words.DIAGNOSTIC.items():
        number = sum(diagnostic.severity == severity for diagnostic in report.diagnostics)
        if number:
            word = label.pick(lang)
            shown.append(_plural(number, word, word, lang))
    return shown


def _parameters(report: Report, lang: Language) -> list[tuple[str, list[str]]]:
    """The run's parameters, by policy or not; marked where the run says which were changed and this one was not."""
    parameters: Any = report.run.get("parameters")
    if not isinstance(parameters, dict):
        return []
    values: dict[str, Any] = {}
    for name, value in parameters.items():
        values.update({f"{name}.{key}": inner for key, inner in value.items()} if isinstance(value, dict) else {name: value})
    changed: Any = report.run.get("changed")
    label = words.PARAMETERS.pick(lang)
    rows = []
    for name, value in values.items():
        default = f" {_DEFAULT.pick(lang)}" if changed is not None and name not in changed else ""
        rows.append((label, [clean(f"{name} = {value}") + default]))
        label = ""
    return rows


def _estates(estates: list[ScannedEstate], lang: Language, places: Places) -> list[tuple[str, list[str]]]:
    label = _ESTATES.pick(lang)
    rows = []
    for estate in estates:
        resources = _plural(estate.resources, "resource", "リソース", lang)
        rows.append((label, [f"{clean(places.of(estate.root))} ({estate.format}, {estate.source}, {resources})"]))
        label = ""
    return rows


def _closing(report: Report) -> Text | None:
    if any(diagnostic.severity == "error" for diagnostic in report.diagnostics):
        return words.INCOMPLETE
    if not report.estates:
        return _UNCONCERNED if report.run.get("changes", {}).get("aside") else _EMPTY
    failures = report.count(Verdict.FAIL)
    if failures and failures == words.known(report):
        return words.NOTHING_NEW
    return None if failures else words.NOTHING_FAILS


def _count(number: int, label: str, lang: Language) -> str:
    return f"{label} {number:,}" if lang == "ja" else f"{number:,} {label}"


def _plural(number: int, en: str, ja: str, lang: Language) -> str:
    if lang == "ja":
        return f"{ja} {number:,}"
    return words.plural(number, en)
