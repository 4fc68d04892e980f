"""What people decided about findings, applied to a finished report: waivers first, then the baseline.

A scan of a project that holds neither file pays two questions to the disk for each folder, and imports nothing.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudpolicy.findings import Report
    from cloudpolicy.scan import Request

WAIVERS = "cloudpolicy-waivers.yaml"
BASELINE = "cloudpolicy-baseline.json"


def apply(report: Report, request: Request, known: Callable[[str], str | None], folders: list[str] | None = None) -> None:
    """Let the decisions that stand in or above the scanned estates speak on `report`, in place.

    known    turns the id or an alias of any policy into its id, None when there is none
    folders  where decisions are looked for instead, outer ones first: what is deployed stands in no folder
    """
    folders = folders_above(report) if folders is None else folders
    paths = request.paths if request.changed is None else ()  # a report about some changes cannot tell what is no longer needed
    found = [path for path in (os.path.join(folder, WAIVERS) for folder in folders) if os.path.exists(path)]
    if found:
        from cloudpolicy import waivers
        from cloudpolicy.waivers import applying

        kept = None
        if request.cache:
            from cloudpolicy import cache

            kept = cache.kept()
        day = request.day or waivers.today()
        applying.apply(report, found, paths, day, request.config.values["waiver_max_days"], known, kept)
    if request.baseline is not None:
        found = [request.baseline] if request.baseline else []
    else:
        found = [path for path in (os.path.join(folder, BASELINE) for folder in folders) if os.path.lexists(path)]
    if found:
        from cloudpolicy.baseline import matching

        matching.apply(report, found, paths, known)


def folders_above(report: Report) -> list[str]:
    """The folders of the report's estates and everything above them up to the project's, outer ones first."""
    found: set[str] = set()
    for folder in [report.base, *(estate.root if estate.source == "hcl" else os.path.dirname(estate.root) for estate in report.estates)]:
        climb(folder, report.project, found)
    return sorted(found)


def climb(folder: str, top: str, found: set[str]) -> set[str]:
    """Adds `folder` and everything above it up to `top` to `found`."""
    while folder not in found:
        found.add(folder)
        if folder == top or not folder.startswith(top):
            break
        folder = os.path.dirname(folder)
    return found
