"""Numbers, times and names as the pages write them."""

from __future__ import annotations

from datetime import datetime

import pytest

from videogen_sandbox.pages.captions import web_vtt
from videogen_sandbox.pages.formats import clock_time, day, hour, operation_label, shorten, size, took
from videogen_sandbox.storage.files import File

NOON = datetime(2026, 11, 27, 12, 0)  # a Friday, on the calendar of whatever machine this is


@pytest.mark.parametrize(("seconds", "text"), [(4.26, "4.3 s"), (10.2, "0:10"), (62.4, "1:02"), (3600, "60:00")])
def test_durations_are_written_as_players_write_them(seconds: float, text: str) -> None:
    assert clock_time(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (75, "1 min 15 s"), (700, "11 min"), (7300, "2 h 1 min")])
def test_times_taken_are_written_in_words(seconds: float, text: str) -> None:
    assert took(seconds) == text


@pytest.mark.parametrize(("count", "text"), [(900, "900 bytes"), (53_400, "53 kB"), (1_440_000, "1.4 MB")])
def test_sizes_are_written_in_decimal_units(count: int, text: str) -> None:
    assert size(count) == text


def test_long_texts_become_one_short_line() -> None:
    assert shorten("a\n b", 5) == "a b"
    assert shorten("abcdef ghi", 8) == "abcdef…"


@pytest.mark.parametrize(
    ("operation", "label"), [("generate-image", "Picture"), ("generate-something-new", "Generate something new")]
)
def test_an_operation_without_a_label_is_shown_by_its_name(operation: str, label: str) -> None:
    assert operation_label(operation) == label


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (datetime(2026, 11, 27, 0, 1), "Today"),
        (datetime(2026, 11, 26, 23, 59), "Yesterday"),
        (datetime(2026, 11, 22, 9, 0), "Sunday"),
        (datetime(2026, 11, 20, 9, 0), "20 November 2026"),
        (datetime(2026, 11, 28, 9, 0), "28 November 2026"),
    ],
)
def test_days_are_those_of_this_machines_calendar(at: datetime, text: str) -> None:
    assert day(at.timestamp(), NOON.timestamp()) == text


def test_hours_are_those_of_this_machines_clock() -> None:
    assert hour(NOON.timestamp()) == "12:00"


def test_words_become_captions_of_a_line_each_and_pauses_part_them() -> None:
    said = ["The", "keeper", "counted", "<all>", "the", "waves", "of", "the", "sea", "until", "morning."]
    words = [{"word": word, "startSeconds": number, "endSeconds": number + 0.9} for number, word in enumerate(said)]
    late = {"word": "Then", "startSeconds": 3600.5, "endSeconds": 3601.25}
    file = File("vg_file_1", "ready", "AUDIO", "USER", "A", 0.0, words=[*words, late])
    assert web_vtt(file) == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:07.900\nThe keeper counted &lt;all&gt; the waves of the\n\n"
        "00:00:08.000 --> 00:00:10.900\nsea until morning.\n\n"
        "01:00:00.500 --> 01:00:01.250\nThen\n"
    )
