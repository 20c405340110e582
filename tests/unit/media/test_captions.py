"""Captions from timed words: what a reader sees when, and that other programs read the file."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pysubs2
import pytest

from videogen_mcp.media.captions import LINE, LINES, srt


def spoken(text: str, start: float = 0.0, each: float = 0.25) -> list[dict[str, Any]]:
    """The words of a text, one after the other."""
    return [
        {"word": word, "startSeconds": start + number * each, "endSeconds": start + (number + 1) * each}
        for number, word in enumerate(text.split(" "))
    ]


def cues(*words: dict[str, Any]) -> list[tuple[float, float, str]]:
    """The captions as another program reads them: start and end in seconds, and the lines."""
    text = srt({"languageCode": "en", "words": list(words)})
    assert text is not None
    read = pysubs2.SSAFile.from_string(text, format_="srt")
    return [(cue.start / 1000, cue.end / 1000, cue.plaintext) for cue in read]


def test_a_sentence_is_a_caption() -> None:
    assert cues(*spoken('Tides rise. "Tides fall." Why?')) == [
        (0.0, 0.5, "Tides rise."),
        (0.5, 1.0, '"Tides fall."'),
        (1.0, 2.0, "Why?"),
    ]


def test_a_long_sentence_is_cut_where_two_lines_are_full() -> None:
    shown = cues(*spoken("the sea goes out and it comes in " * 5 + "again", each=0.1))
    lines = [text.split("\n") for _, _, text in shown]
    assert len(lines) == 3
    assert all(len(two) <= LINES and max(map(len, two)) <= LINE for two in lines)
    assert " ".join(" ".join(two) for two in lines) == ("the sea goes out and it comes in " * 5 + "again")
    assert all(end == following for (_, end, _), (following, _, _) in pairwise(shown))


def test_a_pause_and_slow_words_begin_a_new_caption() -> None:
    assert [text for *_, text in cues(*spoken("one two"), *spoken("three four", start=2.0))] == [
        "one two",
        "three four",
    ]
    assert [text for *_, text in cues(*spoken("one two three", each=2.5))] == ["one two", "three"]


def test_words_out_of_order_are_shown_in_order() -> None:
    assert cues(*spoken("two", start=5.0), *spoken("one.")) == [(0.0, 1.0, "one."), (5.0, 6.0, "two")]


def test_a_word_that_would_break_the_file_does_not() -> None:
    odd = [{"word": text, "startSeconds": 0, "endSeconds": 1} for text in ("a\n\n2\n", "00:01 --> 00:02", " ", "b")]
    assert cues(*odd) == [(0.0, 1.0, "a 2 00:01 → 00:02 b")]


@pytest.mark.parametrize(
    "transcript",
    [
        None,
        "as text, without times",
        {},
        {"words": None},
        {"words": []},
        {"words": [{"word": " ", "startSeconds": 0, "endSeconds": 1}]},
        {"words": [{"word": "when?"}]},
        {"words": [{"word": "before", "startSeconds": -1, "endSeconds": 0}]},
        {"words": [{"word": "never", "startSeconds": float("nan"), "endSeconds": 1}]},
    ],
)
def test_without_words_and_their_times_there_are_none(transcript: object) -> None:
    assert srt(transcript) is None
