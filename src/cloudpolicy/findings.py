"""Findings and the report that holds them: what evaluation yields, waivers and baselines decide about, and reporters print."""

from __future__ import annotations

from _blake2 import blake2b  # hashlib would load OpenSSL first

from cloudpolicy.model import Diagnostic, Span, Verdict
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence
    from typing import Any

SEVERITIES = ("low", "medium", "high", "critical")  # ascending harm
WAIVED = "waived"  # the verdict of a finding that an approved exception covers
WAIVERS = "waivers"  # the format of findings about waivers themselves
LOCAL = 20  # hexadecimal digits at the end of a fingerprint: what does not depend on where the estate stands
FINGERPRINTS = 1  # how they are made: what was written down under another number is not recognised
# A decision that does not count fails the gate whatever the threshold: its severity is not that of what it was to cover.
UNSOUND = frozenset({"CP_WAIVER_EXPIRED", "CP_WAIVER_UNAPPROVED", "CP_WAIVER_MALFORMED"})


class Waiver:
    """One entry of a waivers file: an exception that somebody approved, or tried to.

    id            "W-012"; "" when the entry has none
    policy        the one policy that it is about
    resource      address, "*" for any run of characters; "" for everything in `file`
    file          file or folder, relative to the waivers file's folder; "" for any
    reason        why; `clause` names the guideline's clause that grants the exception, `ticket` the record of the approval ("" for none)
    requested_by  who asked (設定者); `approved_by` who allowed it (設定管理者)
    granted       first day on which it counts, `expires` the last: ISO dates
    span          where it stands
    state         a key of cloudpolicy.waivers.STATES
    fault         what is wrong with it, None when nothing is
    findings      how many findings it covers: hidden while it is in force, standing otherwise
    """

    __slots__ = (
        "approved_by",
        "clause",
        "expires",
        "fault",
        "file",
        "findings",
        "granted",
        "id",
        "policy",
        "reason",
        "requested_by",
        "resource",
        "span",
        "state",
        "ticket",
    )

    def __init__(
        self,
        span: Span,
        *,
        id: str = "",
        policy: str = "",
        resource: str = "",
        file: str = "",
        reason: str = "",
        clause: str = "",
        requested_by: str = "",
        approved_by: str = "",
        ticket: str = "",
        granted: str = "",
        expires: str = "",
    ) -> None:
        self.span = span
        self.id = id
        self.policy = policy
        self.resource = resource
        self.file = file
        self.reason = reason
        self.clause = clause
        self.requested_by = requested_by
        self.approved_by = approved_by
        self.ticket = ticket
        self.granted = granted
        self.expires = expires
        self.state = "in-force"
        self.fault: Text | None = None
        self.findings = 0

    def __repr__(self) -> str:
        return f"Waiver({self.id} {self.policy} {self.state})"


class Finding:
    """One policy's verdict on one resource.

    policy       its id; texts and clauses are looked up in the report's policies
    verdict      "fail", "unknown", "pass", or "waived" once an approved exception covers it
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
    fingerprint  stable under moved lines and reordered blocks: the estate's place, then (LOCAL digits) policy, address, attribute and value
    places       where it speaks for several places that have no findings of their own, or for the estate as a whole: (fingerprint, address,
                 attribute without indexes) of each, the finding's own fingerprint among them
    origin       (tool, rule) of the other tool that judged, where the finding is imported
    was          the verdict of a waived finding before it was waived
    waiver       the Waiver that covers it, or that would if it were in force: only the verdict "waived" says that it counts
    changed_default  of a pass: whether the policy fails where the attribute is left out, so that the template does better than the default
    known        whether it was there before (baseline, merge base): it is still what its verdict says, but no news for the gate
    also         (address, place) of each further resource that it speaks for, where it is told once for several
    """

    __slots__ = (
        "address",
        "also",
        "attribute",
        "changed_default",
        "estate",
        "fingerprint",
        "format",
        "known",
        "message",
        "origin",
        "places",
        "policy",
        "related",
        "seen",
        "severity",
        "span",
        "type",
        "verdict",
        "waiver",
        "was",
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
        places: Sequence[tuple[str, str, str]] = (),
        changed_default: bool = False,
        also: Sequence[tuple[str, Span]] = (),
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
        self.places = tuple(places)
        self.was: str | None = None
        self.waiver: Waiver | None = None
        self.changed_default = changed_default
        self.known = False
        self.also = tuple(also)

    def prints(self) -> tuple[str, ...]:
        """The fingerprint of every place that the finding speaks of."""
        return tuple(place[0] for place in self.places) or (self.fingerprint,)

    def resources(self) -> list[tuple[str, Span]]:
        """(address, place) of every resource that it speaks for, its own first."""
        return [(self.address, self.span), *self.also]

    def speak_for(self, further: Sequence[tuple[str, Span]]) -> None:
        """Tell it once for these resources, too; what its message said of others before is taken back."""
        before, now = _and_more(len(self.also)), _and_more(len(further))
        self.message = Text(self.message.en.removesuffix(before.en) + now.en, self.message.ja.removesuffix(before.ja) + now.ja)
        self.also = tuple(further)
        self.related = tuple((span, Text(address, address)) for address, span in further[:20])

    def part(self, resources: Sequence[tuple[str, Span]]) -> Finding:
        """Take some (not all) of its resources out, into a finding of their own: what is decided about one resource is not said of another."""
        taken = set(resources)
        left = [one for one in self.resources() if one not in taken]
        addresses = {address for address, _ in taken}
        part = Finding(**{name: getattr(self, name) for name in self.__slots__ if name not in ("was", "waiver", "known")})
        part.known = self.known
        part.places = tuple(place for place in self.places if place[1] in addresses)
        own = digest(f"{local(self.fingerprint)}\0{resources[0][0]}")[:LOCAL]
        part.fingerprint = part.places[0][0] if part.places else self.fingerprint[:-LOCAL] + own
        self.places = tuple(place for place in self.places if place[1] not in addresses)
        for finding, there in ((part, list(resources)), (self, left)):
            (address, finding.span), *further = there
            if finding.address != address:
                finding.message = Text(*(text.replace(finding.address, address, 1) for text in (finding.message.en, finding.message.ja)))
                finding.address = address
            finding.speak_for(further)
        return part

    def waive(self, waiver: Waiver) -> None:
        """From now on an accepted exception; what it was before stays known."""
        self.was, self.verdict, self.waiver = self.verdict, WAIVED, waiver

    def __repr__(self) -> str:
        return f"Finding({self.policy} {self.verdict} {self.address} {self.span!r})"


class ScannedEstate:
    """What a report says of one estate; `counts` is verdict -> number, not_applicable included.

    `asked` holds what its reading asked the disk, with the answers (see journal), where somebody wants to know.
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
        self.asked: dict[tuple[str, str, str], str] = {}
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
    policies     id -> PolicyText, for every policy that ran; may be given as a function that is called when somebody looks
    diagnostics  of all estates, of discovery and of the configuration
    left_out     path -> why it was not read (Text), for files that look like templates
    run          how it was run: profile, parameters, changed from default, fail_on, strict, seconds, command
    waivers      every waiver of the waivers files that concern the scan, in force or not, in the order of the files
    beside       another folder that files are named relative to: the repository, in a report about what is deployed
    fleeting     whether `base` is gone when the report is read
    """

    __slots__ = ("_policies", "base", "beside", "diagnostics", "estates", "findings", "fleeting", "left_out", "project", "run", "waivers")

    def __init__(
        self,
        base: str,
        project: str,
        findings: list[Finding],
        estates: list[ScannedEstate],
        diagnostics: list[Diagnostic],
        policies: dict[str, PolicyText] | Callable[[], dict[str, PolicyText]],
        left_out: dict[str, Text] | None = None,
        run: dict[str, Any] | None = None,
    ) -> None:
        self.base = base
        self.project = project
        self.findings = findings
        self.estates = estates
        self.diagnostics = diagnostics
        self._policies = policies
        self.left_out = left_out or {}
        self.run = run or {}
        self.waivers: list[Waiver] = []
        self.beside: str | None = None
        self.fleeting = False

    @property
    def policies(self) -> dict[str, PolicyText]:
        if callable(self._policies):
            self._policies = self._policies()
        return self._policies

    def count(self, verdict: str) -> int:
        """Over all estates, and the findings about waivers, which belong to none."""
        return sum(estate.counts.get(verdict, 0) for estate in self.estates) + sum(
            finding.verdict == verdict and finding.format == WAIVERS for finding in self.findings
        )

    def failing(self, threshold: str) -> list[Finding]:
        """Failures that the gate stops at: none that is known, those at or above the severity `threshold`, and every unsound waiver."""
        least = SEVERITIES.index(threshold)
        return [
            f
            for f in self.findings
            if f.verdict == Verdict.FAIL and not f.known and (SEVERITIES.index(f.severity) >= least or f.policy in UNSOUND)
        ]

    def exit_status(self, fail_on: str, strict: bool) -> int:
        """0 nothing fails, 1 findings, 2 something could not be read, parsed or configured (design.md §5)."""
        if any(diagnostic.severity == "error" for diagnostic in self.diagnostics):
            return 2
        if self.failing(fail_on):
            return 1
        if strict and any(f.verdict == Verdict.UNKNOWN and not f.known for f in self.findings):
            return 1
        return 0


def order(findings: Iterable[Finding]) -> list[Finding]:
    """By file, line, severity (worst first) and policy: the order every report keeps."""
    return sorted(findings, key=lambda f: (f.span.file, f.span.line, -SEVERITIES.index(f.severity), f.policy, f.address, f.attribute))


def digest(text: str) -> str:
    """What fingerprints are made of: 40 hexadecimal digits."""
    return blake2b(text.encode("utf-8", "backslashreplace"), digest_size=20).hexdigest()


def _and_more(count: int) -> Text:
    """What a message says of further resources."""
    if not count:
        return Text("", "")
    return Text(f" (and {count} more {'resource' if count == 1 else 'resources'})", f"(ほか {count} 件のリソースも同様)")


def local(fingerprint: str) -> str:
    """The part of a fingerprint that does not depend on where its estate stands."""
    return fingerprint[-LOCAL:]


def recognise(
    findings: Iterable[Finding], before: Callable[[Finding], Container[tuple[str, str]]], spelt: Callable[[str], str] = str
) -> None:
    """Mark as known what was there before: failures and unknowns of which every place is in `before(finding)`, a set of (fingerprint, verdict).

    A place that failed before and cannot be decided now is no worse; the other way round it is news. `spelt` is how `before` spells fingerprints.
    """
    for finding in findings:
        if finding.verdict in (Verdict.FAIL, Verdict.UNKNOWN):
            then = before(finding)
            finding.known = finding.known or all(
                (spelt(one), finding.verdict) in then or (spelt(one), Verdict.FAIL) in then for one in finding.prints()
            )
