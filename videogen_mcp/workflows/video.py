"""Clips: made from words or media, cut out, enlarged."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from videogen_mcp.workflows.argument_types import ClipSeconds
from videogen_mcp.workflows.base import (
    TEXT,
    AspectRatio,
    AudioRefs,
    ImageRef,
    ImageRefs,
    Marked,
    Prompt,
    Quality,
    Variants,
    VideoRef,
    VideoRefs,
)
from videogen_mcp.workflows.examples import FileOf, arguments

LINE_CHARACTERS = 1_000
"""More than anybody says in the 30 s that a clip may last."""

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LINE_CHARACTERS), TEXT]


class GenerateVideoClip(Marked):
    """One shot as a file, from words, a first frame, references or footage to transform; can speak a line in sync. For
    an editable shot: prompt_to_video_clip; for a told story: script_to_video.
    """

    path = "/v1/tools/generate-video-clip"
    title = "Generate video clip"
    typical_seconds = (60, 180)
    formerly = MappingProxyType({"source_video": "source_videos"})
    example = arguments(prompt="A golden retriever walks through the snow", duration_seconds=2)

    prompt: Prompt | None = Field(default=None, description="What happens, camera, light.")
    start_frame: ImageRef | None = Field(
        default=None, serialization_alias="startFrameFileId", description="Picture that becomes the first frame."
    )
    reference_images: ImageRefs = Field(
        default=[], max_length=4, serialization_alias="imageFileIds", description="For looks."
    )
    source_videos: VideoRefs = Field(
        default=[], max_length=4, serialization_alias="videoFileIds", description="For motion or style."
    )
    reference_audio: AudioRefs = Field(
        default=[], max_length=4, serialization_alias="audioFileIds", description="Voice to lip-sync to."
    )
    spoken_dialogue: Line | None = Field(default=None, description="Exact words spoken in sync.")
    voice_description: Line | None = Field(default=None, description="Voice for them, like: old, hoarse, Scottish.")
    with_audio: bool = Field(
        default=False,
        serialization_alias="generateAudio",
        description="True guarantees sound, as spoken_dialogue does.",
    )
    without_music: bool = Field(default=False, serialization_alias="suppressBackgroundMusic")
    duration_seconds: ClipSeconds = Field(default=None, description="1 to 30; 0: automatic.")
    aspect_ratio: AspectRatio = "16:9"
    quality: Quality = "auto"
    count: Variants = 1

    @model_validator(mode="after")
    def _can_begin(self) -> GenerateVideoClip:
        if not (self.prompt or self.start_frame or self.reference_images or self.source_videos):
            raise PydanticCustomError(
                "nothing_to_start_from",
                "needs at least one of prompt, start_frame, reference_images and source_videos",
            )
        if self.voice_description and not self.spoken_dialogue:
            raise PydanticCustomError(
                "no_words", "voice_description describes the voice of spoken_dialogue: give the words there"
            )
        return self

    def sound(self) -> str:
        """Return whether it was asked for: without, the service may leave it out."""
        return "with sound" if self.with_audio or self.spoken_dialogue else "sound not asked for"

    def wire(self, resolved: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the request body; dialogue needs the sound that carries it."""
        return super().wire(resolved) | ({"generateAudio": True} if self.spoken_dialogue else {})


class _FromVideo(Marked):
    video: VideoRef = Field(serialization_alias="videoFileId")


class RemoveVideoBackground(_FromVideo):
    """Cut the moving subject out of a video: transparent background, sound kept where there is any."""

    path = "/v1/tools/remove-video-background"
    title = "Remove video background"
    typical_seconds = (60, 300)
    example = arguments(video=FileOf("generate_video_clip"))


class UpscaleVideo(_FromVideo):
    """Enlarge and sharpen a video file. For a finished video choose its export_quality first."""

    path = "/v1/tools/upscale-video"
    title = "Upscale video"
    typical_seconds = (60, 300)
    example = arguments(video=FileOf("generate_video_clip"))
