"""Far countries: jungle, desert and savanna."""

from __future__ import annotations

from videogen_sandbox.engines.drawing.art import colour, plants
from videogen_sandbox.engines.drawing.art.canvas import Sheet, Stage, filled, height_at, smooth, wave
from videogen_sandbox.engines.drawing.art.land import clearing, mist, slope


def jungle(stage: Stage) -> None:
    """Draw dense green with light falling in, framed by large leaves."""
    rng, light = stage.rng, stage.light
    stage.horizon, stage.far, stage.floor = stage.height * 0.6, stage.height * 0.72, stage.height * 0.9
    stage.back.rect(
        0, 0, stage.width, stage.height, stage.back.gradient([light.on("#9fd8a0", 0.3), light.on("#e3f3c4", 0.3)])
    )
    for distance, tint, y in ((0.55, "#3f9a68", 0.55), (0.32, "#2f8757", 0.6), (0.12, "#226f49", 0.66)):
        line = wave(stage.width, stage.height * y, 26, rng, 2)
        for _ in range(round(stage.width / 46)):
            x, size = rng.uniform(0, stage.width), rng.uniform(120, 260) * (1.1 - distance)
            for turn in (-2.6, -2.1, -1.57, -1.05, -0.55):
                plants.leaf(
                    stage.middle,
                    x,
                    height_at(line, x) + 20,
                    size,
                    turn + rng.uniform(-0.15, 0.15),
                    light.on(tint, distance),
                )
        stage.middle.polygon(filled(line, stage.height), light.on(colour.darker(tint, 0.05), distance))
        mist(stage.middle, stage.width, stage.height * y - 120, 170, light.on("#dff3b8", 0.2), 0.26)
    _beams(stage)
    slope(stage, wave(stage.width, stage.height * 0.74, 14, rng, 1), "#4b8f4d", 0.02)
    clearing(stage, "#4b8f4d")
    for side in (-1, 1):
        for turn in (-0.2, -0.6, -1.0, -1.35):
            foot = stage.width * (0.5 + side * 0.53)
            length = rng.uniform(150, 260)
            plants.leaf(
                stage.front, foot, stage.height + 10, length, turn if side < 0 else -3.14 - turn, light.on("#14553b")
            )
            plants.leaf(
                stage.front, foot, -20, length, -turn * 0.9 if side < 0 else 3.14 + turn * 0.9, light.on("#176045")
            )


def _beams(stage: Stage) -> None:
    """Shafts of light from above."""
    for _ in range(5):
        x, wide = stage.rng.uniform(0.1, 0.9) * stage.width, stage.rng.uniform(30, 90)
        fill = stage.middle.gradient([("#fffbd6", 0.3), ("#fffbd6", 0.0)])
        stage.middle.polygon(
            [(x, -10), (x + wide, -10), (x + wide - 160, stage.height * 0.8), (x - wide - 160, stage.height * 0.8)],
            fill,
        )


def desert(stage: Stage) -> None:
    """Draw mesas in the haze, dunes with a sharp crest of shade, cacti."""
    rng, light = stage.rng, stage.light
    stage.horizon, stage.far, stage.floor = stage.height * 0.56, stage.height * 0.7, stage.height * 0.89
    sand = rng.choice(("#e8b56c", "#e3a662", "#ecc384"))
    for _ in range(3):
        x, wide, tall = rng.uniform(0, stage.width), rng.uniform(90, 190), rng.uniform(60, 130)
        y, tint = stage.horizon + 20, light.on("#c0714f", 0.5)
        stage.middle.polygon(
            [(x - wide, y), (x - wide * 0.72, y - tall), (x + wide * 0.66, y - tall), (x + wide, y)], tint
        )
        shade = [(x + wide * 0.2, y - tall), (x + wide * 0.66, y - tall), (x + wide, y), (x + wide * 0.3, y)]
        stage.middle.polygon(shade, light.on("#9c5543", 0.45))
    for distance, y, swing in ((0.45, 0.58, 30), (0.25, 0.66, 46), (0.0, 0.78, 50)):
        dune(stage, stage.height * y, swing, sand, distance)
    for x in (rng.uniform(0.03, 0.12), rng.uniform(0.86, 0.96)):
        cactus(stage.middle, x * stage.width, stage.height * 0.8, rng.uniform(100, 170), light.on("#4f8f5b"))
    for _ in range(5):
        plants.rock(
            stage.middle,
            rng,
            rng.uniform(0, stage.width),
            stage.height * rng.uniform(0.84, 0.97),
            rng.uniform(10, 24),
            light.on("#b98a5e"),
        )


def dune(stage: Stage, y: float, swing: float, sand: str, distance: float) -> None:
    """Fill the ground below a wavy line at `y` with sand; `swing` units are how far it goes up and down."""
    rng, sheet = stage.rng, stage.middle
    line = wave(stage.width, y, swing, rng, 0.8)
    shades = (colour.lighter(sand, 0.22), sand, colour.darker(sand, 0.12))
    sheet.polygon(filled(line, stage.height), sheet.gradient([stage.light.on(shade, distance) for shade in shades]))
    start = rng.uniform(0.1, 0.5) * stage.width
    crest = [point for point in line if start < point[0] < start + stage.width * 0.4]
    if len(crest) > 3:
        end = crest[-1]
        drop = [
            (end[0] + 60, end[1] + swing),
            (crest[len(crest) // 2][0], y + swing * 1.4),
            (crest[0][0] + 40, crest[0][1] + 14),
        ]
        sheet.path(smooth([*crest[::2], *drop]), stage.light.on(colour.darker(sand, 0.3), distance), 0.4)


def cactus(sheet: Sheet, x: float, y: float, height: float, tint: str) -> None:
    """Draw a cactus of `height` units with its foot at (x, y)."""
    wide = height * 0.17
    sheet.ellipse(x, y, wide * 1.6, wide * 0.24, "#000000", 0.14)
    for dx, low, high in ((-0.32, 0.4, 0.72), (0.34, 0.3, 0.62)):
        arm = x + dx * height
        sheet.line(f"M{x:.1f} {y - low * height:.1f}H{arm:.1f}V{y - high * height:.1f}", tint, wide * 0.72)
    sheet.line(f"M{x:.1f} {y:.1f}V{y - height:.1f}", tint, wide)
    for offset in (-0.25, 0.15):
        sheet.line(f"M{x + offset * wide:.1f} {y - 4:.1f}V{y - height:.1f}", colour.darker(tint, 0.2), 2)


def savanna(stage: Stage) -> None:
    """Draw golden grass, umbrella trees, a far mountain."""
    rng, light = stage.rng, stage.light
    stage.horizon, stage.far, stage.floor = stage.height * 0.6, stage.height * 0.7, stage.height * 0.9
    stage.middle.polygon(
        filled(wave(stage.width, stage.horizon - 30, 40, rng, 0.7), stage.height), light.on("#8a7f8c", 0.55)
    )
    for distance, y, grass in ((0.4, 0.61, "#d2b25c"), (0.2, 0.67, "#d9b04d"), (0.0, 0.76, "#dfae48")):
        line = wave(stage.width, stage.height * y, 14, rng, 1.2)
        slope(stage, line, grass, distance)
        for _ in range(2 if distance else 1):
            x = stage.width * rng.choice((rng.uniform(0.03, 0.25), rng.uniform(0.75, 0.97)))
            plants.acacia(
                stage.middle,
                rng,
                x,
                height_at(line, x) + 4,
                250 * (1.05 - distance * 1.3),
                light.on("#6c8b3c", distance),
                light.on("#5a4335", distance),
            )
    plants.meadow_front(stage, "#c99a3c", 0)
