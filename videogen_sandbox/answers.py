"""What is stored, as the API answers it, with signed URLs that are fresh where the API says so."""

from __future__ import annotations

from videogen_sandbox.clock import Clock
from videogen_sandbox.contract.project_responses import ProjectWire
from videogen_sandbox.contract.responses import Wire
from videogen_sandbox.contract.validation import Json
from videogen_sandbox.storage.executions import Execution, Executions
from videogen_sandbox.storage.files import File, Files
from videogen_sandbox.storage.messages import Message
from videogen_sandbox.storage.projects import Project

RESIGN_SECONDS = 3600.0
"""Result URLs that expire within an hour are signed anew by a GET of their execution (VideoGen OpenAPI, today)."""


class Answers:
    """Reads what an answer needs besides its row."""

    def __init__(
        self,
        wire: Wire,
        project_wire: ProjectWire,
        files: Files,
        executions: Executions,
        clock: Clock,
        link_seconds: float,
    ) -> None:
        self._wire = wire
        self._project_wire = project_wire
        self._files = files
        self._executions = executions
        self._clock = clock
        self._link_seconds = link_seconds

    def file(self, file: File) -> Json:
        """Return a file as FileInfo."""
        return self._wire.file(file, self._clock.time())

    def hydrated(self, file: File) -> File:
        """Return the file with fresh signed URLs."""
        self._files.signed(file.id, int(self._clock.time() + self._link_seconds))
        return self._files.get(file.id) or file

    def tool(self, execution: Execution, *, resign: bool) -> Json:
        """Return a tool's execution as ExecutedTool; with `resign`, results that expire soon get fresh URLs."""
        files = self._files.of_execution(execution.id, execution.results) if execution.results else []
        if resign and self._wire.dialect == "v2":
            files = [self._resigned(file) for file in files]
        return self._wire.execution(execution, files, self._clock.time())

    def project(self, project: Project) -> Json:
        """Return ProjectResponse."""
        busy = self._executions.unfinished(project.id, "run", "remix")
        return self._project_wire.project(project, busy=busy)

    def run(self, run: Execution, *, resign: bool) -> Json:
        """Return WorkflowRun."""
        return self._project_wire.run(run, self._result(run, resign), self._clock.time())

    def export(self, export: Execution, *, resign: bool) -> Json:
        """Return ProjectExport."""
        return self._project_wire.export(export, self._result(export, resign), self._clock.time())

    def remix_action(self, edit: Execution) -> Json:
        """Return RemixActionRun."""
        return self._project_wire.remix_action(edit, self._clock.time())

    def interchange(self, job: Execution) -> Json:
        """Return TimelineInterchange."""
        return self._project_wire.interchange(job, self._result(job, resign=True), self._clock.time())

    def url_import(self, execution: Execution) -> Json:
        """Return FileUrlImport."""
        return self._project_wire.url_import(execution, self._clock.time())

    def message(self, message: Message) -> Json:
        """Return AssistantMessage."""
        reply = self._executions.get(message.id) if message.role == "assistant" else None
        return self._project_wire.message(message, reply, self._clock.time())

    def _result(self, execution: Execution, resign: bool) -> File | None:
        """The only file of an execution, unless it was archived since."""
        file = self._files.get(execution.results[0]) if execution.results else None
        if file is None or file.archived:
            return None
        return self._resigned(file) if resign else file

    def _resigned(self, file: File) -> File:
        soon = file.signed_until is None or file.signed_until <= self._clock.time() + RESIGN_SECONDS
        return self.hydrated(file) if soon and not file.archived else file
