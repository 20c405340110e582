"""From what a request names (file ids, local paths, addresses) to the file ids the service takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from videogen_mcp.api.errors import VideoGenError
from videogen_mcp.api.operations import IMPORT_URL
from videogen_mcp.calls.call import Call
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.media.addresses import file_of
from videogen_mcp.media.expected import ExpectedUploads
from videogen_mcp.media.imports import Imports
from videogen_mcp.media.limits import MEDIA_AT_ONCE
from videogen_mcp.media.names import meaning, other_id, quoted
from videogen_mcp.media.uploads import Uploaded, Uploads, Wanted

if TYPE_CHECKING:
    from videogen_mcp.workflows.base import MediaArgument, Workflow


@dataclass(frozen=True)
class MediaResolver:
    """Makes file ids of the media that a request names. `uploads` is None where local files are out of reach (HTTP)."""

    uploads: Uploads | None
    imports: Imports
    expected: ExpectedUploads

    async def resolve(self, request: Workflow, call: Call) -> Mapping[str, str]:
        """value → file id for every value that is not an id itself; files are uploaded and imported on the way.

        Raises Refusal, naming the argument, for what cannot be used; nothing has been paid then.
        """
        return await self.resolve_all(request.media(), call)

    async def resolve_all(self, named: Sequence[MediaArgument], call: Call) -> Mapping[str, str]:
        """The same for media of any request; MEDIA_AT_ONCE of them are brought at a time."""
        different = {(media.value, media.kind): media for media in reversed(named)}
        resolved: dict[str, str] = {}
        failed: list[VideoGenError] = []
        limit = anyio.Semaphore(MEDIA_AT_ONCE)

        async def bring(media: MediaArgument) -> None:
            try:
                async with limit:
                    resolved[media.value] = await self._file_id(media, call)
            except VideoGenError as error:
                failed.append(_of_argument(media, error))
                tasks.cancel_scope.cancel()

        async with anyio.create_task_group() as tasks:
            for media in reversed(different.values()):
                tasks.start_soon(bring, media)
        if failed:
            raise failed[0]
        return {value: file_id for value, file_id in resolved.items() if file_id != value}

    async def _file_id(self, media: MediaArgument, call: Call) -> str:
        sort = meaning(media.value)
        if sort == "id":
            if (other := other_id(media.value)) is not None:
                what, instead = other
                raise Refusal("wrong_id", f"it takes a file, and {quoted(media.value)} is {what}", instead)
            if self.uploads is None:
                await self.expected.arrive(media.value, call)
            return media.value
        upstream = await call.connect()
        if sort == "address" and (known := file_of(media.value, upstream)) is not None:
            return known
        return (await self.bring(Wanted(media.value, media.kind), upstream, call)).file.file_id

    async def bring(self, wanted: Wanted, upstream: Upstream, call: Call) -> Uploaded:
        """Upload what is at a path, or have the service import what is at an address. Raises VideoGenError."""
        if meaning(wanted.path) == "address":
            try:
                return await self.imports.fetch(wanted, upstream, call)
            except Refusal as refusal:
                refusal.next_step = refusal.next_step or self._instead
                raise
        if self.uploads is None:
            raise Refusal(
                "local_file_refused",
                "this server is reached over the network, so paths of the caller's machine mean nothing to it",
                f"Give its https: address, or: {self._instead}" if upstream.dialect.has(IMPORT_URL) else self._instead,
            )
        return await self.uploads.upload(wanted, upstream, call)

    @property
    def _instead(self) -> str:
        """What to do with a file that this server cannot take from where it is."""
        if self.uploads is not None:
            return "Download it to a local file first and give that path"
        return "create_upload gives the command that uploads it from there; give its file id then"


def _of_argument(media: MediaArgument, error: VideoGenError) -> VideoGenError:
    """The error; a refusal names the argument that it is about."""
    if not isinstance(error, Refusal):
        return error
    return Refusal(error.code, f"{_place(media)}: {error.message}", error.next_step, request_id=error.request_id)


def _place(media: MediaArgument) -> str:
    return media.argument if media.index is None else f"{media.argument}[{media.index}]"
