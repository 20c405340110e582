"""The database of a sandbox: SQLite in its data directory, shared by every process that serves it.

Statements run on the thread of the event loop: each takes a fraction of a millisecond, less than a hand-over to
another thread.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from videogen_sandbox.disk import DISK_FULL, is_disk_full
from videogen_sandbox.file_lock import FileLock
from videogen_sandbox.storage.schema import SCHEMA, UPGRADES, VERSION

log = logging.getLogger(__name__)

BUSY_SECONDS = 5.0
"""How long a write waits for that of another process. Those take milliseconds; seconds mean a stalled disk."""

SqlValue = str | int | float | bytes | None


class DataUnusable(Exception):
    """The data directory cannot be used. The message says why."""


class NewerData(DataUnusable):
    """The data directory was written by a newer version."""


class Database:
    """One connection. Every statement outside of `transaction` is a transaction of its own."""

    def __init__(self, path: Path) -> None:
        """Open or create the database; a damaged one is set aside. Raise DataUnusable."""
        try:
            self._connection = _connect(path) or _replace(path)
            self._create()
        except (sqlite3.Error, OSError) as error:
            why = DISK_FULL if is_disk_full(error) else f"{path} cannot be used: {error}."
            raise DataUnusable(why) from error

    def all(self, sql: str, *values: SqlValue) -> list[sqlite3.Row]:
        """Return all rows of a query."""
        return self._connection.execute(sql, values).fetchall()

    def one(self, sql: str, *values: SqlValue) -> sqlite3.Row | None:
        """Return the first row of a query; None when it has none."""
        row: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
        return row

    def run(self, sql: str, *values: SqlValue) -> int:
        """Execute a statement and return the number of rows it changed."""
        return self._connection.execute(sql, values).rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit the block as a whole, or nothing of it when it raises. No other process writes meanwhile."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def secret(self, name: str) -> bytes:
        """Return 32 random bytes that are made at the first use and kept."""
        self.run("INSERT OR IGNORE INTO meta VALUES (?, ?)", name, secrets.token_hex(32))
        row = self.one("SELECT value FROM meta WHERE name = ?", name)
        if row is None:
            raise LookupError(name)
        return bytes.fromhex(row["value"])

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _create(self) -> None:
        self._connection.row_factory = sqlite3.Row
        try:
            with self.transaction():
                self._bring_up_to_date()
        except BaseException:
            self.close()
            raise

    def _bring_up_to_date(self) -> None:
        version = int(self._connection.execute("PRAGMA user_version").fetchone()[0])
        if version > VERSION:
            raise NewerData(f"The data directory has version {version}, this program knows {VERSION}.")
        if version == VERSION:
            return
        statements = [statement for known in range(version, VERSION) for statement in UPGRADES.get(known, ())]
        for statement in statements if version else SCHEMA.split(";\n"):
            if statement.strip():
                self._connection.execute(statement)
        self._connection.execute(f"PRAGMA user_version = {VERSION}")


def _connect(path: Path) -> sqlite3.Connection | None:
    """Open the database, readable by this user only; None when it is damaged."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with contextlib.suppress(PermissionError):
        path.chmod(0o600)
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        connection.close()
        if "not a database" not in str(error) and "malformed" not in str(error):
            raise
        found = str(error)
    if found == "ok":
        return connection
    connection.close()
    log.warning("the database %s is damaged: %s", path, found)
    return None


def _replace(path: Path) -> sqlite3.Connection:
    """Set a damaged database aside and begin a new one, unless another process has just done so."""
    lock = FileLock(path.with_name(f"{path.name}.lock"))
    if not lock.acquire(BUSY_SECONDS):
        raise DataUnusable(f"Another process has been replacing the damaged database {path} for too long.")
    try:
        connection = _connect(path)
        if connection is None:
            aside = path.with_name(f"{path.name}.damaged-{secrets.token_hex(4)}")
            for end in ("", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    path.with_name(path.name + end).rename(aside.with_name(aside.name + end))
            log.warning("it is kept as %s, and a new one is begun; the sandbox's files are not listed any more", aside)
            connection = _connect(path)
        if connection is None:
            raise DataUnusable(f"{path} is damaged and cannot be replaced.")
        return connection
    finally:
        lock.release()
