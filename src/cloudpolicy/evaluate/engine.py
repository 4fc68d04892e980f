"""The engine: Estate × policies → findings and counts."""

from __future__ import annotations

import os

from cloudpolicy.evaluate.answers import Answer, Leaf
from cloudpolicy.evaluate.conditions import Compiler
from cloudpolicy.evaluate.identity import Identities
from cloudpolicy.evaluate.predicates import Context
from cloudpolicy.evaluate.wording import MASK, dotted, sentence, shown
from cloudpolicy.findings import SEVERITIES, Finding
from cloudpolicy.model import ABSENT, CONFIGURATION, Resource, Span, Unknown, Verdict, type_key
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from cloudpolicy.evaluate.conditions import Test
    from cloudpolicy.model import Estate, Path
    from cloudpolicy.policy.pack import Pack


class Check:
    """One check, compiled when a resource of its type is first met."""

    __slots__ = ("number", "once", "require", "severity", "when")

    def __init__(self, number: int, when: Test | None, require: Test, severity: str, once: str | None) -> None:
        self.number = number
        self.when = when
        self.require = require
        self.severity = severity
        self.once = once


class Selected:
    """One selected policy with the customer's parameters."""

    __slots__ = ("expects", "id", "mask", "parameters", "severity")

    def __init__(self, id: str, source: dict[str, Any], parameters: dict[str, Any]) -> None:
        self.id = id
        self.severity: str = source["severity"]
        self.mask: bool = source["mask"]
        self.parameters = {**source["parameters"], **parameters}
        self.expects: list[dict[str, Any]] = source["expects"]


class Engine:
    """Evaluates estates against the selected policies of a pack.

    selected    ids to run
    profiles    the profile in force and those it extends: checks that name profiles run only when one of theirs is among them
    parameters  policy id -> {parameter: the customer's value}
    settings    what the configuration says of the path: scope, data_class, availability
    """

    def __init__(
        self, pack: Pack, selected: Iterable[str], profiles: Iterable[str], parameters: dict[str, dict[str, Any]], settings: dict[str, Any]
    ) -> None:
        self.settings = settings
        self._pack = pack
        self._profiles = frozenset(profiles)
        self._policies = {id: Selected(id, pack.policies[id], parameters.get(id, {})) for id in selected}
        self._wildcards = [type for type in pack.types if type.endswith("*")]
        self._compiled: dict[tuple[str, int, bool], Check | None] = {}
        # The checks of each type: as they are, and compiled so that a pass knows its place.
        self._of_type: tuple[dict[str, list[tuple[Selected, list[Check]]]], ...] = ({}, {})

    def evaluate(
        self, estate: Estate, project: str, passed: bool = False, evidence: bool = True
    ) -> tuple[list[Finding], dict[str, int], dict[str, int]]:
        """(findings, counts, resource types that no policy speaks of -> resources).

        Counts: of findings for fail and unknown, of policy × resource for pass and not_applicable.

        `project` is the folder that fingerprints are relative to; pass findings are given only when `passed`, and
        say what they rest on when `evidence`.
        """
        run = Run(estate, self.settings, project, passed, passed and evidence)
        unjudged = self.drive(estate, run)
        return run.finish(), run.counts, unjudged

    def drive(self, estate: Estate, run: Run) -> dict[str, int]:
        """Have `run` judge every resource and what the estate should hold; returns the types that no policy speaks of."""
        unjudged: dict[str, int] = {}
        of_type = self._of_type[run.evidence]
        for resource in estate.resources:
            policies = of_type.get(resource.type)
            if policies is None:
                policies = of_type[resource.type] = self._checks(resource.type, run.evidence)
            if not policies and not resource.type.startswith(CONFIGURATION):
                unjudged[resource.type] = unjudged.get(resource.type, 0) + 1
            context = Context(estate, resource, self.settings, {})
            for policy, checks in policies:
                context.parameters = policy.parameters
                run.judge(policy, checks, resource, context)
        for policy in self._policies.values():
            for expect in policy.expects:
                run.expect(policy, expect)
        return unjudged

    def ask(self, estate: Estate, resource: Resource, id: str, number: int) -> Answer | None:
        """The answer of one check of a policy on one resource; None where it is not applicable."""
        policy = self._policies[id]
        check = self._check(policy, number)
        if check is None:
            return None
        context = Context(estate, resource, self.settings, policy.parameters)
        applies = check.when(resource.values, (), context) if check.when is not None else None
        if applies is not None and applies.truth is not True:
            return None if applies.truth is False else applies
        return check.require(resource.values, (), context)

    def parameters(self, id: str) -> dict[str, Any]:
        """The parameters of a selected policy with the customer's values."""
        return self._policies[id].parameters

    def _checks(self, type: str, evidence: bool) -> list[tuple[Selected, list[Check]]]:
        """The checks of one type, grouped by policy, the gravest first: of two that fail at one place the first speaks."""
        type = type_key(type)
        grouped: dict[str, tuple[Selected, list[Check]]] = {}
        for key in (type, *(key for key in self._wildcards if _begins(type, key[:-1]))):
            for id, numbers in self._pack.types.get(key, {}).items():
                policy = self._policies.get(id)
                checks = [check for number in numbers if (check := self._check(policy, number, evidence))] if policy is not None else []
                if policy is not None and checks:
                    grouped.setdefault(id, (policy, []))[1].extend(checks)
        for _, checks in grouped.values():
            checks.sort(key=lambda check: (-SEVERITIES.index(check.severity), check.number))
        return list(grouped.values())

    def _check(self, policy: Selected, number: int, evidence: bool = False) -> Check | None:
        """One check of a policy; None when it is for other profiles."""
        key = (policy.id, number, evidence)
        if key not in self._compiled:
            source = self._pack.check(policy.id, number)
            self._compiled[key] = self._compile(policy, number, source, evidence) if self._is_meant(source["profiles"]) else None
        return self._compiled[key]

    def _is_meant(self, profiles: list[str] | None) -> bool:
        return profiles is None or not self._profiles.isdisjoint(profiles)

    def _compile(self, policy: Selected, number: int, source: dict[str, Any], evidence: bool) -> Check:
        compiler = Compiler(policy.parameters, evidence)
        when = compiler.condition(source["when"], False) if source["when"] else None
        require = compiler.condition(source["require"], compiler.absence(source["absent"]), True)
        return Check(number, when, require, source["severity"] or policy.severity, source["once"])


class Run:
    """One estate's evaluation: collects findings and counts."""

    def __init__(self, estate: Estate, settings: dict[str, Any], project: str, passed: bool, evidence: bool) -> None:
        self.estate = estate
        self.settings = settings
        self.passed = passed
        self.evidence = evidence
        self.counts = {Verdict.PASS: 0, Verdict.FAIL: 0, Verdict.UNKNOWN: 0, Verdict.NOT_APPLICABLE: 0}
        self.findings: list[Finding] = []
        self._identities = Identities(estate.root, project)
        self._once: dict[tuple[Any, ...], tuple[Finding, list[Resource]]] = {}

    def judge(self, policy: Selected, checks: list[Check], resource: Resource, context: Context) -> None:
        worst = Verdict.NOT_APPLICABLE
        told: dict[str, set[Path]] = {}
        grounds: list[tuple[Check, Answer]] = []
        for check in checks:
            applies = check.when(resource.values, (), context) if check.when is not None else None
            if applies is not None and applies.truth is False:
                continue
            answer = check.require(resource.values, (), context)
            if answer.truth is True:
                if worst is Verdict.NOT_APPLICABLE:
                    worst = Verdict.PASS
                if self.evidence:
                    grounds.append((check, answer))
                continue
            if applies is not None and applies.truth is not True:
                answer = applies
            verdict = Verdict.UNKNOWN if isinstance(answer.truth, Unknown) else Verdict.FAIL
            if worst is not Verdict.FAIL:
                worst = verdict
            there = told.setdefault(verdict, set())
            for one in (answer, *answer.others):
                news = one.without(there) if there else one
                if news is not None:
                    self.tell(policy, check, verdict, news, resource)
                there.update(place.place() for place in (one, *one.also))
        if worst in (Verdict.PASS, Verdict.NOT_APPLICABLE):
            self.counts[worst] += 1
        if self.passed and worst is Verdict.PASS:
            if self.evidence:
                self._prove(policy, grounds, resource, context)
            else:
                self.add(
                    policy, policy.severity, Verdict.PASS, resource, Text(f"{resource.address}: as required", f"{resource.address}: 適合")
                )

    def _prove(self, policy: Selected, grounds: list[tuple[Check, Answer]], resource: Resource, context: Context) -> None:
        from cloudpolicy.evaluate.evidence import prove  # only who lists what passes wants it

        proof = prove(grounds, resource, policy.mask, context)
        finding = self.add(policy, policy.severity, Verdict.PASS, resource, proof.message, proof.at, proof.seen, proof.related)
        finding.attribute = dotted(proof.path)
        finding.changed_default = proof.changed_default

    def tell(self, policy: Selected, check: Check, verdict: str, answer: Answer, resource: Resource) -> None:
        seen = None if answer.seen is ABSENT else MASK if policy.mask else shown(answer.seen, 200)
        merged = check.once == "estate" or (check.once == "unknown" and verdict is Verdict.UNKNOWN)
        if merged:
            key = (policy.id, check.number, verdict, seen)
            if key in self._once:
                self._once[key][1].append(resource)
                return
        elsewhere = answer.resource is not None and answer.resource is not resource
        place = () if elsewhere else answer.path
        related: list[tuple[Span, Text]] = []
        if elsewhere and answer.resource is not None:
            related.append((answer.resource.locate(answer.path), Text(f"{answer.resource.address} is here", f"{answer.resource.address}")))
        finding = self.add(
            policy, check.severity, verdict, resource, sentence(answer, resource, policy.mask), place, seen, related, answer, merged
        )
        if merged:
            self._once[key] = finding, []

    def add(
        self,
        policy: Selected,
        severity: str,
        verdict: str,
        resource: Resource,
        message: Text,
        path: tuple[str | int, ...] = (),
        seen: str | None = None,
        related: Iterable[tuple[Span, Text]] = (),
        answer: Answer | None = None,
        merged: bool = False,
    ) -> Finding:
        places: list[tuple[str, str, str]] = []
        if answer is None:
            # that of a pass tells nothing of its evidence: another value that is as required is the same pass
            fingerprint = self._identities.simple(policy.id, resource.address, "" if verdict is Verdict.PASS else seen or "")
        else:
            fingerprint, places = self._identities.of(policy.id, "" if merged else resource.address, answer, resource, policy.mask)
        finding = Finding(
            policy=policy.id,
            verdict=verdict,
            severity=severity,
            format=self.estate.format,
            type=resource.type,
            address=resource.address,
            message=message,
            span=resource.locate(path) if path else resource.span,
            estate=self.estate.root,
            fingerprint=fingerprint,
            places=places,
            attribute=dotted(path),
            seen=seen,
            related=list(related),
        )
        self.findings.append(finding)
        if verdict is not Verdict.PASS:
            self.counts[verdict] += 1
        return finding

    def expect(self, policy: Selected, expect: dict[str, Any]) -> None:
        """Something the whole estate should hold; where a candidate exists its own checks speak."""
        estate = self.estate
        if not any(_begins(type, expect["provider"]) for type in estate.types()):
            return
        where = Compiler(policy.parameters).condition(expect["where"], False)
        for type in expect["resource"]:
            for resource in estate.of_type(type):
                if where(resource.values, (), Context(estate, resource, self.settings, policy.parameters)).truth is not False:
                    return
        types = ", ".join(expect["resource"])
        account = self.settings.get("scope") == "account"
        leaf = Leaf("linked", "", expect["resource"])
        answer = Answer(False if account else Unknown("attestation", types), leaf)
        name = os.path.basename(estate.root.rstrip("/\\")) or estate.root
        own = [path for path in estate.inputs if os.path.dirname(path) == estate.root]  # not those of its modules
        file = next((path for path in own if os.path.basename(path) == "main.tf"), (own or estate.inputs or [estate.root])[0])
        whole = Resource(estate.format, "", {}, Span(file))
        if account:
            message = Text(f"{name}: nothing here declares {types}", f"{name}: {types} が宣言されていません")
        else:
            message = Text(f"{name}:{sentence(answer, whole).en[1:]}", f"{name}:{sentence(answer, whole).ja[1:]}")
        verdict = Verdict.FAIL if account else Verdict.UNKNOWN
        self.add(policy, policy.severity, verdict, whole, message, seen=types)

    def finish(self) -> list[Finding]:
        """The findings; those told once per estate say how many resources they speak for."""
        for finding, others in self._once.values():
            finding.places = finding.places or ((finding.fingerprint, "", ""),)
            if finding.verdict == Verdict.FAIL:  # a further resource is a further violation; an unknown is one question, whoever raises it
                addresses = [finding.address, *(resource.address for resource in others)]
                finding.places += tuple((self._identities.simple(finding.policy, one, "once"), one, "") for one in addresses)
            if others:
                finding.speak_for([(resource.address, resource.span) for resource in others])
        return self.findings


def _begins(key: str, prefix: str) -> bool:
    """Whether a type's index key begins with `prefix` as a policy spells it."""
    return key.startswith(prefix.casefold() if "/" in key else prefix)
