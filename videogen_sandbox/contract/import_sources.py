"""Where files may be imported from.

By default from this machine only, because nothing leaves it. `--allow-import HOST` allows one more host. What a name
means is checked when it is connected to: it never leads to a private address, nor does a redirect.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from videogen_sandbox import variables
from videogen_sandbox.loopback import is_loopback
from videogen_sandbox.networks import is_address, network_of

ALLOW_IMPORT = "--allow-import"


@dataclass(frozen=True)
class AllowedSources:
    """The hosts besides this machine that files may be imported from, in lower case."""

    hosts: frozenset[str] = field(default_factory=frozenset)

    def url_problem(self, url: str) -> str | None:
        """Return why nothing is imported from a URL, to be put after its name; None when it is fine.

        Resolves no names.
        """
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").rstrip("."), parts.port
        except ValueError:
            return "is not a URL"
        if parts.scheme not in ("http", "https"):
            return "must begin with https:// or http://"
        if not host or port == 0:
            return "is not a URL with a host"
        if parts.username or parts.password:
            return "must not contain a user name or a password"
        if is_loopback(host) or host in self.hosts:
            return None
        return (
            "leads away from this machine, which nothing leaves unless the sandbox is started with "
            f"{ALLOW_IMPORT} {host} or {variables.ALLOW_IMPORT}={host}; http://127.0.0.1:… and "
            "http://localhost:… are always possible"
        )

    def address_problem(self, host: str, address: str, came_from: str | None) -> str | None:
        """Return why an address of `host` is not connected to, to be put after its name; None when it is fine.

        `came_from` is the host whose redirect led here. Only this machine leads to this machine.
        """
        network = network_of(address)
        if network == "loopback":
            if is_loopback(host) and (came_from is None or is_loopback(came_from)):
                return None
            return "leads to this machine by a name or a redirect of another host"
        if network == "public" or (network == "private" and is_address(host) and host in self.hosts):
            return None
        return "leads to an address in a private network" if network == "private" else "has an address no host has"
