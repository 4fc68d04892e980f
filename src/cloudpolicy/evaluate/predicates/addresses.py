"""Address ranges and ports as templates write them, judged without being told everything: is this range the internet, is this port in it?

Not predicates themselves: `network`, `azure_network` and `routing` are made of these.
"""

from __future__ import annotations

from cloudpolicy.evaluate.logic import all_of, any_of, choose
from cloudpolicy.model import ABSENT, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context

# Ranges that no packet from the internet comes from (first address, prefix length).
_NOT_PUBLIC = (
    (0x00000000, 8),  # this network
    (0x0A000000, 8),  # RFC 1918
    (0x64400000, 10),  # RFC 6598, carrier-grade NAT
    (0x7F000000, 8),  # loopback
    (0xA9FE0000, 16),  # link local
    (0xAC100000, 12),  # RFC 1918
    (0xC0A80000, 16),  # RFC 1918
    (0xC6120000, 15),  # benchmarking
    (0xE0000000, 3),  # multicast and reserved
)
# IPv6 global unicast, 2000::/3, as the first 16 bits of its first and last address.
_GLOBAL_FIRST, _GLOBAL_LAST = 0x2000, 0x3FFF
# Types whose address range is theirs by size: a VPC is /16 at the widest, so it is never "the internet".
_BOUNDED_TYPES = frozenset(
    (
        *("aws_vpc", "aws_default_vpc", "aws_subnet", "aws_default_subnet", "data.aws_vpc", "data.aws_subnet"),
        *("AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::VPCCidrBlock"),
        *("azurerm_virtual_network", "azurerm_subnet"),
    )
)
ANY_SOURCE = ("*", "any", "internet", "0.0.0.0")


def each_value(value: Any, test: Callable[[Any], Truth]) -> Truth:
    """`test` of a value, or of every value that an unknown may take; `test` itself never sees an Unknown."""
    if not isinstance(value, Unknown):
        return test(value)
    if value.choices is None:
        return value
    return choose([each_value(choice, test) for choice in value.choices], value)


def items(value: Any) -> Iterator[Any]:
    """The elements of a list or of one plain value; nothing of an absent one; an Unknown stands for elements that are not known."""
    if value is ABSENT or value is None or value == "":
        return
    if isinstance(value, Unknown) and isinstance(value.partial, list):
        found = list(items(value.partial))
        yield from found
        if not any(isinstance(item, Unknown) for item in found):
            yield Unknown(value.reason, value.expression, value.references)  # it may hold more than is written
    elif isinstance(value, list):
        for item in value:
            yield from items(item)
    else:
        yield value


def any_internet(context: Context, *sources: Any) -> Truth:
    """True when one of the sources (a range, a list of them, absent) is the internet."""
    return any_of(is_internet(context, item) for source in sources for item in items(source))


def is_internet(context: Context, source: Any) -> Truth:
    """True for a public range so wide that it stands for the internet: 0.0.0.0/0, ::/0, but also 0.0.0.0/1.

    A range is taken by its prefix length (parameters internet_prefix_v4, internet_prefix_v6: this length or shorter).
    """
    if isinstance(source, Unknown):
        if source.choices is not None:
            return choose([any_internet(context, choice) for choice in source.choices], source)
        if _is_bounded(context, source):
            return False
        if isinstance(source.partial, str):
            return _of_partial(context, source, source.partial)
        return source
    return isinstance(source, str) and _is_wide(source.strip(), *_limits(context))


def _limits(context: Context) -> tuple[int, int]:
    parameters = context.parameters
    return int(parameters.get("internet_prefix_v4", 8)), int(parameters.get("internet_prefix_v6", 16))


def _is_wide(text: str, limit_v4: int, limit_v6: int) -> bool:
    address, slash, length = text.partition("/")
    if text.lower() in ANY_SOURCE or (slash and length == "0"):
        return True
    if not length.isdecimal():
        return False
    prefix = int(length)
    if ":" in address:
        return prefix <= min(limit_v6, 16) and _overlaps_global(address, prefix)
    if prefix > min(limit_v4, 32):
        return False
    first = ipv4(address)
    return first is not None and not any(
        prefix >= reserved_prefix and first >> (32 - reserved_prefix) == reserved >> (32 - reserved_prefix)
        for reserved, reserved_prefix in _NOT_PUBLIC
    )


def _overlaps_global(address: str, prefix: int) -> bool:
    """Whether the range holds global unicast addresses; only the first 16 bits are looked at."""
    head = address.split(":", 1)[0] or "0"
    try:
        first = int(head, 16) >> (16 - prefix) << (16 - prefix)
    except ValueError:
        return False
    return first <= _GLOBAL_LAST and first + (1 << (16 - prefix)) - 1 >= _GLOBAL_FIRST


def ipv4(text: str) -> int | None:
    """The address as a number; None when it is not a dotted quad."""
    parts = text.strip().split(".")
    if len(parts) != 4 or not all(part.isdecimal() and len(part) < 4 and int(part) < 256 for part in parts):
        return None
    return int(parts[0]) << 24 | int(parts[1]) << 16 | int(parts[2]) << 8 | int(parts[3])


def _of_partial(context: Context, source: Unknown, text: str) -> Truth:
    """A range of which only the prefix length is written, as in "${…}/32"."""
    _, slash, length = text.rpartition("/")
    if slash and length.isdecimal():
        if length == "0":
            return True
        if int(length) > max(_limits(context)):
            return False
    return source


def _is_bounded(context: Context, source: Unknown) -> bool:
    """True for the address range of a VPC or subnet, or a part of it, whatever it is."""
    targets = [context.estate.at(reference) for reference in source.references]
    if targets:
        return all(target is not None and target.type in _BOUNDED_TYPES for target in targets)
    return source.expression.startswith(("data.aws_vpc.", "data.aws_subnet."))


def port_number(value: Any) -> int | None:
    """A port as a number, written as number or text; None when it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.strip().lstrip("-").isdecimal():
        return int(value)
    return None


def holds_port(from_port: Any, to_port: Any, ports: list[int]) -> Truth:
    """True when one of `ports` is in the range. A missing end is the other end; both missing, or -1, is every port."""
    if from_port is ABSENT and to_port is ABSENT:
        return bool(ports)
    low = to_port if from_port is ABSENT else from_port
    high = from_port if to_port is ABSENT else to_port
    if isinstance(low, Unknown) and low == high:  # one port, whichever
        return each_value(low, lambda known: known is ABSENT or port_number(known) == -1 or port_number(known) in ports)
    if not isinstance(low, Unknown) and not isinstance(high, Unknown):
        first, last = port_number(low), port_number(high)
        return first is not None and last is not None and any(first <= port and (port <= last or last == -1) for port in ports)
    return any_of(all_of((_at_most(low, port), _at_least(high, port))) for port in ports)


def holds_every_port(from_port: Any, to_port: Any) -> Truth:
    """True for 0-65535 and for what leaves out only a few ports of it, such as 1-65535."""
    if from_port is ABSENT and to_port is ABSENT:
        return True
    low = to_port if from_port is ABSENT else from_port
    high = from_port if to_port is ABSENT else to_port
    if isinstance(low, Unknown) and low == high:
        return each_value(low, lambda known: known is ABSENT or port_number(known) == -1)
    return all_of((_at_most(low, 20), _at_least(high, 65000)))


def _at_most(value: Any, port: int) -> Truth:
    def test(known: Any) -> bool:
        number = port_number(known)
        return number is not None and number <= port

    return each_value(value, test)


def _at_least(value: Any, port: int) -> Truth:
    def test(known: Any) -> bool:
        number = port_number(known)
        return number is not None and (number >= port or number == -1)

    return each_value(value, test)


def holds_other_port(from_port: Any, to_port: Any, ports: list[int]) -> Truth:
    """True when a port that is not one of `ports` is in the range."""
    if from_port is ABSENT and to_port is ABSENT:
        return True
    low = to_port if from_port is ABSENT else from_port
    high = from_port if to_port is ABSENT else to_port

    def test_high(first: int) -> Callable[[Any], Truth]:
        def test(known: Any) -> bool:
            last = port_number(known)
            last = 65535 if last == -1 else last
            if last is None or last < first:
                return False
            return last - first >= len(ports) or any(port not in ports for port in range(first, last + 1))

        return test

    def test_low(known: Any) -> Truth:
        first = port_number(known)
        return False if first is None else each_value(high, test_high(max(first, 0)))

    if isinstance(low, Unknown) and low == high:  # one port, whichever
        return each_value(low, lambda known: known is ABSENT or port_number(known) not in (None, *ports))
    return each_value(low, test_low)


def whole_number(context: Context, name: str, default: int) -> int:
    """A parameter that is a number."""
    return int(context.parameters.get(name, default))


def number_list(context: Context, name: str, default: list[int]) -> list[int]:
    """A parameter that is a list of numbers."""
    return [int(number) for number in context.parameters.get(name, default)]
