"""Baselines held against a finished report: what they hold is known, and what of them no longer occurs is told."""

from __future__ import annotations

import os

from cloudpolicy.baseline import GONE, NOT_CHECKED, OCCURS, Baseline, Entry, reading
from cloudpolicy.findings import WAIVED, WAIVERS, local, recognise
from cloudpolicy.model import Diagnostic, Span, Verdict
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence

    from cloudpolicy.findings import Finding, Report

    Known = Callable[[str], str | None]  # the id of the policy of this id or alias, None when there is none
    Places = dict[str, set[tuple[str, str]]]  # absolute root of an estate -> (local fingerprint, verdict) of its places

_TOLD = 10  # entries of one file that are told one by one


def apply(report: Report, found: Iterable[str], paths: Sequence[str], known: Known) -> None:
    """Read the baseline files `found` and let them speak on the report, in place.

    paths  absolute folders and files that the scan was asked for: what stood below them and is in no estate is gone
    known  policy id or alias -> id, None when there is no such policy
    """
    baselines = []
    for path in found:
        try:
            baselines.append(reading.read(path, tree_of(path, report)))
        except reading.Refused as error:
            report.diagnostics.append(error.diagnostic)
    report.run["baseline"] = [relative(path, report.project) for path in found]
    compare(report, baselines, paths, known)
    for baseline in baselines if "imported" not in report.run else ():  # another tool may have been asked for less
        report.diagnostics += _about_gone(baseline, report)


def apply_elsewhere(report: Report, found: Sequence[str], root: str) -> None:
    """Let the baseline files `found` speak on a report about what was deployed from the estate at `root`: the same findings in another place."""
    held: set[tuple[str, str]] = set()
    for path in found:
        try:
            baseline = reading.read(path, os.path.dirname(path))
        except reading.Refused as error:
            report.diagnostics.append(error.diagnostic)
            continue
        held.update((entry.fingerprint, entry.verdict) for entry in baseline.entries if _root(baseline, entry) == root)
    report.run["baseline"] = [relative(path, os.path.dirname(root)) for path in found]
    recognise(report.findings, lambda finding: held, local)


def compare(report: Report, baselines: list[Baseline], paths: Sequence[str], known: Known) -> None:
    """Mark what the baselines hold as known, and set the state of each of their entries."""
    occurring = _occurring(report)
    moved = recognised(report, baselines, occurring)
    incomplete = any(diagnostic.severity == "error" for diagnostic in report.diagnostics)
    prints = {root: {print for print, _ in places} for root, places in occurring.items()}
    scanned = {estate.root for estate in report.estates}
    for baseline in baselines:
        for entry in baseline.entries:
            root = _root(baseline, entry)
            here = moved.get(root, root)
            if here != root:
                entry.now = relative(here, os.path.dirname(baseline.path))
            if entry.fingerprint in prints.get(here, ()):
                entry.state = OCCURS
            elif incomplete or not (here in scanned or not stands(root) or any(_holds(path, root) for path in paths)):
                entry.state = NOT_CHECKED
            else:
                ran = entry.policy in report.policies or known(entry.policy) is None
                entry.state = GONE if ran else NOT_CHECKED


def recognised(report: Report, baselines: list[Baseline], occurring: Places | None = None, stood: Container[str] = ()) -> dict[str, str]:
    """Mark what the baselines hold as known; returns the estates that have moved, old root -> new one. `stood`: roots that are not new."""
    occurring = _occurring(report) if occurring is None else occurring
    held: Places = {}
    for baseline in baselines:
        for entry in baseline.entries:
            held.setdefault(_root(baseline, entry), set()).add((entry.fingerprint, entry.verdict))
    moved = _moved(baselines, held, occurring, report, stood)
    for old, new in moved.items():
        held.setdefault(new, set()).update(held[old])
    recognise(report.findings, lambda finding: held.get(finding.estate, ()), local)
    return moved


def tree_of(path: str, report: Report) -> str:
    """The folder outside of which a link at `path` is not followed."""
    return report.project if _holds(report.project, path) else os.path.dirname(path)


def concerned(report: Report) -> list[Finding]:
    """The findings that a baseline can hold: ours about templates, not those about waivers."""
    return [f for f in report.findings if f.verdict in (Verdict.FAIL, Verdict.UNKNOWN, WAIVED) and f.format != WAIVERS]


def _occurring(report: Report) -> Places:
    """What is found now; what is waived occurs, too."""
    found: Places = {estate.root: set() for estate in report.estates}
    for finding in concerned(report):
        verdict = str(finding.was if finding.verdict == WAIVED else finding.verdict)
        found.setdefault(finding.estate, set()).update((local(print), verdict) for print in finding.prints())
    return found


def _moved(baselines: list[Baseline], held: Places, occurring: Places, report: Report, stood: Container[str]) -> dict[str, str]:
    """Estates of the baselines that are gone -> the one that has come in their place, renamed or moved.

    It keeps its name or its folder, and at least half of what is wrong with its resources is the same, on either side. What is said of an
    estate as a whole is no evidence: it is said of most.
    """
    gone = [root for root in sorted(held) if root not in occurring and not stands(root)]
    came = {root: set[str]() for root in sorted(occurring) if root not in held and root not in stood}
    if not gone or not came:
        return {}
    before: dict[str, set[str]] = {root: set() for root in gone}
    for baseline in baselines:
        for entry in baseline.entries:
            root = _root(baseline, entry)
            if root in before and entry.resource and entry.policy in report.policies:
                before[root].add(entry.fingerprint)
    for finding in concerned(report):
        if finding.estate in came:
            places = finding.places or ((finding.fingerprint, finding.address, ""),)
            came[finding.estate].update(local(print) for print, address, _ in places if address)
    pairs = []
    for old in gone:
        for new, after in came.items():
            common = len(before[old] & after)
            alike = os.path.basename(old) == os.path.basename(new) or os.path.dirname(old) == os.path.dirname(new)
            if alike and common and common * 2 >= max(len(before[old]), len(after)):
                pairs.append((-common, old, new))
    moved: dict[str, str] = {}
    for _, old, new in sorted(pairs):
        if old not in moved and new not in moved.values():
            moved[old] = new
    return moved


def stands(root: str) -> bool:
    """Whether there still is an estate's file, or a folder with Terraform in it."""
    try:
        with os.scandir(root) as entries:
            return any(entry.name.endswith((".tf", ".tf.json")) for entry in entries)
    except NotADirectoryError:
        return True
    except OSError:
        return os.path.lexists(root)


def _about_gone(baseline: Baseline, report: Report) -> list[Diagnostic]:
    gone = [entry for entry in baseline.entries if entry.state == GONE]
    folder = relative(os.path.dirname(baseline.path), os.getcwd())
    found: list[Diagnostic] = []
    for left, entry in zip(range(len(gone) - 1, -1, -1), gone[:_TOLD], strict=False):
        what = f"{entry.policy} {entry.resource or entry.estate}"[:200]
        more = len(found) + 1 == _TOLD and left
        more_en, more_ja = (f" (and {left:,} more)", f"(ほか {left:,} 件)") if more else ("", "")
        text = Text(
            f"baseline: {what} no longer occurs{more_en}; run cloudpolicy baseline update {folder}",
            f"ベースライン: {what} は現在の指摘にありません{more_ja}。cloudpolicy baseline update {folder} を実行してください",
        )
        found.append(Diagnostic("warning", "baseline-gone", text, Span(baseline.path, entry.line)))
    return found


def _root(baseline: Baseline, entry: Entry) -> str:
    return os.path.normpath(os.path.join(os.path.dirname(baseline.path), *entry.estate.split("/")))


def _holds(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def relative(path: str, base: str) -> str:
    """`path` as seen from the folder `base`, with "/" on every system; the path itself on another drive."""
    try:
        return os.path.relpath(path, base).replace(os.sep, "/")
    except ValueError:
        return path.replace(os.sep, "/")
