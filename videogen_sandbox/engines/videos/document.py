"""The document of a project: what its video is made of, as data that edits change and exports render.

It says what is wanted, not what was computed from it: word times, cuts and pictures follow from it (`schedule`,
`pictures`) and are kept in the project's assets. Media that were given are named by asset, never by path or file id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

VERSION = 1
"""Raised when a document written before can no longer be read as it stands."""

Transition = Literal["NONE", "FADE", "RISE", "PAN", "POP", "WIPE", "DYNAMIC"]
Pacing = Literal["FAST", "MEDIUM", "SLOW"]
Position = Literal["TOP_LEFT", "TOP_CENTER", "TOP_RIGHT", "BOTTOM_LEFT", "BOTTOM_CENTER", "BOTTOM_RIGHT"]


class Part(BaseModel):
    """A part of a document: never changed, only replaced (`model_copy(update=…)`); camelCase in JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class AspectRatio(Part):
    """Width to height, in whole numbers, not pixels."""

    width: int = Field(16, ge=1)
    height: int = Field(9, ge=1)


class Voice(Part):
    """`slug` of catalogue.VOICES; `speed` as a factor."""

    slug: str = "heart"
    speed: float = 1.0


class Presenter(Part):
    """Who is seen speaking: a drawn presenter by slug, or a portrait (asset) that stands beside the pictures."""

    slug: str | None = None
    portrait: str | None = None


class Colour(Part):
    """An RGB colour, each 0 to 255."""

    red: int = Field(ge=0, le=255)
    green: int = Field(ge=0, le=255)
    blue: int = Field(ge=0, le=255)

    @property
    def rgb(self) -> tuple[int, int, int]:
        """The colour as Pillow takes it."""
        return self.red, self.green, self.blue


class Theme(Part):
    """Colours of a slideshow: `ground` around the slides, `accent` for what stands out."""

    ground: Colour
    accent: Colour


class CaptionBackground(Part):
    """RECT is one box behind all lines, WRAPPED one for each line, WORD_BY_WORD one behind the word being said."""

    type: Literal["RECT", "WRAPPED", "WORD_BY_WORD"] = "WRAPPED"
    background_color: Colour
    border_radius_proportion: float = Field(0.2, ge=0, le=1)
    opacity_proportion: float = Field(0.6, ge=0, le=1)


class CaptionStyle(Part):
    """WorkflowCaptionStyle of the API with the sandbox's defaults. Sizes in pixels of a video of 1080 lines."""

    font_name: str = "Noto Sans"
    font_size: float = Field(60, ge=1)
    font_weight: int = 700
    text_color: Colour = Colour(red=255, green=255, blue=255)
    text_justification: Literal["LEFT", "CENTER", "RIGHT"] = "CENTER"
    vertical_alignment: Literal["TOP", "MIDDLE", "BOTTOM"] = "BOTTOM"
    stroke_color: Colour | None = Colour(red=0, green=0, blue=0)
    stroke_weight: float = Field(3, ge=0)
    background_style: CaptionBackground | None = CaptionBackground(background_color=Colour(red=10, green=12, blue=20))
    spoken_text_color: Colour | None = Colour(red=255, green=214, blue=64)
    spoken_text_stroke_color: Colour | None = None
    persist_spoken_text_color: bool = False


class Music(Part):
    """A piece given (`asset`), or written from words (`prompt`, `seed`) for the video's length. `volume` 0 to 1."""

    asset: str | None = None
    prompt: str | None = None
    seed: int = 0
    volume: float = Field(0.5, ge=0, le=1)


class Logo(Part):
    """`size_percent` of the video's width."""

    asset: str
    position: Position = "TOP_RIGHT"
    size_percent: float = Field(12, gt=0, le=100)


class Cleanup(Part):
    """What is cut out of the narration: filler words, and pauses of at least so many seconds (None: no pauses)."""

    fillers: tuple[str, ...] = ()
    min_pause_seconds: float | None = None


class Line(Part):
    """A sentence that the voice says; `pause` in seconds after it."""

    text: str
    pause: float = 0.12


class Phrase(Part):
    """A part of a recording between two pauses, in seconds of the recording."""

    start: float
    end: float


class TimedWord(Part):
    """A word of a recording, in seconds of the recording."""

    text: str
    start: float
    end: float


class Recording(Part):
    """A recorded voice, with its words where they are known."""

    asset: str
    phrases: tuple[Phrase, ...]
    words: tuple[TimedWord, ...] = ()


class Visual(Part):
    """What is seen from a word of a section on: `line` counts the section's lines or phrases, `word` those of a line.

    drawn: a picture of `prompt` in `style`; given: a picture, clip or slide (`asset`). Footage moves by itself: drawn
    in layers, or moved over the still. `stock` marks what stands in for stock footage. `references` (assets) are shown
    in a drawn picture, `palette` (assets) lends it colours.
    """

    kind: Literal["drawn", "picture", "clip", "slide"] = "drawn"
    prompt: str = ""
    style: str = ""
    seed: int = 0
    asset: str | None = None
    line: int = 0
    word: int = 0
    footage: bool = False
    motion: str = ""
    stock: bool = False
    enlarged: bool = False
    references: tuple[str, ...] = ()
    palette: tuple[str, ...] = ()


class Section(Part):
    """A scene, slide or clip. `seconds` is how long it lasts at least; None where the narration decides.

    `sound` (asset) is heard with it from its beginning: that of a clip, or what a scene sounds like.
    """

    title: str = ""
    lines: tuple[Line, ...] = ()
    recording: Recording | None = None
    seconds: float | None = None
    visuals: tuple[Visual, ...] = Field(min_length=1)
    sound: str | None = None


class Transitions(Part):
    """How one section, and how one visual within a section, gives way to the next."""

    section: Transition = "NONE"
    asset: Transition = "NONE"


class Document(Part):
    """Everything that a video is made of. The same document and assets give the same bytes."""

    version: Literal[1] = 1
    operation: str
    title: str
    aspect_ratio: AspectRatio = AspectRatio()
    language: str = "en"
    seed: int = 0
    pacing: Pacing = "MEDIUM"
    voice: Voice = Voice()
    presenter: Presenter | None = None
    theme: Theme | None = None
    captions: CaptionStyle | None = None
    music: Music | None = None
    logo: Logo | None = None
    transitions: Transitions = Transitions()
    zoom: bool = False
    cleanup: Cleanup = Cleanup()
    sections: tuple[Section, ...] = Field(min_length=1)
    notes: tuple[str, ...] = ()
    """What whoever asked for the video should know of it, in sentences."""

    @property
    def visuals(self) -> Sequence[Visual]:
        """All visuals in order."""
        return [visual for section in self.sections for visual in section.visuals]

    def with_sections(self, sections: Sequence[Section]) -> Document:
        """Return the document with other sections."""
        return self.model_copy(update={"sections": tuple(sections)})

    def dump(self) -> dict[str, Any]:
        """Return the document as JSON-able data; what has its default is left out, but version and aspect ratio."""
        data: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        always = {"version": self.version, "aspectRatio": self.aspect_ratio.model_dump(mode="json")}
        return {**always, **data, **always}


def load(data: Mapping[str, Any]) -> Document:
    """Return the document in data that `Document.dump` gave. Raise pydantic.ValidationError for anything else."""
    return Document.model_validate(data)
