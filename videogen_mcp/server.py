"""The composition root: settings in, MCP server out. Read this first.

tools → executions → media → calls → api → VideoGen or the sandbox
"""

from __future__ import annotations

import logging
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio

from videogen_mcp import telemetry
from videogen_mcp.api.errors import VideoGenError
from videogen_mcp.calls.calls import Calls
from videogen_mcp.calls.upstream import Account, Connect, Upstream
from videogen_mcp.clock import Clock, SystemClock
from videogen_mcp.connector import Connector
from videogen_mcp.default_folders import SHARED_IN_STATE
from videogen_mcp.executions.background import BackgroundTasks
from videogen_mcp.executions.chains import Chains
from videogen_mcp.executions.delivery import Delivery
from videogen_mcp.executions.follower import Follower
from videogen_mcp.executions.history import History
from videogen_mcp.executions.journal import Journal, Limits
from videogen_mcp.executions.kinds import ALL_KINDS
from videogen_mcp.executions.poller import Poller, Pollers
from videogen_mcp.executions.runner import Runner
from videogen_mcp.executions.sharing.sharing import ALONE
from videogen_mcp.executions.submission import Submitter
from videogen_mcp.executions.timing import GONE_WITH_PROCESS
from videogen_mcp.media.downloads import Downloads
from videogen_mcp.media.expected import ExpectedUploads
from videogen_mcp.media.imports import Imports
from videogen_mcp.media.limits import IMPORT_KEPT
from videogen_mcp.media.paths import AllowedPaths
from videogen_mcp.media.resolve import MediaResolver
from videogen_mcp.media.shared import SharedTransfers
from videogen_mcp.media.uploads import Uploads
from videogen_mcp.protocol.handlers import Handlers
from videogen_mcp.protocol.sent_answers import SentAnswers
from videogen_mcp.settings import Settings, Toolset
from videogen_mcp.tools.cache import Caches

if TYPE_CHECKING:
    import httpx
    from mcp.server.lowlevel import Server

    from videogen_mcp.database.database import Database
    from videogen_mcp.executions.sharing.replica import Replica
    from videogen_mcp.protocol import http, stdio
    from videogen_mcp.tools.base import Tool, Tools
    from videogen_mcp.tools.tasks import ExecutionTasks
    from videogen_mcp.tools.webhooks import Receiving
    from videogen_mcp.webhook_endpoints import WebhookEndpoints

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Parts:
    """Everything one server process holds. `account` is that of the settings; `downloads` is None where local files are
    out of reach."""

    settings: Settings
    account: Account
    clock: Clock
    calls: Calls
    pollers: Pollers
    runner: Runner
    history: History
    downloads: Downloads | None
    endpoints: WebhookEndpoints | None
    """Webhook endpoints of accounts, which a hosted server keeps."""


@asynccontextmanager
async def open_parts(
    settings: Settings,
    clock: Clock | None = None,
    *,
    local_files: bool = True,
    connect: Connect | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    database: Database | None = None,
    several: bool = False,
) -> AsyncIterator[Parts]:
    """Put the parts together; on exit, submits on the wire may finish. Nothing is reached before the first call.

    `local_files` is for a client on this machine (stdio): its paths are taken and its files written. `connect` reaches
    accounts; the settings say how unless it is given. `transport` replaces the network. `database` is shared with other
    processes, where there are `several`.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as held:
        journal = await held.enter_async_context(_open_journal(settings, clock, database))
        tasks = await held.enter_async_context(anyio.create_task_group())
        held.callback(tasks.cancel_scope.cancel)
        tasks.start_soon(journal.keep, clock)
        connector = Connector(settings, clock, transport)
        held.push_async_callback(connector.close)
        background = BackgroundTasks(tasks)
        held.push_async_callback(background.settle, GONE_WITH_PROCESS)
        transfers = await held.enter_async_context(anyio.create_task_group())
        held.callback(transfers.cancel_scope.cancel)
        allowed = AllowedPaths.of(settings)
        uploads = Uploads(allowed, journal, clock, SharedTransfers(transfers, clock)) if local_files else None
        imports = Imports(clock, SharedTransfers(transfers, clock, keep=IMPORT_KEPT))
        media = MediaResolver(uploads, imports, ExpectedUploads(journal, clock, SharedTransfers(transfers, clock)))
        downloads = (
            Downloads(allowed, settings.output_dir_for, clock, SharedTransfers(transfers, clock))
            if local_files
            else None
        )

        replica = await held.enter_async_context(_sharing(database if several else None, clock))

        def poller(upstream: Upstream) -> Poller:
            account = upstream.account
            return Poller(
                upstream,
                clock,
                tasks,
                jitter=random.random,
                ended=lambda state, took: journal.saw_end(account, state, clock.time(), took),
                unreachable=partial(_revive, connector) if upstream.sandbox else None,
                interval=settings.poll_interval,
                # The sandbox is on this machine: it may be polled as often as one likes.
                sharing=ALONE if replica is None or upstream.sandbox else replica.of(account),
            )

        pollers = Pollers(poller, replica)
        limits = Limits(settings.max_executions, settings.subject_executions)
        submitter = Submitter(journal, clock, background, limits, settings.owner)
        delivery = Delivery(
            journal,
            clock,
            settings.thumbnails,
            downloads,
            settings.save,
            toolsets=settings.toolsets,
        )
        chains = Chains(journal, clock, submitter, ALL_KINDS)
        cancels = settings.on_cancel == "cancel"
        follower = Follower(journal, clock, background, chains, pollers, delivery, ALL_KINDS, cancels)
        endpoints = None
        if database is not None and settings.secrets:
            from videogen_mcp.webhook_endpoints import WebhookEndpoints

            endpoints = WebhookEndpoints(database, settings.secrets, clock)
            tasks.start_soon(endpoints.keep)
        calls = Calls(connect or connector.connect, clock, tasks, journal, settings.wait)
        telemetry.gauge("videogen.calls.waiting", "Calls under way", lambda: [(calls.under_way, {})])
        telemetry.gauge("videogen.budget.left", "Requests left of a key's hour, by group", connector.budgets)
        failing = "1 while the journal cannot be written"
        telemetry.gauge("videogen.journal.failing", failing, lambda: [(int(journal.notice is not None), {})])
        waiting = "Statements that wait for the journal's database"
        telemetry.gauge("videogen.journal.unwritten", waiting, lambda: [(journal.unwritten, {})])
        yield Parts(
            settings,
            connector.account,
            clock,
            calls,
            pollers,
            Runner(journal, clock, submitter, media, follower, ALL_KINDS),
            History(journal, pollers, clock, chains, ALL_KINDS, alone=not several),
            downloads,
            endpoints,
        )


def build_handlers(parts: Parts, sent: SentAnswers | None = None) -> Handlers:
    """Return the tools of the chosen toolsets, guides, files and prompts as answers to MCP requests.

    `sent` tells when answers have been written, where the transport knows.
    """
    caches = Caches.of(parts.clock)
    settings = parts.settings

    def make_tools() -> Tools:
        # Loaded with the first call: what is listed stands in protocol/listing.json.
        from videogen_mcp.protocol.listing import missing
        from videogen_mcp.tools.base import Tools
        from videogen_mcp.tools.offered import Missing

        return Tools.of(
            (tool for toolset, tool in every_tool(parts, caches) if toolset in settings.toolsets),
            parts.calls,
            missing=Missing(missing(settings, local_files=parts.downloads is not None), settings.owner),
            notice=settings.notice,
            no_starts=settings.blocks("starts"),
        )

    def make_tasks(tools: Tools) -> ExecutionTasks:
        from videogen_mcp.tools.tasks import ExecutionTasks  # Loaded for the first client that takes tasks.

        return ExecutionTasks(tools, parts.runner.follower, parts.clock)

    local_files = parts.downloads is not None
    return Handlers(
        settings, parts.calls, make_tools, make_tasks, caches, parts.account, local_files=local_files, sent=sent
    )


def every_tool(parts: Parts, caches: Caches) -> Iterator[tuple[Toolset, Tool]]:
    """Yield the tools of all toolsets that the chosen version of the API has."""
    from videogen_mcp.tools.toolsets import tools_by_toolset

    yield from tools_by_toolset(
        parts.settings.dialect,
        parts.runner,
        parts.history,
        parts.downloads,
        caches,
        parts.clock,
        _receiving(parts.settings, parts.endpoints),
    )


def _receiving(settings: Settings, endpoints: WebhookEndpoints | None) -> Receiving:
    """Return this server as a receiver of webhooks."""
    from videogen_mcp.tools.webhooks import NOWHERE, Receiving

    if not settings.hosted:
        return NOWHERE
    needed = {
        "VIDEOGEN_MCP_PUBLIC_URL (where VideoGen reaches it)": settings.public_url,
        "VIDEOGEN_MCP_SECRETS (which seals the signing secrets that it keeps)": settings.secrets,
    }
    unset = [name for name, value in needed.items() if not value]
    lacks = f"{' and '.join(unset)} {'are' if unset[1:] else 'is'} not set" if unset else None
    return Receiving(settings.public_url, endpoints, lacks)


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
        yield Served(build_handlers(parts, sent).server(), parts.calls, sent)


@asynccontextmanager
async def open_shared_server(
    settings: Settings, clock: Clock | None = None, *, several: bool = False
) -> AsyncIterator[http.Served]:
    """Yield the MCP server of several clients, over HTTP. Paths of this machine are not taken. `several`: other
    processes of this machine serve beside it; those that share a PostgreSQL are reckoned with anyway."""
    from videogen_mcp.protocol.http import Served
    from videogen_mcp.protocol.readiness import trouble_of

    async with AsyncExitStack() as held:
        if settings.hosted:
            held.enter_context(telemetry.recording())
        database = await held.enter_async_context(_shared_database(settings, several=several))
        several = several or settings.database is not None
        parts = await held.enter_async_context(
            open_parts(settings, clock, local_files=False, database=database, several=several)
        )
        wake, hurry = parts.pollers.wake, parts.calls.hurry
        troubles = (trouble_of(database, parts.history.journal),) if database is not None else ()
        yield Served(build_handlers(parts).server(), parts.clock, wake, hurry, parts.endpoints, troubles)


@asynccontextmanager
async def _shared_database(settings: Settings, *, several: bool) -> AsyncIterator[Database | None]:
    """Yield what a hosted server shares with others: PostgreSQL, else a file for the processes of this machine, which
    share it also where they are not hosted; else None. Raises CannotServe."""
    from videogen_mcp.database.database import DatabaseUnavailable
    from videogen_mcp.protocol.http import CannotServe

    async with AsyncExitStack() as held:
        database: Database | None = None
        if settings.database is not None:
            from videogen_mcp.database import postgres

            database = await held.enter_async_context(postgres.opened(settings.database, settings.database_listen))
        elif settings.hosted or several:
            from videogen_mcp.database import sqlite

            try:
                database = await held.enter_async_context(sqlite.opened(settings.state_dir / SHARED_IN_STATE))
            except DatabaseUnavailable as trouble:
                raise CannotServe(f"{trouble}. Set VIDEOGEN_MCP_STATE_DIR, or VIDEOGEN_MCP_DATABASE") from None
        yield database


@asynccontextmanager
async def _open_journal(settings: Settings, clock: Clock, database: Database | None) -> AsyncIterator[Journal]:
    """Yield the journal: in the database where the settings name one, else in a file. Raises CannotServe."""
    if database is not None and settings.database is not None:
        from videogen_mcp import webhook_endpoints
        from videogen_mcp.database.migrations import NewerDatabase
        from videogen_mcp.executions.journal_shared import shared_journal
        from videogen_mcp.executions.sharing import tables
        from videogen_mcp.protocol.http import CannotServe

        beside = {"polling": tables.VERSIONS, "webhooks": webhook_endpoints.VERSIONS}
        try:
            async with shared_journal(database, clock, beside) as journal:
                yield journal
        except NewerDatabase as newer:
            raise CannotServe(str(newer)) from None
        return
    path = settings.state_dir / "journal.sqlite3" if settings.journal else None
    with closing(Journal.in_file(path, required=settings.hosted)) as journal:
        yield journal


@asynccontextmanager
async def _sharing(database: Database | None, clock: Clock) -> AsyncIterator[Replica | None]:
    """Yield what shares polling with other processes; None for one that is alone."""
    if database is None:
        yield None
        return
    from videogen_mcp.executions.sharing.replica import opened

    async with opened(database, clock, ALL_KINDS) as replica:
        yield replica


async def _revive(connector: Connector) -> None:
    """Start the sandbox again when it went away while it was polled: it takes up what it had begun."""
    try:
        await connector.connect(connector.account)
    except VideoGenError as error:
        log.warning("the sandbox is gone and does not start again: %s", error)
