"""Workflows of each kind as the wire has them, for tests of what runs them."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from videogen_mcp.workflows.base import Workflow


class ScriptToVideo(Workflow):
    """Make a video of a script."""

    kind: ClassVar[str] = "workflow_run"
    path: ClassVar[str] = "/v1/workflows/script-to-video"
    title: ClassVar[str] = "Script to video"
    typical_seconds: ClassVar[tuple[int, int]] = (120, 600)

    script: str
    export: bool = Field(True, serialization_alias="autoExport")

    def wire(self, resolved: Any = None) -> dict[str, Any]:
        return {"script": self.script, "visualStyle": {"type": "STOCK"}, "autoExport": self.export}

    def subject(self) -> str:
        return self.script


class VideoToVideo(ScriptToVideo):
    """Restyle a video."""

    path: ClassVar[str] = "/v1/workflows/video-to-video"
    title: ClassVar[str] = "Video to video"

    def wire(self, resolved: Any = None) -> dict[str, Any]:
        return {"prompt": self.script, "videoFileId": "vg_file_1", "autoExport": self.export}


class _OfProject(Workflow):
    typical_seconds: ClassVar[tuple[int, int]] = (60, 300)

    project_id: str = Field("vg_proj_given", exclude=True)
    about: str = Field("", exclude=True)

    def subject(self) -> str:
        return self.about or self.project_id


class ExportProject(_OfProject):
    """Export a project."""

    kind: ClassVar[str] = "project_export"
    path: ClassVar[str] = "/v1/projects/{projectId}/export"
    title: ClassVar[str] = "Export project"

    quality: str = "FULL_HIGH"

    def wire(self, resolved: Any = None) -> dict[str, Any]:
        return {"quality": self.quality}


class EditProject(_OfProject):
    """Edit a project, and export it unless told not to."""

    kind: ClassVar[str] = "project_edit"
    path: ClassVar[str] = "/v1/projects/{projectId}/remix"
    title: ClassVar[str] = "Edit project"

    edits: tuple[str, ...] = ("ADD_ZOOM", "DISABLE_CAPTIONS")
    as_copy: bool = False
    export: bool = True

    def wire(self, resolved: Any = None) -> dict[str, Any]:
        actions = [{"type": edit} for edit in self.edits]
        return {"remixActions": actions, **({"saveAsNewProject": True} if self.as_copy else {})}

    def export_body(self) -> dict[str, Any] | None:
        return {"quality": "HIGH"} if self.export else None


class ExportTimeline(_OfProject):
    """Export a timeline."""

    kind: ClassVar[str] = "timeline"
    path: ClassVar[str] = "/v1/projects/{projectId}/timeline-interchange"
    title: ClassVar[str] = "Export timeline"

    def wire(self, resolved: Any = None) -> dict[str, Any]:
        return {"format": "OTIO"}


class ImportUrl(Workflow):
    """Import a file from the web."""

    kind: ClassVar[str] = "url_import"
    path: ClassVar[str] = "/v1/files/import-url"
    title: ClassVar[str] = "Import"
    typical_seconds: ClassVar[tuple[int, int]] = (5, 60)

    url: str

    def subject(self) -> str:
        return self.url


class AskAssistant(Workflow):
    """Ask the assistant."""

    kind: ClassVar[str] = "assistant_message"
    path: ClassVar[str] = "/v1/assistants"
    title: ClassVar[str] = "Ask assistant"
    typical_seconds: ClassVar[tuple[int, int]] = (5, 60)

    message: str

    def subject(self) -> str:
        return self.message


OF_EACH_KIND: tuple[type[Workflow], ...] = (
    ScriptToVideo,
    VideoToVideo,
    ExportProject,
    EditProject,
    ExportTimeline,
    ImportUrl,
    AskAssistant,
)
