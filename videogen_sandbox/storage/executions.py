"""The executions of a sandbox: request, state and outcome."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from videogen_sandbox.directives import Directives
from videogen_sandbox.storage.database import Database

TERMINAL = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True)
class Execution:
    """A row of `executions`. `body` has today's wire names; `progress` is the engine's own share, 0 to 1."""

    id: str
    operation: str
    body: Mapping[str, Any]
    directives: Directives
    seed: int
    created_at: float
    status: str = "pending"
    progress: float = 0.0
    attempt: int = 0
    cancel_requested: bool = False
    results: Sequence[str] = ()
    error: Mapping[str, str] | None = None
    finished_at: float | None = None
    seq: int = field(default=0)

    @property
    def tool_type(self) -> str:
        """As the API spells it: GENERATE_IMAGE."""
        return self.operation.upper().replace("-", "_")

    @property
    def is_terminal(self) -> bool:
        """Whether its status never changes again."""
        return self.status in TERMINAL


class Executions:
    """Finds and changes executions. A terminal status never changes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, execution: Execution) -> None:
        """Store a new execution."""
        self._database.run(
            "INSERT INTO executions (id, operation, body, directives, seed, status, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            execution.id,
            execution.operation,
            json.dumps(execution.body),
            json.dumps(asdict(execution.directives)),
            execution.seed,
            execution.status,
            execution.created_at,
        )

    def get(self, execution_id: str) -> Execution | None:
        """Return an execution; None when there is none with this id."""
        row = self._database.one("SELECT * FROM executions WHERE id = ?", execution_id)
        return _execution(row) if row else None

    def listed(self, *, before: int | None = None, limit: int = -1) -> list[Execution]:
        """Return at most `limit` (-1: all) with a sequence number below `before`, newest first."""
        rows = self._database.all(
            "SELECT * FROM executions WHERE ?1 IS NULL OR seq < ?1 ORDER BY seq DESC LIMIT ?2", before, limit
        )
        return [_execution(row) for row in rows]

    def began(self, execution_id: str, attempt: int) -> None:
        """Note that an engine works on it now, in this attempt (from 0)."""
        self._change(execution_id, "status = 'running', progress = 0, attempt = ?", attempt)

    def progressed(self, execution_id: str, done: float) -> None:
        """Note the share that is done, 0 to 1; it never falls."""
        self._change(execution_id, "progress = MAX(progress, ?)", done)

    def ask_to_cancel(self, execution_id: str) -> None:
        """Request a cancellation from the process that runs it."""
        self._change(execution_id, "cancel_requested = 1")

    def to_cancel(self, execution_ids: Sequence[str]) -> list[str]:
        """Return those of `execution_ids` whose cancellation was requested, at whichever process."""
        marks = ", ".join("?" * len(execution_ids))
        rows = self._database.all(
            f"SELECT id FROM executions WHERE cancel_requested AND id IN ({marks})", *execution_ids
        )
        return [row["id"] for row in rows]

    def succeed(self, execution_id: str, results: Sequence[str], now: float) -> bool:
        """Set the outcome; False when the execution had ended before."""
        return self._change(
            execution_id,
            "status = 'succeeded', progress = 1, results = ?, finished_at = ?",
            json.dumps(list(results)),
            now,
        )

    def fail(self, execution_id: str, code: str, message: str, now: float) -> bool:
        """Set the outcome; False when the execution had ended before."""
        error = json.dumps({"code": code, "message": message})
        return self._change(execution_id, "status = 'failed', error = ?, finished_at = ?", error, now)

    def cancel(self, execution_id: str, now: float) -> bool:
        """Set the outcome; False when the execution had ended before."""
        return self._change(execution_id, "status = 'cancelled', finished_at = ?", now)

    def _change(self, execution_id: str, assignments: str, *values: str | int | float) -> bool:
        changed = self._database.run(
            f"UPDATE executions SET {assignments} WHERE id = ? AND status NOT IN ('succeeded', 'failed', 'cancelled')",
            *values,
            execution_id,
        )
        return changed == 1


def _execution(row: sqlite3.Row) -> Execution:
    values = dict(row)
    values["body"] = json.loads(row["body"])
    values["directives"] = Directives(**json.loads(row["directives"]))
    values["results"] = tuple(json.loads(row["results"]))
    values["cancel_requested"] = bool(row["cancel_requested"])
    values["error"] = json.loads(row["error"]) if row["error"] else None
    return Execution(**values)
