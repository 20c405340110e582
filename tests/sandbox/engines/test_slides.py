from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pptx import Presentation
from pptx.chart import data as chart_data
from pptx.dml import color
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.shapes import MSO_SHAPE
from pptx.util import Inches

from tests.sandbox.engines.decks import LOCKED, add_diagram, write_pdf
from videogen_sandbox.engines import EngineError
from videogen_sandbox.engines.media.fonts import missing
from videogen_sandbox.engines.slides.pages import MOST_PAGES, Slide, render

rgb: Any = color.RGBColor
new_data: Any = chart_data.CategoryChartData

WIDTH = 640
BLUE = (0x4F, 0x81, 0xBD)
"""The first accent of the theme that python-pptx brings."""


@pytest.fixture(autouse=True)
def _no_office(monkeypatch: pytest.MonkeyPatch) -> None:
    """A LibreOffice of this machine would draw other pictures."""
    monkeypatch.setattr("shutil.which", lambda _name: None)


Drawn = Callable[[Callable[[Any, Any], None]], tuple[Slide, Image.Image]]


@pytest.fixture
def drawn(tmp_path: Path) -> Drawn:
    """Makes a deck of one slide (10 x 7.5 inches) with a layout of "title only", and draws it."""

    def make(fill: Callable[[Any, Any], None], layout: int = 5) -> tuple[Slide, Image.Image]:
        deck = Presentation()
        slide = deck.slides.add_slide(deck.slide_layouts[layout])
        fill(slide, deck)
        deck.save(str(tmp_path / "deck.pptx"))
        (page,) = render(tmp_path / "deck.pptx", tmp_path, WIDTH)
        with Image.open(page.picture) as picture:
            return page, picture.convert("RGB")

    return make


def at(picture: Image.Image, x: float, y: float) -> tuple[int, ...]:
    """The colour at a place in inches."""
    colour = picture.getpixel((round(x * 64), round(y * 64)))
    assert isinstance(colour, tuple)
    return colour


def ink(picture: Image.Image, box: tuple[float, float, float, float], dark: int = 128) -> float:
    """Share of dark pixels in a box in inches."""
    left, top, right, bottom = (round(side * 64) for side in box)
    return float((np.asarray(picture.convert("L"))[top:bottom, left:right] < dark).mean())


def refused(path: Path, folder: Path) -> str:
    with pytest.raises(EngineError) as refusal:
        render(path, folder, WIDTH)
    return refusal.value.code


def test_a_pdf_becomes_a_picture_and_words_a_page(tmp_path: Path) -> None:
    source = write_pdf(tmp_path / "a.pdf", ["Revenue grew", "Costs fell"])
    first, second = render(source, tmp_path, WIDTH)
    assert (first.text, second.text, first.left_out) == ("Revenue grew", "Costs fell", [])
    with Image.open(first.picture) as picture:
        assert picture.size == (640, 360)
        assert picture.getpixel((100, 270)) == (0, 0, 255)


def test_a_page_of_ten_metres_is_bounded(tmp_path: Path) -> None:
    (page,) = render(write_pdf(tmp_path / "a.pdf", ["long"], size=(300, 14_400)), tmp_path, WIDTH)
    with Image.open(page.picture) as picture:
        assert picture.height == 2 * WIDTH


def test_broken_empty_locked_and_endless_files_are_told_apart(tmp_path: Path) -> None:
    whole = write_pdf(tmp_path / "whole.pdf", ["a"]).read_bytes()
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    archive = tmp_path / "archive"
    with zipfile.ZipFile(archive, "w") as other:
        other.writestr("word/document.xml", "<a/>")
    contents = {
        "nothing": b"",
        "junk": b"hello",
        "cut": whole[:40],
        "old": ole,
        "locked deck": ole + "EncryptedPackage".encode("utf-16-le"),
        "other office file": archive.read_bytes(),
    }
    codes = {}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        codes[name] = refused(tmp_path / name, tmp_path)
    codes["locked"] = refused(write_pdf(tmp_path / "locked.pdf", ["a"], trailer=LOCKED), tmp_path)
    codes["endless"] = refused(write_pdf(tmp_path / "endless.pdf", ["a"] * (MOST_PAGES + 1)), tmp_path)
    assert codes == {
        "nothing": "empty_file",
        "junk": "invalid_input",
        "cut": "invalid_input",
        "old": "invalid_input",
        "locked deck": "encrypted_file",
        "other office file": "invalid_input",
        "locked": "encrypted_file",
        "endless": "too_many_pages",
    }


def test_a_deck_without_slides_or_with_nothing_on_them_is_empty(tmp_path: Path) -> None:
    deck = Presentation()
    deck.save(str(tmp_path / "none.pptx"))
    deck.slides.add_slide(deck.slide_layouts[1])  # placeholders that nobody filled
    deck.save(str(tmp_path / "blank.pptx"))
    assert refused(tmp_path / "none.pptx", tmp_path) == refused(tmp_path / "blank.pptx", tmp_path) == "empty_file"


def test_hidden_slides_are_left_out_and_notes_are_kept(tmp_path: Path) -> None:
    deck = Presentation()
    for words in ("shown", "hidden"):
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = words
        slide.notes_slide.notes_text_frame.text = f"Say {words}."
    deck.slides[1].element.set("show", "0")
    deck.save(str(tmp_path / "deck.pptx"))
    (only,) = render(tmp_path / "deck.pptx", tmp_path, WIDTH)
    assert (only.text, only.notes) == ("shown", "Say shown.")


def test_a_title_stands_where_the_layout_puts_it_in_the_master_s_size(drawn: Drawn) -> None:
    def fill(slide: Any, _deck: Any) -> None:
        slide.shapes.title.text = "HHHH"

    _, picture = drawn(fill)
    rows = np.flatnonzero((np.asarray(picture.convert("L")) < 128).any(axis=1))
    assert 0.6 * 44 * 64 / 72 < np.ptp(rows) + 1 < 0.8 * 44 * 64 / 72  # capitals of 44 points
    columns = np.flatnonzero((np.asarray(picture.convert("L")) < 128).any(axis=0))
    assert columns.mean() == pytest.approx(WIDTH / 2, abs=4)
    assert ink(picture, (0, 2, 10, 7.5)) == 0  # an empty body is not seen


def test_a_long_text_is_wrapped_and_made_smaller_until_it_fits(drawn: Drawn) -> None:
    def fill(slide: Any, _deck: Any) -> None:
        box = slide.shapes.add_textbox(Inches(1), Inches(2), Inches(4), Inches(2)).text_frame
        box.word_wrap = True
        box.text = "words that go on " * 22

    _, picture = drawn(fill)
    assert ink(picture, (1, 2, 5, 4)) > 0.03
    assert ink(picture, (0, 2, 0.99, 7.4)) == ink(picture, (5.01, 2, 10, 7.4)) == ink(picture, (1, 4.1, 5, 7.4)) == 0


def test_levels_are_indented_and_have_bullets(tmp_path: Path) -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    frame = slide.placeholders[1].text_frame
    frame.text = "H"
    deeper = frame.add_paragraph()
    deeper.text, deeper.level = "H", 1
    deck.save(str(tmp_path / "deck.pptx"))
    (page,) = render(tmp_path / "deck.pptx", tmp_path, WIDTH)
    dark = np.asarray(Image.open(page.picture).convert("L")) < 128
    rows = np.flatnonzero(dark.any(axis=1))
    first, second = np.split(rows, np.flatnonzero(np.diff(rows) > 8) + 1)[:2]
    starts = [np.flatnonzero(dark[lines].any(axis=0)) for lines in (first, second)]
    assert all(np.diff(columns).max() > 6 for columns in starts)  # a sign, a gap, a letter
    assert starts[1][0] > starts[0][0] + 10


def test_fills_come_from_shape_style_theme_and_their_changes(drawn: Drawn) -> None:
    def fill(slide: Any, _deck: Any) -> None:
        for number in range(3):
            shape = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(1 + 2 * number), Inches(3), Inches(1), Inches(1))
            if number == 1:
                shape.fill.solid()
                shape.fill.fore_color.rgb = rgb(200, 30, 40)
            if number == 2:
                shape.fill.background()
        slide.background.fill.solid()
        slide.background.fill.fore_color.rgb = rgb(250, 240, 200)

    _, picture = drawn(fill)
    assert [at(picture, 1.5 + 2 * number, 3.5) for number in range(3)] == [BLUE, (200, 30, 40), (250, 240, 200)]


def test_what_master_and_layout_bring_is_drawn_unless_the_slide_hides_it(drawn: Drawn) -> None:
    def fill(slide: Any, deck: Any) -> None:
        deck.slide_master.background.fill.solid()
        deck.slide_master.background.fill.fore_color.rgb = rgb(10, 40, 60)
        bar = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(0), Inches(7), Inches(10), Inches(0.5))
        slide.slide_layout.shapes.element.append(bar.element)
        slide.shapes.add_textbox(Inches(1), Inches(1), Inches(2), Inches(1)).text_frame.text = "x"

    def hide(slide: Any, deck: Any) -> None:
        fill(slide, deck)
        slide.element.set("showMasterSp", "0")

    shown, hidden = (drawn(one)[1] for one in (fill, hide))
    assert at(shown, 5, 5) == at(hidden, 5, 5) == (10, 40, 60)
    assert at(shown, 5, 7.25) == BLUE
    assert at(hidden, 5, 7.25) == (10, 40, 60)


def test_a_diagram_is_drawn_from_the_shapes_that_are_kept_beside_it(drawn: Drawn) -> None:
    def fill(slide: Any, deck: Any) -> None:
        add_diagram(deck, slide, Inches(1), Inches(2))

    page, picture = drawn(fill)
    assert at(picture, 2.5, 2.5) == (200, 30, 40)
    assert at(picture, 1.5, 2.5) == (255, 255, 255)
    assert page.left_out == []


def test_pictures_are_cropped_and_turned_shapes_turn_clockwise(drawn: Drawn, photo: Callable[..., Path]) -> None:
    def fill(slide: Any, _deck: Any) -> None:
        picture = slide.shapes.add_picture(str(photo("p.png")), Inches(1), Inches(3), Inches(2), Inches(2))
        picture.crop_bottom = 0.5  # the blue half
        arrow = slide.shapes.add_shape(MSO_SHAPE.RIGHT_ARROW, Inches(5), Inches(3), Inches(2), Inches(2))
        arrow.rotation = 90

    _, picture = drawn(fill)
    assert at(picture, 2, 4.9) == pytest.approx((250, 150, 30), abs=3)
    assert at(picture, 6, 4.9) == pytest.approx(BLUE, abs=12)
    assert at(picture, 6.9, 3.8) == (255, 255, 255)


def test_a_group_is_drawn_at_its_own_scale(drawn: Drawn) -> None:
    def fill(slide: Any, _deck: Any) -> None:
        group = slide.shapes.add_group_shape()
        group.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(1), Inches(3), Inches(1), Inches(1))
        group.width, group.left = Inches(4), Inches(2)

    _, picture = drawn(fill)
    assert at(picture, 5.9, 3.5) == BLUE
    assert at(picture, 1.5, 3.5) == at(picture, 6.2, 3.5) == (255, 255, 255)


def test_a_table_has_a_head_bands_and_rows_that_hold_their_text(drawn: Drawn) -> None:
    def fill(slide: Any, _deck: Any) -> None:
        table = slide.shapes.add_table(3, 2, Inches(1), Inches(2), Inches(4), Inches(1.2)).table
        table.cell(0, 0).text = "Head"
        table.cell(1, 0).text = "a text that needs three lines in a cell as narrow as this one is"

    page, picture = drawn(fill)
    assert at(picture, 2.9, 2.05) == BLUE
    assert at(picture, 4.5, 3.2) == at(picture, 4.5, 2.6) != (255, 255, 255)
    assert page.text == "Head\na text that needs three lines in a cell as narrow as this one is\n"


@pytest.mark.parametrize("kind", ["COLUMN_CLUSTERED", "BAR_STACKED", "LINE", "PIE", "DOUGHNUT", "AREA"])
def test_charts_show_their_values_in_the_colours_of_the_theme(drawn: Drawn, kind: str) -> None:
    def fill(slide: Any, _deck: Any) -> None:
        data = new_data()
        data.categories = ["Q1", "Q2"]
        data.add_series("Sales", (30, 10))
        slide.shapes.add_chart(XL_CHART_TYPE[kind], Inches(1), Inches(2), Inches(6), Inches(4), data)

    page, picture = drawn(fill)
    near = np.abs(np.asarray(picture).astype(int) - BLUE).max(axis=2) < 60
    assert near.mean() > (0.002 if kind == "LINE" else 0.01)
    assert page.left_out == []
    if kind == "COLUMN_CLUSTERED":
        heights = [np.flatnonzero(near[:, half]).size for half in (slice(0, 256), slice(256, 512))]
        assert heights[0] == pytest.approx(3 * heights[1], rel=0.1)


def test_what_is_not_drawn_is_told(drawn: Drawn) -> None:
    def fill(slide: Any, _deck: Any) -> None:
        data = new_data()
        data.categories = ["Q1", "Q2", "Q3"]
        data.add_series("Sales", (30, 10, 20))
        slide.shapes.add_chart(XL_CHART_TYPE.RADAR, Inches(1), Inches(2), Inches(6), Inches(4), data)
        slide.shapes.add_shape(MSO_SHAPE.HEART, Inches(1), Inches(1), Inches(1), Inches(1))
        slide.shapes.title.text = "你好"

    page, _ = drawn(fill)
    assert page.left_out == [
        "characters that the font does not have (你好)",
        "a chart (radar)",
        "the outline of a shape (heart), drawn as a rectangle",
    ]


def rewritten(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """The deck with every part changed."""
    with zipfile.ZipFile(path) as package:
        parts = {name: change(name, package.read(name)) for name in package.namelist()}
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


def test_a_broken_shape_is_told_and_the_others_are_drawn(tmp_path: Path) -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    for left in (1, 4):
        slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(left), Inches(3), Inches(1), Inches(1))
    deck.save(str(tmp_path / "deck.pptx"))

    def break_first(name: str, content: bytes) -> bytes:
        return content.replace(b'cx="914400"', b'cx="wide"', 1) if name == "ppt/slides/slide1.xml" else content

    (page,) = render(rewritten(tmp_path / "deck.pptx", break_first), tmp_path, WIDTH)
    assert page.left_out == ["a shape that is broken (ValueError)"]
    with Image.open(page.picture) as picture:
        assert at(picture, 4.5, 3.5) == BLUE


def test_a_deck_that_lost_a_part_is_refused(tmp_path: Path) -> None:
    deck = Presentation()
    deck.slides.add_slide(deck.slide_layouts[6])
    deck.save(str(tmp_path / "deck.pptx"))
    broken = rewritten(tmp_path / "deck.pptx", lambda name, part: b"<a/>" if name.endswith("slide1.xml") else part)
    assert refused(broken, tmp_path) == "invalid_input"


def test_the_font_says_what_it_lacks() -> None:
    assert missing("Grüße, Ελλάδα и мир — 你好 🙂") == "你好🙂"


def test_libreoffice_draws_where_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "drawn here"
    slide.notes_slide.notes_text_frame.text = "Said."
    deck.save(str(tmp_path / "deck.pptx"))
    pdf = write_pdf(tmp_path / "office.pdf", ["drawn there"])
    program = tmp_path / "soffice"
    program.write_text(f'#!/bin/sh\nwhile [ "$1" != --outdir ]; do shift; done\ncp "{pdf}" "$2/slides.pdf"\n')
    program.chmod(0o755)
    monkeypatch.setattr("shutil.which", lambda _name: str(program))
    (page,) = render(tmp_path / "deck.pptx", tmp_path, WIDTH)
    assert (page.text, page.notes) == ("drawn there", "Said.")
