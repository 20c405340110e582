from __future__ import annotations

import numpy as np
import pytest

from videogen_sandbox.engines.speech.timing import Word, as_written, say_words
from videogen_sandbox.engines.speech.voice import RATE, speaker


def test_every_written_word_has_its_time_in_order() -> None:
    text = "On March 3rd, 1,250 people paid $9.99 \u2014 well, most of them (I think)."
    sound, words = say_words(text, "heart", 1.0, 1)
    assert [word.text for word in words] == text.split()
    times = [time for word in words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert times[0] > 0.2
    assert times[-1] < len(sound) / RATE
    numbers = {word.text: word.end - word.start for word in words}
    assert numbers["$9.99"] > numbers["paid"] > numbers["\u2014"] == 0


def test_times_agree_with_what_is_heard() -> None:
    sound, words = say_words("Stop. Then go!", "heart", 1.0, 1)
    loud = np.abs(sound) > 0.05 * np.abs(sound).max()
    first = int(np.argmax(loud)) / RATE
    gap = slice(round((words[0].end + 0.05) * RATE), round((words[1].start - 0.05) * RATE))
    assert words[0].start == pytest.approx(first, abs=0.08)
    assert loud[gap].mean() < 0.1


def test_a_faster_voice_says_its_words_earlier() -> None:
    usual, fast = (say_words("A short walk home.", "miles", speed, 1)[1] for speed in (1.0, 1.6))
    assert fast[-1].start < 0.8 * usual[-1].start


def test_nothing_to_say_has_no_words() -> None:
    sound, words = say_words("\u2026 !", "heart", 1.0, 1)
    assert len(sound) == 0
    assert words == []


def test_the_model_still_tells_its_durations() -> None:
    phonemes = speaker().phonemes("Hello there.")[0]
    sound, timed = speaker().say_timed(phonemes, "heart", 1.0, np.random.default_rng(1))
    assert 0 < timed[0].start < timed[-1].end < len(sound) / RATE
    assert "".join(one.sign for one in timed) == phonemes


@pytest.mark.parametrize(
    ("written", "said", "expected"),
    [
        ("One two", [("One", 0, 1), ("two", 1, 2)], [("One", 0, 1), ("two", 1, 2)]),
        ("The API is", [("The", 0, 1), ("A.P.I.", 1, 3), ("is", 3, 4)], [("The", 0, 1), ("API", 1, 3), ("is", 3, 4)]),
        ("R & D", [("R", 0, 1), ("and", 1, 2), ("D", 2, 3)], [("R", 0, 1), ("&", 1, 2), ("D", 2, 3)]),
        ("at a.eu", [("at", 0, 1), ("a", 1, 2), ("dot", 2, 3), ("eu", 3, 4)], [("at", 0, 1), ("a.eu", 1, 4)]),
        ("New York it is", [("NY", 0, 2), ("it", 2, 3), ("is", 3, 4)],
         [("New", 0, 1), ("York", 1, 2), ("it", 2, 3), ("is", 3, 4)]),
        ("Well \u2014 yes", [("Well", 0, 1), ("\u2014", 1, 1), ("yes", 2, 3)], [("Well \u2014", 0, 1), ("yes", 2, 3)]),
        ("*** Go ***", [("Go", 0, 1)], [("Go ***", 0, 1)]),
    ],
)  # fmt: skip
def test_words_keep_their_spelling_however_they_are_said(
    written: str, said: list[tuple[str, float, float]], expected: list[tuple[str, float, float]]
) -> None:
    found = as_written(written.split(), [Word(*one) for one in said])
    assert [(word.text, word.start, word.end) for word in found] == expected
