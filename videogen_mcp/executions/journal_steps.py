"""Executions of several steps: edits of a project, and the export that follows them once.

The export is a submit, so it has a row of its own (`parent` is the key of the row that it follows), with all that makes
submits safe. Whoever adds that row starts the export; there is one at most that is not known to have started nothing.
"""

from __future__ import annotations

from videogen_mcp.database.database import Session
from videogen_mcp.executions.journal_rows import COLUMNS, Entry, as_entry, inserting
from videogen_mcp.executions.journal_wishes import Wishes

STARTED_NOTHING = "(execution_id IS NULL AND (state = 'refused' OR (state = 'unclear' AND listed_at IS NULL)))"
"""A submit that was refused, or whose process died before the POST left: the next one may try."""


class Steps(Wishes):
    """Statements about what follows an execution."""

    async def step(self, entry: Entry) -> Entry | None:
        """Return the row of the export that follows an execution; None while nobody is known to have sent it off."""
        found = await self._entries(f"parent = ? AND NOT {STARTED_NOTHING} LIMIT 1", (entry.key,))
        return found[0] if found else None

    async def take_step(self, entry: Entry, *, account: str, workflow: str, kind: str, now: float) -> str | None:
        """Give this process the export that follows `entry`, and return the key of its row; None where the export is
        not wanted any more, or another submit of it may have left.

        Counts only where the journal is written to its file (`notice` is None): other processes must see it.
        """
        await self.bury(account, now)
        row = self._new_row(
            "",
            account=account,
            workflow=workflow,
            label=entry.label,
            kind=kind,
            project_id=entry.project_id,
            submitted_at=now,
            parent=entry.key,
        )

        async def take(session: Session) -> str | None:
            wanted = "SELECT 1 FROM executions WHERE key = ? AND then_export IS NOT NULL AND halted IS NULL"
            if not await session.rows(wanted, (entry.key,)) or await _begun(session, entry.key):
                return None
            ((tries,),) = await session.rows("SELECT COUNT(*) FROM executions WHERE parent = ?", (entry.key,))
            key = f"{entry.key}.export.{tries + 1}"
            await session.run(*inserting({**row, "key": key}))
            return key

        key = await self._store.write(account, take)
        self._used.set()
        return key

    async def halt(self, account: str, execution_id: str) -> bool:
        """Let no export follow the execution; return False where it is too late."""

        async def stop(session: Session) -> bool:
            rows = await session.rows(
                f"SELECT {COLUMNS} FROM executions WHERE account = ? AND execution_id = ?", (account, execution_id)
            )
            for entry in map(as_entry, rows):
                if await _begun(session, entry.key):
                    return False
                await session.run("UPDATE executions SET halted = 1 WHERE key = ?", (entry.key,))
            return True

        stopped = await self._store.write(account, stop)
        self._used.set()
        return stopped


async def _begun(session: Session, key: str) -> bool:
    """Return whether an export that follows the row may have left."""
    return bool(await session.rows(f"SELECT 1 FROM executions WHERE parent = ? AND NOT {STARTED_NOTHING}", (key,)))
