"""What is published about the package agrees with itself and with the registry's rules."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import videogen_mcp
from videogen_mcp.settings import VARIABLES

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
    offered = {variable["name"] for package in manifest["packages"] for variable in package["environmentVariables"]}
    assert offered <= set(VARIABLES)
