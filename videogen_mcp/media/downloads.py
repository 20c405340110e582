"""Downloads: streamed to a draft beside their place, resumed after a break, named once whole."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from videogen_mcp.api.errors import (
    ApiError,
    BrokenAnswer,
    Conflict,
    ConnectionFailed,
    NotFound,
    RateLimited,
    ServiceFault,
    Unclear,
    VideoGenError,
)
from videogen_mcp.calls.call import Call
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.clock import Clock
from videogen_mcp.media.destinations import document_ending, fitting_ending, of_several, open_destination, renaming
from videogen_mcp.media.drafts import Draft, Saved
from videogen_mcp.media.folders import Folder
from videogen_mcp.media.limits import (
    DOWNLOAD_BREAKS,
    DOWNLOADS_AT_ONCE,
    LARGEST_DOWNLOAD,
    NEW_LINKS,
    PROGRESS_MADE,
    READY_FIRST,
    READY_GROWTH,
    READY_LAST,
    SOURCE_LIMIT,
    TRANSFER_BACKOFF,
)
from videogen_mcp.media.names import clean, quoted
from videogen_mcp.media.paths import AllowedPaths
from videogen_mcp.media.roots import with_offered
from videogen_mcp.media.shared import SharedTransfers, Transfer, amount
from videogen_mcp.media.uploads import EXPIRED

if TYPE_CHECKING:
    from videogen_mcp.api.client import VideoGen
    from videogen_mcp.api.models import File, Source
    from videogen_mcp.api.transfers import Download

log = logging.getLogger(__name__)

OTHER_ENDINGS = {"PDF": "pdf", "SLIDESHOW": "pdf", "TEXT": "txt", "LOTTIE": "json"}
"""Of the service's types that are no pictures, videos or sounds (today's API)."""


@dataclass(frozen=True)
class Downloads:
    """Brings files of the account to the allowed folders of this machine."""

    allowed: AllowedPaths
    output_dir_for: Callable[[str | None], Path]
    """The folder for files of a kind where no other is given."""
    clock: Clock
    transfers: SharedTransfers[Saved]
    slots: anyio.CapacityLimiter = field(default_factory=partial(anyio.CapacityLimiter, DOWNLOADS_AT_ONCE))

    async def download(
        self,
        file_id: str,
        upstream: Upstream,
        call: Call,
        save_to: str | None = None,
        name: str | None = None,
        number: int | None = None,
    ) -> Saved:
        """Save a file where `save_to` says (`destinations`), under `name` or its own where that is a folder. `number`:
        which of several results it is that share a name.

        When the call's time ends before, the download goes on, and calling again joins it. Raises Refusal for what
        cannot be written here, other VideoGenErrors for the service; nothing half-written stays.
        """
        allowed = await with_offered(self.allowed, call.caller) if save_to else self.allowed

        async def work(transfer: Transfer[Saved]) -> Saved:
            async with self.slots:
                transfer.report("asking for the link", at_once=True)
                file, source = await downloadable(file_id, upstream.client, self.clock)
                default = self.output_dir_for(file.type)
                folder, asked = await to_thread.run_sync(open_destination, save_to, default, allowed)
                with folder:
                    asked = name or asked
                    if asked is not None and number is not None:
                        asked = of_several(asked, number)
                    return await self._download(file, source, folder, asked, upstream.client, transfer)

        return await self.transfers.join((upstream.account, file_id, save_to, name, number), work, call)

    async def _download(
        self, file: File, source: Source, folder: Folder, name: str | None, client: VideoGen, transfer: Transfer[Saved]
    ) -> Saved:
        file_id, shown = file.file_id, name or file.display_name
        draft = await to_thread.run_sync(Draft.begin, folder, self.clock.time())
        try:
            fetching = _Fetching(file_id, client, self.clock, transfer, draft, source, quoted(shown or file_id))
            await fetching.run()
            transfer.report("putting it in its place", at_once=True)

            def named(found: str | None) -> tuple[str, str]:
                default = document_ending(source.url or "") or OTHER_ENDINGS.get(file.type or "", "bin")
                stem, ending = fitting_ending(shown, found, default)
                return clean(stem, file_id), ending

            saved = await to_thread.run_sync(draft.finish, named)
        finally:
            draft.discard()
        notes = [renaming(name, saved.path.name) if name is not None else None]
        from videogen_mcp.media.captions import srt  # With the first film: hosts measure how fast the tools are listed.

        if file.type == "VIDEO" and (text := srt(file.transcript)) is not None:
            notes.append(await self._save_captions(text, saved.path, folder))
        return replace(saved, note=" ".join(filter(None, notes)) or None)

    async def _save_captions(self, text: str, film: Path, folder: Folder) -> str:
        """Save captions under the name of their film, beside it, and return a sentence about them. Trouble with them is
        told there: the film is saved."""
        try:
            draft = await to_thread.run_sync(Draft.begin, folder, self.clock.time())
            try:
                await draft.write(text.encode())
                saved = await to_thread.run_sync(draft.finish, lambda _: (film.stem, "srt"))
            finally:
                draft.discard()
        except Refusal as refusal:
            return f"The captions of {film.name} are not saved: {refusal.message}."
        return f"The captions of {film.name} are beside it: {saved.path.name}."


@dataclass
class _Fetching:
    """One download until all bytes are in the draft."""

    file_id: str
    client: VideoGen
    clock: Clock
    transfer: Transfer[Saved]
    draft: Draft
    source: Source
    name: str
    etag: str | None = None
    total: int | None = None
    breaks: int = 0
    renewed: int = 0
    mark: int = 0
    """Where the draft stood when its breaks were last forgiven."""

    async def run(self) -> None:
        """Read on after every break, with a new link when the old one has expired; raise what does not pass."""
        while True:
            try:
                await self._read_on()
                break
            except (ConnectionFailed, Unclear, RateLimited, ServiceFault) as error:
                await self._pause(error)
            except ApiError as error:
                if error.status not in EXPIRED or self.renewed == NEW_LINKS:
                    raise Refusal(
                        "download_refused",
                        f"the storage refuses {self.name}, with a new link too (HTTP {error.status})",
                        f'Call get_file with file_id "{self.file_id}" to see what became of it',
                    ) from None
                self.renewed += 1
                log.info("the link of %s has expired", self.file_id)
                _, self.source = await downloadable(self.file_id, self.client, self.clock)
        announced = self.total if self.total is not None else self.source.file_bytes
        if announced is not None and self.draft.size != announced:
            raise Refusal(
                "download_incomplete",
                f"{self.name} should have {announced} bytes, and {self.draft.size} came",
                "Call download_file again",
            )

    async def _read_on(self) -> None:
        assert self.source.url is not None
        async with self.client.download(self.source.url, start=self.draft.size, etag=self.etag) as stream:
            if await self._is_other(stream):
                raise Unclear("the file changed while it was downloaded", may_have_started=False)
            self.etag, self.total = stream.etag or self.etag, stream.total_size
            if stream.status == 416:
                return  # everything came before the break; the size is checked afterwards
            self._refuse_size()
            await to_thread.run_sync(self.draft.refuse_full, self.total)
            async for chunk in stream.chunks():
                await self.draft.write(chunk)
                self._refuse_size()
                self.transfer.report(f"downloading {self.name}, {amount(self.draft.size, self.total)}")

    async def _is_other(self, stream: Download) -> bool:
        """Whether what comes does not continue what is there; the draft is emptied then, if need be."""
        begun = self.draft.size > 0
        if begun and stream.start == 0 and stream.status == 200:
            await self.draft.restart()  # the server sends all of it again
            return False
        other = begun and (
            (self.etag is not None and stream.etag is not None and stream.etag != self.etag)
            or (self.total is not None and stream.total_size is not None and stream.total_size != self.total)
        )
        if other or (stream.status == 416 and stream.total_size not in (None, self.draft.size)):
            await self.draft.restart()
            self.etag = self.total = None
            return True
        return False

    async def _pause(self, error: VideoGenError) -> None:
        if self.draft.size - self.mark >= PROGRESS_MADE:
            self.mark, self.breaks, self.renewed = self.draft.size, 0, 0
        self.breaks += 1
        delay = TRANSFER_BACKOFF.delay_after(error, self.breaks)
        if self.breaks > DOWNLOAD_BREAKS or delay is None:
            raise error
        if isinstance(error, BrokenAnswer):
            await self.draft.restart()
        log.info("the download of %s broke at %d: %s", self.file_id, self.draft.size, error.message)
        self.transfer.report(f"taking {self.name} up again at {amount(self.draft.size, self.total)}", at_once=True)
        await self.clock.sleep(delay)

    def _refuse_size(self) -> None:
        if max(self.draft.size, self.total or 0) > LARGEST_DOWNLOAD:
            most = LARGEST_DOWNLOAD // 1024**3
            raise Refusal("file_too_large", f"{self.name} is larger than {most} GiB", "Fetch it in the web app")


async def downloadable(file_id: str, client: VideoGen, clock: Clock) -> tuple[File, Source]:
    """The file with fresh links, and its best rendition (order of the official SDK).

    Waits a while for one that is still being made. Raises Refusal when there is none.
    """
    began, pause = clock.monotonic(), READY_FIRST
    while True:
        try:
            file = await client.hydrate(file_id)
        except (NotFound, Conflict) as error:
            raise Refusal("file_not_found", error.message.rstrip("."), "find_files shows the files there are") from None
        sources = (file.download_source, file.preview_source, file.static_public_preview_source)
        ready = next((source for source in sources if source is not None and source.is_ready), None)
        if ready is not None:
            return file, ready
        states = {source.status for source in sources if source is not None}
        if not states or states <= {"failed", "skipped"}:
            raise Refusal(
                "nothing_to_download",
                f"{file_id} has nothing to download: it is archived, or the service could not process it",
                "find_files shows the files there are",
            )
        if clock.monotonic() - began > SOURCE_LIMIT:
            raise Refusal("not_ready", f"{file_id} is still being prepared", "Call download_file again in a minute")
        await clock.sleep(pause)
        pause = min(pause * READY_GROWTH, READY_LAST)
