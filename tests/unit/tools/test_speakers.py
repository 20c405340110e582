"""Which voices speak a language, and with which accent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.tools.account import Account, Agent
from videogen_mcp.api.models import Voice
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.tools.speakers import (
    accent_of,
    accents,
    accents_text,
    first_speaker,
    speaker,
    speakers,
    speaking,
    speaks,
    usable,
)


def voice(name: str, language: str | None = "en-US", **facts: Any) -> Voice:
    return Voice(voice_id=f"vg_voic_{name}", display_name=name, language_code=language, **facts)


HEART = voice("Heart", accent="American")
MILES = voice("Miles", "en-GB", accent="British")
INES = voice("Ines", "pt-BR")
ANYONE = voice("Anyone", supports_all_languages=True)
ODD = voice("Odd", "tlh-XX")
VOICES = [HEART, MILES, INES, ANYONE, ODD]


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", ["Heart", "Miles", "Anyone"]),
        ("en-GB", ["Miles"]),
        ("en-AU", ["Heart", "Miles", "Anyone"]),
        ("PT_br", ["Ines", "Anyone"]),
        ("de", ["Anyone"]),
        ("klingon", []),
    ],
)
def test_voices_are_found_by_language(language: str, names: list[str]) -> None:
    assert [one.display_name for one in speakers(VOICES, language)] == names


@pytest.mark.parametrize(
    ("one", "language", "expected"),
    [
        (HEART, "en", "yes"),
        (HEART, "en-US", "yes"),
        (HEART, "en-GB", "other accent"),
        (HEART, "de", "no"),
        (voice("Plain", "en"), "en-GB", "yes"),
        (voice("Told", "en-US", accent="British"), "en-GB", "yes"),
        (voice("Told", "en", accent="British"), "en-US", "other accent"),
        (voice("Trad", "zh-Hant-TW"), "zh-CN", "other accent"),
        (ANYONE, "pt-BR", "yes"),
        (ANYONE, "en-GB", "other accent"),
        (ODD, "en", "unknown"),
        (voice("Silent", None), "en", "unknown"),
    ],
)
def test_a_voice_speaks_a_language_with_its_accent_or_another_or_not(one: Voice, language: str, expected: str) -> None:
    assert speaks(one, language) == expected


def test_voices_whose_own_language_it_is_come_first() -> None:
    assert speakers([ANYONE, INES], "pt") == [INES, ANYONE]


def test_voices_that_text_to_speech_does_not_take_are_left_out() -> None:
    old, elsewhere = voice("Old", is_deprecated=True), voice("Elsewhere", supports_direct_tool_execution=False)
    assert speaking([old, HEART, elsewhere]) == [HEART]
    assert usable([old, HEART, elsewhere]) == [HEART, elsewhere]


def test_accents_are_counted_and_the_most_frequent_come_first() -> None:
    found = accents([INES, HEART, MILES, voice("Ann", accent="American"), ANYONE])
    assert accents_text(found).startswith("en-US American (2), ")
    assert accent_of(ANYONE) == "any language"


def test_dozens_of_accents_are_cut_short() -> None:
    many = accents([voice("x", f"en-{chr(65 + number)}X") for number in range(20)])
    assert accents_text(many).endswith("and 12 more")


@pytest.mark.parametrize(
    ("wanted", "language", "message", "next_step"),
    [
        ("heart", "de", 'voice: "Heart" (en-US American) does not speak de', 'Take one that does: "Anyone"'),
        (
            "vg_voic_Ines",
            "en",
            'voice: "Ines" (pt-BR) does not speak en',
            'Take one that does: "Heart", "Miles", "Anyone"',
        ),
        (
            "Heart",
            "en-GB",
            'voice: "Heart" (en-US American) does not have the accent of en-GB',
            'Take one that does: "Miles"; language "en" keeps this one',
        ),
    ],
)
def test_a_voice_that_would_read_it_wrongly_is_refused_with_those_that_would_not(
    wanted: str, language: str, message: str, next_step: str
) -> None:
    with pytest.raises(Refusal) as refusal:
        speaker(wanted, language, VOICES)
    assert (refusal.value.message, refusal.value.next_step) == (message, next_step)


def test_where_no_voice_has_the_accent_the_refusal_says_so() -> None:
    with pytest.raises(Refusal) as refusal:
        speaker("Heart", "en-GB", [HEART])
    assert refusal.value.next_step == 'No other voice here does; language "en" keeps this one'


@pytest.mark.parametrize(
    ("wanted", "language"), [("Heart", "en"), ("HEART", "en-US"), ("Odd", "en"), ("Nobody", "de"), ("Anyone", "de")]
)
def test_a_voice_that_may_speak_it_is_left_to_the_service(wanted: str, language: str) -> None:
    speaker(wanted, language, VOICES)


def test_the_first_that_speaks_as_asked_is_taken_where_none_is_named() -> None:
    assert first_speaker("en-GB", VOICES) == MILES
    assert first_speaker("de", VOICES) == ANYONE


@pytest.mark.parametrize(
    ("language", "message"), [("de", "no voice speaks de"), ("en-GB", "no voice has the accent of en-GB")]
)
def test_a_language_or_an_accent_that_there_is_not_is_refused(language: str, message: str) -> None:
    with pytest.raises(Refusal, match=message) as refusal:
        first_speaker(language, [HEART])
    assert (refusal.value.next_step or "").startswith("The voices here are en-US American (1)")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("text_to_speech", {"text": "Guten Tag", "language": "German", "voice": "Heart"}),
        ("text_to_speech", {"text": "Guten Tag", "language": "de"}),
        ("text_to_speech", {"text": "Hello", "language": "en-GB", "voice": "Heart"}),
        ("script_to_video", {"script": "Bonjour.", "language": "fr", "voice": "Heart"}),
        ("slideshow_to_video", {"deck": "vg_file_1", "language": "fr", "voice": "Heart"}),
    ],
)
async def test_what_would_be_read_wrongly_is_never_submitted(
    account: Account, agent: Agent, tool: str, arguments: dict[str, Any]
) -> None:
    account.voices = [HEART.model_dump(mode="json", by_alias=True, exclude_none=True)]
    structured, text, is_error = await agent.call(tool, **arguments)
    assert is_error
    assert structured["error"]["code"] == "invalid_arguments"
    assert f"{tool} was not started: " in text
    assert not [asked for asked in account.asked if asked.startswith("POST")]


@pytest.mark.anyio
@pytest.mark.parametrize("language", ["en", "en-GB"])
async def test_a_voice_with_the_accent_is_chosen_where_none_is_named(
    account: Account, agent: Agent, language: str
) -> None:
    account.voices = [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in (MILES, HEART)]
    await agent.call("text_to_speech", text="Hello", language=language)
    (submitted,) = (body for body in account.bodies if "ttsText" in body)
    assert (submitted["voiceId"], submitted["speechLanguageCode"]) == ("vg_voic_Miles", "en")


@pytest.mark.anyio
async def test_voices_that_cannot_be_listed_are_left_to_the_service(account: Account, agent: Agent) -> None:
    account.refused["GET tts-voices"] = (404, {"message": "There is no such operation."})
    await agent.call("text_to_speech", text="Hello", language="de", voice="Heart")
    (submitted,) = (body for body in account.bodies if "ttsText" in body)
    assert submitted["voiceId"] == "Heart"
