"""Removes the background of pictures and films."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from fractions import Fraction
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from videogen_sandbox.engines import EngineError, Made, Report, Task
from videogen_sandbox.engines.matting.edges import Cut, cut
from videogen_sandbox.engines.matting.looks import subject
from videogen_sandbox.engines.matting.motion import between, steady
from videogen_sandbox.engines.matting.net import ENGINE, ENGINE_VERSION, Plane, find
from videogen_sandbox.engines.matting.parts import main_parts
from videogen_sandbox.engines.matting.steadied import settled
from videogen_sandbox.engines.media.canvas import is_marked
from videogen_sandbox.engines.media.decode import PAPER, Picture, VideoReader, read_sound
from videogen_sandbox.engines.media.encode import SOUND_RATE, VideoWriter
from videogen_sandbox.engines.media.picture_input import open_upright
from videogen_sandbox.engines.media.watermark import stamped
from videogen_sandbox.look.errors import TOO_LONG

MAX_SECONDS = 30.0
"""The longest film whose background is removed; it takes about twice its length on two cores."""
FRAME_BOX = (1280, 720)
"""Films are worked on at this size at most."""
MAX_FPS = 30
"""More pictures a second are thinned out by a whole factor: they double the work and show little more."""
LONGEST_STRETCH, SHORTEST_STRETCH = 16, 8
"""Pictures between two that the network masks: many while the subject moves evenly, few where it does not."""
STILL = 1.2
"""Mean difference (of 255) of two thumbnails below which the picture has not changed since the last mask."""
DOUBT = 0.5
"""How little a carried mask is trusted at its edges, 0 to 1."""
NO_SUBJECT_SHARE = 0.0005
"""Share of sure pixels below which there is nothing to keep. Empty textures give 0, a ball of 30 px in VGA 0.0025."""
FILM_WORKING_SIDE = 320
"""Pixels at which edge colours are estimated in films: half the time of 640, and no difference to be seen moving."""
FILM_TEXTURE = 0.0
"""Masks of films are coarser than those of pictures, so colours decide: with more, edges of known films are worse."""
NO_SUBJECT = "no_subject"
_WORKERS = 2


def mask(image: Image.Image) -> Image.Image:
    """Return the alpha of the subject: mode L, same size, 255 where it is. All 0 if nothing stands out."""
    rgb = image.convert("RGB")
    return Image.fromarray(cut(np.asarray(rgb), subject(rgb)).alpha)


def cut_out_image(task: Task, report: Report) -> Made:
    """Keep the subject of the input picture as a PNG with transparency, at the picture's size.

    What is transparent already stays so. Raise EngineError: "no_subject", or for files that cannot be read.
    """
    opened = open_upright(_only(task))
    report(0.2)
    image = opened.image
    rgb = _on_paper(image) if image.mode == "RGBA" else image
    coarse = subject(rgb)
    if _share(coarse) < NO_SUBJECT_SHARE:
        raise EngineError(
            NO_SUBJECT,
            "Nothing in the picture stands out from its background. A clear subject with space around it works best.",
        )
    report(0.6)
    found = cut(np.asarray(rgb), coarse)
    alpha = found.alpha
    if image.mode == "RGBA":
        alpha = np.minimum(alpha, np.asarray(image.getchannel("A")))
    colours = np.where(alpha[..., None] > 0, found.colours, np.uint8(0))
    pixels = np.dstack([colours, alpha])
    report(0.8)
    path = task.folder / "cutout.png"
    Image.fromarray(stamped(pixels) if is_marked(task.body) else pixels).save(path, "PNG", compress_level=5)
    report(1.0)
    kept = f"{alpha.mean() / 255:.0%} of the picture kept"
    smaller = (
        f"; made smaller from {opened.width}x{opened.height} to {image.width}x{image.height}" if opened.reduced else ""
    )
    return Made(path, "IMAGE", ENGINE, ENGINE_VERSION, False, f"Subject without its background, {kept}{smaller}.")


def cut_out_video(task: Task, report: Report) -> Made:
    """Keep the subject of the input film as VP9 WebM with transparency; extras["flat"] is an MP4 over a flat colour.

    Sound is kept in both. Raise EngineError: "no_subject", "media_too_long" (over 30 s), or for unreadable files.
    """
    source = _only(task)
    path, flat = task.folder / "cutout.webm", task.folder / "cutout-flat.mp4"
    with ExitStack() as stack:
        reader = stack.enter_context(VideoReader(source, fit=FRAME_BOX, limit=MAX_SECONDS))
        if reader.duration is not None and reader.duration > MAX_SECONDS + 0.5:
            raise EngineError(
                TOO_LONG, f"The film lasts {reader.duration:.0f} seconds; {MAX_SECONDS:.0f} are the most."
            )
        sound = read_sound(source, rate=SOUND_RATE, channels=2) if reader.has_audio else None
        thin = max(1, -(-reader.fps // MAX_FPS))
        fps = Fraction(reader.fps, thin)
        writer = partial(VideoWriter, width=reader.width, height=reader.height, fps=fps, sound=sound)
        expected = None if reader.count is None else max(1, reader.count // thin)
        pool = stack.enter_context(ThreadPoolExecutor(_WORKERS))
        writing = stack.enter_context(ThreadPoolExecutor(1))
        film = stack.enter_context(writer(path, form="webm-alpha", crf=33))
        plain = stack.enter_context(writer(flat, crf=20))
        masks = Masks(pool)
        for found in masks.cuts(islice(reader.pictures(), 0, None, thin)):
            clear, solid = found.rgba(), found.over(PAPER)
            if is_marked(task.body):
                clear, solid = stamped(clear), stamped(solid)
            other = writing.submit(plain.write, solid)
            film.write(clear)
            other.result()
            report(0.02 + 0.95 * min(1.0, film.written / expected) if expected else 0.5)
        if not masks.found_subject:
            raise EngineError(
                NO_SUBJECT, "Nothing in the film stands out from its background. A clear subject works best."
            )
        length = float(film.written / fps)
    report(1.0)
    described = f"Subject of a film of {length:.1f} s without its background; transparent where it was."
    return Made(path, "VIDEO", ENGINE, ENGINE_VERSION, False, described, {"flat": flat})


class Masks:
    """Cuts the pictures of a film: the network masks some, and their masks are carried to those between."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.found_subject = False
        self._pool = pool
        self._seen: Plane | None = None
        self._thumbnail: Plane | None = None

    def cuts(self, pictures: Iterator[Picture]) -> Iterator[Cut]:
        """Yield the cut of every picture, in order; a few are worked on at once."""
        running: deque[Future[Cut]] = deque()
        before: Plane | None = None
        for run, after in settled(self._looks(pictures)):
            for number, picture in enumerate(run, start=1):
                last = before is None or before is after or number == len(run)
                coarse = after if before is None else between(before, after, number / len(run))
                running.append(self._cut(picture, coarse, 0.0 if last else DOUBT))
            before = after
            while len(running) > LONGEST_STRETCH:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()

    def _looks(self, pictures: Iterator[Picture]) -> Iterator[tuple[list[Picture], Plane]]:
        """Yield runs of pictures, each with the mask of its last one. The first run is the first picture alone."""
        first = next(pictures, None)
        if first is None:
            return
        before = self._infer(first)
        yield [first], before
        while run := list(islice(pictures, LONGEST_STRETCH)):
            after = self._infer(run[-1])
            yield from self._shortened(run, before, after)
            before = after

    def _shortened(self, run: list[Picture], before: Plane, after: Plane) -> Iterator[tuple[list[Picture], Plane]]:
        """Yield a run and the mask of its end; halves with one more mask where those between would be unclear."""
        if len(run) <= SHORTEST_STRETCH or steady(before, after):
            yield run, after
            return
        half = len(run) // 2
        middle = self._infer(run[half - 1])
        yield from self._shortened(run[:half], before, middle)
        yield from self._shortened(run[half:], middle, after)

    def _cut(self, picture: Picture, coarse: Plane, doubt: float) -> Future[Cut]:
        return self._pool.submit(cut, picture, coarse, FILM_WORKING_SIDE, doubt, FILM_TEXTURE)

    def _infer(self, picture: Picture) -> Plane:
        """Return the coarse mask of a picture; the last one again if nothing has moved."""
        image = Image.fromarray(picture)
        thumbnail = np.asarray(image.resize((64, 64), Image.Resampling.BOX), dtype=np.float32)
        moved = self._thumbnail is None or float(np.abs(thumbnail - self._thumbnail).mean()) >= STILL
        if self._seen is None or moved:
            self._seen, self._thumbnail = main_parts(find(image)), thumbnail
            self.found_subject = self.found_subject or _share(self._seen) >= NO_SUBJECT_SHARE
        return self._seen


def _share(coarse: Plane) -> float:
    """Share of the picture that surely belongs to a subject."""
    return float((coarse > 0.5).mean())


def _on_paper(image: Image.Image) -> Image.Image:
    paper = Image.new("RGB", image.size, PAPER)
    paper.paste(image, mask=image.getchannel("A"))
    return paper


def _only(task: Task) -> Path:
    """The one file the operation works on."""
    ((path,),) = task.inputs.values()
    return path
