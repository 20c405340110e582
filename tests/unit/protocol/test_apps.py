"""The player as hosts with MCP Apps find it: which tools name it, and what it may load. Its looks: tests/e2e."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.client import advertise
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID
from mcp_types import TextResourceContents

from scripts.snapshots import entries, everything
from tests.loopback import KEY
from videogen_mcp.protocol.apps import MIME_TYPE, media_hosts
from videogen_mcp.protocol.listing import APPS, PLAYER
from videogen_mcp.server import open_server
from videogen_mcp.settings import Settings

ERAS = ("legacy", "2026-07-28")
VENDOR = ["https://videogen.io", "https://*.videogen.io"]

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(sandbox="on", state_dir=tmp_path, journal=False)


def test_it_is_named_as_the_standard_has_it() -> None:
    assert (APPS, MIME_TYPE) == (EXTENSION_ID, APP_MIME_TYPE)


async def test_the_tools_that_give_files_name_the_player(tmp_path: Path) -> None:
    tools = await entries(everything(tmp_path))
    publish = {name for name, tool in tools.items() if "files" in tool.get("outputSchema", {}).get("properties", {})}
    assert {name for name, tool in tools.items() if tool.get("_meta")} == publish | {"get_file"}
    assert tools["generate_image"]["_meta"] == {"ui": {"resourceUri": PLAYER}}


@pytest.mark.parametrize("era", ERAS)
async def test_a_host_reads_the_page_and_what_it_may_load(settings: Settings, era: str) -> None:
    async with open_server(settings) as server, Client(server, mode=era) as client:
        (page,) = (await client.read_resource(PLAYER)).contents
    assert isinstance(page, TextResourceContents)
    assert (page.uri, page.mime_type) == (PLAYER, MIME_TYPE)
    sources = ["http://127.0.0.1:*"]
    assert page.meta == {"ui": {"csp": {"resourceDomains": sources, "connectDomains": sources}, "prefersBorder": True}}
    assert page.text.startswith("<!doctype html>")
    assert not re.search(r"<link|<script [^>]|\bsrc=|@import|innerHTML|eval\(", page.text)


@pytest.mark.parametrize("era", ERAS)
async def test_only_hosts_that_show_pages_have_it_in_their_list(settings: Settings, era: str) -> None:
    shows: list[Any] = [advertise(APPS, {"mimeTypes": [MIME_TYPE]})]
    others: list[list[Any]] = [[], [advertise(APPS, {})], [advertise(APPS, {"mimeTypes": ["text/html"]})]]
    listed = {}
    for extensions in (shows, *others):
        async with open_server(settings) as server, Client(server, mode=era, extensions=extensions) as client:
            resources = (await client.list_resources()).resources
        listed[str(extensions)] = {one.uri: one.meta for one in resources if one.mime_type == MIME_TYPE}
    assert [*listed.values()].count({}) == len(others)
    assert [*listed[str(shows)]] == [PLAYER]


async def test_the_extension_is_announced_where_the_protocol_has_extensions(settings: Settings) -> None:
    async with open_server(settings) as server, Client(server) as client:
        assert (client.server_capabilities.extensions or {})[APPS] == {}


@pytest.mark.parametrize(
    ("asked", "hosts"),
    [
        ({"api_key": KEY}, VENDOR),
        ({"api_key": KEY, "dialect": "v0"}, VENDOR),
        ({}, ["http://127.0.0.1:*"]),
        ({"api_key": KEY, "sandbox": "on"}, ["http://127.0.0.1:*"]),
        ({"api_key": KEY, "base_url": "https://gate.test:8443/v"}, ["https://gate.test:8443", *VENDOR]),
        ({"api_key": KEY, "base_url": "http://localhost:8791"}, ["http://localhost:8791", "http://127.0.0.1:*"]),
    ],
)
def test_media_come_from_where_the_service_is(asked: dict[str, Any], hosts: list[str]) -> None:
    assert media_hosts(Settings(**asked)) == hosts
