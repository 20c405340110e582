"""Talking presenters."""

from __future__ import annotations

from pydantic import Field

from videogen_mcp.workflows.base import AudioRef, FileOf, FirstOf, Identifier, Marked, Quality, arguments


class GenerateAvatarClip(Marked):
    """Make a video of a presenter speaking an audio file, for example one from text_to_speech."""

    path = "/v1/tools/generate-avatar"
    title = "Generate avatar clip"
    typical_seconds = (120, 300)
    example = arguments(presenter_id=FirstOf("list_presenters"), audio=FileOf("text_to_speech"))

    presenter_id: Identifier = Field(serialization_alias="actorEntityId", description="From list_presenters.")
    audio: AudioRef = Field(serialization_alias="audioFileId")
    quality: Quality = Field(default="auto", serialization_alias="avatarQuality")
