"""Rules of network access control lists: who may come in on which ports, after the rules of a smaller number have had their say.

A rule's arguments are the same for inline rules and separate ones: `number`, `protocol`, `from_port`, `to_port`, `cidr` and `ipv6_cidr`.
"""

from __future__ import annotations

from cloudpolicy.evaluate.links import pointed_at, pointing_at
from cloudpolicy.evaluate.logic import all_of, any_of, negate
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.evaluate.predicates.addresses import (
    any_internet,
    each_value,
    holds_every_port,
    holds_port,
    items,
    port_number,
)
from cloudpolicy.evaluate.predicates.network import private_ports
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context
    from cloudpolicy.model import Resource

_LISTS = ("aws_network_acl", "aws_default_network_acl", "AWS::EC2::NetworkAcl")
# Separate rules: type -> attribute of the list, names of number, action, protocol, egress, ranges. Ports differ: see _ports.
_SEPARATE = {
    "aws_network_acl_rule": ("network_acl_id", ("rule_number", "rule_action", "protocol", "egress", "cidr_block", "ipv6_cidr_block")),
    "AWS::EC2::NetworkAclEntry": ("NetworkAclId", ("RuleNumber", "RuleAction", "Protocol", "Egress", "CidrBlock", "Ipv6CidrBlock")),
}
_INLINE = ("rule_no", "action", "protocol", "", "cidr_block", "ipv6_cidr_block")
_EPHEMERAL = (1024, 60999)  # a list remembers no connections: answers from the internet need such a range


@predicate
def admits_admin_port(
    context: Context,
    number: Any = ABSENT,
    protocol: Any = ABSENT,
    from_port: Any = ABSENT,
    to_port: Any = ABSENT,
    cidr: Any = ABSENT,
    ipv6_cidr: Any = ABSENT,
) -> Truth:
    """True when the rule lets the internet reach an administration or database port (parameters admin_ports, db_ports).

    A range for the answers to connections from inside, such as 1024-65535, does not count.
    """
    internet = any_internet(context, cidr, ipv6_cidr)
    if internet is False or _is_for_answers(protocol, from_port, to_port):
        return False
    ports = private_ports(context)
    before = [rule for rule in _rules(context) if _denies(rule, number, ipv6=cidr is ABSENT) is not False]
    reached = any_of(
        all_of(
            (
                _holds(protocol, from_port, to_port, port),
                negate(any_of(all_of((_denies(rule, number, cidr is ABSENT), _covers(context, rule, port))) for rule in before)),
            )
        )
        for port in ports
    )
    return all_of((internet, reached))


@predicate
def opens_everything(
    context: Context, protocol: Any = ABSENT, from_port: Any = ABSENT, to_port: Any = ABSENT, cidr: Any = ABSENT, ipv6_cidr: Any = ABSENT
) -> Truth:
    """True when the rule lets everything through, to or from the internet."""
    every = any_of((_is_any(protocol), all_of((_has_ports(protocol), holds_every_port(from_port, to_port)))))
    return all_of((any_internet(context, cidr, ipv6_cidr), every))


def _is_any(protocol: Any) -> Truth:
    return each_value(protocol, lambda known: str(known).strip().lower() in ("-1", "all"))


def _has_ports(protocol: Any) -> Truth:
    return each_value(protocol, lambda known: known is ABSENT or str(known).strip().lower() in ("tcp", "udp", "6", "17"))


def _holds(protocol: Any, from_port: Any, to_port: Any, port: int) -> Truth:
    return any_of((_is_any(protocol), all_of((_has_ports(protocol), holds_port(from_port, to_port, [port])))))


def _is_for_answers(protocol: Any, from_port: Any, to_port: Any) -> bool:
    if isinstance(from_port, Unknown) or isinstance(to_port, Unknown) or _is_any(protocol) is not False:
        return False
    low, high = port_number(from_port), port_number(to_port)
    return low is not None and high is not None and low >= _EPHEMERAL[0] and high >= _EPHEMERAL[1]


def _denies(rule: tuple[Any, ...], number: Any, ipv6: bool) -> Truth:
    """Whether a rule of the list denies something inbound before the rule `number` has its say."""
    own, action, _, egress, _, _, cidr, ipv6_cidr = rule
    if (ipv6_cidr if ipv6 else cidr) is ABSENT:
        return False  # of the other address family
    return all_of(
        (
            each_value(action, lambda known: str(known).lower() == "deny"),
            each_value(egress, lambda known: str(known).lower() != "true"),
            each_value(own, lambda first: each_value(number, lambda second: _is_less(first, second))),
        )
    )


def _is_less(first: Any, second: Any) -> bool:
    one, other = port_number(first), port_number(second)
    return one is not None and other is not None and one < other


def _covers(context: Context, rule: tuple[Any, ...], port: int) -> Truth:
    _, _, protocol, _, from_port, to_port, cidr, ipv6_cidr = rule
    tcp = each_value(protocol, lambda known: str(known).strip().lower() in ("-1", "all", "tcp", "6"))
    return all_of((tcp, _holds(protocol, from_port, to_port, port), any_internet(context, cidr, ipv6_cidr)))


def _rules(context: Context) -> Iterator[tuple[Any, ...]]:
    """Every rule of the list that the judged rule stands in: (number, action, protocol, egress, from, to, range, IPv6 range)."""
    estate, resource = context.estate, context.resource
    if resource.type not in _SEPARATE:
        yield from _rules_of(context, resource)
        return
    by, names = _SEPARATE[resource.type]
    name = resource.values.get(by, ABSENT)
    (lists, _), _ = pointed_at(estate, name, _LISTS, ("id",), resource.address)
    if lists:
        for found in lists:
            yield from _rules_of(context, found)
        return
    for sibling in estate.of_type(resource.type):  # the list is declared elsewhere
        if name is not ABSENT and sibling.values.get(by, ABSENT) == name:
            yield _rule(sibling.values, names)


def _rules_of(context: Context, found: Resource) -> Iterator[tuple[Any, ...]]:
    for item in items(found.values.get("ingress", ABSENT)):
        if isinstance(item, dict):
            yield _rule(item, _INLINE)
        elif isinstance(item, Unknown):
            yield (Unknown(item.reason, item.expression),) * 8
    for type, (by, names) in _SEPARATE.items():
        certain, possible = pointing_at(context.estate, found, [type], by, ("id",))
        for rule in certain:
            yield _rule(rule.values, names, Unknown("condition-undetermined", rule.address) if rule.conditional else None)
        for rule in possible:
            yield _rule(rule.values, names, Unknown("known-after-apply", rule.address))


def _rule(values: dict[str, Any], names: tuple[str, ...], doubt: Unknown | None = None) -> tuple[Any, ...]:
    number, action, protocol, egress, cidr, ipv6_cidr = (values.get(name, ABSENT) for name in names)
    ports = values.get("PortRange", values)
    if isinstance(ports, Unknown):
        ports = {"From": ports, "To": ports}
    from_port = ports.get("From", ports.get("from_port", ABSENT)) if isinstance(ports, dict) else ABSENT
    to_port = ports.get("To", ports.get("to_port", ABSENT)) if isinstance(ports, dict) else ABSENT
    return (number, action if doubt is None else doubt, protocol, egress, from_port, to_port, cidr, ipv6_cidr)


# What is the case when the predicate is true, for messages.
WORDS = {
    "admits_admin_port": Text(
        "lets the internet reach an administration or database port", "インターネットから管理用ポート又はデータベースのポートに到達できます"
    ),
    "opens_everything": Text("lets everything through", "全ての通信を許可しています"),
}
