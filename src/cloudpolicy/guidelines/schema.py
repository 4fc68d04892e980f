"""The typed schemas of a clause catalogue and of attestations.yaml, from which the JSON Schemas for editors are made."""

from __future__ import annotations

from datetime import date as Date
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from cloudpolicy.policy.schema import Bilingual

Responsibility = Literal["csp", "customer", "shared"]
Verification = Literal["automated", "attested", "csp-evidence"]
Setting = Literal["1", "2", "3", "4", "4.1", "4.2", "5", "6", "6.1", "6.2", "6.3", "6.4", "7"]
Control = Literal["preventive", "detective"]


class Clause(Struct, forbid_unknown_fields=True):
    """One clause: what it asks in our words, who answers for it and how it is verified."""

    number: str
    ja: str
    en: str
    responsibility: Responsibility
    verification: Verification
    setting: Setting | None = None
    control: Control | None = None
    residual: Bilingual | None = None
    exceptions: Bilingual | None = None
    note: Bilingual | None = None
    provider_answer: Literal["csp", "customer", "both"] | None = None
    refs: list[str] = field(default_factory=list)
    mapping_uncertain: bool = False
    indirect: list[str] = field(default_factory=list)


class Section(Struct, forbid_unknown_fields=True):
    """Clauses under one heading."""

    ja: str
    en: str
    clauses: list[Clause]


class Guideline(Struct, forbid_unknown_fields=True):
    """One edition of a guideline; the edition is part of the id."""

    id: str
    title: Bilingual
    publisher: Bilingual
    date: str
    about: Bilingual
    sections: list[Section]


class Statement(Struct, forbid_unknown_fields=True):
    """The customer or SIer states that a clause is met, and where that can be read."""

    clauses: list[str]
    statement: str
    attester: str
    role: str
    date: Date
    expires: Date
    evidence: str


class Proof(Struct, forbid_unknown_fields=True):
    """A certificate or report of the provider, and who confirmed that it covers the clause."""

    clauses: list[str]
    provider: str
    report: str
    period: str
    confirmed_by: str
    role: str
    date: Date
    expires: Date
    evidence: str


class Absence(Struct, forbid_unknown_fields=True):
    """A clause that does not concern this system, and why."""

    clauses: list[str]
    reason: str
    attester: str
    role: str
    date: Date
    expires: Date


class Attestations(Struct, forbid_unknown_fields=True):
    """attestations.yaml as a whole; a list may be left empty."""

    attestations: list[Statement] | None = None
    provider_evidence: list[Proof] | None = None
    not_applicable: list[Absence] | None = None


class Lists(Struct, forbid_unknown_fields=True):
    """The same, entries still unread: one that is malformed must not hide the others."""

    attestations: list[Any] | None = None
    provider_evidence: list[Any] | None = None
    not_applicable: list[Any] | None = None


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of attestations.yaml."""
    schema = msgspec.json.schema(Attestations)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "cloudpolicy attestations"
    return schema
