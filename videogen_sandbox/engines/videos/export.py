"""Exports a project as an MP4: renders the picture, mixes the sound, joins them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import av

from videogen_sandbox import __version__
from videogen_sandbox.engines import EngineError, Made, Report, Task
from videogen_sandbox.engines.media.decode import Sound
from videogen_sandbox.engines.media.encode import MP4, write_m4a
from videogen_sandbox.engines.videos.assets import Assets, key, of
from videogen_sandbox.engines.videos.document import Document, load
from videogen_sandbox.engines.videos.frame import SHORT_SIDES, Quality, frame_size
from videogen_sandbox.engines.videos.render import Cut, render
from videogen_sandbox.engines.videos.schedule import Schedule, schedule
from videogen_sandbox.engines.videos.soundtrack import soundtrack

ENGINE = "sandbox-video"

SILENT_PARTS = ("title", "music", "notes")
"""Fields of a document that change nothing of the picture."""


def export(task: Task, report: Report) -> Made:
    """Export the `document` of the body as H.264 and AAC in an MP4.

    body: document, quality (STANDARD, HIGH, FULL_HIGH or ULTRA_HIGH; HIGH where it is absent), watermark, endScreen.
    Only what has changed since the last export of that quality is made again; new music costs no new picture.
    Raise EngineError for media that cannot be read.
    """
    document = load(task.body["document"])
    assets = of(task)
    quality = str(task.body.get("quality") or "HIGH")
    if quality not in SHORT_SIDES:
        raise EngineError("invalid_quality", f"Exports have the qualities {', '.join(SHORT_SIDES)}.")
    cut = Cut(
        frame_size(document.aspect_ratio, cast(Quality, quality)),
        marked=bool(task.body.get("watermark")),
        end_screen=bool(task.body.get("endScreen")),
    )
    planned = schedule(document, assets)
    report(0.04)
    picture = _picture(document, planned, assets, cut, lambda share: report(0.04 + 0.86 * share))
    sound = soundtrack(document, planned, assets, cut.seconds(planned))
    report(0.95)
    path = task.folder / "video.mp4"
    _join(picture, sound, path)
    report(1.0)
    return Made(
        path,
        "VIDEO",
        ENGINE,
        __version__,
        placeholder=True,
        description=description(document, cut),
        words=[(word.text, word.start, word.end) for word in planned.words if word.end > word.start],
    )


def description(document: Document, cut: Cut) -> str:
    """Return in words what the video is, for people and for search."""
    width, height = cut.size
    parts = [f"{document.title}: a video of {len(document.visuals)} pictures, {width}x{height}"]
    if any(section.lines for section in document.sections):
        parts.append("narrated")
    if document.captions is not None:
        parts.append("with captions")
    if document.music is not None:
        parts.append("with music")
    return " ".join([", ".join(parts) + ".", *document.notes])


def _picture(document: Document, planned: Schedule, assets: Assets, cut: Cut, report: Report) -> Path:
    """The rendered picture; the last one of each frame size is kept."""
    seen = document.model_dump(mode="json", exclude=set(SILENT_PARTS))
    prefix = f"render-{cut.size[0]}x{cut.size[1]}"
    name = key(prefix, ".mp4", __version__, seen, cut.marked, cut.end_screen)
    path = assets.make(name, lambda place: render(document, planned, assets, cut, place, report))
    assets.drop_others(f"{prefix}-", name)
    return path


def _join(picture: Path, sound: Sound | None, path: Path) -> None:
    """Write the picture as it is, with the sound beside it, so that it can start before it is loaded."""
    with av.open(str(path), "w", options=MP4) as out, av.open(str(picture)) as film:
        source: Any = film.streams.video[0]  # PyAV's releases type streams and packets differently
        tracks = [(film, source, out.add_stream_from_template(source))]
        if sound is None:
            for packet in film.demux(source):
                if packet.size:
                    packet.stream = tracks[0][2]
                    out.mux(packet)
            return
        encoded = write_m4a(path.with_suffix(".m4a"), sound)
        with av.open(str(encoded)) as heard:
            voice: Any = heard.streams.audio[0]
            target = out.add_stream_from_template(voice)
            packets = [(packet, tracks[0][2]) for packet in film.demux(source) if packet.size]
            packets += [(packet, target) for packet in heard.demux(voice) if packet.size]
            packets.sort(key=lambda pair: float((pair[0].dts or 0) * pair[0].time_base))
            for packet, stream in packets:
                packet.stream = stream
                out.mux(packet)
        encoded.unlink()
