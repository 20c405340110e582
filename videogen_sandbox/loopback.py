"""Which host names and addresses mean this machine."""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Return whether `host`, a name or an address without port, is of the loopback interface of this machine.

    Names are localhost and everything below it (RFC 6761, section 6.3), addresses 127.0.0.0/8 and ::1, with or
    without the brackets of a URL, and 127.0.0.0/8 mapped to IPv6, as sockets for both families report their peers.
    0.0.0.0 and :: are not loopback: a server there hears the network too.
    """
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)  # Python below 3.13 does not call these loopback by itself.
    return bool((mapped or address).is_loopback)
