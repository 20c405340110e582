"""Pictures, films and sounds of random kinds, and what a person sees and hears in each. A number gives the same file.

A picture shows `making.quad`, a film the same for all its time, a sound has one tone.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
from PIL import Image, ImageCms

from tests.sandbox.look.making import display_p3, quad

Kind = Literal["IMAGE", "VIDEO", "AUDIO"]
Random = np.random.Generator


@dataclass(frozen=True)
class Sample:
    """A file, how it was made (in words, for those who read of a failed test), and what it is."""

    path: Path
    kind: Kind
    about: str
    size: tuple[int, int] = (0, 0)
    """Width and height as shown."""
    seconds: float = 0.0
    grey: bool = False
    clear: bool = False
    """Whether the upper left quarter is transparent."""
    tone: float = 0.0
    """Hz; 0 where there is no sound."""
    begins: float = 0.0
    """Seconds after the pictures at which the sound does."""
    cut: bool = False
    more: bool = False
    """Whether bytes that mean nothing follow."""


def sample(number: int, folder: Path) -> Sample:
    """Return the file with a number, made in `folder`: pictures, films and sounds in turn, a third of them cut off."""
    random = np.random.default_rng((11, number))
    made = (_picture, _film, _sound)[number % 3](random, folder)
    change = random.random()
    data = made.path.read_bytes()
    if change < 0.3:
        share = float(random.uniform(0.02, 0.99))
        made.path.write_bytes(data[: int(len(data) * share)])
        return replace(made, cut=True, about=f"{made.about}, cut to {share:.0%}")
    if change < 0.4 and made.path.suffix not in BARE:
        made.path.write_bytes(data + b"\n<!-- from the cache of a web server -->" * 20)
        return replace(made, more=True, about=f"{made.about}, with more behind it")
    return made


BARE = frozenset({".mp3", ".aac", ".ac3", ".mp2", ".amr", ".gsm", ".flac", ".ogg", ".wv", ".au", ".ivf", ".ts", ".mpg"})
"""Formats without an end: what follows belongs to them."""


def _one_of(random: Random, choices: Sequence[Any]) -> Any:
    return choices[int(random.integers(len(choices)))]


# --- pictures -------------------------------------------------------------------------------------------------------

PICTURES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("png", ("RGB", "RGBA", "P", "L", "LA", "I;16")),
    ("jpg", ("RGB", "L", "CMYK", "progressive")),
    ("webp", ("RGB", "RGBA", "lossless")),
    ("tif", ("RGB", "RGBA", "CMYK", "L", "F", "I;16", "P")),
    ("gif", ("P",)),
    ("bmp", ("RGB", "P", "L")),
    ("avif", ("RGB", "RGBA")),
    ("jp2", ("RGB", "L")),
    ("ppm", ("RGB", "L")),
    ("ico", ("RGBA",)),
)
ORIENTED = ("jpg", "png", "webp", "tif")
PROFILED = ("jpg", "png", "webp", "tif")

_STORED = (
    *(None, Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180, Image.Transpose.FLIP_TOP_BOTTOM),
    *(Image.Transpose.TRANSPOSE, Image.Transpose.ROTATE_90, Image.Transpose.TRANSVERSE, Image.Transpose.ROTATE_270),
)
"""How a picture is stored that Exif's orientation 1 to 8 turns upright (Exif 2.3, tag 274)."""


def _picture(random: Random, folder: Path) -> Sample:
    ending, modes = _one_of(random, PICTURES)
    mode = _one_of(random, modes)
    width, height = (int(random.integers(12, 60)) * 2 for _ in range(2))
    if ending == "ico":
        width = height = 64
    image, words = quad(width, height), [ending, mode, f"{width}x{height}"]
    options: dict[str, Any] = {}
    if ending in PROFILED and mode in ("RGB", "progressive") and random.random() < 0.4:
        profile = display_p3()
        wide = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        image = ImageCms.profileToProfile(image, ImageCms.createProfile("sRGB"), wide) or image
        options["icc_profile"] = profile if random.random() < 0.7 else profile[:90]
        broken = len(options["icc_profile"]) < len(profile)
        image = quad(width, height) if broken else image
        words.append("broken profile" if broken else "Display P3")
    orientation = int(random.integers(1, 9)) if ending in ORIENTED and mode != "F" else 1
    if orientation > 1:
        stored = _STORED[orientation - 1]
        image = image if stored is None else image.transpose(stored)
        exif = Image.Exif()
        exif[274] = orientation
        options["exif"] = exif
        words.append(f"orientation {orientation}")
    clear = mode in ("RGBA", "LA") and orientation == 1
    image = _in_mode(image, mode, clear)
    options |= {"quality": 95} if ending in ("jpg", "webp", "avif") else {}
    options |= {mode: True} if mode in ("progressive", "lossless") else {}
    path = folder / f"picture.{ending}"
    image.save(path, **options)
    return Sample(path, "IMAGE", ", ".join(words), (width, height), grey=mode in GREY, clear=clear)


GREY = ("L", "LA", "I;16", "F")


def _in_mode(image: Image.Image, mode: str, clear: bool) -> Image.Image:
    if mode in ("I;16", "F"):
        grey = np.asarray(image.convert("L"))
        return Image.fromarray(grey.astype(np.uint16) * 257 if mode == "I;16" else grey.astype(np.float32) / 255)
    if mode == "P":
        return image.quantize(16)
    if mode in ("RGBA", "LA"):
        image = image.convert(mode)
        if clear:
            image.paste(0, (0, 0, image.width // 2, image.height // 2))
        return image
    return image.convert(mode) if mode in ("L", "CMYK") else image


# --- films ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FilmKind:
    """A container with a codec: pixel formats, and what can be varied in it."""

    ending: str
    codec: str
    pixels: tuple[str, ...]
    sounds: tuple[str, ...] = ()
    turned: bool = False
    squeezed: bool = False
    timed: bool = False
    """Whether pictures may come at any time."""
    tagged: bool = False
    """Whether matrix and range are told."""
    usual_rates: bool = False
    size: tuple[int, int] | None = None
    options: dict[str, str] = field(default_factory=dict)


H264 = {"preset": "ultrafast", "crf": "8"}
VPX = {"crf": "8", "b": "0", "deadline": "realtime", "cpu-used": "8", "auto-alt-ref": "0"}
FINE = {"qscale": "2"}
_MP4 = ("aac", "ac3")

FILMS: tuple[FilmKind, ...] = (
    FilmKind("mp4", "libx264", ("yuv420p", "yuv422p", "yuv420p10le"), _MP4, True, True, True, True, options=H264),
    FilmKind("mp4", "mpeg4", ("yuv420p",), _MP4, turned=True, usual_rates=True),
    FilmKind("mp4", "libvpx-vp9", ("yuv420p",), ("aac", "libopus"), turned=True, timed=True, tagged=True, options=VPX),
    FilmKind("mov", "libx264", ("yuv420p", "yuv444p"), ("alac", "pcm_s16le"), True, True, True, True, options=H264),
    FilmKind("mov", "prores_ks", ("yuv422p10le", "yuva444p10le"), ("pcm_s24le",), turned=True, squeezed=True),
    FilmKind("mov", "qtrle", ("rgb24", "argb")),
    FilmKind("mov", "png", ("rgb24", "rgba"), turned=True),
    FilmKind("mov", "mjpeg", ("yuvj420p", "yuvj422p"), ("pcm_mulaw",), options=FINE),
    FilmKind(
        "mkv", "libx264", ("yuv420p", "yuv444p"), ("flac", "libmp3lame"), squeezed=True, tagged=True, options=H264
    ),
    FilmKind("mkv", "ffv1", ("yuv420p", "yuv422p10le", "bgra"), ("pcm_f32le",), timed=True),
    FilmKind("webm", "libvpx", ("yuv420p", "yuva420p"), ("libopus",), timed=True, options=VPX),
    FilmKind("webm", "libvpx-vp9", ("yuv420p", "yuva420p"), ("libopus",), timed=True, tagged=True, options=VPX),
    FilmKind("avi", "mpeg4", ("yuv420p",), ("libmp3lame", "pcm_s16le"), usual_rates=True),
    FilmKind("avi", "huffyuv", ("yuv422p", "rgb24"), ("pcm_u8",)),
    FilmKind("avi", "rawvideo", ("yuv420p", "bgr24")),
    FilmKind("avi", "mjpeg", ("yuvj420p",), ("adpcm_ms",), options=FINE),
    FilmKind("ts", "mpeg2video", ("yuv420p",), ("mp2", "ac3"), usual_rates=True, options=FINE),
    FilmKind("ts", "libx264", ("yuv420p",), ("aac",), tagged=True, options=H264),
    FilmKind("flv", "flv1", ("yuv420p",), ("libmp3lame",), options=FINE),
    FilmKind("wmv", "wmv2", ("yuv420p",), ("wmav2",), options=FINE),
    FilmKind("mpg", "mpeg1video", ("yuv420p",), ("mp2",), usual_rates=True, options=FINE),
    FilmKind("mxf", "mpeg2video", ("yuv422p",), ("pcm_s16le",), usual_rates=True, options=FINE),
    FilmKind("3gp", "h263", ("yuv420p",), ("libopencore_amrnb", "aac"), True, size=(176, 144), options=FINE),
    FilmKind("ivf", "libvpx-vp9", ("yuv420p",), options=VPX),
)
CLEAR = ("argb", "rgba", "bgra", "yuva420p", "yuva444p10le")
ANY_RATE = (Fraction(5), Fraction(24), Fraction(25), Fraction(30_000, 1_001), Fraction(50), Fraction(60))
FORM = {"wmv": "asf", "mkv": "matroska", "ts": "mpegts", "mpg": "mpeg"}

T = 1 << 16
_MATRICES: dict[Image.Transpose | None, tuple[int, int, int, int]] = {
    None: (T, 0, 0, T),
    Image.Transpose.ROTATE_90: (0, T, -T, 0),
    Image.Transpose.ROTATE_180: (-T, 0, 0, -T),
    Image.Transpose.ROTATE_270: (0, -T, T, 0),
    Image.Transpose.FLIP_LEFT_RIGHT: (-T, 0, 0, T),
    Image.Transpose.FLIP_TOP_BOTTOM: (T, 0, 0, -T),
}
"""How pictures are stored that a display matrix (a, b, c, d) turns upright."""


def _film(random: Random, folder: Path) -> Sample:
    if random.random() < 0.12:
        return _animation(random, folder)
    kind: FilmKind = _one_of(random, FILMS)
    pixels = _one_of(random, kind.pixels)
    width, height = kind.size or tuple(int(random.integers(16, 48)) * 4 for _ in range(2))
    rate = _one_of(random, ANY_RATE[1:5] if kind.usual_rates or kind.ending == "mxf" else ANY_RATE)
    stored = _one_of(random, list(_MATRICES)) if kind.turned else None
    ratio = _one_of(random, (1, 1, Fraction(4, 3), Fraction(3, 4))) if kind.squeezed else 1
    ratio = ratio if kind.codec != "h263" else Fraction(12, 11)  # of all its pictures (ITU-T H.263)
    matrix, full = (_one_of(random, (1, 5)), random.random() < 0.3) if kind.tagged else (5, False)
    sound = _one_of(random, kind.sounds) if kind.sounds and random.random() < 0.7 else None
    count = max(int(random.integers(2, 12)), 6 if kind.ending == "ts" else 0)  # of fewer packets nobody knows the kind
    stamps = _stamps(random, kind.timed, count, rate)
    shown = (width, height) if stored is None else quad(width, height).transpose(stored).size
    clear = pixels in CLEAR
    image = _in_mode(quad(*shown), "RGBA" if clear else "RGB", clear)
    image = image if stored is None else image.transpose(stored)
    path = folder / f"film.{kind.ending}"
    with av.open(str(path), "w", format=FORM.get(kind.ending)) as container:
        stream: Any = container.add_stream(kind.codec, rate=rate, options=dict(kind.options))
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        context = stream.codec_context
        if "qscale" in kind.options:
            context.flags |= av.codec.context.Flags.qscale
            context.global_quality = 2 * 118  # FF_QP2LAMBDA
        if kind.tagged:
            context.colorspace, context.color_range = matrix, 2 if full else 1
        if kind.timed:
            context.time_base = Fraction(1, 1_000)
        if ratio != 1:
            context.sample_aspect_ratio = ratio
        if stored is not None:
            a, b, c, d = _MATRICES[stored]
            stream.set_display_matrix([a, b, 0, c, d, 0, 0, 0, 1 << 30])
        if clear and kind.ending == "webm":
            stream.metadata["alpha_mode"] = "1"
        track = _track(container, sound, random) if sound else None
        for stamp in stamps:
            frame = av.VideoFrame.from_ndarray(np.array(image), format="rgba" if clear else "rgb24")
            wide = pixels.startswith(("yuvj", "rgb", "bgr", "argb"))
            frame = frame.reformat(format=pixels, dst_colorspace=matrix, dst_color_range=2 if full or wide else 1)
            frame.pts, frame.time_base = (
                round(stamp * 1_000) if kind.timed else round(stamp * rate),
                (Fraction(1, 1_000) if kind.timed else 1 / rate),
            )
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if track is not None:
            _encode(container, track, _waves(max(stamps[-1] + 1 / rate, 0.3), track.rate, 440.0, "mono"))
    seconds = float(stamps[-1] - stamps[0] + 1 / rate)
    square = shown
    if ratio != 1:
        turned = ratio if shown == (width, height) else 1 / Fraction(ratio)
        square = (round(shown[0] * turned), shown[1]) if turned > 1 else (shown[0], round(shown[1] / Fraction(turned)))
    words = [f"{kind.ending}/{kind.codec}", pixels, f"{width}x{height}", f"{count} at {float(rate):.4g}/s"]
    words += [f"matrix {matrix}{' full' if full else ''}"] if kind.tagged else []
    words += [f"pixels {ratio}"] if ratio != 1 else []
    words += [stored.name] if stored is not None else []
    words += ["uneven times"] if kind.timed else []
    words += [sound] if sound else []
    tone = 440.0 if sound else 0.0
    return Sample(path, "VIDEO", ", ".join(words), square, seconds, clear=clear, tone=tone)


def _stamps(random: Random, timed: bool, count: int, rate: Fraction) -> list[Fraction]:
    """When pictures come, in seconds: evenly; or some of them late, the first too."""
    if not timed:
        return [number / rate for number in range(count)]
    waits = [_one_of(random, (1, 1, 1, 2, 7)) / rate for _ in range(count)]
    begin = _one_of(random, (Fraction(0), Fraction(37, 10)))
    return [begin + sum(waits[:number], Fraction(0)) for number in range(count)]


def _animation(random: Random, folder: Path) -> Sample:
    """An animated picture, which is taken as a film."""
    ending = _one_of(random, ("gif", "webp", "png", "avif"))
    width, height, count = (int(random.integers(16, 48)) * 2 for _ in range(3))
    count //= 8
    options: dict[str, Any] = {"quality": 95} if ending in ("webp", "avif") else {}
    options |= {} if ending == "avif" else {"loop": 0}
    frames = [quad(width, height)] + [_marked(quad(width, height), number) for number in range(1, count)]
    path = folder / f"animation.{ending}"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100, **options)
    return Sample(path, "VIDEO", f"animated {ending}, {width}x{height}, {count} pictures", (width, height), count / 10)


def _marked(image: Image.Image, number: int) -> Image.Image:
    """A picture with a point in its middle: the same picture twice is one picture in animations."""
    image.putpixel((image.width // 2, image.height // 2), (20 * number, 0, 0))
    return image


# --- sounds ---------------------------------------------------------------------------------------------------------

TELEPHONE, MUSIC = (8_000,), (22_050, 44_100, 48_000)
ANY = (8_000, 11_025, 16_000, 44_100, 48_000, 96_000, 192_000)
FEW = ("mono", "stereo", "opposite")
MANY = (*FEW, "2.1", "quad", "5.0", "5.1", "7.1")

SOUNDS: tuple[tuple[str, str, tuple[int, ...], tuple[str, ...]], ...] = (
    *(("wav", codec, ANY, MANY) for codec in ("pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le")),
    ("wav", "pcm_u8", ANY, FEW),
    *(("wav", codec, TELEPHONE, ("mono",)) for codec in ("pcm_mulaw", "pcm_alaw", "adpcm_g726", "g723_1")),
    ("wav", "g722", (16_000,), ("mono",)),
    *(("wav", codec, (8_000, 44_100), FEW) for codec in ("adpcm_ms", "adpcm_ima_wav")),
    ("au", "pcm_mulaw", TELEPHONE, ("mono",)),
    ("w64", "pcm_s24le", ANY, FEW),
    *(("aiff", codec, ANY, MANY[:4]) for codec in ("pcm_s16be", "pcm_s24be")),
    ("caf", "pcm_s16be", ANY, FEW),
    ("flac", "flac", ANY, MANY),
    ("mp3", "libmp3lame", (8_000, 16_000, 44_100, 48_000), FEW),
    ("m4a", "aac", (8_000, 44_100, 48_000, 96_000), MANY),
    ("m4a", "alac", (44_100, 96_000), FEW),
    ("aac", "aac", MUSIC, FEW),
    ("ogg", "libopus", (8_000, 16_000, 48_000), (*FEW, "5.1")),
    ("weba", "libopus", (48_000,), FEW),
    ("mka", "pcm_s16le", ANY, MANY),
    ("mka", "ac3", (44_100, 48_000), (*FEW, "5.1")),
    ("ac3", "ac3", (44_100, 48_000), (*FEW, "5.1")),
    ("wma", "wmav2", MUSIC, ("mono", "stereo")),
    ("wv", "wavpack", ANY, MANY),
    ("amr", "libopencore_amrnb", TELEPHONE, ("mono",)),
    ("3gp", "libopencore_amrnb", TELEPHONE, ("mono",)),
)
BIT_RATES = {"g723_1": 6_300, "wmav2": 64_000, "libopencore_amrnb": 12_200}
SOUND_FORM = {"m4a": "ipod", "aac": "adts", "weba": "webm", "mka": "matroska", "wma": "asf"}


def _sound(random: Random, folder: Path) -> Sample:
    ending, codec, rates, layouts = _one_of(random, SOUNDS)
    rate, layout = _one_of(random, rates), _one_of(random, layouts)
    seconds = float(random.uniform(0.25, 1.2))
    tone = float(_one_of(random, (300.0, 440.0, 700.0)))
    path = folder / f"sound.{ending}"
    with av.open(str(path), "w", format=SOUND_FORM.get(ending)) as container:
        track = _added(container, codec, rate, "stereo" if layout == "opposite" else layout)
        _encode(container, track, _waves(seconds, rate, tone, layout))
    return Sample(path, "AUDIO", f"{ending}/{codec}, {rate} Hz, {layout}", seconds=seconds, tone=tone)


def _track(container: Any, codec: str, random: Random) -> Any:
    """A track of sound of a film; some codecs and containers (MXF) know one rate only."""
    rate = 8_000 if codec in ("pcm_mulaw", "libopencore_amrnb") else _one_of(random, (44_100, 48_000))
    only_48 = codec == "libopus" or container.format.name == "mxf"
    return _added(container, codec, 48_000 if only_48 else rate, "mono")


def _added(container: Any, codec: str, rate: int, layout: str) -> Any:
    track = container.add_stream(codec, rate=rate, layout=layout)
    if codec in BIT_RATES:
        track.bit_rate = BIT_RATES[codec]
    return track


def _waves(seconds: float, rate: int, tone: float, layout: str) -> av.AudioFrame:
    name = "stereo" if layout == "opposite" else layout
    channels = av.AudioLayout(name).nb_channels
    wave = 0.4 * np.sin(2 * np.pi * tone * np.arange(round(seconds * rate)) / rate)
    sides = np.repeat(wave[None], channels, axis=0)
    if layout == "opposite":
        sides[1] *= -1
    packed = np.ascontiguousarray(sides.T, np.float32).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=name)
    frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
    return frame


def _encode(container: Any, track: Any, waves: av.AudioFrame) -> None:
    context = track.codec_context
    context.open(strict=False)
    resampler = av.AudioResampler(context.format, context.layout, context.sample_rate, context.frame_size or None)
    for piece in [*resampler.resample(waves), *resampler.resample(None)]:
        container.mux(track.encode(piece))
    container.mux(track.encode(None))
