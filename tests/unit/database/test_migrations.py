"""Tables are brought up to date once, by whichever server is first, and never back."""

from __future__ import annotations

import anyio
import pytest

from tests.databases import Place
from videogen_mcp.database.database import Rows, Session
from videogen_mcp.database.migrations import NewerDatabase, migrate

pytestmark = pytest.mark.anyio

FIRST = ("CREATE TABLE things (name TEXT PRIMARY KEY)", "CREATE INDEX by_name ON things (name)")
SECOND = ("ALTER TABLE things ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'",)


async def test_servers_that_start_together_make_the_tables_once(place: Place) -> None:
    async def start() -> None:
        async with place.opened() as database:
            await migrate(database, {"things": (FIRST, SECOND)})

    async with anyio.create_task_group() as tasks:
        for _ in range(6):
            tasks.start_soon(start)
    async with place.opened() as database:
        assert await database.rows("SELECT * FROM things") == []


async def test_an_older_database_keeps_its_rows_and_gets_what_is_new(place: Place) -> None:
    async with place.opened() as database:
        await migrate(database, {"things": (FIRST,)})
        await database.run("INSERT INTO things (name) VALUES ('pear')")
        await migrate(database, {"things": (FIRST, SECOND), "others": (("CREATE TABLE others (name TEXT)",),)})
        await database.run("INSERT INTO things (name) VALUES ('written by a server of before')")
        assert await database.rows("SELECT * FROM things WHERE name = 'pear'") == [("pear", "red")]
        assert await versions(database) == [("others", 1), ("things", 2)]


async def test_a_newer_database_is_left_as_it_is(place: Place) -> None:
    async with place.opened() as database:
        await migrate(database, {"things": (FIRST, SECOND)})
        with pytest.raises(NewerDatabase, match=r"newer videogen-mcp: its tables for things are version 2.* knows 1"):
            await migrate(database, {"others": (("CREATE TABLE others (name TEXT)",),), "things": (FIRST,)})
        assert await versions(database) == [("things", 2)]


async def test_a_migration_that_breaks_off_changes_nothing(place: Place) -> None:
    async with place.opened() as database:
        await migrate(database, {"things": (FIRST,)})
        with pytest.raises(Exception, match=r"(?i)syntax"):
            await migrate(database, {"things": (FIRST, (*SECOND, "CREATE NOTHING"))})
        assert await versions(database) == [("things", 1)]
        await migrate(database, {"things": (FIRST, SECOND)})


async def versions(database: Session) -> Rows:
    return await database.rows("SELECT * FROM schema_versions ORDER BY part")
