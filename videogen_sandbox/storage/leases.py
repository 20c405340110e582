"""What is still to be done, shared by all processes of a data directory.

A job belongs to one process at a time, by a lease that the process renews. Whoever dies loses its jobs at once: each
process holds a lock that the system gives up with it. Whoever hangs loses them when the lease runs out.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from videogen_sandbox.process.locks import FileLock
from videogen_sandbox.storage.database import Database

Kind = Literal["ingest", "make"]

LEASE_SECONDS = 20.0
"""How long a job stays with a process that is not heard of: ten missed renewals, which a busy machine does not miss."""

RENEW_SECONDS = 2.0
"""How often a process renews its leases and looks for cancellations asked of another one."""

PRIORITIES: dict[Kind, int] = {"ingest": 0, "make": 1}
"""Uploads go first: they are short, and somebody waits to use them."""


@dataclass(frozen=True)
class Job:
    """`ref` is the file to ingest or the execution to make; `starts` counts this start, too."""

    kind: Kind
    ref: str
    starts: int


class Leases:
    """The jobs as one process sees them; `owner` tells it from all others."""

    def __init__(self, database: Database, locks: Path) -> None:
        """`locks` is an existing folder for the signs of life."""
        self._database = database
        self._locks = locks
        self.owner = secrets.token_hex(8)
        self._life = self._lock(self.owner)
        self._life.take()

    def add(self, kind: Kind, ref: str, not_before: float | None) -> None:
        """`not_before` in Unix seconds; None: it is never to be carried out, only to be cancelled."""
        self._database.run(
            "INSERT INTO jobs (kind, ref, priority, not_before) VALUES (?, ?, ?, ?)",
            kind,
            ref,
            PRIORITIES[kind],
            not_before,
        )

    def claim(self, now: float) -> Job | None:
        """Take the next job that is due; None when there is none."""
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
        """When the next unclaimed job is due, in Unix seconds; None when there is none."""
        row = self._database.one("SELECT MIN(not_before) AS due FROM jobs WHERE owner IS NULL")
        return row["due"] if row else None

    def renew(self, now: float) -> None:
        self._database.run("UPDATE jobs SET lease_until = ? WHERE owner = ?", now + LEASE_SECONDS, self.owner)

    def owned(self, ref: str) -> bool:
        """Whether the job is still this process's: it may have been taken for dead, after the machine slept."""
        return self._database.one("SELECT 1 FROM jobs WHERE ref = ? AND owner = ?", ref, self.owner) is not None

    def remove(self, ref: str) -> None:
        """The job is done, however it ended."""
        self._database.run("DELETE FROM jobs WHERE ref = ?", ref)

    def remove_unclaimed(self, ref: str) -> bool:
        """Take a job away before anybody begins; False when somebody has begun."""
        return self._database.run("DELETE FROM jobs WHERE ref = ? AND owner IS NULL", ref) == 1

    def put_back(self, ref: str, *, uncounted: bool) -> None:
        """Somebody may take the job again. `uncounted`: it was not the job's fault, this start does not count."""
        self._database.run(
            "UPDATE jobs SET owner = NULL, lease_until = NULL, starts = starts - ? WHERE ref = ? AND owner = ?",
            int(uncounted),
            ref,
            self.owner,
        )

    def free_those_of_the_dead(self) -> bool:
        """Give back the jobs of processes that are gone; whether there were any."""
        owners = [row["owner"] for row in self._database.all("SELECT DISTINCT owner FROM jobs WHERE owner NOT NULL")]
        dead = [owner for owner in owners if not self.is_alive(owner)]
        for owner in dead:
            self._database.run("UPDATE jobs SET owner = NULL, lease_until = NULL WHERE owner = ?", owner)
            self._lock(owner).path.unlink(missing_ok=True)
        return bool(dead)

    def unfinished(self) -> int:
        """How many jobs are running or will run by themselves."""
        row = self._database.one("SELECT COUNT(*) AS number FROM jobs WHERE not_before IS NOT NULL")
        return int(row["number"]) if row else 0

    def is_alive(self, owner: str) -> bool:
        """Whether the process with that name still runs."""
        return owner == self.owner or self._lock(owner).held()

    def close(self) -> None:
        """This process ends."""
        self._life.release()
        self._life.path.unlink(missing_ok=True)

    def _lock(self, owner: str) -> FileLock:
        return FileLock(self._locks / f"{owner}.lock")
