"""What is published about the package agrees with itself and with the registry's rules."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from mcp import Client

import videogen_mcp
from videogen_mcp import settings
from videogen_mcp.server import open_server

ROOT = Path(__file__).parents[2]


@pytest.fixture
def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / "server.json").read_text())
    return loaded


def test_all_version_strings_agree(manifest: dict[str, Any]) -> None:
    project = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert project is not None
    assert {
        project[1],
        manifest["version"],
        *(package["version"] for package in manifest["packages"]),
    } == {videogen_mcp.__version__}


def test_the_manifest_keeps_the_registrys_bounds(manifest: dict[str, Any]) -> None:
    """Name and description as server.schema.json of 2025-12-11 has them."""
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", manifest["name"])
    assert len(manifest["description"]) <= 100


def test_the_readme_proves_that_the_registry_entry_is_ours(manifest: dict[str, Any]) -> None:
    assert f"<!-- mcp-name: {manifest['name']} -->" in (ROOT / "README.md").read_text()


def test_the_manifest_names_the_distribution(manifest: dict[str, Any]) -> None:
    (package,) = manifest["packages"]
    assert f'\nname = "{package["identifier"]}"\n' in (ROOT / "pyproject.toml").read_text()


def test_the_manifest_offers_settings_that_exist(manifest: dict[str, Any]) -> None:
    source = Path(settings.__file__).read_text()
    offered = [variable["name"] for package in manifest["packages"] for variable in package["environmentVariables"]]
    assert [name for name in offered if f'"{name}"' not in source] == []


def test_the_readme_explains_every_setting() -> None:
    known = set(re.findall(r'"(VIDEOGEN_[A-Z_]+)"', Path(settings.__file__).read_text()))
    explained = set(re.findall(r"`(VIDEOGEN_[A-Z_]+)`", (ROOT / "README.md").read_text()))
    assert known <= explained


@pytest.mark.anyio
async def test_the_readme_names_every_tool_and_no_other(tmp_path: Path) -> None:
    everything = settings.Settings(state_dir=tmp_path, toolsets=frozenset(get_args(settings.Toolset)))
    async with open_server(everything) as server, Client(server) as client:
        offered = {tool.name for tool in (await client.list_tools()).tools}
    table = (ROOT / "README.md").read_text().partition("## Tools")[2].partition("###")[0]
    named = {
        name
        for row in table.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    assert named == offered
