"""Outlines of traced shapes as SVG paths: smooth, and in few bytes.

vtracer's own curves take two to three segments for each corner of the polygon they start from, in absolute numbers.
Here gentle corners of the polygon are control points of a quadratic B-spline, which SVG writes as one relative point
each (`t`: SVG 1.1, 8.3.7); sharp corners stay what they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GRID = 2
"""Units of a written coordinate in a pixel: corners lie on pixels, and curves meet in the middle between two."""

FLAT = 0.6
"""Pixels that a corner may stand out from the line between its neighbours and still be left out."""

THINNINGS = 4
"""Times that corners are looked for that can be left out: every other one at a time, as neighbours change."""

SHARP_HEIGHT = 4.0
"""Pixels that a corner stands out from which on it stays: rounded, it would lose a quarter of that."""

SHARP_COSINE = 0.5
"""Turns of more than 60 degrees stay, however small: letters are made of them."""

_SHAPE = re.compile(r'<path d="([^"]*)" fill="(#[0-9A-Fa-f]{6})" transform="translate\(([-\d.]+),([-\d.]+)\)"/>')
_NUMBER = re.compile(r"-?\d+")


def smooth_shapes(polygons: str) -> list[tuple[str, str]]:
    """Return fill and path data, in units of 1 / `GRID` pixel, of the shapes in an SVG from vtracer's mode "polygon".

    Of its corners vtracer writes whole pixels.
    """
    fills: list[str] = []
    rings: list[NDArray[np.int64]] = []
    shape_of: list[int] = []
    for outline, fill, left, top in _SHAPE.findall(polygons):
        place = int(left), int(top)
        for ring in outline.split("Z"):
            rings.append(np.array(_NUMBER.findall(ring), np.int64).reshape(-1, 2) + place)
            shape_of.append(len(fills))
        fills.append(fill.lower())
    drawn = [""] * len(fills)
    for number, ring in zip(shape_of, _drawn(rings), strict=True):
        drawn[number] += ring
    return [(fill, data) for fill, data in zip(fills, drawn, strict=True) if data]


@dataclass(frozen=True)
class _Rings:
    """Closed polygons, all in one array, because they are many and small."""

    points: NDArray[np.int64]
    """n x 2: the corners, in pixels, polygon after polygon."""
    ends: NDArray[np.int64]
    """Where each polygon ends in `points`."""

    def sides(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The sides that lead to each corner, and on from it."""
        lengths = np.diff(self.ends, prepend=0)
        filled = self.ends[lengths > 0] - 1
        following = np.arange(1, len(self.points) + 1)
        following[filled] -= lengths[lengths > 0]
        on = self.points[following] - self.points
        to = np.empty_like(on)
        to[following] = on
        return to, on

    def without(self, gone: NDArray[np.bool_]) -> _Rings:
        """The polygons without some of their corners."""
        left = np.concatenate(([0], np.cumsum(~gone)))
        return _Rings(self.points[~gone], left[self.ends])


def _drawn(polygons: Sequence[NDArray[np.int64]]) -> Iterator[str]:
    """Polygons as path data; nothing for those without an area."""
    rings = _Rings(
        np.concatenate([*polygons, np.empty((0, 2), np.int64)]),
        np.cumsum([len(one) for one in polygons], dtype=np.int64),
    )
    for number in range(THINNINGS):
        flat = _heights(*rings.sides()) < FLAT
        flat[number % 2 :: 2] = False
        rings = rings.without(flat)
    to, on = rings.sides()
    lengths = np.hypot(to[:, 0], to[:, 1]) * np.hypot(on[:, 0], on[:, 1])
    sharp = ((to * on).sum(axis=1) < SHARP_COSINE * lengths) | (_heights(to, on) > SHARP_HEIGHT)
    points, middles = (rings.points * GRID).tolist(), (rings.points * GRID + on * GRID // 2).tolist()
    begin, stays = 0, sharp.tolist()
    for end in rings.ends.tolist():
        yield _path(points[begin:end], middles[begin:end], stays[begin:end]) if end - begin > 2 else ""
        begin = end


def _heights(to: NDArray[np.int64], on: NDArray[np.int64]) -> NDArray[np.float64]:
    """How many pixels each corner stands out from the line between its neighbours."""
    area = np.abs(to[:, 0] * on[:, 1] - to[:, 1] * on[:, 0])
    across = to + on
    height: NDArray[np.float64] = area / np.maximum(np.hypot(across[:, 0], across[:, 1]), 1e-9)
    return height


def _path(points: list[list[int]], middles: list[list[int]], stays: list[bool]) -> str:
    """A polygon as path data: lines between corners that stay, curves around the others.

    middles: of the sides that lead on from the corners.
    """
    first = stays.index(True) if any(stays) else -1  # so that every curve ends at a corner that stays, if there is one
    path = _Path(points[first] if stays[first] else middles[first])
    order = [*range(first + 1, len(points)), *range(first + 1)]
    curving = False
    for at, following in zip(order, [*order[1:], order[0]], strict=True):
        if stays[at]:
            if not curving:
                path.add("l", points[at])
            curving = False
            continue
        end = points[following] if stays[following] else middles[at]
        if curving:
            path.add("t", end)
        else:
            path.add("q", points[at], end)
        curving = True
    return path.text()


class _Path:
    """Path data that grows by relative commands; a letter is written only where it changes."""

    def __init__(self, start: Sequence[int]) -> None:
        self._at, self._letter = start, ""
        self._parts = [f"M{_numbers(start)}"]

    def add(self, letter: str, *points: Sequence[int]) -> None:
        """Go on to the last of the points; those before it are control points."""
        numbers = _numbers([to - at for point in points for to, at in zip(point, self._at, strict=True)])
        joint = "" if numbers[0] == "-" else " "
        self._parts.append(letter + numbers if letter != self._letter else joint + numbers)
        self._at, self._letter = points[-1], letter

    def text(self) -> str:
        return "".join(self._parts) + "z"


def _numbers(numbers: Sequence[int]) -> str:
    """Numbers as short as path data may have them: a minus sign is a separator, too."""
    return " ".join(map(str, numbers)).replace(" -", "-")
