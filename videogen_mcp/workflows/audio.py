"""Sound: spoken text, effects, music."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, StringConstraints, WithJsonSchema

from videogen_mcp.workflows.argument_types import Influence, SoundSeconds, Speed
from videogen_mcp.workflows.base import TEXT, Identifier, Prompt, SingleMedia, Variants
from videogen_mcp.workflows.examples import FirstOf, arguments
from videogen_mcp.workflows.languages import tag_of
from videogen_mcp.workflows.spellings import BY_ITSELF, NOTHING, bare

TEXT_CHARACTERS = 5_000
"""About six minutes of speech; longer texts are better made, heard and corrected in parts."""

PRONUNCIATIONS = 100
"""More replacements than this are a dictionary, not corrections of one text."""

PAIR_KEYS = (("original", "replacement"), ("written", "spoken"), ("from", "to"))
"""What a pair of words may be called: the wire's names, and plainer ones."""


def language_tag(text: str) -> tuple[str, str]:
    """Return the language and the rest of a BCP-47 tag, in lower case: pt-BR is ("pt", "br").

    Raise ValueError unless the language is one of ISO 639-1, which is what the wire takes.
    """
    match = re.fullmatch(r"\s*([A-Za-z]{2})(?:[-_]([A-Za-z0-9]{1,8}(?:[-_][A-Za-z0-9]{1,8})*))?\s*", text)
    if match is None:
        raise ValueError('must be a language tag like "en" or "pt-BR"')
    return match[1].lower(), (match[2] or "").lower().replace("_", "-")


def _known(tag: str) -> str:
    language_tag(tag)
    return tag


def _code(tag: str | None) -> str | None:
    return None if tag is None else language_tag(tag)[0]


def as_tag(value: object) -> object:
    """Return the tag for a language's name; None where the choice is left to the service."""
    if not isinstance(value, str):
        return value
    text = bare(value)
    return None if text.casefold() in {*NOTHING, *BY_ITSELF, ""} else tag_of(text) or text


def _pairs(value: object) -> object:
    """Return the map of a list of pairs, or of a single one; a map is taken as it is."""
    if _names_of(value) is not None:
        value = [value]
    if not isinstance(value, list):
        return value
    pairs: dict[str, object] = {}
    for pair in value:
        names = _names_of(pair)
        if names is not None:
            pair = {str(pair[names[0]]): pair[names[1]]}
        elif not isinstance(pair, Mapping) or len(pair) != 1 or any(set(pair) < set(one) for one in PAIR_KEYS):
            raise ValueError('must be like [{"written": "SQL", "spoken": "sequel"}]')
        pairs |= pair
    return pairs


def _names_of(pair: object) -> tuple[str, str] | None:
    return next((names for names in PAIR_KEYS if isinstance(pair, Mapping) and set(pair) == set(names)), None)


def _pairs_on_the_wire(pairs: dict[str, str]) -> list[dict[str, str]]:
    return [{"original": original, "replacement": replacement} for original, replacement in pairs.items()]


LanguageTag = Annotated[Annotated[str, AfterValidator(_known)] | None, BeforeValidator(as_tag), TEXT]
Language = Annotated[LanguageTag, PlainSerializer(_code, return_type=str | None)]
"""What is spoken: the wire takes the language alone, the accent is that of the voice."""
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Pronunciations = Annotated[
    dict[Word, Word],
    BeforeValidator(_pairs),
    Field(max_length=PRONUNCIATIONS),
    PlainSerializer(_pairs_on_the_wire, return_type=list[dict[str, str]]),
    WithJsonSchema(
        {
            "type": "array",
            "maxItems": PRONUNCIATIONS,
            "items": {
                "type": "object",
                "properties": {"written": {"type": "string"}, "spoken": {"type": "string"}},
                "required": ["written", "spoken"],
                "additionalProperties": False,
            },
        }
    ),
]


class TextToSpeech(SingleMedia):
    """Speak a text with a catalogue voice, as a sound file, for an audiobook, a message, generate_avatar_clip or
    voiceover_to_video. script_to_video speaks by itself.
    """

    path = "/v1/tools/text-to-speech"
    title = "Text to speech"
    typical_seconds = (5, 30)
    formerly = MappingProxyType({"voice_id": "voice"})
    example = arguments(
        text="Every evening the lighthouse shines for the sailing boats.",
        voice=FirstOf("list_voices"),
    )

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TEXT_CHARACTERS)] = Field(
        serialization_alias="ttsText"
    )
    voice: Identifier | None = Field(
        default=None, serialization_alias="voiceId", description="Name or id from list_voices."
    )
    language: Language = Field(
        default=None, serialization_alias="speechLanguageCode", description="Like en or pt-BR; default: the voice's."
    )
    speed: Speed = Field(default=None, serialization_alias="voiceSpeed")
    pronunciations: Pronunciations = Field(default={}, serialization_alias="pronunciationReplacements")
    expand_abbreviations: bool = Field(
        default=False,
        serialization_alias="autoExpandPronunciationReplacements",
        description="Spell out numbers, symbols, acronyms.",
    )
    count: Variants = 1

    def subject(self) -> str:
        """Return the text to be spoken."""
        return self.text


class GenerateSoundEffect(SingleMedia):
    """A sound (rain, door, whoosh) from words. Not speech, not music."""

    path = "/v1/tools/generate-sound-effect"
    title = "Generate sound effect"
    typical_seconds = (10, 60)
    example = arguments(prompt="Rain with distant thunder", duration_seconds=8)

    prompt: Prompt = Field(description="The sound wanted.")
    duration_seconds: SoundSeconds = Field(default=None, description="1 to 30; 0: about 10.")
    prompt_influence: Influence = Field(default=None, description="0 loose to 1 literal; -1: default.")
    count: Variants = 1


class GenerateMusic(SingleMedia):
    """A piece of music from words, as a sound file; its length cannot be set. To lay music under a finished video: its
    argument music, or edit_project.
    """

    path = "/v1/tools/generate-music"
    title = "Generate music"
    typical_seconds = (60, 180)
    eras = ("v2",)
    example = arguments(prompt="Calm piano in a minor key, slow")

    prompt: Prompt = Field(description="Genre, mood, instruments, tempo.")
    count: Variants = 1
