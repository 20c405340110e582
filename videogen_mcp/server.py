"""The composition root: settings in, MCP server out. Read this first.

tools → executions → media → calls → api → VideoGen or the sandbox
"""

from __future__ import annotations

import logging
import random
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

import anyio

from videogen_mcp.api.errors import VideoGenError
from videogen_mcp.calls.calls import Calls
from videogen_mcp.calls.upstream import Connect, Upstream
from videogen_mcp.clock import Clock, SystemClock
from videogen_mcp.connector import Connector
from videogen_mcp.executions.background import BackgroundTasks
from videogen_mcp.executions.chains import Chains
from videogen_mcp.executions.delivery import Delivery
from videogen_mcp.executions.follower import Follower
from videogen_mcp.executions.history import History
from videogen_mcp.executions.journal import Journal
from videogen_mcp.executions.kinds import ALL_KINDS
from videogen_mcp.executions.poller import Poller, Pollers
from videogen_mcp.executions.runner import Runner
from videogen_mcp.executions.submission import Submitter
from videogen_mcp.executions.timing import GONE_WITH_PROCESS
from videogen_mcp.media.downloads import Downloads
from videogen_mcp.media.imports import Imports
from videogen_mcp.media.limits import IMPORT_KEPT
from videogen_mcp.media.paths import AllowedPaths
from videogen_mcp.media.resolve import MediaResolver
from videogen_mcp.media.shared import SharedTransfers
from videogen_mcp.media.uploads import Uploads
from videogen_mcp.protocol.handlers import Handlers
from videogen_mcp.protocol.sent_answers import SentAnswers
from videogen_mcp.settings import Settings, Toolset
from videogen_mcp.tools.base import Tool, Tools
from videogen_mcp.tools.cache import Caches
from videogen_mcp.tools.catalogue import catalogue_tools
from videogen_mcp.tools.executions import execution_tools
from videogen_mcp.tools.files import file_tools
from videogen_mcp.tools.projects import project_tools
from videogen_mcp.tools.workflows import workflow_tools
from videogen_mcp.workflows import workflows_of

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

    from videogen_mcp.protocol import http, stdio

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Parts:
    """Everything one server process holds. `downloads` is None where local files are out of reach."""

    settings: Settings
    clock: Clock
    calls: Calls
    pollers: Pollers
    runner: Runner
    history: History
    downloads: Downloads | None


@asynccontextmanager
async def open_parts(
    settings: Settings,
    clock: Clock | None = None,
    *,
    local_files: bool = True,
    connect: Connect | None = None,
) -> AsyncIterator[Parts]:
    """Put the parts together; on exit, submits on the wire may finish. Nothing is reached before the first call.

    `local_files` is for a client on this machine (stdio): its paths are taken and its files written. `connect` reaches
    the upstream; the settings say how unless it is given.
    """
    clock = clock or SystemClock()
    journal = Journal(settings.state_dir / "journal.sqlite3" if settings.journal else None)
    async with AsyncExitStack() as held:
        held.callback(journal.close)
        tasks = await held.enter_async_context(anyio.create_task_group())
        held.callback(tasks.cancel_scope.cancel)
        tasks.start_soon(journal.keep, clock)
        connector = Connector(settings, clock)
        held.push_async_callback(connector.close)
        background = BackgroundTasks(tasks)
        held.push_async_callback(background.settle, GONE_WITH_PROCESS)
        transfers = await held.enter_async_context(anyio.create_task_group())
        held.callback(transfers.cancel_scope.cancel)
        allowed = AllowedPaths.of(settings)
        uploads = Uploads(allowed, journal, clock, SharedTransfers(transfers, clock)) if local_files else None
        imports = Imports(clock, SharedTransfers(transfers, clock, keep=IMPORT_KEPT))
        downloads = (
            Downloads(allowed, settings.output_dir, clock, SharedTransfers(transfers, clock)) if local_files else None
        )

        def poller(upstream: Upstream) -> Poller:
            return Poller(
                upstream,
                clock,
                tasks,
                jitter=random.random,
                ended=lambda state, took: journal.saw_end(state, clock.time(), took),
                unreachable=partial(_revive, connector) if upstream.sandbox else None,
                interval=settings.poll_interval,
            )

        pollers = Pollers(poller)
        submitter = Submitter(journal, clock, background, settings.max_executions)
        delivery = Delivery(
            journal,
            clock,
            settings.thumbnails,
            downloads if settings.save else None,
            edits="videos" in settings.toolsets,
        )
        chains = Chains(journal, clock, submitter, ALL_KINDS)
        cancels = settings.on_cancel == "cancel"
        follower = Follower(journal, clock, background, chains, pollers, delivery, ALL_KINDS, cancels)
        yield Parts(
            settings,
            clock,
            Calls(connect or connector.connect, clock, tasks, journal, settings.wait),
            pollers,
            Runner(journal, clock, submitter, MediaResolver(uploads, imports), follower, ALL_KINDS),
            History(journal, pollers, clock, connector.account, chains, ALL_KINDS),
            downloads,
        )


def build_handlers(parts: Parts, sent: SentAnswers | None = None) -> Handlers:
    """Return the tools of the chosen toolsets, guides, files and prompts as answers to MCP requests.

    `sent` tells when answers have been written, where the transport knows.
    """
    caches = Caches.of(parts.clock)
    local_files = parts.downloads is not None
    media = parts.runner.media
    others: Mapping[Toolset, Callable[[], list[Tool]]] = {
        "videos": project_tools,
        "executions": partial(execution_tools, parts.runner.follower, parts.history),
        "files": partial(file_tools, media, parts.downloads, parts.clock),
        "catalogue": partial(catalogue_tools, caches),
        "entities": partial(_entity_tools, media, caches),
        "editor": _text_tools,
        "webhooks": _webhook_tools,
    }
    dialect = parts.settings.dialect

    def tools_of(toolset: Toolset) -> Iterable[Tool]:
        """The tools of its workflows, then the others."""
        workflows = workflows_of(dialect, toolset)
        yield from workflow_tools(parts.runner, workflows, local_files=local_files)
        if toolset in others:
            yield from (tool for tool in others[toolset]() if dialect == "auto" or dialect in tool.eras)

    tools = Tools.of(
        (tool for toolset in get_args(Toolset) if toolset in parts.settings.toolsets for tool in tools_of(toolset)),
        parts.calls,
        notice=parts.settings.notice,
        no_starts=parts.settings.blocks("starts"),
    )
    return Handlers(parts.settings, parts.calls, tools, caches, local_files=local_files, sent=sent)


@asynccontextmanager
async def open_server(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Server[Any]]:
    """Yield the MCP server of one client on this machine."""
    async with open_parts(settings, clock) as parts:
        yield build_handlers(parts).server()


@asynccontextmanager
async def open_stdio_server(settings: Settings, clock: Clock | None = None) -> AsyncIterator[stdio.Served]:
    """Yield the MCP server of one client on this machine, over stdio."""
    from videogen_mcp.protocol.stdio import Served

    sent = SentAnswers()
    async with open_parts(settings, clock) as parts:
        yield Served(build_handlers(parts, sent).server(), parts.calls.stop_asking, sent)


@asynccontextmanager
async def open_shared_server(settings: Settings, clock: Clock | None = None) -> AsyncIterator[http.Served]:
    """Yield the MCP server of several clients, over HTTP. Paths of this machine are not taken."""
    from videogen_mcp.protocol.http import Served

    async with open_parts(settings, clock, local_files=False) as parts:
        yield Served(build_handlers(parts).server(), parts.clock, parts.pollers.wake, parts.calls.hurry)


# Few want the following; the others need not wait for their models at start.


def _entity_tools(media: MediaResolver, caches: Caches) -> list[Tool]:
    from videogen_mcp.tools.entities import entity_tools

    return entity_tools(media, caches)


def _text_tools() -> list[Tool]:
    from videogen_mcp.tools.texts import text_tools

    return text_tools()


def _webhook_tools() -> list[Tool]:
    from videogen_mcp.tools.webhooks import webhook_tools

    return webhook_tools()


async def _revive(connector: Connector) -> None:
    """Start the sandbox again when it went away while it was polled: it takes up what it had begun."""
    try:
        await connector.connect()
    except VideoGenError as error:
        log.warning("the sandbox is gone and does not start again: %s", error)
