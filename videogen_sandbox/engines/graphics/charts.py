"""Charts that build themselves: columns, a line, a pie."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from PIL import Image, ImageDraw

from videogen_sandbox.engines.graphics.colours import Colour
from videogen_sandbox.engines.graphics.figures import Figure
from videogen_sandbox.engines.graphics.layout import Stage, lines_of
from videogen_sandbox.engines.graphics.motion import arriving, drawing, growing, popping, riding, rising
from videogen_sandbox.engines.graphics.sprites import Thing, letters, panel, room
from videogen_sandbox.engines.media.fonts import SEMI_BOLD

Data = Sequence[tuple[str, Figure]]
Box = tuple[float, float, float, float]
"""left, top, right, bottom in pixels."""

GROW = 1.1
"""Seconds in which a column grows."""

DRAW = 1.8
"""Seconds in which a line or a pie is drawn."""

_FINE = 3
"""Lines and slices are drawn so many times as large, and made smaller: smooth edges."""


def counted(first: float, last: float, share: float) -> float:
    """Return the number that a counter shows at a share of its run; it slows down towards the end."""
    return first + (last - first) * arriving(share)


def _bars(data: Data, stage: Stage, box: Box) -> list[Thing]:
    left, top, right, bottom = box
    size = min(stage.unit * 0.055, (right - left) / len(data) * 0.24)
    base, head = bottom - size * 1.9, top + size * 1.6
    highest = max(max(figure.value for _, figure in data), 1e-9)
    lowest = min(0.0, *(figure.value for _, figure in data))
    zero = base + lowest / (highest - lowest) * (base - head)
    span = (right - left) / len(data)
    made: list[Thing] = []
    for number, (label, figure) in enumerate(data):
        start = 0.35 + 0.16 * number
        middle = left + span * (number + 0.5)
        height = max(2.0, abs(figure.value) / (highest - lowest) * (base - head))
        column = panel(span * 0.62, height, stage.accent, radius=min(span * 0.05, height / 2))
        y = zero - height if figure.value >= 0 else zero
        foot = (0.5, 1.0) if figure.value >= 0 else (0.5, 0.0)
        made.append(Thing(column, middle - column.width / 2, y, growing(start, stage.seconds, GROW), foot))
        made.append(_running(figure, stage, size, (middle, min(y, zero)), zero - min(y, zero), start))
        made.append(_label(label, stage, size, middle, base + size * 0.3, span * 0.95, start))
    line = panel(right - left, max(2.0, stage.unit / 300), stage.ink)
    return [*made, Thing(line, left, zero, rising(0.2, stage.seconds, 0.0))]


def _running(figure: Figure, stage: Stage, size: float, top: tuple[float, float], height: float, start: float) -> Thing:
    """The value above a column whose middle of the upper edge is `top`: it counts up and rides on the column."""

    @lru_cache(maxsize=2)
    def written(words: str) -> Image.Image:
        return _in_middle(letters(words, size, stage.ink, shadow=False), round(size * 6))

    def number(time: float) -> Image.Image:
        return written(figure.written(counted(0.0, figure.value, (time - start) / GROW)))

    x, y = round(top[0] - size * 3), round(top[1] - size * 1.5) - room(size)
    return Thing(number, x, y, riding(start, stage.seconds, GROW, height))


def _in_middle(picture: Image.Image, width: int) -> Image.Image:
    whole = Image.new("RGBA", (max(width, picture.width), picture.height))
    whole.paste(picture, ((whole.width - picture.width) // 2, 0))
    return whole


def _label(words: str, stage: Stage, size: float, middle: float, y: float, width: float, start: float) -> Thing:
    lines, small = lines_of(words, width, size * 1.4, size * 0.85, size * 0.5)
    picture = letters(" ".join(lines), small, stage.ink, shadow=False, weight=SEMI_BOLD)
    return Thing(picture, round(middle - picture.width / 2), round(y) - room(small), rising(start, stage.seconds, size))


def _line(data: Data, stage: Stage, box: Box) -> list[Thing]:
    left, top, right, bottom = box
    size = min(stage.unit * 0.055, (right - left) / len(data) * 0.24)
    base, head = bottom - size * 1.9, top + size * 2
    values = [figure.value for _, figure in data]
    low, high = min(0.0, *values), max(values)
    span = (right - left) / len(data)
    points = [
        (left + span * (number + 0.5), base - (value - low) / ((high - low) or 1.0) * (base - head))
        for number, value in enumerate(values)
    ]
    thick = max(4.0, stage.unit / 110)
    drawn = Image.new("L", (round(right - left) * _FINE, round(bottom - top) * _FINE))
    moved = [((x - left) * _FINE, (y - top) * _FINE) for x, y in points]
    ImageDraw.Draw(drawn).line(moved, fill=255, width=round(thick * _FINE), joint="curve")
    curve = Image.new("RGBA", (drawn.width // _FINE, drawn.height // _FINE), (*stage.accent, 0))
    curve.putalpha(drawn.resize(curve.size, Image.Resampling.BOX))
    first, last = points[0][0] - left, points[-1][0] - left
    made = [Thing(curve, left, top, drawing(0.4, stage.seconds, DRAW, first / curve.width, last / curve.width))]
    for (label, figure), (x, y) in zip(data, points, strict=True):
        start = 0.4 + DRAW * (x - points[0][0]) / max(1.0, points[-1][0] - points[0][0])
        dot = panel(thick * 3.2, thick * 3.2, stage.accent, radius=thick * 1.6)
        made.append(Thing(dot, x - dot.width / 2, y - dot.height / 2, popping(start, stage.seconds)))
        value = letters(figure.written(), size, stage.ink, shadow=False)
        place = round(x - value.width / 2), round(y - size * 1.8) - room(size)
        made.append(Thing(value, *place, rising(start, stage.seconds, size * 0.5)))
        made.append(_label(label, stage, size, x, base + size * 0.3, span * 0.95, start))
    return made


def _pie(data: Data, stage: Stage, box: Box) -> list[Thing]:
    left, top, right, bottom = box
    side = round(min((right - left) * 0.5, bottom - top) * 0.94)
    total = sum(max(0.0, figure.value) for _, figure in data) or 1.0
    shares = [max(0.0, figure.value) / total for _, figure in data]
    colours = [_shade(stage.accent, number, len(data)) for number in range(len(data))]
    x, y = left + (right - left) * 0.25 - side / 2, (top + bottom) / 2 - side / 2

    @lru_cache(maxsize=1)
    def swept(degrees: float) -> Image.Image:
        drawn = Image.new("RGBA", (side * _FINE, side * _FINE), (*stage.accent, 0))
        pen = ImageDraw.Draw(drawn)
        start = -90.0
        for share, colour in zip(shares, colours, strict=True):
            end = min(start + 360 * share, degrees - 90)
            if end > start:
                pen.pieslice((0, 0, drawn.width - 1, drawn.height - 1), start, end, fill=(*colour, 255))
            start += 360 * share
        return drawn.resize((side, side), Image.Resampling.BOX)

    def picture(time: float) -> Image.Image:
        return swept(round(360 * arriving((time - 0.4) / DRAW), 2))

    made = [Thing(picture, round(x), round(y), rising(0.2, stage.seconds, 0.0))]
    size = min(stage.unit * 0.06, (bottom - top) / len(data) * 0.5)
    row = (top + bottom) / 2 - size * 0.9 * len(data)
    for number, ((label, figure), colour) in enumerate(zip(data, colours, strict=True)):
        start = 0.5 + DRAW * sum(shares[:number])
        at = left + (right - left) * 0.54
        block = panel(size * 0.9, size * 0.9, colour, radius=size * 0.15)
        made.append(Thing(block, at, row + size * 0.15, popping(start, stage.seconds)))
        words = f"{label} {figure.written()}"
        lines, small = lines_of(words, right - at - size * 1.4, size * 1.4, size, size * 0.5)
        entry = letters(" ".join(lines), small, stage.ink, shadow=False, weight=SEMI_BOLD)
        place = round(at + size * 1.4) - room(small), round(row) - room(small)
        made.append(Thing(entry, *place, rising(start, stage.seconds, size * 0.5)))
        row += size * 1.8
    return made


def _shade(accent: Colour, number: int, count: int) -> Colour:
    """The accent colour, lighter from slice to slice."""
    share = 0.72 * number / max(1, count - 1)
    red, green, blue = (round(part + (255 - part) * share) for part in accent)
    return red, green, blue


CHARTS: Mapping[str, Callable[[Data, Stage, Box], list[Thing]]] = {"bars": _bars, "line": _line, "pie": _pie}
"""By kind of motion graphic."""
