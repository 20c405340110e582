"""Finished videos in which somebody speaks: a script, a recording, or slides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from videogen_mcp.workflows.argument_types import Speed
from videogen_mcp.workflows.audio import LanguageTag
from videogen_mcp.workflows.base import (
    TEXT,
    AspectRatio,
    AudioRef,
    DocumentRef,
    Identifier,
    Prompt,
    Quality,
    VisualRefs,
)
from videogen_mcp.workflows.captions import Captions
from videogen_mcp.workflows.examples import FileOf, OwnFile, arguments
from videogen_mcp.workflows.runs import (
    DEFAULT_STYLE,
    EditedVideo,
    Entry,
    Music,
    Notes,
    Pacing,
    Style,
    captions_field,
    is_entity,
)
from videogen_mcp.workflows.schema import EMPTY_ENTRIES
from videogen_mcp.workflows.spellings import number

SCRIPT_CHARACTERS = 30_000
"""About 5,000 words, or half an hour; what is longer is better made, watched and corrected in parts."""

NO_NOTES = "No narration: a PDF has no speaker notes. Give slide_scripts to have it spoken."
SPOKEN_NOTES = "What is spoken are the speaker notes; slides without notes are silent, unless slide_scripts has words."

Script = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=SCRIPT_CHARACTERS), TEXT]
Seconds = Annotated[
    Annotated[float, Field(ge=0)],
    BeforeValidator(lambda value: number(value, seconds=True)),
    WithJsonSchema({"type": "number"}),
]


class Direction(Entry):
    """What is shown while a part of a recording is heard, in seconds from its beginning."""

    start: Seconds
    end: Seconds
    show: Prompt

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Direction:
        if self.end <= self.start:
            raise ValueError("ends before it starts")
        return self


def _in_order(directions: list[Direction]) -> list[Direction]:
    for before, after in pairwise(directions):
        if after.start < before.end:
            raise ValueError("must follow each other without overlapping")
    return directions


def _silent_for_nothing(value: object) -> object:
    return ["" if one is None else one for one in value] if isinstance(value, list) else value


Directions = Annotated[list[Direction], AfterValidator(_in_order)]
SlideScripts = Annotated[
    list[Annotated[str, StringConstraints(strip_whitespace=True, max_length=SCRIPT_CHARACTERS), TEXT]],
    BeforeValidator(_silent_for_nothing),
]


class _Illustrated(EditedVideo):
    """One whose pictures are drawn in a style, or found among stock footage, to what is spoken."""

    style: Style | None = Field(default=None, exclude=True, serialization_alias="visualStyle")
    stock: bool = Field(default=False, exclude=True)

    @model_validator(mode="after")
    def _is_drawn_or_found(self) -> _Illustrated:
        if self.stock and self.style is not None:
            raise PydanticCustomError(
                "style_of_stock",
                "style is of drawn pictures, and stock footage is found: leave one out; notes can direct",
            )
        return self

    def wire(self, resolved: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The request body, with the style that the API needs."""
        if self.stock:
            style = {"type": "STOCK"}
        elif self.style is not None and is_entity(self.style):
            style = {"type": "AI_IMAGE", "entityId": self.style}
        else:
            style = {"type": "AI_IMAGE", "aiStyle": self.style or DEFAULT_STYLE}
        return super().wire(resolved) | {"visualStyle": style}


class ScriptToVideo(_Illustrated):
    """Main way to a finished video: speaks your script, puts a picture to each sentence, captions, music, and exports
    one MP4 (and an editable project). Best for 20 s and more.
    """

    path = "/v1/workflows/script-to-video"
    title = "Script to video"
    typical_seconds = (180, 600)
    captions_by_default = True
    example = arguments(
        script="Tides rise and fall twice a day. The moon pulls the sea towards it.",
        music="calm piano",
        style="storybook illustration, soft light",
    )

    script: Script = Field(description="Spoken word for word, about 150 words a minute; directions belong in notes.")
    style: Style | None = Field(
        default=None,
        exclude=True,
        serialization_alias="visualStyle",
        description="Look in words, like watercolour, soft light (default: photograph), or a visual_style's id.",
    )
    stock: bool = Field(default=False, exclude=True, description="True: stock footage instead of drawn pictures.")
    aspect_ratio: AspectRatio = Field(default="16:9", description="Like 9:16; default 16:9.")
    pacing: Pacing = Field(
        default="auto", serialization_alias="visualPacing", description="How often the picture changes."
    )
    quality: Quality = Field(default="auto", description="Of pictures and presenter; higher costs more.")
    language: LanguageTag = Field(default=None, description="Of the script; default en.")
    voice: Identifier | None = Field(default=None, serialization_alias="voiceId", description="As in list_voices.")
    speed: Speed = Field(default=None, serialization_alias="voiceSpeed")
    presenter_id: Identifier | None = Field(
        default=None,
        serialization_alias="actorEntityId",
        description="From list_presenters: a person on screen speaks. Default: voice only.",
    )
    b_roll: VisualRefs = Field(
        default=[], serialization_alias="featuredBRollFileIds", description="Own pictures and clips."
    )
    restyle_b_roll: bool = Field(default=False, exclude=True, description="True: redraws own pictures in the style.")
    notes: Notes | None = Field(
        default=None, serialization_alias="workflowAgentContext", description="Never spoken: what to show, to avoid."
    )
    captions: Captions | None = captions_field("on (default), off, or a look: large, bold, yellow, boxed, top …")
    music: Music = Field(
        default="", exclude=True, description="none (default), a mood in words (generated), or a sound file."
    )

    @model_validator(mode="after")
    def _has_words(self) -> ScriptToVideo:
        if not re.search(r"\w", self.script):
            raise PydanticCustomError("no_words", "script has no words to speak")
        return self

    def subject(self) -> str:
        """The script."""
        return self.script

    def wire(self, resolved: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The request body. The service would redraw own pictures; this tool leaves them as they are by default."""
        body = super().wire(resolved) | _avatar_quality(self.presenter_id, self.quality)
        if self.b_roll and not self.stock:
            body["visualStyle"]["restyleFeaturedBRollWithAiStyle"] = self.restyle_b_roll
        return body


class VoiceoverToVideo(_Illustrated):
    """Finished video to a recording that exists (podcast, voice memo): pictures and captions are added, the voice
    stays. Without a recording: script_to_video. Arguments as there.
    """

    path = "/v1/workflows/voiceover-to-video"
    title = "Voiceover to video"
    typical_seconds = (180, 600)
    captions_by_default = True
    own_fields = frozenset({"captions", "logo"})
    example = arguments(audio=FileOf("text_to_speech"), stock=True)

    audio: AudioRef = Field(serialization_alias="fileId", description="Recording with speech.")
    style: Style | None = Field(default=None, exclude=True, serialization_alias="visualStyle")
    stock: bool = Field(default=False, exclude=True)
    aspect_ratio: AspectRatio = "16:9"
    pacing: Pacing = Field(default="auto", serialization_alias="visualPacing")
    quality: Quality = "auto"
    language: LanguageTag = Field(default=None, description="Of the recording; default en.")
    presenter_id: Identifier | None = Field(default=None, serialization_alias="actorEntityId")
    captions: Captions | None = captions_field("on (default), off, or a look.")
    scenes: Directions = Field(default=[], exclude=True, description="What to show when, in order.")
    notes: Notes | None = Field(default=None, serialization_alias="workflowAgentContext")

    def file_to_check(self) -> str | None:
        """The recording, where it is said what is shown when."""
        return self.audio if self.scenes else None

    def checked(self, file_type: str | None, seconds: float | None) -> str | None:
        """Nothing; raise ValueError for a scene after the end of the recording."""
        for index, scene in enumerate(self.scenes):
            if seconds is not None and scene.start >= seconds:
                raise ValueError(f"scenes[{index}] starts at {scene.start:g} s, and audio ends at {seconds:.1f} s")
        return None

    def wire(self, resolved: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The request body."""
        scenes = [
            {"startSeconds": scene.start, "endSeconds": scene.end, "description": scene.show} for scene in self.scenes
        ]
        body = super().wire(resolved) | _avatar_quality(self.presenter_id, self.quality)
        return body | ({"scenes": scenes} if scenes else {})


class SlideshowToVideo(EditedVideo):
    """Finished narrated video from slides, each shown while its text is spoken."""

    path = "/v1/workflows/slideshow-to-video"
    title = "Slideshow to video"
    typical_seconds = (180, 600)
    captions_by_default = False
    own_fields = frozenset({"captions", "logo"})
    example = arguments(
        deck=OwnFile("deck.pdf"),
        slide_scripts=["Twice a day the sea rises and falls.", "The moon pulls the water as the earth turns."],
    )

    deck: DocumentRef = Field(serialization_alias="fileId", description="PDF or PPTX.")
    slide_scripts: SlideScripts = Field(
        default=[],
        json_schema_extra=EMPTY_ENTRIES,
        description='Words per slide, in order; "" is silent. Default: the speaker notes; a PDF has none.',
    )
    silent: bool = Field(default=False, exclude=True, description="True: no narration at all.")
    theme: Identifier | None = Field(
        default=None, serialization_alias="slideshowThemeEntityId", description="A slideshow_theme's id."
    )
    aspect_ratio: AspectRatio = "16:9"
    language: LanguageTag = None
    voice: Identifier | None = Field(default=None, serialization_alias="voiceId")
    speed: Speed = Field(default=None, serialization_alias="voiceSpeed")
    presenter_id: Identifier | None = Field(default=None, serialization_alias="actorEntityId")
    quality: Quality = Field(default="auto", serialization_alias="avatarQuality", description="Of a presenter.")
    captions: Captions | None = captions_field("off (default), on, or a look.")

    @model_validator(mode="after")
    def _speaks_or_not(self) -> SlideshowToVideo:
        if self.silent and any(self.slide_scripts):
            raise PydanticCustomError("silent_scripts", "slide_scripts are spoken, and silent is true: leave one out")
        return self

    def file_to_check(self) -> str | None:
        """The deck, where its own notes are to be spoken."""
        return None if self.silent or self.slide_scripts else self.deck

    def checked(self, file_type: str | None, seconds: float | None) -> str | None:
        """What is spoken, as far as the type of the deck tells."""
        return NO_NOTES if file_type == "PDF" else SPOKEN_NOTES

    def wire(self, resolved: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The request body; an empty list of scripts silences all slides."""
        return super().wire(resolved) | ({"slideScripts": []} if self.silent else {})


def _avatar_quality(presenter_id: str | None, quality: str) -> dict[str, str]:
    """The quality of a presenter, where there is one and a quality was asked for."""
    return {"avatarQuality": quality.upper()} if presenter_id and quality != "auto" else {}
