"""Baselines: findings that were there when a gate was put up, written in `cloudpolicy-baseline.json`. What it holds is known, and only news fails.

An entry is one place that is wrong: estate, policy, verdict and the part of the fingerprint that does not depend on where the estate stands.
A finding is known when every place that it speaks of is written down, so that a further one in the same resource is news.
"""

from __future__ import annotations

from cloudpolicy.decisions import BASELINE as NAME

__all__ = ["NAME", "Baseline", "Entry"]

OCCURS, GONE, NOT_CHECKED = "occurs", "gone", "not-checked"  # what a scan says of an entry


class Entry:
    """One place that is wrong, as the file writes it.

    estate       path of the estate, relative to the file's folder, with "/"
    policy       id
    verdict      "fail" or "unknown"
    resource     address; "" for a finding about the whole estate
    attribute    dotted path without indexes, for people; nothing is matched by it
    fingerprint  findings.local of the place's fingerprint
    line         where it stands, 0 in one that is not written yet
    state        what the scan at hand says of it
    now          `estate` as it is called now: the file or folder may have been renamed
    """

    __slots__ = ("attribute", "estate", "fingerprint", "line", "now", "policy", "resource", "state", "verdict")

    def __init__(self, estate: str, policy: str, verdict: str, resource: str, attribute: str, fingerprint: str, line: int = 0) -> None:
        self.estate = estate
        self.policy = policy
        self.verdict = verdict
        self.resource = resource
        self.attribute = attribute
        self.fingerprint = fingerprint
        self.line = line
        self.state = NOT_CHECKED
        self.now = estate

    def key(self) -> tuple[str, str, str]:
        """What makes it the same entry: estate, fingerprint, verdict."""
        return self.estate, self.fingerprint, self.verdict


class Baseline:
    """One file: `path` (absolute) and its entries in their order."""

    __slots__ = ("entries", "path")

    def __init__(self, path: str, entries: list[Entry]) -> None:
        self.path = path
        self.entries = entries
