"""What a workflow is: a declaration from which the tool, its checks, the request body, the rows of the tables in
README and docs, and its part of the demo all follow.

A workflow knows what can be asked and how the request is written on the wire. It knows nothing of how it is
run. Wire names are those of today's API; the API client's dialect maps them for the older one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from inspect import cleandoc
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, get_args
from urllib.parse import quote

from pydantic import (
    AfterValidator,
    AliasGenerator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PrivateAttr,
    SerializationInfo,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic.alias_generators import to_camel, to_snake

from videogen_mcp.workflows.call_arguments import PATH_CHARACTERS, SaveTo, WaitSeconds
from videogen_mcp.workflows.schema import BLANKS, UNPUBLISHED, published
from videogen_mcp.workflows.spellings import aspect_ratio, file_name, identifier, one_word, place, places

if TYPE_CHECKING:
    from videogen_mcp.settings import Toolset

PROMPT_CHARACTERS = 8_000
"""The API states no limit; the longest prompts of the vendor's examples are a tenth of this."""

LABEL_CHARACTERS = 80
"""A label shares a progress message of at most 200 characters with percent, time and id."""

ID_CHARACTERS = 200
"""Ids are about 30 characters long; voices may also be named by their display names."""

Kind = Literal["IMAGE", "VIDEO", "AUDIO", "DOCUMENT", "VISUAL"]
"""What a file holds; a document is a PDF or a PowerPoint presentation, a visual a picture or a video."""

Era = Literal["v0", "v2"]
"""A version of VideoGen's API: `v0` is that of SDK 0.0.38 (the seed era), `v2` is today's."""


@dataclass(frozen=True)
class MediaKind:
    """Marks an argument that names media, and which kind the service wants there; None: whatever it is."""

    kind: Kind | None


@dataclass(frozen=True)
class MediaArgument:
    """One piece of media a request names: `argument` is the tool's word, `index` its place in a list of them."""

    argument: str
    index: int | None
    kind: Kind | None
    value: str


class AssistantOf(NamedTuple):
    """The assistant of a project, and the action that it must have offered."""

    project_id: str
    action_id: str | None = None


def file_id(value: str, info: SerializationInfo) -> str:
    """The file id that stands for `value`, where the caller resolved it; ids stand for themselves."""
    resolved: Mapping[str, str] = info.context or {}
    return resolved.get(value, value)


TEXT = WithJsonSchema({"type": "string"})
"""How an argument is published whose bounds say nothing to a model."""

_Reference = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=PATH_CHARACTERS),
    BeforeValidator(place),
    TEXT,
    PlainSerializer(file_id, return_type=str),
]
ImageRef = Annotated[_Reference, MediaKind("IMAGE")]
VideoRef = Annotated[_Reference, MediaKind("VIDEO")]
AudioRef = Annotated[_Reference, MediaKind("AUDIO")]
DocumentRef = Annotated[_Reference, MediaKind("DOCUMENT")]
AnyRef = Annotated[_Reference, MediaKind(None)]
ImageRefs = Annotated[list[ImageRef], BeforeValidator(places)]
VideoRefs = Annotated[list[VideoRef], BeforeValidator(places)]
AudioRefs = Annotated[list[AudioRef], BeforeValidator(places)]
AnyRefs = Annotated[list[AnyRef], BeforeValidator(places)]
VisualRefs = Annotated[list[Annotated[_Reference, MediaKind("VISUAL")]], BeforeValidator(places)]

Identifier = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=ID_CHARACTERS),
    BeforeValidator(identifier),
    TEXT,
]


def _path_step(text: str) -> str:
    if not text.isprintable() or not text.strip("."):
        raise ValueError("is not an id")
    return text


PathId = Annotated[Identifier, AfterValidator(_path_step)]
"""An id that stands in the path of the request."""

Prompt = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=PROMPT_CHARACTERS), TEXT]


def _ratio_on_the_wire(text: str) -> dict[str, int]:
    width, height = text.split(":")
    return {"width": int(width), "height": int(height)}


AspectRatio = Annotated[
    str,
    BeforeValidator(aspect_ratio),
    PlainSerializer(_ratio_on_the_wire, return_type=dict[str, int]),
]

Quality = Annotated[
    Literal["auto", "low", "standard", "high", "max"],
    one_word(medium="standard", normal="standard", highest="max", maximum="max"),
    PlainSerializer(str.upper, return_type=str),
]

_WATERMARKS = {"auto": "AUTO", "always": "VIDEO_GEN", "never": "NONE"}
Watermark = Annotated[
    Literal["auto", "always", "never"],
    one_word(
        false="never",
        none="never",
        no="never",
        off="never",
        true="always",
        yes="always",
        on="always",
        video_gen="always",
    ),
    PlainSerializer(_WATERMARKS.__getitem__, return_type=str),
]

Count = Annotated[int, Field(ge=1, le=100, serialization_alias="numResults")]
Variants = Annotated[Count, Field(description="Variants, each paid.")]


DEFAULTS: Mapping[str, str] = MappingProxyType({"aspect_ratio": "{}", "quality": "quality {}", "voice": "voice {}"})
"""Arguments that answers tell where they were left out, and how."""


class Workflow(BaseModel):
    """One VideoGen workflow: its fields are the tool's arguments and, renamed, the request body.

    A subclass names the tool (`GenerateImage` is `generate_image`) and its docstring describes it. A field's
    default is what the service does by itself when the argument is absent, or None (an empty list or map) where
    the service decides: either way it is not sent.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=AliasGenerator(serialization_alias=to_camel),
        allow_inf_nan=False,
        defer_build=True,
    )

    kind: ClassVar[str] = "tool_execution"
    """The kind of execution that it starts (`executions.kinds`)."""
    toolset: ClassVar[Toolset] = "workflows"
    """The toolset that its tool is in."""
    path: ClassVar[str]
    """What is asked; ids in braces are filled in by `submit_path`."""
    title: ClassVar[str]
    typical_seconds: ClassVar[tuple[int, int]]
    """What one result usually takes at the service: the vendor's figures where there are any (NOTES section 2)."""
    eras: ClassVar[tuple[Era, ...]] = ("v0", "v2")
    """The versions of the API that have it; the API client refuses it with a reason in the other one."""
    formerly: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Names that arguments had once and are still taken by, and their names today."""
    example: ClassVar[Mapping[str, Any]]
    """Arguments of the demo's call. A value may be what another workflow makes, `FirstOf` a catalogue tool or a file of
    the demo's own."""
    quality_by_itself: ClassVar[str] = "auto"
    """What the service takes where none is asked for; auto: as the account has it."""
    makes_files: ClassVar[bool] = True
    """Whether it has results that can be saved."""

    _speaker: str | None = PrivateAttr(None)

    # Of the call, not of the request: the same request may be saved elsewhere, or waited for longer, another time.
    save_to: SaveTo | None = Field(default=None, exclude=True)
    wait_seconds: WaitSeconds | None = Field(default=None, exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _by_todays_names(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        names = {old: name for old, name in cls.formerly.items() if old in given and name not in given}
        return {names.get(name, name): value for name, value in given.items()}

    @classmethod
    def tool_name(cls) -> str:
        """The MCP tool's name."""
        return to_snake(cls.__name__)

    @classmethod
    def purpose(cls) -> str:
        """What it makes, in a sentence or two: the docstring of the class on one line."""
        return " ".join(cleandoc(cls.__doc__ or "").split())

    @classmethod
    def description(cls) -> str:
        """The tool's description: what it makes, and how long that usually takes."""
        return f"{cls.purpose()} {range_text(cls.typical_seconds)}."

    @classmethod
    def input_schema(cls, *, local_files: bool = True) -> dict[str, Any]:
        """The JSON schema of the arguments. `local_files`: whether media arguments take paths of this machine.

        What they take is said where an argument has no words of its own; the server's instructions say it of all.
        """
        schema = published(cls)
        if not (local_files and cls.makes_files):
            del schema["properties"]["save_to"]
        for name in _media_arguments(cls).keys() & schema["properties"]:
            described = schema["properties"][name]
            if cls.model_fields[name].description is None:
                takes = ("File ids", "URLs", "paths") if described["type"] == "array" else ("File id", "URL", "path")
                words = f"{takes[0]}, {takes[1]} or {takes[2]}." if local_files else f"{takes[0]} or {takes[1]}."
                described["description"] = f"{words} {described.get('description', '')}".rstrip()
        return schema

    @classmethod
    def argument_for(cls, wire_name: str) -> str | None:
        """The argument that a wire name (also a nested one such as `aspectRatio.width`) speaks of, if any."""
        head = re.split(r"[.\[]", wire_name, maxsplit=1)[0]
        for name, field in cls.model_fields.items():
            if head in (name, field.serialization_alias):
                return name
        return None

    def place_of(self, wire_name: str) -> str | None:
        """Where in this request a wire name speaks of, such as `aspect_ratio.width` for `aspectRatio.width`; None where
        that is no argument. What lies deeper and has other names on the wire is left out.
        """
        argument = self.argument_for(wire_name)
        deeper = re.match(r"\w+((?:\[\d+\]|\.[a-z]+\b)*)", wire_name)
        return None if argument is None else argument + (deeper[1] if deeper else "")

    def media(self) -> list[MediaArgument]:
        """Every file id or local path the request names, in the order of its arguments."""
        found: list[MediaArgument] = []
        for argument, kind in _media_arguments(type(self)).items():
            value = getattr(self, argument)
            if isinstance(value, list):
                found += [MediaArgument(argument, index, kind, one) for index, one in enumerate(value)]
            elif value:
                found.append(MediaArgument(argument, None, kind, value))
        return found

    def assistant_of(self) -> AssistantOf | None:
        """The assistant that the path speaks of, which has to be looked up; None where it speaks of none."""
        return None

    def submit_path(self, assistant_id: str = "") -> str:
        """The path of this request: `path` with the arguments of those names in place of its braces.

        They are declared with `exclude=True`, so that the body leaves them out. `assistant_id` is what
        `assistant_of` stands for.
        """

        def filled(brace: re.Match[str]) -> str:
            argument = type(self).argument_for(brace[1])
            return quote(assistant_id if argument is None else getattr(self, argument), safe="")

        return re.sub(r"\{(\w+)\}", filled, self.path)

    def export_body(self) -> dict[str, Any] | None:
        """The body of the export that follows a project's edits; None where nothing is exported."""
        return None

    def wire(self, resolved: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The request body; what was not asked for is left to the service.

        `resolved` gives the file id for each media value that is not one itself (a local path).
        """
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True, context=dict(resolved or {}))

    def defaults(self) -> dict[str, str]:
        """What is decided for the caller and shows in the result, in words by argument: {"quality": "quality auto"}."""
        told = {} if self._speaker is None else {"voice": self._speaker}
        for name in DEFAULTS.keys() & type(self).model_fields.keys():
            value = getattr(self, name)
            if value in (None, "auto"):
                told[name] = DEFAULTS[name].format(self.quality_by_itself if name == "quality" else "auto")
            elif name not in self.model_fields_set:
                told[name] = DEFAULTS[name].format(value)
        return {name: told[name] for name in DEFAULTS if name in told}

    def spoken_by(self, voice_id: str, in_words: str) -> Workflow:
        """Return this request with the voice that was chosen for it, which answers name in those words."""
        chosen = self.model_copy(update={"voice": voice_id})
        chosen._speaker = in_words  # noqa: SLF001 - of its own class
        return chosen

    def sound(self) -> str | None:
        """Whether the clip that it makes has sound, where only the request tells."""
        return None

    @property
    def label(self) -> str:
        """What it is about, on one line: the prompt, or the media it starts from."""
        subject = self.subject()
        flat = " ".join(subject.split())
        return flat if len(flat) <= LABEL_CHARACTERS else flat[: LABEL_CHARACTERS - 1].rstrip() + "…"

    def subject(self) -> str:
        """The words `label` shortens: the prompt where there is one, else the names of the media."""
        return getattr(self, "prompt", None) or ", ".join(file_name(one.value) for one in self.media())


class SingleMedia(Workflow):
    """A workflow of the API's tools (/v1/tools/…), which make files that belong to no project."""

    count: Count = Field(default=1, json_schema_extra=UNPUBLISHED)
    temporary: bool = Field(default=False, serialization_alias="isOutputTemporary", json_schema_extra=UNPUBLISHED)


class Marked(SingleMedia):
    """One whose results can carry VideoGen's watermark."""

    watermark: Watermark = Field(
        default="auto", serialization_alias="watermarkMode", json_schema_extra={**UNPUBLISHED, **BLANKS}
    )


def range_text(seconds: tuple[int, int]) -> str:
    """Return the range of seconds as text: (15, 60) is "15-60 s", (60, 180) is "1-3 min"."""
    low, high = seconds
    if low >= 60 and low % 60 == 0 and high % 60 == 0:
        return f"{low // 60}-{high // 60} min"
    return f"{low}-{high} s"


@cache
def _media_arguments(workflow: type[Workflow]) -> dict[str, Kind | None]:
    """The arguments that name media, read from their annotations."""
    found: dict[str, Kind | None] = {}
    for name, field in workflow.model_fields.items():
        inner = [mark for part in get_args(field.annotation) for mark in getattr(part, "__metadata__", ())]
        for mark in (*field.metadata, *inner):
            if isinstance(mark, MediaKind):
                found[name] = mark.kind
    return found
