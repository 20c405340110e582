"""The parts of a sandbox, put together. Routes and pages reach them as `app.state.sandbox`."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from videogen_sandbox.clock import Clock
from videogen_sandbox.config import OWNERS, TEMPORARY_SECONDS, SandboxConfig
from videogen_sandbox.contract.limits import RateLimits
from videogen_sandbox.contract.responses import Wire
from videogen_sandbox.contract.signed_links import Links
from videogen_sandbox.contract.validation import Json
from videogen_sandbox.contract.webhook_targets import AllowedTargets
from videogen_sandbox.contract.webhooks import file_payload, tool_payload
from videogen_sandbox.disk import make_private
from videogen_sandbox.jobs.pool import Pool
from videogen_sandbox.jobs.portraits import Portraits
from videogen_sandbox.jobs.runner import JobRunner
from videogen_sandbox.jobs.webhooks import Webhooks
from videogen_sandbox.storage.database import Database
from videogen_sandbox.storage.executions import Execution, Executions
from videogen_sandbox.storage.files import File, Files
from videogen_sandbox.storage.leases import Leases
from videogen_sandbox.storage.webhooks import Endpoints

RESIGN_SECONDS = 3600.0
"""Result URLs that expire within an hour are signed anew by a GET of their execution (VideoGen OpenAPI, today)."""

FOLDERS = ("files", "work", "work/workers", "work/pictures", OWNERS)
"""Of a data directory, beside its database."""

DATABASE = "sandbox.db"

ARCHIVE_SECONDS = 600.0
"""Between two searches for temporary files whose time is over."""


class Sandbox:
    """A data directory as one process serves it."""

    def __init__(self, config: SandboxConfig) -> None:
        data = config.data_dir
        for name in FOLDERS:
            make_private(data / name)
        self.config = config
        self.clock: Clock = config.clock
        self.database = Database(data / DATABASE)
        self.links = Links(self.database.secret("signing"), config.base_url.rstrip("/"))
        self.wire = Wire(config.dialect, self.links)
        self.files = Files(self.database, data / "files")
        self.executions = Executions(self.database)
        self.leases = Leases(self.database, data / OWNERS, config.clock)
        self.limits = RateLimits(config.rate_limits)
        self.endpoints = Endpoints(self.database)
        self.webhook_targets = AllowedTargets(config.private_webhooks, config.public_webhooks)
        self.webhooks = Webhooks(self.database, self.endpoints.listed, config.clock, self.webhook_targets)
        self.pool = Pool(config.workers, config.toolbox, config.worker_limits, config.clock, data / "work" / "workers")
        self.portraits = Portraits(self.files, self.pool, data / "work" / "pictures")
        self.jobs = JobRunner(
            database=self.database,
            files=self.files,
            executions=self.executions,
            leases=self.leases,
            pool=self.pool,
            clock=config.clock,
            folder=data / "work",
            link_seconds=config.link_seconds,
            prepare=self.original,
            ended=self.announce_ended,
            ingested=self.announce_ingested,
        )
        self._archived_at = 0.0
        self.portraits.register(self.clock.time())

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run jobs and deliver webhooks until the block is left."""
        self._remove_unfinished()
        async with self.pool.open(), self.webhooks.running(), self.jobs.running():
            yield

    def close(self) -> None:
        """Close the data directory."""
        shutil.rmtree(self.config.data_dir / "work" / self.leases.owner, ignore_errors=True)
        self.leases.close()
        self.database.close()

    @property
    def paths(self) -> list[Path]:
        """The data directory and what a sandbox cannot work without in it."""
        data = self.config.data_dir
        return [data, data / DATABASE, *(data / name for name in FOLDERS)]

    def unfinished(self) -> Path:
        """Return the folder for unfinished work of this process, which nobody misses when the process dies."""
        folder = self.config.data_dir / "work" / self.leases.owner
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def busy(self) -> bool:
        """Return whether a job is running or will run without a cancellation, or a webhook is still to be delivered."""
        self._archive_temporary()
        return self.jobs.busy() or self.webhooks.waiting() > 0

    def file_json(self, file: File) -> Json:
        """Return a file as FileInfo."""
        return self.wire.file(file, self.clock.time())

    def hydrated(self, file: File) -> File:
        """Return the file with fresh signed URLs."""
        until = int(self.clock.time() + self.config.link_seconds)
        self.files.signed(file.id, until)
        return self.files.get(file.id) or file

    def execution_json(self, execution: Execution, *, resign: bool) -> Json:
        """Return an execution as ExecutedTool; with `resign`, results that expire soon get fresh URLs (today's API)."""
        files = self.files.of_execution(execution.id, execution.results) if execution.results else []
        now = self.clock.time()
        if resign and self.config.dialect == "v2":
            files = [self._resigned(file, now) for file in files]
        return self.wire.execution(execution, files, now)

    async def original(self, file: File) -> Path:
        """Return the path of a file's original. A portrait is drawn if it was not yet."""
        rendition = file.renditions["download"]
        if file.presenter:
            return await self.portraits.picture(file.presenter, rendition.path)
        return self.files.folder(file.id) / rendition.path

    def announce_ended(self, execution_id: str) -> None:
        """Publish the end of an execution. To be called in the transaction that ends it."""
        execution = self.executions.get(execution_id)
        if execution is not None:
            payload = tool_payload(self.execution_json(execution, resign=False), self.clock.time())
            self.webhooks.publish(payload)

    def announce_ingested(self, file_id: str) -> None:
        """Publish the outcome of an upload. To be called in the transaction that finishes it."""
        file = self.files.get(file_id)
        if file is None:
            return
        now = self.clock.time()
        signed = replace(file, signed_until=int(now + self.config.link_seconds))
        info = self.wire.file(signed, now, analysis=False)
        if file.state == "failed":
            self.webhooks.publish(file_payload("file.upload.failed", info, now, dict(file.error or {"message": ""})))
            return
        events = ["file.upload.completed", "file.download_ready"]
        events += ["file.playback_ready"] if "hls" in file.renditions else []
        events += ["file.analysis_completed"] if file.scope != "TEMPORARY" else []
        for event in events:
            self.webhooks.publish(file_payload(event, info, now))

    def _resigned(self, file: File, now: float) -> File:
        soon = file.signed_until is None or file.signed_until <= now + RESIGN_SECONDS
        return self.hydrated(file) if soon and not file.archived else file

    def _archive_temporary(self) -> None:
        """Archive temporary files after TEMPORARY_SECONDS, and free their bytes."""
        now = self.clock.time()
        if now - self._archived_at < ARCHIVE_SECONDS:
            return
        self._archived_at = now
        for file_id in self.files.archive_temporary(now - TEMPORARY_SECONDS, now):
            shutil.rmtree(self.files.folder(file_id), ignore_errors=True)

    def _remove_unfinished(self) -> None:
        """Remove the unfinished work of processes that are gone."""
        work = self.config.data_dir / "work"
        for folder in work.iterdir():
            if folder.name not in ("workers", "pictures") and not self.leases.is_alive(folder.name):
                shutil.rmtree(folder, ignore_errors=True)
