"""The timeline of a project for other editing programs: which asset is seen and heard when."""

from __future__ import annotations

import wave
from collections.abc import Iterator, Mapping
from pathlib import Path

from videogen_sandbox.engines.media.probe import probe
from videogen_sandbox.engines.timelines.model import Clip, Cue, Timeline
from videogen_sandbox.engines.videos import music, pictures
from videogen_sandbox.engines.videos.assets import Assets
from videogen_sandbox.engines.videos.caption_style import Typesetter
from videogen_sandbox.engines.videos.captions import cards
from videogen_sandbox.engines.videos.document import CaptionStyle, Document, load
from videogen_sandbox.engines.videos.frame import FPS, frame_size
from videogen_sandbox.engines.videos.schedule import Schedule, Shot, schedule
from videogen_sandbox.engines.videos.script import title


def timeline(document: Mapping[str, object], assets: Path) -> Timeline:
    """Return the timeline of a document in JSON, as `build` and `edit` return it; `assets` is the project's folder.

    Sources are names of assets in it. Captions are there whether they are burnt in or not, for subtitle files.
    """
    project, kept = load(document), Assets(assets)
    planned = schedule(project, kept)
    size = frame_size(project.aspect_ratio, "FULL_HIGH")
    setter = Typesetter(project.captions or CaptionStyle(), size)
    return Timeline(
        title=project.title,
        fps=FPS,
        width=size[0],
        height=size[1],
        duration=planned.duration,
        video=[*(_shot(project, shot, kept) for shot in planned.shots), *_logo(project, planned)],
        audio=[*_sounds(planned, kept), *_music(project, planned, kept)],
        captions=[Cue(card.start, card.end, card.text) for card in cards(planned.lines, setter)],
    )


def _shot(document: Document, shot: Shot, assets: Assets) -> Clip:
    moving = pictures.moves_by_itself(shot.visual)
    length = shot.end - shot.start
    visual = shot.visual
    path = pictures.clip(document, visual, length, assets) if moving else pictures.still(document, visual, assets)
    return Clip(
        name=title(visual.prompt, path.stem),
        start=shot.start,
        duration=length,
        source_start=0.0,
        source=path.name,
        kind="video" if moving else "image",
        transition_in=shot.transition_seconds or None,
        source_duration=probe(path).duration if moving else None,
    )


def _logo(document: Document, planned: Schedule) -> Iterator[Clip]:
    if document.logo is not None:
        yield Clip("Logo", 0.0, planned.duration, 0.0, document.logo.asset, "overlay")


def _sounds(planned: Schedule, assets: Assets) -> Iterator[Clip]:
    for number, piece in enumerate(planned.voice, start=1):
        seconds = _seconds(assets.path(piece.asset))
        name = f"Narration {number}"
        yield Clip(name, piece.start, piece.duration, piece.source_start, piece.asset, "voice", None, seconds)
    for number, piece in enumerate(planned.sounds, start=1):
        seconds = _seconds(assets.path(piece.asset))
        duration = min(piece.duration, seconds)
        yield Clip(f"Sound {number}", piece.start, duration, 0.0, piece.asset, "sound", None, seconds)


def _music(document: Document, planned: Schedule, assets: Assets) -> Iterator[Clip]:
    if document.music is None:
        return
    path = music.file(document.music, planned.duration, assets)
    seconds = _seconds(path)
    start = 0.0
    while start < planned.duration and seconds > 0:
        duration = min(seconds, planned.duration - start)
        yield Clip("Music", start, duration, 0.0, path.name, "music", None, seconds)
        start += seconds


def _seconds(path: Path) -> float:
    if path.suffix == ".wav":
        try:
            with wave.open(str(path)) as file:
                return float(file.getnframes() / file.getframerate())
        except wave.Error:  # a WAV of another kind than PCM
            return probe(path).duration or 0.0
    return probe(path).duration or 0.0
