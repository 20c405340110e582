"""Projects: changed by edits, exported as an MP4, handed over to other editors as a timeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, model_validator
from pydantic_core import PydanticCustomError

from videogen_mcp.workflows.argument_types import ProjectId
from videogen_mcp.workflows.base import MediaArgument, Watermark, Workflow
from videogen_mcp.workflows.edits import Edits, media_of
from videogen_mcp.workflows.examples import ProjectOf, arguments
from videogen_mcp.workflows.runs import EXPORT_QUALITIES, ExportQuality, export_options
from videogen_mcp.workflows.schema import BLANKS
from videogen_mcp.workflows.spellings import one_word

MOST_EDITS = 15
"""One of each kind."""

TIMELINE_FORMATS = {"premiere_xml": "PREMIERE_XML", "fcpxml": "FCPXML", "otio": "OTIO", "srt": "SRT"}


class _OfProject(Workflow):
    eras = ("v2",)

    project_id: ProjectId = Field(exclude=True, serialization_alias="projectId")

    def subject(self) -> str:
        """The project."""
        return self.project_id


class EditProject(_OfProject):
    """Change a finished video: captions, format, music, logo, voice, language, look, then a new MP4. Keeps what was
    paid for: start anew only for other words or another story. The project changes, old MP4s stay; for a second
    version (wide, Spanish): as_copy.
    """

    kind = "project_edit"
    toolset = "videos"
    path = "/v1/projects/{projectId}/remix"
    title = "Edit project"
    typical_seconds = (60, 480)
    example = arguments(project_id=ProjectOf("script_to_video"), edits=[{"kind": "resize", "value": "9:16"}])

    project_id: ProjectId = Field(
        exclude=True, serialization_alias="projectId", description="From the video's answer or find_projects."
    )
    edits: Edits = Field(
        min_length=1,
        max_length=MOST_EDITS,
        exclude=True,
        serialization_alias="remixActions",
        description="In order. value by kind: captions: look in words; transitions: fade, rise, pan, pop, wipe,"
        " dynamic, none; resize: aspect ratio; cut_pauses: pauses, fillers, both, or words to cut (amount: shortest"
        " pause, s); animate_images: motion (options: with_sound); redraw_images: look, also where it stays;"
        " upscale (options: no_videos, no_stock); narrator: voice (amount: speed; options: presenter id);"
        " make_music: mood; music: sound file or none (amount: volume 0-1); logo: picture or none (amount:"
        " width in %; options: top_left …); translate: language (options: keep_voice, image_text). zoom: slow,"
        " on stills. Options also take a quality: low … max (redraw_images so: a draft made good).",
    )
    as_copy: bool = Field(
        default=False, serialization_alias="saveAsNewProject", description="True: edit a copy, this one stays."
    )
    export: bool = Field(default=True, exclude=True, description="Default true.")
    export_quality: ExportQuality = Field(default="auto", exclude=True)

    @model_validator(mode="after")
    def _exports_what_it_asks_for(self) -> EditProject:
        if not self.export and self.export_quality != "auto":
            raise PydanticCustomError(
                "no_export", "export_quality is that of the MP4: leave it out where export is false"
            )
        return self

    def subject(self) -> str:
        """The kinds of the edits."""
        return ", ".join(edit.kind for edit in self.edits)

    def media(self) -> list[MediaArgument]:
        """The files that edits name."""
        return list(media_of(self.edits))

    def wire(self, resolved: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The body of the edits; that of the export is `export_body`."""
        return super().wire(resolved) | {"remixActions": [edit.action(resolved) for edit in self.edits]}

    def export_body(self) -> dict[str, Any] | None:
        """The body of the export that follows; None where it is not wanted."""
        return export_options(self.export_quality) if self.export else None


class ExportProject(_OfProject):
    """Render a project as it is now into a new MP4, in another size or after work in VideoGen's editor. edit_project
    exports by itself.
    """

    kind = "project_export"
    toolset = "videos"
    path = "/v1/projects/{projectId}/export"
    title = "Export project"
    typical_seconds = (60, 300)
    example = arguments(project_id=ProjectOf("edit_project"), quality="hd")

    quality: Annotated[ExportQuality, PlainSerializer(EXPORT_QUALITIES.__getitem__, return_type=str)] = "auto"
    watermark: Watermark = Field(
        default="auto",
        serialization_alias="watermarkMode",
        description="auto: as the plan says.",
        json_schema_extra=BLANKS,
    )
    end_screen: Watermark = Field(default="auto", serialization_alias="endScreenMode", json_schema_extra=BLANKS)


class ExportTimeline(_OfProject):
    """A project as a timeline for Premiere, Final Cut or Resolve, or its captions as SRT. For an MP4:
    export_project.
    """

    kind = "timeline"
    toolset = "editor"
    path = "/v1/projects/{projectId}/timeline-interchange"
    title = "Export timeline"
    typical_seconds = (60, 180)
    example = arguments(project_id=ProjectOf("script_to_video"), format="otio")

    format: Annotated[
        Literal["premiere_xml", "fcpxml", "otio", "srt"],
        one_word(
            premiere="premiere_xml",
            xml="premiere_xml",
            fcp7="premiere_xml",
            final_cut="fcpxml",
            **{"final cut": "fcpxml", "final cut pro": "fcpxml", "fcp": "fcpxml", "premiere xml": "premiere_xml"},
            opentimelineio="otio",
            resolve="otio",
            davinci="otio",
            subtitles="srt",
        ),
        PlainSerializer(TIMELINE_FORMATS.__getitem__, return_type=str),
    ]
    with_media: bool = Field(
        default=False,
        exclude=True,
        serialization_alias="mediaDelivery",
        description="Zip with the media; else links that expire.",
    )

    def wire(self, resolved: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The request body."""
        return super().wire(resolved) | {"mediaDelivery": "BUNDLE" if self.with_media else "REMOTE_URLS"}
