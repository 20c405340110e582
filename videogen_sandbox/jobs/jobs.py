"""Carries out what was asked: takes jobs from the shared queue, has workers do them, and writes down how they ended."""

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

from videogen_sandbox.api.faults import failure_message, turn_comes_after
from videogen_sandbox.clock import Clock
from videogen_sandbox.contract.requests import Order, result_name
from videogen_sandbox.engines import EngineError
from videogen_sandbox.jobs.pool import Pool, WorkerFailed
from videogen_sandbox.storage.database import Database
from videogen_sandbox.storage.executions import Execution, Executions
from videogen_sandbox.storage.files import File, Files, Rendition
from videogen_sandbox.storage.ids import new_id
from videogen_sandbox.storage.leases import RENEW_SECONDS, Job, Leases

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""How often a process looks for jobs that another one wrote down, or lost."""

SHORTEST_WAIT = 0.05
"""Seconds. A job that is due but that nobody could take is not asked for without a break."""

MAX_STARTS = 3
"""A job that took its process down that often is given up: it would do so again."""

PROGRESS_SECONDS = 0.1
"""Least time between two notes of a percentage. Nobody polls more often."""


class Jobs:
    """The work of one process. Whatever it changes, it changes only while the job is still its own."""

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
        """`folder` is for half-made things. `prepare` gives the original of a file, `ended` hears of executions in
        the transaction that ends them, `ingested` of uploads in the one that finishes them."""
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
        self._news = anyio.Event()
        self._under_way: dict[str, anyio.CancelScope] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work until the block is left; what is under way then goes back to the queue."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._work)
            group.start_soon(self._keep_leases)
            try:
                yield
            finally:
                group.cancel_scope.cancel()

    def under_way(self) -> list[str]:
        """What this process is working on: ids of executions and files."""
        return list(self._under_way)

    def busy(self) -> bool:
        """Whether something is running or will run by itself, here or in another process."""
        return bool(self._under_way) or self._leases.unfinished() > 0

    def start(self, execution_id: str, order: Order) -> None:
        """Write an execution down; it begins at once, or when its directives say."""
        now = self._clock.time()
        body = {**order.body, "count": order.count, "temporary": order.temporary}
        body["inputs"] = {name: [file.id for file in files] for name, files in order.inputs.items()}
        wait = turn_comes_after(order.directives)
        status = "awaiting_approval" if order.directives.approval else "pending"
        execution = Execution(execution_id, order.operation, body, order.directives, order.seed, now, status)
        with self._database.transaction():
            self._executions.add(execution)
            self._leases.add("make", execution_id, None if wait is None else now + wait)
        self._news.set()

    def ingest(self, file_id: str) -> None:
        """Have an upload looked at. To be called in the transaction that notes its bytes."""
        self._leases.add("ingest", file_id, self._clock.time())
        self._news.set()

    def cancel(self, execution_id: str) -> None:
        """End an execution unless it is complete; one that runs in another process ends a moment later."""
        with self._database.transaction():
            if self._leases.remove_unclaimed(execution_id):
                if self._executions.cancel(execution_id, self._clock.time()):
                    self._ended(execution_id)
                return
            self._executions.ask_to_cancel(execution_id)
        if execution_id in self._under_way:
            self._under_way[execution_id].cancel()

    async def _work(self) -> None:
        async with anyio.create_task_group() as group:
            while True:
                self._news = anyio.Event()
                while self._has_room() and (job := self._claim()):
                    scope = self._under_way[job.ref] = anyio.CancelScope()
                    group.start_soon(self._carry_out, job, scope)
                await self._wait()

    def _has_room(self) -> bool:
        return len(self._under_way) < self._pool.size

    def _claim(self) -> Job | None:
        """The next job; none while the database cannot be read: that is no reason to stop working for ever."""
        try:
            return self._leases.claim(self._clock.time())
        except sqlite3.Error:
            log.exception("no job could be taken")
            return None

    async def _wait(self) -> None:
        """For news or the next job that is due, but not longer than LOOK_SECONDS."""
        wait = self._until_due() if self._has_room() else LOOK_SECONDS
        async with anyio.create_task_group() as either:

            async def doze() -> None:
                await self._clock.sleep(wait)
                either.cancel_scope.cancel()

            either.start_soon(doze)
            await self._news.wait()
            either.cancel_scope.cancel()

    def _until_due(self) -> float:
        try:
            due = self._leases.next_due()
        except sqlite3.Error:
            log.exception("it could not be seen which job is next")
            due = None
        return LOOK_SECONDS if due is None else min(max(due - self._clock.time(), SHORTEST_WAIT), LOOK_SECONDS)

    async def _keep_leases(self) -> None:
        while True:
            self._look_after_leases()
            await self._clock.sleep(RENEW_SECONDS)

    def _look_after_leases(self) -> None:
        try:
            self._leases.renew(self._clock.time())
            if self._leases.free_those_of_the_dead():
                self._news.set()
            for execution_id in self._executions.to_cancel(list(self._under_way)):
                self._under_way[execution_id].cancel()
        except (OSError, sqlite3.Error):
            log.exception("leases could not be looked after")

    async def _carry_out(self, job: Job, scope: anyio.CancelScope) -> None:
        """Do a job and take it out of the queue, however it ends; it goes back when this process ends meanwhile."""
        folder = self._folder / self._leases.owner / job.ref
        finished = broken = False
        try:
            with scope:
                folder.mkdir(parents=True)
                await (self._make(job, folder, scope) if job.kind == "make" else self._ingest(job, folder))
                finished = True
            if not finished:  # somebody cancelled this one, not the whole process
                self._end_cancelled(job)
                finished = True
        except (OSError, sqlite3.Error):
            broken = True
            log.exception("%s could not be carried out", job.ref)
        finally:
            del self._under_way[job.ref]
            shutil.rmtree(folder, ignore_errors=True)
            if not finished:
                self._put_back(job, again=not broken)
            self._news.set()

    def _put_back(self, job: Job, *, again: bool) -> None:
        try:
            self._leases.put_back(job.ref, uncounted=again)
        except sqlite3.Error:
            log.exception("%s could not be put back; it is taken up again when this process has ended", job.ref)

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
            self._end_failed(job, "internal_error", f"It was begun {MAX_STARTS} times and broke down each time.")
            return
        self._executions.began(job.ref, job.starts - 1)
        try:
            answer = await self._pool.run(await self._task(execution, folder), self._noting_progress(job.ref))
        except (EngineError, WorkerFailed) as error:
            self._end_failed(job, error.code, error.message)
            return
        self._end_succeeded(job, execution, folder, answer["results"])

    async def _task(self, execution: Execution, folder: Path) -> dict[str, Any]:
        body = dict(execution.body)
        inputs: dict[str, list[str]] = {}
        for name, ids in body.pop("inputs").items():
            inputs[name] = [str(await self._original(file_id)) for file_id in ids]
        count = body.pop("count")
        body.pop("temporary")
        return {
            "do": "make",
            "operation": execution.operation,
            "body": body,
            "inputs": inputs,
            "seed": execution.seed,
            "count": count,
            "folder": str(folder),
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
                except sqlite3.Error as error:  # the next one may succeed, and the media are what counts
                    log.warning("progress of %s was not noted: %s", execution_id, error)

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
        """First the bytes, then the rows: a crash between the two leaves only folders that nobody knows."""
        now = self._clock.time()
        made = [self._result(execution, index, result, now) for index, result in enumerate(results)]
        for index, file in enumerate(made):
            (folder / f"result-{index}").replace(self._files.folder(file.id))
        with self._database.transaction():
            ours = self._leases.owned(job.ref)
            if ours:
                self._leases.remove(job.ref)
                for file in made:
                    self._files.add(file)
                ours = self._executions.succeed(job.ref, [file.id for file in made], now)
            if ours:
                self._ended(job.ref)
        if not ours:
            for file in made:
                shutil.rmtree(self._files.folder(file.id), ignore_errors=True)

    def _result(self, execution: Execution, index: int, result: Mapping[str, Any], now: float) -> File:
        body = execution.body
        inputs = [file for ids in body["inputs"].values() for file_id in ids if (file := self._files.get(file_id))]
        heard = next((file.transcript for file in inputs if file.transcript), None)
        name = result_name(execution.operation, body, [file.display_name for file in inputs], index, body["count"])
        kept = not body["temporary"]
        return File(
            id=new_id("vg_file_"),
            state="ready",
            type=result["kind"],
            scope="GLOBAL" if kept else "TEMPORARY",
            display_name=name,
            created_at=now,
            description=result["description"] if kept else None,
            prompt=body.get("prompt") or body.get("spokenDialogue"),
            transcript=(body.get("ttsText") or body.get("spokenDialogue") or heard) if kept else None,
            duration=result["duration"],
            sha256=result["sha256"],
            renditions={name: Rendition(**values) for name, values in result["renditions"].items()},
            made={name: result[name] for name in ("engine", "engineVersion", "placeholder", "seed")},
            tool_type=execution.tool_type,
            execution_id=execution.id,
            signed_until=int(now + self._link_seconds),
        )

    async def _ingest(self, job: Job, folder: Path) -> None:
        file = self._files.get(job.ref)
        source = self._files.path(file, "download") if file else None
        if file is None or source is None or job.starts > MAX_STARTS:
            self._end_ingested(job, None, {"code": "internal_error", "message": "The upload could not be looked at."})
            return
        task = {"do": "ingest", "source": str(source), "folder": str(folder)}
        try:
            answer = await self._pool.run(task, lambda done: None)
        except (EngineError, WorkerFailed) as error:
            self._end_ingested(job, None, {"code": error.code, "message": error.message})
            return
        for made in (folder / "result").iterdir():
            target = self._files.folder(file.id) / made.name
            shutil.rmtree(target, ignore_errors=True)  # left behind by a process that died just there
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
                    renditions={name: Rendition(**values) for name, values in answer["renditions"].items()},
                )
            self._ingested(job.ref)


def describe(answer: Mapping[str, Any]) -> str:
    """What can be said of an upload without understanding it: "Picture, 1280x720"."""
    original = answer["renditions"]["download"]
    words = [{"IMAGE": "Picture", "VIDEO": "Video", "AUDIO": "Sound"}[answer["kind"]]]
    if original["width"] and original["height"]:
        words.append(f"{original['width']}x{original['height']}")
    if answer["duration"]:
        words.append(f"{answer['duration']:.1f} s")
    return ", ".join(words)
