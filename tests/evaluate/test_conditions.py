"""Conditions: every matcher and word, absence, lists, unknowns, and the place that decided."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.conditions import Compiler
from cloudpolicy.evaluate.paths import gather, split_path
from cloudpolicy.evaluate.predicates import Context
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

U = Unknown("variable-without-value", "var.x")


def resource(type, name, **values):
    return Resource(type, f"{type}.{name}", values, Span("/x/main.tf"))


def estate(*resources, **options):
    return Estate("/x", "terraform", "hcl", list(resources), **options)


def judge(condition, values, absent=False, parameters=None, world=None, **options):
    it = values if isinstance(values, Resource) else resource("t", "x", **values)
    world = world or estate(it, **options)
    test = Compiler(parameters or {}).condition(condition, absent)
    return test(it.values, (), Context(world, it, {}, parameters or {}))


MATCHERS = [
    ("plain true", {"a": True}, {"a": True}, True),
    ("plain true against text", {"a": True}, {"a": "true"}, True),
    ("plain true against false", {"a": True}, {"a": False}, False),
    ("number against text", {"a": 5}, {"a": "5"}, True),
    ("bool is not a number", {"a": 1}, {"a": True}, False),
    ("text without case", {"a": "Deny"}, {"a": "deny"}, True),
    ("not_equals", {"a": {"not_equals": "x"}}, {"a": "y"}, True),
    ("in", {"a": {"in": ["x", "y"]}}, {"a": "Y"}, True),
    ("not_in", {"a": {"not_in": ["x", "y"]}}, {"a": "y"}, False),
    ("matches", {"a": {"matches": "^ab"}}, {"a": "abc"}, True),
    ("not_matches", {"a": {"not_matches": "^ab"}}, {"a": "abc"}, False),
    ("at_least", {"a": {"at_least": 7}}, {"a": "7"}, True),
    ("at_least of text", {"a": {"at_least": 7}}, {"a": "many"}, False),
    ("at_most", {"a": {"at_most": 7}}, {"a": 8}, False),
    ("contains", {"a": {"contains": "mfa"}}, {"a": ["x", "mfa"]}, True),
    ("contains all", {"a": {"contains_all": ["x", "y"]}}, {"a": ["x"]}, False),
    ("contains any", {"a": {"contains_any": ["x", "y"]}}, {"a": ["y"]}, True),
    ("not_contains", {"a": {"not_contains": "x"}}, {"a": ["y"]}, True),
    ("present", {"a": "present"}, {"a": 0}, True),
    ("present: empty list is absent", {"a": "present"}, {"a": []}, False),
    ("present: empty text is absent", {"a": "present"}, {"a": ""}, False),
    ("present: an empty block is present", {"a": "present"}, {"a": [{}]}, True),
    ("absent", {"a": "absent"}, {}, True),
    ("absent: written", {"a": "absent"}, {"a": 1}, False),
    ("a list is judged element by element", {"a": {"in": ["x"]}}, {"a": ["x", "y"]}, False),
    ("through lists", {"a.b": 1}, {"a": [{"b": 1}, {"b": 2}]}, False),
    ("through lists of lists", {"a.b.c": 1}, {"a": [{"b": [{"c": 1}]}, {"b": [{"c": 1}]}]}, True),
    ("alternative names", {"new|old": True}, {"old": True}, True),
    ("alternative names: the first written", {"new|old": True}, {"old": True, "new": False}, False),
    ("quoted name", {"a.'b.c'": 1}, {"a": {"b.c": 1}}, True),
    ("and", {"a": 1, "b": 1}, {"a": 1, "b": 2}, False),
    ("any", {"any": [{"a": 1}, {"b": 1}]}, {"a": 2, "b": 1}, True),
    ("all", {"all": [{"a": 1}, {"a": {"not_equals": 2}}]}, {"a": 1}, True),
    ("not", {"not": {"a": 1}}, {"a": 1}, False),
    ("not of an absent attribute", {"not": {"a": 1}}, {}, True),
    ("empty condition", {}, {}, True),
]


@pytest.mark.parametrize(("condition", "values", "expected"), [case[1:] for case in MATCHERS], ids=[case[0] for case in MATCHERS])
def test_matchers(condition, values, expected):
    assert judge(condition, values).truth is expected


@pytest.mark.parametrize("condition", [case[1] for case in MATCHERS if case[0] not in ("absent", "absent: written", "empty condition")])
def test_an_unknown_value_is_unknown_to_every_matcher(condition):
    """Except where another attribute already decides; here every attribute is the same unknown."""
    names = ("a", "b", "new", "old")
    truth = judge(condition, dict.fromkeys(names, U)).truth
    assert isinstance(truth, Unknown), condition


def test_presence_of_an_unknown():
    made = Unknown("known-after-apply", "aws_kms_key.k.arn", ("aws_kms_key.k",))
    assert judge({"a": "present"}, {"a": made}).truth is True
    assert judge({"a": "absent"}, {"a": made}).truth is False
    assert isinstance(judge({"a": "present"}, {"a": U}).truth, Unknown), "a variable may be null"


@pytest.mark.parametrize(
    ("absent", "truth"),
    [(True, True), (False, False)],
)
def test_absent_follows_the_check(absent, truth):
    assert judge({"a": True}, {}, absent).truth is truth
    assert judge({"a.b": True}, {"a": [{}]}, absent).truth is truth
    assert judge({"a.b": True}, {"a": []}, absent).truth is truth


def test_absent_of_the_matcher_wins():
    assert judge({"a": {"equals": True, "absent": "pass"}}, {}, False).truth is True
    assert isinstance(judge({"a": {"equals": True, "absent": "unknown"}}, {}, True).truth, Unknown)


def test_present_is_not_satisfied_by_leaving_out():
    assert judge({"a": "present"}, {}, True).truth is False


@pytest.mark.parametrize(("versions", "truth"), [({"aws": (6, 1)}, True), ({"aws": (5, 100, 0)}, False), ({}, None)])
def test_absent_by_provider_version(versions, truth):
    absent = {"aws >= 6": "pass", "aws < 6": "fail", "otherwise": "unknown"}
    found = judge({"a": True}, {}, absent, versions=versions).truth
    assert found is truth if truth is not None else isinstance(found, Unknown)


def test_choices_agree_or_stay_unknown():
    both = Unknown("condition-undetermined", "var.p ? 1 : 2", choices=(1, 2))
    assert judge({"a": {"at_least": 1}}, {"a": both}).truth is True
    assert judge({"a": {"at_least": 3}}, {"a": both}).truth is False
    assert isinstance(judge({"a": 1}, {"a": both}).truth, Unknown)
    maybe = Unknown("condition-undetermined", "var.p ? 1 : null", choices=(1, ABSENT))
    assert judge({"a": 1}, {"a": maybe}, True).truth is True
    assert isinstance(judge({"a": 1}, {"a": maybe}, False).truth, Unknown)
    block = Unknown("condition-undetermined", "If", choices=({"b": True}, {"b": True}))
    assert judge({"a.b": True}, {"a": block}).truth is True


def test_an_unresolved_dynamic_block_proves_nothing_but_its_content():
    dynamic = Unknown("variable-without-value", "var.rules", partial=[{"open": True}])
    assert isinstance(judge({"rule.open": False}, {"rule": dynamic}, True).truth, Unknown)
    assert judge({"rule.open": True}, {"rule": dynamic}, True).truth is True
    assert isinstance(judge({"rule.open": True}, {"rule": dynamic}, False).truth, Unknown)


def test_regular_expressions_on_partly_known_text():
    arn = Unknown("known-after-apply", "x", partial="arn:${data.p}:iam::aws:policy/AdministratorAccess")
    assert judge({"a": {"matches": "policy/AdministratorAccess$"}}, {"a": arn}).truth is True
    assert judge({"a": {"not_matches": "policy/AdministratorAccess$"}}, {"a": arn}).truth is False
    assert isinstance(judge({"a": {"matches": "ReadOnly"}}, {"a": arn}).truth, Unknown)
    open_end = Unknown("known-after-apply", "x", partial="policy/AdministratorAccess${var.suffix}")
    assert isinstance(judge({"a": {"matches": "AdministratorAccess$"}}, {"a": open_end}).truth, Unknown)


def test_each_and_some():
    rules = {"rule": [{"port": 22, "open": True}, {"port": 443, "open": True}]}
    closed = {"each": {"of": "rule", "where": {"port": 22}, "require": {"open": False}}}
    answer = judge(closed, rules)
    assert answer.truth is False
    assert answer.path == ("rule", 0, "open")
    assert judge({"each": {"of": "rule", "where": {"port": 23}, "require": {"open": False}}}, rules).truth is True
    assert judge({"each": {"of": "rule", "require": {"open": False}}}, {}).truth is True, "nothing to judge"
    assert judge({"each": {"of": "rule", "require": {"open": False}, "absent": "fail"}}, {}).truth is False
    assert judge({"some": {"of": "rule", "require": {"port": 443}}}, rules).truth is True
    assert judge({"some": {"of": "rule", "require": {"port": 1}}}, rules).truth is False
    assert judge({"some": {"of": "rule", "require": {"port": 1}}}, {}).truth is False
    unclear = {"rule": [{"port": U, "open": True}]}
    assert isinstance(judge(closed, unclear).truth, Unknown)
    assert judge(closed, {"rule": [{"port": U, "open": False}]}).truth is True
    assert isinstance(judge(closed, {"rule": U}).truth, Unknown)


def test_root_leaves_the_element():
    values = {"mode": "x", "rule": [{"port": 1}]}
    assert judge({"each": {"of": "rule", "require": {"root": {"mode": "x"}}}}, values).truth is True


def test_parameters():
    assert judge({"a": {"at_least": "$days"}}, {"a": 5}, parameters={"days": 7}).truth is False
    assert judge({"a": {"in": "$names"}}, {"a": "x"}, parameters={"names": ["x"]}).truth is True


def test_the_answer_says_where():
    answer = judge({"a.b": {"not_in": ["x"]}}, {"a": [{"b": ["y", "x"]}]})
    assert (answer.truth, answer.path, answer.seen) == (False, ("a", 0, "b", 1), "x")
    answer = judge({"a.b.c": True}, {"a": [{}]})
    assert answer.path == ("a", 0, "b", "c")
    assert answer.seen is ABSENT


# -- links --------------------------------------------------------------------------------------------------------------------------

LINK = {"linked": {"resource": "block", "by": "bucket", "to": "bucket", "where": {"closed": True}}}


def ref(*addresses):
    return Unknown("known-after-apply", ".".join(addresses), addresses)


def linked(*companions, bucket=None, **options):
    it = bucket or resource("bucket", "b", bucket="data")
    return judge(LINK, it, world=estate(it, *companions, **options)).truth


def test_linked_by_reference_or_literal_name():
    assert linked(resource("block", "x", bucket=ref("bucket.b"), closed=True)) is True
    assert linked(resource("block", "x", bucket="data", closed=True)) is True
    assert linked(resource("block", "x", bucket="other", closed=True)) is False
    assert linked(resource("block", "x", bucket=ref("bucket.b"), closed=False)) is False
    assert linked() is False


def test_linked_by_the_same_unresolved_name():
    it = resource("bucket", "b", bucket=Unknown("variable-without-value", "var.name"))
    assert linked(resource("block", "x", bucket=Unknown("variable-without-value", "var.name"), closed=True), bucket=it) is True


def test_a_companion_with_an_unclear_target_is_not_missing():
    assert isinstance(linked(resource("block", "x", bucket=U, closed=True)), Unknown)
    assert linked(resource("block", "x", bucket=U, closed=False)) is False, "it would not satisfy anyway"
    either = Unknown("condition-undetermined", "?", choices=(ref("bucket.b"), ref("bucket.c")))
    assert isinstance(linked(resource("block", "x", bucket=either, closed=True)), Unknown)


def test_a_resource_handed_to_an_unread_module_is_not_missing():
    assert isinstance(linked(opaque=["bucket.b"]), Unknown)


def test_instances():
    one, two = (Resource("bucket", f"bucket.b[{i}]", {}, Span("/x")) for i in range(2))
    block = resource("block", "x", bucket=ref("bucket.b[0]"), closed=True)
    assert linked(block, two, bucket=one) is True
    assert linked(block, one, bucket=two) is False
    whole = resource("block", "x", bucket=ref("bucket.b"), closed=True)
    assert isinstance(linked(whole, two, bucket=one), Unknown), "which instance is meant cannot be told"


THROUGH = {"linked": {"resource": "subnet", "through": "subnet_id", "where": {"public": False}, "missing": "unknown"}}


def test_through():
    def truth(value, *others, absent=False):
        it = resource("host", "h", **({} if value is ABSENT else {"subnet_id": value}))
        return judge(THROUGH, it, absent, world=estate(it, *others)).truth

    private, public = resource("subnet", "a", public=False), resource("subnet", "b", public=True)
    assert truth(ref("subnet.a"), private, public) is True
    assert truth(ref("subnet.b"), private, public) is False
    assert isinstance(truth("subnet-123", private), Unknown)
    assert truth(ABSENT, private) is False
    assert truth([ref("subnet.a")], private) is True


def test_estate_wide_setting():
    condition = {"estate": {"resource": "default", "where": {"on": True}}}
    it = resource("t", "x")
    assert judge(condition, it, world=estate(it, resource("default", "d", on=True))).truth is True
    assert judge(condition, it, world=estate(it, resource("default", "d", on=False))).truth is False
    assert judge(condition, it, world=estate(it)).truth is False
    assert isinstance(judge(condition, it, world=estate(it, resource("default", "d", on=U))).truth, Unknown)


# -- mistakes -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "condition",
    [
        {"a": {"equal": 1}},
        {"a": {"equals": 1, "in": [2]}},
        {"a": {"in": 5}},
        {"a": {"at_least": "many"}},
        {"a": {"matches": "("}},
        {"a": {"at_least": "$nothing"}},
        {"a": {"equals": 1, "absent": "maybe"}},
        {"any": []},
        {"any": {"a": 1}},
        {"each": {"require": {}}},
        {"each": {"of": "a", "require": {}, "wehre": {}}},
        {"linked": {"resource": "x"}},
        {"linked": {"resource": "x", "by": "a", "through": "b"}},
        {"predicate": "nowhere.nothing"},
        [],
    ],
)
def test_mistakes_are_refused(condition):
    import re

    with pytest.raises((ValueError, LookupError, re.error)):
        Compiler({}).condition(condition, False)


# -- the algebra over whole conditions ----------------------------------------------------------------------------------------------

names = st.sampled_from(["a", "b", "c"])
leaves = st.builds(
    lambda name, value: {name: value},
    names,
    st.sampled_from([True, {"in": [1, 2]}, {"not_in": [True]}, "present", "absent", {"at_least": 2}]),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda items: {"all": items}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda items: {"any": items}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda item: {"not": item}, inner),
    ),
    max_leaves=6,
)
known = st.sampled_from([True, False, 1, 2, 3, ABSENT])


def without_absent(values):
    return {name: value for name, value in values.items() if value is not ABSENT}


@given(conditions, st.dictionaries(names, st.one_of(known, st.just(U))), st.data())
def test_monotonicity(condition, values, data):
    """Replacing an Unknown by any value, or by nothing, never turns a definite answer into the other."""
    before = judge(condition, without_absent(values)).truth
    settled = {name: data.draw(known) if value is U else value for name, value in values.items()}
    after = judge(condition, without_absent(settled)).truth
    if not isinstance(before, Unknown):
        assert after is before


@given(conditions, st.dictionaries(names, st.one_of(known, st.just(U))))
def test_double_negation(condition, values):
    values = without_absent(values)
    inner = judge(condition, values).truth
    twice = judge({"not": {"not": condition}}, values).truth
    assert (inner is twice) or (isinstance(inner, Unknown) and isinstance(twice, Unknown))


def test_paths():
    assert split_path("a.b") == ("a", "b")
    assert split_path("tags.'my.key'.x") == ("tags", "my.key", "x")
    assert gather({"a": [{"b": [1, 2]}, {"b": [3]}]}, ("a", "b")) == [1, 2, 3]
    assert gather({"a": {"b": None}}, ("a",)) == {"b": None}
    assert gather({"a": None}, ("a",)) is ABSENT


def test_a_companion_that_may_not_exist_proves_nothing():
    def block(closed, conditional=True):
        return Resource("block", "block.x", {"bucket": ref("bucket.b"), "closed": closed}, Span("/x"), conditional=conditional)

    assert isinstance(linked(block(True)), Unknown)
    assert linked(block(False)) is False, "with or without it the bucket is open"
    assert linked(block(True, conditional=False)) is True
    both = Resource("bucket", "bucket.b", {}, Span("/x"), conditional=True)
    assert linked(block(True), bucket=both) is True, "both hang on the same switch, as in a module"


def test_estate_wide_settings_may_be_conditional_or_regional():
    condition = {"estate": {"resource": "default", "where": {"on": True}, "same_region": True}}

    def truth(there, here="tokyo", conditional=False):
        it = Resource("t", "t.x", {}, Span("/x"), region=here)
        return judge(
            condition,
            it,
            world=estate(it, Resource("default", "default.d", {"on": True}, Span("/x"), region=there, conditional=conditional)),
        ).truth

    assert truth("tokyo") is True
    assert truth("osaka") is False
    assert isinstance(truth(Unknown("region-not-given")), Unknown)
    assert isinstance(truth("tokyo", conditional=True), Unknown)


def test_an_unresolved_name_that_belongs_to_another_resource_is_not_possible_for_all():
    named = resource("bucket", "v", bucket=Unknown("variable-without-value", "var.name"))
    block = resource("block", "x", bucket=Unknown("variable-without-value", "var.name"), closed=True)
    other = resource("bucket", "b", bucket="data")
    assert linked(block, named, bucket=other) is False
    assert linked(block, other, bucket=named) is True


def test_a_literal_that_reads_like_an_address_is_no_reference():
    """In templates an address is a plain logical id: `Equals: [Data]` does not mean the resource Data."""
    it = Resource("bucket", "Data", {"bucket": "residents"}, Span("/x"))
    block = Resource("block", "B", {"bucket": "Data", "closed": True}, Span("/x"))
    assert linked(block, bucket=it) is False
    either = Resource(
        "block", "B", {"bucket": Unknown("condition-undetermined", "?", choices=("residents", "other")), "closed": True}, Span("/x")
    )
    assert isinstance(linked(either, bucket=it), Unknown)


def test_shared_answers_stay_as_they_are():
    from cloudpolicy.evaluate.answers import TRUE

    one = resource("t", "x")
    assert TRUE.about(one).resource is one
    assert TRUE.resource is None
