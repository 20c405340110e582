"""The workflows, in the order in which their tools are listed.

A new one is a class in one of these modules and a line in `WORKFLOWS`; `make docs` then writes it into the tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from videogen_mcp.workflows.assistant import AskAssistant, DecideAssistantAction
from videogen_mcp.workflows.audio import GenerateMusic, GenerateSoundEffect, TextToSpeech
from videogen_mcp.workflows.avatar import GenerateAvatarClip
from videogen_mcp.workflows.base import Era, MediaArgument, Workflow
from videogen_mcp.workflows.graphics import GenerateMotionGraphic
from videogen_mcp.workflows.image import (
    GenerateImage,
    Image3dEffect,
    RemoveImageBackground,
    UpscaleImage,
    VectorizeImage,
)
from videogen_mcp.workflows.narrated import ScriptToVideo, SlideshowToVideo, VoiceoverToVideo
from videogen_mcp.workflows.projects import EditProject, ExportProject, ExportTimeline
from videogen_mcp.workflows.shots import PromptToVideoClip, StoryboardToVideo, VideoToVideo
from videogen_mcp.workflows.video import GenerateVideoClip, RemoveVideoBackground, UpscaleVideo

if TYPE_CHECKING:
    from videogen_mcp.settings import Toolset

WORKFLOWS: tuple[type[Workflow], ...] = (
    GenerateImage,
    GenerateVideoClip,
    TextToSpeech,
    GenerateSoundEffect,
    GenerateMusic,
    GenerateMotionGraphic,
    GenerateAvatarClip,
    VectorizeImage,
    RemoveImageBackground,
    UpscaleImage,
    Image3dEffect,
    RemoveVideoBackground,
    UpscaleVideo,
    ScriptToVideo,
    VoiceoverToVideo,
    SlideshowToVideo,
    StoryboardToVideo,
    PromptToVideoClip,
    VideoToVideo,
    EditProject,
    ExportProject,
    ExportTimeline,
    AskAssistant,
    DecideAssistantAction,
)


def workflows_of(dialect: Era | Literal["auto"], *toolsets: Toolset) -> tuple[type[Workflow], ...]:
    """Return the workflows that one version of the API has; all of them for `auto`, where it is not known yet.

    With `toolsets`, only those of which the tools are in one of them.
    """
    return tuple(
        workflow
        for workflow in WORKFLOWS
        if (dialect == "auto" or dialect in workflow.eras) and (not toolsets or workflow.toolset in toolsets)
    )


__all__ = ["WORKFLOWS", "MediaArgument", "Workflow", "workflows_of"]
