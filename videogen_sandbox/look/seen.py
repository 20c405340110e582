"""What can be said of pictures without eyes: colours, black, still, transparent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PIL import Image, ImageChops

SAMPLE = (48, 48)
"""Pixels of each picture that are counted."""

BLACK = 20
"""Of 255: what is nowhere brighter is black; encoders leave noise of a few steps."""

STILL = 8
"""Of 255: where a sampled pixel changes by more from picture to picture, something moves; an encoder changes less."""

SHARE = 0.05
"""Of the pixels that a colour needs to be named."""

NAMED = 4

_TRANSPARENT = 128


@dataclass(frozen=True)
class Seen:
    """`colours` are the most frequent ones as "#rrggbb", with the percentage of what is not transparent."""

    colours: dict[str, int]
    black: bool
    still: bool
    """Whether nothing moves; False for a single picture."""
    transparent: int
    """Percentage of the pixels, 100 where nothing can be seen."""


def seen(images: Sequence[Image.Image]) -> Seen:
    """Return what pictures (RGB or RGBA, at least one) show."""
    small = [image.resize(SAMPLE, Image.Resampling.BOX) for image in images]
    counts: dict[tuple[int, int, int], list[int]] = {}
    clear = opaque = 0
    for image in small:
        data = image.convert("RGBA").tobytes()
        for place in range(0, len(data), 4):
            red, green, blue, alpha = data[place : place + 4]
            if alpha < _TRANSPARENT:
                clear += 1
                continue
            opaque += 1
            bucket = counts.setdefault((red >> 5, green >> 5, blue >> 5), [0, 0, 0, 0])
            for index, value in enumerate((1, red, green, blue)):
                bucket[index] += value
    frequent = sorted(counts.values(), reverse=True)[:NAMED]
    colours = {
        "#{:02x}{:02x}{:02x}".format(*(round(total / many) for total in totals)): round(100 * many / opaque)
        for many, *totals in frequent
        if many >= SHARE * opaque
    }
    greys = [image.convert("RGB").convert("L") for image in small]
    black = opaque > 0 and all(_brightest(grey) <= BLACK for grey in greys)
    moves = [_brightest(ImageChops.difference(one, other)) for one, other in pairwise(greys)]
    still = len(greys) > 1 and max(moves) <= STILL
    return Seen(colours, black, still, 100 * clear // max(clear + opaque, 1))


def _brightest(grey: Image.Image) -> int:
    return max(grey.tobytes())
