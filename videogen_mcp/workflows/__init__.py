"""The ten workflows, in the order in which their tools are listed."""

from __future__ import annotations

from videogen_mcp.workflows.audio import GenerateSoundEffect, TextToSpeech
from videogen_mcp.workflows.avatar import GenerateAvatarClip
from videogen_mcp.workflows.base import MediaArgument, Workflow
from videogen_mcp.workflows.image import GenerateImage, RemoveImageBackground, UpscaleImage, VectorizeImage
from videogen_mcp.workflows.video import GenerateVideoClip, RemoveVideoBackground, UpscaleVideo

WORKFLOWS: tuple[type[Workflow], ...] = (
    GenerateImage,
    GenerateVideoClip,
    TextToSpeech,
    GenerateSoundEffect,
    GenerateAvatarClip,
    VectorizeImage,
    RemoveImageBackground,
    UpscaleImage,
    RemoveVideoBackground,
    UpscaleVideo,
)

__all__ = ["WORKFLOWS", "MediaArgument", "Workflow"]
