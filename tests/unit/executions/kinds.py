"""Calls of a workflow of each kind, in virtual time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.faults.declarations import OF_EACH_KIND
from tests.faults.service import Service
from tests.faults.world import World
from tests.unit.executions.stories import HOST, Story
from tests.unit.executions.stories import play as play_with
from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.replies import Reply
from videogen_mcp.workflows import WORKFLOWS

PATIENT = Caller("mcp")
SCRIPT = {"script": "Tides rise twice a day."}

CALLS: dict[str, dict[str, Any]] = {
    "script_to_video": SCRIPT,
    "video_to_video": SCRIPT,
    "export_project": {},
    "edit_project": {},
    "export_timeline": {},
    "import_url": {"url": "https://cdn.example/pear.png"},
    "ask_assistant": {"message": "Make it shorter"},
}
"""A call of each workflow."""


def play(upstream: Service, story: Story, journal: Path | None = None, **settings: Any) -> Any:
    return play_with(upstream, story, journal, workflows=(*WORKFLOWS[:1], *OF_EACH_KIND), **settings)


async def make(here: World, tool: str, caller: Caller = PATIENT, **arguments: Any) -> Reply:
    return await here.call(tool, caller, **{**CALLS[tool], **arguments})


async def wait(here: World, execution_id: str, caller: Caller = PATIENT, **arguments: Any) -> Reply:
    return await here.call("wait_for_execution", caller, execution_id=execution_id, **arguments)


async def begin(here: World, *tools: str) -> list[str]:
    """Begin something with each of the tools, and return the ids; it must take longer than a call of HOST."""
    return [(await make(here, tool, HOST)).structured["execution_id"] for tool in tools]
