"""The status of a clause: nothing undecided, unread or merely absent ever passes."""

import datetime
import os

import pytest

from cloudpolicy.config import Config
from cloudpolicy.findings import Finding, Report, ScannedEstate
from cloudpolicy.guidelines import catalogue
from cloudpolicy.guidelines.attestations import Attestation
from cloudpolicy.guidelines.status import STATUSES, statuses
from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.scan import Request, run
from cloudpolicy.texts import Text

DAY = datetime.date(2026, 6, 1)
CLAUSE = "osaka-2024:table.6.1"  # CP_KEY_001, 002, 003, 004, 006
WORDS = Text("x", "x")


@pytest.fixture(scope="module")
def clauses():
    return catalogue.load()


def finding(policy, verdict, address="aws_kms_key.k"):
    return Finding(
        policy=policy,
        verdict=verdict,
        severity="high",
        format="terraform",
        type="aws_kms_key",
        address=address,
        message=WORDS,
        span=Span("/x/main.tf", 3),
        estate="/x",
        fingerprint=f"{policy}{verdict}{address}",
    )


def stated(kind, *ids, day="2026-04-01", expires="2027-03-31"):
    days = (datetime.date.fromisoformat(day), datetime.date.fromisoformat(expires))
    return Attestation(kind, ids, "statement", "A", "role", *days, "ref", Span("/x/attestations.yaml", 2))


@pytest.fixture
def judge(clauses):
    def judge(findings, *statements, ran=None, errors=0, id=CLAUSE):
        policies = dict.fromkeys(clauses.clauses[id].policies if ran is None else ran)
        counts = {verdict: sum(one.verdict == verdict for one in findings) for verdict in ("pass", "fail", "unknown")}
        estate = ScannedEstate("/x", "terraform", "hcl", 1, [], counts, {}, {})
        problems = [Diagnostic("error", "syntax-error", WORDS, Span("/x/b.tf"))] * errors
        report = Report("/x", "/x", findings, [estate], problems, policies)
        found = statuses(clauses, report, statements, DAY)
        assert [status.clause.id for status in found] == list(clauses.clauses), "every clause once, in order"
        assert all(status.status in STATUSES and status.reason.en and status.reason.ja for status in found)
        return next(status for status in found if status.clause.id == id)

    return judge


PASS, FAIL, UNKNOWN, WAIVED = (finding("CP_KEY_002", verdict) for verdict in ("pass", "fail", "unknown", "waived"))
ABSENT = finding("CP_KEY_003", "unknown", address="")  # the estate as a whole declares nothing of the kind
ATTESTED, NOT_APPLICABLE = stated("attestation", CLAUSE), stated("not-applicable", CLAUSE)


@pytest.mark.parametrize(
    ("findings", "statements", "errors", "status"),
    [
        ([], [], 0, "attestation-needed"),
        ([PASS], [], 0, "pass"),
        ([PASS, FAIL], [], 0, "fail"),
        ([PASS, UNKNOWN], [], 0, "unknown"),
        ([PASS, ABSENT], [], 0, "attestation-needed"),
        ([PASS, WAIVED], [], 0, "accepted-exception"),
        ([WAIVED, UNKNOWN], [], 0, "unknown"),
        ([WAIVED, FAIL], [], 0, "fail"),
        ([WAIVED, ABSENT], [], 0, "attestation-needed"),
        ([FAIL, UNKNOWN], [], 0, "fail"),
        # what was not read may hold anything
        ([], [], 1, "unknown"),
        ([PASS], [], 1, "unknown"),
        ([WAIVED], [], 1, "unknown"),
        ([FAIL], [], 1, "fail"),
        ([PASS], [ATTESTED], 1, "attested"),
        # people
        ([], [ATTESTED], 0, "attested"),
        ([ABSENT], [ATTESTED], 0, "attested"),
        ([UNKNOWN], [ATTESTED], 0, "attested"),
        ([FAIL], [ATTESTED], 0, "fail"),
        ([PASS], [ATTESTED], 0, "pass"),
        ([], [NOT_APPLICABLE], 0, "not-applicable"),
        ([ABSENT], [NOT_APPLICABLE], 0, "not-applicable"),
        ([PASS], [NOT_APPLICABLE], 0, "pass"),
        ([FAIL], [NOT_APPLICABLE], 0, "fail"),
        ([UNKNOWN], [NOT_APPLICABLE], 0, "unknown"),
        ([], [stated("provider-evidence", CLAUSE)], 0, "attestation-needed"),
        ([], [stated("attestation", "osaka-2024:table.1")], 0, "attestation-needed"),
        ([], [stated("attestation", CLAUSE, expires="2026-05-31")], 0, "attestation-needed"),
        ([], [stated("attestation", CLAUSE, day="2026-06-02")], 0, "attestation-needed"),
        ([UNKNOWN], [stated("attestation", CLAUSE, expires="2026-05-31")], 0, "unknown"),
    ],
)
def test_status_of_an_automated_clause(judge, findings, statements, errors, status):
    assert judge(findings, *statements, errors=errors).status == status


def test_a_pass_names_what_is_left(judge, clauses):
    found = judge([PASS])
    assert found.residual.en.startswith(clauses.clauses[CLAUSE].residual.en)
    assert "CP_KEY_003" in found.residual.en and "CP_KEY_003" in found.residual.ja, "it ran and had nothing to judge"
    assert (found.judged, found.not_run) == (("CP_KEY_002",), ())
    assert judge([PASS], ATTESTED).residual is None


def test_what_only_touches_on_a_clause_proves_nothing_of_it(judge):
    """A second line is what 技5 asks for; that a network is closed says nothing of a second line."""
    touching, spare = (finding(policy, "pass") for policy in ("CP_NET_009", "CP_BCK_006"))
    line = "fisc-2012:技5"
    found = judge([touching], id=line)
    assert found.status == "attestation-needed" and "CP_NET_009" in found.reason.en and "CP_NET_009" in found.reason.ja
    assert judge([touching, spare], id=line).status == "pass"
    assert judge([touching, finding("CP_NET_009", "waived")], id=line).status == "attestation-needed"
    assert judge([touching], stated("attestation", line), id=line).status == "attested"
    assert judge([touching], stated("not-applicable", line), id=line).status == "not-applicable"
    assert judge([finding("CP_NET_009", "fail"), spare], id=line).status == "fail", "what is found against it counts"
    assert judge([finding("CP_NET_009", "unknown"), spare], id=line).status == "unknown"


def test_what_was_left_unread_on_purpose_is_left_to_a_person(clauses, tmp_path):
    """missing_modules = "warning" lets a scan go on; the pass then does not speak for the module."""
    (tmp_path / "main.tf").write_text('resource "aws_kms_key" "k" {\n  enable_key_rotation = true\n}\n')
    whole = {status.clause.id: status for status in statuses(clauses, scan(tmp_path), [], DAY)}
    (tmp_path / "more.tf").write_text('module "m" {\n  source  = "a/b/aws"\n  version = "1.0.0"\n}\n')
    unread = {status.clause.id: status for status in statuses(clauses, scan(tmp_path), [], DAY)}
    config = Config(str(tmp_path), values={"missing_modules": "warning"})
    report = run(Request([str(tmp_path)], config, {}, None, True, 1))
    partly = {status.clause.id: status for status in statuses(clauses, report, [], DAY)}
    passed = [id for id, status in whole.items() if status.status == "pass"]
    assert passed
    for id in passed:
        assert unread[id].status == "unknown"
        assert (partly[id].status, partly[id].residual.en) == (
            "pass",
            f"{whole[id].residual.en}; 1 part was left unread (see the warnings)",
        )


def test_a_fault_in_the_statements_is_not_one_of_the_templates(clauses):
    estate = ScannedEstate("/x", "terraform", "hcl", 1, [], {"pass": 1}, {}, {})
    problem = Diagnostic("error", "invalid-attestation", WORDS, Span("/x/attestations.yaml"))
    report = Report("/x", "/x", [PASS], [estate], [problem], dict.fromkeys(["CP_KEY_002"]))
    found = {status.clause.id: status.status for status in statuses(clauses, report, [], DAY)}
    assert found[CLAUSE] == "pass"


def test_policies_that_did_not_run_are_named(judge):
    found = judge([PASS], ran=["CP_KEY_002"])
    assert found.status == "pass"
    assert "CP_KEY_001" in found.not_run and "CP_KEY_001" in found.residual.ja
    assert judge([], ran=[]).status == "attestation-needed"


def test_what_decided_is_handed_on(judge):
    found = judge([PASS, WAIVED, UNKNOWN], ATTESTED)
    assert found.attestation is ATTESTED
    assert found.waivers == [WAIVED]
    assert [one.verdict for one in found.findings] == ["waived", "unknown", "pass"]
    assert "A" in found.reason.ja and "1" in found.reason.en


@pytest.mark.parametrize(
    ("id", "kinds", "status"),
    [
        ("osaka-2024:4.3.4(1)", [], "attestation-needed"),  # the customer's
        ("osaka-2024:4.3.4(1)", ["attestation"], "attested"),
        ("osaka-2024:4.3.4(1)", ["not-applicable"], "not-applicable"),
        ("fisc-2012:運1", ["provider-evidence"], "attestation-needed"),  # shared: the provider's half does not discharge the user's
        ("fisc-2012:運1", ["provider-evidence", "attestation"], "attested"),
        ("osaka-2024:4.3.8(1).5", ["provider-evidence"], "provider-evidence"),  # attested, by the provider
        ("fisc-2012:設1", [], "provider-evidence-missing"),
        ("fisc-2012:設1", ["provider-evidence"], "provider-evidence"),
        ("fisc-2012:設1", ["attestation"], "provider-evidence-missing"),
        ("fisc-2012:設1", ["not-applicable"], "not-applicable"),
    ],
)
def test_status_of_what_no_policy_judges(judge, id, kinds, status):
    found = judge([], *(stated(kind, id) for kind in kinds), id=id)
    assert found.status == status
    assert len(found.evidence) == len(kinds)


def test_a_statement_out_of_force_is_told(judge):
    found = judge([], stated("attestation", CLAUSE, expires="2026-05-31"))
    assert "2026-05-31" in found.reason.en and "2026-05-31" in found.reason.ja
    assert found.evidence == ()


def test_a_report_without_what_passed_is_refused(judge, clauses):
    estate = ScannedEstate("/x", "terraform", "hcl", 1, [], {"pass": 3}, {}, {})
    with pytest.raises(ValueError):
        statuses(clauses, Report("/x", "/x", [], [estate], [], {}), [], DAY)


def scan(folder):
    return run(Request([str(folder)], Config(str(folder)), {}, None, True, 1))


def test_an_empty_project_passes_nothing(clauses, tmp_path):
    (tmp_path / "main.tf").write_text('resource "random_id" "x" {\n  byte_length = 4\n}\n')
    found = {status.status for status in statuses(clauses, scan(tmp_path), [], DAY)}
    assert found == {"attestation-needed", "provider-evidence-missing"}


def test_a_bucket_alone(clauses, tmp_path):
    (tmp_path / "main.tf").write_text('resource "aws_s3_bucket" "b" {\n  bucket = "x"\n}\n')
    found = {status.clause.id: status for status in statuses(clauses, scan(tmp_path), [], DAY)}
    assert found["osaka-2024:table.3"].status == "fail"
    assert found["osaka-2024:table.6.4"].status == "attestation-needed", "no container"
    assert found["osaka-2024:table.2"].status != "pass", "no trail is declared"


SAMPLES = os.path.join(os.path.abspath(__file__ + "/../../.."), "samples", "terraform")


def test_the_samples(clauses):
    good = statuses(clauses, scan(os.path.join(SAMPLES, "compliant")), [], DAY)
    assert not [status.clause.id for status in good if status.status in ("fail", "unknown")]
    assert sum(status.status == "pass" for status in good) > 100
    assert all(status.residual for status in good if status.status == "pass")
    bad = {status.clause.id: status for status in statuses(clauses, scan(os.path.join(SAMPLES, "violating")), [], DAY)}
    for status in bad.values():
        assert (status.status == "fail") == any(one.verdict == "fail" for one in status.findings)
        assert {one.policy for one in status.findings} <= set(status.clause.policies)
    assert bad["osaka-2024:table.6.3"].status == "fail"
