"""A file of the account on this machine for a moment, to look at it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from videogen_mcp.api.errors import BrokenAnswer, ConnectionFailed, ServiceFault, Unclear
from videogen_mcp.media.limits import READ_ATTEMPTS, READ_MOST, TRANSFER_BACKOFF

if TYPE_CHECKING:
    from videogen_mcp.api.client import VideoGen
    from videogen_mcp.api.models import File, Source
    from videogen_mcp.clock import Clock

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fetched:
    """Bytes of a file at `path`. `note` says what they are when they are not all of the original; None: they are."""

    path: Path
    note: str | None


async def fetch(file: File, best: Source, client: VideoGen, clock: Clock, folder: Path) -> Fetched:
    """Fetch a hydrated file to `folder`: its original `best`, or the preview where that has more than READ_MOST bytes.

    Without a preview the first READ_MOST bytes are fetched. Raises VideoGenError when the storage does not answer.
    """
    path = folder / "file"
    source, note = best, None
    if (best.file_bytes or 0) > READ_MOST and best.file_bytes is not None:
        preview = file.preview_source
        if preview is not None and preview.is_ready and (preview.file_bytes or 0) <= READ_MOST:
            source, note = preview, f"Its preview was read, for the original has {best.file_bytes / 1e6:.0f} MB."
    if not await download(source, client, clock, path, READ_MOST):
        note = f"Only its first {READ_MOST / 1e6:.0f} MB were read."
    return Fetched(path, note)


async def download(source: Source, client: VideoGen, clock: Clock, path: Path, most: int) -> bool:
    """Write a source to `path`, at most `most` bytes; False when it has more. Raises VideoGenError."""
    assert source.url is not None
    for attempt in range(1, READ_ATTEMPTS + 1):
        last = attempt == READ_ATTEMPTS
        try:
            return await _whole(source.url, client, path, most)
        except (ConnectionFailed, Unclear, ServiceFault) as error:
            delay = TRANSFER_BACKOFF.delay_after(error, attempt)
            if last or delay is None or isinstance(error, BrokenAnswer):
                raise
            log.info("fetching a file to look at it broke: %s", error.message)
            await clock.sleep(delay)
    raise AssertionError("the last attempt returns or raises")


async def _whole(url: str, client: VideoGen, path: Path, most: int) -> bool:
    left = most
    async with client.download(url) as stream, await anyio.open_file(path, "wb") as target:
        async for chunk in stream.chunks():
            await target.write(chunk[:left])
            left -= len(chunk)
            if left < 0:
                return False
    return True
