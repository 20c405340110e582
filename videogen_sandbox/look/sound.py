"""What a sound is like: how loud, where silent, and a picture of it, waveform over spectrogram."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.filter import Graph
from PIL import Image

from videogen_sandbox.look.containers import Decoding, duration, open_media
from videogen_sandbox.look.errors import Unreadable

HEARD = 600.0
"""Seconds that are listened to. Of longer sounds PIECES of them, spread evenly: a day takes as long as ten minutes."""

PIECES = 60

WHOLE = 60.0
"""Seconds up to which the picture is made in one piece; FFmpeg holds all of a piece in memory."""

CLOSE_UP = 10.0
"""Seconds that are shown from a wanted time."""

PICTURE_RATE = 32_000
"""Samples a second of what is drawn: the spectrogram reaches to 16 kHz."""

QUIET = 0.001
"""-60 dBFS, as FFmpeg rounds peaks: what never gets louder is no sound for anybody."""

SILENCE = -50
"""dBFS: quieter is a silence between sounds, with the noise of a room in it."""

SHORTEST_SILENCE = 0.5
"""Seconds. Shorter ones are pauses of speech."""

SILENCES = 6
"""That are told of one sound."""

_USUAL = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
"""What channels mean where a file does not say. Of more of them, the first two are heard."""

_SHORTEST = 4_096
"""Samples of a spectrogram's first column; of fewer FFmpeg makes no picture."""

_MEASURED = 19_200
"""Samples at 48 kHz: one block of EBU R 128. Shorter sounds get silence after them, or a click would be no sound."""

_SPREAD = 10.0
"""Seconds. The loudness range of a shorter sound is that of its beginning and end."""

_WAVE = "0x818cf8|0xf0abfc"
_SIZE = (960, 160, 256)
"""Width, height of the waveform, height of the spectrogram, in pixels."""


@dataclass(frozen=True)
class Heard:
    """A sound. Levels are None where it is silent or too short to tell (0.4 s)."""

    codec: str
    channels: int
    sample_rate: int
    duration: float | None
    loudness: float | None
    """LUFS, integrated (EBU R 128)."""
    loudness_range: float | None
    """LU."""
    true_peak: float | None
    """dBTP."""
    silences: tuple[tuple[float, float], ...]
    """From and to in seconds; empty for sounds that were heard in pieces."""
    heard: float
    """Seconds that were listened to."""
    begin: float
    """Seconds; where the picture begins."""
    shown: float
    """Seconds that the picture shows, from left to right."""
    broken: bool
    waves: Image.Image
    spectrum: Image.Image

    @property
    def silent(self) -> bool:
        """Whether there is nothing to hear."""
        return self.true_peak is None or self.true_peak <= 20 * math.log10(QUIET)


def hear(path: Path, at: float | None = None) -> Heard:
    """Listen to the first sound track that can be decoded, or to CLOSE_UP seconds of it from `at` on.

    Raise Unreadable when there is none.
    """
    with open_media(path) as container:
        if not container.streams.audio:
            raise Unreadable("It has no sound.")
        for number in range(len(container.streams.audio)):
            # filters do not take every form of sound
            with (
                TemporaryDirectory(prefix="videogen-look-") as folder,
                open_media(path) as opened,
                suppress(av.FFmpegError),
            ):
                stream = opened.streams.audio[number]
                if stream.codec_context is not None and (heard := _hear(opened, stream, at, Path(folder))) is not None:
                    return heard
    raise Unreadable("No sound in it can be decoded.")


def _hear(container: InputContainer, stream: AudioStream, at: float | None, folder: Path) -> Heard | None:
    length = duration(container, stream)
    pieces = _pieces(length, at)
    decoding = Decoding(container, stream)
    meter: _Meter | None = None
    waves, spectrum = Image.new("RGB", _SIZE[:2]), Image.new("RGB", (_SIZE[0], _SIZE[2]))
    frames = decoding.frames()
    start: float | None = None
    seeking = at is not None or (length or 0.0) > HEARD
    end = held = None
    for number, (begin, seconds) in enumerate(pieces):
        drawing: _Drawing | None = None
        if seeking and start is not None and begin > 0:
            decoding.seek(start + begin)
            frames, held = decoding.frames(), None
        while (frame := held or next(frames, None)) is not None:
            held = None
            time = float(frame.pts * frame.time_base) if frame.pts is not None else (start or 0.0) + (end or 0.0)
            if start is None:
                start = time
                if seeking and begin > 0:
                    decoding.seek(start + begin)
                    frames = decoding.frames()
                    continue
            time -= start
            if time >= begin + seconds:
                held = None if seeking else frame
                break
            end = time + frame.samples / frame.sample_rate
            if end <= begin:
                continue
            meter = meter or _Meter(frame, folder)
            drawing = drawing or _Drawing(frame, _columns(number, len(pieces)))
            try:
                meter.take(frame)
                drawing.take(frame)
            except av.FFmpegError:  # its form changed on the way
                decoding.broken = True
        if drawing is not None:
            left = _edge(number, len(pieces))
            for sheet, part in zip((waves, spectrum), drawing.finish(), strict=True):
                sheet.paste(part, (left, 0))
    if meter is None:
        return None
    meter.finish()
    shown = CLOSE_UP if at is not None else length if seeking else end
    return Heard(
        codec=stream.codec_context.codec.canonical_name,
        channels=stream.codec_context.channels,
        sample_rate=stream.codec_context.sample_rate,
        duration=length if seeking or decoding.broken else end,
        loudness=meter.loudness,
        loudness_range=meter.loudness_range,
        true_peak=meter.true_peak,
        silences=() if seeking else tuple(meter.silences[:SILENCES]),
        heard=meter.seconds,
        begin=at or 0.0,
        shown=shown or 0.0,
        broken=decoding.broken,
        waves=waves,
        spectrum=spectrum,
    )


def _pieces(length: float | None, at: float | None) -> list[tuple[float, float]]:
    """Begin and length in seconds of what is listened to."""
    if at is not None:
        return [(at, CLOSE_UP)]
    if length is None:
        return [(0.0, HEARD)]
    if length <= WHOLE:
        return [(0.0, math.inf)]
    step = length / PIECES
    return [(number * step, min(step, HEARD / PIECES)) for number in range(PIECES)]


def _edge(number: int, count: int) -> int:
    return round(number * _SIZE[0] / count)


def _columns(number: int, count: int) -> int:
    return _edge(number + 1, count) - _edge(number, count)


class _Meter:
    """Measures loudness, peaks and silences of the frames it takes, as one sound.

    FFmpeg writes what it measures to a file in `folder`: not every PyAV shows the metadata of sound frames.
    """

    def __init__(self, like: av.AudioFrame, folder: Path) -> None:
        self._graph = Graph()
        self._told = folder / "measured"
        chain = [
            *_source(self._graph, like),
            self._graph.add("asetpts", "N/SR/TB"),
            self._graph.add("aformat", "sample_rates=48000"),
            self._graph.add("apad", f"whole_len={_MEASURED}"),
            self._graph.add("ebur128", "metadata=1:peak=true:framelog=quiet"),
            self._graph.add("silencedetect", f"noise={SILENCE}dB:duration={SHORTEST_SILENCE}"),
            self._graph.add("ametadata", mode="print", file=self._told.as_posix(), direct="1"),
            self._graph.add("abuffersink"),
        ]
        self._graph.link_nodes(*chain).configure()
        self._last: dict[str, float] = {}
        self._peak = 0.0
        self.silences: list[tuple[float, float]] = []
        self.seconds = 0.0

    def take(self, frame: av.AudioFrame) -> None:
        """Go on with a frame."""
        self._graph.push(frame)
        self.seconds += frame.samples / frame.sample_rate
        self._drain()

    def finish(self) -> None:
        """Take in what was measured; nothing can be taken afterwards."""
        self._graph.push(None)
        self._drain()
        silent_since: float | None = None
        with self._told.open(encoding="ascii", errors="replace") as lines:
            for line in lines:
                name, _, text = line.strip().partition("=")
                if (value := _number(text)) is None:
                    continue
                self._last[name] = value
                if name == "lavfi.r128.true_peak":
                    self._peak = max(self._peak, value)
                elif name == "lavfi.silence_start":
                    silent_since = round(max(value, 0.0), 2)
                elif name == "lavfi.silence_end" and silent_since is not None:
                    self.silences.append((silent_since, round(value, 2)))
                    silent_since = None
        if silent_since is not None:
            self.silences.append((silent_since, round(self.seconds, 2)))

    @property
    def loudness(self) -> float | None:
        loudness = self._last.get("lavfi.r128.I")
        return None if loudness is None or loudness <= -70 else round(loudness, 1)

    @property
    def loudness_range(self) -> float | None:
        spread = self._last.get("lavfi.r128.LRA")
        return None if spread is None or self.loudness is None or self.seconds < _SPREAD else round(spread, 1)

    @property
    def true_peak(self) -> float | None:
        return round(20 * math.log10(self._peak), 1) if self._peak > 0 else None

    def _drain(self) -> None:
        with suppress(av.BlockingIOError, av.EOFError):  # it wants more, or this was all
            while True:
                self._graph.pull()


class _Drawing:
    """Draws the frames it takes: their waveform and their spectrogram, so many pixels wide."""

    def __init__(self, like: av.AudioFrame, width: int) -> None:
        self._graph = graph = Graph()
        source = _source(graph, like)
        # Two channels at most, and not mixed into one: opposite phases would be silence.
        layout = "mono" if like.layout.nb_channels == 1 else "stereo"
        form = graph.add("aformat", f"sample_fmts=fltp:sample_rates={PICTURE_RATE}:channel_layouts={layout}")
        padded = graph.add("apad", f"whole_len={_SHORTEST}")
        parts = graph.add("asplit", "2")
        waves = graph.add("showwavespic", f"s={width}x{_SIZE[1]}:colors={_WAVE}:filter=peak:draw=full")
        spectrum = graph.add("showspectrumpic", f"s={width}x{_SIZE[2]}:legend=0:scale=log:drange=90:color=magma")
        graph.link_nodes(*source, form, padded, parts)
        self._sinks = []
        for number, picture in enumerate((waves, spectrum)):
            sink = graph.add("buffersink")
            parts.link_to(picture, number, 0)
            picture.link_to(sink)
            self._sinks.append(sink)
        graph.configure()

    def take(self, frame: av.AudioFrame) -> None:
        """Go on with a frame."""
        self._graph.push(frame)

    def finish(self) -> tuple[Image.Image, Image.Image]:
        """Return waveform and spectrogram."""
        self._graph.push(None)
        first, second = (_image(sink.pull) for sink in self._sinks)
        return first, second


def _image(pull: Callable[[], Any]) -> Image.Image:
    frame = pull()
    image: Image.Image = frame.to_image()
    if frame.format.name == "rgba":
        image = Image.frombuffer(
            "RGBA", (frame.width, frame.height), bytes(frame.planes[0]), "raw", "RGBA", frame.planes[0].line_size, 1
        )
        paper = Image.new("RGB", image.size, "black")
        paper.paste(image, mask=image.getchannel("A"))
        return paper
    return image.convert("RGB")


def _source(graph: Graph, like: av.AudioFrame) -> list[Any]:
    """The filters through which frames like this one come in."""
    channels = like.layout.nb_channels
    layout = _USUAL.get(channels, like.layout.name) if like.layout.name == f"{channels} channels" else like.layout.name
    source = graph.add_abuffer(
        sample_rate=like.sample_rate, format=like.format.name, layout=layout, time_base=like.time_base
    )
    return [source] if channels <= max(_USUAL) else [source, graph.add("pan", "stereo|c0=c0|c1=c1")]


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
