"""Where the parts meet: settings in, MCP server out. Read this first.

agent → tools (workflows as tools) → executions.runner → api.client → VideoGen or the sandbox
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import anyio
from mcp.server.mcpserver import MCPServer

from videogen_mcp import __version__
from videogen_mcp.clock import Clock, SystemClock
from videogen_mcp.connector import Connector
from videogen_mcp.executions.background import Errands
from videogen_mcp.executions.delivery import Delivery
from videogen_mcp.executions.history import History
from videogen_mcp.executions.journal import Journal
from videogen_mcp.executions.runner import Runner
from videogen_mcp.executions.submission import Submitter
from videogen_mcp.executions.timing import GONE_WITH_PROCESS
from videogen_mcp.media.downloads import Downloads
from videogen_mcp.media.paths import Grounds
from videogen_mcp.media.resolve import MediaResolver
from videogen_mcp.media.shared import Ongoing
from videogen_mcp.media.uploads import Uploads
from videogen_mcp.protocol.handlers import Surface
from videogen_mcp.settings import Settings
from videogen_mcp.tools.base import ModelTool
from videogen_mcp.tools.cache import Shelves
from videogen_mcp.tools.catalogue import catalogue_tools
from videogen_mcp.tools.executions import execution_tools
from videogen_mcp.tools.files import file_tools
from videogen_mcp.tools.workflows import workflow_tools
from videogen_mcp.workflows import WORKFLOWS

INSTRUCTIONS = """\
VideoGen makes and edits images, video clips, speech, sound effects and avatar clips. Each result is a file with an id \
that other tools take as input. Making takes seconds to minutes: a tool that answers status "running" has lost \
nothing, wait_for_execution goes on where it stopped. Never start the same request twice to be sure: \
list_executions shows what runs and what ended undelivered."""


@dataclass(frozen=True)
class Parts:
    """Everything one server process holds. `uploads` and `downloads` are None where local files are out of reach."""

    settings: Settings
    clock: Clock
    connector: Connector
    runner: Runner
    history: History
    uploads: Uploads | None
    downloads: Downloads | None


@asynccontextmanager
async def open_parts(
    settings: Settings, clock: Clock | None = None, *, local_files: bool = True
) -> AsyncIterator[Parts]:
    """Put the parts together; leaving lets submits on the wire finish. Nothing is reached before the first call.

    `local_files` is for a client on this machine (stdio): its paths are taken and its files written.
    """
    clock = clock or SystemClock()
    journal = Journal(settings.state_dir / "journal.sqlite3" if settings.journal else None)
    journal.prune(clock.time())
    async with AsyncExitStack() as held:
        held.callback(journal.close)
        tasks = await held.enter_async_context(anyio.create_task_group())
        held.callback(tasks.cancel_scope.cancel)
        connector = Connector(settings, clock, journal, tasks)
        held.push_async_callback(connector.close)
        errands = Errands(tasks)
        held.push_async_callback(errands.settle, GONE_WITH_PROCESS)
        transfers = await held.enter_async_context(anyio.create_task_group())
        held.callback(transfers.cancel_scope.cancel)
        grounds = Grounds.of(settings)
        uploads = Uploads(grounds, journal, clock, Ongoing(transfers, clock)) if local_files else None
        downloads = Downloads(grounds, settings.output_dir, clock, Ongoing(transfers, clock)) if local_files else None
        runner = Runner(
            connect=connector.connect,
            journal=journal,
            clock=clock,
            tasks=tasks,
            errands=errands,
            submitter=Submitter(journal, clock, errands, settings.max_executions),
            delivery=Delivery(
                journal, clock, settings.thumbnails, downloads.save if downloads and settings.save else None
            ),
            resolve=MediaResolver(uploads).resolve,
            wait=settings.wait,
            cancel_upstream=settings.on_cancel == "cancel",
        )
        yield Parts(
            settings, clock, connector, runner, History(runner, journal, clock, connector.account), uploads, downloads
        )


def build_server(parts: Parts) -> MCPServer[None]:
    """The tools of the chosen toolsets, guides, files and prompts as one MCP server."""
    runner = parts.runner
    shelves = Shelves.of(parts.clock)
    toolsets = {
        "workflows": partial(workflow_tools, runner, WORKFLOWS),
        "executions": partial(execution_tools, runner, parts.history),
        "files": partial(file_tools, runner, parts.uploads, parts.downloads),
        "catalogue": partial(catalogue_tools, runner.connect, shelves),
        "webhooks": partial(_webhook_tools, runner),
    }
    chosen = [build for name, build in toolsets.items() if name in parts.settings.toolsets]
    tools: list[ModelTool] = [tool for build in chosen for tool in build()]
    return Surface(
        parts.settings,
        runner.connect,
        shelves,
        local_files=parts.uploads is not None,
        name="videogen",
        title="VideoGen",
        description="Make and edit media with VideoGen",
        instructions=INSTRUCTIONS,
        website_url="https://videogen.io",
        version=__version__,
        tools=list(tools),
        log_level=parts.settings.log_level,
        subscriptions=False,
    )


def _webhook_tools(runner: Runner) -> list[ModelTool]:
    # Few want them; the others need not wait for their models at start.
    from videogen_mcp.tools.webhooks import webhook_tools

    return webhook_tools(runner)


@asynccontextmanager
async def open_server(settings: Settings, clock: Clock | None = None) -> AsyncIterator[MCPServer[None]]:
    """The MCP server of one client on this machine."""
    async with open_parts(settings, clock) as parts:
        yield build_server(parts)
