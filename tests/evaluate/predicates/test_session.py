"""How long sessions and tokens last."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates.session import token_within, within
from cloudpolicy.model import ABSENT, Unknown

VAR = Unknown("variable-without-value", "var.x")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("PT1H", True),
        ("PT60M", True),
        ("PT59M59S", True),
        ("pt3600s", True),
        ("PT1H1S", False),
        ("P1D", False),
        ("PT", False),
        ("P", False),
        ("1h", False),
        (3600, False),
    ],
)
def test_durations(value: Any, expected: bool) -> None:
    assert within(None, value, 3600) is expected


def test_durations_in_doubt() -> None:
    assert within(None, VAR, 3600) is VAR
    assert within(None, Unknown("x", "c ? a : b", choices=("PT1H", "PT30M")), 3600) is True
    doubt = Unknown("x", "c ? a : b", choices=("PT1H", "PT12H"))
    assert within(None, doubt, 3600) is doubt


@pytest.mark.parametrize(
    ("validity", "unit", "expected"),
    [
        (ABSENT, ABSENT, True),
        (0, ABSENT, True),
        (1, ABSENT, True),
        ("2", ABSENT, False),
        (60, "minutes", True),
        (61, "Minutes", False),
        (3600, "seconds", True),
        (1, "days", False),
        (0, "days", True),
        (1, "fortnights", False),
        ("an hour", ABSENT, False),
    ],
)
def test_access_tokens(validity: Any, unit: Any, expected: bool) -> None:
    assert token_within(None, 3600, validity, unit, [1, "hours"]) is expected


def test_refresh_tokens_last_thirty_days_unless_written() -> None:
    assert token_within(None, 30 * 86400, default=[30, "days"]) is True
    assert token_within(None, 30 * 86400 - 1, default=[30, "days"]) is False


@given(st.integers(0, 100), st.sampled_from(["seconds", "minutes", "hours", "days"]), st.booleans())
def test_an_unknown_part_leaves_it_open(validity: int, unit: str, first: bool) -> None:
    hidden = (VAR, unit) if first else (validity, VAR)
    assert token_within(None, 3600, *hidden, [1, "hours"]) is VAR
