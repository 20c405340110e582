"""Reads moving pictures and sound of any usual format: upright pictures at an even pace, sound as float samples.

Every file may be hostile. FFmpeg is only allowed formats that carry their own data (a playlist could name files
of this machine or addresses on the network), sizes are checked before anything big is decoded, and lengths end
at a limit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TypeVar, cast

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from videogen_sandbox.engines import EngineError
from videogen_sandbox.look.containers import lenient_metadata

Picture = npt.NDArray[np.uint8]
"""height x width x 3 (RGB) or 4 (RGBA, straight alpha)."""

Sound = npt.NDArray[np.float32]
"""Samples in -1..1: one dimension for mono, samples x channels otherwise."""

AnyStream = TypeVar("AnyStream", bound=Stream)

UNREADABLE = "unreadable_media"
TOO_LONG = "media_too_long"
TOO_LARGE = "media_too_large"

MAX_VIDEO_PIXELS = 8192 * 4320
"""Pixels of one video frame. 8K: a decoded frame stays near 100 MB."""

MAX_SECONDS = 600.0
"""Seconds. The longest video or sound an engine takes; ten minutes of mono at 48 kHz are 115 MB."""

MAX_FPS = 60
"""Frames a second that are kept; what claims more (screen recordings with a 1 kHz clock) is thinned out."""

_FORMATS = (
    "mov,mp4,m4a,3gp,matroska,webm,avi,flv,mpegts,mpeg,asf,ogg,mp3,wav,w64,flac,aac,aiff,caf,amr,gif,au,wv,ac3,eac3"
)
"""Demuxers that read only the file they are given. No hls, dash, concat, sdp or image sequences."""

_OPTIONS = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}


def unreadable(why: str) -> EngineError:
    """Return the refusal of a file that cannot be used, in words for the person who sent it."""
    return EngineError(UNREADABLE, f"The file cannot be read as media: {why}.")


@contextmanager
def open_media(path: Path) -> Iterator[InputContainer]:
    """Open a video or sound file with FFmpeg. Raise EngineError("unreadable_media") for what it does not know."""
    try:
        container = av.open(str(path.resolve()), options=_OPTIONS, **lenient_metadata())
    except (av.FFmpegError, OSError) as error:
        raise unreadable("it is no picture, film or sound of a known kind, or it is broken") from error
    with container:
        yield container


def packets(container: InputContainer, *streams: AnyStream) -> Iterator[av.Packet[AnyStream]]:
    """Yield the packets of some streams in the order of the file; the last of each is empty and flushes its decoder."""
    demuxed = cast("Iterator[av.Packet[AnyStream]]", container.demux(*streams))
    while True:
        try:
            packet = next(demuxed)
        except StopIteration:
            return
        except (av.FFmpegError, OSError) as error:
            raise unreadable(_short(error)) from error
        yield packet


def video_stream(container: InputContainer) -> VideoStream | None:
    """Return the first stream of moving pictures; cover pictures of songs do not count."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    return None


def carries_alpha(stream: VideoStream) -> bool:
    """Return whether the pictures have transparency: in the pixel format, or beside it as WebM keeps it."""
    pixel_format = stream.codec_context.format
    in_format = pixel_format is not None and any(component.is_alpha for component in pixel_format.components)
    return in_format or _alpha_beside(stream)


class VideoReader:
    """The pictures of a video, upright, with square pixels, at a constant pace.

    Use it as a context manager. `alpha=True` gives RGBA pictures where the file has transparency
    (`has_alpha` tells), else RGB. `fit` is a box in pixels for a landscape film, turned for a portrait one: larger
    pictures are made smaller on the way. Raise EngineError on entering or while reading.
    """

    width: int
    height: int
    fps: Fraction
    duration: float | None
    has_alpha: bool
    has_audio: bool
    turned: bool

    def __init__(
        self, path: Path, *, alpha: bool = False, fit: tuple[int, int] | None = None, limit: float = MAX_SECONDS
    ) -> None:
        self._path = path
        self._fit = fit
        self._want_alpha = alpha
        self._limit = limit

    def __enter__(self) -> VideoReader:
        with ExitStack() as opening:
            self._container = opening.enter_context(open_media(self._path))
            self._begin()
            self._opened = opening.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._opened.close()

    def _begin(self) -> None:
        stream = video_stream(self._container)
        if stream is None:
            raise unreadable("it has no moving pictures")
        check_video_size(stream.codec_context.width, stream.codec_context.height)
        self._stream = stream
        self.has_alpha = carries_alpha(stream)
        self.has_audio = bool(self._container.streams.audio)
        self.fps = pace(stream)
        self.duration = _declared_duration(self._container, stream)
        self._frames = self._decoded()
        first = next(self._frames, None)
        if first is None:
            raise unreadable("no picture in it can be decoded")
        self._first = first
        self._size: tuple[int, int] | None = None
        self.turned = first.rotation != 0
        self.height, self.width = self._picture(first).shape[:2]

    def _fitted(self, width: int, height: int) -> tuple[int, int]:
        if self._fit is None:
            return width, height
        long, short = max(self._fit), min(self._fit)
        scale = min(1.0, long / max(width, height), short / min(width, height))
        return max(1, round(width * scale)), max(1, round(height * scale))

    @property
    def count(self) -> int | None:
        """How many pictures are to be expected, for progress only."""
        return None if self.duration is None else max(1, round(self.duration * self.fps))

    def pictures(self) -> Iterator[Picture]:
        """Yield the pictures from the first to the last, `fps` of them a second. Can be run through once."""
        step = 1 / self.fps
        slot = 0
        held, shown = self._first, self._picture(self._first)
        start = last = _time(held) or 0.0
        for frame in self._frames:
            time = _time(frame)
            last = last + float(step) if time is None else max(last, time)
            if last - start > self._limit:
                raise EngineError(TOO_LONG, f"The video is longer than {self._limit:g} seconds.")
            while (slot + 0.5) * step < last - start:
                yield shown
                slot += 1
            held = frame
            shown = self._picture(held)
        while (slot + 0.5) * step < last - start + float(step):
            yield shown
            slot += 1

    def _decoded(self) -> Iterator[av.VideoFrame]:
        decoder = self._decoder()
        patience = _Patience()
        for packet in packets(self._container, self._stream):
            try:
                frames = decoder.decode(None if packet.size == 0 else packet)
            except av.FFmpegError as error:
                patience.lose(error)
                continue
            for frame in frames:
                check_video_size(frame.width, frame.height)
                if frame.time_base is None and packet.time_base is not None:
                    frame.time_base = packet.time_base
                yield frame

    def _decoder(self) -> VideoCodecContext:
        usual = self._stream.codec_context
        usual.thread_type = "AUTO"
        if not (self._want_alpha and _alpha_beside(self._stream)):
            return usual
        # FFmpeg's own VP8/VP9 decoders drop the alpha that WebM keeps beside the picture; libvpx reads it.
        return av.CodecContext.create("libvpx" if usual.name == "vp8" else "libvpx-vp9", "r")

    def _picture(self, frame: av.VideoFrame) -> Picture:
        wanted = "rgba" if self._want_alpha and self.has_alpha else "rgb24"
        if self._size is None:
            self._size = self._fitted(*_square(frame.width, frame.height, self._stream.sample_aspect_ratio))
        width, height = self._size  # a stream may change its size on the way; what comes out does not
        try:
            picture = np.asarray(frame.to_ndarray(format=wanted, width=width, height=height), dtype=np.uint8)
        except (av.FFmpegError, ValueError) as error:
            raise unreadable("its pictures have a form that cannot be shown") from error
        turns = round(frame.rotation / 90) % 4
        return np.ascontiguousarray(np.rot90(picture, turns)) if turns else picture


def read_sound(
    path: Path, *, rate: int, channels: int = 1, limit: float = MAX_SECONDS, until: float = math.inf
) -> Sound:
    """Return the sound of an audio or video file.

    `rate` in samples a second, `channels` 1 or 2: mono comes as one dimension, stereo as samples x 2. The sound begins
    where the file begins: silence is put before a track that starts later than the pictures. What comes after `until`
    seconds is left out.
    Raise EngineError: unreadable, without sound, or longer than `limit` seconds.
    """
    resampler: av.AudioResampler | None = None
    width = 1
    chunks: list[Sound] = []
    left = limit
    with open_media(path) as container:
        for frame in _sound_frames(container):
            if resampler is None:
                # FFmpeg changes the level by 3 dB between mono and stereo; what it is given here comes out as loud
                width = min(2, frame.layout.nb_channels)
                resampler = av.AudioResampler(format="flt", layout="mono" if width == 1 else "stereo", rate=rate)
                late = _late(container, frame)
                left -= late
                chunks.append(np.zeros((int(min(late, limit, until) * rate), width), np.float32))
            if limit - left >= until:
                break
            left -= frame.samples / frame.sample_rate
            if left < 0:
                raise EngineError(TOO_LONG, f"The sound is longer than {limit:g} seconds.")
            try:
                chunks += [_samples(piece, width) for piece in resampler.resample(frame)]
            except (av.FFmpegError, ValueError) as error:
                raise unreadable("its sound changes its form on the way") from error
        if resampler is not None:
            chunks += [_samples(piece, width) for piece in resampler.resample(None)]
    if not sum(map(len, chunks)):
        raise unreadable("no sound in it can be decoded")
    sound = np.nan_to_num(np.concatenate(chunks), nan=0.0, posinf=1.0, neginf=-1.0)
    sound = sound[: math.ceil(until * rate)] if until < math.inf else sound
    if channels == 1:
        return np.asarray(sound.mean(axis=1), np.float32)
    return np.repeat(sound, channels // width, axis=1)


def check_sound(path: Path) -> None:
    """Decode until the first samples come out. Raise EngineError when none do."""
    with open_media(path) as container:
        if next(_sound_frames(container), None) is None:
            raise unreadable("no sound in it can be decoded")


def pace(stream: VideoStream) -> Fraction:
    """Return the frames a second of a stream: between 5 and `MAX_FPS`, 30 where the file's own value is absurd."""
    rate = stream.average_rate or stream.guessed_rate
    if rate is None or rate <= 0 or rate > 2 * MAX_FPS:
        return Fraction(30)
    return min(max(Fraction(rate).limit_denominator(1001), Fraction(5)), Fraction(MAX_FPS))


def check_video_size(width: int, height: int) -> None:
    """Raise EngineError for a picture without area or with more than `MAX_VIDEO_PIXELS`."""
    if width < 1 or height < 1:
        raise unreadable("its pictures have no size")
    if width * height > MAX_VIDEO_PIXELS:
        raise EngineError(TOO_LARGE, f"Videos of {width}x{height} pixels are too large; 8192x4320 is the most.")


def _alpha_beside(stream: VideoStream) -> bool:
    return any(key.lower() == "alpha_mode" and value == "1" for key, value in stream.metadata.items())


def _sound_frames(container: InputContainer) -> Iterator[av.AudioFrame]:
    if not container.streams.audio:
        raise unreadable("it has no sound")
    patience = _Patience()
    for packet in packets(container, container.streams.audio[0]):
        try:
            frames = packet.decode()
        except av.FFmpegError as error:
            patience.lose(error)
            continue
        yield from frames


class _Patience:
    """Lets a few broken packets pass (junk around the packets of an MP3 is common), not a file full of them."""

    def __init__(self) -> None:
        self._left = 100

    def lose(self, error: Exception) -> None:
        self._left -= 1
        if self._left < 0:
            raise unreadable(_short(error)) from error


def _samples(frame: av.AudioFrame, channels: int) -> Sound:
    return np.asarray(frame.to_ndarray(), dtype=np.float32).reshape(-1, channels)


def _time(frame: av.VideoFrame) -> float | None:
    return None if frame.pts is None or frame.time_base is None else float(frame.pts * frame.time_base)


def _late(container: InputContainer, frame: av.AudioFrame) -> float:
    if frame.pts is None or not frame.time_base or not video_stream(container):
        return 0.0
    begin = (container.start_time or 0) / av.time_base
    return max(0.0, float(frame.pts * frame.time_base) - begin)


def _declared_duration(container: InputContainer, stream: VideoStream) -> float | None:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None


def _square(width: int, height: int, ratio: Fraction | None) -> tuple[int, int]:
    """The size with square pixels; the shorter side grows, absurd ratios are ignored."""
    if not ratio or ratio == 1 or not Fraction(1, 4) <= ratio <= 4:
        return width, height
    return (round(width * ratio), height) if ratio > 1 else (width, round(height / ratio))


def _short(error: Exception) -> str:
    text = getattr(error, "strerror", None) or type(error).__name__
    return str(text)[0].lower() + str(text)[1:120]
