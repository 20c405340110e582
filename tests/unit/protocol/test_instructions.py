"""What a host tells its model about the server: short, and true for what this server offers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from videogen_mcp.protocol.instructions import instructions
from videogen_mcp.protocol.listing import missing
from videogen_mcp.settings import DEFAULT_TOOLSETS, Settings, Toolset
from videogen_mcp.tools.base import Tool
from videogen_mcp.tools.offered import Missing

LONGEST = 900
"""Characters. A host that shows several servers has room for little of each."""


def told(tmp_path: Path, *, local_files: bool = True, **settings: Any) -> str:
    return instructions(Settings(state_dir=tmp_path, **settings), local_files=local_files)


@pytest.mark.parametrize("local_files", [True, False])
@pytest.mark.parametrize("dialect", ["auto", "v0", "v2"])
def test_they_are_short_and_name_tools_that_exist(
    dialect: str, local_files: bool, tmp_path: Path, every_tool: dict[str, Tool]
) -> None:
    words = told(tmp_path, local_files=local_files, dialect=dialect)
    assert len(words) <= LONGEST
    named = set(re.findall(r"\b[a-z]+_[a-z_]+\b", words)) - {"b_roll", "wait_seconds", "save_to"}
    assert {"wait_for_execution", "list_executions"} <= named <= set(every_tool)


@pytest.mark.parametrize("local_files", [True, False])
@pytest.mark.parametrize("off", sorted(DEFAULT_TOOLSETS))
def test_they_name_no_tool_that_is_off(off: Toolset, local_files: bool, tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path, toolsets=DEFAULT_TOOLSETS - {off})
    words = instructions(settings, local_files=local_files)
    assert Missing(missing(settings, local_files=local_files)).named_in(words) == []


def test_they_say_what_can_be_made_and_what_cannot(tmp_path: Path) -> None:
    words = told(tmp_path)
    assert "finished narrated videos (script_to_video)" in words
    assert "cannot join, mix or trim files of your own (nearest: b_roll of script_to_video; else ffmpeg)" in words
    assert "nor show prices or credits (app.videogen.io does)" in words


@pytest.mark.parametrize(
    "settings", [{"dialect": "v0"}, {"toolsets": DEFAULT_TOOLSETS - {"videos"}}], ids=["v0", "toolsets"]
)
def test_where_there_are_no_finished_videos_none_are_promised(settings: dict[str, Any], tmp_path: Path) -> None:
    assert "script_to_video" not in told(tmp_path, **settings)


@pytest.mark.parametrize(
    ("settings", "takes"),
    [
        ({}, "a file id, https: URL or local path."),
        ({"local_files": False}, "a file id or https: URL."),
        ({"dialect": "v0"}, "a file id or local path."),
        ({"dialect": "v0", "local_files": False}, "a file id."),
    ],
)
def test_media_are_taken_as_they_are_here(settings: dict[str, Any], takes: str, tmp_path: Path) -> None:
    assert f"Media arguments take {takes}" in told(tmp_path, **settings)


def test_they_say_how_to_go_on_to_look_and_to_save(tmp_path: Path) -> None:
    words = told(tmp_path)
    for said in (
        "go on with wait_for_execution",
        "up to 15",
        "look_at_file",
        "Links are previews that expire; save_to",
    ):
        assert said in words
    assert "save_to" not in told(tmp_path, local_files=False)
    assert "get_file has the original" in told(tmp_path, local_files=False)


def test_the_sandbox_is_spoken_of_where_it_is(tmp_path: Path) -> None:
    assert "placeholder" in told(tmp_path)
    assert "sandbox" not in told(tmp_path, api_key="sk_live_1")
