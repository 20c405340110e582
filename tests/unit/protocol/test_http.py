"""The HTTP application in this process: who may come in, what is answered, and addresses that are not listened on."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import Message

from videogen_mcp import __version__, cli
from videogen_mcp.protocol import http
from videogen_mcp.server import open_shared_server
from videogen_mcp.settings import Settings
from videogen_mcp.webhook_endpoints import PATH

pytestmark = pytest.mark.anyio

MCP = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
DISCOVER = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/list",
    "params": {
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        }
    },
}
MODERN = {**MCP, "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "state", journal=False)


@asynccontextmanager
async def running(settings: Settings, host: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application, which runs as under a server."""
    async with open_shared_server(settings) as served:
        app = http.application(served, settings, host)
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as web,
        ):
            yield web


async def test_health_tells_what_runs_and_nothing_secret(settings: Settings) -> None:
    async with running(replace(settings, api_key="sk_secret", webhook_secrets=("whsec_c2VjcmV0",))) as web:
        answer = await web.get("/health")
    assert answer.json() == {"status": "ok", "version": __version__, "sandbox": False}


async def test_health_says_when_it_is_the_sandbox(settings: Settings) -> None:
    async with running(settings) as web:
        assert (await web.get("/health")).json()["sandbox"] is True


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "localhost:9000"},
        {"host": "[::1]:8000"},
        {"host": "localhost"},
        {"origin": "http://localhost:3000"},
    ],
)
async def test_programs_and_pages_of_this_machine_come_in(settings: Settings, headers: dict[str, str]) -> None:
    async with running(settings) as web:
        answer = await web.post("/mcp", json=DISCOVER, headers={**MODERN, **headers})
    assert answer.status_code == 200
    assert "generate_image" in answer.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": "127.0.0.1.evil.example:8000"}, 421),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "http://localhost.evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"content-type": "text/plain"}, 400),
    ],
)
async def test_pages_from_elsewhere_do_not(settings: Settings, headers: dict[str, str], status: int) -> None:
    async with running(settings) as web:
        answer = await web.post("/mcp", json=DISCOVER, headers={**MODERN, **headers})
    assert answer.status_code == status
    assert "generate_image" not in answer.text


async def test_a_slash_too_many_leads_to_the_same_server_and_to_no_other_scheme(settings: Settings) -> None:
    async with running(settings) as web:
        answer = await web.post("/mcp/", json=DISCOVER, headers=MODERN)
        assert (answer.status_code, answer.headers["location"]) == (307, "../mcp")
        there = answer.next_request
        assert there is not None
        assert there.url == web.base_url.join("/mcp")
        assert (await web.get("/health/")).status_code == 404


@pytest.mark.parametrize("headers", [MCP, MODERN], ids=["handshake", "modern"])
async def test_a_client_that_hangs_up_within_its_request_is_no_fault_in_the_log(
    settings: Settings, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    came: list[Message] = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    sent: list[Message] = []

    async def receive() -> Message:
        return came.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/mcp", "query_string": b""}
    lines = [(name.encode(), value.encode()) for name, value in {"host": "127.0.0.1", **headers}.items()]
    async with open_shared_server(settings) as served:
        app = http.application(served, settings)
        async with app.router.lifespan_context(app):
            await app({**scope, "headers": lines}, receive, send)
    assert (sent[0]["status"], came) == (400, [])
    assert [record for record in caplog.records if record.exc_info] == []


async def test_tools_for_local_files_are_not_offered(settings: Settings) -> None:
    async with running(settings) as web:
        listed = (await web.post("/mcp", json=DISCOVER, headers=MODERN)).text
    assert "get_file" in listed
    assert "create_upload" in listed
    assert "download_file" not in listed


async def test_browsers_are_told_which_pages_may_call(settings: Settings) -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "x-videogen-api-key"}
    async with running(replace(settings, hosted=True, allowed_origins=("https://agents.example",))) as web:
        allowed = await web.options("/mcp", headers={"origin": "https://agents.example", **asked})
        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == "https://agents.example"
        assert "x-videogen-api-key" in allowed.headers["access-control-allow-headers"].lower()
        refused = await web.options("/mcp", headers={"origin": "https://evil.example", **asked})
        assert "access-control-allow-origin" not in refused.headers
        answer = await web.post("/mcp", json=DISCOVER, headers={**MODERN, "origin": "https://agents.example"})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "https://agents.example")


async def test_webhooks_come_from_anywhere_but_only_as_posts(settings: Settings) -> None:
    async with running(replace(settings, webhook_secrets=("whsec_c2VjcmV0",))) as web:
        through_a_tunnel = await web.post(PATH, content=b"{}", headers={"host": "tunnel.example"})
        assert through_a_tunnel.status_code == 400
        assert (await web.get(PATH)).status_code == 405


def test_a_taken_port_is_one_sentence(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environment = {"VIDEOGEN_MCP_STATE_DIR": str(settings.state_dir)}
        assert cli.run(["serve", "--transport", "http", "--port", str(port)], environment) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert f"port {port} of 127.0.0.1 cannot be had" in err
    assert err.count("\n") == 1


def test_the_command_hands_over_address_and_settings(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    served: list[Any] = []
    monkeypatch.setattr(http, "serve", lambda *given: served.append(given))
    environment = {"VIDEOGEN_MCP_STATE_DIR": str(settings.state_dir), "VIDEOGEN_WEBHOOK_SECRET": "one,two"}
    assert cli.run(["serve", "--transport", "http", "--host", "::1", "--port", "0"], environment) == 0
    ((_, given, host, port, supervised),) = served
    assert (given.webhook_secrets, host, port) == (("one", "two"), "::1", 0)
    assert supervised is None
