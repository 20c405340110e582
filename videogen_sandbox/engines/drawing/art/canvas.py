"""A sheet to draw on: SVG shapes as text, in units of which the shorter side of the picture has 720."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

from PIL import Image

from videogen_sandbox.engines.drawing import icons
from videogen_sandbox.engines.drawing.art.light import Light

Point = tuple[float, float]

SHORT_SIDE = 720.0


@dataclass
class Sheet:
    """One transparent layer. Shapes pile up in drawing order; numbers are units, colours `#rrggbb`."""

    width: float
    height: float
    shapes: list[str] = field(default_factory=list)
    definitions: list[str] = field(default_factory=list)
    prefix: str = "g"

    def rect(self, x: float, y: float, w: float, h: float, fill: str, radius: float = 0, opacity: float = 1) -> None:
        """Draw a rectangle with its upper left corner at (x, y); `radius` rounds the corners."""
        rounded = f' rx="{radius:.1f}"' if radius else ""
        self.shapes.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}"{rounded} fill="{fill}"{_faint(opacity)}/>'
        )

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: str, opacity: float = 1) -> None:
        """Draw an ellipse around (x, y)."""
        self.shapes.append(
            f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{rx:.1f}" ry="{ry:.1f}" fill="{fill}"{_faint(opacity)}/>'
        )

    def circle(self, x: float, y: float, radius: float, fill: str, opacity: float = 1) -> None:
        """Draw a disc around (x, y)."""
        self.ellipse(x, y, radius, radius, fill, opacity)

    def polygon(self, points: Sequence[Point], fill: str, opacity: float = 1) -> None:
        """Draw a filled polygon."""
        self.path(polyline(points) + "Z", fill, opacity)

    def path(self, outline: str, fill: str, opacity: float = 1) -> None:
        """Draw the inside of an SVG path."""
        self.shapes.append(f'<path d="{outline}" fill="{fill}"{_faint(opacity)}/>')

    def line(self, outline: str, stroke: str, width: float, opacity: float = 1, dash: str = "") -> None:
        """Draw an SVG path as a line with round ends; `dash` is SVG's stroke-dasharray."""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.shapes.append(
            f'<path d="{outline}" fill="none" stroke="{stroke}" stroke-width="{width:.1f}" stroke-linecap="round" '
            f'stroke-linejoin="round"{dashed}{_faint(opacity, "stroke")}/>'
        )

    def gradient(self, stops: Sequence[str] | Sequence[tuple[str, float]], *, down: bool = True) -> str:
        """Return a linear gradient over the filled shape, as a fill. Stops are colours or (colour, opacity)."""
        direction = 'x1="0" y1="0" x2="0" y2="1"' if down else 'x1="0" y1="0" x2="1" y2="0"'
        return self._define("linearGradient", direction, stops)

    def glow(self, stops: Sequence[str] | Sequence[tuple[str, float]]) -> str:
        """Return a radial gradient from the middle of the filled shape outwards, as a fill."""
        return self._define("radialGradient", "", stops)

    def icon(self, markup: str, x: float, y: float, size: float, flip: bool = False) -> None:
        """Draw an icon's body with its box at (x, y), `size` units wide."""
        scale = size / icons.BOX
        across = f"translate({x + size:.1f} {y:.1f}) scale({-scale:.4f} {scale:.4f})"
        plain = f"translate({x:.1f} {y:.1f}) scale({scale:.4f})"
        self.shapes.append(f'<g transform="{across if flip else plain}">{markup}</g>')

    def faded(self, shapes: Sequence[str], opacity: float) -> None:
        """Draw shapes as one group, so that they do not show through each other."""
        self.shapes.append(f'<g opacity="{opacity:.3f}">{"".join(shapes)}</g>')

    def image(self, width: int, height: int) -> Image.Image:
        """Return the layer as an RGBA picture of `width` x `height` pixels."""
        body = f"<defs>{''.join(self.definitions)}</defs>{''.join(self.shapes)}"
        return icons.render(icons.svg(body, width, height, (0, 0, self.width, self.height)))

    def _define(self, kind: str, direction: str, stops: Sequence[str] | Sequence[tuple[str, float]]) -> str:
        name = f"{self.prefix}{len(self.definitions)}"
        last = max(1, len(stops) - 1)
        entries = "".join(
            f'<stop offset="{i / last:.3f}" stop-color="{stop}"/>'
            if isinstance(stop, str)
            else f'<stop offset="{i / last:.3f}" stop-color="{stop[0]}" stop-opacity="{stop[1]:.3f}"/>'
            for i, stop in enumerate(stops)
        )
        self.definitions.append(f'<{kind} id="{name}" {direction}>{entries}</{kind}>')
        return f"url(#{name})"


@dataclass
class Stage:
    """What a setting draws on and where subjects may stand; filled by the setting's function.

    `back` is the sky or the wall, `middle` the scenery behind the subjects, `front` what stands before them.
    `horizon` and `floor` are the heights where the ground begins and where a near subject stands; `far` the height
    where the smallest, most distant subject stands.
    """

    width: float
    height: float
    light: Light
    rng: Random
    season: str = "summer"
    accent: str = "#e4572e"
    back: Sheet = field(init=False)
    middle: Sheet = field(init=False)
    front: Sheet = field(init=False)
    horizon: float = field(init=False)
    far: float = field(init=False)
    floor: float = field(init=False)
    sun: Point | None = None

    def __post_init__(self) -> None:
        self.back = Sheet(self.width, self.height)
        self.middle = Sheet(self.width, self.height, prefix="m")
        self.front = Sheet(self.width, self.height)
        self.horizon = self.height * 0.56
        self.far = self.height * 0.66
        self.floor = self.height * 0.88


def wave(width: float, y: float, swing: float, rng: Random, bumps: float = 2.0, step: float = 24) -> list[Point]:
    """Return a calm line of hills from left to right edge around height `y`."""
    phases = [(rng.uniform(0, math.tau), rng.uniform(0.7, 1.3)) for _ in range(3)]
    count = int(width / step) + 2
    line = []
    for i in range(-1, count + 1):
        x = i * step
        along = x / width * math.tau * bumps
        rise = sum(math.sin(along * pace * (k + 1) * 0.6 + phase) / (k + 1) for k, (phase, pace) in enumerate(phases))
        line.append((x, y - rise * swing * 0.6))
    return line


def filled(line: Sequence[Point], bottom: float) -> list[Point]:
    """Return a line closed downwards to `bottom`."""
    return [*line, (line[-1][0], bottom), (line[0][0], bottom)]


def height_at(line: Sequence[Point], x: float) -> float:
    """Return the height of a left-to-right line at `x`."""
    for (x1, y1), (x2, y2) in pairwise(line):
        if x1 <= x <= x2:
            return y1 + (y2 - y1) * (x - x1) / ((x2 - x1) or 1)
    return line[-1][1]


def polyline(points: Sequence[Point]) -> str:
    """Return an open line through the points, for `line`."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def smooth(points: Sequence[Point]) -> str:
    """Return a closed, rounded outline through the points (Catmull-Rom as Bézier), for `path`."""
    count = len(points)
    outline = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for i in range(count):
        before, here, there, after = (points[(i + k) % count] for k in (-1, 0, 1, 2))
        first = (here[0] + (there[0] - before[0]) / 6, here[1] + (there[1] - before[1]) / 6)
        second = (there[0] - (after[0] - here[0]) / 6, there[1] - (after[1] - here[1]) / 6)
        outline += f"C{first[0]:.1f} {first[1]:.1f} {second[0]:.1f} {second[1]:.1f} {there[0]:.1f} {there[1]:.1f}"
    return outline + "Z"


def _faint(opacity: float, what: str = "fill") -> str:
    """The opacity of a shape that has nothing but a fill or a stroke: of the whole it would be drawn on a layer."""
    return "" if opacity >= 1 else f' {what}-opacity="{max(0.0, opacity):.3f}"'
