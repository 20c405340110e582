"""What is on the stage for each kind of motion graphic: things with their places and movements."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from PIL import Image

from videogen_sandbox.engines.graphics import charts
from videogen_sandbox.engines.graphics.layout import LEAST, Stage, brightness, lines_of
from videogen_sandbox.engines.graphics.motion import growing, popping, rising, sliding, uncovering
from videogen_sandbox.engines.graphics.reading import Kind, Wish
from videogen_sandbox.engines.graphics.sprites import Thing, fitted, letters, panel, room
from videogen_sandbox.engines.media.fonts import BOLD, SEMI_BOLD, font

STAGGER = 0.11
"""Seconds between one word and the next."""

MARGIN = 0.08
"""Free border as a share of each side: what television calls title-safe."""

DARK = (14, 17, 26)
"""Of panels under text."""


def things(wish: Wish, stage: Stage, pictures: Sequence[Image.Image]) -> list[Thing]:
    """Return what is on the stage, the lowest first."""
    made = _SCENES[wish.kind](wish, stage, pictures)
    if pictures and wish.kind != "reveal":
        corner = fitted(pictures[0], stage.unit * 0.2, stage.unit * 0.16)
        x = stage.width * (1 - MARGIN / 2) - corner.width
        made.append(Thing(corner, x, stage.height * MARGIN / 2, popping(0.3, stage.seconds)))
    return made


def usual_seconds(wish: Wish) -> float:
    """Return a length that leaves time to read everything, 3 to 14 seconds."""
    words = sum(len(text.split()) for text in wish.texts)
    needed = 2.4 + 0.38 * words + 0.5 * len(wish.data) + (2.0 if wish.count else 0.0)
    return min(14.0, max(3.0 if wish.kind == "title" else 4.0, needed))


def _title(wish: Wish, stage: Stage, _pictures: Sequence[Image.Image]) -> list[Thing]:
    """A headline whose words come one after the other, a rule, and what else there is to say."""
    headline, *others = wish.texts
    width = stage.width * (1 - 2 * MARGIN)
    lines, size = lines_of(headline, width, stage.height * (0.42 if others else 0.66), stage.unit * 0.17,
                           stage.unit * LEAST)  # fmt: skip
    second = [lines_of(text, width, stage.height * 0.2, size * 0.45, stage.unit * LEAST) for text in others[:3]]
    rule = size * 0.16 if others else 0.0
    height = len(lines) * size * 1.25 + 3 * rule + sum(len(rows) * high * 1.4 for rows, high in second)
    y = (stage.height - height) / 2
    made = _plate(wish, stage, lines, size, y, height)
    start = 0.1
    for line in lines:
        row, start = _words(stage, line, size, y, start)
        made += row
        y += size * 1.25
    if others:
        bar = panel(min(width, size * 2.4), max(3.0, rule), stage.accent, radius=rule / 2)
        made.append(Thing(bar, (stage.width - bar.width) / 2, y + rule, uncovering(start, stage.seconds)))
        y += 3 * rule
    for under, high in second:
        for text in under:
            made.append(_centred(stage, text, high, y, start + 0.15, SEMI_BOLD))
            y += high * 1.4
    return made


def _plate(wish: Wish, stage: Stage, lines: Sequence[str], size: float, y: float, height: float) -> list[Thing]:
    """A plate behind a title in the colour of the background that the words ask for, where the stage has none."""
    if wish.ground is None or stage.ground is not None:
        return []
    widest = max(font(size, BOLD).getlength(line) for line in lines)
    plate = panel(min(stage.width, widest + size * 1.4), height + size * 0.8, wish.ground, 245, size * 0.2)
    return [Thing(plate, (stage.width - plate.width) / 2, y - size * 0.4, rising(0.0, stage.seconds, 0.0))]


def _words(stage: Stage, line: str, size: float, y: float, start: float) -> tuple[list[Thing], float]:
    """The words of a centred line, each rising a little later, and the time of the next."""
    opened = font(size, BOLD)
    x = (stage.width - opened.getlength(line)) / 2
    made = []
    for word in line.split():
        picture = letters(word, size, stage.headline, shadow=stage.shadow)
        margin = room(size)
        made.append(Thing(picture, round(x) - margin, round(y) - margin, rising(start, stage.seconds, size * 0.5)))
        x += opened.getlength(f"{word} ")
        start += STAGGER
    return made, start


def _centred(stage: Stage, line: str, size: float, y: float, start: float, weight: int = BOLD) -> Thing:
    picture = letters(line, size, stage.ink, shadow=stage.shadow, weight=weight)
    x = (stage.width - picture.width) / 2
    return Thing(picture, round(x), round(y) - room(size), rising(start, stage.seconds, size * 0.6))


def _lower_third(wish: Wish, stage: Stage, _pictures: Sequence[Image.Image]) -> list[Thing]:
    """A name and a role on a plate in the lower left, with a rule in the accent colour."""
    name, *others = wish.texts
    role = ", ".join(others)
    width = stage.width * (0.62 if stage.width > stage.height else 1 - 2 * MARGIN)
    size = stage.unit * 0.075
    lines, size = lines_of(name, width, size * 2.8, size, stage.unit * LEAST)
    below, small = lines_of(role, width, size * 1.8, size * 0.62, stage.unit * LEAST * 0.8) if role else ([], 0.0)
    widest = max([font(size, BOLD).getlength(line) for line in lines]
                 + [font(small, SEMI_BOLD).getlength(line) for line in below])  # fmt: skip
    pad, bar = size * 0.5, max(4.0, size * 0.14)
    height = 2 * pad + len(lines) * size * 1.2 + len(below) * small * 1.3
    left, top = stage.width * MARGIN, stage.height * (1 - MARGIN * 1.2) - height
    plate = panel(widest + 2 * pad + bar, height, wish.ground or DARK, 225)
    ink = (20, 22, 30) if wish.ground and brightness(wish.ground) > 150 else (255, 255, 255)
    made = [
        Thing(plate, left, top, uncovering(0.15, stage.seconds)),
        Thing(panel(bar, height, stage.accent), left, top, growing(0.0, stage.seconds, 0.4), (0.5, 1.0)),
    ]
    y, start = top + pad, 0.4
    for rows, high, weight in ((lines, size, BOLD), (below, small, SEMI_BOLD)):
        for row in rows:
            picture = letters(row, high, ink, shadow=False, weight=weight)
            place = round(left + bar + pad) - room(high), round(y - high * 0.1) - room(high)
            made.append(Thing(picture, *place, sliding(start, stage.seconds, -size * 0.8)))
            y += high * (1.2 if weight == BOLD else 1.3)
            start += 0.15
    return made


def _list(wish: Wish, stage: Stage, _pictures: Sequence[Image.Image]) -> list[Thing]:
    """Lines that slide in one after the other, each behind a block in the accent colour."""
    items = wish.texts[:8]
    width, height = stage.width * (1 - 2.6 * MARGIN), stage.height * (1 - 2 * MARGIN)
    share = height / len(items)
    fitting = [lines_of(item, width, share * 0.86, min(stage.unit * 0.09, share * 0.6), stage.unit * LEAST)
               for item in items]  # fmt: skip
    size = min(one for _, one in fitting)
    rows = [lines_of(item, width, share * 0.9, size, size)[0] for item in items]
    y = (stage.height - sum(len(lines) * size * 1.25 + size * 0.6 for lines in rows)) / 2
    left = stage.width * MARGIN
    made = []
    for number, lines in enumerate(rows):
        start = 0.2 + 0.55 * number
        block = panel(size * 0.28, len(lines) * size * 1.25, stage.accent, radius=size * 0.1)
        made.append(Thing(block, left, y, growing(start, stage.seconds, 0.4), (0.5, 1.0)))
        for line in lines:
            picture = letters(line, size, stage.ink, shadow=stage.shadow)
            x = round(left + size * 0.8) - room(size)
            made.append(Thing(picture, x, round(y) - room(size), sliding(start + 0.1, stage.seconds, size * 1.2)))
            y += size * 1.25
        y += size * 0.6
    return made


def _counter(wish: Wish, stage: Stage, _pictures: Sequence[Image.Image]) -> list[Thing]:
    """A number that runs, large, with what it counts below."""
    counted = wish.count
    assert counted is not None  # `reading.read` takes the kind only with a count
    label = " ".join(wish.texts)
    longest = max((counted.last.written(), counted.last.written(counted.first)), key=len)
    _, size = lines_of(longest, stage.width * (1 - 2 * MARGIN), stage.height * 0.5, stage.unit * 0.34, 8)
    run = max(0.8, min(stage.seconds - 1.6, 4.0))
    y = stage.height / 2 - size * (0.85 if label else 0.65)
    wide = round(font(size, BOLD).getlength("0" * len(longest))) + 2 * room(size)

    @lru_cache(maxsize=2)
    def written(words: str) -> Image.Image:
        drawn = letters(words, size, stage.headline, shadow=stage.shadow)
        whole = Image.new("RGBA", (max(wide, drawn.width), drawn.height))
        whole.paste(drawn, ((whole.width - drawn.width) // 2, 0))
        return whole

    def number(time: float) -> Image.Image:
        return written(counted.last.written(charts.counted(counted.first, counted.last.value, (time - 0.4) / run)))

    made = [Thing(number, round((stage.width - number(0.0).width) / 2), round(y) - room(size),
                  rising(0.0, stage.seconds, size * 0.3))]  # fmt: skip
    if label:
        largest = max(size * 0.3, stage.unit * 0.07)
        lines, small = lines_of(label, stage.width * (1 - 2 * MARGIN), stage.height * 0.25, largest,
                                stage.unit * LEAST)  # fmt: skip
        y += size * 1.35
        for line in lines:
            made.append(_centred(stage, line, small, y, 0.35, SEMI_BOLD))
            y += small * 1.3
    return made


def _chart(wish: Wish, stage: Stage, _pictures: Sequence[Image.Image]) -> list[Thing]:
    """A chart on a plate, under its title."""
    made = []
    if stage.ground is None:
        plate = panel(stage.width * 0.94, stage.height * 0.92, wish.ground or DARK, 225, stage.unit * 0.03)
        place = (stage.width - plate.width) / 2, (stage.height - plate.height) / 2
        made.append(Thing(plate, *place, rising(0.0, stage.seconds, 0.0)))
    top = stage.height * MARGIN
    if wish.texts:
        size = stage.unit * 0.075
        lines, size = lines_of(wish.texts[0], stage.width * (1 - 2 * MARGIN), size * 2.6, size, stage.unit * LEAST)
        for line in lines:
            row, _ = _words(stage, line, size, top, 0.2)
            made += row
            top += size * 1.3
    box = stage.width * MARGIN, top, stage.width * (1 - MARGIN), stage.height * (1 - MARGIN)
    return [*made, *charts.CHARTS[wish.kind](wish.data, stage, box)]


def _reveal(wish: Wish, stage: Stage, pictures: Sequence[Image.Image]) -> list[Thing]:
    """Pictures that spring up side by side, and the words under them."""
    if not pictures:
        return _title(wish, stage, pictures)
    width, least = stage.width * (1 - 2 * MARGIN), stage.unit * LEAST
    heights = [0.2, 0.1, 0.08][: len(wish.texts)]
    sizes = [0.11, 0.06, 0.05]
    rows = [lines_of(text, width, stage.height * height, stage.unit * size, least)
            for text, height, size in zip(wish.texts, heights, sizes, strict=False)]  # fmt: skip
    share = width / len(pictures)
    shown = [fitted(picture, share * 0.9, stage.height * (0.5 if rows else 0.66)) for picture in pictures]
    tallest = max(picture.height for picture in shown)
    gap = stage.unit * 0.05
    y = (stage.height - tallest - gap - sum(len(lines) * size * 1.3 for lines, size in rows)) / 2
    made = []
    for number, picture in enumerate(shown):
        x = stage.width * MARGIN + share * (number + 0.5) - picture.width / 2
        place = round(x), round(y + (tallest - picture.height) / 2)
        made.append(Thing(picture, *place, popping(0.1 + 0.25 * number, stage.seconds)))
    y += tallest + gap
    start = 0.5 + 0.25 * len(shown)
    for lines, size in rows:
        for line in lines:
            row, start = _words(stage, line, size, y, start)
            made += row
            y += size * 1.3
    return made


_SCENES: Mapping[Kind, Callable[[Wish, Stage, Sequence[Image.Image]], list[Thing]]] = {
    "title": _title,
    "lower third": _lower_third,
    "bars": _chart,
    "line": _chart,
    "pie": _chart,
    "counter": _counter,
    "list": _list,
    "reveal": _reveal,
}
