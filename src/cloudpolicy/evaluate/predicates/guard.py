"""Guardrails on regions: policies of AWS that ask for aws:RequestedRegion, and Azure policies on the field location.

Permitted are the policy's parameters `aws_regions` (and `global_regions`, where AWS's global services are served) and `azure_locations`.
"""

from __future__ import annotations

import re

from cloudpolicy.evaluate.documents import each_document
from cloudpolicy.evaluate.judging import judge
from cloudpolicy.evaluate.logic import all_of, any_of, choose
from cloudpolicy.evaluate.predicates import Located, predicate
from cloudpolicy.evaluate.predicates.region import azure_domestic
from cloudpolicy.evaluate.statements import allows, denies, is_identifier
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from cloudpolicy.evaluate.documents import Condition, Document, Item, Name, Statement
    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context

_KEY = "aws:requestedregion"
_LIST = "listofallowedlocations"
_CONTROL = r"(AWS-GR_REGION_DENY|CT\.MULTISERVICE\.PV\.1)\Z"  # of the landing zone, of an organisational unit
# Azure's built-in policies "Allowed locations", of resources and of resource groups.
_BUILT_IN = ("e56962a6-4747-49cd-b67b-bf8b01975c4c", "e765b5de-1225-4ba3-bd56-1ac6695af988")


@predicate
def limits_regions(context: Context, value: Any) -> Truth:
    """True when a policy document asks for the region of a request (aws:RequestedRegion)."""
    return _limits(context, value)


def _limits(context: Context, value: Any) -> Truth:
    def test(document: Document | Name) -> Truth:
        statements = getattr(document, "statements", [])
        if any(condition.key == _KEY for statement in statements for condition in statement.conditions):
            return True
        return any_of([*(s.doubt for s in statements if s.doubt is not None), *getattr(document, "unread", [])])

    return each_document(value, test, context.estate.links, any_of)


@predicate
def is_guardrail(context: Context, value: Any) -> Truth:
    """True for a policy document that asks for the region of a request, and for the id of one of Control Tower's region deny controls."""
    text = value.partial if isinstance(value, Unknown) else value
    if isinstance(text, str) and text.startswith("arn:"):
        return re.search(_CONTROL, text) is not None
    return _limits(context, value)


@predicate
def is_location_guardrail(context: Context, value: Any) -> Truth:
    """True for the id of Azure's built-in policy "Allowed locations", and for a policy rule that denies by location."""
    named = _built_in(context, value) if not isinstance(value, (str, dict)) or str(value).startswith("/") else False
    if named is not False or (isinstance(value, Unknown) and value.references):
        return named
    return _denies(value)


@predicate
def admits_foreign(context: Context, value: Any) -> Truth | Located:
    """True when a statement on aws:RequestedRegion leaves a region open that is not permitted."""
    permitted = {str(r).casefold() for name in ("aws_regions", "global_regions") for r in context.parameters.get(name, [])}
    return judge(context, value, lambda document: lambda statement: _leaves_open(statement, permitted), lambda name: False)


def _leaves_open(statement: Statement, permitted: set[str]) -> Truth:
    """An allow lets through the regions that it names, a deny those that it leaves out."""
    truths: list[Truth] = []
    for condition in statement.conditions:
        if condition.key == _KEY:
            negative = "not" in condition.operator
            effect = denies(statement) if negative else allows(statement)
            truths.append(all_of((effect, _names_foreign(condition, permitted))))
    return any_of(truths)


def _names_foreign(condition: Condition, permitted: set[str]) -> Truth:
    return any_of(_is_foreign(item, permitted) for item in condition.values)


def _is_foreign(item: Item, permitted: set[str]) -> Truth:
    if isinstance(item, str):
        return item.casefold() not in permitted
    if item.choices is not None:
        return choose((_is_foreign(c, permitted) for c in item.choices if isinstance(c, (str, Unknown))), item)
    return False if is_identifier(item) else item  # the estate's own region is judged elsewhere


@predicate
def locations_domestic(context: Context, value: Any = ABSENT) -> Truth:
    """True when the parameters of an Azure policy assignment allow permitted locations only."""

    def known(parameters: Any) -> Truth:
        for name, body in parameters.items() if isinstance(parameters, dict) else ():
            if str(name).casefold() == _LIST:
                listed = body.get("value", body.get("Value", ABSENT)) if isinstance(body, dict) else body
                return _all_domestic(context, listed)
        return False

    return _over_json(value, known)


@predicate
def is_built_in(context: Context, value: Any = ABSENT) -> Truth:
    """True when `value` is the id of Azure's built-in policy "Allowed locations"; a definition of this estate is another one."""
    return _built_in(context, value)


def _built_in(context: Context, value: Any) -> Truth:
    if isinstance(value, Unknown):
        if value.choices is not None:
            return choose((_built_in(context, choice) for choice in value.choices), value)
        targets = [context.estate.at(reference) for reference in value.references]
        if targets and all(found is not None and not found.type.startswith("data.") for found in targets):
            return False
        if not isinstance(value.partial, str):
            return Unknown(value.reason, value.expression)
        if not any(identifier in value.partial.casefold() for identifier in _BUILT_IN):
            return Unknown(value.reason, value.expression)
        return True
    return isinstance(value, str) and any(identifier in value.casefold() for identifier in _BUILT_IN)


@predicate
def denies_locations(context: Context, value: Any = ABSENT) -> Truth:
    """True when an Azure policy rule denies resources by their location; an effect that is a parameter counts."""
    return _denies(value)


def _denies(value: Any) -> Truth:
    def known(rule: Any) -> Truth:
        then = rule.get("then", {}) if isinstance(rule, dict) else {}
        effect = then.get("effect", ABSENT) if isinstance(then, dict) else ABSENT
        denying = effect if isinstance(effect, Unknown) else str(effect).casefold() == "deny" or str(effect).startswith("[")
        return all_of((denying, any(True for _ in _on_location(rule))))

    return _over_json(value, known)


@predicate
def rule_domestic(context: Context, value: Any = ABSENT) -> Truth:
    """True when the locations that an Azure policy rule spells out are permitted; those of a parameter are judged at the assignment."""

    def known(rule: Any) -> Truth:
        return all_of(
            _all_domestic(context, listed)
            for condition, negated in _on_location(rule)
            for name, listed in condition.items()
            if str(name).casefold() in (("in", "equals") if negated else ("notin", "notequals"))
            and not (isinstance(listed, str) and listed.startswith("["))
        )

    return _over_json(value, known)


def _on_location(node: Any, negated: bool = False) -> Iterator[tuple[dict[str, Any], bool]]:
    """The conditions of a rule on the field location, and whether they stand under a `not`."""
    if isinstance(node, dict):
        if str(node.get("field", "")).casefold() == "location":
            yield node, negated
        for name, inner in node.items():
            yield from _on_location(inner, not negated if str(name).casefold() == "not" else negated)
    elif isinstance(node, list):
        for inner in node:
            yield from _on_location(inner, negated)


def _all_domestic(context: Context, listed: Any) -> Truth:
    if isinstance(listed, Unknown) and isinstance(listed.partial, list):
        listed = listed.partial
    if listed is ABSENT or listed == []:
        return False
    return all_of(_is_domestic(context, item) for item in (listed if isinstance(listed, list) else [listed]))


def _is_domestic(context: Context, location: Any) -> Truth:
    answer = azure_domestic(context, location)
    return answer.truth if isinstance(answer, Located) else answer


def _over_json(value: Any, test: Callable[[Any], Truth]) -> Truth:
    """`test` on a structure, on JSON text, or on the known part of an unknown one."""
    if isinstance(value, Unknown):
        if value.choices is not None:
            return choose((_over_json(choice, test) for choice in value.choices), value)
        if isinstance(value.partial, (dict, list)):
            return test(value.partial)
        return Unknown(value.reason, value.expression)
    if isinstance(value, str):
        import json

        try:
            return test(json.loads(value))
        except (ValueError, RecursionError):
            return Unknown("invalid-expression", value[:40])
    return test(value)


# What is the case when the predicate is true or false, for messages.
WORDS = {
    "admits_foreign": Text("it leaves a region open that is not permitted", "許可されていないリージョンの利用を認めています"),
}
WORDS_FALSE = {
    "locations_domestic": Text("it allows locations that are not permitted", "許可されていないリージョンを認めています"),
    "rule_domestic": Text("it allows locations that are not permitted", "許可されていないリージョンを認めています"),
}
