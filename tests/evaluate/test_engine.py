"""The engine: verdicts, counts, merging, expectations, fingerprints and messages, on small policies of its own."""

import pytest

from cloudpolicy.evaluate.engine import Engine
from cloudpolicy.model import Estate, Resource, Span, Unknown, Verdict
from cloudpolicy.policy.pack import Pack, compiled

U = Unknown("variable-without-value", "var.x")


def check(resource, require, when=None, **options):
    conditions = {"when": when, "require": require}
    return {"resource": [resource], "absent": "fail", "severity": None, "profiles": None, "once": None} | conditions | options


def policy(*checks, expects=(), mask=False, parameters=None):
    return {"severity": "high", "mask": mask, "parameters": parameters or {}, "checks": list(checks), "expects": list(expects)}


def resource(type, name, line=1, **values):
    return Resource(
        type,
        f"{type}.{name}",
        values,
        Span("/p/env/main.tf", line),
        lambda path: Span("/p/env/main.tf", line + 1) if path[-1] in values else None,
    )


def evaluate(policies, resources, settings=None, profiles=("baseline",), passed=False, **estate):
    pack = Pack("", compiled(policies), "", [])
    engine = Engine(pack, policies, profiles, {}, settings or {})
    world = Estate("/p/env", "terraform", "hcl", resources, inputs=["/p/env/main.tf"], **estate)
    return engine.evaluate(world, "/p", passed)


CLOSED = policy(check("db", {"public": False}))


@pytest.mark.parametrize(("value", "verdict"), [(False, "pass"), (True, "fail"), (U, "unknown")])
def test_verdicts(value, verdict):
    findings, counts, _ = evaluate({"P": CLOSED}, [resource("db", "d", public=value)], passed=True)
    assert [f.verdict for f in findings] == [verdict]
    assert counts == {"pass": 0, "fail": 0, "unknown": 0, "not_applicable": 0} | {verdict: 1}


def test_not_applicable_and_undecided_applicability():
    when = policy(check("db", {"public": False}, when={"engine": "x"}))
    assert evaluate({"P": when}, [resource("db", "d", engine="y", public=True)])[1]["not_applicable"] == 1
    findings, _, _ = evaluate({"P": when}, [resource("db", "d", engine=U, public=True)])
    assert [f.verdict for f in findings] == ["unknown"]
    assert evaluate({"P": when}, [resource("db", "d", engine=U, public=False)])[1]["pass"] == 1, "whichever way, it passes"


def test_types_that_no_policy_speaks_of_are_counted():
    assert evaluate({"P": CLOSED}, [resource("queue", "q"), resource("queue", "r")])[2] == {"queue": 2}


def test_wildcards():
    any_type = policy(check("aws_*", {"open": False}))
    findings, _, unjudged = evaluate(
        {"P": any_type}, [resource("aws_x", "a", open=True), resource("azure_x", "b", open=True), resource("data.aws_x", "c", open=True)]
    )
    assert [f.address for f in findings] == ["aws_x.a"]
    assert unjudged == {"azure_x": 1, "data.aws_x": 1}


def test_checks_of_other_profiles_do_not_run():
    advice = policy(check("db", {"nice": True}, profiles=["advisory"], severity="low"))
    db = resource("db", "d")
    assert evaluate({"P": advice}, [db])[0] == []
    (finding,) = evaluate({"P": advice}, [db], profiles=("advisory", "baseline"))[0]
    assert finding.severity == "low"


def test_two_checks_of_one_policy_at_one_place_are_one_finding():
    twice = policy(check("db", {"public": False}), check("db", {"public": {"not_equals": True}}))
    assert len(evaluate({"P": twice}, [resource("db", "d", public=True)])[0]) == 1


def test_of_two_checks_at_one_place_the_graver_speaks():
    """A piece of advice on an attribute must not hide that its value is a grave fault: found with a plain password under the advisory profile."""
    grave, advice = check("aws_*", {"password": "absent"}), check("aws_db", {"password": "absent"}, severity="low")
    findings, _, _ = evaluate({"P": policy(grave, advice)}, [resource("aws_db", "d", password="x")])
    assert [f.severity for f in findings] == ["high"]


def test_the_finding_stands_at_the_deciding_attribute():
    (finding,) = evaluate({"P": CLOSED}, [resource("db", "d", line=10, public=True)])[0]
    assert (finding.span.line, finding.attribute, finding.seen) == (11, "public", "true")
    assert finding.message.en == "db.d: `public` is true; expected false"
    assert finding.message.ja == "db.d: `public` が true です(期待値: false)"
    (absent,) = evaluate({"P": CLOSED}, [resource("db", "d", line=10)])[0]
    assert (absent.span.line, absent.seen) == (10, None)
    assert "is not set" in absent.message.en


def test_an_unknown_says_why_and_what_settles_it():
    (finding,) = evaluate({"P": CLOSED}, [resource("db", "d", public=U)])[0]
    assert "var.x" in finding.message.en
    assert "--var-file" in finding.message.en
    assert "--var-file" in finding.message.ja


def test_a_failing_companion_is_named_with_its_place():
    link = policy(check("bucket", {"linked": {"resource": "block", "by": "bucket", "where": {"closed": True}}}))
    block = resource("block", "x", line=20, bucket=Unknown("known-after-apply", "bucket.b.id", ("bucket.b",)), closed=False)
    (finding,) = evaluate({"P": link}, [resource("bucket", "b"), block])[0]
    assert finding.address == "bucket.b"
    assert "linked block.x" in finding.message.en
    assert finding.related[0][0].line == 21
    (missing,) = evaluate({"P": link}, [resource("bucket", "b")])[0]
    assert missing.message.en == "bucket.b: no block is linked to it"


def test_a_companion_of_which_nobody_knows_whose_it_is_wants_no_condition():
    link = policy(check("bucket", {"linked": {"resource": "block", "by": "bucket", "where": {"closed": True}}}))
    loose = resource("block", "x", bucket=Unknown("known-after-apply", ""), closed=True)
    (finding,) = evaluate({"P": link}, [resource("bucket", "b"), loose])[0]
    assert finding.verdict == "unknown" and "which resource is meant (block.x)" in finding.message.en
    loose.conditional = True
    (finding,) = evaluate({"P": link}, [resource("bucket", "b"), loose])[0]
    assert "depends on a condition" in finding.message.en


LINK = {"linked": {"resource": "block", "by": "bucket"}}


@pytest.mark.parametrize(
    ("alternatives", "values", "message"),
    [
        ([{"public": False}, LINK], {}, "`public` is not set; expected false"),  # the first one speaks …
        ([LINK, {"public": False}], {}, "no block is linked to it"),
        ([LINK, {"public": False}], {"public": True}, "`public` is true; expected false"),  # … unless a value was written wrongly
        ([{"public": False}, {"zone": "absent"}], {"zone": "z"}, "`public` is not set; expected false"),
        # Another engine would have been an excuse; it is not what is wrong.
        ([{"public": False}, {"engine": {"equals": "x", "speaks": False}}], {"engine": "y"}, "`public` is not set; expected false"),
        # Tags that no backup plan takes in are not what somebody wrote wrongly: what is missing is a retention period.
        (
            [{"days": {"at_least": 7}}, {"predicate": "backup.is_covered", "with": {"tags": "tags"}}],
            {"tags": {"a": "b"}},
            "`days` is not set",
        ),
    ],
)
def test_of_several_broken_alternatives(alternatives, values, message):
    (finding,) = evaluate({"P": policy(check("aws_db_instance", {"any": alternatives}))}, [resource("aws_db_instance", "d", **values)])[0]
    assert message in finding.message.en


def test_a_search_that_finds_nothing_says_what_it_looked_for():
    asked = policy(check("lb", {"some": {"of": "attributes", "where": {"Key": "logs"}, "require": {"Value": True}}}))
    (finding,) = evaluate({"P": asked}, [resource("lb", "l", attributes=[{"Key": "idle", "Value": "60"}])])[0]
    assert finding.message.en == 'lb.l: `attributes` has no element with Key = "logs"'
    assert finding.message.ja == 'lb.l: `attributes` に Key = "logs" の要素がありません'
    assert finding.span.line == 2
    (finding,) = evaluate({"P": asked}, [resource("lb", "l", attributes=[{"Key": "logs", "Value": "false"}])])[0]
    assert "`attributes[0].Value` is" in finding.message.en


def test_once_per_estate():
    once = policy(check("db", {"region": "tokyo"}, once="estate"))
    rows = [resource("db", str(n), region="virginia") for n in range(3)] + [resource("db", "z", region="ohio")]
    findings, counts, _ = evaluate({"P": once}, rows)
    assert [f.message.en for f in findings] == [
        'db.0: `region` is "virginia"; expected "tokyo" (and 2 more resources)',
        'db.z: `region` is "ohio"; expected "tokyo"',
    ]
    assert counts["fail"] == 2
    again = evaluate({"P": once}, rows[1:])[0]
    assert again[0].fingerprint == findings[0].fingerprint, "it is about the estate, not about the first resource"


def test_masked():
    masked = policy(check("db", {"password": "absent"}), mask=True)
    (finding,) = evaluate({"P": masked}, [resource("db", "d", password="hunter2")])[0]
    assert "hunter2" not in finding.message.en + finding.message.ja + str(finding.seen)


TRAIL = policy(expects=[{"resource": ["trail"], "provider": "aws_", "where": {}}])


@pytest.mark.parametrize(
    ("rows", "settings", "verdict"),
    [
        ([resource("aws_x", "a")], {}, "unknown"),
        ([resource("aws_x", "a")], {"scope": "account"}, "fail"),
        ([resource("aws_x", "a"), resource("trail", "t")], {"scope": "account"}, None),
        ([resource("azure_x", "a")], {"scope": "account"}, None),
        ([], {"scope": "account"}, None),
    ],
)
def test_expectations_of_the_estate(rows, settings, verdict):
    findings, counts, _ = evaluate({"P": TRAIL}, rows, settings)
    assert [f.verdict for f in findings] == ([verdict] if verdict else [])
    if verdict:
        assert counts[verdict] == 1
        assert findings[0].span.file == "/p/env/main.tf"
        assert findings[0].message.en.startswith("env: ")


def test_an_expectation_may_ask_for_more():
    where = policy(expects=[{"resource": ["trail"], "provider": "aws_", "where": {"wide": True}}])
    row = resource("aws_x", "a")
    assert evaluate({"P": where}, [row, resource("trail", "t", wide=True)])[0] == []
    assert evaluate({"P": where}, [row, resource("trail", "t", wide=U)])[0] == []
    assert len(evaluate({"P": where}, [row, resource("trail", "t", wide=False)])[0]) == 1


def test_fingerprints():
    rule = policy(check("group", {"each": {"of": "rule", "require": {"open": False}}}))

    def prints(*rules):
        return [f.fingerprint for f in evaluate({"P": rule}, [resource("group", "g", rule=list(rules))])[0]]

    one = prints({"open": True})
    assert prints({"open": False}, {"open": True}) == one, "the index does not count"
    other = evaluate({"P": rule}, [resource("group", "h", rule=[{"open": True}])])[0][0].fingerprint
    assert other != one[0]


def test_pass_findings_only_on_request():
    rows = [resource("db", "d", public=False)]
    assert evaluate({"P": CLOSED}, rows)[0] == []
    (finding,) = evaluate({"P": CLOSED}, rows, passed=True)[0]
    assert finding.verdict == Verdict.PASS


def test_every_faulty_element_is_a_finding_of_its_own():
    rule = policy(check("group", {"each": {"of": "rule", "require": {"open": False}}}))
    findings, counts, _ = evaluate({"P": rule}, [resource("group", "g", rule=[{"open": True}, {"open": False}, {"open": True, "x": 1}])])
    assert [f.attribute for f in findings] == ["rule[0].open", "rule[2].open"]
    assert counts["fail"] == 2
    assert len({f.fingerprint for f in findings}) == 2
