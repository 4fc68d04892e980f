"""One report with everything in it that breaks output formats, and a compare with stored snapshots."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from cloudpolicy import __version__
from cloudpolicy.findings import Finding, PolicyText, Report, ScannedEstate, Waiver, order
from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.texts import Text

SNAPSHOTS = Path(__file__).parent / "snapshots"
SECRET = "Tr0ub4dor&3-秘密"

MAIN = f"""\
provider "aws" {{
  region = var.region
}}

# 住民票の写しを保管する
resource "aws_s3_bucket" "住民票" {{
  bucket = "住民票-bucket"\tacl = "public-read" # 公開|<b>
\ttags = {{ 名前 = "x" }}
}}
resource "aws_security_group" "admin" {{
  ingress {{
    from_port   = 22
    to_port     = 22
    cidr_blocks = ["0.0.0.0/0"]
  }}
  description = "\x1b[31mred\x1b[0m \u202egnp.exe"
}}
resource "aws_db_instance" "db" {{
  username            = "admin"
  password            = "{SECRET}"
  publicly_accessible = true
}}
"""
TEMPLATE = "Resources:\r\n  Db:\r\n    Type: AWS::RDS::DBInstance\r\n    Properties:\r\n      MasterUserPassword: " + SECRET + "\r\n"
MINIFIED = '{"Resources":{' + ",".join(f'"B{n}":{{"Type":"AWS::S3::Bucket"}}' for n in range(200)) + "}}\n"


def policy(id: str, severity: str, slug: str, en: str, ja: str, clauses: tuple[str, ...] = ("osaka-2024:table.6.3",)) -> PolicyText:
    return PolicyText(
        id, slug, severity, "high", Text(en, ja),
        Text(f"Why {en.lower()} matters.", f"{ja}と何が問題か。"),
        Text(f"Correct it: {en.lower()} | <b>.", f"次のように修正してください: {ja} | <b>。"),
        clauses,
    )  # fmt: skip


POLICIES = [
    policy("CP_OBJ_001", "critical", "public-object-storage", "Object storage is open", "ストレージが公開されている", ("a:1", "b:2")),
    policy("CP_NET_001", "high", "admin-port-open-to-internet", "Admin port is open", "管理用ポートが公開されている"),
    policy("CP_RES_001", "medium", "foreign-region", "Region is foreign", "国外のリージョンにある"),
    policy("CP_KEY_005", "critical", "plaintext-secret", "Secret in plain text", "秘密情報が平文で書かれている"),
    policy("CP_LOG_001", "low", "no-audit-trail", "No audit trail", "監査証跡が無い", ()),
]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The scanned project on disk, as the working folder."""
    root = tmp_path / "業務 システム"
    infra = root / "infra 100%"
    infra.mkdir(parents=True)
    (infra / "main.tf").write_bytes(MAIN.encode())
    (infra / "テンプレート.yaml").write_bytes(b"\xef\xbb\xbf" + TEMPLATE.encode())
    (infra / "cdk.json").write_bytes(MINIFIED.encode())
    monkeypatch.chdir(root)
    return Path(os.getcwd())


@pytest.fixture
def report(project: Path) -> Report:
    """Failures, unknowns, a pass and a waived finding; every text is nasty somewhere."""
    infra = str(project / "infra 100%")
    main, template, cdk = (os.path.join(infra, name) for name in ("main.tf", "テンプレート.yaml", "cdk.json"))
    outside = "/elsewhere/モジュール/net.tf"

    def finding(
        policy: str, severity: str, file: str, at: tuple[int, int, int, int], address: str, message: Text, **more: object
    ) -> Finding:
        values: dict[str, object] = {"verdict": "fail", "attribute": "", "seen": None, "related": (), **more}
        return Finding(
            policy=policy, severity=severity, address=address, message=message, span=Span(file, at[0], at[1], at[2], at[3]),
            format="cloudformation" if address in ("Db", "B150") else "terraform", type="aws_s3_bucket",
            estate=template if file == template else cdk if file == cdk else infra,
            fingerprint=f"{policy}-{len(address):02}", **values,
        )  # type: ignore[arg-type]  # fmt: skip

    findings = [
        finding("CP_OBJ_001", "critical", main, (7, 28, 7, 46), "aws_s3_bucket.住民票",
                Text('aws_s3_bucket.住民票: acl is "public-read" 😀 100% | <script>alert(1)</script> ]]> it must be "private"',
                     "aws_s3_bucket.住民票 の acl が「public-read」です 😀 100% | <script>alert(1)</script> ]]> 「private」でなければなりません。"),
                attribute="acl", seen="public-read"),
        finding("CP_RES_001", "medium", main, (8, 2, 8, 19), 'module.a["x|y"].aws_s3_bucket.b',
                Text("line one\nline two\r\n\x1b[2Jwipes\x00 the \u202escreen: \ud800", "1 行目\n2 行目\r\n\x1b[2J画面\x00を\u202e消す: \ud800"),
                attribute="tags.名前", seen="x"),
        finding("CP_NET_001", "high", main, (11, 3, 15, 3), "aws_security_group.admin",
                Text("aws_security_group.admin: ingress opens port 22 to 0.0.0.0/0", "aws_security_group.admin の ingress が 22 番ポートを 0.0.0.0/0 に公開しています。"),
                attribute="ingress[0]", seen="0.0.0.0/0",
                related=[(Span(outside, 30, 1), Text("the route: ::error::that, opens the subnet", "サブネットを公開する経路"))]),
        finding("CP_NET_001", "medium", main, (16, 3, 16, 30), "aws_security_group.admin",
                Text("aws_security_group.admin: description is odd", "aws_security_group.admin の description が不正です。"),
                attribute="description", seen="red"),
        finding("CP_LOG_001", "low", main, (10, 1, 17, 1), "aws_security_group.admin",
                Text("aws_security_group.admin: no flow log", "aws_security_group.admin にフローログがありません。")),
        finding("CP_KEY_005", "critical", main, (20, 3, 20, 26 + len(SECRET)), "aws_db_instance.db",
                Text('aws_db_instance.db: password holds a secret ("****")', "aws_db_instance.db の password に秘密情報(「****」)が書かれています。"),
                attribute="password", seen="****"),
        finding("CP_NET_001", "high", main, (21, 3, 21, 28), "aws_db_instance.db",
                Text("aws_db_instance.db: publicly_accessible is true", "aws_db_instance.db の publicly_accessible が true です。"),
                attribute="publicly_accessible", seen="true"),
        finding("CP_KEY_005", "critical", template, (5, 7, 5, 26 + len(SECRET)), "Db",
                Text("Db: MasterUserPassword holds a secret", "Db の MasterUserPassword に秘密情報が書かれています。"),
                attribute="MasterUserPassword", seen="****"),
        finding("CP_OBJ_001", "critical", cdk, (1, MINIFIED.index('"B150"') + 1, 1, MINIFIED.index('"B150"') + 6), "B150",
                Text("B150: nothing blocks public access", "B150 は公開を遮断していません。"), attribute="Type", seen="x"),
        finding("CP_NET_001", "high", outside, (3, 1, 3, 0), "aws_route.r", Text("aws_route.r: vanished", "aws_route.r: 消えました。")),
        finding("CP_RES_001", "medium", main, (2, 3, 2, 21), "aws_s3_bucket.住民票",
                Text("aws_s3_bucket.住民票: region is var.region: the variable has no value; give it with --var-file or a default, or scan the plan",
                     "aws_s3_bucket.住民票 の region が var.region です。変数に値がありません。--var-file か default で値を与えるか、plan を検査してください。"),
                verdict="unknown", attribute="region"),
        finding("CP_LOG_001", "low", infra, (1, 1, 1, 0), "", Text("no trail here; attest it", "証跡がありません。別途確認してください。"), verdict="unknown"),
        finding("CP_RES_001", "medium", main, (18, 1, 22, 1), "aws_db_instance.db", Text("in Tokyo", "東京にあります。"), verdict="pass"),
        finding("CP_OBJ_001", "critical", main, (18, 1, 22, 1), "aws_db_instance.db", Text("waived until March", "3 月まで例外承認。"), verdict="waived"),
        finding("CP_OLD_999", "low", main, (1, 1, 3, 1), "provider.aws", Text("a policy that is gone", "廃止されたポリシー")),
    ]  # fmt: skip
    estates = [
        ScannedEstate(infra, "terraform", "hcl", 4, [main], {"fail": 8, "unknown": 2, "pass": 1, "waived": 1, "not_applicable": 7},
                      {"workspace": "default", "defaults": ["env"]}, {"aws_route": 2, "null_resource": 1}),
        ScannedEstate(template, "cloudformation", "template", 1, [template], {"fail": 1, "pass": 0, "not_applicable": 3}, {}, {}),
        ScannedEstate(cdk, "cloudformation", "template", 200, [cdk], {"fail": 1, "pass": 599}, {}, {}),
    ]  # fmt: skip
    diagnostics = [
        Diagnostic("error", "syntax-error", Text("a brace is not closed: close it, | <b>\nhere", "括弧が閉じていません。閉じてください"),
                   Span(os.path.join(infra, "壊れた.tf"), 3)),
        Diagnostic("warning", "module-not-fetched", Text("module x is not on disk", "モジュール x が手元にありません"), Span(main, 1)),
        Diagnostic("note", "no-region", Text("no region is given", "リージョンの指定がありません")),
    ]  # fmt: skip
    run = {
        "profile": "baseline",
        "parameters": {"days": 365, "ports": [80, 443]},
        "changed": ["ports"],
        "fail_on": "low",
        "strict": False,
        "seconds": 0.0815,
    }
    left_out = {os.path.join(infra, "data.json"): Text("has no Resources", "Resources がありません")}
    return Report(infra, str(project), order(findings), estates, diagnostics, {p.id: p for p in POLICIES}, left_out, run)


@pytest.fixture
def decided(report: Report) -> Report:
    """The report once people have decided: a failure and an unknown waived, a failure whose waiver expired, known ones, waivers gone wrong."""
    folder = Path(report.project)
    file = str(folder / "cloudpolicy-waivers.yaml")

    def waiver(line: int, id: str, state: str, fault: Text | None, **more: str) -> Waiver:
        values = {"policy": "CP_NET_001", "resource": "aws_db_instance.db", "reason": "移行 | <b>", "requested_by": "甲", "approved_by": "乙",
                  "granted": "2026-04-01", "expires": "2027-03-31", **more}  # fmt: skip
        made = Waiver(Span(file, line), id=id, **values)
        made.state, made.fault = state, fault
        return made

    good = waiver(2, "W-001", "in-force", None, clause="osaka-2024:table.6.3", ticket="T-1")
    late = waiver(12, "W-002", "expired", Text("expired on 2026-03-31: correct it", "2026-03-31 に期限が切れました"), expires="2026-03-31")
    idle = waiver(22, "W-003", "unused", Text("covers nothing in this scan", "該当する指摘がありません"), resource="aws_db_instance.gone")
    report.waivers = [good, late, idle]
    for finding in [finding for finding in report.findings if finding.verdict == "waived"]:
        finding.verdict = "fail"
        finding.waive(good)
    counts = report.estates[0].counts
    for finding in report.findings:
        if finding.policy == "CP_NET_001" and finding.address == "aws_db_instance.db":
            finding.waiver = late
        elif finding.address == "aws_s3_bucket.住民票" and finding.verdict == "unknown":
            finding.waive(good)
            counts["unknown"], counts["waived"] = counts["unknown"] - 1, counts["waived"] + 1
        elif finding.policy == "CP_NET_001" or (finding.policy == "CP_LOG_001" and finding.verdict == "unknown"):
            finding.known = True
    for made, id, severity, verdict in ((late, "CP_WAIVER_EXPIRED", "high", "fail"), (idle, "CP_WAIVER_UNUSED", "low", "unknown")):
        report.findings.append(
            Finding(policy=id, verdict=verdict, severity=severity, format="waivers", type="waiver", address=made.id,
                    message=Text(f"{made.id}: {made.fault.en}", f"{made.id}: {made.fault.ja}"), span=made.span, estate=file, fingerprint=id)
        )  # fmt: skip
    report.findings = order(report.findings)
    report.run["baseline"] = ["cloudpolicy-baseline.json"]
    return report


@pytest.fixture
def secret() -> str:
    """The secret that stands in the project's files; no report may show it."""
    return SECRET


@pytest.fixture
def matches(request: pytest.FixtureRequest):
    """`matches(text, "name.ext")`: equal to the stored snapshot, or stored anew with --snapshot-update."""

    def check(text: str, name: str) -> None:
        text = text.replace(__version__, "VERSION")
        text = re.sub(r"(\.\./)+elsewhere", "../elsewhere", text)  # as deep as the temporary folder happens to be
        stored = SNAPSHOTS / name
        data = text.encode("utf-8", "backslashreplace")
        if request.config.getoption("update_snapshots", False):
            SNAPSHOTS.mkdir(exist_ok=True)
            stored.write_bytes(data)
        assert stored.exists(), f"no snapshot {name}; run pytest tests/reports --snapshot-update and read the difference"
        assert data.decode() == stored.read_bytes().decode().replace("\r\n", "\n"), name

    return check
