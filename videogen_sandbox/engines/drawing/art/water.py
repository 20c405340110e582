"""Beach, open sea, lake and the world under water."""

from __future__ import annotations

import math

from videogen_sandbox.engines.drawing import icons
from videogen_sandbox.engines.drawing.art import colour, land, plants
from videogen_sandbox.engines.drawing.art.canvas import Sheet, Stage, filled, smooth, wave


def sea(stage: Stage) -> None:
    """Draw water to the horizon with the light of the sky on it; subjects float."""
    stage.horizon, stage.far, stage.floor = stage.height * 0.54, stage.height * 0.64, stage.height * 0.8
    surface(stage, stage.horizon, stage.height)
    if stage.rng.random() < 0.55:
        _islands(stage)
    crest = wave(stage.width, stage.height * 0.965, 16, stage.rng, 2.6)
    deep = stage.light.on(colour.mix(stage.light.sky[0], "#0f5f86", 0.55))
    stage.front.polygon(
        filled(crest, stage.height + 10), stage.front.gradient([(colour.lighter(deep, 0.25), 0.92), (deep, 0.97)])
    )


def surface(stage: Stage, top: float, bottom: float) -> None:
    """Draw water between two heights: gradient, streaks, the path of the sun or moon."""
    rng, light, sheet = stage.rng, stage.light, stage.middle
    blue = light.on("#1f86b8")
    near, far = colour.mix(blue, light.sky[0], 0.42), colour.mix(blue, light.sky[-1], 0.6)
    sheet.rect(
        0,
        top,
        stage.width,
        bottom - top,
        sheet.gradient([far, colour.mix(far, near, 0.7), near, colour.darker(near, 0.18)]),
    )
    sheet.rect(0, top, stage.width, 2.2, colour.lighter(far, 0.4), opacity=0.7)
    for _ in range(round(stage.width / 9)):
        depth = rng.random() ** 0.75
        y, long = top + 4 + depth * (bottom - top), 10 + depth * rng.uniform(20, 120)
        tint = colour.lighter(far, 0.45) if rng.random() < 0.6 else colour.darker(near, 0.16)
        sheet.ellipse(rng.uniform(0, stage.width), y, long, 0.8 + depth * 2.2, tint, 0.4)
    if stage.sun:
        for k in range(26):
            share = k / 25
            y, reach = top + 5 + share * (bottom - top) * 0.9, (14 + share * 74) * rng.uniform(0.4, 1.1)
            sheet.ellipse(
                stage.sun[0] + rng.uniform(-1, 1) * (8 + share * 30),
                y,
                reach,
                1.4 + share * 3,
                light.glow,
                0.75 - share * 0.5,
            )


def _islands(stage: Stage) -> None:
    rng, light = stage.rng, stage.light
    for distance in (0.7, 0.5):
        x, half, tall = rng.choice((0.12, 0.86)) * stage.width, rng.uniform(110, 240), rng.uniform(30, 80)
        points = [
            (x + (i / 6 - 0.5) * 2 * half, stage.horizon + 3 - tall * math.sin(i / 6 * math.pi) * rng.uniform(0.7, 1.1))
            for i in range(7)
        ]
        stage.middle.polygon([*points, (x + half, stage.horizon + 3)], light.on("#4f7f86", distance))


def beach(stage: Stage) -> None:
    """Draw sea behind, foam, sand in front; palms lean in from a side."""
    rng, light, sheet = stage.rng, stage.light, stage.middle
    stage.horizon, stage.far, stage.floor = stage.height * 0.5, stage.height * 0.74, stage.height * 0.9
    surface(stage, stage.horizon, stage.height * 0.74)
    if rng.random() < 0.5:
        _islands(stage)
    shore = wave(stage.width, stage.height * 0.69, 20, rng, 0.8)
    sand = light.on("#f0d5a0")
    for drop, tint, opacity in (
        (-12, colour.lighter(light.on("#7fd3df"), 0.1), 0.6),
        (0, "#ffffff", 0.85 if light.stars < 0.5 else 0.5),
        (11, light.on("#cfae78"), 1.0),
    ):
        sheet.polygon(filled([(x, y + drop) for x, y in shore], stage.height), tint, opacity)
    sheet.polygon(
        filled([(x, y + 24) for x, y in shore], stage.height),
        sheet.gradient([light.on("#e9cb93"), sand, light.on("#e0b978")]),
    )
    for _ in range(70):
        sheet.circle(
            rng.uniform(0, stage.width),
            stage.height * rng.uniform(0.78, 1),
            rng.uniform(0.8, 2.2),
            light.on("#b98f5a"),
            0.5,
        )
    for name, size in (("spiral-shell", 26), ("coral", 24)):
        if rng.random() < 0.6:
            markup = _in_light(stage, name)
            sheet.icon(markup, rng.uniform(0.05, 0.9) * stage.width, stage.height * rng.uniform(0.84, 0.94), size)
    side = rng.choice((-1, 1))
    for x, tall, lean in ((0.5 - side * 0.44, 330, side * 70), (0.5 - side * 0.36, 240, side * 44)):
        palm(stage, sheet, x * stage.width, stage.height * 0.83, tall, lean)


def palm(stage: Stage, sheet: Sheet, x: float, y: float, height: float, lean: float) -> None:
    """Draw a curved trunk with a crown of fronds."""
    light, rng = stage.light, stage.rng
    bark, top = light.on("#8a6242"), (x + lean, y - height)
    sheet.path(
        f"M{x - 15:.1f} {y:.1f}Q{x + lean * 0.1 - 8:.1f} {y - height * 0.6:.1f} {top[0] - 6:.1f} {top[1]:.1f}h12"
        f"Q{x + lean * 0.1 + 14:.1f} {y - height * 0.55:.1f} {x + 15:.1f} {y:.1f}z", bark,
    )  # fmt: skip
    for k in range(1, 9):
        share = k / 9
        here = x + lean * share**1.9
        sheet.line(f"M{here - 9:.1f} {y - height * share:.1f}q9 6 18 0", colour.darker(bark, 0.22), 2.4)
    length = height * 0.5
    for k, turn in enumerate((-3.3, -2.75, -2.2, -1.5, -0.9, -0.35, 0.15)):
        tint = light.on("#2f8f57" if k % 2 else "#3fa564")
        end = (top[0] + math.cos(turn) * length, top[1] + math.sin(turn) * length * 0.72 + length * 0.3)
        bend = (top[0] + math.cos(turn) * length * 0.55, top[1] + math.sin(turn) * length * 0.8 - length * 0.14)
        sheet.path(
            f"M{top[0]:.1f} {top[1]:.1f}Q{bend[0]:.1f} {bend[1]:.1f} {end[0]:.1f} {end[1]:.1f}"
            f"Q{bend[0]:.1f} {bend[1] + length * 0.3:.1f} {top[0]:.1f} {top[1]:.1f}Z", tint,
        )  # fmt: skip
    for dx in (-9, 6, 0):
        sheet.circle(top[0] + dx, top[1] + 8 + rng.uniform(-2, 4), 8, light.on("#6b4a2f"))


def lake(stage: Stage) -> None:
    """Draw mountains over a lake, the near shore in front."""
    rng = stage.rng
    stage.horizon = stage.height * 0.52
    land.ranges(stage, rng.choice(land.ROCKS))
    shore = wave(stage.width, stage.horizon + 8, 8, rng, 1.5)
    land.tree_row(stage, shore, 34, 80, 0.4, 18)
    stage.middle.polygon(filled(shore, stage.horizon + 34), stage.light.on(land.GRASS[stage.season], 0.35))
    surface(stage, stage.horizon + 22, stage.height * 0.86)
    stage.far, stage.floor = stage.height * 0.66, stage.height * 0.8
    bank = wave(stage.width, stage.height * 0.9, 18, rng, 1.1)
    stage.middle.polygon(filled(bank, stage.height), stage.light.on(land.GRASS[stage.season], 0.05))
    for _ in range(5):
        plants.rock(
            stage.middle,
            rng,
            rng.uniform(0, stage.width),
            stage.height * 0.93,
            rng.uniform(14, 36),
            stage.light.on("#8b909c"),
        )
    if stage.season != "winter":
        plants.meadow_front(stage, land.GRASS[stage.season], 0.4)


def underwater(stage: Stage) -> None:
    """Draw blue depth with shafts of light, a sandy floor, kelp, corals and bubbles."""
    rng, sheet = stage.rng, stage.middle
    stage.horizon, stage.far, stage.floor = stage.height * 0.2, stage.height * 0.5, stage.height * 0.86
    dim = 0.0 if stage.light.stars < 0.3 else 0.45
    shades = [
        colour.darker(tint, dim)
        for tint in rng.choice(
            (("#63d3e6", "#2393bf", "#0e5a92", "#0a3a6b"), ("#7fe0d3", "#2aa5a5", "#0f6d86", "#0b4464"))
        )
    ]
    stage.back.rect(0, 0, stage.width, stage.height, stage.back.gradient(shades))
    for _ in range(7):
        x, wide = rng.uniform(-0.1, 1.1) * stage.width, rng.uniform(24, 90)
        fill = stage.back.gradient([("#ffffff", 0.26 * (1 - dim)), ("#ffffff", 0)])
        stage.back.polygon(
            [(x, -10), (x + wide, -10), (x + wide * 2 - 120, stage.height * 0.8), (x - wide - 120, stage.height * 0.8)],
            fill,
        )
    for distance, y, tint in ((0.65, 0.76, "#1a6f9c"), (0.3, 0.84, "#7fa9a0"), (0.0, 0.9, "#e3cf9c")):
        line = wave(stage.width, stage.height * y, 22, rng, 1.6)
        sheet.polygon(filled(line, stage.height), colour.mix(tint, shades[2], distance * 0.7 + dim * 0.5))
        for _ in range(round(stage.width / 200)):
            x = rng.uniform(0, stage.width)
            _kelp(
                stage,
                sheet,
                x,
                stage.height * (y + 0.06),
                rng.uniform(110, 300) * (1 - distance * 0.5),
                colour.mix("#2f8f5f", shades[2], distance + 0.1),
            )
    for _ in range(7):
        x, size = rng.uniform(0, stage.width), rng.uniform(54, 110)
        body = icons.bodies()["coral"]
        tint = rng.choice(("#ff7f6a", "#f25f8b", "#f7b05b", "#b678e0"))
        sheet.icon(icons.recoloured(body, {"#ff822d": tint, "#ff6723": tint}), x, stage.height * 0.955 - size, size)
    for _ in range(5):
        plants.rock(
            sheet,
            rng,
            rng.uniform(0, stage.width),
            stage.height * 0.985,
            rng.uniform(24, 60),
            colour.mix("#5f7f8f", shades[2], 0.35),
        )
    for _ in range(9):
        x, y = rng.uniform(0, stage.width), stage.height * rng.uniform(0.1, 0.9)
        for k in range(rng.randint(2, 4)):
            radius = rng.uniform(3, 9)
            stage.front.circle(x + rng.uniform(-12, 12), y - k * 26, radius, "#ffffff", 0.22)
            stage.front.circle(
                x + rng.uniform(-12, 12) - radius * 0.3, y - k * 26 - radius * 0.3, radius * 0.3, "#ffffff", 0.7
            )


def _kelp(stage: Stage, sheet: Sheet, x: float, y: float, height: float, tint: str) -> None:
    for side in range(stage.rng.randint(2, 4)):
        foot, swing, tall = x + side * 16, stage.rng.uniform(14, 34), height * stage.rng.uniform(0.6, 1)
        left = [(foot - 6 + math.sin(k * 0.9) * swing * k / 8, y - tall * k / 8) for k in range(9)]
        right = [(px + 13 * (1 - k / 9), py) for k, (px, py) in enumerate(left)]
        sheet.path(smooth([*left, *right[::-1]]), tint, 0.95)


def _in_light(stage: Stage, name: str) -> str:
    body = icons.bodies()[name]
    return icons.recoloured(body, {tint: stage.light.on(tint) for tint in set(icons.colours_in(body))})
