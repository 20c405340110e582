"""The pictures of a film as a person sees them: upright, square pixels, whole pictures, sRGB, alpha kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import av
from av.filter import Graph
from av.sidedata.sidedata import Type as SideData
from av.video.stream import VideoStream
from PIL import Image

from videogen_sandbox.look import cubes, orientation
from videogen_sandbox.look.containers import Decoding, Order, duration, open_media, video_stream
from videogen_sandbox.look.errors import TOO_LARGE, Unreadable
from videogen_sandbox.look.shots import Shot

MAX_FRAME_PIXELS = 8192 * 4320
"""Pixels of one frame. 8K: a decoded one stays near 100 MB."""

MAX_FPS = 480
"""Frames a second that are believed: slow motion of phones has 240; screen recordings claim a clock of 1 kHz."""

EFFORT = 500_000_000
"""Pixels that are decoded for one picture of an overview: 240 frames of 1080p, the longest usual way from a key frame.
Where they do not suffice, the picture is an earlier one, with its true time."""

SEEK_GAP = 4.0
"""Seconds. A place farther away is sought; a nearer one is reached by reading on."""

_PQ, _HLG = 16, 18
_BT2020 = 9
_P3 = (11, 12)
_RGB_MATRIX = 0
_UNSPECIFIED = 2
_FULL_RANGE = 2
"""ITU-T H.273, and FFmpeg's AVCOL_RANGE_JPEG."""

_HD_ROWS = 720
"""Films of so many rows are BT.709 where they do not say; smaller ones BT.601, as players have it."""


class Film:
    """A film opened for looking at it. Use as a context manager; raise Unreadable on entering when there is none in it.

    `fit` is a box in pixels for a landscape film, turned for a portrait one: larger pictures are made smaller on the
    way. None: they stay as they are.
    """

    width: int
    height: int
    """As shown: upright, square pixels."""
    size: tuple[int, int]
    """Width and height as `fit` makes them."""
    fps: Fraction | None
    duration: float | None
    codec: str
    has_alpha: bool
    dynamic_range: cubes.Transfer
    interlaced: bool
    plain: bool
    """Whether its frames are seen as they are stored: upright, square, whole, in the colours of BT.709 or BT.601."""

    def __init__(self, path: Path, fit: tuple[int, int] | None = None) -> None:
        self._path = path
        self._fit = fit

    def __enter__(self) -> Film:
        with ExitStack() as opening:
            self._container = opening.enter_context(open_media(self._path))
            self._begin()
            self._opened = opening.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._opened.close()

    @cached_property
    def _folder(self) -> Path:
        """For tables of colours, which FFmpeg reads from files. Most films need none."""
        return Path(self._opened.enter_context(TemporaryDirectory(prefix="videogen-look-")))

    def _begin(self) -> None:
        stream = video_stream(self._container)
        if stream is None or stream.codec_context is None:
            raise Unreadable("It has no moving pictures that are known here.")
        context = stream.codec_context
        _check_size(context.width, context.height)
        self._stream = stream
        self.codec = context.codec.canonical_name
        self.has_alpha = carries_alpha(stream)
        self.fps = _rate(stream)
        self.duration = duration(self._container, stream)
        self._ratio = stream.sample_aspect_ratio
        self._order = Order(1 / float(self.fps or 25))
        self._decoding = Decoding(self._container, stream, _decoder_with_alpha(stream))
        self._graphs: dict[object, Graph] = {}
        self._frames = self._timed()
        self._held = next(self._frames, None)
        if self._held is None:
            raise Unreadable("No picture in it can be decoded.")
        self._next: tuple[float, av.VideoFrame] | None = None
        first = self._held[1]
        self._start = float(first.pts * first.time_base) if first.pts is not None and first.time_base else 0.0
        self.interlaced = bool(first.interlaced_frame)
        self.dynamic_range = _transfer(first)
        stored = _square(first.width, first.height, self._ratio)
        self._size = self._fitted(*stored)
        turn = _turn(first)
        turned = turn in orientation.TURNED
        self.width, self.height = stored[::-1] if turned else stored
        self.size = self._size[::-1] if turned else self._size
        as_sdr = _colours(first)[2:] == ("SDR", "BT.709")
        self.plain = turn is None and as_sdr and not self.interlaced and stored == (first.width, first.height)

    @property
    def broken(self) -> bool:
        """Whether something in what was read so far could not be read."""
        return self._decoding.broken

    def shots(self) -> Iterator[Shot]:
        """Yield every picture from here to the end."""
        for time, frame in self.frames():
            yield Shot(time, self.picture(frame))

    def frames(self) -> Iterator[tuple[float, av.VideoFrame]]:
        """Yield every frame from here to the end as it is stored, and when it is shown, in seconds from the start."""
        while self._held is not None:
            yield self._held
            self._held = next(self._frames, None)

    def shots_at(self, times: Sequence[float]) -> Iterator[Shot]:
        """Yield the pictures shown at some times (ascending, in seconds); each picture once.

        What takes more than EFFORT to reach is replaced by the last picture before it that was reached.
        """
        given: float | None = None
        for time in times:
            held = self._advance(time)
            if held is not None and held[0] != given:
                given = held[0]
                yield Shot(held[0], self.picture(held[1]))

    def picture(self, frame: av.VideoFrame) -> Image.Image:
        """Return a frame as it is seen. Raise Unreadable when it has a form that cannot be shown."""
        return _image(self.seen(frame))

    def seen(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Return a frame as it is seen, in rgb24 or rgba, as large as `fit` allows. Raise Unreadable as `picture`."""
        key = (frame.width, frame.height, frame.format.name, frame.interlaced_frame, _colours(frame), _turn(frame))
        try:
            graph = self._graphs.get(key)
            if graph is None or frame.interlaced_frame:  # a deinterlacer gives a frame when the next one comes
                graph = self._graphs[key] = self._graph(frame)
            frame.pts, frame.time_base = 0, Fraction(1, 25)
            graph.vpush(frame)
            if frame.interlaced_frame:
                graph.vpush(None)
            return graph.vpull()
        except (av.FFmpegError, ValueError) as error:
            raise Unreadable("Its pictures have a form that cannot be shown.") from error

    def _fitted(self, width: int, height: int) -> tuple[int, int]:
        if self._fit is None:
            return width, height
        long, short = max(self._fit), min(self._fit)
        scale = min(1.0, long / max(width, height), short / min(width, height))
        return max(1, round(width * scale)), max(1, round(height * scale))

    def _advance(self, time: float) -> tuple[float, av.VideoFrame] | None:
        """Hold the last frame shown at or before a time."""
        left, before = EFFORT, self._held
        if before is not None and time - before[0] > SEEK_GAP:
            self._decoding.seek(self._start + time)
            self._order.leap()
            self._frames, self._held, self._next = self._timed(), None, None
        while left > 0:
            if self._next is None:
                self._next = next(self._frames, None)
                if self._next is None:
                    break
                left -= self._next[1].width * self._next[1].height
            if self._next[0] > time + 1e-6 and self._held is not None:
                break
            self._held, self._next = self._next, None
        self._held = self._held or before  # nothing can be read there
        return self._held

    def _timed(self) -> Iterator[tuple[float, av.VideoFrame]]:
        for frame in self._decoding.frames():
            _check_size(frame.width, frame.height)
            yield self._order.place(frame.pts, frame.time_base), frame

    def _graph(self, frame: av.VideoFrame) -> Graph:
        """The filters that make a picture of a frame like this one."""
        matrix, full, transfer, primaries = _colours(frame)
        width, height = self._size  # a stream may change its size on the way; what comes out does not
        by_cube = transfer != "SDR" or primaries != "BT.709"
        graph = Graph()
        graph.threads = 1
        source = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 25)
        )
        chain = [source]
        if frame.interlaced_frame:
            chain.append(graph.add("estdif", mode="frame", deint="all"))  # one that needs no neighbours
        chain.append(
            graph.add(
                "scale",
                w=str(width),
                h=str(height),
                in_color_matrix=matrix,
                in_range="full" if full else "limited",
                out_range="full",
                flags=("bilinear" if self._fit else "bicubic") + ("+accurate_rnd+full_chroma_int" if by_cube else ""),
            )
        )
        if by_cube:
            cube = self._folder / f"{transfer}-{primaries}.cube"
            if not cube.exists():
                cube.write_text(cubes.table(transfer, primaries))
            chain.append(graph.add("format", "gbrap12le" if self.has_alpha else "gbrp12le"))
            chain.append(graph.add("lut3d", file=cube.as_posix(), interp="tetrahedral"))
        chain.append(graph.add("format", "rgba" if self.has_alpha else "rgb24"))
        chain += [graph.add(name, arguments) for name, arguments in orientation.FILTERS[_turn(frame)]]
        chain.append(graph.add("buffersink"))
        graph.link_nodes(*chain).configure()
        return graph


def carries_alpha(stream: VideoStream) -> bool:
    """Return whether the pictures have transparency: in the pixel format, or beside it as WebM keeps it."""
    pixel_format = stream.codec_context.format
    in_format = pixel_format is not None and any(component.is_alpha for component in pixel_format.components)
    return in_format or _alpha_beside(stream)


def _alpha_beside(stream: VideoStream) -> bool:
    return any(key.lower() == "alpha_mode" and value == "1" for key, value in stream.metadata.items())


def _decoder_with_alpha(stream: VideoStream) -> Any:
    """FFmpeg's own VP8 and VP9 decoders drop the alpha that WebM keeps beside the picture; libvpx reads it."""
    if not _alpha_beside(stream):
        return None
    return av.CodecContext.create("libvpx" if stream.codec_context.name == "vp8" else "libvpx-vp9", "r")


def _image(frame: av.VideoFrame) -> Image.Image:
    """A frame in rgb24 or rgba as Pillow has it."""
    plane, mode = frame.planes[0], "RGBA" if frame.format.name == "rgba" else "RGB"
    return Image.frombuffer(mode, (frame.width, frame.height), bytes(plane), "raw", mode, plane.line_size, 1)


def _turn(frame: av.VideoFrame) -> Image.Transpose | None:
    try:
        matrix = cast("Any", frame.side_data).get(SideData.DISPLAYMATRIX)
    except ValueError:  # PyAV 18 does not know all that FFmpeg 8.1 puts beside a picture, such as Exif
        return None
    return orientation.of_matrix(None if matrix is None else bytes(matrix))


def _transfer(frame: av.VideoFrame) -> cubes.Transfer:
    curve = int(frame.color_trc)
    return "PQ" if curve == _PQ else "HLG" if curve == _HLG else "SDR"


def _colours(frame: av.VideoFrame) -> tuple[str, bool, cubes.Transfer, cubes.Primaries]:
    """Matrix (FFmpeg's name), whether the range is full, transfer and primaries, with what players assume where the
    file does not say."""
    name = frame.format.name
    matrix = int(frame.colorspace)
    transfer = _transfer(frame)
    told = int(frame.color_primaries)
    primaries: cubes.Primaries = "BT.2020" if told == _BT2020 else "P3" if told in _P3 else "BT.709"
    if transfer != "SDR" and told == _UNSPECIFIED:
        primaries = "BT.2020"
    if matrix in (_RGB_MATRIX, _UNSPECIFIED):
        matrix = 1 if frame.height >= _HD_ROWS else 5
        matrix = 9 if primaries == "BT.2020" else matrix
    words = {1: "bt709", 4: "fcc", 7: "smpte240m", 9: "bt2020", 10: "bt2020"}
    full = int(frame.color_range) == _FULL_RANGE or name.startswith(
        ("yuvj", "rgb", "bgr", "gbr", "argb", "abgr", "pal")
    )
    return words.get(matrix, "bt601"), full, transfer, primaries


def _rate(stream: VideoStream) -> Fraction | None:
    for rate in (stream.average_rate, stream.guessed_rate):
        if rate is not None and 0 < rate <= MAX_FPS:
            return Fraction(rate)
    return None


def _square(width: int, height: int, ratio: Fraction | None) -> tuple[int, int]:
    """The size with square pixels; the shorter side grows, absurd ratios are ignored."""
    if not ratio or ratio == 1 or not Fraction(1, 4) <= ratio <= 4:
        return width, height
    return (round(width * ratio), height) if ratio > 1 else (width, round(height / ratio))


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise Unreadable("Its pictures have no size.")
    if width * height > MAX_FRAME_PIXELS:
        raise Unreadable(f"A film of {width}x{height} pixels is too large; 8192x4320 is the most.", TOO_LARGE)
