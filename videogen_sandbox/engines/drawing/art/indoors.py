"""Rooms: a living room and its kin, a table top, a product studio, a stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from videogen_sandbox.engines.drawing import icons
from videogen_sandbox.engines.drawing.art import colour, land, sky
from videogen_sandbox.engines.drawing.art.canvas import Sheet, Stage

WALLS = ("#e8d5b7", "#b9cfc4", "#d9b8a8", "#a9bfd6", "#e3c0b0", "#c5c9e0", "#d7d3c0")
WOOD = ("#b07d4f", "#9c6b43", "#c08f5f", "#8a5a3c")


def room(stage: Stage, kind: str = "home") -> None:
    """Draw a wall with a window on the weather, a floor, and the furniture of the room's kind."""
    rng, sheet = stage.rng, stage.middle
    stage.horizon, stage.far, stage.floor = stage.height * 0.68, stage.height * 0.76, stage.height * 0.91
    wall = {"hospital": "#dcebee", "laboratory": "#d5e3e8", "gym": "#b8bec9", "classroom": "#dfe5cf"}.get(
        kind, rng.choice(WALLS)
    )
    dim = indoor_light(stage)
    wall = colour.times(wall, dim)
    sheet.rect(
        0, 0, stage.width, stage.horizon + 2, sheet.gradient([colour.darker(wall, 0.1), colour.lighter(wall, 0.06)])
    )
    if kind in ("home", "bedroom"):
        for k in range(0, round(stage.width / 48) + 1, 1):
            sheet.rect(k * 48, 0, 20, stage.horizon, colour.lighter(wall, 0.16), opacity=0.3)
    _floor(stage, dim, tiles=kind in ("hospital", "laboratory", "kitchen", "gym"))
    sheet.rect(0, stage.horizon - 16, stage.width, 18, colour.lighter(wall, 0.5))
    x = stage.width * rng.choice((0.24, 0.5, 0.74)) if stage.width > 900 else stage.width * 0.5
    window(stage, x, stage.height * 0.11, min(330.0, stage.width * 0.4), stage.height * 0.36, wide=kind == "office")
    FURNITURE.get(kind, _home)(stage, x, dim)
    glow = sheet.glow([("#fff2cc", 0.32), ("#fff2cc", 0)])
    sheet.ellipse(x, stage.height * 0.86, stage.width * 0.36, stage.height * 0.12, glow)


def indoor_light(stage: Stage) -> tuple[float, float, float]:
    """Return factors for red, green and blue in a lit room: the evening outside warms and dims it a little."""
    red, green, blue = stage.light.ambient
    return 0.45 + 0.55 * red + (0.12 if stage.light.lit_windows > 0.4 else 0), 0.42 + 0.55 * green, 0.36 + 0.55 * blue


def window(stage: Stage, x: float, y: float, width: float, height: float, wide: bool = False) -> None:
    """Draw a framed window, centred on `x`, onto sky and hills or a skyline."""
    sheet, light, rng = stage.middle, stage.light, stage.rng
    if wide:
        width = min(stage.width * 0.62, width * 1.8)
    left = x - width / 2
    sheet.rect(left - 12, y - 12, width + 24, height + 24, colour.times("#fbf7ef", indoor_light(stage)), 5)
    sheet.rect(left, y, width, height, sheet.gradient(light.sky))
    if light.stars > 0.5:
        moon_x = left + width * 0.74
        sky.moon(sheet, moon_x, y + height * 0.26, 20, light.sky[0])
        for _ in range(26):
            sheet.circle(left + rng.uniform(4, width - 4), y + rng.uniform(4, height * 0.7), 1.1, "#ffffff", 0.8)
    elif light.time != "day":
        sheet.circle(left + width * 0.7, y + height * 0.66, 26, light.glow, 0.95)
    base = y + height
    steps = 9
    if wide or rng.random() < 0.4:
        for k in range(steps):
            tall, part = height * rng.uniform(0.22, 0.62), width / steps
            sheet.rect(left + k * part, base - tall, part - 2, tall, light.on("#5b6f95", 0.35))
    else:
        for share, distance in ((0.36, 0.5), (0.22, 0.2)):
            tops = [(left + width * k / 6, base - height * share * rng.uniform(0.6, 1)) for k in range(7)]
            sheet.polygon([*tops, (left + width, base), (left, base)], light.on(land.GRASS[stage.season], distance))
    frame = colour.times("#fbf7ef", indoor_light(stage))
    sheet.line(f"M{x:.1f} {y:.1f}V{base:.1f}M{left:.1f} {y + height * 0.5:.1f}H{left + width:.1f}", frame, 8)
    sheet.rect(left - 22, base + 10, width + 44, 14, colour.darker(frame, 0.06), 3)


def _floor(stage: Stage, dim: Sequence[float], tiles: bool) -> None:
    sheet, rng, top = stage.middle, stage.rng, stage.horizon
    tint = colour.times("#cfd6da" if tiles else rng.choice(WOOD), dim)
    sheet.rect(
        0,
        top,
        stage.width,
        stage.height - top,
        sheet.gradient([colour.darker(tint, 0.14), tint, colour.lighter(tint, 0.05)]),
    )
    middle, vanish = stage.width / 2, top - 260
    joint = colour.darker(tint, 0.2)
    for k in range(-14, 15):
        foot = middle + k * 120
        start = middle + (foot - middle) * (top - vanish) / (stage.height - vanish)
        sheet.line(f"M{start:.1f} {top:.1f}L{foot:.1f} {stage.height:.1f}", joint, 1.8, 0.55)
    for share in (0.1, 0.26, 0.5, 0.8) if tiles else ():
        sheet.line(f"M0 {top + (stage.height - top) * share:.1f}H{stage.width:.1f}", joint, 1.8, 0.55)


def _thing(stage: Stage, name: str, x: float, foot: float, size: float, dim: Sequence[float]) -> None:
    body = icons.bodies()[name]
    lit = icons.recoloured(body, {tint: colour.times(tint, dim) for tint in set(icons.colours_in(body))})
    stage.middle.ellipse(x, foot - 2, size * 0.42, size * 0.05, "#1b1420", 0.18)
    stage.middle.icon(lit, x - size / 2, foot - size * 0.95, size)


def _sides(stage: Stage, x: float) -> tuple[float, float]:
    """A place left and one right of the window at `x`."""
    return max(stage.width * 0.14, x - stage.width * 0.32), min(stage.width * 0.86, x + stage.width * 0.32)


def _home(stage: Stage, x: float, dim: Sequence[float]) -> None:
    left, right = _sides(stage, x)
    sheet, rng = stage.middle, stage.rng
    tint = colour.times(rng.choice(("#c65d4a", "#4a7c8c", "#7c6a9c", "#5f8f6f")), dim)
    middle, y = stage.width / 2, stage.height * 0.88
    for share, shade in ((1.0, tint), (0.82, colour.lighter(tint, 0.35)), (0.74, tint)):
        sheet.ellipse(middle, y, stage.width * 0.36 * share, stage.height * 0.085 * share, shade)
    for side in (left, right):
        if abs(side - x) > 240:
            _picture(stage, side, stage.height * 0.2, dim)
    _thing(stage, "couch-and-lamp", left if x > stage.width / 2 else right, stage.horizon + 46, 260, dim)
    _thing(stage, "potted-plant", right if x > stage.width / 2 else left, stage.horizon + 40, 150, dim)


def _picture(stage: Stage, x: float, y: float, dim: Sequence[float]) -> None:
    sheet, rng = stage.middle, stage.rng
    frame, paper = colour.times("#6b4a3a", dim), colour.times("#f7f1e4", dim)
    sheet.rect(x - 52, y, 104, 130, frame, 3)
    sheet.rect(x - 44, y + 8, 88, 114, paper)
    first, second = (
        colour.times(rng.choice(("#e07a5f", "#3d5a80", "#81b29a", "#f2cc8f", "#c06c84")), dim) for _ in range(2)
    )
    sheet.circle(x - 8, y + 52, 24, first)
    sheet.polygon([(x - 44, y + 122), (x - 10, y + 66), (x + 20, y + 100), (x + 44, y + 76), (x + 44, y + 122)], second)


def _bedroom(stage: Stage, x: float, dim: Sequence[float]) -> None:
    left, right = _sides(stage, x)
    _thing(stage, "bed", left if x > stage.width / 2 else right, stage.horizon + 60, 300, dim)
    _thing(stage, "potted-plant", right if x > stage.width / 2 else left, stage.horizon + 36, 130, dim)


def _office(stage: Stage, x: float, dim: Sequence[float]) -> None:
    left, right = _sides(stage, x)
    _thing(stage, "potted-plant", left, stage.horizon + 36, 150, dim)
    _thing(stage, "file-cabinet", right, stage.horizon + 36, 140, dim)


def _hospital(stage: Stage, x: float, dim: Sequence[float]) -> None:
    left, right = _sides(stage, x)
    sheet = stage.middle
    sheet.rect(0, stage.horizon * 0.62, stage.width, 26, colour.times("#7fc3c9", dim), opacity=0.75)
    _thing(stage, "bed", left, stage.horizon + 56, 270, dim)
    _thing(stage, "potted-plant", right, stage.horizon + 36, 120, dim)


def shelves(stage: Stage, x: float, width: float, foot: float, rows: int, dim: Sequence[float]) -> None:
    """Draw a bookcase, centred on `x`."""
    sheet, rng = stage.middle, stage.rng
    wood, height, left = colour.times("#7a5238", dim), rows * 86.0 + 14, x - width / 2
    sheet.rect(left, foot - height, width, height, colour.darker(wood, 0.3), 4)
    for row in range(rows):
        base, at = foot - 14 - row * 86, left + 12
        while at < left + width - 26:
            wide, tall = rng.uniform(9, 20), rng.uniform(44, 66)
            tint = rng.choice(("#b5483f", "#2f6f8f", "#d9a441", "#5f8f6f", "#7a5f9c", "#e4d5b7", "#39424e", "#c9705a"))
            sheet.rect(at, base - tall, wide, tall, colour.times(tint, dim), 1.5)
            sheet.rect(at, base - tall * 0.8, wide, 4, colour.times(colour.lighter(tint, 0.4), dim))
            at += wide + (rng.uniform(14, 40) if rng.random() < 0.08 else 1.5)
        sheet.rect(left, base, width, 12, wood)
    sheet.rect(left - 4, foot - height - 8, width + 8, 14, wood, 3)


def _library(stage: Stage, x: float, dim: Sequence[float]) -> None:
    for side in _sides(stage, x):
        shelves(stage, side, stage.width * 0.26, stage.horizon + 22, 5, dim)


def _classroom(stage: Stage, x: float, dim: Sequence[float]) -> None:
    sheet = stage.middle
    side = max(_sides(stage, x), key=lambda place: abs(place - x))
    wide, top = min(430.0, stage.width * 0.46), stage.height * 0.14
    sheet.rect(side - wide / 2 - 10, top - 10, wide + 20, 240, colour.times("#9c6b43", dim), 4)
    sheet.rect(side - wide / 2, top, wide, 220, colour.times("#2f5f4f", dim))
    for k, share in enumerate((0.7, 0.5, 0.62)):
        sheet.line(
            f"M{side - wide * 0.4:.1f} {top + 50 + k * 46:.1f}h{wide * share:.1f}", "#f2f5ee", 5, 0.6, "26 9 40 12"
        )
    _thing(
        stage,
        "globe-showing-europe-africa",
        min(_sides(stage, x), key=lambda place: abs(place - x)),
        stage.horizon + 10,
        90,
        dim,
    )


def _laboratory(stage: Stage, x: float, dim: Sequence[float]) -> None:
    sheet = stage.middle
    for side, names in zip(_sides(stage, x), (("alembic", "test-tube"), ("microscope", "petri-dish")), strict=True):
        sheet.rect(side - 170, stage.horizon - 110, 340, 16, colour.times("#f4f7f8", dim), 3)
        sheet.rect(side - 160, stage.horizon - 94, 320, 110, colour.times("#9fb6c2", dim))
        for k, name in enumerate(names):
            _thing(stage, name, side - 60 + k * 120, stage.horizon - 106, 92, dim)


def _gym(stage: Stage, x: float, dim: Sequence[float]) -> None:
    sheet = stage.middle
    for side in _sides(stage, x):
        sheet.rect(side - 130, stage.horizon - 60, 260, 10, colour.times("#39424e", dim), 3)
        for k in range(5):
            at = side - 100 + k * 50
            sheet.rect(at - 16, stage.horizon - 78, 8, 18, colour.times("#22262e", dim), 2)
            sheet.rect(at + 8, stage.horizon - 78, 8, 18, colour.times("#22262e", dim), 2)
            sheet.rect(at - 10, stage.horizon - 72, 20, 5, colour.times("#8d97a5", dim))
        sheet.rect(side - 120, stage.horizon - 50, 8, 66, colour.times("#39424e", dim))
        sheet.rect(side + 112, stage.horizon - 50, 8, 66, colour.times("#39424e", dim))


def _kitchen(stage: Stage, x: float, dim: Sequence[float]) -> None:
    sheet, front = stage.middle, colour.times(stage.rng.choice(("#6f9f95", "#7f93b5", "#c9866b", "#e0c78f")), dim)
    top = stage.horizon - 120
    sheet.rect(0, top, stage.width, 16, colour.times("#f1ede4", dim))
    sheet.rect(0, top + 16, stage.width, stage.horizon + 20 - top, front)
    for k in range(round(stage.width / 130) + 1):
        sheet.rect(k * 130 + 8, top + 30, 114, 96, colour.lighter(front, 0.1), 4)
        sheet.rect(k * 130 + 55, top + 40, 20, 6, colour.times("#f4e9d0", dim), 3)
    for side, names in zip(_sides(stage, x), (("teapot", "bread"), ("jar", "pot-of-food")), strict=True):
        for k, name in enumerate(names):
            _thing(stage, name, side - 50 + k * 100, top + 4, 80, dim)


FURNITURE: Mapping[str, Callable[[Stage, float, Sequence[float]], None]] = {
    "home": _home, "bedroom": _bedroom, "office": _office, "hospital": _hospital, "library": _library,
    "classroom": _classroom, "laboratory": _laboratory, "gym": _gym, "kitchen": _kitchen,
}  # fmt: skip


def table(stage: Stage) -> None:
    """Draw a table top close by; behind it a wall out of focus with lights or a bright window."""
    rng, light, sheet = stage.rng, stage.light, stage.middle
    stage.horizon, stage.far, stage.floor = stage.height * 0.62, stage.height * 0.7, stage.height * 0.86
    dim = indoor_light(stage)
    wall = colour.times(rng.choice(("#d8b08c", "#9fb8ad", "#c58f7a", "#8fa3bf", "#e0c5a0", "#6f7f7a", "#b5838d")), dim)
    stage.back.rect(
        0,
        0,
        stage.width,
        stage.height,
        stage.back.gradient([colour.darker(wall, 0.22), wall, colour.lighter(wall, 0.18)]),
    )
    bokeh(stage, stage.back, wall)
    window_x = stage.width * rng.choice((0.2, 0.8))
    pane = stage.back.gradient([(colour.lighter(light.sky[-1], 0.4), 0.85), (light.sky[-1], 0.6)])
    for column in (-1, 1):
        for row in (0, 1):
            stage.back.rect(window_x + column * 76 - 70, stage.height * 0.06 + row * 180, 140, 168, pane, 6)
    wood = colour.times(rng.choice((*WOOD, "#efe6da", "#5d4a42")), dim)
    top = stage.horizon
    sheet.rect(
        0,
        top,
        stage.width,
        stage.height - top,
        sheet.gradient([colour.lighter(wood, 0.16), wood, colour.darker(wood, 0.12)]),
    )
    sheet.rect(0, top, stage.width, 5, colour.lighter(wood, 0.4), opacity=0.8)
    _grain(stage, sheet, top, colour.darker(wood, 0.2))
    sheet.ellipse(
        stage.width / 2,
        stage.height * 0.84,
        stage.width * 0.4,
        stage.height * 0.12,
        sheet.glow([("#fff6df", 0.45), ("#fff6df", 0)]),
    )


def bokeh(stage: Stage, sheet: Sheet, wall: str) -> None:
    """Draw soft discs of light out of focus."""
    rng = stage.rng
    for _ in range(24):
        tint = rng.choice(("#ffe3ad", "#ffd0a0", "#fff3d9", colour.lighter(wall, 0.4)))
        sheet.circle(
            rng.uniform(0, stage.width),
            rng.uniform(0, stage.horizon),
            rng.uniform(14, 58),
            tint,
            rng.uniform(0.07, 0.24),
        )


def _grain(stage: Stage, sheet: Sheet, top: float, tint: str) -> None:
    for share in (0.14, 0.36, 0.66):
        y = top + (stage.height - top) * share
        sheet.line(f"M0 {y:.1f}H{stage.width:.1f}", tint, 2.2, 0.5)
    for _ in range(34):
        x, y = stage.rng.uniform(0, stage.width), stage.rng.uniform(top + 8, stage.height)
        bend, sag, long = stage.rng.uniform(30, 90), stage.rng.uniform(-4, 4), stage.rng.uniform(90, 200)
        sheet.line(f"M{x:.1f} {y:.1f}q{bend:.1f} {sag:.1f} {long:.1f} 0", tint, 1.3, 0.28)


def studio(stage: Stage) -> None:
    """Draw a seamless backdrop in one colour family, a disc of light and a round podium."""
    rng, sheet, back = stage.rng, stage.middle, stage.back
    stage.horizon, stage.far, stage.floor = stage.height * 0.66, stage.height * 0.74, stage.height * 0.83
    base = stage.accent
    hue, _, saturation = colour.hls(base)
    tone = colour.from_hls(hue + rng.uniform(-0.02, 0.02), 0.72, min(0.62, saturation))
    back.rect(
        0, 0, stage.width, stage.height, back.gradient([colour.lighter(tone, 0.12), tone, colour.darker(tone, 0.1)])
    )
    middle = stage.width / 2
    back.circle(middle, stage.height * 0.44, 300, colour.lighter(tone, 0.3), 0.55)
    back.circle(middle, stage.height * 0.44, 560, back.glow([("#ffffff", 0.5), ("#ffffff", 0)]))
    sheet.rect(
        0,
        stage.height * 0.74,
        stage.width,
        stage.height * 0.26,
        sheet.gradient([(colour.lighter(tone, 0.2), 0), (colour.lighter(tone, 0.24), 0.9), (tone, 1)]),
    )
    half, top = min(stage.width * 0.34, 300.0), stage.height * 0.815
    sheet.ellipse(middle, top + 84, half * 1.12, 44, colour.darker(tone, 0.5), 0.16)
    side = sheet.gradient(
        [colour.darker(tone, 0.12), colour.lighter(tone, 0.42), colour.darker(tone, 0.16)], down=False
    )
    sheet.path(f"M{middle - half:.1f} {top:.1f}v62a{half:.1f} 40 0 0 0 {half * 2:.1f} 0v-62z", side)
    sheet.ellipse(middle, top, half, 40, colour.lighter(tone, 0.55))
    for x, y, radius in ((0.12, 0.78, 38), (0.87, 0.83, 52), (0.8, 0.2, 20), (0.17, 0.27, 26)):
        ball = sheet.glow([colour.lighter(tone, 0.5), colour.darker(tone, 0.06)])
        sheet.circle(stage.width * x, stage.height * y, radius, ball, 0.9)


def theatre(stage: Stage) -> None:
    """Draw a stage with a curtain and spotlights."""
    rng, sheet, back = stage.rng, stage.middle, stage.back
    stage.horizon, stage.far, stage.floor = stage.height * 0.74, stage.height * 0.8, stage.height * 0.9
    tint = rng.choice(("#8f2338", "#5a2a6e", "#233f73"))
    back.rect(0, 0, stage.width, stage.height, colour.darker(tint, 0.5))
    folds = round(stage.width / 56)
    for k in range(folds):
        back.rect(
            k * stage.width / folds,
            0,
            stage.width / folds + 1,
            stage.horizon,
            back.gradient([colour.darker(tint, 0.45), tint, colour.darker(tint, 0.5)], down=False),
        )
    sheet.rect(0, stage.horizon, stage.width, stage.height - stage.horizon, sheet.gradient(["#5b3a2b", "#3b2520"]))
    for x, target, beam in ((0.2, 0.42, "#ffe9b0"), (0.8, 0.58, "#bfe3ff"), (0.5, 0.5, "#ffd0e8")):
        fill = sheet.gradient([(beam, 0.5), (beam, 0.06)])
        sheet.polygon(
            [
                (stage.width * x - 12, -10),
                (stage.width * x + 12, -10),
                (stage.width * target + 210, stage.floor),
                (stage.width * target - 210, stage.floor),
            ],
            fill,
        )
    sheet.ellipse(stage.width / 2, stage.floor, stage.width * 0.3, 54, sheet.glow([("#fff4d6", 0.7), ("#fff4d6", 0)]))
