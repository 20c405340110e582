"""A real server process over HTTP, real MCP clients of both eras, the sandbox behind it and its webhooks."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult

from tests.e2e.listening import Listening, listening
from tests.e2e.upstream import Gateway, Sandbox
from videogen_mcp import __version__

pytestmark = pytest.mark.anyio

MODES = ["2026-07-28", "legacy"]

LIMIT = 90.0
"""Seconds for making one sound and everything around it, on a machine with other work to do."""

BELL = {"prompt": "a bell", "duration_seconds": 1}


@pytest.fixture(scope="module")
def server(state_dir: Path) -> Iterator[Listening]:
    with listening(state_dir) as running:
        yield running


def content(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return dict(result.structured_content)


def test_health_answers_without_a_key(server: Listening) -> None:
    answer = httpx.get(f"{server.url}/health")
    assert answer.json() == {"status": "ok", "version": __version__, "sandbox": True}


@pytest.mark.parametrize("mode", MODES)
async def test_a_workflow_runs_with_rising_progress_to_its_file(server: Listening, mode: str) -> None:
    steps: list[tuple[float, str]] = []

    async def report(progress: float, total: float | None, message: str | None) -> None:
        steps.append((progress, message or ""))

    with anyio.fail_after(LIMIT):
        async with Client(server.mcp, mode=mode) as client:
            result = await client.call_tool("generate_sound_effect", BELL, progress_callback=report)
    answer = content(result)
    assert answer["status"] == "succeeded"
    assert len(steps) >= 2
    assert [done for done, _ in steps] == sorted({done for done, _ in steps})
    assert any(answer["execution_id"] in message for _, message in steps)
    (file,) = answer["files"]
    async with httpx.AsyncClient() as web:
        assert (await web.get(file["preview_url"])).status_code == 200


CALLS = {"2026-07-28": "modern", "2025-11-25": "older"}


@pytest.mark.parametrize("version", CALLS, ids=CALLS.get)
def test_a_stream_that_is_cut_loses_nothing(server: Listening, version: str) -> None:
    bell = {**BELL, "prompt": f"a bell for {version} [[delay 3s]]"}
    with httpx.Client(timeout=LIMIT) as web:
        with called(web, server, version, "generate_sound_effect", bell) as stream:
            begun = next(found[0] for line in stream.iter_lines() if (found := re.search(r"vg_tool_\w+", line)))
        listed = answered(web, server, version, "list_executions", {})
        again = ended = answered(web, server, version, "generate_sound_effect", bell)
        while ended["status"] == "running":  # A client that cuts after some seconds is answered within them.
            ended = answered(web, server, version, "wait_for_execution", {"execution_id": begun})
    assert begun in [row["execution_id"] for row in listed["executions"]]
    assert again["execution_id"] == begun
    assert "nothing was started again" in again["note"]
    assert ended["status"] == "succeeded"


def called(
    web: httpx.Client, server: Listening, version: str, tool: str, arguments: dict[str, Any]
) -> AbstractContextManager[httpx.Response]:
    """A call on the bare wire, whose answer is a stream of progress and the result."""
    meta = {
        "progressToken": 1,
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientInfo": {"name": "bare", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params = {
        "name": tool,
        "arguments": arguments,
        "_meta": meta if CALLS[version] == "modern" else {"progressToken": 1},
    }
    headers = {
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": version,
        "mcp-method": "tools/call",
        "mcp-name": tool,
    }
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return web.stream("POST", server.mcp, json=body, headers=headers)


def answered(
    web: httpx.Client, server: Listening, version: str, tool: str, arguments: dict[str, Any]
) -> dict[str, Any]:
    """What a call on the bare wire brought."""
    with called(web, server, version, tool, arguments) as stream:
        messages = [line.removeprefix("data: ") for line in stream.iter_lines() if '"result"' in line]
    return dict(json.loads(messages[-1])["result"]["structuredContent"])


@pytest.mark.parametrize("mode", MODES)
async def test_the_surface_has_no_tools_for_the_files_of_this_machine(server: Listening, mode: str) -> None:
    async with Client(server.mcp, mode=mode) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
    assert {"generate_image", "wait_for_execution", "get_file", "list_voices"} <= names
    assert names.isdisjoint({"download_file", "create_webhook"})


async def test_paths_of_this_machine_are_refused(server: Listening, tmp_path: Path) -> None:
    picture = tmp_path / "pear.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    async with Client(server.mcp) as client:
        result = await client.call_tool("upscale_image", {"image": str(picture)})
    assert result.is_error
    assert (result.structured_content or {})["error"]["code"] == "local_file_refused"


async def test_a_url_is_taken_for_it_is_the_service_that_fetches_it(server: Listening) -> None:
    async with Client(server.mcp) as client:
        presenters = content(await client.call_tool("list_presenters", {}))["presenters"]
        picture = next(one["picture"] for one in presenters if "picture" in one)  # own actors may have none
        page = content(await client.call_tool("get_file", {"file_id": picture}))["page_url"]
        portrait = page.partition("/media/")[0] + "/presenters/amara/portrait.png"
        asked = {"prompt": "a portrait in oil", "reference_images": [portrait]}
        result = await client.call_tool("generate_image", asked)
    assert content(result)["status"] == "succeeded"


@pytest.mark.parametrize(
    ("headers", "status"), [({"host": "evil.example"}, 421), ({"origin": "https://evil.example"}, 403)]
)
def test_pages_from_elsewhere_do_not_get_in(server: Listening, headers: dict[str, str], status: int) -> None:
    asked = {"content-type": "application/json", "accept": "application/json, text/event-stream", **headers}
    body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    assert httpx.post(server.mcp, json=body, headers=asked).status_code == status


def test_a_server_without_a_secret_says_so_to_whoever_sends(server: Listening) -> None:
    answer = httpx.post(f"{server.url}/webhooks/videogen", json={"event": "tool_execution.succeeded"})
    assert answer.status_code == 503
    assert "VIDEOGEN_WEBHOOK_SECRET" in answer.text


def test_an_oversized_message_ends_early(state_dir: Path) -> None:
    with listening(state_dir, settings={"VIDEOGEN_WEBHOOK_SECRET": "whsec_c2VjcmV0"}) as server:
        head = b"POST /webhooks/videogen HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as wire:
            wire.sendall(head)
            for _ in range(17):
                wire.sendall(chunk)
            assert wire.recv(1000).startswith(b"HTTP/1.1 413")
        assert httpx.get(f"{server.url}/health").status_code == 200


@pytest.mark.parametrize("mode", MODES)
async def test_a_server_that_leaves_tells_waiting_calls_how_to_go_on(
    state_dir: Path, sandbox: Sandbox, mode: str
) -> None:
    answers: list[CallToolResult] = []
    with listening(state_dir) as server:
        accepted = anyio.Event()

        async def report(progress: float, total: float | None, message: str | None) -> None:
            if "vg_tool_" in (message or ""):
                accepted.set()

        async def wait() -> None:
            async with Client(server.mcp, mode=mode) as client:
                await client.list_tools()  # As every host does first; else this client asks for schemas afterwards.
                slow = {**BELL, "prompt": "a bell [[delay 30s]]"}
                answers.append(await client.call_tool("generate_sound_effect", slow, progress_callback=report))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            with anyio.fail_after(LIMIT):
                await accepted.wait()
            assert await anyio.to_thread.run_sync(server.stop) == 0
    (answer,) = map(content, answers)
    assert answer["status"] == "running"
    assert answer["execution_id"] in answer["next_step"]
    assert sandbox.execution(answer["execution_id"])["status"] == "running"


async def test_a_call_that_hangs_does_not_keep_the_server_from_leaving(way: Gateway, state_dir: Path) -> None:
    held = way.hold("POST /v1/files/", "before")
    with listening(state_dir, settings=way.settings) as server:

        async def wait() -> None:
            async with Client(server.mcp, mode="legacy") as client:
                await client.list_tools()
                with pytest.raises(MCPError):
                    await client.call_tool("get_file", {"file_id": "vg_file_1234567890"})

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            assert await anyio.to_thread.run_sync(held.came.wait, LIMIT)
            assert await anyio.to_thread.run_sync(server.stop) == 0
    assert "Error" not in server.log


@pytest.fixture
def secret(state_dir: Path) -> tuple[int, str]:
    """A port that was free, and the secret of an endpoint there, made by the tools as a user would."""

    async def make(server: Listening) -> str:
        async with Client(server.mcp) as client:
            made = content(await client.call_tool("create_webhook", {"url": f"{server.url}/webhooks/videogen"}))
            listed = content(await client.call_tool("list_webhooks", {}))
        assert made["endpoint_id"] in json.dumps(listed)
        return str(made["signing_secret"])

    with listening(state_dir, settings={"VIDEOGEN_MCP_TOOLSETS": "all"}) as server:
        return server.port, anyio.run(make, server)


async def test_a_webhook_of_the_sandbox_ends_a_wait(secret: tuple[int, str], way: Gateway, state_dir: Path) -> None:
    port, signing_secret = secret
    # So few polls are left in this hour that the next one is due in a quarter of an hour: only a webhook comes sooner.
    way.headers = {"x-ratelimit-remaining": "5", "x-ratelimit-reset": str(int(time.time()) + 3600)}
    chosen = {"VIDEOGEN_WEBHOOK_SECRET": signing_secret, "VIDEOGEN_MCP_LOG_LEVEL": "INFO", **way.settings}
    with listening(state_dir, port=port, settings=chosen) as server, anyio.fail_after(LIMIT):
        async with Client(server.mcp) as client, httpx.AsyncClient() as web:
            forged = {"webhook-id": "msg_1", "webhook-timestamp": str(int(time.time())), "webhook-signature": "v1,AAAA"}
            body = {"event": "tool_execution.succeeded", "toolExecutionId": "vg_tool_pear", "secret": "squirrel"}
            answer = await web.post(f"{server.url}/webhooks/videogen", json=body, headers=forged)
            assert answer.status_code == 401
            made = await client.call_tool("generate_sound_effect", {**BELL, "prompt": "a bell [[delay 4s]]"})
    assert content(made)["status"] == "succeeded"
    polls = [line for line in way.seen if line.startswith("GET /v1/tools/executions/vg_tool_")]
    assert len(polls) == 2
    assert "refused" in server.log
    assert "squirrel" not in server.log
    assert signing_secret not in server.log
