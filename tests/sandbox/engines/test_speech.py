from __future__ import annotations

import re
import socket
import wave
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from tests.generated import some
from tests.hearing import heard, word_errors
from videogen_sandbox.catalogue import VOICES
from videogen_sandbox.contract.lookups import Lookups
from videogen_sandbox.contract.requests import contract, read_tool_request
from videogen_sandbox.engines import EngineError, Made, Task
from videogen_sandbox.engines.speech.speech import speak
from videogen_sandbox.engines.speech.text import (
    Replacement,
    check_language,
    foreign_language,
    prepared,
    replaced,
    sentences,
    spelled_out,
)
from videogen_sandbox.engines.speech.voice import THROATS, Samples, speaker

LINE = (
    "The old man walked slowly down the road with his dog. He stopped at the corner and looked at the sky. "
    "It was going to rain before the evening."
)


def said(folder: Path, **body: object) -> Made:
    return speak(Task("text-to-speech", {"voice": "heart", **body}, {}, 5, folder), lambda _: None)


def samples(made: Made) -> Samples:
    with wave.open(str(made.path)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (1, 24_000, 2)
        whole = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return np.asarray(whole / 32_767, dtype=np.float32)


def seconds(made: Made) -> float:
    return len(samples(made)) / 24_000


def pitch(sound: Samples) -> float:
    """Median pitch in Hz of the voiced stretches, by autocorrelation."""
    found = []
    for start in range(0, len(sound) - 1_200, 1_200):
        part = sound[start : start + 1_200]
        if np.sqrt(np.mean(part**2)) < 0.06:
            continue
        same = np.correlate(part, part, "full")[1_199:]
        lag = int(np.argmax(same[70:350])) + 70
        if same[lag] > 0.55 * same[0]:
            found.append(24_000 / lag)
    return float(np.median(found))


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    """`LINE` by every voice."""
    return {voice: said(tmp_path_factory.mktemp(voice), ttsText=LINE, voice=voice) for voice in THROATS}


@pytest.mark.parametrize("voice", some([voice.slug for voice in VOICES]))
def test_a_recogniser_understands_every_voice(lines: dict[str, Made], voice: str) -> None:
    made = lines[voice]
    assert word_errors(re.findall(r"[a-z']+", LINE.lower()), heard(samples(made), 24_000)) <= 0.15
    assert 0.3 < np.abs(samples(made)).max() <= 0.892


def test_voices_differ_in_pitch(lines: dict[str, Made]) -> None:
    heart, alto, miles = (pitch(samples(made)) for made in lines.values())
    assert heart > alto > 130 > miles > 85


def test_speed_changes_the_length(tmp_path: Path) -> None:
    slow, usual, fast = (seconds(said(tmp_path, ttsText="Hello there, my friend.", voiceSpeed=v)) for v in (0.5, 1, 2))
    assert slow > 1.6 * usual
    assert fast < 0.65 * usual


def test_the_same_task_gives_the_same_bytes(tmp_path: Path) -> None:
    first = said(tmp_path, ttsText="Same again.").path.read_bytes()
    assert said(tmp_path, ttsText="Same again.").path.read_bytes() == first


def test_the_network_is_never_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("the engine opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    speaker.cache_clear()
    for voice in THROATS:
        assert seconds(said(tmp_path, ttsText="Quite alone.", voice=voice)) > 0.5


def test_progress_comes_with_every_sentence(tmp_path: Path) -> None:
    seen: list[float] = []
    speak(Task("text-to-speech", {"ttsText": "One. Two. Three. Four.", "voice": "heart"}, {}, 1, tmp_path), seen.append)
    assert len(seen) >= 6
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_the_result_says_how_it_was_made(tmp_path: Path) -> None:
    made = said(tmp_path, ttsText="A pear, please.", voice="miles")
    assert (made.kind, made.engine, made.placeholder) == ("AUDIO", "hibari-tts", False)
    assert made.description == "Miles says: “A pear, please.”"


def test_replacements_are_spoken(tmp_path: Path) -> None:
    made = said(
        tmp_path,
        ttsText="Please bring the XQZV to the house and wait for me there.",
        pronunciationReplacements=[{"original": "xqzv", "replacement": "table"}],
    )
    assert "table" in heard(samples(made), 24_000)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"ttsText": "Hello", "speechLanguageCode": "de"}, "unsupported_language"),
        ({"ttsText": "Hello", "speechLanguageCode": "english-ish"}, "unsupported_language"),
        ({"ttsText": "Привет, как дела?"}, "unsupported_language"),
        ({"ttsText": "こんにちは世界", "speechLanguageCode": "en"}, "unsupported_language"),
        ({"ttsText": "مرحبا بالعالم"}, "unsupported_language"),
        ({"ttsText": "A long text that names one place, 東京, in the middle of Japan."}, "unsupported_language"),
        ({"ttsText": "Das Wetter ist heute schön und wir gehen mit dem Hund in den Park."}, "unsupported_language"),
        ({"ttsText": "Il fait beau et nous allons au parc avec le chien."}, "unsupported_language"),
        ({"ttsText": "!!! … ---"}, "nothing_to_say"),
        ({"ttsText": "🎉🎉"}, "nothing_to_say"),
        ({"ttsText": ""}, "nothing_to_say"),
        ({"ttsText": "word " * 1_001}, "text_too_long"),
        ({"ttsText": "Hello", "voiceSpeed": 3}, "invalid_speed"),
        ({"ttsText": "Hello", "voice": "rachel"}, "unknown_voice"),
    ],
)
def test_what_cannot_be_spoken_is_refused_in_words(tmp_path: Path, body: dict[str, object], code: str) -> None:
    with pytest.raises(EngineError) as refusal:
        said(tmp_path, **body)
    assert refusal.value.code == code
    assert refusal.value.message.endswith(".")


def test_words_that_the_voice_would_leave_out_are_named() -> None:
    with pytest.raises(EngineError, match="東京, 你好"):
        prepared("A long text that greets the people of 東京 with one word, 你好, and goes on in English.", {})
    replacements = [{"original": "東京", "replacement": "Tokyo"}]
    assert prepared("Welcome to 東京.", {"pronunciationReplacements": replacements}) == "Welcome to Tokyo."


@pytest.mark.parametrize("code", [None, "en", "en-US", "EN_gb", "en-Latn-AU"])
def test_english_is_taken_under_all_its_codes(code: str | None) -> None:
    check_language("The café on Münchner Straße is called π.", code)


@pytest.mark.parametrize(("asked", "passed_on"), [(None, None), ("en-GB", "en")])
def test_only_a_language_that_was_asked_for_silences_the_check(asked: str | None, passed_on: str | None) -> None:
    body = {"ttsText": "Is this my Haus?", "voiceId": "Heart", "speechLanguageCode": asked}
    checked = contract("v2").body("POST /v1/tools/text-to-speech", body)
    request = read_tool_request("text-to-speech", checked, Lookups("v2", lambda _: None, lambda _: None))
    assert request.body.get("speechLanguageCode") == passed_on


def test_another_language_gets_an_english_reading_when_english_is_asked_for() -> None:
    check_language("Das ist nicht ein Hund und das ist auch nicht mein Haus.", "en")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("El perro está en la casa y no quiere salir por la lluvia.", "Spanish"),
        ("Il cane non è in casa e non vuole uscire per la pioggia.", "Italian"),
        ("O cachorro não está em casa e ele não quer sair com você.", "Portuguese"),
        ("De hond is niet in het huis en wil ook niet naar buiten.", "Dutch"),
        ("Hunden är inte i huset och den vill inte gå ut.", "Swedish"),
        ("The dog is not in the house and it does not want to go out.", None),
        ("Los Angeles is la la land.", None),
        ("No me, no more.", None),
        ("I die in den Haag, as most men do.", None),
        ("Pizza margherita", None),
        ("Hello", None),
        ("", None),
    ],
)
def test_a_language_is_named_only_when_it_is_plain(text: str, language: str | None) -> None:
    assert foreign_language(text) == language


def test_sentences_end_where_they_end() -> None:
    assert [part.text for part in sentences("Dr. Smith met J. K. Rowling. “Really?” he said! Yes…\n\nNext one")] == [
        "Dr. Smith met J. K. Rowling.",
        "“Really?” he said!",
        "Yes…",
        "Next one",
    ]


def test_a_line_that_goes_on_in_lower_case_was_only_wrapped() -> None:
    found = [part.text for part in sentences("The owner mixes flour,\nwater and\r\nsalt.\nthen\nBread\n- an oven")]
    assert found == ["The owner mixes flour, water and salt.", "then", "Bread", "- an oven"]


def test_a_paragraph_pauses_longer_than_a_sentence() -> None:
    first, second, _ = sentences("One. Two.\nThree.")
    assert second.pause > first.pause > 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Our API & the SDKs", "Our A.P.I. and the S.D.K.'s"),
        ("NASA is at 5 + 3", "NASA is at 5 plus 3"),
        ("see videogen.io/docs", "see videogen dot io slash docs"),
        ("STOP NOW", "STOP NOW"),
        ("It IS ok. **Really**", "It IS ok. Really"),
        ("plain words", "plain words"),
    ],
)
def test_acronyms_addresses_and_symbols_are_spelled_out(text: str, expected: str) -> None:
    assert spelled_out(text) == expected


def test_replacements_take_whole_words_longest_first_and_once() -> None:
    pairs = [
        Replacement("cat", "dog"),
        Replacement("cat flap", "door"),
        Replacement("dog", "cow"),
        Replacement(" ", "x"),
    ]
    assert replaced("The CAT, the cat flap, a category, a dog.", pairs) == "The dog, the door, a category, a cow."


def test_speech_tells_when_each_word_is_said(tmp_path: Path) -> None:
    wish = [{"original": "Qi", "replacement": "Chee"}]
    made = said(tmp_path, ttsText="Stop, Qi. Then go!\nNow.", pronunciationReplacements=wish)
    assert [word for word, _, _ in made.words] == ["Stop,", "Qi.", "Then", "go!", "Now."]
    times = [time for _, start, end in made.words for time in (start, end)]
    assert times == sorted(times)
    loud = np.abs(samples(made))
    for _, start, end in made.words:
        assert loud[round(start * 24_000) : round(end * 24_000)].max() > 0.1
    gap = slice(round((made.words[3][2] + 0.1) * 24_000), round((made.words[4][1] - 0.1) * 24_000))
    assert loud[gap].max() < 0.05
