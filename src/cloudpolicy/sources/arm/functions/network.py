"""parseCidr, cidrSubnet, cidrHost."""

from __future__ import annotations

import ipaddress

from cloudpolicy.sources.arm.values import Fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def parse_cidr(text: str) -> Any:
    network = ipaddress.ip_network(text, strict=False)
    hosts = {"firstUsable": str(network[1]), "lastUsable": str(network[-2])} if network.num_addresses > 2 else {}
    return Fields(
        {
            "network": str(network.network_address),
            "netmask": str(network.netmask),
            "broadcast": str(network.broadcast_address),
            **hosts,
            "cidr": network.prefixlen,
        }
    )


def cidr_subnet(text: str, prefix: int, index: int) -> str:
    network = ipaddress.ip_network(text, strict=False)
    if not network.prefixlen <= prefix <= network.max_prefixlen or not 0 <= index < 2 ** (prefix - network.prefixlen):
        raise ValueError(text)
    step = 2 ** (network.max_prefixlen - prefix)
    return str(ipaddress.ip_network((int(network.network_address) + index * step, prefix)))


def cidr_host(text: str, index: int) -> str:
    return str(ipaddress.ip_network(text, strict=False)[index + 1])


PURE = {"parsecidr": parse_cidr, "cidrsubnet": cidr_subnet, "cidrhost": cidr_host}
