"""Values that the service told, laid over what the text left open, and the verdicts that this settles."""

from __future__ import annotations

import re

from cloudpolicy.model import Diagnostic, Unknown, Verdict
from cloudpolicy.reports.secrets import MASK
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.findings import Finding
    from cloudpolicy.model import Estate, Resource

__all__ = ["MASK", "lay_over", "secret", "verdicts"]

_SECRET = re.compile(r"(?i)passw(or)?d|passphrase|secret|token|api_?key|private_?key|credential")
_OPEN = "{{changeSet:KNOWN_AFTER_APPLY}}"


def secret(path: str) -> bool:
    """Whether a property is named like something that no report may quote."""
    return _SECRET.search(path) is not None


def lay_over(resource: Resource, told: Any, replace: bool = False) -> None:
    """Give the resource the service's values where its own are unknown, or everywhere with `replace`.

    A value that links to another resource of the estate stays: its physical id would break the link. So does one that nobody may quote.
    """
    if isinstance(told, dict):
        _merge(resource.values, told, replace)


def _merge(own: dict[str, Any], told: dict[str, Any], replace: bool) -> None:
    spelled = getattr(own, "written", None)  # Azure's mappings are the same in any case
    for key, value in told.items():
        key = (spelled(key) or key) if spelled is not None else key
        if key not in own:
            if value is not None and value != _OPEN and not secret(key):
                own[key] = value
        else:
            own[key] = _settle(key, own[key], value, replace)


def _settle(key: str, own: Any, told: Any, replace: bool) -> Any:
    if told is None or told == _OPEN or secret(key):
        return own
    if isinstance(told, Unknown) and not told.references:  # the service does not know it either
        return own
    if isinstance(own, Unknown):
        return own if own.references else told
    if isinstance(own, dict) and isinstance(told, dict):
        _merge(own, told, replace)
        return own
    if isinstance(own, list) and isinstance(told, list) and len(own) == len(told):
        return [_settle(key, mine, theirs, replace) for mine, theirs in zip(own, told, strict=True)]
    return told if replace else own


def verdicts(before: list[Finding], after: list[Finding], estate: Estate) -> list[Diagnostic]:
    """One note for each verdict that the text left unknown and the service settled, on resources that the preview does hold."""
    still = {(f.policy, f.address) for f in after if f.verdict == Verdict.UNKNOWN}
    failed = {(f.policy, f.address) for f in after if f.verdict == Verdict.FAIL}
    notes = {}
    for finding in before:
        key = (finding.policy, finding.address)
        if finding.verdict != Verdict.UNKNOWN or key in still or estate.at(finding.address) is None:
            continue
        en, ja = ("it fails", "不適合") if key in failed else ("it passes", "適合")
        said = Text(
            f"settled by the preview: {finding.policy} on {finding.address} was unknown in the text; {en}",
            f"プレビューで確定: {finding.address} の {finding.policy} は、テンプレートだけでは判定不能でしたが、{ja}です",
        )
        notes[key] = Diagnostic("note", "settled", said, finding.span)
    return list(notes.values())
