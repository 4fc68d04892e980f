"""Which ranges are the internet, and which ports a range holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context
from cloudpolicy.evaluate.predicates.addresses import (
    any_internet,
    holds_every_port,
    holds_other_port,
    holds_port,
    ipv4,
    is_internet,
    port_number,
)
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

PLACE = Span("/main.tf")
UNKNOWN = Unknown("variable-without-value", "var.x")


def context(*resources: Resource, **parameters: Any) -> Context:
    subject = Resource("aws_security_group", "aws_security_group.x", {}, PLACE)
    return Context(Estate("/", "terraform", "hcl", [subject, *resources]), subject, {}, parameters)


@pytest.mark.parametrize(
    "source",
    [
        "0.0.0.0/0",
        "::/0",
        "0:0:0:0:0:0:0:0/0",
        "0.0.0.0/1",
        "128.0.0.0/1",
        "8.0.0.0/7",
        "1.0.0.0/8",
        "2000::/3",
        "2001::/16",
        "10.0.0.0/0",
        "10.0.0.0/7",
        "*",
        "Internet",
        "ANY",
        "0.0.0.0",
        "/0",
        " 0.0.0.0/0 ",
    ],
)
def test_the_internet(source: str) -> None:
    assert is_internet(context(), source) is True


@pytest.mark.parametrize(
    "source",
    [
        "10.0.0.0/8",
        "127.0.0.0/8",
        "0.0.0.0/8",
        "224.0.0.0/3",
        "240.0.0.0/4",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "203.0.113.0/24",
        "133.0.0.0/9",
        "fc00::/7",
        "fd00::/8",
        "fe80::/10",
        "2001:db8::/32",
        "::1/128",
        "VirtualNetwork",
        "AzureLoadBalancer",
        "sg-12345678",
        "300.0.0.0/1",
        "x/y",
        "zz::/3",
        "",
        None,
        5,
    ],
)
def test_not_the_internet(source: object) -> None:
    assert is_internet(context(), source) is False


def test_the_parameters_move_the_limit() -> None:
    assert is_internet(context(internet_prefix_v4=4), "1.0.0.0/8") is False
    assert is_internet(context(internet_prefix_v4=24), "203.0.113.0/24") is True
    assert is_internet(context(internet_prefix_v4=32), "192.168.1.0/24") is False
    assert is_internet(context(internet_prefix_v6=2), "2000::/3") is False


def test_an_unknown_range_of_which_the_length_is_written() -> None:
    assert is_internet(context(), Unknown("data-source", "e", partial="${…}/32")) is False
    assert is_internet(context(), Unknown("data-source", "e", partial="${…}/0")) is True
    assert isinstance(is_internet(context(), Unknown("data-source", "e", partial="${…}/${…}")), Unknown)
    assert isinstance(is_internet(context(), Unknown("data-source", "e", partial="${…}/4")), Unknown)


def test_the_range_of_a_vpc_is_never_the_internet() -> None:
    vpc = Resource("aws_vpc", "aws_vpc.main", {}, PLACE)
    group = Resource("aws_eip", "aws_eip.main", {}, PLACE)
    assert is_internet(context(vpc), Unknown("variable-without-value", "var.cidr", ("aws_vpc.main",))) is False
    assert is_internet(context(), Unknown("data-source", "data.aws_vpc.main.cidr_block")) is False
    assert isinstance(is_internet(context(vpc, group), Unknown("known-after-apply", "e", ("aws_vpc.main", "aws_eip.main"))), Unknown)


def test_choices_and_lists() -> None:
    both = Unknown("condition-undetermined", "c ? a : b", choices=("0.0.0.0/0", "::/0"))
    either = Unknown("condition-undetermined", "c ? a : b", choices=("10.0.0.0/8", ["0.0.0.0/0"]))
    none = Unknown("condition-undetermined", "c ? a : b", choices=(ABSENT, ["10.0.0.0/8"]))
    assert any_internet(context(), both) is True
    assert any_internet(context(), either) is either
    assert any_internet(context(), none) is False
    assert any_internet(context(), [UNKNOWN, "0.0.0.0/0"]) is True
    assert any_internet(context(), ["10.0.0.0/8", UNKNOWN]) is UNKNOWN
    assert any_internet(context(), ABSENT, [], None, "") is False


def test_a_list_that_may_hold_more_than_is_known() -> None:
    some = Unknown("variable-without-value", "concat(a, var.b)", partial=["10.0.0.0/8", UNKNOWN])
    assert isinstance(any_internet(context(), some), Unknown)
    assert isinstance(any_internet(context(), Unknown("data-source", "e", partial=["10.0.0.0/8"])), Unknown)
    assert any_internet(context(), Unknown("data-source", "e", partial=["::/0"])) is True


@pytest.mark.parametrize(
    ("written", "number"),
    [(22, 22), ("22", 22), (" 22", 22), ("-1", -1), (22.0, 22), (22.5, None), (True, None), ("ssh", None), (None, None), ("", None)],
)
def test_port_number(written: object, number: int | None) -> None:
    assert port_number(written) == number


@pytest.mark.parametrize("text", ["1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.x", "1.2.3.-4", "0001.2.3.4", ""])
def test_what_is_no_address(text: str) -> None:
    assert ipv4(text) is None


def test_ipv4() -> None:
    assert ipv4("1.2.3.4") == 0x01020304


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (22, 22, True),
        ("20", "30", True),
        (0, 65535, True),
        (-1, -1, True),
        (0, -1, True),
        (22, ABSENT, True),
        (ABSENT, 22, True),
        (ABSENT, ABSENT, True),
        (443, 443, False),
        (23, 3388, False),
        (30, 20, False),
        ("x", "y", False),
        (UNKNOWN, 21, False),
        (3390, UNKNOWN, False),
    ],
)
def test_holds_port(low: object, high: object, expected: bool) -> None:
    assert holds_port(low, high, [22, 3389]) is expected


def test_one_unknown_port_is_the_same_at_both_ends() -> None:
    choice = Unknown("condition-undetermined", "each.value", choices=(80, 443))
    assert holds_port(choice, choice, [135, 445]) is False
    assert holds_other_port(choice, choice, [80, 443]) is False
    assert holds_every_port(choice, choice) is False
    assert holds_port(UNKNOWN, UNKNOWN, [22]) is UNKNOWN
    assert holds_port(20, UNKNOWN, [22]) is UNKNOWN


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 65535, True), (1, 65535, True), (-1, -1, True), (ABSENT, ABSENT, True), (1024, 65535, False), (443, 443, False), (0, 1024, False)],
)
def test_holds_every_port(low: object, high: object, expected: bool) -> None:
    assert holds_every_port(low, high) is expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (80, 80, False),
        (443, ABSENT, False),
        (80, 81, True),
        (80, 443, True),
        (8080, 8080, True),
        (-1, -1, True),
        (5, 4, False),
        ("x", 4, False),
    ],
)
def test_holds_other_port(low: object, high: object, expected: bool) -> None:
    assert holds_other_port(low, high, [80, 443]) is expected


PORTS = st.one_of(st.integers(-1, 65535), st.sampled_from([ABSENT, "22", "443", -1, 0, 65535]))


@given(low=PORTS, high=PORTS, hide_low=st.booleans(), hide_high=st.booleans())
def test_a_definite_answer_about_ports_stays(low: object, high: object, hide_low: bool, hide_high: bool) -> None:
    given_low = Unknown("x", "var.low") if hide_low else low
    given_high = Unknown("x", "var.high") if hide_high else high
    for test in (
        lambda a, b: holds_port(a, b, [22, 3389]),
        lambda a, b: holds_other_port(a, b, [80, 443]),
        holds_every_port,
    ):
        answer = test(given_low, given_high)
        assert isinstance(answer, Unknown) or answer is test(low, high)


@given(st.integers(0, 2**32 - 1), st.integers(0, 32))
def test_private_ranges_are_never_the_internet_and_short_public_ones_always(address: int, prefix: int) -> None:
    import ipaddress

    network = ipaddress.ip_network((address >> (32 - prefix) << (32 - prefix), prefix))
    answer = is_internet(context(), str(network))
    if prefix > 8 or (network.is_private and prefix):
        assert answer is False
    elif not (network.is_private or int(network.network_address) >= 0xE0000000):  # multicast and reserved
        assert answer is True
