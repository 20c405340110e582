"""FCPXML 1.10, which Final Cut Pro imports.

The lowest pictures lie on the spine, which has no holes: gaps fill them. Everything else is connected to what lies on
the spine where it begins, above (lanes 1, 2 …) or below it (lanes -1, -2 …).
"""

from __future__ import annotations

import xml.etree.ElementTree as Xml
from collections.abc import Mapping, Sequence

from videogen_sandbox.engines.timelines.layout import Item, Track, asset_frames, tracks
from videogen_sandbox.engines.timelines.model import Timeline
from videogen_sandbox.engines.timelines.xml import clean, document

_ROLES = {"voice": "dialogue", "sound": "effects", "music": "music"}

_STILLS = "FFVideoFormatRateUndefined"
"""The format that Final Cut Pro gives to pictures without a pace."""


def write(timeline: Timeline, urls: Mapping[str, str]) -> str:
    """Return a timeline as FCPXML; `urls` is where each asset lies. Captions have no place in it."""
    return document(_Document(timeline, urls).root(), "<!DOCTYPE fcpxml>")


class _Document:
    def __init__(self, timeline: Timeline, urls: Mapping[str, str]) -> None:
        self._timeline, self._urls = timeline, urls
        self._tracks = tracks(timeline)
        pictures = [track for track in self._tracks if track.medium == "video"]
        self._spine: Sequence[Item] = pictures[0].items if pictures else ()
        self._above = pictures[1:]
        self._below = [track for track in self._tracks if track.medium == "audio"]
        self._identities: dict[str, str] = {}

    def root(self) -> Xml.Element:
        """Return the whole document."""
        timeline = self._timeline
        root = Xml.Element("fcpxml", version="1.10")
        resources = Xml.SubElement(root, "resources")
        for kind in ({"id": "r1", "frameDuration": self._time(1)}, {"id": "r2", "name": _STILLS}):
            size = {"width": str(timeline.width), "height": str(timeline.height)}
            Xml.SubElement(resources, "format", kind | size)
        for track in self._tracks:
            for item in track.items:
                self._asset(resources, item)
        name = clean(timeline.title)
        event = Xml.SubElement(Xml.SubElement(root, "library"), "event", name=name)
        length = round(timeline.duration * timeline.fps)
        sequence = Xml.SubElement(
            Xml.SubElement(event, "project", name=name), "sequence", format="r1", duration=self._time(length),
            tcStart="0s", tcFormat="NDF", audioLayout="stereo", audioRate="48k",
        )  # fmt: skip
        self._fill(Xml.SubElement(sequence, "spine"), length)
        return root

    def _asset(self, resources: Xml.Element, item: Item) -> None:
        source = item.clip.source
        if source in self._identities:
            return
        identity = self._identities[source] = f"r{len(self._identities) + 3}"
        asset = Xml.SubElement(resources, "asset", id=identity, name=clean(source), start="0s")
        asset.set("duration", "0s" if item.is_still else self._time(asset_frames(self._timeline, source)))
        if any(clip.source == source for clip in self._timeline.video):
            asset.attrib |= {"hasVideo": "1", "format": "r2" if item.is_still else "r1", "videoSources": "1"}
        if any(clip.source == source for clip in self._timeline.audio):
            asset.attrib |= {"hasAudio": "1", "audioSources": "1", "audioChannels": "2", "audioRate": "48000"}
        Xml.SubElement(asset, "media-rep", kind="original-media", src=self._urls[source])

    def _fill(self, spine: Xml.Element, length: int) -> None:
        """The elements of the spine with what is connected to each."""
        waiting = [(item, lane) for lane, track in self._lanes() for item in track.items]
        waiting.sort(key=lambda entry: entry[0].start)
        at = 0
        for item in self._spine:
            if item.start > at:
                waiting = self._gap(spine, at, item.start, waiting)
            if item.half_in:
                Xml.SubElement(spine, "transition", name="Cross Dissolve", duration=self._time(2 * item.half_in),
                               offset=self._time(item.start - item.half_in))  # fmt: skip
            element = self._clip(spine, item, item.start)
            waiting = self._connect(element, item.start, item.end, item.source_in, waiting)
            at = item.end
        end = max([length, *(item.start + 1 for item, _ in waiting)])
        if end > at:
            self._gap(spine, at, end, waiting)

    def _lanes(self) -> list[tuple[int, Track]]:
        above = [(lane, track) for lane, track in enumerate(self._above, start=1)]
        return above + [(-lane, track) for lane, track in enumerate(self._below, start=1)]

    def _gap(self, spine: Xml.Element, start: int, end: int, waiting: list[tuple[Item, int]]) -> list[tuple[Item, int]]:
        gap = Xml.SubElement(spine, "gap", name="Gap", offset=self._time(start), start="0s",
                             duration=self._time(end - start))  # fmt: skip
        return self._connect(gap, start, end, 0, waiting)

    def _connect(
        self, element: Xml.Element, start: int, end: int, inner: int, waiting: list[tuple[Item, int]]
    ) -> list[tuple[Item, int]]:
        """Connect the items that begin on an element, return the others. `inner`: the element's own time at `start`."""
        for item, lane in waiting:
            if item.start < end:
                self._clip(element, item, inner + item.start - start).set("lane", str(lane))
        return [(item, lane) for item, lane in waiting if item.start >= end]

    def _clip(self, parent: Xml.Element, item: Item, offset: int) -> Xml.Element:
        clip = Xml.SubElement(parent, "video" if item.is_still else "asset-clip")
        clip.set("ref", self._identities[item.clip.source])
        clip.set("name", clean(item.clip.name))
        clip.set("offset", self._time(offset))
        clip.set("start", self._time(item.source_in))
        clip.set("duration", self._time(item.length))
        if item.clip.kind in _ROLES:
            clip.attrib |= {"audioRole": _ROLES[item.clip.kind], "srcEnable": "audio"}
        elif not item.is_still:
            clip.attrib |= {"format": "r1", "srcEnable": "video"}
        return clip

    def _time(self, frames: int) -> str:
        return f"{frames}/{self._timeline.fps}s" if frames else "0s"
