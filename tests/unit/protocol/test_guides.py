"""The guides say what is: every name in them exists, and every number is the one the code uses."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

import videogen_mcp
from videogen_mcp.calls import hosts
from videogen_mcp.calls.messages import CODES
from videogen_mcp.calls.timing import BEAT
from videogen_mcp.executions.timing import EXECUTION_GETS_PER_HOUR
from videogen_mcp.media.limits import LARGEST_UPLOAD
from videogen_mcp.protocol.guides import GUIDES, MEANINGS, Guide
from videogen_mcp.settings import Settings
from videogen_mcp.tools.base import Tool
from videogen_mcp.workflows import workflows_of
from videogen_mcp.workflows.audio import TEXT_CHARACTERS

LONGEST = 3_500
"""Characters of one guide: a page, which an agent reads in passing."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "state", output_dir=tmp_path / "VideoGen")


def text(name: str, settings: Settings, *, local_files: bool = True) -> str:
    return next(guide for guide in GUIDES if guide.name == name).write(settings, local_files)


def names_in(words: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", words))


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
@pytest.mark.parametrize("local_files", [True, False])
def test_each_guide_is_short_and_names_only_what_exists(
    guide: Guide, local_files: bool, settings: Settings, known_names: set[str]
) -> None:
    words = guide.write(settings, local_files)
    assert words.startswith("# ")
    assert len(words) <= LONGEST
    assert names_in(words) <= known_names


def test_every_workflow_is_listed_with_its_time(settings: Settings) -> None:
    words = text("getting-started", settings) + text("finished-videos", settings)
    for workflow in workflows_of("auto", "workflows", "videos"):
        assert f"`{workflow.tool_name()}`" in words
    assert "1-3 min" in words


def test_it_says_who_makes_things_and_whether_they_cost(settings: Settings) -> None:
    assert "Nothing is billed" in text("getting-started", settings)
    paid = text("getting-started", Settings(api_key="sk_secret", state_dir=settings.state_dir))
    assert "paid" in paid
    assert "sandbox" not in paid
    assert "sk_secret" not in paid


def test_every_host_stands_in_the_table_with_its_wait(settings: Settings) -> None:
    words = text("long-work", settings)
    for name, host in {**hosts.HOSTS, "any other": hosts.UNKNOWN}.items():
        assert f"| {name} | {host.text} | {host.source} |" in words
    assert f"every {BEAT:.0f} seconds" in words


@pytest.mark.parametrize(("wait", "said"), [(7.5, "7.5 s"), (math.inf, "until the end")])
def test_a_wait_that_the_user_chose_replaces_the_table(tmp_path: Path, wait: float, said: str) -> None:
    words = text("long-work", Settings(state_dir=tmp_path, wait=wait))
    assert f"(VIDEOGEN_MCP_WAIT): {said}." in words
    assert "claude-ai" not in words


@pytest.mark.parametrize(("policy", "said"), [("keep", "leaves its execution running"), ("cancel", "ends its exec")])
def test_what_a_cut_call_does_is_the_users_policy(tmp_path: Path, policy: str, said: str) -> None:
    chosen = Settings.from_environment({"VIDEOGEN_MCP_ON_CANCEL": policy}, tmp_path)
    assert said in text("long-work", chosen)


def test_folders_and_sizes_are_the_ones_in_force(settings: Settings, tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    words = text("files", Settings(state_dir=settings.state_dir, allowed_dirs=(media,), output_dir=tmp_path / "out"))
    assert str(media) in words
    assert str(tmp_path / "out") in words
    assert "offers" not in words
    assert "the client offers" in text("files", settings)
    assert f"{LARGEST_UPLOAD / 1024**3:g} GiB" in words
    for ending in ("png", "mp4", "mp3"):
        assert ending in words


def test_over_the_network_no_paths_are_promised(settings: Settings) -> None:
    for guide in GUIDES:
        words = guide.write(settings, False)
        assert not re.search(r"\bpaths?\b", f"{guide.description} {words}")
        assert names_in(words).isdisjoint({"upload_file", "download_file"})


def test_every_code_of_the_service_is_explained_and_no_other(settings: Settings) -> None:
    assert {code for _, code in CODES} <= set(MEANINGS)
    source = "".join(path.read_text() for path in Path(videogen_mcp.__file__).parent.rglob("*.py"))
    for code in MEANINGS:
        assert source.count(f'"{code}"') >= 2, f"{code} is explained, but nothing ever says it"
        assert f"| `{code}` |" in text("errors-and-limits", settings)


def test_limits_are_those_of_the_schemas(settings: Settings, every_tool: dict[str, Tool]) -> None:
    words = text("errors-and-limits", settings)
    image = every_tool["generate_image"].input_schema["properties"]
    clip = every_tool["generate_video_clip"].input_schema["properties"]
    assert f"`reference_images`: {image['reference_images']['maxItems']}." in words
    assert f"`count`: {image['count']['maximum']}." in words
    assert f"Clips: {clip['duration_seconds']['maximum']} s" in words
    assert f"{TEXT_CHARACTERS:,}" in words
    assert f"{EXECUTION_GETS_PER_HOUR:,}" in words


def test_the_users_guard_on_spending_is_named(tmp_path: Path) -> None:
    assert "MAX_EXECUTIONS" not in text("errors-and-limits", Settings(state_dir=tmp_path))
    assert "allows 12 executions" in text("errors-and-limits", Settings(state_dir=tmp_path, max_executions=12))
