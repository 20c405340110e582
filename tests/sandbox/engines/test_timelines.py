from __future__ import annotations

import xml.etree.ElementTree as Xml
import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pysubs2
import pytest

from videogen_sandbox.engines import EngineError
from videogen_sandbox.engines.timelines import fcpxml, premiere, srt
from videogen_sandbox.engines.timelines import otio as otio_json
from videogen_sandbox.engines.timelines.layout import tracks
from videogen_sandbox.engines.timelines.model import Clip, Cue, Timeline
from videogen_sandbox.engines.timelines.writing import Format, write

FPS = 25

FILM = Timeline(
    title="Bread & <butter>",
    fps=FPS,
    width=1280,
    height=720,
    duration=9.0,
    video=[
        Clip("first", 0.0, 3.0, 0.0, "still one.png", "image"),
        Clip("second", 3.0, 3.0, 1.0, "clip.mp4", "video", transition_in=0.48, source_duration=6.0),
        Clip("third", 6.0, 3.0, 0.0, "still two.png", "image", transition_in=0.48),
        Clip("logo", 1.0, 7.0, 0.0, "logo.png", "overlay"),
    ],
    audio=[
        Clip("line 1", 0.5, 2.0, 0.0, "voice.wav", "voice", source_duration=8.0),
        Clip("line 2", 3.5, 2.5, 2.0, "voice.wav", "voice", source_duration=8.0),
        Clip("music", 0.0, 9.0, 0.0, "music.m4a", "music", source_duration=30.0),
        Clip("noise", 3.0, 3.0, 1.0, "clip.mp4", "sound", source_duration=6.0),
    ],
    captions=[Cue(3.5, 5.25, "butter --> knife\n\n& <more>"), Cue(0.5, 2.5, "Bread takes time.")],
)

URLS = {clip.source: f"https://files.example/{clip.source.replace(' ', '%20')}?a=1&b=2"
        for clip in (*FILM.video, *FILM.audio)}  # fmt: skip


def read_back(document: str, adapter: str) -> Any:
    read = otio.adapters.read_from_string(document, adapter)
    return read if isinstance(read, otio.schema.Timeline) else read[0]


def seen(timeline: Any) -> list[list[tuple[str, str, float, float]]]:
    """Of each track what lies on it: kind, name, start of the source and length, both in frames."""
    return [
        [
            (type(child).__name__, child.name, child.source_range.start_time.value, child.source_range.duration.value)
            if not isinstance(child, otio.schema.Transition)
            else ("Transition", "", child.in_offset.value, child.out_offset.value)
            for child in track
        ]
        for track in timeline.tracks
    ]


PICTURES = [
    [("Clip", "first", 25, 75), ("Transition", "", 6, 6), ("Clip", "second", 25, 75), ("Transition", "", 6, 6),
     ("Clip", "third", 25, 75)],
    [("Gap", "", 0, 25), ("Clip", "logo", 25, 175)],
]  # fmt: skip


def test_otio_reads_every_clip_gap_and_dissolve_of_an_otio_file() -> None:
    timeline = read_back(otio_json.write(FILM, URLS), "otio_json")
    assert seen(timeline) == [
        *PICTURES,
        [("Gap", "", 0, 12), ("Clip", "line 1", 0, 50), ("Gap", "", 0, 26), ("Clip", "line 2", 50, 62)],
        [("Gap", "", 0, 75), ("Clip", "noise", 25, 75)],
        [("Clip", "music", 0, 225)],
    ]
    assert timeline.name == FILM.title
    assert timeline.duration().value == 225
    clips = timeline.find_clips()
    assert {clip.media_reference.name: clip.media_reference.target_url for clip in clips} == URLS
    assert all(clip.available_range().end_time_exclusive() >= clip.source_range.end_time_exclusive() for clip in clips)


def test_otio_s_adapter_reads_the_premiere_file() -> None:
    timeline = read_back(premiere.write(FILM, URLS), "fcp_xml")
    read = seen(timeline)
    assert [[entry for entry in track if entry[0] != "Gap"] for track in read[:2]] == [
        [entry for entry in track if entry[0] != "Gap"] for track in PICTURES
    ]
    starts = {clip.name: clip.range_in_parent().start_time.value for clip in timeline.find_clips()}
    assert starts == {"first": 0, "second": 75, "third": 150, "logo": 25, "line 1": 12, "line 2": 88, "music": 0,
                      "noise": 75}  # fmt: skip
    assert {clip.media_reference.target_url for clip in timeline.find_clips()} == set(URLS.values())


def seconds(value: str) -> Fraction:
    return Fraction(value.removesuffix("s"))


def test_the_spine_of_an_fcpxml_has_no_holes_and_times_are_fractions() -> None:
    late = replace(FILM, video=[replace(FILM.video[0], start=1.0, duration=2.0), *FILM.video[1:]])
    root = Xml.fromstring(fcpxml.write(late, URLS))
    spine = root.find(".//spine")
    assert spine is not None
    laid = [element for element in spine if element.tag != "transition"]
    assert [element.tag for element in laid] == ["gap", "video", "asset-clip", "video"]
    at = Fraction(0)
    for element in laid:
        assert seconds(element.get("offset", "")) == at
        at += seconds(element.get("duration", ""))
    assert at == 9
    assert [(seconds(one.get("offset", "")), seconds(one.get("duration", ""))) for one in spine.iter("transition")] == [
        (3 - Fraction(6, 25), Fraction(12, 25)),
        (6 - Fraction(6, 25), Fraction(12, 25)),
    ]


def test_what_is_connected_in_an_fcpxml_begins_when_it_should() -> None:
    root = Xml.fromstring(fcpxml.write(FILM, URLS))
    spine = root.find(".//spine")
    assert spine is not None
    begins = {}
    for parent in spine:
        for child in parent:
            # the offset of a connected clip is in its parent's own time
            inner = seconds(child.get("offset", "")) - seconds(parent.get("start", "0s"))
            begins[child.get("name")] = (float(inner + seconds(parent.get("offset", ""))), child.get("lane"))
    assert begins == {
        "logo": (1.0, "1"),
        "music": (0.0, "-3"),
        "line 1": (pytest.approx(0.48), "-1"),
        "line 2": (pytest.approx(3.52), "-1"),
        "noise": (3.0, "-2"),
    }


def test_an_fcpxml_asset_lasts_as_long_as_its_clips_and_dissolves_show_of_it() -> None:
    root = Xml.fromstring(fcpxml.write(FILM, URLS))
    assets = {asset.get("id"): asset for asset in root.iter("asset")}
    assert {asset.get("name"): asset.get("duration") for asset in assets.values()}["clip.mp4"] == "150/25s"
    assert len(assets) == len(URLS)
    assert {rep.get("src") for rep in root.iter("media-rep")} == set(URLS.values())
    assert all(clip.get("ref") in assets for tag in ("asset-clip", "video") for clip in root.iter(tag))


def joined(second: Clip) -> list[tuple[int, int, int, int, int]]:
    """Start, end, beginning in the source and half dissolves of three clips, the second of them another one."""
    items = tracks(replace(FILM, video=[FILM.video[0], second, FILM.video[2]]))[0].items
    return [(item.start, item.end, item.source_in, item.half_in, item.half_out) for item in items]


def test_a_film_shown_from_its_beginning_is_dissolved_into_after_the_cut() -> None:
    _, second, _ = joined(replace(FILM.video[1], source_start=0.0))
    # twelve frames from the cut at 75 on; the cut lies in their middle
    assert second == (81, 150, 6, 6, 6)


def test_a_film_shown_to_its_end_is_dissolved_from_before_the_cut() -> None:
    _, second, third = joined(replace(FILM.video[1], source_start=3.0))
    assert second[1:] == (144, 75, 6, 6)
    assert third[:2] == (144, 225)


def test_without_any_frames_beyond_the_cut_it_stays_a_cut() -> None:
    whole = replace(FILM.video[1], source_start=0.0, source_duration=3.0)
    films = [whole, replace(whole, start=6.0)]
    first, second = tracks(replace(FILM, video=films))[0].items
    assert (first.half_out, second.half_in, second.start) == (0, 0, 150)


def test_no_dissolve_needs_more_of_an_asset_than_there_is() -> None:
    for start, length in ((0.0, 3.0), (0.04, 3.2), (0.1, 3.12), (0.2, 3.5), (1.0, 6.0)):
        _, second, _ = joined(replace(FILM.video[1], source_start=start, source_duration=length))
        assert second[2] - second[3] >= 0
        assert second[2] + second[1] - second[0] + second[4] <= length * FPS + 1e-6


def test_times_that_are_no_whole_frames_leave_no_gaps() -> None:
    lengths = [0.333, 1.017, 0.519, 2.2]
    starts = [sum(lengths[:number]) for number in range(len(lengths))]
    clips = [Clip(str(at), at, length, 0.0, "a.png", "image") for at, length in zip(starts, lengths, strict=True)]
    items = tracks(replace(FILM, video=clips))[0].items
    assert [item.start for item in items[1:]] == [item.end for item in items[:-1]]


def test_sound_that_overlaps_lies_on_tracks_of_its_own() -> None:
    twice = [replace(FILM.audio[0], start=start) for start in (0.0, 1.0, 2.0)]
    made = tracks(replace(FILM, video=[], audio=twice))
    assert [[item.start for item in track.items] for track in made] == [[0, 50], [25]]


def test_a_subtitle_parser_reads_the_srt_in_order_and_unharmed() -> None:
    cues = pysubs2.SSAFile.from_string(srt.write(FILM), format_="srt")
    assert [(cue.start, cue.end) for cue in cues] == [(500, 2500), (3500, 5250)]
    assert cues[0].plaintext == "Bread takes time."
    assert cues[1].plaintext.splitlines()[0] == "butter → knife"


@pytest.mark.parametrize("form", ["FCPXML", "PREMIERE_XML", "OTIO", "SRT"])
def test_a_timeline_with_nothing_on_it_is_still_a_file(form: Format, tmp_path: Path) -> None:
    empty = Timeline("\x00/..", 25, 640, 360, 0.0, [], [], [])
    path = write(empty, form, {}, "REMOTE_URLS", tmp_path)
    assert path.parent == tmp_path
    assert path.stem == "timeline"
    if form == "OTIO":
        assert read_back(path.read_text("utf-8"), "otio_json").name == "/.."


def test_a_bundle_holds_document_media_and_captions_and_opens_as_otioz(tmp_path: Path) -> None:
    media: dict[str, str | Path] = {}
    for name in URLS:
        media[name] = tmp_path / f"{len(media)}.bin"
        Path(media[name]).write_bytes(name.encode())
    path = write(FILM, "OTIO", media, "BUNDLE", tmp_path)
    again = path.read_bytes()
    assert write(FILM, "OTIO", media, "BUNDLE", tmp_path).read_bytes() == again
    opened = path.rename(tmp_path / "film.otioz")
    timeline = otio.adapters.read_from_file(str(opened))
    assert {clip.media_reference.target_url for clip in timeline.find_clips()} == {
        f"media/{name.replace(' ', '%20')}" for name in URLS
    }
    with zipfile.ZipFile(opened) as bundle:
        assert {f"media/{name}" for name in URLS} | {"Bread butter.srt", "content.otio", "version.txt"} == set(
            bundle.namelist()
        )
        assert bundle.read("media/still one.png") == b"still one.png"


def test_a_lost_asset_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"lost clip\.mp4"):
        write(FILM, "FCPXML", {name: url for name, url in URLS.items() if name != "clip.mp4"}, "REMOTE_URLS", tmp_path)
