"""Talking presenters."""

from __future__ import annotations

from pydantic import Field

from videogen_mcp.workflows.base import AudioRef, Identifier, Marked, Quality
from videogen_mcp.workflows.examples import FileOf, FirstOf, arguments


class GenerateAvatarClip(Marked):
    """A presenter on screen speaks a given recording, lips in sync. To have a text narrated by one in a whole video:
    presenter_id in script_to_video.
    """

    path = "/v1/tools/generate-avatar"
    title = "Generate avatar clip"
    typical_seconds = (120, 300)
    example = arguments(presenter_id=FirstOf("list_presenters"), audio=FileOf("text_to_speech"))

    presenter_id: Identifier | None = Field(
        default=None, serialization_alias="actorEntityId", description="Default: any of list_presenters."
    )
    audio: AudioRef = Field(serialization_alias="audioFileId", description="Recording, or sound of text_to_speech.")
    quality: Quality = Field(default="auto", serialization_alias="avatarQuality")
