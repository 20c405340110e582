"""What the journal knows of broken submits and of calls that were cut: whose execution is it?"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from videogen_mcp.database.database import Session
from videogen_mcp.executions.journal_rows import COLUMNS, Cut, Entry, JournalRows, as_entry, project_values
from videogen_mcp.executions.journal_store import Statement
from videogen_mcp.executions.timing import ASKED_AGAIN, LONGEST_HOST_WAIT, LONGEST_SUBMIT

NO_ID = "execution_id IS NULL AND state IN ('unclear', 'submitting')"
"""Submits of which nobody knows yet whether the service took them."""

SUBMITTING = "execution_id IS NULL AND state = 'submitting'"

SAME_CALL = (
    "subject IS ?2 AND client = ?3 AND wish = ?4 AND delivered_at IS NULL AND state NOT IN ('refused', 'cancelled')"
)
"""What the same call has begun, by the values of a `Wish`."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What makes a call the same as another one: who asks (`subject` is the person, None where there is no login),
    through which `client`, for what (`digest` of tool and arguments)."""

    account: str
    subject: str | None
    client: str
    digest: str


def wish_values(wish: Wish) -> dict[str, Any]:
    """Return the columns of a submit that say for which call it is, which waits for it."""
    return {"subject": wish.subject, "client": wish.client, "wish": wish.digest, "attended": 1}


class WaitsElsewhere(Exception):
    """The same call waits at other servers, if those still run: they are to be listened for."""

    def __init__(self, owners: Collection[str]) -> None:
        super().__init__(*owners)
        self.owners = owners


class Wishes(JournalRows):
    """Statements about submits without an id, and about who waits for which submit."""

    # -- whose execution is it ----------------------------------------------------------------------------------------

    async def entry(self, key: str) -> Entry | None:
        """Return the row of a submit."""
        found = await self._entries("key = ?", (key,))
        return found[0] if found else None

    async def leaving(self, key: str, listed: Sequence[str] | None, at: float, ago: float = 0.0) -> bool:
        """Write down that the POST leaves now, and which executions the account's list began with (None: unknown) when
        it was asked for at the Unix time `at`, `ago` seconds before now. Return False where another process has taken
        this one for dead meanwhile, and may submit the same."""
        before = None if listed is None else json.dumps(list(listed))
        changed = await self._store.change(
            "UPDATE executions SET listed = ?, listed_at = ?, listed_up = ? WHERE key = ? AND state = 'submitting'",
            (before, at, self._machine.uptime() - ago, key),
        )
        return changed > 0

    def unclear(self, key: str, error: str, now: float) -> None:
        """The attempt is over, and nobody knows whether the service took it."""
        self._set(key, state="unclear", error=error, unclear_at=now, unclear_up=self._machine.uptime())

    async def bury(self, account: str, now: float) -> None:
        """Make the submits of processes that died over them unclear."""
        for row in await self._entries(f"account = ? AND {SUBMITTING}", (account,)):
            if not await self._submits(row):
                self._post(*self._burying(row, now))

    def _burying(self, row: Entry, now: float) -> Statement:
        return (
            "UPDATE executions SET state = 'unclear', error = 'the server was killed while submitting',"
            f" unclear_at = ?, unclear_up = ? WHERE key = ? AND {NO_ID}",
            (now, self._machine.uptime() if row.boot == self._machine.boot else None, row.key),
        )

    async def rivals(self, account: str, entry: Entry) -> int:
        """Return how many other submits of the workflow (and project, where they have lists of their own) may have
        started what came after the list of `entry`.

        That are those without an id whose attempt was not over when the list was asked for; `bury` comes before. Times
        of one start of the machine are compared by its own time, others by the clock.
        """
        if entry.listed_at is None or entry.listed_up is None:
            return 0
        listed_up = entry.listed_up - self._machine.apart
        ((rivals,),) = await self._store.read(
            f"SELECT COUNT(*) FROM executions WHERE account = ? AND kind = ? AND workflow = ? AND project_id IS ?"
            f" AND key != ? AND {NO_ID}"
            " AND CASE WHEN boot IS NOT NULL AND boot IS ? THEN uptime > ? AND COALESCE(unclear_up, ?) >= ?"
            " ELSE submitted_at > ? AND COALESCE(unclear_at, ?) >= ? END",
            (
                *(account, entry.kind, entry.workflow, entry.project_id, entry.key),
                *(entry.boot, listed_up - LONGEST_SUBMIT, listed_up, listed_up),
                *(entry.listed_at - LONGEST_SUBMIT, entry.listed_at, entry.listed_at),
            ),
        )
        return int(rivals)

    async def claim(
        self,
        key: str,
        execution_id: str,
        now: float,
        project_id: str | None = None,
        project_url: str | None = None,
        actions: Sequence[str] = (),
        settings: str | None = None,
    ) -> bool:
        """Give the execution to a submit that has none, unless it belongs to another one by now; return whether it is
        that submit's. `settings` as in `accepted`."""
        known = project_values(project_id, project_url, actions)
        if settings is not None:
            known["settings"] = settings
        changed = await self._store.change(
            "UPDATE executions SET execution_id = ?1, state = 'running', accepted_at = ?2"
            + "".join(f", {name} = ?{place + 4}" for place, name in enumerate(known))
            + f" WHERE key = ?3 AND {NO_ID} AND NOT EXISTS (SELECT 1 FROM executions AS other"
            " WHERE other.account = executions.account AND other.execution_id = ?1)",
            (execution_id, now, key, *known.values()),
        )
        if changed:
            return True
        entry = await self.entry(key)
        return entry is not None and entry.execution_id == execution_id

    def absent(self, key: str, now: float) -> None:
        """The service does not list it, so it was not started, unless its id became known meanwhile."""
        self._post(
            "UPDATE executions SET state = 'refused', error = 'the service does not list it', ended_at = ?"
            f" WHERE key = ? AND {NO_ID}",
            (now, key),
        )

    # -- asked again --------------------------------------------------------------------------------------------------

    def saves_to(self, key: str, save_to: str) -> None:
        """Remember where its results are to be saved, for calls that wait for it and do not say."""
        self._set(key, save_to=save_to)

    def cut(self, key: str, elapsed: float, now: float) -> None:
        """The call that waited for it was cut after `elapsed` seconds, before it had an answer."""
        cut = Cut(now, self._machine.boot, self._machine.uptime(), elapsed)
        self._set(key, attended=0, cut=json.dumps(cut))

    def polled(self, key: str, now: float, counts_after: float) -> None:
        """Its client polls it by itself, and does so now; `counts_after` seconds later the same call means it."""
        cut = Cut(now, self._machine.boot, self._machine.uptime(), 0.0, counts_after)
        self._set(key, attended=0, cut=json.dumps(cut))

    def answered(self, key: str) -> None:
        """The call that waited for it was answered."""
        self._set(key, attended=0)

    def forget_cut(self, key: str) -> None:
        """An answer was about it: the same call means a new execution from here on."""
        self._set(key, attended=0, cut=None)

    async def _attend(self, session: Session, wish: Wish, now: float) -> Entry | None:
        """Return the execution that the same call began before it was cut, and have this call wait for it; submits of
        processes that died become unclear on the way.

        None where there is none within ASKED_AGAIN seconds, where its result was delivered, or another call waits for
        it. A call whose process died counts as cut. Raises WaitsElsewhere where that is not known yet.
        """
        rows = await session.rows(
            f"SELECT {COLUMNS}, CASE WHEN {SAME_CALL} THEN 1 ELSE 0 END FROM executions"
            f" WHERE account = ?1 AND {SUBMITTING} AND (owner IS NULL OR owner <> ?5)"
            f" UNION SELECT {COLUMNS}, 1 FROM executions WHERE account = ?1 AND {SAME_CALL} ORDER BY submitted_at",
            # This process runs: its other submits, of which there may be thousands, need no look.
            (wish.account, wish.subject, wish.client, wish.digest, self._owner.name),
        )
        same: list[tuple[Entry, bool | None]] = []
        for *row, is_same in rows:
            entry = as_entry(row)
            gone = await self._is_gone(entry, session)
            if entry.state == "submitting" and gone:
                await session.run(*self._burying(entry, now))
                entry = replace(entry, state="unclear")
            if is_same:
                same.append((entry, gone))
        unknown = {entry.owner for entry, gone in same if entry.owner and entry.attended and gone is None}
        if unknown:
            raise WaitsElsewhere(unknown)
        died = Cut(now, self._machine.boot, self._machine.uptime(), 0.0)
        for entry, gone in same:
            if self._was_cut(entry, now, gone=bool(gone)):
                await session.run(
                    "UPDATE executions SET attended = 1, cut = COALESCE(cut, ?) WHERE key = ?",
                    (json.dumps(died), entry.key),
                )
                if entry.state != "submitting":
                    await session.run(
                        "UPDATE executions SET process = ?, owner = ? WHERE key = ?",
                        (os.getpid(), self._owner.hold(), entry.key),
                    )
                return replace(entry, attended=True, cut=entry.cut or died)
        return None

    async def _is_gone(self, entry: Entry, session: Session) -> bool | None:
        """Return whether the server of a row runs no more, or was listened for and is silent; None where its last sign
        of life is fresh and it was not listened for. One that hangs over its submit does not send it any more once that
        is unclear (`leaving`)."""
        if not await self._submits(entry, session):
            return True
        sign = self._owner.gave_sign(entry.owner) if entry.owner else True
        return None if sign is None else not sign

    def _was_cut(self, entry: Entry, now: float, *, gone: bool) -> bool:
        """Return whether the call that began it was cut; `gone`: with its server."""
        if entry.state == "unclear" and entry.listed_at is None:
            return False  # its process died before the POST left
        if entry.attended:
            age = self.greatest_age(entry, now)
            return gone and (age is None or age < ASKED_AGAIN + LONGEST_HOST_WAIT)
        if entry.cut is None:
            return False
        exact = self._machine.since(entry.cut.boot, entry.cut.uptime)
        age = now - entry.cut.at if exact is None else exact
        polls_here = age < entry.cut.counts_after and not gone
        return not polls_here and age < ASKED_AGAIN
