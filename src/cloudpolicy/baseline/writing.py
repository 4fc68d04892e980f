"""A baseline file's text from a report: one line for each entry, in an order of its own, so that a change is reviewed line by line."""

from __future__ import annotations

import json
import os
import re

from cloudpolicy.baseline import GONE, Baseline, Entry, matching, reading
from cloudpolicy.findings import FINGERPRINTS, WAIVED, local
from cloudpolicy.model import Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.findings import Report


def entries_of(report: Report, folder: str) -> list[Entry]:
    """An entry for each place that fails or is unknown, as a baseline in `folder` writes it. What is waived has its own record."""
    found: dict[tuple[str, str, str], Entry] = {}
    for finding in matching.concerned(report):
        if finding.verdict == WAIVED:
            continue
        estate = matching.relative(finding.estate, folder)
        attribute = re.sub(r"\[[^]]*]", "", finding.attribute)
        for print, address, name in finding.places or ((finding.fingerprint, finding.address, attribute),):
            entry = Entry(estate, finding.policy, finding.verdict, address, name, local(print))
            found.setdefault(entry.key(), entry)
    return list(found.values())


def updated(baseline: Baseline, report: Report, prune: bool) -> list[Entry]:
    """The entries that `baseline` should hold after a scan: what it holds and was not found gone, and what is news unless `prune`."""
    found: dict[tuple[str, str], Entry] = {}
    for old in baseline.entries:
        if old.state != GONE:
            entry = Entry(old.now, old.policy, old.verdict, old.resource, old.attribute, old.fingerprint)
            _keep(found, entry)
    for entry in () if prune else entries_of(report, os.path.dirname(baseline.path)):
        _keep(found, entry)
    return list(found.values())


def _keep(found: dict[tuple[str, str], Entry], entry: Entry) -> None:
    """One entry for each place: a failure covers what cannot be decided today."""
    place = (entry.estate, entry.fingerprint)
    there = found.get(place)
    if there is None or (entry.verdict == Verdict.FAIL and there.verdict != Verdict.FAIL):
        found[place] = entry


def text(entries: list[Entry]) -> str:
    """The file: the same bytes for the same entries, whatever order they come in."""
    rows = sorted({tuple(getattr(entry, key) for key in reading.FIELDS) for entry in entries})
    lines = [json.dumps(dict(zip(reading.FIELDS, row, strict=True)), ensure_ascii=not "".join(row).isprintable()) for row in rows]
    head = f'"version": {reading.VERSION},\n"fingerprints": {FINGERPRINTS},\n'
    return f'{{\n{head}"entries": [\n' + ",\n".join(lines) + ("\n]\n}\n" if lines else "]\n}\n")


def write(path: str, entries: list[Entry]) -> None:
    """Write the file whole or not at all. Raises OSError."""
    from cloudpolicy import reports

    reports.write(path, text(entries))
