"""Films from prompts: the illustrator's layers before a travelling camera, with weather and life in them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from random import Random

from PIL import Image

from videogen_sandbox.engines.drawing.art import sky
from videogen_sandbox.engines.drawing.art.canvas import SHORT_SIDE, Sheet
from videogen_sandbox.engines.drawing.image import Layers, layers
from videogen_sandbox.engines.drawing.references import Reference
from videogen_sandbox.engines.drawing.scene import Scene
from videogen_sandbox.engines.drawing.settings import OPEN_AIR, ROOMS
from videogen_sandbox.engines.film.actors import GROUND, Actor, cast, to_come
from videogen_sandbox.engines.film.subpixel import SubpixelImage
from videogen_sandbox.engines.film.weather import Kind, flock

TRAVEL = 0.05
"""How far the camera goes to each side of the middle, as a share of the width. Drawn that much wider."""

_SKY, _FRONT = 0.12, 1.0
"""Share of the camera's way that things at these distances seem to move."""

_FLASHES = ((0.9, 1.04), (1.12, 1.2), (3.6, 3.7))
"""Seconds within six at which a thunderstorm is lit up."""


def scene_frames(
    scene: Scene, width: int, height: int, frames: int, fps: int, seed: int, found: Sequence[Reference] = ()
) -> Iterator[Image.Image]:
    """Yield the frames of a film of a scene, RGB, with the references in it. The same for the same arguments."""
    wide = 2 * math.ceil(width * (0.5 + TRAVEL))
    pieces = layers(scene, wide, height, seed, found)
    margin = (wide - width) / 2
    side = to_come(pieces) or Random(seed).choice((-1, 1))
    actors = cast(pieces, seed, frames / fps, (margin, margin + width))
    parts = _parts(scene, pieces, seed, actors)
    flocks = [flock(kind, width, height, seed) for kind in _air(scene, pieces.light.stars)]
    fog = _Strip(pieces.falling, 0.0) if pieces.falling and scene.weather == "fog" else None
    for number in range(frames):
        time = number / fps
        way = side * _eased(number / max(1, frames - 1)) * margin
        frame = Image.new("RGB", (width, height))
        for part in parts:
            part.draw(frame, time, -margin - way * part.depth)
        if fog is not None:
            shift = (pieces.falling_speed[0] * time) % wide
            fog.draw(frame, time, shift - wide)
            fog.draw(frame, time, shift)
        for birds in flocks:
            birds.draw(frame, time)
        if scene.weather == "storm" and any(start <= time % 6 < end for start, end in _FLASHES):
            frame = frame.point([min(255, value * 8 // 5 + 24) for value in range(256)] * 3)
        yield frame


def _eased(share: float) -> float:
    """From -1 to 1, starting and ending gently."""
    smooth = share * share * (3 - 2 * share)
    return 2 * (0.55 * share + 0.45 * smooth) - 1


def _parts(scene: Scene, pieces: Layers, seed: int, actors: Sequence[Actor]) -> list[_Strip | Actor | _Cloud]:
    """Everything that is drawn, from far to near."""
    parts: list[_Strip | Actor | _Cloud] = [_Strip(pieces.background, _SKY)]
    if scene.setting in OPEN_AIR and scene.weather not in ("fog", "storm"):
        parts += _clouds(scene, pieces, seed)
    if pieces.mid is not None:
        parts.append(_Strip(pieces.mid, GROUND))
    parts += actors
    if pieces.foreground is not None:
        parts.append(_Strip(pieces.foreground, _FRONT))
    return parts


def _air(scene: Scene, stars: float) -> list[Kind]:
    """What flies about in a scene."""
    outside = scene.setting in OPEN_AIR
    if outside and scene.weather in ("rain", "storm"):
        return ["rain"]
    if outside and scene.weather == "snow":
        return ["snow"]
    if scene.setting == "underwater":
        return ["bubbles"]
    if scene.setting in ("space", "moonscape"):
        return ["stars"]
    if outside and stars > 0.4:
        green = scene.setting in ("forest", "garden", "field", "jungle", "lake") and scene.season == "summer"
        return ["stars", "fireflies"] if green else ["stars"]
    if outside and scene.season == "autumn":
        return ["leaves"]
    return ["dust"] if scene.setting in ROOMS or scene.setting in ("table", "studio", "stage", "jungle") else []


class _Strip:
    """A layer as large as the scene that moves sideways by fractions of a pixel."""

    def __init__(self, image: Image.Image, depth: float) -> None:
        self.depth = depth
        box = image.getbbox() or (0, 0, 1, 1)
        self._top = box[1]
        self._left = box[0]
        opaque = image.getchannel("A").getextrema()[0] == 255
        self._image = SubpixelImage((image.convert("RGB") if opaque else image).crop(box))

    def draw(self, frame: Image.Image, _time: float, shift: float) -> None:
        """Draw the layer with its left edge at `shift` pixels."""
        self._image.draw(frame, shift + self._left, self._top)


class _Cloud:
    """A cloud that drifts with the wind and comes back on the other side."""

    depth = _SKY * 1.6

    def __init__(self, image: Image.Image, x: float, y: float, speed: float, room: float) -> None:
        self._strip = _Strip(image, self.depth)
        self._x, self._y, self._speed, self._room = x, y, speed, room

    def draw(self, frame: Image.Image, time: float, shift: float) -> None:
        x = (self._x + self._speed * time) % self._room
        self._strip.draw(frame, time, shift + x - self._room * 0.12)


def _clouds(scene: Scene, pieces: Layers, seed: int) -> list[_Cloud]:
    rng = Random(f"{seed}:clouds")
    unit = min(pieces.width, pieces.height) / SHORT_SIDE
    light = pieces.light
    clouds = []
    for _ in range({"clouds": 4, "rain": 4, "snow": 3, "clear": 1}.get(scene.weather or "", 2)):
        size = rng.uniform(70, 120)
        sheet = Sheet(size * 2.6, size * 1.5)
        y = rng.uniform(0.03, 0.24) * pieces.height
        sky.cloud(sheet, rng, size * 1.3, size * 1.3, size, light.cloud, light.cloud_shade, 0.5 if light.stars else 0.8)
        drawn = sheet.image(max(1, round(sheet.width * unit)), max(1, round(sheet.height * unit)))
        whole = Image.new("RGBA", (drawn.width, drawn.height + round(y)))
        whole.paste(drawn, (0, round(y)))
        room = pieces.width * 1.24
        clouds.append(_Cloud(whole, rng.uniform(0, room), y, rng.uniform(9, 20) * unit, room))
    return clouds
