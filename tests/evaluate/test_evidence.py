"""What a pass rests on, and that asking for it changes no verdict, message or fingerprint of anything else."""

import os
import sys
import tempfile

import pytest

from cloudpolicy.evaluate.engine import Engine
from cloudpolicy.model import Resource, Span, Unknown
from cloudpolicy.policy import documents, selection, testing
from cloudpolicy.policy import pack as packs

from .test_engine import check, evaluate, policy, resource


def passed(require, one=None, others=(), mask=False, **options):
    """The one pass of a policy of one check on one resource."""
    one = one or resource("db", "d", 3, **options.pop("values"))
    findings, counts, _ = evaluate({"P": policy(check("db", require, **options), mask=mask)}, [one, *others], passed=True)
    assert counts["pass"] == 1 and [f.verdict for f in findings] == ["pass"]
    return findings[0]


def test_the_attribute_its_value_and_its_line():
    finding = passed({"encrypted": True}, values={"encrypted": True})
    assert (finding.attribute, finding.seen, finding.span.line) == ("encrypted", "true", 4)
    assert finding.message.en == "db.d: `encrypted` is true, as required"
    assert finding.message.ja == "db.d: `encrypted` は true です(適合)"


def test_a_list_of_plain_values_is_told_whole():
    finding = passed({"cidrs": {"not_in": ["0.0.0.0/0"]}}, values={"cidrs": ["10.0.0.0/8", "192.168.0.0/16"]})
    assert (finding.attribute, finding.seen) == ("cidrs", '["10.0.0.0/8", "192.168.0.0/16"]')


@pytest.mark.parametrize(
    ("require", "values", "said"),
    [
        ({"public": {"equals": False, "absent": "pass"}}, {}, "`public` is not set; the default is accepted"),
        ({"not": {"public": True}}, {}, "`public` is not set; the default is accepted"),
        ({"public": "absent"}, {}, "`public` is not set, as required"),
        ({"each": {"of": "rule", "require": {"open": False}}}, {}, "there is no `rule`, as required"),
        ({"key": "present"}, {"key": Unknown("known-after-apply", "aws_kms_key.k.arn")}, "`key` is aws_kms_key.k.arn, as required"),
        ({"each": {"of": "rule", "where": {"in": True}, "require": {"open": False}}}, {"rule": [{"in": False}]}, "as required"),
        ({}, {}, "as required"),
    ],
)
def test_what_is_not_written_and_what_has_no_place(require, values, said):
    finding = passed(require, values=values)
    assert finding.message.en == f"db.d: {said}"
    assert (finding.seen is None) is ("is not" in said or "no `" in said or said == "as required")


def test_of_several_conditions_the_one_that_is_written_speaks():
    finding = passed({"all": [{"a": True}, {"b": {"equals": False, "absent": "pass"}}]}, values={"a": True})
    assert finding.attribute == "a"
    elements = passed(
        {"each": {"of": "rule", "where": {"in": True}, "require": {"open": False}}},
        values={"rule": [{"in": True, "open": False}, {"in": False, "open": True}]},
    )
    assert elements.attribute == "rule[0].open"


def test_the_gravest_check_that_has_a_place_speaks():
    both = policy(check("db", {"low": 1}, severity="low"), check("db", {"grave": 1}, severity="critical"))
    (finding,), _, _ = evaluate({"P": both}, [resource("db", "d", low=1, grave=1)], passed=True)
    assert (finding.attribute, finding.severity) == ("grave", "high"), "of the policy, as ever"
    placeless = policy(check("db", {"low": 1}, severity="low"), check("db", {}, severity="critical"))
    (finding,), _, _ = evaluate({"P": placeless}, [resource("db", "d", low=1)], passed=True)
    assert finding.attribute == "low"


def test_attributes_that_decide_together_are_told_together():
    arguments = {"cidrs": "cidrs", "from_port": "low", "to_port": "high", "protocol": "protocol"}
    require = {"not": {"predicate": "network.opens_admin_port", "with": arguments}}
    finding = passed(require, values={"cidrs": ["0.0.0.0/0"], "low": 443, "high": 443, "protocol": "tcp"})
    assert finding.attribute == "" and finding.span.line == 4
    assert finding.seen == 'cidrs = ["0.0.0.0/0"], low = 443, high = 443, protocol = "tcp"'
    assert finding.message.en == 'db.d: `cidrs` = ["0.0.0.0/0"], `low` = 443, `high` = 443, `protocol` = "tcp": as required'


def test_a_companion_is_named_with_its_place():
    log = Resource("log", "log.l", {"db": Unknown("x", "", references=("db.d",)), "on": True}, Span("/p/env/log.tf", 7))
    link = {"linked": {"resource": "log", "by": "db", "where": {"on": True}}}
    finding = passed(link, values={}, others=[log])
    assert finding.message.en == "db.d: linked log.l: `on` is true, as required"
    assert finding.message.ja == "db.d: 紐づく log.l: `on` は true です(適合)"
    assert finding.attribute == "" and finding.seen == "true" and finding.span.line == 3
    assert [(span.file, span.line, text.en) for span, text in finding.related] == [("/p/env/log.tf", 7, "log.l: `on` is true, as required")]
    there = passed({"linked": {"resource": "log", "by": "db"}}, values={}, others=[log])
    assert there.message.en == "db.d: log.l is linked to it, as required"


@pytest.mark.parametrize(
    ("require", "values", "mask"),
    [
        ({"anything": {"not_equals": "x"}}, {"anything": "hunter2-秘密"}, True),
        ({"master_password": {"not_equals": "x"}}, {"master_password": "hunter2-秘密"}, False),
        (
            {"master_password": "present"},
            {"master_password": Unknown("x", '"hunter2-秘密${var.x}"', partial="hunter2-秘密${var.x}")},
            False,
        ),
        ({"url": "present"}, {"url": Unknown("x", '"postgres://admin:hunter2-秘密@${var.host}/d"', ("r",))}, False),
        ({"url": {"not_equals": "x"}}, {"url": "postgres://admin:hunter2-秘密@db.example.jp/d"}, False),
        ({"password": {"matches": "."}}, {"password": ["hunter2-秘密"]}, False),
        ({"json": "present"}, {"json": '[{"DB_PASSWORD": "hunter2-秘密"}]'}, False),
        ({"json": "present"}, {"json": '{"DB_PASSWORD": "hunter2-秘密", broken'}, False),
        ({"script": "present"}, {"script": "#!/bin/sh\nexport DB_PASSWORD=hunter2-秘密"}, False),
        ({"command": "present"}, {"command": ["sh", "-c", "mysql --password=hunter2-秘密"]}, False),
        ({"settings": "present"}, {"settings": [{"Key": "api_token", "Value": "hunter2-秘密"}]}, False),
        ({"settings": "present"}, {"settings": {"secret": {"plain": "hunter2-秘密"}}}, False),
        ({"env": "present"}, {"env": {"name": "DB_PASSWORD", "value": "hunter2-秘密"}}, False),
    ],
)
def test_no_secret_is_shown(require, values, mask):
    finding = passed(require, values=values, mask=mask)
    told = f"{finding.message.en} {finding.message.ja} {finding.seen}"
    assert "hunter2" not in told and "****" in told
    assert finding.attribute


def test_an_expression_that_only_names_a_secret_is_shown():
    finding = passed(
        {"password": "present"}, values={"password": Unknown("known-after-apply", "random_password.p.result", references=("r",))}
    )
    assert finding.seen == "random_password.p.result"


def test_a_fingerprint_knows_nothing_of_the_evidence():
    long = passed({"days": {"at_least": 7}}, values={"days": 30})
    longer = passed({"days": {"at_least": 7}}, values={"days": 90})
    other = passed({"keep": {"at_least": 7}}, values={"keep": 90})
    assert long.fingerprint == longer.fingerprint == other.fingerprint


@pytest.mark.parametrize(
    ("require", "values", "changed"),
    [
        ({"encrypted": True}, {"encrypted": True}, True),
        ({"block.encrypted": True}, {"block": [{"encrypted": True, "size": 1}]}, True),
        ({"encrypted": {"equals": True, "absent": "pass"}}, {"encrypted": True}, False),
        ({"encrypted": {"equals": True, "absent": "unknown"}}, {"encrypted": True}, False),
        ({"encrypted": {"equals": True, "absent": "pass"}}, {}, False),
        ({"not": {"public": True}}, {"public": False}, False),
        ({"any": [{"encrypted": True}, {"key": "k"}]}, {"encrypted": True, "key": "k"}, False),
        ({"any": [{"encrypted": True}, {"key": "k"}]}, {"encrypted": True}, True),
        ({"key": "present"}, {"key": "k"}, True),
        ({"key": "absent"}, {}, False),
    ],
)
def test_a_default_is_bettered_where_the_check_fails_without_the_attribute(require, values, changed):
    assert passed(require, values=values).changed_default is changed


def test_where_leaving_it_out_makes_the_check_not_applicable_no_default_is_bettered():
    assert not passed({"mode": "on"}, when={"mode": "present"}, values={"mode": "on"}).changed_default


def test_who_does_not_list_what_passes_pays_nothing(monkeypatch):
    monkeypatch.setitem(sys.modules, "cloudpolicy.evaluate.evidence", None)  # importing it fails
    findings, counts, _ = evaluate({"P": policy(check("db", {"a": 1}))}, [resource("db", "d", a=1)])
    assert findings == [] and counts["pass"] == 1


def test_of_every_example_the_rest_stays_the_same():
    pack = packs.load()
    loaded, _ = documents.load_folder(os.path.join(packs.folder(), "rules"))
    judged = proven = 0
    for document in loaded:
        id = document.policy.id
        for format, kinds in document.policy.examples.items():
            for given in (kinds.passing, kinds.fail, kinds.unknown):
                for written in given if isinstance(given, list) else ():
                    example = testing.as_example(written, format)
                    profiles = selection.profile_chain(pack, example.profile) if example.profile else list(pack.profiles)
                    settings = {"scope": example.scope or "stack", "data_class": "sensitive", "availability": "standard"}
                    with tempfile.TemporaryDirectory() as folder:
                        estate = testing.read(example, format, os.path.realpath(folder))
                        engine = Engine(pack, [id], profiles, {id: example.parameters}, settings)
                        bare, counts, _ = engine.evaluate(estate, folder)
                        full, counts_too, _ = engine.evaluate(estate, folder, True)
                    passes = [f for f in full if f.verdict == "pass"]
                    assert [said(f) for f in bare] == [said(f) for f in full if f.verdict != "pass"], (id, example.files)
                    assert counts == counts_too and len(passes) == counts["pass"]
                    judged += 1
                    proven += sum(f.seen is not None or bool(f.related) or bool(f.attribute) for f in passes)
    assert judged > 1000 and proven > 1000


def said(f):
    return f.verdict, f.severity, f.address, f.message.en, f.message.ja, f.span.line, f.fingerprint, f.attribute, f.seen, f.places
