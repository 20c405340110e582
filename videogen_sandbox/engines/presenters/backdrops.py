"""The rooms behind the presenters, drawn to fill a frame of any shape. Lengths in pixels of a 720-pixel frame.

A room is `assets/rooms/NAME.svg` (part `room`, and `front` for what stands before the presenter), where shares of the
frame are per cent; or, where it is strewn at random, computed here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from random import Random

from videogen_sandbox.engines.drawing.artwork import artwork


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


_COMPUTED: Mapping[str, Callable[[float, float], str]] = {"bookshelf": _bookshelf, "city": _city, "plants": _plants}


def room(name: str, width: float, height: float) -> str:
    """Return what is behind a presenter in a frame of `width` x `height`, as SVG markup."""
    if name in _COMPUTED:
        return _COMPUTED[name](width, height)
    return artwork(f"rooms/{name}").draw("room")


def front(name: str) -> str:
    """Return what stands before a presenter in any frame, as SVG markup; "" where nothing does."""
    return "" if name in _COMPUTED else artwork(f"rooms/{name}").draw("front")
