"""The journal's rows in a database that several servers share.

What is posted goes into an outbox, which one task empties in order within milliseconds, and at once into a mirror in
memory: what this process wrote lately. While the database is away, calls that wait go on by the mirror, nothing is
submitted, and the outbox is kept. Every statement in it may be carried out twice: when a COMMIT breaks off, nobody
knows whether it was.
"""

from __future__ import annotations

import logging
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import anyio

from videogen_mcp.clock import Clock
from videogen_mcp.database.database import Database, DatabaseUnavailable, Rows, Session
from videogen_mcp.database.migrations import NewerDatabase
from videogen_mcp.executions.journal_file import Transaction
from videogen_mcp.executions.journal_schema import lacks
from videogen_mcp.executions.journal_store import Statement
from videogen_mcp.executions.timing import DATABASE_RETRY, KEPT, MIRRORED, OUTBOX_PATIENCE

log = logging.getLogger(__name__)

T = TypeVar("T")


class JournalDatabase:
    """The rows, as `JournalStore` describes it. `run` must run as long as it is used.

    `prepare` makes the tables; it is awaited before the database is used for the first time, and raises
    DatabaseUnavailable when it is to be tried again.
    """

    required = True
    keeps = KEPT

    def __init__(self, database: Database, clock: Clock, prepare: Callable[[], Awaitable[None]]) -> None:
        """Nothing is reached yet."""
        self.notice: str | None = None
        self._database = database
        self._clock = clock
        self._prepare = prepare
        self._is_prepared = False
        self._outbox: deque[Statement] = deque()
        self._queued = self._written = 0
        """Statements that ever came into the outbox, and those that left it."""
        self._stirred = anyio.Event()
        self._moved = anyio.Event()
        self._mirror = sqlite3.connect(":memory:", isolation_level=None)
        for statement in lacks(self._mirror):
            self._mirror.execute(statement)

    @property
    def unwritten(self) -> int:
        """How many statements wait until the database takes them."""
        return len(self._outbox)

    # -- what the journal asks for ------------------------------------------------------------------------------------

    def post(self, sql: str, values: Sequence[Any] = (), *, durable: bool = False) -> None:
        """Write something that nobody waits for. All that the database has answered is durable there."""
        self._mirror.execute(sql, values)
        self._queue([(sql, values)])

    async def read(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        """Return the rows of a query; while the database is away, those that this process wrote."""
        if await self._is_flushed():
            with suppress(DatabaseUnavailable):
                return await self._database.rows(sql, values)
            try:  # Its connection may be of before a restart that nobody has noticed: the next one is tried.
                return await self._database.rows(sql, values)
            except DatabaseUnavailable as trouble:
                self._fail(trouble)
        return self._mirror.execute(sql, values).fetchall()

    def own(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        """Return the rows of a query among those that this process has written lately."""
        return self._mirror.execute(sql, values).fetchall()

    async def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Carry out a statement and return how many rows it changed."""
        if await self._is_flushed():
            try:
                changed = await self._database.run(sql, values)
            except DatabaseUnavailable as trouble:
                self._fail(trouble)
            else:
                self._mirror.execute(sql, values)
                return changed
        self._queue([(sql, values)])
        return max(self._mirror.execute(sql, values).rowcount, 0)

    async def write(
        self, name: str, work: Callable[[Session], Awaitable[T]], *, in_memory: bool = True, durable: bool = True
    ) -> T:
        """Do the work in one transaction, alone among those of that name, and return what it returns."""
        if await self._is_flushed():
            try:
                async with self._database.exclusive(f"journal:{name}") as session:
                    recording = _Recording(session)
                    result = await work(recording)
            except DatabaseUnavailable as trouble:
                self._fail(trouble)
            else:
                for sql, values in recording.done:
                    self._mirror.execute(sql, values)
                return result
        if not in_memory:
            raise DatabaseUnavailable(self.notice or "what was written before is not yet in the database")
        transaction = Transaction(self._mirror)
        self._mirror.execute("BEGIN")
        try:
            result = await work(transaction)
        except BaseException:
            self._mirror.execute("ROLLBACK")
            raise
        self._mirror.execute("COMMIT")
        self._queue(transaction.done)
        return result

    async def flushed(self) -> None:
        """Return when all that was posted is in the database, or `notice` says that it is not."""
        await self._is_flushed()

    def check(self) -> None:
        """Let the mirror forget what is over, and is in the database."""
        if self.notice is None and not self._outbox:
            over = self._clock.time() - MIRRORED
            self._mirror.execute("DELETE FROM executions WHERE delivered_at IS NOT NULL OR ended_at < ?", (over,))
            for table in ("cuts", "uploads"):
                self._mirror.execute(f"DELETE FROM {table}")

    def close(self) -> None:
        """Forget what is in memory; `settle` comes before."""
        if self._outbox:
            log.error("%s This process ends now: %d changes are forgotten.", self.notice, len(self._outbox))
        self._mirror.close()

    # -- the outbox ---------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Prepare the database, if it can be used now. Raises what `prepare` raises but for DatabaseUnavailable."""
        await self._flush()

    async def run(self) -> None:
        """Empty the outbox whenever something is in it, and try a database that was away. Never returns."""
        while True:
            await self._stirred.wait()
            self._stirred = anyio.Event()
            while self._outbox or self.notice is not None:
                try:
                    works = await self._flush()
                except NewerDatabase as newer:  # It was away when this server started, and came back so.
                    self._fail(newer)
                    works = False
                if not works:
                    await self._clock.sleep(DATABASE_RETRY)

    async def settle(self) -> bool:
        """Empty the outbox, now that `run` does not any more, and return whether that was possible in time."""
        with anyio.move_on_after(OUTBOX_PATIENCE):
            return await self._flush()
        return False

    async def _flush(self) -> bool:
        """Carry out what is in the outbox; return False where the database is away."""
        try:
            if not self._is_prepared:
                await self._prepare()
                self._is_prepared = True
            elif not self._outbox:
                await self._database.rows("SELECT 1")
            while self._outbox:
                await self._carry_out(*self._outbox[0])
                self._outbox.popleft()
                self._written += 1
                self._tell()
        except DatabaseUnavailable as trouble:
            self._fail(trouble)
            return False
        if self.notice is not None:
            log.warning("The database works again; what was kept in memory is in it.")
            self.notice = None
        self._tell()
        return True

    async def _carry_out(self, sql: str, values: Sequence[Any]) -> None:
        try:
            await self._database.run(sql, values)
        except DatabaseUnavailable:
            raise
        except Exception:  # A fault of ours must not keep back all that comes after it.
            log.exception("a change of the journal is not taken by the database, and dropped")

    def _queue(self, statements: Sequence[Statement]) -> None:
        self._outbox.extend(statements)
        self._queued += len(statements)
        if statements:
            self._stirred.set()

    async def _is_flushed(self) -> bool:
        """Wait until all that was posted before is written, for OUTBOX_PATIENCE seconds; return whether it is.

        What others post meanwhile is not waited for: where many calls wait, the outbox is never empty for long.
        """
        before = self._queued
        with anyio.move_on_after(OUTBOX_PATIENCE):
            while self._written < before and self.notice is None:
                await self._moved.wait()
        return self._written >= before and self.notice is None

    def _fail(self, trouble: Exception) -> None:
        self.notice = (
            f"The journal is out of reach: {trouble}. Until it works again nothing is started; what runs goes on,"
            " and is written down then."
        )
        self._stirred.set()
        self._tell()

    def _tell(self) -> None:
        self._moved.set()
        self._moved = anyio.Event()


class _Recording:
    """A transaction of the database, and what it has changed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.done: list[Statement] = []

    async def rows(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        """Return the rows of a query."""
        return await self._session.rows(sql, values)

    async def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Carry out a statement and return how many rows it changed."""
        changed = await self._session.run(sql, values)
        self.done.append((sql, values))
        return changed
