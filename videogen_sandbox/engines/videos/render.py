"""The moving picture of a video, without its sound: every frame put together and encoded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

from videogen_sandbox.engines import Report
from videogen_sandbox.engines.media.decode import Picture
from videogen_sandbox.engines.media.encode import VideoWriter
from videogen_sandbox.engines.videos import overlays
from videogen_sandbox.engines.videos.assets import Assets
from videogen_sandbox.engines.videos.caption_style import Placed, Typesetter
from videogen_sandbox.engines.videos.captions import Captions
from videogen_sandbox.engines.videos.document import Document
from videogen_sandbox.engines.videos.frame import FPS
from videogen_sandbox.engines.videos.layer import Layer
from videogen_sandbox.engines.videos.presenter import Card, filmed
from videogen_sandbox.engines.videos.schedule import Schedule
from videogen_sandbox.engines.videos.sources import Draw, Source, source
from videogen_sandbox.engines.videos.transitions import mix

WORKERS = 2
"""Threads that make frames: resizing lets go of Python's lock, and the encoder waits for them."""

AHEAD = 4
"""Frames that may be in work at once; each has 12 MB in 4K."""

CRF = 21
"""Quality of x264: a drawn 720p film has about 1 Mbit/s with it and shows no blocks."""

END_FADE = 0.4
"""Seconds in which the last picture gives way to the end screen."""

LARGE = 1440
"""Lines from which the fastest preset but one is used: 4K takes nine times the work of 720p."""


@dataclass(frozen=True)
class Cut:
    """How a version of a video is rendered: frame size, mark, end screen."""

    size: tuple[int, int]
    marked: bool = False
    end_screen: bool = False

    def seconds(self, schedule: Schedule) -> float:
        """Return how long the version is."""
        return schedule.duration + (overlays.END_SECONDS if self.end_screen else 0.0)


def render(document: Document, schedule: Schedule, assets: Assets, cut: Cut, path: Path, report: Report) -> None:
    """Write the moving picture as H.264 MP4 without sound. Raise EngineError for media that cannot be read."""
    frames = round(cut.seconds(schedule) * FPS)
    preset = "superfast" if min(cut.size) >= LARGE else "veryfast"
    width, height = cut.size
    with (
        VideoWriter(path, width=width, height=height, fps=FPS, crf=CRF, preset=preset) as writer,
        ThreadPoolExecutor(WORKERS, thread_name_prefix="frames") as pool,
        _Stage(document, schedule, assets, cut) as stage,
    ):
        making: deque[Future[Layer]] = deque()
        for frame in stage.frames(frames):
            making.append(pool.submit(frame))
            if len(making) >= AHEAD:
                writer.write_planes(making.popleft().result().planes())
                report(writer.written / frames)
        while making:
            writer.write_planes(making.popleft().result().planes())


def picture_at(document: Document, planned: Schedule, assets: Assets, cut: Cut, time: float) -> Picture:
    """Return the frame at `time` seconds as RGB, without rendering the others: for thumbnails and for looking."""
    with _Stage(document, planned, assets, cut) as stage:
        planes = stage.frame(time)().planes()
    frame = av.VideoFrame.from_ndarray(planes.rows, format="yuv420p")
    frame.colorspace, frame.color_range = Colorspace.ITU709, ColorRange.MPEG
    return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


class _Stage(ExitStack):
    """Everything that is seen, opened when it comes on and closed when it has gone."""

    def __init__(self, document: Document, schedule: Schedule, assets: Assets, cut: Cut) -> None:
        super().__init__()
        self._document, self._schedule, self._assets, self._cut = document, schedule, assets, cut
        self._shots: dict[int, Source] = {}
        self._card = self._presenter()
        self._captions = self._worded()
        self._fixed: list[Placed] = []
        if document.logo is not None:
            self._fixed.append(overlays.logo(document.logo, assets.path(document.logo.asset), cut.size))
        if cut.marked:
            self._fixed.append(overlays.mark(cut.size))
        self._end = overlays.end_card(cut.size) if cut.end_screen else None
        self.callback(self._close)

    def frames(self, count: int) -> Iterator[Draw]:
        """Yield what draws each frame, in order."""
        for number in range(count):
            time = number / FPS
            over = time - self._schedule.duration
            if self._end is None or over < 0:
                yield self.frame(time)
            else:
                last = self.frame(self._schedule.duration - 1 / FPS)
                yield _faded(last, self._end, min(1.0, over / END_FADE)) if over < END_FADE else _same(self._end)

    def frame(self, time: float) -> Draw:
        """Return what draws the frame at a time. Sources are asked now, in order; work is done when it is called."""
        picture = self._pictures(time)
        card = self._card.at(time) if self._card else None
        caption = self._captions.at(time) if self._captions else None

        def draw() -> Layer:
            frame = picture().copy()
            if card is not None and self._card is not None:
                self._card.lay(frame, card())
            for placed in (*self._fixed, caption):
                if placed is not None:
                    frame.cover(placed.sticker, placed.left, placed.top)
            return frame

        return draw

    def _pictures(self, time: float) -> Draw:
        """What draws the shot at a time, or two with the transition between them."""
        shots = self._schedule.shots
        number = max((n for n, shot in enumerate(shots) if time >= shot.start - shot.transition_seconds / 2), default=0)
        shot = shots[number]
        self._leave(number)
        drawn = self._open(number).at(time - shot.start)
        share = (time - shot.start) / shot.transition_seconds + 0.5 if shot.transition_seconds else 1.0
        if number == 0 or share >= 1:
            self._leave(number + 1)
            return drawn
        before = self._open(number - 1).at(time - shots[number - 1].start)
        return lambda: mix(shot.transition, before(), drawn(), share)

    def _open(self, number: int) -> Source:
        if number not in self._shots:
            shot = self._schedule.shots[number]
            self._shots[number] = source(self._document, shot, number, self._cut.size, self._assets)
        return self._shots[number]

    def _leave(self, number: int) -> None:
        """Close the shots before the one before `number`: they are not seen any more."""
        for gone in [n for n in self._shots if n < number - 1]:
            self._shots.pop(gone).close()

    def _presenter(self) -> Card | None:
        document = self._document
        film = filmed(document, self._schedule, self._assets)
        if document.presenter is None or (film is None and document.presenter.portrait is None):
            return None
        return Card(document, film, self._cut.size, self._assets)

    def _worded(self) -> Captions | None:
        style = self._document.captions
        if style is None or not self._schedule.words:
            return None
        room = self._card.room if self._card else 1.0
        return Captions(self._schedule.lines, Typesetter(style, self._cut.size, room))

    def _close(self) -> None:
        for opened in self._shots.values():
            opened.close()
        if self._card is not None:
            self._card.close()


def _same(layer: Layer) -> Draw:
    return lambda: layer


def _faded(before: Draw, after: Layer, share: float) -> Callable[[], Layer]:
    return lambda: before().mixed(after, share)
