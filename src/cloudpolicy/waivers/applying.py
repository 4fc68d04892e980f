"""Waivers held against a finished report: what they cover becomes `waived`, and what is wrong with them becomes findings."""

from __future__ import annotations

import os

from cloudpolicy.findings import WAIVED, WAIVERS, Finding, PolicyText, digest, order
from cloudpolicy.model import Diagnostic, Verdict
from cloudpolicy.sources import files
from cloudpolicy.texts import Text
from cloudpolicy.waivers import NAME, patterns, pointers, reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cloudpolicy.cache.entries import Entries
    from cloudpolicy.findings import Report, ScannedEstate, Waiver
    from cloudpolicy.model import Span
    from cloudpolicy.waivers.pointers import Pointer
    from cloudpolicy.waivers.reading import Known

_ALONE = ("template", "arm", "bicep")  # sources of estates that are a file each; a plan is its root module once more

_RECORD = Text(
    "An exception counts only with a place, a reason, an approver and an end; a wrong record would let a violation pass unseen.",
    "例外承認は、対象・理由・承認者・期限がそろってはじめて有効です。記録に誤りがあると、違反が見過ごされます。",
)


def _policy(id: str, severity: str, title: Text, remedy: Text) -> PolicyText:
    return PolicyText(id, id.removeprefix("CP_").lower().replace("_", "-"), severity, "high", title, _RECORD, remedy, ())


# state -> the policy that its finding is told under, and the finding's verdict
_POLICIES = {
    "expired": (
        _policy(
            "CP_WAIVER_EXPIRED",
            "high",
            Text("A waiver has expired", "例外承認の期限切れ"),
            Text(
                "Correct what it covers and remove it, or have it approved anew and renew `granted` and `expires`.",
                "対象を修正して例外承認を削除するか、承認を取り直して `granted` と `expires` を更新してください。",
            ),
        ),
        Verdict.FAIL,
    ),
    "unapproved": (
        _policy(
            "CP_WAIVER_UNAPPROVED",
            "high",
            Text("A waiver is not approved", "承認者のいない例外承認"),
            Text(
                "Have somebody other than the requester approve it, and write the name into `approved_by`.",
                "申請者とは別の人(設定管理者)の承認を得て、`approved_by` に氏名を記載してください。",
            ),
        ),
        Verdict.FAIL,
    ),
    "malformed": (
        _policy(
            "CP_WAIVER_MALFORMED",
            "high",
            Text("A waiver is malformed", "例外承認の記載不備"),
            Text(
                "Correct the entry; `cloudpolicy schema waivers` prints the format, `cloudpolicy waive` writes one.",
                "記載を修正してください。形式は `cloudpolicy schema waivers` で確認でき、`cloudpolicy waive` で追加できます。",
            ),
        ),
        Verdict.FAIL,
    ),
    "too-broad": (
        _policy(
            "CP_WAIVER_TOO_BROAD",
            "medium",
            Text("A waiver is too broad", "範囲が広すぎる例外承認"),
            Text(
                "Name the resource, or a file: an exception is a decision about something.",
                "リソース名またはファイルを特定してください。例外は個別に判断するものです。",
            ),
        ),
        Verdict.FAIL,
    ),
    "unused": (
        _policy(
            "CP_WAIVER_UNUSED",
            "low",
            Text("A waiver covers nothing", "該当する指摘のない例外承認"),
            Text(
                "Remove it when what it was for is corrected; check its address and file otherwise.",
                "対象が修正済みなら削除し、そうでなければアドレスとファイルを確認してください。",
            ),
        ),
        Verdict.UNKNOWN,  # another run, with other variables, may need it: this one cannot tell
    ),
}


def apply(
    report: Report, found: Iterable[str], paths: Sequence[str], day: str, longest: int, known: Known, kept: Entries | None = None
) -> None:
    """Read the waivers files `found` and let them speak on the report, in place.

    paths    absolute folders and files that the scan was asked for: a waiver for something outside of them is not called unused
    day      today's ISO date; longest: how many days a waiver may last
    known    policy id or alias -> id, None when there is no such policy
    kept     what earlier runs parsed
    """
    incomplete = any(diagnostic.severity == "error" for diagnostic in report.diagnostics)
    by_policy: dict[str, list[Finding]] = {}
    for finding in report.findings:
        if finding.verdict in (Verdict.FAIL, Verdict.UNKNOWN):
            by_policy.setdefault(finding.policy, []).append(finding)
    estates = {estate.root: estate for estate in report.estates}
    own: list[Finding] = []
    for path in found:
        waivers, problems = reading.read(path, report.project, day, longest, known, kept)
        report.diagnostics += problems
        for waiver in waivers:
            _narrow(waiver, by_policy.get(waiver.policy, ()))
            report.findings += _cover(waiver, by_policy.get(waiver.policy, []), estates)
            report.diagnostics += _in_several(waiver, by_policy.get(waiver.policy, ()), estates)
            if waiver.state == "in-force" and not waiver.findings:
                waiver.state = "not-checked" if incomplete or not _checked(waiver, report, paths) else "unused"
                if waiver.state == "unused":
                    waiver.fault = _unused(waiver, by_policy.get(waiver.policy, ()))
            if waiver.state in _POLICIES:
                name, fault = waiver.id or "?", waiver.fault or Text("", "")
                own.append(_finding(waiver.state, name, Text(f"{name}: {fault.en}", f"{name}: {fault.ja}"), waiver.span, path, report))
        report.waivers += waivers
    own += _about_pointers(report, known, bool(paths))
    report.findings = order([*report.findings, *own])


def _narrow(waiver: Waiver, findings: Iterable[Finding]) -> None:
    """A pattern that fits whatever name a resource may have is no decision about a resource."""
    if waiver.state != "in-force" or "*" not in waiver.resource or reading.names_file(waiver):
        return
    if any(patterns.fits_any_name(waiver.resource, finding.type, finding.address) for finding in findings if finding.address):
        waiver.state, waiver.fault = "too-broad", reading.everything(waiver)


def _cover(waiver: Waiver, findings: list[Finding], estates: dict[str, ScannedEstate]) -> list[Finding]:
    """Let the waiver speak on the findings of its policy. A finding that is told once for several resources of which it covers some gives
    them up: what is returned are those parts, which join `findings`."""
    parts = []
    for finding in findings if waiver.state != "malformed" else ():
        deployed = finding.estate in estates and estates[finding.estate].source == "live"
        resources = patterns.covered(waiver, finding, deployed)
        if not resources:
            continue
        waiver.findings += 1
        if waiver.state != "in-force":
            if finding.waiver is None:
                finding.waiver = waiver
        elif finding.verdict != WAIVED:
            counts = estates[finding.estate].counts
            counts[WAIVED] = counts.get(WAIVED, 0) + 1
            if len(resources) <= len(finding.also):
                parts.append(finding.part(resources))
                parts[-1].waive(waiver)
            else:
                counts[str(finding.verdict)] -= 1
                finding.waive(waiver)
    findings += parts
    return parts


def _in_several(waiver: Waiver, findings: Iterable[Finding], estates: dict[str, ScannedEstate]) -> list[Diagnostic]:
    """An address that stands in several root modules or templates was hardly approved for all of them without a word: it is told."""
    if waiver.state != "in-force" or waiver.file:
        return []
    folder = os.path.dirname(waiver.span.file)
    roots = {finding.estate for finding in findings if finding.waiver is waiver and estates[finding.estate].source in ("hcl", *_ALONE)}
    if len(roots) < 2:
        return []
    names = ", ".join(sorted(patterns.relative(root, folder) or root for root in roots)[:5])
    text = Text(
        f"waiver {waiver.id} covers {waiver.resource} in {len(roots):,} places ({names}); to confine it to one add `file`",
        f"例外承認 {waiver.id} は {waiver.resource} に対して {len(roots):,} か所({names})で有効です。1 か所に限る場合は `file` を追加してください",
    )
    return [Diagnostic("warning", "waiver-in-several", text, waiver.span)]


def _checked(waiver: Waiver, report: Report, paths: Sequence[str]) -> bool:
    """Whether this scan would have met what the waiver is for: its policy ran, and all of its place was asked for."""
    if waiver.policy not in report.policies:
        return False
    place = os.path.dirname(waiver.span.file)
    for part in waiver.file.split("/") if waiver.file else ():
        if "*" in part:
            break
        place = os.path.join(place, part)
    return any(patterns.relative(place, path) is not None for path in paths)


def _unused(waiver: Waiver, findings: Sequence[Finding]) -> Text:
    """Says which addresses there are: a pattern that misses by an index is the usual reason."""
    addresses = sorted({address for finding in findings for address, _ in finding.resources() if address})[:3]
    there = ", ".join(addresses)
    return Text(
        "covers nothing in this scan" + (f"; {waiver.policy} speaks of: {there}" if there else ""),
        "今回の検査では該当する指摘がありません" + (f"({waiver.policy} の指摘があるもの: {there})" if there else ""),
    )


def _finding(state: str, name: str, message: Text, span: Span, path: str, report: Report) -> Finding:
    """A finding of the waivers file `path`, told at `span`; the report learns its policy's texts."""
    policy, verdict = _POLICIES[state]
    report.policies.setdefault(policy.id, policy)
    place = patterns.relative(span.file, report.project) or span.file
    identity = "\0".join((policy.id, place, name))
    return Finding(
        policy=policy.id,
        verdict=verdict,
        severity=policy.severity,
        format=WAIVERS,
        type="waiver",
        address=name,
        message=message,
        span=span,
        estate=path,
        fingerprint=digest(identity)[:32],
    )


def _about_pointers(report: Report, known: Known, whole: bool) -> list[Finding]:
    """Findings about comments that point at no waiver, at one for another policy, or (where the `whole` was judged) that covers nothing in
    their file."""
    folders = {os.path.dirname(waiver.span.file): waiver.span.file for waiver in report.waivers}
    used = {(finding.waiver, span.file) for finding in report.findings if finding.waiver is not None for _, span in finding.resources()}
    findings = []
    for file in dict.fromkeys(file for estate in report.estates if estate.source != "plan" for file in estate.inputs):
        above = [folder for folder in folders if patterns.relative(file, folder) is not None]
        if not above:
            continue
        try:
            data = files.read_bytes(file, report.project)
        except files.Unreadable:
            continue  # whoever read it as a template has said so
        if pointers.MARK not in data:
            continue
        waivers = [waiver for waiver in report.waivers if os.path.dirname(waiver.span.file) in above]
        path = folders[max(above, key=len)]
        for pointer in pointers.find(file, data):
            state, fault = _judge(pointer, [waiver for waiver in waivers if waiver.id == pointer.ref], used, known)
            if state and (whole or state != "unused"):
                findings.append(_finding(state, pointer.ref or pointer.policy or "?", fault, pointer.span, path, report))
    return findings


def _judge(pointer: Pointer, waivers: list[Waiver], used: set[tuple[Waiver, str]], known: Known) -> tuple[str, Text]:
    """("", …) when the comment is right, or when the waiver's own finding says what is wrong."""
    ref, policy = pointer.ref, known(pointer.policy) or pointer.policy
    if not pointer.policy or not ref:
        return "malformed", Text(
            "a comment points at no waiver: write cloudpolicy:waive CP_XXX_000 ref=W-001",
            "コメントの形式が正しくありません。cloudpolicy:waive CP_XXX_000 ref=W-001 の形で書いてください",
        )
    if not waivers:
        return "malformed", Text(
            f"a comment points at {ref}, and {NAME} holds no such entry; a comment alone waives nothing",
            f"コメントが指す {ref} は {NAME} にありません。コメントだけでは例外になりません",
        )
    if all(waiver.state == "malformed" for waiver in waivers):
        return "", Text("", "")
    if all(waiver.policy != policy for waiver in waivers):
        return "malformed", Text(
            f"a comment points at {ref} for {pointer.policy}, but that waiver is about {waivers[0].policy}",
            f"コメントは {pointer.policy} の例外として {ref} を指していますが、{ref} の対象は {waivers[0].policy} です",
        )
    if any(waiver.state == "in-force" for waiver in waivers) and not any((waiver, pointer.span.file) in used for waiver in waivers):
        return "unused", Text(
            f"a comment points at {ref}, which covers nothing in this file",
            f"コメントが指す {ref} に該当する指摘は、このファイルにはありません",
        )
    return "", Text("", "")
