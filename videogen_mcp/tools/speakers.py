"""Which voices speak a language, and with which accent; whether the one that is wanted does. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from videogen_mcp.calls.messages import Refusal
from videogen_mcp.calls.replies import bounded
from videogen_mcp.workflows.audio import language_tag
from videogen_mcp.workflows.languages import region_of

if TYPE_CHECKING:
    from videogen_mcp.api.models import Voice

ACCENT = 40
"""Characters of an accent."""

SUGGESTED = 3
"""Voices that a refusal offers instead."""

NAMED = 8
"""Accents that an answer names; a catalogue may have dozens."""

Speaks = Literal["yes", "other accent", "no", "unknown"]
"""Whether a voice speaks a language as its tag asks for it. `unknown` where the catalogue has no language we know."""


def speaking(voices: Sequence[Voice]) -> list[Voice]:
    """Those that text_to_speech takes: not deprecated, and not for the vendor's own video projects only."""
    return [voice for voice in usable(voices) if voice.supports_direct_tool_execution]


def usable(voices: Sequence[Voice]) -> list[Voice]:
    """Those that finished videos take: not deprecated."""
    return [voice for voice in voices if not voice.is_deprecated]


def speaks(voice: Voice, language: str) -> Speaks:
    """Return how a voice speaks the language of a BCP-47 tag; its region is an accent. Raise ValueError for no tag."""
    asked, rest = language_tag(language)
    region = _region(rest)
    own, own_rest = _tag(voice)
    if voice.supports_all_languages and own != asked:
        return "yes"
    if own != asked:
        return "no" if own else "unknown"
    regions = {found for word in (voice.accent or "").split() if (found := region_of(word))} or {_region(own_rest)}
    return "yes" if not region or regions & {region, ""} else "other accent"


def speakers(voices: Sequence[Voice], language: str) -> list[Voice]:
    """The voices of a language, those with its accent where there are any; none of what is no language.

    Those whose own it is come before those that speak all.
    """
    try:
        found = [(voice, speaks(voice, language)) for voice in voices]
    except ValueError:
        return []
    exact = [voice for voice, how in found if how == "yes"]
    exact.sort(key=lambda voice: _tag(voice)[0] != language_tag(language)[0])
    return exact or [voice for voice, how in found if how == "other accent"]


def speaker(wanted: str, language: str, voices: Sequence[Voice]) -> Voice | None:
    """Return the voice of an id or a name; None where the list has none, which the service has to judge.

    Raise Refusal where it does not speak the language, or has another accent: the text would be read wrongly, and paid.
    """
    name = wanted.casefold()
    voice = next(
        (one for one in voices if name in (one.voice_id.casefold(), (one.display_name or "").casefold())), None
    )
    how = speaks(voice, language) if voice is not None else "yes"
    if voice is None or how in ("yes", "unknown"):
        return voice
    fault = "does not speak" if how == "no" else "does not have the accent of"
    others = [one for one in speakers(voices, language) if speaks(one, language) == "yes"]
    keep = f'; language "{language_tag(language)[0]}" keeps this one' if how == "other accent" else ""
    raise Refusal(
        "invalid_arguments",
        f'voice: "{bounded(voice.display_name, ACCENT)}" ({accent_of(voice)}) {fault} {language}',
        f"{_instead(others)}{keep}",
    )


def first_speaker(language: str, voices: Sequence[Voice]) -> Voice:
    """Return the first voice that speaks a language as asked. Raise Refusal where none does, as `speaker` would."""
    found = speakers(voices, language)
    if found and speaks(found[0], language) == "yes":
        return found[0]
    fault = f"no voice has the accent of {language}" if found else f"no voice speaks {language}"
    keep = f'; language "{language_tag(language)[0]}" takes one of these' if found else ""
    there = f"The voices here are {accents_text(accents(voices))}" if voices else "There are no voices here"
    raise Refusal("invalid_arguments", f"language: {fault}", there + keep)


def accents(voices: Sequence[Voice]) -> Mapping[str, int]:
    """Return how many voices have each language and accent, such as "en-GB British", the most frequent first."""
    return dict(Counter(accent_of(voice) for voice in voices).most_common())


def accent_of(voice: Voice) -> str:
    """Return a voice's language and accent, such as "en-GB British"; "any language" where it speaks all."""
    language = "any language" if voice.supports_all_languages else bounded(voice.language_code, ACCENT)
    return " ".join(filter(None, (language, bounded(voice.accent, ACCENT)))) or "unknown"


def accents_text(found: Mapping[str, int]) -> str:
    """Return accents as text: "en-US American (3), en-GB British (1)"."""
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return ", ".join(f"{accent} ({count})" for accent, count in list(found.items())[:NAMED]) + more


def _instead(others: Sequence[Voice]) -> str:
    if not others:
        return "No other voice here does"
    names = ", ".join(f'"{bounded(one.display_name, ACCENT) or one.voice_id}"' for one in others[:SUGGESTED])
    more = f"; list_voices shows all {len(others)}" if len(others) > SUGGESTED else ""
    return f"Take one that does: {names}{more}"


def _region(rest: str) -> str:
    return next((part.upper() for part in rest.split("-") if len(part) == 2), "")


def _tag(voice: Voice) -> tuple[str, str]:
    """The voice's language; the catalogue may hold codes that we do not know."""
    try:
        return language_tag(voice.language_code or "")
    except ValueError:
        return "", ""
