"""A dossier whose every text holds what breaks workbooks and pages."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from cloudpolicy.findings import Finding, PolicyText, Report, ScannedEstate, Waiver, order
from cloudpolicy.guidelines import catalogue as catalogues
from cloudpolicy.guidelines.attestations import Attestation
from cloudpolicy.guidelines.catalogue import Catalogue
from cloudpolicy.guidelines.status import statuses
from cloudpolicy.handover.commit import Commit
from cloudpolicy.handover.dossier import Dossier
from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.policy import pack as packs
from cloudpolicy.texts import Text

BASE = "/base"
DAY = datetime.date(2026, 4, 1)
HOSTILE = [
    "=cmd|'/c calc'!A1",
    '=HYPERLINK("http://evil.example/","x")',
    "+1+1",
    "-1+1",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "{=1+1}",
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "</title></style><img src=x onerror=alert(3)>",
    "\" onmouseover=alert(4) x=\"' onfocus=alert(5) autofocus '",
    "javascript:alert(6)",
    "&lt;b&gt; &amp; <!-- ]]> -->",
    "http://evil.example/a",
    "file:///etc/passwd",
    "mailto:a@evil.example",
    "internal:'表紙'!A1",
    "\x00\x01\x07\x08\x0b\x0c\x1b[31m\x7f\x85\x9f",
    "_x0041_ _x000D_",
    "\u202egnp.exe\u202c \u2066x\u2069 \u200f\u200e\u061c",
    "👩‍👩‍👧‍👦 🏳️‍🌈 𠮟る 葛󠄀 が",
    "\ud800 \udfff lone",
    "\ufffe\uffff\ufeff",
    "\u2028line\u2029end",
    "長" * 40_000,
    "😀" * 20_000,
    "${var.x} {0} {name} %s %(x)s &P&N",
    "=" * 5,
    "'quoted",
    " " * 30,
    "..\\..\\x/../../y",
    "C:\\temp\\=x",
]


def dossier(texts: Iterable[str] = HOSTILE, copies: int = 1, language: str = "ja", system: str | None = None) -> Dossier:
    """Each text stands in every place that a template, a statement, a policy of the user's own or the command line can fill."""
    texts = list(texts)
    pack = packs.load()
    catalogue: Catalogue = catalogues.load(pack=pack)
    ids = list(pack.policies)
    findings, attestations, diagnostics = [], [], []
    files = []
    for copy in range(copies):
        for n, text in enumerate(texts):
            name = f"{BASE}/{text}{copy}.tf"
            files.append(name)
            findings.append(
                Finding(
                    policy=ids[(copy * len(texts) + n) % len(ids)],
                    verdict=("fail", "unknown", "waived", "pass")[(copy + n) % 4],
                    severity=("low", "medium", "high", "critical")[n % 4],
                    format="terraform",
                    type=text or "t",
                    address=text,
                    message=Text(text, text),
                    span=Span(name, n + 1),
                    estate=BASE,
                    fingerprint=f"{copy:04}{n:04}",
                    attribute=text,
                    seen=text,
                )
            )
    clauses = list(catalogue.clauses)
    for n, text in enumerate(texts):
        span = Span(f"{BASE}/attestations.yaml", n + 1)
        attestations.append(
            Attestation("attestation", (clauses[n],), text, text, text, DAY, datetime.date(2027, 1, 1), text, span, text, text)
        )
        diagnostics.append(Diagnostic("error", "x", Text(text, text), Span(f"{BASE}/{text}", 1)))
    estate = ScannedEstate(BASE, "terraform", "hcl", len(findings), files, {"fail": 1}, {"defaults": texts}, {})
    own = PolicyText("CP_OWN_001", "own", "high", "high", Text(texts[0], texts[0]), Text("r", "r"), Text(texts[-1], texts[-1]), texts)
    policies = {id: pack.text(id) for id in ids} | {"CP_OWN_001": own}
    run = {"profile": texts[0], "pack": pack.digest, "parameters": {ids[0]: {}}}
    left_out = {f"{BASE}/{text}": Text(text, text) for text in texts}
    waivers = [
        Waiver(
            Span(f"{BASE}/{text}/cloudpolicy-waivers.yaml", n + 1), id=text, policy=ids[n % len(ids)], resource=text, file=text, reason=text, clause=text,
            requested_by=text, approved_by=text, ticket=text, granted=text, expires=text,
        )
        for n, text in enumerate(texts)
    ]  # fmt: skip
    for finding in findings:
        if finding.verdict == "waived":
            finding.waiver = waivers[finding.span.line - 1]
    report = Report(BASE, BASE, order(findings), [estate], diagnostics, policies, left_out, run)
    report.waivers = waivers
    for waiver in waivers[::2]:
        waiver.state, waiver.fault = "malformed", Text(waiver.reason, waiver.reason)
    return Dossier(
        system=texts[0] if system is None else system,
        day=DAY,
        created=datetime.datetime(2026, 4, 1, tzinfo=datetime.UTC),
        language=language,  # type: ignore[arg-type]
        report=report,
        clauses=statuses(catalogue, report, attestations, DAY),
        catalogue=catalogue,
        attestations=attestations,
        commit=Commit("f" * 40, 0, files[:1]),
        inputs=[{"path": text, "bytes": 1, "sha256": "0" * 64, "role": "template"} for text in texts],
        pack=pack,
    )
