"""The identity of findings: what stays the same finding, and what is another place."""

from __future__ import annotations

import json
from itertools import permutations

import pytest

from evaluate.test_engine import U, check, evaluate, policy, resource


def places(policies, resources):
    """Every place that is wrong, as (fingerprint, verdict); no two findings share one."""
    found = [(place, finding.verdict) for finding in evaluate(policies, resources)[0] for place in finding.prints()]
    assert len(set(found)) == len(found)
    return set(found)


OPEN = policy(check("group", {"each": {"of": "rule", "require": {"open": False}}}))
BOTH = policy(check("group", {"rule.open": False, "deny.open": False}))
EVERY = policy(
    check(
        "lb",
        {"linked": {"resource": "listener", "by": "lb", "to": "arn", "quantifier": "every", "where": {"tls": True}, "missing": "pass"}},
    )
)
ANY = policy(check("lb", {"linked": {"resource": "listener", "by": "lb", "to": "arn", "where": {"tls": True}}}))


def group(*rules, **values):
    return [resource("group", "g", rule=list(rules), **values)]


def listeners(*names):
    return [resource("lb", "l", arn="l"), *(resource("listener", name, lb="l", tls=False) for name in names)]


def test_the_order_of_elements_does_not_count():
    rules = [{"open": True, "port": 22}, {"open": True, "port": 22}, {"open": True, "port": 80}, {"open": False}, {"open": U}]
    assert len({frozenset(places({"P": OPEN}, group(*order))) for order in permutations(rules)}) == 1
    assert len({frozenset(places({"P": EVERY}, listeners(*order))) for order in permutations("abc")}) == 1
    assert len({frozenset(places({"P": ANY}, listeners(*order))) for order in permutations("abc")}) == 1


NEW = {
    "another port": (OPEN, group({"open": True, "port": 22}), group({"open": True, "port": 80})),
    "another name": (OPEN, group({"open": True, "name": "a"}), group({"open": True, "name": "b"})),
    "one more of a kind": (OPEN, group(*2 * [{"open": True}]), group(*3 * [{"open": True}])),
    "another attribute": (BOTH, group({"open": True}, deny={"open": False}), group({"open": False}, deny={"open": True})),
    "a second attribute": (BOTH, group({"open": True}, deny={"open": False}), group({"open": True}, deny={"open": True})),
    "a companion instead of another": (EVERY, listeners("a"), listeners("b")),
    "a further companion": (EVERY, listeners("a"), listeners("a", "b")),
    "another resource": (OPEN, group({"open": True}), [resource("group", "h", rule=[{"open": True}])]),
}


@pytest.mark.parametrize("name", NEW)
def test_what_is_another_place(name):
    rule, before, after = NEW[name]
    assert places({"P": rule}, after) - places({"P": rule}, before), name


def test_the_same_number_as_text_is_the_same_place():
    """A plan writes numbers where the text may have quotes."""
    assert places({"P": OPEN}, group({"open": True, "port": "22"})) == places({"P": OPEN}, group({"open": True, "port": 22}))


def test_an_element_within_a_document():
    """A list that stands in a string is read for it."""
    from cloudpolicy.evaluate.identity import _elements

    text = json.dumps([{"name": "a"}, {"name": "b", "port": 80}])
    assert _elements({"d": text}, ("d", 1, "open")) == "name=b port=80"
    assert _elements({"d": "[" * 100_000}, ("d", 1)) == _elements({"d": "{x"}, ("d", 1)) == ""
    assert _elements({"d": [{"name": ""}, {"name": U}]}, ("d", 1, "x")) == _elements({"d": []}, ("d", 7, "x")) == ""


def test_two_checks_tell_each_place_once_in_any_order():
    narrow = check("group", {"each": {"of": "rule", "require": {"open": False}}}, severity="critical")
    wide = check("group", {"rule.open": False}, severity="low")
    rules = [{"open": True, "port": 1}, {"open": False}, {"open": True, "port": 2}]
    found = {frozenset(places({"P": policy(narrow, wide)}, group(*order))) for order in permutations(rules)}
    assert found == {frozenset(places({"P": policy(narrow)}, group(*rules)))}


def test_what_another_check_adds_is_told():
    first = check("group", {"rule.open": False}, severity="critical")
    second = check("group", {"rule.open": False, "deny.open": False}, severity="low")
    findings, _, _ = evaluate({"P": policy(first, second)}, group({"open": True}, deny={"open": True}))
    assert [(finding.severity, finding.attribute) for finding in findings] == [("critical", "rule[0].open"), ("low", "deny.open")]


def test_secrets_are_not_hashed_as_they_are():
    """Of a masked policy the fingerprint holds no value: whoever guesses a short one must not be able to try it."""
    rule = policy(check("group", {"each": {"of": "rule", "require": {"password": "absent"}}}), mask=True)
    one, other = (places({"P": rule}, group({"password": word, "port": 1})) for word in ("a1", "b2"))
    assert one == other
