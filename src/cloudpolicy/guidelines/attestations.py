"""What people state where no template can tell: attestations, the provider's evidence, what does not apply."""

from __future__ import annotations

from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime
    from typing import Literal

    from cloudpolicy.model import Span

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
