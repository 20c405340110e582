"""The rooms behind the presenters, drawn to fill a frame of any shape. Lengths in pixels of a 720-pixel frame."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from random import Random


def _fade(name: str, top: str, bottom: str) -> str:
    return (
        f'<linearGradient id="{name}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{top}"/>'
        f'<stop offset="1" stop-color="{bottom}"/></linearGradient>'
    )


def _rect(x: float, y: float, width: float, height: float, fill: str, radius: float = 0, more: str = "") -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{radius}" fill="{fill}" {more}/>'
    )


def _glow(name: str, colour: str, x: float, y: float, radius: float, strength: float = 0.6) -> str:
    return (
        f'<radialGradient id="{name}"><stop offset="0" stop-color="{colour}" stop-opacity="{strength}"/>'
        f'<stop offset="1" stop-color="{colour}" stop-opacity="0"/></radialGradient>'
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.0f}" fill="url(#{name})"/>'
    )


def _leaf(x: float, y: float, length: float, turn: float, fill: str, vein: str) -> str:
    half = length * 0.27
    return (
        f'<g transform="translate({x:.0f} {y:.0f}) rotate({turn:.0f})">'
        f'<path d="M0 0C{half:.1f} {-length * 0.25:.1f} {half:.1f} {-length * 0.75:.1f} 0 {-length:.1f}'
        f'C{-half:.1f} {-length * 0.75:.1f} {-half:.1f} {-length * 0.25:.1f} 0 0Z" fill="{fill}"/>'
        f'<path d="M0 0V{-length * 0.9:.1f}" stroke="{vein}" stroke-width="2" opacity=".6"/></g>'
    )


def _potted_plant(x: float, y: float, size: float, pot: str) -> str:
    leaves = "".join(
        _leaf(x, y, size * (0.9 - abs(turn) / 260), turn, fill, "#2f6b4c")
        for turn, fill in ((-62, "#4f9d6c"), (58, "#4f9d6c"), (-34, "#3e8a5c"), (30, "#3e8a5c"), (-6, "#5fb27e"))
    )
    return leaves + (
        f'<path d="M{x - size * 0.28:.0f} {y - 8:.0f}H{x + size * 0.28:.0f}L{x + size * 0.2:.0f} {y + size * 0.42:.0f}'
        f'H{x - size * 0.2:.0f}Z" fill="{pot}"/>'
    )


def _studio(w: float, h: float) -> str:
    slats = "".join(_rect(x, 0, 15, h, "#c98f62" if x // 24 % 2 else "#bd8255") for x in range(0, int(w * 0.2), 24))
    arch = w * 0.5
    return (
        f"<defs>{_fade('wall', '#2b7076', '#4a9a96')}</defs>{_rect(0, 0, w, h, 'url(#wall)')}"
        f'<path d="M{arch - 300} {h}V330A300 300 0 0 1 {arch + 300} 330V{h}Z" fill="#5fb0a8" opacity=".55"/>'
        f'<path d="M{arch - 225} {h}V340A225 225 0 0 1 {arch + 225} 340V{h}Z" fill="#8accbf" opacity=".45"/>'
        f"{_rect(0, 0, w * 0.2, h, '#8f5f3d')}{slats}"
        f"{_glow('lamp', '#fff1c9', w * 0.88, 190, 250, 0.85)}"
        f'<path d="M{w * 0.88} 0V150" stroke="#1f4f54" stroke-width="5"/>'
        f'<path d="M{w * 0.88 - 62} 200A62 62 0 0 1 {w * 0.88 + 62} 200Z" fill="#f6c453"/>'
        f"{_potted_plant(w * 0.87, h - 110, 190, '#e9d9c5')}{_rect(w * 0.76, h - 34, w * 0.24, 34, '#8f5f3d')}"
    )


def _office(w: float, h: float) -> str:
    blinds = "".join(_rect(w * 0.04, y, w * 0.24, 9, "#ffffff", 2, 'opacity=".55"') for y in range(66, 400, 26))
    notes = "".join(
        _rect(w * 0.755 + column * 62, 104 + row * 64, 46, 46, colour, 3)
        for row, line in enumerate((("#ffd166", "#f4978e", "#a8dadc"), ("#b8e0a0", "#ffd166", "#f4978e")))
        for column, colour in enumerate(line)
    )
    binders = "".join(
        _rect(w * 0.72 + place * 30, 422, 25, 108, colour, 3) + _rect(w * 0.72 + place * 30 + 6, 444, 13, 34, "#fff", 2)
        for place, colour in enumerate(("#e76f51", "#2a9d8f", "#e9c46a", "#457b9d", "#e76f51"))
    )
    return (
        f"<defs>{_fade('wall', '#f1ebe2', '#dfd3c3')}{_fade('sky', '#bfe3f7', '#eaf7fd')}</defs>"
        f"{_rect(0, 0, w, h, 'url(#wall)')}{_rect(w * 0.03, 50, w * 0.26, 370, '#ffffff', 6)}"
        f"{_rect(w * 0.04, 60, w * 0.24, 350, 'url(#sky)')}{blinds}"
        f"{_rect(w * 0.735, 70, 226, 176, '#ffffff', 8)}{_rect(w * 0.74, 78, 214, 160, '#f4f7f9', 6)}{notes}"
        f"{_rect(w * 0.70, 530, w * 0.3, 18, '#b98a5e', 3)}{binders}{_potted_plant(w * 0.915, 494, 120, '#d9825b')}"
        f"{_rect(0, h - 120, w * 0.33, 120, '#b98a5e')}{_rect(w * 0.07, h - 250, 190, 122, '#3d4550', 8)}"
        f"{_rect(w * 0.07 + 9, h - 241, 172, 104, '#7db7d8', 4)}{_rect(w * 0.07 + 82, h - 130, 26, 14, '#3d4550')}"
    )


def _bookshelf(w: float, h: float) -> str:
    dice = Random(5)
    covers = ("#d1495b", "#edae49", "#66a182", "#2e4057", "#8d96a3", "#f2e8cf", "#6a4c93", "#bc6c25", "#457b9d")
    drawn = [_rect(0, 0, w, h, "#6d4429")]
    shelf = 168.0
    for row in range(math.ceil(h / shelf)):
        floor = (row + 1) * shelf - 22
        drawn.append(_rect(0, floor - shelf + 22, w, shelf - 22, "#593620"))
        x = 8.0 + dice.random() * 20
        while x < w:
            wide = 17 + dice.random() * 23
            tall = 92 + dice.random() * 42
            if dice.random() < 0.09:
                if dice.random() < 0.5:
                    drawn.append(_potted_plant(x + 44, floor - 36, 84, "#e8dcc8"))
                else:
                    drawn.append(f'<circle cx="{x + 42:.0f}" cy="{floor - 40:.0f}" r="36" fill="#e9c46a"/>')
                    drawn.append(f'<circle cx="{x + 42:.0f}" cy="{floor - 40:.0f}" r="24" fill="#f7e7b4"/>')
                x += 100
                continue
            cover = dice.choice(covers)
            drawn.append(_rect(x, floor - tall, wide, tall, cover, 2))
            drawn.append(_rect(x, floor - tall + 14, wide, 6, "#fff3d6", 0, 'opacity=".55"'))
            drawn.append(_rect(x, floor - 26, wide, 4, "#fff3d6", 0, 'opacity=".4"'))
            x += wide + 2
        drawn.append(_rect(0, floor, w, 22, "#a06a42") + _rect(0, floor + 17, w, 5, "#7d4f2f"))
    drawn.append(_glow("lamp", "#ffdf9e", w * 0.5, h * 0.35, max(w, h) * 0.55, 0.4))
    return "".join(drawn)


def _city(w: float, h: float) -> str:
    dice = Random(9)
    drawn = [
        f"<defs>{_fade('sky', '#7fa6e0', '#ffd9b0')}{_fade('far', '#9d9cc4', '#d8b7b8')}"
        f"{_fade('near', '#5a608f', '#8f7f9f')}</defs>{_rect(0, 0, w, h, 'url(#sky)')}",
        _glow("sun", "#fff0c2", w * 0.22, h * 0.42, 240, 0.95),
    ]
    for fill, ground, most, lit in (("url(#far)", 0.84, 0.42, ""), ("url(#near)", 0.97, 0.48, "#ffe2a3")):
        x = -20.0
        while x < w:
            wide = 60 + dice.random() * 70
            tall = h * most * (0.4 + 0.6 * dice.random())
            top = h * ground - tall
            drawn.append(_rect(x, top, wide, h - top, fill, 3))
            for level in range(int(tall // 34)) if lit else ():
                drawn += [
                    _rect(x + 9 + window * 23, top + 14 + level * 32, 11, 15, lit, 1, 'opacity=".8"')
                    for window in range(int(wide // 24))
                    if dice.random() < 0.42
                ]
            x += wide + 6
    frame = "#f4f1ec"
    columns = max(2, round(w / 330))
    drawn += [_rect(column * w / columns - 9, 0, 18, h, frame) for column in range(columns + 1)]
    drawn.append(_rect(0, 0, w, 22, frame) + _rect(0, h * 0.3, w, 13, frame))
    drawn.append(_rect(0, h - 66, w, 66, "#ded5c8") + _rect(0, h - 70, w, 10, frame))
    return "".join(drawn)


def _clinic(w: float, h: float) -> str:
    bottles = "".join(
        _rect(w * 0.745 + place * 47, 190 - tall, 32, tall, colour, 6)
        + _rect(w * 0.745 + place * 47 + 8, 178 - tall, 16, 14, "#f6fbfb", 3)
        for place, (tall, colour) in enumerate(((70, "#8ecae6"), (54, "#ffb4a2"), (78, "#95d5b2"), (60, "#cdb4db")))
    )
    lines = "".join(
        _rect(w * 0.155 - 14 * size, 122 + row * 44, 28 * size, 15, "#4b6b73", 4)
        for row, size in enumerate((1.2, 2.0, 2.7, 3.4, 4.0))
    )
    rim = 'stroke="#a9d3cd" stroke-width="6"'
    return (
        f"<defs>{_fade('wall', '#f3fbfa', '#d5eeea')}</defs>{_rect(0, 0, w, h, 'url(#wall)')}"
        f"{_rect(0, h * 0.68, w, h * 0.32, '#b5dcd6')}{_rect(0, h * 0.68, w, 10, '#8fc7bf')}"
        f"{_rect(w * 0.155 - 92, 70, 184, 306, '#ffffff', 10, rim)}{lines}"
        f"{_rect(w * 0.725, 60, 226, 344, '#ffffff', 10, rim)}{bottles}"
        f"{_rect(w * 0.73, 190, 212, 9, '#a9d3cd')}{_rect(w * 0.73, 300, 212, 9, '#a9d3cd')}"
        f"{_rect(w * 0.755, 222, 78, 78, '#f28482', 12)}{_rect(w * 0.755 + 31, 236, 16, 50, '#fff', 3)}"
        f"{_rect(w * 0.755 + 14, 253, 50, 16, '#fff', 3)}{_rect(w * 0.755 + 92, 252, 74, 48, '#8ecae6', 8)}"
        f"{_potted_plant(w * 0.09, h - 120, 170, '#ffffff')}{_glow('light', '#ffffff', w * 0.5, 0, w * 0.4, 0.9)}"
    )


def _plants(w: float, h: float) -> str:
    dice = Random(21)
    drawn = [f"<defs>{_fade('wall', '#1f4a3a', '#12332a')}</defs>{_rect(0, 0, w, h, 'url(#wall)')}"]
    for layer, greens in enumerate((("#24594a", "#2a6650"), ("#327a5a", "#3d8a5f"), ("#57a773", "#6fbf7f", "#8fd08a"))):
        for _ in range(int(w * h / (5200 + layer * 2600))):
            x, y = dice.random() * w, dice.random() * (h + 80)
            length = 90 + dice.random() * 80 - layer * 12
            drawn.append(_leaf(x, y, length, dice.random() * 240 - 120, dice.choice(greens), "#1d4a3a"))
    for _ in range(int(w * h / 70_000)):
        x, y = dice.random() * w, dice.random() * h
        petals = "".join(
            f'<circle cx="{x + 13 * math.cos(turn):.0f}" cy="{y + 13 * math.sin(turn):.0f}" r="10" fill="#ffd6c9"/>'
            for turn in (step * math.tau / 5 for step in range(5))
        )
        drawn.append(f'{petals}<circle cx="{x:.0f}" cy="{y:.0f}" r="8" fill="#f6bd60"/>')
    drawn.append(_glow("light", "#e9ffd8", w * 0.5, h * 0.36, max(w, h) * 0.45, 0.28))
    return "".join(drawn)


def _news(w: float, h: float) -> str:
    middle = w * 0.5
    rings = "".join(
        f'<circle cx="{middle}" cy="{h * 0.42:.0f}" r="{radius}" fill="none" stroke="#4f8fd8" stroke-width="3"'
        f' opacity="{0.55 - radius / 1400:.2f}"/>'
        for radius in (210, 300, 400, 510)
    )

    def screen(x: float, tint: str, bars: tuple[int, ...]) -> str:
        columns = "".join(
            _rect(x + 26 + place * 36, 330 - tall, 24, tall, "#eaf4ff", 3, 'opacity=".75"')
            for place, tall in enumerate(bars)
        )
        return (
            _rect(x, 120, 240, 240, "#0a1426", 10)
            + _rect(x + 9, 129, 222, 222, tint, 6)
            + columns
            + f'<path d="M{x + 24} 226L{x + 84} 190L{x + 134} 206L{x + 212} 152" fill="none" stroke="#ffcf5c"'
            ' stroke-width="7" stroke-linecap="round" stroke-linejoin="round"/>'
        )

    beams = "".join(
        f'<path d="M{x:.0f} 0L{x + 110:.0f} {h}H{x + 30:.0f}L{x - 26:.0f} 0Z" fill="#7db4f0" opacity=".09"/>'
        for x in (w * 0.12, w * 0.36, w * 0.58, w * 0.8)
    )
    return (
        f"<defs>{_fade('wall', '#0d1f45', '#1d4184')}</defs>{_rect(0, 0, w, h, 'url(#wall)')}"
        f"{_glow('light', '#5fa8ff', middle, h * 0.4, 460, 0.55)}{rings}{beams}"
        f"{screen(w * 0.05, '#1f63a8', (70, 104, 56, 128, 92))}"
        f"{screen(w * 0.95 - 240, '#2a7a9b', (50, 84, 118, 96, 140))}"
        f"{_rect(0, h * 0.62, w, 12, '#d7263d')}{_rect(0, h * 0.62 + 12, w, 4, '#a8bcdc')}"
    )


def _news_desk(w: float, h: float) -> str:
    top = h - 92
    return (
        f"<defs>{_fade('desk', '#f2f5fa', '#b9c6d9')}</defs>"
        f'<path d="M0 {top + 26}Q{w / 2} {top - 22} {w} {top + 26}V{h}H0Z" fill="url(#desk)"/>'
        f'<path d="M0 {top + 52}Q{w / 2} {top + 6} {w} {top + 52}V{top + 66}Q{w / 2} {top + 20} 0 {top + 66}Z"'
        ' fill="#d7263d"/>'
        f'<path d="M{w / 2 + 150} {top - 4}l92 4l-12 16l-98-6Z" fill="#ffffff"/>'
        f'<path d="M{w / 2 + 166} {top + 2}l56 3M{w / 2 + 162} {top + 7}l56 3" stroke="#9fb0c8" stroke-width="2"/>'
    )


ROOMS: Mapping[str, Callable[[float, float], str]] = {
    "amara": _studio,
    "diego": _office,
    "hana": _bookshelf,
    "jonas": _city,
    "leila": _clinic,
    "sam": _plants,
    "viktor": _news,
}
"""What is behind a presenter in a frame of width, height."""

FOREGROUNDS: Mapping[str, Callable[[float, float], str]] = {"viktor": _news_desk}
"""What stands before a presenter."""
