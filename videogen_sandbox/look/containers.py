"""Opens films and sounds of any usual format, and reads them as far as they can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar, cast

import av
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from videogen_sandbox.look import kinds
from videogen_sandbox.look.errors import ENCRYPTED, Unreadable

FORMATS = (
    "mov,mp4,m4a,3gp,matroska,webm,avi,flv,mpegts,mpeg,mpegvideo,asf,ogg,mp3,wav,w64,rf64,flac,aac,aiff,caf,amr,au,wv"
    ",ac3,eac3,apng,gif,gsm,ilbc,qcp,h264,hevc,ivf,mxf,dv"
)
"""FFmpeg's demuxers that read only the file they are given. No hls, dash, concat, sdp or image sequences, which could
name files of this machine or addresses on the network."""

_OPTIONS = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}

THREADS = 2
"""Of one decoder: each holds pictures of its own, and the largest have 100 MB."""

FAULTS = 100
"""Broken packets that are passed over; a file with more of them is read no further."""

_COMFORT_NOISE = ("amrnb", "amrwb")
"""Codecs of telephones, of which FFmpeg cannot decode the packets that stand for silence: they are no faults."""

GAP = 600.0
"""Seconds. A longer leap of a timestamp is a broken clock, not a pause."""

REORDERED = 1.0
"""Seconds. A timestamp that goes back by less is out of order, as they are in AVI; the clock goes on."""

AnyStream = TypeVar("AnyStream", bound=Stream)

Frame = Any
"""av.VideoFrame or av.AudioFrame: what a stream's decoder gives."""


def lenient_metadata() -> dict[str, Any]:
    """Return the argument with which `av.open` takes titles that are no UTF-8; PyAV 19 has none, and takes them."""
    return {"metadata_errors": "ignore"} if int(av.__version__.partition(".")[0]) < 19 else {}


@contextmanager
def open_media(path: Path) -> Iterator[InputContainer]:
    """Open a film or sound. Raise Unreadable for what FFmpeg does not know."""
    try:
        container = av.open(str(path), options=_OPTIONS, **lenient_metadata())
    except (av.FFmpegError, OSError) as error:
        with path.open("rb") as file:
            raise Unreadable(kinds.unreadable(file.read(kinds.HEAD))) from error
    with container:
        yield container


def format_name(container: InputContainer, head: bytes) -> str:
    """Return what people call a container; `head` are its first bytes."""
    name = container.format.name.split(",")[0]
    if name == "mov":
        return "mov" if head[8:12] == b"qt  " else "mp4"
    return "webm" if name == "matroska" and b"webm" in head[:256] else name


def video_stream(container: InputContainer) -> VideoStream | None:
    """Return the first stream of moving pictures; cover pictures of songs do not count."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    return None


def sound_stream(container: InputContainer) -> AudioStream | None:
    """Return the first sound track whose codec is known here; phones add tracks of codecs that are new."""
    return next((stream for stream in container.streams.audio if stream.codec_context is not None), None)


def duration(container: InputContainer, stream: Stream) -> float | None:
    """Return the seconds that the headers claim, else those that the packets have; None when neither say anything."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if container.duration:
        return container.duration / av.time_base
    end = begin = None
    with open_media(Path(container.name)) as again:  # not every file can be read a second time from its beginning
        for packet in packets(again, again.streams[stream.index], lose=_ignore):
            if packet.pts is not None and packet.time_base is not None:
                time = packet.pts * packet.time_base
                begin = time if begin is None else min(begin, time)
                end = time + (packet.duration or 0) * packet.time_base
    return None if end is None or begin is None else max(float(end - begin), 0.0)


class Decoding:
    """The frames of one stream, in order, until it ends or cannot be read on."""

    def __init__(self, container: InputContainer, stream: Stream, decoder: CodecContext | None = None) -> None:
        """`decoder` decodes the stream instead of its own."""
        self._container = container
        self._stream = stream
        own: Any = stream.codec_context
        if own is None and decoder is None:
            raise Unreadable("Its codec is not known here.")
        self._decoder: Any = decoder if decoder is not None else own
        if not self._decoder.is_open:
            self._decoder.thread_type = "AUTO"
            self._decoder.thread_count = THREADS
        self.broken = False
        """Whether it ended before its end, or parts of it were lost."""

    def seek(self, seconds: float) -> None:
        """Go on from the last key frame before a time, as the file counts it, or from where the file lets us."""
        try:
            self._container.seek(max(0, round(seconds * av.time_base)))
        except (av.FFmpegError, OSError):
            self.broken = True
        self._decoder.flush_buffers()

    def frames(self) -> Iterator[Frame]:
        """Yield the frames from here on. Raise Unreadable when they are encrypted (ISO/IEC 23001-7)."""
        left = FAULTS
        for packet in packets(self._container, self._stream, lose=self._lose):
            if packet.has_sidedata("encryption_info"):
                raise Unreadable("It is encrypted (DRM): only the program it was bought for plays it.", ENCRYPTED)
            try:
                frames = self._decoder.decode(packet if packet.size else None)
            except (av.FFmpegError, ValueError) as error:
                self._lose(error)
                left -= self._decoder.name not in _COMFORT_NOISE
                if left < 0:
                    return
                continue
            for frame in frames:
                if frame.time_base is None:
                    frame.time_base = packet.time_base
                yield frame

    def _lose(self, _error: Exception) -> None:
        self.broken = True


class Order:
    """Puts timestamps in order: they may be missing, repeat, jump, go back or begin anywhere."""

    def __init__(self, step: float) -> None:
        """`step` is the time from one frame to the next where the file does not say, in seconds."""
        self._step = step
        self._offset: float | None = None
        self._last: float | None = None

    def place(self, pts: int | None, time_base: Fraction | None) -> float:
        """Return when a frame is shown, in seconds from the first one; later than the one before it."""
        expected = 0.0 if self._last is None else self._last + self._step
        if pts is None or time_base is None:
            self._last = expected
            return expected
        stamp = float(pts * time_base)
        if self._offset is None:
            self._offset = stamp - expected
        time = stamp - self._offset
        if self._last is not None and not self._last < time <= self._last + GAP:
            if not self._last - REORDERED < time <= self._last:
                self._offset = stamp - expected
            time = expected
        self._last = time
        return time

    def leap(self) -> None:
        """Take the next timestamp as it stands: the file was read on from another place."""
        self._last = None


def packets(
    container: InputContainer, *streams: AnyStream, lose: Callable[[Exception], None] | None = None
) -> Iterator[av.Packet[AnyStream]]:
    """Yield the packets of some streams in the order of the file; the last of each is empty and flushes its decoder.

    A fault of the container ends them: `lose` is called with it; raise Unreadable where there is no `lose`.
    """
    demuxed = cast("Iterator[av.Packet[AnyStream]]", container.demux(*streams))
    while True:
        try:
            packet = next(demuxed)
        except StopIteration:
            return
        except (av.FFmpegError, OSError) as error:
            if lose is None:
                raise Unreadable(f"It cannot be read on: {error.strerror or type(error).__name__}.") from error
            lose(error)
            return
        yield packet


def _ignore(_error: Exception) -> None:
    """For those who only want what comes before a fault."""
