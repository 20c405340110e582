"""What a client loads into its context, and what the server does not load before it is asked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from mcp import Client

from videogen_mcp.server import open_server
from videogen_mcp.settings import Settings, Toolset

SURFACE_BYTES = 24_000
"""What a list of tools may cost a model's context (DESIGN section 4)."""

LATER = ("guides", "resources", "prompts", "completions", "webhooks", "http")


@pytest.mark.anyio
async def test_all_toolsets_together_stay_small(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path, journal=False, toolsets=frozenset(get_args(Toolset)))
    async with open_server(settings) as server, Client(server) as client:
        tools = (await client.list_tools()).tools
    assert len({tool.name for tool in tools}) == len(tools) == 24
    listed = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]
    assert len(json.dumps(listed, separators=(",", ":"), ensure_ascii=False).encode()) < SURFACE_BYTES


def test_guides_and_prompts_are_not_loaded_before_they_are_asked_for() -> None:
    code = "import sys, videogen_mcp.protocol.stdio, videogen_mcp.server; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "videogen_mcp.protocol.handlers" in loaded
    assert not {f"videogen_mcp.protocol.{name}" for name in LATER} & set(loaded)
    assert "videogen_mcp.tools.webhooks" not in loaded
