"""Where the journal's rows are: in one SQLite file that several processes share, and, while it fails, in memory.

What this process writes goes into both. When the file cannot be used (full disk, locked, not ours, removed, damaged)
its rows are read once more if that is possible, and the journal goes on in memory. The file is tried again every RETRY
seconds, and what memory has is merged into it. A file that is not ours to change (newer, no database) is left as it is.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from videogen_mcp import file_locks
from videogen_mcp.database.database import DatabaseUnavailable, Rows, Session
from videogen_mcp.executions.journal_schema import SCHEMA, lacks, merge
from videogen_mcp.executions.timing import (
    JOURNAL_BUSY,
    JOURNAL_BUSY_BRIEFLY,
    JOURNAL_BUSY_LONGEST,
    JOURNAL_RETRY,
    KEPT_OF_FILE,
)

log = logging.getLogger(__name__)

T = TypeVar("T")

ONE_TRY = 0.02
"""Seconds that SQLite waits for a lock by itself. It backs off to 0.1 s between its tries, and among many processes the
one that tries seldom never gets it; so its patience is kept short and asked for again."""

REMEDIES = (
    ("full", "It needs free space on that disk"),
    (
        "locked",
        "Another program holds it, or its file system has no locks; VIDEOGEN_MCP_STATE_DIR may name another folder",
    ),
    ("newer", "That version can go on using it"),
    ("not a database", "Move the file away and a new one is begun"),
    ("malformed", "Move the file away and a new one is begun"),
)
NEWER = "it was written by a newer videogen-mcp"
OTHER_REMEDY = "VIDEOGEN_MCP_STATE_DIR may name a folder that this user can write to"


def remedy(why: str) -> str:
    """Return what to do about a journal that cannot be used, as a sentence without its end; `why` is SQLite's word."""
    return next((words for sign, words in REMEDIES if sign in why), OTHER_REMEDY)


class Transaction:
    """Statements that are carried out all together or not at all, while nobody else writes. None of them waits."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.done: list[tuple[str, Sequence[Any]]] = []

    async def rows(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        """Return the rows of a query."""
        return self._db.execute(sql, values).fetchall()

    async def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Carry out a statement and return how many rows it changed."""
        changed = self._db.execute(sql, values).rowcount
        self.done.append((sql, values))
        return max(changed, 0)


Inode = tuple[int, int]


class Identity(NamedTuple):
    """What tells a database from all others: its file, and the log that SQLite keeps beside it (None: there is none).

    A new file beside an old log, or the other way round, is another database.
    """

    file: Inode
    log: Inode | None


class Unusable(Exception):
    """The file is there and not for us. The message says why."""


class JournalFile:
    """The rows, as `JournalStore` describes it. Every method is quick and works whatever the file does.

    Its coroutines never wait: they are carried out as one, with nothing in between on the event loop.
    """

    keeps = KEPT_OF_FILE

    def __init__(
        self, path: Path | None, before_merge: Callable[[], None] = lambda: None, *, required: bool = False
    ) -> None:
        """Open the file at `path` (None: memory only). `before_merge` is called before rows return to a file."""
        self.path = path
        self.required = required
        self.notice: str | None = None
        self._before_merge = before_merge
        self._memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        for statement in lacks(self._memory):
            self._memory.execute(statement)
        self._file: sqlite3.Connection | None = None
        self._identity: Identity | None = None
        self._retry_at, self._patience = 0.0, JOURNAL_BUSY_BRIEFLY
        self.check()
        if self._file is None:  # Nothing is lost yet; the first use has more patience.
            self._retry_at, self._patience = 0.0, JOURNAL_BUSY

    def post(self, sql: str, values: Sequence[Any] = (), *, durable: bool = False) -> None:
        """Write something: it outlives this process when this returns, and the machine if it is `durable`."""
        self._change(sql, values, durable=durable)

    async def read(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        """Return the rows of a query."""
        file = self._usable()
        if file is not None:
            try:
                return self._patiently(file, lambda: file.execute(sql, values).fetchall())
            except sqlite3.Error as trouble:
                self._fail(trouble)
        return self._memory.execute(sql, values).fetchall()

    @property
    def unwritten(self) -> int:
        """Return 0: what the file does not take is kept as rows, not as statements."""
        return 0

    def own(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        """Return the rows of a query among those that this process has written."""
        return self._memory.execute(sql, values).fetchall()

    async def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Carry out a statement and return how many rows it changed."""
        return self._change(sql, values, durable=True)

    async def write(
        self, name: str, work: Callable[[Session], Awaitable[T]], *, in_memory: bool = True, durable: bool = True
    ) -> T:
        """Do the work in one transaction, alone among all, and return what it returns; what it raises undoes it.

        It may be called twice: again in memory, when the file fails under it; without `in_memory` that raises
        DatabaseUnavailable.
        """
        file = self._usable()
        if file is not None:
            try:
                _wait_for_disk(file, durable)
                with self._transaction(file):
                    transaction = Transaction(file)
                    result = await work(transaction)
            except sqlite3.Error as trouble:
                self._fail(trouble)
            else:
                for sql, values in transaction.done:
                    self._memory.execute(sql, values)
                self.check()  # It may have been removed before the commit: nobody else would know of this.
                return result
        if not in_memory and self.path is not None:
            raise DatabaseUnavailable(self.notice)
        with self._transaction(self._memory):
            return await work(Transaction(self._memory))

    async def flushed(self) -> None:
        """Return at once: what was posted is on the disk, or `notice` says that it is not."""

    def check(self) -> None:
        """See whether the file is still the one that was opened; open it again when it is time for another try."""
        self._usable()

    def close(self) -> None:
        """Write down what is not yet, and close."""
        self._retry_at, self._patience = 0.0, JOURNAL_BUSY_BRIEFLY
        self.check()
        if self.notice:
            log.error("%s This process ends now, and they are forgotten.", self.notice)
        if self._file is not None:
            self._file.close()
        self._memory.close()

    def _change(self, sql: str, values: Sequence[Any], *, durable: bool) -> int:
        file, changed = self._usable(), None
        if file is not None:
            try:  # one statement is a transaction by itself
                _wait_for_disk(file, durable)
                changed = self._patiently(file, lambda: file.execute(sql, values).rowcount)
            except sqlite3.Error as trouble:
                self._fail(trouble)
        in_memory = self._memory.execute(sql, values).rowcount
        self.check()  # as in `write`
        return max(in_memory if changed is None else changed, 0)

    def _usable(self) -> sqlite3.Connection | None:
        if self.path is None:
            return None
        if self._file is not None and _identity(self.path) != self._identity:
            self._fail(Unusable("it was removed, replaced or emptied"))
            self._retry_at = 0.0
        if self._file is None and time.monotonic() >= self._retry_at:
            self._open(self.path)
        return self._file

    def _open(self, path: Path) -> None:
        """Open the file, and give it what memory has."""
        db: sqlite3.Connection | None = None
        try:
            created = _create(path, self._patience)
            db = sqlite3.connect(path, timeout=ONE_TRY, isolation_level=None, check_same_thread=False)
            self._prepare(db)
            self._identity = _identity(path)
            if self._identity is None or self._identity.file != created:
                raise Unusable("it was replaced while it was opened")
            self._before_merge()
            if self._memory.execute("SELECT EXISTS (SELECT 1 FROM executions)").fetchone()[0]:
                _wait_for_disk(db, True)
                with self._transaction(db):
                    merge(self._memory, db)
                # Out of SQLite's log, which somebody may remove, into the file itself.
                self._patiently(db, lambda: db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall())
            if _identity(path) != self._identity:
                raise Unusable("it was replaced while it was opened")
        except (sqlite3.Error, OSError, Unusable) as trouble:
            if db is not None:
                db.close()
            self._unusable(trouble)
            return
        self._file, self._patience = db, JOURNAL_BUSY
        if self.notice:
            log.warning("The journal %s works again; what was kept in memory is in it.", path)
            self.notice = None

    def _prepare(self, db: sqlite3.Connection) -> None:
        version = self._patiently(db, lambda: db.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA:
            raise Unusable(NEWER)
        # A file system without shared memory keeps its own journal mode; that is slower and as safe.
        self._patiently(db, lambda: db.execute("PRAGMA journal_mode = WAL"))
        if self._patiently(db, lambda: lacks(db)):
            with self._transaction(db):
                for statement in lacks(db):
                    db.execute(statement)

    def _fail(self, trouble: Exception) -> None:
        """Go on in memory, with what can still be read of the file."""
        file, self._file = self._file, None
        if file is not None:
            try:  # The last chance to read it: others may hold it for a moment.
                self._patiently(file, lambda: merge(file, self._memory))
            except sqlite3.Error as unreadable:
                log.info("the journal cannot be read any more: %s", unreadable)
            file.close()
        self._unusable(trouble)

    def _unusable(self, trouble: Exception) -> None:
        self._retry_at, self._patience = time.monotonic() + JOURNAL_RETRY, 0.0
        why = str(trouble)
        notice = (
            f"The journal {self.path} cannot be used: {why}. {remedy(why)}. Until it works again, executions are"
            " remembered in the memory of this server only: keep their ids."
        )
        if notice != self.notice:
            log.warning("%s", notice)
        self.notice = notice

    @contextlib.contextmanager
    def _transaction(self, db: sqlite3.Connection) -> Iterator[None]:
        self._patiently(db, lambda: db.execute("BEGIN IMMEDIATE"))
        try:
            yield
            self._patiently(db, lambda: db.execute("COMMIT"))
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise

    def _patiently(self, db: sqlite3.Connection, work: Callable[[], T]) -> T:
        """Do what other processes may hold up, again and again: for as long as they get on, else until the patience is
        over (none while the file fails). Raises what the last try raised."""
        began = moved = time.monotonic()
        version: int | None = None
        while time.monotonic() < min(moved + self._patience, began + JOURNAL_BUSY_LONGEST):
            with _unless_locked():
                return work()
            with _unless_locked():
                latest: int = db.execute("PRAGMA data_version").fetchone()[0]
                if latest != version:
                    version, moved = latest, time.monotonic()
        return work()


def _wait_for_disk(db: sqlite3.Connection, durable: bool) -> None:
    """Have the next commit wait until the disk has it and all commits before, or have it not. Every wait holds up the
    whole server: 0.2 ms on a good disk, 20 ms on a bad one."""
    db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")


@contextlib.contextmanager
def _unless_locked() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as trouble:
        if "locked" not in str(trouble):
            raise


def _identity(path: Path) -> Identity | None:
    """Return what tells the database at `path` from all others; None where there is none, or an empty one."""
    try:
        found = path.stat()
    except OSError:
        return None
    if found.st_size == 0:
        return None
    try:
        log = _beside(path, "-wal").stat()
    except OSError:
        return Identity(_inode(found), None)
    return Identity(_inode(found), _inode(log))


def _create(path: Path, patience: float) -> Inode:
    """Make folder and file for this user alone, where they are missing; return which file there is.

    A file of another user that can be written is as good. Raise Unusable when another process takes longer than
    `patience` seconds to make it.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        with _alone(_beside(path, "-lock"), patience):
            if not path.exists():
                # What is left of a database that is gone: others may have it open still, and would write into this one.
                for end in ("-wal", "-shm"):
                    _beside(path, end).unlink(missing_ok=True)
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with contextlib.suppress(PermissionError):
        path.chmod(0o600)
    return _inode(path.stat())


@contextlib.contextmanager
def _alone(lock_file: Path, patience: float) -> Iterator[None]:
    """Do something that no other process does meanwhile. The lock ends with the process that holds it; its file stays.

    Where files cannot be locked it is done all the same: SQLite needs locks too, and what two processes spoil for each
    other there is noticed and written again. Raise Unusable when it stays locked for `patience` seconds.
    """
    descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        give_up = time.monotonic() + patience
        while not _is_locked(descriptor):
            if time.monotonic() >= give_up:
                raise Unusable("it is locked by another process, which makes it")
            time.sleep(ONE_TRY)
        yield
    finally:
        os.close(descriptor)


def _is_locked(descriptor: int) -> bool:
    """Lock the file and return whether that was possible; also where there are no locks."""
    try:
        file_locks.lock(descriptor)
    except file_locks.HELD:
        return False
    except OSError as trouble:
        log.info("the journal is made without a lock: %s", trouble)
    return True


def _beside(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)


def _inode(found: os.stat_result) -> Inode:
    return found.st_dev, found.st_ino
