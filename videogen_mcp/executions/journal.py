"""What was submitted, kept on disk, so that neither a crash nor a cancelled call loses a paid execution.

One SQLite file (WAL) that several server processes share. Writes are small and made in place on the event loop: a row
must exist before its POST leaves, and a thread in between could lose that race. When the file cannot be used (corrupt,
locked, read-only, full, from a newer version) the journal goes on in memory and says so in `notice`; the file is left
as it is.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen_mcp.calls.replies import bounded
from videogen_mcp.executions.timing import JOURNAL_BUSY, JOURNAL_DAYS, JOURNAL_ROWS

if TYPE_CHECKING:
    from videogen_mcp.api.models import Execution

log = logging.getLogger(__name__)

SCHEMA = 1
"""Raised only for changes that older versions cannot live with. Columns that were ADDED are none."""

LABEL_LENGTH = 80
"""Characters of a prompt that are kept: enough to recognise it, too few to be a copy."""

ERROR_LENGTH = 200
"""Characters of a failed execution's message that are kept."""

OPEN_STATES = ("submitting", "unclear", "running", "awaiting_approval")

TABLES = """
CREATE TABLE IF NOT EXISTS executions (
    key TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    workflow TEXT NOT NULL,
    label TEXT NOT NULL,
    execution_id TEXT,
    state TEXT NOT NULL,
    process INTEGER NOT NULL,
    submitted_at REAL NOT NULL,
    accepted_at REAL,
    ended_at REAL,
    delivered_at REAL,
    files TEXT NOT NULL DEFAULT '[]',
    error TEXT
);
CREATE INDEX IF NOT EXISTS by_time ON executions (account, submitted_at);
CREATE INDEX IF NOT EXISTS by_execution ON executions (execution_id);
CREATE TABLE IF NOT EXISTS cuts (client TEXT NOT NULL, elapsed REAL NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS uploads (
    account TEXT NOT NULL, hash TEXT NOT NULL, file_id TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (account, hash)
);
"""

ADDED = {"kind": "TEXT NOT NULL DEFAULT 'tool_execution'", "project_id": "TEXT"}
"""Columns of the executions that version 0.1 did not have; its journals get them when they are opened."""


class SpendingLimitError(Exception):
    """The hour's number of executions is used up. `frees_at` is the Unix time at which the next one is allowed."""

    def __init__(self, used: int, frees_at: float) -> None:
        super().__init__(f"{used} executions were submitted within the last hour")
        self.used = used
        self.frees_at = frees_at


@dataclass(frozen=True)
class Entry:
    """One submitted execution as the journal knows it. Times are Unix seconds."""

    key: str
    workflow: str
    label: str
    execution_id: str | None
    state: str
    process: int
    submitted_at: float
    accepted_at: float | None
    ended_at: float | None
    delivered_at: float | None
    error: str | None
    kind: str
    project_id: str | None
    files: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether its end is not known yet."""
        return self.state in OPEN_STATES


COLUMNS = (
    "key, workflow, label, execution_id, state, process,"
    " submitted_at, accepted_at, ended_at, delivered_at, error, kind, project_id, files"
)


class Journal:
    """The journal of one state directory. All methods are quick and never raise for a broken file."""

    def __init__(self, path: Path | None) -> None:
        """Open the journal at `path`, or in memory only (None: the user switched it off)."""
        self.path = path
        self.notice: str | None = None
        self._db = self._open(path) if path else _memory()

    def close(self) -> None:
        """Close the file; what was written stays."""
        self._db.close()

    # -- the way of one execution -------------------------------------------------------------------------------

    def submitting(
        self,
        key: str,
        *,
        account: str,
        workflow: str,
        label: str,
        kind: str = "tool_execution",
        now: float,
        limit: int | None = None,
        window: float,
    ) -> None:
        """Write down that a POST is about to leave. Raises SpendingLimitError when `limit` rows lie within `window` s.

        Counting and writing are one transaction, so processes that race cannot pass the limit together.
        """
        with self._write() as db:
            if limit is not None:
                times = [
                    at
                    for (at,) in db.execute(
                        "SELECT submitted_at FROM executions WHERE account = ? AND submitted_at > ?"
                        " AND state != 'refused' ORDER BY submitted_at DESC",
                        (account, now - window),
                    )
                ]
                if len(times) >= limit:
                    raise SpendingLimitError(len(times), (times[limit - 1] if limit else now) + window)
            db.execute(
                "INSERT INTO executions (key, account, workflow, label, kind, state, process, submitted_at)"
                " VALUES (?, ?, ?, ?, ?, 'submitting', ?, ?)",
                (key, account, workflow, label[:LABEL_LENGTH], kind, os.getpid(), now),
            )

    def accepted(self, key: str, execution_id: str, now: float, project_id: str | None = None) -> None:
        """The service took it: the id is known from here on."""
        self._set(key, execution_id=execution_id, project_id=project_id, state="running", accepted_at=now)

    def unclear(self, key: str, error: str) -> None:
        """Nobody knows whether the service took it."""
        self._set(key, state="unclear", error=error)

    def refused(self, key: str, error: str, now: float) -> None:
        """Certainly not started, nothing to pay."""
        self._set(key, state="refused", error=error, ended_at=now)

    def ended(
        self, execution_id: str, *, state: str, now: float, files: Sequence[str] = (), error: str | None = None
    ) -> None:
        """The execution reached `state`; `files` are the ids of its results. The first end seen is kept."""
        with self._write() as db:
            db.execute(
                "UPDATE executions SET state = ?, ended_at = COALESCE(ended_at, ?), files = ?,"
                " error = COALESCE(?, error) WHERE execution_id = ?",
                (state, now, json.dumps(list(files)), error, execution_id),
            )

    def saw_end(self, state: Execution, now: float) -> None:
        """Write down the end that a poll or a list showed."""
        self.ended(
            state.execution_id,
            state=state.status,
            now=now,
            files=[result.file_id for result in state.results],
            error=bounded(state.error.message, ERROR_LENGTH) if state.error else None,
        )

    def delivered(self, execution_id: str, now: float) -> None:
        """Its end was put into an answer."""
        with self._write() as db:
            db.execute(
                "UPDATE executions SET delivered_at = COALESCE(delivered_at, ?) WHERE execution_id = ?",
                (now, execution_id),
            )

    # -- looking back -------------------------------------------------------------------------------------------

    def recent(self, account: str, limit: int) -> list[Entry]:
        """Newest first, but what still runs or ended undelivered comes before all else."""
        return self._entries(
            "account = ? AND state != 'refused' ORDER BY"
            " CASE WHEN delivered_at IS NULL THEN 0 ELSE 1 END, submitted_at DESC LIMIT ?",
            (account, limit),
        )

    def find(self, execution_id: str) -> Entry | None:
        """The row of an execution, if it was submitted from here."""
        found = self._entries("execution_id = ? LIMIT 1", (execution_id,))
        return found[0] if found else None

    def doubtful(self, account: str) -> list[Entry]:
        """Submits without an id: broken ones, and those whose process died over them. Oldest first."""
        rows = self._entries(
            "account = ? AND execution_id IS NULL AND state IN ('unclear', 'submitting') ORDER BY submitted_at",
            (account,),
        )
        return [row for row in rows if row.state == "unclear" or not _alive(row.process)]

    def known(self, execution_ids: Sequence[str]) -> list[Entry]:
        """The rows of those of the ids that have one."""
        marks = ",".join("?" * len(execution_ids))
        return self._entries(f"execution_id IN ({marks})", execution_ids)

    def durations(self, account: str, workflow: str, limit: int = 20) -> list[float]:
        """Seconds from acceptance to the end of the latest succeeded executions that were polled to their end."""
        return [
            ended - accepted
            for accepted, ended in self._read(
                "SELECT accepted_at, ended_at FROM executions WHERE account = ? AND workflow = ?"
                " AND state = 'succeeded' AND accepted_at IS NOT NULL ORDER BY ended_at DESC LIMIT ?",
                (account, workflow, limit),
            )
        ]

    # -- what else the processes of one machine share ---------------------------------------------------------------

    def client_cancelled(self, client: str, elapsed: float, now: float) -> None:
        """Write down that a client cancelled a waiting call after `elapsed` seconds."""
        with self._write() as db:
            db.execute("INSERT INTO cuts VALUES (?, ?, ?)", (client, elapsed, now))

    def client_cancellations(self, client: str, since: float) -> list[float]:
        """Return after how many seconds the client cancelled calls since a Unix time, oldest first."""
        return [
            elapsed
            for (elapsed,) in self._read(
                "SELECT elapsed FROM cuts WHERE client = ? AND at > ? ORDER BY at", (client, since)
            )
        ]

    def uploaded(self, account: str, content_hash: str, file_id: str, now: float) -> None:
        """A file with this content is known upstream as `file_id`."""
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO uploads VALUES (?, ?, ?, ?)", (account, content_hash, file_id, now))

    def upload(self, account: str, content_hash: str) -> str | None:
        """The file id a content was uploaded as, if it was."""
        rows = self._read("SELECT file_id FROM uploads WHERE account = ? AND hash = ?", (account, content_hash))
        return rows[0][0] if rows else None

    def prune(self, now: float) -> None:
        """Let old rows go. Rows without a known end stay until their age, whatever their number."""
        with self._write() as db:
            old = now - JOURNAL_DAYS * 86_400
            db.execute("DELETE FROM executions WHERE submitted_at < ?", (old,))
            db.execute("DELETE FROM cuts WHERE at < ?", (old,))
            db.execute("DELETE FROM uploads WHERE at < ?", (old,))
            db.execute(
                "DELETE FROM executions WHERE delivered_at IS NOT NULL AND key NOT IN"
                " (SELECT key FROM executions ORDER BY submitted_at DESC LIMIT ?)",
                (JOURNAL_ROWS,),
            )

    # -- the file ---------------------------------------------------------------------------------------------------

    def _open(self, path: Path) -> sqlite3.Connection:
        db: sqlite3.Connection | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            db = sqlite3.connect(path, timeout=JOURNAL_BUSY, isolation_level=None, check_same_thread=False)
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version > SCHEMA:
                db.close()
                return self._in_memory("was written by a newer videogen-mcp")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            if version < SCHEMA:
                db.executescript(f"BEGIN IMMEDIATE; {TABLES} PRAGMA user_version = {SCHEMA}; COMMIT;")
            db.execute("BEGIN IMMEDIATE")
            _add_columns(db)
            db.execute("COMMIT")
            path.chmod(0o600)
        except (sqlite3.Error, OSError) as trouble:
            if db is not None:
                db.close()
            return self._in_memory(f"cannot be used ({trouble})")
        return db

    def _in_memory(self, why: str) -> sqlite3.Connection:
        self.notice = (
            f"The journal {self.path} {why}. Executions are remembered only while this server runs;"
            " nothing was deleted."
        )
        log.warning("%s", self.notice)
        return _memory()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        """One transaction. A file that fails is given up for memory, and the statement is done there."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as trouble:
            self._give_up(trouble)
            self._db.execute("BEGIN IMMEDIATE")
        db = self._db
        try:
            yield db
            db.execute("COMMIT")
        except sqlite3.Error as trouble:
            self._give_up(trouble)
        except BaseException:
            db.execute("ROLLBACK")
            raise

    def _give_up(self, trouble: sqlite3.Error) -> None:
        """Go on in memory with what can still be read, so that open executions are not forgotten by this process."""
        old = self._db
        if old.in_transaction:
            old.execute("ROLLBACK")
        self._db = self._in_memory(f"cannot be written ({trouble})")
        try:
            rows = old.execute("SELECT * FROM executions ORDER BY submitted_at DESC LIMIT 200").fetchall()
        except sqlite3.Error:
            rows = []
        for row in rows:
            self._db.execute(f"INSERT INTO executions VALUES ({','.join('?' * len(row))})", row)
        old.close()

    def _set(self, key: str, **values: Any) -> None:
        columns = ", ".join(f"{name} = ?" for name in values)
        with self._write() as db:
            db.execute(f"UPDATE executions SET {columns} WHERE key = ?", (*values.values(), key))

    def _read(self, query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.Error as trouble:
            self._give_up(trouble)
            return self._db.execute(query, values).fetchall()

    def _entries(self, where: str, values: Sequence[Any]) -> list[Entry]:
        rows = self._read(f"SELECT {COLUMNS} FROM executions WHERE {where}", values)
        return [Entry(*values) for values in ((*row[:-1], tuple(json.loads(row[-1]))) for row in rows)]


def _memory() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    db.executescript(TABLES)
    _add_columns(db)
    return db


def _add_columns(db: sqlite3.Connection) -> None:
    present = {row[1] for row in db.execute("PRAGMA table_info(executions)")}
    for name, declaration in ADDED.items():
        if name not in present:
            db.execute(f"ALTER TABLE executions ADD COLUMN {name} {declaration}")


def _alive(process: int) -> bool:
    if process == os.getpid():
        return True
    if os.name == "nt":
        return False  # No harmless probe there: os.kill(pid, 0) would end the process.
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
