"""The journal of servers that share a database: what they see of each other, and what an outage does."""

from __future__ import annotations

import logging
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import anyio
import psycopg
import pytest

from tests.faults.service import Service
from tests.faults.world import world
from tests.postgres import Server, running
from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.replies import Reply
from videogen_mcp.calls.upstream import SANDBOX
from videogen_mcp.clock import SystemClock
from videogen_mcp.database.database import DatabaseUnavailable, Session
from videogen_mcp.database.migrations import NewerDatabase
from videogen_mcp.database.postgres import Postgres, opened
from videogen_mcp.executions.journal import Journal, Limits, SpendingLimitError
from videogen_mcp.executions.journal_database import JournalDatabase
from videogen_mcp.executions.journal_rows import Entry
from videogen_mcp.executions.journal_shared import shared_journal
from videogen_mcp.executions.journal_wishes import Wish
from videogen_mcp.executions.machine import APART
from videogen_mcp.protocol.http import CannotServe
from videogen_mcp.server import open_shared_server
from videogen_mcp.settings import Settings

pytestmark = pytest.mark.anyio

NOW = 1_800_000_000.0
SOON = 15.0
"""Seconds that anything here takes at most."""


async def submit(journal: Journal, key: str) -> None:
    await journal.submitting(key, account="a", workflow="w", label="l", now=NOW)


async def keys(journal: Journal) -> set[str]:
    return {entry.key for entry in await journal.recent("a", 1000)}


@asynccontextmanager
async def one_more(url: str) -> AsyncIterator[Journal]:
    async with opened(url) as database, shared_journal(database, SystemClock()) as journal:
        yield journal


async def test_what_is_posted_is_seen_by_the_next_read_of_its_server(journal_url: str) -> None:
    async with one_more(journal_url) as journal:
        await submit(journal, "k")
        for _ in range(20):
            journal.accepted("k", "id", NOW)
        journal.ended("a", "id", state="succeeded", now=NOW + 5)
        found = await journal.find("a", "id")
    assert found is not None
    assert found.state == "succeeded"


async def test_what_is_posted_is_soon_seen_by_the_other_servers(journal_url: str) -> None:
    async with one_more(journal_url) as journal, one_more(journal_url) as other:
        await submit(journal, "k")
        journal.accepted("k", "id", NOW)
        with anyio.fail_after(SOON):
            while await other.find("a", "id") is None:
                await anyio.lowlevel.checkpoint()


async def test_all_is_in_the_database_when_a_server_has_ended(journal_url: str) -> None:
    async with one_more(journal_url) as journal:
        await submit(journal, "k")
        journal.accepted("k", "id", NOW)
    async with one_more(journal_url) as later:
        assert await later.find("a", "id") is not None


async def test_rows_have_the_time_of_the_database_whatever_the_clocks_of_servers_say(journal_url: str) -> None:
    async with one_more(journal_url) as ahead, one_more(journal_url) as behind:
        await ahead.submitting("first", account="a", workflow="w", label="l", now=NOW + 86_400)
        await behind.submitting("second", account="a", workflow="w", label="l", now=NOW - 86_400)
        first, second = (entry.submitted_at for entry in await ahead.recent("a", 10))
    assert abs(first - second) < APART


async def test_a_submit_is_doubtful_when_its_server_is_not_seen_any_more(
    journal_url: str, journal_database: psycopg.Connection
) -> None:
    async with one_more(journal_url) as journal, one_more(journal_url) as other:
        await submit(journal, "mine")
        await submit(other, "theirs")
        assert await journal.doubtful("a") == []
        journal_database.execute("UPDATE replicas SET seen = seen - 46")
        async with one_more(journal_url) as third:
            assert {entry.key for entry in await third.doubtful("a")} == {"mine", "theirs"}


async def test_a_server_that_was_taken_for_dead_does_not_submit_any_more(
    journal_url: str, journal_database: psycopg.Connection
) -> None:
    async with one_more(journal_url) as journal, one_more(journal_url) as other:
        await submit(journal, "sent by now")
        await submit(journal, "not yet")
        assert await journal.leaving("sent by now", (), NOW)
        journal_database.execute("UPDATE replicas SET seen = seen - 46")
        await other.bury("a", NOW)
        await other.flushed()
        assert not await journal.leaving("not yet", (), NOW)


class Unsure:
    """A database whose transactions are carried out, while nobody hears of it."""

    def __init__(self, database: Postgres) -> None:
        self.database = database
        self.breaks = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.database, name)

    @asynccontextmanager
    async def exclusive(self, name: str) -> AsyncIterator[Session]:
        async with self.database.exclusive(name) as session:
            yield session
        if self.breaks:
            raise DatabaseUnavailable("the connection broke while the transaction was ended")


async def test_a_submit_of_which_nobody_knows_whether_it_was_written_is_refused_and_counts_nothing(
    journal_url: str,
) -> None:
    async with opened(journal_url) as database:
        unsure = Unsure(database)
        async with shared_journal(unsure, SystemClock()) as journal:
            unsure.breaks = True
            with pytest.raises(DatabaseUnavailable):
                await submit(journal, "k")
            unsure.breaks = False
            await works_again(journal)
            (row,) = await database.rows("SELECT state, execution_id FROM executions")
            assert row == ("refused", None)


async def test_many_submits_at_once_wait_for_one_another_and_not_for_connections(journal_url: str) -> None:
    passed: list[int] = []

    async def start(journal: Journal, number: int) -> None:
        with suppress(SpendingLimitError):
            await journal.submitting(f"{number}", account="a", workflow="w", label="l", now=NOW, limits=Limits(20))
            passed.append(number)

    async with one_more(journal_url) as journal, one_more(journal_url) as other, anyio.create_task_group() as tasks:
        for number in range(60):
            tasks.start_soon(start, (journal, other)[number % 2], number)
    assert len(passed) == 20
    assert (journal.notice, other.notice) == (None, None)


async def test_a_server_that_ends_is_gone_at_once(journal_url: str) -> None:
    async with one_more(journal_url) as journal:
        async with one_more(journal_url) as other:
            await submit(other, "theirs")
        assert [entry.key for entry in await journal.doubtful("a")] == ["theirs"]


async def test_a_database_of_a_newer_version_is_refused(
    journal_url: str, journal_database: psycopg.Connection, tmp_path: Path
) -> None:
    async with one_more(journal_url):
        pass
    journal_database.execute("UPDATE schema_versions SET version = version + 1")
    try:
        with pytest.raises(NewerDatabase, match="newer videogen-mcp"):
            async with one_more(journal_url):
                pass
        settings = Settings(database=journal_url, hosted=True, state_dir=tmp_path)
        with pytest.raises(CannotServe, match=r"tables for journal are version 2"):
            async with open_shared_server(settings):
                pass
    finally:
        journal_database.execute("UPDATE schema_versions SET version = version - 1")


@pytest.mark.parametrize("part", ["polling", "webhooks"])
async def test_a_database_of_which_any_part_is_newer_is_refused(postgres_url: str, tmp_path: Path, part: str) -> None:
    settings = Settings(database=postgres_url, hosted=True, state_dir=tmp_path)
    async with open_shared_server(settings):
        pass
    async with opened(postgres_url) as database:
        await database.run("UPDATE schema_versions SET version = 99 WHERE part = ?", (part,))
    with pytest.raises(CannotServe, match=f"tables for {part} are version 99"):
        async with open_shared_server(settings):
            pass


async def test_texts_that_postgresql_cannot_hold_lose_nothing_else(journal_url: str) -> None:
    async with one_more(journal_url) as journal:
        await journal.submitting("k", account="a", workflow="w", label="a\0pear", now=NOW)
        journal.unclear("k", "an\0error", NOW)
        (entry,) = await journal.recent("a", 10)
    assert (entry.label, entry.error) == ("apear", "anerror")


@pytest.fixture(scope="module")
def stoppable() -> Iterator[Server]:
    """A PostgreSQL of the tests of outages."""
    with running() as server:
        yield server


@pytest.fixture
def server(stoppable: Server) -> Iterator[Server]:
    """A PostgreSQL that runs and has no tables, to be stopped."""
    with psycopg.connect(stoppable.url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    yield stoppable
    stoppable.stop()
    stoppable.start()


async def works_again(journal: Journal) -> None:
    assert isinstance(journal._store, JournalDatabase)
    with anyio.fail_after(SOON):
        while journal.notice is not None:
            await journal._store._moved.wait()


async def test_an_outage_loses_nothing_and_doubles_nothing(server: Server) -> None:
    async with one_more(server.url) as journal, one_more(server.url) as other:
        await submit(journal, "runs")
        journal.accepted("runs", "id", NOW)
        await journal.flushed()

        server.stop()
        journal.ended("a", "id", state="succeeded", now=NOW + 5, files=["f"])
        journal.client_cancelled("host", 5.0, NOW)
        with pytest.raises(DatabaseUnavailable):
            await submit(journal, "refused")
        assert journal.notice is not None
        known = await journal.find("a", "id")
        assert known is not None
        assert known.files == ("f",)
        journal.delivered("a", "id", NOW + 6)

        server.start()
        await works_again(journal)
        await works_again(other)  # or it has not noticed anything
        (entry,) = await other.recent("a", 10)
        assert (entry.key, entry.state, entry.delivered_at) == ("runs", "succeeded", NOW + 6)
        assert await other.client_cancellations("host", 0.0) == [(NOW, 5.0)]
        await submit(journal, "after")
        assert await keys(other) == {"runs", "after"}


async def test_while_the_database_is_away_calls_go_on_and_nothing_is_submitted(server: Server) -> None:
    upstream = Service(random.Random(1), seconds=lambda: 1.0, latency=0.01)
    async with one_more(server.url) as journal, world(upstream, clock=SystemClock(), shared=journal) as here:
        replies: dict[str, Reply] = {}

        async def ask(prompt: str) -> None:
            replies[prompt] = await here.call("generate_image", Caller("host"), prompt=prompt)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask, "a pear")
            with anyio.fail_after(SOON):
                while not upstream.jobs:
                    await anyio.lowlevel.checkpoint()
            server.stop()
            tasks.start_soon(ask, "an apple")
        made, refused = replies["a pear"], replies["an apple"]
        assert refused.structured["error"]["code"] == "journal_unavailable"
        assert "Nothing was made or billed" in refused.text
        assert made.structured["status"] == "succeeded"
        assert len(upstream.jobs) == 1
        assert journal.unwritten > 0

        server.start()
        await works_again(journal)
        assert journal.unwritten == 0
        again = await here.call("generate_image", Caller("host"), prompt="an apple")
        rows = await journal.recent(SANDBOX.name, 10)
    assert [row.state for row in rows] == ["succeeded", "succeeded"]
    assert {row.execution_id for row in rows} == set(upstream.jobs)
    assert again.structured["execution_id"] in upstream.jobs


async def test_a_server_may_start_before_its_database(server: Server) -> None:
    server.stop()
    async with one_more(server.url) as journal:
        assert journal.notice is not None
        with pytest.raises(DatabaseUnavailable):
            await submit(journal, "refused")
        server.start()
        await works_again(journal)
        await submit(journal, "k")
        assert await keys(journal) == {"k"}


async def test_what_cannot_be_written_at_the_end_is_named_in_the_log(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    async with one_more(server.url) as journal:
        await submit(journal, "k")
        server.stop()
        journal.accepted("k", "id", NOW)
    assert any(record.levelno == logging.ERROR and "forgotten" in record.message for record in caplog.records)


@pytest.mark.parametrize("accepted", [True, False], ids=["accepted", "submitting"])
@pytest.mark.parametrize("beats", [False, True], ids=["killed", "alive"])
async def test_a_call_made_again_right_after_a_server_was_killed_goes_on_with_what_that_one_began(
    journal_url: str, monkeypatch: pytest.MonkeyPatch, beats: bool, accepted: bool
) -> None:
    monkeypatch.setattr("videogen_mcp.executions.replicas.LISTENED", 0.5)
    monkeypatch.setattr("videogen_mcp.executions.replicas.LISTENED_EVERY", 0.05)
    wish = Wish("a", None, "agent", "the same")
    async with one_more(journal_url) as journal:
        await journal.submitting("k", account="a", workflow="w", label="l", now=NOW, wish=wish)
        await journal.leaving("k", [], NOW)
        if accepted:
            journal.accepted("k", "id", NOW)
    async with opened(journal_url) as database, one_more(journal_url) as other, anyio.create_task_group() as tasks:
        await database.run("UPDATE executions SET owner = 'theirs'")
        await database.run("INSERT INTO replicas VALUES ('theirs', ?)", (await database.now(),))

        async def beat() -> None:
            while True:
                await database.run("UPDATE replicas SET seen = ? WHERE id = 'theirs'", (await database.now(),))
                await anyio.lowlevel.checkpoint()  # Statements are not cancelled.

        if beats:
            tasks.start_soon(beat)
        begun = await other.submitting("k2", account="a", workflow="w", label="l", now=NOW, wish=wish)
        tasks.cancel_scope.cancel()
    if beats:
        assert begun is None
    else:
        assert isinstance(begun, Entry)
        assert (begun.execution_id, begun.state) == (("id", "running") if accepted else (None, "unclear"))
