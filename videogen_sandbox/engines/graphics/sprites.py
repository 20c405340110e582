"""The pictures that are moved, and laying them on a frame at any place, also between pixels."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from videogen_sandbox.engines.graphics.colours import Colour
from videogen_sandbox.engines.graphics.motion import Move
from videogen_sandbox.engines.media.fonts import BOLD, font

SHADOW = 170
"""Opacity (of 255) of the shadow under letters, which keeps them legible on any film."""


@dataclass(frozen=True)
class Thing:
    """A picture with its place (upper left corner, pixels) and its movement; scaled about `anchor` (shares of it).

    At rest it stands on whole pixels, where it is sharpest.
    picture: RGBA, or what gives one for a time, for things that change.
    """

    picture: Image.Image | Callable[[float], Image.Image]
    x: float
    y: float
    move: Move
    anchor: tuple[float, float] = (0.5, 0.5)


def draw(frame: Image.Image, thing: Thing, time: float) -> None:
    """Lay a thing on an RGBA frame as it stands at `time` seconds."""
    state = thing.move(time)
    if state.opacity <= 0.004 or state.shown <= 0:
        return
    picture = thing.picture if isinstance(thing.picture, Image.Image) else thing.picture(time)
    left = round(thing.x) + state.right + thing.anchor[0] * picture.width * (1 - state.wide)
    top = round(thing.y) + state.down + thing.anchor[1] * picture.height * (1 - state.high)
    if state.shown < 1:
        picture = picture.crop((0, 0, max(1, round(picture.width * state.shown)), picture.height))
    column, row = math.floor(left), math.floor(top)
    if (left, top, state.wide, state.high) != (column, row, 1.0, 1.0):
        picture = _between(picture, left - column, top - row, state.wide, state.high)
        column, row = column - 1, row - 1
    if state.opacity < 0.996:
        faded = picture.getchannel("A").point([round(value * state.opacity) for value in range(256)])
        picture = picture.copy()
        picture.putalpha(faded)
    _lay(frame, picture, column, row)


def _between(picture: Image.Image, right: float, down: float, wide: float, high: float) -> Image.Image:
    """The picture moved by a part of a pixel and scaled. Whole pixels alone would make slow movements tremble.

    A clear pixel is put around it first, and is around the result: edges are only mixed with what is there.
    """
    bordered = ImageOps.expand(picture, 1)
    size = (math.ceil(picture.width * wide + right) + 3, math.ceil(picture.height * high + down) + 3)
    matrix = (1 / wide, 0.0, 1 - (1 + right) / wide, 0.0, 1 / high, 1 - (1 + down) / high)
    return bordered.transform(size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)


def _lay(frame: Image.Image, picture: Image.Image, x: int, y: int) -> None:
    box = (max(0, -x), max(0, -y), min(picture.width, frame.width - x), min(picture.height, frame.height - y))
    if box[0] < box[2] and box[1] < box[3]:
        frame.alpha_composite(picture, (max(0, x), max(0, y)), box)


def letters(words: str, size: float, colour: Colour, *, shadow: bool, weight: int = BOLD) -> Image.Image:
    """Return a line of text as a picture with room about it: `room(size)` pixels on each side."""
    opened = font(size, weight)
    margin = room(size)
    width, height = math.ceil(opened.getlength(words)) + 2 * margin, round(size * 1.3) + 2 * margin
    mask = Image.new("L", (width, height))
    ImageDraw.Draw(mask).text((margin, margin + size * 1.0), words, font=opened, fill=255, anchor="ls")
    written = Image.new("RGBA", mask.size, (*colour, 0))
    written.putalpha(mask)
    if not shadow:
        return written
    dark = mask.filter(ImageFilter.MaxFilter(3)).filter(ImageFilter.GaussianBlur(max(1.5, size * 0.06)))
    under = Image.new("RGBA", mask.size, (0, 0, 0, 0))
    under.putalpha(dark.point([min(255, value * 2) * SHADOW // 255 for value in range(256)]))
    under.alpha_composite(written)
    return under


def room(size: float) -> int:
    """Return the pixels that `letters` leaves on each side for the shadow."""
    return round(size * 0.25) + 4


def panel(width: float, height: float, colour: Colour, opacity: int = 255, radius: float = 0.0) -> Image.Image:
    """Return a filled rectangle, its corners rounded; smooth at the edges."""
    fine = 4
    size = (max(1, round(width)) * fine, max(1, round(height)) * fine)
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), radius * fine, fill=opacity)
    made = Image.new("RGBA", size, (*colour, 0))
    made.putalpha(mask)
    return made.resize((size[0] // fine, size[1] // fine), Image.Resampling.BOX)


def fitted(picture: Image.Image, width: float, height: float) -> Image.Image:
    """Return a picture as large as fits into a box."""
    scale = min(width / picture.width, height / picture.height)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return picture.convert("RGBA").resize(size, Image.Resampling.LANCZOS)
