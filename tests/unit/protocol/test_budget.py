"""Every tool, resource and completion answers within the client's budget while the API accepts and never answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, get_args

import anyio
import anyio.lowlevel
import httpx
import pytest
from mcp import Client, MCPError
from mcp.types import PromptReference

from tests.virtual import VirtualClock, pass_time, run_virtually
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.dialects import V2
from videogen_mcp.calls.upstream import Account, Upstream
from videogen_mcp.protocol.resources import FILE_TEMPLATE, THUMBNAIL_TEMPLATE
from videogen_mcp.server import build_handlers, open_parts
from videogen_mcp.settings import Settings, Toolset
from videogen_mcp.tools.base import Tool, Tools

T = TypeVar("T")

BUDGET = 4.0
"""Seconds: what remains of the 5 s after which the hastiest hosts stop listening."""

PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(17) + b"\0\0\0\0IEND\xae\x42\x60\x82"


class Silent(httpx.AsyncBaseTransport):
    """Takes every request and never answers."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await anyio.sleep_forever()
        raise AssertionError


def smallest(schema: dict[str, Any], file: Path) -> dict[str, Any]:
    """Arguments that a tool takes: what it requires, and a prompt where there is one."""
    examples = {"url": "https://hook.test/", "path": str(file)}
    by_type: dict[str, Any] = {
        "boolean": True,
        "string": "vg_file_1",
        "integer": 1,
        "number": 1,
        "array": ["vg_file_1"],
    }
    needed = {*schema.get("required", []), *({"prompt"} & set(schema["properties"]))}
    known = schema["properties"]
    return {name: examples.get(name, known[name].get("enum", [by_type[known[name]["type"]]])[0]) for name in needed}


@asynccontextmanager
async def silent_server(folder: Path, loading: float = 0.0) -> AsyncIterator[tuple[Client, dict[str, Tool]]]:
    """A client of a server with every tool, whose API never answers. `loading`: seconds that the tools take to load."""
    settings = Settings(
        api_key="key",
        wait=BUDGET,
        toolsets=frozenset(get_args(Toolset)),
        allowed_dirs=(folder,),
        state_dir=folder / "state",
    )
    clock = VirtualClock()
    client = VideoGen(api_key="key", base_url="https://api.test", dialect="v2", transport=Silent(), clock=clock)

    async def connect(account: Account) -> Upstream:
        return Upstream(client, V2, account.name, False, "https://api.test")

    async with client, open_parts(settings, clock, connect=connect) as parts:
        handlers = build_handlers(parts)

        def load() -> Tools:
            pass_time(loading)
            return handlers.tools

        async with Client(replace(handlers, make_tools=load).server()) as agent:
            yield agent, handlers.tools.by_name


@pytest.fixture(autouse=True)
def no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Virtual time does not wait for threads, so what they would do is done in place."""

    async def in_place(work: Callable[..., T], *arguments: Any, **_: Any) -> T:
        await anyio.lowlevel.checkpoint()
        return work(*arguments)

    monkeypatch.setattr("anyio.to_thread.run_sync", in_place)


def test_every_tool_answers_in_time(tmp_path: Path) -> None:
    file = tmp_path / "pear.png"
    file.write_bytes(PICTURE)

    async def main() -> dict[str, float]:
        took: dict[str, float] = {}
        async with silent_server(tmp_path) as (agent, tools):
            for name, tool in tools.items():
                began = anyio.current_time()
                answer = await agent.call_tool(name, smallest(tool.input_schema, file))
                took[name] = anyio.current_time() - began
                assert answer.structured_content, name
                words = answer.content[0].model_dump()["text"]
                assert tool.purpose.verb == "started" or "was not started" not in words, words
        return took

    took = run_virtually(main)
    assert {name: seconds for name, seconds in took.items() if seconds > BUDGET} == {}


def test_what_it_takes_to_load_the_tools_is_part_of_the_time(tmp_path: Path) -> None:
    async def main() -> float:
        async with silent_server(tmp_path, loading=2.0) as (agent, _):
            began = anyio.current_time()
            await agent.call_tool("list_voices", {})
            return anyio.current_time() - began

    assert run_virtually(main) <= BUDGET


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("upload_file", {"path": "https://pears.test/pear.png"}),
        ("upscale_image", {"image": "https://pears.test/pear.png"}),
        ("create_entity", {"kind": "product", "name": "Pear", "images": ["https://pears.test/pear.png"]}),
    ],
)
def test_media_that_are_on_their_way_are_no_failure_and_nothing_is_paid(
    name: str, arguments: dict[str, Any], tmp_path: Path
) -> None:
    async def main() -> dict[str, Any]:
        async with silent_server(tmp_path) as (agent, _):
            began = anyio.current_time()
            answer = await agent.call_tool(name, arguments)
            assert anyio.current_time() - began <= BUDGET
            assert not answer.is_error
            return answer.structured_content or {}

    answer = run_virtually(main)
    assert answer["status"] == "running"
    assert answer["next_step"].startswith(f"Call {name} again with the same arguments")
    assert "execution_id" not in answer


@pytest.mark.parametrize("template", [FILE_TEMPLATE, THUMBNAIL_TEMPLATE])
def test_every_resource_answers_in_time(template: str, tmp_path: Path) -> None:
    async def main() -> float:
        async with silent_server(tmp_path) as (agent, _):
            began = anyio.current_time()
            with pytest.raises(MCPError, match="did not answer in time"):
                await agent.read_resource(template.format(file_id="vg_file_1"))
            return anyio.current_time() - began

    assert run_virtually(main) <= BUDGET


def test_completions_answer_in_time(tmp_path: Path) -> None:
    async def main() -> float:
        async with silent_server(tmp_path) as (agent, _):
            began = anyio.current_time()
            offered = await agent.complete(PromptReference(name="narrated_avatar"), {"name": "voice", "value": ""})
            assert offered.completion.values == []
            return anyio.current_time() - began

    assert run_virtually(main) <= BUDGET
