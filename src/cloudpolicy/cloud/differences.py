"""A deployed estate held against the one in the repository, by address and attribute."""

from __future__ import annotations

import os

from cloudpolicy.cloud.settled import secret
from cloudpolicy.evaluate.wording import dotted, shown
from cloudpolicy.model import ABSENT, Diagnostic, Span, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cloudpolicy.findings import Finding
    from cloudpolicy.model import Estate, Path

_SHOWN = 80  # characters of a value


def compare(source: Estate, live: Estate, before: list[Finding], after: list[Finding]) -> Iterator[Diagnostic]:
    """One warning for each resource, setting and verdict that differs. What either side does not know, or nobody may quote, is not compared."""
    name = os.path.basename(source.root)
    for resource in source.resources:
        deployed = live.at(resource.address)
        if deployed is None:
            if not resource.conditional:
                yield _warning(
                    resource.span,
                    f"{resource.address} is in {name} but not deployed",
                    f"{resource.address} は {name} にありますが配備されていません",
                )
        elif deployed.type != resource.type:
            yield _warning(
                resource.span,
                f"{resource.address} is {resource.type} in {name} and {deployed.type} deployed",
                f"{resource.address} は {name} では {resource.type}、配備済みのものは {deployed.type} です",
            )
        else:
            for path, written, found in _values(resource.values, deployed.values, ()):
                one, other = _text(path, written), _text(path, found)
                yield _warning(
                    resource.locate(path),
                    f"{resource.address}: `{dotted(path)}` is {one} in {name} and {other} deployed",
                    f"{resource.address}: `{dotted(path)}` は {name} では {one}、配備済みのものは {other} です",
                )
    for resource in live.resources:
        if source.at(resource.address) is None:
            yield _warning(
                resource.span,
                f"{resource.address} is deployed but not in {name}",
                f"{resource.address} は配備されていますが {name} にありません",
            )
    yield from _verdicts(name, source, before, after)


def _verdicts(name: str, source: Estate, before: list[Finding], after: list[Finding]) -> Iterator[Diagnostic]:
    then = {(f.policy, f.address, f.attribute): f for f in before}
    for finding in after:
        old = then.get((finding.policy, finding.address, finding.attribute))
        if old is None or old.verdict != finding.verdict:
            was = old.verdict if old is not None else "pass"
            resource = source.at(finding.address)
            yield _warning(
                resource.span if resource is not None else finding.span,
                f"{finding.policy} on {finding.address or name}: {was} in {name}, {finding.verdict} deployed",
                f"{finding.address or name} の {finding.policy}: {name} では {was}、配備済みのものは {finding.verdict} です",
            )


def _values(written: Any, found: Any, path: Path) -> Iterator[tuple[Path, Any, Any]]:
    if isinstance(written, Unknown) or isinstance(found, Unknown):
        return
    if isinstance(written, dict) and isinstance(found, dict):
        for key, value in written.items():  # what the service adds by itself is no difference of ours
            yield from _values(value, found.get(key, ABSENT), (*path, key))
    elif isinstance(written, list) and isinstance(found, list) and len(written) == len(found):
        for index, (one, other) in enumerate(zip(written, found, strict=True)):
            yield from _values(one, other, (*path, index))
    elif not _same(written, found):
        yield path, written, found


def _same(one: Any, other: Any) -> bool:
    """The service spells numbers and truths as text in places."""
    return one == other or (
        isinstance(one, str | int | float) and isinstance(other, str | int | float) and str(one).lower() == str(other).lower()
    )


def _text(path: Path, value: Any) -> str:
    if any(isinstance(part, str) and secret(part) for part in path):
        return "****"
    return "not set" if value is ABSENT else shown(value, _SHOWN)


def _warning(span: Span, en: str, ja: str) -> Diagnostic:
    return Diagnostic("warning", "differs-from-source", Text(en, ja), span)
