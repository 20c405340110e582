"""Makes the forms in which a file is looked at: a thumbnail, a preview that plays everywhere, and HLS to stream.

Re-encoding is the slow part of most workflows. A film that is fit to be its own preview is only put into a new
container, and HLS is cut from the preview without touching a picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from fractions import Fraction
from heapq import merge
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.stream import Stream
from av.video.stream import VideoStream
from PIL import Image, ImageDraw

from videogen_sandbox.engines import Report
from videogen_sandbox.engines.media.decode import (
    MAX_FPS,
    Sound,
    VideoReader,
    has_sound,
    read_sound,
)
from videogen_sandbox.engines.media.encode import KEY_FRAME_SECONDS, MP4, SOUND_RATE, VideoWriter, write_m4a
from videogen_sandbox.engines.media.loudness import LOUDNESS, SILENT, gained, limited, loudness
from videogen_sandbox.engines.media.picture_input import open_upright
from videogen_sandbox.engines.media.probe import Media
from videogen_sandbox.look import svg
from videogen_sandbox.look.containers import open_media, packets, sound_stream, video_stream
from videogen_sandbox.look.sheet import on_board

THUMBNAIL_SIDE = 640
PREVIEW_SIDE = 1280
PREVIEW_BOX = (1280, 720)
PREVIEW_CRF = 23

MAX_KEY_FRAME_GAP = 2.0 * KEY_FRAME_SECONDS
"""Seconds between key frames up to which HLS segments are still small enough to start quickly."""

NEARLY = 4.0
"""LU by which a sound may be off before it is changed: nobody turns the volume for less."""

MOST_GAIN = 20.0
"""Decibels by which something quiet is made louder; more would only raise its noise."""

NOT_HEARD = -60.0
"""dBFS: what is quieter counts as silence."""

WAVE_DEPTHS = (12.0, 48.0)
"""Decibels that the scale of a waveform spans: with less the breath of steady sound would look like beats."""

_WAVE_SIZE = (640, 360)
_WAVE_BARS = 80
_WAVE_COLOURS = ((67, 56, 202), (190, 60, 160))


@dataclass(frozen=True)
class Renditions:
    """Files made for looking; `hls` is the master playlist in a folder of its own."""

    thumbnail: Path | None
    preview: Path | None
    hls: Path | None


def render(source: Path, media: Media, folder: Path, report: Report, flat: Path | None = None) -> Renditions:
    """Make all renditions of `source` in `folder` (it must exist).

    flat: the same film over a flat colour, for films with alpha, which MP4 cannot carry.
    Raise EngineError when the file cannot be decoded after all or is longer than ten minutes.
    """
    report(0.0)
    if media.kind == "IMAGE":
        made = _picture(source, media, folder)
    elif media.kind == "AUDIO":
        made = _sound(source, folder, report)
    else:
        made = _film(source, flat, folder, report)
    report(1.0)
    return made


def poster(film: Path, target: Path) -> Path:
    """Return a JPEG of a film at one second, or from the middle of a shorter one; 640 pixels on the longer side.

    What is transparent shows a checkerboard.
    """
    with VideoReader(film, alpha=True, fit=(THUMBNAIL_SIDE, THUMBNAIL_SIDE)) as reader:
        wanted = min(1.0, (reader.duration or 0.0) / 2)
        for number, shown in enumerate(reader.pictures()):
            picture = shown
            if number / reader.fps >= wanted:
                break
    on_board(Image.fromarray(picture)).save(target, "JPEG", quality=85)
    return target


def waveform(sound: Sound, target: Path) -> Path:
    """Return a JPEG of 640x360 pixels that shows the loudness of samples x channels over their time.

    The bars are decibels: see `heights`.
    """
    width, height = _WAVE_SIZE
    across = np.linspace(0.0, 1.0, width)[None, :, None] * 0.7 + np.linspace(0.0, 0.3, height)[:, None, None]
    left, right = (np.array(colour, float) for colour in _WAVE_COLOURS)
    image = Image.fromarray((left + (right - left) * across).astype(np.uint8))
    # drawn twice as large and made smaller, because Pillow draws without smoothing
    mask = Image.new("L", (width * 2, height * 2))
    draw = ImageDraw.Draw(mask)
    step = (width - 64) * 2 / _WAVE_BARS
    for number, level in enumerate(heights(sound, _WAVE_BARS)):
        left_edge = 64 + number * step
        half = max(step * 0.3, level * height * 0.78)
        box = (left_edge + step * 0.2, height - half, left_edge + step * 0.8, height + half)
        draw.rounded_rectangle(box, radius=step * 0.3, fill=235)
    image.paste((255, 255, 255), mask=mask.resize((width, height), Image.Resampling.LANCZOS))
    image.save(target, "JPEG", quality=88)
    return target


def heights(sound: Sound, count: int) -> list[float]:
    """Return how high, 0 to 1, each of `count` bars of samples x channels is: the level of its time in decibels.

    The loudest is 1; the scale reaches down to twice as far as nine tenths of what is heard do, so that thunder stands
    out of rain and a whisper is seen beside a shout. Channels are not added, which could be silence.
    """
    edges = np.linspace(0, len(sound), count + 1).astype(int)
    power = np.array([np.mean(np.square(sound[begin:end])) if end > begin else 0.0 for begin, end in pairwise(edges)])
    levels = 10 * np.log10(np.maximum(power, 1e-12))
    heard = levels[levels > NOT_HEARD]
    if not len(heard):
        return [0.0] * count
    depth = np.clip(2 * (heard.max() - np.percentile(heard, 10)), *WAVE_DEPTHS)
    shares: list[float] = np.clip(1 + (levels - heard.max()) / depth, 0, 1).tolist()
    return shares


def _picture(source: Path, media: Media, folder: Path) -> Renditions:
    if media.codec == "svg":
        drawing = svg.read(source)
        side = round(min(PREVIEW_SIDE, max(THUMBNAIL_SIDE, drawing.width, drawing.height)))
        preview = folder / "preview.png"
        preview.write_bytes(svg.render(drawing, side))
        with Image.open(preview) as drawn:
            return Renditions(_small(drawn.convert("RGBA"), folder), preview, None)
    opened = open_upright(source, PREVIEW_SIDE)
    if opened.image.mode == "RGBA":
        preview = folder / "preview.png"
        opened.image.save(preview, "PNG", compress_level=4)
    else:
        preview = folder / "preview.jpg"
        opened.image.save(preview, "JPEG", quality=88)
    return Renditions(_small(opened.image, folder), preview, None)


def _small(image: Image.Image, folder: Path) -> Path:
    target = folder / "thumbnail.jpg"
    small = image.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    on_board(small).save(target, "JPEG", quality=85)
    return target


def _sound(source: Path, folder: Path, report: Report) -> Renditions:
    sound = read_sound(source, rate=SOUND_RATE, channels=2)
    report(0.4)
    preview = folder / "preview.m4a"
    with open_media(source) as container:
        stream = sound_stream(container)
        ready = container.format.name.startswith("mov") and not video_stream(container)
        ready = ready and stream is not None and stream.codec_context.name == "aac"
    picture = waveform(sound, folder / "thumbnail.jpg")
    heard = levelled(sound)
    if ready and heard is sound:
        with suppress(av.FFmpegError):  # decoders forgive more in a packet than containers do
            _remux(source, preview, "ipod")
            return Renditions(picture, preview, _hls(preview, folder))
    write_m4a(preview, heard)
    report(0.8)
    return Renditions(picture, preview, _hls(preview, folder))


def _film(source: Path, flat: Path | None, folder: Path, report: Report) -> Renditions:
    preview, hls = _streams(flat or source, folder, report)
    with VideoReader(source) as reader:
        seen = source if reader.has_alpha else preview
    return Renditions(poster(seen, folder / "thumbnail.jpg"), preview, hls)


def _streams(source: Path, folder: Path, report: Report) -> tuple[Path, Path]:
    """The preview of a film, and its HLS."""
    preview = folder / "preview.mp4"
    sound = read_sound(source, rate=SOUND_RATE, channels=2) if has_sound(source) else None
    heard = None if sound is None else levelled(sound)
    if _is_preview_already(source):
        with suppress(av.FFmpegError):  # decoders forgive more in a packet than containers do
            _remux(source, preview, "mp4", None if heard is sound else heard)
            return preview, _hls(preview, folder)
    _transcode(source, preview, heard, report)
    return preview, _hls(preview, folder)


def levelled(sound: Sound) -> Sound:
    """Return samples x 2 at `SOUND_RATE` as loud as others, where they are much louder or quieter; the same, else."""
    level = loudness(sound)
    if level <= SILENT or abs(level - LOUDNESS) <= NEARLY:
        return sound
    return limited(gained(sound, min(LOUDNESS, level + MOST_GAIN)))


def _transcode(source: Path, target: Path, sound: Sound | None, report: Report) -> None:
    with VideoReader(source, fit=PREVIEW_BOX) as reader:
        width, height = reader.width, reader.height
        with VideoWriter(target, width=width, height=height, fps=reader.fps, sound=sound, crf=PREVIEW_CRF) as film:
            for picture in reader.pictures():
                film.write(picture)
                if reader.count:
                    report(min(0.95, 0.95 * film.written / reader.count))


def _is_preview_already(source: Path) -> bool:
    """Whether a film can be shown as it is: H.264 and AAC in MP4, small enough, key frames not too far apart."""
    with open_media(source) as container:
        stream = video_stream(container)
        if stream is None or not container.format.name.startswith("mov"):
            return False
        sounds = container.streams.audio
        context = stream.codec_context
        long, short = max(context.width, context.height), min(context.width, context.height)
        fits = (
            context.name == "h264"
            and context.pix_fmt == "yuv420p"
            and long <= max(PREVIEW_BOX)
            and short <= min(PREVIEW_BOX)
            and 0 < (stream.average_rate or 0) <= MAX_FPS
            and len(sounds) <= 1
            and all(sound.codec_context and sound.codec_context.name == "aac" for sound in sounds)
        )
        return fits and _key_frame_gap(container, stream) <= MAX_KEY_FRAME_GAP and _is_plain(source)


def _key_frame_gap(container: InputContainer, stream: VideoStream) -> float:
    """Seconds; infinite when the film does not begin with a key frame."""
    key: Fraction | None = None
    gap = end = Fraction(0)
    for packet in packets(container, stream):
        if packet.pts is None or packet.time_base is None:
            continue
        time = packet.pts * packet.time_base
        end = max(end, time)
        if packet.is_keyframe:
            gap = gap if key is None else max(gap, time - key)
            key = time
        elif key is None:
            return float("inf")
    return float("inf") if key is None else float(max(gap, end - key))


def _is_plain(source: Path) -> bool:
    with VideoReader(source) as reader:
        return reader.plain


def _remux(source: Path, target: Path, form: str, sound: Sound | None = None) -> None:
    """Put the packets of a film or sound into a new container, with another sound if one is given."""
    with ExitStack() as stack:
        container = stack.enter_context(open_media(source))
        voice = container
        if sound is not None:
            voice = stack.enter_context(open_media(write_m4a(target.with_suffix(".m4a"), sound)))
        _copy_packets(container, voice, stack.enter_context(av.open(str(target), "w", format=form, options=MP4)))
    if sound is not None:
        target.with_suffix(".m4a").unlink()


def _copy_packets(film: InputContainer, voice: InputContainer, target: OutputContainer) -> None:
    """Copy the pictures of one container and the sound of one, perhaps the same, by their times."""
    both: Sequence[tuple[InputContainer, Stream | None]]
    both = ((film, video_stream(film)), (voice, sound_stream(voice)))
    wanted = [(container, stream) for container, stream in both if stream is not None]
    copies = {stream: target.add_stream_from_template(stream) for _, stream in wanted}
    read = [
        packets(container, *(stream for owner, stream in wanted if owner is container))
        for container in dict.fromkeys(container for container, _ in wanted)
    ]
    for packet in merge(*read, key=lambda packet: float((packet.dts or 0) * (packet.time_base or 0))):
        if packet.dts is not None:
            packet.stream = copies[packet.stream]
            target.mux(packet)


def _hls(preview: Path, folder: Path) -> Path:
    """Cuts the preview into segments of two seconds. Returns the master playlist."""
    target = folder / "hls"
    target.mkdir(exist_ok=True)
    options = {
        "hls_time": str(KEY_FRAME_SECONDS),
        "hls_playlist_type": "vod",
        "hls_flags": "independent_segments",
        "hls_segment_filename": str(target / "segment%04d.ts"),
    }
    with open_media(preview) as container:
        with av.open(str(target / "media.m3u8"), "w", format="hls", options=options) as output:
            _copy_packets(container, container, output)
        seconds = (container.duration or av.time_base) / av.time_base
        line = ",".join(_attributes(container, preview.stat().st_size * 8 / max(seconds, 0.1)))
    master = target / "master.m3u8"
    master.write_text(f"#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-STREAM-INF:{line}\nmedia.m3u8\n")
    return master


def _attributes(container: InputContainer, rate: float) -> Iterator[str]:
    """What a master playlist says of a stream: RFC 8216, 4.3.4.2."""
    yield f"BANDWIDTH={int(rate * 1.3) + 1},AVERAGE-BANDWIDTH={int(rate) + 1}"
    codecs = []
    film = video_stream(container)
    if film is not None:
        yield f"RESOLUTION={film.codec_context.width}x{film.codec_context.height}"
        record = bytes(film.codec_context.extradata or b"")
        codecs.append("avc1." + record[1:4].hex() if record[:1] == b"\1" else "avc1.64001f")
    if any(isinstance(stream, AudioStream) for stream in container.streams):
        codecs.append("mp4a.40.2")
    yield f'CODECS="{",".join(codecs)}"'
