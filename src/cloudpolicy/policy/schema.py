"""The typed schema of a policy document, from which the JSON Schema for editors is made.

Only imported when documents change or are tested: msgspec costs more than a scan's whole evaluation.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import Struct, field

Severity = Literal["low", "medium", "high", "critical"]
Confidence = Literal["low", "medium", "high"]
VerdictName = Literal["pass", "fail", "unknown"]
Condition = dict[str, Any]
Absent = VerdictName | dict[str, VerdictName]


class Bilingual(Struct, forbid_unknown_fields=True):
    """A sentence or paragraph in both languages; neither may be empty."""

    ja: str
    en: str

    def __post_init__(self) -> None:
        if not self.ja.strip() or not self.en.strip():
            raise ValueError("both `ja` and `en` want text")


class Parameter(Struct, forbid_unknown_fields=True):
    """A number or list that the customer decides, with our default."""

    default: Any
    about: Bilingual


class Addition(Struct, forbid_unknown_fields=True):
    """A resource to declare beside the one that fails.

    In `values`, {"ref": attribute, "suffix": text} stands for an attribute of that one ("" for itself), and {"json": value} for a text that
    holds the value as JSON.
    """

    resource: str
    values: dict[str, Any]


class Fix(Struct, forbid_unknown_fields=True):
    """How a failure is mended where `require` alone does not say it.

    set       path, as `require` spells it -> the value to write; "$name" is a parameter
    also      path -> value that belongs to it, written where nothing is
    needs     paths that have to be written already: without them the fix would be half of one
    leave     paths, as `require` spells them, that are for people
    add       resources to declare beside the one that fails, where a `linked` resource is missing or a predicate wants one
    none      why it is not for a machine: other settings belong to it, it cannot be undone, it cuts somebody off, there are several ways
    replaces  the setting cannot be changed on what is there: applying the edit makes the resource anew
    """

    set: dict[str, Any] = field(default_factory=dict)
    also: dict[str, Any] = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)
    leave: list[str] = field(default_factory=list)
    add: list[Addition] = field(default_factory=list)
    none: Literal["incomplete", "irreversible", "outage", "choice"] | None = None
    replaces: bool = False


class Check(Struct, forbid_unknown_fields=True):
    """A policy's condition on one resource type, or on several that differ only by name."""

    resource: str | list[str]
    require: Condition
    when: Condition = field(default_factory=dict)
    absent: Absent = "fail"
    severity: Severity | None = None
    profiles: list[str] | None = None
    once: Literal["unknown", "estate"] | None = None
    fix: Fix | None = None


class Expect(Struct, forbid_unknown_fields=True):
    """What the estate as a whole should hold; unknown when it does not, fail where the estate is the whole account."""

    resource: str | list[str]
    provider: str
    where: Condition = field(default_factory=dict)


class Example(Struct, forbid_unknown_fields=True):
    """One example with more than one file, or with a configuration of its own."""

    files: dict[str, str]
    parameters: dict[str, Any] = field(default_factory=dict)
    profile: str | None = None
    region: str | None = None
    scope: Literal["account", "stack"] | None = None


class Examples(Struct, forbid_unknown_fields=True, rename={"passing": "pass"}):
    """Examples of one format: `# fail` and `# unknown` mark the lines where findings must stand."""

    passing: list[str | Example]
    fail: list[str | Example]
    unknown: list[str | Example] | str  # text: why there can be none


class Policy(Struct, forbid_unknown_fields=True):
    """One control objective for all providers and formats."""

    id: str
    slug: str
    since: str
    severity: Severity
    profiles: list[str]
    title: Bilingual
    rationale: Bilingual
    remedy: Bilingual
    clauses: list[str]
    checks: list[Check]
    examples: dict[Literal["terraform", "cloudformation", "arm"], Examples]
    confidence: Confidence = "high"
    aliases: list[str] = field(default_factory=list)
    deprecated: str | None = None
    mask: bool = False
    parameters: dict[str, Parameter] = field(default_factory=dict)
    expects: list[Expect] = field(default_factory=list)


class Profile(Struct, forbid_unknown_fields=True):
    """A choice of policies: those that name it (or a profile it extends), with parameters of its own."""

    name: str
    title: Bilingual
    about: Bilingual
    extends: list[str] = field(default_factory=list)
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)


def json_schema(name: str = "policy") -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a policy or profile document."""
    schema = msgspec.json.schema(Policy if name == "policy" else Profile)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = f"cloudpolicy {name}"
    if name == "policy":
        schema["$defs"]["Policy"]["properties"]["id"]["pattern"] = "^[A-Z]+(_[A-Z]+)+_[0-9]{3}$"
    return schema
