"""Files of another machine, as a client over HTTP sends them: by an address, or by the command of create_upload.

The commands are read by a shell's rules and carried out by an HTTP client: what is sent is what curl would send.
"""

from __future__ import annotations

import shlex
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from mcp import Client

from tests.examples import example_of
from tests.loopback import KEY, Loopback, loopback
from tests.unit.tools.library import Server
from videogen_mcp.server import build_handlers, open_parts
from videogen_mcp.settings import Settings, Toolset
from videogen_mcp.workflows import workflows_of

pytestmark = pytest.mark.anyio

Answer = dict[str, Any]

PATH_WORDS = ("local", "absolute", "save_to", "OUTPUT_DIR", "ALLOWED_DIRS", "file:", "folder", "download_file", "~/")
"""What no answer over HTTP advises."""


@pytest.fixture
async def service() -> AsyncIterator[Loopback]:
    async with loopback() as running:
        yield running


@pytest.fixture
async def server(service: Loopback, tmp_path: Path) -> AsyncIterator[Server]:
    settings = Settings(api_key=KEY, base_url=service.url, dialect="v2", state_dir=tmp_path / "state", wait=5.0)
    async with (
        open_parts(settings, local_files=False) as parts,
        Client(build_handlers(parts).server()) as client,
    ):
        yield Server(client, service, settings)


async def created(server: Server, **arguments: Any) -> Answer:
    result = await server.client.call_tool("create_upload", arguments)
    assert not result.is_error
    return dict(result.structured_content or {})


async def send(command: str, content: bytes) -> int:
    """Send what curl would send."""
    *options, file, address = shlex.split(command)
    assert options == ["curl", "--fail", "--globoff", "--upload-file"]
    assert file
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.put(address, content=content)).status_code


async def test_create_upload_gives_an_id_and_the_line_that_sends_the_file(server: Server, service: Loopback) -> None:
    answer = await created(server, file="Videos/talk one.mp4")

    assert answer["command"] == f'curl --fail --globoff --upload-file "Videos/talk one.mp4" "{answer["upload_url"]}"'
    assert answer["name"] == service.files[answer["file_id"]].name == "talk one.mp4"
    assert answer["file_id"] in answer["next_step"]
    assert "4 GiB" in answer["note"]
    assert await send(answer["command"], b"film") == 200
    assert service.files[answer["file_id"]].size == 4


async def test_the_text_says_all_that_the_structure_says(server: Server) -> None:
    result = await server.client.call_tool("create_upload", {"file": "talk.mp4"})
    text = "".join(getattr(block, "text", "") for block in result.content)
    assert all(str(value) in text for name, value in (result.structured_content or {}).items() if name != "name")


@pytest.mark.parametrize(
    ("file", "word"),
    [
        ("photo.png", "photo.png"),
        ("~/Pictures/my photo.png", "~/Pictures/my photo.png"),
        ("C:\\Users\\Ada\\photo.png", "C:\\Users\\Ada\\photo.png"),
        ("$(reboot).png", "$(reboot).png"),
        ("it's `so`.png", "it's `so`.png"),
        ('a"; reboot; ".png', 'a"; reboot; ".png'),
        ("-o.png", "./-o.png"),
        (".png", "./.png"),
    ],
)
async def test_whatever_a_file_is_called_is_one_word_of_the_command(file: str, word: str, server: Server) -> None:
    answer = await created(server, file=file)
    assert shlex.split(answer["command"])[4] == word
    assert len(shlex.split(answer["command"])) == 6


@pytest.mark.parametrize("file", ["https://example.com/a.png", "Videos/", "a\nb.png", "x" * 201])
async def test_what_is_no_file_there_is_refused_before_anything_is_registered(
    file: str, server: Server, service: Loopback
) -> None:
    _, text, is_error = await server.call("create_upload", file=file)
    assert is_error
    assert text.startswith("create_upload changed nothing: file ")
    assert service.log == []


@pytest.mark.parametrize("address", ["file:///etc/passwd", 'https://x.test/"; reboot', "https://x.test/a b"])
async def test_an_address_that_a_shell_would_not_take_whole_becomes_no_command(
    address: str, server: Server, service: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = service.answer

    def other(method: str, path: str, last: str, body: Answer) -> tuple[int, Any]:
        status, found = answer(method, path, last, body)
        return status, {**found, "uploadUrl": address}

    monkeypatch.setattr(service, "answer", other)
    structured, _, is_error = await server.call("create_upload", file="a.png")
    if is_error:
        assert structured["error"]["code"] == "broken_answer"
    else:
        assert shlex.split(structured["command"])[5] == address


async def test_upload_file_imports_an_address(server: Server, service: Loopback) -> None:
    structured, text, is_error = await server.call("upload_file", path="https://pears.test/pear.png", name="Pear")
    again, _, _ = await server.call("upload_file", url="https://pears.test/pear.png", name="Pear")

    assert not is_error
    assert service.imports == [{"url": "https://pears.test/pear.png", "displayName": "Pear"}]
    assert structured["file_id"] == again["file_id"]
    assert structured["file_id"] in text


@pytest.mark.parametrize("path", ["/home/ada/pear.png", "~/pear.png", "file:///home/ada/pear.png", "C:\\pear.png"])
async def test_a_path_is_answered_with_the_way_that_there_is(path: str, server: Server) -> None:
    for tool, arguments in (("upload_file", {"url": path}), ("upscale_image", {"image": path})):
        structured, text, is_error = await server.call(tool, **arguments)
        assert is_error
        assert structured["error"]["code"] == "local_file_refused"
        assert "create_upload gives the command that uploads it" in text
        assert not [word for word in PATH_WORDS if word in text]


async def test_the_tools_of_the_other_transport_are_explained(server: Server) -> None:
    _, text, _ = await server.call("download_file", file_id="vg_file_000001")
    assert "download_file needs a server on the caller's machine" in text


async def test_no_refusal_of_any_tool_speaks_of_files_of_this_machine(service: Loopback, tmp_path: Path) -> None:
    """Every argument of every tool gets a path, an id of something else, and what no argument takes."""
    settings = Settings(
        api_key=KEY, base_url=service.url, dialect="v2", state_dir=tmp_path, toolsets=frozenset(get_args(Toolset))
    )
    odd: tuple[Any, ...] = ("/nowhere/pear.png", "vg_tool_000001", {})
    async with open_parts(settings, local_files=False) as parts:
        tools = build_handlers(parts).tools
        async with Client(build_handlers(parts).server()) as client:
            for workflow in workflows_of("v2"):
                example = example_of(workflow)
                for media in workflow.model_validate(example).media():
                    path = odd[0] if media.index is None else odd[:1]
                    result = await client.call_tool(workflow.tool_name(), {**example, media.argument: path})
                    code = (result.structured_content or {})["error"]["code"]
                    assert code == "local_file_refused", (workflow.tool_name(), media.argument)
            for tool in tools.by_name.values():
                names = tool.input_schema["properties"]
                for value in odd:
                    result = await client.call_tool(tool.name, dict.fromkeys(names, value))
                    text = "".join(getattr(block, "text", "") for block in result.content)
                    said = text.replace("/nowhere/pear.png", "")
                    assert not [word for word in PATH_WORDS if word in said], (tool.name, text)
