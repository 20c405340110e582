"""look_at_file: an agent sees and hears what it made, or what it was given."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import anyio
from anyio import to_thread
from pydantic import BeforeValidator, Field

from videogen_mcp.calls import messages
from videogen_mcp.calls.call import Call, Purpose
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.replies import NAME_LENGTH, Reply, bounded
from videogen_mcp.calls.timing import ANSWER_RESERVE
from videogen_mcp.clock import Clock
from videogen_mcp.installation import this_installation
from videogen_mcp.local_sandbox import reader_command
from videogen_mcp.media.downloads import downloadable
from videogen_mcp.media.fetching import download, fetch
from videogen_mcp.media.limits import PICTURE_MOST
from videogen_mcp.media.names import meaning
from videogen_mcp.media.resolve import MediaResolver
from videogen_mcp.media.roots import with_offered
from videogen_mcp.media.uploads import Uploads
from videogen_mcp.media.viewing import Facts, View, Viewer
from videogen_mcp.tools import look_words
from videogen_mcp.tools.annotations import READING
from videogen_mcp.tools.arguments import Arguments
from videogen_mcp.tools.base import Tool
from videogen_mcp.workflows.base import AnyRef, MediaArgument
from videogen_mcp.workflows.spellings import moment

if TYPE_CHECKING:
    from videogen_mcp.api.models import File
    from videogen_mcp.calls.upstream import Upstream


def _missing(uploads: Uploads | None) -> str:
    """What helps where nothing reads media; the command, which names folders, only to callers on this machine."""
    if uploads is None:
        return "Whoever runs this server can install its extra `look`, with which more than this is seen"
    return f"To see more than this, install what reads media with: `{this_installation().adding('look')}`"


Moment = Annotated[float, BeforeValidator(moment)]


class LookAtFile(Arguments):
    """Arguments of look_at_file."""

    file_id: AnyRef = Field(description="Also a path or URL.")
    at: Moment | None = Field(None, description="Second of one frame; omitted or -1: overview.")


class LookAtDistantFile(LookAtFile):
    """Arguments of look_at_file where paths of the caller's machine mean nothing (HTTP)."""

    file_id: AnyRef = Field(description="Also a URL.")


def look_tool(media: MediaResolver, clock: Clock, viewer: Viewer | None = None) -> Tool:
    """Return the tool. `viewer` runs the readers; None: the one of the extra `look`, where that is installed."""
    arguments = LookAtFile if media.uploads is not None else LookAtDistantFile
    return Tool(
        Purpose("look_at_file"),
        title="Look at file",
        description="See and hear a picture, video, sound, PDF or SVG yourself: one image (frames with times, waveform)"
        " with facts like loudness, silence, transcript. Check results with it.",
        arguments=arguments,
        handler=_Looking(media, clock, viewer).look_at_file,
        annotations=READING,
        late=late,
    )


@dataclass
class _Looking:
    media: MediaResolver
    clock: Clock
    viewer: Viewer | None

    async def look_at_file(self, arguments: LookAtFile, call: Call) -> Reply:
        """Read a file and answer with a picture and facts."""
        at = arguments.at if arguments.at is not None and arguments.at >= 0 else None
        if meaning(arguments.file_id) == "path" and self.media.uploads is not None:
            return await self._local(self.media.uploads, arguments.file_id, at, call)
        upstream = await call.connect()
        named = MediaArgument("file_id", None, None, arguments.file_id)
        file_id = (await self.media.resolve_all([named], call)).get(arguments.file_id, arguments.file_id)
        return await self._stored(file_id, at, upstream, call)

    async def _local(self, uploads: Uploads, path: str, at: float | None, call: Call) -> Reply:
        viewer = self._viewer()
        if viewer is None:
            raise Refusal("reader_missing", "this server cannot read files of this machine itself", _missing(uploads))
        allowed = await with_offered(uploads.allowed, call.caller)
        local = await to_thread.run_sync(allowed.open_file, path)
        try:
            await call.report(f"reading {local.name}")
            async with _folder() as folder:
                # What was checked is what is opened; elsewhere than on Linux /dev/fd shares one position of reading.
                file = local.fd if sys.platform == "linux" else local.path
                view = await viewer.view(file, at, folder, limit=_limit(call))
        finally:
            local.close()
        return _reply(view, {"path": str(local.path), "name": bounded(local.name, NAME_LENGTH)})

    async def _stored(self, file_id: str, at: float | None, upstream: Upstream, call: Call) -> Reply:
        await call.report("asking for the link")
        file, best = await downloadable(file_id, upstream.client, self.clock)
        about = look_words.about(file)
        viewer = self._viewer()
        async with _folder() as folder:
            if viewer is None:
                return _reply(await self._thumbnail(file, upstream, folder), about)
            await call.report("fetching the file")
            fetched = await fetch(file, best, upstream.client, self.clock, folder)
            await call.report("reading the file")
            view = await viewer.view(fetched.path, at, folder, limit=_limit(call))
        if fetched.note is not None:
            view.facts.notes = [fetched.note, *(view.facts.notes or ())]
            view.facts.size_bytes = best.file_bytes or view.facts.size_bytes
        return _reply(view, about)

    async def _thumbnail(self, file: File, upstream: Upstream, folder: Path) -> View:
        """What the service itself says and shows of a file."""
        best, small = file.download_source, file.thumbnail_source
        facts = Facts(kind=file.type, duration_seconds=file.duration_seconds, notes=[_missing(self.media.uploads)])
        if best is not None:
            facts.width, facts.height, facts.size_bytes = best.width, best.height, best.file_bytes
        picture = None
        if small is not None and small.is_ready and small.url:
            path = folder / "thumbnail"
            if await download(small, upstream.client, self.clock, path, PICTURE_MOST):
                picture = await to_thread.run_sync(path.read_bytes)
        return View(facts, picture)

    def _viewer(self) -> Viewer | None:
        if self.viewer is None and (command := reader_command()) is not None:
            self.viewer = Viewer(command)
        return self.viewer


async def late(arguments: LookAtFile, call: Call) -> Reply:
    """Return the answer when fetching a file and reading it take longer than the call may."""
    error = Refusal(
        "not_read_in_time",
        f"the {call.budget:.0f} s that this host gives a call were over while {call.doing}",
        "Call get_file for links to it; a preview or a shorter file is read sooner",
    )
    return messages.failure(error, call)


def _limit(call: Call) -> float:
    """Seconds that a reader may take, so that what it knows by then is still answered."""
    return max(call.remaining() - ANSWER_RESERVE, ANSWER_RESERVE)


def _reply(view: View, about: dict[str, Any]) -> Reply:
    structured = {**about, **view.facts.model_dump(mode="json", exclude_none=True)}
    pictures = (view.picture,) if view.picture is not None else ()
    return Reply(look_words.text(view.facts, about, pictured=bool(pictures)), structured, pictures=pictures)


@asynccontextmanager
async def _folder() -> AsyncIterator[Path]:
    """A folder that only this user may read, and that is gone afterwards."""
    folder = await to_thread.run_sync(lambda: tempfile.TemporaryDirectory(prefix="videogen-look-"))
    try:
        yield Path(folder.name)
    finally:
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(folder.cleanup)
