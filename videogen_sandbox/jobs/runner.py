"""Runs the jobs of the shared queue: claims them, has workers do them, and stores their outcome."""

from __future__ import annotations

import logging
import math
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio

from videogen_sandbox.clock import Clock, wait_for
from videogen_sandbox.contract.requests import ToolRequest
from videogen_sandbox.directives import engine_delay, failure_message
from videogen_sandbox.disk import DISK_FULL, is_disk_full
from videogen_sandbox.engines import EngineError
from videogen_sandbox.jobs.pool import Pool, WorkerFailed
from videogen_sandbox.jobs.results import describe, engine_job, read_renditions, result_file
from videogen_sandbox.storage.database import Database
from videogen_sandbox.storage.executions import Execution, Executions
from videogen_sandbox.storage.files import File, Files
from videogen_sandbox.storage.leases import RENEW_SECONDS, Job, Leases

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
"""Between two polls of the queue for jobs that other processes added or lost."""

SHORTEST_WAIT = 0.05
"""Seconds between two polls for a job that is due but could not be claimed."""

MAX_STARTS = 3
"""A job whose process died so often fails: it would kill the next one too."""

PROGRESS_SECONDS = 0.1
"""Least time between two updates of the progress. No client polls more often."""


class JobRunner:
    """Runs jobs in one process. It stores an outcome only while it has the lease of the job."""

    def __init__(
        self,
        *,
        database: Database,
        files: Files,
        executions: Executions,
        leases: Leases,
        pool: Pool,
        clock: Clock,
        folder: Path,
        link_seconds: float,
        prepare: Callable[[File], Awaitable[Path]],
        ended: Callable[[str], None],
        ingested: Callable[[str], None],
    ) -> None:
        """`folder` is for unfinished work. `prepare` returns the path of a file's original. `ended` is called with the
        id of an execution in the transaction that ends it, `ingested` with that of an upload likewise."""
        self._database = database
        self._files = files
        self._executions = executions
        self._leases = leases
        self._pool = pool
        self._clock = clock
        self._folder = folder
        self._link_seconds = link_seconds
        self._prepare = prepare
        self._ended = ended
        self._ingested = ingested
        self._changed = anyio.Event()
        self._active: dict[str, anyio.CancelScope] = {}

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

    def start(self, execution_id: str, request: ToolRequest) -> None:
        """Store an execution and its job, which is due at once or when its directives say."""
        now = self._clock.time()
        body = {**request.body, "count": request.count, "temporary": request.temporary}
        body["inputs"] = {name: [file.id for file in files] for name, files in request.inputs.items()}
        delay = engine_delay(request.directives)
        status = "awaiting_approval" if request.directives.approval else "pending"
        execution = Execution(execution_id, request.operation, body, request.directives, request.seed, now, status)
        with self._database.transaction():
            self._executions.add(execution)
            self._leases.add("make", execution_id, delay)
        self._changed.set()

    def ingest(self, file_id: str) -> None:
        """Add the job that probes and renders an upload. To be called in the transaction that notes its bytes."""
        self._leases.add("ingest", file_id, 0.0)
        self._changed.set()

    def cancel(self, execution_id: str) -> None:
        """Cancel an execution unless it has ended; one that runs in another process ends within RENEW_SECONDS."""
        with self._database.transaction():
            if self._leases.remove_unclaimed(execution_id):
                if self._executions.cancel(execution_id, self._clock.time()):
                    self._ended(execution_id)
                return
            self._executions.ask_to_cancel(execution_id)
        if execution_id in self._active:
            self._active[execution_id].cancel()

    async def _work(self) -> None:
        async with anyio.create_task_group() as group:
            while True:
                self._changed = anyio.Event()
                while self._has_room() and (job := self._claim()):
                    scope = self._active[job.ref] = anyio.CancelScope()
                    group.start_soon(self._run, job, scope)
                await wait_for(self._changed, self._clock, self._until_due() if self._has_room() else POLL_SECONDS)

    def _has_room(self) -> bool:
        return len(self._active) < self._pool.size

    def _claim(self) -> Job | None:
        """Claim the next job; None when there is none, and while the database cannot be written."""
        try:
            return self._leases.claim()
        except sqlite3.Error:
            log.exception("no job could be claimed")
            return None

    def _until_due(self) -> float:
        """Return the seconds until the next job is due, within SHORTEST_WAIT and POLL_SECONDS."""
        try:
            left = self._leases.until_due()
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
                self._active[execution_id].cancel()
        except (OSError, sqlite3.Error):
            log.exception("leases could not be renewed")

    async def _run(self, job: Job, scope: anyio.CancelScope) -> None:
        """Run a job and remove it from the queue, however it ends; it goes back when this process exits meanwhile."""
        folder = self._folder / self._leases.owner / job.ref
        finished = broken = False
        try:
            with scope:
                folder.mkdir(parents=True)
                await (self._make(job, folder, scope) if job.kind == "make" else self._ingest(job, folder))
                finished = True
            if not finished:  # The scope was cancelled, not the whole process.
                self._end_cancelled(job)
                finished = True
        except (OSError, sqlite3.Error) as error:
            log.exception("%s could not be run", job.ref)
            finished = job.starts >= MAX_STARTS and is_disk_full(error) and self._ended_by_full_disk(job)
            broken = not finished
        finally:
            del self._active[job.ref]
            shutil.rmtree(folder, ignore_errors=True)
            if not finished:
                self._put_back(job, again=not broken)
            self._changed.set()

    def _ended_by_full_disk(self, job: Job) -> bool:
        """End a job with the reason; False when not even that can be written."""
        try:
            if job.kind == "make":
                self._end_failed(job, "disk_full", DISK_FULL)
            else:
                self._end_ingested(job, None, {"code": "disk_full", "message": DISK_FULL})
        except (OSError, sqlite3.Error):
            log.exception("%s could not be ended", job.ref)
            return False
        return True

    def _put_back(self, job: Job, *, again: bool) -> None:
        try:
            self._leases.put_back(job.ref, uncounted=again)
        except sqlite3.Error:
            log.exception("%s could not be put back; it is claimed again when this process has exited", job.ref)

    async def _make(self, job: Job, folder: Path, scope: anyio.CancelScope) -> None:
        execution = self._executions.get(job.ref)
        if execution is None or execution.is_terminal:
            self._leases.remove(job.ref)
            return
        if execution.cancel_requested:
            scope.cancel()
            await anyio.sleep_forever()
        if execution.directives.fail:
            code = execution.directives.fail
            self._end_failed(job, code, failure_message(code))
            return
        if job.starts > MAX_STARTS:
            self._end_failed(job, "internal_error", f"It was started {MAX_STARTS} times and broke down each time.")
            return
        self._executions.began(job.ref, job.starts - 1)
        try:
            done = await self._pool.run(
                engine_job(execution, await self._inputs(execution), folder), self._noting_progress(job.ref)
            )
        except (EngineError, WorkerFailed) as error:
            self._end_failed(job, error.code, error.message)
            return
        self._end_succeeded(job, execution, folder, done["results"])

    async def _inputs(self, execution: Execution) -> dict[str, list[str]]:
        """Return the paths of the inputs by wire name. Raise EngineError when one is gone."""
        return {
            name: [str(await self._original(file_id)) for file_id in ids]
            for name, ids in execution.body["inputs"].items()
        }

    async def _original(self, file_id: str) -> Path:
        file = self._files.get(file_id)
        if file is None:
            raise EngineError("invalid_input", f"The file {file_id} does not exist any more.")
        return await self._prepare(file)

    def _noting_progress(self, execution_id: str) -> Callable[[float], None]:
        last = -math.inf

        def note(done: float) -> None:
            nonlocal last
            now = self._clock.monotonic()
            if now - last >= PROGRESS_SECONDS:
                last = now
                try:
                    self._executions.progressed(execution_id, done)
                except sqlite3.Error as error:  # The next one may succeed; the media do not depend on it.
                    log.warning("progress of %s was not stored: %s", execution_id, error)

        return note

    def _end_cancelled(self, job: Job) -> None:
        with self._database.transaction():
            if not self._leases.owned(job.ref):
                return
            self._leases.remove(job.ref)
            if self._executions.cancel(job.ref, self._clock.time()):
                self._ended(job.ref)

    def _end_failed(self, job: Job, code: str, message: str) -> None:
        with self._database.transaction():
            if not self._leases.owned(job.ref):
                return
            self._leases.remove(job.ref)
            if self._executions.fail(job.ref, code, message, self._clock.time()):
                self._ended(job.ref)

    def _end_succeeded(self, job: Job, execution: Execution, folder: Path, results: list[dict[str, Any]]) -> None:
        """Move the bytes first, then store the rows: a crash between the two leaves only folders without rows."""
        now = self._clock.time()
        made = [self._result(execution, index, result, now) for index, result in enumerate(results)]
        for index, file in enumerate(made):
            (folder / f"result-{index}").replace(self._files.folder(file.id))
        with self._database.transaction():
            owned = self._leases.owned(job.ref)
            if owned:
                self._leases.remove(job.ref)
                for file in made:
                    self._files.add(file)
                owned = self._executions.succeed(job.ref, [file.id for file in made], now)
            if owned:
                self._ended(job.ref)
        if not owned:
            for file in made:
                shutil.rmtree(self._files.folder(file.id), ignore_errors=True)

    def _result(self, execution: Execution, index: int, result: Mapping[str, Any], now: float) -> File:
        ids = [file_id for found in execution.body["inputs"].values() for file_id in found]
        inputs = [file for file_id in ids if (file := self._files.get(file_id))]
        return result_file(execution, index, result, inputs, now, int(now + self._link_seconds))

    async def _ingest(self, job: Job, folder: Path) -> None:
        file = self._files.get(job.ref)
        source = self._files.path(file, "download") if file else None
        if file is None or source is None or job.starts > MAX_STARTS:
            self._end_ingested(job, None, {"code": "internal_error", "message": "The upload could not be read."})
            return
        task = {"do": "ingest", "source": str(source), "folder": str(folder)}
        try:
            answer = await self._pool.run(task, lambda done: None)
        except (EngineError, WorkerFailed) as error:
            self._end_ingested(job, None, {"code": error.code, "message": error.message})
            return
        for made in (folder / "result").iterdir():
            target = self._files.folder(file.id) / made.name
            shutil.rmtree(target, ignore_errors=True)  # Left by a process that died before the transaction.
            made.replace(target)
        self._end_ingested(job, answer, None)

    def _end_ingested(self, job: Job, answer: Mapping[str, Any] | None, error: Mapping[str, str] | None) -> None:
        with self._database.transaction():
            if not self._leases.owned(job.ref):
                return
            self._leases.remove(job.ref)
            file = self._files.get(job.ref)
            if file is None:
                return
            if answer is None:
                found = error or {}
                self._files.failed(job.ref, found.get("code", "internal_error"), found.get("message", ""))
            else:
                self._files.processed(
                    job.ref,
                    kind=answer["kind"],
                    duration=answer["duration"],
                    description=None if file.scope == "TEMPORARY" else describe(answer),
                    renditions=read_renditions(answer),
                )
            self._ingested(job.ref)
