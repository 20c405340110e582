"""Writes the films and sounds of all engines: H.264 MP4, VP9 WebM with alpha, M4A and WAV.

What is written here plays in every current browser, starts before it is loaded (moov first) and is the same to the
byte for the same pictures: the number of encoder threads is fixed, because x264 decides differently with others.
"""

from __future__ import annotations

import wave
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Literal, cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream

from videogen_sandbox.engines.media.decode import Picture, Sound

SOUND_RATE = 48_000
"""Samples a second of every sound track written (what AAC encoders and browsers are happiest with)."""

BIT_RATES = {1: 128_000, 2: 256_000}
"""Bits a second by channels: at 160,000 FFmpeg's encoder blurs the consonants of speech over music."""

KEY_FRAME_SECONDS = 2
"""Seconds between key frames: HLS can cut only there, and players seek there."""

_THREADS = 2
_AHEAD = 3
"""Pictures that may wait for the encoder; each is 2.7 MB at 720p."""

_SOUND_BLOCK = 4_096

MP4 = {"movflags": "+faststart"}

_WEBM = {"fflags": "+bitexact"}
"""Without it every WebM gets a random identity."""


class VideoWriter:
    """Writes pictures, and a sound track if given, as a film. Use it as a context manager.

    width, height: pixels of the pictures; odd ones are padded by a repeated line, since 4:2:0 needs even sizes.
    fps: pictures a second. sound: samples (mono) or samples x 2 at `SOUND_RATE`; it is written along with the pictures
    and neither shortened nor stretched. crf: 0 (lossless) to 51; 20 for originals, 23 for previews.
    form "mp4" takes RGB; "webm-alpha" takes RGBA and writes VP9 whose transparency browsers show.
    When the block raises, the unfinished file is removed.
    """

    def __init__(
        self,
        path: Path,
        *,
        width: int,
        height: int,
        fps: Fraction | int,
        sound: Sound | None = None,
        crf: int = 20,
        preset: str = "veryfast",
        form: Literal["mp4", "webm-alpha"] = "mp4",
    ) -> None:
        self.path = path
        self.width, self.height = width, height
        self.written = 0
        self._fps = Fraction(fps)
        self._padded = (height + height % 2, width + width % 2)
        self._form = form
        self._container = av.open(str(path), "w", options=MP4 if form == "mp4" else _WEBM)
        self._video = self._h264(crf, preset) if form == "mp4" else self._vp9(crf)
        self._sound = None if sound is None else _two_dimensional(sound)
        self._sounded = 0
        self._encoder = ThreadPoolExecutor(max_workers=1, thread_name_prefix="encoder")
        self._waiting: deque[Future[None]] = deque()
        if self._sound is not None:
            self._audio = _audio_stream(self._container, "aac" if form == "mp4" else "libopus", self._sound.shape[1])

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            if kind is None:
                self._finish()
        except BaseException:
            kind = BaseException
            raise
        finally:
            self._encoder.shutdown(cancel_futures=True)
            self._container.close()
            if kind is not None:
                self.path.unlink(missing_ok=True)

    def write(self, picture: Picture) -> None:
        """Append one picture of the size given before. It may be changed or thrown away afterwards."""
        channels = 3 if self._form == "mp4" else 4
        if picture.shape != (self.height, self.width, channels):
            raise ValueError(f"a picture of shape {picture.shape} in a film of {(self.width, self.height)}")
        self._append(_taken(self._even(picture)))

    def write_planes(self, planes: Planes) -> None:
        """Append a picture already in the encoder's colours, see `planes`; for films that change only in parts."""
        if planes.size != (self.width, self.height):
            raise ValueError(f"a picture of {planes.size} in a film of {(self.width, self.height)}")
        frame = av.VideoFrame.from_ndarray(planes.rows, format="yuv420p")
        frame.colorspace, frame.color_range = Colorspace.ITU709, ColorRange.MPEG
        self._append(frame)

    def _append(self, frame: av.VideoFrame) -> None:
        """Hand a frame to the encoder, which works on the last ones while the caller makes the next."""
        self._waiting.append(self._encoder.submit(self._encode, frame, self.written))
        self.written += 1
        while len(self._waiting) > _AHEAD:
            self._waiting.popleft().result()

    def _encode(self, frame: av.VideoFrame, number: int) -> None:
        if frame.format.name not in ("yuv420p", "yuva420p"):
            frame = _converted(frame)
        frame.pts = number
        frame.time_base = 1 / self._fps
        self._container.mux(self._video.encode(frame))
        if self._sound is not None:
            self._write_sound(int((number + 1) / self._fps * SOUND_RATE))

    def _finish(self) -> None:
        while self._waiting:
            self._waiting.popleft().result()
        self._container.mux(self._video.encode(None))
        if self._sound is not None:
            self._write_sound(len(self._sound))
            self._container.mux(self._audio.encode(None))

    def _even(self, picture: Picture) -> Picture:
        rows, columns = self._padded[0] - self.height, self._padded[1] - self.width
        if rows or columns:
            return np.pad(picture, ((0, rows), (0, columns), (0, 0)), mode="edge")
        return picture

    def _h264(self, crf: int, preset: str) -> VideoStream:
        group = max(1, round(KEY_FRAME_SECONDS * self._fps))
        stream = self._container.add_stream("libx264", rate=self._fps)
        stream.pix_fmt = "yuv420p"
        stream.options = {
            "crf": str(crf),
            "preset": preset,
            "profile": "high",
            "sc_threshold": "0",
            "threads": str(_THREADS),
            "g": str(group),
            "keyint_min": str(group),
            "mbtree": str(int(self._rows_fit_mbtree())),
        }
        return self._sized(stream)

    def _rows_fit_mbtree(self) -> bool:
        """Whether x264 may spread quality over time ("mbtree") and still give the same bytes each time.

        Its vector code takes eight blocks of 16 pixels at once and reads on beyond the row where that does not come
        out even: into memory that holds whatever was there before (seen with x264 in PyAV 18.1, 720x1280 among others).
        """
        blocks = -(-self._padded[1] // 16)
        return blocks % 8 == 0

    def _vp9(self, crf: int) -> VideoStream:
        stream = self._container.add_stream("libvpx-vp9", rate=self._fps)
        stream.pix_fmt = "yuva420p"
        stream.codec_context.bit_rate = 0
        stream.options = {
            "crf": str(crf),
            "deadline": "realtime",
            "cpu-used": "8",
            "row-mt": "1",
            "auto-alt-ref": "0",
            "threads": str(_THREADS),
        }
        stream.metadata["alpha_mode"] = "1"
        return self._sized(stream)

    def _sized(self, stream: VideoStream) -> VideoStream:
        stream.height, stream.width = self._padded
        context = stream.codec_context
        context.time_base = 1 / self._fps
        context.color_range = ColorRange.MPEG
        context.colorspace = Colorspace.ITU709
        context.color_primaries = ColorPrimaries.BT709
        context.color_trc = ColorTrc.BT709
        return stream

    def _write_sound(self, until: int) -> None:
        assert self._sound is not None
        while self._sounded < min(until, len(self._sound)):
            block = self._sound[self._sounded : self._sounded + _SOUND_BLOCK]
            self._container.mux(self._audio.encode(_audio_frame(block, self._sounded)))
            self._sounded += len(block)


class Planes:
    """A picture as the encoder takes it: brightness, and the two colours at half the size (4:2:0, BT.709)."""

    def __init__(self, rows: Picture, width: int, height: int) -> None:
        self.rows, self.size = rows, (width, height)
        flat, full, half = rows.reshape(-1), width * height, width * height // 4
        self.bright = flat[:full].reshape(height, width)
        self.blue = flat[full : full + half].reshape(height // 2, width // 2)
        self.red = flat[full + half :].reshape(height // 2, width // 2)

    def with_part(self, part: Planes, left: int, top: int) -> Planes:
        """Return a copy in which `part` is laid at even `left`, `top`."""
        whole = Planes(self.rows.copy(), *self.size)
        width, height = part.size
        whole.bright[top : top + height, left : left + width] = part.bright
        left, top, width, height = left // 2, top // 2, width // 2, height // 2
        whole.blue[top : top + height, left : left + width] = part.blue
        whole.red[top : top + height, left : left + width] = part.red
        return whole


def planes(picture: Picture) -> Planes:
    """Return an RGB picture with even sides in the encoder's colours."""
    height, width = picture.shape[:2]
    return Planes(np.asarray(_converted(_taken(picture)).to_ndarray(), np.uint8), width, height)


def write_m4a(path: Path, sound: Sound) -> Path:
    """Write AAC in an M4A that can start before it is loaded. `sound` at `SOUND_RATE`, mono or samples x 2."""
    samples = _two_dimensional(sound)
    with av.open(str(path), "w", format="ipod", options=MP4) as container:
        stream = _audio_stream(container, "aac", samples.shape[1])
        for start in range(0, len(samples), _SOUND_BLOCK):
            container.mux(stream.encode(_audio_frame(samples[start : start + _SOUND_BLOCK], start)))
        container.mux(stream.encode(None))
    return path


def write_wav(path: Path, sound: Sound, rate: int) -> Path:
    """Write 16-bit PCM; samples beyond -1..1 are clipped."""
    samples = _two_dimensional(sound)
    whole = np.round(np.clip(samples, -1.0, 1.0) * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(whole.tobytes())
    return path


def _taken(picture: Picture) -> av.VideoFrame:
    """A copy of the picture as a frame."""
    return av.VideoFrame.from_ndarray(
        np.ascontiguousarray(picture), format="rgba" if picture.shape[2] == 4 else "rgb24"
    )


def _converted(frame: av.VideoFrame) -> av.VideoFrame:
    return frame.reformat(
        format="yuva420p" if frame.format.name == "rgba" else "yuv420p",
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
    )


def _two_dimensional(sound: Sound) -> Sound:
    samples = sound[:, None] if sound.ndim == 1 else sound
    if samples.ndim != 2 or samples.shape[1] not in (1, 2):
        raise ValueError(f"sound must be mono or samples x 2, not {sound.shape}")
    return samples.astype(np.float32, copy=False)


def _audio_stream(container: av.container.OutputContainer, codec: str, channels: int) -> AudioStream:
    stream = cast(AudioStream, container.add_stream(codec, rate=SOUND_RATE))
    stream.layout = "mono" if channels == 1 else "stereo"
    stream.bit_rate = BIT_RATES[channels]
    stream.codec_context.time_base = Fraction(1, SOUND_RATE)
    return stream


def _audio_frame(samples: Sound, start: int) -> av.AudioFrame:
    flat = np.ascontiguousarray(np.clip(samples, -1.0, 1.0)).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(flat, format="flt", layout="mono" if samples.shape[1] == 1 else "stereo")
    frame.sample_rate = SOUND_RATE
    frame.pts = start
    frame.time_base = Fraction(1, SOUND_RATE)
    return frame
