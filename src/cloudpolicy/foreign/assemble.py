"""Foreign results and the maps in, a Report out: what another tool judged, under our policies and their clauses.

A foreign failure is a failure of each policy that its rule is mapped to. A foreign pass is a pass only where the rule demands all that the policy
demands. Everything else stays visible: a failure without a policy, a check that was skipped and one that could not tell are unknown; passes
without a policy, or of a part of one, are counted in a diagnostic.
"""

from __future__ import annotations

import os

from cloudpolicy.findings import LOCAL, Finding, PolicyText, Report, ScannedEstate, digest, order
from cloudpolicy.foreign.mapping import Entry
from cloudpolicy.foreign.tally import Tally
from cloudpolicy.model import Span, Verdict
from cloudpolicy.policy import selection
from cloudpolicy.policy.pack import format_of
from cloudpolicy.scan import project_folder
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.config import Config
    from cloudpolicy.foreign.locate import Locator
    from cloudpolicy.foreign.mapping import Maps
    from cloudpolicy.foreign.results import Result, Results
    from cloudpolicy.model import Diagnostic
    from cloudpolicy.policy.pack import Pack

UNMAPPED = "UNMAPPED"  # stands where a policy's id stands, for results that no policy speaks of
_UNMAPPED_TEXT = PolicyText(
    UNMAPPED,
    "no-policy-of-the-same-meaning",
    "medium",
    "low",
    Text("Reported by another tool; no policy of the same meaning", "他のツールの指摘(同じ意味のポリシーなし)"),
    Text(
        "The rule asks for something that no policy of cloudpolicy asks for, so that no clause of a guideline is judged by it.",
        "このルールと同じことを求めるポリシーが cloudpolicy にないため、どの条項の判定にも使えません。",
    ),
    Text("Judge it by the other tool's own documentation.", "元のツールの説明に従って判断してください。"),
    (),
)
_OUTCOMES = {"fail": Verdict.FAIL, "pass": Verdict.PASS, "skip": Verdict.UNKNOWN, "open": Verdict.UNKNOWN}


class _Place:
    """A result on this machine: where it stands and what it is about, as far as can be told."""

    __slots__ = ("address", "estate", "file", "format", "source", "span", "type")

    def __init__(self, result: Result, locator: Locator, results: str) -> None:
        file = locator.file(result.files)
        self.file = file
        self.type = result.type
        self.address = result.address
        self.format: str | None = result.format
        self.source = result.source
        if file is None:
            self.span = Span(results)
            self.estate = results
        else:
            self.span = Span(file, result.line, result.column, result.end_line, result.end_column)
            caller = locator.file(result.caller) if result.caller else None
            self.estate = os.path.dirname(caller or file) if file.endswith((".tf", ".tf.json")) else file
        if file is not None and self.type is None and not result.kind:
            self._look(locator, file, result.line)
        if self.format is None and file is not None:
            self.format = "terraform" if file.endswith((".tf", ".tf.json")) else "arm" if file.endswith(".bicep") else None
        if not self.address:  # never empty: that would be a finding about the estate as a whole
            self.address = f"{os.path.basename(self.span.file)}:{self.span.line}"

    def _look(self, locator: Locator, file: str, line: int) -> None:
        """Ask our own reader what stands at the line."""
        found = locator.resource(file, line, self.address)
        estate = locator.estate(file)
        if estate is not None:
            self.format, self.source = estate.format, estate.source
        if found is not None:
            self.type, self.address = found[0].type, found[1]


class Assembly:
    """Takes in one results file after another; `report` ends it. Raises ConfigError when the configuration names a profile that is not there."""

    def __init__(self, pack: Pack, maps: Maps, config: Config, locator: Locator, passed: bool) -> None:
        values = config.values
        selection.define(pack, values["profiles"])
        self._pack = pack
        self._maps = maps
        self._config = config
        self._locator = locator
        self._passed = passed
        self._profiles = set(selection.profile_chain(pack, values["profile"]))
        self._selected = set(selection.select(pack, values["profile"], values["select"], values["ignore"]))
        self._findings: list[Finding] = []
        self._numbers: dict[tuple[str, str], int] = {}
        self._estates: dict[str, ScannedEstate] = {}
        self._addresses: dict[str, set[str]] = {}
        self._taken: set[tuple[object, ...]] = set()
        self._diagnostics: list[Diagnostic] = []
        self._files: list[dict[str, Any]] = []

    def add(self, results: Results) -> None:
        tally = Tally(results.path)
        self._diagnostics += results.problems
        for result in results.results:
            self._judge(result, _Place(result, self._locator, results.path), tally)
        self._diagnostics += tally.diagnostics(len(results.results))
        self._files.append(
            {"file": os.path.basename(results.path), "tools": results.tools, "results": len(results.results), **tally.counts()}
        )

    def refuse(self, diagnostic: Diagnostic) -> None:
        """A results file that cannot be used."""
        self._diagnostics.append(diagnostic)

    def report(self) -> Report:
        findings = self._without_contradictions()
        for finding in findings:
            counts = self._estates[finding.estate].counts
            counts[finding.verdict] = counts.get(finding.verdict, 0) + 1
        for root, estate in self._estates.items():
            estate.resources = len(self._addresses[root])
            estate.inputs.sort()
        values = self._config.values
        run = {
            "profile": values["profile"],
            "policies": len(self._selected),
            "pack": self._pack.digest,
            "fail_on": values["fail_on"],
            "strict": values["strict"],
            "imported": self._files,
        }
        texts = {id: self._pack.text(id) for id in self._pack.policies if id in self._selected}
        if any(finding.policy == UNMAPPED for finding in findings):
            texts[UNMAPPED] = _UNMAPPED_TEXT
        shown = findings if self._passed else [finding for finding in findings if finding.verdict != Verdict.PASS]
        root = self._locator.root
        return Report(
            root, project_folder(root, self._config), order(shown), list(self._estates.values()), self._diagnostics, texts, None, run
        )

    def _judge(self, result: Result, place: _Place, tally: Tally) -> None:
        entries = self._entries(result, place)
        if place.format is None and entries:
            place.format = format_of(entries[0].resources[0])
        if place.format is None:
            tally.add("elsewhere", result)
            return
        key = (result.tool, result.rule, result.outcome, place.span, place.address)
        if key in self._taken:  # each instance of a resource with `count` looks the same in SARIF
            tally.add("repeated", result)
            return
        self._taken.add(key)
        self._estate(place)
        if not entries:
            tally.add("unmapped", result)
            if result.outcome in ("fail", "skip", "open"):
                self._find(UNMAPPED, _UNMAPPED_TEXT.severity, Verdict.UNKNOWN, result, place)
            return
        for entry in entries:
            if entry.policy not in self._selected or (entry.profiles and self._profiles.isdisjoint(entry.profiles)):
                tally.add("deselected", result)
            elif result.outcome == "pass" and not entry.passes:
                tally.add("part", result)
            elif result.outcome == "not_applicable":
                counts = self._estates[place.estate].counts
                counts[Verdict.NOT_APPLICABLE] = counts.get(Verdict.NOT_APPLICABLE, 0) + 1
            else:
                severity = entry.severity or self._pack.policies[entry.policy]["severity"]
                self._find(entry.policy, severity, _OUTCOMES[result.outcome], result, place)

    def _entries(self, result: Result, place: _Place) -> list[Entry]:
        """What the maps say; and our own policies that ran inside a host bear their own ids."""
        policies = self._pack.policies
        own = next((id for id in (result.rule, result.rule[1:]) if id in policies), None)
        if own is not None:
            return [Entry(policy=own, resources=[place.type or place.format or "terraform"], passes=True)]
        found = self._maps.entries(result.tool, result.rule, place.type, place.format)
        return [entry for entry in found if entry.policy in policies]

    def _estate(self, place: _Place) -> None:
        root = place.estate
        if root not in self._estates:
            source = place.source or ("hcl" if place.format == "terraform" else "template")
            self._estates[root] = ScannedEstate(root, str(place.format), source, 0, [], {}, {}, {})
            self._addresses[root] = set()
        if place.file is not None and place.file not in self._estates[root].inputs:
            self._estates[root].inputs.append(place.file)
        self._addresses[root].add(place.address)

    def _find(self, policy: str, severity: str, verdict: str, result: Result, place: _Place) -> None:
        origin = (result.tool, result.rule)
        estate = os.path.relpath(place.estate, self._locator.root).replace(os.sep, "/")
        what = "\0".join((policy, place.address, *origin))
        number = self._numbers[(estate, what)] = self._numbers.get((estate, what), 0) + 1  # a further one of a kind is another finding
        own = digest(what if number == 1 else f"{what}\0{number}")[:LOCAL]
        self._findings.append(
            Finding(
                policy=policy,
                verdict=verdict,
                severity=severity,
                format=str(place.format),
                type=place.type or str(place.format),
                address=place.address,
                message=_message(policy, result, place.address),
                span=place.span,
                estate=place.estate,
                fingerprint=digest(estate)[:12] + own,
                attribute=result.attribute,
                origin=origin,
            )
        )

    def _without_contradictions(self) -> list[Finding]:
        """A rule that passes says nothing where another fails the same policy on the same resource, or could not tell."""
        against = {
            (finding.policy, finding.estate, finding.address)
            for finding in self._findings
            if finding.verdict in (Verdict.FAIL, Verdict.UNKNOWN)
        }
        return [
            finding
            for finding in self._findings
            if finding.verdict != Verdict.PASS or (finding.policy, finding.estate, finding.address) not in against
        ]


def _message(policy: str, result: Result, address: str) -> Text:
    """One sentence that names the tool and its rule."""
    rule = f"{result.tool} {result.rule}"
    en, ja = (f'{rule} "{result.title}"', f"{rule}「{result.title}」") if result.title else (rule, f"{rule} ")
    if result.outcome == "skip":
        why, why_ja = (f": {result.reason}", f"(理由: {result.reason})") if result.reason else (" without a reason", "(理由の記載なし)")
        en += f" was skipped{why}. A skip in another tool is no waiver: approve it as one, or let the rule run"
        ja += f"はスキップされています{why_ja}。他ツールでのスキップは例外承認になりません。例外として承認するか、スキップを外してください"
    elif result.outcome == "open":
        en, ja = f"{en} could not tell", f"{ja}では判定できませんでした"
    elif result.outcome == "pass":
        en, ja = f"{en} passes", f"{ja}に適合"
    else:
        en, ja = f"{en} fails", f"{ja}に不適合"
        if policy == UNMAPPED:
            en, ja = f"{en} (no policy of the same meaning)", f"{ja}(同じ意味のポリシーなし)"
    return Text(f"{address}: {en}", f"{address}: {ja}")
