"""Starts what runs on projects: workflow runs, edits, exports, timeline documents."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace

import anyio.to_thread

from videogen_sandbox.clock import Clock
from videogen_sandbox.contract.errors import Refusal
from videogen_sandbox.contract.project_responses import ProjectWire
from videogen_sandbox.contract.remix import Edit
from videogen_sandbox.contract.signed_links import Links
from videogen_sandbox.contract.validation import Json
from videogen_sandbox.contract.workflows import RunRequest
from videogen_sandbox.directives import Directives
from videogen_sandbox.jobs.runner import JobRunner
from videogen_sandbox.storage.executions import RUN_PREFIX, Execution, Executions
from videogen_sandbox.storage.ids import new_id
from videogen_sandbox.storage.projects import Project, Projects

DEFAULT_FORMAT, DEFAULT_DELIVERY = "FCPXML", "REMOTE_URLS"
"""Of a timeline document whose request names none: the first of each that VideoGen lists; it documents no defaults."""


class Videos:
    """Makes executions of requests, and starts them."""

    def __init__(
        self, projects: Projects, executions: Executions, jobs: JobRunner, wire: ProjectWire, links: Links, clock: Clock
    ) -> None:
        self._projects = projects
        self._executions = executions
        self._jobs = jobs
        self._wire = wire
        self._links = links
        self._clock = clock

    def start_run(self, request: RunRequest, project: Project | None = None) -> Json:
        """Start a run in a new project, and return StartWorkflowRunResponse."""
        made = self.new_project(request.title, request)
        chain = self.run_chain(request, made)
        self._jobs.start(*chain, also=lambda: self._projects.add(made))
        return self._started(chain)

    def run_in(self, project: Project, request: RunRequest) -> tuple[Json, Callable[[], None]]:
        """Return StartWorkflowRunResponse of a run in a project that is stored, and what starts it in a transaction."""
        chain = self.run_chain(request, project)
        return self._started(chain), lambda: self._jobs.add(*chain)

    def new_project(self, title: str, request: RunRequest | None = None) -> Project:
        """Return a project of which nothing is built yet. It is not stored."""
        now = self._clock.time()
        ratio = request.aspect_ratio if request else {"width": 16, "height": 9}
        return Project(new_id("vg_proj_"), new_id("vg_asst_"), title, ratio, now, now)

    def run_chain(self, request: RunRequest, project: Project) -> list[Execution]:
        """Return a run with its edits and its export, in the order in which they run."""
        run_id, now = new_id(RUN_PREFIX), self._clock.time()
        status = "awaiting_approval" if request.directives.approval else "pending"
        body = {
            **request.body,
            "inputs": _ids(request),
            "temporary": request.temporary,
        }
        run = Execution(
            run_id,
            request.operation,
            body,
            request.directives,
            request.seed,
            now,
            status,
            kind="run",
            project_id=project.id,
            chain=run_id,
        )
        edits = [replace(self._edit(edit, project.id, now), chain=run_id) for edit in request.edits]
        if request.export is None:
            return [run, *edits]
        return [run, *edits, self._export(project.id, request.export, request.temporary, run_id)]

    def started(self, run: Execution) -> Json:
        """Return StartWorkflowRunResponse of a run that was started."""
        return self._started(self._executions.chain(run))

    def start_export(self, project: Project, options: Json) -> str:
        """Start an export of a project as it stands, and return its id."""
        export = self._export(project.id, options, False, None)
        self._jobs.start(export)
        return export.id

    def start_interchange(self, project: Project, body: Json) -> str:
        """Start writing a timeline document, and return the id of the job."""
        asked = {
            "format": body.get("format", DEFAULT_FORMAT),
            "mediaDelivery": body.get("mediaDelivery", DEFAULT_DELIVERY),
        }
        job = Execution(
            new_id("vg_inte_"),
            "timeline-interchange",
            asked,
            Directives(),
            0,
            self._clock.time(),
            kind="interchange",
            project_id=project.id,
        )
        self._jobs.start(job)
        return job.id

    async def start_edits(self, project: Project, edits: Sequence[Edit], *, as_copy: bool) -> Json:
        """Start edits of a project, or of a copy of it, and return RemixProjectResponse.

        Edits of one project wait for those requested before. Raise Refusal (409) while the project is built, and for a
        copy while it is edited.
        """
        if not as_copy:
            self.refuse_busy(project, edited=False)
            chain = self.edit_chain(edits, project.id)
            self._jobs.start(*chain)
            return self._edited(project.id, chain)
        self.refuse_busy(project)
        now = self._clock.time()
        copy = replace(
            project,
            id=new_id("vg_proj_"),
            assistant_id=new_id("vg_asst_"),
            title=f"{project.title} (copy)",
            document={**(project.document or {}), "title": f"{project.title} (copy)"},
            created_at=now,
            updated_at=now,
        )
        chain = self.edit_chain(edits, copy.id)
        await anyio.to_thread.run_sync(self._projects.copy_assets, project.id, copy.id)
        try:
            self._jobs.start(*chain, also=lambda: self._projects.add(copy))
        except BaseException:
            shutil.rmtree(self._projects.folder(copy.id), ignore_errors=True)
            raise
        return self._edited(copy.id, chain)

    def edit_chain(self, edits: Sequence[Edit], project_id: str) -> list[Execution]:
        """Return edits that were requested together."""
        now = self._clock.time()
        made = [self._edit(edit, project_id, now) for edit in edits]
        return [replace(edit, chain=made[0].id) for edit in made]

    def add_edits(self, chain: Sequence[Execution]) -> None:
        """Start edits in a transaction that is under way."""
        self._jobs.add(*chain)

    def refuse_built(self, project: Project) -> None:
        """Raise Refusal (409) while a run of a project has not ended."""
        if self._executions.unfinished(project.id, "run"):
            raise Refusal(409, "The project is being built. Try again when that has ended.", code="project_busy")

    def refuse_busy(self, project: Project, *, edited: bool = True) -> None:
        """Raise Refusal (409) while a project is built or (`edited`) edited, or when nothing was built of it."""
        self.refuse_built(project)
        if edited and self._executions.unfinished(project.id, "remix"):
            raise Refusal(409, "The project is being edited. Try again when that has ended.", code="project_busy")
        if project.document is None:
            raise Refusal(409, "Nothing was built of this project: its run did not succeed.", code="project_empty")

    def _export(self, project_id: str, options: Json, temporary: bool, chain: str | None) -> Execution:
        return Execution(
            new_id("vg_expo_"),
            "export",
            {**options, "temporary": temporary},
            Directives(),
            0,
            self._clock.time(),
            kind="export",
            project_id=project_id,
            chain=chain,
        )

    def _edit(self, edit: Edit, project_id: str, now: float) -> Execution:
        body = {"action": edit.action, "inputs": _ids(edit)}
        status = "awaiting_approval" if edit.directives.approval else "pending"
        return Execution(
            new_id("vg_rmix_"),
            edit.operation,
            body,
            edit.directives,
            edit.seed,
            now,
            status,
            kind="remix",
            project_id=project_id,
        )

    def _started(self, chain: Sequence[Execution]) -> Json:
        return self._wire.started_run(chain[0], [member for member in chain if member.kind == "remix"])

    def _edited(self, project_id: str, chain: Sequence[Execution]) -> Json:
        return {
            "projectId": project_id,
            "projectUrl": self._links.project(project_id),
            "remixActionIds": [edit.id for edit in chain],
        }


def _ids(request: RunRequest | Edit) -> dict[str, list[str]]:
    return {name: [file.id for file in files] for name, files in request.inputs.items()}
