"""Finds out what a file really is. Names and content types are not believed; a part of it is decoded."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Stream

from videogen_sandbox.engines import Kind
from videogen_sandbox.engines.media.decode import MAX_SECONDS, VideoReader, has_sound
from videogen_sandbox.look import kinds, pictures, svg
from videogen_sandbox.look.containers import GAP, open_media, packets, sound_stream, video_stream
from videogen_sandbox.look.errors import CUT_OFF, TOO_LONG, UNREADABLE, Unreadable

CHECKED_SIDE = 64
"""Pixels on the longer side at which a picture is decoded to see whether it is whole."""

TRUE_LENGTHS = ("mov", "flac", "aiff", "wv")
"""Containers that tell how long each track is; others estimate it, or count what is there. Matroska tells when the last
one ends."""

_MIMES: dict[str, tuple[str, str]] = {
    # FFmpeg's name → (with pictures, sound only)
    "mov": ("video/mp4", "audio/mp4"),
    "matroska": ("video/x-matroska", "audio/x-matroska"),
    "avi": ("video/x-msvideo", "video/x-msvideo"),
    "flv": ("video/x-flv", "video/x-flv"),
    "mpegts": ("video/mp2t", "video/mp2t"),
    "mpeg": ("video/mpeg", "audio/mpeg"),
    "asf": ("video/x-ms-wmv", "audio/x-ms-wma"),
    "ogg": ("video/ogg", "audio/ogg"),
    "mp3": ("audio/mpeg", "audio/mpeg"),
    "wav": ("audio/wav", "audio/wav"),
    "w64": ("audio/wav", "audio/wav"),
    "flac": ("audio/flac", "audio/flac"),
    "aac": ("audio/aac", "audio/aac"),
    "aiff": ("audio/aiff", "audio/aiff"),
    "amr": ("audio/amr", "audio/amr"),
    "au": ("audio/basic", "audio/basic"),
}


@dataclass(frozen=True)
class Media:
    """What a file is. Sizes in pixels as shown (turned upright), `duration` in seconds, `fps` in pictures a second.

    A picture with a duration is an animation.
    """

    kind: Kind
    mime: str
    width: int | None
    height: int | None
    duration: float | None
    codec: str
    fps: float | None
    has_audio: bool
    has_alpha: bool


def probe(path: Path) -> Media:
    """Recognise SVG, PNG, JPEG, WebP, GIF, AVIF, BMP, TIFF and the usual video and sound files by their content.

    Raise EngineError: "unreadable_media" for anything else, empty or broken; "media_cut_off" with how much there is;
    "media_too_large" for pictures that would not fit into memory.
    """
    with path.open("rb") as file:
        head = file.read(kinds.HEAD)
    if svg.looks_like_svg(head):
        drawing = svg.read(path)
        width, height = max(1, round(drawing.width)), max(1, round(drawing.height))
        return Media("IMAGE", "image/svg+xml", width, height, None, "svg", None, has_audio=False, has_alpha=True)
    if (media := _picture(path)) is not None:
        return media
    try:
        if kinds.is_heif(head):
            raise Unreadable(kinds.unreadable(head))
        return _film_or_sound(path, head)
    except Unreadable as error:
        if error.code == UNREADABLE and (other := kinds.other_kind(head)) is not None:
            raise Unreadable(f"It is {other}.") from None
        raise


def _picture(path: Path) -> Media | None:
    header = pictures.header(path)
    if header is None:
        return None
    picture = pictures.whole(path, CHECKED_SIDE)
    seconds = pictures.animation_seconds(path)
    width, height = picture.width, picture.height
    return Media("IMAGE", header.mime, width, height, seconds, header.format, None, False, header.has_alpha)


def _film_or_sound(path: Path, head: bytes) -> Media:
    with open_media(path) as container:
        film = video_stream(container)
        stream = film or sound_stream(container)
        if stream is None:
            raise Unreadable("It has neither pictures nor sound that are known here.")
        mime = _mime(container, head, film is not None)
        codec = _codec(stream)
        duration = _duration(container, stream, head)
    if film is None:
        if not has_sound(path):
            raise Unreadable("No sound in it can be decoded.")
        return Media("AUDIO", mime, None, None, duration, codec, None, has_audio=True, has_alpha=False)
    with VideoReader(path) as reader:
        return Media(
            "VIDEO",
            mime,
            reader.width,
            reader.height,
            duration,
            codec,
            float(reader.fps),
            has_audio=reader.has_audio,
            has_alpha=reader.has_alpha,
        )


def _mime(container: InputContainer, head: bytes, film: bool) -> str:
    name = container.format.name.split(",")[0]
    if name == "matroska" and b"webm" in head[:256]:
        return "video/webm" if film else "audio/webm"
    if name == "mov" and film and head[8:12] == b"qt  ":
        return "video/quicktime"
    default = ("video/x-unknown", f"audio/x-{name}")
    return _MIMES.get(name, default)[0 if film else 1]


def _codec(stream: Stream) -> str:
    context = stream.codec_context
    if context is None:
        raise Unreadable("Its codec is not known here, or what tells it is cut off.")
    return context.codec.canonical_name


def _duration(container: InputContainer, stream: Stream, head: bytes) -> float:
    """Seconds, counted packet by packet: headers estimate (MP3), leave it out (recorded WebM) or lie (cut off MP4)."""
    told = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else None
    form = container.format.name.partition(",")[0]
    until = container.duration / av.time_base if form == "matroska" and container.duration else None
    if (longest := max(told or 0.0, until or 0.0)) > 2 * MAX_SECONDS:  # not to read through a day to say so
        raise _too_long(longest)
    faults: list[Exception] = []
    rate = stream.average_rate if isinstance(stream, av.VideoStream) else None
    step = 1 / Fraction(rate) if rate else Fraction(0)
    begin: Fraction | None = None
    end = last = Fraction(0)
    count = 0
    for packet in packets(container, *container.streams.video, *container.streams.audio, lose=faults.append):
        own = packet.stream.index == stream.index
        count += own and packet.size > 0
        if packet.pts is None or packet.time_base is None:
            continue
        time = packet.pts * packet.time_base
        if begin is not None and time > end + int(GAP):
            continue  # a broken clock, as readers have it
        stop = time + (packet.duration * packet.time_base if packet.duration else step)
        last = max(last, stop)
        if own:
            begin, end = time if begin is None else min(begin, time), max(end, stop)
    if not count:
        raise Unreadable(kinds.unreadable(head))
    counted = float(count * step if begin is None else end - begin)  # a bare stream of pictures has no times
    _refuse_cut_off(float(last), until)
    if told is not None and (faults or form in TRUE_LENGTHS):
        _refuse_cut_off(counted, told)
        counted = min(counted, told)
    if counted > MAX_SECONDS + 1:
        raise _too_long(counted)
    return counted


def _refuse_cut_off(there: float, told: float | None) -> None:
    if told is not None and there < told * 0.95 - 0.5:
        raise Unreadable(f"It is cut off: {there:.1f} of its {told:.1f} seconds can be read.", CUT_OFF)


def _too_long(seconds: float) -> Unreadable:
    minutes, most = seconds / 60, MAX_SECONDS / 60
    length = f"{minutes:.1f} minutes" if minutes < 90 else f"{minutes / 60:.1f} hours"
    return Unreadable(f"It lasts {length}, and {most:.0f} minutes are the most.", TOO_LONG)
