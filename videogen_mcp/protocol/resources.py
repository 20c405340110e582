"""What can be read beside the tools: guides for agents, and files of the account with their thumbnails."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

import anyio
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp_types import Resource, ResourceTemplate

from videogen_mcp.api.errors import BadRequest, NotFound, VideoGenError
from videogen_mcp.calls.messages import explain
from videogen_mcp.calls.upstream import Connect, Upstream
from videogen_mcp.executions.delivery import THUMBNAIL_BYTES
from videogen_mcp.media.sniff import JPEG, PNG, WEBP, sniff
from videogen_mcp.protocol.guides import GUIDES
from videogen_mcp.settings import Settings
from videogen_mcp.tools import file_details as showing
from videogen_mcp.tools.files import OURS

if TYPE_CHECKING:
    from videogen_mcp.api.models import File

GUIDE = "videogen://guides/"
FILE_TEMPLATE = OURS + "{file_id}"
THUMBNAIL_TEMPLATE = FILE_TEMPLATE + "/thumbnail"

READ_LIMIT = 30.0
"""Seconds for reading a file's facts or its thumbnail: two small requests. Hosts that read resources have no progress
to look at meanwhile."""

PICTURES = (JPEG, PNG, WEBP)
"""What a thumbnail can be; anything else is not handed on as a picture."""


@dataclass(frozen=True)
class Resources:
    """Lists and reads them. `local_files`: whether paths of this machine are taken."""

    settings: Settings
    connect: Connect
    local_files: bool

    def listed(self) -> list[Resource]:
        """The guides. Files are too many to list: find_files does."""
        return [
            Resource(
                uri=GUIDE + guide.name,
                name=guide.name,
                title=guide.title,
                description=guide.description,
                mime_type="text/markdown",
            )
            for guide in GUIDES
        ]

    def templates(self) -> list[ResourceTemplate]:
        """Files and their thumbnails, by id."""
        return [
            ResourceTemplate(
                uri_template=FILE_TEMPLATE,
                name="file",
                title="File",
                description="What get_file says: type, size, links and until when they work, description, transcript.",
                mime_type="application/json",
            ),
            ResourceTemplate(
                uri_template=THUMBNAIL_TEMPLATE,
                name="thumbnail",
                title="Thumbnail",
                description="A small picture of the file.",
                mime_type="image/jpeg",
            ),
        ]

    async def read(self, uri: str) -> ReadResourceContents:
        """The content behind a uri.

        Raises ResourceNotFoundError for what is not there and ResourceError, with the way out, for what cannot be read.
        """
        for guide in GUIDES:
            if uri == GUIDE + guide.name:
                return ReadResourceContents(guide.write(self.settings, self.local_files), "text/markdown")
        found = re.fullmatch(re.escape(OURS) + r"([^/?#]{1,600})(/thumbnail)?", uri)
        if found is None:
            names = ", ".join(GUIDE + guide.name for guide in GUIDES)
            raise ResourceNotFoundError(f"There is no such resource; there are {names}, and {FILE_TEMPLATE}.")
        return await self._file(unquote(found[1]), thumbnail=found[2] is not None)

    async def _file(self, file_id: str, *, thumbnail: bool) -> ReadResourceContents:
        try:
            with anyio.fail_after(READ_LIMIT):
                upstream = await self.connect()
                file = await upstream.client.hydrate(file_id)
                return await _thumbnail(file, upstream) if thumbnail else _facts(file, upstream)
        except (NotFound, BadRequest):
            raise ResourceNotFoundError("There is no such file; find_files shows those that exist.") from None
        except VideoGenError as error:
            told = explain(error, "get_file")
            said = told.error.message.removeprefix("get_file was not started: ")
            raise ResourceError(f"{said}. {told.next_step}." if told.next_step else f"{said}.") from None
        except TimeoutError:
            raise ResourceError(f"The service did not answer within {READ_LIMIT:.0f} s; try again later.") from None


def _facts(file: File, upstream: Upstream) -> ReadResourceContents:
    facts = showing.details(file, upstream).structured
    return ReadResourceContents(json.dumps(facts, ensure_ascii=False, indent=1), "application/json")


async def _thumbnail(file: File, upstream: Upstream) -> ReadResourceContents:
    source = file.thumbnail_source
    if source is None or not source.is_ready or not source.url:
        raise ResourceNotFoundError(f"{file.file_id} has no thumbnail; a new file may get one in a moment.")
    picture = bytearray()
    async with upstream.client.download(source.url) as stream:
        async for chunk in stream.chunks():
            picture += chunk
            if len(picture) > THUMBNAIL_BYTES:
                raise ResourceError(f"The thumbnail of {file.file_id} is larger than {THUMBNAIL_BYTES} bytes.")
    kind = sniff(bytes(picture))
    if kind is None or kind not in PICTURES:
        raise ResourceError(f"What the service gives as thumbnail of {file.file_id} is no picture.")
    return ReadResourceContents(bytes(picture), kind.mime)
