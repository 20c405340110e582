"""What slides are drawn on: masks of any shape filled with a paint, pictures, and layers that are turned."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from videogen_sandbox.engines.slides.theme import Colour, Gradient, Paint

Point = tuple[float, float]

MOST_MASK = 12_000
"""Pixels of a side up to which a shape is drawn; what is larger lies mostly beside the slide."""


class Sheet:
    """An RGBA picture. Coordinates in pixels; what lies outside is cut off."""

    def __init__(self, width: int, height: int, paper: Colour = (0, 0, 0, 0)) -> None:
        self.image = Image.new("RGBA", (max(1, width), max(1, height)), paper)

    def polygon(self, points: Sequence[Point], paint: Paint) -> None:
        """Fill a closed shape."""
        left, top, right, bottom = _bounds(points)
        if right - left > MOST_MASK or bottom - top > MOST_MASK:
            return
        mask = Image.new("L", (right - left + 1, bottom - top + 1))
        ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in points], fill=255)
        self.lay(mask, paint, left, top)

    def line(self, points: Sequence[Point], colour: Colour, width: float) -> None:
        """Draw a line through points, `width` pixels thick."""
        left, top, right, bottom = _bounds(points)
        room = math.ceil(width)
        if right - left > MOST_MASK or bottom - top > MOST_MASK or len(points) < 2:
            return
        mask = Image.new("L", (right - left + 2 * room + 1, bottom - top + 2 * room + 1))
        moved = [(x - left + room, y - top + room) for x, y in points]
        ImageDraw.Draw(mask).line(moved, fill=255, width=max(1, round(width)), joint="curve")
        self.lay(mask, colour, left - room, top - room)

    def lay(self, mask: Image.Image, paint: Paint, left: int, top: int) -> None:
        """Lay a paint on the sheet where the mask (mode L) is set."""
        if isinstance(paint, Gradient):
            layer = _shaded(mask.size, paint)
            layer.putalpha(Image.composite(layer.getchannel("A"), Image.new("L", mask.size), mask))
        else:
            layer = Image.new("RGBA", mask.size, paint)
            layer.putalpha(mask if paint[3] == 255 else mask.point([value * paint[3] // 255 for value in range(256)]))
        self.paste(layer, left, top)

    def paste(self, layer: Image.Image, left: int, top: int) -> None:
        """Lay an RGBA picture on the sheet."""
        box = (max(0, -left), max(0, -top), min(layer.width, self.image.width - left),
               min(layer.height, self.image.height - top))  # fmt: skip
        if box[0] < box[2] and box[1] < box[3]:
            self.image.alpha_composite(layer, (max(0, left), max(0, top)), box)

    def turned(self, layer: Sheet, left: float, top: float, angle: float) -> None:
        """Lay a sheet whose upper left corner is at left, top, turned clockwise about its middle by degrees."""
        turned = layer.image.rotate(-angle, Image.Resampling.BICUBIC, expand=True)
        middle = left + layer.image.width / 2, top + layer.image.height / 2
        self.paste(turned, round(middle[0] - turned.width / 2), round(middle[1] - turned.height / 2))


def filled(size: tuple[int, int], paint: Paint) -> Image.Image:
    """Return an RGBA picture of one paint."""
    return _shaded(size, paint) if isinstance(paint, Gradient) else Image.new("RGBA", size, paint)


def _shaded(size: tuple[int, int], paint: Gradient) -> Image.Image:
    width, height = size
    angle = math.radians(paint.angle)
    across, down = math.cos(angle), math.sin(angle)
    x, y = (np.arange(side, dtype=np.float32) + 0.5 - side / 2 for side in (width, height))
    reach = max(1e-6, abs(across) * width + abs(down) * height)
    share = (x[None, :] * across + y[:, None] * down) / reach + 0.5
    places = [place for place, _ in paint.stops]
    parts = [np.interp(share, places, [colour[part] for _, colour in paint.stops]) for part in range(4)]
    return Image.fromarray(np.stack(parts, axis=-1).round().astype(np.uint8))


def _bounds(points: Sequence[Point]) -> tuple[int, int, int, int]:
    left, top = (math.floor(min(point[axis] for point in points)) for axis in (0, 1))
    right, bottom = (math.ceil(max(point[axis] for point in points)) for axis in (0, 1))
    return left, top, right, bottom
