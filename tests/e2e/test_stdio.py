"""The whole surface over real pipes in both protocol eras: what is listed, and workflows with real input."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import httpx
import jsonschema
import pytest
from PIL import Image

from tests.answers import untold
from tests.e2e.eras import eras
from tests.e2e.processes import FORKS
from tests.e2e.upstream import Sandbox
from tests.e2e.wire import ERAS, Answer, Era, Request, Server, serving
from tests.generated import is_full
from videogen_mcp import __version__
from videogen_mcp.settings import DEFAULT_TOOLSETS
from videogen_mcp.workflows import WORKFLOWS

SURFACE_BYTES = 46_000
"""What `tools/list` of the default surface may be as compact JSON (DESIGN section 4)."""

WIDE = "16:9" if is_full() else "4:1"
"""Of the modern era's picture and clip: outside `.ci/run` there are few pixels to cut out, to trace and to enlarge."""

TEXT = "The keeper of the lighthouse counted the waves until morning." if is_full() else "The keeper counted the waves."

Make = Callable[["Studio"], dict[str, Any]]

FULL: Mapping[str, Make] = {
    "generate_image": lambda made: {"prompt": "a red fox in a snowy forest", "aspect_ratio": WIDE},
    "generate_video_clip": lambda made: {
        "prompt": "a sailing boat on a lake",
        "aspect_ratio": WIDE,
        "duration_seconds": CLIP_SECONDS["modern"],
        "with_audio": True,
    },
    "text_to_speech": lambda made: {"text": TEXT, "voice_id": made.first("list_voices", "voices", "voice_id")},
    "generate_sound_effect": lambda made: {"prompt": "rain and thunder", "duration_seconds": 3},
    "generate_avatar_clip": lambda made: {
        "presenter_id": made.first("list_presenters", "presenters", "presenter_id"),
        "audio": made.file("text_to_speech"),
    },
    "vectorize_image": lambda made: {"image": made.file("generate_image")},
    "remove_image_background": lambda made: {"image": made.file("generate_image")},
    "upscale_image": lambda made: {"image": made.file("generate_image")},
    "remove_video_background": lambda made: {"video": made.short_clip()},
    "upscale_video": lambda made: {"video": made.short_clip()},
}
SMALL: Mapping[str, Make] = {
    **FULL,
    "generate_image": lambda made: {"prompt": "a pear on a table", "aspect_ratio": "1:1"},
    "generate_video_clip": lambda made: {
        "prompt": "a kite over a hill",
        "aspect_ratio": "9:16",
        "duration_seconds": 1,
        "reference_images": [made.file("generate_image")],
    },
    "generate_sound_effect": lambda made: {"prompt": "a bell", "duration_seconds": 1},
}
ASKED: Mapping[Era, Mapping[str, Make]] = {"modern": FULL, "legacy": SMALL}
"""What each tool is asked for; both eras together have three ratios, two lengths, sound and a reference."""

SEEN_ELSEWHERE = () if is_full() else ("generate_avatar_clip", "upscale_image", "remove_video_background")
"""What test_media asks for too, of files that are much smaller."""

TOOLS = [tool for tool in FULL if tool not in SEEN_ELSEWHERE]

OF_CLIPS = [tool for tool in ("remove_video_background", "upscale_video") if tool in TOOLS]

RATIOS: Mapping[tuple[Era, str], Fraction] = {
    ("modern", "image"): Fraction(*map(int, WIDE.split(":"))),
    ("modern", "video"): Fraction(*map(int, WIDE.split(":"))),
    ("legacy", "image"): Fraction(1, 1),
    ("legacy", "video"): Fraction(9, 16),
}
CLIP_SECONDS: Mapping[Era, int] = {"modern": 3 if is_full() else 1, "legacy": 1}
SOUND_SECONDS: Mapping[Era, float] = {"modern": 3.0, "legacy": 1.0}


@dataclass
class Studio:
    """One server that makes each thing once, together with what it is made from."""

    server: Server
    calls: dict[str, Request] = field(default_factory=dict)
    schemas: dict[str, dict[str, Any]] = field(default_factory=dict)

    def make(self, tool: str) -> Answer:
        """The answer of this era's call of the tool."""
        if tool not in self.calls:
            self.calls[tool] = self.server.start(tool, **ASKED[self.server.era][tool](self))
        return self.calls[tool].answer()

    def file(self, tool: str) -> str:
        return self.make(tool).file_id

    def short_clip(self) -> str:
        """The id of one second of film: working on every frame of it takes seconds, not minutes."""
        if CLIP_SECONDS[self.server.era] == 1:
            return self.file("generate_video_clip")
        if "short" not in self.calls:
            asked = {"prompt": "a sailing boat on a lake", "duration_seconds": 1}
            self.calls["short"] = self.server.start("generate_video_clip", **asked)
        return self.calls["short"].answer().file_id

    def source_of(self, tool: str) -> Answer:
        """The answer that brought the clip a tool worked on."""
        self.make(tool)
        return self.calls["short" if "short" in self.calls else "generate_video_clip"].answer()

    def first(self, tool: str, rows: str, key: str) -> str:
        return str(self.server.call(tool).structured[rows][0][key])

    def ratio(self, kind: str) -> Fraction:
        return RATIOS[self.server.era, kind]


@pytest.fixture(scope="module", params=ERAS)
def server(request: pytest.FixtureRequest, state_dir: Path) -> Iterator[Server]:
    """A server that was started as hosts do, elsewhere than in `.ci/run` in one era."""
    with serving(state_dir, request.param, fork=FORKS and request.param == "legacy") as server:
        yield server


@pytest.fixture(scope="module", params=eras(quick="modern"))
def studio(request: pytest.FixtureRequest, state_dir: Path) -> Iterator[Studio]:
    with serving(state_dir, request.param) as server:
        schemas = {tool["name"]: tool["outputSchema"] for tool in server.tools() if "outputSchema" in tool}
        yield Studio(server, schemas=schemas)


# -- what is listed ------------------------------------------------------------------------------------------------


def test_the_server_says_who_it_is_and_how_to_go_on(server: Server) -> None:
    hello = server.hello
    about = hello.get("serverInfo") or hello["_meta"]["io.modelcontextprotocol/serverInfo"]
    assert (about["name"], about["version"]) == ("videogen", __version__)
    assert "wait_for_execution" in hello["instructions"]


def test_the_surface_is_small_and_whole(server: Server) -> None:
    tools = server.tools()
    assert len(json.dumps(tools, separators=(",", ":"), ensure_ascii=False).encode()) < SURFACE_BYTES
    on = [workflow.tool_name() for workflow in WORKFLOWS if workflow.toolset in DEFAULT_TOOLSETS]
    assert [tool["name"] for tool in tools if tool["name"] in on] == on
    for tool in tools:
        assert tool["description"]
        assert tool["inputSchema"]["additionalProperties"] is False
        jsonschema.Draft202012Validator.check_schema(tool["inputSchema"])
        jsonschema.Draft202012Validator.check_schema(tool.get("outputSchema", {}))


def test_the_list_of_tools_is_the_same_in_both_eras(state_dir: Path) -> None:
    listed = []
    for era in ERAS:
        with serving(state_dir, era) as server:
            listed.append(server.tools())
    assert listed[0] == listed[1]


# -- every workflow ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", TOOLS)
def test_each_workflow_ends_with_a_file_and_says_so_twice(studio: Studio, tool: str) -> None:
    answer = studio.make(tool)
    assert not answer.is_error, answer.text
    assert answer.status == "succeeded"
    assert answer.structured["workflow"] == tool
    assert answer.structured["sandbox"] is True
    jsonschema.validate(answer.structured, studio.schemas[tool])
    assert untold(answer.structured, studio.schemas[tool]) == []

    (file,) = answer.structured["files"]
    for said in (answer.execution_id, file["file_id"], file["preview_url"], file["page_url"]):
        assert said in answer.text


@pytest.mark.parametrize("tool", TOOLS)
def test_its_answer_is_small_and_says_that_it_is_a_placeholder(studio: Studio, tool: str) -> None:
    answer = studio.make(tool)
    (file,) = answer.structured["files"]
    name = len(file["name"].encode())
    text, structured = (330, 580) if tool == "generate_image" else (370, 630)
    assert len(answer.text.encode()) <= text + name
    assert len(json.dumps(answer.structured, separators=(",", ":"), ensure_ascii=False).encode()) <= structured + name
    assert answer.text.endswith("Sandbox placeholder, works only on this machine.")
    assert answer.structured["note"].endswith("Sandbox placeholder, works only on this machine.")


@pytest.mark.parametrize("tool", TOOLS)
def test_progress_rises_to_the_end_and_names_the_execution(studio: Studio, tool: str) -> None:
    answer = studio.make(tool)
    steps = studio.calls[tool].progress
    assert len(steps) >= 2
    assert any(answer.execution_id in step["message"] for step in steps)
    assert all(0 < step["progress"] < step.get("total", 101) for step in steps)


@pytest.mark.parametrize("tool", TOOLS)
def test_its_page_is_there_for_people(studio: Studio, tool: str) -> None:
    (file,) = studio.make(tool).structured["files"]
    page = httpx.get(file["page_url"])
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")


def test_the_gallery_begins_with_what_to_say_to_an_agent(sandbox: Sandbox) -> None:
    gallery = httpx.get(sandbox.address.base_url, headers={"accept": "text/html"}).text
    assert re.findall("<h3>([^<]+)</h3>", gallery) == ["With an agent", "With a program"]


# -- what the preview addresses serve ------------------------------------------------------------------------------


def test_the_picture_has_the_ratio_asked_for(studio: Studio) -> None:
    picture = _picture(studio.make("generate_image"))
    assert picture.format == "JPEG"
    assert Fraction(*picture.size) == studio.ratio("image")
    assert max(picture.size) >= 720


@pytest.mark.parametrize(("tool", "form"), [("vectorize_image", "PNG"), ("remove_image_background", "PNG")])
def test_pictures_made_from_it_keep_its_ratio(studio: Studio, tool: str, form: str) -> None:
    picture = _picture(studio.make(tool))
    assert picture.format == form
    assert Fraction(*picture.size) == studio.ratio("image")


def test_a_cut_out_is_transparent_in_part(studio: Studio) -> None:
    alpha = _picture(studio.make("remove_image_background")).getchannel("A").getextrema()
    assert alpha == (0, 255)


@pytest.mark.skipif("upscale_image" in SEEN_ELSEWHERE, reason="CI's; here test_media has the tool")
def test_an_enlarged_picture_is_larger(studio: Studio) -> None:
    (before,) = studio.make("generate_image").structured["files"]
    answer = studio.make("upscale_image")
    (after,) = answer.structured["files"]
    assert Fraction(after["width"], after["height"]) == studio.ratio("image")
    assert after["width"] > before["width"]
    assert Fraction(*_picture(answer).size) == studio.ratio("image")


def test_the_clip_is_as_long_and_wide_as_asked(studio: Studio) -> None:
    film = _film(studio.make("generate_video_clip"))
    assert film.codec == "h264"
    assert Fraction(film.width, film.height) == studio.ratio("video")
    assert film.seconds == pytest.approx(CLIP_SECONDS[studio.server.era], abs=0.1)
    assert film.frames >= 20 * CLIP_SECONDS[studio.server.era]
    assert film.audio == ("aac" if studio.server.era == "modern" else None)


def test_the_speech_is_as_long_as_such_a_text_takes(studio: Studio) -> None:
    answer = studio.make("text_to_speech")
    film = _film(answer)
    words_a_minute = len(TEXT.split()) / film.seconds * 60
    assert film.audio == "aac"
    assert 100 < words_a_minute < 220
    assert answer.structured["files"][0]["duration_seconds"] == pytest.approx(film.seconds, abs=0.1)


def test_the_sound_is_as_long_as_asked(studio: Studio) -> None:
    film = _film(studio.make("generate_sound_effect"))
    assert film.audio == "aac"
    assert film.seconds == pytest.approx(SOUND_SECONDS[studio.server.era], abs=0.1)


@pytest.mark.skipif("generate_avatar_clip" in SEEN_ELSEWHERE, reason="CI's; here test_media has the tool")
def test_the_presenter_speaks_exactly_that_long(studio: Studio) -> None:
    film = _film(studio.make("generate_avatar_clip"))
    assert (film.codec, film.audio) == ("h264", "aac")
    assert film.seconds == pytest.approx(_film(studio.make("text_to_speech")).seconds, abs=0.15)


@pytest.mark.parametrize("tool", OF_CLIPS)
def test_clips_made_from_it_keep_its_length_and_ratio_and_an_enlarged_one_is_larger(studio: Studio, tool: str) -> None:
    answer = studio.make(tool)
    film, before = _film(answer), _film(studio.source_of(tool))
    assert film.codec == "h264"
    assert film.seconds == pytest.approx(before.seconds, abs=0.15)
    assert film.frames == pytest.approx(before.frames, abs=2)
    (file,) = answer.structured["files"]
    assert Fraction(file["width"], file["height"]) == studio.ratio("video")
    (source,) = studio.source_of(tool).structured["files"]
    assert (file["width"] > source["width"]) is (tool == "upscale_video")


# -- several at once -----------------------------------------------------------------------------------------------


def test_several_results_of_one_call_differ(server: Server) -> None:
    answer = server.call("generate_sound_effect", prompt="a bell", duration_seconds=1, count=3)
    ids = {file["file_id"] for file in answer.structured["files"]}
    assert len(ids) == 3
    assert all(file_id in answer.text for file_id in ids)
    sounds = {httpx.get(file["preview_url"]).content for file in answer.structured["files"]}
    assert len(sounds) == 3


def test_calls_at_the_same_time_do_not_mix(server: Server) -> None:
    running = [
        server.start("generate_sound_effect", prompt=f"a bell {number}", duration_seconds=1 + number)
        for number in range(3)
    ]
    for number, request in enumerate(running):
        (file,) = request.answer().structured["files"]
        assert file["name"] == f"a bell {number}"
        assert file["duration_seconds"] == pytest.approx(1 + number, abs=0.1)


@dataclass(frozen=True)
class Film:
    """What a decoder finds in a clip or sound. Every frame was decoded."""

    codec: str | None
    width: int
    height: int
    seconds: float
    frames: int
    audio: str | None


def _fetched(answer: Answer) -> bytes:
    (file,) = answer.structured["files"]
    served = httpx.get(file["preview_url"])
    assert served.status_code == 200
    return served.content


def _picture(answer: Answer) -> Image.Image:
    picture = Image.open(io.BytesIO(_fetched(answer)))
    picture.load()
    return picture


def _film(answer: Answer) -> Film:
    with av.open(io.BytesIO(_fetched(answer)), "r") as container:
        video = next(iter(container.streams.video), None)
        audio = next(iter(container.streams.audio), None)
        frames = sum(1 for _ in container.decode(video)) if video else 0
        assert container.duration is not None
        return Film(
            video.codec_context.name if video else None,
            video.width if video else 0,
            video.height if video else 0,
            container.duration / 1_000_000,
            frames,
            audio.codec_context.name if audio else None,
        )
