"""Who moves in a film of a scene: subjects in their own ways, or in that of what they sit on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any, Protocol

from PIL import Image, ImageOps

from videogen_sandbox.engines.drawing import kinds
from videogen_sandbox.engines.drawing.art.canvas import SHORT_SIDE
from videogen_sandbox.engines.drawing.image import Alone, Layers, Placed
from videogen_sandbox.engines.film.gait import Walker, walker
from videogen_sandbox.engines.film.subpixel import SubpixelImage

GROUND = 0.42
"""Share of the camera's way that the scenery seems to move, and with it what stands or goes on its ground."""

_FAR, _NEAR = 0.5, 0.85
"""The same of other subjects, at these distances."""

EDGE = 0.03
"""Share of the frame's width that those who go keep from its sides."""

SLOWEST = 1.4
"""Times that walkers may be slower than suits them, so that they still walk at the end of the film."""

LEAP_SECONDS, IN_THE_AIR = 0.6, 0.72
"""Of one leap from ground to ground, and the share of it in which no foot is on the ground."""

LEAP_LENGTH, LEAP_HEIGHT, LEAP_TILT = 0.6, 0.11, 6.0
"""Shares of the figure's width and height, and degrees that it leans back as it leaps up."""


class Actor(Protocol):
    """Something in a scene that moves."""

    depth: float
    """Share of the camera's way that it seems to move."""

    def draw(self, frame: Image.Image, time: float, shift: float) -> None:
        """Draw it at a time in seconds; `shift`: where the left edge of the scene is in the frame, in pixels."""


@dataclass(frozen=True)
class _Offset:
    """Where a subject is, beside its place: pixels of a frame of 720 lines, degrees."""

    x: float = 0.0
    y: float = 0.0
    tilt: float = 0.0


def _drive(time: float, phase: float) -> _Offset:
    return _Offset(22 * math.sin(0.6 * time + phase), -1.6 * abs(math.sin(9.5 * time + phase)))


def _fly(time: float, phase: float) -> _Offset:
    return _Offset(
        16 * math.sin(0.9 * time + phase), 13 * math.sin(2.1 * time + phase), 2.2 * math.sin(1.4 * time + phase)
    )


def _float(time: float, phase: float) -> _Offset:
    return _Offset(
        5 * math.sin(0.7 * time + phase), 7 * math.sin(1.9 * time + phase), 2.4 * math.sin(1.5 * time + phase + 1)
    )


def _swim(time: float, phase: float) -> _Offset:
    return _Offset(
        24 * math.sin(0.8 * time + phase), 9 * math.sin(1.5 * time + phase), 3.0 * math.sin(2.6 * time + phase)
    )


def _nod(time: float, phase: float) -> _Offset:
    return _Offset(y=-4.0 * abs(math.sin(2.2 * time + phase)))


def _stay(_time: float, _phase: float) -> _Offset:
    return _Offset()


_MOTIONS: Mapping[kinds.Motion, Callable[[float, float], _Offset]] = {
    "drive": _drive,
    "fly": _fly,
    "float": _float,
    "swim": _swim,
    "walk": _nod,
    "leap": _nod,
    "nod": _nod,
    "still": _stay,
}


class _Floater:
    """A subject that moves about its place by itself, or as what it sits on does."""

    def __init__(self, placed: Placed, move: Callable[[float], _Offset], depth: float, unit: float) -> None:
        self.depth = depth
        self._x, self._y, self._move, self._unit = placed.x, placed.y, move, unit
        self._image = SubpixelImage(placed.image)

    def draw(self, frame: Image.Image, time: float, shift: float) -> None:
        offset = self._move(time)
        self._image.draw(frame, shift + self._x + offset.x * self._unit, round(self._y + offset.y * self._unit))


class _Turner:
    """A subject that turns as it moves about its place."""

    def __init__(self, placed: Placed, move: Callable[[float], _Offset], depth: float, unit: float) -> None:
        self.depth = depth
        self._move, self._unit = move, unit
        room = max(2, max(placed.image.size) // 20)  # corners swing out
        self._x, self._y = placed.x - room, placed.y - room
        self._image = ImageOps.expand(placed.image, room).convert("RGBa")

    def draw(self, frame: Image.Image, time: float, shift: float) -> None:
        offset = self._move(time)
        x, y = shift + self._x + offset.x * self._unit, self._y + offset.y * self._unit
        place = (math.floor(x), math.floor(y))
        part: Any = (x - place[0], y - place[1])  # Pillow takes fractions; its types say it does not
        turned = self._image.rotate(-offset.tilt, Image.Resampling.BILINEAR, translate=part)
        frame.paste(turned, place, turned)


class _Way:
    """Where somebody who goes is: about the place in the picture, and within the frame as long as the film lasts."""

    def __init__(self, placed: Placed, alone: Alone, speed: float, slowest: float, seconds: float, view: _View) -> None:
        """`speed` in pixels a second, which may be less by the factor `slowest`."""
        self.facing = alone.facing
        left = placed.x + alone.inset
        low = view[0] + EDGE * (view[1] - view[0])
        high = max(low, view[1] - EDGE * (view[1] - view[0]) - alone.figure.width)
        self.length = min(speed * seconds, high - low)
        self._rate = max(speed / slowest, self.length / seconds)
        ahead = left - self.facing * self.length / 2
        self._begin = (
            min(max(ahead, low), high - self.length) if self.facing > 0 else max(min(ahead, high), low + self.length)
        )
        self._place = left

    def gone(self, time: float) -> float:
        """Return how many pixels have been gone at a time."""
        return min(self._rate * time, self.length)

    def x(self, gone: float) -> float:
        """Return where the figure's left edge is after so many pixels."""
        return self._begin + self.facing * gone

    def offset(self, gone: float, up: float, unit: float) -> _Offset:
        """Return how far the figure then is from its place in the picture."""
        return _Offset((self.x(gone) - self._place) / unit, -up / unit)


class _Shadow:
    """What stays on the ground of somebody who goes."""

    def __init__(self, alone: Alone, top: int) -> None:
        box = alone.shadow.getbbox() or (0, 0, 1, 1)
        self._image, self._left, self._top = alone.shadow.crop(box), box[0] - alone.inset, top + box[1]

    def draw(self, frame: Image.Image, x: int) -> None:
        """Draw it under a figure whose left edge is at `x`."""
        frame.paste(self._image, (x + self._left, self._top), self._image)


class _Pedestrian:
    """Somebody who walks over the ground of the scenery."""

    depth = GROUND

    def __init__(self, placed: Placed, alone: Alone, legs: Walker, seconds: float, view: _View, unit: float) -> None:
        self._shadow, self._y, self._unit = _Shadow(alone, round(placed.y)), round(placed.y), unit
        self._legs = legs
        self._way = _Way(placed, alone, legs.speed(unit), SLOWEST, seconds, view)

    def offset(self, time: float) -> _Offset:
        """Return where it is then, beside its place."""
        gone = self._way.gone(time)
        return self._way.offset(gone, self._legs.up(gone), self._unit)

    def draw(self, frame: Image.Image, time: float, shift: float) -> None:
        gone = self._way.gone(time)
        x = shift + self._way.x(gone)
        self._shadow.draw(frame, math.floor(x))
        self._legs.draw(frame, x, self._y, gone)


class _Leaper:
    """Somebody who leaps over the ground of the scenery: it goes on only in the air."""

    depth = GROUND

    def __init__(self, placed: Placed, alone: Alone, seconds: float, view: _View, unit: float) -> None:
        self._shadow, self._y, self._unit = _Shadow(alone, round(placed.y)), round(placed.y), unit
        self._image, self._height = alone.figure.convert("RGBa"), LEAP_HEIGHT * alone.figure.height
        self._upright = SubpixelImage(alone.figure)
        self._tilted: dict[int, Image.Image] = {}
        self._leaps = max(1, round(seconds / LEAP_SECONDS))
        speed = LEAP_LENGTH * alone.figure.width / LEAP_SECONDS
        self._way = _Way(placed, alone, speed, math.inf, self._leaps * LEAP_SECONDS, view)

    def _at(self, time: float) -> tuple[float, float, float]:
        """Pixels gone, pixels above the ground, and the share of the leap, 0 to 1."""
        leaps, rest = divmod(time / LEAP_SECONDS, 1)
        share = min(1.0, rest / IN_THE_AIR) if leaps < self._leaps else 0.0
        gone = (min(leaps, self._leaps) + share) * self._way.length / self._leaps
        return gone, 4 * self._height * share * (1 - share), share

    def offset(self, time: float) -> _Offset:
        """Return where it is then, beside its place."""
        gone, up, _ = self._at(time)
        return self._way.offset(gone, up, self._unit)

    def draw(self, frame: Image.Image, time: float, shift: float) -> None:
        gone, up, share = self._at(time)
        x, y = shift + self._way.x(gone), self._y - round(up)
        self._shadow.draw(frame, math.floor(x))
        degrees = round(self._way.facing * LEAP_TILT * math.sin(2 * math.pi * share))
        if degrees == 0:
            self._upright.draw(frame, x, y)
            return
        tilted = self._at_tilt(degrees)
        left, above = (tilted.width - self._image.width) // 2, (tilted.height - self._image.height) // 2
        frame.paste(tilted, (round(x) - left, y - above), tilted)

    def _at_tilt(self, degrees: int) -> Image.Image:
        """The figure turned counterclockwise by whole degrees: it turns by several from frame to frame. Kept."""
        if degrees not in self._tilted:
            self._tilted[degrees] = self._image.rotate(degrees, Image.Resampling.BILINEAR, expand=True)
        return self._tilted[degrees]


_View = tuple[float, float]
"""Left and right edge, in pixels of the scene, of what the camera sees in the middle of its way."""


def to_come(pieces: Layers) -> int:
    """Return where the camera goes along with those who go: 1 right, -1 left, 0 where nobody does."""
    return next((placed.alone.facing for placed in pieces.subjects if placed.alone), 0)


def cast(pieces: Layers, seed: int, seconds: float, view: _View) -> list[Actor]:
    """Return the subjects of a scene as actors, in the order of drawing; `view`: edges of what the camera sees."""
    rng = Random(f"{seed}:actors")
    unit = min(pieces.width, pieces.height) / SHORT_SIDE
    phases = [rng.uniform(0, math.tau) for _ in pieces.subjects]
    leaders = _carriers(pieces.subjects)
    goers = {number: _goer(pieces.subjects[number], seconds, view, unit) for number in dict.fromkeys(leaders)}
    actors: list[Actor] = []
    for number, (placed, leader) in enumerate(zip(pieces.subjects, leaders, strict=True)):
        goer, carrier = goers[leader], pieces.subjects[leader]
        if goer is not None:
            actors.append(goer if leader == number else _Floater(placed, goer.offset, goer.depth, unit))
            continue
        move, begin = _MOTIONS[carrier.motion], phases[leader]
        depth = _FAR + (_NEAR - _FAR) * carrier.depth
        floater = _Turner if carrier.motion in ("fly", "float", "swim") else _Floater
        actors.append(floater(placed, partial(_moved, move, begin), depth, unit))
    return actors


def _moved(move: Callable[[float, float], _Offset], begin: float, time: float) -> _Offset:
    return move(time, begin)


def _goer(placed: Placed, seconds: float, view: _View, unit: float) -> _Pedestrian | _Leaper | None:
    """Somebody who goes over the ground; None for the others."""
    if placed.alone is None:
        return None
    if placed.motion == "leap":
        return _Leaper(placed, placed.alone, seconds, view, unit)
    legs = walker(placed.alone.figure, placed.alone.facing)
    return _Pedestrian(placed, placed.alone, legs, seconds, view, unit) if legs else None


def _carriers(placed: Sequence[Placed]) -> list[int]:
    """For every subject on the picture the one it moves with: what it rides, lies on or is held by, else itself."""

    def middle(number: int) -> float:
        return placed[number].x + placed[number].image.width / 2

    def carrier(number: int) -> int:
        wanted = placed[number].carrier
        near = [other for other in range(len(placed)) if placed[other].name == wanted and other != number]
        return min(near, key=lambda other: abs(middle(other) - middle(number))) if near else number

    return [carrier(carrier(number)) for number in range(len(placed))]
