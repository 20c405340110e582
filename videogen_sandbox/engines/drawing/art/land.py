"""Open country: mountains, hills, forests, snow, farms and gardens."""

from __future__ import annotations

from random import Random

from videogen_sandbox.engines.drawing.art import colour, plants
from videogen_sandbox.engines.drawing.art.canvas import Point, Sheet, Stage, filled, height_at, polyline, wave

GRASS = {"summer": "#6fb557", "spring": "#86c65d", "autumn": "#bfa552", "winter": "#eef4fa"}
ROCKS = ("#6d7896", "#7a7088", "#5f7f93", "#8a7568", "#6b6f8f")


def mountains(stage: Stage) -> None:
    """Draw two ranges, firs at their feet, a meadow in front."""
    rng, rock = stage.rng, stage.rng.choice(ROCKS)
    stage.horizon = stage.height * 0.6
    stage.far, stage.floor = stage.height * 0.72, stage.height * 0.9
    ranges(stage, rock)
    grass = GRASS[stage.season]
    line = wave(stage.width, stage.horizon + 6, 26, rng, 1.3)
    slope(stage, line, grass, 0.35)
    tree_row(stage, line, 34, 64, 0.42, gap=20)
    near = wave(stage.width, stage.height * 0.7, 26, rng, 0.9)
    slope(stage, near, grass, 0.1)
    _edge_trees(stage, near, 130, 230)
    _meadow(stage, grass)


def ranges(stage: Stage, rock: str) -> None:
    """Draw a pale range and a nearer one of snow-capped peaks."""
    rng, base = stage.rng, stage.horizon + 30
    tall = min(stage.height * 0.42, stage.width * 0.5)
    for distance, count, size in ((0.72, 7, 0.72), (0.42, 5, 1.0)):
        for k in sorted(range(count), key=lambda _: rng.random()):
            x = stage.width * (k + rng.uniform(0.2, 0.8)) / count
            height = tall * size * rng.uniform(0.62, 1.0)
            peak(stage, rng, x, base, height, height * rng.uniform(0.75, 1.0), rock, distance)
        mist(stage.middle, stage.width, base - tall * 0.3, tall * 0.36, stage.light.haze, 0.5)


def peak(
    stage: Stage, rng: Random, x: float, base: float, height: float, half: float, rock: str, distance: float
) -> None:
    """Draw one mountain: a lit face, a shaded face along a broken ridge, a cap of snow."""
    light, sheet = stage.light, stage.middle
    left_lit = stage.sun is None or stage.sun[0] < x
    bright, dark = light.on(colour.lighter(rock, 0.16), distance), light.on(colour.darker(rock, 0.2), distance)
    top = (x, base - height)
    left = _broken((x - half, base), top, rng, height * 0.05)
    right = _broken(top, (x + half, base), rng, height * 0.05)
    spine = _broken(top, (x + half * rng.uniform(-0.12, 0.18), base), rng, height * 0.09)
    sheet.polygon([*left, *spine], bright if left_lit else dark)
    sheet.polygon([*spine[::-1], *right], dark if left_lit else bright)
    cap = 0.34 if stage.season != "winter" else 0.6
    snow, shaded = light.on("#ffffff", distance * 0.6), light.on("#c3d2e8", distance * 0.6)
    for side, tint in ((left[::-1], snow if left_lit else shaded), (right, shaded if left_lit else snow)):
        edge = _until(side, top[1] + height * cap)
        inner = _until(spine, top[1] + height * cap * 0.9)
        teeth = _teeth(edge[-1], inner[-1], height * cap * 0.34, rng)
        sheet.polygon([*edge, *teeth, *inner[::-1]], tint)


def mist(sheet: Sheet, width: float, y: float, height: float, tint: str, strength: float) -> None:
    """Draw a band of haze, strongest at its lower edge."""
    sheet.rect(0, y, width, height, sheet.gradient([(tint, 0), (tint, strength * 0.6), (tint, strength)]))


def tree_row(
    stage: Stage, line: list[Point], low: float, high: float, distance: float, gap: float, fir: bool = True
) -> None:
    """Draw trees all along a line of ground."""
    rng, x = stage.rng, -gap
    tints = plants.LEAVES[stage.season] if not fir else ("#2f6b55", "#35745a", "#2b6150")
    while x < stage.width + gap:
        tint, trunk = stage.light.on(rng.choice(tints), distance), stage.light.on("#6b4a3a", distance)
        height = rng.uniform(low, high)
        snow = stage.light.on("#ffffff", distance * 0.7) if stage.season == "winter" else None
        if fir:
            plants.conifer(stage.middle, x, height_at(line, x) + 5, height, tint, trunk, snow)
        else:
            plants.broadleaf(stage.middle, rng, x, height_at(line, x) + 5, height, tint, trunk)
        x += gap * rng.uniform(0.6, 1.5)


def forest(stage: Stage) -> None:
    """Draw rows of trees growing paler with distance around a clearing, tall trunks at the sides."""
    rng, light = stage.rng, stage.light
    stage.horizon, stage.far, stage.floor = stage.height * 0.58, stage.height * 0.7, stage.height * 0.9
    fir = rng.random() < 0.6 or stage.season == "winter"
    ground = {"winter": "#eef4fa", "autumn": "#b98a4a"}.get(stage.season, "#5c9a52")
    mist(stage.middle, stage.width, stage.horizon - 170, 260, light.haze, 0.8)
    for distance, y, low, high, gap in (
        (0.74, 0.56, 150, 230, 38),
        (0.52, 0.59, 180, 280, 58),
        (0.3, 0.63, 210, 330, 96),
    ):
        line = wave(stage.width, stage.height * y, 12, rng, 1.4)
        tree_row(stage, line, low, high, distance, gap, fir)
        stage.middle.polygon(filled(line, stage.height), light.on(ground, distance))
        mist(stage.middle, stage.width, stage.height * y - 90, 120, light.haze, 0.28)
    near = wave(stage.width, stage.height * 0.7, 16, rng, 1)
    slope(stage, near, ground, 0.08)
    _edge_trees(stage, near, 330, 520, fir)
    clearing(stage, ground)
    _meadow(stage, ground, flowers=0.25)
    trunk = light.on("#e9e4da" if not fir and stage.season != "summer" else "#4d3b35")
    for x in (rng.uniform(-0.01, 0.05), rng.uniform(0.95, 1.01)):
        plants.birch(
            stage.front, rng, x * stage.width, stage.height * 1.02, 34, trunk, light.on("#2b2227"), stage.height
        )


def snow(stage: Stage) -> None:
    """Draw white hills, a range behind, firs heavy with snow."""
    stage.season = "winter"
    rng = stage.rng
    stage.horizon, stage.far, stage.floor = stage.height * 0.58, stage.height * 0.7, stage.height * 0.9
    ranges(stage, "#7c8db0")
    for distance, y, low, high, gap in ((0.4, 0.6, 50, 100, 44), (0.18, 0.68, 90, 170, 150)):
        line = wave(stage.width, stage.height * y, 30, rng, 1.1)
        slope(stage, line, "#eef4fb", distance)
        tree_row(stage, line, low, high, distance, gap)
    slope(stage, wave(stage.width, stage.height * 0.79, 26, rng, 0.8), "#f6faff", 0.0)
    _meadow(stage, "#eef4fa", flowers=0)


def field(stage: Stage) -> None:
    """Draw rolling hills, scattered trees, flowers in front."""
    rng, grass = stage.rng, GRASS[stage.season]
    stage.horizon, stage.far, stage.floor = stage.height * 0.57, stage.height * 0.68, stage.height * 0.89
    for distance, y, swing in ((0.66, 0.54, 40), (0.46, 0.58, 36), (0.26, 0.64, 30)):
        line = wave(stage.width, stage.height * y, swing, rng, 1.2)
        slope(
            stage,
            line,
            colour.mix(grass, rng.choice(("#4f9f6a", "#b7c95a", "#5f9e52")), 0.4 if stage.season != "winter" else 0.03),
            distance,
        )
        for _ in range(rng.randint(2, 5)):
            x, tall = rng.uniform(0, stage.width), rng.uniform(50, 90) * (1.2 - distance)
            tint = rng.choice(plants.LEAVES[stage.season])
            plants.broadleaf(
                stage.middle,
                rng,
                x,
                height_at(line, x) + 6,
                tall,
                stage.light.on(tint, distance),
                stage.light.on("#6b4a3a", distance),
            )
    near = wave(stage.width, stage.height * 0.71, 20, rng, 0.9)
    slope(stage, near, grass, 0.05)
    if rng.random() < 0.6:
        _edge_trees(stage, near, 200, 300, fir=False)
    _meadow(stage, grass, flowers=1.0)


def farm(stage: Stage) -> None:
    """Draw fields in stripes, a red barn, a fence."""
    field(stage)
    rng, light, sheet = stage.rng, stage.light, stage.middle
    x, y, wide = stage.width * rng.choice((0.17, 0.82)), stage.height * 0.71, 110.0
    wall, roof = light.on("#b8403a", 0.1), light.on("#6b5a62", 0.1)
    sheet.polygon(
        [
            (x - wide, y),
            (x - wide, y - 90),
            (x - wide * 0.7, y - 140),
            (x, y - 168),
            (x + wide * 0.7, y - 140),
            (x + wide, y - 90),
            (x + wide, y),
        ],
        wall,
    )
    eaves = [(-wide - 8, -84), (-wide * 0.7, -142), (0, -172), (wide * 0.7, -142), (wide + 8, -84)]
    sheet.line(polyline([(x + dx, y + dy) for dx, dy in eaves]), roof, 12)
    sheet.rect(x - 34, y - 78, 68, 78, light.on("#f2ebe0", 0.1))
    sheet.rect(x - 29, y - 73, 58, 73, light.on("#8f2f2f", 0.1))
    sheet.line(
        f"M{x - 29:.0f} {y - 73:.0f}L{x + 29:.0f} {y:.0f}M{x + 29:.0f} {y - 73:.0f}L{x - 29:.0f} {y:.0f}",
        light.on("#f2ebe0", 0.1),
        5,
    )
    plants.fence(sheet, stage.height * 0.76, light.on("#e9dcc6", 0.05))


def garden(stage: Stage) -> None:
    """Draw a field with a hedge, bushes in flower and a path."""
    field(stage)
    rng, light = stage.rng, stage.light
    for k in range(12):
        x = stage.width * (k + rng.uniform(0, 1)) / 12
        plants.bush(
            stage.middle,
            rng,
            x,
            stage.height * 0.745,
            rng.uniform(28, 48),
            light.on(rng.choice(plants.LEAVES["summer"]), 0.12),
        )
        for _ in range(6):
            stage.middle.circle(
                x + rng.uniform(-40, 40),
                stage.height * 0.745 - rng.uniform(4, 50),
                rng.uniform(3, 6),
                light.on(rng.choice(plants.FLOWERS)),
            )


def slope(stage: Stage, line: list[Point], tint: str, distance: float) -> None:
    """Fill the ground below `line` with a tint that `distance` (0 to 1) makes hazier."""
    sheet, light = stage.middle, stage.light
    deep = colour.darker(tint, 0.16) if stage.season != "winter" else colour.mix(tint, "#b9cde6", 0.6)
    sheet.polygon(
        filled(line, stage.height),
        sheet.gradient(
            [light.on(colour.lighter(tint, 0.1), distance), light.on(tint, distance), light.on(deep, distance)]
        ),
    )


def clearing(stage: Stage, ground: str) -> None:
    """Draw a lighter patch where the subjects stand."""
    fill = stage.middle.glow([(stage.light.on(colour.lighter(ground, 0.45)), 0.75), (stage.light.on(ground), 0)])
    stage.middle.ellipse(stage.width / 2, stage.floor, stage.width * 0.42, stage.height * 0.13, fill)


def _edge_trees(stage: Stage, line: list[Point], low: float, high: float, fir: bool = True) -> None:
    """A few large trees towards both sides, leaving the middle to the subjects."""
    rng = stage.rng
    for side in (0.0, 1.0):
        for _ in range(rng.randint(2, 3)):
            x = stage.width * abs(side - rng.uniform(-0.03, 0.16))
            tint = rng.choice(("#2f6b55", "#35745a") if fir else plants.LEAVES[stage.season])
            tall, y = rng.uniform(low, high), height_at(line, x) + rng.uniform(6, 30)
            winter = stage.light.on("#ffffff") if stage.season == "winter" else None
            if fir:
                plants.conifer(stage.middle, x, y, tall, stage.light.on(tint, 0.06), stage.light.on("#5d4037"), winter)
            else:
                plants.broadleaf(stage.middle, rng, x, y, tall, stage.light.on(tint, 0.06), stage.light.on("#5d4037"))


def _meadow(stage: Stage, grass: str, flowers: float = 0.6) -> None:
    """Texture on the ground and growth along the lower edge."""
    rng, winter = stage.rng, stage.season == "winter"
    for _ in range(round(stage.width / 22)):
        y = stage.height * rng.uniform(0.77, 0.98)
        size = (y / stage.height - 0.6) * 60
        x = rng.uniform(0, stage.width)
        if winter:
            stage.middle.ellipse(x, y, size * 2.2, size * 0.2, stage.light.on("#c9d9ec"), 0.5)
        else:
            plants.tuft(stage.middle, rng, x, y, size, stage.light.on(colour.darker(grass, 0.14)))
    if winter:
        hump = wave(stage.width, stage.height * 0.985, 18, rng, 2)
        stage.front.polygon(filled(hump, stage.height + 20), stage.light.on("#ffffff"))
    else:
        plants.meadow_front(stage, grass, flowers if stage.season != "autumn" else flowers * 0.2)


def _broken(start: Point, end: Point, rng: Random, swing: float, pieces: int = 7) -> list[Point]:
    """A line from start to end with a jagged course."""
    inner = [
        (start[0] + (end[0] - start[0]) * k / pieces + rng.uniform(-1, 1) * swing,
         start[1] + (end[1] - start[1]) * k / pieces + rng.uniform(-0.5, 0.5) * swing)
        for k in range(1, pieces)
    ]  # fmt: skip
    return [start, *inner, end]


def _until(line: list[Point], y: float) -> list[Point]:
    """The part of a falling line above height `y`, at least two points."""
    kept = [point for point in line if point[1] <= y]
    return kept if len(kept) > 1 else line[:2]


def _teeth(start: Point, end: Point, depth: float, rng: Random) -> list[Point]:
    """Zigzag from start to end, hanging down: the lower edge of a snow cap."""
    across, down = (end[0] - start[0]) / 5, (end[1] - start[1]) / 5
    drops = [depth * rng.uniform(0.5, 1) if k % 2 else -depth * 0.1 for k in range(1, 5)]
    return [(start[0] + across * k, start[1] + down * k + drop) for k, drop in enumerate(drops, 1)]
