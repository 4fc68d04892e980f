"""Whatever a template writes, the network predicates answer and never raise."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context, azure_network, network, routing
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

PLACE = Span("/main.tf")
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 70000),
    st.floats(allow_nan=True),
    st.text(max_size=12),
    st.sampled_from(["0.0.0.0/0", "::/0", "10.0.0.0/8", "22", "-1", "*", "igw-1", "a", ABSENT]),
    st.builds(Unknown, st.just("x"), st.just("var.x"), st.just(()), st.sampled_from([None, "${…}/32", ["::/0"], {"a": 1}])),
    st.builds(Unknown, st.just("x"), st.just("var.x"), st.sampled_from([(), ("aws_subnet.a",)]), st.none(), st.just((ABSENT, "::/0", 3))),
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)), max_leaves=5
)
ARGUMENTS = {
    network.opens_admin_port: ("protocol", "from_port", "to_port", "cidrs", "ipv6_cidrs", "prefix_lists"),
    network.opens_every_port: ("protocol", "from_port", "to_port", "cidrs", "ipv6_cidrs", "prefix_lists"),
    network.opens_unlisted_port: ("protocol", "from_port", "to_port", "cidrs", "ipv6_cidrs", "prefix_lists"),
    network.groups_admit_internet: ("groups",),
    network.is_default_group: ("group",),
    network.is_wide_range: ("first", "last"),
    network.admits_wide_ranges: ("ranges",),
    azure_network.opens_admin_port: ("source", "source_list", "ports", "port_list", "protocol", "priority"),
    azure_network.opens_every_port: ("source", "source_list", "ports", "port_list", "protocol", "priority"),
    azure_network.opens_unlisted_port: ("source", "source_list", "ports", "port_list", "protocol", "priority"),
    routing.in_public_subnet: ("subnets",),
    routing.subnets_judged: ("subnets",),
    routing.subnets_declared: ("subnets",),
    routing.names_no_subnet: ("subnets",),
    routing.gives_public_address: ("subnets",),
    routing.subnet_group_is_public: ("group",),
}
WRITTEN = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("ingress", "route", "security_rule", "tags", "Tags", "name", "vpc_id", "entry"), VALUES)
)


def an_answer(answer: Any) -> bool:
    return answer is True or answer is False or isinstance(answer, Unknown)


@given(st.data())
def test_every_predicate_answers(data: st.DataObject) -> None:
    subject = Resource("azurerm_network_security_group", "azurerm_network_security_group.g", {"name": "g"} | data.draw(WRITTEN), PLACE)
    group = Resource("aws_security_group", "aws_security_group.a", {"name": "a"} | data.draw(WRITTEN), PLACE)
    subnet = Resource("aws_subnet", "aws_subnet.a", data.draw(WRITTEN), PLACE)
    context = Context(Estate("/", "terraform", "hcl", [subject, group, subnet]), subject, {}, {})
    predicate, names = data.draw(st.sampled_from(sorted(ARGUMENTS.items(), key=lambda item: str(item[0]))))
    assert an_answer(predicate(context, **{name: data.draw(VALUES) for name in names}))


@given(values=WRITTEN, routes=VALUES)
def test_subnets_and_tables_of_any_shape(values: dict[str, Any], routes: Any) -> None:
    subnet = Resource("aws_subnet", "aws_subnet.a", values, PLACE)
    table = Resource("aws_route_table", "aws_route_table.a", {**values, "route": routes}, PLACE)
    link = {"subnet_id": Unknown("x", "e", ("aws_subnet.a",)), "route_table_id": Unknown("x", "e", ("aws_route_table.a",))}
    association = Resource("aws_route_table_association", "aws_route_table_association.a", link, PLACE)
    context = Context(Estate("/", "terraform", "hcl", [subnet, table, association]), subnet, {}, {})
    assert an_answer(routing.leads_to_internet(context))
    assert an_answer(routing.marked_public(context))
