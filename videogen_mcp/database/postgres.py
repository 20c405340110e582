"""PostgreSQL, through psycopg 3: every use is bounded, and what is told goes by LISTEN and NOTIFY.

Poolers in transaction mode work but for LISTEN, which they take and never deliver: that is tried out, and said.
"""

from __future__ import annotations

import logging
import secrets
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio
import psycopg
from anyio.abc import TaskGroup
from psycopg import AsyncConnection, conninfo, errors
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from videogen_mcp.database.database import DatabaseUnavailable, Hearer, Rows, Session
from videogen_mcp.database.sql import for_postgres, named_values

log = logging.getLogger(__name__)

CHANNEL = "videogen_1"
"""Where servers tell each other; the number changes with the meaning of what is told."""

CONNECTIONS = 8
"""Connections of one process at most, and one that listens. PostgreSQL has 100 by default, for all replicas."""

LONGEST_STATEMENT = 2.0
"""Seconds that a statement or a transaction may take, from its turn on; they take milliseconds."""

CONNECT_TIMEOUT = 2
"""Whole seconds for a connection."""

TOLD_EVERY = 0.05
"""Seconds between two notifications of one process. Their commits follow one another in the whole server, so they are
sent many at once and never within other transactions."""

LONGEST_PAYLOAD = 4_000
"""Bytes of one notification; PostgreSQL takes 7,999."""

HEARD_WITHIN = 2.0
"""Seconds within which a notification of ours must be heard; it takes milliseconds."""

SILENCE = 30.0
"""Seconds without a notification after which the connection that listens is tried."""

RECONNECT = 0.5
"""Seconds before another try to listen."""

AWAY = "the database cannot be used for now; the server's log says why"
"""What callers may know. The reason names hosts and users, so only the log has it."""

UNHEARD = (
    "what other servers tell is not heard (LISTEN): is a pooler in transaction mode in between? Set"
    " VIDEOGEN_MCP_DATABASE_LISTEN to an address of PostgreSQL itself"
)

BROKEN = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.InternalError,  # among them: a standby that takes no writes
    errors.InsufficientPrivilege,
    errors.UndefinedTable,  # it was away when the tables were to be made
    errors.DuplicateTable,  # another program has tables of these names in it
    errors.DuplicateColumn,
    errors.UndefinedColumn,
    PoolTimeout,
    TimeoutError,
    OSError,
)
"""What says that the database cannot be used now; other errors are faults in a statement of ours."""


class BadAddress(ValueError):
    """An address is none of PostgreSQL; the message does not repeat it."""


class Postgres:
    """One database, as `Database` describes it. Made by `opened`."""

    def __init__(self, address: str, listen_address: str | None = None) -> None:
        """Raises BadAddress. Nothing is reached yet."""
        if sys.platform == "win32":
            raise BadAddress("psycopg needs another event loop than servers have on Windows")
        self._address, self._listen_address = checked(address), checked(listen_address or address)
        self._pool = AsyncConnectionPool(
            self._address,
            min_size=1,
            max_size=CONNECTIONS,
            timeout=LONGEST_STATEMENT,
            open=False,
            configure=_keep_commits,
            check=self._usable,
            kwargs={"autocommit": True, "prepare_threshold": None, "connect_timeout": CONNECT_TIMEOUT},
        )
        self._trouble: str | None = None
        self._heard = self._warned = False
        self._hearers: dict[str, list[Hearer]] = {}
        self._connections = anyio.Semaphore(CONNECTIONS)
        self._exclusive: dict[str, anyio.Semaphore] = {}
        self._untold: dict[tuple[str, str], None] = {}
        self._told = anyio.Event()
        self._answers: dict[str, anyio.Event] = {}

    @property
    def notice(self) -> str | None:
        """What is wrong with it for now, and what to do; None when all is well."""
        return self._trouble or (None if self._heard else UNHEARD)

    @property
    def hears(self) -> bool:
        """Whether what other processes tell is heard."""
        return self._heard

    async def rows(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        """Return the rows of a query. Raises DatabaseUnavailable."""
        async with self._session() as session:
            return await session.rows(sql, values)

    async def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Carry out a statement and return how many rows it changed. Raises DatabaseUnavailable."""
        async with self._session() as session:
            return await session.run(sql, values)

    @asynccontextmanager
    async def exclusive(self, name: str) -> AsyncIterator[Session]:
        """Open a transaction that runs alone among those of that name. Raises DatabaseUnavailable.

        The lock is taken before the first statement: counting and inserting in one statement pass a limit together.
        Transactions of this process wait for each other without a connection: others need those.
        """
        turns = self._exclusive.setdefault(name, anyio.Semaphore(1))
        try:
            async with self._turn(turns), self._session() as session, session.connection.transaction():
                await session.connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (name,))
                yield session
        finally:
            if turns.value:
                self._exclusive.pop(name, None)

    async def now(self) -> float:
        """Return the database's own time, in Unix seconds. Raises DatabaseUnavailable."""
        ((now,),) = await self.rows("SELECT extract(epoch FROM clock_timestamp())::float8")
        return float(now)

    def tell(self, topic: str, *words: str) -> None:
        """Let every process that hears the topic know soon, this one too."""
        self._untold.update(dict.fromkeys((topic, word) for word in words))
        self._told.set()

    def hear(self, topic: str, hearer: Hearer) -> None:
        """Call `hearer` from now on with what any process tells about the topic."""
        self._hearers.setdefault(topic, []).append(hearer)

    def attend(self, wanted: bool) -> None:
        """Change nothing: what is told comes by itself."""

    # -- connections --------------------------------------------------------------------------------------------------

    async def start(self, tasks: TaskGroup) -> None:
        """Connect, and pass on what is told both ways for as long as the tasks may run."""
        logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # It warns at every try; here it is said once.
        await self._pool.open(wait=False)
        tasks.start_soon(self._listen, tasks)
        tasks.start_soon(self._pass_on)

    async def close(self) -> None:
        """Send what is still to be told, and close the connections."""
        await self._send()
        await self._pool.close()

    async def reach(self) -> None:
        """Try a connection. Raises DatabaseUnavailable with the reason, which the pool does not tell."""
        try:
            with anyio.fail_after(LONGEST_STATEMENT, shield=True):
                connection = await AsyncConnection.connect(self._address, connect_timeout=CONNECT_TIMEOUT)
                await connection.close()
        except BROKEN as trouble:
            raise self._unavailable(trouble) from None

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[_Session]:
        try:
            async with self._turn(self._connections):
                with anyio.fail_after(LONGEST_STATEMENT, shield=True):
                    async with self._pool.connection() as connection:
                        yield _Session(connection)
        except BROKEN as trouble:
            if isinstance(trouble, PoolTimeout | TimeoutError) and self._trouble is None:
                await self.reach()
            raise self._unavailable(trouble) from None
        self._trouble = None

    @asynccontextmanager
    async def _turn(self, turns: anyio.Semaphore) -> AsyncIterator[None]:
        """Wait for a turn, however many come first: a burst of calls is no trouble of the database.

        Raises DatabaseUnavailable where the database went away meanwhile, instead of finding that out one by one.
        """
        waits = not turns.value
        with anyio.CancelScope(shield=True):
            async with turns:
                if waits and self._trouble is not None:
                    raise DatabaseUnavailable(self._trouble)
                yield

    async def _usable(self, connection: AsyncConnection[Any]) -> None:
        """Try a connection that was idle, once there was trouble: after a restart of the database all are broken."""
        if self._trouble is not None:
            await AsyncConnectionPool.check_connection(connection)

    def _unavailable(self, trouble: BaseException) -> DatabaseUnavailable:
        if isinstance(trouble, PoolTimeout | TimeoutError):
            why = f"it did not answer within {LONGEST_STATEMENT:.0f} s"
        else:
            why = " ".join(str(trouble).split()) or type(trouble).__name__
        if self._trouble is None:
            log.warning("the database cannot be used: %s", why)
        self._trouble = AWAY
        return DatabaseUnavailable(AWAY)

    # -- telling ------------------------------------------------------------------------------------------------------

    async def _pass_on(self) -> None:
        """Send what is to be told, in batches. What cannot be sent is dropped: who hears again reads again."""
        while True:
            await self._told.wait()
            self._told = anyio.Event()
            await self._send()
            await anyio.sleep(TOLD_EVERY)

    async def _send(self) -> None:
        untold, self._untold = list(self._untold), {}
        with suppress(DatabaseUnavailable):
            for payload in payloads(untold):
                await self.rows("SELECT pg_notify(?, ?)", (CHANNEL, payload))

    async def _listen(self, tasks: TaskGroup) -> None:
        while True:
            try:
                await self._listen_once(tasks)
            except BROKEN as trouble:
                log.info("not listening to the database: %s", type(trouble).__name__)
            await anyio.sleep(RECONNECT)

    async def _listen_once(self, tasks: TaskGroup) -> None:
        """Listen until the connection breaks. Raises what breaks it."""
        connection = await AsyncConnection.connect(
            self._listen_address,
            autocommit=True,
            connect_timeout=CONNECT_TIMEOUT,
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=2,
        )
        trying = anyio.CancelScope()
        try:
            await connection.execute(f"LISTEN {CHANNEL}")
            for hearers in self._hearers.values():
                for hearer in hearers:
                    hearer(())
            tasks.start_soon(self._try_out, trying)
            while True:
                async for notification in connection.notifies(timeout=SILENCE):
                    self._take(notification.payload)
                await connection.execute("SELECT 1")
        finally:
            trying.cancel()
            self._heard = False
            await connection.close()  # As a context it would roll back first, which may wait.

    async def _try_out(self, trying: anyio.CancelScope) -> None:
        """See whether what is told is heard; again from time to time as long as it is not."""
        nonce = secrets.token_hex(8)
        answer = self._answers[nonce] = anyio.Event()
        with trying:
            try:
                while not self._heard:
                    self._heard = await self._is_heard(nonce, answer)
                    await anyio.sleep(0 if self._heard else RECONNECT)
                self._warned = False
            finally:
                del self._answers[nonce]

    async def _is_heard(self, nonce: str, answer: anyio.Event) -> bool:
        """Tell something, and return whether it comes back in time; False also where it cannot be told."""
        try:
            await self.rows("SELECT pg_notify(?, ?)", (CHANNEL, f"test {nonce}"))
        except DatabaseUnavailable:
            return False
        with anyio.move_on_after(HEARD_WITHIN):
            await answer.wait()
        if not answer.is_set() and not self._warned:
            log.warning("%s", UNHEARD)
            self._warned = True
        return answer.is_set()

    def _take(self, payload: str) -> None:
        topic, _, said = payload.partition(" ")
        words = said.split()
        if topic == "test":
            for nonce in words:
                if nonce in self._answers:
                    self._answers[nonce].set()
            return
        for hearer in self._hearers.get(topic, ()):
            hearer(words)


async def _keep_commits(connection: AsyncConnection[Any]) -> None:
    """See to it that what is written outlives a crash of the database, also where it is set to answer before that.

    What is not known to have been submitted any more would be paid for again.
    """
    with anyio.fail_after(LONGEST_STATEMENT):
        await connection.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )


class _Session:
    """One connection of the pool."""

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        self.connection = connection

    async def rows(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        """Return the rows of a query."""
        cursor = await self.connection.execute(for_postgres(sql), named_values(values))
        return await cursor.fetchall()

    async def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Carry out a statement and return how many rows it changed."""
        cursor = await self.connection.execute(for_postgres(sql), named_values(values))
        return max(cursor.rowcount, 0)


@asynccontextmanager
async def opened(address: str, listen_address: str | None = None) -> AsyncIterator[Postgres]:
    """Yield the database at an address (postgresql://…); `listen_address` leads to it without a pooler.

    It may be away, and come back later. Raises BadAddress.
    """
    database = Postgres(address, listen_address)
    error: Exception | None = None
    try:
        async with anyio.create_task_group() as tasks:
            await database.start(tasks)
            try:
                yield database
            except Exception as raised:  # noqa: BLE001 - raised below as it is, where the task group would wrap it
                error = raised
            tasks.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True):
            await database.close()
    if error is not None:
        raise error


def trouble(address: str) -> str | None:
    """Return why a database cannot be reached, None where it can; in CONNECT_TIMEOUT seconds, for which the thread
    stands still, and in words that do not repeat a password."""
    try:
        psycopg.connect(checked(address), connect_timeout=int(CONNECT_TIMEOUT)).close()
    except (BadAddress, psycopg.Error) as fault:
        return str(fault).partition("\n")[0].rstrip(". ") or type(fault).__name__
    return None


def checked(address: str) -> str:
    """Return the address. Raises BadAddress, in words of our own: psycopg's repeat the password, and what stands behind
    a bare @ or / of it is taken for a host or a port, which the log would name."""
    user, at, _ = address.partition("://")[2].rpartition("@")
    if at and any(mark in user for mark in "@/?"):
        raise BadAddress("its user name and password have %40 for @, %2F for / and %3F for ?")
    try:
        conninfo.conninfo_to_dict(address)
    except psycopg.ProgrammingError:
        raise BadAddress("it is no address of PostgreSQL (postgresql://user:password@host/database)") from None
    return address


def payloads(untold: Sequence[tuple[str, str]]) -> list[str]:
    """Return notifications `topic word word …` that say all of it, none longer than LONGEST_PAYLOAD bytes."""
    made: dict[str, list[str]] = {}
    for topic, word in untold:
        texts = made.setdefault(topic, [topic])
        if len(texts[-1].encode()) + len(word.encode()) >= LONGEST_PAYLOAD:
            texts.append(topic)
        texts[-1] += f" {word}"
    return [text for texts in made.values() for text in texts]
