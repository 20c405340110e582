"""What moves in the air of a film: rain, snow, stars, dust, bubbles, leaves, fireflies.

Particles are pure functions of time, so that any frame can be drawn alone and the same seed gives the same film.
Lengths in pixels of a frame of 720 on the shorter side; speeds in such pixels a second.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

Kind = Literal["rain", "snow", "stars", "dust", "bubbles", "leaves", "fireflies"]
Numbers = npt.NDArray[np.float64]

_LAYERS = 3
"""Nearness steps of falling things: near ones are larger, faster and fewer."""

_FADING = 24
"""Steps of opacity. Masks are faded once for a film, not once for each of its frames."""


@dataclass(frozen=True)
class Sprite:
    """A small picture in one colour: `mask` is its opacity."""

    mask: Image.Image
    colour: tuple[int, int, int]

    @cached_property
    def masks(self) -> Sequence[Image.Image]:
        """The mask in steps from unseen to whole."""
        return [self.mask.point([value * step // _FADING for value in range(256)]) for step in range(_FADING + 1)]


@dataclass(frozen=True)
class Flock:
    """Many sprites and where they are: `places(t)` gives x, y and opacity (0..1) of each, in frame pixels."""

    sprites: Sequence[Sprite]
    which: npt.NDArray[np.int64]
    places: Callable[[float], tuple[Numbers, Numbers, Numbers]]

    def draw(self, frame: Image.Image, time: float) -> None:
        """Draw the flock into an RGB frame as it is at `time` seconds."""
        for sprite, x, y, opacity in zip(self.which, *self.places(time), strict=True):
            chosen = self.sprites[sprite]
            mask = chosen.mask if opacity > 0.99 else chosen.masks[round(opacity * _FADING)]
            frame.paste(chosen.colour, (round(x) - mask.width // 2, round(y) - mask.height // 2), mask)


def flock(kind: Kind, width: int, height: int, seed: int) -> Flock:
    """Return a flock that fills a frame of `width` x `height` pixels."""
    dice = np.random.default_rng([seed, sum(kind.encode())])
    return _KINDS[kind](width, height, min(width, height) / 720, dice)


def _rain(width: int, height: int, unit: float, dice: np.random.Generator) -> Flock:
    sprites = []
    for near in (0.45, 0.7, 1.0):
        length, slant = 46 * near * unit, 7 * near * unit
        mask = Image.new("L", (round(slant * 4) + 4, round(length * 4) + 4))
        line = (slant * 4, 0, 2, length * 4)
        ImageDraw.Draw(mask).line(line, fill=round(60 + 70 * near), width=max(3, round(6.5 * near * unit)))
        sprites.append(Sprite(mask.resize((mask.width // 4 + 1, mask.height // 4 + 1)), (226, 236, 248)))
    return _falling(sprites, (150, 90, 40), (900, 1300, 1750), -0.16, 0.0, width, height, unit, dice)


def _snow(width: int, height: int, unit: float, dice: np.random.Generator) -> Flock:
    sprites = [
        _dot(radius * unit, opacity, (255, 255, 255)) for radius, opacity in ((2.2, 190), (3.6, 225), (6.0, 235))
    ]
    return _falling(sprites, (110, 70, 26), (70, 110, 175), 0.12, 16.0, width, height, unit, dice)


def _leaves(width: int, height: int, unit: float, dice: np.random.Generator) -> Flock:
    sprites = []
    for number, colour in enumerate(((214, 120, 40), (190, 74, 36), (230, 168, 56))):
        size = round((16 + 5 * number) * unit * 4)
        mask = Image.new("L", (size, size))
        ImageDraw.Draw(mask).ellipse((size * 0.05, size * 0.3, size * 0.95, size * 0.72), fill=235)
        sprites.append(Sprite(mask.rotate(35 * number - 20).resize((size // 4 + 1, size // 4 + 1)), colour))
    return _falling(sprites, (6, 6, 4), (80, 105, 135), 0.35, 46.0, width, height, unit, dice)


def _falling(
    sprites: Sequence[Sprite],
    counts: Sequence[int],
    speeds: Sequence[float],
    drift: float,
    sway: float,
    width: int,
    height: int,
    unit: float,
    dice: np.random.Generator,
) -> Flock:
    """Things that come down, drift sideways by a share of their speed and sway about their way by `sway` pixels."""
    share = width * height / (1280 * 720 * unit * unit)
    layer = np.repeat(np.arange(_LAYERS), [max(1, round(count * share)) for count in counts])
    total = len(layer)
    speed = np.array(speeds)[layer] * unit * dice.uniform(0.85, 1.15, total)
    start_x, start_y = dice.random(total) * width, dice.random(total)
    phase, pace = dice.random(total) * math.tau, dice.uniform(0.25, 0.55, total) * math.tau
    margin = 60 * unit
    opacity = np.ones(total)

    def places(time: float) -> tuple[Numbers, Numbers, Numbers]:
        y = (start_y * (height + 2 * margin) + speed * time) % (height + 2 * margin) - margin
        x = start_x + drift * speed * time + sway * unit * np.sin(phase + pace * time)
        return (x + margin) % (width + 2 * margin) - margin, y, opacity

    return Flock(sprites, layer, places)


def _stars(width: int, height: int, unit: float, dice: np.random.Generator) -> Flock:
    """Sparkles that come and go in the upper part of the sky."""
    sprites = [_sparkle(reach * unit) for reach in (7, 11, 15)]
    total = round(26 * width * height / (1280 * 720 * unit * unit))
    x, y = dice.random(total) * width, dice.random(total) ** 1.5 * height * 0.48
    pace, phase = dice.uniform(0.5, 1.3, total) * math.tau, dice.random(total) * math.tau

    def places(time: float) -> tuple[Numbers, Numbers, Numbers]:
        return x, y, np.clip(np.sin(phase + pace * time) * 1.2 - 0.1, 0, 0.95)

    return Flock(sprites, dice.choice(3, total, p=(0.6, 0.3, 0.1)), places)


def _dust(width: int, height: int, unit: float, dice: np.random.Generator) -> Flock:
    sprites = [_dot(radius * unit, opacity, (255, 244, 214)) for radius, opacity in ((2.0, 110), (3.2, 95), (6.5, 46))]
    return _hovering(sprites, 36, (9.0, -5.0), 22.0, (0.15, 0.85), width, height, unit, dice)


def _fireflies(width: int, height: int, unit: float, dice: np.random.Generator) -> Flock:
    sprites = [_dot(radius * unit, 235, (240, 255, 150), soft=2.2) for radius in (3.0, 4.0, 5.5)]
    return _hovering(sprites, 18, (8.0, -4.0), 40.0, (0.0, 1.0), width, height, unit, dice, low=0.45)


def _bubbles(width: int, height: int, unit: float, dice: np.random.Generator) -> Flock:
    sprites = []
    for radius in (3.5, 6.0, 10.0):
        size = max(12, round(radius * unit * 8))
        mask = Image.new("L", (size + 8, size + 8))
        draw = ImageDraw.Draw(mask)
        draw.ellipse((4, 4, size, size), fill=50, outline=190, width=max(3, round(5 * unit)))
        draw.ellipse((size * 0.25, size * 0.22, size * 0.45, size * 0.42), fill=235)
        sprites.append(Sprite(mask.resize((mask.width // 4, mask.height // 4)), (226, 246, 255)))
    rising = _falling(sprites, (12, 8, 4), (70, 95, 130), 0.0, 9.0, width, height, unit, dice)

    def places(time: float) -> tuple[Numbers, Numbers, Numbers]:
        x, y, opacity = rising.places(time)
        return x, height - y, opacity

    return Flock(sprites, rising.which, places)


def _hovering(
    sprites: Sequence[Sprite],
    count: int,
    wind: tuple[float, float],
    swing: float,
    opacities: tuple[float, float],
    width: int,
    height: int,
    unit: float,
    dice: np.random.Generator,
    low: float = 0.0,
) -> Flock:
    """Things that float on the air, below the share `low` of the height, and fade in and out."""
    total = max(1, round(count * width * height / (1280 * 720 * unit * unit)))
    x, y = dice.random(total) * width, height * (low + dice.random(total) * (1 - low))
    phase = dice.random((3, total)) * math.tau
    pace = dice.uniform(0.12, 0.4, (3, total)) * math.tau
    dim, bright = opacities

    def places(time: float) -> tuple[Numbers, Numbers, Numbers]:
        wave = np.sin(phase + pace * time)
        opacity = dim + (bright - dim) * (0.5 + 0.5 * wave[2])
        across = (x + wind[0] * unit * time + swing * unit * wave[0]) % width
        return across, y + wind[1] * unit * time + swing * 0.6 * unit * wave[1], opacity

    return Flock(sprites, dice.choice(len(sprites), total), places)


def _dot(radius: float, opacity: int, colour: tuple[int, int, int], soft: float = 0.35) -> Sprite:
    reach = radius * (1 + 2 * soft) + 1
    size = round(reach * 8)
    mask = Image.new("L", (size, size))
    middle = size / 2
    solid = radius * 4
    ImageDraw.Draw(mask).ellipse((middle - solid, middle - solid, middle + solid, middle + solid), fill=opacity)
    mask = mask.filter(ImageFilter.GaussianBlur(radius * soft * 4))
    small = max(3, size // 4)
    return Sprite(mask.resize((small, small), Image.Resampling.BOX), colour)


def _sparkle(reach: float) -> Sprite:
    size = max(8, round(reach * 8))
    mask = Image.new("L", (size, size))
    middle, thin = size / 2, size * 0.055
    draw = ImageDraw.Draw(mask)
    points = [(middle, 0), (middle + thin, middle - thin), (size, middle), (middle + thin, middle + thin)]
    points += [(middle, size), (middle - thin, middle + thin), (0, middle), (middle - thin, middle - thin)]
    draw.polygon(points, fill=255)
    return Sprite(mask.resize((max(3, size // 4), max(3, size // 4)), Image.Resampling.BOX), (255, 252, 240))


_KINDS: dict[Kind, Callable[[int, int, float, np.random.Generator], Flock]] = {
    "rain": _rain,
    "snow": _snow,
    "stars": _stars,
    "dust": _dust,
    "bubbles": _bubbles,
    "leaves": _leaves,
    "fireflies": _fireflies,
}
