"""Names of ARM resources, whose beginning is often a parameter."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context
from cloudpolicy.evaluate.predicates.arm import named
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

WEB = Resource("Microsoft.Web/sites/config", "w", {}, Span("/main.bicep"))
CONTEXT = Context(Estate("/", "arm", "template", [WEB]), WEB, {}, {})


def half(partial: str | None, **more: Any) -> Unknown:
    return Unknown("parameter-without-value", "parameters('x')", partial=partial, **more)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("web", True),
        ("site/WEB", True),
        ("site/appsettings", False),
        (half("${parameters('x')}/web"), True),
        (half("${parameters('x')}/logs"), False),
        (half("${parameters('x')}web"), half("${parameters('x')}web")),
        (half("site/${parameters('x')}"), half("site/${parameters('x')}")),
        (half(None), half(None)),
        (half(None, choices=("a/web", "b/web")), True),
        (ABSENT, False),
    ],
)
def test_names(name: Any, expected: Any) -> None:
    assert named(CONTEXT, name, ["web"]) == expected


@given(st.text("ab/", max_size=4), st.text("ab/", max_size=4))
def test_an_answer_stays_when_more_is_known(start: str, end: str) -> None:
    before = named(CONTEXT, half("${parameters('x')}" + end), ["a", "b"])
    assert isinstance(before, Unknown) or before is named(CONTEXT, start + end, ["a", "b"])
