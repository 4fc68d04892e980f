"""Findings and the report that holds them: what evaluation yields, waivers and baselines decide about, and reporters print."""

from __future__ import annotations

from cloudpolicy.model import Diagnostic, Span, Verdict
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

SEVERITIES = ("low", "medium", "high", "critical")  # ascending harm


class Finding:
    """One policy's verdict on one resource.

    policy       its id; texts and clauses are looked up in the report's policies
    severity     of the check that spoke, "critical" … "low"
    format       "terraform", "cloudformation" or "arm"
    type         resource type; the estate's format name for a finding about the whole estate
    address      resource address; "" for a finding about the whole estate
    message      one sentence: the resource, the attribute, what is wrong (or unknown, and what would settle it)
    attribute    dotted path of the deciding attribute ("ingress[0].cidr_blocks"), "" when it is the resource as a whole
    seen         the value seen there as short text, None when nothing is written
    span         primary place; a finding cannot be built without one
    related      further places with a word each (the linked resource, the route that opens the subnet)
    estate       absolute root of the estate
    fingerprint  stable under moved lines and reordered blocks: policy, estate folder, address and attribute
    origin       (tool, rule) of the other tool that judged, where the finding is imported
    """

    __slots__ = (
        "address",
        "attribute",
        "estate",
        "fingerprint",
        "format",
        "message",
        "origin",
        "policy",
        "related",
        "seen",
        "severity",
        "span",
        "type",
        "verdict",
    )

    def __init__(
        self,
        *,
        policy: str,
        verdict: str,
        severity: str,
        format: str,
        type: str,
        address: str,
        message: Text,
        span: Span,
        estate: str,
        fingerprint: str,
        attribute: str = "",
        seen: str | None = None,
        related: Sequence[tuple[Span, Text]] = (),
        origin: tuple[str, str] | None = None,
    ) -> None:
        self.policy = policy
        self.verdict = verdict
        self.severity = severity
        self.format = format
        self.type = type
        self.address = address
        self.message = message
        self.span = span
        self.estate = estate
        self.fingerprint = fingerprint
        self.attribute = attribute
        self.seen = seen
        self.related = tuple(related)
        self.origin = origin

    def __repr__(self) -> str:
        return f"Finding({self.policy} {self.verdict} {self.address} {self.span!r})"


class ScannedEstate:
    """What a report says of one estate; `counts` is verdict -> number, not_applicable included.

    `asked` holds the questions that its reading put to the disk (see journal), where somebody wrote them down.
    """

    __slots__ = ("asked", "counts", "format", "inputs", "notes", "resources", "root", "source", "unjudged")

    def __init__(
        self,
        root: str,
        format: str,
        source: str,
        resources: int,
        inputs: list[str],
        counts: dict[str, int],
        notes: dict[str, Any],
        unjudged: dict[str, int],
    ) -> None:
        self.root = root
        self.format = format
        self.source = source
        self.resources = resources
        self.inputs = inputs
        self.counts = counts
        self.notes = notes
        self.asked: tuple[tuple[str, str, str], ...] = ()
        self.unjudged = unjudged  # resource types that no selected policy speaks of -> number of resources


class PolicyText:
    """What reporters need of a policy: texts in both languages and where it comes from."""

    __slots__ = ("clauses", "confidence", "id", "rationale", "remedy", "severity", "slug", "title")

    def __init__(
        self, id: str, slug: str, severity: str, confidence: str, title: Text, rationale: Text, remedy: Text, clauses: Sequence[str]
    ) -> None:
        self.id = id
        self.slug = slug
        self.severity = severity
        self.confidence = confidence
        self.title = title
        self.rationale = rationale
        self.remedy = remedy
        self.clauses = tuple(clauses)


class Report:
    """Everything one scan yields.

    base         absolute folder that was scanned: JSON files are relative to it
    project      absolute folder that code-scanning URIs are relative to (the git root, else the working directory)
    findings     fail and unknown, and pass where asked for; ordered by file, line, policy
    policies     id -> PolicyText, for every policy that ran
    diagnostics  of all estates, of discovery and of the configuration
    left_out     path -> why it was not read (Text), for files that look like templates
    run          how it was run: profile, parameters, changed from default, fail_on, strict, seconds, command
    """

    __slots__ = ("base", "diagnostics", "estates", "findings", "left_out", "policies", "project", "run")

    def __init__(
        self,
        base: str,
        project: str,
        findings: list[Finding],
        estates: list[ScannedEstate],
        diagnostics: list[Diagnostic],
        policies: dict[str, PolicyText],
        left_out: dict[str, Text] | None = None,
        run: dict[str, Any] | None = None,
    ) -> None:
        self.base = base
        self.project = project
        self.findings = findings
        self.estates = estates
        self.diagnostics = diagnostics
        self.policies = policies
        self.left_out = left_out or {}
        self.run = run or {}

    def count(self, verdict: str) -> int:
        return sum(estate.counts.get(verdict, 0) for estate in self.estates)

    def failing(self, threshold: str) -> list[Finding]:
        """Failures at or above the severity `threshold`."""
        least = SEVERITIES.index(threshold)
        return [f for f in self.findings if f.verdict == Verdict.FAIL and SEVERITIES.index(f.severity) >= least]

    def exit_status(self, fail_on: str, strict: bool) -> int:
        """0 nothing fails, 1 findings, 2 something could not be read, parsed or configured (design.md §5)."""
        if any(diagnostic.severity == "error" for diagnostic in self.diagnostics):
            return 2
        if self.failing(fail_on):
            return 1
        if strict and any(f.verdict == Verdict.UNKNOWN for f in self.findings):
            return 1
        return 0


def order(findings: Iterable[Finding]) -> list[Finding]:
    """By file, line, severity (worst first) and policy: the order every report keeps."""
    return sorted(findings, key=lambda f: (f.span.file, f.span.line, -SEVERITIES.index(f.severity), f.policy, f.address, f.attribute))
