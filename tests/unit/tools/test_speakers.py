"""Which voices speak a language, and with which accent."""

from __future__ import annotations

from typing import Any

import pytest

from videogen_mcp.api.models import Voice
from videogen_mcp.tools.speakers import accent_of, accents, accents_text, speakers, speaking, speaks, usable


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
