"""The typed schemas of a clause catalogue and of attestations.yaml, from which the JSON Schemas for editors are made."""

from __future__ import annotations

from typing import Literal

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
