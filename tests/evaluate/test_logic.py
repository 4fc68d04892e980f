"""Kleene's tables, exhaustively, and the algebra that follows from them."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.logic import all_of, any_of, choose, negate
from cloudpolicy.model import Unknown

U = Unknown("variable-without-value", "var.x")
VALUES = (True, False, U)
AND = {
    (True, True): True,
    (True, False): False,
    (False, True): False,
    (False, False): False,
    (True, U): U,
    (U, True): U,
    (False, U): False,
    (U, False): False,
    (U, U): U,
}
OR = {
    (True, True): True,
    (True, False): True,
    (False, True): True,
    (False, False): False,
    (True, U): True,
    (U, True): True,
    (False, U): U,
    (U, False): U,
    (U, U): U,
}
NOT = {True: False, False: True, U: U}

truths = st.sampled_from(VALUES)


def test_truth_tables():
    for pair in itertools.product(VALUES, repeat=2):
        assert all_of(pair) is AND[pair], ("and", pair)
        assert any_of(pair) is OR[pair], ("or", pair)
    for value in VALUES:
        assert negate(value) is NOT[value]


def test_of_nothing():
    assert all_of([]) is True
    assert any_of([]) is False


@given(st.lists(truths, max_size=6))
def test_de_morgan(values):
    assert negate(all_of(values)) is any_of(map(negate, values))
    assert negate(any_of(values)) is all_of(map(negate, values))


@given(st.lists(truths, max_size=6), st.data())
def test_settling_an_unknown_never_turns_a_definite_verdict(values, data):
    settled = [data.draw(st.booleans()) if value is U else value for value in values]
    for combine in (all_of, any_of):
        before = combine(values)
        if before is not U:
            assert combine(settled) is before


@given(st.lists(truths, min_size=1, max_size=6))
def test_order_does_not_matter(values):
    assert all_of(values) is all_of(reversed(values))
    assert any_of(values) is any_of(reversed(values))


def test_choose_is_definite_only_when_every_choice_agrees():
    assert choose([True, True], U) is True
    assert choose([False], U) is False
    assert choose([True, False], U) is U
    assert choose([True, Unknown("cycle")], U) is U
    assert choose([], U) is U
