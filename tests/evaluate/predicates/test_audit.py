"""Activity log exports and rotation periods."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context
from cloudpolicy.evaluate.predicates.audit import exports_activity_log, kept_for, rotates_within, targets_subscription
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

SUBJECT = Resource("azurerm_monitor_diagnostic_setting", "azurerm_monitor_diagnostic_setting.x", {}, Span("/main.tf"))
CONTEXT = Context(Estate("/", "terraform", "hcl", [SUBJECT]), SUBJECT, {}, {})
VAR = Unknown("variable-without-value", "var.x")
FOUR = ("Administrative", "Security", "Policy", "Alert")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/subscriptions/00000000-0000-0000-0000-000000000000", True),
        ("/subscriptions/0/resourceGroups/r/providers/Microsoft.KeyVault/vaults/v", False),
        (ABSENT, False),
        (Unknown("data-source", "data.azurerm_subscription.current.id"), True),
        (Unknown("known-after-apply", "e", ("azurerm_subscription.main",)), True),
        (Unknown("data-source", "x", partial="/subscriptions/${data.azurerm_client_config.current.subscription_id}"), True),
        (Unknown("known-after-apply", "azurerm_key_vault.v.id", ("azurerm_key_vault.v",)), False),
        (Unknown("x", "y", partial="/subscriptions/${var.s}/resourceGroups/r/providers/p"), False),
    ],
)
def test_targets_subscription(target: Any, expected: bool) -> None:
    assert targets_subscription(CONTEXT, target) is expected


def test_a_bare_variable_may_be_anything() -> None:
    assert isinstance(targets_subscription(CONTEXT, VAR), Unknown)


def blocks(*names: Any, **more: Any) -> list[dict[str, Any]]:
    return [{"category": name, **more} for name in names]


@pytest.mark.parametrize(
    ("enabled_log", "log", "expected"),
    [
        (blocks(*FOUR), ABSENT, True),
        (ABSENT, blocks(*FOUR, enabled=True), True),
        (ABSENT, blocks(*FOUR, enabled=False), False),
        (blocks("Administrative"), ABSENT, False),
        ([{"category_group": "allLogs"}], ABSENT, True),
        ([{"category_group": "audit"}], ABSENT, False),
        (ABSENT, ABSENT, False),
        (blocks("administrative", "SECURITY", "policy"), blocks("alert"), True),
    ],
)
def test_exports_activity_log(enabled_log: Any, log: Any, expected: bool) -> None:
    assert exports_activity_log(CONTEXT, enabled_log, log) is expected


def test_unresolved_blocks_are_a_doubt() -> None:
    assert isinstance(exports_activity_log(CONTEXT, VAR), Unknown)
    assert isinstance(exports_activity_log(CONTEXT, blocks("Administrative", "Security", "Policy", VAR)), Unknown)


@pytest.mark.parametrize(
    ("period", "days", "expected"),
    [(ABSENT, 365, True), (ABSENT, 180, False), (90, 180, True), ("400", 365, False), (365, 365, True), ("soon", 365, False)],
)
def test_rotates_within(period: Any, days: int, expected: bool) -> None:
    assert rotates_within(CONTEXT, days, period) is expected


@pytest.mark.parametrize(("period", "days", "expected"), [(ABSENT, 365, True), (ABSENT, 400, False), (400, 400, True), ("90", 365, False)])
def test_kept_for(period: Any, days: int, expected: bool) -> None:
    assert kept_for(CONTEXT, days, 366, period) is expected
    assert isinstance(kept_for(CONTEXT, days, 366, VAR), Unknown)


LOGS = st.lists(
    st.fixed_dictionaries(
        {"category": st.sampled_from([*FOUR, "ServiceHealth", VAR])}, optional={"enabled": st.sampled_from([True, False, VAR])}
    ),
    max_size=6,
)


@given(LOGS, st.lists(st.sampled_from([*FOUR, True, False, "x"]), min_size=12, max_size=12))
def test_resolving_never_turns_a_definite_answer(logs: list[dict[str, Any]], values: list[Any]) -> None:
    before = exports_activity_log(CONTEXT, logs)
    supply = iter(values)
    after = exports_activity_log(CONTEXT, [{k: next(supply) if v is VAR else v for k, v in log.items()} for log in logs])
    assert isinstance(before, Unknown) or before == after


@given(st.integers(90, 2560), st.integers(1, 3000))
def test_resolving_a_period(period: int, days: int) -> None:
    assert isinstance(rotates_within(CONTEXT, days, VAR), Unknown)
    choice = rotates_within(CONTEXT, days, Unknown("x", choices=(period, ABSENT)))
    assert isinstance(choice, Unknown) or choice == rotates_within(CONTEXT, days, period) == rotates_within(CONTEXT, days)
