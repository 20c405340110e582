"""Files of the account: uploaded, downloaded, found, published and archived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from videogen_mcp.api.errors import BadRequest
from videogen_mcp.calls import messages
from videogen_mcp.calls.call import Call, Purpose
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.replies import Reply, bounded, with_note
from videogen_mcp.clock import Clock
from videogen_mcp.executions.delivery import describe
from videogen_mcp.executions.journal import Journal
from videogen_mcp.media.addresses import OURS, file_of
from videogen_mcp.media.downloads import Downloads
from videogen_mcp.media.names import is_deceptive, meaning, other_id
from videogen_mcp.media.resolve import MediaResolver
from videogen_mcp.media.uploads import NAME_LENGTH, Uploaded, Wanted
from videogen_mcp.tools import file_details
from videogen_mcp.tools.annotations import KEEPING, READING, REMOVING
from videogen_mcp.tools.arguments import MOST_ROWS, Arguments, Cursor, Limit, Query
from videogen_mcp.tools.base import Tool
from videogen_mcp.tools.look import look_tool
from videogen_mcp.tools.public_preview import publish, unpublish
from videogen_mcp.workflows.base import TEXT, Identifier
from videogen_mcp.workflows.call_arguments import SaveTo
from videogen_mcp.workflows.schema import UNPUBLISHED
from videogen_mcp.workflows.spellings import one_word, place

if TYPE_CHECKING:
    from videogen_mcp.api.models import File, Page
    from videogen_mcp.calls.upstream import Upstream

LISTED = 10
"""Rows by default: at most 1.5 kB."""

DOCUMENTS = frozenset({"PDF", "SLIDESHOW", "TEXT"})
"""What the service calls the types of documents."""

PAGES = 5
"""Pages read for one answer when a type filter leaves few of each; the cursor goes on from there."""

CONFLICT = {"conflict": "Call get_file to see the file's state"}
"""The next step where a file's state does not allow what was asked."""


def _file_id(text: str) -> str:
    text = text.removeprefix(OURS)
    if meaning(text) != "id" or not text.isprintable():
        raise ValueError("takes a file id such as vg_file_…; find_files shows those that exist")
    if (other := other_id(text)) is not None:
        what, instead = other
        raise ValueError(f"takes a file id, and {bounded(text, 60)} is {what}; {instead}")
    return text


def plain(text: str) -> str:
    """Return the text. Raise ValueError where it holds characters that hide what it says."""
    if any(is_deceptive(character) for character in text):
        raise ValueError("holds control or text direction characters")
    return text


FileId = Annotated[Identifier, AfterValidator(_file_id), TEXT]
LocalPath = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), BeforeValidator(place), TEXT]
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=NAME_LENGTH), AfterValidator(plain), TEXT]
Type = Annotated[
    Literal["any", "image", "video", "audio", "document"],
    one_word(
        images="image",
        picture="image",
        pictures="image",
        photo="image",
        photos="image",
        videos="video",
        clip="video",
        clips="video",
        audios="audio",
        sound="audio",
        sounds="audio",
        documents="document",
        pdf="document",
        slides="document",
        slideshow="document",
        text="document",
        all="any",
    ),
]


class UploadFile(Arguments):
    """Arguments of upload_file."""

    path: LocalPath = Field(description="Absolute path, ~/…, file: or https: URL.")
    name: Name | None = None
    temporary: bool = Field(False, description="Kept 24 h at least.")


class OneFile(Arguments):
    """Arguments of get_file and archive_file."""

    file_id: FileId


class FindFiles(Arguments):
    """Arguments of find_files."""

    query: Query | None = Field(None, description="Search by meaning.")
    type: Type = "any"
    limit: Limit = LISTED
    cursor: Cursor | None = None


class DownloadFile(Arguments):
    """Arguments of download_file."""

    file_id: FileId
    save_to: SaveTo | None = Field(
        None, description="Folder (ends with /) or file name; default: the user's VideoGen folder."
    )
    directory: LocalPath | None = Field(None, json_schema_extra=UNPUBLISHED)
    name: Name | None = Field(None, json_schema_extra=UNPUBLISHED)

    @model_validator(mode="after")
    def _says_once_where(self) -> DownloadFile:
        if self.save_to is not None and (self.directory is not None or self.name is not None):
            raise PydanticCustomError("twice", "save_to says where: leave directory and name out")
        return self

    @property
    def folder(self) -> str | None:
        """What `directory` says, as save_to does."""
        return None if self.directory is None else f"{self.directory}/"


class SetPublicPreview(Arguments):
    """Arguments of set_public_preview."""

    file_id: FileId
    enabled: bool


def file_tools(media: MediaResolver, clock: Clock, journal: Journal) -> list[Tool]:
    """Return the tools for files of the account. How files get there, and from there, depends on where they are:
    `local_file_tools`, `distant_files.distant_file_tools`."""

    async def archive_file(arguments: OneFile, call: Call) -> Reply:
        upstream = await call.connect()
        await upstream.client.archive(arguments.file_id)
        await journal.archived(upstream.account, arguments.file_id)
        return file_details.archived(arguments.file_id)

    return [
        look_tool(media, clock),
        Tool(
            Purpose("get_file", next_steps={"conflict": "find_files shows the files that can be used"}),
            title="Get file",
            description="Fresh links to a file and until when they work, its size, length, description and transcript.",
            arguments=OneFile,
            handler=get_file,
            annotations=READING,
            gives_files=True,
        ),
        Tool(
            Purpose("find_files"),
            title="Find files",
            description="Files of the account, newest first, finished videos included, or those whose content fits a"
            " query best.",
            arguments=FindFiles,
            handler=find_files,
            annotations=READING,
        ),
        Tool(
            Purpose("archive_file", "changed", {**CONFLICT, "no_answer": "Call archive_file again: it does no harm"}),
            title="Archive file",
            description="Delete a file from lists and searches; its links stop working, its project stays. Cannot be"
            " undone here: ask first.",
            arguments=OneFile,
            handler=archive_file,
            annotations=REMOVING,
        ),
        Tool(
            Purpose("set_public_preview", "changed", CONFLICT),
            title="Set public preview",
            description="Enabled: a permanent link that anybody can open without login, and embed code for video and"
            " sound. Not enabled: it stops working.",
            arguments=SetPublicPreview,
            handler=set_public_preview,
            annotations=REMOVING,
            late=preview_late,
        ),
    ]


async def bring(wanted: Wanted, media: MediaResolver, call: Call) -> Reply:
    """Return the answer about the file that a path or URL leads to, brought to VideoGen unless it is there. Raises
    VideoGenError."""
    upstream = await call.connect()
    if (known := file_of(wanted.path, upstream)) is not None:
        uploaded = Uploaded(await upstream.client.hydrate(known), reused=True)
    else:
        uploaded = await media.bring(wanted, upstream, call)
    row = describe(uploaded.file, upstream).model_dump(mode="json", exclude_none=True)
    return file_details.uploaded(row, reused=uploaded.reused)


def local_file_tools(media: MediaResolver, downloads: Downloads) -> list[Tool]:
    """Return the two tools that read and write files of this machine."""

    async def upload_file(arguments: UploadFile, call: Call) -> Reply:
        return await bring(Wanted(arguments.path, name=arguments.name, temporary=arguments.temporary), media, call)

    async def download_file(arguments: DownloadFile, call: Call) -> Reply:
        upstream = await call.connect()
        where = arguments.save_to or arguments.folder
        saved = await downloads.download(arguments.file_id, upstream, call, where, arguments.name)
        reply = file_details.saved(arguments.file_id, saved.path, saved.size, already=saved.already)
        return with_note(reply, saved.note)

    return [
        Tool(
            Purpose("upload_file", "changed", CONFLICT),
            title="Upload file",
            description="Upload a local file, or import a URL, and get its file id. Seldom needed: media arguments take"
            " paths and URLs too.",
            arguments=UploadFile,
            handler=upload_file,
            annotations=KEEPING,
        ),
        Tool(
            Purpose("download_file", "changed", CONFLICT),
            title="Download file",
            description="Save the original of a file on this machine and get its path; never overwrites. save_to of the"
            " call that makes it saves this step.",
            arguments=DownloadFile,
            handler=download_file,
            annotations=KEEPING,
        ),
    ]


async def get_file(arguments: OneFile, call: Call) -> Reply:
    """Return one file with fresh links."""
    upstream = await call.connect()
    return file_details.details(await upstream.client.hydrate(arguments.file_id), upstream)


async def find_files(arguments: FindFiles, call: Call) -> Reply:
    """Return a page of the list, or the best hits of a search."""
    upstream = await call.connect()
    return await (_search if arguments.query else _list)(arguments, upstream)


async def set_public_preview(arguments: SetPublicPreview, call: Call) -> Reply:
    """Make a public copy and wait for its address, or take it away."""
    upstream = await call.connect()
    if arguments.enabled:
        public = await publish(arguments.file_id, upstream, call)
        return file_details.published(public, sandbox=upstream.sandbox)
    return file_details.unpublished(await unpublish(arguments.file_id, upstream))


async def preview_late(arguments: SetPublicPreview, call: Call) -> Reply:
    """Return the answer while the public copy is still being made; that goes on by itself."""
    if not arguments.enabled:
        return messages.late(call)
    next_step = f'Call get_file with file_id "{arguments.file_id}" to see its public_url'
    return Reply(
        f"The public copy of {arguments.file_id} is still being made; that goes on by itself.\n{next_step}.",
        {"status": "running", "file_id": arguments.file_id, "next_step": next_step},
    )


async def _search(arguments: FindFiles, upstream: Upstream) -> Reply:
    assert arguments.query is not None
    if arguments.cursor:
        raise Refusal("invalid_arguments", "a search has one page; cursor goes on with the list", "Leave one out")
    # The service cannot filter by type, so more is asked for where a filter will take some away.
    asked = arguments.limit if arguments.type == "any" else MOST_ROWS
    hits = await upstream.client.search_files(arguments.query, asked)
    fitting = [hit.file for hit in hits if _is_of(arguments.type, hit.file)]
    rows = [file_details.row(file, searched=True) for file in fitting[: arguments.limit]]
    more = arguments.limit < MOST_ROWS and (len(fitting) > arguments.limit or len(hits) >= asked)
    return file_details.found(rows, upstream, kind=arguments.type, query=arguments.query, more=more)


async def _list(arguments: FindFiles, upstream: Upstream) -> Reply:
    rows: list[dict[str, Any]] = []
    cursor = arguments.cursor
    for _ in range(PAGES):
        page = await _page(upstream, arguments.limit - len(rows), cursor)
        rows += [file_details.row(file) for file in page.items if _is_of(arguments.type, file)]
        cursor = page.next_cursor if page.has_more else None
        if cursor is None or len(rows) >= arguments.limit:
            break
    return file_details.found(rows, upstream, kind=arguments.type, cursor=cursor)


async def _page(upstream: Upstream, limit: int, cursor: str | None) -> Page[File]:
    try:
        return await upstream.client.files(limit=limit, cursor=cursor)
    except BadRequest as error:
        if cursor is None:
            raise
        raise Refusal(
            "invalid_arguments",
            "cursor: this list does not go on there",
            "Leave it out to begin anew; next_cursor of an earlier answer of find_files goes on",
        ) from error


def _is_of(wanted: str, file: File) -> bool:
    if wanted == "document":
        return file.type in DOCUMENTS
    return wanted in ("any", (file.type or "").lower())
