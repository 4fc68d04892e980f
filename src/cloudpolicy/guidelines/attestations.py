"""What people state where no template can tell: attestations, the provider's evidence, what does not apply."""

from __future__ import annotations

import os
import re

from cloudpolicy import yamlfile
from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime
    from typing import Literal

    from cloudpolicy.guidelines import schema
    from cloudpolicy.guidelines.catalogue import Catalogue, Clause
    from cloudpolicy.yamlfile import Fault, Key

    Kind = Literal["attestation", "provider-evidence", "not-applicable"]

NAME = "attestations.yaml"


class Attestation:
    """One statement about one or more clauses, by a named person, up to a day.

    kind       "attestation": the customer or SIer states that it is done; "provider-evidence": a certificate or report of the provider;
               "not-applicable": the clause does not concern this system
    clauses    ids
    statement  what is stated; the reason for "not-applicable"; the certificate's or report's name for "provider-evidence"
    attester   who states or confirmed it; `role` is the person's function
    day        when; `expires` is the last day on which it counts
    evidence   document reference or URL; "" only for "not-applicable"
    provider   who issued it, and `period` what it covers: for "provider-evidence", else ""
    span       where it stands
    """

    __slots__ = ("attester", "clauses", "day", "evidence", "expires", "kind", "period", "provider", "role", "span", "statement")

    def __init__(
        self,
        kind: Kind,
        clauses: tuple[str, ...],
        statement: str,
        attester: str,
        role: str,
        day: datetime.date,
        expires: datetime.date,
        evidence: str,
        span: Span,
        provider: str = "",
        period: str = "",
    ) -> None:
        self.kind: Kind = kind
        self.clauses = clauses
        self.statement = statement
        self.attester = attester
        self.role = role
        self.day = day
        self.expires = expires
        self.evidence = evidence
        self.span = span
        self.provider = provider
        self.period = period

    def counts(self, day: datetime.date) -> bool:
        """Whether it is in force on `day`: made by then and not expired."""
        return self.day <= day <= self.expires

    def summary(self) -> Text:
        """Who, when and on what, for a checklist's cell."""
        source = f"{self.provider}: " if self.provider else ""
        until = self.expires.isoformat()
        return Text(
            f"{source}{self.statement} ({self.attester}, {self.role}, {self.day.isoformat()}, until {until})",
            f"{source}{self.statement}({self.attester}・{self.role}、{self.day.isoformat()}、有効期限 {until})",
        )

    def __repr__(self) -> str:
        return f"Attestation({self.kind} {', '.join(self.clauses)})"


def find(start: str) -> str | None:
    """The nearest attestations.yaml from `start` upwards, not above a repository's top."""
    folder = os.path.abspath(start)
    if not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    while True:
        path = os.path.join(folder, NAME)
        if os.path.isfile(path):
            return path
        parent = os.path.dirname(folder)
        if parent == folder or os.path.exists(os.path.join(folder, ".git")):
            return None
        folder = parent


def load(path: str, catalogue: Catalogue, day: datetime.date) -> tuple[list[Attestation], list[Diagnostic]]:
    """The statements in `path` and what is wrong with it.

    A malformed entry, or one about a clause that does not exist, is an error and is left out; the others are kept. One that is expired (or
    not yet made) on `day` is a warning; it is kept, for people to see, and `Attestation.counts` is False.
    """
    return taken(path, yamlfile.bytes_of(path), catalogue, day)


def taken(path: str, data: bytes | Fault, catalogue: Catalogue, day: datetime.date) -> tuple[list[Attestation], list[Diagnostic]]:
    """As `load`, from the file's bytes, or from why they cannot be read."""
    from cloudpolicy.guidelines import schema

    what = Text("attestations", "証明ファイル")
    lists, lines, faults = yamlfile.parse(data, schema.Lists)
    found: list[Attestation] = []
    problems: list[Diagnostic] = []
    if lists is None:
        return [], [yamlfile.diagnostic(path, lines, fault, "invalid-attestation", what) for fault in faults]
    kinds: dict[str, type[schema.Statement | schema.Proof | schema.Absence]] = {
        "attestations": schema.Statement,
        "provider_evidence": schema.Proof,
        "not_applicable": schema.Absence,
    }
    for name, kind in kinds.items():
        for index, content in enumerate(getattr(lists, name) or ()):
            key = (name, index)
            entry, wrong = yamlfile.convert(content, kind, key)
            if entry is not None:
                wrong = _faults(entry, key, catalogue)
            if entry is None or wrong:
                problems += [yamlfile.diagnostic(path, lines, fault, "invalid-attestation", what) for fault in wrong]
                continue
            attestation = _statement(entry, Span(path, lines.get(key, 1)))
            found.append(attestation)
            if not attestation.counts(day):
                problems.append(_not_in_force(attestation, day))
    return found, problems


def _statement(entry: schema.Statement | schema.Proof | schema.Absence, span: Span) -> Attestation:
    from cloudpolicy.guidelines import schema

    clauses = tuple(dict.fromkeys(entry.clauses))
    rest = (entry.role, entry.date, entry.expires)
    if isinstance(entry, schema.Proof):
        return Attestation(
            "provider-evidence", clauses, entry.report, entry.confirmed_by, *rest, entry.evidence, span, entry.provider, entry.period
        )
    if isinstance(entry, schema.Statement):
        return Attestation("attestation", clauses, entry.statement, entry.attester, *rest, entry.evidence, span)
    return Attestation("not-applicable", clauses, entry.reason, entry.attester, *rest, "", span)


def _faults(entry: schema.Statement | schema.Proof | schema.Absence, key: Key, catalogue: Catalogue) -> list[Fault]:
    """What the types cannot say of one entry."""
    faults: list[Fault] = []
    for name in entry.__struct_fields__:
        value = getattr(entry, name)
        if isinstance(value, str) and not value.strip():
            faults.append(((*key, name), "is empty", "空欄です"))
    if hasattr(entry, "period") and entry.period.strip():
        words = _odd_period(entry.period, entry.date)
        if words is not None:
            faults.append(((*key, "period"), words.en, words.ja))
    if not entry.clauses:
        faults.append(((*key, "clauses"), "names no clause", "条項がありません"))
    if entry.expires < entry.date:
        faults.append(((*key, "expires"), "is before `date`", "`date` より前の日付です"))
    for index, id in enumerate(entry.clauses):
        clause = catalogue.clauses.get(id)
        words = _unknown(id, catalogue) if clause is None else _misplaced(entry, clause)
        if words is not None:
            faults.append(((*key, "clauses", index), words.en, words.ja))
    return faults


def _odd_period(period: str, confirmed: datetime.date) -> Text | None:
    """What is wrong with a report's period: people write "2025" or "FY2025", too; two full dates are held against each other."""
    import datetime

    if not any(character.isdigit() for character in period):
        return Text(
            f"{period!r} names no period, such as 2025-10-01/2026-03-31", f"{period!r} は期間ではありません(例: 2025-10-01/2026-03-31)"
        )
    days = re.fullmatch(r"\s*(\d{4}-\d\d-\d\d)\s*\D{1,5}?\s*(\d{4}-\d\d-\d\d)\s*", period, re.ASCII)
    if days is None:
        return None
    try:
        first, last = (datetime.date.fromisoformat(day) for day in days.groups())
    except ValueError:
        return Text(f"{period!r} holds a day that does not exist", f"{period!r} に存在しない日付があります")
    if last < first:
        return Text(f"{period!r} ends before it begins", f"{period!r} は終わりが始まりより前です")
    if confirmed < first:
        return Text(f"{period!r} begins after `date`, the day of confirmation", f"{period!r} は確認日(`date`)より後に始まります")
    return None


def _unknown(id: str, catalogue: Catalogue) -> Text:
    import difflib

    near = difflib.get_close_matches(id[:200], catalogue.clauses, 1)
    return Text(
        f"there is no clause {id!r}" + (f"; did you mean {near[0]}?" if near else "; see: cloudpolicy guidelines"),
        f"条項 {id!r} はありません" + (f"。{near[0]} の誤りではありませんか" if near else "。cloudpolicy guidelines で確認してください"),
    )


def _misplaced(entry: schema.Statement | schema.Proof | schema.Absence, clause: Clause) -> Text | None:
    """A statement of the wrong kind would look like proof and be none."""
    from cloudpolicy.guidelines import schema

    if isinstance(entry, schema.Statement) and clause.verification == "csp-evidence":
        return Text(
            f"{clause.id} is the provider's to prove: put it under provider_evidence",
            f"{clause.id} は事業者の責任範囲です。provider_evidence に書いてください",
        )
    if isinstance(entry, schema.Proof) and clause.responsibility == "customer":
        return Text(
            f"{clause.id} is the customer's: put it under attestations",
            f"{clause.id} は利用者の責任範囲です。attestations に書いてください",
        )
    return None


def _not_in_force(attestation: Attestation, day: datetime.date) -> Diagnostic:
    clauses = ", ".join(attestation.clauses[:3]) + (", …" if len(attestation.clauses) > 3 else "")
    if attestation.day > day:
        made = attestation.day.isoformat()
        text = Text(
            f"the statement on {clauses} is dated {made}, in the future: it does not count",
            f"{clauses} の証明の日付 {made} は未来のため、有効になりません",
        )
        return Diagnostic("warning", "attestation-not-yet-valid", text, attestation.span)
    until = attestation.expires.isoformat()
    text = Text(
        f"the statement on {clauses} expired on {until}: confirm it anew and renew `date` and `expires`",
        f"{clauses} の証明は {until} に期限切れとなりました。確認し直して `date` と `expires` を更新してください",
    )
    return Diagnostic("warning", "attestation-expired", text, attestation.span)
