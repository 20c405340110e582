"""Nothing stands over a presenter's card, a slide or captions."""

from __future__ import annotations

import pytest

from videogen_sandbox.engines.videos.caption_style import MARGINS, text_height
from videogen_sandbox.engines.videos.document import (
    CaptionStyle,
    Document,
    Line,
    Logo,
    Position,
    Presenter,
    Section,
    Visual,
)
from videogen_sandbox.engines.videos.layout import card, slide

SECTION = Section(lines=(Line(text="Hello."),), visuals=(Visual(kind="slide"),))
SIZES = [(1280, 720), (720, 1280), (1080, 1080)]


def document(
    presenter: bool = True, captions: bool = True, logo: Position | None = None, top: bool = False
) -> Document:
    return Document(
        operation="slideshow-to-video",
        title="",
        presenter=Presenter(slug="amara") if presenter else None,
        captions=CaptionStyle(vertical_alignment="TOP" if top else "BOTTOM") if captions else None,
        logo=Logo(asset="logo.png", position=logo) if logo else None,
        sections=(SECTION,),
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ratio", [16 / 9, 4 / 3, 3 / 4])
@pytest.mark.parametrize("captions", [False, True])
def test_a_slide_is_covered_by_neither_captions_nor_presenter(
    size: tuple[int, int], ratio: float, captions: bool
) -> None:
    shown = document(captions=captions)
    left, top, right, bottom = slide(shown, size, ratio)
    x, y, side = card(shown, size)
    assert right <= x or bottom <= y or top >= y + side
    assert 0 <= left < right <= size[0]
    assert 0 <= top < bottom <= size[1]
    if captions:
        style = CaptionStyle()
        shape = "landscape" if size[0] >= size[1] else "portrait"
        assert bottom <= size[1] * (1 - MARGINS[shape]) - text_height(style, size)


@pytest.mark.parametrize("size", SIZES)
def test_a_slide_with_nothing_beside_it_has_the_whole_frame(size: tuple[int, int]) -> None:
    assert slide(document(presenter=False, captions=False), size, 1.5) == (0, 0, *size)
    assert slide(document(presenter=False, top=True), size, 1.5) == (0, 0, *size)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("logo", ["TOP_LEFT", "TOP_RIGHT", "BOTTOM_LEFT", "BOTTOM_RIGHT"])
def test_the_card_is_in_another_corner_than_the_logo(size: tuple[int, int], logo: Position) -> None:
    left, top, side = card(document(logo=logo), size)
    across = "LEFT" if left + side / 2 < size[0] / 2 else "RIGHT"
    down = "TOP" if top + side / 2 < size[1] / 2 else "BOTTOM"
    assert f"{down}_{across}" != logo


def test_the_card_of_an_upright_video_is_not_under_captions_at_the_top() -> None:
    size = (720, 1280)
    _, top, _ = card(document(top=True), size)
    assert top > size[1] * MARGINS["portrait"] + text_height(CaptionStyle(), size)
