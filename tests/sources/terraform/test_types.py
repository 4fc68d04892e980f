"""Conversion to type constraints, sets, and equality with unknown parts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudpolicy.model import Unknown
from cloudpolicy.sources.terraform.types import ConversionError, Set, convert, joined, make_set, same, to_string, unknowns

STRING, NUMBER, BOOL, ANY = ("string",), ("number",), ("bool",), ("any",)
LOST = Unknown("known-after-apply", "aws_vpc.a.id", ("aws_vpc.a",))

primitives = (
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
    | st.text(max_size=4)
    | st.sampled_from(["true", "1", "false", "07", "1e2"])
    | st.just(LOST)
)
values = st.recursive(
    primitives, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=8
)
constraints: st.SearchStrategy[tuple[Any, ...]] = st.recursive(
    st.sampled_from([STRING, NUMBER, BOOL, ANY]),
    lambda inner: (
        st.tuples(st.sampled_from(["list", "set", "map"]), inner)
        | st.tuples(st.just("tuple"), st.lists(inner, max_size=2))
        | st.tuples(st.just("object"), st.dictionaries(st.sampled_from("abc"), st.tuples(inner, st.booleans(), st.none()), max_size=2))
    ),
    max_leaves=4,
)


@pytest.mark.parametrize(
    ("value", "constraint", "wanted"),
    [
        ("true", BOOL, True),
        ("0", BOOL, False),
        (5, STRING, "5"),
        (5.0, STRING, "5"),
        (0.000001, STRING, "0.000001"),
        (True, STRING, "true"),
        ("12", NUMBER, 12),
        ("1.5", NUMBER, 1.5),
        (None, NUMBER, None),
        (["b", "a", "b"], ("set", STRING), ["a", "b"]),
        ([3, 20, 1], ("set", NUMBER), [1, 3, 20]),
        ([1, "x"], ("list", ANY), ["1", "x"]),
        (Set(["a"]), ("list", STRING), ["a"]),
        ({"a": 1}, ("map", STRING), {"a": "1"}),
        ([1, "x"], ("tuple", [STRING, STRING]), ["1", "x"]),
        ({"a": 1, "z": 2}, ("object", {"a": (STRING, False, None)}), {"a": "1"}),
        ({}, ("object", {"a": (NUMBER, True, "7")}), {"a": 7}),
        ({"a": None}, ("object", {"a": (NUMBER, True, 7)}), {"a": 7}),
        ({}, ("object", {"a": (NUMBER, True, None)}), {"a": None}),
    ],
)
def test_conversion(value: Any, constraint: Any, wanted: Any) -> None:
    result = convert(value, constraint)
    assert result == wanted
    assert type(result) is (Set if constraint[0] == "set" else type(wanted))


@pytest.mark.parametrize(
    ("value", "constraint", "message"),
    [
        ("no", BOOL, "bool"),
        (1, BOOL, "bool"),
        (True, NUMBER, "number"),
        ("x", NUMBER, "number"),
        ("9" * 2000, NUMBER, "number"),
        ([], STRING, "string"),
        ("a", ("list", STRING), "list"),
        ([], ("map", STRING), "map"),
        ([1], ("tuple", []), "tuple of 0"),
        ({}, ("object", {"a": (STRING, False, None)}), '"a" is required'),
        ({"a": {"b": []}}, ("object", {"a": (("object", {"b": (STRING, False, None)}), False, None)}), 'attribute "a": attribute "b"'),
    ],
)
def test_what_does_not_fit_is_refused_with_a_reason(value: Any, constraint: Any, message: str) -> None:
    with pytest.raises(ConversionError, match=message):
        convert(value, constraint)


def test_deep_values_are_refused_not_a_crash() -> None:
    value: Any = "x"
    constraint: Any = STRING
    for _ in range(50_000):
        value, constraint = [value], ("list", constraint)
    with pytest.raises(ConversionError, match="deep"):
        convert(value, constraint)


def test_unknown_leaves_pass_untouched() -> None:
    one = Unknown("condition-undetermined", "c", (), "a-${…}", ("a", "b"))
    assert convert({"a": [one]}, ("map", ("list", NUMBER)))["a"][0] is one


def test_a_set_whose_members_may_be_equal_is_unknown() -> None:
    result = make_set(["a", LOST])
    assert isinstance(result, Unknown)
    assert (result.partial, result.references, result.reason) == (["a", LOST], ("aws_vpc.a",), "known-after-apply")
    assert make_set([LOST]) == [LOST]
    told_apart = make_set([{"name": "a", "id": LOST}, {"name": "b", "id": LOST}])
    assert isinstance(told_apart, Set)


def test_equality_is_undecided_only_where_an_unknown_part_decides() -> None:
    assert same({"a": LOST, "b": 1}, {"a": 2, "b": 2}) is False
    assert same({"a": LOST, "b": 1}, {"a": 2, "b": 1}) is None
    assert same(1, True) is False
    assert same(1, 1.0) is True
    assert same(Set(["a", "b"]), ["b", "a"]) is True


def test_joined_takes_the_first_reason_and_all_references() -> None:
    other = Unknown("data-source", "d", ("aws_vpc.a", "aws_vpc.b"))
    result = joined([LOST, other])
    assert (result.reason, result.references) == ("known-after-apply", ("aws_vpc.a", "aws_vpc.b"))


@settings(max_examples=300, deadline=None)
@given(values, constraints)
def test_conversion_is_idempotent_and_keeps_every_unknown(value: Any, constraint: Any) -> None:
    try:
        once = convert(value, constraint)
    except ConversionError:
        return
    assert convert(once, constraint) == once
    if constraint[0] in ("list", "map", "any"):
        assert bool(unknowns(once)) >= (bool(unknowns(value)) and constraint[0] == "any")


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_survives_as_a_string(number: float) -> None:
    assert convert(to_string(number), NUMBER) == number or abs(number) > 1e300 or len(to_string(number)) > 1000
