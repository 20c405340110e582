"""Which names requests may call this server by (Host), and from which web pages they may come (Origin).

A page from elsewhere whose name was pointed at this machine (DNS rebinding) names itself in Host, and any page in a
browser names itself in Origin.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from videogen_mcp import listening
from videogen_mcp.protocol.refusals import Refused
from videogen_mcp.setting_values import shown
from videogen_mcp.settings import Settings

LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")

PORT = re.compile(r":[0-9]{1,5}$")


@dataclass(frozen=True)
class Names:
    """The names of this server and the origins of pages that may call it.

    Names without a port, and local origins, stand for any port: it is the name that a page from elsewhere cannot have.
    """

    hosts: frozenset[str]
    origins: frozenset[str]
    local_origins: frozenset[str]

    @classmethod
    def of(cls, settings: Settings, host: str) -> Names:
        """Return those of the settings, of this machine, and of the address that is listened on."""
        local = {*LOCAL_NAMES, listening.named(host).lower()}
        public = urlsplit(settings.public_url).netloc.lower() if settings.public_url else None
        hosts = {*local, *(name.removesuffix(":*") for name in settings.allowed_hosts), *([public] if public else ())}
        return cls(frozenset(hosts), frozenset(settings.allowed_origins), frozenset(f"http://{name}" for name in local))

    def check(self, headers: Headers) -> None:
        """Raise Refused for a request that calls the server by another name, or comes from another page."""
        host, origin = headers.get("host", "").lower(), headers.get("origin")
        if not _is_among(host, self.hosts):
            raise Refused(
                421,
                f"This server does not go by the name {shown(host)}: the operator can add it to"
                " VIDEOGEN_MCP_ALLOWED_HOSTS",
            )
        if origin and origin.lower() not in self.origins and not _is_among(origin.lower(), self.local_origins):
            raise Refused(
                403,
                f"Pages of {shown(origin)} may not call this server: the operator can allow them by"
                " VIDEOGEN_MCP_ALLOWED_ORIGINS",
            )


def _is_among(name: str, names: frozenset[str]) -> bool:
    return name in names or PORT.sub("", name) in names
