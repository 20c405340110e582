"""A SQLite file as a shared database."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import anyio
import pytest

from videogen_mcp import file_locks
from videogen_mcp.database import sqlite
from videogen_mcp.database.database import DatabaseUnavailable
from videogen_mcp.database.sqlite import opened

pytestmark = pytest.mark.anyio


async def test_nobody_passes_a_limit_together(tmp_path: Path) -> None:
    async with opened(tmp_path / "shared.sqlite3") as one, opened(tmp_path / "shared.sqlite3") as other:
        await one.run("CREATE TABLE starts (number BIGINT)")

        async def start(database: sqlite.Sqlite) -> None:
            async with database.exclusive("starts") as session:
                ((count,),) = await session.rows("SELECT COUNT(*) FROM starts")
                if count < 5:
                    await session.run("INSERT INTO starts VALUES (?)", (count,))

        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(start, one)
                tasks.start_soon(start, other)
        assert await one.rows("SELECT COUNT(*), COUNT(DISTINCT number) FROM starts") == [(5, 5)]


async def test_what_one_process_tells_the_others_notice(tmp_path: Path) -> None:
    heard: list[tuple[str, Sequence[str]]] = []
    noticed = anyio.Event()

    def hearer(topic: str, words: Sequence[str]) -> None:
        heard.append((topic, words))
        noticed.set()

    async with opened(tmp_path / "shared.sqlite3") as one, opened(tmp_path / "shared.sqlite3") as other:
        for topic in ("ends", "begins"):
            other.hear(topic, partial(hearer, topic))
        other.attend(True)
        for times in (1, 2):
            await one.run("CREATE TABLE IF NOT EXISTS ends (name TEXT)")
            one.tell("ends", "a")
            with anyio.fail_after(10):
                await noticed.wait()
            noticed = anyio.Event()
            assert heard == [("ends", ())] * times


async def test_what_was_told_last_is_noticed_from_one_that_closes(tmp_path: Path) -> None:
    noticed = anyio.Event()
    async with opened(tmp_path / "shared.sqlite3") as other:
        other.hear("ends", lambda words: noticed.set())
        other.attend(True)
        async with opened(tmp_path / "shared.sqlite3") as one:
            one.tell("ends", "a")
        with anyio.fail_after(10):
            await noticed.wait()


async def test_what_could_not_be_told_is_told_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY", 0.02)
    monkeypatch.setattr(sqlite, "AGAIN", 0.02)
    noticed = anyio.Event()
    async with opened(tmp_path / "shared.sqlite3") as one, opened(tmp_path / "shared.sqlite3") as other:
        other.hear("ends", lambda words: noticed.set())
        other.attend(True)
        with (tmp_path / "shared.sqlite3-lock").open("rb") as lock, anyio.fail_after(10):
            file_locks.lock(lock.fileno())
            one.tell("ends", "a")
            while one.notice is None:
                await anyio.lowlevel.checkpoint()
        with anyio.fail_after(10):
            await noticed.wait()


async def test_what_concerns_nobody_else_wakes_nobody(tmp_path: Path) -> None:
    heard: list[str] = []
    noticed = anyio.Event()
    async with opened(tmp_path / "shared.sqlite3") as one, opened(tmp_path / "shared.sqlite3") as other:
        one.hear("ends", lambda words: heard.append("own"))
        other.hear("ends", lambda words: heard.append("other"))
        other.hear("last", lambda words: noticed.set())
        other.attend(True)
        one.attend(True)
        await one.run("CREATE TABLE ends (name TEXT)")
        await other.run("INSERT INTO ends VALUES ('a')")
        one.tell("last")
        with anyio.fail_after(10):
            await noticed.wait()
    assert heard == []


async def test_what_a_process_tells_itself_comes_at_once(tmp_path: Path) -> None:
    heard: list[tuple[str, ...]] = []
    async with opened(tmp_path / "shared.sqlite3") as database:
        database.hear("ends", lambda words: heard.append(tuple(words)))
        database.tell("ends", "a", "b")
    assert heard == [("a", "b")]


async def test_a_file_that_stays_locked_is_unavailable_and_works_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY", 0.02)
    async with opened(tmp_path / "shared.sqlite3") as database:
        with (tmp_path / "shared.sqlite3-lock").open("rb") as lock:
            file_locks.lock(lock.fileno())
            with pytest.raises(DatabaseUnavailable, match="another process"):
                await database.run("CREATE TABLE things (name TEXT)")
            assert database.notice is not None
        assert await database.run("CREATE TABLE things (name TEXT)") == 0
        assert database.notice is None


async def test_a_program_that_writes_without_the_lock_is_waited_for_while_others_go_on(tmp_path: Path) -> None:
    async with opened(tmp_path / "shared.sqlite3") as database:
        await database.run("CREATE TABLE things (name TEXT)")
        with closing(sqlite3.connect(tmp_path / "shared.sqlite3", isolation_level=None)) as program:
            program.execute("BEGIN IMMEDIATE")
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(database.run, "INSERT INTO things VALUES ('one')")
                await anyio.wait_all_tasks_blocked()
                program.execute("ROLLBACK")
        assert await database.rows("SELECT * FROM things") == [("one",)]


async def test_what_a_transaction_raises_undoes_it(tmp_path: Path) -> None:
    async with opened(tmp_path / "shared.sqlite3") as database:
        await database.run("CREATE TABLE things (name TEXT)")

        async def fail() -> None:
            async with database.exclusive("things") as session:
                await session.run("INSERT INTO things VALUES ('one')")
                raise KeyError("stop")

        with pytest.raises(KeyError):
            await fail()
        assert await database.rows("SELECT * FROM things") == []


async def test_what_is_told_right_after_the_start_is_noticed(tmp_path: Path) -> None:
    noticed = anyio.Event()
    async with opened(tmp_path / "shared.sqlite3") as one, opened(tmp_path / "shared.sqlite3") as other:
        other.hear("ends", lambda words: noticed.set())
        other.attend(True)
        one.tell("ends")
        with anyio.fail_after(10):
            await noticed.wait()
