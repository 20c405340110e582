"""What was submitted, kept on disk, so that neither a crash nor a cancelled call loses a paid execution.

These are the statements; a `JournalStore` has the rows. What only writes is called without waiting and kept in order;
what reads or decides is awaited, and sees all of that. Rows of executions whose end is not known are never deleted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio

from videogen_mcp.calls.replies import bounded
from videogen_mcp.clock import Clock
from videogen_mcp.database.database import DatabaseUnavailable, Session
from videogen_mcp.executions.journal_file import JournalFile
from videogen_mcp.executions.journal_memory import Memory
from videogen_mcp.executions.journal_rows import COLUMNS, Entry, as_entry, inserting, project_values
from videogen_mcp.executions.journal_spending import NO_LIMITS, Limits, SpendingLimitError, Spent, spend
from videogen_mcp.executions.journal_steps import Steps
from videogen_mcp.executions.journal_wishes import WaitsElsewhere, Wish, wish_values
from videogen_mcp.executions.machine import Machine, this_machine
from videogen_mcp.executions.owner import Owner
from videogen_mcp.executions.timing import (
    JOURNAL_CACHE_DAYS,
    JOURNAL_PRUNED_EVERY,
    JOURNAL_RETRY,
    JOURNAL_ROWS,
    JOURNAL_ROWS_IN_ALL,
)

if TYPE_CHECKING:
    from videogen_mcp.api.models import Execution

__all__ = ["Entry", "Journal", "Limits", "SpendingLimitError", "Spent", "Wish"]

ERROR_LENGTH = 200
"""Characters of a failed execution's message that are kept."""

EXECUTION = "SELECT key FROM executions WHERE account = {account} AND execution_id = {execution_id}"
"""The key of an execution's row. Each part of what is built on it finds its rows by an index, which OR would not."""

AND_BEFORE = (
    f"key IN ({EXECUTION} UNION"
    " SELECT parent FROM executions WHERE account = {account} AND execution_id = {execution_id} AND parent IS NOT NULL)"
)
"""The row of an execution, and the one that it follows as an export."""

AND_AFTER = f"key IN ({EXECUTION} UNION SELECT key FROM executions WHERE parent IN ({EXECUTION}))"
"""The row of an execution, and those of the exports that follow it."""


class Journal(Steps, Memory):
    """The journal. All methods are quick and never raise for a place that fails."""

    @classmethod
    def in_file(cls, path: Path | None, machine: Machine | None = None, *, required: bool = False) -> Journal:
        """Return the journal at `path`, or one in memory only (None: the user switched it off). `required`: nothing is
        submitted that cannot be written there."""
        owner = Owner(path.parent / "alive" if path else None)
        return cls(JournalFile(path, before_merge=owner.renew, required=required), machine or this_machine(), owner)

    @property
    def notice(self) -> str | None:
        """What is wrong with its place, and what that means; None when all is well."""
        return self._store.notice

    @property
    def unwritten(self) -> int:
        """How many statements wait until its place can be written."""
        return self._store.unwritten

    @property
    def required(self) -> bool:
        """Whether nothing may be submitted that its place has not."""
        return self._store.required

    async def flushed(self) -> None:
        """Return when all that was written outlives this process, or `notice` says that it does not."""
        await self._store.flushed()

    async def keep(self, clock: Clock) -> None:
        """From the first write on, see to it that its place has the rows, also after it was removed, and let go of
        old ones. Never returns."""
        await self._used.wait()
        while True:
            self.prune(clock.time())
            for _ in range(JOURNAL_PRUNED_EVERY):
                await clock.sleep(JOURNAL_RETRY)
                self._store.check()

    # -- the way of one execution -------------------------------------------------------------------------------

    async def submitting(
        self,
        key: str,
        *,
        account: str,
        workflow: str,
        label: str,
        kind: str = "tool_execution",
        project_id: str | None = None,
        edits: Sequence[str] = (),
        then_export: Mapping[str, Any] | None = None,
        requested: int = 1,
        settings: str | None = None,
        wish: Wish | None = None,
        again: bool = False,
        now: float,
        limits: Limits = NO_LIMITS,
    ) -> Spent | Entry | None:
        """Write down that a POST is about to leave, and for which call (`wish`), which waits for it. Return what is
        used with it of the limit that is nearer. Raises SpendingLimitError when one is reached, DatabaseUnavailable
        when the place is required and cannot be written.

        Where the same call had begun an execution before it was cut, that is returned instead and nothing is written,
        unless it is to be submitted `again`.

        `settings` are what was decided for the caller, as far as it is known before the service took it. Counting and
        writing are one transaction, so processes that race cannot pass the limit together. What follows what is
        submitted (`then_export`) is not counted.
        """
        row = self._new_row(
            key,
            account=account,
            workflow=workflow,
            label=label,
            kind=kind,
            project_id=project_id,
            submitted_at=now,
            edits=json.dumps(list(edits)) if edits else None,
            then_export=None if then_export is None else json.dumps(then_export),
            requested=requested,
            settings=settings,
            **({} if wish is None else wish_values(wish)),
        )
        subject = wish.subject if wish is not None else None

        async def submit(session: Session) -> Spent | Entry | None:
            if wish is not None and not again and (earlier := await self._attend(session, wish, now)) is not None:
                return earlier
            spent = await spend(session, self._machine, account, subject, limits, kind, now)
            await session.run(*inserting(row))
            return spent

        try:
            while True:
                try:
                    # `leaving` makes it durable before the POST leaves.
                    begun = await self._store.write(account, submit, in_memory=not self._store.required, durable=False)
                    break
                except WaitsElsewhere as elsewhere:
                    async with anyio.create_task_group() as tasks:
                        for owner in elsewhere.owners:
                            tasks.start_soon(self._owner.listen_for, owner)
        except DatabaseUnavailable:
            self.refused(key, "the database was out of reach", now)  # where its row should be there all the same
            raise
        self._used.set()
        return begun

    def accepted(
        self,
        key: str,
        execution_id: str,
        now: float,
        project_id: str | None = None,
        project_url: str | None = None,
        actions: Sequence[str] = (),
        settings: str | None = None,
    ) -> None:
        """The service took it: the id is known from here on, and the project's where there is one; `settings` are what
        was decided for the caller."""
        known = {"execution_id": execution_id, "state": "running", "accepted_at": now, "settings": settings}
        self._set(key, durable=True, **known, **project_values(project_id, project_url, actions))

    def found(
        self,
        key: str,
        execution_id: str,
        *,
        account: str,
        workflow: str,
        label: str,
        subject: str | None,
        kind: str,
        project_id: str | None = None,
        project_url: str | None = None,
        actions: Sequence[str] = (),
        now: float,
    ) -> None:
        """An execution that no submit of ours has started is known from here on; once is as good as twice."""
        row = self._new_row(
            key,
            account=account,
            workflow=workflow,
            label=label,
            subject=subject,
            kind=kind,
            submitted_at=now,
            execution_id=execution_id,
            accepted_at=now,
            **project_values(project_id, project_url, actions),
        )
        self._post(*inserting({**row, "state": "running"}), durable=True)

    def refused(self, key: str, error: str, now: float) -> None:
        """Certainly not started, nothing to pay."""
        self._set(key, state="refused", error=error, ended_at=now)

    def ended(
        self,
        account: str,
        execution_id: str,
        *,
        state: str,
        now: float,
        files: Sequence[str] = (),
        error: str | None = None,
        took: float | None = None,
    ) -> None:
        """The execution reached `state`; `files` are the ids of its results. The first end seen is kept.

        The end of an export that followed something is the end of that, too. `took` are the seconds of the execution,
        where its end was seen as it came; what it followed took as long as it is old (`greatest_age`).
        """
        machine = self._machine
        seconds = (
            ", took = COALESCE(took, CASE WHEN execution_id = ?6 THEN ?7"
            " WHEN boot IS NULL THEN CASE WHEN submitted_at < ?8 THEN ?8 - submitted_at ELSE 0 END"
            " WHEN boot = ?9 AND uptime <= ?10 THEN ?10 - uptime END)"
        )
        self._post(
            "UPDATE executions SET state = ?1, ended_at = COALESCE(ended_at, ?2), files = ?3,"
            f" error = COALESCE(?4, error){'' if took is None else seconds}"
            f" WHERE {AND_BEFORE.format(account='?5', execution_id='?6')}",
            (state, now, json.dumps(list(files)), error, account, execution_id)
            + (() if took is None else (took, now, machine.boot, machine.uptime())),
        )

    def saw_end(self, account: str, state: Execution, now: float, took: float | None = None) -> None:
        """Write down the end that a poll or a list showed; `took` are its seconds, where it was seen as it came."""
        self.ended(
            account,
            state.execution_id,
            state=state.status,
            now=now,
            files=[result.file_id for result in state.results],
            error=bounded(state.error.message, ERROR_LENGTH) if state.error else None,
            took=took,
        )

    def delivered(self, account: str, execution_id: str, now: float) -> None:
        """Its end was put into an answer."""
        self._post(
            "UPDATE executions SET delivered_at = COALESCE(delivered_at, ?1)"
            f" WHERE {AND_AFTER.format(account='?2', execution_id='?3')}",
            (now, account, execution_id),
        )

    async def archived(self, account: str, file_id: str) -> None:
        """A file was taken out of lists and searches: mark it in the rows of what made it."""

        async def mark(session: Session) -> None:
            rows = await session.rows(
                "SELECT key, archived FROM executions WHERE account = ?1 AND replace(files, ?2, '') != files",
                (account, json.dumps(file_id)),
            )
            for key, archived in rows:
                known = dict.fromkeys([*json.loads(archived or "[]"), file_id])
                await session.run("UPDATE executions SET archived = ? WHERE key = ?", (json.dumps(list(known)), key))

        await self._store.write(account, mark)

    # -- looking back -------------------------------------------------------------------------------------------

    async def recent(self, account: str, limit: int) -> list[Entry]:
        """Newest first, but what still runs or ended undelivered comes before all else."""
        return await self._entries(
            "account = ? AND state != 'refused' AND parent IS NULL ORDER BY"
            " CASE WHEN delivered_at IS NULL THEN 0 ELSE 1 END, submitted_at DESC LIMIT ?",
            (account, limit),
        )

    async def count(self, account: str) -> int:
        """Return how many rows `recent` has without a limit."""
        rows = await self._store.read(
            "SELECT COUNT(*) FROM executions WHERE account = ? AND state != 'refused' AND parent IS NULL", (account,)
        )
        return rows[0][0] if rows else 0

    async def makers(self, account: str, limit: int = 1_000) -> dict[str, str]:
        """Return the labels of what made the newest files, by file id."""
        rows = await self._store.read(
            "SELECT files, label FROM executions WHERE account = ? AND files != '[]' AND parent IS NULL"
            " ORDER BY submitted_at DESC LIMIT ?",
            (account, limit),
        )
        return {file_id: label for files, label in rows for file_id in json.loads(files)}

    async def find(self, account: str, execution_id: str) -> Entry | None:
        """The row of an execution, if it was submitted from here."""
        found = await self._entries("account = ? AND execution_id = ? LIMIT 1", (account, execution_id))
        return found[0] if found else None

    async def find_ended(self, account: str, execution_id: str) -> Entry | None:
        """The row of an execution that has ended. What this process wrote of it does not change any more, and is not
        read again."""
        own = self._store.own(
            f"SELECT {COLUMNS} FROM executions WHERE account = ? AND execution_id = ? AND took IS NOT NULL",
            (account, execution_id),
        )
        return as_entry(own[0]) if own else await self.find(account, execution_id)

    async def doubtful(self, account: str) -> list[Entry]:
        """Submits without an id: broken ones, and those whose process died over them. Oldest first."""
        rows = await self._entries(
            "account = ? AND execution_id IS NULL AND state IN ('unclear', 'submitting') ORDER BY submitted_at",
            (account,),
        )
        return [row for row in rows if row.state == "unclear" or not await self._submits(row)]

    async def known(self, account: str, execution_ids: Sequence[str]) -> list[Entry]:
        """The rows of those of the ids that have one; an id may also be that of a project."""
        if not execution_ids:
            return []
        marks = ",".join(f"?{place + 2}" for place in range(len(execution_ids)))
        return await self._entries(
            f"account = ?1 AND (execution_id IN ({marks}) OR project_id IN ({marks}))", (account, *execution_ids)
        )

    # -- letting go ---------------------------------------------------------------------------------------------------

    def prune(self, now: float) -> None:
        """Let go of ended executions beyond the newest JOURNAL_ROWS of each account and JOURNAL_ROWS_IN_ALL, delivered
        ones first, and of old helps."""
        order = "ORDER BY CASE WHEN delivered_at IS NULL AND state != 'refused' THEN 0 ELSE 1 END, submitted_at DESC"
        self._store.post(
            "DELETE FROM executions WHERE key IN (SELECT key FROM (SELECT key,"
            f" ROW_NUMBER() OVER (PARTITION BY account {order}) AS of_account, ROW_NUMBER() OVER ({order}) AS of_all"
            " FROM executions WHERE ended_at IS NOT NULL) AS ended WHERE of_account > ? OR of_all > ?)",
            (JOURNAL_ROWS, JOURNAL_ROWS_IN_ALL),
        )
        for table in ("cuts", "uploads"):
            self._store.post(f"DELETE FROM {table} WHERE at < ?", (now - JOURNAL_CACHE_DAYS * 86_400,))
        self._owner.tidy()
