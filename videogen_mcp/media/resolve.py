"""From what a request names (file ids, local paths, addresses) to the file ids the service takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from videogen_mcp.api.operations import IMPORT_URL
from videogen_mcp.calls.call import Call
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.media.addresses import file_of
from videogen_mcp.media.imports import Imports
from videogen_mcp.media.names import meaning, other_id, quoted
from videogen_mcp.media.uploads import Uploaded, Uploads, Wanted
from videogen_mcp.workflows.base import MediaArgument, Workflow


@dataclass(frozen=True)
class MediaResolver:
    """Makes file ids of the media that a request names. `uploads` is None where local files are out of reach (HTTP)."""

    uploads: Uploads | None
    imports: Imports

    async def resolve(self, request: Workflow, call: Call) -> Mapping[str, str]:
        """value → file id for every value that is not an id itself; files are uploaded and imported on the way.

        Raises Refusal, naming the argument, for what cannot be used; nothing has been paid then.
        """
        return await self.resolve_all(request.media(), call)

    async def resolve_all(self, named: list[MediaArgument], call: Call) -> Mapping[str, str]:
        """The same for media of any request."""
        resolved: dict[str, str] = {}
        for media in named:
            if media.value in resolved:
                continue
            try:
                file_id = await self._file_id(media, call)
            except Refusal as refusal:
                message = f"{_place(media)}: {refusal.message}"
                raise Refusal(refusal.code, message, refusal.next_step, request_id=refusal.request_id) from None
            if file_id != media.value:
                resolved[media.value] = file_id
        return resolved

    async def _file_id(self, media: MediaArgument, call: Call) -> str:
        sort = meaning(media.value)
        if sort == "id":
            if (other := other_id(media.value)) is not None:
                what, instead = other
                raise Refusal("wrong_id", f"it takes a file, and {quoted(media.value)} is {what}", instead)
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
        return "Upload it to VideoGen another way and give its file id; find_files shows those that exist"


def _place(media: MediaArgument) -> str:
    return media.argument if media.index is None else f"{media.argument}[{media.index}]"
