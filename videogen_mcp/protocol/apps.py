"""The player: a page that hosts with MCP Apps (`io.modelcontextprotocol/ui`, wire 2026-01-26) show in the chat.

Tools that give files name it (`protocol/listing.py`); the host reads it, runs it in a sandboxed frame and hands it the
results. Other hosts never ask for it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mcp_types import ClientCapabilities, Resource, TextResourceContents

from videogen_mcp.loopback import is_loopback
from videogen_mcp.media.addresses import VENDOR
from videogen_mcp.protocol.listing import APPS, PLAYER
from videogen_mcp.settings import DEFAULT_BASE_URL, Settings

MIME_TYPE = "text/html;profile=mcp-app"

FOLDER = Path(__file__).with_name("player")
REFERENCE = re.compile(r'<(?:link rel="stylesheet" href|script src)="(\w+\.(css|js))">(?:</script>)?')

VENDOR_HOSTS = (f"https://{VENDOR}", f"https://*.{VENDOR}")
"""Signed links are on VideoGen's own hosts since 21 August 2026 (contract notes, section 5)."""

THIS_MACHINE = "http://127.0.0.1:*"
"""Links of the sandbox. Its port is another one after each start, and hosts keep the page from before the first."""


def shows_apps(capabilities: ClientCapabilities | None) -> bool:
    """Return whether a client says that it shows pages such as the player."""
    extensions = capabilities.extensions if capabilities is not None else None
    declared = (extensions or {}).get(APPS) or {}
    kinds = declared.get("mimeTypes")
    return isinstance(kinds, list) and MIME_TYPE in kinds


def listed(settings: Settings) -> Resource:
    """Return the player as an entry of resources/list."""
    return Resource(
        uri=PLAYER,
        name="player",
        title="Player",
        description="Shows results in the chat.",
        mime_type=MIME_TYPE,
        meta=meta(settings),
    )


def contents(settings: Settings) -> TextResourceContents:
    """Return the page."""
    return TextResourceContents(uri=PLAYER, text=page(), mime_type=MIME_TYPE, meta=meta(settings))


def page() -> str:
    """Return the page as one document, with its styles and scripts in it."""

    def inlined(found: re.Match[str]) -> str:
        element = {"css": "style", "js": "script"}[found[2]]
        return f"<{element}>\n{_read(found[1])}</{element}>"

    return REFERENCE.sub(inlined, _read("player.html"))


def meta(settings: Settings) -> dict[str, Any]:
    """Return what the host needs to know to frame the page: which hosts it may load media from, and a border.

    Sounds are also fetched, to draw their waveform. No permission is asked for.
    """
    hosts = media_hosts(settings)
    return {"ui": {"csp": {"resourceDomains": hosts, "connectDomains": hosts}, "prefersBorder": True}}


def media_hosts(settings: Settings) -> list[str]:
    """Return the origins of the links that answers have, as sources of a content security policy."""
    if settings.uses_sandbox:
        return [THIS_MACHINE]
    if settings.base_url == DEFAULT_BASE_URL:
        return [*VENDOR_HOSTS]
    service = urlsplit(settings.base_url)
    own = f"{service.scheme}://{service.netloc}"
    if is_loopback(service.hostname or ""):
        return [own, THIS_MACHINE]
    return [own, *VENDOR_HOSTS]


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
