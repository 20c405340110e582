"""Walking figures: legs are found in a drawing and swing, each foot stays where it stands while the body goes on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from videogen_sandbox.engines.film.subpixel import PHASES, SubpixelImage

FEET = 0.15
"""Share of a figure's height above its lowest point within which feet are looked for."""

SHORTEST, LONGEST = 0.1, 0.6
"""Share of the height that legs take, from the ground to where they meet: less is a fringe, more a ladder."""

THINNEST = 0.025
"""Share of the width that a leg is wide: less is a whisker."""

STRIDE, SIDEWAYS = 0.42, 0.22
"""Shares of a leg's length that a foot goes before and behind its hip: seen from the side, and from the front."""

UPRIGHT = 0.15
"""Share of its length that a foot is off its hip up to which two legs are those of somebody who faces us."""

LIFT, BOB = 0.22, 0.05
"""Shares of a leg's length: how far a foot is lifted, how far the body rises and falls."""

STANDING = 0.6
"""Share of a foot's cycle in which it stands on the ground."""

CYCLE, CYCLES = 0.085, (0.55, 1.0)
"""Seconds of a cycle by the root of a leg's length in pixels of a picture of 720 lines: short legs step faster."""

TUCKED = 3
"""Rows of a leg that are behind the body, so that no gap opens between them."""

Alpha = NDArray[np.bool_]


@dataclass(frozen=True)
class Leg:
    """A part of a figure below where its legs meet. Places and lengths in pixels of the figure."""

    image: Image.Image
    left: int
    foot: float
    """How far it is to the right of the hip."""
    above: int
    """How high the foot is above the ground."""
    phase: float
    """Of the cycle; 0 puts the foot down."""


class Walker:
    """A figure whose legs move as far as it has gone, so that feet that stand do not slide."""

    def __init__(self, body: Image.Image, hip: int, legs: Sequence[Leg], facing: int) -> None:
        """`body`: the figure without its legs, which begin at the row `hip`; the farther legs come first."""
        self.length = body.height - hip
        self._body, self._hip, self._facing = SubpixelImage(body), hip, facing
        self._legs = [replace(leg, image=leg.image.convert("RGBa")) for leg in legs]
        upright = len(legs) == 2 and all(abs(leg.foot) < UPRIGHT * self.length for leg in legs)
        self._step = self.length * (SIDEWAYS if upright else STRIDE)
        self.stride = 2 * self._step
        """Pixels that the figure goes while a foot stands."""

    def speed(self, unit: float) -> float:
        """Return the pixels a second that suit it, where `unit` is the pixels of one of 720 lines."""
        cycle = min(max(CYCLE * math.sqrt(self.length / unit), CYCLES[0]), CYCLES[1])
        return self.stride / STANDING / cycle

    def up(self, gone: float) -> int:
        """Return how many pixels the body is raised after `gone` pixels: twice in a cycle."""
        cycle = gone * STANDING / self.stride
        return round(BOB * self.length * (1 - math.cos(4 * math.pi * cycle)) / 2)

    def draw(self, frame: Image.Image, x: float, y: int, gone: float) -> None:
        """Draw the figure after `gone` pixels, the upper left corner of its drawing at `x` and `y` of the frame."""
        cycle = gone * STANDING / self.stride
        up = self.up(gone)
        x = math.floor(x * PHASES) / PHASES  # where its body is drawn
        whole = math.floor(x)
        for leg in self._legs:
            forward, lifted = _foot((cycle + leg.phase) % 1)
            across = self._facing * forward * self._step - leg.foot
            longer = (self.length + up + leg.above * (lifted == 0) - lifted * LIFT * self.length) / self.length
            before = max(0, math.ceil(-across))
            moved = self._moved(leg, across, before, x - whole, longer)
            frame.paste(moved, (whole + leg.left - before, y + self._hip - up - TUCKED), moved)
        self._body.draw(frame, x, y - up)

    def _moved(self, leg: Leg, across: float, before: int, shift: float, longer: float) -> Image.Image:
        """A leg `longer` times as long, its foot moved by `across` pixels against the hip, and all by `shift`.

        before: pixels of the picture to the left of the leg as drawn.
        """
        width = before + leg.image.width + max(0, math.ceil(across)) + 1
        size = (width, TUCKED + math.ceil((leg.image.height - TUCKED) * longer) + 1)
        slope = across / (self.length * longer)
        back = (1, -slope, slope * TUCKED - before - shift, 0, 1 / longer, TUCKED - TUCKED / longer)
        return leg.image.transform(size, Image.Transform.AFFINE, back, Image.Resampling.BILINEAR)


def _foot(phase: float) -> tuple[float, float]:
    """How far a foot is before its hip, -1 to 1, and how high it is lifted, 0 to 1."""
    if phase < STANDING:
        return 1 - 2 * phase / STANDING, 0.0
    share = (phase - STANDING) / (1 - STANDING)
    return 2 * share * share * (3 - 2 * share) - 1, math.sin(math.pi * share)


def walker(figure: Image.Image, facing: int) -> Walker | None:
    """Return a drawing as somebody who can walk; None where no two legs are found. `facing`: 1 right, -1 left."""
    solid = np.asarray(figure.getchannel("A")) > 127
    hip = _hip(solid)
    if hip is None:
        return None
    numbers = _parted(solid[hip:])
    areas = [numbers == number for number in range(1, numbers.max() + 1)]
    areas = [
        area for area in areas if area[len(area) // 2 :].any() and area.any(axis=0).sum() >= THINNEST * figure.width
    ]
    if len(areas) < 2:
        return None
    areas.sort(key=lambda area: facing * float(np.nonzero(area)[1].mean()))
    body, legs = np.array(figure), []
    for area, phase in zip(areas, _phases(len(areas)), strict=True):
        around = np.asarray(Image.fromarray(area).convert("L").filter(ImageFilter.MaxFilter(5))) > 0
        around &= area | (numbers == 0)  # the soft edge is the leg's, too
        legs.append(_leg(figure, hip, area, around, phase))
        body[hip:][around] = 0
    legs.sort(key=lambda leg: _brightness(leg.image))
    return Walker(Image.fromarray(body), hip, legs, facing)


def _leg(figure: Image.Image, hip: int, area: Alpha, around: Alpha, phase: float) -> Leg:
    columns = np.flatnonzero(around.any(axis=0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    image = figure.crop((left, hip - TUCKED, right, figure.height))
    mask = np.concatenate([np.repeat(around[:1], TUCKED, axis=0), around])[:, left:right]
    image.putalpha(ImageChops.darker(image.getchannel("A"), Image.fromarray(mask).convert("L")))
    rows, across = np.nonzero(area)
    foot = across[rows > rows.max() - TUCKED].mean() - across[rows < rows.min() + TUCKED].mean()
    return Leg(image, left, float(foot), int(len(area) - 1 - rows.max()), phase)


def _hip(solid: Alpha) -> int | None:
    """The row below which the legs are apart from each other."""
    height, width = solid.shape
    row, most = height - 1, 0
    while row > height * (1 - LONGEST):
        count = sum(end - begin >= THINNEST * width for begin, end in _runs(solid[row]))
        if count < most and most >= 2:
            break
        if count > most and most >= 2 and row < height * (1 - FEET):
            break  # something hangs down there
        most = max(most, count)
        row -= 1
    length = height - 1 - row
    return row + 1 if most >= 2 and SHORTEST * height <= length else None


def _runs(row: Alpha) -> list[tuple[int, int]]:
    """Begin and end of what is solid in a row."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], row, [False]))))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _parted(solid: Alpha) -> NDArray[np.int64]:
    """The number of the leg that each pixel belongs to, from 1 on; 0 for none. What meets below is not parted."""
    numbers = np.zeros(solid.shape, np.int64)
    before = np.zeros(solid.shape[1], np.int64)
    count = 0
    for y, row in enumerate(solid):
        for begin, end in _runs(row):
            above = before[begin:end][before[begin:end] > 0]
            if len(above):
                number = int(np.bincount(above).argmax())
            else:
                count += 1
                number = count
            numbers[y, begin:end] = number
        before = np.where(numbers[y] > 0, numbers[y], 0)
    return numbers


def _phases(count: int) -> Sequence[float]:
    """When each leg steps, from the hindmost to the foremost: four as quadrupeds walk, others in turns."""
    return (0.0, 0.5, 0.25, 0.75) if count == 4 else [number / 2 % 1 + 0.1 * (number // 2) for number in range(count)]


def _brightness(image: Image.Image) -> float:
    pixels = np.asarray(image, np.float64)
    seen = pixels[..., 3] > 127
    return float(pixels[seen][:, :3].mean()) if seen.any() else 0.0
