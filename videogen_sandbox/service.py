"""The parts of a sandbox, put together. Routes and pages reach them as `app.state.sandbox`."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from videogen_sandbox.announcements import Announcements
from videogen_sandbox.answers import Answers
from videogen_sandbox.clock import Clock
from videogen_sandbox.config import OWNERS, TEMPORARY_SECONDS, SandboxConfig
from videogen_sandbox.contract.errors import Refusal
from videogen_sandbox.contract.import_sources import AllowedSources
from videogen_sandbox.contract.limits import RateLimits
from videogen_sandbox.contract.lookups import Lookups
from videogen_sandbox.contract.project_responses import ProjectWire
from videogen_sandbox.contract.responses import Wire
from videogen_sandbox.contract.signed_links import Links
from videogen_sandbox.contract.webhook_targets import AllowedTargets
from videogen_sandbox.disk import make_private
from videogen_sandbox.jobs.chains import Chains
from videogen_sandbox.jobs.executing import Executing
from videogen_sandbox.jobs.fetching import Fetcher
from videogen_sandbox.jobs.films import Films
from videogen_sandbox.jobs.imports import Imports
from videogen_sandbox.jobs.ingesting import Ingesting
from videogen_sandbox.jobs.inputs import Inputs
from videogen_sandbox.jobs.messages import Replies
from videogen_sandbox.jobs.pool import Pool
from videogen_sandbox.jobs.portraits import Portraits
from videogen_sandbox.jobs.runner import JobRunner
from videogen_sandbox.jobs.tools import Tools
from videogen_sandbox.jobs.webhooks import Webhooks
from videogen_sandbox.jobs.work import Work
from videogen_sandbox.starts import AssistantStarts
from videogen_sandbox.storage.database import Database
from videogen_sandbox.storage.entities import Entities
from videogen_sandbox.storage.executions import Executions, Kind
from videogen_sandbox.storage.files import File, Files
from videogen_sandbox.storage.leases import Leases
from videogen_sandbox.storage.messages import Messages
from videogen_sandbox.storage.overview import Overview
from videogen_sandbox.storage.projects import Projects
from videogen_sandbox.storage.usage import DiskUsage
from videogen_sandbox.storage.webhooks import Endpoints
from videogen_sandbox.videos import Videos

FOLDERS = ("files", "projects", "work", "work/workers", "work/pictures", OWNERS)
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
        self.files = Files(self.database, data / "files")
        self.projects = Projects(self.database, data / "projects")
        self.entities = Entities(self.database)
        self.messages = Messages(self.database)
        self.overview = Overview(self.database)
        self.executions = Executions(self.database)
        self.endpoints = Endpoints(self.database)
        self.leases = Leases(self.database, data / OWNERS, config.clock)
        self.usage = DiskUsage([data / "files", data / "projects"], config.max_disk_bytes, config.clock)
        self.limits = RateLimits(config.rate_limits)
        self.links = Links(self.database.secret("signing"), config.base_url.rstrip("/"))
        self.wire = Wire(config.dialect, self.links)
        self.project_wire = ProjectWire(self.wire, self.links)
        self.lookups = Lookups(config.dialect, self.files.get, self.entities.get)
        self.import_sources = AllowedSources(config.import_hosts)
        self.webhook_targets = AllowedTargets(config.private_webhooks, config.public_webhooks)
        self.webhooks = Webhooks(self.database, self.endpoints.listed, config.clock, self.webhook_targets)
        self.answers = Answers(
            self.wire, self.project_wire, self.files, self.executions, config.clock, config.link_seconds
        )
        self.announcements = Announcements(
            webhooks=self.webhooks,
            answers=self.answers,
            wire=self.wire,
            executions=self.executions,
            files=self.files,
            messages=self.messages,
            clock=config.clock,
            link_seconds=config.link_seconds,
        )
        self.pool = Pool(config.workers, config.toolbox, config.worker_limits, config.clock, data / "work" / "workers")
        self.portraits = Portraits(self.files, self.pool, data / "work" / "pictures")
        self.fetcher = Fetcher(self.import_sources, config.clock)
        self.works = self._works()
        self.jobs = self._jobs()
        self.videos = Videos(self.projects, self.executions, self.jobs, self.project_wire, self.links, config.clock)
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

    def check_disk(self) -> None:
        """Raise Refusal (409) when as much is kept as may be."""
        if problem := self.usage.problem():
            raise Refusal(409, problem, code="disk_limit")

    async def original(self, file: File) -> Path:
        """Return the path of a file's original. A portrait is drawn if it was not yet."""
        rendition = file.renditions["download"]
        if file.presenter:
            return await self.portraits.picture(file.presenter, rendition.path)
        return self.files.folder(file.id) / rendition.path

    def asset_url(self, project_id: str, name: str) -> str:
        """Return a signed URL of an asset of a project."""
        return self.links.asset(project_id, name, int(self.clock.time() + self.config.link_seconds))

    def _jobs(self) -> JobRunner:
        config, clock = self.config, self.clock
        chains = Chains(self.executions, self.leases, self.announcements.ended)
        return JobRunner(
            database=self.database,
            executions=self.executions,
            leases=self.leases,
            chains=chains,
            executing=Executing(
                database=self.database,
                files=self.files,
                executions=self.executions,
                leases=self.leases,
                clock=clock,
                chains=chains,
                works=self.works,
                refusal=self.usage.problem,
            ),
            ingesting=Ingesting(self.database, self.files, self.leases, self.pool, self.announcements.ingested),
            workers=self.pool.size,
            clock=clock,
            folder=config.data_dir / "work",
        )

    def _works(self) -> dict[Kind, Work]:
        """Return what carries out each kind of execution."""
        now, link_seconds, toolbox = self.clock.time, self.config.link_seconds, self.config.toolbox
        inputs = Inputs(self.files, self.original)
        films = Films(
            pool=self.pool,
            places={name: getattr(toolbox, name) for name in ("build", "edit", "export", "interchange")},
            projects=self.projects,
            inputs=inputs,
            fetcher=self.fetcher,
            now=now,
            link_seconds=link_seconds,
            asset_url=self.asset_url,
        )
        return {
            "make": Tools(self.pool, inputs, now, link_seconds),
            "run": films.build,
            "remix": films.edit,
            "export": films.export,
            "interchange": films.interchange,
            "message": Replies(self.projects, AssistantStarts(lambda: self.videos, self.lookups, self.import_sources)),
            "import": Imports(self.fetcher, self.pool, now, self.announcements.ingested),
        }

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
