"""Results that are saved in the call that makes them, and what an answer says where that fails (`save_to`)."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from mcp import Client

from tests.unit.protocol.everything import PICTURE, service
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.dialects import V2
from videogen_mcp.calls.upstream import Account, Upstream
from videogen_mcp.server import build_handlers, open_parts
from videogen_mcp.settings import Settings, Toolset

pytestmark = pytest.mark.anyio

Answer = dict[str, Any]


class Agent:
    """A client of a server whose service makes everything at once."""

    def __init__(self, client: Client, asked: list[tuple[str, str]], output: Path) -> None:
        self.client, self.asked, self.output = client, asked, output

    async def call(self, tool: str, **arguments: Any) -> Answer:
        result = await self.client.call_tool(tool, arguments)
        text = "\n".join(getattr(block, "text", "") for block in result.content)
        return {**(result.structured_content or {}), "text": text, "is_error": result.is_error}

    async def picture(self, **arguments: Any) -> Answer:
        return await self.call("generate_image", prompt="a pear", **arguments)

    @property
    def starts(self) -> int:
        return sum(method == "POST" and "/tools/" in path for method, path in self.asked)


@asynccontextmanager
async def agent(
    folder: Path, *, local_files: bool = True, spoken: Answer | None = None, **settings: Any
) -> AsyncIterator[Agent]:
    """`spoken`: the transcript of every file."""
    output = folder / "out"
    read = Settings(
        **{
            "api_key": "key",
            "output_dir": output,
            "allowed_dirs": (output,),
            "toolsets": frozenset(get_args(Toolset)),
            "state_dir": folder / "state",
            "journal": False,
            **settings,
        }
    )
    base_url, asked = "http://127.0.0.1:1", list[tuple[str, str]]()
    api = service("v2", asked)

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "media.test":
            return httpx.Response(200, content=PICTURE)
        answered = await api.handle_async_request(request)
        if spoken is not None and request.url.path.endswith("/hydrate"):
            return httpx.Response(200, json={**json.loads(answered.content), "transcript": spoken})
        return answered

    client = VideoGen(api_key="key", base_url=base_url, dialect="v2", transport=httpx.MockTransport(answer))

    async def connect(account: Account) -> Upstream:
        return Upstream(client, V2, account.name, True, base_url)

    async with (
        client,
        open_parts(read, connect=connect, local_files=local_files) as parts,
        Client(build_handlers(parts).server()) as connected,
    ):
        yield Agent(connected, asked, output)


def saved(answer: Answer) -> list[str | None]:
    return [file.get("saved_path") for file in answer["files"]]


@pytest.mark.parametrize(
    ("save_to", "path"),
    [
        ("pears/", "pears/a pear.png"),
        ("pears/first.png", "pears/first.png"),
        ("first", "first.png"),
        (".", "a pear.png"),
    ],
)
async def test_the_original_is_saved_in_the_call_that_makes_it(save_to: str, path: str, tmp_path: Path) -> None:
    async with agent(tmp_path) as here:
        answer = await here.picture(save_to=save_to)
    assert saved(answer) == [str(here.output / path)]
    assert (here.output / path).read_bytes() == PICTURE
    assert f"Saved: {here.output / path}" in answer["text"]
    assert " saved" not in answer["note"]


@pytest.mark.skipif(sys.platform != "linux", reason="names the folder as Linux does")
async def test_without_a_folder_for_results_a_film_is_saved_with_the_videos(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_VIDEOS_DIR", str(tmp_path / "Films"))
    async with agent(tmp_path, output_dir=None) as here:
        answer = await here.call("script_to_video", script="Hello.", save_to="tides/first")
    assert saved(answer) == [str(tmp_path / "Films" / "VideoGen" / "tides" / "first.png")]


async def test_without_a_place_nothing_is_saved(tmp_path: Path) -> None:
    async with agent(tmp_path) as here:
        assert saved(await here.picture(save_to="")) == [None]
    assert not here.output.exists()


async def test_a_wrong_ending_is_mended_and_told(tmp_path: Path) -> None:
    async with agent(tmp_path) as here:
        answer = await here.picture(save_to="pear.jpg")
    assert saved(answer) == [str(here.output / "pear.png")]
    for told in (answer["note"], answer["text"]):
        assert "pear.jpg is saved as pear.png: the file is PNG." in told


async def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    async with agent(tmp_path) as here:
        here.output.mkdir()
        (here.output / "pear.png").write_text("mine")
        answer = await here.picture(save_to="pear.png")
    assert saved(answer) == [str(here.output / "pear (2).png")]
    assert "nothing is overwritten" in answer["note"]
    assert (here.output / "pear.png").read_text() == "mine"


@pytest.mark.parametrize(
    ("save_to", "words"),
    [
        ("/etc/pear.png", "outside the folders this server may use"),
        ("https://example.com/", "is an address on the web"),
        ("taken/pear.png", "is not a folder"),
    ],
)
async def test_a_place_that_cannot_be_used_costs_no_result(save_to: str, words: str, tmp_path: Path) -> None:
    async with agent(tmp_path) as here:
        here.output.mkdir()
        (here.output / "taken").write_text("This is no folder.")
        answer = await here.picture(save_to=save_to)
    assert (answer["status"], answer["is_error"], saved(answer)) == ("succeeded", False, [None])
    assert words in answer["next_step"]
    assert answer["next_step"].endswith('Call download_file with file_id "vg_file_1" and another save_to')


async def test_a_full_disk_costs_no_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(100, 100, 0))
    async with agent(tmp_path) as here:
        answer = await here.picture(save_to="pears/")
    assert (answer["status"], answer["is_error"], saved(answer)) == ("succeeded", False, [None])
    assert "MB that are free" in answer["next_step"]
    assert list((here.output / "pears").iterdir()) == []


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (errno.EROFS, "may not be written by this server"),
        (errno.ENOSPC, "the disk is full"),
        (errno.ENAMETOOLONG, "cannot be written: File name too long"),
    ],
)
async def test_a_folder_that_cannot_be_made_costs_no_result(
    reason: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = os.mkdir

    def refuse(path: Any, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
        if Path(path).name == "pears":
            raise OSError(reason, os.strerror(reason))
        make(path, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "mkdir", refuse)
    async with agent(tmp_path) as here:
        answer = await here.picture(save_to="pears/")
    assert (answer["status"], answer["is_error"], saved(answer)) == ("succeeded", False, [None])
    assert words in answer["next_step"]
    assert answer["next_step"].endswith("and another save_to")


SPOKEN = {"words": [{"word": "Hello.", "startSeconds": 0, "endSeconds": 1.5}]}
CAPTIONS = "1\n00:00:00,000 --> 00:00:01,500\nHello.\n"


async def test_a_film_brings_its_captions(tmp_path: Path) -> None:
    async with agent(tmp_path, spoken=SPOKEN) as here:
        answer = await here.call("script_to_video", script="Hello.", save_to="film/hello")
        again = await here.call("download_file", file_id="vg_file_1", save_to="film/hello")
    assert saved(answer) == [str(here.output / "film" / "hello.png")]
    assert (here.output / "film" / "hello.srt").read_text() == CAPTIONS
    for one in (answer, again):
        for told in (one["note"], one["text"]):
            assert "The captions of hello.png are beside it: hello.srt." in told
    assert sorted(path.name for path in (here.output / "film").iterdir()) == ["hello.png", "hello.srt"]


async def test_captions_overwrite_nothing(tmp_path: Path) -> None:
    async with agent(tmp_path, spoken=SPOKEN) as here:
        here.output.mkdir()
        (here.output / "hello.srt").write_text("mine")
        answer = await here.call("script_to_video", script="Hello.", save_to="hello")
    assert "The captions of hello.png are beside it: hello (2).srt." in answer["note"]
    assert (here.output / "hello.srt").read_text() == "mine"
    assert (here.output / "hello (2).srt").read_text() == CAPTIONS


async def test_captions_that_cannot_be_saved_cost_no_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write

    def full_after_the_film(fd: int, data: bytes) -> int:
        if data[:1] == b"1":
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(fd, data)

    monkeypatch.setattr(os, "write", full_after_the_film)
    async with agent(tmp_path, spoken=SPOKEN) as here:
        answer = await here.call("script_to_video", script="Hello.", save_to="hello")
    assert (answer["status"], answer["is_error"]) == ("succeeded", False)
    assert saved(answer) == [str(here.output / "hello.png")]
    assert f"The captions of hello.png are not saved: the disk is full at {here.output}." in answer["note"]
    assert [path.name for path in here.output.iterdir()] == ["hello.png"]


async def test_where_the_folder_of_results_cannot_be_used_another_place_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("This is no folder.")
    async with agent(tmp_path, save=True) as here:
        answer = await here.picture()
    assert answer["status"] == "succeeded"
    assert "out is not a folder" in answer["next_step"]


async def test_with_the_setting_everything_is_saved_but_a_place_that_is_named_wins(tmp_path: Path) -> None:
    async with agent(tmp_path, save=True) as here:
        assert saved(await here.picture()) == [str(here.output / "a pear.png")]
        assert saved(await here.picture(save_to="first.png")) == [str(here.output / "first.png")]


async def test_a_later_wait_saves_where_the_first_call_said(tmp_path: Path) -> None:
    async with agent(tmp_path) as here:
        begun = await here.picture(save_to="pears/", wait_seconds=0)
        answer = await here.call("wait_for_execution", execution_id=begun["execution_id"])
    assert begun["status"] == "running"
    assert saved(answer) == [str(here.output / "pears" / "a pear.png")]


async def test_another_process_saves_where_the_first_one_was_told(tmp_path: Path) -> None:
    async with agent(tmp_path, journal=True) as first:
        begun = await first.picture(save_to="pears/", wait_seconds=0)
    async with agent(tmp_path, journal=True) as second:
        answer = await second.call("wait_for_execution", execution_id=begun["execution_id"])
    assert saved(answer) == [str(first.output / "pears" / "a pear.png")]


async def test_a_wait_may_name_another_place_which_is_kept(tmp_path: Path) -> None:
    async with agent(tmp_path) as here:
        begun = await here.picture(save_to="pears/", wait_seconds=0)
        ids = begun["execution_id"]
        answers = [
            await here.call("wait_for_execution", execution_id=ids, save_to="other.png"),
            await here.call("wait_for_execution", execution_id=ids),
        ]
    assert [saved(answer) for answer in answers] == [[str(here.output / "other.png")]] * 2
    assert [path.name for path in here.output.iterdir()] == ["other.png"]


async def test_each_of_several_is_saved_where_its_call_said(tmp_path: Path) -> None:
    async with agent(tmp_path) as here:
        ids = [(await here.picture(save_to=name, wait_seconds=0))["execution_id"] for name in ("one.png", "two.png")]
        answer = await here.call("wait_for_execution", execution_id=", ".join(ids))
    assert [saved(one) for one in answer["executions"]] == [
        [str(here.output / "one.png")],
        [str(here.output / "two.png")],
    ]


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("export_project", {"project_id": "vg_proj_1"}),
        ("edit_project", {"project_id": "vg_proj_1", "edits": ["zoom"]}),
        ("script_to_video", {"script": "Hello."}),
        ("export_timeline", {"project_id": "vg_proj_1", "format": "otio"}),
    ],
)
async def test_whatever_makes_files_saves_them(tool: str, arguments: Answer, tmp_path: Path) -> None:
    async with agent(tmp_path) as here:
        assert saved(await here.call(tool, save_to="film/", **arguments)) == [str(here.output / "film" / "a pear.png")]


async def test_what_makes_no_file_refuses_a_place_before_it_starts(tmp_path: Path) -> None:
    async with agent(tmp_path) as here:
        answer = await here.call("ask_assistant", message="Shorter.", save_to="out/")
    assert answer["is_error"]
    assert "wait_for_execution takes it" in answer["text"]
    assert here.asked == []


async def test_over_http_a_place_is_not_offered_and_refused_before_anything_is_paid(tmp_path: Path) -> None:
    async with agent(tmp_path, local_files=False) as here:
        tools = (await here.client.list_tools()).tools
        answer = await here.picture(save_to="out/")
        waited = await here.call("wait_for_execution", execution_id="vg_tool_1", save_to="out/")
    assert [tool.name for tool in tools if "save_to" in tool.input_schema["properties"]] == []
    assert here.starts == 0
    for refused in (answer, waited):
        assert refused["is_error"]
        assert "save_to: this server is reached over the network" in refused["text"]


async def test_a_file_is_saved_later_in_the_same_words(tmp_path: Path) -> None:
    async with agent(tmp_path) as here:
        answer = await here.call("download_file", file_id="vg_file_1", save_to="pears/pear.jpg")
        twice = await here.call("download_file", file_id="vg_file_1", save_to="pears/", name="pear")
    assert answer["path"] == str(here.output / "pears" / "pear.png")
    assert "pear.jpg is saved as pear.png: the file is PNG." in answer["note"]
    assert "leave directory and name out" in twice["text"]


async def test_the_old_names_of_a_place_are_taken(tmp_path: Path) -> None:
    async with agent(tmp_path) as here:
        answer = await here.call("download_file", file_id="vg_file_1", directory=str(here.output / "pears"), name="one")
    assert answer["path"] == str(here.output / "pears" / "one.png")
