"""PostgreSQL as a shared database: a real one, shared by the tests of a process."""

from __future__ import annotations

import signal
from collections.abc import Sequence

import anyio
import pytest

from tests.postgres import OPTIONS, Server, running
from videogen_mcp.database.database import DatabaseUnavailable
from videogen_mcp.database.postgres import (
    CHANNEL,
    CONNECTIONS,
    LONGEST_STATEMENT,
    BadAddress,
    Postgres,
    opened,
    payloads,
)

pytestmark = pytest.mark.anyio


async def test_rows_are_written_and_read_in_the_words_of_sqlite(postgres_url: str) -> None:
    async with opened(postgres_url) as database:
        await database.run("CREATE TABLE things (name TEXT PRIMARY KEY, at DOUBLE PRECISION)")
        assert await database.run("INSERT INTO things VALUES (?, ?)", ("one", 1764000000.123456)) == 1
        assert await database.run("UPDATE things SET at = ?2 WHERE name = ?1", ("two", 1.0)) == 0
        assert await database.rows("SELECT * FROM things WHERE at IS NOT ?", (None,)) == [("one", 1764000000.123456)]


async def test_nobody_passes_a_limit_together(postgres_url: str) -> None:
    async with opened(postgres_url) as database:
        await database.run("CREATE TABLE starts (number BIGINT)")

        async def start() -> None:
            async with database.exclusive("starts") as session:
                ((count,),) = await session.rows("SELECT COUNT(*) FROM starts")
                if count < 5:
                    await session.run("INSERT INTO starts VALUES (?)", (count,))

        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(start)
        assert await database.rows("SELECT COUNT(*), COUNT(DISTINCT number) FROM starts") == [(5, 5)]


async def test_what_a_transaction_raises_undoes_it(postgres_url: str) -> None:
    async with opened(postgres_url) as database:
        await database.run("CREATE TABLE things (name TEXT)")

        async def fail() -> None:
            async with database.exclusive("things") as session:
                await session.run("INSERT INTO things VALUES ('one')")
                raise KeyError("stop")

        with pytest.raises(KeyError):
            await fail()
        assert await database.rows("SELECT * FROM things") == []


async def test_a_cancelled_caller_breaks_no_statement(postgres_url: str) -> None:
    async with opened(postgres_url) as database:
        await database.run("CREATE TABLE things (name TEXT)")
        with anyio.CancelScope() as scope:
            scope.cancel()
            await database.run("INSERT INTO things VALUES ('one')")
        assert await database.rows("SELECT * FROM things") == [("one",)]


async def test_what_one_process_tells_every_process_hears(postgres_url: str) -> None:
    heard: list[str] = []
    done = anyio.Event()

    def hearer(words: Sequence[str]) -> None:
        heard.extend(words)
        if {"a", "b"} <= set(heard):
            done.set()

    async with opened(postgres_url) as one, opened(postgres_url) as other:
        other.hear("ends", hearer)
        await _listening(one, other)
        one.tell("ends", "a", "b", "a")
        with anyio.fail_after(10):
            await done.wait()
    assert sorted(heard) == ["a", "b"]


async def test_what_was_told_last_is_heard_from_one_that_closes(postgres_url: str) -> None:
    heard = anyio.Event()
    async with opened(postgres_url) as other:
        other.hear("ends", lambda words: heard.set() if "a" in words else None)
        await _listening(other)
        async with opened(postgres_url) as one:
            await one.rows("SELECT 1")
            one.tell("ends", "a")
        with anyio.fail_after(10):
            await heard.wait()


def test_long_news_are_several_notifications() -> None:
    words = [f"{number:0100}" for number in range(100)]
    made = payloads([("ends", word) for word in words])
    assert len(made) > 1
    assert max(map(len, made)) <= 4_000
    assert [word for payload in made for word in payload.split()[1:]] == words


async def test_what_was_written_outlives_a_crash_of_a_database_that_is_set_to_forget() -> None:
    assert "synchronous_commit=off" in OPTIONS
    with running() as server:
        async with opened(server.url) as database:
            await database.run("CREATE TABLE things (name TEXT)")
            await database.run("INSERT INTO things VALUES ('one')")
            server.stop(signal.SIGKILL)
        server.start()
        async with opened(server.url) as database:
            assert await database.rows("SELECT * FROM things") == [("one",)]


async def test_what_is_no_word_of_ours_on_the_channel_is_passed_over(postgres_url: str) -> None:
    heard = anyio.Event()
    async with opened(postgres_url) as database:
        await _listening(database)
        database.hear("ends", lambda words: heard.set())
        for strange in ("", " ", "test", "nothing ends"):
            await database.rows("SELECT pg_notify(?, ?)", (CHANNEL, strange))
        database.tell("ends", "a")
        with anyio.fail_after(10):
            await heard.wait()


async def test_it_heals_when_the_database_comes_back() -> None:
    again = anyio.Event()
    with running() as server:
        async with opened(server.url) as database:
            await _listening(database)
            database.hear("ends", lambda words: again.set() if not words else None)
            server.stop(signal.SIGQUIT)
            with pytest.raises(DatabaseUnavailable):
                await database.rows("SELECT 1")
            assert database.notice is not None
            server.start()
            with anyio.fail_after(10):
                await again.wait()  # it listens again, and has its hearers read what they missed
            assert await database.rows("SELECT 1") == [(1,)]
            await _listening(database)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://user:s3cr et@host/db",
        "s3cret",
        "postgres:/s3cret",
        "postgresql://user:s3/cret@host/db",
        "postgresql://user:s3@cret@host/db",
        "postgresql://user:s3?cret@host/db",
    ],
)
def test_no_message_repeats_what_is_no_address(address: str) -> None:
    with pytest.raises(BadAddress) as trouble:
        Postgres(address)
    assert not any(part in str(trouble.value) for part in ("s3", "cret"))


async def test_no_message_repeats_a_password(caplog: pytest.LogCaptureFixture) -> None:
    async with opened("postgresql://u:s3cret@h.invalid/db") as database:
        with pytest.raises(DatabaseUnavailable) as trouble:
            await database.reach()
    assert "s3cret" not in str(trouble.value) + caplog.text


async def test_the_reason_is_for_the_log_alone(
    postgres: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videogen_mcp.database.postgres.LONGEST_STATEMENT", 0.5)  # What the pool takes to give up.
    async with opened(postgres.url.replace("/postgres?", "/nothing?")) as database:
        with pytest.raises(DatabaseUnavailable) as trouble:
            await database.rows("SELECT 1")
    assert "nothing" in caplog.text
    assert "nothing" not in str(trouble.value)


async def test_that_it_is_not_heard_is_found_out_again_where_it_could_not_be_told(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(postgres_url) as database:
        await _listening(database)
        told, away = database.rows, [True, True]

        async def rows(sql: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
            if away:
                away.pop()
                raise DatabaseUnavailable("away")
            return await told(sql, values)

        monkeypatch.setattr(database, "rows", rows)
        database._heard = False
        await database._try_out(anyio.CancelScope())
        assert database.hears


async def _listening(*databases: Postgres) -> None:
    """Return when all of them hear what is told."""
    with anyio.fail_after(10):
        for database in databases:
            while database.notice is not None:
                await anyio.lowlevel.checkpoint()


async def test_a_burst_waits_for_its_turns_and_is_no_trouble(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("videogen_mcp.database.postgres.LONGEST_STATEMENT", 0.5)
    async with opened(postgres_url) as database, anyio.create_task_group() as tasks:

        async def slow() -> None:
            async with database.exclusive("one") as session:
                await session.rows("SELECT pg_sleep(0.1)")

        for _ in range(8):
            tasks.start_soon(slow)
        for _ in range(8 * CONNECTIONS):
            tasks.start_soon(database.rows, "SELECT pg_sleep(0.1)")


async def test_those_who_wait_learn_at_once_that_the_database_went_away() -> None:
    refused: list[str] = []
    with running() as server:
        async with opened(server.url) as database:
            await database.rows("SELECT 1")
            server.stop(signal.SIGQUIT)

            async def write() -> None:
                with pytest.raises(DatabaseUnavailable) as unavailable:
                    async with database.exclusive("one"):
                        pass
                refused.append(str(unavailable.value))

            with anyio.fail_after(3 * LONGEST_STATEMENT):
                async with anyio.create_task_group() as tasks:
                    for _ in range(20):
                        tasks.start_soon(write)
    assert len(refused) == 20
