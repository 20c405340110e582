"""Files of the account: in, out, found, shown to the world and put away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from mcp_types import ToolAnnotations
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from videogen_mcp.api.errors import Conflict, VideoGenError
from videogen_mcp.calls.call import Call, Caller
from videogen_mcp.calls.messages import Refusal, explain
from videogen_mcp.calls.replies import Reply, bounded
from videogen_mcp.executions.delivery import describe
from videogen_mcp.executions.runner import Runner
from videogen_mcp.media.downloads import Downloads
from videogen_mcp.media.names import is_deceptive, meaning
from videogen_mcp.media.uploads import NAME_LENGTH, Uploads, Wanted
from videogen_mcp.tools import file_details as showing
from videogen_mcp.tools.base import ModelTool, tool
from videogen_mcp.tools.executions import Arguments
from videogen_mcp.tools.public_preview import publish, unpublish

if TYPE_CHECKING:
    from videogen_mcp.calls.upstream import Upstream

LISTED = 20
"""Rows by default: about 3 kB."""

MOST = 100
"""Rows of one search at the service, and about what a model's context bears."""

PAGES = 5
"""Pages read for one answer when a type filter leaves few of each; the cursor goes on from there."""

OURS = "videogen://files/"
"""How files are named as MCP resources."""


def _file_id(text: str) -> str:
    text = text.removeprefix(OURS)
    if meaning(text) != "id" or not text.isprintable():
        raise ValueError("takes a file id such as vg_file_…; upload_file makes one of a local file")
    return text


def _plain(text: str) -> str:
    if any(is_deceptive(character) for character in text):
        raise ValueError("holds control or text direction characters")
    return text


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _absent(value: object) -> object:
    """Blank text and null mean "not given" for an optional argument; models send them freely."""
    return None if isinstance(value, str) and not value.strip() else value


Text = WithJsonSchema({"type": "string"})
FileId = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_file_id), Text
]
LocalPath = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), Text]
MaybePath = Annotated[LocalPath | None, BeforeValidator(_absent), Text]
Name = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=NAME_LENGTH), AfterValidator(_plain)] | None,
    BeforeValidator(_absent),
    Text,
]
Query = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=1_000)] | None, BeforeValidator(_absent), Text
]
Cursor = Annotated[Annotated[str, StringConstraints(max_length=2_000)] | None, BeforeValidator(_absent), Text]


class UploadFile(Arguments):
    path: LocalPath = Field(description="Absolute path, ~/… or file: URL.")
    name: Name = None
    temporary: bool = Field(False, description="Kept 24 h at least.")


class OneFile(Arguments):
    file_id: FileId


class FindFiles(Arguments):
    query: Query = Field(None, description="Search by meaning.")
    type: Annotated[Literal["image", "video", "audio"] | None, BeforeValidator(_lower), BeforeValidator(_absent)] = None
    limit: int = Field(LISTED, ge=1, le=MOST)
    cursor: Cursor = None


class DownloadFile(Arguments):
    file_id: FileId
    directory: MaybePath = Field(None, description="Absolute path; made if missing.")
    name: Name = None


class SetPublicPreview(Arguments):
    file_id: FileId
    enabled: bool


READING = ToolAnnotations(read_only_hint=True, open_world_hint=True)


def file_tools(runner: Runner, uploads: Uploads | None, downloads: Downloads | None) -> list[ModelTool]:
    """The files toolset; without the two that touch this machine's disk where those are None (HTTP)."""
    desk = FileDesk(runner, uploads, downloads)
    local = [
        tool(
            "upload_file",
            title="Upload file",
            description="Upload a local picture, video or sound and get its file id. Tools that take media also take"
            " its path directly. The same content is uploaded once.",
            arguments=UploadFile,
            handler=desk.upload,
            annotations=ToolAnnotations(
                read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=True
            ),
        ),
        tool(
            "download_file",
            title="Download file",
            description="Save a file on this machine and get its path. Without directory it goes to the user's VideoGen"
            " folder. Never overwrites.",
            arguments=DownloadFile,
            handler=desk.download,
            annotations=ToolAnnotations(
                read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=True
            ),
        ),
    ]
    remote = [
        tool(
            "get_file",
            title="Get file",
            description="A file with fresh links and until when they work, size, length, description and transcript.",
            arguments=OneFile,
            handler=desk.get,
            annotations=READING,
        ),
        tool(
            "find_files",
            title="Find files",
            description="Files of the account, newest first, or those whose content fits a query best.",
            arguments=FindFiles,
            handler=desk.find,
            annotations=READING,
        ),
        tool(
            "archive_file",
            title="Archive file",
            description="Take a file out of lists and searches; its links and public copy stop working.",
            arguments=OneFile,
            handler=desk.archive,
            annotations=ToolAnnotations(
                read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=True
            ),
        ),
        tool(
            "set_public_preview",
            title="Set public preview",
            description="Enabled: make a permanent public copy that anybody can open without login; gives its URL and,"
            " for video and audio, stream, playback id and embed code. Disabled: those stop working.",
            arguments=SetPublicPreview,
            handler=desk.set_public_preview,
            annotations=ToolAnnotations(
                read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=True
            ),
        ),
    ]
    return (local if uploads is not None and downloads is not None else []) + remote


@dataclass(frozen=True)
class FileDesk:
    """Carries out the file tools."""

    runner: Runner
    uploads: Uploads | None
    downloads: Downloads | None

    async def upload(self, arguments: UploadFile, caller: Caller) -> Reply:
        """Upload a local file and answer when it is ready for use."""

        async def work(call: Call, upstream: Upstream) -> Reply:
            assert self.uploads is not None
            wanted = Wanted(arguments.path, name=arguments.name, temporary=arguments.temporary)
            uploaded = await self.uploads.upload(wanted, upstream, call)
            row = describe(uploaded.file, upstream).model_dump(mode="json", exclude_none=True)
            return showing.uploaded(row, reused=uploaded.reused)

        return await self._attended("upload_file", caller, work, _goes_on("upload_file", "The upload"))

    async def download(self, arguments: DownloadFile, caller: Caller) -> Reply:
        """Save a file of the account on this machine."""

        async def work(call: Call, upstream: Upstream) -> Reply:
            assert self.downloads is not None
            saved = await self.downloads.download(
                arguments.file_id, upstream, call, arguments.directory, arguments.name
            )
            return showing.saved(arguments.file_id, saved.path, saved.size, already=saved.already)

        return await self._attended("download_file", caller, work, _goes_on("download_file", "The download"))

    async def get(self, arguments: OneFile, caller: Caller) -> Reply:
        """One file with fresh links."""

        async def work(call: Call, upstream: Upstream) -> Reply:
            return showing.details(await upstream.client.hydrate(arguments.file_id), upstream)

        return await self._attended("get_file", caller, work)

    async def find(self, arguments: FindFiles, caller: Caller) -> Reply:
        """A page of the list, or the best hits of a search."""

        async def work(call: Call, upstream: Upstream) -> Reply:
            if arguments.query:
                return await _search(arguments, upstream)
            return await _list(arguments, upstream)

        return await self._attended("find_files", caller, work)

    async def archive(self, arguments: OneFile, caller: Caller) -> Reply:
        """Put a file away."""

        async def work(call: Call, upstream: Upstream) -> Reply:
            await upstream.client.archive(arguments.file_id)
            text = f"Archived {arguments.file_id}: it is out of lists and searches, and its links stop working."
            return Reply(text, {"file_id": arguments.file_id, "archived": True})

        return await self._attended("archive_file", caller, work)

    async def set_public_preview(self, arguments: SetPublicPreview, caller: Caller) -> Reply:
        """Publish a file, waiting for its address, or take the public copy away."""

        async def work(call: Call, upstream: Upstream) -> Reply:
            if arguments.enabled:
                return showing.published(await publish(arguments.file_id, upstream, call))
            return showing.unpublished(await unpublish(arguments.file_id, upstream))

        still = Reply(
            f"The public copy of {arguments.file_id} is still being made; that goes on by itself.\n"
            f'Call get_file with file_id "{arguments.file_id}" to see its public_url.',
            {
                "status": "running",
                "file_id": arguments.file_id,
                "next_step": f'Call get_file with file_id "{arguments.file_id}" to see its public_url',
            },
        )
        return await self._attended("set_public_preview", caller, work, still)

    async def _attended(
        self,
        name: str,
        caller: Caller,
        work: Callable[[Call, Upstream], Awaitable[Reply]],
        late: Reply | None = None,
    ) -> Reply:
        """Do the work inside the call's time; `late` is the answer when that ends first."""
        async with self.runner.attend(name, caller) as call:
            try:
                with call.out_of_time():
                    call.upstream = await self.runner.connect()
                    return await work(call, call.upstream)
            except Conflict as error:
                way_out = "Call get_file to see how the file stands"
                return failed(name, Refusal("conflict", error.message.rstrip("."), way_out))
            except VideoGenError as error:
                return failed(name, error, sandbox=call.upstream is not None and call.upstream.sandbox)
            return late or failed(name, Refusal("no_answer", "the service did not answer in time", "Call again later"))


def failed(name: str, error: VideoGenError, *, sandbox: bool = False) -> Reply:
    """Why a file tool has nothing to show, in the tool's words."""
    told = explain(error, name, sandbox=sandbox)
    said = told.error.message.removeprefix(f"{name} was not started: ")
    told.error.message = f"{name}: {said}"
    structured: dict[str, Any] = {"error": told.error.model_dump(mode="json", exclude_none=True)}
    lines = [f"{told.error.message}."]
    if told.next_step:
        structured["next_step"] = told.next_step
        lines.append(told.next_step if told.next_step.endswith("?") else f"{told.next_step}.")
    return Reply("\n".join(lines), structured, is_error=True)


def _goes_on(name: str, what: str) -> Reply:
    next_step = f"Call {name} again with the same arguments: it takes up where this one is"
    return Reply(
        f"{what} needs more time than this host gives one call; it goes on.\n{next_step}.",
        {"status": "running", "next_step": next_step},
    )


async def _search(arguments: FindFiles, upstream: Upstream) -> Reply:
    assert arguments.query is not None
    if arguments.cursor:
        raise Refusal("invalid_arguments", "a search has one page; cursor goes on with the list", "Leave one out")
    # The service cannot filter by type, so more is asked for where a filter will take some away.
    asked = MOST if arguments.type else arguments.limit
    hits = await upstream.client.search_files(arguments.query, asked)
    fitting = [hit for hit in hits if arguments.type in (None, (hit.file.type or "").lower())]
    rows = [showing.row(hit.file, hit.similarity) for hit in fitting[: arguments.limit]]
    return showing.found(rows, None, bounded(arguments.query, 80))


async def _list(arguments: FindFiles, upstream: Upstream) -> Reply:
    kind = arguments.type.upper() if arguments.type else None
    rows: list[dict[str, Any]] = []
    cursor = arguments.cursor
    for _ in range(PAGES):
        page = await upstream.client.files(limit=arguments.limit - len(rows), cursor=cursor, type=kind)
        rows += [showing.row(file) for file in page.items]
        cursor = page.next_cursor if page.has_more else None
        if cursor is None or len(rows) >= arguments.limit:
            break
    return showing.found(rows, cursor, None)
