"""The queue of jobs, shared by all processes that serve a data directory.

A job belongs to one process at a time, by a lease that the process renews. A process that dies loses its jobs at once:
it owns a lock that the operating system releases. A process that hangs loses them when others have waited for its
renewal in vain. No clock is compared for that: renewals are counted, and so are the checks that saw none, so that
neither a clock that is set nor a machine that sleeps takes a job from a process that works.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from videogen_sandbox.clock import Clock
from videogen_sandbox.file_lock import FileLock
from videogen_sandbox.storage import executions
from videogen_sandbox.storage.database import Database

Kind = executions.Kind | Literal["ingest"]
"""Of a job: ingest (an upload), or the kind of the execution that it runs."""

RENEW_SECONDS = 2.0
"""How often a process renews its leases, checks those of the others, and whether a cancellation was requested."""

MISSED_RENEWALS = 10
"""Checks without a renewal after which a lease is over: 20 s, which even a busy machine does not miss."""

PRIORITIES: dict[Kind, int] = {
    "ingest": 0,
    "message": 0,
    "import": 0,
    "make": 1,
    "interchange": 1,
    "remix": 2,
    "export": 2,
    "run": 3,
}
"""Lower goes first. Uploads are short, and executions need them; a picture is made in seconds and does not wait for
films; a video that was begun is finished before the next one is."""

IN_THE_WAY = "SELECT 1 FROM jobs AS earlier WHERE earlier.lane = job.lane AND earlier.seq < job.seq"
"""The jobs that must end before `job` may be claimed: the earlier ones of its lane."""


@dataclass(frozen=True)
class Job:
    """A claimed job. `ref` is the id of the file or execution; `starts` includes this start."""

    kind: Kind
    ref: str
    starts: int


class Leases:
    """The jobs as one process sees them. `owner` is the random name of that process."""

    def __init__(self, database: Database, locks: Path, clock: Clock) -> None:
        """`locks` is the folder of the owners' locks."""
        self._database = database
        self._locks = locks
        self._clock = clock
        self.owner = secrets.token_hex(8)
        self._owner_lock = self._lock(self.owner)
        self._owner_lock.acquire()
        self._owner_lock.write_owner()
        self._due: dict[str, float] = {}
        """When unclaimed jobs are due, by the monotonic clock of this process."""
        self._checks: dict[str, tuple[int, int]] = {}
        """The renewals of other owners as last seen, and how many checks saw no further one."""

    def add(self, kind: Kind, ref: str, delay: float | None, lane: str | None = None) -> None:
        """Add a job that is due in `delay` seconds; with None it never runs and can only be cancelled.

        It waits for the jobs that were added to the same lane before.
        """
        self._database.run(
            "INSERT INTO jobs (kind, ref, lane, priority, not_before, delay) VALUES (?, ?, ?, ?, ?, ?)",
            kind,
            ref,
            lane,
            PRIORITIES[kind],
            None if delay is None else self._clock.time() + delay,
            delay,
        )
        if delay is not None:
            self._due[ref] = self._clock.monotonic() + delay

    def make_due(self, ref: str, delay: float) -> None:
        """Make a job that would never run due in `delay` seconds."""
        self._database.run(
            "UPDATE jobs SET not_before = ?, delay = ? WHERE ref = ? AND not_before IS NULL",
            self._clock.time() + delay,
            delay,
            ref,
        )

    def claim(self, kinds: Collection[Kind] = PRIORITIES) -> Job | None:
        """Claim the next job of these kinds that is due; None when there is none."""
        now = self._clock.monotonic()
        for ref in self._unclaimed(kinds):
            if self._due[ref] > now:
                continue
            row = self._database.one(
                "UPDATE jobs SET owner = ?, renewals = 0, starts = starts + 1 WHERE ref = ? AND owner IS NULL"
                " RETURNING kind, ref, starts",
                self.owner,
                ref,
            )
            if row:
                return Job(row["kind"], row["ref"], row["starts"])
        return None

    def until_due(self, kinds: Collection[Kind] = PRIORITIES) -> float | None:
        """Return the seconds until the next unclaimed job of these kinds is due; None when there is none."""
        due = [self._due[ref] for ref in self._unclaimed(kinds)]
        return min(due) - self._clock.monotonic() if due else None

    def ahead(self, ref: str) -> int:
        """Return how many jobs run or will run before one that waits, as the queue stands."""
        row = self._database.one(
            "SELECT COUNT(*) AS number FROM jobs AS other, jobs AS mine WHERE mine.ref = ?"
            " AND other.ref != mine.ref AND other.not_before NOT NULL"
            " AND (mine.lane IS NULL OR other.lane IS NOT mine.lane OR other.seq < mine.seq) AND (other.owner NOT NULL"
            " OR other.priority < mine.priority OR (other.priority = mine.priority AND other.seq < mine.seq))",
            ref,
        )
        return int(row["number"]) if row else 0

    def renew(self) -> None:
        """Renew all leases of this process."""
        self._database.run("UPDATE jobs SET renewals = renewals + 1 WHERE owner = ?", self.owner)

    def owned(self, ref: str) -> bool:
        """Return whether this process still has the lease: it loses it when it hangs for longer."""
        return self._database.one("SELECT 1 FROM jobs WHERE ref = ? AND owner = ?", ref, self.owner) is not None

    def remove(self, ref: str) -> None:
        """Remove a job that ended, however it did."""
        self._database.run("DELETE FROM jobs WHERE ref = ?", ref)

    def is_claimed(self, ref: str) -> bool:
        """Return whether a process works on a job."""
        return self._database.one("SELECT 1 FROM jobs WHERE ref = ? AND owner NOT NULL", ref) is not None

    def put_back(self, ref: str, *, uncounted: bool) -> None:
        """Release the lease, so that any process may claim the job. `uncounted` takes this start off its count."""
        self._database.run(
            "UPDATE jobs SET owner = NULL, starts = starts - ? WHERE ref = ? AND owner = ?",
            int(uncounted),
            ref,
            self.owner,
        )

    def release_lost_owners(self) -> bool:
        """Release the leases of processes that are gone or hang; True when there were any."""
        rows = self._database.all(
            "SELECT owner, MAX(renewals) AS renewals FROM jobs WHERE owner NOT NULL GROUP BY owner"
        )
        renewals = {row["owner"]: row["renewals"] for row in rows if row["owner"] != self.owner}
        self._checks = {owner: self._checked(owner, count) for owner, count in renewals.items()}
        dead = [owner for owner in renewals if not self.is_alive(owner)]
        hanging = [owner for owner, (_, missed) in self._checks.items() if missed >= MISSED_RENEWALS]
        for owner in {*dead, *hanging}:
            self._database.run("UPDATE jobs SET owner = NULL WHERE owner = ?", owner)
        for owner in dead:
            self._lock(owner).path.unlink(missing_ok=True)
        return bool(dead or hanging)

    def unfinished(self) -> int:
        """Return how many jobs are running or will run without a cancellation."""
        row = self._database.one(
            "SELECT COUNT(*) AS number FROM jobs AS job WHERE not_before NOT NULL"
            f" AND NOT EXISTS ({IN_THE_WAY} AND earlier.not_before IS NULL)"
        )
        return int(row["number"]) if row else 0

    def is_alive(self, owner: str) -> bool:
        """Return whether the process with that name still runs."""
        return owner == self.owner or self._lock(owner).is_held()

    def close(self) -> None:
        """Give up the name of this process."""
        self._owner_lock.release()
        self._owner_lock.path.unlink(missing_ok=True)

    def _lock(self, owner: str) -> FileLock:
        return FileLock(self._locks / f"{owner}.lock")

    def _unclaimed(self, kinds: Collection[Kind]) -> list[str]:
        """Return the unclaimed jobs of these kinds that no other one is in the way of, in the order of the queue."""
        rows = self._database.all(
            "SELECT ref, kind, not_before, delay FROM jobs AS job WHERE owner IS NULL AND not_before NOT NULL"
            f" AND NOT EXISTS ({IN_THE_WAY}) ORDER BY priority, seq"
        )
        self._note_due(rows)
        return [row["ref"] for row in rows if row["kind"] in kinds]

    def _note_due(self, rows: Collection[sqlite3.Row]) -> None:
        """Note when unclaimed jobs are due.

        A job of another process is due by the wall clock as it is when this process sees the job first, and at the
        latest after the job's whole delay: a clock that was set back in between does not hold it up for longer.
        """
        now, monotonic = self._clock.time(), self._clock.monotonic()
        for row in rows:
            left = min(row["not_before"] - now, row["delay"] or 0.0)
            self._due.setdefault(row["ref"], monotonic + max(left, 0.0))
        self._due = {row["ref"]: self._due[row["ref"]] for row in rows}

    def _checked(self, owner: str, renewals: int) -> tuple[int, int]:
        before, missed = self._checks.get(owner, (renewals, -1))
        return (renewals, missed + 1) if renewals == before else (renewals, 0)
