"""Journals of both engines: in a file that processes share, and in a database that servers share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.postgres import Server, address_of
from videogen_mcp.clock import Clock, SystemClock
from videogen_mcp.executions.journal import Journal
from videogen_mcp.executions.journal_shared import shared_journal
from videogen_mcp.executions.machine import Machine

if TYPE_CHECKING:
    import psycopg

TABLES = "executions, cuts, uploads, replicas"


class Journals:
    """The journals of any number of processes that share one place: a database at `url`, else a file."""

    def __init__(self, path: Path, url: str | None, held: AsyncExitStack) -> None:
        self._path = path
        self._url = url
        self._held = held

    async def open(self, machine: Machine | None = None, clock: Clock | None = None) -> Journal:
        """Return the journal of one more process; it is closed at the end of the test. `machine` is that of a file,
        `clock` that of a server at a database."""
        if self._url is None:
            journal = Journal.in_file(self._path, machine)
            self._held.callback(journal.close)
            return journal
        from videogen_mcp.database.postgres import opened

        database = await self._held.enter_async_context(opened(self._url))
        return await self._held.enter_async_context(shared_journal(database, clock or SystemClock()))


@pytest.fixture(scope="session")
def journal_database(postgres: Server) -> Iterator[psycopg.Connection]:
    """A connection to the database of the tests of a process, each of which finds its tables empty."""
    import psycopg

    with postgres.database() as url, psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def journal_url(journal_database: psycopg.Connection) -> str:
    """The address of a database for journals, which holds no rows."""
    made = journal_database.execute("SELECT to_regclass('executions')").fetchone()
    if made != (None,):
        journal_database.execute(f"TRUNCATE {TABLES}")
    return address_of(journal_database)


@pytest.fixture(params=["sqlite", "postgres"])
async def journals(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Journals]:
    """An empty place for journals, once of each engine."""
    url = request.getfixturevalue("journal_url") if request.param == "postgres" else None
    async with AsyncExitStack() as held:
        yield Journals(tmp_path / "journal.sqlite3", url, held)
