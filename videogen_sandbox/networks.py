"""In which network an address is: this machine, a private one, the public one, or none."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

import anyio

NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""Addresses that end in the IPv4 address they stand for (RFC 6052)."""

LOOPBACK = ("127.0.0.1", "::1")
"""What the names of this machine mean, without a look-up (RFC 6761, section 6.3)."""

Network = Literal["loopback", "private", "public", "none"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


def network_of(text: str) -> Network:
    """Return in which network an address is, by the registries of IANA. Raise ValueError when it is no address.

    "private" are RFC 1918, shared (100.64.0.0/10), link-local and unique local addresses and those for documentation
    and tests; "none" are those that no single host has: multicast, unspecified and reserved ones.
    """
    address = _embedded(ipaddress.ip_address(text))
    if address.is_loopback:
        return "loopback"
    if address.is_multicast or address.is_unspecified or address.is_reserved:
        return "none"
    return "public" if address.is_global else "private"


def is_address(text: str) -> bool:
    """Return whether a host is an address and not a name."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


async def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host. Raise OSError when it has none."""
    found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _embedded(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for; any other as it is."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
