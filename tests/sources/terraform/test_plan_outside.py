"""Which texts a plan was given from outside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.sources.terraform.plan_outside import outside_texts

PLAN = {
    "variables": {
        "given": {"value": "outside"},
        "default": {"value": "written"},
        "changed": {"value": {"a": ["deep", 3]}},
        "short": {"value": "x"},
    },
    "configuration": {
        "root_module": {"variables": {"given": {"sensitive": True}, "default": {"default": "written"}, "changed": {"default": {}}}}
    },
    "prior_state": {
        "values": {
            "root_module": {
                "resources": [{"mode": "data", "values": {"secret_string": "read"}}, {"mode": "managed", "values": {"name": "managed"}}],
                "child_modules": [{"resources": [{"mode": "data", "values": {"secret_string": "read below"}}]}],
            }
        }
    },
}


def test_variables_without_a_default_and_data_sources() -> None:
    assert outside_texts(PLAN) == {"outside", "deep", "read", "read below"}


@pytest.mark.parametrize("plan", [{}, {"variables": []}, {"configuration": None, "variables": {"a": None}}, {"prior_state": {"values": 3}}])
def test_a_strange_plan_gives_nothing(plan: dict) -> None:  # type: ignore[type-arg]
    assert outside_texts(plan) == frozenset()


@given(
    st.dictionaries(st.sampled_from(list(PLAN)), st.recursive(st.none() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
)
def test_nothing_makes_it_fail(plan: dict) -> None:  # type: ignore[type-arg]
    outside_texts(plan)
