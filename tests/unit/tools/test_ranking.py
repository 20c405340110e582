"""How people are ranked by the words of a wish."""

from __future__ import annotations

import pytest

from videogen_mcp.tools.ranking import MOST_WORDS, Facts, rank

PEOPLE = {
    "Heart": Facts("Heart", "female American Warm, clear narrator.", "en-US"),
    "Alto": Facts("Alto", "female American Lower and calmer than Heart.", "en-US"),
    "Miles": Facts("Miles", "male American Deep and steady.", "en-US"),
    "Edith": Facts("Edith", "female British Mature, gentle storyteller.", "en-GB"),
    "Poppy": Facts("Poppy", "female British Youthful and bright.", "en-GB"),
    "George": Facts("George", "male British Older, deep.", "en-GB"),
    "Bo": Facts("Bo", "female", "de-DE"),
    "Leila": Facts("Leila", "female Rose headscarf, white coat, bright clinic."),
}


def names(wish: str) -> list[str]:
    return rank(list(PEOPLE), PEOPLE.__getitem__, wish).rows


@pytest.mark.parametrize(
    ("wish", "nearest"),
    [
        ("", ["Heart", "Alto", "Miles", "Edith", "Poppy", "George", "Bo", "Leila"]),
        ("warm older British woman for an audiobook", ["Edith", "Poppy"]),
        ("A calm BRITISH voice, please", ["Edith", "Poppy", "George", "Alto"]),
        ("UK accent", ["Edith", "Poppy", "George"]),
        ("from england", ["Edith", "Poppy", "George"]),
        ("us", ["Heart", "Alto", "Miles"]),
        ("German", ["Bo"]),
        ("man", ["Miles", "George"]),
        ("young lady", ["Poppy"]),
        ("grandfather", ["George"]),
        ("narrat", ["Heart"]),
        ("audiobook", ["Heart", "Edith"]),
        ("calm", ["Alto"]),
        ("deep woman", ["Alto"]),
        ("heart", ["Heart", "Alto"]),
        ("friendly doctor", ["Leila", "Heart"]),
        ("woman, not american", ["Edith", "Poppy", "Bo", "Leila"]),
        ("deep, but not too old", ["Miles"]),
        ("\uff57arm", ["Heart"]),
        ("robot", ["Heart", "Alto", "Miles"]),
    ],
)
def test_the_nearest_come_first(wish: str, nearest: list[str]) -> None:
    assert names(wish)[: len(nearest)] == nearest


@pytest.mark.parametrize(
    ("wish", "whole", "near", "missing"),
    [
        ("", 8, 8, ()),
        ("a voice", 8, 8, ()),
        ("british woman", 2, 7, ()),
        ("calm british", 0, 4, ()),
        ("warm robot", 0, 2, ("robot",)),
        ("robot", 0, 0, ("robot",)),
        ("irish woman", 0, 6, ("irish",)),
        ("not american", 5, 5, ()),
        ("🎤", 0, 0, ("🎤",)),
        ("男", 0, 0, ("男",)),
    ],
)
def test_how_many_fit_is_counted_and_what_nobody_fits_is_named(
    wish: str, whole: int, near: int, missing: tuple[str, ...]
) -> None:
    found = rank(list(PEOPLE), PEOPLE.__getitem__, wish)
    assert (found.whole, found.near, found.missing) == (whole, near, missing)
    assert sorted(found.rows) == sorted(PEOPLE)


def test_a_long_wish_is_read_as_far_as_it_is_one() -> None:
    found = rank(list(PEOPLE), PEOPLE.__getitem__, " ".join(f"robot{number}" for number in range(200)))
    assert len(found.missing) == MOST_WORDS


def test_nobody_is_ranked_where_nobody_is() -> None:
    nobody: list[str] = []
    assert rank(nobody, PEOPLE.__getitem__, "warm").missing == ("warm",)
