"""Recording of configuration and the policies that act on it: where a recorder stands, what effect a definition has."""

from __future__ import annotations

from cloudpolicy.evaluate.logic import any_of, choose
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context


@predicate
def in_home_region(context: Context, home: Any) -> bool:
    """True when the resource may stand in the region `home`: no other region is known of it, or no home is settled."""
    region = context.resource.region or context.estate.region
    return not home or not isinstance(region, str) or region.casefold() == str(home).casefold()


@predicate
def has_effect(context: Context, rule: Any, effects: Any, parameters: Any = ABSENT) -> Truth:
    """True when a policy rule of Azure (a mapping or its JSON text) has one of the `effects`.

    An effect that is a parameter of the definition is what the parameter's default says, when it has one.
    """
    effect = _within(_within(_document(rule), "then"), "effect")
    return _is_effect(effect, [str(name).casefold() for name in effects], _document(parameters))


def _is_effect(effect: Any, effects: list[str], parameters: Any) -> Truth:
    if isinstance(effect, Unknown):
        if effect.choices is not None:
            return choose((_is_effect(choice, effects, parameters) for choice in effect.choices), effect)
        named = effect.partial if isinstance(effect.partial, str) else effect.expression
        return _by_parameter(named, effects, parameters, effect) if "parameters(" in named else effect
    if not isinstance(effect, str):
        return False
    text = effect.strip()
    if "parameters(" in text:  # "[parameters('effect')]"; a doubled bracket keeps ARM from reading it
        return _by_parameter(text, effects, parameters, Unknown("parameter-without-value", text))
    return text.casefold() in effects


def _by_parameter(text: str, effects: list[str], parameters: Any, unknown: Unknown) -> Truth:
    import re

    found = re.search(r"parameters\(\s*'([^']+)'\s*\)", text)
    declared = _within(parameters, found[1]) if found else ABSENT
    default = _within(declared, "defaultValue")
    if isinstance(default, str):
        return default.casefold() in effects
    allowed = _within(declared, "allowedValues")
    if isinstance(allowed, list) and allowed and any_of(str(value).casefold() in effects for value in allowed) is False:
        return False
    return unknown


def _document(value: Any) -> Any:
    if isinstance(value, Unknown):
        return value if value.partial is None else _document(value.partial)
    if isinstance(value, str):
        import json

        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return Unknown("unsupported-expression", value[:80])
    return value


def _within(value: Any, name: str) -> Any:
    if isinstance(value, Unknown):
        return value if value.partial is None else _within(value.partial, name)
    if isinstance(value, dict):
        lower = name.casefold()
        for key, item in value.items():
            if isinstance(key, str) and key.casefold() == lower:
                return ABSENT if item is None else item
    return ABSENT


WORDS = {
    "in_home_region": Text("it stands in the home region", "代表リージョンにあります"),
    "has_effect": Text("the definition has that effect", "定義の効果が該当します"),
}
WORDS_FALSE = {
    "in_home_region": Text("it stands in another region", "代表リージョン以外にあります"),
    "has_effect": Text("the definition has another effect", "定義の効果が該当しません"),
}
