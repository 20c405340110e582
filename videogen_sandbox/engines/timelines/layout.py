"""A timeline in whole frames, on tracks: what every format is written from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from videogen_sandbox.engines.timelines.model import Clip, Kind, Timeline

PICTURES: Sequence[tuple[Kind, ...]] = (("image", "video"), ("overlay",))
SOUNDS: Sequence[tuple[Kind, ...]] = (("voice",), ("sound",), ("music",))
"""Kinds that share tracks, from the lowest track to the highest."""

Medium = Literal["video", "audio"]


@dataclass(frozen=True)
class Item:
    """A clip in frames: `start` and `end` on the track, `source_in` in the asset at `start`.

    half_in, half_out: half of the dissolve at either end, which is how much is seen beyond the cut; 0 for a cut.
    """

    clip: Clip
    start: int
    end: int
    source_in: int
    half_in: int = 0
    half_out: int = 0

    @property
    def length(self) -> int:
        """Its frames on the track."""
        return self.end - self.start

    @property
    def is_still(self) -> bool:
        """Whether it is a picture that stands still."""
        return self.clip.source_duration is None and any(self.clip.kind in kinds for kinds in PICTURES)


@dataclass(frozen=True)
class Track:
    """Items that follow each other, perhaps with gaps between them."""

    medium: Medium
    items: tuple[Item, ...]


def tracks(timeline: Timeline) -> list[Track]:
    """Return the tracks of a timeline, pictures before sound, the lowest first. Empty ones are left out.

    Starts and ends are rounded, never lengths, so that what abuts in seconds abuts in frames. A dissolve is shortened
    to what the two assets have beyond the cut. Stills begin a second into their asset, which has no beginning.
    """
    made = []
    for medium, clips, groups in (("video", timeline.video, PICTURES), ("audio", timeline.audio, SOUNDS)):
        for kinds in groups:
            items = [_item(clip, timeline.fps) for clip in clips if clip.kind in kinds]
            made += [Track("video" if medium == "video" else "audio", tuple(_dissolved(lane, timeline.fps)))
                     for lane in _lanes([item for item in items if item.length > 0])]  # fmt: skip
    return made


def asset_frames(timeline: Timeline, source: str) -> int:
    """Return the length of an asset in frames; of a still as much as the timeline shows of it."""
    items = [item for track in tracks(timeline) for item in track.items if item.clip.source == source]
    lengths = [math.floor((item.clip.source_duration or 0.0) * timeline.fps + 1e-6) for item in items]
    return max([*lengths, *(item.source_in + item.length + item.half_out for item in items)])


def _item(clip: Clip, fps: int) -> Item:
    start, end = round(clip.start * fps), round((clip.start + clip.duration) * fps)
    return Item(clip, start, end, round(clip.source_start * fps))


def _lanes(items: Sequence[Item]) -> list[list[Item]]:
    """Items in as few tracks as they need so that none overlaps another."""
    lanes: list[list[Item]] = []
    for item in sorted(items, key=lambda one: one.start):
        lane = next((lane for lane in lanes if lane[-1].end <= item.start), None)
        if lane is None:
            lanes.append([item])
        else:
            lane.append(item)
    return lanes


def _dissolved(items: Sequence[Item], fps: int) -> Iterator[Item]:
    """The items with the dissolves between them."""
    made = [replace(item, source_in=max(item.source_in, fps)) if item.is_still else item for item in items]
    for number in range(1, len(made)):
        before, item = made[number - 1], made[number]
        half, later = _dissolve(before, item, fps)
        made[number - 1] = replace(before, end=before.end + later, half_out=half)
        made[number] = replace(item, start=item.start + later, source_in=item.source_in + later, half_in=half)
    yield from made


def _dissolve(before: Item, item: Item, fps: int) -> tuple[int, int]:
    """Half of the dissolve between two items that abut, and by how much later the cut is set for it.

    It is as long as both assets have frames for it. Where one has none on its side of the cut (a film that is shown
    from its beginning), the dissolve lies on the other side, and the cut is set in its middle, where editing programs
    want it.
    """
    if not item.clip.transition_in or before.end != item.start:
        return 0, 0
    wanted = min(round(item.clip.transition_in * fps), before.length // 2, item.length // 2) // 2 * 2
    head, tail = item.source_in, wanted
    if before.clip.source_duration is not None:
        left = math.floor(before.clip.source_duration * fps + 1e-6) - before.source_in - before.length
        tail = min(wanted, max(0, left))
    early = min(wanted // 2, head)
    late = min(wanted - early, tail)
    early = min(wanted - late, head)
    half = (early + late) // 2
    return half, half - min(early, 2 * half)
