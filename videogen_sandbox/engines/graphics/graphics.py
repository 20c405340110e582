"""The tool generate-motion-graphic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from PIL import Image

from videogen_sandbox import __version__
from videogen_sandbox.engines import EngineError, Made, Report, Task
from videogen_sandbox.engines.graphics.colours import ACCENTS, COLOURS, Colour
from videogen_sandbox.engines.graphics.layout import Stage
from videogen_sandbox.engines.graphics.reading import Wish, checked
from videogen_sandbox.engines.graphics.scenes import things, usual_seconds
from videogen_sandbox.engines.graphics.sprites import Thing, draw
from videogen_sandbox.engines.media.canvas import film_size
from videogen_sandbox.engines.media.decode import VideoReader
from videogen_sandbox.engines.media.encode import VideoWriter
from videogen_sandbox.engines.media.picture_input import open_upright
from videogen_sandbox.engines.media.probe import probe

FPS = 30

SHORTEST, LONGEST = 1.0, 300.0
"""Seconds (VideoGen's REST reference)."""

PICTURE_SIDE = 1_280
"""Pixels of the longer side at which given pictures are opened."""

NIGHT: Colour = (20, 24, 38)
"""The ground of an opaque graphic whose words name none, and of the flat form of a transparent one."""


def animate(task: Task, report: Report) -> Made:
    """Make the motion graphic of a prompt: VP9 WebM with alpha, or H.264 MP4 where `transparentBackground` is false.

    Quoted text in the prompt is shown to the letter. `fileIds` are pictures (or films, of which the first picture is
    taken) that are shown. No picture, clip, speech or stock is added: all of `subToolModes` are as if DISABLED.
    extras["flat"] of a transparent one is an MP4 over a flat colour.
    Raise EngineError: "empty_prompt", "unsupported_text" (letters that the font lacks), "invalid_duration",
    "unsupported_aspect_ratio", and for files that cannot be read.
    """
    pictures = [_opened(path) for path in task.inputs.get("fileIds", ())]
    wish = checked(str(task.body.get("prompt") or ""), len(pictures))
    clear = task.body.get("transparentBackground") is not False
    width, height = film_size(task.body)
    ground = None if clear else wish.ground or NIGHT
    accent = _accent(wish, task.seed, clear)
    stage = Stage(width, height, _seconds(task, wish), accent, ground, wish.accent)
    shown = things(wish, stage, pictures)
    count = round(stage.seconds * FPS)
    report(0.05)
    path, flat = task.folder / ("graphic.webm" if clear else "graphic.mp4"), task.folder / "graphic-flat.mp4"
    with ExitStack() as stack:
        if clear:
            film = stack.enter_context(
                VideoWriter(path, width=width, height=height, fps=FPS, form="webm-alpha", crf=30)
            )
            plain = stack.enter_context(VideoWriter(flat, width=width, height=height, fps=FPS))
        else:
            film, plain = stack.enter_context(VideoWriter(path, width=width, height=height, fps=FPS, crf=18)), None
        paper = Image.new("RGBA", (width, height), NIGHT)
        last: Image.Image | None = None
        for frame in frames(stage, shown, count):
            if frame is not last:
                solid = np.asarray((Image.alpha_composite(paper, frame) if clear else frame).convert("RGB"), np.uint8)
                last = frame
            film.write(np.asarray(frame, np.uint8) if clear else solid)
            if plain is not None:
                plain.write(solid)
            report(0.05 + 0.95 * film.written / count)
    described = f"Motion graphic ({wish.kind}): {' / '.join(wish.texts) or _told(wish)}"
    extras = {"flat": flat} if clear else {}
    return Made(path, "VIDEO", "sandbox-graphics", __version__, placeholder=False, description=described, extras=extras)


def frames(stage: Stage, shown: Sequence[Thing], count: int) -> Iterator[Image.Image]:
    """Yield the RGBA frames. One in which nothing has moved is the one before again, the same object."""
    ground = _ground(stage)
    before: tuple[object, ...] | None = None
    last: Image.Image | None = None
    for number in range(count):
        time = number / FPS
        moment = tuple((thing.move(time), thing.picture if isinstance(thing.picture, Image.Image)
                        else thing.picture(time)) for thing in shown)  # fmt: skip
        now = tuple((state, id(picture)) for state, picture in moment)
        if last is None or now != before:
            last = _drawn(ground, shown, time)
        before = now
        yield last


def frame_at(stage: Stage, shown: Sequence[Thing], time: float) -> Image.Image:
    """Return the RGBA frame at `time` seconds, without those before it."""
    return _drawn(_ground(stage), shown, time)


def _drawn(ground: Image.Image, shown: Sequence[Thing], time: float) -> Image.Image:
    drawn = ground.copy()
    for thing in shown:
        draw(drawn, thing, time)
    return drawn


def _seconds(task: Task, wish: Wish) -> float:
    asked = task.body.get("durationSeconds")
    if asked is None:
        return min(max(wish.seconds or usual_seconds(wish), SHORTEST), LONGEST)
    if not SHORTEST <= float(asked) <= LONGEST:
        raise EngineError(
            "invalid_duration", f"A motion graphic lasts {SHORTEST:.0f} to {LONGEST:.0f} seconds, not {asked}."
        )
    return float(asked)


def _accent(wish: Wish, seed: int, clear: bool) -> Colour:
    """The accent colour; never white on white, nor the ground itself."""
    if wish.accent is not None and wish.accent != (None if clear else wish.ground):
        return wish.accent
    others = [accent for accent in ACCENTS if accent != wish.ground]
    return others[seed % len(others)] if others else COLOURS["blue"]


def _ground(stage: Stage) -> Image.Image:
    """The empty frame: transparent, or the ground, a little lighter towards the top."""
    if stage.ground is None:
        return Image.new("RGBA", (stage.width, stage.height))
    light = np.linspace(1.18, 0.9, stage.height)[:, None, None]
    rows = np.clip(np.array(stage.ground)[None, None] * light, 0, 255)
    pixels = np.repeat(rows, stage.width, axis=1)
    return Image.fromarray(pixels.round().astype(np.uint8)).convert("RGBA")


def _opened(path: Path) -> Image.Image:
    if probe(path).kind == "VIDEO":
        with VideoReader(path, alpha=True, fit=(PICTURE_SIDE, PICTURE_SIDE)) as reader:
            return Image.fromarray(next(reader.pictures()))
    return open_upright(path, PICTURE_SIDE).image


def _told(wish: Wish) -> str:
    if wish.count:
        return wish.count.last.written()
    return ", ".join(f"{label} {figure.written()}" for label, figure in wish.data) or "the given picture"
