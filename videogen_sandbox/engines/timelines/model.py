"""What is to be seen and heard when: the timeline of a project, independent of any file format.

Times are seconds. A dissolve lies centred on the cut, so clips on one track abut and never overlap; what the dissolve
shows beyond the cut comes from the source before `source_start` and after the clip's end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["image", "video", "overlay", "voice", "sound", "music"]
"""Pictures: a still, moving pictures, a picture over both (a logo). Sound: speech, the sound of a clip, music.
Each kind has tracks of its own."""


@dataclass(frozen=True)
class Clip:
    """A part of an asset on a track."""

    name: str
    start: float
    duration: float
    source_start: float
    """Where in the asset the clip begins."""
    source: str
    """Name of the asset."""
    kind: Kind
    transition_in: float | None = None
    """Length of the dissolve from the clip before; None for a cut."""
    source_duration: float | None = None
    """Length of the asset; None for a still, which lasts as long as it is needed."""


@dataclass(frozen=True)
class Cue:
    """A caption: what is shown from `start` to `end`."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Timeline:
    """A project's video. `video` in the order of time; `audio` clips of one kind may overlap, they get several tracks.

    fps: whole pictures a second. width, height: pixels.
    """

    title: str
    fps: int
    width: int
    height: int
    duration: float
    video: Sequence[Clip]
    audio: Sequence[Clip]
    captions: Sequence[Cue] = ()
