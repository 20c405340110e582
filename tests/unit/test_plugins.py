"""The plugins of hosts: what is checked in is what the code writes, and each host's manifest has what it asks for.

tests/e2e/test_plugins_in_hosts.py installs them in the hosts themselves.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts import plugins, starting
from scripts.starting import Command
from videogen_mcp.protocol import skills
from videogen_mcp.settings import Settings

CURSORS = {
    "name",
    "displayName",
    "description",
    "version",
    "author",
    "license",
    "logo",
    "keywords",
    "skills",
    "mcpServers",
}
"""What Cursor's closed schema knows, of what we say (cursor/plugins, schemas/plugin.schema.json)."""

PORTABLE_PLUGIN = {"$schema", "name", "version", "description", "author", "license", "keywords"}
PORTABLE_SERVER = {"type", "command", "args", "env", "cwd"}
"""Closed sets too (Agent Plugins 1.0)."""

PLACES_OF_SERVERS = (
    "videogen/.claude-plugin/plugin.json",
    "videogen/.codex-plugin/mcp.json",
    "videogen/.cursor-plugin/plugin.json",
    "videogen/gemini-extension.json",
    "portable/videogen/mcp.json",
)


@pytest.fixture(scope="module")
def written() -> dict[str, bytes]:
    """The files as they are checked in."""
    return plugins.files(starting.checked_in())


def manifest(written: dict[str, bytes], path: str) -> dict[str, Any]:
    """One of them."""
    loaded: dict[str, Any] = json.loads(written[path])
    return loaded


def test_what_is_checked_in_is_what_the_code_writes(written: dict[str, bytes]) -> None:
    kept = {
        path.relative_to(plugins.CHECKED_IN).as_posix(): path.read_bytes()
        for path in plugins.CHECKED_IN.rglob("*")
        if path.is_file() and path != plugins.CHECKED_IN / "icon.svg"
    }
    assert sorted(kept) == sorted(written)
    assert [path for path in kept if kept[path] != written[path]] == [], "run: make docs"


@pytest.mark.parametrize("folder", ["videogen", "portable/videogen"])
def test_a_plugin_brings_every_skill_of_the_server(written: dict[str, bytes], folder: str) -> None:
    brought = {
        path.removeprefix(f"{folder}/skills/"): data
        for path, data in written.items()
        if path.startswith(f"{folder}/skills/")
    }
    assert brought == {
        path.relative_to(skills.FOLDER).as_posix(): path.read_bytes() for path in skills.FOLDER.rglob("*.md")
    }


@pytest.mark.parametrize("path", PLACES_OF_SERVERS)
def test_each_host_is_told_of_one_server_of_the_same_name(written: dict[str, bytes], path: str) -> None:
    assert list(manifest(written, path)["mcpServers"]) == ["videogen"]


@pytest.mark.parametrize("path", PLACES_OF_SERVERS)
@pytest.mark.parametrize(
    "command",
    [starting.BY_NAME, starting.from_index("9.9.9"), ("/clone/.venv/bin/videogen-mcp",)],
    ids=lambda one: one[0],
)
def test_the_command_of_each_host_is_the_one_that_was_asked_for(path: str, command: Command) -> None:
    server = manifest(plugins.files(command), path)["mcpServers"]["videogen"]
    expected = starting.by_a_name(command) if path.startswith("portable") else command
    assert (server["command"], *server["args"]) == expected


def test_the_portable_form_starts_no_program_by_its_path() -> None:
    program, *rest = starting.by_a_name(("/clone/.venv/bin/videogen-mcp",))
    assert program == "uv"
    assert Path(rest[rest.index("--project") + 1]).is_dir()


def test_no_file_lies_where_claude_code_looks_for_servers_of_a_project(written: dict[str, bytes]) -> None:
    assert not any(Path(path).name == ".mcp.json" for path in written)
    assert not (plugins.ROOT / ".mcp.json").exists()


def test_codex_is_given_no_portable_manifest_which_it_would_prefer(written: dict[str, bytes]) -> None:
    assert "videogen/plugin.json" not in written


def test_cursor_is_told_nothing_that_its_schema_does_not_know(written: dict[str, bytes]) -> None:
    said = manifest(written, "videogen/.cursor-plugin/plugin.json")
    assert set(said) <= CURSORS
    assert set(said["author"]) <= {"name", "email"}


def test_the_portable_form_says_nothing_that_makes_hosts_skip_it(written: dict[str, bytes]) -> None:
    assert set(manifest(written, "portable/videogen/plugin.json")) <= PORTABLE_PLUGIN
    assert set(manifest(written, "portable/videogen/mcp.json")["mcpServers"]["videogen"]) <= PORTABLE_SERVER


@pytest.mark.parametrize("path", [".claude-plugin", ".agents/plugins", ".cursor-plugin"])
def test_each_marketplace_leads_to_the_plugin(written: dict[str, bytes], path: str) -> None:
    (entry,) = manifest(written, f"{path}/marketplace.json")["plugins"]
    source = entry["source"]["path"] if isinstance(entry["source"], dict) else entry["source"]
    assert f"{source.removeprefix('./')}/README.md" in written


def test_the_key_is_a_secret_wherever_a_host_asks_for_it(written: dict[str, bytes]) -> None:
    assert manifest(written, "videogen/.claude-plugin/plugin.json")["userConfig"]["api_key"]["sensitive"] is True
    (setting,) = manifest(written, "videogen/gemini-extension.json")["settings"]
    assert (setting["envVar"], setting["sensitive"]) == ("VIDEOGEN_API_KEY", True)


def test_the_page_has_the_forty_words_that_directories_ask_for(written: dict[str, bytes]) -> None:
    assert len(written["videogen/README.md"].split()) >= 40


def test_what_an_earlier_version_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / "videogen").mkdir()
    (tmp_path / "videogen" / "stale.json").touch()

    plugins.write({"videogen/a/b.json": b"{}"}, tmp_path)

    assert [path.name for path in tmp_path.rglob("*.json")] == ["b.json"]


@pytest.mark.parametrize("path", PLACES_OF_SERVERS)
def test_a_place_that_the_host_leaves_as_it_is_written_is_no_key(written: dict[str, bytes], path: str) -> None:
    left = manifest(written, path)["mcpServers"]["videogen"].get("env", {})
    settings = Settings.from_environment(left, Path("/home/ada"))
    assert (settings.api_key, settings.problems) == (None, ())
