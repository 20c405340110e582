"""What an answer says of results that VIDEOGEN_MCP_SAVE could not put on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from mcp import Client

from tests.unit.protocol.everything import service
from videogen_mcp.api.client import VideoGen
from videogen_mcp.api.dialects import V2
from videogen_mcp.calls.upstream import Upstream
from videogen_mcp.server import build_handlers, open_parts
from videogen_mcp.settings import Settings

pytestmark = pytest.mark.anyio


async def test_where_the_folder_cannot_be_used_another_one_is_asked_for(tmp_path: Path) -> None:
    taken = tmp_path / "results"
    taken.write_text("This is no folder.")
    settings = Settings(api_key="key", save=True, output_dir=taken, state_dir=tmp_path / "state", journal=False)
    base_url = "http://127.0.0.1:1"
    client = VideoGen(api_key="key", base_url=base_url, dialect="v2", transport=service("v2", []))

    async def connect() -> Upstream:
        return Upstream(client, V2, "account", True, base_url)

    async with client, open_parts(settings, connect=connect) as parts, Client(build_handlers(parts).server()) as agent:
        answer = (await agent.call_tool("generate_image", {"prompt": "a pear"})).structured_content or {}

    assert answer["status"] == "succeeded"
    assert "results is not a folder" in answer["next_step"]
    assert answer["next_step"].endswith('Call download_file with file_id "vg_file_1" and another directory')
