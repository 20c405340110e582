"""From what a request names (file ids, local paths) to the file ids the service takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from videogen_mcp.calls.call import Call
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.media.names import known_id, meaning, quoted
from videogen_mcp.media.uploads import Uploads, Wanted
from videogen_mcp.workflows.base import MediaArgument, Workflow


@dataclass(frozen=True)
class MediaResolver:
    """Makes file ids of the media that a request names. `uploads` is None where local files are out of reach (HTTP)."""

    uploads: Uploads | None

    async def resolve(self, request: Workflow, call: Call) -> Mapping[str, str]:
        """value → file id for every value that is not an id itself; local files are uploaded on the way.

        Raises Refusal, naming the argument, for what cannot be used; nothing has been paid then.
        """
        resolved: dict[str, str] = {}
        for media in request.media():
            sort = meaning(media.value)
            if sort == "address":
                resolved[media.value] = _id_of_address(media, local_files=self.uploads is not None)
            elif sort == "path":
                resolved[media.value] = await self._uploaded(media, call)
        return resolved

    async def _uploaded(self, media: MediaArgument, call: Call) -> str:
        if self.uploads is None:
            raise local_files_refused(_place(media))
        try:
            uploaded = await self.uploads.upload(Wanted(media.value, media.kind), await call.connect(), call)
        except Refusal as refusal:
            raise Refusal(refusal.code, f"{_place(media)}: {refusal.message}", refusal.next_step) from None
        return uploaded.file.file_id


def local_files_refused(what: str) -> Refusal:
    """The no of a server that runs elsewhere than its user."""
    return Refusal(
        "local_file_refused",
        f"{what}: this server is reached over the network, so paths of the caller's machine mean nothing to it",
        "Upload the file to VideoGen another way and give its file id; find_files shows those that exist",
    )


def _id_of_address(media: MediaArgument, *, local_files: bool) -> str:
    """videogen://files/{id} is our own name of a file; other addresses are not fetched for anybody."""
    scheme, _, rest = media.value.partition("://files/")
    if scheme.lower() == "videogen" and rest:
        return rest
    if (file_id := known_id(media.value)) is not None:
        raise Refusal(
            "address_refused",
            f"{_place(media)} takes a file id, not an address",
            f'Give "{file_id}", the file id in that address',
        )
    raise Refusal(
        "address_refused",
        f"{_place(media)} takes a file id{' or a local path' if local_files else ''}, and"
        f' "{quoted(media.value[:80])}" is an address; this server fetches nothing from the web',
        "Download it to a local file first and give that path"
        if local_files
        else "Upload it to VideoGen another way and give its file id; find_files shows those that exist",
    )


def _place(media: MediaArgument) -> str:
    return media.argument if media.index is None else f"{media.argument}[{media.index}]"
