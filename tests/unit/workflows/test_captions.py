"""The look of captions in words, and what it is on the wire."""

from __future__ import annotations

from typing import Any

import pytest

from videogen_mcp.workflows.captions import FONTS, KNOWN, LONGEST, SIZES, look

BLACK = {"red": 0, "green": 0, "blue": 0}
WHITE = {"red": 255, "green": 255, "blue": 255}
YELLOW = {"red": 255, "green": 224, "blue": 0}
RED = {"red": 224, "green": 32, "blue": 32}
OUTLINE = {"strokeColor": BLACK, "strokeWeight": 4}


def boxed(colour: dict[str, int], form: str = "RECT") -> dict[str, Any]:
    return {"backgroundStyle": {"type": form, "backgroundColor": colour}}


@pytest.mark.parametrize(
    ("words", "style"),
    [
        ("on", {}),
        ("default", {}),
        ("`ON`", {}),
        ("large", {"fontSize": SIZES["large"]}),
        ("72px", {"fontSize": 72}),
        ("bold", {"fontWeight": 700}),
        ("yellow", {"textColor": YELLOW}),
        ("#fc0", {"textColor": {"red": 255, "green": 204, "blue": 0}}),
        ("#102030", {"textColor": {"red": 16, "green": 32, "blue": 48}}),
        ("top", {"verticalAlignment": "TOP"}),
        ("at the bottom, left", {"verticalAlignment": "BOTTOM", "textJustification": "LEFT"}),
        ("centred", {"textJustification": "CENTER"}),
        ("outline", OUTLINE),
        ("white text with black outline", {"textColor": WHITE, **OUTLINE}),
        ("black outline, white", {"textColor": WHITE, **OUTLINE}),
        ("outline red", {"strokeColor": RED, "strokeWeight": 4}),
        ("boxed", boxed(BLACK)),
        ("white on black background", {"textColor": WHITE, **boxed(BLACK)}),
        ("white box", {"textColor": BLACK, **boxed(WHITE)}),
        ("word_box, yellow", {"textColor": YELLOW, **boxed(BLACK, "WORD_BY_WORD")}),
        ("wrapped", boxed(BLACK, "WRAPPED")),
        ("highlight red", {"spokenTextColor": RED}),
        ("karaoke", {"spokenTextColor": YELLOW}),
        ("Montserrat bold", {"fontName": "Montserrat", "fontWeight": 700}),
        ("bebas neue", {"fontName": "Bebas Neue"}),
        ("font Comic Sans, small", {"fontName": "Comic Sans", "fontSize": SIZES["small"]}),
        (
            "Large, bold and yellow captions with black outline at the top.",
            {"fontSize": SIZES["large"], "fontWeight": 700, "textColor": YELLOW, **OUTLINE, "verticalAlignment": "TOP"},
        ),
    ],
)
def test_words_become_the_style_of_the_wire(words: str, style: dict[str, Any]) -> None:
    assert look(words).style == style


@pytest.mark.parametrize("words", ["off", "None", "no", "false", '"off"'])
def test_captions_can_be_unwanted(words: str) -> None:
    assert look(words).style is None


@pytest.mark.parametrize("words", ["fancy", "large fancy", "glow-in-the-dark", "☃"])
def test_an_unknown_word_is_refused_with_those_that_are_known(words: str) -> None:
    with pytest.raises(ValueError, match="does not know") as refusal:
        look(words)
    assert KNOWN in str(refusal.value)


@pytest.mark.parametrize("words", ["large, small", "top and bottom", "yellow, red", "left right"])
def test_two_words_that_contradict_each_other_are_refused(words: str) -> None:
    with pytest.raises(ValueError, match="contradicts"):
        look(words)


def test_a_long_text_is_refused() -> None:
    with pytest.raises(ValueError, match=f"at most {LONGEST}"):
        look("large " * 100)


@pytest.mark.parametrize("font", FONTS)
def test_every_named_font_is_found_however_it_is_written(font: str) -> None:
    assert look(f"{font.upper()}, bold").style == {"fontName": font, "fontWeight": 700}
