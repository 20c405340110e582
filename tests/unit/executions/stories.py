"""What tests of executions tell: calls in virtual time against a service in memory."""

import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio

from tests.faults.service import Service
from tests.faults.world import World, world
from tests.virtual import run_virtually
from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.replies import Reply
from videogen_mcp.workflows import WORKFLOWS

GENERATE_IMAGE, TEXT_TO_SPEECH = (
    next(workflow for workflow in WORKFLOWS if workflow.tool_name() == name)
    for name in ("generate_image", "text_to_speech")
)
HOST = Caller("claude-ai")
HASTY = Caller("hasty")

Story = Callable[[World], Awaitable[Any]]


def service(seconds: float = 20.0, **settings: Any) -> Service:
    return Service(random.Random(1), seconds=lambda: seconds, **settings)


def play(upstream: Service, story: Story, journal: Path | None = None, **settings: Any) -> Any:
    """Tell a story in one server process."""

    async def main() -> Any:
        async with world(upstream, journal, **settings) as here:
            return await story(here)

    return run_virtually(main)


async def pear(here: World) -> Reply:
    return await here.call("generate_image", HOST, prompt="a pear")


async def cut_at(here: World, seconds: float, caller: Caller = HASTY, **arguments: Any) -> None:
    with anyio.move_on_after(seconds) as scope:
        await here.call("generate_image", caller, **{"prompt": "a pear", **arguments})
    assert scope.cancelled_caught
