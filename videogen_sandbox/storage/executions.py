"""The executions of a sandbox, of every kind: request, state and outcome."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from videogen_sandbox.directives import Directives
from videogen_sandbox.storage.database import Database

Kind = Literal["make", "run", "remix", "export", "interchange", "import", "message"]
"""What runs an execution: make (a tool), run (a workflow, to its project), remix (one edit of a project), export,
interchange (a timeline document), import (of a URL), message (a reply of the assistant)."""

RUN_PREFIX = "vg_work_"
"""Of the ids of runs."""

TERMINAL = ("succeeded", "failed", "cancelled")

_ENDED = "(status IN ('succeeded', 'failed', 'cancelled'))"

_BY_ITSELF = f"kind != 'message' AND NOT (kind IN ('remix', 'export') AND COALESCE(chain, '') GLOB '{RUN_PREFIX}*')"


@dataclass(frozen=True)
class Execution:
    """A row of `executions`. `body` has today's wire names; `progress` is the share done, 0 to 1: of a run, the share
    of its whole chain. `outcome` is what came of it besides the files in `results`."""

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
    kind: Kind = "make"
    project_id: str | None = None
    chain: str | None = None
    outcome: Mapping[str, Any] = field(default_factory=dict)
    seq: int = field(default=0)

    @property
    def tool_type(self) -> str:
        """As the API spells it: GENERATE_IMAGE."""
        return self.operation.upper().replace("-", "_")

    @property
    def is_terminal(self) -> bool:
        """Whether its status never changes again."""
        return self.status in TERMINAL

    @property
    def is_step_of_run(self) -> bool:
        """Whether it is an edit or export that belongs to a run."""
        return self.kind in ("remix", "export") and (self.chain or "").startswith(RUN_PREFIX)

    @property
    def lane(self) -> str | None:
        """Executions of one lane run one after another: those of a project, and the replies of an assistant."""
        return self.body["assistantId"] if self.kind == "message" else self.project_id


class Executions:
    """Finds and changes executions. A terminal status never changes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, execution: Execution) -> None:
        """Store a new execution."""
        self._database.run(
            "INSERT INTO executions (id, kind, operation, project_id, chain, body, directives, seed, status, "
            "created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            execution.id,
            execution.kind,
            execution.operation,
            execution.project_id,
            execution.chain,
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

    def listed(
        self, *, kind: Kind | None = None, project_id: str | None = None, before: int | None = None, limit: int = -1
    ) -> list[Execution]:
        """Return at most `limit` (-1: all) with a sequence number below `before`, newest first.

        `kind` and `project_id` leave out all others.
        """
        rows = self._database.all(
            "SELECT * FROM executions WHERE (?1 IS NULL OR kind = ?1) AND (?2 IS NULL OR project_id = ?2)"
            " AND (?3 IS NULL OR seq < ?3) ORDER BY seq DESC LIMIT ?4",
            kind,
            project_id,
            before,
            limit,
        )
        return [_execution(row) for row in rows]

    def asked_for(self, *, ended: bool, limit: int) -> list[Execution]:
        """Return at most `limit` that have ended or not, newest first; those that wait for an approval before others.

        The steps of runs and the replies of assistants are left out.
        """
        rows = self._database.all(
            f"SELECT * FROM executions WHERE {_BY_ITSELF} AND {_ENDED} = ?"
            " ORDER BY status = 'awaiting_approval' DESC, seq DESC LIMIT ?",
            int(ended),
            limit,
        )
        return [_execution(row) for row in rows]

    def count_open(self) -> tuple[int, int]:
        """Return how many of what `asked_for` returns wait for an approval, and how many others have not ended."""
        row = self._database.one(
            "SELECT COALESCE(SUM(status = 'awaiting_approval'), 0) AS asking, COUNT(*) AS number FROM executions"
            f" WHERE {_BY_ITSELF} AND NOT {_ENDED}"
        )
        return (row["asking"], row["number"] - row["asking"]) if row else (0, 0)

    def chain(self, execution: Execution) -> list[Execution]:
        """Return what was requested together with an execution, itself included, in the order in which it runs."""
        if execution.chain is None:
            return [execution]
        rows = self._database.all("SELECT * FROM executions WHERE chain = ? ORDER BY seq", execution.chain)
        return [_execution(row) for row in rows]

    def unfinished(self, project_id: str, *kinds: Kind) -> bool:
        """Return whether an execution of a project of one of these kinds has not ended."""
        row = self._database.one(
            "SELECT 1 FROM executions WHERE project_id = ? AND status NOT IN ('succeeded', 'failed', 'cancelled') "
            f"AND kind IN ({', '.join('?' * len(kinds))})",
            project_id,
            *kinds,
        )
        return row is not None

    def began(self, execution_id: str, attempt: int) -> None:
        """Note that an engine works on it now, in this attempt (from 0)."""
        self._change(execution_id, "status = 'running', progress = 0, attempt = ?", attempt)

    def approve(self, execution_id: str) -> bool:
        """Let an execution begin that waits for an approval; False when it does not wait for one (any more)."""
        changed = self._database.run(
            "UPDATE executions SET status = 'pending' WHERE id = ? AND status = 'awaiting_approval'", execution_id
        )
        return changed == 1

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

    def succeed(
        self, execution_id: str, results: Sequence[str], now: float, outcome: Mapping[str, Any] | None = None
    ) -> bool:
        """Set the outcome; False when the execution had ended before."""
        return self._change(
            execution_id,
            "status = 'succeeded', progress = 1, results = ?, outcome = ?, finished_at = ?",
            json.dumps(list(results)),
            json.dumps(dict(outcome or {})),
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
    values["outcome"] = json.loads(row["outcome"])
    values["cancel_requested"] = bool(row["cancel_requested"])
    values["error"] = json.loads(row["error"]) if row["error"] else None
    return Execution(**values)
