"""Skies: gradient, sun and moon, stars, clouds, rainbow."""

from __future__ import annotations

import math
from itertools import pairwise
from random import Random

from videogen_sandbox.engines.drawing.art import colour
from videogen_sandbox.engines.drawing.art.canvas import Sheet, Stage, wave


def sky(stage: Stage, *, sun: bool = True, weather: str | None = None, clouds: float = 1.0) -> None:
    """Draw sky, what shines in it, and clouds, down to a little below the horizon."""
    sheet, light = stage.back, stage.light
    sheet.rect(0, 0, stage.width, stage.height, light.sky[-1])
    sheet.rect(0, 0, stage.width, stage.horizon + 40, sheet.gradient(light.sky))
    if weather == "aurora":
        aurora(stage)
    if light.stars:
        stars(sheet, stage.rng, round(170 * light.stars), stage.horizon)
    if sun and weather in (None, "clear", "rainbow", "snow"):
        shine(stage)
    banks(
        stage,
        {"clouds": 9, "storm": 9, "rain": 8, "snow": 5, "fog": 4, "clear": 2, "aurora": 0}.get(weather or "", 4)
        * clouds,
    )


def aurora(stage: Stage) -> None:
    """Draw curtains of green and violet light."""
    rng, sheet = stage.rng, stage.back
    for tint, top, tall in (("#3dffb0", 0.16, 0.44), ("#57e0ff", 0.24, 0.34), ("#a86bff", 0.1, 0.4)):
        line = wave(stage.width, stage.horizon * (top + 0.42), 70, rng, rng.uniform(0.8, 1.3), 10)
        for (x, y), (x2, y2) in pairwise(line):
            reach = stage.horizon * tall * (0.7 + 0.3 * math.sin(x / 37) * math.sin(x / 83 + top * 40))
            fill = sheet.gradient([(tint, 0), (tint, 0.2), (tint, 0.42), (tint, 0)])
            sheet.polygon([(x, y - reach), (x2 + 0.6, y2 - reach), (x2 + 0.6, y2 + 26), (x, y + 26)], fill)


def shine(stage: Stage) -> None:
    """Draw the sun or the moon with its glow. Low and large at dawn and sunset."""
    sheet, light, rng = stage.back, stage.light, stage.rng
    low = light.time in ("dawn", "sunset", "dusk")
    x = stage.width * rng.choice((rng.uniform(0.14, 0.34), rng.uniform(0.66, 0.86)))
    if light.time == "night":
        y, radius = stage.height * rng.uniform(0.13, 0.2), 40.0
        sheet.circle(x, y, radius * 5, sheet.glow([("#dfe9ff", 0.35), ("#9db8f5", 0.1), ("#9db8f5", 0)]))
        moon(sheet, x, y, radius, light.sky[0])
    else:
        y = stage.horizon - stage.height * rng.uniform(0.05, 0.13) if low else stage.height * rng.uniform(0.12, 0.2)
        radius = 62.0 if low else 46.0
        sheet.circle(x, y, radius * 7, sheet.glow([(light.glow, 0.75), (light.glow, 0.22), (light.glow, 0)]))
        sheet.circle(x, y, radius * 1.5, light.glow, 0.28)
        sheet.circle(x, y, radius, colour.lighter(light.glow, 0.35))
    stage.sun = (x, y)


def moon(sheet: Sheet, x: float, y: float, radius: float, dark: str) -> None:
    """Draw a full moon around (x, y); `dark` is the sky that tints its craters."""
    sheet.circle(x, y, radius, sheet.gradient(["#fdfbf0", "#dfe4f2"]))
    for dx, dy, size in ((-0.35, -0.2, 0.2), (0.25, 0.3, 0.26), (0.3, -0.4, 0.12), (-0.2, 0.45, 0.13)):
        sheet.circle(x + dx * radius, y + dy * radius, size * radius, colour.mix("#c9d0e4", dark, 0.08), 0.75)


def stars(sheet: Sheet, rng: Random, count: int, bottom: float) -> None:
    """Draw stars, fewer towards `bottom`; a few of them with a cross of light."""
    for _ in range(count):
        x, y = rng.uniform(0, sheet.width), bottom * rng.random() ** 1.4
        size = rng.choice((0.8, 0.8, 1.1, 1.1, 1.6))
        sheet.circle(x, y, size, rng.choice(("#ffffff", "#ffffff", "#ffe9c9", "#cfe0ff")), rng.uniform(0.45, 1))
    for _ in range(max(2, count // 28)):
        x, y, reach = rng.uniform(0, sheet.width), bottom * 0.75 * rng.random(), rng.uniform(5, 9)
        thin = reach * 0.13
        sheet.polygon([(x, y - reach), (x + thin, y - thin), (x + reach, y), (x + thin, y + thin), (x, y + reach),
                       (x - thin, y + thin), (x - reach, y), (x - thin, y - thin)], "#ffffff", 0.9)  # fmt: skip


def banks(stage: Stage, count: float) -> None:
    """Draw flat-bottomed clouds, smaller and paler towards the horizon."""
    rng, light = stage.rng, stage.light
    places = sorted(rng.uniform(0.06, 0.82) for _ in range(round(count)))
    for share in reversed(places):
        y = stage.horizon * share
        size = (1.25 - share) * rng.uniform(70, 150)
        pale = 0.25 + 0.5 * share
        tint = colour.mix(light.cloud, light.sky[-1], pale * 0.6)
        shade = colour.mix(light.cloud_shade, light.sky[-1], pale * 0.6)
        cloud(
            stage.back,
            rng,
            rng.uniform(-0.05, 1.05) * stage.width,
            y,
            size,
            tint,
            shade,
            0.9 if light.stars < 0.5 else 0.7,
        )


def cloud(sheet: Sheet, rng: Random, x: float, y: float, size: float, tint: str, shade: str, opacity: float) -> None:
    """Draw one cumulus of about 2 x `size` units width standing on height `y`."""
    puffs = rng.randint(4, 6)
    shapes = Sheet(sheet.width, sheet.height)
    fill = sheet.gradient([tint, tint, shade])
    base = size * 0.2
    shapes.rect(x - size, y - base * 2, size * 2, base * 2, fill, base)
    for i in range(puffs):
        across = (i + 0.5) / puffs * 2 - 1
        radius = size * (0.5 - 0.3 * abs(across) ** 1.5) * rng.uniform(0.8, 1.1)
        shapes.circle(x + across * size * 0.72, y - base - radius * 0.45, radius, tint)
    shapes.rect(x - size * 0.86, y - base * 1.15, size * 1.72, base * 1.15, shade, base * 0.57, 0.55)
    sheet.faded(shapes.shapes, opacity)


def rainbow(stage: Stage) -> None:
    """Draw a faint bow over the whole picture."""
    x, y, radius = stage.width * 0.52, stage.horizon + 60, min(stage.width * 0.44, stage.horizon * 0.95)
    for i, tint in enumerate(("#ef5a5a", "#f59a4a", "#f7dc5c", "#6fcf6f", "#56a8ec", "#8f6fd8")):
        reach = radius - i * 11
        stage.back.line(
            f"M{x - reach:.1f} {y:.1f}A{reach:.1f} {reach:.1f} 0 0 1 {x + reach:.1f} {y:.1f}", tint, 11.5, 0.42
        )
