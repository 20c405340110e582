"""Where webhooks may be delivered to.

By default to this machine only, because nothing leaves it. Options of the command allow private networks and public
hosts. A URL is checked when its endpoint is created, and the addresses of its host at each delivery: a name may have
others by then (DNS rebinding).
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from videogen_sandbox.loopback import is_loopback
from videogen_sandbox.networks import network_of

ALLOW_PRIVATE = "--allow-private-webhooks"

ALLOW_PUBLIC = "--allow-public-webhooks"


@dataclass(frozen=True)
class AllowedTargets:
    """Which networks besides this machine webhooks may be delivered to."""

    private: bool = False
    public: bool = False

    def url_problem(self, url: str) -> str | None:
        """Return why no endpoint may have a URL, to be put after its name; None when it is fine. Resolves no names."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            return "is not a URL"
        if not host or port == 0:
            return "is not a URL with a host"
        if parts.username or parts.password:
            return "must not contain a user name or a password"
        if parts.scheme not in ("http", "https"):
            return "must begin with https:// or http://"
        if is_loopback(host):
            return None
        try:
            return self.address_problem(host, parts.scheme)
        except ValueError:
            return self._name_problem(parts.scheme)

    def address_problem(self, address: str, scheme: str) -> str | None:
        """Return why nothing may be delivered to an address, to be put after its name; None when it is fine.

        Raise ValueError when it is no address.
        """
        network = network_of(address)
        if network == "none":
            return "has an address that no host has"
        if network == "private" and not self.private:
            return f"is in a private network, where the sandbox delivers only if it is started with {ALLOW_PRIVATE}"
        if network == "public" and not self.public:
            return (
                "leads away from this machine, which nothing leaves unless the sandbox is started with "
                f"{ALLOW_PUBLIC}; http://127.0.0.1:… and http://localhost:… are always possible"
            )
        if network == "public" and scheme != "https":
            return "must begin with https://, because it leads to a public host"
        return None

    def _name_problem(self, scheme: str) -> str | None:
        """As `url_problem` for the name of a host, whose addresses are known only when something is delivered."""
        if not self.private and not self.public:
            return (
                "leads away from this machine, which nothing leaves unless the sandbox is started with "
                f"{ALLOW_PRIVATE} (private networks) or {ALLOW_PUBLIC} (https:// to any other host); "
                "http://127.0.0.1:… and http://localhost:… are always possible"
            )
        if scheme != "https" and not self.private:
            return "must begin with https://, because it leads to a public host"
        return None
