"""Slideshow themes: two colours from a theme's pictures or words, for slides, the margins around them and captions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from videogen_sandbox.engines.drawing.art import colour
from videogen_sandbox.engines.drawing.reading import tokens
from videogen_sandbox.engines.drawing.references import palette_of
from videogen_sandbox.engines.drawing.words import vocabulary
from videogen_sandbox.engines.graphics.layout import brightness
from videogen_sandbox.engines.media.picture_input import open_upright
from videogen_sandbox.engines.videos.document import Colour, Theme

PICTURE_SIDE = 256
"""Pixels on the longer side of a theme's picture: enough for its main colours."""

APART = 90
"""Least distance in RGB of the accent from the ground, if the picture has such a colour."""

PAPER, INK = 0.78, 0.75
"""Shares of white and of night in the ground that make the colours of a page and of its text; both can be read."""

WHITE = 235
"""Least red, green and blue of a page that has no ground of its own."""

BARE_BORDER = 0.9
"""Share of the border of a slide that is white where it has no ground of its own."""

GREY = 0.14
"""Saturation (0 to 1) from which a pixel is coloured, and keeps its colour."""

READABLE = 110.0
"""Brightness (0 to 255) from which a colour can be read on that of text, which is nearly black."""

RULE = 1 / 180
"""Width of the rule between slide and margin, as a share of the frame's shorter side."""


def theme_of(described: Mapping[str, Any] | None, pictures: Sequence[Path]) -> Theme | None:
    """Return the colours of a theme: those of its first picture, else those that its name and description name.

    None without a theme, or where it has neither. Raise EngineError for a picture that cannot be read.
    """
    if described is None:
        return None
    found = (
        palette_of(open_upright(pictures[0], PICTURE_SIDE).image.convert("RGBA"))
        if pictures
        else _named(f"{described.get('name') or ''} {described.get('description') or ''}")
    )
    if not found:
        return None
    ground, *others = found
    apart = [one for one in others if _distance(one, ground) >= APART]
    light = sum(colour.parts(ground)) > 3 * 128
    accent = max(
        apart, key=lambda one: colour.hls(one)[2], default=(colour.darker if light else colour.lighter)(ground, 0.6)
    )
    return Theme(ground=_part(ground), accent=_part(accent))


def themed(picture: Image.Image, theme: Theme) -> Image.Image:
    """Return a slide in the colours of a theme, RGB; one that has a ground of its own as it is."""
    picture = picture.convert("RGB")
    pixels = np.asarray(picture, np.float32)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    if float((border.min(axis=1) >= WHITE).mean()) < BARE_BORDER:
        return picture
    high, low = pixels.max(axis=2, keepdims=True), pixels.min(axis=2, keepdims=True)
    grey = np.clip(1 - (high - low) / (GREY * 255), 0, 1)
    ink, paper = (np.asarray(colour.parts(one), np.float32) for one in (_ink(theme), _paper(theme)))
    toned = ink + (paper - ink) * (high + low) / 510
    return Image.fromarray((pixels + (toned - pixels) * grey).round().astype(np.uint8))


def framed(picture: Image.Image, size: tuple[int, int], place: tuple[int, int], theme: Theme) -> Image.Image:
    """Return a slide with its upper left corner at `place` of a frame of `size`, margins in a theme's colours."""
    frame = Image.new("RGB", size, theme.ground.rgb)
    left, top = place
    rule = max(2, round(min(size) * RULE))
    box = (left - rule, top - rule, left + picture.width + rule - 1, top + picture.height + rule - 1)
    ImageDraw.Draw(frame).rectangle(box, fill=theme.accent.rgb)
    frame.paste(picture, (left, top))
    return frame


def captions(theme: Theme | None) -> dict[str, Any]:
    """Return the fields of a caption style, by wire name, that a theme decides where nobody else does."""
    if theme is None:
        return {}
    spoken = colour.text(theme.accent.rgb)
    if brightness(theme.accent.rgb) < READABLE:
        spoken = colour.lighter(spoken, 0.5)
    return {
        "backgroundStyle": {"backgroundColor": _part(_ink(theme)).model_dump(), "opacityProportion": 0.85},
        "spokenTextColor": _part(spoken).model_dump(),
    }


def _named(text: str) -> list[str]:
    """The colours that a text names, in its order; "dark" and "light" count."""
    known = vocabulary().colours
    words = tokens(text)
    found = []
    for word, before in zip(words, ["", *words], strict=False):
        if word in known:
            shade = {"dark": colour.darker, "deep": colour.darker, "light": colour.lighter, "pale": colour.lighter}
            found.append(shade[before](known[word], 0.5) if before in shade else known[word])
    return found


def _ink(theme: Theme) -> str:
    return colour.darker(colour.text(theme.ground.rgb), INK)


def _paper(theme: Theme) -> str:
    return colour.lighter(colour.text(theme.ground.rgb), PAPER)


def _distance(first: str, second: str) -> float:
    return float(np.linalg.norm(np.subtract(colour.parts(first), colour.parts(second))))


def _part(text: str) -> Colour:
    red, green, blue = colour.parts(text)
    return Colour(red=red, green=green, blue=blue)
