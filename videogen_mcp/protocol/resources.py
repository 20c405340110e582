"""What can be read beside the tools: skills, facts of this server, the player, and files with their thumbnails."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mcp import MCPError
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    BlobResourceContents,
    ClientCapabilities,
    Resource,
    ResourceTemplate,
    TextResourceContents,
)

from videogen_mcp.api.errors import BadRequest, NotFound, VideoGenError
from videogen_mcp.calls.call import Caller, Purpose
from videogen_mcp.calls.calls import Calls
from videogen_mcp.calls.messages import explain
from videogen_mcp.calls.replies import of_sandbox
from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.executions.delivery import THUMBNAIL_BYTES
from videogen_mcp.media.addresses import OURS
from videogen_mcp.media.sniff import JPEG, PNG, WEBP, sniff
from videogen_mcp.protocol import apps, skills
from videogen_mcp.protocol.listing import PLAYER, missing
from videogen_mcp.protocol.this_server import URI as THIS_SERVER
from videogen_mcp.protocol.this_server import this_server
from videogen_mcp.settings import Settings
from videogen_mcp.tools import file_details
from videogen_mcp.tools.offered import Missing

if TYPE_CHECKING:
    from videogen_mcp.api.models import File

FILE_TEMPLATE = OURS + "{file_id}"
THUMBNAIL_TEMPLATE = FILE_TEMPLATE + "/thumbnail"

READ = Purpose("get_file")
"""Reading a file as a resource says what get_file says, also when it fails."""

Contents = TextResourceContents | BlobResourceContents

PICTURES = (JPEG, PNG, WEBP)
"""What a thumbnail can be; anything else is not handed on as a picture."""


@dataclass(frozen=True)
class Resources:
    """Lists and reads them. `local_files`: whether paths of this machine are taken."""

    settings: Settings
    calls: Calls
    local_files: bool

    def listed(self, capabilities: ClientCapabilities | None = None) -> list[Resource]:
        """The skills, the page of this server, and the player where the client shows it. Files are too many to list:
        find_files does."""
        listed = [
            *skills.resources(),
            Resource(
                uri=THIS_SERVER,
                name="server",
                title="This server",
                description="Account or sandbox, what media arguments take, how long calls wait, which tools are off.",
                mime_type=skills.MARKDOWN,
            ),
        ]
        return [*listed, apps.listed(self.settings)] if apps.shows_apps(capabilities) else listed

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

    async def read(self, uri: str, caller: Caller) -> Contents:
        """Return the content behind a URI.

        Raises MCPError: invalid params for what is not there, internal error with the next step for what cannot be
        read now.
        """
        if skill := skills.contents(uri):
            return skill
        if uri == PLAYER:
            return apps.contents(self.settings)
        if uri == THIS_SERVER:
            text = this_server(self.settings, caller, self._missing.toolsets, local_files=self.local_files)
            return TextResourceContents(uri=uri, text=text, mime_type=skills.MARKDOWN)
        found = re.fullmatch(re.escape(OURS) + r"([^/?#]{1,600})(/thumbnail)?", uri)
        if found is None:
            names = ", ".join(str(one.uri) for one in self.listed())
            raise not_there(uri, f"There is no such resource; there are {names}, and {FILE_TEMPLATE}.")
        file_id, thumbnail = unquote(found[1]), found[2] is not None
        async with self.calls.open(READ, caller) as call:
            try:
                with call.out_of_time():
                    upstream = await call.connect()
                    file = await upstream.client.hydrate(file_id)
                    return await _thumbnail(uri, file, upstream) if thumbnail else _facts(uri, file, upstream)
                raise _unreadable(uri, "The service did not answer in time; try again later.")
            except (NotFound, BadRequest):
                why = self._missing.advice("There is no such file; find_files shows those that exist")
                raise not_there(uri, f"{why}.") from None
            except VideoGenError as error:
                why = str(explain(error, call.purpose, sandbox=call.in_sandbox))
                raise _unreadable(uri, self._missing.advice(why)) from None

    @cached_property
    def _missing(self) -> Missing:
        return Missing(missing(self.settings, local_files=self.local_files), self.settings.owner)


def not_there(uri: str, message: str) -> MCPError:
    """Return the protocol's error for a resource that does not exist."""
    return MCPError(INVALID_PARAMS, message, {"uri": uri})


def _unreadable(uri: str, message: str) -> MCPError:
    return MCPError(INTERNAL_ERROR, message, {"uri": uri})


def _facts(uri: str, file: File, upstream: Upstream) -> Contents:
    reply = file_details.details(file, upstream)
    facts = (of_sandbox(reply) if upstream.sandbox else reply).structured
    text = json.dumps(facts, ensure_ascii=False, indent=1)
    return TextResourceContents(uri=uri, text=text, mime_type="application/json")


async def _thumbnail(uri: str, file: File, upstream: Upstream) -> Contents:
    source = file.thumbnail_source
    if source is None or not source.is_ready or not source.url:
        raise not_there(uri, f"{file.file_id} has no thumbnail; a new file may get one in a moment.")
    picture = bytearray()
    async with upstream.client.download(source.url) as stream:
        async for chunk in stream.chunks():
            picture += chunk
            if len(picture) > THUMBNAIL_BYTES:
                raise _unreadable(uri, f"The thumbnail of {file.file_id} is larger than {THUMBNAIL_BYTES} bytes.")
    kind = sniff(bytes(picture))
    if kind is None or kind not in PICTURES:
        raise _unreadable(uri, f"What the service gives as thumbnail of {file.file_id} is no picture.")
    return BlobResourceContents(uri=uri, blob=base64.b64encode(picture).decode(), mime_type=kind.mime)
