"""Sound: spoken text and effects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, StringConstraints, WithJsonSchema

from videogen_mcp.workflows.base import CatalogueId, FirstOf, Prompt, Workflow, arguments

TEXT_CHARACTERS = 5_000
"""About six minutes of speech; longer texts are better made, heard and corrected in parts."""

PRONUNCIATIONS = 100
"""More replacements than this are a dictionary, not corrections of one text."""


def language_tag(text: str) -> tuple[str, str]:
    """Return the language and the rest of a BCP-47 tag, in lower case: pt-BR is ("pt", "br").

    Raise ValueError unless the language is one of ISO 639-1, which is what the wire takes.
    """
    match = re.fullmatch(r"\s*([A-Za-z]{2})(?:[-_]([A-Za-z0-9]{1,8}(?:[-_][A-Za-z0-9]{1,8})*))?\s*", text)
    if match is None:
        raise ValueError('must be a language tag like "en" or "pt-BR"')
    return match[1].lower(), (match[2] or "").lower().replace("_", "-")


def _language(tag: str) -> str:
    return language_tag(tag)[0]


def _pairs(value: object) -> object:
    """The wire's list of {original, replacement} is taken as well as the mapping."""
    if not isinstance(value, list):
        return value
    pairs: dict[object, object] = {}
    for pair in value:
        if not isinstance(pair, Mapping) or set(pair) != {"original", "replacement"}:
            raise ValueError('must map words to how they are said, like {"SQL": "sequel"}')
        pairs[pair["original"]] = pair["replacement"]
    return pairs


def _pairs_on_the_wire(pairs: dict[str, str]) -> list[dict[str, str]]:
    return [{"original": original, "replacement": replacement} for original, replacement in pairs.items()]


Language = Annotated[str, AfterValidator(_language)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Pronunciations = Annotated[
    dict[Word, Word],
    BeforeValidator(_pairs),
    Field(max_length=PRONUNCIATIONS),
    PlainSerializer(_pairs_on_the_wire, return_type=list[dict[str, str]]),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}}),
]


class TextToSpeech(Workflow):
    """Speak a text. The audio can drive generate_avatar_clip."""

    path = "/v1/tools/text-to-speech"
    title = "Text to speech"
    typical_seconds = (5, 30)
    example = arguments(
        text="Hello! I was made on your own machine, without an account.",
        voice_id=FirstOf("list_voices"),
    )

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TEXT_CHARACTERS)] = Field(
        serialization_alias="ttsText"
    )
    voice_id: CatalogueId | None = Field(default=None, description="From list_voices.")
    language: Language | None = Field(
        default=None, serialization_alias="speechLanguageCode", description="Like en or pt-BR; default: the voice's."
    )
    speed: float | None = Field(default=None, ge=0.5, le=2, serialization_alias="voiceSpeed")
    pronunciations: Pronunciations = Field(
        default={},
        serialization_alias="pronunciationReplacements",
        description='Written to spoken, like {"SQL": "sequel"}.',
    )
    expand_abbreviations: bool = Field(
        default=False,
        serialization_alias="autoExpandPronunciationReplacements",
        description="Spell out numbers, symbols, acronyms.",
    )

    def subject(self) -> str:
        return self.text


class GenerateSoundEffect(Workflow):
    """Create a sound effect from a description."""

    path = "/v1/tools/generate-sound-effect"
    title = "Generate sound effect"
    typical_seconds = (10, 60)
    example = arguments(prompt="Rain with distant thunder", duration_seconds=4)

    prompt: Prompt = Field(description="The sound wanted.")
    duration_seconds: float | None = Field(default=None, ge=1, le=30, description="Default: about 10.")
    prompt_influence: float | None = Field(default=None, ge=0, le=1, description="0 loose to 1 literal.")
