"""The public preview of a file: made, waited for, and taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from videogen_mcp.api.errors import NotSupported
from videogen_mcp.calls.call import Call
from videogen_mcp.calls.messages import Refusal

if TYPE_CHECKING:
    from videogen_mcp.api.models import File
    from videogen_mcp.calls.upstream import Upstream

PREVIEW_EVERY = 1.5
"""Between two polls of a file whose public copy is being made (all SDKs; files have 50,000 GETs an hour)."""

PREVIEW_LIMIT = 300.0
"""Until a public copy is given up. SDK 1.x waits 120 s, 2.5 an hour; copies of long films take some minutes."""

EMBED_LIMIT = 30.0
"""After the permanent address is there, how long the playback id is waited for: it comes when streaming is ready."""

STREAMED = ("VIDEO", "AUDIO")
"""Types that get a stream and a playback id (contract notes, section 6)."""


@dataclass(frozen=True)
class Public:
    """What the world can open. `url` is permanent; the others exist for video and sound only, once they stream."""

    file_id: str
    url: str | None
    hls_url: str | None
    playback_id: str | None
    streamed: bool

    @classmethod
    def of(cls, file: File) -> Public:
        """Return what the file says of its public copy."""
        source = file.static_public_preview_source
        return cls(
            file.file_id,
            source.url if source is not None and source.is_ready else None,
            file.public_hls_url or None,
            file.public_playback_id or None,
            file.type in STREAMED,
        )


async def publish(file_id: str, upstream: Upstream, call: Call) -> Public:
    """Switch public preview on and wait until there is an address to give away.

    Raises NotSupported for pictures in the seed era, Refusal when the service gives it up or takes too long.
    """
    client = upstream.client
    dialect = await client.dialect()
    if not dialect.previews_pictures and (await client.file(file_id)).type not in STREAMED:
        raise NotSupported(file_id, "this version of the API publishes video and sound only; pictures have links")
    await call.report("publishing")
    file = await client.enable_public_preview(file_id)
    began = call.clock.monotonic()
    addressed: float | None = None
    while True:
        now = call.clock.monotonic()
        public = Public.of(file)
        if public.url or (public.hls_url and not dialect.previews_pictures):
            addressed = now if addressed is None else addressed
            if not public.streamed or public.playback_id or now - addressed > EMBED_LIMIT:
                return public
        _refuse_hopeless(file)
        if now - began > PREVIEW_LIMIT:
            raise Refusal(
                "preview_not_ready",
                f"the public copy of {file_id} is still not there after {PREVIEW_LIMIT:.0f} s; public preview stays on",
                f'Call get_file with file_id "{file_id}" later: its public_url appears when it is done',
            )
        await call.report("waiting for the embed code" if addressed else "waiting for the public URL")
        await call.clock.sleep(PREVIEW_EVERY)
        file = await client.file(file_id)


async def unpublish(file_id: str, upstream: Upstream) -> str:
    """Switch public preview off; the file's id."""
    return (await upstream.client.disable_public_preview(file_id)).file_id


def _refuse_hopeless(file: File) -> None:
    source = file.static_public_preview_source
    if file.is_public_preview_enabled is False:
        raise Refusal(
            "preview_off",
            f"public preview of {file.file_id} is off although it was switched on: it was switched off again elsewhere",
            "Ask the user, then call set_public_preview again",
        )
    if source is not None and source.status in ("failed", "skipped"):
        raise Refusal(
            "preview_failed",
            f"the service could not make a public copy of {file.file_id}",
            "Make the file anew, or share the preview_url of get_file, which expires",
        )
