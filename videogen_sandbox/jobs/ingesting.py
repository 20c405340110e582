"""Reads what was uploaded: probes and renders it, and stores what it is."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from videogen_sandbox.disk import DISK_FULL
from videogen_sandbox.engines import EngineError
from videogen_sandbox.jobs.executing import MAX_STARTS
from videogen_sandbox.jobs.pool import Pool, WorkerFailed
from videogen_sandbox.jobs.results import describe, read_renditions
from videogen_sandbox.storage.database import Database
from videogen_sandbox.storage.files import Files
from videogen_sandbox.storage.leases import Job, Leases


class Ingesting:
    """The uploads among the jobs."""

    def __init__(
        self, database: Database, files: Files, leases: Leases, pool: Pool, ingested: Callable[[str], None]
    ) -> None:
        """`ingested` is called with the id of an upload in the transaction that finishes it."""
        self._database = database
        self._files = files
        self._leases = leases
        self._pool = pool
        self._ingested = ingested

    async def run(self, job: Job, folder: Path) -> None:
        """Read an upload, and store what came of it."""
        file = self._files.get(job.ref)
        source = self._files.path(file, "download") if file else None
        if file is None or source is None or job.starts > MAX_STARTS:
            self._end(job, None, {"code": "internal_error", "message": "The upload could not be read."})
            return
        try:
            answer = await read_media(self._pool, source, folder, file.type)
        except (EngineError, WorkerFailed) as error:
            self._end(job, None, {"code": error.code, "message": error.message})
            return
        for made in (folder / "result").iterdir():
            target = self._files.folder(file.id) / made.name
            shutil.rmtree(target, ignore_errors=True)  # Left by a process that died before the transaction.
            made.replace(target)
        self._end(job, answer, None)

    def end_by_full_disk(self, job: Job) -> None:
        """Note that there was no space for an upload."""
        self._end(job, None, {"code": "disk_full", "message": DISK_FULL})

    def _end(self, job: Job, answer: Mapping[str, Any] | None, error: Mapping[str, str] | None) -> None:
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


async def read_media(pool: Pool, source: Path, folder: Path, kind: str | None) -> dict[str, Any]:
    """Return what a worker finds out about a file of any type, or of type `kind`; its renditions are in `result`.

    Raise EngineError when it is no such file, WorkerFailed when the worker broke down.
    """
    job = {"do": "ingest", "source": str(source), "folder": str(folder), "type": kind}
    return await pool.run(job, lambda done: None)
