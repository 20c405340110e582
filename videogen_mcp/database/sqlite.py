"""A SQLite file that the processes of one machine share, with the means of `Database`.

Writers queue at a lock beside the file: SQLite's own waiting starves those who try seldom. It must be on a local disk.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread

from videogen_mcp import file_locks
from videogen_mcp.database.database import DatabaseUnavailable, Hearer, Rows, Session
from videogen_mcp.database.sql import teach_sqlite

BUSY = 5.0
"""Seconds that another process may hold the file; transactions take less than a millisecond."""

ONE_TRY = 0.005
"""Seconds between two tries for the lock."""

NOTICED_EVERY = 0.1
"""Seconds between two looks whether another process has written, while somebody wants to know: a look takes 4
microseconds, but it wakes the process."""


TOLD = "CREATE TABLE IF NOT EXISTS told (topic TEXT PRIMARY KEY, times BIGINT NOT NULL)"
"""How often each topic was told: most of what is written concerns nobody else."""

TELL = "INSERT INTO told VALUES (?, 1) ON CONFLICT (topic) DO UPDATE SET times = told.times + 1"


AGAIN = 1.0
"""Seconds until the others are told again what could not be written down."""


class Sqlite:
    """One file, as `Database` describes it. Made by `opened`."""

    def __init__(self, path: Path) -> None:
        """Open the file, which is made where there is none. Raises DatabaseUnavailable."""
        self.notice: str | None = None
        self.hears = True
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = os.open(path.with_name(path.name + "-lock"), os.O_RDWR | os.O_CREAT, 0o600)
            self._db = sqlite3.connect(path, timeout=BUSY, isolation_level=None, check_same_thread=False)
            teach_sqlite(self._db, time.time)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute(TOLD)
            self._db.execute(f"PRAGMA busy_timeout = {ONE_TRY * 1000:.0f}")  # From now on it is waited for in `_begin`.
        except (OSError, sqlite3.Error) as trouble:
            raise self._unavailable(trouble) from None
        self._turn = anyio.Lock(fast_acquire=True)
        self._hearers: dict[str, list[Hearer]] = {}
        self._attended = anyio.Event()
        self._untold: set[str] = set()
        """Topics that other processes are still to be told of."""
        self._stirred = anyio.Event()
        self._version = self._read_version()
        self._times = self._read_times()

    async def rows(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        """Return the rows of a query. Raises DatabaseUnavailable."""
        async with self._turn:
            return self._execute(sql, values).fetchall()

    async def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Carry out a statement and return how many rows it changed. Raises DatabaseUnavailable."""
        async with self.exclusive("") as session:
            return await session.run(sql, values)

    @asynccontextmanager
    async def exclusive(self, name: str) -> AsyncIterator[Session]:
        """Open a transaction that runs alone among all of the file. Raises DatabaseUnavailable."""
        async with self._turn:
            with anyio.CancelScope(shield=True):
                if not self._begins():  # Nearly always it does, and a thread would cost more than the transaction.
                    await anyio.to_thread.run_sync(self._begin)
                try:
                    yield _Session(self._execute)
                    self._execute("COMMIT")
                finally:
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
                    file_locks.unlock(self._lock)

    async def now(self) -> float:
        """Return the machine's time, in Unix seconds."""
        return time.time()

    def tell(self, topic: str, *words: str) -> None:
        """Let this process know, and the others that there is something about the topic."""
        for hearer in self._hearers.get(topic, ()):
            hearer(words)
        self._untold.add(topic)
        self._stirred.set()

    def hear(self, topic: str, hearer: Hearer) -> None:
        """Call `hearer` with what this process tells, and with nothing when another one has told something."""
        self._hearers.setdefault(topic, []).append(hearer)

    def attend(self, wanted: bool) -> None:
        """Look for what other processes have told, or do not for now."""
        if wanted:
            self._attended.set()
        elif self._attended.is_set():
            self._attended = anyio.Event()

    async def notice_others(self) -> None:
        """Look for what other processes have told, while that is wanted. Never returns."""
        while True:
            await self._attended.wait()
            await anyio.sleep(NOTICED_EVERY)
            known = self._times
            with contextlib.suppress(DatabaseUnavailable):  # `notice` says why, and the next look is soon.
                async with self._turn:
                    version = self._read_version()
                    if version != self._version:
                        self._times, self._version = self._read_times(), version
            for topic, times in self._times.items():
                if times != known.get(topic):
                    for hearer in self._hearers.get(topic, ()):
                        hearer(())

    async def tell_others(self) -> None:
        """Write down what was told, as soon as it was. Never returns."""
        while True:
            await self._stirred.wait()
            self._stirred = anyio.Event()
            try:
                await self.told()
            except DatabaseUnavailable:  # `notice` says why.
                await anyio.sleep(AGAIN)
                self._stirred.set()

    async def told(self) -> None:
        """Write down what was told and is not yet. Raises DatabaseUnavailable."""
        if not self._untold:
            return
        async with self.exclusive("told") as session:
            topics = list(self._untold)
            for topic in topics:
                await session.run(TELL, (topic,))
            self._times = {**self._times, **{topic: self._times.get(topic, 0) + 1 for topic in topics}}
        self._untold.difference_update(topics)

    def _read_times(self) -> dict[str, int]:
        """Return how often each topic was told."""
        return dict(self._execute("SELECT topic, times FROM told").fetchall())

    def _read_version(self) -> int:
        """Return a number that changes when another process has written."""
        ((version,),) = self._execute("PRAGMA data_version").fetchall()
        return int(version)

    def close(self) -> None:
        """Close the file."""
        self._db.close()
        os.close(self._lock)

    def _begin(self) -> None:
        """Open a transaction as soon as no other process has one open. Raises DatabaseUnavailable."""
        give_up = time.monotonic() + BUSY
        while not self._begins():
            if time.monotonic() >= give_up:
                raise self._unavailable(TimeoutError(f"another process held it for {BUSY:.0f} s"))
            time.sleep(ONE_TRY)

    def _begins(self) -> bool:
        """Open a transaction unless another process has one open; return whether it is. Raises DatabaseUnavailable."""
        try:
            file_locks.lock(self._lock)
        except file_locks.HELD:
            return False
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as trouble:
            file_locks.unlock(self._lock)
            if "locked" in str(trouble):  # by a program that does not queue at the lock
                return False
            raise self._unavailable(trouble) from None
        return True

    def _execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        try:
            cursor = self._db.execute(sql, values)
        except sqlite3.OperationalError as trouble:
            raise self._unavailable(trouble) from None
        self.notice = None
        return cursor

    def _unavailable(self, trouble: Exception) -> DatabaseUnavailable:
        self.notice = f"the database of this machine cannot be used: {trouble}"
        return DatabaseUnavailable(self.notice)


class _Session:
    """The transaction that is open; `execute` carries a statement of it out."""

    def __init__(self, execute: Callable[[str, Sequence[Any]], sqlite3.Cursor]) -> None:
        self._execute = execute

    async def rows(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        """Return the rows of a query."""
        return self._execute(sql, values).fetchall()

    async def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Carry out a statement and return how many rows it changed."""
        return max(self._execute(sql, values).rowcount, 0)


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Sqlite]:
    """Yield the database in a file, made where there is none. Raises DatabaseUnavailable."""
    with contextlib.closing(Sqlite(path)) as database:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(database.notice_others)
            tasks.start_soon(database.tell_others)
            yield database
            tasks.cancel_scope.cancel()
        with contextlib.suppress(DatabaseUnavailable):
            await database.told()
