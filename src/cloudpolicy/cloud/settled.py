"""Values that the service told, laid over what the text left open, and the verdicts that this settles."""

from __future__ import annotations

import re

from cloudpolicy.evaluate.wording import is_secret_name
from cloudpolicy.model import ABSENT, Diagnostic, Unknown, Verdict
from cloudpolicy.reports.secrets import MASK
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.findings import Finding
    from cloudpolicy.model import Estate, Path, Resource

__all__ = ["MASK", "drifted", "hidden", "lay_over", "verdicts"]

_OPEN = "{{changeSet:KNOWN_AFTER_APPLY}}"  # may stand inside a longer text
# Beside what policies take for a secret: long-lived access, and scripts that may hold it.
_UNQUOTED = r"(?i)passphrase|connection_?string|(?:primary|secondary)_?(?:master_?)?key|user_?data|custom_?data|protected_?settings|command_?to_?execute"


def hidden(values: Any, path: Path) -> bool:
    """Whether what stands at `path` of a resource's values may be a secret that no report quotes: by its name, or as the value of a setting or
    stored parameter ({name: …, value: …}), whose names are anybody's. Tags are quoted."""
    if any(isinstance(part, str) and _secret(part) for part in path):
        return True
    holder = values
    for part in path[:-1]:
        holder = _inside(holder, part)
    if not path or str(path[-1]).lower() != "value" or not isinstance(holder, dict):
        return False
    return "Tags" not in path and any(key in holder for key in ("name", "Name", "key", "Key"))


def _secret(name: str) -> bool:
    return is_secret_name(name) or re.search(_UNQUOTED, name) is not None


def _inside(holder: Any, part: str | int) -> Any:
    if isinstance(holder, dict):
        return holder.get(part)
    if isinstance(holder, list) and str(part).isdigit() and int(part) < len(holder):
        return holder[int(part)]
    return None


def lay_over(resource: Resource, told: Any, replace: bool = False) -> None:
    """Give the resource the service's values where its own are unknown, or everywhere with `replace`.

    A value that links to another resource of the estate stays: its physical id would break the link. So does one that nobody may quote, and
    what the service does not know, hides or leaves to be resolved is unknown where the resource has nothing.
    """
    if isinstance(told, dict):
        _merge(resource.values, told, replace)


def drifted(resource: Resource, expected: Any, actual: Any) -> None:
    """Give the resource what really stands there, where that differs from what was deployed; what was taken away is taken away."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        _really(resource.values, expected, actual)


def _really(own: dict[str, Any], expected: dict[str, Any], actual: dict[str, Any]) -> None:
    for key in {**expected, **actual}:
        before, now = expected.get(key, ABSENT), actual.get(key, ABSENT)
        if before == now:  # as deployed: what the text leaves open is settled
            if key in own:
                own[key] = _settle(key, own[key], now, replace=False)
        elif now is ABSENT:
            own.pop(key, None)
        elif isinstance(before, dict) and isinstance(now, dict) and isinstance(own.get(key), dict):
            _really(own[key], before, now)
        elif isinstance(before, list) and isinstance(now, list) and _alike(own.get(key), before, now):
            for mine, was, real in zip(own[key], before, now, strict=True):
                if was != real:
                    _really(mine, was, real)
        else:
            own[key] = Unknown("not-exported", key) if _untold(key, now) else now


def _alike(*lists: Any) -> bool:
    """Whether all are lists of as many mappings."""
    return all(isinstance(one, list) and len(one) == len(lists[-1]) and all(isinstance(item, dict) for item in one) for one in lists)


def _untold(key: str, told: Any) -> Unknown | None:
    """The unknown that a value of the service stands for: known later, resolved later, masked, or not to be quoted. None for a value."""
    if isinstance(told, (str, list)) and is_secret_name(key):
        return Unknown("not-exported", key)
    if isinstance(told, str):
        if _OPEN in told:
            return Unknown("known-after-deploy", key)
        if "{{resolve:" in told:
            return Unknown("dynamic-reference", key)
        if re.fullmatch(r"\*+", told):
            return Unknown("not-exported", key)
    return None


def _merge(own: dict[str, Any], told: dict[str, Any], replace: bool) -> None:
    spelled = getattr(own, "written", None)  # Azure's mappings are the same in any case
    for key, value in told.items():
        key = (spelled(key) or key) if spelled is not None else key
        if key in own:
            own[key] = _settle(key, own[key], value, replace)
        elif value is not None:
            own[key] = _untold(key, value) or _known(value)


def _known(told: Any) -> Any:
    """A value of the service in which what it does not tell is unknown, however deep."""
    if isinstance(told, dict):
        for key, value in told.items():  # in place: Azure's mappings are of a type of their own
            told[key] = _untold(str(key), value) or _known(value)
        return told
    return [_untold("", item) or _known(item) for item in told] if isinstance(told, list) else told


def _settle(key: str, own: Any, told: Any, replace: bool) -> Any:
    if told is None or _untold(key, told) is not None:
        return own
    if isinstance(told, Unknown) and not told.references:  # the service does not know it either
        return own
    if isinstance(own, Unknown):
        return own if own.references else _known(told)
    if isinstance(own, dict) and isinstance(told, dict):
        _merge(own, told, replace)
        return own
    if isinstance(own, list) and isinstance(told, list) and len(own) == len(told):
        return [_settle(key, mine, theirs, replace) for mine, theirs in zip(own, told, strict=True)]
    return _known(told) if replace else own


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
