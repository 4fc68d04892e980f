"""Subnets and the way to the internet."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context, routing
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

PLACE = Span("/main.tf")
UNKNOWN = Unknown("variable-without-value", "var.x")


def resource(type: str, name: str, /, conditional: bool = False, **values: Any) -> Resource:
    return Resource(type, name if "::" in type else f"{type}.{name}", values, PLACE, conditional=conditional)


def ref(address: str, attribute: str = "id") -> Unknown:
    return Unknown("known-after-apply", f"{address}.{attribute}", (address,))


def context(subject: Resource, *others: Resource, opaque: tuple[str, ...] = (), **parameters: Any) -> Context:
    return Context(Estate("/", "terraform", "hcl", [subject, *others], opaque=opaque), subject, {}, parameters)


VPC = resource("aws_vpc", "v")
GATEWAY = resource("aws_internet_gateway", "g", vpc_id=ref("aws_vpc.v"))
SUBNET = resource("aws_subnet", "app", vpc_id=ref("aws_vpc.v"))
OUT = {"cidr_block": "0.0.0.0/0", "gateway_id": ref("aws_internet_gateway.g")}


def table(*routes: dict[str, Any], **others: Any) -> Resource:
    return resource("aws_route_table", "t", route=list(routes), **others)


def association(subnet: Any = None, to: Any = None, **others: Any) -> Resource:
    subnet = ref("aws_subnet.app") if subnet is None else subnet
    return resource("aws_route_table_association", "a", subnet_id=subnet, route_table_id=to or ref("aws_route_table.t"), **others)


def route(to: str = "aws_route_table.t", attribute: str = "id", **others: Any) -> Resource:
    given = {"destination_cidr_block": "0.0.0.0/0", "gateway_id": ref("aws_internet_gateway.g"), **others}
    return resource("aws_route", "r", route_table_id=ref(to, attribute), **given)


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        # its own table
        ([VPC, GATEWAY, table(OUT), association()], True),
        ([VPC, GATEWAY, table({"ipv6_cidr_block": "::/0", "gateway_id": ref("aws_internet_gateway.g")}), association()], True),
        ([VPC, GATEWAY, table({"cidr_block": "0.0.0.0/1", "gateway_id": ref("aws_internet_gateway.g")}), association()], True),
        ([VPC, table({"cidr_block": "0.0.0.0/0", "gateway_id": "igw-1"}), association()], True),
        ([VPC, table({"cidr_block": "0.0.0.0/0", "gateway_id": "", "nat_gateway_id": "nat-1"}), association()], False),
        ([VPC, table({"ipv6_cidr_block": "::/0", "egress_only_gateway_id": "eigw-1"}), association()], False),
        ([VPC, table({"cidr_block": "0.0.0.0/0", "gateway_id": "vgw-1"}), association()], False),
        ([VPC, GATEWAY, table({"cidr_block": "203.0.113.0/24", "gateway_id": ref("aws_internet_gateway.g")}), association()], False),
        ([VPC, table(), association()], False),
        ([VPC, table({"cidr_block": "0.0.0.0/0", "gateway_id": UNKNOWN}), association()], None),
        (
            [
                VPC,
                table({"cidr_block": "0.0.0.0/0", "gateway_id": ref("aws_vpn_gateway.n")}),
                resource("aws_vpn_gateway", "n"),
                association(),
            ],
            False,
        ),
        ([VPC, GATEWAY, table(UNKNOWN), association()], None),  # type: ignore[arg-type]
        # separate routes
        ([VPC, GATEWAY, table(), association(), route()], True),
        ([VPC, GATEWAY, table(), association(), route(gateway_id=ABSENT)], False),
        ([VPC, GATEWAY, table(), association(), route(conditional=True)], None),
        ([VPC, GATEWAY, table(), association(), route("aws_route_table.other")], False),
        # the association
        ([VPC, GATEWAY, table(OUT), association(conditional=True)], None),
        ([VPC, association(to=UNKNOWN)], None),
        ([VPC, GATEWAY, table(OUT), association(subnet=UNKNOWN)], None),
        ([VPC, table(), association(subnet=UNKNOWN)], False),
        ([table(), association()], False),
        # the main table
        ([VPC], False),
        ([], None),
        ([VPC, GATEWAY, resource("aws_default_route_table", "d", default_route_table_id=ref("aws_vpc.v"), route=[OUT])], True),
        ([VPC, GATEWAY, resource("aws_default_route_table", "d", default_route_table_id=ref("aws_vpc.v"), route=[])], False),
        ([VPC, GATEWAY, route("aws_vpc.v", "main_route_table_id")], True),
        (
            [
                VPC,
                GATEWAY,
                table(OUT),
                resource("aws_main_route_table_association", "m", vpc_id=ref("aws_vpc.v"), route_table_id=ref("aws_route_table.t")),
            ],
            True,
        ),
    ],
)
def test_leads_to_internet(others: list[Resource], expected: bool | None) -> None:
    answer = routing.leads_to_internet(context(SUBNET, *others))
    assert answer is expected if expected is not None else isinstance(answer, Unknown)


def test_a_module_that_is_not_on_disk_may_add_the_route() -> None:
    assert isinstance(routing.leads_to_internet(context(SUBNET, VPC, opaque=("aws_vpc.v",))), Unknown)
    answer = routing.leads_to_internet(context(SUBNET, VPC, table(), association(), opaque=("aws_route_table.t",)))
    assert isinstance(answer, Unknown)


def test_default_subnets_lead_to_the_internet() -> None:
    assert routing.leads_to_internet(context(resource("aws_default_subnet", "d"))) is True
    in_default = resource("aws_subnet", "app", vpc_id=ref("aws_default_vpc.v"))
    assert routing.leads_to_internet(context(in_default, resource("aws_default_vpc", "v"))) is True


def test_cloudformation() -> None:
    subnet = resource("AWS::EC2::Subnet", "App", VpcId=ref("Vpc"))
    others = [
        resource("AWS::EC2::VPC", "Vpc"),
        resource("AWS::EC2::InternetGateway", "Gateway"),
        resource("AWS::EC2::RouteTable", "Table"),
        resource("AWS::EC2::SubnetRouteTableAssociation", "Association", SubnetId=ref("App"), RouteTableId=ref("Table")),
    ]
    out = resource("AWS::EC2::Route", "Route", RouteTableId=ref("Table"), DestinationIpv6CidrBlock="::/0", GatewayId=ref("Gateway"))
    assert routing.leads_to_internet(context(subnet, *others)) is False
    assert routing.leads_to_internet(context(subnet, *others, out)) is True
    assert routing.leads_to_internet(context(subnet, others[0])) is False
    assert isinstance(routing.leads_to_internet(context(subnet)), Unknown)


def test_workloads_say_nothing_of_subnets_that_cannot_be_told() -> None:
    host = resource("aws_instance", "h")
    public = context(host, SUBNET, VPC, GATEWAY, table(OUT), association())
    private = context(host, SUBNET, VPC)
    unclear = context(host, SUBNET)
    subnets = [ref("aws_subnet.app")]
    assert routing.in_public_subnet(public, subnets=subnets) is True
    assert routing.in_public_subnet(private, subnets=subnets) is False
    assert [routing.subnets_judged(c, subnets=subnets) for c in (public, private, unclear)] == [True, True, False]
    assert routing.subnets_judged(private, subnets=["subnet-1"]) is False
    assert routing.subnets_declared(unclear, subnets=subnets) is True
    assert routing.subnets_declared(unclear, subnets=UNKNOWN) is False
    assert routing.subnets_declared(unclear) is False


@pytest.mark.parametrize(
    ("subnet", "expected"),
    [
        (resource("aws_subnet", "public"), True),
        (resource("aws_subnet", "public[0]"), True),
        (resource("aws_subnet", 'this["public-a"]'), True),
        (resource("aws_subnet", 'this["10.0.0.0/24"]', tags={"Name": "dmz-1a"}), True),
        (resource("aws_subnet", "this", tags={"Tier": "Public"}), True),
        (resource("aws_subnet", "this", tags={"Name": Unknown("x", "e", partial="${…}-public-1a")}), True),
        (resource("aws_subnet", "this", tags=Unknown("x", "merge", partial={"Name": "ingress"})), True),
        (resource("aws_subnet", "this", tags={"kubernetes.io/role/elb": "1"}), True),
        (resource("aws_subnet", "this", tags={"Name": "公開用"}), True),
        (Resource("aws_subnet", "module.public_subnets.aws_subnet.this[0]", {}, PLACE), True),
        (resource("AWS::EC2::Subnet", "PublicSubnetOne"), True),
        (resource("AWS::EC2::Subnet", "DMZSubnet"), True),
        (resource("AWS::EC2::Subnet", "Subnet1", Tags=[{"Key": "Name", "Value": "city-public-1a"}]), True),
        (resource("aws_subnet", "public", tags={"Name": "private-1a"}), False),
        (Resource("aws_subnet", "module.public.aws_subnet.private", {}, PLACE), False),
        (resource("aws_subnet", "this", tags={"kubernetes.io/role/internal-elb": "1", "Name": "x"}), False),
        (resource("aws_subnet", "app"), False),
        (resource("aws_subnet", "republican"), False),
        (resource("aws_subnet", "elbow"), False),
        (resource("aws_subnet", "this", tags=UNKNOWN), False),
    ],
)
def test_marked_public(subnet: Resource, expected: bool) -> None:
    assert routing.marked_public(context(subnet)) is expected


def test_the_marks_are_the_customers() -> None:
    assert routing.marked_public(context(resource("aws_subnet", "outer"), public_subnet_marks=["outer"])) is True
    assert routing.marked_public(context(resource("aws_subnet", "public"), public_subnet_marks=["outer"])) is False


@pytest.mark.parametrize(
    ("subject", "others", "expected"),
    [
        (association("subnet-1"), [GATEWAY, table(OUT)], True),
        (association("subnet-1"), [table()], False),
        (association("subnet-1"), [], None),
        (association(Unknown("x", "var.public_subnet_id")), [GATEWAY, table(OUT)], False),
        (association(), [SUBNET, VPC, GATEWAY, table(OUT)], False),  # the subnet is judged itself
        (association(ABSENT), [GATEWAY, table(OUT)], False),
    ],
)
def test_association_exposes(subject: Resource, others: list[Resource], expected: bool | None) -> None:
    answer = routing.association_exposes(context(subject, *others), table=subject.values["route_table_id"])
    assert answer is expected if expected is not None else isinstance(answer, Unknown)


@pytest.mark.parametrize(
    ("subject", "others", "expected"),
    [
        (route(), [GATEWAY, table()], False),  # the subnets of the table are judged
        (route(), [GATEWAY], None),
        (route(gateway_id="vgw-1"), [], False),
        (route(destination_cidr_block="10.0.0.0/8"), [GATEWAY], False),
        (resource("aws_route", "public", route_table_id=UNKNOWN, destination_cidr_block="0.0.0.0/0", gateway_id="igw-1"), [], False),
    ],
)
def test_route_exposes(subject: Resource, others: list[Resource], expected: bool | None) -> None:
    answer = routing.route_exposes(context(subject, *others), gateway=subject.values["gateway_id"])
    assert answer is expected if expected is not None else isinstance(answer, Unknown)


def test_main_table_exposes() -> None:
    main = resource("aws_default_route_table", "d", default_route_table_id=ref("aws_vpc.v"), route=[OUT])
    quiet = resource("aws_default_route_table", "d", default_route_table_id=ref("aws_vpc.v"), route=[])
    ordinary = table(OUT, vpc_id=ref("aws_vpc.v"))
    made_main = resource("aws_main_route_table_association", "m", vpc_id=ref("aws_vpc.v"), route_table_id=ref("aws_route_table.t"))
    assert isinstance(routing.main_table_exposes(context(main, VPC, GATEWAY)), Unknown)
    assert routing.main_table_exposes(context(main, VPC, GATEWAY, SUBNET)) is False  # the subnet says it
    assert routing.main_table_exposes(context(quiet, VPC, GATEWAY)) is False
    assert routing.main_table_exposes(context(ordinary, VPC, GATEWAY)) is False
    assert isinstance(routing.main_table_exposes(context(ordinary, VPC, GATEWAY, made_main)), Unknown)


@pytest.mark.parametrize(
    ("subnet", "expected"),
    [
        (resource("aws_subnet", "app", map_public_ip_on_launch=True), True),
        (resource("aws_subnet", "app", map_public_ip_on_launch="false"), False),
        (resource("aws_subnet", "app"), False),
        (resource("aws_subnet", "app", map_public_ip_on_launch=UNKNOWN), None),
        (None, None),
    ],
)
def test_gives_public_address(subnet: Resource | None, expected: bool | None) -> None:
    host = resource("aws_instance", "h")
    answer = routing.gives_public_address(context(host, *([subnet] if subnet else [])), subnets=ref("aws_subnet.app"))
    assert answer is expected if expected is not None else isinstance(answer, Unknown)


def test_default_subnets_give_an_address() -> None:
    host, default = resource("aws_instance", "h"), resource("aws_default_subnet", "d")
    assert routing.gives_public_address(context(host, default), subnets=ref("aws_default_subnet.d")) is True


def test_subnet_groups() -> None:
    database = resource("aws_db_instance", "d")
    subnets = resource("aws_db_subnet_group", "g", name="g", subnet_ids=[ref("aws_subnet.app")])
    assert routing.subnet_group_is_public(context(database, subnets, SUBNET, VPC, GATEWAY, table(OUT), association()), group="g") is True
    assert routing.subnet_group_is_public(context(database, subnets, SUBNET, VPC), group="g") is False
    assert routing.subnet_group_is_public(context(database, subnets, SUBNET), group="g") is False
    assert routing.subnet_group_is_public(context(database), group=UNKNOWN) is False


ROUTES = st.fixed_dictionaries(
    {
        "cidr_block": st.sampled_from(["0.0.0.0/0", "10.0.0.0/8", "0.0.0.0/1"]),
        "gateway_id": st.sampled_from([ref("aws_internet_gateway.g"), "vgw-1", "igw-1", ""]),
    }
)


@given(routes=st.lists(ROUTES, max_size=3), hidden=st.sets(st.tuples(st.integers(0, 2), st.sampled_from(["cidr_block", "gateway_id"]))))
def test_a_definite_answer_stays(routes: list[dict[str, Any]], hidden: set[tuple[int, str]]) -> None:
    partly = [
        {name: UNKNOWN if (index, name) in hidden else value for name, value in given_route.items()}
        for index, given_route in enumerate(routes)
    ]
    answer = routing.leads_to_internet(context(SUBNET, VPC, GATEWAY, table(*partly), association()))
    assert isinstance(answer, Unknown) or answer is routing.leads_to_internet(context(SUBNET, VPC, GATEWAY, table(*routes), association()))
