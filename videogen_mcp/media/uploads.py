"""A local file on its way to VideoGen: recognised, hashed, sent in constant memory, and polled until it is ready."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from anyio import to_thread

from videogen_mcp.api.errors import (
    ApiError,
    BadRequest,
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
from videogen_mcp.calls.replies import bounded
from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.clock import Clock
from videogen_mcp.media.limits import (
    BLOCK,
    READY_FIRST,
    READY_GROWTH,
    READY_LAST,
    READY_LIMIT,
    TRANSFER_BACKOFF,
    UPLOAD_ADDRESSES,
    UPLOAD_ATTEMPTS,
)
from videogen_mcp.media.names import quoted
from videogen_mcp.media.paths import AllowedPaths, LocalFile
from videogen_mcp.media.roots import with_offered
from videogen_mcp.media.shared import KeyedLocks, SharedTransfers, Transfer, amount
from videogen_mcp.media.sniff import ANY_COMMON, COMMON, Found
from videogen_mcp.media.structure import inspect, refuse_other_kind

if TYPE_CHECKING:
    from videogen_mcp.api.client import VideoGen
    from videogen_mcp.api.models import File, Source, Upload
    from videogen_mcp.workflows.base import Kind

log = logging.getLogger(__name__)

EXPIRED = (400, 401, 403, 404, 410)
"""How storage services refuse an address whose time is over."""

NAME_LENGTH = 200
"""Characters of a display name; longer ones make lists unreadable."""


class UploadMemory(Protocol):
    """Remembers which contents an account has upstream, by their hash; the journal does."""

    async def upload(self, account: str, content_hash: str) -> str | None:
        """Return the id of the file with this content; None where none is known."""
        ...

    def uploaded(self, account: str, content_hash: str, file_id: str, now: float) -> None:
        """Remember that the file has this content. `now` is Unix seconds."""
        ...


@dataclass(frozen=True)
class Uploaded:
    """A file that is upstream and ready. `reused`: its bytes had been uploaded before."""

    file: File
    reused: bool


@dataclass(frozen=True)
class Wanted:
    """What to upload and how. `kind`: what it must be (None: any medium); `name`: shown upstream instead of its own."""

    path: str
    kind: Kind | None = None
    name: str | None = None
    temporary: bool = False


@dataclass(frozen=True)
class Uploads:
    """Uploads local files of the allowed folders, each content once per account."""

    allowed: AllowedPaths
    memory: UploadMemory
    clock: Clock
    transfers: SharedTransfers[Uploaded]
    _contents: KeyedLocks = field(default_factory=KeyedLocks)

    async def upload(self, wanted: Wanted, upstream: Upstream, call: Call) -> Uploaded:
        """The file upstream, ready for use. When the call's time ends before, the upload goes on without it.

        Raises Refusal for a file that cannot be used (before anything is sent), other VideoGenErrors for the service.
        """
        allowed = await with_offered(self.allowed, call.caller)
        local = await to_thread.run_sync(allowed.open_file, wanted.path)
        try:
            found = await to_thread.run_sync(inspect, local.read, local.size, local.name)
            if wanted.kind is not None:
                refuse_other_kind(found, wanted.kind, local.name)
        finally:
            local.close()

        async def work(transfer: Transfer[Uploaded]) -> Uploaded:
            return await self._upload(wanted, allowed, local, found, upstream, transfer)

        return await self.transfers.join((upstream.account, wanted, local.stamp), work, call)

    async def _upload(
        self,
        wanted: Wanted,
        allowed: AllowedPaths,
        seen: LocalFile,
        found: Found,
        upstream: Upstream,
        transfer: Transfer[Uploaded],
    ) -> Uploaded:
        local = await to_thread.run_sync(allowed.open_file, str(seen.path))
        sending = Sending(local, found, wanted, upstream.client, self.clock, transfer)
        try:
            if local.stamp != seen.stamp:
                local.refuse_change()
                raise Refusal("file_changed", f"{quoted(local.name)} changed just now", "Call again")
            digest = await sending.digest()
            key = f"{digest}:temporary" if wanted.temporary else digest
            async with self._contents.hold((upstream.account, key)):
                known = await self.memory.upload(upstream.account, key)
                if known is not None:
                    file = await usable(known, wanted.name, upstream.client, self.clock, transfer)
                    if file is not None:
                        return Uploaded(file, reused=True)
                file_id = await sending.send(digest)
                self.memory.uploaded(upstream.account, key, file_id, self.clock.time())
        finally:
            local.close()
        return Uploaded(await ready(file_id, local.name, upstream.client, self.clock, transfer), reused=False)


@dataclass(frozen=True)
class Sending:
    """The bytes of one open file, read as often as needed."""

    local: LocalFile
    found: Found
    wanted: Wanted
    client: VideoGen
    clock: Clock
    transfer: Transfer[Uploaded]

    async def digest(self) -> str:
        """SHA-256 of the content as hex."""
        hashing = hashlib.sha256()
        async for block in self._blocks("reading"):
            await to_thread.run_sync(hashing.update, block)
        return hashing.hexdigest()

    async def send(self, digest: str) -> str:
        """Upload the content, which must be that of `digest`; the id of the new file.

        An upload address takes whole files only, so each try starts over. Raises Refusal when the file changes on
        the way, else the last error.
        """
        upload: Upload | None = None
        addresses = breaks = 0
        for attempt in range(1, UPLOAD_ATTEMPTS + 1):
            addresses += upload is None
            try:
                upload = upload or await self._register()
                await self._put(upload, digest)
                return upload.file_id
            except Conflict:
                if upload is None:
                    raise
                return upload.file_id  # an earlier try arrived whole, only its answer was lost
            except (ConnectionFailed, Unclear, RateLimited, ServiceFault) as error:
                breaks += 1
                delay = TRANSFER_BACKOFF.delay_after(error, breaks)
                if attempt == UPLOAD_ATTEMPTS or delay is None:
                    raise _nothing_started(error) from None
                log.info("upload try %d broke: %s", attempt, error.message)
                self.transfer.report(f"trying {quoted(self.local.name)} again", at_once=True)
                await self.clock.sleep(delay)
            except ApiError as error:
                if upload is None or error.status not in EXPIRED or addresses == UPLOAD_ADDRESSES:
                    raise self._refused(error) from None
                upload = None
        raise AssertionError("the last attempt returns or raises")

    async def _register(self) -> Upload:
        self.transfer.report(f"registering {quoted(self.local.name)}", at_once=True)
        name = self.wanted.name or self.local.name
        taken = (await self.client.dialect()).uploads
        if taken is not None and self.found.kind not in taken:
            reason = f"this version of the API takes pictures, videos and sounds, and {quoted(self.local.name)} is"
            raise Refusal("not_supported", f"{reason} {self.found.words}", "Give a file of such a kind")
        return await self.client.create_upload(name[:NAME_LENGTH], self.found.kind, self.wanted.temporary)

    async def _put(self, upload: Upload, digest: str) -> None:
        sent = hashlib.sha256()

        async def content() -> AsyncIterator[bytes]:
            async for block in self._blocks("uploading"):
                sent.update(block)
                yield block

        try:
            await self.client.put_upload(
                upload.upload_url, content(), size=self.local.size, content_type=self.found.mime
            )
            await to_thread.run_sync(self.local.refuse_change)
            if sent.hexdigest() != digest:
                raise Refusal(
                    "file_changed",
                    f"{quoted(self.local.name)} changed while it was uploaded",
                    "Call again when it stays as it is",
                )
        except Refusal:
            await discard(upload.file_id, self.client)
            raise
        except BadRequest:
            await to_thread.run_sync(self.local.refuse_change)  # the client counts, and a changed file is none of its
            raise

    async def _blocks(self, doing: str) -> AsyncIterator[bytes]:
        at = 0
        while at < self.local.size:
            block = await to_thread.run_sync(self.local.read, at, min(BLOCK, self.local.size - at))
            if not block:
                await to_thread.run_sync(self.local.refuse_change)
                return
            at += len(block)
            self.transfer.report(f"{doing} {quoted(self.local.name)}, {amount(at, self.local.size)}")
            yield block

    def _refused(self, error: ApiError) -> VideoGenError:
        if error.status == 413:
            return Refusal("file_too_large", f"{quoted(self.local.name)} is too large for the service", "Cut it")
        return error


async def usable(
    file_id: str, name: str | None, client: VideoGen, clock: Clock, transfer: Transfer[Uploaded]
) -> File | None:
    """Return a file of earlier once it is ready; None when it cannot be used any more, or is not called `name`."""
    try:
        file = await client.hydrate(file_id)
        if (name is not None and file.display_name != name) or not _sources(file):  # an archived file has none
            return None
        return await until_ready(file_id, file.display_name or file_id, client, clock, transfer, file)
    except (NotFound, Conflict, BadRequest, Refusal) as gone:
        log.info("%s cannot be used again: %s", file_id, gone.message)
        return None


async def ready(file_id: str, name: str, client: VideoGen, clock: Clock, transfer: Transfer[Uploaded]) -> File:
    """Return a new file once it can be used. Raise Refusal when it never can; it is out of the account then."""
    try:
        return await until_ready(file_id, name, client, clock, transfer)
    except Refusal as refusal:
        if refusal.code == UNUSABLE:
            await discard(file_id, client)
        raise


async def discard(file_id: str, client: VideoGen) -> None:
    """Take a file out of the account again that is of no use to anybody."""
    try:
        await client.archive(file_id)
    except VideoGenError as error:
        log.info("the broken file %s stays in the account: %s", file_id, error.message)


async def until_ready(
    file_id: str, name: str, client: VideoGen, clock: Clock, transfer: Transfer[Any], file: File | None = None
) -> File:
    """Poll an uploaded file until it can be used (contract notes, section 4). Raises Refusal when it never can."""
    began, pause = clock.monotonic(), READY_FIRST
    while True:
        if file is None:
            file = await _hydrated(file_id, client)
        if file is not None and is_ready(file):
            return file
        if file is not None and is_broken(file):
            raise _unusable(file, name)
        if clock.monotonic() - began > READY_LIMIT:
            raise Refusal(
                NOT_READY,
                f"{quoted(name)} was uploaded as {file_id}, but the service is still preparing it",
                f'Call get_file with file_id "{file_id}" later, and use that id',
            )
        transfer.report(f"waiting until {quoted(name)} is ready", at_once=True)
        await clock.sleep(pause)
        pause, file = min(pause * READY_GROWTH, READY_LAST), None


UNUSABLE, NOT_READY = "upload_unusable", "upload_not_ready"

_HELP: Mapping[str, str] = {
    "media_cut_off": "Copy or export it again, whole",
    "media_too_long": "Cut it into parts",
    "media_too_large": "Make it smaller",
    "encrypted_file": "Give a copy that is not protected",
    "memory_limit": "Make it smaller",
    "time_limit": "Make it shorter or smaller",
    "disk_full": "Call again when there is space on that machine",
    "internal_error": "Call again; if it fails again, convert it to another format",
}
"""What helps, by the code of the reason."""


def _unusable(file: File, name: str) -> Refusal:
    error = file.upload_error
    why = bounded(error.message) if error else None
    said = f": {why[0].lower()}{why[1:].rstrip('.')}" if why else ""
    convert = f"Check that it can be opened; then convert it to {COMMON.get(file.type or '', ANY_COMMON)}"
    return Refusal(
        UNUSABLE, f"the service cannot read {quoted(name)}{said}", _HELP.get((error and error.code) or "", convert)
    )


async def _hydrated(file_id: str, client: VideoGen) -> File | None:
    """The file as it stands; None when the service cannot say just now."""
    try:
        return await client.hydrate(file_id)
    except (ConnectionFailed, Unclear, RateLimited, ServiceFault) as error:
        log.info("hydrating %s failed: %s", file_id, error.message)
        return None


def is_ready(file: File) -> bool:
    """Whether tools can use the file: any of its renditions is there."""
    return any(source.is_ready for source in _sources(file))


def is_broken(file: File) -> bool:
    """Whether it never will be: nothing is there and nothing is still to come."""
    return bool(_sources(file)) and all(source.status in ("failed", "skipped") for source in _sources(file))


def _sources(file: File) -> list[Source]:
    known = (file.download_source, file.preview_source, file.thumbnail_source, file.hls_source)
    return [source for source in known if source is not None]


def _nothing_started(error: VideoGenError) -> VideoGenError:
    """The client marks what creates something as possibly done; an upload without its bytes is nothing to pay."""
    error.may_have_started = False
    return error
