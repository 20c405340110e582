"""Adding a workflow is a class and a line in the list: the tool, its tables and its part of the demo follow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mcp.types import Tool
from pydantic import Field, ValidationError

from scripts.docs import documents as docs
from videogen_mcp import demo, workflows
from videogen_mcp.api.dialects import V0, V2
from videogen_mcp.api.errors import NotSupported
from videogen_mcp.protocol.listing import entry
from videogen_mcp.server import build_handlers, open_parts
from videogen_mcp.settings import Settings
from videogen_mcp.workflows.base import Marked, PathId, Prompt, VideoRef, Workflow
from videogen_mcp.workflows.examples import FileOf, arguments

pytestmark = pytest.mark.anyio


class DubVideo(Marked):
    """Give a video another voice."""

    path = "/v1/tools/dub-video"
    title = "Dub video"
    typical_seconds = (60, 120)
    eras = ("v2",)
    example = arguments(video=FileOf("generate_video_clip"), words="Good evening")

    video: VideoRef = Field(serialization_alias="videoFileId")
    words: Prompt | None = Field(default=None, description="What is said.")


@pytest.fixture(autouse=True)
def one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line in the list."""
    monkeypatch.setattr(workflows, "WORKFLOWS", (*workflows.WORKFLOWS, DubVideo))


async def listed(tmp_path: Path, **settings: Any) -> dict[str, Tool]:
    """What `make snapshots` would write into the list."""
    async with open_parts(Settings(state_dir=tmp_path, journal=False, **settings)) as parts:
        return {name: entry(tool) for name, tool in build_handlers(parts).tools.by_name.items()}


async def test_its_tool_is_listed_with_its_schema(tmp_path: Path) -> None:
    tool = (await listed(tmp_path))["dub_video"]
    assert tool.title == "Dub video"
    assert tool.description == ("Give a video another voice. 1-2 min.")
    assert tool.input_schema["required"] == ["video"]
    assert tool.input_schema["additionalProperties"] is False
    assert tool.input_schema["properties"]["words"] == {
        "description": "What is said.",
        "type": "string",
    }


async def test_it_is_not_listed_where_the_chosen_era_lacks_it(tmp_path: Path) -> None:
    assert "dub_video" not in await listed(tmp_path, dialect="v0")
    assert "dub_video" in await listed(tmp_path, dialect="v2")


async def test_its_rows_stand_in_the_tables() -> None:
    pages = await docs.documents()
    assert "[`dub_video`](docs/tools.md#dub_video)" in pages[docs.README]
    assert (
        "### dub_video\n\nGive a video another voice. Takes 1-2 min. Only today's API" in pages[docs.DOCS / "tools.md"]
    )
    row = "| dubVideo | POST /v1/tools/dub-video | today's | `dub_video` |"
    assert row in pages[docs.DOCS / "operations.md"].splitlines()


async def test_the_demo_asks_for_it_after_the_clip_it_starts_from() -> None:
    begun = [step.tool for step in demo.steps_of(workflows.workflows_of("v2"))]
    assert begun.index("generate_video_clip") < begun.index("dub_video")


async def test_its_request_reaches_todays_api_and_is_refused_with_a_reason_by_the_older_one() -> None:
    body = DubVideo(video="vg_file_1", words="Hello").wire()
    assert V2.translate(DubVideo.path, body) == {"videoFileId": "vg_file_1", "words": "Hello"}
    with pytest.raises(NotSupported, match="does not have this tool"):
        V0.translate(DubVideo.path, body)


class DubProject(Workflow):
    """Give a project another voice."""

    path = "/v1/projects/{projectId}/dub/{voiceId}"
    title = "Dub project"
    typical_seconds = (60, 120)
    kind = "project_edit"
    toolset = "editor"
    eras = ("v2",)

    project_id: PathId = Field(exclude=True)
    voice: PathId = Field(exclude=True, serialization_alias="voiceId")
    words: Prompt | None = None


async def test_the_ids_of_its_path_are_filled_in_and_stand_nowhere_else() -> None:
    request = DubProject(project_id="vg_proj_1", voice="An na/x", words="Hello")
    assert request.submit_path() == "/v1/projects/vg_proj_1/dub/An%20na%2Fx"
    assert request.wire() == {"words": "Hello"}
    assert request.export_body() is None


@pytest.mark.parametrize("text", ["..", ".", "a\x07b"])
async def test_what_is_no_step_of_a_path_is_no_id(text: str) -> None:
    with pytest.raises(ValidationError, match="is not an id"):
        DubProject(project_id="vg_proj_1", voice=text)


async def test_its_toolset_decides_whether_it_is_listed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(workflows, "WORKFLOWS", (*workflows.WORKFLOWS, DubProject))
    assert "dub_project" not in await listed(tmp_path)
    assert "dub_project" in await listed(tmp_path, toolsets=frozenset({"editor"}))
