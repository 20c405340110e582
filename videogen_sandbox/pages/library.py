"""What the pages show: executions, files and projects, with signed links."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import PurePosixPath

from videogen_sandbox.clock import Clock
from videogen_sandbox.contract.responses import standing
from videogen_sandbox.contract.signed_links import Links, file_name
from videogen_sandbox.storage.executions import Execution, Executions
from videogen_sandbox.storage.files import File, Files
from videogen_sandbox.storage.leases import Leases
from videogen_sandbox.storage.projects import Project, Projects

HOUR = 3600

LINK_HOURS = 12
"""Least lifetime of a link on a page: as long as a tab stays open. It ends on a full hour, so that a page that is
rendered again has the same links and browsers use their cache."""

SHOWN_EXECUTIONS = 30
SHOWN_FILES = 60
SHOWN_PROJECTS = 24
"""The newest ones; the pages are not an archive."""

PROMPT_FIELDS = ("prompt", "ttsText", "spokenDialogue", "script", "url")
"""Wire names of the fields that hold words of the user."""


QUALITIES = {"STANDARD": "480 lines", "HIGH": "720 lines", "FULL_HIGH": "1080 lines", "ULTRA_HIGH": "2160 lines"}
"""Quality of an export → what it means, for people."""


@dataclass(frozen=True)
class ExecutionView:
    """An execution for people. `prompt` is its prompt or text, `seconds` the time it takes or took.

    `ahead` is how many jobs go before one that waits for its turn; None for others.
    """

    execution_id: str
    operation: str
    prompt: str
    status: str
    percent: float
    seconds: float
    results: tuple[str, ...]
    error: str | None
    kind: str = "make"
    project_id: str | None = None
    ahead: int | None = None

    @property
    def has_ended(self) -> bool:
        """Whether its status is final."""
        return self.status in ("succeeded", "failed", "cancelled")


@dataclass(frozen=True)
class Link:
    """A signed relative URL; sizes in pixels and bytes."""

    url: str
    width: int | None
    height: int | None
    bytes: int | None


@dataclass(frozen=True)
class FileView:
    """A file with links to its renditions."""

    file: File
    thumbnail: Link | None
    preview: Link | None
    download: Link | None

    @property
    def has_alpha(self) -> bool:
        """Whether the download has an alpha channel; the preview then has a background colour."""
        return "flat" in self.file.renditions


@dataclass(frozen=True)
class ProjectView:
    """A project for people: what runs or ran on it, and the newest video that was exported.

    `runs`, `edits` and `exports` are newest first.
    """

    project: Project
    runs: tuple[ExecutionView, ...]
    edits: tuple[ExecutionView, ...]
    exports: tuple[ExecutionView, ...]
    video: FileView | None

    @property
    def is_busy(self) -> bool:
        """Whether something is being built, edited or exported."""
        return any(not one.has_ended for one in (*self.runs, *self.edits, *self.exports))


class Library:
    """Reads the files, executions and projects of a sandbox for the pages."""

    def __init__(
        self, files: Files, executions: Executions, projects: Projects, leases: Leases, links: Links, clock: Clock
    ) -> None:
        self._files = files
        self._executions = executions
        self._projects = projects
        self._leases = leases
        self._links = dataclasses.replace(links, base_url="")
        self._clock = clock

    def executions(self) -> list[ExecutionView]:
        """Return the newest SHOWN_EXECUTIONS, newest first: without the steps of runs, and what is said in chats."""
        newest = self._executions.listed(limit=SHOWN_EXECUTIONS)
        return [self._execution_view(one) for one in newest if one.kind != "message" and not one.is_step_of_run]

    def files(self) -> list[FileView]:
        """Return the newest SHOWN_FILES that lists show, newest first; videos are shown with their projects."""
        return [self._file_view(file) for file in self._files.listed(limit=SHOWN_FILES, without=("EXPORT", "PROJECT"))]

    def projects(self) -> list[ProjectView]:
        """Return the newest SHOWN_PROJECTS, newest first."""
        return [self._project_view(project) for project in self._projects.listed(limit=SHOWN_PROJECTS)]

    def project(self, project_id: str) -> ProjectView | None:
        """Return a project; None when there is none with this id."""
        project = self._projects.get(project_id)
        return self._project_view(project) if project else None

    def file(self, file_id: str) -> FileView | None:
        """Return a file; None when there is none, it is archived, or its bytes have not come."""
        file = self._files.get(file_id)
        return None if file is None or file.archived or file.state == "awaiting" else self._file_view(file)

    def _execution_view(self, execution: Execution) -> ExecutionView:
        status, percent, _ = standing(execution, self._clock.time())
        texts = [execution.body.get(name) for name in PROMPT_FIELDS]
        texts += [QUALITIES.get(execution.body.get("quality", ""))] if execution.kind == "export" else []
        return ExecutionView(
            execution_id=execution.id,
            operation=execution.operation,
            prompt=next((text for text in texts if isinstance(text, str)), ""),
            status=status,
            percent=percent,
            seconds=max((execution.finished_at or self._clock.time()) - execution.created_at, 0.0),
            results=tuple(execution.results),
            error=execution.error.get("message") if execution.error else None,
            kind=execution.kind,
            project_id=execution.project_id,
            ahead=self._leases.ahead(execution.id) if status == "pending" else None,
        )

    def _project_view(self, project: Project) -> ProjectView:
        made = self._executions.listed(project_id=project.id)
        views = [self._execution_view(execution) for execution in made]
        exported = [one for execution in made if execution.kind == "export" for one in execution.results]
        files = [file for file_id in exported if (file := self._files.get(file_id)) and not file.archived]
        return ProjectView(
            project,
            runs=tuple(view for view in views if view.kind == "run"),
            edits=tuple(view for view in views if view.kind == "remix"),
            exports=tuple(view for view in views if view.kind == "export"),
            video=self._file_view(files[0]) if files else None,
        )

    def _file_view(self, file: File) -> FileView:
        return FileView(
            file,
            thumbnail=self._link(file, "thumbnail"),
            preview=self._link(file, "preview"),
            download=self._link(file, "download"),
        )

    def _link(self, file: File, rendition: str) -> Link | None:
        found = file.renditions.get(rendition)
        if found is None:
            return None
        name = file_name(file.display_name, PurePosixPath(found.path).suffix)
        expires = (int(self._clock.time()) // HOUR + LINK_HOURS + 1) * HOUR
        url = self._links.media(file.id, rendition, name, expires)
        return Link(url, found.width, found.height, found.bytes)
