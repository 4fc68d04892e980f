"""Rules of Azure network security groups: who may come in on which ports, after the rules of a smaller priority number have had their say.

A rule's arguments: `ports` and `port_list` (destination_port_range, destination_port_ranges), `protocol`, `source` and `source_list`
(source_address_prefix, source_address_prefixes) and `priority`. The judged resource is the group (inline rules) or the separate rule, in
Terraform or in ARM.
"""

from __future__ import annotations

from cloudpolicy.evaluate.links import pointed_at, pointing_at
from cloudpolicy.evaluate.logic import all_of, any_of, negate
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.evaluate.predicates.addresses import (
    any_internet,
    each_value,
    holds_every_port,
    holds_other_port,
    holds_port,
    items,
    number_list,
    port_number,
)
from cloudpolicy.evaluate.predicates.marks import is_named_public
from cloudpolicy.evaluate.predicates.network import PUBLIC_PORTS, private_ports
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context
    from cloudpolicy.model import Resource

_GROUP = "azurerm_network_security_group"
_RULE = "azurerm_network_security_rule"
_ARM_GROUP = "Microsoft.Network/networkSecurityGroups"
_ARM_RULE = "Microsoft.Network/networkSecurityGroups/securityRules"
# What ARM calls the attributes of a rule that are asked for below.
_ARM_NAMES = {
    "access": "access",
    "direction": "direction",
    "priority": "priority",
    "protocol": "protocol",
    "source_address_prefix": "sourceAddressPrefix",
    "source_address_prefixes": "sourceAddressPrefixes",
    "destination_port_range": "destinationPortRange",
    "destination_port_ranges": "destinationPortRanges",
    "destination_address_prefix": "destinationAddressPrefix",
    "destination_address_prefixes": "destinationAddressPrefixes",
    "destination_application_security_group_ids": "destinationApplicationSecurityGroups",
}
_EVERYBODY = ("*", "internet", "any", "0.0.0.0/0", "0.0.0.0")


@predicate
def opens_admin_port(
    context: Context,
    source: Any = ABSENT,
    source_list: Any = ABSENT,
    ports: Any = ABSENT,
    port_list: Any = ABSENT,
    protocol: Any = ABSENT,
    priority: Any = ABSENT,
) -> Truth:
    """True when the rule lets the internet reach an administration or database port (parameters admin_ports, db_ports)."""
    internet = any_internet(context, source, source_list)
    if internet is False:
        return False
    wanted = private_ports(context)
    reached = any_of(
        all_of((_holds(ports, port_list, port), negate(_denied_before(context, port, protocol, priority, source, source_list))))
        for port in wanted
    )
    return all_of((internet, _has_ports(protocol), reached))


@predicate
def opens_every_port(
    context: Context,
    source: Any = ABSENT,
    source_list: Any = ABSENT,
    ports: Any = ABSENT,
    port_list: Any = ABSENT,
    protocol: Any = ABSENT,
    priority: Any = ABSENT,
) -> Truth:
    """True when the rule lets the internet in on every port."""
    every = any_of(_of_range(item, holds_every_port) for item in items([ports, port_list]))
    internet = any_internet(context, source, source_list)
    if internet is False or every is False:
        return False
    return all_of((internet, _has_ports(protocol), every, negate(_denied_before(context, None, protocol, priority, source, source_list))))


@predicate
def opens_unlisted_port(
    context: Context,
    source: Any = ABSENT,
    source_list: Any = ABSENT,
    ports: Any = ABSENT,
    port_list: Any = ABSENT,
    protocol: Any = ABSENT,
    priority: Any = ABSENT,
) -> Truth:
    """True when the rule lets the internet reach a port outside the parameter public_ports.

    What opens_every_port or opens_admin_port says already is not said again.
    """
    public = number_list(context, "public_ports", PUBLIC_PORTS)
    told = private_ports(context)

    def is_other(first: Any, last: Any) -> Truth:
        return all_of((holds_other_port(first, last, public), negate(holds_every_port(first, last)), negate(holds_port(first, last, told))))

    other = any_of(_of_range(item, is_other) for item in items([ports, port_list]))
    internet = any_internet(context, source, source_list)
    if internet is False or other is False:
        return False
    return all_of((internet, _has_ports(protocol), other, negate(_denied_before(context, None, protocol, priority, source, source_list))))


@predicate
def serves_only_gateways(context: Context) -> Truth:
    """True when the route table is given only to subnets that must reach the internet: Azure's own, or those named public."""
    table = context.resource
    if table.type == "azurerm_route":
        (tables, _), _ = pointed_at(
            context.estate, table.values.get("route_table_name", ABSENT), ["azurerm_route_table"], ("name",), table.address
        )
        if not tables:
            return is_named_public(context, table)
        table = tables[0]
    certain, _ = pointing_at(context.estate, table, ["azurerm_subnet_route_table_association"], "route_table_id", ("id",))
    subnets: list[Resource] = []
    for association in certain:
        subnets += pointed_at(
            context.estate, association.values.get("subnet_id", ABSENT), ["azurerm_subnet"], ("id",), association.address
        )[0][0]
    return is_named_public(context, table) or (bool(subnets) and all(_is_azures_own(s) or is_named_public(context, s) for s in subnets))


def _is_azures_own(subnet: Resource) -> bool:
    name = subnet.values.get("name")
    return isinstance(name, str) and name.startswith(("Azure", "Gateway", "RouteServer"))


def _of_range(written: Any, test: Callable[[Any, Any], Truth]) -> Truth:
    """`test` of the ends of "22", "20-30", "*", or a number; of each part where commas separate several."""

    def known(value: Any) -> Truth:
        if not isinstance(value, str):
            return test(value, value)
        return any_of(test(*_ends(part)) for part in value.split(","))

    return each_value(written, known)


def _ends(text: str) -> tuple[int, int]:
    text = text.strip()
    if text in ("*", "any", "Any"):
        return 0, 65535
    first, dash, last = text.partition("-")
    low, high = port_number(first), port_number(last if dash else first)
    return (-2, -2) if low is None or high is None else (low, high)  # no port: in no range


def _holds(ports: Any, port_list: Any, port: int) -> Truth:
    return any_of(_of_range(item, lambda first, last: holds_port(first, last, [port])) for item in items([ports, port_list]))


def _has_ports(protocol: Any) -> Truth:
    """True for Tcp, Udp and *; Icmp, Esp and Ah have no ports."""
    return each_value(protocol, lambda known: known is ABSENT or str(known).lower() in ("tcp", "udp", "*", "any"))


def _denied_before(context: Context, port: int | None, protocol: Any, priority: Any, source: Any, source_list: Any) -> Truth:
    """True when a rule of the same group with a smaller priority number denies this port (None: every port) to the same source."""
    return any_of(
        all_of(
            (
                _is(rule, "access", "deny"),
                _is(rule, "direction", "inbound"),
                _comes_before(rule.get("priority", ABSENT), priority),
                _covers_protocol(rule.get("protocol", ABSENT), protocol),
                _covers_source(rule, source, source_list),
                _covers_port(rule, port),
                _covers_destination(rule),
            )
        )
        for rule in _siblings(context)
    )


def _is(rule: dict[str, Any], name: str, word: str) -> Truth:
    return each_value(rule.get(name, ABSENT), lambda known: str(known).lower() == word)


def _comes_before(first: Any, second: Any) -> Truth:
    def test(one: Any) -> Truth:
        number = port_number(one)

        def test_other(other: Any) -> bool:
            limit = port_number(other)
            return number is not None and limit is not None and number < limit

        return each_value(second, test_other)

    return each_value(first, test)


def _covers_protocol(deny: Any, allow: Any) -> Truth:
    """Administration and databases speak TCP: a rule that denies TCP takes them away from a rule that allows everything."""
    return each_value(
        deny, lambda one: str(one).lower() in ("*", "any", "tcp") or each_value(allow, lambda other: str(other).lower() == str(one).lower())
    )


def _covers_source(rule: dict[str, Any], source: Any, source_list: Any) -> Truth:
    denied = [rule.get("source_address_prefix", ABSENT), rule.get("source_address_prefixes", ABSENT)]
    return any_of(
        each_value(item, lambda known: str(known).lower() in _EVERYBODY or (known == source and source_list is ABSENT))
        for item in items(denied)
    )


def _covers_port(rule: dict[str, Any], port: int | None) -> Truth:
    ports, port_list = rule.get("destination_port_range", ABSENT), rule.get("destination_port_ranges", ABSENT)
    if port is None:
        return any_of(_of_range(item, holds_every_port) for item in items([ports, port_list]))
    return _holds(ports, port_list, port)


def _covers_destination(rule: dict[str, Any]) -> Truth:
    """A rule that denies only some destinations leaves the others open."""
    for name in ("destination_application_security_group_ids", "destination_address_prefixes"):
        value = rule.get(name)
        if value:
            return Unknown(value.reason, value.expression) if isinstance(value, Unknown) else False
    return each_value(
        rule.get("destination_address_prefix", ABSENT),
        lambda known: known is ABSENT or str(known).lower() in ("*", "virtualnetwork", "any"),
    )


def _siblings(context: Context) -> Iterator[dict[str, Any]]:
    """Every rule of the group, inline and separate; a rule that may not exist, or whose group is not certain, as an Unknown priority."""
    estate, resource = context.estate, context.resource
    if "/" in resource.type:
        yield from _arm_siblings(context)
        return
    group: Resource | None = resource
    if resource.type == _RULE:
        name = resource.values.get("network_security_group_name", ABSENT)
        (groups, _), _ = pointed_at(estate, name, [_GROUP], ("name",), resource.address)
        group = groups[0] if groups else None
        if group is None:  # the group is declared elsewhere: the rules that name it alike
            module = resource.address.partition(_RULE)[0]
            for rule in estate.of_type(_RULE):
                same_module = rule.address.partition(_RULE)[0] == module or not isinstance(name, Unknown)
                if same_module and name is not ABSENT and rule.values.get("network_security_group_name", ABSENT) == name:
                    yield rule.values
            return
    if group is None:
        return
    for item in items(group.values.get("security_rule", ABSENT)):
        if isinstance(item, dict):
            yield item
        elif isinstance(item, Unknown):
            yield _anything(item)
    certain, possible = pointing_at(estate, group, [_RULE], "network_security_group_name", ("name",))
    for rule in certain:
        yield {**rule.values, "access": Unknown("condition-undetermined", rule.address)} if rule.conditional else rule.values
    for rule in possible:
        yield {**rule.values, "access": Unknown("known-after-apply", rule.address)}


def _arm_siblings(context: Context) -> Iterator[dict[str, Any]]:
    """The same of an ARM template: `properties.securityRules` of the group, and the child resources whose parent it is."""
    estate, resource = context.estate, context.resource
    group: Resource | None = resource
    if resource.type.casefold() == _ARM_RULE.casefold():
        parent = resource.values.get("parent", ABSENT)
        (groups, _), _ = pointed_at(estate, parent, [_ARM_GROUP], ("id",), resource.address)
        group = groups[0] if groups else None
        if group is None:
            for rule in estate.of_type(_ARM_RULE):
                if parent is not ABSENT and rule.values.get("parent", ABSENT) == parent:
                    yield _arm_rule(rule.values)
            return
    if group is None:
        return
    properties = group.values.get("properties")
    written = properties.get("securityRules", ABSENT) if isinstance(properties, dict) else properties
    for item in items(written):
        if isinstance(item, dict):
            yield _arm_rule(item)
        elif isinstance(item, Unknown):
            yield _anything(item)
    certain, possible = pointing_at(estate, group, [_ARM_RULE], "parent", ("id",))
    for rule in certain:
        judged = _arm_rule(rule.values)
        yield {**judged, "access": Unknown("condition-undetermined", rule.address)} if rule.conditional else judged
    for rule in possible:
        yield {**_arm_rule(rule.values), "access": Unknown("known-after-deploy", rule.address)}


def _arm_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule under the names that Terraform has for its attributes."""
    properties = rule.get("properties", ABSENT)
    if isinstance(properties, Unknown):
        return _anything(properties)
    if not isinstance(properties, dict):
        return {}
    return {name: properties[arm] for name, arm in _ARM_NAMES.items() if arm in properties}


def _anything(unknown: Unknown) -> dict[str, Any]:
    """A rule of which nothing is known."""
    names = ("access", "direction", "priority", "protocol", "source_address_prefix", "destination_port_range", "destination_address_prefix")
    return dict.fromkeys(names, Unknown(unknown.reason, unknown.expression))


# What is the case when the predicate is true, for messages.
WORDS = {
    "opens_admin_port": Text(
        "lets the internet reach an administration or database port", "インターネットから管理用ポート又はデータベースのポートに到達できます"
    ),
    "opens_every_port": Text("lets the internet in on every port", "インターネットから全てのポートへの通信を許可しています"),
    "opens_unlisted_port": Text(
        "lets the internet reach a port that is not meant for the public",
        "公開用として定めたポート以外にインターネットから到達できます",
    ),
}
