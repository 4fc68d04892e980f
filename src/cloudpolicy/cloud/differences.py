"""A deployed estate held against the one in the repository, by address and attribute."""

from __future__ import annotations

import os

from cloudpolicy.cloud.settled import MASK, hidden
from cloudpolicy.evaluate.wording import dotted, shown
from cloudpolicy.model import ABSENT, Diagnostic, Span, Unknown, Verdict, type_key
from cloudpolicy.reports.words import VERDICT
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, Literal

    from cloudpolicy.findings import Finding
    from cloudpolicy.model import Estate, Path

_SHOWN = 80  # characters of a value
_CHOSEN = {("apiVersion",)}  # says how a template is written, nothing of the resource


class Pairs:
    """Which resource of the source is which deployed one, where the two sides do not use the same addresses.

    partners  address in the source -> address in the live estate; None where it cannot be told; no entry: it is not deployed
    aside     live addresses that are no addition to the source: made by the service, written in a parent, or not to be told
    """

    __slots__ = ("aside", "partners")

    def __init__(self, partners: dict[str, str | None], aside: set[str]) -> None:
        self.partners = partners
        self.aside = aside


def compare(source: Estate, live: Estate, before: list[Finding], after: list[Finding], pairs: Pairs | None = None) -> Iterator[Diagnostic]:
    """One warning for each resource, setting and verdict that differs. What either side does not know, or nobody may quote, is not compared.

    pairs  None: both sides use the same addresses
    """
    name = os.path.basename(source.root)
    if pairs is None:
        pairs = Pairs({resource.address: resource.address for resource in source.resources if live.at(resource.address) is not None}, set())
    for resource in source.resources:
        partner = pairs.partners.get(resource.address, "")
        deployed = live.at(partner) if partner else None
        if partner is None:
            yield _told(
                "note",
                "not-compared",
                resource.span,
                f"{resource.address}: which deployed resource it is cannot be told; it is not compared",
                f"{resource.address}: 配備済みのどのリソースに当たるか判別できないため、比較していません",
            )
        elif deployed is None:
            if not resource.conditional:
                yield _warning(
                    resource.span,
                    f"{resource.address} is in {name} but not deployed",
                    f"{resource.address} は {name} にありますが配備されていません",
                )
        elif type_key(deployed.type) != type_key(resource.type):
            yield _warning(
                resource.span,
                f"{resource.address} is {resource.type} in {name} and {deployed.type} deployed",
                f"{resource.address} は {name} では {resource.type}、配備済みのものは {deployed.type} です",
            )
        else:
            for path, written, found in _values(resource.values, deployed.values, ()):
                masked = hidden(resource.values, path) or hidden(deployed.values, path)
                one, other = _text(masked, written), _text(masked, found)
                yield _warning(
                    resource.locate(path),
                    f"{resource.address}: `{dotted(path)}` is {one.en} in {name} and {other.en} deployed",
                    f"{resource.address}: `{dotted(path)}` は {name} では {one.ja}、配備済みのものは {other.ja} です",
                )
    known = {*pairs.partners.values(), *pairs.aside}
    for resource in live.resources:
        if resource.address not in known:
            yield _warning(
                resource.span,
                f"{resource.address} is deployed but not in {name}",
                f"{resource.address} は配備されていますが {name} にありません",
            )
    yield from _verdicts(name, source, before, after, pairs.partners)


def _verdicts(
    name: str, source: Estate, before: list[Finding], after: list[Finding], partners: dict[str, str | None]
) -> Iterator[Diagnostic]:
    """Where a policy fails on one side only. An unknown verdict is no difference from a pass, and a resource of one side is told already."""
    back = {there: here for here, there in partners.items()}
    then = _worst((f.address, f) for f in before if partners.get(f.address) is not None)
    now = _worst((here, f) for f in after if (here := back.get(f.address)) is not None)
    for key in dict.fromkeys([*now, *then]):
        old, new = then.get(key), now.get(key)
        was, verdict = (finding.verdict if finding is not None else Verdict.PASS for finding in (old, new))
        if was != verdict and Verdict.FAIL in (was, verdict):
            policy, address = key
            resource = source.at(address)
            yield _warning(
                resource.span if resource is not None else Span(source.root),
                f"{policy} on {address}: {was} in {name}, {verdict} deployed",
                f"{address} の {policy}: {name} では{VERDICT[was].ja}、配備済みのものは{VERDICT[verdict].ja}です",
            )


def _worst(findings: Iterable[tuple[str, Finding]]) -> dict[tuple[str, str], Finding]:
    """(policy, address in the source) -> its gravest finding; what passes is not there."""
    found: dict[tuple[str, str], Finding] = {}
    for address, finding in findings:
        if finding.verdict == Verdict.FAIL or (finding.verdict == Verdict.UNKNOWN and (finding.policy, address) not in found):
            found[finding.policy, address] = finding
    return found


def _values(written: Any, found: Any, path: Path) -> Iterator[tuple[Path, Any, Any]]:
    if isinstance(written, Unknown) or isinstance(found, Unknown) or path in _CHOSEN:
        return
    if isinstance(written, dict) and isinstance(found, dict):
        for key, value in written.items():  # what the service adds by itself is no difference of ours
            yield from _values(value, found.get(key, ABSENT), (*path, key))
    elif isinstance(written, list) and isinstance(found, list) and (_named(written) or len(written) == len(found)):
        yield from _elements(written, found, path)
    elif not _same(written, found, path):
        yield path, written, found


def _elements(written: list[Any], found: list[Any], path: Path) -> Iterator[tuple[Path, Any, Any]]:
    """Elements by their names, where all have one (rules, subnets); by their place elsewhere."""
    if not (_named(written) and _named(found)):
        for index, (one, other) in enumerate(zip(written, found, strict=False)):
            yield from _values(one, other, (*path, index))
        for index in range(len(found), len(written)):
            yield (*path, index), written[index], ABSENT
        return
    there = {one["name"].lower(): one for one in found}
    for index, one in enumerate(written):
        yield from _values(one, there.pop(one["name"].lower(), ABSENT), (*path, index))
    for name, one in there.items():
        yield (*path, name), ABSENT, one


def _named(items: list[Any]) -> bool:
    return bool(items) and all(isinstance(one, dict) and isinstance(one.get("name"), str) for one in items)


def _same(one: Any, other: Any, path: Path) -> bool:
    """The service spells numbers and truths as text in places, and regions in words."""
    if one == other or (one in ({}, []) and other is ABSENT):
        return True
    if not (isinstance(one, str | int | float) and isinstance(other, str | int | float)):
        return False
    texts = [str(value).lower() for value in (one, other)]
    if path[-1:] == ("location",):
        texts = [text.replace(" ", "") for text in texts]
    return texts[0] == texts[1]


def _text(masked: bool, value: Any) -> Text:
    if value is ABSENT:
        return Text("not set", "未設定")
    said = MASK if masked else shown(value, _SHOWN)
    return Text(said, said)


def _warning(span: Span, en: str, ja: str) -> Diagnostic:
    return _told("warning", "differs-from-source", span, en, ja)


def _told(severity: Literal["warning", "note"], code: str, span: Span, en: str, ja: str) -> Diagnostic:
    return Diagnostic(severity, code, Text(en, ja), span)
