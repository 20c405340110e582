"""Films from still pictures: a slow move over each, one fading into the next."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from videogen_sandbox.engines.media.decode import PAPER
from videogen_sandbox.engines.media.picture_input import open_upright
from videogen_sandbox.look import svg

STILL_SIDE = 2_048
"""Pixels on the longer side of a still: enough for a window of 84 % of it to fill 1280x720 sharply."""

FADE_SECONDS = 0.7
"""How long two pictures are seen at once; less where they follow each other quickly."""

NEAR = 0.84
"""Share of the picture that is left in view at the near end of a move: below it drawings get visibly soft."""

OVERSIZE = 1.3
"""Stills are first made this much larger than the film; what is more would only be thrown away in every frame."""

Window = tuple[float, float, float, float]
"""left, top, right, bottom in pixels of a still."""


def open_still(path: Path) -> Image.Image:
    """Return a still, upright, RGB or RGBA; drawings large enough for a film. Raise EngineError for unknown kinds."""
    with path.open("rb") as file:
        head = file.read(4_096)
    if not svg.looks_like_svg(head):
        return open_upright(path, STILL_SIDE).image
    return Image.open(io.BytesIO(svg.render(svg.read(path), STILL_SIDE))).convert("RGBA")


@dataclass(frozen=True)
class Move:
    """From one window of a still to another, over its time."""

    start: Window
    end: Window

    def at(self, share: float) -> Window:
        """Return the window at 0 to 1 of the time; the move begins and ends gently."""
        eased = share + 0.12 * (share * share * (3 - 2 * share) - share)
        left, top, right, bottom = (a + (b - a) * eased for a, b in zip(self.start, self.end, strict=True))
        return left, top, right, bottom


def stills(
    images: Sequence[Image.Image], width: int, height: int, frames: int, fps: int, seed: int, *, first_whole: bool
) -> Iterator[Image.Image]:
    """Yield the frames of a film over `images`, RGB, each filling the frame without borders.

    first_whole: the film begins with as much of the first still as the frame's shape shows.
    """
    prepared = [_prepared(image, width, height) for image in images]
    span = frames / len(prepared)
    fade = min(FADE_SECONDS * fps, span * 0.4) if len(prepared) > 1 else 0.0
    moves = [_move(still.size, width / height, number + seed, first_whole) for number, still in enumerate(prepared)]

    def shown(number: int, frame: int) -> Image.Image:
        begin, length = number * span - fade, span + 2 * fade if len(prepared) > 1 else span
        share = (frame - begin) / max(1.0, length - 1) if len(prepared) > 1 else frame / max(1, frames - 1)
        window = moves[number].at(min(max(share, 0.0), 1.0))
        shrinks = window[2] - window[0] >= width
        method = Image.Resampling.BILINEAR if shrinks else Image.Resampling.BICUBIC
        return prepared[number].resize((width, height), method, box=window)

    for frame in range(frames):
        number = min(int(frame / span), len(prepared) - 1)
        picture = shown(number, frame)
        until_next = (number + 1) * span - frame
        if number + 1 < len(prepared) and until_next < fade:
            picture = Image.blend(shown(number + 1, frame), picture, until_next / fade)
        yield picture


def _prepared(image: Image.Image, width: int, height: int) -> Image.Image:
    """RGB, without transparency, and not much larger than the film needs it."""
    if image.mode == "RGBA":
        paper = Image.new("RGB", image.size, PAPER)
        paper.paste(image, mask=image.getchannel("A"))
        image = paper
    scale = max(width / image.width, height / image.height) * OVERSIZE
    if scale < 1:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return image


def _move(size: tuple[int, int], ratio: float, number: int, first_whole: bool) -> Move:
    """A move that suits the shape of a still: along a long one, in or out on one that has the film's shape."""
    width, height = size
    across, down = (height * ratio, float(height)) if width / height > ratio else (float(width), width / ratio)
    spare_x, spare_y = (width - across) / width, (height - down) / height
    whole = _window(size, across, down, 0.5, 0.42)
    near = _window(size, across * NEAR, down * NEAR, 0.5, 0.4)
    if spare_x > 0.25:
        ends = [_window(size, across * 0.94, down * 0.94, x, 0.45) for x in (0.24, 0.76)]
    elif spare_y > 0.25:
        ends = [_window(size, across * 0.94, down * 0.94, 0.5, y) for y in (0.6, 0.15)]
    else:
        aside = np.random.default_rng(number).uniform(0.3, 0.7)
        ends = [whole, _window(size, across * NEAR, down * NEAR, float(aside), 0.4)]
    if first_whole and number == 0:
        return Move(whole, near)
    return Move(ends[number % 2], ends[1 - number % 2])


def _window(size: tuple[int, int], across: float, down: float, x: float, y: float) -> Window:
    """A window of `across` x `down`, at shares x, y of the room that is left."""
    left, top = (size[0] - across) * x, (size[1] - down) * y
    return max(0.0, left), max(0.0, top), min(float(size[0]), left + across), min(float(size[1]), top + down)
