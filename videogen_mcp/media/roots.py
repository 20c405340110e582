"""Folders that the client offers (MCP roots), which only hosts of the handshake era do."""

from __future__ import annotations

import logging
from pathlib import Path

import anyio

from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.media.limits import ROOTS_LIMIT
from videogen_mcp.media.names import absolute
from videogen_mcp.media.paths import AllowedPaths

log = logging.getLogger(__name__)


async def with_offered(allowed: AllowedPaths, caller: Caller) -> AllowedPaths:
    """The allowed folders, with those the client offers where the user has not named any.

    A client that does not answer in time, and an offer that is no local folder or the whole disk, change nothing.
    """
    if caller.roots is None or not allowed.open_to_offers:
        return allowed
    offered: list[str] = []
    with anyio.move_on_after(ROOTS_LIMIT):
        offered = await caller.roots()
    folders: list[Path] = []
    for address in offered:
        try:
            folder = Path(absolute(address, allowed.home))
        except Refusal as refusal:
            log.info("a folder that the client offers is left out: %s", refusal.message)
            continue
        if folder != Path(folder.anchor):
            folders.append(folder)
    return allowed.with_roots(folders)
