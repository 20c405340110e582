"""What a shot shows at any time: a still under a slow move, or the pictures of a clip, at the size of the frame."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from videogen_sandbox.engines.film.stills import open_still
from videogen_sandbox.engines.media.canvas import covering
from videogen_sandbox.engines.media.decode import Picture, VideoReader
from videogen_sandbox.engines.videos import layout, pictures
from videogen_sandbox.engines.videos.assets import Assets
from videogen_sandbox.engines.videos.document import Document
from videogen_sandbox.engines.videos.layer import Layer, Window, layer
from videogen_sandbox.engines.videos.schedule import Shot

GENTLE, ZOOM = 0.05, 0.2
"""How much of a picture goes out of view on the way: a breath of movement, and a zoom that is seen as one."""

LONG = 1.25
"""A picture so much longer than the frame's shape is moved along instead of in or out."""

Draw = Callable[[], Layer]
"""Makes a picture; may be called in another thread."""


class Source(Protocol):
    """What a shot shows."""

    def at(self, time: float) -> Draw:
        """Return what draws the picture `time` seconds after the shot's start (before it: less than 0).

        Called in the order of time; what it returns may be called later and in any thread.
        """

    def close(self) -> None:
        """Release what is open."""


def source(document: Document, shot: Shot, number: int, size: tuple[int, int], assets: Assets) -> Source:
    """Open the source of a shot that is the `number`th of the video. Raise EngineError if it cannot be read."""
    if pictures.moves_by_itself(shot.visual):
        return Clip(pictures.clip(document, shot.visual, shot.end - shot.start, assets), size)
    image = open_still(pictures.still(document, shot.visual, assets))
    slide = shot.visual.kind == "slide"
    if slide:
        box = layout.slide(document, size, image.width / image.height)
        image = pictures.filled(image, size, box, document.theme)
    strength = ZOOM if document.zoom else 0.0 if slide else GENTLE
    return Still(image, size, strength, shot.end - shot.start, number + document.seed)


@dataclass(frozen=True)
class Move:
    """From one window of a picture to another; it begins and ends gently and does not stop at the ends of a shot."""

    start: Window
    end: Window

    def at(self, share: float) -> Window:
        """Return the window at 0 to 1 of the time; a little beyond is allowed for transitions."""
        inside = min(max(share, 0.0), 1.0)
        left, top, right, bottom = (a + (b - a) * inside for a, b in zip(self.start, self.end, strict=True))
        return left, top, right, bottom


class Still:
    """A picture under a slow move of `seconds`."""

    def __init__(self, image: Image.Image, size: tuple[int, int], strength: float, seconds: float, number: int) -> None:
        # as large as the frame where the move is nearest; more would only be thrown away in every frame
        scale = max(size[0] / image.width, size[1] / image.height) / (1 - strength)
        image = image.convert("RGB")
        if scale < 1:
            smaller = (max(2, round(image.width * scale)), max(2, round(image.height * scale)))
            image = image.resize(smaller, Image.Resampling.LANCZOS, reducing_gap=3.0)
        self._layer = layer(_at_least(image))
        self._size = size
        self._seconds = seconds
        self._move = move(self._layer.size, size[0] / size[1], strength, number)

    def at(self, time: float) -> Draw:
        """Return what draws the window at a time."""
        # from a little before the shot to a little after it: the move is under way in its transitions
        window = self._move.at((time + _AROUND) / (self._seconds + 2 * _AROUND))
        return lambda: self._layer.seen(window, self._size)

    def close(self) -> None:
        """Nothing is open."""


_AROUND = 0.25
"""Seconds that a move begins before its shot and ends after it: half of the longest transition."""


def move(size: tuple[int, int], ratio: float, strength: float, number: int) -> Move:
    """Return the move over a picture of `size` in a frame of `ratio` (width to height): in, out or along it."""
    width, height = size
    across, down = (height * ratio, float(height)) if width / height > ratio else (float(width), width / ratio)

    def window(share: float, x: float, y: float) -> Window:
        wide, tall = across * share, down * share
        left, top = (width - wide) * x, (height - tall) * y
        return left, top, left + wide, top + tall

    if strength == 0:
        whole = window(1.0, 0.5, 0.5)
        return Move(whole, whole)
    aside = (0.35, 0.5, 0.65)[number % 3]
    if width / height > ratio * LONG:
        ends = window(1.0, 0.2, 0.5), window(1 - strength / 2, 0.8, 0.5)
    elif width / height < ratio / LONG:
        ends = window(1.0, 0.5, 0.6), window(1 - strength / 2, 0.5, 0.2)
    else:
        ends = window(1.0, 0.5, 0.5), window(1 - strength, aside, 0.45)
    return Move(*ends) if number % 2 == 0 else Move(ends[1], ends[0])


class Clip:
    """The pictures of a film, filling the frame, from its beginning; played again where it is too short."""

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        self._size = size
        with VideoReader(path) as reader:
            self._fps = reader.fps
            fit = _around((reader.width, reader.height), size)
        self._pictures = _played(path, fit)
        self._picture = next(self._pictures)
        self._number = 0

    def at(self, time: float) -> Draw:
        """Return what draws the film's picture at a time; times must not go back."""
        while self._number < int(time * self._fps + _ROUNDING):
            self._picture = next(self._pictures)
            self._number += 1
        picture, size = self._picture, self._size
        return lambda: _cover(picture, size)

    def close(self) -> None:
        """Close the file."""
        self._pictures.close()


_ROUNDING = 1e-6
"""Of a picture: times are sums of fractions."""


def _played(path: Path, fit: tuple[int, int] | None) -> Generator[Picture, None, None]:
    """Yield the pictures of a film, again and again, no larger than `fit`."""
    while True:
        with VideoReader(path, fit=fit) as reader:
            yield from reader.pictures()


def _cover(picture: Picture, size: tuple[int, int]) -> Layer:
    made = layer(_at_least(Image.fromarray(picture)))
    return made if made.size == size else made.seen(covering(made.size, size), size)


def _around(film: tuple[int, int], size: tuple[int, int]) -> tuple[int, int] | None:
    """A box in which a film still covers a frame of `size`; None where it has to grow anyway."""
    scale = max(size[0] / film[0], size[1] / film[1])
    return None if scale >= 1 else (round(film[0] * scale) + 2, round(film[1] * scale) + 2)


def _at_least(image: Image.Image) -> Picture:
    """The pixels of a picture, at least 4 on each side, so that its colours have some too."""
    if min(image.size) < 4:
        image = image.resize((max(4, image.width), max(4, image.height)))
    return np.asarray(image)
