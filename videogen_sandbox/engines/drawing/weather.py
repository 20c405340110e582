"""What falls or drifts before the whole picture. Every layer repeats seamlessly, so that a film can let it move."""

from __future__ import annotations

from random import Random

from PIL import Image

from videogen_sandbox.engines.drawing.art.canvas import Sheet
from videogen_sandbox.engines.drawing.art.light import Light

SPEEDS = {"rain": (-60.0, 900.0), "storm": (-160.0, 1100.0), "snow": (-12.0, 70.0), "fog": (18.0, 0.0)}
"""Weather → pixels per second to the right and down, in a picture 720 high."""


def falling(weather: str | None, light: Light, width: float, height: float, rng: Random) -> Sheet | None:
    """Return rain, snow or fog as a layer that wraps round in both directions; None for the rest."""
    if weather not in SPEEDS:
        return None
    sheet = Sheet(width, height)
    if weather == "snow":
        _snow(sheet, rng)
    elif weather == "fog":
        _fog(sheet, light, rng)
    else:
        _rain(sheet, rng, 300 if weather == "storm" else 210, 0.24 if weather == "storm" else 0.09)
    return sheet


def lightning(size: tuple[int, int], rng: Random) -> Image.Image:
    """Return a bolt with its glow, as a picture of `size` pixels."""
    sheet = Sheet(*size)
    x, y, unit = size[0] * rng.uniform(0.2, 0.8), 0.0, size[1] / 720
    points = [(x, y)]
    while y < size[1] * 0.52:
        x, y = x + rng.uniform(-34, 34) * unit, y + rng.uniform(26, 60) * unit
        points.append((x, y))
    outline = "M" + "L".join(f"{px:.1f} {py:.1f}" for px, py in points)
    for wide, opacity in ((26, 0.1), (12, 0.22), (4, 0.95)):
        sheet.line(outline, "#eef2ff", wide * unit, opacity)
    fork = points[len(points) // 2]
    sheet.line(
        f"M{fork[0]:.1f} {fork[1]:.1f}l{40 * unit:.1f} {50 * unit:.1f}l{-8 * unit:.1f} {44 * unit:.1f}",
        "#eef2ff",
        2.4 * unit,
        0.85,
    )
    return sheet.image(*size)


def _wrapped(sheet: Sheet, x: float, y: float, reach: float) -> list[tuple[float, float]]:
    """The point and its copies over the edges it touches."""
    xs = [x] + [x + sheet.width] * (x < reach) + [x - sheet.width] * (x > sheet.width - reach)
    ys = [y] + [y + sheet.height] * (y < reach) + [y - sheet.height] * (y > sheet.height - reach)
    return [(px, py) for px in xs for py in ys]


def _rain(sheet: Sheet, rng: Random, count: int, slant: float) -> None:
    near, far = "", ""
    for n in range(count):
        long = rng.uniform(20, 46) if n % 3 else rng.uniform(40, 74)
        for x, y in _wrapped(sheet, rng.uniform(0, sheet.width), rng.uniform(0, sheet.height), 80):
            stroke = f"M{x:.1f} {y:.1f}l{-long * slant:.1f} {long:.1f}"
            if n % 3:
                far += stroke
            else:
                near += stroke
    sheet.line(far, "#dbe8f5", 1.5, 0.34)
    sheet.line(near, "#eef5fb", 2.4, 0.42)


def _snow(sheet: Sheet, rng: Random) -> None:
    for n in range(230):
        size = rng.uniform(1.4, 3.4) if n % 5 else rng.uniform(4, 7.5)
        for x, y in _wrapped(sheet, rng.uniform(0, sheet.width), rng.uniform(0, sheet.height), 10):
            sheet.circle(x, y, size, "#ffffff", 0.85 if n % 5 else 0.55)


def _fog(sheet: Sheet, light: Light, rng: Random) -> None:
    for _ in range(9):
        y, tall, wide = (
            sheet.height * rng.uniform(0.42, 0.9),
            rng.uniform(40, 90),
            sheet.width * rng.uniform(0.24, 0.46),
        )
        fill = sheet.glow([(light.haze, 0.62), (light.haze, 0.3), (light.haze, 0)])
        for x, _y in _wrapped(sheet, rng.uniform(0, sheet.width), sheet.height / 2, wide):
            sheet.ellipse(x, y, wide, tall, fill)
