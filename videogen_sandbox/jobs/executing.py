"""Carries out one claimed execution, and stores how it ended."""

from __future__ import annotations

import logging
import math
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

import anyio

from videogen_sandbox.clock import Clock
from videogen_sandbox.directives import failure_message
from videogen_sandbox.disk import DISK_FULL
from videogen_sandbox.engines import EngineError
from videogen_sandbox.jobs.chains import Chains
from videogen_sandbox.jobs.pool import WorkerFailed
from videogen_sandbox.jobs.work import Note, Outcome, Work
from videogen_sandbox.storage.database import Database
from videogen_sandbox.storage.executions import Execution, Executions, Kind
from videogen_sandbox.storage.files import Files
from videogen_sandbox.storage.leases import Job, Leases

log = logging.getLogger(__name__)

MAX_STARTS = 3
"""A job whose process died so often fails: it would kill the next one too."""

PROGRESS_SECONDS = 0.1
"""Least time between two updates of the progress. No client polls more often."""


class Executing:
    """The executions among the jobs. It stores an outcome only while this process has the lease of the job."""

    def __init__(
        self,
        *,
        database: Database,
        files: Files,
        executions: Executions,
        leases: Leases,
        clock: Clock,
        chains: Chains,
        works: Mapping[Kind, Work],
        refusal: Callable[[], str | None],
    ) -> None:
        """`works` does what each kind of execution needs. `refusal` says why nothing can be made now, if so."""
        self._database = database
        self._files = files
        self._executions = executions
        self._leases = leases
        self._clock = clock
        self._chains = chains
        self._works = works
        self._refusal = refusal

    async def run(self, job: Job, folder: Path, scope: anyio.CancelScope) -> None:
        """Carry out an execution to its end. `scope` is cancelled when its cancellation was requested before."""
        execution = self._executions.get(job.ref)
        if execution is None or execution.is_terminal:
            self._leases.remove(job.ref)
            return
        if execution.cancel_requested:
            scope.cancel()
            await anyio.sleep_forever()
        if failure := self._failure_at_start(job, execution):
            self.end_failed(job, *failure)
            return
        self._executions.began(job.ref, job.starts - 1)
        try:
            outcome = await self._works[execution.kind](execution, folder, self._noting_progress(execution))
        except (EngineError, WorkerFailed) as error:
            self.end_failed(job, error.code, error.message)
            return
        self._end_succeeded(job, execution, outcome)

    def end_cancelled(self, job: Job) -> None:
        """Note that an execution was cancelled while it ran."""
        execution = self._executions.get(job.ref)
        with self._database.transaction():
            if not self._leases.owned(job.ref):
                return
            self._leases.remove(job.ref)
            if execution:
                self._chains.cancel(execution, self._clock.time())

    def end_failed(self, job: Job, code: str, message: str) -> None:
        """Note why an execution failed."""
        execution = self._executions.get(job.ref)
        with self._database.transaction():
            if not self._leases.owned(job.ref):
                return
            self._leases.remove(job.ref)
            if execution:
                self._chains.fail(execution, code, message, self._clock.time())

    def end_by_full_disk(self, job: Job) -> None:
        """Note that there was no space for an execution."""
        self.end_failed(job, "disk_full", DISK_FULL)

    def _failure_at_start(self, job: Job, execution: Execution) -> tuple[str, str] | None:
        if code := execution.directives.fail:
            return code, failure_message(code)
        if job.starts > MAX_STARTS:
            return "internal_error", f"It was started {MAX_STARTS} times and broke down each time."
        if execution.kind != "message" and (problem := self._refusal()):
            return "disk_limit", problem
        return None

    def _noting_progress(self, execution: Execution) -> Note:
        last = -math.inf

        def note(done: float) -> None:
            nonlocal last
            now = self._clock.monotonic()
            if now - last >= PROGRESS_SECONDS:
                last = now
                try:
                    self._chains.progressed(execution, done)
                except sqlite3.Error as error:  # The next one may succeed; the media do not depend on it.
                    log.warning("progress of %s was not stored: %s", execution.id, error)

        return note

    def _end_succeeded(self, job: Job, execution: Execution, outcome: Outcome) -> None:
        """Move the bytes first, then store the rows: a crash between the two leaves only folders without rows."""
        for made in outcome.files:
            made.folder.replace(self._files.folder(made.row.id))
        with self._database.transaction():
            owned = self._leases.owned(job.ref)
            if owned:
                self._leases.remove(job.ref)
                for made in outcome.files:
                    self._files.add(made.row)
                results = [made.row.id for made in outcome.files]
                owned = self._chains.succeed(execution, results, outcome.values, self._clock.time())
                if owned:
                    outcome.store()
        if not owned:
            for made in outcome.files:
                shutil.rmtree(self._files.folder(made.row.id), ignore_errors=True)
