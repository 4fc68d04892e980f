"""The status of each clause: what the scan found, what people state, and what is still open.

A template never proves a clause whole: a pass names its residual. Where no policy judged anything, or only such as touch on the clause, it
wants an attestation, and where something could not be read nothing passes.
"""

from __future__ import annotations

from cloudpolicy.model import Verdict
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Sequence

    from cloudpolicy.findings import Finding, Report
    from cloudpolicy.guidelines.attestations import Attestation
    from cloudpolicy.guidelines.catalogue import Catalogue, Clause

# status -> what it is called; the worst first
STATUSES: dict[str, Text] = {
    "fail": Text("not met", "不適合"),
    "unknown": Text("undecided", "判定不能"),
    "provider-evidence-missing": Text("provider's evidence missing", "事業者の証跡が未確認"),
    "attestation-needed": Text("attestation needed", "証明が必要"),
    "accepted-exception": Text("accepted exception", "例外承認済み"),
    "pass": Text("settings as required, residual to state", "設定は適合(残りは要確認)"),
    "attested": Text("attested", "証明済み"),
    "provider-evidence": Text("provider's evidence on file", "事業者の証跡あり"),
    "not-applicable": Text("not applicable", "対象外"),
}
# Errors that say nothing of the templates, and warnings by which something of them was left unjudged.
_ASIDE = frozenset({"invalid-attestation", "invalid-catalogue"})
_LEFT_OUT = frozenset(
    {
        "expansion-limit",
        "incomplete-plan",
        "module-not-expanded",
        "module-not-fetched",
        "module-outside-tree",
        "nested-template-not-on-disk",
    }
)
WAIVED = "waived"  # the verdict of a finding that somebody approved as an exception


class ClauseStatus:
    """What is known of one clause on one day.

    clause       the Clause
    status       a key of STATUSES
    reason       why, in one or two sentences
    residual     what a person still has to state; None when nothing is left open
    findings     those of its policies: fail, waived and unknown first, then passes
    judged       policies that judged a resource (passes included), those that only touch on the clause, too
    silent       policies that ran and found nothing to judge
    not_run      policies that back the clause and were not run
    attestation  the statement that decides or completes the status, or None
    evidence     every statement in force about the clause
    waivers      the findings among `findings` that are waived
    """

    __slots__ = (
        "attestation",
        "clause",
        "evidence",
        "findings",
        "judged",
        "not_run",
        "reason",
        "residual",
        "silent",
        "status",
        "waivers",
    )

    def __init__(
        self,
        clause: Clause,
        status: str,
        reason: Text,
        residual: Text | None = None,
        findings: Sequence[Finding] = (),
        judged: Iterable[str] = (),
        silent: Iterable[str] = (),
        not_run: Iterable[str] = (),
        attestation: Attestation | None = None,
        evidence: Iterable[Attestation] = (),
    ) -> None:
        self.clause = clause
        self.status = status
        self.reason = reason
        self.residual = residual
        self.findings = list(findings)
        self.judged = tuple(judged)
        self.silent = tuple(silent)
        self.not_run = tuple(not_run)
        self.attestation = attestation
        self.evidence = tuple(evidence)
        self.waivers = [finding for finding in self.findings if finding.verdict == WAIVED]

    def __repr__(self) -> str:
        return f"ClauseStatus({self.clause.id} {self.status})"


_ORDER = {Verdict.FAIL: 0, WAIVED: 1, Verdict.UNKNOWN: 2, Verdict.PASS: 3}


def statuses(catalogue: Catalogue, report: Report, attestations: Iterable[Attestation], day: datetime.date) -> list[ClauseStatus]:
    """The status of every clause exactly once, in the catalogue's order.

    The report must hold what passed (`Request.passed`): without it nothing could be told from nothing relevant. Raises ValueError.
    """
    if report.count(Verdict.PASS) and not any(finding.verdict == Verdict.PASS for finding in report.findings):
        raise ValueError("the report leaves out what passed: scan with passed=True")
    by_policy: dict[str, list[Finding]] = {}
    for finding in report.findings:
        by_policy.setdefault(finding.policy, []).append(finding)
    by_clause: dict[str, list[Attestation]] = {}
    for attestation in attestations:
        for id in attestation.clauses:
            by_clause.setdefault(id, []).append(attestation)
    unread = sum(problem.severity == "error" and problem.code not in _ASIDE for problem in report.diagnostics)
    left_out = sum(problem.severity != "error" and problem.code in _LEFT_OUT for problem in report.diagnostics)
    return [_Judge(clause, report, by_policy, by_clause.get(clause.id, []), day, unread, left_out).status() for clause in catalogue]


class _Judge:
    """One clause with everything that speaks of it."""

    def __init__(
        self,
        clause: Clause,
        report: Report,
        by_policy: dict[str, list[Finding]],
        statements: list[Attestation],
        day: datetime.date,
        unread: int,
        left_out: int,
    ) -> None:
        self.clause = clause
        self.unread = unread
        self.left_out = left_out
        self.found = sorted(
            (finding for id in clause.policies for finding in by_policy.get(id, ())), key=lambda finding: _ORDER.get(finding.verdict, 0)
        )
        unknown = [finding for finding in self.found if finding.verdict == Verdict.UNKNOWN]
        self.open = [finding for finding in unknown if finding.address]
        # a finding about the estate as a whole says that what should exist is not declared here, and may be elsewhere
        self.missing = list(dict.fromkeys(finding.policy for finding in unknown if not finding.address))
        spoke = {finding.policy for finding in self.found if finding.address or finding.verdict != Verdict.UNKNOWN}
        self.judged = [id for id in clause.policies if id in spoke]
        self.direct = [id for id in self.judged if id not in clause.indirect]
        self.silent = [id for id in clause.policies if id in report.policies and id not in spoke]
        self.not_run = [id for id in clause.policies if id not in report.policies]
        self.statements = statements
        self.valid = [statement for statement in statements if statement.counts(day)]

    def status(self) -> ClauseStatus:
        if self.clause.policies:
            return self._automated()
        return self._provider() if self.clause.verification == "csp-evidence" else self._stated()

    def _first(self, kind: str) -> Attestation | None:
        return next((statement for statement in self.valid if statement.kind == kind), None)

    def _give(self, status: str, reason: Text, attestation: Attestation | None = None, residual: Text | None = None) -> ClauseStatus:
        return ClauseStatus(
            self.clause, status, reason, residual, self.found, self.judged, self.silent, self.not_run, attestation, self.valid
        )

    def _automated(self) -> ClauseStatus:
        count = {verdict: sum(finding.verdict == verdict for finding in self.found) for verdict in _ORDER}
        residual = self.clause.residual
        stated = self._first("attestation")
        if count[Verdict.FAIL]:  # whatever anybody states: a failure is mended or waived
            n = count[Verdict.FAIL]
            return self._give("fail", Text(f"{n} finding{'s' if n > 1 else ''} against it", f"{n} 件の指摘があります"), stated, residual)
        doubt = self._doubt()
        if doubt:
            if stated:
                return self._give("attested", _joined(stated.summary(), doubt), stated)
            return self._give("unknown", doubt, residual=residual)
        if self.missing and stated:
            return self._give("attested", stated.summary(), stated)
        if count[WAIVED] and self.direct and not self.missing:
            n = count[WAIVED]
            reason = Text(f"{n} finding{'s' if n > 1 else ''} accepted as exceptions", f"例外として承認された指摘が {n} 件あります")
            return self._give("accepted-exception", reason, stated, None if stated else self._left())
        if self.direct and not self.missing:
            return self._give("pass", self._passed(), stated, None if stated else self._left())
        absent = self._first("not-applicable")
        if stated or (absent and not self.direct):
            return self._settled(stated, absent)
        return self._give("attestation-needed", self._with_late(self._nothing()), residual=residual)

    def _doubt(self) -> Text | None:
        """What keeps the clause from being decided, a statement aside: undecided findings, files that were not read."""
        if self.open:
            n = len(self.open)
            return Text(
                f"{n} finding{'s' if n > 1 else ''} could not be decided from the templates",
                f"テンプレートから判定できない項目が {n} 件あります",
            )
        if self.unread:
            n = self.unread
            return Text(
                f"{n} error{'s' if n > 1 else ''} kept something from being read, and it may hold failures",
                f"読み取りの誤りが {n} 件あり、その部分は検査できていません",
            )
        return None

    def _nothing(self) -> Text:
        """Why no policy speaks for the clause."""
        if self.missing:
            names = ", ".join(self.missing)
            return Text(
                f"what {names} asks for is not declared in every estate: state where it is",
                f"{names} の対象が宣言されていない構成があります。どこで設定しているかを証明してください",
            )
        if self.judged:
            names = ", ".join(self.judged)
            return Text(f"only what touches on it was judged ({names})", f"関連が間接的なポリシー({names})のほかに判定したものがありません")
        if not self.silent:
            return Text("none of its policies were run", "対応するポリシーを実行していません")
        return Text("the templates hold nothing that it speaks of", "該当するリソースがテンプレートにありません")

    def _left(self) -> Text | None:
        """What the pass does not prove: the clause's own residual, policies that had nothing to judge, parts that were not there to read."""
        parts = [self.clause.residual] if self.clause.residual else []
        open = ", ".join((*self.silent, *self.not_run))
        if open:
            parts.append(Text(f"not judged: {open}", f"未判定: {open}"))
        if self.left_out:
            n = self.left_out
            parts.append(Text(f"{n} part{'s were' if n > 1 else ' was'} left unread (see the warnings)", f"未読の部分 {n} 件(警告を参照)"))
        return Text("; ".join(part.en for part in parts), "。".join(part.ja for part in parts)) if parts else None

    def _passed(self) -> Text:
        n = sum(finding.verdict == Verdict.PASS for finding in self.found)
        en = f"{n} judgement{'s' if n > 1 else ''} by {', '.join(self.judged)} as required"
        ja = f"{', '.join(self.judged)} による {n} 件の判定が適合"
        if self.silent:
            en += f"; nothing to judge for {', '.join(self.silent)}"
            ja += f"。{', '.join(self.silent)} は該当なし"
        if self.not_run:
            en += f"; not run: {', '.join(self.not_run)}"
            ja += f"。{', '.join(self.not_run)} は未実行"
        return Text(en, ja)

    def _stated(self) -> ClauseStatus:
        stated, absent, proof = self._first("attestation"), self._first("not-applicable"), self._first("provider-evidence")
        if proof and self.clause.responsibility == "csp" and not stated:
            return self._give("provider-evidence", proof.summary(), proof)
        if stated or absent:
            return self._settled(stated, absent)
        reason = Text("no policy can judge it: a person states it", "テンプレートでは判定できないため、担当者による証明が必要です")
        if proof:
            half = Text("the provider's evidence is on file, the user's side is open", "事業者の証跡はありますが、利用者側の証明が必要です")
            return self._give("attestation-needed", self._with_late(half))
        return self._give("attestation-needed", self._with_late(reason))

    def _provider(self) -> ClauseStatus:
        proof, absent = self._first("provider-evidence"), self._first("not-applicable")
        if proof:
            return self._give("provider-evidence", proof.summary(), proof)
        if absent:
            return self._settled(None, absent)
        reason = Text(
            "the provider answers for it: name its certificate or report", "事業者の責任範囲です。認証や報告書の名称を記録してください"
        )
        return self._give("provider-evidence-missing", self._with_late(reason))

    def _settled(self, stated: Attestation | None, absent: Attestation | None) -> ClauseStatus:
        if stated:
            return self._give("attested", stated.summary(), stated)
        assert absent is not None
        return self._give("not-applicable", absent.summary(), absent)

    def _with_late(self, reason: Text) -> Text:
        """A statement that does not count is said so, that nobody takes it for one."""
        late = [statement for statement in self.statements if statement not in self.valid]
        if not late:
            return reason
        one = max(late, key=lambda statement: statement.expires)
        days = f"{one.day.isoformat()} – {one.expires.isoformat()}"
        return _joined(reason, Text(f"a statement is not in force today ({days})", f"有効期間外の証明があります({days})"))


def _joined(first: Text, second: Text) -> Text:
    return Text(f"{first.en}; {second.en}", f"{first.ja}。{second.ja}")
