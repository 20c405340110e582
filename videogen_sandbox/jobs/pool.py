"""A few worker processes that have imported their libraries before a job comes.

A worker that crashed, exceeded its limits or was cancelled is killed, and a new one takes its place.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from videogen_sandbox.clock import Clock
from videogen_sandbox.config import Toolbox, WorkerLimits
from videogen_sandbox.engines import EngineError

log = logging.getLogger(__name__)

MAX_LINE = 4_000_000
"""Bytes of one line from a worker. A hundred results with long descriptions take 300 kB."""

Progress = Callable[[float], None]


class WorkerFailed(Exception):
    """A job failed for a reason that is not in its request. `code` and `message` are for the API."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Worker:
    """One process and the pipes to it."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.jobs = 0
        if process.stdout is None or process.stdin is None:
            raise RuntimeError("a worker needs pipes")
        self._out = BufferedByteReceiveStream(process.stdout)
        self._in = process.stdin

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.returncode is None

    async def ask(self, job: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        """Return the outcome, and call `progress` until it comes. Raise anyio's stream errors when the process dies."""
        self.jobs += 1
        await self._in.send(json.dumps(job).encode() + b"\n")
        while True:
            answer: dict[str, Any] = json.loads(await self._out.receive_until(b"\n", MAX_LINE))
            if "progress" not in answer:
                return answer
            progress(answer["progress"])

    async def kill(self) -> None:
        """Kill the process and close its pipes."""
        with anyio.CancelScope(shield=True):
            if self.alive:
                self.process.kill()
            await self.process.aclose()


class Pool:
    """Runs jobs in at most `size` workers at once. Use as `async with pool.open():`."""

    def __init__(self, size: int, toolbox: Toolbox, limits: WorkerLimits, clock: Clock, folder: Path) -> None:
        """`folder` is the working directory of the workers, an empty one, so that nothing in the user's is imported."""
        self.size = max(1, min(size, os.cpu_count() or 1))
        self._limits = limits
        self._clock = clock
        self._folder = folder
        self.idle: list[Worker] = []
        self._slots = anyio.Semaphore(self.size)
        self._settings = json.dumps(
            {
                "toolbox": asdict(toolbox),
                "preload": _modules(toolbox),
                "seconds": limits.seconds,
                "memory": limits.memory_bytes,
                "file": limits.file_bytes,
            }
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Start the first worker; the others are started by jobs that run at once. Kill them at the end."""
        try:
            self.idle.append(await self._spawn())
            yield
        finally:
            while self.idle:
                await self.idle.pop().kill()

    async def run(self, job: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        """Run a job in a worker and return its result. `progress` is called with the share done, 0 to 1.

        Cancellation kills the worker. Raise EngineError when the request cannot be fulfilled, WorkerFailed when the
        worker broke down.
        """
        async with self._slots:
            worker = await self._take()
            healthy = False
            try:
                answer = await self._bounded(worker, job, progress)
                healthy = "crash" not in answer and answer.get("error", {}).get("code") != "memory_limit"
            except (anyio.EndOfStream, anyio.ClosedResourceError, anyio.BrokenResourceError, anyio.IncompleteRead):
                code = await self._ending(worker)
                log.error("a worker died with %s during %s", code, job.get("operation", job["do"]))
                raise WorkerFailed("internal_error", "The engine broke down. Trying again may help.") from None
            finally:
                await self._give_back(worker, healthy)
        if "crash" in answer:
            log.error("%s failed in the worker:\n%s", job.get("operation", job["do"]), answer["crash"])
            raise WorkerFailed("internal_error", "The engine made a mistake; the sandbox's log says which.")
        if "error" in answer:
            raise EngineError(answer["error"]["code"], answer["error"]["message"])
        done: dict[str, Any] = answer["done"]
        return done

    async def _bounded(self, worker: Worker, job: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        answer: dict[str, Any] | None = None
        seconds = self._limits.seconds * job.get("worth", job.get("count", 1))

        async def alarm() -> None:
            await self._clock.sleep(seconds)
            group.cancel_scope.cancel()

        async with anyio.create_task_group() as group:
            group.start_soon(alarm)
            try:
                answer = await worker.ask(job, progress)
            except (anyio.EndOfStream, anyio.ClosedResourceError, anyio.BrokenResourceError, anyio.IncompleteRead):
                answer = {"died": True}
            group.cancel_scope.cancel()
        if answer is None:
            log.error("%s ran over %s s", job.get("operation", job["do"]), seconds)
            raise WorkerFailed("time_limit", f"It took longer than the {seconds:g} s that are allowed.")
        if "died" in answer:
            raise anyio.EndOfStream
        return answer

    async def _take(self) -> Worker:
        while self.idle:
            worker = self.idle.pop()
            if worker.alive:
                return worker
            await worker.kill()
        return await self._spawn()

    async def _give_back(self, worker: Worker, healthy: bool) -> None:
        if healthy and worker.alive and worker.jobs < self._limits.jobs:
            self.idle.append(worker)
            return
        await worker.kill()
        self.idle.append(await self._spawn())

    async def _ending(self, worker: Worker) -> int | None:
        with anyio.CancelScope(shield=True):
            await worker.process.wait()
        return worker.process.returncode

    async def _spawn(self) -> Worker:
        """Start a worker; a cancellation waits until it is there and may be killed."""
        threads = str(max(1, (os.cpu_count() or 1) // self.size))
        environment = {
            **{
                name: value for name, value in os.environ.items() if not name.startswith("VIDEOGEN_")
            },  # Workers need no keys.
            "PYTHONHASHSEED": "0",
            "OMP_NUM_THREADS": threads,
            "OPENBLAS_NUM_THREADS": threads,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        with anyio.CancelScope(shield=True):
            process = await anyio.open_process(
                [sys.executable, "-m", "videogen_sandbox.jobs.worker", self._settings],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=None,
                cwd=self._folder,
                env=environment,
            )
        return Worker(process)


def _modules(toolbox: Toolbox) -> list[str]:
    """Return each module once, those that every job needs first."""
    films = [toolbox.build, toolbox.export, toolbox.edit]
    places = [toolbox.probe, toolbox.render, *toolbox.engines.values(), *films, toolbox.portrait]
    return list(dict.fromkeys(place.partition(":")[0] for place in places))
