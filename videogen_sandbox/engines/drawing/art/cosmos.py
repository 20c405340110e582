"""Space, the moon's and other worlds' ground, open sky, and patterns that show no place at all."""

from __future__ import annotations

import math

from videogen_sandbox.engines.drawing.art import colour, sky
from videogen_sandbox.engines.drawing.art.canvas import Sheet, Stage, filled, polyline, smooth, wave

NEBULAE = (
    ("#5b2a86", "#c13c8b", "#2f6fd0"),
    ("#0f4c75", "#3fb8af", "#7a4fd0"),
    ("#7a2a4a", "#e0724a", "#5b3a9c"),
    ("#1d3f72", "#7b5ea7", "#e38fb0"),
)
WORLDS = (
    ("#e0a66b", "#b5714a"),
    ("#7fb7d9", "#3f6fa8"),
    ("#c98fb5", "#7a4f86"),
    ("#9fc98f", "#4f8a6f"),
    ("#d96f5f", "#8f3a3f"),
)


def space(stage: Stage) -> None:
    """Draw stars, nebulae and two or three worlds; subjects float."""
    rng, back, sheet = stage.rng, stage.back, stage.middle
    stage.horizon, stage.far, stage.floor = stage.height, stage.height * 0.42, stage.height * 0.72
    _void(stage)
    x, y = stage.width * rng.choice((0.16, 0.84)), stage.height * rng.uniform(0.2, 0.34)
    world(stage, sheet, x, y, rng.uniform(70, 110), ring=rng.random() < 0.6)
    world(
        stage, sheet, stage.width - x + rng.uniform(-60, 60), stage.height * rng.uniform(0.12, 0.3), rng.uniform(20, 36)
    )
    big, tints = rng.uniform(560, 760), rng.choice(WORLDS)
    centre = (stage.width * rng.choice((0.25, 0.5, 0.75)), stage.height * 0.9 + big)
    back.circle(*centre, big * 1.16, back.glow([(tints[0], 0.9), (tints[0], 0.62), (tints[0], 0)]))
    back.circle(*centre, big, back.gradient([colour.lighter(tints[0], 0.1), tints[1]]))


def _void(stage: Stage) -> None:
    rng, back = stage.rng, stage.back
    back.rect(0, 0, stage.width, stage.height, back.gradient(["#060818", "#0d1233", "#1a1440"]))
    for _ in range(7):
        tint = rng.choice(rng.choice(NEBULAE))
        x, y, wide = rng.uniform(0, stage.width), rng.uniform(0, stage.height), rng.uniform(180, 460)
        back.ellipse(x, y, wide, wide * rng.uniform(0.4, 0.8), back.glow([(tint, 0.5), (tint, 0.16), (tint, 0)]))
    sky.stars(back, rng, 260, stage.height)


def world(stage: Stage, sheet: Sheet, x: float, y: float, radius: float, ring: bool = False) -> None:
    """Draw a banded planet with its night side, with or without a ring."""
    rng = stage.rng
    bright, deep = rng.choice(WORLDS)
    sheet.circle(x, y, radius * 1.5, sheet.glow([(bright, 0.5), (bright, 0.28), (bright, 0)]))
    if ring:
        sheet.line(_ring(x, y, radius, near=False), colour.lighter(bright, 0.3), radius * 0.16, 0.8)
    sheet.circle(x, y, radius, sheet.gradient([colour.lighter(bright, 0.15), bright, deep]))
    for share in (-0.45, -0.1, 0.3, 0.58):
        half = math.sqrt(1 - share * share) * radius * 0.97
        sheet.ellipse(x, y + share * radius, half, radius * rng.uniform(0.05, 0.1), deep, 0.35)
    inner = radius * 1.35
    night = f"M{x:.1f} {y - radius:.1f}A{radius:.1f} {radius:.1f} 0 0 1 {x:.1f} {y + radius:.1f}"
    sheet.path(f"{night}A{inner:.1f} {inner:.1f} 0 0 0 {x:.1f} {y - radius:.1f}Z", "#050616", 0.42)
    if ring:
        sheet.line(_ring(x, y, radius, near=True), colour.lighter(bright, 0.45), radius * 0.16, 0.95)


def _ring(x: float, y: float, radius: float, near: bool) -> str:
    """The half of a planet's ring that is before it, or behind it."""
    across, tilt, wide, flat = radius * 1.7, radius * 0.35, radius * 1.75, radius * 0.5
    start, end = f"M{x - across:.1f} {y + tilt:.1f}", f"{x + across:.1f} {y - tilt:.1f}"
    return f"{start}A{wide:.1f} {flat:.1f} -12 0 {0 if near else 1} {end}"


def surface(stage: Stage, tint: str = "#b9bcc9", earth: bool = True) -> None:
    """Draw the ground of an airless world with craters, a planet over the horizon."""
    rng, sheet = stage.rng, stage.middle
    stage.horizon, stage.far, stage.floor = stage.height * 0.62, stage.height * 0.72, stage.height * 0.89
    if earth:
        _void(stage)
        x, y, radius = stage.width * rng.choice((0.22, 0.78)), stage.height * 0.27, 88.0
        sheet.circle(x, y, radius * 1.35, sheet.glow([("#8fd0ff", 0.6), ("#8fd0ff", 0.3), ("#8fd0ff", 0)]))
        sheet.circle(x, y, radius, sheet.gradient(["#6fc0f0", "#2a6fc0", "#12306b"]))
        for dx, dy, size in ((-0.35, -0.25, 0.34), (0.2, 0.25, 0.3), (0.35, -0.45, 0.18)):
            blob = [
                (
                    x + (dx + size * math.cos(k) * rng.uniform(0.6, 1.1)) * radius,
                    y + (dy + size * math.sin(k) * 0.7) * radius,
                )
                for k in range(7)
            ]
            sheet.path(smooth(blob), "#5fae6b", 0.9)
    for share, mixed in ((0.6, 0.5), (0.68, 0.24), (0.79, 0.0)):
        line = wave(stage.width, stage.height * share, 22, rng, 1.3)
        ground = colour.mix(tint, "#2a2747", mixed)
        sheet.polygon(
            filled(line, stage.height), sheet.gradient([colour.lighter(ground, 0.14), colour.darker(ground, 0.22)])
        )
        for _ in range(6):
            x, y = rng.uniform(0, stage.width), stage.height * (share + rng.uniform(0.04, 0.16))
            wide = rng.uniform(20, 76) * (0.5 + share - 0.4)
            sheet.ellipse(x, y, wide, wide * 0.26, colour.darker(ground, 0.3), 0.8)
            sheet.ellipse(x, y + wide * 0.07, wide * 0.9, wide * 0.19, colour.lighter(ground, 0.06), 0.9)


def clouds(stage: Stage) -> None:
    """Draw the sky high above, with seas of cloud."""
    rng, light = stage.rng, stage.light
    stage.horizon, stage.far, stage.floor = stage.height, stage.height * 0.36, stage.height * 0.66
    for share, count, size in ((0.72, 8, 90), (0.86, 7, 130), (1.0, 6, 190)):
        sheet = stage.front if share == 1.0 else stage.middle
        for k in range(count):
            x = stage.width * (k + rng.uniform(0, 1)) / count
            tint = colour.mix(light.cloud, light.sky[-1], 1 - share)
            sky.cloud(
                sheet,
                rng,
                x,
                stage.height * share + 30,
                size * rng.uniform(0.8, 1.2),
                tint,
                colour.mix(light.cloud_shade, light.sky[-1], 1 - share),
                0.96,
            )


def abstract(stage: Stage) -> None:
    """Draw flowing bands in related colours, with discs and fine lines."""
    rng, sheet = stage.rng, stage.middle
    stage.horizon, stage.far, stage.floor = stage.height * 0.7, stage.height * 0.5, stage.height * 0.8
    hue, spread = colour.hls(stage.accent)[0], rng.choice((-0.14, -0.1, 0.1, 0.14))
    shades = [colour.from_hls(hue + spread * k / 5, 0.34 + 0.09 * k, 0.62) for k in range(6)]
    stage.back.rect(0, 0, stage.width, stage.height, stage.back.gradient([colour.lighter(shades[5], 0.35), shades[4]]))
    x, y = stage.width * rng.uniform(0.3, 0.7), stage.height * rng.uniform(0.28, 0.42)
    stage.back.circle(x, y, 420, stage.back.glow([("#ffffff", 0.55), ("#ffffff", 0)]))
    stage.back.circle(x, y, rng.uniform(110, 170), stage.back.gradient([colour.lighter(shades[1], 0.65), shades[3]]))
    for k in range(5):
        share = 0.42 + 0.13 * k
        line = wave(stage.width, stage.height * share, 90 - 8 * k, rng, rng.uniform(0.6, 1.4))
        tint = shades[4 - k]
        sheet.polygon(filled(line, stage.height), sheet.gradient([(colour.lighter(tint, 0.25), 0.95), (tint, 0.9)]))
        sheet.line(polyline([(px, py - 9) for px, py in line]), colour.lighter(tint, 0.55), 2, 0.5)
    for _ in range(14):
        sheet.circle(
            rng.uniform(0, stage.width),
            rng.uniform(0, stage.height * 0.8),
            rng.uniform(4, 20),
            colour.lighter(rng.choice(shades), 0.5),
            rng.uniform(0.25, 0.7),
        )
