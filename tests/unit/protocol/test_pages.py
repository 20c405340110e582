"""What the HTTP server answers to people: pages for browsers, JSON for programs, and MCP clients notice nothing."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.protocol.test_http import DISCOVER, MCP, MODERN, running
from videogen_mcp import __version__
from videogen_mcp.setting_values import HttpToken
from videogen_mcp.settings import Settings
from videogen_mcp.webhook_endpoints import PATH

pytestmark = pytest.mark.anyio

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
CURL = {"accept": "*/*"}
SECRETS = ("sk_squirrel", "t" * 40, "whsec_c2VjcmV0")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "state", journal=False)


@pytest.fixture
def hosted(settings: Settings) -> Settings:
    token = HttpToken("ada", SECRETS[1])
    secrets: dict[str, Any] = {"api_key": SECRETS[0], "http_tokens": (token,), "webhook_secrets": (SECRETS[2],)}
    return replace(settings, hosted=True, **secrets)


def is_page(answer: httpx.Response) -> bool:
    """Whether it is HTML that a browser keeps from loading, running and framing anything."""
    if not answer.headers["content-type"].startswith("text/html"):
        return False
    (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "<script" not in answer.text
    return True


async def test_a_browser_reads_what_this_is_and_where_clients_reach_it(settings: Settings) -> None:
    async with running(settings) as web:
        answer = await web.get("/", headers=BROWSER)
    assert (answer.status_code, is_page(answer)) == (200, True)
    assert f"videogen-mcp {__version__}" in answer.text
    assert "claude mcp add --transport http videogen http://127.0.0.1:8000/mcp</pre>" in answer.text
    assert "the sandbox makes everything" in answer.text


async def test_a_program_reads_the_same_as_json(settings: Settings) -> None:
    async with running(replace(settings, api_key="sk_squirrel")) as web:
        answer = await web.get("/", headers=CURL)
    told = answer.json()
    assert (told["version"], told["sandbox"]) == (__version__, False)
    assert told["mcp"] == {"url": "http://127.0.0.1:8000/mcp", "transport": "streamable-http"}
    assert "key of this server is spent" in told["callers"]


async def test_a_hosted_server_says_what_callers_send_and_no_secret(hosted: Settings) -> None:
    async with running(replace(hosted, public_url="https://videogen.example")) as web:
        page = (await web.get("/", headers=BROWSER)).text
        told = (await web.get("/", headers=CURL)).json()
    assert told["mcp"]["url"] == "https://videogen.example/mcp"
    assert "Send a token of this server as Authorization: Bearer" in told["callers"]
    assert told["callers"] in page
    assert "https://videogen.example/mcp --header &quot;Authorization: Bearer your token&quot;" in page
    assert not [secret for secret in SECRETS if secret in page + str(told)]


async def test_callers_with_keys_of_their_own_are_shown_the_header(settings: Settings) -> None:
    async with running(replace(settings, hosted=True)) as web:
        page = (await web.get("/", headers=BROWSER)).text
    assert "--header &quot;X-VideoGen-Api-Key: your key&quot;" in page
    assert "&quot;X-VideoGen-Api-Key&quot;: &quot;your key&quot;" in page


@pytest.mark.parametrize("path", ["/nowhere", "/sse", "/mcp/x", "/favicon.ico", "/<script>alert(1)</script>"])
@pytest.mark.parametrize("mode", ["local", "hosted"])
async def test_where_nothing_is_a_browser_gets_a_page(
    path: str, mode: str, settings: Settings, hosted: Settings
) -> None:
    async with running(hosted if mode == "hosted" else settings) as web:
        answer = await web.get(path, headers=BROWSER)
    assert (answer.status_code, is_page(answer)) == (404, True)
    assert "MCP clients reach this server at /mcp" in answer.text
    assert 'href="/"' in answer.text


async def test_where_nothing_is_a_program_gets_json_that_mcp_clients_show(settings: Settings) -> None:
    async with running(settings) as web:
        asked = [await web.get("/sse", headers={"accept": "text/event-stream"}), await web.post("/", json=DISCOVER)]
    assert [answer.status_code for answer in asked] == [404, 405]
    for answer in asked:
        assert "MCP clients reach this server at /mcp" in answer.json()["error"]["message"]
    assert "GET" in asked[1].headers["allow"]


async def test_unknown_addresses_of_a_hosted_server_ask_programs_who_they_are(hosted: Settings) -> None:
    async with running(hosted) as web:
        answer = await web.get("/nowhere", headers=CURL)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("mode", ["local", "hosted"])
async def test_a_browser_at_the_address_for_clients_gets_a_hint(
    mode: str, settings: Settings, hosted: Settings
) -> None:
    async with running(hosted if mode == "hosted" else settings) as web:
        answer = await web.get("/mcp", headers=BROWSER)
    assert (answer.status_code, answer.headers["allow"], is_page(answer)) == (405, "POST", True)
    assert "MCP clients reach this server here, by POST" in answer.text


async def test_clients_notice_nothing_of_pages(settings: Settings) -> None:
    async with running(settings) as web:
        listed = await web.post("/mcp", json=DISCOVER, headers={**MODERN, "accept": f"{MCP['accept']}, text/html"})
        stream = await web.get("/mcp", headers={"accept": "text/event-stream"})
    assert listed.status_code == 200
    assert (stream.status_code, stream.headers["allow"]) == (405, "POST")
    assert "html" not in stream.headers["content-type"]


async def test_who_calls_by_another_name_is_told_on_a_page_too(settings: Settings) -> None:
    async with running(settings) as web:
        answer = await web.get("/", headers={**BROWSER, "host": "evil.example"})
    assert (answer.status_code, is_page(answer)) == (421, True)
    assert "VIDEOGEN_MCP_ALLOWED_HOSTS" in answer.text


async def test_where_webhooks_come_a_browser_gets_a_page(settings: Settings) -> None:
    async with running(settings) as web:
        answer = await web.get(PATH, headers=BROWSER)
    assert (answer.status_code, answer.headers["allow"], is_page(answer)) == (405, "POST", True)


async def test_a_page_can_be_asked_for_without_its_body(settings: Settings) -> None:
    async with running(settings) as web:
        for path, status in (("/", 200), ("/nowhere", 404), ("/mcp", 405)):
            assert (await web.head(path, headers=BROWSER)).status_code == status
