"""Draws captions: the words of a card in the chosen style, as a sticker for the frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from videogen_sandbox.engines.drawing.icons import ASSETS
from videogen_sandbox.engines.videos.document import CaptionStyle
from videogen_sandbox.engines.videos.layer import Sticker, sticker

REFERENCE_SIDE = 1_080
"""Sizes of a caption style are pixels of a video with so many lines (VideoGen's REST reference)."""

LIGHTEST, BOLDEST = 400, 700
"""Weights that the font has; others are drawn as the nearest."""

WIDEST = {"landscape": 0.72, "portrait": 0.86}
"""Share of the width that a line takes at most: the eye does not travel, and nothing is under a player's buttons."""

TALLEST = 0.4
"""Share of the height that a card takes at most; larger type is drawn smaller."""

MARGINS = {"landscape": 0.08, "portrait": 0.16}
"""Share of the height below captions at the bottom, above them at the top: clear of what players draw there, which are
titles and buttons in upright videos."""

SIDE_MARGIN = 0.07
"""Share of the width beside captions at the left or right."""

MOST_LINES = 2

_LINE_HEIGHT = 1.32
"""Of the font size: room for strokes and boxes."""

_MISSING = "\uffff"


@dataclass(frozen=True)
class Placed:
    """A sticker and the place of its upper left corner: even pixels."""

    sticker: Sticker
    left: int
    top: int


class Typesetter:
    """Sets captions of one style for frames of one size."""

    def __init__(self, style: CaptionStyle, size: tuple[int, int], room: float = 1.0) -> None:
        """`room`: share of the width, from the left, that is free for captions; something stands in the rest."""
        self.style = style
        self._size = size
        self._shape = "landscape" if size[0] >= size[1] else "portrait"
        self._scale = min(size) / REFERENCE_SIDE
        self._room = round(size[0] * room)
        self._widest = self._room * WIDEST[self._shape]
        self._font = font_of(style, style.font_size * self._scale)
        self._stroke = round(style.stroke_weight * self._scale) if style.stroke_color else 0

    def fits(self, words: Sequence[str]) -> bool:
        """Return whether the words stand in at most two lines."""
        return len(_broken(words, self._font, self._widest)) <= MOST_LINES

    def draw(self, words: Sequence[str], said: int | None) -> Placed:
        """Return a card of words of which number `said` is being spoken (None: none is)."""
        font = self._smaller(words)
        lines = _broken(words, font, self._widest)[:MOST_LINES]
        em = font.size
        pad = round(em * 0.45) + self._stroke
        height = round(em * _LINE_HEIGHT)
        widths = [font.getlength(" ".join(words[n] for n in line)) for line in lines]
        width = round(max(widths)) + 2 * pad
        image = Image.new("RGBA", (width, height * len(lines) + round(em * 0.2)))
        spots = []
        for row, (line, wide) in enumerate(zip(lines, widths, strict=True)):
            slack = width - 2 * pad - wide
            x = pad + slack * {"LEFT": 0.0, "CENTER": 0.5, "RIGHT": 1.0}[self.style.text_justification]
            for n in line:
                spots.append((n, x, row * height, font.getlength(words[n])))
                x += font.getlength(words[n] + " ")
        self._boxes(image, spots, said, em, pad)
        pen = ImageDraw.Draw(image)
        for n, x, top, _ in spots:
            spoken = said is not None and (n == said or (n < said and self.style.persist_spoken_text_color))
            self._word(pen, words[n], x, top + (height + em * 0.2) / 2, font, spoken)
        return self._placed(image)

    def _word(
        self, pen: ImageDraw.ImageDraw, text: str, x: float, y: float, font: ImageFont.FreeTypeFont, spoken: bool
    ) -> None:
        style = self.style
        colour = style.spoken_text_color if spoken and style.spoken_text_color else style.text_color
        edge = style.spoken_text_stroke_color if spoken and style.spoken_text_stroke_color else style.stroke_color
        pen.text(
            (x, y), text, font=font, anchor="lm", fill=colour.rgb,
            stroke_width=self._stroke, stroke_fill=(edge or style.text_color).rgb,
        )  # fmt: skip

    def _boxes(
        self, image: Image.Image, spots: Sequence[tuple[int, float, int, float]], said: int | None, em: float, pad: int
    ) -> None:
        background = self.style.background_style
        if background is None:
            return
        height = round(em * _LINE_HEIGHT)
        rows = sorted({top for _, _, top, _ in spots})
        boxes: list[tuple[float, float, float, float]] = []
        for top in rows:
            row = [(x, x + wide) for _, x, place, wide in spots if place == top]
            boxes.append((row[0][0] - pad * 0.8, top, row[-1][1] + pad * 0.8, top + height + em * 0.2))
        if background.type == "RECT":
            left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
            boxes = [(left, boxes[0][1], right, boxes[-1][3])]
        if background.type == "WORD_BY_WORD":
            gap = em * 0.12
            boxes = [
                (x - gap, top + em * 0.06, x + wide + gap, top + height + em * 0.14)
                for n, x, top, wide in spots
                if n == said
            ]
        fill = (*background.background_color.rgb, round(255 * background.opacity_proportion))
        radius = background.border_radius_proportion * height / 2
        cover = Image.new("L", image.size)
        pen = ImageDraw.Draw(cover)
        for box in boxes:
            pen.rounded_rectangle(box, radius, fill=fill[3])
        image.paste(fill[:3], (0, 0), cover)
        image.putalpha(cover)

    def _smaller(self, words: Sequence[str]) -> ImageFont.FreeTypeFont:
        """The font, made smaller where a word is wider than a line or two lines are taller than they may be."""
        longest = max(self._font.getlength(word) for word in words)
        tallest = self._size[1] * TALLEST / (MOST_LINES * _LINE_HEIGHT + 0.2)
        share = min(1.0, self._widest / longest, tallest / self._font.size)
        font = self._font
        while share < 1.0 or len(_broken(words, font, self._widest)) > MOST_LINES:
            font = font_of(self.style, font.size * min(share, 0.94))
            share = 1.0
        return font

    def _placed(self, image: Image.Image) -> Placed:
        width, height = self._room, self._size[1]
        aside = round(width * SIDE_MARGIN)
        left = {
            "LEFT": aside,
            "CENTER": (width - image.width) // 2,
            "RIGHT": width - aside - image.width,
        }[self.style.text_justification]
        margin = round(height * MARGINS[self._shape])
        top = {
            "TOP": margin,
            "MIDDLE": (height - image.height) // 2,
            "BOTTOM": height - margin - image.height,
        }[self.style.vertical_alignment]
        return Placed(sticker(image), max(0, left) // 2 * 2, max(0, top) // 2 * 2)


def text_height(style: CaptionStyle, size: tuple[int, int]) -> float:
    """Return the height of a full card of captions in pixels of a frame."""
    em = style.font_size * min(size) / REFERENCE_SIDE
    return min(em * (MOST_LINES * _LINE_HEIGHT + 0.2), size[1] * TALLEST)


def font_of(style: CaptionStyle, size: float) -> ImageFont.FreeTypeFont:
    """Return the caption font at a size in pixels. There is one family, in the weights 400 to 700."""
    return _font(max(6.0, size), min(max(style.font_weight, LIGHTEST), BOLDEST))


@lru_cache(maxsize=32)
def _font(size: float, weight: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(str(ASSETS / "NotoSans.ttf"), size)
    font.set_variation_by_axes([weight])
    return font


@lru_cache(maxsize=4_096)
def has_glyph(letter: str) -> bool:
    """Return whether the font can draw a letter: what it lacks it would draw as a box."""
    font = _font(24.0, LIGHTEST)
    return letter.isspace() or bytes(font.getmask(letter)) != bytes(font.getmask(_MISSING))


def legible(text: str) -> str:
    """Return a word without what the font lacks (emoji, other scripts)."""
    return "".join(letter for letter in text if has_glyph(letter))


def _broken(words: Sequence[str], font: ImageFont.FreeTypeFont, widest: float) -> list[list[int]]:
    """The numbers of the words in lines: one where they fit, else two of nearly one length, else as many as needed."""
    numbers = list(range(len(words)))

    def length(line: Sequence[int]) -> float:
        return font.getlength(" ".join(words[n] for n in line))

    if length(numbers) <= widest:
        return [numbers]
    halves = [(numbers[:cut], numbers[cut:]) for cut in numbers[1:]]
    best = min(halves, key=lambda pair: max(length(pair[0]), length(pair[1])), default=None)
    if best is not None and max(map(length, best)) <= widest:
        return [best[0], best[1]]
    lines: list[list[int]] = [[]]
    for n in numbers:
        if lines[-1] and length([*lines[-1], n]) > widest:
            lines.append([])
        lines[-1].append(n)
    return lines
