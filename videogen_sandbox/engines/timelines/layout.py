"""A timeline in whole frames, on tracks: what every format is written from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
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
    to what the two assets have beyond the cut.
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
    halves = [0] + [_half(before, item, fps) for before, item in pairwise(items)] + [0]
    for item, (half_in, half_out) in zip(items, pairwise(halves), strict=True):
        source_in = max(item.source_in, half_in) if item.is_still else item.source_in
        yield replace(item, source_in=source_in, half_in=half_in, half_out=half_out)


def _half(before: Item, item: Item, fps: int) -> int:
    """Half of the dissolve between two items that abut, as far as both assets have frames beyond the cut."""
    if not item.clip.transition_in or before.end != item.start:
        return 0
    room = [round(item.clip.transition_in * fps / 2), item.length // 2, before.length // 2]
    if not item.is_still:
        room.append(item.source_in)
    if before.clip.source_duration is not None:
        room.append(math.floor(before.clip.source_duration * fps + 1e-6) - before.source_in - before.length)
    return max(0, min(room))
