"""Clips: made from words or media, cut out, enlarged."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, PlainSerializer, SerializationInfo, model_validator
from pydantic_core import PydanticCustomError

from videogen_mcp.workflows.base import (
    AspectRatio,
    FileOf,
    ImageRefs,
    Marked,
    Prompt,
    Quality,
    VideoRef,
    arguments,
    file_id,
)


def _in_a_list(value: str, info: SerializationInfo) -> list[str]:
    """Today's API takes up to four source videos; one is what both eras understand."""
    return [file_id(value, info)]


OneVideo = Annotated[VideoRef, PlainSerializer(_in_a_list, return_type=list[str])]


class GenerateVideoClip(Marked):
    """Create a short video clip from a prompt, images or a source video to transform."""

    path = "/v1/tools/generate-video-clip"
    title = "Generate video clip"
    typical_seconds = (60, 180)
    example = arguments(prompt="A golden retriever on a sandy beach", duration_seconds=2)

    prompt: Prompt | None = Field(default=None, description="What to show.")
    reference_images: ImageRefs = Field(default=[], max_length=4, serialization_alias="imageFileIds")
    source_video: OneVideo | None = Field(default=None, serialization_alias="videoFileIds")
    with_audio: bool = Field(default=False, serialization_alias="generateAudio", description="True guarantees sound.")
    aspect_ratio: AspectRatio = "16:9"
    duration_seconds: int | None = Field(default=None, ge=1, le=30)
    quality: Quality = "auto"

    @model_validator(mode="after")
    def _starts_from_something(self) -> GenerateVideoClip:
        if not (self.prompt or self.reference_images or self.source_video):
            raise PydanticCustomError(
                "nothing_to_start_from", "needs at least one of prompt, reference_images and source_video"
            )
        return self


class _FromVideo(Marked):
    video: VideoRef = Field(serialization_alias="videoFileId")


class RemoveVideoBackground(_FromVideo):
    """Cut the moving subject out of a video: the result has a transparent background."""

    path = "/v1/tools/remove-video-background"
    title = "Remove video background"
    typical_seconds = (60, 300)
    example = arguments(video=FileOf("generate_video_clip"))


class UpscaleVideo(_FromVideo):
    """Enlarge a video and sharpen its detail."""

    path = "/v1/tools/upscale-video"
    title = "Upscale video"
    typical_seconds = (60, 300)
    example = arguments(video=FileOf("generate_video_clip"))
