"""The journal of servers that share a database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from types import MappingProxyType

import anyio

from videogen_mcp.clock import Clock
from videogen_mcp.database.database import Database
from videogen_mcp.database.migrations import Versions, migrate
from videogen_mcp.executions.journal import Journal
from videogen_mcp.executions.journal_database import JournalDatabase
from videogen_mcp.executions.journal_schema import SHARED_TABLES
from videogen_mcp.executions.replicas import Replica


@asynccontextmanager
async def shared_journal(
    database: Database, clock: Clock, beside: Mapping[str, Versions] = MappingProxyType({})
) -> AsyncIterator[Journal]:
    """Yield the journal in a database, as one more server has it, which keeps more there `beside` it.

    A database that is away gets its tables when it comes back. Afterwards all is in it that was written, if it can be
    used then. Raises NewerDatabase.
    """
    replica = Replica(database, clock)

    async def prepare() -> None:
        await migrate(database, {"journal": SHARED_TABLES, **beside})
        await replica.beat()

    store = JournalDatabase(database, clock, prepare)
    with closing(Journal(store, replica.machine, replica)) as journal:
        await store.start()
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(store.run)
                tasks.start_soon(replica.keep)
                try:
                    yield journal
                finally:
                    tasks.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                if await store.settle():
                    await replica.leave()
