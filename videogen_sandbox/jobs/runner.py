"""Runs the jobs of the shared queue: claims them, has them carried out, and gives back those that were interrupted."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import anyio

from videogen_sandbox.clock import Clock, wait_for
from videogen_sandbox.directives import engine_delay
from videogen_sandbox.disk import is_disk_full
from videogen_sandbox.jobs.chains import Chains
from videogen_sandbox.jobs.executing import MAX_STARTS, Executing
from videogen_sandbox.jobs.ingesting import Ingesting
from videogen_sandbox.jobs.slots import open_kinds
from videogen_sandbox.storage.database import Database
from videogen_sandbox.storage.executions import Execution, Executions
from videogen_sandbox.storage.leases import RENEW_SECONDS, Job, Kind, Leases

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
"""Between two polls of the queue for jobs that other processes added or lost."""

SHORTEST_WAIT = 0.05
"""Seconds between two polls for a job that is due but could not be claimed."""


@dataclass(frozen=True)
class Active:
    """A job that this process works on."""

    kind: Kind
    scope: anyio.CancelScope


class JobRunner:
    """Runs jobs in one process."""

    def __init__(
        self,
        *,
        database: Database,
        executions: Executions,
        leases: Leases,
        chains: Chains,
        executing: Executing,
        ingesting: Ingesting,
        workers: int,
        clock: Clock,
        folder: Path,
    ) -> None:
        """`folder` is for unfinished work."""
        self._database = database
        self._executions = executions
        self._leases = leases
        self._chains = chains
        self._executing = executing
        self._ingesting = ingesting
        self._workers = workers
        self._clock = clock
        self._folder = folder
        self._changed = anyio.Event()
        self._ended = anyio.Event()
        self._active: dict[str, Active] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run jobs until the block is left; those under way then go back to the queue."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._work)
            group.start_soon(self._keep_leases)
            try:
                yield
            finally:
                group.cancel_scope.cancel()

    def busy(self) -> bool:
        """Return whether a job is running or will run without a cancellation, here or in another process."""
        return bool(self._active) or self._leases.unfinished() > 0

    def start(self, *executions: Execution, also: Callable[[], None] = lambda: None) -> None:
        """Store executions with their jobs, which are due at once or when their directives say.

        `also` is called in the same transaction.
        """
        with self._database.transaction():
            also()
            self.add(*executions)

    def add(self, *executions: Execution) -> None:
        """Do what `start` does in a transaction that is under way."""
        for execution in executions:
            self._executions.add(execution)
            self._leases.add(execution.kind, execution.id, engine_delay(execution.directives), execution.lane)
        self._changed.set()

    def ingest(self, file_id: str) -> None:
        """Add the job that probes and renders an upload. To be called in the transaction that notes its bytes."""
        self._leases.add("ingest", file_id, 0.0)
        self._changed.set()

    def approve(self, execution: Execution) -> None:
        """Let an execution begin that waits for an approval: at once, or when the rest of its directives says.

        One that does not wait for an approval stays as it is.
        """
        delay = engine_delay(replace(execution.directives, approval=False))
        waited = self._clock.time() - execution.created_at
        with self._database.transaction():
            if self._executions.approve(execution.id) and delay is not None:
                self._leases.make_due(execution.id, max(delay - waited, 0.0))
        self._changed.set()

    def cancel(self, execution: Execution) -> None:
        """Cancel an execution and what was to follow it; what runs in another process ends within RENEW_SECONDS."""
        with self._database.transaction():
            left = [member for member in self._executions.chain(execution) if not member.is_terminal]
            claimed = [member.id for member in left if self._leases.is_claimed(member.id)]
            if claimed:  # What follows is not begun either, if that one ends before it hears of it.
                for member in left:
                    self._executions.ask_to_cancel(member.id)
            elif left:
                self._chains.cancel(execution, self._clock.time())
        for execution_id in claimed:
            if execution_id in self._active:
                self._active[execution_id].scope.cancel()
        self._changed.set()

    async def ended(self, execution_id: str, within: float) -> None:
        """Return when an execution neither runs nor waits for its turn, at the latest after `within` seconds."""
        until = self._clock.monotonic() + within
        while (left := until - self._clock.monotonic()) > 0:
            execution = self._executions.get(execution_id)
            if execution is None or execution.status not in ("pending", "running"):
                return
            await wait_for(self._ended, self._clock, left)

    async def _work(self) -> None:
        async with anyio.create_task_group() as group:
            while True:
                self._changed = anyio.Event()
                while (kinds := self._open_kinds()) and (job := self._claim(kinds)):
                    active = self._active[job.ref] = Active(job.kind, anyio.CancelScope())
                    group.start_soon(self._run, job, active.scope)
                await wait_for(self._changed, self._clock, self._until_due(kinds) if kinds else POLL_SECONDS)

    def _open_kinds(self) -> frozenset[Kind]:
        return open_kinds([active.kind for active in self._active.values()], self._workers)

    def _claim(self, kinds: Collection[Kind]) -> Job | None:
        """Claim the next job; None when there is none, and while the database cannot be written."""
        try:
            return self._leases.claim(kinds)
        except sqlite3.Error:
            log.exception("no job could be claimed")
            return None

    def _until_due(self, kinds: Collection[Kind]) -> float:
        """Return the seconds until the next job is due, within SHORTEST_WAIT and POLL_SECONDS."""
        try:
            left = self._leases.until_due(kinds)
        except sqlite3.Error:
            log.exception("the next job could not be read")
            left = None
        return POLL_SECONDS if left is None else min(max(left, SHORTEST_WAIT), POLL_SECONDS)

    async def _keep_leases(self) -> None:
        while True:
            self._renew_leases()
            await self._clock.sleep(RENEW_SECONDS)

    def _renew_leases(self) -> None:
        try:
            self._leases.renew()
            if self._leases.release_lost_owners():
                self._changed.set()
            for execution_id in self._executions.to_cancel(list(self._active)):
                self._active[execution_id].scope.cancel()
        except (OSError, sqlite3.Error):
            log.exception("leases could not be renewed")

    async def _run(self, job: Job, scope: anyio.CancelScope) -> None:
        """Run a job and remove it from the queue, however it ends; it goes back when this process exits meanwhile."""
        folder = self._folder / self._leases.owner / job.ref
        finished = broken = False
        try:
            with scope:
                folder.mkdir(parents=True)
                if job.kind == "ingest":
                    await self._ingesting.run(job, folder)
                else:
                    await self._executing.run(job, folder, scope)
                finished = True
            if not finished:  # The scope was cancelled, not the whole process.
                self._executing.end_cancelled(job)
                finished = True
        except (OSError, sqlite3.Error) as error:
            log.exception("%s could not be run", job.ref)
            finished = job.starts >= MAX_STARTS and is_disk_full(error) and self._ended_by_full_disk(job)
            broken = not finished
        finally:
            del self._active[job.ref]
            self._ended.set()
            self._ended = anyio.Event()
            shutil.rmtree(folder, ignore_errors=True)
            if not finished:
                self._put_back(job, again=not broken)
            self._changed.set()

    def _ended_by_full_disk(self, job: Job) -> bool:
        """End a job with the reason; False when not even that can be written."""
        try:
            (self._ingesting if job.kind == "ingest" else self._executing).end_by_full_disk(job)
        except (OSError, sqlite3.Error):
            log.exception("%s could not be ended", job.ref)
            return False
        return True

    def _put_back(self, job: Job, *, again: bool) -> None:
        try:
            self._leases.put_back(job.ref, uncounted=again)
        except sqlite3.Error:
            log.exception("%s could not be put back; it is claimed again when this process has exited", job.ref)
