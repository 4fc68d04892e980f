"""Audit trails: what an activity log export covers, and periods that depend on a default."""

from __future__ import annotations

import re

from cloudpolicy.evaluate.logic import all_of, any_of, choose
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context

ACTIVITY_CATEGORIES = ("administrative", "security", "policy", "alert")
# A category group that holds every category of the activity log.
ALL_GROUPS = ("alllogs",)
_SUBSCRIPTION_ID = r"(?i)/subscriptions/[^/]+/?"
_SUBSCRIPTION = r"\bazurerm_subscription\.[\w-]+(\[[^\]]*\])?\.id\b"
_OTHER = r"\b(azurerm_(?!subscription\b|client_config\b)\w+)\.[\w-]+"
_DEFAULT_ROTATION = 365.0  # KMS rotates once a year when the period is not written


@predicate
def targets_subscription(context: Context, target: Any = ABSENT) -> Truth:
    """True when a diagnostic setting is that of a subscription, whose log is the activity log; `target` is its target_resource_id."""
    return _subscription(target)


def _subscription(target: Any) -> Truth:
    if isinstance(target, Unknown):
        if target.choices is not None:
            return choose((_subscription(choice) for choice in target.choices), target)
        text = target.partial if isinstance(target.partial, str) else target.expression
        written = " ".join((text, target.expression, *(f"{reference}.id" for reference in target.references)))
        if re.search(_OTHER, written) or "/resourcegroups/" in text.lower() or "/providers/" in text.lower():
            return False
        if re.search(_SUBSCRIPTION, written) or re.fullmatch(r"/subscriptions/(\$\{[^}]*\}|[^/$])+/?", text, re.IGNORECASE):
            return True
        return target
    return isinstance(target, str) and re.fullmatch(_SUBSCRIPTION_ID, target) is not None


@predicate
def exports_activity_log(context: Context, enabled_log: Any = ABSENT, log: Any = ABSENT) -> Truth:
    """True when a diagnostic setting exports Administrative, Security, Policy and Alert, or every category.

    enabled_log  its `enabled_log` blocks (azurerm 3 and later)
    log          its `log` blocks (azurerm 2 and 3) or ARM's `properties.logs`, each on unless `enabled` is false
    """
    blocks = [*_blocks(enabled_log), *_blocks(log)]
    group = any_of(_switched_on(block, name, ALL_GROUPS) for block in blocks for name in ("category_group", "categoryGroup"))
    if group is True:
        return True
    return any_of(
        (group, all_of(any_of(_switched_on(block, "category", (category,)) for block in blocks) for category in ACTIVITY_CATEGORIES))
    )


def _blocks(value: Any) -> list[Any]:
    """The blocks of one name: always a list, an Unknown standing for any number of them."""
    if value is ABSENT:
        return []
    return value if isinstance(value, list) else [value]


def _switched_on(block: Any, attribute: str, names: tuple[str, ...]) -> Truth:
    if isinstance(block, Unknown):
        return block
    if not isinstance(block, dict):
        return False
    return all_of((_named(block.get(attribute, ABSENT), names), _enabled(block.get("enabled", ABSENT))))


def _named(value: Any, names: tuple[str, ...]) -> Truth:
    if isinstance(value, Unknown):
        return choose((_named(choice, names) for choice in value.choices), value) if value.choices is not None else value
    return isinstance(value, str) and value.lower() in names


def _enabled(value: Any) -> Truth:
    if isinstance(value, Unknown):
        return choose((_enabled(choice) for choice in value.choices), value) if value.choices is not None else value
    return value is ABSENT or value is None or str(value).lower() != "false"


@predicate
def rotates_within(context: Context, days: Any, period: Any = ABSENT) -> Truth:
    """True when a key rotates at least every `days` days; `period` is its rotation period, 365 days when it is not written."""
    return _period(period, _DEFAULT_ROTATION, lambda length: length <= float(days))


@predicate
def kept_for(context: Context, days: Any, default: Any, period: Any = ABSENT) -> Truth:
    """True when something is kept at least `days` days; `period` is how long it is kept, `default` days when it is not written."""
    return _period(period, default, lambda length: length >= float(days))


def _period(period: Any, default: Any, test: Callable[[float], bool]) -> Truth:
    if isinstance(period, Unknown):
        return choose((_period(choice, default, test) for choice in period.choices), period) if period.choices is not None else period
    try:
        return test(float(default if period is ABSENT or period is None or period == "" else period))
    except (TypeError, ValueError):
        return False


WORDS = {
    "targets_subscription": Text("it is the diagnostic setting of a subscription", "サブスクリプションの診断設定です"),
    "exports_activity_log": Text("it exports the activity log", "アクティビティログを出力しています"),
    "rotates_within": Text("the key rotates often enough", "鍵は定められた期間内に更新されます"),
    "kept_for": Text("it is kept long enough", "定められた期間保存されます"),
}
WORDS_FALSE = {
    "targets_subscription": Text("it is not the diagnostic setting of a subscription", "サブスクリプションの診断設定ではありません"),
    "exports_activity_log": Text(
        "the activity log's categories Administrative, Security, Policy and Alert are not all exported",
        "アクティビティログの Administrative、Security、Policy、Alert のすべてが出力されているわけではありません",
    ),
    "rotates_within": Text(
        "the rotation period (365 days unless written) is longer than allowed", "鍵の更新間隔(省略時365日)が定められた期間を超えています"
    ),
    "kept_for": Text("it is kept for less than the agreed number of days", "定められた日数より早く消去されます"),
}
