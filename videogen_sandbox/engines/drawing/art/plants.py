"""Trees, grass, flowers, rocks and fences, drawn standing on a point."""

from __future__ import annotations

import math
from collections.abc import Mapping
from random import Random

from videogen_sandbox.engines.drawing.art import colour
from videogen_sandbox.engines.drawing.art.canvas import Sheet, Stage, smooth

LEAVES: Mapping[str, tuple[str, ...]] = {
    "summer": ("#3f8f4f", "#4fa35a", "#5fae4e", "#2f7f57"),
    "spring": ("#6fb85a", "#f3a9c4", "#f7bcd0", "#8cc665"),
    "autumn": ("#d9742b", "#e29a35", "#b9482f", "#c9a13b"),
    "winter": ("#dfeaf3", "#cfdfec", "#e9f1f7", "#c4d6e6"),
}
FLOWERS = ("#f4f1e8", "#ffd54d", "#f2708f", "#b78be0", "#ff9a56", "#7fb2f0")


def conifer(sheet: Sheet, x: float, y: float, height: float, tint: str, trunk: str, snow: str | None = None) -> None:
    """Draw a fir of three tiers, light on the left, dark on the right; with `snow` on its tiers if given."""
    sheet.rect(x - height * 0.035, y - height * 0.14, height * 0.07, height * 0.14, trunk)
    shade = colour.darker(tint, 0.22)
    for low, top, half in ((0.1, 0.52, 0.29), (0.32, 0.74, 0.23), (0.54, 1.0, 0.17)):
        base, tip, reach = y - height * low, y - height * top, height * half
        sheet.polygon([(x - reach, base), (x, tip), (x, base + height * 0.03)], tint)
        sheet.polygon([(x + reach, base), (x, tip), (x, base + height * 0.03)], shade)
        if snow:
            drop = (base - tip) * 0.5
            sheet.polygon(
                [(x, tip), (x - reach * 0.52, tip + drop), (x - reach * 0.2, tip + drop * 0.82), (x, tip + drop * 1.1),
                 (x + reach * 0.2, tip + drop * 0.82), (x + reach * 0.52, tip + drop)], snow, 0.95,
            )  # fmt: skip


def broadleaf(sheet: Sheet, rng: Random, x: float, y: float, height: float, tint: str, trunk: str) -> None:
    """Draw a tree with a round crown of overlapping masses."""
    wide = height * 0.05
    sheet.polygon(
        [(x - wide, y), (x - wide * 0.5, y - height * 0.55), (x + wide * 0.5, y - height * 0.55), (x + wide, y)], trunk
    )
    shade, shine = colour.darker(tint, 0.18), colour.lighter(tint, 0.14)
    radius = height * 0.25
    masses = [(0.0, 0.62, 1.12), (-0.2, 0.5, 0.78), (0.2, 0.5, 0.78), (-0.08, 0.78, 0.8), (0.12, 0.74, 0.74)]
    masses = [(dx + rng.uniform(-0.03, 0.03), dy, size * rng.uniform(0.92, 1.08)) for dx, dy, size in masses]
    for dx, dy, size in masses:
        sheet.circle(x + dx * height + radius * 0.1, y - dy * height + radius * 0.12, radius * size, shade)
    for dx, dy, size in masses:
        sheet.circle(x + dx * height - radius * 0.04, y - dy * height - radius * 0.06, radius * size * 0.9, tint)
    for dx, dy, size in masses[:1] + masses[3:4]:
        sheet.circle(x + dx * height - radius * 0.26, y - dy * height - radius * 0.3, radius * size * 0.42, shine, 0.7)


def birch(sheet: Sheet, rng: Random, x: float, height: float, width: float, tint: str, mark: str, y: float) -> None:
    """Draw a tall bare trunk that leaves the picture at the top."""
    lean = rng.uniform(-0.03, 0.03) * height
    left, right = x - width * 0.38 + lean, x + width * 0.38 + lean
    sheet.polygon([(x - width / 2, y), (left, y - height), (right, y - height), (x + width / 2, y)], tint)
    shade = x + width * 0.12
    sheet.polygon([(shade, y), (shade + lean, y - height), (right, y - height), (x + width / 2, y)], mark, 0.35)
    for _ in range(rng.randint(2, 4)):
        along = rng.uniform(0.2, 0.9)
        side = rng.choice((-1, 1))
        reach = width * rng.uniform(2, 4)
        here = (x + lean * along, y - height * along)
        sheet.line(f"M{here[0]:.1f} {here[1]:.1f}l{side * reach:.1f} {-reach * 0.8:.1f}", tint, width * 0.28)


def acacia(sheet: Sheet, rng: Random, x: float, y: float, height: float, tint: str, trunk: str) -> None:
    """Draw an umbrella tree of the savanna."""
    for dx in (-0.32, -0.1, 0.16, 0.36):
        bend, end = (
            f"{x + dx * height * 0.2:.1f} {y - height * 0.5:.1f}",
            f"{x + dx * height:.1f} {y - height * 0.8:.1f}",
        )
        sheet.line(f"M{x:.1f} {y:.1f}Q{bend} {end}", trunk, height * 0.035)
    for dx, dy, wide in ((-0.25, 0.8, 0.34), (0.27, 0.78, 0.34), (0.02, 0.88, 0.44)):
        sheet.ellipse(x + dx * height, y - dy * height, wide * height, height * 0.1, tint)
        sheet.ellipse(
            x + dx * height,
            y - dy * height + height * 0.05,
            wide * height * 0.92,
            height * 0.05,
            colour.darker(tint, 0.25),
        )


def bush(sheet: Sheet, rng: Random, x: float, y: float, size: float, tint: str) -> None:
    """Draw a bush of `size` units whose foot is at (x, y)."""
    for dx, radius in ((-0.6, 0.5), (0.55, 0.55), (0, 0.8)):
        sheet.circle(
            x + dx * size, y - radius * size * 0.45, radius * size, tint if dx <= 0 else colour.darker(tint, 0.12)
        )
    sheet.rect(x - size * 1.1, y - size * 0.1, size * 2.2, size * 0.14, tint, size * 0.07)


def tuft(sheet: Sheet, rng: Random, x: float, y: float, height: float, tint: str) -> None:
    """Draw a few blades of grass."""
    for _ in range(rng.randint(4, 7)):
        lean, wide, tall = rng.uniform(-0.5, 0.5) * height, height * 0.06, height * rng.uniform(0.55, 1)
        foot = x + rng.uniform(-0.3, 0.3) * height
        sheet.path(
            f"M{foot - wide:.1f} {y:.1f}Q{foot:.1f} {y - tall * 0.6:.1f} {foot + lean:.1f} {y - tall:.1f}"
            f"Q{foot + wide:.1f} {y - tall * 0.5:.1f} {foot + wide:.1f} {y:.1f}Z",
            colour.mix(tint, "#123322", rng.uniform(0, 0.18)),
        )


def flower(sheet: Sheet, rng: Random, x: float, y: float, height: float, tint: str, stem: str) -> None:
    """Draw a flower with five petals of `tint`, `height` units above its foot at (x, y)."""
    lean = rng.uniform(-0.15, 0.15) * height
    sheet.line(
        f"M{x:.1f} {y:.1f}Q{x:.1f} {y - height * 0.5:.1f} {x + lean:.1f} {y - height:.1f}",
        stem,
        max(1.2, height * 0.05),
    )
    radius = height * 0.16
    for k in range(5):
        turn = k * math.tau / 5
        sheet.circle(x + lean + math.cos(turn) * radius, y - height + math.sin(turn) * radius, radius * 0.8, tint)
    sheet.circle(x + lean, y - height, radius * 0.7, "#f7c948" if tint != "#ffd54d" else "#b5651d")


def rock(sheet: Sheet, rng: Random, x: float, y: float, size: float, tint: str) -> None:
    """Draw a faceted stone."""
    top = [
        (x + (i / 4 - 0.5) * size * 1.6, y - size * rise * rng.uniform(0.8, 1.1))
        for i, rise in enumerate((0.1, 0.6, 0.8, 0.55, 0.08))
    ]
    sheet.polygon([*top, (x + size * 0.8, y), (x - size * 0.8, y)], colour.darker(tint, 0.2))
    sheet.polygon(
        [top[0], top[1], top[2], (x + size * 0.05, y - size * 0.3), (x - size * 0.3, y), (x - size * 0.8, y)], tint
    )
    sheet.polygon([top[1], top[2], top[3], (x + size * 0.05, y - size * 0.3)], colour.lighter(tint, 0.16))


def fence(sheet: Sheet, y: float, tint: str, gap: float = 64, height: float = 44) -> None:
    """Draw a picket fence across the whole sheet, standing at `y`."""
    for rail in (0.35, 0.7):
        sheet.rect(0, y - height * rail - 4, sheet.width, 6, colour.darker(tint, 0.12))
    x = gap * 0.3
    while x < sheet.width:
        sheet.polygon(
            [(x - 5, y), (x - 5, y - height * 0.92), (x, y - height), (x + 5, y - height * 0.92), (x + 5, y)], tint
        )
        x += gap


def leaf(sheet: Sheet, x: float, y: float, length: float, turn: float, tint: str) -> None:
    """Draw a large jungle leaf from its foot at (x, y) in the direction `turn` (radians, 0 to the right)."""
    cos, sin = math.cos(turn) * length, math.sin(turn) * length
    outline = [(0, 0), (0.3, 0.15), (0.7, 0.13), (1, 0), (0.7, -0.13), (0.3, -0.15)]
    sheet.path(
        smooth([(x + cos * along - sin * across, y + sin * along + cos * across) for along, across in outline]), tint
    )
    rib = f"M{x:.1f} {y:.1f}L{x + cos * 0.95:.1f} {y + sin * 0.95:.1f}"
    sheet.line(rib, colour.lighter(tint, 0.18), max(1.5, length * 0.012))


def meadow_front(stage: Stage, tint: str, flowers: float) -> None:
    """Draw grass and flowers along the lower edge, before the subjects."""
    rng = stage.rng
    for _ in range(round(stage.width / 26)):
        x = rng.uniform(-10, stage.width + 10)
        tuft(stage.front, rng, x, stage.height + 12, rng.uniform(24, 58), stage.light.on(tint))
    for _ in range(round(stage.width / 60 * flowers)):
        x, tall = rng.uniform(0, stage.width), rng.uniform(34, 66)
        flower(
            stage.front, rng, x, stage.height + 10, tall, stage.light.on(rng.choice(FLOWERS)), stage.light.on("#3f7d3d")
        )
