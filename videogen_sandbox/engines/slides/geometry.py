"""Outlines of the shapes that slides are made of, as polygons.

The preset shapes are those of ECMA-376 part 1, chapter 20.1.10.56, at their usual adjustments where the
file gives none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from pptx.oxml.ns import qn

from videogen_sandbox.engines.slides.sheet import Point
from videogen_sandbox.engines.slides.theme import local

Adjust = Mapping[str, float]
"""Adjustments by name ("adj", "adj1"), as shares."""

Outline = list[Point]

_STEPS = 12
"""Straight pieces of a quarter of a circle or of a curve."""

OPEN = frozenset({"line", "straightConnector1", "bentConnector2", "bentConnector3", "curvedConnector3", "arc"})
"""Shapes that are only a line."""


def outline(name: str, width: float, height: float, adjust: Adjust) -> Outline | None:
    """Return a preset shape within a box from 0, 0; None for one that is not known here."""
    known = _SHAPES.get(name)
    return None if known is None else known(width, height, adjust)


def adjustments(geometry: Any) -> dict[str, float]:
    """Return the adjustments of a prstGeom."""
    guides = geometry.iter(qn("a:gd"))
    pairs = ((guide.get("name", ""), guide.get("fmla", "")) for guide in guides)
    return {name: float(formula.split()[1]) / 100_000 for name, formula in pairs if formula.startswith("val ")}


def freeform(geometry: Any, width: float, height: float) -> Iterator[tuple[Outline, bool]]:
    """Yield the paths of a custGeom that can be followed, and whether each is closed. Arcs become straight lines."""
    for path in geometry.iter(qn("a:path")):
        across, down = float(path.get("w", "0")) or width, float(path.get("h", "0")) or height
        found: Outline = []
        for step in path:
            try:
                points = [
                    (float(point.get("x")) / across * width, float(point.get("y")) / down * height)
                    for point in step.iter(qn("a:pt"))
                ]
            except ValueError:  # names of guides in place of numbers: the path is computed, which is not done here
                found = []
                break
            match local(step):
                case "moveTo":
                    if len(found) > 1:
                        yield found, False
                    found = points
                case "lnTo":
                    found += points
                case "cubicBezTo" | "quadBezTo":
                    found += _curve([found[-1], *points]) if found else points
                case "close":
                    if len(found) > 2:
                        yield found, True
                    found = found[:1]
        if len(found) > 1:
            yield found, False


def _curve(knots: Outline) -> Outline:
    """A Bézier curve of any degree after its first point, by de Casteljau's rule."""
    made = []
    for number in range(1, _STEPS + 1):
        share, points = number / _STEPS, knots
        while len(points) > 1:
            points = [(a + (c - a) * share, b + (d - b) * share) for (a, b), (c, d) in pairwise(points)]
        made += points
    return made


def _arc(x: float, y: float, across: float, down: float, start: float, end: float) -> Outline:
    """A part of an ellipse about x, y, from and to degrees clockwise from the right."""
    steps = max(2, round(abs(end - start) / 90 * _STEPS))
    angles = [math.radians(start + (end - start) * step / steps) for step in range(steps + 1)]
    return [(x + across * math.cos(angle), y + down * math.sin(angle)) for angle in angles]


def _rounded(width: float, height: float, radius: float) -> Outline:
    corners = [(width - radius, height - radius, 0), (radius, height - radius, 90),
               (radius, radius, 180), (width - radius, radius, 270)]  # fmt: skip
    return [point for x, y, start in corners for point in _arc(x, y, radius, radius, start, start + 90)]


def _scaled(*points: Point) -> Callable[[float, float, Adjust], Outline]:
    """A polygon given in shares of its box."""
    return lambda width, height, _: [(x * width, y * height) for x, y in points]


def _regular(
    corners: int, turn: float = -90.0, inner: float | None = None
) -> Callable[[float, float, Adjust], Outline]:
    """A regular polygon that fills its box, or a star whose inner corners lie at a share of its radius."""
    count = corners * (1 if inner is None else 2)
    radii = [1.0 if inner is None or not step % 2 else inner for step in range(count)]
    angles = [math.radians(turn + 360 * step / count) for step in range(count)]
    xs = [radius * math.cos(angle) for radius, angle in zip(radii, angles, strict=True)]
    ys = [radius * math.sin(angle) for radius, angle in zip(radii, angles, strict=True)]
    return _scaled(*(((x - min(xs)) / (max(xs) - min(xs)), (y - min(ys)) / (max(ys) - min(ys)))
                     for x, y in zip(xs, ys, strict=True)))  # fmt: skip


def _round_rectangle(width: float, height: float, adjust: Adjust) -> Outline:
    return _rounded(width, height, min(width, height) * min(0.5, adjust.get("adj", 0.16667)))


def _arrow(width: float, height: float, adjust: Adjust) -> Outline:
    shaft = height * (1 - min(1.0, adjust.get("adj1", 0.5))) / 2
    neck = width - min(width, min(width, height) * adjust.get("adj2", 0.5))
    upper = [(0.0, shaft), (neck, shaft), (neck, 0.0), (width, height / 2)]
    return [*upper, *((x, height - y) for x, y in reversed(upper[:-1]))]


def _both_ways(width: float, height: float, adjust: Adjust) -> Outline:
    right = _arrow(width, height, adjust)[1:-1]
    return [*right, *((width - x, y) for x, y in reversed(right))]


def _chevron(width: float, height: float, adjust: Adjust) -> Outline:
    tip = min(width, min(width, height) * adjust.get("adj", 0.5))
    return [(0, 0), (width - tip, 0), (width, height / 2), (width - tip, height), (0, height), (tip, height / 2)]


def _home_plate(width: float, height: float, adjust: Adjust) -> Outline:
    return _chevron(width, height, adjust)[:-1]


def _slanted(width: float, height: float, adjust: Adjust) -> Outline:
    slant = min(width, min(width, height) * adjust.get("adj", 0.25))
    return [(slant, 0), (width, 0), (width - slant, height), (0, height)]


def _trapezoid(width: float, height: float, adjust: Adjust) -> Outline:
    slant = min(width / 2, min(width, height) * adjust.get("adj", 0.25))
    return [(slant, 0), (width - slant, 0), (width, height), (0, height)]


def _cross(width: float, height: float, adjust: Adjust) -> Outline:
    side = min(width, height) * min(0.5, adjust.get("adj", 0.25))
    x, y = (side, width - side), (side, height - side)
    return [(x[0], 0), (x[1], 0), (x[1], y[0]), (width, y[0]), (width, y[1]), (x[1], y[1]), (x[1], height),
            (x[0], height), (x[0], y[1]), (0, y[1]), (0, y[0]), (x[0], y[0])]  # fmt: skip


def _callout(width: float, height: float, adjust: Adjust) -> Outline:
    """A rectangle with a pointer from its lower edge."""
    tip = (width * (0.5 + adjust.get("adj1", -0.20833)), height * (0.5 + adjust.get("adj2", 0.625)))
    if tip[1] < height:
        return [(0, 0), (width, 0), (width, height), (0, height)]
    foot = (0.18, 0.42) if tip[0] < width / 2 else (0.58, 0.82)
    return [(0, 0), (width, 0), (width, height), (foot[1] * width, height), tip, (foot[0] * width, height), (0, height)]


def _ellipse(width: float, height: float, _: Adjust) -> Outline:
    return _arc(width / 2, height / 2, width / 2, height / 2, 0, 360)


def _bent(width: float, height: float, adjust: Adjust) -> Outline:
    middle = width * adjust.get("adj1", 0.5)
    return [(0, 0), (middle, 0), (middle, height), (width, height)]


_RECTANGLE = _scaled((0, 0), (1, 0), (1, 1), (0, 1))
_LINE = _scaled((0, 0), (1, 1))
_DIAMOND = _scaled((0.5, 0), (1, 0.5), (0.5, 1), (0, 0.5))


def _flipped(shape: Callable[[float, float, Adjust], Outline]) -> Callable[[float, float, Adjust], Outline]:
    return lambda width, height, adjust: [(width - x, y) for x, y in shape(width, height, adjust)]


def _stood(shape: Callable[[float, float, Adjust], Outline]) -> Callable[[float, float, Adjust], Outline]:
    """A shape that points to the right, pointing down."""
    return lambda width, height, adjust: [(width - y, x) for x, y in shape(height, width, adjust)]


def _upward(width: float, height: float, adjust: Adjust) -> Outline:
    return [(x, height - y) for x, y in _stood(_arrow)(width, height, adjust)]


_SHAPES: Mapping[str, Callable[[float, float, Adjust], Outline]] = {
    **dict.fromkeys(("rect", "flowChartProcess", "actionButtonBlank", "snip1Rect", "bevel", "plaque"), _RECTANGLE),
    **dict.fromkeys(("roundRect", "flowChartAlternateProcess", "round2SameRect", "round1Rect"), _round_rectangle),
    "flowChartTerminator": lambda width, height, _: _rounded(width, height, min(width, height) / 2),
    **dict.fromkeys(("ellipse", "flowChartConnector"), _ellipse),
    **dict.fromkeys(("triangle", "flowChartExtract"), _scaled((0.5, 0), (1, 1), (0, 1))),
    "flowChartMerge": _scaled((0, 0), (1, 0), (0.5, 1)),
    "rtTriangle": _scaled((0, 0), (1, 1), (0, 1)),
    **dict.fromkeys(("diamond", "flowChartDecision"), _DIAMOND),
    **dict.fromkeys(("parallelogram", "flowChartInputOutput"), _slanted),
    "trapezoid": _trapezoid,
    "pentagon": _regular(5),
    "hexagon": _scaled((0.22, 0), (0.78, 0), (1, 0.5), (0.78, 1), (0.22, 1), (0, 0.5)),
    "heptagon": _regular(7),
    "octagon": _regular(8, 22.5),
    "star4": _regular(4, inner=0.38),
    "star5": _regular(5, inner=0.382),
    "star6": _regular(6, inner=0.577),
    "star8": _regular(8, inner=0.75),
    "rightArrow": _arrow,
    "leftArrow": _flipped(_arrow),
    "downArrow": _stood(_arrow),
    "upArrow": _upward,
    "leftRightArrow": _both_ways,
    "upDownArrow": _stood(_both_ways),
    "chevron": _chevron,
    "homePlate": _home_plate,
    "plus": _cross,
    "mathPlus": _cross,
    **dict.fromkeys(("wedgeRectCallout", "wedgeRoundRectCallout"), _callout),
    **dict.fromkeys(("line", "straightConnector1"), _LINE),
    "bentConnector2": _scaled((0, 0), (1, 0), (1, 1)),
    **dict.fromkeys(("bentConnector3", "curvedConnector3"), _bent),
}
