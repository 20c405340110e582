"""Built places: a skyline seen from a park, a street of shops, a road through the country."""

from __future__ import annotations

from videogen_sandbox.engines.drawing.art import colour, land, plants
from videogen_sandbox.engines.drawing.art.canvas import Sheet, Stage, filled, wave

FACADES = ("#e07a5f", "#f2cc8f", "#81b29a", "#6d9dc5", "#d98c9f", "#c9ada7", "#e9b872", "#8fa6cb")
TOWERS = ("#5b6f95", "#4f6388", "#6a7aa3", "#53718f", "#6f6a94")
NEON = ("#ff4fa3", "#35e0ff", "#b26bff", "#ffd166")


def city(stage: Stage, neon: bool = False) -> None:
    """Draw three rows of towers with windows, a waterfront lawn and lamps before them."""
    rng, light = stage.rng, stage.light
    stage.horizon, stage.far, stage.floor = stage.height * 0.68, stage.height * 0.76, stage.height * 0.9
    top = min(stage.height * 0.5, 600.0)
    for distance, low, high, wide in ((0.66, 0.55, 1.0, 70), (0.4, 0.45, 0.9, 92), (0.14, 0.25, 0.68, 120)):
        x = -rng.uniform(0, wide)
        while x < stage.width:
            width = wide * rng.uniform(0.6, 1.25)
            tower(stage, x, stage.horizon + 10, width, top * rng.uniform(low, high), rng.choice(TOWERS), distance, neon)
            x += width * rng.uniform(0.86, 1.2)
        land.mist(stage.middle, stage.width, stage.horizon - 120, 135, light.haze, 0.42)
    pavement(stage, stage.horizon + 6)


def tower(
    stage: Stage, x: float, base: float, width: float, height: float, tint: str, distance: float, neon: bool
) -> None:
    """Draw one tower with a lit and a shaded side, a varied top and a grid of windows."""
    rng, light, sheet = stage.rng, stage.light, stage.middle
    front, side = light.on(tint, distance), light.on(colour.darker(tint, 0.2), distance)
    y = base - height
    top = rng.choice(("flat", "flat", "step", "slant", "spire", "dome"))
    if top == "slant":
        sheet.polygon([(x, base), (x, y), (x + width, y - width * 0.35), (x + width, base)], front)
    else:
        sheet.rect(x, y, width, height, front)
    sheet.rect(x + width * 0.72, y, width * 0.28, height, side)
    if top == "step":
        sheet.rect(x + width * 0.18, y - height * 0.08, width * 0.64, height * 0.08 + 1, front)
    elif top == "dome":
        sheet.ellipse(x + width / 2, y, width * 0.36, width * 0.26, side)
    elif top == "spire":
        sheet.rect(x + width * 0.3, y - height * 0.06, width * 0.4, height * 0.06 + 1, side)
        sheet.rect(x + width * 0.48, y - height * 0.24, width * 0.04, height * 0.24, side)
    windows(stage, sheet, x + width * 0.1, y + 12, width * 0.56, height - 20, distance)
    if neon and rng.random() < 0.6:
        sign = rng.choice(NEON)
        sheet.rect(
            x + width * 0.78,
            y + height * 0.14,
            width * 0.1,
            height * rng.uniform(0.2, 0.5),
            light_mixed(sign, light.haze, distance),
            3,
        )


def light_mixed(tint: str, haze: str, distance: float) -> str:
    """Return a colour that shines by itself, seen through haze."""
    return colour.mix(tint, haze, distance * 0.7)


def windows(stage: Stage, sheet: Sheet, x: float, y: float, width: float, height: float, distance: float) -> None:
    """Draw a grid of windows as three paths: dark, lit warm, lit cool."""
    rng, light = stage.rng, stage.light
    across, down = max(2, round(width / 15)), max(2, round(height / 21))
    cell, row = width / across, height / down
    kinds: dict[str, list[str]] = {"dark": [], "warm": [], "cool": []}
    for i in range(across):
        for j in range(down):
            lit = rng.random() < light.lit_windows
            kind = ("warm" if rng.random() < 0.8 else "cool") if lit else "dark"
            kinds[kind].append(
                f"M{x + i * cell:.1f} {y + j * row:.1f}h{cell * 0.62:.1f}v{row * 0.58:.1f}h{-cell * 0.62:.1f}z"
            )
    glass = light.on("#a9c9e6" if light.stars < 0.3 else "#2b3a63", distance)
    for kind, tint in (
        ("dark", glass),
        ("warm", light_mixed("#ffd98a", light.haze, distance)),
        ("cool", light_mixed("#d8ecff", light.haze, distance)),
    ):
        if kinds[kind]:
            sheet.path("".join(kinds[kind]), tint, 0.55 if kind == "dark" else 0.95)


def pavement(stage: Stage, y: float) -> None:
    """Draw a lawn with trees, a wide pavement with joints, lamps at the sides."""
    rng, light, sheet = stage.rng, stage.light, stage.middle
    grass = land.GRASS[stage.season]
    sheet.rect(0, y, stage.width, 46, light.on(grass, 0.12))
    x = rng.uniform(0, 60)
    while x < stage.width:
        if not 0.36 < x / stage.width < 0.64 or rng.random() < 0.3:
            plants.broadleaf(
                sheet,
                rng,
                x,
                y + 26,
                rng.uniform(64, 104),
                light.on(rng.choice(plants.LEAVES[stage.season]), 0.1),
                light.on("#5d4037", 0.1),
            )
        x += rng.uniform(70, 150)
    stone = "#c9c4bd" if stage.season != "winter" else "#e6edf4"
    top = y + 44
    sheet.rect(
        0,
        top,
        stage.width,
        stage.height - top,
        sheet.gradient([light.on(stone, 0.12), light.on(colour.darker(stone, 0.22))]),
    )
    sheet.rect(0, top, stage.width, 7, light.on(colour.lighter(stone, 0.4)))
    _joints(sheet, stage, top + 7, light.on(colour.darker(stone, 0.28)))
    for side in (0.09, 0.91):
        lamp(stage, stage.width * side, top + 50, 230)


def _joints(sheet: Sheet, stage: Stage, top: float, tint: str) -> None:
    """Paving joints in perspective."""
    middle, vanish = stage.width / 2, top - 160
    for k in range(-9, 10):
        foot = middle + k * 190
        start = middle + (foot - middle) * (top - vanish) / (stage.height - vanish)
        sheet.line(f"M{start:.1f} {top:.1f}L{foot:.1f} {stage.height:.1f}", tint, 1.6, 0.5)
    for share in (0.16, 0.4, 0.72):
        y = top + (stage.height - top) * share
        sheet.line(f"M0 {y:.1f}H{stage.width:.1f}", tint, 1.6, 0.5)


def lamp(stage: Stage, x: float, y: float, height: float) -> None:
    """Draw a street lamp with its foot at (x, y)."""
    sheet, post = stage.middle, stage.light.on("#39424e")
    lit = stage.light.lit_windows > 0.3
    sheet.rect(x - 3, y - height, 6, height, post)
    sheet.rect(x - 9, y - 14, 18, 14, post, 3)
    for side in (-26, 26):
        sheet.line(f"M{x:.1f} {y - height:.1f}q{side:.1f} 0 {side:.1f} 12", post, 5)
    for side in (-26, 26):
        if lit:
            sheet.circle(
                x + side, y - height + 22, 74, sheet.glow([("#ffe2a0", 0.6), ("#ffd27f", 0.14), ("#ffd27f", 0)])
            )
        sheet.circle(x + side, y - height + 22, 12, "#fff0c4" if lit else stage.light.on("#f5f3ea"))


def street(stage: Stage, neon: bool = False) -> None:
    """Draw shop fronts side by side, pavement, a road with a dashed line."""
    rng, light, sheet = stage.rng, stage.light, stage.middle
    stage.horizon, stage.far, stage.floor = stage.height * 0.68, stage.height * 0.745, stage.height * 0.915
    base, x = stage.height * 0.7, -rng.uniform(0, 60)
    for far in range(9):
        tower(
            stage,
            stage.width * (far + rng.uniform(-0.3, 0.3)) / 8,
            base,
            rng.uniform(70, 120),
            stage.height * rng.uniform(0.42, 0.62),
            rng.choice(TOWERS),
            0.6,
            neon,
        )
    last = ""
    while x < stage.width:
        width = rng.uniform(150, 220)
        tint = rng.choice([entry for entry in FACADES if entry != last])
        house_front(
            stage, x, base, width, rng.uniform(230, 330), tint if not neon else colour.mix(tint, "#3a2a5e", 0.6), neon
        )
        x, last = x + width, tint
    kerb = stage.height * 0.765
    sheet.rect(0, base, stage.width, kerb - base + 8, light.on("#cfc8be" if stage.season != "winter" else "#e8eef5"))
    sheet.rect(0, kerb, stage.width, 9, light.on("#a59f98"))
    road = light.on("#50545f")
    sheet.rect(
        0,
        kerb + 9,
        stage.width,
        stage.height - kerb,
        sheet.gradient([colour.lighter(road, 0.08), colour.darker(road, 0.2)]),
    )
    middle = kerb + (stage.height - kerb) * 0.56
    sheet.line(f"M-20 {middle:.1f}H{stage.width + 20:.1f}", light.on("#f0e6c8"), 8, 0.85, "56 44")
    for share in (0.04, 0.5, 0.97):
        lamp(stage, stage.width * share, kerb - 2, 210)


def house_front(stage: Stage, x: float, base: float, width: float, height: float, tint: str, neon: bool) -> None:
    """Draw one façade: rows of windows above a shop with an awning."""
    rng, light, sheet = stage.rng, stage.light, stage.middle
    wall, trim = light.on(tint, 0.06), light.on(colour.lighter(tint, 0.55), 0.06)
    sheet.rect(x, base - height, width, height, sheet.gradient([colour.lighter(wall, 0.06), colour.darker(wall, 0.12)]))
    sheet.rect(x - 3, base - height - 12, width + 6, 16, trim, 2)
    storeys, columns = max(1, round((height - 120) / 78)), 3 if width > 180 else 2
    for row in range(storeys):
        for column in range(columns):
            left, top = x + width * (column + 0.5) / columns - 20, base - height + 24 + row * 78
            lit = rng.random() < light.lit_windows
            sheet.rect(left - 4, top - 4, 48, 60, trim, 2)
            sheet.rect(left, top, 40, 52, "#ffdc92" if lit else light.on("#8fb3cf" if light.stars < 0.3 else "#31426e"))
            sheet.line(
                f"M{left + 20:.1f} {top:.1f}V{top + 52:.1f}M{left:.1f} {top + 22:.1f}H{left + 40:.1f}", trim, 2.6
            )
            if rng.random() < 0.3:
                sheet.rect(left - 6, top + 52, 52, 9, light.on("#6b4a3a"))
                for k in range(5):
                    sheet.circle(left + k * 10, top + 50, 6, light.on(rng.choice(("#e5566d", "#5d9f57", "#f2c14e"))))
    shop, glass = base - 96, light.lit_windows > 0.3
    sheet.rect(x + 14, shop + 16, width - 28, 80, light.on("#3d3a45", 0.05))
    sheet.rect(x + 20, shop + 20, width - 80, 70, "#ffdf9e" if glass else light.on("#b9d7e6"))
    sheet.rect(x + width - 54, shop + 20, 32, 76, light.on(colour.darker(tint, 0.4)))
    stripes = max(4, round(width / 26))
    awning = rng.choice(("#c8443f", "#2f6f8f", "#3d7f5a", "#d98a2b", "#7a4f8f")) if not neon else rng.choice(NEON)
    for k in range(stripes):
        left, part = x + 6 + k * (width - 12) / stripes, (width - 12) / stripes
        fill = (awning if neon else light.on(awning)) if k % 2 == 0 else light.on("#f7f1e6")
        sheet.path(f"M{left:.1f} {shop - 6:.1f}h{part:.1f}v32a{part / 2:.1f} 9 0 0 1 {-part:.1f} 0z", fill)


def road(stage: Stage) -> None:
    """Draw a road across the setting that is there already, for whatever rolls."""
    sheet, light = stage.middle, stage.light
    top, bottom = stage.height * 0.8, stage.height * 0.985
    stage.floor, stage.far = stage.height * 0.915, stage.height * 0.86
    tint = light.on("#565a66")
    upper = wave(stage.width, top, 3, stage.rng, 0.7)
    sheet.polygon(
        filled([(x, y - 7) for x, y in upper], bottom + 7),
        light.on("#cdbf9f" if stage.season != "winter" else "#dfe7f0"),
    )
    sheet.polygon(filled(upper, bottom), sheet.gradient([colour.lighter(tint, 0.06), colour.darker(tint, 0.18)]))
    middle = (top + bottom) / 2 + 4
    sheet.line(f"M-20 {middle:.1f}H{stage.width + 20:.1f}", light.on("#f3e7bf"), 7, 0.9, "54 42")


def rails(stage: Stage) -> None:
    """Draw a railway across the setting, for trains."""
    sheet, light = stage.middle, stage.light
    top, bottom = stage.height * 0.845, stage.height * 0.965
    stage.floor = stage.height * 0.925
    gravel = light.on("#8f8a86" if stage.season != "winter" else "#c9d2dd")
    sheet.polygon([(-10, top), (stage.width + 10, top), (stage.width + 10, bottom), (-10, bottom)], gravel)
    for _ in range(round(stage.width / 5)):
        x, y = stage.rng.uniform(0, stage.width), stage.rng.uniform(top, bottom)
        sheet.circle(
            x, y, stage.rng.uniform(1.2, 3), colour.mix(gravel, stage.rng.choice(("#ffffff", "#2a2730")), 0.22)
        )
    x = -20.0
    while x < stage.width + 20:
        sheet.polygon(
            [(x, top + 14), (x + 22, top + 14), (x + 14, bottom - 8), (x - 10, bottom - 8)], light.on("#6b4a3a")
        )
        x += 46
    for y in (top + 22, bottom - 26):
        sheet.rect(-10, y, stage.width + 20, 7, light.on("#5d616c"))
        sheet.rect(-10, y, stage.width + 20, 2.4, light.on("#c9ced8"))
