"""Final Cut Pro 7 XML (xmeml 5), which Premiere Pro and DaVinci Resolve import."""

from __future__ import annotations

import xml.etree.ElementTree as Xml
from collections.abc import Mapping

from videogen_sandbox.engines.timelines.layout import Item, Track, asset_frames, tracks
from videogen_sandbox.engines.timelines.model import Timeline
from videogen_sandbox.engines.timelines.xml import document, text

AUDIO_RATE = 48_000


def write(timeline: Timeline, urls: Mapping[str, str]) -> str:
    """Return a timeline as XML; `urls` is where each asset lies. Captions have no place in it."""
    return document(_Document(timeline, urls).root(), "<!DOCTYPE xmeml>")


class _Document:
    def __init__(self, timeline: Timeline, urls: Mapping[str, str]) -> None:
        self._timeline, self._urls = timeline, urls
        self._files: dict[str, str] = {}
        self._clips = 0

    def root(self) -> Xml.Element:
        """Return the whole document."""
        timeline = self._timeline
        root = Xml.Element("xmeml", version="5")
        sequence = Xml.SubElement(root, "sequence", id="sequence-1")
        text(sequence, "name", timeline.title)
        text(sequence, "duration", round(timeline.duration * timeline.fps))
        self._rate(sequence)
        media = Xml.SubElement(sequence, "media")
        video, audio = Xml.SubElement(media, "video"), Xml.SubElement(media, "audio")
        picture = Xml.SubElement(Xml.SubElement(video, "format"), "samplecharacteristics")
        self._rate(picture)
        self._size(picture)
        sound = Xml.SubElement(Xml.SubElement(audio, "format"), "samplecharacteristics")
        text(sound, "depth", 16)
        text(sound, "samplerate", AUDIO_RATE)
        for track in tracks(timeline):
            self._track(video if track.medium == "video" else audio, track)
        return root

    def _track(self, parent: Xml.Element, track: Track) -> None:
        element = Xml.SubElement(parent, "track")
        for item in track.items:
            if item.half_in:
                self._dissolve(element, item)
            self._clip(element, item, track)

    def _dissolve(self, track: Xml.Element, item: Item) -> None:
        transition = Xml.SubElement(track, "transitionitem")
        text(transition, "start", item.start - item.half_in)
        text(transition, "end", item.start + item.half_in)
        text(transition, "alignment", "center")
        self._rate(transition)
        effect = Xml.SubElement(transition, "effect")
        for name, value in (("name", "Cross Dissolve"), ("effectid", "Cross Dissolve"), ("effectcategory", "Dissolve"),
                            ("effecttype", "transition"), ("mediatype", "video")):  # fmt: skip
            text(effect, name, value)

    def _clip(self, parent: Xml.Element, item: Item, track: Track) -> None:
        """A clip. Where it begins or ends in a dissolve its place is -1, and its part of the source includes that."""
        self._clips += 1
        clip = Xml.SubElement(parent, "clipitem", id=f"clipitem-{self._clips}")
        if track.medium == "audio":
            clip.set("premiereChannelType", "stereo")
        text(clip, "name", item.clip.name)
        text(clip, "duration", asset_frames(self._timeline, item.clip.source))
        self._rate(clip)
        text(clip, "start", -1 if item.half_in else item.start)
        text(clip, "end", -1 if item.half_out else item.end)
        text(clip, "in", item.source_in - item.half_in)
        text(clip, "out", item.source_in + item.length + item.half_out)
        if item.is_still and track.medium == "video":
            text(clip, "stillframe", "TRUE")
        self._file(clip, item, track)
        if track.medium == "audio":
            source = Xml.SubElement(clip, "sourcetrack")
            text(source, "mediatype", "audio")
            text(source, "trackindex", 1)

    def _file(self, clip: Xml.Element, item: Item, track: Track) -> None:
        """The asset: described where it is used first, named by its id later."""
        source = item.clip.source
        known = source in self._files
        identity = self._files.setdefault(source, f"file-{len(self._files) + 1}")
        file = Xml.SubElement(clip, "file", id=identity)
        if known:
            return
        text(file, "name", source)
        text(file, "pathurl", self._urls[source])
        self._rate(file)
        text(file, "duration", asset_frames(self._timeline, source))
        media = Xml.SubElement(file, "media")
        if track.medium == "video":
            self._size(Xml.SubElement(Xml.SubElement(media, "video"), "samplecharacteristics"))
        if track.medium == "audio" or self._is_heard(source):
            audio = Xml.SubElement(media, "audio")
            text(Xml.SubElement(audio, "samplecharacteristics"), "samplerate", AUDIO_RATE)
            text(audio, "channelcount", 2)

    def _is_heard(self, source: str) -> bool:
        return any(clip.source == source for clip in self._timeline.audio)

    def _rate(self, parent: Xml.Element) -> None:
        rate = Xml.SubElement(parent, "rate")
        text(rate, "timebase", self._timeline.fps)
        text(rate, "ntsc", "FALSE")

    def _size(self, parent: Xml.Element) -> None:
        text(parent, "width", self._timeline.width)
        text(parent, "height", self._timeline.height)
        text(parent, "pixelaspectratio", "square")
