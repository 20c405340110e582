from __future__ import annotations

from configparser import ConfigParser

import pytest

from videogen_sandbox.engines.drawing.icons import ASSETS
from videogen_sandbox.engines.drawing.scene import parse
from videogen_sandbox.engines.videos.topics import picture_for
from videogen_sandbox.engines.videos.visuals import with_subjects


@pytest.mark.parametrize(
    ("text", "picture"),
    [
        ("Nothing saves as many hours.", "money"),
        ("Two hours later it was done.", "a clock"),
        ("New companies begin small.", "a seedling"),
        ("It was so.", None),
    ],
)
def test_the_first_word_that_stands_for_something_is_pictured(text: str, picture: str | None) -> None:
    assert picture_for(text) == picture


def test_the_illustrator_can_draw_every_topic() -> None:
    parser = ConfigParser(delimiters="=")
    parser.read(ASSETS / "topics.ini", encoding="utf-8")
    assert [picture for picture in parser["topics"] if not parse(picture).found] == []


def test_a_sentence_about_nothing_borrows_the_picture_of_its_neighbour() -> None:
    texts = ["The dog ran.", "It was so.", "So be it.", "Success matters."]
    assert with_subjects(texts) == [
        "The dog ran.",
        "The dog ran.",
        "Success matters. a trophy",
        "Success matters. a trophy",
    ]
