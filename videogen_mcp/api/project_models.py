"""Finished videos, as the VideoGen API sends them: runs, projects, exports, edits and timelines (see `models` too).

What runs for a while has a `state`: the same as the common `Execution`.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from videogen_mcp.api.models import ErrorBody, Execution, ExecutionResult, File, Id, Maybe, Status, Wire


class StartedRun(Wire):
    """What was started: run, project and the project's page belong together."""

    workflow_run_id: Id
    project_id: Maybe[Id] = None
    project_url: Maybe[str] = None
    remix_action_ids: Maybe[list[Id]] = None


class WorkflowRun(Wire):
    """A run that makes a finished video. With `autoExport` it goes on until the MP4 is there."""

    workflow_run_id: Id
    status: Status
    workflow_type: Maybe[str] = None
    progress_percentage: Maybe[float] = None
    project_id: Maybe[Id] = None
    project_url: Maybe[str] = None
    error: Maybe[ErrorBody] = None
    export_id: Maybe[Id] = None
    export_file_id: Maybe[Id] = None

    def state(self) -> Execution:
        """Return it as an execution. One that exported nothing has no files; one with an export has its MP4."""
        return Execution(
            execution_id=self.workflow_run_id,
            status=self.status,
            tool_type=self.workflow_type,
            progress_percentage=self.progress_percentage,
            results=film(self.export_file_id),
            error=self.error,
            project_id=self.project_id,
            project_url=self.project_url,
            may_lack_files=self.export_id is None,
        )


class Project(Wire):
    """An editable video. `assistant_id` is its chat; `status` is `generating` or `ready`."""

    project_id: Id
    title: Maybe[str] = None
    aspect_ratio: Maybe[dict[str, int]] = None
    status: Maybe[str] = None
    created_at: Maybe[float] = None
    updated_at: Maybe[float] = None
    project_url: Maybe[str] = None
    assistant_id: Maybe[Id] = None


class StartedExport(Wire):
    """An export that was started."""

    export_id: Id


class Export(Wire):
    """An export of a project to an MP4. `file` is hydrated."""

    export_id: Id
    project_id: Maybe[Id] = None
    status: Status
    progress_percentage: Maybe[float] = None
    error: Maybe[ErrorBody] = None
    export_file_id: Maybe[Id] = None
    file: Maybe[File] = None

    def state(self) -> Execution:
        """Return it as an execution."""
        return Execution(
            execution_id=self.export_id,
            status=self.status,
            progress_percentage=self.progress_percentage,
            results=film(self.export_file_id, self.file),
            error=self.error,
            project_id=self.project_id,
        )


class StartedEdits(Wire):
    """Edits that were started. `project_id` is that of the copy, where a copy was asked for."""

    project_id: Id
    project_url: Maybe[str] = None
    remix_action_ids: list[Id] = Field(min_length=1)


class Edit(Wire):
    """One edit of a project."""

    remix_action_id: Id
    type: Maybe[str] = None
    status: Status
    project_id: Maybe[Id] = None
    project_url: Maybe[str] = None
    progress_percentage: Maybe[float] = None
    error: Maybe[ErrorBody] = None

    def state(self) -> Execution:
        """Return it as an execution, which has no files."""
        return Execution(
            execution_id=self.remix_action_id,
            status=self.status,
            tool_type=self.type,
            progress_percentage=self.progress_percentage,
            error=self.error,
            project_id=self.project_id,
            project_url=self.project_url,
            may_lack_files=True,
        )


class StartedTimeline(Wire):
    """A timeline that was asked for."""

    interchange_job_id: Id


class Timeline(Wire):
    """A project's timeline as a document for other editors, or a bundle with its media."""

    interchange_job_id: Id
    project_id: Maybe[Id] = None
    format: Maybe[str] = None
    media_delivery: Maybe[str] = None
    status: Status
    progress_percentage: Maybe[float] = None
    interchange_file_id: Maybe[Id] = None
    file: Maybe[File] = None
    error: Maybe[ErrorBody] = None

    def state(self) -> Execution:
        """Return it as an execution."""
        return Execution(
            execution_id=self.interchange_job_id,
            status=self.status,
            progress_percentage=self.progress_percentage,
            results=outputs(self.interchange_file_id, self.file),
            error=self.error,
            project_id=self.project_id,
        )


def outputs(file_id: str | None, file: File | None = None, kind: str | None = None) -> list[Any]:
    """Return the one file of something that ended, as results; none where there is no id. `kind` is its type, where
    the service does not say it."""
    if file_id is None:
        return []
    return [ExecutionResult(file_id=file_id, type=file.type if file is not None else kind, file=file)]


def film(file_id: str | None, file: File | None = None) -> list[Any]:
    """Return an MP4 as results."""
    return outputs(file_id, file, "VIDEO")
