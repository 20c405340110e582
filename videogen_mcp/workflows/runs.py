"""What the workflows that make finished videos share: how they look and sound, their edits, and their export."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from videogen_mcp.workflows.base import (
    PROMPT_CHARACTERS,
    TEXT,
    ImageRef,
    MediaArgument,
    Workflow,
)
from videogen_mcp.workflows.captions import Captions, look
from videogen_mcp.workflows.edit_rules import Kind, is_file
from videogen_mcp.workflows.edits import StartEdits, media_of
from videogen_mcp.workflows.schema import BLANKS
from videogen_mcp.workflows.spellings import bare, one_word, place

STYLE_CHARACTERS = 2_000
"""The vendor's own examples of a style are a paragraph of some 400 characters."""

NOTES_CHARACTERS = 8_000
"""As for prompts: the API states no limit."""

DEFAULT_STYLE = "Photorealistic photograph, natural lighting"
"""The API needs a style; this is the one that the vendor's own MCP server takes when there is none."""

EXPORT_QUALITIES = {"sd": "STANDARD", "hd": "HIGH", "full_hd": "FULL_HIGH", "4k": "ULTRA_HIGH"}
"""By their names; which sizes in pixels they have is not documented."""

ExportQuality = Annotated[
    Literal["auto", "sd", "hd", "full_hd", "4k"],
    one_word(
        **{name.casefold(): word for word, name in EXPORT_QUALITIES.items()},
        **{"480p": "sd", "720p": "hd", "1080p": "full_hd", "2160p": "4k", "uhd": "4k", "ultra_hd": "4k"},
        **{"low": "sd", "max": "4k", "fullhd": "full_hd", "full hd": "full_hd", "fhd": "full_hd", "full-hd": "full_hd"},
    ),
]
Pacing = Annotated[
    Literal["auto", "slow", "medium", "fast"],
    one_word(quick="fast", calm="slow", normal="medium", standard="medium"),
    PlainSerializer(str.upper, return_type=str),
]


def _mood_or_sound(value: object) -> object:
    """Return words as they are, what names a file without what surrounds it, and "" for no music."""
    if value is True:
        raise ValueError("must be a mood in words, a sound file, or none")
    if value is False:
        return ""
    meant = place(value)
    if not isinstance(meant, str):
        return meant
    if meant.casefold() in ("none", "no", "off", "false", "no music"):
        return ""
    return meant if is_file(meant) else bare(value) if isinstance(value, str) else meant


Style = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=STYLE_CHARACTERS), TEXT]
Notes = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NOTES_CHARACTERS), TEXT]
Music = Annotated[str, BeforeValidator(_mood_or_sound), Field(max_length=PROMPT_CHARACTERS), TEXT]


def export_options(quality: str) -> dict[str, str]:
    """Return the body of an export of that quality; `auto` leaves it to the service."""
    return {} if quality == "auto" else {"quality": EXPORT_QUALITIES[quality]}


def is_entity(text: str) -> bool:
    """Return whether a text is the id of an entity."""
    return bool(re.fullmatch(r"vg_enti_\w+", text))


class Entry(BaseModel):
    """An entry of a list of objects: nothing unknown, nothing that is no number."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)


class FinishedVideo(Workflow):
    """A run that makes a project, and of it an MP4 unless it is told not to."""

    kind = "workflow_run"
    toolset = "videos"
    eras = ("v2",)

    export: bool = Field(default=True, exclude=True, serialization_alias="autoExport", description="Default true.")
    export_quality: ExportQuality = Field(default="auto", exclude=True, serialization_alias="exportOptions")

    @model_validator(mode="after")
    def _exports_what_it_asks_for(self) -> FinishedVideo:
        if not self.export and self.export_quality != "auto":
            raise PydanticCustomError(
                "no_export", "export_quality is that of the MP4: leave it out where export is false"
            )
        return self

    def wire(self, resolved: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The request body; what the API leaves off by default and this tool does not is said."""
        body = super().wire(resolved) | {"autoExport": self.export}
        options = export_options(self.export_quality)
        return body | ({"exportOptions": options} if options else {})


def captions_field(description: str) -> Any:
    """Return the field of captions, which each workflow describes by what it does without a word of them."""
    return Field(
        default=None,
        exclude=True,
        serialization_alias="captionStyle",
        json_schema_extra=BLANKS,
        description=description,
    )


class EditedVideo(FinishedVideo):
    """One that can have captions, music, a logo, and edits of the project before it is exported."""

    captions_by_default: ClassVar[bool]
    own_fields: ClassVar[frozenset[Kind]] = frozenset()
    """The kinds of edits for which the request has a field of its own: captions, logo."""

    captions: Captions | None = captions_field("on, off, or a look.")
    music: Music = Field(default="", exclude=True)
    logo: ImageRef | None = Field(default=None, exclude=True, serialization_alias="logoFileId", description="Picture.")
    edits: StartEdits = Field(
        default=[],
        exclude=True,
        serialization_alias="remixActions",
        description="Before the export, as in edit_project: zoom, transitions: fade …",
    )

    @model_validator(mode="after")
    def _contradicts_nothing(self) -> EditedVideo:
        given: Mapping[str, tuple[Kind, ...]] = {
            "captions": ("captions", "no_captions") if self.captions is not None else (),
            "music": ("music", "make_music") if self.music else (),
            "logo": ("logo",) if self.logo is not None else (),
            "aspect_ratio": ("resize",) if getattr(self, "aspect_ratio", "16:9") != "16:9" else (),
            "voice": ("narrator",) if getattr(self, "voice", None) else (),
        }
        for argument, kinds in given.items():
            for index, edit in enumerate(self.edits):
                if edit.kind in kinds:
                    raise PydanticCustomError(
                        "contradiction",
                        "{argument} and edits[{index}] ({kind}) speak of the same thing: keep one",
                        {"argument": argument, "index": index, "kind": edit.kind},
                    )
        return self

    def media(self) -> list[MediaArgument]:
        """Every file id, path or address that the request names."""
        music = [MediaArgument("music", None, "AUDIO", self.music)] if is_file(self.music) else []
        return [*super().media(), *music, *media_of(self.edits)]

    def place_of(self, wire_name: str) -> str | None:
        """As for all; actions of the wire are captions, music and logo first, then the edits."""
        action = re.match(r"remixActions\[(\d+)\]", wire_name)
        if action is None:
            return super().place_of(wire_name)
        first = [kind.removeprefix("make_") for kind in self._actions({}) if kind not in self.own_fields]
        index = int(action[1])
        return first[index] if index < len(first) else f"edits[{index - len(first)}]"

    def wire(self, resolved: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The request body. Captions, music and logo are edits where the request has no fields for them."""
        body = super().wire(resolved)
        actions = [action for kind, action in self._actions(resolved or {}).items() if kind not in self.own_fields]
        if "captions" in self.own_fields and not any(edit.kind in ("captions", "no_captions") for edit in self.edits):
            body["captionStyle"] = self._caption_style()
        if "logo" in self.own_fields and self.logo is not None:
            body["logoFileId"] = (resolved or {}).get(self.logo, self.logo)
        actions += [edit.action(resolved) for edit in self.edits]
        return body | ({"remixActions": actions} if actions else {})

    def _caption_style(self) -> Mapping[str, Any] | None:
        """The look of the captions, {} for the usual one; None: no captions."""
        if self.captions is None:
            return {} if self.captions_by_default else None
        return look(self.captions).style

    def _actions(self, resolved: Mapping[str, str]) -> dict[Kind, dict[str, Any]]:
        """The edits that captions, music and logo are."""
        actions: dict[Kind, dict[str, Any]] = {}
        style = self._caption_style()
        if style is not None and not any(edit.kind in ("captions", "no_captions") for edit in self.edits):
            actions["captions"] = {"type": "ENABLE_CAPTIONS", **({"captionStyle": style} if style else {})}
        if is_file(self.music):
            actions["music"] = {"type": "SET_BACKGROUND_MUSIC", "fileId": resolved.get(self.music, self.music)}
        elif self.music:
            actions["make_music"] = {"type": "GENERATE_MUSIC", "prompt": self.music}
        if self.logo is not None:
            actions["logo"] = {"type": "SET_LOGO", "fileId": resolved.get(self.logo, self.logo)}
        return actions
