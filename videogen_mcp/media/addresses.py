"""Addresses given as media: which name a file that is there already, and which the service may import. Pure functions.

This server fetches nothing from the web itself: what is imported, VideoGen fetches.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.replies import bounded
from videogen_mcp.loopback import is_loopback
from videogen_mcp.media.names import known_id, quoted

if TYPE_CHECKING:
    from videogen_mcp.calls.upstream import Upstream

OURS = "videogen://files/"
"""How files are named as MCP resources."""

VENDOR, APP = "videogen.io", "app.videogen.io"
"""VideoGen's files and links are here and below; its web app, whose pages are no media."""

SHOWN_NAME = 60
"""Characters of a file's name in an address that are shown."""


def file_of(address: str, upstream: Upstream) -> str | None:
    """Return the id of the file that an address of ours or of the service names; None for other addresses.

    That are resource names, pages of files, and links that an answer gave.
    """
    if address.lower().startswith(OURS):
        return unquote(re.split(r"[/?#]", address[len(OURS) :], maxsplit=1)[0]) or None
    if (linked := upstream.links.file_of(address)) is not None:
        return linked
    parts = _split(address)
    return known_id(address) if parts is not None and _is_of_service(parts, upstream) else None


def refuse_address(address: str, upstream: Upstream) -> None:
    """Raise Refusal for what the service could not or should not import. Its `next_step` is left to the caller where
    only the file itself helps."""
    scheme = address.partition(":")[0].lower()
    if scheme not in ("http", "https"):
        what = "holds the content itself" if scheme in ("data", "blob") else "is no address on the web"
        raise _refusal(f'"{quoted(address[:SHOWN_NAME])}" {what}; https: addresses are imported')
    parts = _split(address)
    if parts is None or not parts.hostname or not address.isprintable() or re.search(r"\s", address):
        raise _refusal(f'"{quoted(address[:SHOWN_NAME])}" is no address with a host')
    if parts.username or parts.password:
        raise _refusal(f"the address at {quoted(parts.hostname)} holds a user name or password, which would be sent on")
    here, nearby = is_loopback(parts.hostname), is_nearby(upstream)
    if here and not nearby:
        raise _refusal(f"{shown(address)} is on this machine, where VideoGen cannot reach it")
    if scheme == "http" and not here:
        raise _refusal(
            f"{shown(address)} is an http: address, and what comes that way can be changed on its way",
            "Give its https: address",
        )
    if parts.hostname == APP:
        raise _refusal(
            f"{shown(address)} is a page of VideoGen that names no file",
            "Give a file id; find_files shows those that exist",
        )


def is_nearby(upstream: Upstream) -> bool:
    """Return whether the service runs on this machine, as the sandbox does."""
    return upstream.sandbox or is_loopback(urlsplit(upstream.base_url).hostname or "")


def shown(address: str) -> str:
    """Return what may be shown of an address: host and file name, nothing that could be a secret."""
    parts = urlsplit(address)
    name = unquote(parts.path.rstrip("/").rpartition("/")[2])
    between = "/…/" if parts.path.strip("/").count("/") else "/" if name else ""
    return f"{quoted(parts.hostname or 'the address')}{between}{bounded(name, SHOWN_NAME) or ''}"


def _split(address: str) -> SplitResult | None:
    """The parts of an address; None where it has none."""
    try:
        parts = urlsplit(address)
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def _is_of_service(parts: SplitResult, upstream: Upstream) -> bool:
    host, service = (parts.hostname or "").rstrip("."), urlsplit(upstream.base_url)
    if host == VENDOR or host.endswith(f".{VENDOR}"):
        return True
    if parts.port != service.port:
        return False
    return host == service.hostname or (is_nearby(upstream) and is_loopback(host))


def _refusal(message: str, next_step: str | None = None) -> Refusal:
    return Refusal("address_refused", message, next_step)
