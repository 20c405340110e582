"""The presenter who speaks beside the pictures: filmed once for a narration, then laid over every frame as a card."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from videogen_sandbox.engines.film.stills import open_still
from videogen_sandbox.engines.media.encode import SOUND_RATE
from videogen_sandbox.engines.presenters.avatar import VERSION, speaking
from videogen_sandbox.engines.videos import layout
from videogen_sandbox.engines.videos.assets import Assets, key
from videogen_sandbox.engines.videos.document import Document, Presenter
from videogen_sandbox.engines.videos.frame import FPS
from videogen_sandbox.engines.videos.layer import Layer, Sticker, layer
from videogen_sandbox.engines.videos.schedule import Schedule
from videogen_sandbox.engines.videos.soundtrack import track
from videogen_sandbox.engines.videos.sources import Clip, Draw, Source

FILMED_SIDE = 480
"""Pixels on each side of the presenter's film: what a card has in a 1080p video."""

_ROUND = 0.16
"""Radius of the card's corners as a share of its side."""


def filmed(document: Document, schedule: Schedule, assets: Assets) -> Path | None:
    """Return the film of a drawn presenter who says the narration; None without one or without a voice."""
    presenter = document.presenter
    if presenter is None or presenter.slug is None or not schedule.voice:
        return None
    pieces = [[piece.asset, piece.source_start, piece.start, piece.duration] for piece in schedule.voice]
    name = key("presenter", ".mp4", VERSION, presenter.slug, FILMED_SIDE, round(schedule.duration, 3), pieces)
    return assets.make(name, partial(_film, presenter.slug, document.seed, schedule, assets))


def _film(slug: str, seed: int, schedule: Schedule, assets: Assets, path: Path) -> None:
    voice = track(schedule.voice, assets, round(schedule.duration * SOUND_RATE)).mean(axis=1)
    speaking(slug, voice, (FILMED_SIDE, FILMED_SIDE), math.ceil(schedule.duration * FPS), seed, path)


class Card:
    """Lays the presenter over frames of one size."""

    def __init__(self, document: Document, film: Path | None, size: tuple[int, int], assets: Assets) -> None:
        assert document.presenter is not None
        left, top, self._side = layout.card(document, size)
        self._place = left, top
        self.room = left / size[0] if size[0] >= size[1] else 1.0
        """Share of the width, from the left, that is free for captions."""
        self._alpha = _corners(self._side)
        self._half = self._alpha.resize((self._side // 2, self._side // 2), Image.Resampling.BOX)
        box = (self._side, self._side)
        self._source: Source = Clip(film, box) if film else _Portrait(document.presenter, box, assets)

    def at(self, time: float) -> Draw:
        """Return what draws the card's picture at a time; to be called in the order of time."""
        return self._source.at(time)

    def lay(self, frame: Layer, picture: Layer) -> None:
        """Lay a picture of the card over a frame, in place."""
        frame.cover(Sticker(picture, self._alpha, self._half), *self._place)

    def close(self) -> None:
        """Release the film."""
        self._source.close()


class _Portrait:
    """A picture of someone: it does not speak, it is there."""

    def __init__(self, presenter: Presenter, size: tuple[int, int], assets: Assets) -> None:
        assert presenter.portrait is not None
        image = open_still(assets.path(presenter.portrait)).convert("RGB")
        edge = min(image.size)
        left, top = (image.width - edge) / 2, (image.height - edge) * 0.2
        box = (left, top, left + edge, top + edge)
        self._layer = layer(np.asarray(image.resize(size, Image.Resampling.LANCZOS, box=box)))

    def at(self, _time: float) -> Draw:
        return lambda: self._layer

    def close(self) -> None:
        """Nothing is open."""


def _corners(side: int) -> Image.Image:
    """The opacity of a card with round corners, drawn large and made smaller so that they are smooth."""
    large = Image.new("L", (side * 4, side * 4))
    ImageDraw.Draw(large).rounded_rectangle((0, 0, side * 4 - 1, side * 4 - 1), side * 4 * _ROUND, fill=255)
    return large.resize((side, side), Image.Resampling.BOX)
