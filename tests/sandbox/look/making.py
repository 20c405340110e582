"""Files of many kinds, good and hostile, made on the spot with values that are known."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.filter import Graph
from PIL import Image, ImageDraw

RED, GREEN, BLUE, YELLOW = (200, 40, 40), (40, 170, 60), (40, 60, 190), (220, 200, 60)

HEIC = Path(__file__).with_name("quad.heic")
"""`quad(64, 36)` in `display_p3()`, stored turned, with an irot box; encoded by pillow-heif 1.8.1 (x265)."""

Pixels = npt.NDArray[np.uint8]
Samples = npt.NDArray[np.float32]


def quad(width: int = 128, height: int = 72) -> Image.Image:
    """Red, green / blue, yellow: one colour in each corner tells how a picture was turned."""
    image = Image.new("RGB", (width, height), RED)
    draw = ImageDraw.Draw(image)
    draw.rectangle((width // 2, 0, width, height // 2 - 1), fill=GREEN)
    draw.rectangle((0, height // 2, width // 2 - 1, height), fill=BLUE)
    draw.rectangle((width // 2, height // 2, width, height), fill=YELLOW)
    return image


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """The colours of an eighth in from each corner: upper left, upper right, lower left, lower right."""
    right, low = image.width * 7 // 8, image.height * 7 // 8
    left, high = image.width // 8, image.height // 8
    places = ((left, high), (right, high), (left, low), (right, low))
    return [tuple(image.convert("RGB").getpixel(place)) for place in places]  # type: ignore[arg-type]


def near(found: Iterable[Sequence[int]], wanted: Iterable[Sequence[int]], tolerance: int = 6) -> bool:
    """Whether colours are the same but for what encoders change."""
    pairs = zip(found, wanted, strict=True)
    return all(abs(a - b) <= tolerance for one, other in pairs for a, b in zip(one, other, strict=True))


def film(
    path: Path,
    frames: Iterable[Image.Image | av.VideoFrame],
    *,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    rate: int = 25,
    options: Mapping[str, str] | None = None,
    prepare: Callable[[Any], None] | None = None,
    sound: Samples | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Path:
    """A film of pictures (BT.709, limited range) or of frames as they are. `prepare` gets the stream before it opens.

    `sound` is mono at 48 kHz.
    """
    with av.open(str(path), "w", options={"movflags": "faststart"} if path.suffix == ".mp4" else {}) as container:
        stream: Any = container.add_stream(codec, rate=rate, options=dict(options or {}))
        stream.pix_fmt = pixels
        stream.metadata.update(metadata or {})
        track: Any = container.add_stream("aac", rate=48_000, layout="mono") if sound is not None else None
        begun = False
        for number, picture in enumerate(frames):
            frame = picture if isinstance(picture, av.VideoFrame) else in_709(picture, pixels)
            if not begun:
                begun = True
                stream.width, stream.height = frame.width, frame.height
                stream.codec_context.color_range = frame.color_range
                stream.codec_context.colorspace = frame.colorspace
                stream.codec_context.color_trc = frame.color_trc
                stream.codec_context.color_primaries = frame.color_primaries
                if prepare is not None:
                    prepare(stream)
            frame.pts, frame.time_base = number, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if track is not None and sound is not None:
            _encode(container, track, sound)
    return path


def in_709(image: Image.Image, pixels: str = "yuv420p") -> av.VideoFrame:
    """A picture as a frame of a film in BT.709, limited range."""
    drawn = av.VideoFrame.from_ndarray(np.array(image), format="rgba" if image.mode == "RGBA" else "rgb24")
    frame: av.VideoFrame = drawn.reformat(format=pixels, dst_colorspace=1, dst_color_range=1)
    frame.colorspace, frame.color_range = 1, 1
    return frame


def _encode(container: Any, stream: Any, sound: Samples) -> None:
    frame = av.AudioFrame.from_ndarray(sound.reshape(1, -1), format="flt", layout="mono")
    frame.sample_rate = 48_000
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=48_000, frame_size=1_024)
    for piece in [*resampler.resample(frame), *resampler.resample(None)]:
        container.mux(stream.encode(piece))
    container.mux(stream.encode(None))


def sine(seconds: float, level: float = 0.5, frequency: float = 1_000.0) -> Samples:
    """Mono at 48 kHz."""
    time = np.arange(round(seconds * 48_000)) / 48_000
    return (level * np.sin(2 * np.pi * frequency * time)).astype(np.float32)


def silence(seconds: float) -> Samples:
    """Mono at 48 kHz."""
    return np.zeros(round(seconds * 48_000), np.float32)


def wav(path: Path, *channels: Samples, rate: int = 48_000) -> Path:
    """A WAV of 32-bit floats."""
    data = np.stack(channels, axis=1).astype("<f4").tobytes()
    width = 4 * len(channels)
    head = struct.pack("<HHIIHH", 3, len(channels), rate, rate * width, width, 32)
    body = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


def two_tracks(path: Path) -> Path:
    """A MOV with two sound tracks of a second, 9,000 high the second; the codec of the first is one of the future."""
    with av.open(str(path), "w") as container:
        tracks: Any = [container.add_stream("pcm_s16le", rate=8_000, layout="mono") for _ in range(2)]
        for track, level in zip(tracks, (3_000, 9_000), strict=True):
            frame = av.AudioFrame.from_ndarray(np.full((1, 8_000), level, np.int16), format="s16", layout="mono")
            frame.sample_rate = 8_000
            container.mux([*track.encode(frame), *track.encode(None)])
    path.write_bytes(path.read_bytes().replace(b"sowt", b"apac", 1))
    return path


def day_of_silence(path: Path, hours: float = 24.0) -> Path:
    """A FLAC of a few MB whose sound lasts a day: two seconds at 8 kHz are encoded, and their frames copied."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("flac", rate=8_000, layout="mono")
        stream.format = "s16"
        graph = Graph()
        source = graph.add("anullsrc", "channel_layout=mono:sample_rate=8000:nb_samples=32768")
        graph.link_nodes(source, graph.add("aformat", "sample_fmts=s16"), graph.add("abuffersink")).configure()
        for _ in range(round(hours * 3_600 * 8_000 / 32_768)):
            frame: Any = graph.pull()
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def png_bomb(path: Path, side: int, depth: int = 1) -> Path:
    """A small PNG that says it has `side` x `side` pixels, and has them: grey of `depth` bits each, all zero."""
    row = bytes(1 + side * depth // 8)
    packer = zlib.compressobj(1)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, depth, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b""))
    return path


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def display_p3() -> bytes:
    """An ICC profile: primaries of P3 (adapted to D50), gamma 2.2."""
    return _matrix_profile(((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407)), 2.2)


def _matrix_profile(columns: Sequence[Sequence[float]], gamma: float) -> bytes:
    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65_536) for value in values))

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))
    name = b"P3\0"
    tags = [
        (b"desc", b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + bytes(78)),
        (b"wtpt", xyz(0.9642, 1, 0.8249)),
        *((letter + b"XYZ", xyz(*column)) for letter, column in zip((b"r", b"g", b"b"), columns, strict=True)),
        *((letter + b"TRC", curve) for letter in (b"r", b"g", b"b")),
        (b"cprt", b"text\0\0\0\0x\0"),
    ]
    at, table, body = 132 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for tag, data in tags:
        data += bytes(-len(data) % 4)
        table += tag + struct.pack(">II", at + len(body), len(data))
        body += data
    head = struct.pack(
        ">I4s4s4s4s4s6H", at + len(body), b"lcms", b"\x02\x40\0\0", b"mntr", b"RGB ", b"XYZ ", 2026, 1, 1, 0, 0, 0
    )
    return (head + b"acsp" + bytes(28) + struct.pack(">3i", 63_190, 65_536, 54_061)).ljust(128, b"\0") + table + body


def hdr_frame(image: Image.Image, transfer: str) -> av.VideoFrame:
    """A picture as HDR has it, white being 203 cd/m² (ITU-R BT.2408): 10 bits, BT.2020, limited range.

    The formulas are those of ITU-R BT.2100, forwards; the reader has them backwards.
    """
    values = np.asarray(image, np.float64) / 255
    light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    light = light @ np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]).T
    weights = np.array([0.2627, 0.6780, 0.0593])
    if transfer == "PQ":
        power = np.clip(light * 0.0203, 0, 1) ** 0.1593017578125
        signal = ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375
    else:
        shown = np.clip(light * 0.203, 0, 1)
        scene = shown * np.maximum((shown @ weights)[..., None], 1e-6) ** (1 / 1.2 - 1)
        high = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
        signal = np.where(scene <= 1 / 12, np.sqrt(3 * scene), high)
    luma = signal @ weights
    planes = [np.round((219 * luma + 16) * 4)]
    for channel, scale in ((2, 1.8814), (0, 1.4746)):
        planes.append(np.round((224 * ((signal[..., channel] - luma) / scale)[::2, ::2] + 128) * 4))
    frame = av.VideoFrame(image.width, image.height, "yuv420p10le")
    for plane, values in zip(frame.planes, planes, strict=True):
        rows = np.zeros((plane.height, plane.line_size // 2), "<u2")
        rows[:, : plane.width] = values
        plane.update(rows.tobytes())
    frame.colorspace, frame.color_range, frame.color_primaries = 9, 1, 9
    frame.color_trc = {"PQ": 16, "HLG": 18}[transfer]
    return frame


def hdr_film(path: Path, image: Image.Image, transfer: str) -> Path:
    """A film of one picture in HDR ("PQ" or "HLG"), 10 bits a sample.

    Phones make HEVC; what its encoder wrote could not always be put into an MP4.
    """
    options = {"crf": "4", "preset": "ultrafast"}
    return film(path, [hdr_frame(image, transfer)], pixels="yuv420p10le", options=options)
