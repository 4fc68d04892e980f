"""Supported runtimes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context
from cloudpolicy.evaluate.predicates.runtime import lambda_supported, stack_supported
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

F = Resource("aws_lambda_function", "aws_lambda_function.f", {}, Span("/main.tf"))
CONTEXT = Context(Estate("/", "terraform", "hcl", [F]), F, {}, {})
UNKNOWN = Unknown("variable-without-value", "var.x")
DAY = "2026-11-21"


@pytest.mark.parametrize(
    ("runtime", "day", "days", "expected"),
    [
        ("python3.9", DAY, 0, False),
        ("python3.13", DAY, 0, True),
        ("python3.13", "2029-07-01", 0, False),
        ("python3.13", "2029-05-30", 60, False),
        ("python9.9", DAY, 0, True),
        ("NodeJS18.x", DAY, 0, False),
        (ABSENT, DAY, 0, True),
        (UNKNOWN, DAY, 0, UNKNOWN),
        (Unknown("x", choices=("python3.6", "nodejs12.x")), DAY, 0, False),
        ("python3.6", "", 0, False),
        ("python3.6", "nonsense", 0, False),
    ],
)
def test_lambda(runtime: Any, day: str, days: int, expected: Any) -> None:
    assert lambda_supported(CONTEXT, runtime, day, days) == expected


@pytest.mark.parametrize(
    ("given", "truth", "argument"),
    [
        ({"node": "18-lts"}, False, "node"),
        ({"node": "~22"}, True, ""),
        ({"dotnet": "v4.0"}, True, ""),
        ({"dotnet": "v6.0"}, False, "dotnet"),
        ({"dotnet": "3.1"}, False, "dotnet"),
        ({"python": 3.9}, False, "python"),
        ({"php": "8.3", "python": "2.7"}, False, "python"),
        ({"java": "17"}, True, ""),
        ({"java": "1.7"}, False, "java"),
        ({"linux": "NODE|16-lts"}, False, "linux"),
        ({"linux": "DOTNETCORE|6.0"}, False, "linux"),
        ({"linux": "DOCKER|registry/python:2.7"}, True, ""),
        ({"php": UNKNOWN}, UNKNOWN, "php"),
        ({"php": UNKNOWN, "node": "14"}, False, "node"),
        ({}, True, ""),
    ],
)
def test_stacks(given: dict[str, Any], truth: Any, argument: str) -> None:
    answer = stack_supported(CONTEXT, **given, as_of=DAY)
    assert (answer.truth, answer.argument or "") == (truth, argument)


@given(st.sampled_from(["12", "18", "22", "99"]), st.sampled_from(["7.4", "8.3"]), st.booleans(), st.booleans())
def test_an_answer_stays_when_more_is_known(node: str, php: str, hide_node: bool, hide_php: bool) -> None:
    partly = stack_supported(CONTEXT, node=UNKNOWN if hide_node else node, php=UNKNOWN if hide_php else php, as_of=DAY)
    known = stack_supported(CONTEXT, node=node, php=php, as_of=DAY)
    assert isinstance(partly.truth, Unknown) or partly.truth is known.truth
