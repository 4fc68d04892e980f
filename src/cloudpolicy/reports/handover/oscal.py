"""OSCAL 1.1: the assessment's results and what cloudpolicy checks, for compliance tools that read NIST's format.

OSCAL knows two states of an objective, satisfied and not. A clause whose settings are as required but whose residual nobody has stated is
*not* satisfied; our own status stands beside it as a property. Ids of clauses become tokens ("osaka-2024:table.1" -> "osaka-2024_table.1");
the id itself is a property, too. UUIDs are made from the content: the same dossier gives the same file.
"""

from __future__ import annotations

import json
import uuid

from cloudpolicy.model import Verdict
from cloudpolicy.reports.handover.plain import cut
from cloudpolicy.reports.handover.rows import Rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.findings import Finding
    from cloudpolicy.guidelines.status import ClauseStatus
    from cloudpolicy.handover.dossier import Dossier

VERSION = "1.1.2"
NAMESPACE = "https://cloudpolicy.example/ns/oscal"
_ROOT = uuid.uuid5(uuid.NAMESPACE_URL, NAMESPACE)
_SATISFIED = ("attested", "provider-evidence", "not-applicable")
_LONGEST = 10_000


def assessment_results(dossier: Dossier) -> str:
    """The assessment-results document as JSON."""
    return _spell({"assessment-results": _Results(dossier).content()})


def component_definition(dossier: Dossier) -> str:
    """The component-definition document as JSON: one validation component, one implementation per guideline."""
    return _spell({"component-definition": _Components(dossier).content()})


def _spell(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def token(text: str) -> str:
    """`text` as an OSCAL token: a letter or "_" first, then letters, digits, ".", "-" and "_"."""
    found = "".join(character if character.isalnum() or character in ".-_" else "_" for character in text)
    return found if found[:1].isalpha() or found.startswith("_") else "_" + found


class _Base:
    def __init__(self, dossier: Dossier) -> None:
        self.dossier = dossier
        self.rows = Rows(dossier)
        self.say = self.rows.say

    def id(self, *parts: str) -> str:
        """A UUID of this dossier, of what `parts` name."""
        known = (self.dossier.system, self.dossier.day.isoformat(), self.dossier.commit.id, *parts)
        return str(uuid.uuid5(_ROOT, "\0".join(known).encode("utf-8", "backslashreplace").decode("utf-8")))

    def text(self, value: str) -> str:
        """`value` as one non-empty paragraph."""
        return " ".join(cut(value, _LONGEST, self.dossier.language).split()) or "-"

    def prop(self, name: str, value: str) -> dict[str, str]:
        return {"name": token(name), "ns": NAMESPACE, "value": self.text(value)}

    def metadata(self, title: str) -> dict[str, Any]:
        return {
            "title": self.text(title),
            "last-modified": self.dossier.created.isoformat(),
            "version": self.dossier.day.isoformat(),
            "oscal-version": VERSION,
            "props": [self.prop("policy-pack", str(self.dossier.report.run.get("pack", ""))), self.prop("tool-version", self.dossier.tool)],
        }

    def guidelines(self) -> list[dict[str, Any]]:
        """The guidelines as resources that the document can point at."""
        return [
            {
                "uuid": self.id("document", id),
                "title": self.text(f"{self.say(document.title)} ({id})"),
                "description": self.text(f"{self.say(document.publisher)}, {document.date}"),
            }
            for id, document in self.dossier.catalogue.documents.items()
        ]


class _Results(_Base):
    def content(self) -> dict[str, Any]:
        plan = self.id("plan")
        observations = {id(finding): self._observation(finding, n) for n, finding in enumerate(self._open())}
        passed = self._passed()
        findings = [self._finding(status, observations, passed) for status in self.dossier.clauses]
        result: dict[str, Any] = {
            "uuid": self.id("result"),
            "title": self.text(self.dossier.system),
            "description": "cloudpolicy scan of the delivered templates; every clause of the guidelines has one finding.",
            "start": self.dossier.created.isoformat(),
            "props": [self.prop("profile", str(self.dossier.report.run.get("profile", "")))],
            "reviewed-controls": {
                "control-selections": [{"include-controls": [{"control-id": token(s.clause.id)} for s in self.dossier.clauses]}]
            },
            "findings": findings,
        }
        seen = [*observations.values(), *passed.values()]
        if seen:
            result["observations"] = seen
        return {
            "uuid": self.id("assessment-results"),
            "metadata": self.metadata(f"Assessment results: {self.dossier.system}"),
            "import-ap": {"href": f"#{plan}", "remarks": "There is no assessment plan document: the policies are the plan."},
            "results": [result],
            "back-matter": {"resources": [self._plan(plan), *self.guidelines()]},
        }

    def _plan(self, id: str) -> dict[str, Any]:
        digest = str(self.dossier.report.run.get("pack", ""))
        return {"uuid": id, "title": "cloudpolicy policy pack", "description": self.text(f"Version {self.dossier.tool}, SHA-256 {digest}")}

    def _open(self) -> list[Finding]:
        return [finding for finding in self.dossier.report.findings if finding.verdict != Verdict.PASS]

    def _observation(self, finding: Finding, number: int) -> dict[str, Any]:
        resource = finding.address or finding.type
        observation: dict[str, Any] = {
            "uuid": self.id("observation", str(number), finding.fingerprint),
            "title": self.text(f"{finding.policy} {finding.verdict}"),
            "description": self.text(self.say(finding.message)),
            "props": [
                self.prop("policy", finding.policy),
                self.prop("verdict", finding.verdict),
                self.prop("severity", finding.severity),
                self.prop("resource", resource),
                self.prop("place", self.rows.place(finding)),
                self.prop("fingerprint", finding.fingerprint),
            ],
            "methods": ["TEST"],
            "types": ["finding"],
            "subjects": [
                {
                    "subject-uuid": self.id("resource", self.rows.places.of(finding.estate), resource),
                    "type": "resource",
                    "title": self.text(resource),
                }
            ],
            "collected": self.dossier.created.isoformat(),
        }
        observed = self.rows.observed(finding)
        if observed:
            observation["props"].append(self.prop("observed", observed))
        exception = self.rows.exception(finding)
        if exception:
            observation["props"].append(self.prop("waiver", exception))
        return observation

    def _passed(self) -> dict[str, dict[str, Any]]:
        """policy -> one observation of everything that it found as required."""
        counts: dict[str, int] = {}
        for finding in self.dossier.report.findings:
            if finding.verdict == Verdict.PASS:
                counts[finding.policy] = counts.get(finding.policy, 0) + 1
        return {
            policy: {
                "uuid": self.id("observation", "pass", policy),
                "title": self.text(f"{policy} pass"),
                "description": self.text(f"{self.rows.title(policy)}: {count}"),
                "props": [self.prop("policy", policy), self.prop("verdict", Verdict.PASS), self.prop("resources", str(count))],
                "methods": ["TEST"],
                "collected": self.dossier.created.isoformat(),
            }
            for policy, count in counts.items()
        }

    def _finding(self, status: ClauseStatus, observations: dict[int, dict[str, Any]], passed: dict[str, dict[str, Any]]) -> dict[str, Any]:
        clause = status.clause
        related = [observations[id(finding)]["uuid"] for finding in self.rows.open_findings(status)]
        policies = dict.fromkeys(finding.policy for finding in status.findings if finding.verdict == Verdict.PASS)
        related += [passed[policy]["uuid"] for policy in policies]
        satisfied = status.status in _SATISFIED or (status.status == "pass" and status.residual is None)
        failed = status.status == "fail"
        state = {"state": "satisfied" if satisfied else "not-satisfied", "reason": "pass" if satisfied else "fail" if failed else "other"}
        finding: dict[str, Any] = {
            "uuid": self.id("finding", clause.id),
            "title": self.text(clause.id),
            "description": self.text(self.say(status.reason)),
            "props": [self.prop("clause", clause.id), self.prop("status", status.status)],
            "target": {
                "type": "objective-id",
                "target-id": token(clause.id),
                "title": self.text(self.say(clause.title)),
                "status": state,
            },
        }
        if status.residual:
            finding["remarks"] = self.text(self.say(status.residual))
        if related:
            finding["related-observations"] = [{"observation-uuid": uuid} for uuid in dict.fromkeys(related)]
        return finding


class _Components(_Base):
    def content(self) -> dict[str, Any]:
        return {
            "uuid": self.id("component-definition"),
            "metadata": self.metadata(f"cloudpolicy: {self.dossier.system}"),
            "components": [
                {
                    "uuid": self.id("component"),
                    "type": "validation",
                    "title": "cloudpolicy",
                    "description": "Policies that judge infrastructure templates against the clauses of the guidelines before deployment.",
                    "props": [self._rule(policy) for policy in self.dossier.report.policies],
                    "control-implementations": [self._implementation(id) for id in self.dossier.catalogue.documents],
                }
            ],
            "back-matter": {"resources": self.guidelines()},
        }

    def _rule(self, policy: str) -> dict[str, str]:
        return {**self.prop("policy", policy), "remarks": self.text(self.rows.title(policy)), "class": "rule"}

    def _implementation(self, document: str) -> dict[str, Any]:
        clauses = [status.clause for status in self.dossier.clauses if status.clause.document == document]
        return {
            "uuid": self.id("implementation", document),
            "source": f"#{self.id('document', document)}",
            "description": self.text(self.say(self.dossier.catalogue.documents[document].title)),
            "implemented-requirements": [
                {
                    "uuid": self.id("requirement", clause.id),
                    "control-id": token(clause.id),
                    "description": self.text(self.say(clause.title)),
                    "props": [
                        self.prop("clause", clause.id),
                        self.prop("verification", clause.verification),
                        self.prop("responsibility", clause.responsibility),
                        *(self.prop("policy", policy) for policy in clause.policies),
                    ],
                    **({"remarks": self.text(self.say(clause.residual))} if clause.residual else {}),
                }
                for clause in clauses
            ],
        }
