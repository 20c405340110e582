"""Which host names and addresses mean this machine."""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Return whether `host`, a name or an address without port, is of the loopback interface of this machine.

    Names are localhost and everything below it (RFC 6761, section 6.3), addresses 127.0.0.0/8 and ::1, with or
    without the brackets of a URL. 0.0.0.0 and :: are not loopback: a server there hears the network too.
    """
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
