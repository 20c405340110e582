"""OpenTimelineIO: the JSON that its library reads (schemas of 0.15 and later)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from videogen_sandbox.engines.timelines.layout import Item, Track, asset_frames, tracks
from videogen_sandbox.engines.timelines.model import Timeline
from videogen_sandbox.engines.timelines.xml import clean

Json = dict[str, Any]


def write(timeline: Timeline, urls: Mapping[str, str]) -> str:
    """Return a timeline as .otio; `urls` is where each asset lies. Captions have no place in it."""
    children = [_track(timeline, track, number, urls) for number, track in enumerate(tracks(timeline), start=1)]
    document = {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": {"videogen": {"width": timeline.width, "height": timeline.height}},
        "name": clean(timeline.title),
        "global_start_time": _time(0, timeline.fps),
        "tracks": {"OTIO_SCHEMA": "Stack.1", "name": "tracks", **_nothing(), "children": children},
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _track(timeline: Timeline, track: Track, number: int, urls: Mapping[str, str]) -> Json:
    children: list[Json] = []
    at = 0
    for item in track.items:
        if item.start > at:
            children.append({"OTIO_SCHEMA": "Gap.1", "name": "", **_nothing(),
                             "source_range": _range(0, item.start - at, timeline.fps)})  # fmt: skip
        if item.half_in:
            half = _time(item.half_in, timeline.fps)
            children.append({"OTIO_SCHEMA": "Transition.1", "metadata": {}, "name": "Cross Dissolve",
                             "in_offset": half, "out_offset": half, "transition_type": "SMPTE_Dissolve"})  # fmt: skip
        children.append(_clip(timeline, item, urls))
        at = item.end
    kind = "Video" if track.medium == "video" else "Audio"
    return {"OTIO_SCHEMA": "Track.1", "name": f"{kind} {number}", "kind": kind, **_nothing(), "children": children}


def _clip(timeline: Timeline, item: Item, urls: Mapping[str, str]) -> Json:
    reference = {
        "OTIO_SCHEMA": "ExternalReference.1",
        "metadata": {},
        "name": item.clip.source,
        "available_range": _range(0, asset_frames(timeline, item.clip.source), timeline.fps),
        "available_image_bounds": None,
        "target_url": urls[item.clip.source],
    }
    return {
        "OTIO_SCHEMA": "Clip.2",
        "name": clean(item.clip.name),
        **_nothing(),
        "source_range": _range(item.source_in, item.length, timeline.fps),
        "media_references": {"DEFAULT_MEDIA": reference},
        "active_media_reference_key": "DEFAULT_MEDIA",
    }


def _nothing() -> Json:
    return {"metadata": {}, "source_range": None, "effects": [], "markers": [], "enabled": True}


def _range(start: int, length: int, fps: int) -> Json:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": _time(start, fps), "duration": _time(length, fps)}


def _time(frames: int, fps: int) -> Json:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(fps), "value": float(frames)}
