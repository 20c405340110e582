"""Finished videos of moving pictures: a storyboard, one shot, and footage that is restyled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from videogen_mcp.workflows.argument_types import ClipSeconds, Identifiers, automatic_at
from videogen_mcp.workflows.base import TEXT, AspectRatio, ImageRefs, MediaArgument, Prompt, Quality, VideoRef
from videogen_mcp.workflows.captions import Captions
from videogen_mcp.workflows.examples import FileOf, arguments
from videogen_mcp.workflows.runs import (
    EditedVideo,
    Entry,
    FinishedVideo,
    Notes,
    Style,
    captions_field,
    is_entity,
)
from videogen_mcp.workflows.spellings import one_word

WORDS_CHARACTERS = 500
"""Of one storyboard scene: what is spoken in it may take about 20 s (openapi.yaml, GenerateStoryboardScene)."""

TITLE_CHARACTERS = 200
"""A title is a line."""

MOST_SCENES = 30
"""Of a storyboard. Each is paid as a clip: more are hardly meant, and better made in parts."""


class Scene(Entry):
    """One scene of a storyboard."""

    prompt: Prompt = Field(description="What happens, camera.")
    words: Annotated[str, Field(max_length=WORDS_CHARACTERS), TEXT] = Field(
        default="", description="Voice-over; at most its seconds."
    )
    title: Annotated[str, Field(max_length=TITLE_CHARACTERS), TEXT] = ""
    seconds: Annotated[
        Annotated[int, Field(ge=1, le=15)] | None,
        automatic_at(0),
        WithJsonSchema({"type": "integer"}),
    ] = Field(default=None, description="1 to 15; 0: automatic.")


def _as_scene(value: object) -> object:
    return {"prompt": value} if isinstance(value, str) else value


Scenes = Annotated[
    list[Annotated[Scene, BeforeValidator(_as_scene)]],
    Field(min_length=1, max_length=MOST_SCENES),
]


class StoryboardToVideo(EditedVideo):
    """Finished video of scenes that you direct shot by shot, with moving pictures and one cast. Each scene is paid as a
    clip: rarely more than 3; from a minute on take script_to_video.
    """

    path = "/v1/workflows/storyboard-to-video"
    title = "Storyboard to video"
    typical_seconds = (180, 900)
    captions_by_default = False
    quality_by_itself = "high"
    example = arguments(
        scenes=[
            {"prompt": "A sailing boat glides out of a harbour at dawn", "seconds": 3},
            {"prompt": "A lighthouse on a rock, storm", "words": "Home is far away.", "seconds": 3},
        ]
    )

    scenes: Scenes = Field(exclude=True, description="In order.")
    style: Style | None = Field(
        default=None, exclude=True, serialization_alias="defaultGeneration", description="Look of all scenes."
    )
    actors: Identifiers = Field(
        default=[],
        serialization_alias="actorEntityIds",
        description="Entity ids of who appears; say who and where in each prompt.",
    )
    products: Identifiers = Field(default=[], serialization_alias="productEntityIds")
    aspect_ratio: AspectRatio = "16:9"
    quality: Annotated[
        Literal["auto", "high", "max"], one_word(standard="high", low="high", medium="high", maximum="max")
    ] = Field(default="auto", exclude=True, description="Of opening frames.")
    captions: Captions | None = captions_field("off (default), on, or a look.")
    notes: Notes | None = Field(default=None, serialization_alias="workflowAgentContext")

    def subject(self) -> str:
        """The prompts of the scenes."""
        return " / ".join(scene.prompt for scene in self.scenes)

    def wire(self, resolved: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The request body. The style of an entity stands in each scene, one in words once for all."""
        look: dict[str, Any] = {}
        of_scene: dict[str, Any] = {}
        if self.style is not None and is_entity(self.style):
            of_scene = {"visualStyleEntityId": self.style}
        elif self.style is not None:
            look = {"defaultGeneration": {"aiStyle": self.style}}
        quality = {} if self.quality == "auto" else {"quality": self.quality.upper()}
        scenes = [_scene_on_the_wire(scene) | of_scene for scene in self.scenes]
        return super().wire(resolved) | {"scenes": scenes} | look | quality


class PromptToVideoClip(FinishedVideo):
    """One shot like generate_video_clip, but as a project that can be edited and exported again. Choose it only if
    edits will follow.
    """

    path = "/v1/workflows/prompt-to-video-clip"
    title = "Prompt to video clip"
    typical_seconds = (120, 300)
    example = arguments(prompt="A hot-air balloon over the mountains at sunrise", duration_seconds=2)

    prompt: Prompt = Field(description="What happens, camera, light.")
    reference_images: ImageRefs = Field(
        default=[], max_length=4, serialization_alias="imageFileIds", description="For the opening frame."
    )
    duration_seconds: ClipSeconds = Field(default=None, description="1 to 30; 0: 10.")
    aspect_ratio: AspectRatio = "16:9"
    quality: Quality = "auto"


class VideoToVideo(FinishedVideo):
    """Restyle footage of at most 120 s (as anime, at night …); motion, length and timing stay. Sharper: upscale_video.
    Change of a project: edit_project.
    """

    path = "/v1/workflows/video-to-video"
    title = "Video to video"
    typical_seconds = (180, 900)
    quality_by_itself = "high"
    example = arguments(video=FileOf("generate_video_clip"), prompt="Hand-drawn, warm colours")

    video: VideoRef = Field(serialization_alias="videoFileId", description="Also a web page with a video.")
    prompt: Prompt = Field(description="The new look.")
    keep_audio: bool = Field(
        default=True, exclude=True, serialization_alias="audio", description="Default true; false: new sound."
    )
    quality: Quality = Field(default="auto", description="Default high; higher costs more and keeps closer.")

    @property
    def is_address(self) -> bool:
        """Whether the video is on the web: the run fetches it itself."""
        return bool(re.match(r"https?://", self.video, re.IGNORECASE))

    def media(self) -> list[MediaArgument]:
        """The video, unless the run fetches it itself."""
        return [] if self.is_address else super().media()

    def subject(self) -> str:
        """The new look."""
        return self.prompt

    def wire(self, resolved: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The request body."""
        body = super().wire(resolved)
        if self.is_address:
            body["videoUrl"] = body.pop("videoFileId")
        return body | ({} if self.keep_audio else {"audio": "GENERATE"})


def _scene_on_the_wire(scene: Scene) -> dict[str, Any]:
    """A scene as the API has it; what was not asked for is left out."""
    named = {
        "prompt": scene.prompt,
        "title": scene.title,
        "voiceoverScript": scene.words,
        "durationSeconds": scene.seconds,
    }
    return {name: value for name, value in named.items() if value}
