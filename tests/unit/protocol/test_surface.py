"""What a client loads into its context, and what the server does not load before it is asked."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.snapshots import FOLDER, entries, everything, listed, text
from videogen_mcp.protocol import listing
from videogen_mcp.settings import Settings

SHOWN = ("name", "description", "inputSchema")
"""What hosts show a model; the rest stays with them."""

BUDGETS = {"default": (26_000, 46_000), "all toolsets": (38_000, 64_000)}
"""Bytes as compact JSON: what a model is shown, and the whole list (DESIGN section 4)."""

LATER = (
    "apps",
    "skills",
    "this_server",
    "resources",
    "prompts",
    "completions",
    "webhooks",
    "http",
    "tasks",
    "task_ids",
)


def size(tools: list[dict[str, Any]]) -> int:
    return len(json.dumps(tools, separators=(",", ":"), ensure_ascii=False).encode())


@pytest.mark.anyio
@pytest.mark.parametrize("surface", BUDGETS)
async def test_the_tools_cost_a_context_no_more_than_planned(surface: str, tmp_path: Path) -> None:
    settings = everything(tmp_path) if surface == "all toolsets" else Settings(state_dir=tmp_path, journal=False)
    tools = list((await entries(settings)).values())
    shown, whole = BUDGETS[surface]
    assert size([{key: entry[key] for key in SHOWN} for entry in tools]) <= shown
    assert size(tools) <= whole


@pytest.mark.parametrize("surface", BUDGETS)
def test_over_http_they_cost_no_more(surface: str, tmp_path: Path) -> None:
    settings = everything(tmp_path) if surface == "all toolsets" else Settings(state_dir=tmp_path, journal=False)
    listed = listing.listing(settings, local_files=False)
    tools = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed]
    shown, whole = BUDGETS[surface]
    assert size([{key: entry[key] for key in SHOWN} for entry in tools]) <= shown
    assert size(tools) <= whole


@pytest.mark.anyio
async def test_every_tool_is_listed_as_its_snapshot_says(tmp_path: Path) -> None:
    current = {name: text(entry) for name, entry in (await entries(everything(tmp_path))).items()}
    kept = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    assert current == kept, "run `make snapshots` and look at the difference"


@pytest.mark.anyio
async def test_the_list_that_the_package_keeps_is_that_of_the_tools(tmp_path: Path) -> None:
    assert listing.FILE.read_text(encoding="utf-8") == await listed(everything(tmp_path)), "run `make snapshots`"


@pytest.mark.anyio
async def test_what_the_chosen_version_of_the_api_lacks_is_not_listed(tmp_path: Path) -> None:
    of_today = {"find_projects", "find_entities", "create_entity", "update_entity", "generate_text", "generate_music"}
    everywhere = everything(tmp_path)
    assert of_today <= set(await entries(everywhere))
    assert not of_today & set(await entries(replace(everywhere, dialect="v0")))


def test_listing_the_tools_loads_neither_them_nor_skills_and_prompts() -> None:
    code = """
import sys, tempfile, anyio
from pathlib import Path
from mcp import Client
from videogen_mcp.server import open_server
from videogen_mcp.settings import Settings

async def names(folder):
    async with open_server(Settings(state_dir=Path(folder), journal=False)) as server, Client(server) as client:
        return [tool.name for tool in (await client.list_tools()).tools]

with tempfile.TemporaryDirectory() as folder:
    print(*anyio.run(names, folder))
print(*sys.modules)
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    names, modules = (line.split() for line in found.splitlines())
    assert "script_to_video" in names
    assert not {f"videogen_mcp.protocol.{name}" for name in LATER} & set(modules)
    assert not {name for name in modules if name.startswith("videogen_mcp.workflows")}
    assert not {"psycopg", "psycopg_pool", "videogen_mcp.executions.journal_shared"} & set(modules)
    assert {name for name in modules if name.startswith("videogen_mcp.tools.")} == {"videogen_mcp.tools.cache"}
