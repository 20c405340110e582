"""The queue of jobs, shared by all processes that serve a data directory.

A job belongs to one process at a time, by a lease that the process renews. A process that dies loses its jobs at once:
it owns a lock that the operating system releases. A process that hangs loses them when the lease expires.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from videogen_sandbox.file_lock import FileLock
from videogen_sandbox.storage.database import Database

Kind = Literal["ingest", "make"]

LEASE_SECONDS = 20.0
"""Lifetime of a lease: ten renewals, which even a busy machine does not all miss."""

RENEW_SECONDS = 2.0
"""How often a process renews its leases and checks for cancellations requested at another one."""

PRIORITIES: dict[Kind, int] = {"ingest": 0, "make": 1}
"""Lower goes first. Uploads are short, and executions need them."""


@dataclass(frozen=True)
class Job:
    """A claimed job. `ref` is the id of the file or execution; `starts` includes this start."""

    kind: Kind
    ref: str
    starts: int


class Leases:
    """The jobs as one process sees them. `owner` is the random name of that process."""

    def __init__(self, database: Database, locks: Path) -> None:
        """`locks` is the folder of the owners' locks."""
        self._database = database
        self._locks = locks
        self.owner = secrets.token_hex(8)
        self._owner_lock = self._lock(self.owner)
        self._owner_lock.acquire()
        self._owner_lock.write_owner()

    def add(self, kind: Kind, ref: str, not_before: float | None) -> None:
        """Add a job. `not_before` in Unix seconds; with None it never runs and can only be cancelled."""
        self._database.run(
            "INSERT INTO jobs (kind, ref, priority, not_before) VALUES (?, ?, ?, ?)",
            kind,
            ref,
            PRIORITIES[kind],
            not_before,
        )

    def claim(self, now: float) -> Job | None:
        """Claim the next job that is due; None when there is none."""
        row = self._database.one(
            "UPDATE jobs SET owner = ?1, lease_until = ?2, starts = starts + 1 WHERE seq = ("
            "  SELECT seq FROM jobs WHERE not_before <= ?3 AND (owner IS NULL OR lease_until <= ?3)"
            "  ORDER BY priority, seq LIMIT 1"
            ") RETURNING kind, ref, starts",
            self.owner,
            now + LEASE_SECONDS,
            now,
        )
        return Job(row["kind"], row["ref"], row["starts"]) if row else None

    def next_due(self) -> float | None:
        """Return when the next unclaimed job is due, in Unix seconds; None when there is none."""
        row = self._database.one("SELECT MIN(not_before) AS due FROM jobs WHERE owner IS NULL")
        return row["due"] if row else None

    def renew(self, now: float) -> None:
        """Extend all leases of this process."""
        self._database.run("UPDATE jobs SET lease_until = ? WHERE owner = ?", now + LEASE_SECONDS, self.owner)

    def owned(self, ref: str) -> bool:
        """Return whether this process still has the lease: it loses it when the machine sleeps for longer."""
        return self._database.one("SELECT 1 FROM jobs WHERE ref = ? AND owner = ?", ref, self.owner) is not None

    def remove(self, ref: str) -> None:
        """Remove a job that ended, however it did."""
        self._database.run("DELETE FROM jobs WHERE ref = ?", ref)

    def remove_unclaimed(self, ref: str) -> bool:
        """Remove a job that no process has claimed; False when one has."""
        return self._database.run("DELETE FROM jobs WHERE ref = ? AND owner IS NULL", ref) == 1

    def put_back(self, ref: str, *, uncounted: bool) -> None:
        """Release the lease, so that any process may claim the job. `uncounted` takes this start off its count."""
        self._database.run(
            "UPDATE jobs SET owner = NULL, lease_until = NULL, starts = starts - ? WHERE ref = ? AND owner = ?",
            int(uncounted),
            ref,
            self.owner,
        )

    def release_dead_owners(self) -> bool:
        """Release the leases of processes that are gone; True when there were any."""
        owners = [row["owner"] for row in self._database.all("SELECT DISTINCT owner FROM jobs WHERE owner NOT NULL")]
        dead = [owner for owner in owners if not self.is_alive(owner)]
        for owner in dead:
            self._database.run("UPDATE jobs SET owner = NULL, lease_until = NULL WHERE owner = ?", owner)
            self._lock(owner).path.unlink(missing_ok=True)
        return bool(dead)

    def unfinished(self) -> int:
        """Return how many jobs are running or will run without a cancellation."""
        row = self._database.one("SELECT COUNT(*) AS number FROM jobs WHERE not_before IS NOT NULL")
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
