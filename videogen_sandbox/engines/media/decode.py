"""Reads moving pictures and sound for engines: pictures at an even pace, sound as float samples.

What a file is like is the business of `videogen_sandbox.look`: here are its arrays, and the limits of engines.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer

from videogen_sandbox.look.containers import GAP, Decoding, open_media, sound_stream, video_stream
from videogen_sandbox.look.errors import TOO_LONG, Unreadable
from videogen_sandbox.look.film import Film
from videogen_sandbox.look.pictures import readable_film

Picture = npt.NDArray[np.uint8]
"""height x width x 3 (RGB) or 4 (RGBA, straight alpha)."""

Sound = npt.NDArray[np.float32]
"""Samples in -1..1: one dimension for mono, samples x channels otherwise."""

MAX_SECONDS = 600.0
"""Seconds. The longest video or sound an engine takes; ten minutes of mono at 48 kHz are 115 MB."""

MAX_FPS = 60
"""Frames a second that are kept; what has more (slow motion of phones) is thinned out."""

PAPER = (247, 247, 250)
"""What transparent pictures are laid on where the result has no transparency."""

LAID_ON_PAPER = "Its transparent parts are a light colour now, #{:02x}{:02x}{:02x}.".format(*PAPER)
"""What is told of a film that had transparency and has none any more."""


class VideoReader:
    """The pictures of a video as a person sees them, at a constant pace.

    Use it as a context manager. `alpha=True` gives RGBA pictures where the file has transparency (`has_alpha` tells);
    else they are RGB, and what is transparent is laid on `PAPER`. `fit` is a box in pixels for a landscape film, turned
    for a portrait one: larger pictures are made smaller on the way. Raise EngineError on entering or while reading.
    """

    width: int
    height: int
    fps: Fraction
    duration: float | None
    has_alpha: bool
    plain: bool
    """Whether players without any knowledge of films show the same pictures."""

    def __init__(
        self, path: Path, *, alpha: bool = False, fit: tuple[int, int] | None = None, limit: float = MAX_SECONDS
    ) -> None:
        self._path = path
        self._fit = fit
        self._want_alpha = alpha
        self._limit = limit

    def __enter__(self) -> VideoReader:
        with ExitStack() as opening:
            self._readable = opening.enter_context(readable_film(self._path))
            film = self._film = opening.enter_context(Film(self._readable, self._fit))
            self.width, self.height = film.size
            self.fps = pace(film.fps)
            self.duration, self.plain, self.has_alpha = film.duration, film.plain, film.has_alpha
            self._opened = opening.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._opened.close()

    @cached_property
    def has_audio(self) -> bool:
        """Whether any sound comes out of it, which opens the file twice. Raise EngineError when it is encrypted."""
        return has_sound(self._readable)

    @property
    def count(self) -> int | None:
        """How many pictures are to be expected, for progress only."""
        return None if self.duration is None else max(1, round(self.duration * self.fps))

    def pictures(self) -> Iterator[Picture]:
        """Yield the pictures from the first to the last, `fps` of them a second. Can be run through once."""
        step = 1 / self.fps
        slot, last = 0, 0.0
        held: av.VideoFrame | None = None
        for time, frame in self._film.frames():
            if time > self._limit:
                raise Unreadable(f"The video is longer than {self._limit:g} seconds.", TOO_LONG)
            until = _slots(time, step)
            yield from self._held(held, slot, until)
            slot, held, last = max(slot, until), frame, time
        yield from self._held(held, slot, _slots(last + float(step), step))

    def _held(self, frame: av.VideoFrame | None, slot: int, until: int) -> Iterator[Picture]:
        """The same picture from one slot to before another."""
        if frame is None or until <= slot:
            return
        picture = np.asarray(self._film.seen(frame).to_ndarray(), np.uint8)
        if self.has_alpha and not self._want_alpha:
            picture = on_paper(picture)
        for _ in range(slot, until):
            yield picture


def is_transparent(path: Path, limit: float = MAX_SECONDS) -> bool:
    """Return whether a film lets something through anywhere; it is decoded until it does.

    Many that could have transparency (GIF, ProRes 4444) have none. Raise EngineError as `VideoReader` does.
    """
    with VideoReader(path, alpha=True, limit=limit) as reader:
        return reader.has_alpha and any(int(picture[..., 3].min()) < SOLID for picture in reader.pictures())


SOLID = 250
"""Alpha from which on encoders mean 255."""


def _slots(time: float, step: Fraction) -> int:
    """How many pictures begin before a time: each is taken in the middle of its slot."""
    return max(0, math.ceil(time / step - 0.5))


def on_paper(picture: Picture) -> Picture:
    """Return an RGBA picture laid on `PAPER`, as RGB."""
    alpha = picture[..., 3:].astype(np.uint16)
    mixed = (picture[..., :3] * alpha + np.array(PAPER, np.uint16) * (255 - alpha)) // 255
    return mixed.astype(np.uint8)


def read_sound(
    path: Path, *, rate: int, channels: int = 1, limit: float = MAX_SECONDS, until: float = math.inf
) -> Sound:
    """Return the sound of an audio or video file: of the first track that can be decoded.

    `rate` in samples a second, `channels` 1 or 2: mono comes as one dimension, stereo as samples x 2. The sound begins
    where the file begins: silence is put before a track that starts later than the pictures, and where the track
    pauses. What comes after `until` seconds is left out.
    Raise EngineError: unreadable, without sound, or longer than `limit` seconds.
    """
    resampler: av.AudioResampler | None = None
    width, form = 1, None
    chunks: list[Sound] = []
    left = limit
    heard, begin = 0.0, None
    with open_media(path) as container:
        for frame in _sound_frames(container, _track(path, container)):
            if form != (now := (frame.format.name, frame.layout.name, frame.sample_rate)):
                if resampler is None:
                    # FFmpeg changes the level by 3 dB between mono and stereo: what it is given comes out as loud
                    width = min(2, frame.layout.nb_channels)
                    late = _late(container, frame)
                    left -= late
                    chunks.append(np.zeros((int(min(late, limit, until) * rate), width), np.float32))
                else:
                    chunks += [_samples(piece, width) for piece in resampler.resample(None)]
                resampler, form = av.AudioResampler("flt", "mono" if width == 1 else "stereo", rate), now
            if limit - left >= until:
                break
            if frame.pts is not None and frame.time_base:
                time = float(frame.pts * frame.time_base)
                begin = time - heard if begin is None else begin
                pause = time - begin - heard
                if PAUSE < pause <= GAP:
                    chunks.append(np.zeros((int(min(pause, left) * rate), width), np.float32))
                    heard, left = heard + pause, left - pause
            heard += frame.samples / frame.sample_rate
            left -= frame.samples / frame.sample_rate
            if left < 0:
                raise Unreadable(f"The sound is longer than {limit:g} seconds.", TOO_LONG)
            assert resampler is not None
            try:
                chunks += [_samples(piece, width) for piece in resampler.resample(frame)]
            except (av.FFmpegError, ValueError) as error:
                raise Unreadable("Its sound has a form that cannot be read.") from error
        if resampler is not None:
            chunks += [_samples(piece, width) for piece in resampler.resample(None)]
    if not sum(map(len, chunks)):
        raise Unreadable("No sound in it can be decoded.")
    sound = np.nan_to_num(np.concatenate(chunks), nan=0.0, posinf=1.0, neginf=-1.0)
    sound = sound[: math.ceil(until * rate)] if until < math.inf else sound
    return mixed(sound) if channels == 1 else np.repeat(sound, channels // width, axis=1)


PAUSE = 0.2
"""Seconds by which a sound may be late before silence is put in: telephones send nothing while nobody speaks, and
shorter ones are the rounding of timestamps."""


def mixed(sound: Sound) -> Sound:
    """Return the mono mix of samples x 1 or 2. Sides of opposite phase are not added, or they would be silence."""
    if sound.shape[1] == 1:
        return sound[:, 0]
    left, right = sound.T
    opposite = float(np.dot(left, right)) < OPPOSITE * float(np.dot(left, left) + np.dot(right, right)) / 2
    return np.asarray((left - right if opposite else left + right) / 2, np.float32)


OPPOSITE = -0.5
"""Correlation of two sides below which one of them is taken for wired the wrong way round; of music it is above 0."""


def has_sound(path: Path) -> bool:
    """Return whether any samples come out of a file. Raise EngineError when they are encrypted."""
    with open_media(path) as container:
        if sound_stream(container) is None:
            return False
        return next(_sound_frames(container, _track(path, container)), None) is not None


def pace(rate: Fraction | None) -> Fraction:
    """Return the frames a second that are read of a film: between 5 and `MAX_FPS`, 30 where it does not say."""
    if rate is None:
        return Fraction(30)
    return min(max(rate.limit_denominator(1001), Fraction(5)), Fraction(MAX_FPS))


def _track(path: Path, container: InputContainer) -> int:
    """Return which sound track is the first that can be decoded; the last known one where none before it can.

    `container` is the file at `path`, opened. It is read no further: each try of several tracks opens it anew.
    """
    known = [place for place, track in enumerate(container.streams.audio) if track.codec_context is not None]
    for place in known[:-1]:
        with open_media(path) as tried, suppress(Unreadable):  # encrypted; another one may not be
            if next(_sound_frames(tried, place), None) is not None:
                return place
    return known[-1] if known else 0


def _sound_frames(container: InputContainer, track: int) -> Iterator[av.AudioFrame]:
    if sound_stream(container) is None:
        raise Unreadable("It has no sound that can be decoded." if container.streams.audio else "It has no sound.")
    yield from Decoding(container, container.streams.audio[track]).frames()


def _samples(frame: av.AudioFrame, channels: int) -> Sound:
    return np.asarray(frame.to_ndarray(), dtype=np.float32).reshape(-1, channels)


def _late(container: InputContainer, frame: av.AudioFrame) -> float:
    if frame.pts is None or not frame.time_base or not video_stream(container):
        return 0.0
    begin = (container.start_time or 0) / av.time_base
    return max(0.0, float(frame.pts * frame.time_base) - begin)
