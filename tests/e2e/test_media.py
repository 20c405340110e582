"""Local files in and finished files out, by a real MCP client on the real sandbox: one call each."""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from mcp import Client
from PIL import ImageDraw

from tests.photos import grain
from videogen_mcp.server import open_server
from videogen_mcp.settings import COMPLETION, Settings
from videogen_sandbox.engines.media.probe import probe

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the person's files lie."""
    return tmp_path_factory.mktemp("media")


@pytest.fixture
def settings(place: Path, state_dir: Path) -> Settings:
    return Settings(
        sandbox="on",
        state_dir=state_dir,
        output_dir=place / "out",
        allowed_dirs=(place,),
        wait=COMPLETION,
    )


def photo(folder: Path) -> Path:
    """An orange ball before grey grain."""
    path = folder / "photo.jpg"
    image = grain(192, 128, 20).convert("RGB")
    ImageDraw.Draw(image).ellipse((56, 24, 136, 104), fill=(230, 120, 40))
    image.save(path)
    return path


def voice(folder: Path) -> Path:
    """A second of a tone that swells and ebbs like syllables."""
    path = folder / "voice.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 16_000, "NONE", ""))
        for place in range(16_000):
            loud = abs(math.sin(place / 16_000 * math.pi * 3))
            file.writeframesraw(struct.pack("<h", int(9_000 * loud * math.sin(place / 16_000 * math.tau * 180))))
    return path


def clip(folder: Path) -> Path:
    """A bright square that crosses a dark picture in a second."""
    path = folder / "clip.mp4"
    with av.open(str(path), "w") as file:
        stream: Any = file.add_stream("libx264", rate=5)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for place in range(5):
            picture = np.full((96, 160, 3), 30, dtype=np.uint8)
            picture[30:66, 10 + place * 16 : 50 + place * 16] = (230, 200, 120)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        file.mux(stream.encode(None))
    return path


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    text = "\n".join(getattr(block, "text", "") for block in result.content)
    assert not result.is_error, text
    assert result.structured_content is not None
    return dict(result.structured_content)


@pytest.mark.parametrize(
    ("tool", "argument", "make", "kind"),
    [
        ("upscale_image", "image", photo, "IMAGE"),
        ("generate_avatar_clip", "audio", voice, "VIDEO"),
        ("remove_video_background", "video", clip, "VIDEO"),
    ],
)
async def test_a_local_file_goes_in_and_the_result_comes_home(
    settings: Settings, place: Path, tool: str, argument: str, make: Any, kind: str
) -> None:
    arguments = {argument: str(make(place))}
    async with open_server(settings) as server, Client(server) as client:
        if tool == "generate_avatar_clip":
            arguments["presenter_id"] = (await call(client, "list_presenters"))["presenters"][0]["presenter_id"]
        made = await call(client, tool, **arguments)
        saved = await call(client, "download_file", file_id=made["files"][0]["file_id"], name=tool)

    media = probe(Path(saved["path"]))
    assert media.kind == kind
    assert Path(saved["path"]).stem == tool


async def test_a_picture_and_sounds_are_saved_in_the_calls_that_make_them(settings: Settings, place: Path) -> None:
    async with open_server(settings) as server, Client(server) as client:
        picture = await call(client, "generate_image", prompt="a pear", save_to="fruit/pear.jpg")
        sounds = await call(
            client, "generate_sound_effect", prompt="rain", duration_seconds=1, count=2, save_to="rain/"
        )
        begun = await call(
            client, "vectorize_image", image=picture["files"][0]["saved_path"], save_to="pear", wait_seconds=0
        )
        drawn = await call(client, "wait_for_execution", execution_id=begun["execution_id"])

    assert picture["files"][0]["saved_path"] == str(place / "out" / "fruit" / "pear.png")
    assert "pear.jpg is saved as pear.png" in picture["note"]
    assert {Path(file["saved_path"]).parent for file in sounds["files"]} == {place / "out" / "rain"}
    paths = [Path(file["saved_path"]) for file in (*picture["files"], *sounds["files"])]
    assert [probe(path).kind for path in paths] == ["IMAGE", "AUDIO", "AUDIO"]
    assert [file["saved_path"] for file in drawn["files"]] == [str(place / "out" / "pear.svg")]


async def test_every_finished_result_is_saved_when_asked_for(settings: Settings, place: Path) -> None:
    settings = Settings(**{**vars(settings), "save": True, "output_dir": place / "kept"})
    async with open_server(settings) as server, Client(server) as client:
        made = await call(client, "generate_sound_effect", prompt="rain", duration_seconds=1, count=2)
        again = await call(client, "wait_for_execution", execution_id=made["execution_id"])

    paths = [file["saved_path"] for file in made["files"]]
    assert len(set(paths)) == 2
    assert [file["saved_path"] for file in again["files"]] == paths
    assert [probe(Path(path)).kind for path in paths] == ["AUDIO", "AUDIO"]


async def test_a_file_is_uploaded_found_published_and_archived(settings: Settings, place: Path) -> None:
    async with open_server(settings) as server, Client(server) as client, httpx.AsyncClient() as web:
        file_id = (await call(client, "upload_file", path=str(clip(place)), name="square"))["file_id"]
        details = await call(client, "get_file", file_id=file_id)
        public = await call(client, "set_public_preview", file_id=file_id, enabled=True)
        open_to_all = (await web.get(public["public_url"])).status_code
        await call(client, "set_public_preview", file_id=file_id, enabled=False)
        closed = (await web.get(public["public_url"])).status_code
        listed = await call(client, "find_files", type="video")
        await call(client, "archive_file", file_id=file_id)
        left = await call(client, "find_files", type="video")

    assert (details["status"], details["type"], details["name"]) == ("ready", "VIDEO", "square")
    assert (details["width"], details["height"]) == (160, 96)
    assert details["duration_seconds"] == pytest.approx(1.0, abs=0.2)
    assert (open_to_all, closed) == (200, 404)
    assert file_id in [row["file_id"] for row in listed["files"]]
    assert file_id not in [row["file_id"] for row in left["files"]]
