"""cidrhost, cidrnetmask, cidrsubnet and cidrsubnets."""

from __future__ import annotations

from cloudpolicy.sources.terraform.functions.common import FunctionError, cap_elements, text, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network
    from typing import Any


def _network(value: Any) -> IPv4Network | IPv6Network:
    from ipaddress import ip_network

    prefix = text(value)
    if "/" not in prefix:
        raise FunctionError(f'invalid CIDR expression: "{prefix[:60]}" has no prefix length')
    address, _, length = prefix.partition("/")
    if not length.isascii() or not length.isdigit():
        raise FunctionError(f'invalid CIDR expression: "{prefix[:60]}"')
    if ":" not in address:  # Terraform still accepts leading zeros, as decimal
        address = ".".join(part.lstrip("0") or "0" if part.isdigit() else part for part in address.split("."))
    try:
        return ip_network(f"{address}/{length}", strict=False)
    except ValueError:
        raise FunctionError(f'invalid CIDR expression: "{prefix[:60]}"') from None


def _cidrhost(prefix: Any, host: Any) -> str:
    network, position = _network(prefix), whole(host)
    count = network.num_addresses
    if not -count <= position < count:
        raise FunctionError(f"prefix of {network.prefixlen} does not accommodate a host numbered {position}")
    return str(network.network_address + (position if position >= 0 else count + position))


def _cidrnetmask(prefix: Any) -> str:
    network = _network(prefix)
    if network.version == 6:
        raise FunctionError("IPv6 addresses cannot have a netmask")
    return str(network.netmask)


def _cidrsubnet(prefix: Any, newbits: Any, number: Any) -> str:
    network, bits, position = _network(prefix), whole(newbits), whole(number)
    length = network.prefixlen + bits
    if bits < 0 or length > network.max_prefixlen:
        raise FunctionError(f"insufficient address space to extend prefix of {network.prefixlen} by {bits}")
    if not 0 <= position < 1 << bits:
        raise FunctionError(f"prefix extension of {bits} does not accommodate a subnet numbered {position}")
    start = network.network_address + (position << (network.max_prefixlen - length))
    return f"{start}/{length}"


def _cidrsubnets(prefix: Any, *newbits: Any) -> list[str]:
    network = _network(prefix)
    cap_elements(len(newbits))
    position = int(network.network_address)
    end = position + network.num_addresses
    result = []
    for extra in newbits:
        bits = whole(extra)
        length = network.prefixlen + bits
        if bits < 1 or length > network.max_prefixlen:
            raise FunctionError("must extend prefix by at least one bit and stay inside the address")
        size = 1 << (network.max_prefixlen - length)
        position = -(-position // size) * size
        if position + size > end:
            raise FunctionError("not enough remaining address space for a subnet with that prefix")
        result.append(f"{type(network.network_address)(position)}/{length}")
        position += size
    return result


TABLE = {
    "cidrhost": (_cidrhost, 2, 2, False),
    "cidrnetmask": (_cidrnetmask, 1, 1, False),
    "cidrsubnet": (_cidrsubnet, 3, 3, False),
    "cidrsubnets": (_cidrsubnets, 1, None, False),
}
